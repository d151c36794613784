/* SPDX-License-Identifier: MIT */
/* What the files of the codec share: build switches, rules, reason codes, the rows of properties.
 */
#ifndef MQW_INTERNAL_H
#define MQW_INTERNAL_H

#include <mqttwire/mqttwire.h>

#if defined(__STDC_HOSTED__) && __STDC_HOSTED__
#include <string.h>
#else
void *memcpy(void *, const void *, size_t);
void *memmove(void *, const void *, size_t);
void *memset(void *, int, size_t);
int memcmp(const void *, const void *, size_t);
void *memchr(const void *, int, size_t);
#endif

/*
 * FAST operations are forced inline, so that a cursor lives in registers (measured: a plain
 * `inline` costs a third more); SLOW ones stay out of its way, and APART ones have registers of
 * their own. A file that is not meant to be quick defines MQW_COMPACT; with MQW_SMALL they are
 * functions, and the telling walk alone decodes.
 */
/* gcc would build each small result in a vector register, through memory (measured). */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-tree-slp-vectorize")
#ifdef MQW_COMPACT
#pragma GCC optimize("Os")
#endif
#endif

#if defined(MQW_SMALL) || defined(MQW_COMPACT)
#define FAST  static inline
#define SLOW  static
#define APART static
#elif defined(__GNUC__)
#define FAST  static inline __attribute__((always_inline))
#define SLOW  static __attribute__((noinline, cold))
#define APART static __attribute__((noinline))
#else
#define FAST  static inline
#define SLOW  static
#define APART static
#endif

#if defined(__GNUC__)
#define LIKELY(x)   __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#else
#define LIKELY(x)   (x)
#define UNLIKELY(x) (x)
#endif

/* Shared between the library's files, and left out of its symbols. */
#if defined(__GNUC__)
#define HIDDEN __attribute__((visibility("hidden")))
#else
#define HIDDEN
#endif

FAST unsigned lowest_bit(uint64_t mask)
{
#if defined(__GNUC__)
    return (unsigned)__builtin_ctzll(mask);
#else
    unsigned n = 0;
    while (!(mask >> n & 1))
        n++;
    return n;
#endif
}

enum { SHARE_PREFIX = 7 }; /* bytes of "$share/" */

/* ---- Rules and the bits that switch them --------------------------------------------------- */

/* Do these options let this rule be broken?  Without options: is it only a wish (SHOULD, MAY)? */
HIDDEN bool mqw__let_through(enum mqw_code rule, uint32_t allow, uint32_t refuse);

/* Is a rule one that a REFUSE bit switches on?  WISH_QOS_3 ... */
enum {
    MQW_KIND_ALLOW = 0,
    MQW_KIND_REFUSE = 1,
#define MQW_ROW(number, NAME, name, class, reason, connack, v311, v5, KIND, bit, text)             \
    WISH_##NAME = MQW_KIND_##KIND,
    MQW_RULES(MQW_ROW)
#undef MQW_ROW
};

/* ---- Packet types -------------------------------------------------------------------------- */

/* Who may send each packet type, in 5.0 and in 3.1.1, and its flags, as constants. */
enum {
    ANY_FLAGS = -1, /* of PUBLISH */
#define MQW_ROW(number, NAME, name, flags, rule, in_311, in_5)                                     \
    SENDERS_311_##NAME = MQW_##in_311, SENDERS_##NAME = MQW_##in_5, FLAGS_##NAME = (flags),
    MQW_PACKETS(MQW_ROW)
#undef MQW_ROW
};

struct type_row {
    uint8_t first;      /* byte 1; of PUBLISH with flags of zero */
    uint8_t senders[2]; /* enum mqw_sender: in 3.1.1, in 5.0 */
    uint8_t flags_rule; /* enum mqw_code */
};

HIDDEN extern const struct type_row mqw__types[MQW_TYPES];

