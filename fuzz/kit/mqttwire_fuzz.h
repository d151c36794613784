/* SPDX-License-Identifier: MIT */
/*
 * mqttwire-fuzz: MQTT packets for fuzzing parsers and brokers, mutated and made anew.
 *
 *   mqw_mutate           a stream of packets, changed; LLVM's signature
 *   mqw_crossover        one stream made of two
 *   mqw_generate         a valid packet, drawn field by field
 *   mqw_generate_broken  a packet that breaks one rule
 *
 * All of it depends on its arguments alone, seed included, and is the same on every machine.  There
 * is no allocation and no state; any bytes are taken.  docs/fuzzing.md has whole programs.
 */
#ifndef MQTTWIRE_FUZZ_H
#define MQTTWIRE_FUZZ_H

#include <mqttwire/mqttwire.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Operators ----------------------------------------------------------------------------- */

/* A table is read in columns. */
/* clang-format off */

/* What mutation does.  X(NAME, name, level, weight: how often it is drawn, text) */
#define MQW_OPERATORS(X) \
    X(PACKET_INSERT,     packet_insert,     PACKET, 12, "a valid packet comes in between, or a CONNECT in front") \
    X(PACKET_DROP,       packet_drop,       PACKET,  8, "a packet is left out, or a run of them") \
    X(PACKET_DUPLICATE,  packet_duplicate,  PACKET,  8, "a packet comes again, next to itself or elsewhere") \
    X(PACKET_REPEAT,     packet_repeat,     PACKET,  2, "a packet comes up to 64 times") \
    X(PACKET_SWAP,       packet_swap,       PACKET,  8, "two neighbours change places") \
    X(PACKET_CUT,        packet_cut,        PACKET, 12, "a packet loses its last bytes, all behind a field, or all of its list") \
    X(PACKET_EMPTY,      packet_empty,      PACKET,  3, "a packet loses all that follows its length") \
    X(PACKET_SURPLUS,    packet_surplus,    PACKET,  5, "bytes follow the last field of a packet") \
    X(PACKET_TYPE,       packet_type,       PACKET,  6, "the type of a packet is another one") \
    X(PACKET_FLAGS,      packet_flags,      PACKET,  6, "the flags of a fixed header are others") \
    X(STREAM_CUT,        stream_cut,        PACKET,  3, "the stream ends within a packet") \
    X(PROTOCOL_NAME,     protocol_name,     FIELD,   2, "the protocol name is another one") \
    X(PROTOCOL_VERSION,  protocol_version,  FIELD,   3, "the level in CONNECT is another one") \
    X(QOS,               qos,               FIELD,   8, "a QoS is another one, 3 too") \
    X(BITS,              bits,              FIELD,   8, "bits of a field of flags are others") \
    X(RESERVED_BITS,     reserved_bits,     FIELD,   4, "any bit of a byte of flags is another one") \
    X(PACKET_ID,         packet_id,         FIELD,   8, "a packet identifier is zero, a neighbour, or one of another packet") \
    X(INTEGER,           integer,           FIELD,   8, "an integer is at a boundary") \
    X(REASON_CODE,       reason_code,       FIELD,   6, "a reason code is another one") \
    X(UNIT_DROP,         unit_drop,         FIELD,   6, "a field, property or element is left out") \
    X(UNIT_DUPLICATE,    unit_duplicate,    FIELD,   6, "a field, property or element comes twice") \
    X(UNIT_SWAP,         unit_swap,         FIELD,   4, "two neighbouring fields, properties or elements change places") \
    X(FIELD_EMPTY,       field_empty,       FIELD,   6, "a text or binary field has no bytes") \
    X(FIELD_LONG,        field_long,        FIELD,   2, "a text or binary field has 65,535 bytes, or as many as there is room for") \
    X(FIELD_GROW,        field_grow,        FIELD,   5, "a text or binary field has as many bytes as bring a length to a boundary") \
    X(FIELD_COPY,        field_copy,        FIELD,   5, "a text or binary field is that of another place") \
    X(UTF8_OVERLONG,     utf8_overlong,     FIELD,   3, "text holds a character in more bytes than it takes") \
    X(UTF8_SURROGATE,    utf8_surrogate,    FIELD,   3, "text holds U+D800 to U+DFFF") \
    X(UTF8_ABOVE,        utf8_above,        FIELD,   3, "text holds a code point above U+10FFFF") \
    X(UTF8_TRUNCATED,    utf8_truncated,    FIELD,   3, "text ends within a character") \
    X(UTF8_CONTINUATION, utf8_continuation, FIELD,   3, "text holds a continuation byte that continues nothing") \
    X(UTF8_NUL,          utf8_nul,          FIELD,   3, "text holds U+0000") \
    X(UTF8_CONTROL,      utf8_control,      FIELD,   2, "text holds a control character") \
    X(UTF8_NONCHARACTER, utf8_noncharacter, FIELD,   2, "text holds a code point that is no character") \
    X(TOPIC_EMPTY,       topic_empty,       FIELD,   5, "a topic name or filter has no bytes") \
    X(TOPIC_WILDCARD,    topic_wildcard,    FIELD,   6, "a topic name or filter holds + or # somewhere") \
    X(TOPIC_SHARE,       topic_share,       FIELD,   4, "a topic name or filter begins with $share, or with another $") \
    X(TOPIC_DEEP,        topic_deep,        FIELD,   2, "a topic name or filter has very many levels") \
    X(ALIAS_VALUE,       alias_value,       FIELD,   5, "a topic alias is zero, the largest, a neighbour or used before") \
    X(ALIAS_ALONE,       alias_alone,       FIELD,   5, "a topic is empty and an alias stands for it, known or not") \
    X(PROPERTY_ADD,      property_add,      FIELD,  12, "a property is added where it may be") \
    X(PROPERTY_MISPLACE, property_misplace, FIELD,   6, "a property is added where it may not be") \
    X(PROPERTY_REPEAT,   property_repeat,   FIELD,   6, "a property comes again in its block") \
    X(PROPERTY_DROP,     property_drop,     FIELD,   5, "a property is left out") \
    X(PROPERTY_RANGE,    property_range,    FIELD,   5, "a property has a value outside its range") \
    X(PROPERTY_UNKNOWN,  property_unknown,  FIELD,   4, "a property is added that there is not") \
    X(PROPERTY_MANY,     property_many,     FIELD,   2, "a block has up to 1,000 user properties more") \
    X(LENGTH_ONE_OFF,    length_one_off,    FIELD,   8, "a length says one more or one less") \
    X(LENGTH_ZERO,       length_zero,       FIELD,   4, "a length says zero") \
    X(LENGTH_HUGE,       length_huge,       FIELD,   5, "a length says as much as it can, or nearly so") \
    X(LENGTH_ANY,        length_any,        FIELD,   4, "a length says anything") \
    X(LENGTH_PADDED,     length_padded,     FIELD,   5, "a variable byte integer takes more bytes than it needs") \
    X(LENGTH_FIVE,       length_five,       FIELD,   4, "a variable byte integer has five bytes or more") \
    X(BYTE_FLIP,         byte_flip,         BYTE,    4, "a bit is turned over") \
    X(BYTE_SET,          byte_set,          BYTE,    4, "a byte is another one") \
    X(BYTE_INSERT,       byte_insert,       BYTE,    3, "bytes come in between") \
    X(BYTE_ERASE,        byte_erase,        BYTE,    3, "bytes are left out") \
    X(BYTE_COPY,         byte_copy,         BYTE,    3, "bytes come again elsewhere") \
    X(BYTE_NUMBER,       byte_number,       BYTE,    3, "two or four bytes are a number at a boundary") \
    X(BYTE_TOKEN,        byte_token,        BYTE,    3, "bytes that mean something to MQTT come in between")
