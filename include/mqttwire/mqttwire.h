/* SPDX-License-Identifier: MIT */
/*
 * mqttwire: the wire format of MQTT 3.1.1 and 5.0.
 *
 * The library holds no memory, no state, no clock and no socket: it reads the caller's bytes and
 * writes the caller's bytes.  Every function may be called from any thread at any time.
 *
 *   mqw_frame    where does this packet end?
 *   mqw_decode   bytes -> struct mqw_packet, whose texts and lists point into the bytes
 *   mqw_encode   struct mqw_packet -> bytes
 *   mqw_explain  every field of a packet with its span of bytes
 *   mqw_line     a packet as one line of text
 *
 * Field names are the words of the specification; docs/guide.md has whole programs.
 */
#ifndef MQTTWIRE_H
#define MQTTWIRE_H

#include <mqttwire/tables.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__) && !defined(MQW_API)
#define MQW_API __attribute__((visibility("default")))
#elif !defined(MQW_API)
#define MQW_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Constants, all made from the rows of tables.h ----------------------------------------- */

/* Protocol versions, by their level byte in CONNECT. */
enum mqw_version { MQW_VERSION_3_1 = 3, MQW_VERSION_3_1_1 = 4, MQW_VERSION_5 = 5 };

/* Who sends a packet. */
enum mqw_sender {
    MQW_NEITHER = 0, /* in options, this and MQW_EITHER: not known, directions are not checked */
    MQW_CLIENT = 1,
    MQW_SERVER = 2,
    MQW_EITHER = 3
};

/* Packet types: MQW_CONNECT = 1 ... MQW_AUTH = 15. */
enum mqw_type {
#define MQW_ROW(number, NAME, name, flags, rule, senders_311, senders_5) MQW_##NAME = (number),
    MQW_PACKETS(MQW_ROW)
#undef MQW_ROW
        MQW_TYPES = 16
};

/* Places that hold properties or reason codes, as bits: MQW_IN_CONNECT ... */
enum mqw_place {
#define MQW_ROW(bit, NAME, name) MQW_IN_##NAME = 1 << (bit),
    MQW_PLACES(MQW_ROW)
#undef MQW_ROW
        MQW_IN_MESSAGE = MQW_IN_PUBLISH | MQW_IN_WILL,
    MQW_IN_HANDSHAKE = MQW_IN_CONNECT | MQW_IN_CONNACK,
    MQW_IN_PUBLISH_ANSWER = MQW_IN_PUBACK | MQW_IN_PUBREC | MQW_IN_PUBREL | MQW_IN_PUBCOMP,
    MQW_IN_ANSWER = MQW_IN_PUBLISH_ANSWER | MQW_IN_CONNACK | MQW_IN_SUBACK | MQW_IN_UNSUBACK |
                    MQW_IN_DISCONNECT | MQW_IN_AUTH,
    MQW_IN_ANY =
        MQW_IN_ANSWER | MQW_IN_CONNECT | MQW_IN_MESSAGE | MQW_IN_SUBSCRIBE | MQW_IN_UNSUBSCRIBE
};

/* Property identifiers: MQW_PROPERTY_RECEIVE_MAXIMUM = 0x21 ... */
enum mqw_property {
#define MQW_ROW(id, NAME, member, TYPE, places, low, high, rule, text) MQW_PROPERTY_##NAME = (id),
    MQW_PROPERTIES(MQW_ROW)
#undef MQW_ROW
        MQW_PROPERTY_END /* behind the last of the rows, which ascend */
};

/* Reason codes of 5.0 (MQW_REASON_SUCCESS ...) and return codes of 3.1.1 (MQW_RETURN_...). */
enum mqw_reason {
#define MQW_ROW(code, NAME, name, client, server, text) MQW_REASON_##NAME = (code),
    MQW_REASONS(MQW_ROW)
#undef MQW_ROW
#define MQW_ROW(code, NAME, name, place, text) MQW_REASON_##NAME = (code),
        MQW_REASON_NAMES(MQW_ROW)
#undef MQW_ROW
#define MQW_ROW(code, NAME, name, place, text) MQW_RETURN_##NAME = (code),
            MQW_RETURN_CODES(MQW_ROW)
#undef MQW_ROW
                MQW_REASON_FAILURE = 0x80, /* codes of 5.0 from here on are failures */
    MQW_REASON_NONE = 0x100                /* no reason code: 3.1.1 has none for most errors */
};