/* What the walk of the acknowledgements counts on. */
#define MQW_ORDERED(NAME, nth)                                                                     \
    _Static_assert((int)MQW_##NAME == (int)MQW_PUBACK + (nth), "types in order");                  \
    _Static_assert((int)MQW_IN_##NAME == (int)MQW_IN_PUBACK << (nth), "places in order");          \
    _Static_assert((int)MQW_RULE_##NAME##_REASON == (int)MQW_RULE_PUBACK_REASON + (nth),           \
                   "rules in order")
MQW_ORDERED(PUBREC, 1);
MQW_ORDERED(PUBREL, 2);
MQW_ORDERED(PUBCOMP, 3);
#undef MQW_ORDERED

/* ---- Properties ---------------------------------------------------------------------------- */

enum property_type {
    TYPE_NONE,
    TYPE_BYTE,
    TYPE_TWO,
    TYPE_FOUR,
    TYPE_VARINTS,
    TYPE_TEXT,
    TYPE_TOPIC,
    TYPE_BINARY,
    TYPE_PAIRS
};

struct property_row {
    uint8_t type;    /* enum property_type; TYPE_NONE: no such property */
    uint8_t rule;    /* enum mqw_code, for a bad value */
    uint16_t places; /* enum mqw_place */
    uint16_t member; /* offset in struct mqw_properties */
    uint8_t low;     /* lowest value of a number */
    uint8_t high;    /* highest of a byte; other numbers go as far as their type does */
};

HIDDEN extern const struct property_row mqw__properties[MQW_PROPERTY_END];

#define PROPERTY_BIT(NAME) ((uint64_t)1 << MQW_PROPERTY_##NAME)

/* Those that there are, as bits by identifier. */
#define EACH_PROPERTY(id, NAME, member, TYPE, places, low, high, rule, text) PROPERTY_BIT(NAME) |
#define ALL_PROPERTIES                                                       (MQW_PROPERTIES(EACH_PROPERTY)(uint64_t) 0)

/* The properties that a place may hold, as bits by identifier; where that is a constant, inline. */
#ifndef MQW_SMALL
HIDDEN uint64_t mqw__place_properties(unsigned place);
FAST uint64_t place_properties(unsigned place)
{
    uint64_t mask = 0;
#define MQW_ROW(id, NAME, member, TYPE, places, low, high, rule, text)                             \
    mask |= (places)&place ? PROPERTY_BIT(NAME) : 0;
    MQW_PROPERTIES(MQW_ROW)
#undef MQW_ROW
    return mask;
}
#endif

/* What a sender has no right to, of those: MQTT-3.3.4-6 and MQTT-3.14.2-2. */
FAST uint64_t withheld_properties(unsigned place, uint8_t sender)
{
    if (place == MQW_IN_PUBLISH && sender == MQW_CLIENT)
        return PROPERTY_BIT(SUBSCRIPTION_IDENTIFIER);
    if (place == MQW_IN_DISCONNECT && sender == MQW_SERVER)
        return PROPERTY_BIT(SESSION_EXPIRY_INTERVAL);
    return 0;
}

/* What may repeat. */
FAST uint64_t repeatable_properties(unsigned place)
{
    return PROPERTY_BIT(USER_PROPERTY) |
           (place == MQW_IN_PUBLISH ? PROPERTY_BIT(SUBSCRIPTION_IDENTIFIER) : 0);
}

/* ---- Reason codes -------------------------------------------------------------------------- */

enum { REASONS = 256, CLIENT_SHIFT = 9 /* places with a reason code */ };

/* The places of a code of 5.0 where a server may send it, and CLIENT_SHIFT higher a client. */
HIDDEN extern const uint16_t mqw__reasons[REASONS];

FAST uint16_t reason_places(uint8_t code)
{
    return mqw__reasons[code];
}

/* What reason_places must have for this sender and place. */
FAST unsigned reason_mask(uint8_t sender, unsigned place)
{
    return sender == MQW_SERVER   ? place
           : sender == MQW_CLIENT ? place << CLIENT_SHIFT
                                  : place | place << CLIENT_SHIFT;
}

/* May this sender (MQW_NEITHER: either) put this code in this place? */
FAST bool reason_known(uint8_t version, uint8_t sender, unsigned place, uint8_t code)
{
    if (version < MQW_VERSION_5) {
#define MQW_ROW(number, NAME, name, in, text) (code == (number) && (in) == place) ||
        return MQW_RETURN_CODES(MQW_ROW) false;
#undef MQW_ROW
    }
    return reason_places(code) & reason_mask(sender, place);
}

/* The same for codes up to end, in a place that has one sender, so that one bit is left of all. */
FAST bool codes_known(uint8_t version, uint8_t sender, unsigned place, const uint8_t *codes,
                      const uint8_t *end)
{
    uint16_t mask = (uint16_t)reason_mask(sender, place); /* narrow, to be met in memory */
    if (version < MQW_VERSION_5) {
        while (codes < end && reason_known(version, sender, place, *codes))
            codes++;
        return codes == end;
    }
    for (; codes < end; codes++)
        mask = (uint16_t)(mask & reason_places(*codes));
    return mask;
}

/* ---- The fixed header, and options --------------------------------------------------------- */

struct header {
    uint32_t size;  /* of the packet, bytes */
    uint8_t length; /* of the fixed header, bytes */
    bool padded;    /* the Remaining Length takes more bytes than it needs */
};

/* Reads the fixed header at buf: OK, MORE (header->size is what is wanted), or a rule. */
HIDDEN enum mqw_code mqw__header(const uint8_t *buf, size_t len, const struct mqw_options *options,
                                 struct header *header);

HIDDEN extern const struct mqw_options mqw__no_options;

/* Are these options possible? */
static inline bool options_good(const struct mqw_options *o)
{
    return (o->version == 0 || (o->version >= MQW_VERSION_3_1 && o->version <= MQW_VERSION_5)) &&
           o->sender <= MQW_EITHER;
}

/* Built in its two registers: compilers would take it apart and put it together again (measured).
 */
static inline struct mqw_result result_of(enum mqw_code code, uint32_t size)
{
    union {
        uint64_t halves[2];
        struct mqw_result result;
    } u;
    u.halves[1] = 0;
    u.result.code = code;
    u.result.size = size;
    return u.result;
}

/* Bytes that a variable byte integer takes. */
FAST uint32_t varint_size(uint64_t value)
{
    return value < 128 ? 1 : value < 16384 ? 2 : value < 2097152 ? 3 : 4;
}

FAST bool within(uint32_t value, uint32_t low, uint32_t high)
{
    return value >= low && value <= high;
}

/* Is a number in the range of its property? */
FAST bool in_range(uint32_t value, const struct property_row *row)
{
    return value >= row->low && (row->type != TYPE_BYTE || value <= row->high);
}

FAST bool starts_with_share(const uint8_t *text, uint32_t len)
{
    return len >= SHARE_PREFIX && memcmp(text, "$share/", SHARE_PREFIX) == 0;
}

/* Of letters and digits, at most 23 bytes: what every server takes (section 3.1.3.1). */
static inline bool client_id_modest(const struct mqw_bytes *id)
{
    uint32_t i;
    for (i = 0; i < id->len && id->len <= 23; i++) {
        uint8_t c = id->ptr[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
            return false;
    }
    return i == id->len;
}

#endif