/* clang-format on */

enum mqw_operator {
#define MQW_ROW(NAME, name, level, weight, text) MQW_OPERATOR_##NAME,
    MQW_OPERATORS(MQW_ROW)
#undef MQW_ROW
        MQW_OPERATOR_COUNT
};

/* What an operator works on. */
enum mqw_level { MQW_LEVEL_PACKET = 1, MQW_LEVEL_FIELD = 2, MQW_LEVEL_BYTE = 3 };

struct mqw_operator_row {
    const char *name; /* "packet_insert" */
    const char *text; /* what it does */
    enum mqw_level level;
    uint8_t weight; /* unless the caller has others */
};

/* The row of an operator; NULL from MQW_OPERATOR_COUNT on. */
MQW_API const struct mqw_operator_row *mqw_operator_at(size_t index);

/* ---- Mutation ------------------------------------------------------------------------------ */

struct mqw_operator_use {
    uint64_t drawn;   /* how often it was its turn */
    uint64_t applied; /* how often there was something for it to do */
};

/* Set up by mqw_mutator_init, and changed by whoever wants other than that. */
struct mqw_mutator {
    uint8_t version; /* enum mqw_version, of a stream that begins without a CONNECT; 0: guessed */
    uint8_t sender;  /* enum mqw_sender, of packets that are inserted; 0: either */
    uint8_t repair;  /* per cent: how often lengths are made to fit again; 80 */
    uint8_t rounds;  /* operators in a call, at most; 4 */
    const uint8_t *weights; /* of MQW_OPERATOR_COUNT operators, 0: never; NULL: the table's */
    struct mqw_operator_use *uses; /* of as many, added to; or NULL */
};