/* Result codes: four that are no fault of the packet, then the rules (MQW_RULE_QOS_3 ...). */
enum mqw_code {
    MQW_OK = 0,
    MQW_MORE = 1,   /* the input ends before the packet does */
    MQW_SPACE = 2,  /* the output has too little room */
    MQW_MISUSE = 3, /* impossible options, or no version and the packet is no CONNECT */
#define MQW_ROW(number, NAME, name, class, reason, connack, v311, v5, kind, bit, text)             \
    MQW_RULE_##NAME = (number),
    MQW_RULES(MQW_ROW)
#undef MQW_ROW
        MQW_RULE_FIRST = 10 /* results from here on are rules */
};

/* Bits of mqw_options.allow: MQW_ALLOW_UTF8 ... */
enum mqw_allowance {
    MQW_ALLOW_NOTHING = 0,
#define MQW_ROW(bit, NAME, name, text) MQW_ALLOW_##NAME = 1 << (bit),
    MQW_ALLOWANCES(MQW_ROW)
#undef MQW_ROW
        MQW_ALLOW_ALL = 0x7FFFFFFE
};

/* Bits of mqw_options.refuse: MQW_REFUSE_CONTROL_CHARACTERS ... */
enum mqw_refusal {
    MQW_REFUSE_NOTHING = 0,
#define MQW_ROW(bit, NAME, name, text) MQW_REFUSE_##NAME = 1 << (bit),
    MQW_REFUSALS(MQW_ROW)
#undef MQW_ROW
        MQW_REFUSE_ALL = 0x7FFFFFFE
};

/* Largest values of the format: section 2.2.3 (3.1.1), 1.5.5 and 2.1.4 (5.0). */
enum {
    MQW_LENGTH_MAX = 268435455,              /* Remaining Length, property length, bytes */
    MQW_PACKET_MAX = MQW_LENGTH_MAX + 1 + 4, /* a whole packet, bytes */
    MQW_TEXT_MAX = 65535                     /* text and binary data, bytes */
};

/* ---- Views and lists ----------------------------------------------------------------------- */

/* Bytes that belong to somebody else; text too, which is UTF-8 and has no NUL at its end. */
struct mqw_bytes {
    const uint8_t *ptr; /* NULL only where len is 0 */
    uint32_t len;       /* bytes */
};

/* A view of len bytes; a length over 32 bits becomes UINT32_MAX, which no field takes. */
static inline struct mqw_bytes mqw_view(const void *ptr, size_t len)
{
    struct mqw_bytes view;
    view.ptr = (const uint8_t *)ptr;
    view.len = len > UINT32_MAX ? UINT32_MAX : (uint32_t)len;
    return view;
}

/* A view of a C string, without its NUL. */
static inline struct mqw_bytes mqw_text(const char *text)
{
    size_t len = 0;
    while (text && text[len])
        len++;
    return mqw_view(text, len);
}

/* Are these the same bytes? */
static inline bool mqw_same(struct mqw_bytes a, struct mqw_bytes b)
{
    uint32_t i = 0;
    if (a.len != b.len)
        return false;
    while (i < a.len && a.ptr[i] == b.ptr[i])
        i++;
    return i == a.len;
}

/* For printf("%.*s", MQW_ARG(view)). */
#define MQW_ARG(view) (int)(view).len, (const char *)(view).ptr

struct mqw_pair { /* a user property */
    struct mqw_bytes name, value;
};

struct mqw_subscription {
    struct mqw_bytes topic_filter;
    uint8_t qos;   /* 0, 1, 2 */
    bool no_local; /* 5.0 from here on */
    bool retain_as_published;
    uint8_t retain_handling; /* 0: at subscribe, 1: at a new subscription, 2: never */
};

