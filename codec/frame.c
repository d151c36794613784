/* SPDX-License-Identifier: MIT */
/* The fixed header: section 2.2 (3.1.1), 2.1 (5.0); and the rows of tables.h as tables. */
#include "internal.h"

/* Numbers of the bits that switch rules. */
enum {
    SWITCH_ALLOW = 0,
    SWITCH_REFUSE = 64, /* beside the number of a bit */
    ALLOW_NOTHING = 0,
#define MQW_ROW(bit, NAME, name, text) ALLOW_##NAME = (bit),
    MQW_ALLOWANCES(MQW_ROW)
#undef MQW_ROW
#define MQW_ROW(bit, NAME, name, text) REFUSE_##NAME = (bit),
        MQW_REFUSALS(MQW_ROW)
#undef MQW_ROW
};

const struct mqw_options mqw__no_options = {0, 0, false, 0, 0, 0};

const struct type_row mqw__types[MQW_TYPES] = {
#define MQW_ROW(number, NAME, name, flags, RULE, SENDERS_311, SENDERS_5)                           \
    [number] = {(number) << 4 | (flags), {MQW_##SENDERS_311, MQW_##SENDERS_5}, MQW_RULE_##RULE},
    MQW_PACKETS(MQW_ROW)
#undef MQW_ROW
};

const struct property_row mqw__properties[MQW_PROPERTY_END] = {
#define MQW_ROW(id, NAME, member, TYPE, places, low, high, RULE, text)                             \
    [id] = {TYPE_##TYPE, MQW_RULE_##RULE,                                                          \
            places,      offsetof(struct mqw_properties, member),                                  \
            low,         TYPE_##TYPE == TYPE_BYTE ? (high)&0xFF : 0},
    MQW_PROPERTIES(MQW_ROW)
#undef MQW_ROW
};

/* Is it true what a row leaves out? */
#define HIGHEST_BYTE    0xFF
#define HIGHEST_TWO     0xFFFF
#define HIGHEST_FOUR    0xFFFFFFFF
#define HIGHEST_VARINTS MQW_LENGTH_MAX
#define HIGHEST_TEXT    0
#define HIGHEST_TOPIC   0
#define HIGHEST_BINARY  0
#define HIGHEST_PAIRS   0
#define MQW_ROW(id, NAME, member, TYPE, places, low, high, rule, text)                             \
    _Static_assert((low) <= 0xFF && (TYPE_##TYPE == TYPE_BYTE ? (high) <= HIGHEST_##TYPE           \
                                                              : (high) == HIGHEST_##TYPE),         \
                   "the range of " #NAME);
MQW_PROPERTIES(MQW_ROW)
#undef MQW_ROW

const uint16_t mqw__reasons[REASONS] = {
#define MQW_ROW(code, NAME, name, clients, servers, text)                                          \
    [code] = (uint16_t)((servers) | (unsigned)(clients) << CLIENT_SHIFT),
    MQW_REASONS(MQW_ROW)
#undef MQW_ROW
};

/* Do the places of the codes fit, and stay apart? */
#define MQW_ROW(code, NAME, name, clients, servers, text)                                          \
    _Static_assert((code) < REASONS && (servers) < 1 << CLIENT_SHIFT &&                            \
                       (clients) < 1 << (16 - CLIENT_SHIFT),                                       \
                   "places of reason codes");
MQW_REASONS(MQW_ROW)
#undef MQW_ROW

#ifndef MQW_SMALL
uint64_t mqw__place_properties(unsigned place)
{
    return place_properties(place);
}
#endif

bool mqw__let_through(enum mqw_code rule, uint32_t allow, uint32_t refuse)
{
    static const uint8_t switches[] = {
#define MQW_ROW(number, NAME, name, class, reason, connack, v311, v5, KIND, BIT, text)             \
    [(number)-MQW_RULE_FIRST] = SWITCH_##KIND | KIND##_##BIT,
        MQW_RULES(MQW_ROW)
#undef MQW_ROW
    };
    unsigned index = (unsigned)rule - MQW_RULE_FIRST;
    uint8_t bit;
    if (index >= sizeof switches)
        return false;
    bit = switches[index] & (SWITCH_REFUSE - 1);
    if (switches[index] & SWITCH_REFUSE)
        return !(refuse >> bit & 1);
    return bit && (allow >> bit & 1);
}

/* What a Remaining Length of more than one byte may not be. */
SLOW enum mqw_code judge_padding(const struct mqw_options *o)
{
    if (o->version == MQW_VERSION_5 && !(o->allow & MQW_ALLOW_PADDED_INTEGERS))
        return MQW_RULE_INTEGER_PADDED;
    if (o->version && o->version < MQW_VERSION_5 && (o->refuse & MQW_REFUSE_PADDED_LENGTH))
        return MQW_RULE_LENGTH_PADDED;
    return MQW_OK;
}

FAST enum mqw_code read_header(const uint8_t *buf, size_t len, const struct mqw_options *o,
                               struct header *header)
{
    const uint8_t *at;
    uint32_t value, shift;
    enum mqw_code code = MQW_OK;
    header->length = 0;
    header->padded = false;
    header->size = 2;
    if (len < 2)
        return MQW_MORE;
    at = buf + 1;
    value = *at++;
    if (value >= 0x80) {
        value &= 0x7F;
        for (shift = 7;; shift += 7) {
            uint32_t byte;
            header->size = (uint32_t)(at - buf) + 1;
            if (shift > 21)
                break;
            if (header->size > len)
                return MQW_MORE;
            byte = *at++;
            value |= (byte & 0x7F) << shift;
            if (byte < 0x80) {
                header->padded = !byte;
                break;
            }
        }
        if (shift > 21) {
            header->size = 0;
            return MQW_RULE_INTEGER_TOO_LONG;
        }
        if (header->padded)
            code = judge_padding(o);
    }
    header->length = (uint8_t)(at - buf);
    header->size = value + header->length;
    if (code != MQW_OK)
        return code;
    if (header->size - 1 > o->max_size - 1) /* 0 is no limit */
        return MQW_RULE_PACKET_TOO_LARGE;
    return header->size > len ? MQW_MORE : MQW_OK;
}

enum mqw_code mqw__header(const uint8_t *buf, size_t len, const struct mqw_options *options,
                          struct header *header)
{
    return read_header(buf, len, options, header);
}

struct mqw_result mqw_frame(const void *buf, size_t len, const struct mqw_options *options)
{
    const struct mqw_options *o = options ? options : &mqw__no_options;
    struct header header;
    struct mqw_result r;
    enum mqw_code code;
    if (!options_good(o))
        return result_of(MQW_MISUSE, 0);
    code = read_header((const uint8_t *)buf, len, o, &header);
    r = result_of(code, header.size);
    r.offset = code >= MQW_RULE_FIRST;
    return r;
}