MQW_API void mqw_mutator_init(struct mqw_mutator *mutator);

/*
 * Changes the stream of packets in data in place; answers its new size, at most max_size.  What
 * cannot be parsed is changed byte by byte.  A size over max_size counts as max_size; an empty
 * stream gets a packet.  The answer is 0 where max_size is 0, and nowhere else.
 */
MQW_API size_t mqw_mutate(uint8_t *data, size_t size, size_t max_size, uint32_t seed);

/* The same with options; NULL: as mqw_mutator_init has them. */
MQW_API size_t mqw_mutate_with(const struct mqw_mutator *mutator, uint8_t *data, size_t size,
                               size_t max_size, uint32_t seed);

/*
 * Makes a stream of two others: packets of both in turns, or the beginning of one and the end of
 * the other, mostly between packets.  Answers its size, at most max_out.  out overlaps neither.
 */
MQW_API size_t mqw_crossover(const uint8_t *data1, size_t size1, const uint8_t *data2, size_t size2,
                             uint8_t *out, size_t max_out, uint32_t seed);

/* ---- Generation ---------------------------------------------------------------------------- */

/*
 * Writes a valid packet into out and answers its size, at most max and never over 4,096; 0 where
 * nothing that was drawn has room.  version: enum mqw_version, 0: drawn.  sender: enum mqw_sender;
 * neither or either: drawn.
 */
MQW_API size_t mqw_generate(uint8_t *out, size_t max, uint8_t version, uint8_t sender,
                            uint32_t seed);

/*
 * The same for a packet that breaks one rule, which is what mqw_decode answers under
 * mqw_broken_options.  Where a bit switches the rule, decoding without the rule accepts the packet.
 * TRAILING_BYTES is a valid packet with bytes behind it.  0: no bytes break this rule in this version
 * and from this sender, which is then to be known.
 */
MQW_API size_t mqw_generate_broken(uint8_t *out, size_t max, uint8_t version, uint8_t sender,
                                   enum mqw_code rule, uint32_t seed);

/* Can bytes break it, in some version and from some sender? */
MQW_API bool mqw_breakable(enum mqw_code rule);

/* The options under which decoding tells of a rule: they refuse what it is about. */
MQW_API struct mqw_options mqw_broken_options(uint8_t version, uint8_t sender, enum mqw_code rule);

#ifdef __cplusplus
}
#endif

#endif