/*
 * Lists are either checked wire bytes, which decoding leaves here, or an array of the caller's.
 * One iterator reads both, so what was decoded can be encoded again; nothing is copied or capped.
 */
#define MQW_LIST(list, item)                                                                       \
    struct list {                                                                                  \
        const uint8_t *wire; /* NULL: the items are an array */                                    \
        const item *items;                                                                         \
        uint32_t size;  /* bytes at wire */                                                        \
        uint32_t count; /* items */                                                                \
    }
MQW_LIST(mqw_subscription_list, struct mqw_subscription);
MQW_LIST(mqw_filter_list, struct mqw_bytes);
MQW_LIST(mqw_pair_list,
         struct mqw_pair);        /* wire: from a property's identifier to its block's end */
MQW_LIST(mqw_id_list, uint32_t);  /* likewise */
MQW_LIST(mqw_code_list, uint8_t); /* wire bytes are an array already: wire is NULL */
#undef MQW_LIST

/* ---- Properties of 5.0 --------------------------------------------------------------------- */

#define MQW_TYPE_BYTE    uint8_t
#define MQW_TYPE_TWO     uint16_t
#define MQW_TYPE_FOUR    uint32_t
#define MQW_TYPE_VARINTS struct mqw_id_list
#define MQW_TYPE_TEXT    struct mqw_bytes
#define MQW_TYPE_TOPIC   struct mqw_bytes
#define MQW_TYPE_BINARY  struct mqw_bytes
#define MQW_TYPE_PAIRS   struct mqw_pair_list

/*
 * A set of properties: one member for each row of MQW_PROPERTIES.  A member means something only
 * if its bit is in `present`; decoding leaves the others as they were.
 */
struct mqw_properties {
    uint64_t present; /* bit n: the property with identifier n is there */
#define MQW_ROW(id, NAME, member, TYPE, places, low, high, rule, text) MQW_TYPE_##TYPE member;
    MQW_PROPERTIES(MQW_ROW)
#undef MQW_ROW
};

static inline bool mqw_has(const struct mqw_properties *properties, enum mqw_property id)
{
    return properties->present >> (unsigned)id & 1;
}

static inline void mqw_drop(struct mqw_properties *properties, enum mqw_property id)
{
    properties->present &= ~((uint64_t)1 << (unsigned)id);
}

/* mqw_set_receive_maximum(&properties, 20) and so on, one for each property: sets and marks it. */
#define MQW_ROW(id, NAME, member, TYPE, places, low, high, rule, text)                             \
    static inline void mqw_set_##member(struct mqw_properties *properties, MQW_TYPE_##TYPE value)  \
    {                                                                                              \
        properties->member = value;                                                                \
        properties->present |= (uint64_t)1 << (id);                                                \
    }
MQW_PROPERTIES(MQW_ROW)
#undef MQW_ROW

/* ---- Packets ------------------------------------------------------------------------------- */

struct mqw_will {
    struct mqw_bytes topic;
    struct mqw_bytes payload; /* at most 65,535 bytes */
    uint8_t qos;
    bool retain;
    struct mqw_properties properties; /* 5.0 */
};

struct mqw_connect {  /* section 3.1 */
    bool clean_start; /* 3.1.1: clean session */
    bool has_will;
    bool has_username;
    bool has_password;
    uint16_t keep_alive; /* seconds; 0: off */
    struct mqw_bytes client_id;
    struct mqw_bytes username;
    struct mqw_bytes password;
    struct mqw_properties properties; /* 5.0 */
    struct mqw_will will;
};

struct mqw_connack { /* section 3.2 */
    bool session_present;
    uint8_t reason_code; /* 3.1.1: return code */
    struct mqw_properties properties;
};

struct mqw_publish { /* section 3.3 */
    bool dup;
    bool retain;
    uint8_t qos;
    uint16_t packet_id; /* 0 at QoS 0 */
    struct mqw_bytes topic;
    struct mqw_bytes payload;
    struct mqw_properties properties;
};

struct mqw_ack { /* PUBACK, PUBREC, PUBREL, PUBCOMP: sections 3.4 to 3.7 */
    uint16_t packet_id;
    uint8_t reason_code; /* 5.0; the short forms mean 0 */
    struct mqw_properties properties;
};

struct mqw_subscribe { /* section 3.8 */
    uint16_t packet_id;
    struct mqw_properties properties;
    struct mqw_subscription_list subscriptions;
};

struct mqw_unsubscribe { /* section 3.10 */
    uint16_t packet_id;
    struct mqw_properties properties;
    struct mqw_filter_list topic_filters;
};

struct mqw_suback { /* SUBACK and UNSUBACK: sections 3.9 and 3.11 */
    uint16_t packet_id;
    struct mqw_properties properties;
    struct mqw_code_list reason_codes; /* UNSUBACK: 5.0 */
};

struct mqw_disconnect {  /* DISCONNECT and AUTH: sections 3.14 and 3.15 */
    uint8_t reason_code; /* 5.0; the short forms mean 0 */
    struct mqw_properties properties;
};

/*
 * A packet.  After decoding, every view points into the input.  The structure is about 600 bytes;
 * only the member of its type is written, so it need not be cleared for decoding.  In 3.1.1 there
 * are no properties: `present` is 0.
 */
struct mqw_packet {
    uint8_t type;    /* enum mqw_type */
    uint8_t version; /* enum mqw_version; written by decoding.  Encoding reads it of a CONNECT
                        alone: 0 takes the options' version, another one than theirs breaks
                        the rule PROTOCOL_VERSION */
    union {
        struct mqw_connect connect;
        struct mqw_connack connack;
        struct mqw_publish publish;
        struct mqw_ack ack; /* PUBACK, PUBREC, PUBREL, PUBCOMP */
        struct mqw_subscribe subscribe;
        struct mqw_suback suback; /* SUBACK, UNSUBACK */
        struct mqw_unsubscribe unsubscribe;
        struct mqw_disconnect disconnect; /* DISCONNECT, AUTH */
    };
};

/* Its packet identifier; 0 where it has none. */
static inline uint16_t mqw_packet_id(const struct mqw_packet *packet)
{
    switch (packet->type) {
    case MQW_PUBLISH:
        return packet->publish.packet_id;
    case MQW_PUBACK:
    case MQW_PUBREC:
    case MQW_PUBREL:
    case MQW_PUBCOMP:
        return packet->ack.packet_id;
    case MQW_SUBSCRIBE:
        return packet->subscribe.packet_id;
    case MQW_SUBACK:
    case MQW_UNSUBACK:
        return packet->suback.packet_id;
    case MQW_UNSUBSCRIBE:
        return packet->unsubscribe.packet_id;
    default:
        return 0;
    }
}

/* ---- Reading and writing ------------------------------------------------------------------- */

/*
 * Options of a call.  All zero, or a NULL pointer: version as CONNECT says, sender unknown, no
 * limit; what the specification forbids is refused, and what it leaves free is accepted.
 */
struct mqw_options {
    uint8_t version; /* enum mqw_version, of the connection; 0: as CONNECT says; 3 counts as 4 */
    uint8_t sender;  /* enum mqw_sender, of the packet; 0: not known, not checked */
    bool partial; /* decode a PUBLISH before all of its payload came; encode all but the payload */
    uint32_t max_size; /* largest packet, bytes, its fixed header included; 0: the format's limit */
    uint32_t allow;    /* MQW_ALLOW_*: rules to switch off */
    uint32_t refuse;   /* MQW_REFUSE_*: rules to switch on */
};

struct mqw_result {
    enum mqw_code code;
    uint32_t size;   /* OK: of the packet, bytes (see each call); MORE and SPACE: wanted in all,
                        from the packet's first byte; a rule: of the packet, 0 if that is unknown */
    uint32_t offset; /* a rule: where in the packet; which byte of a field: docs/design.md */
    uint32_t item;   /* a rule: index of the element, where the field is in a list */
};

/*
 * Finds the end of the packet that begins at buf, from its first bytes alone.
 * OK: it is all there, and takes size bytes.  MORE: size bytes are wanted: all of the packet, or
 * while its length has not come, what may show that.  A rule: the length is malformed
 * (INTEGER_TOO_LONG; INTEGER_PADDED in 5.0 unless allow has PADDED_INTEGERS, as whoever only looks
 * at traffic may want) or over max_size (PACKET_TOO_LARGE).
 * Only the length is judged; a NULL buf with len 0 answers MORE.
 */
MQW_API struct mqw_result mqw_frame(const void *buf, size_t len, const struct mqw_options *options);

/*
 * Decodes the first packet in buf into *packet, whose views then point into buf.
 * OK: size is the packet's.  With options->partial, a PUBLISH is decoded as soon as its payload
 * begins: size is the whole packet's, payload what came of it; MORE then wants no more than the
 * fields before it, which are read again by each call.  MORE, MISUSE or a rule: *packet is not to be
 * used, but that type and version are as far as they could be read, else 0.
 */
MQW_API struct mqw_result mqw_decode(const void *buf, size_t len, const struct mqw_options *options,
                                     struct mqw_packet *packet);

/*
 * Encodes *packet into buf, in canonical form: shortest integers, properties by identifier, the
 * shortest form of acknowledgements.  OK: size is what was written, or would be where buf is NULL.
 * SPACE: size bytes are wanted.  A rule: the packet would break it; the bytes in buf are for naming
 * the fault (mqw_encode_field) and not for sending.  buf must not overlap what the packet points
 * to. With options->partial the payload of a PUBLISH is counted in the length but not written: its
 * ptr may be NULL, and size is that of the bytes before it. A NULL buf only measures: values are
 * judged by their size and by whether the version has them.
 */
MQW_API struct mqw_result mqw_encode(const struct mqw_packet *packet,
                                     const struct mqw_options *options, void *buf, size_t cap);

/* What a visited field is.  All but BITS are leaves: together they are every byte of the packet. */
enum mqw_kind {
    MQW_KIND_INTEGER,    /* number */
    MQW_KIND_REASON,     /* number; note: its name */
    MQW_KIND_LENGTH,     /* number: of what follows, bytes */
    MQW_KIND_IDENTIFIER, /* number: of a property; note: its name */
    MQW_KIND_OCTET,      /* number: a byte of bit fields, which are visited next */
    MQW_KIND_BITS,       /* number: some bits of that byte */
    MQW_KIND_TEXT,       /* bytes */
    MQW_KIND_BINARY,     /* bytes */
    MQW_KIND_UNREAD      /* bytes: what follows a fault, or an unknown property; note: why */
};

struct mqw_field {
    const char *path; /* "properties.user_properties[0].name"; gone after the visit */
    const char *note; /* for people, or NULL; lasts */
    enum mqw_kind kind;
    uint8_t bit, width;  /* BITS: lowest bit and number of bits */
    uint32_t start, end; /* offsets in the packet */
    uint32_t number;
    struct mqw_bytes bytes; /* points into the packet */
};

/* Called for each field in the order of the bytes; false ends the walk. */
typedef bool mqw_visit(void *arg, const struct mqw_field *field);

/*
 * Tells every field of the first packet in buf to visit.  The result is mqw_decode's; after a fault
 * the rest of the packet is one field, `unread`.  A packet that is not all there is told as far as
 * it came, and the result is MORE.
 */
MQW_API struct mqw_result mqw_explain(const void *buf, size_t len,
                                      const struct mqw_options *options, mqw_visit *visit,
                                      void *arg);

/*
 * The dotted name of the field that made mqw_decode refuse these bytes
 * ("subscriptions[3].options"), or "" if nothing does.  Writes at most cap bytes with a NUL;
 * answers the name's length.
 */
MQW_API size_t mqw_decode_field(const void *buf, size_t len, const struct mqw_options *options,
                                char *out, size_t cap);

/* The same for mqw_encode, given what it was given; buf holds what it left there, or is NULL. */
MQW_API size_t mqw_encode_field(const struct mqw_packet *packet, const struct mqw_options *options,
                                const void *buf, size_t cap, char *out, size_t out_cap);

/*
 * The first packet in buf as one line of text: type, the fields that matter, and the rule that it
 * breaks.  Passwords and authentication data are shown by their size alone.  Writes at most cap
 * bytes with a NUL, cutting at a character; answers the length of the whole line.
 */
MQW_API size_t mqw_line(const void *buf, size_t len, const struct mqw_options *options, char *out,
                        size_t cap);

/* ---- Topics: section 4.7, and 4.8.2 of 5.0 ------------------------------------------------- */

/* Is this a topic name?  OK or a rule, with the offset of the first byte at fault. */
MQW_API struct mqw_result mqw_topic_name_check(struct mqw_bytes name,
                                               const struct mqw_options *options);

/* Is this a topic filter?  $share is judged as in 5.0 unless options->version is an older one. */
MQW_API struct mqw_result mqw_topic_filter_check(struct mqw_bytes filter,
                                                 const struct mqw_options *options);

/*
 * Does a subscription to filter get messages to name?  Both are taken to be well-formed.  Bytes are
 * compared as they are.  In 5.0, and with version 0, the filter of a shared subscription is what
 * follows its share name.
 * Cost is linear in the shorter text.
 */
MQW_API bool mqw_topic_match(struct mqw_bytes filter, struct mqw_bytes name, uint8_t version);

/* Splits "$share/group/filter"; false, and nothing written, where filter is not of that form. */
MQW_API bool mqw_topic_share(struct mqw_bytes filter, struct mqw_bytes *group,
                             struct mqw_bytes *rest);

/* ---- Names: static texts, never NULL ------------------------------------------------------- */

enum mqw_class { MQW_CLASS_MALFORMED = 0x81, MQW_CLASS_PROTOCOL_ERROR = 0x82 };

struct mqw_rule {
    enum mqw_code number;
    const char *name;      /* "receive_maximum_zero" */
    const char *text;      /* a sentence about it */
    const char *ids_3_1_1; /* statement ids or sections, by blanks; "" where the version lacks it */
    const char *ids_5;
    enum mqw_class kind;
    uint8_t reason_code; /* of 5.0 */
    uint8_t return_code; /* of 3.1.1's CONNACK; 0: the connection is closed without one */
};

/* The row of a rule; for other result codes one that says what they mean. */
MQW_API const struct mqw_rule *mqw_rule_of(enum mqw_code code);

/* The rows in order: index 0, 1, ... and NULL after the last one. */
MQW_API const struct mqw_rule *mqw_rule_at(size_t index);

/* The code of a broken rule: 3.1.1 knows only CONNACK's 1 and 2.  Else MQW_REASON_NONE. */
MQW_API unsigned mqw_rule_reason(enum mqw_code code, uint8_t version);

/*
 * The packet that says goodbye for a broken rule: `type` is MQW_CONNACK before a CONNECT was accepted
 * and MQW_DISCONNECT after it.  Its code is the rule's, or where the packet and its sender have not
 * that one, the code of the rule's class.  False where the version has no such packet or code, and
 * the connection is closed in silence.  It has no properties; version 0 is answered as 5.0.
 */
MQW_API bool mqw_refusal(enum mqw_code code, uint8_t version, enum mqw_sender sender, uint8_t type,
                         struct mqw_packet *packet);

MQW_API const char *mqw_type_name(uint8_t type);    /* "CONNECT"; "" for 0 and over 15 */
MQW_API const char *mqw_property_name(uint32_t id); /* "receive_maximum"; "" if unknown */
MQW_API const char *mqw_property_text(uint32_t id); /* "Receive Maximum, packets" */
MQW_API const char *mqw_reason_name(uint8_t version, uint8_t type, uint8_t code); /* "success" */
MQW_API const char *mqw_reason_text(uint8_t version, uint8_t type, uint8_t code); /* "Success" */

#ifdef __cplusplus
}
#endif

#include <mqttwire/connection.h>
#include <mqttwire/lists.h>

#endif
