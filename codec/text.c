/* SPDX-License-Identifier: MIT */
/* Text, one character after the other: what is wrong with it, and where. */
#include "text.h"

/*
 * Decodes one character of at least two bytes.  Answers its length, or 0 if it is ill-formed:
 * RFC 3629, table 3-7 of Unicode (no overlong forms, no surrogates, nothing above U+10FFFF).
 */
static uint32_t decode_char(const uint8_t *at, const uint8_t *end, uint32_t *point)
{
    static const uint32_t smallest[5] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t len = at[0] >= 0xF0 ? 4 : at[0] >= 0xE0 ? 3 : 2;
    uint32_t value, i;
    if (at[0] < 0xC2 || at[0] > 0xF4 || (size_t)(end - at) < len)
        return 0;
    value = at[0] & (0xFFu >> (len + 1));
    for (i = 1; i < len; i++) {
        if ((at[i] & 0xC0) != 0x80)
            return 0;
        value = value << 6 | (at[i] & 0x3F);
    }
    if (value < smallest[len] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
        return 0;
    *point = value;
    return len;
}

static unsigned judge_char(uint32_t point)
{
    if (point == 0)
        return TEXT_NUL;
    if (point == '+' || point == '#')
        return TEXT_WILDCARD;
    if (point < 0x20 || (point >= 0x7F && point < 0xA0))
        return TEXT_CONTROL;
    if ((point >= 0xFDD0 && point <= 0xFDEF) || (point & 0xFFFE) == 0xFFFE)
        return TEXT_NONCHARACTER;
    return TEXT_GOOD;
}

enum text_fault mqw__text_scan(const uint8_t *text, uint32_t len, unsigned look_for,
                               uint32_t *where)
{
    const uint8_t *at = text;
    const uint8_t *end = text + len;
#ifndef MQW_SMALL
    if (!(look_for & TEXT_CONTROL)) { /* blocks of nothing but good ASCII need no closer look */
        bool topic = (look_for & TEXT_WILDCARD) != 0;
        *where = len;
        if (len < BLOCK && !block_mask(block_faults(block_short(text, len), topic)))
            return TEXT_GOOD;
        while (end - at >= BLOCK && !block_mask(block_faults(block_load(at), topic)))
            at += BLOCK;
        if (at > text && end - at < BLOCK &&
            !block_mask(block_faults(block_load(end - BLOCK), topic)))
            return TEXT_GOOD;
    }
#endif
    while (at < end) {
        uint32_t point = *at;
        uint32_t step = 1;
        unsigned fault;
        if (point >= '$' && point < 0x7F && point != '+') { /* most of what there is */
            at++;
            continue;
        }
        if (point >= 0x80)
            step = decode_char(at, end, &point);
        fault = step ? judge_char(point) : TEXT_BAD_UTF8;
        if (fault & look_for) {
            *where = (uint32_t)(at - text);
            return (enum text_fault)fault;
        }
        at += step ? step : 1;
    }
    *where = len;
    return TEXT_GOOD;
}

bool mqw__text_good(const uint8_t *text, uint32_t len, bool topic)
{
    uint32_t where;
    return mqw__text_scan(text, len, TEXT_BAD_UTF8 | TEXT_NUL | (topic ? TEXT_WILDCARD : 0u),
                          &where) == TEXT_GOOD;
}

/* The share name of "$share/name/filter": section 4.8.2 of 5.0. */
static enum mqw_code share_scan(const uint8_t *text, uint32_t len, uint32_t *where)
{
    uint32_t at = SHARE_PREFIX;
    for (; at < len && text[at] != '/'; at++) {
        if (text[at] == '+' || text[at] == '#') {
            *where = at;
            return MQW_RULE_SHARE_NAME_WILDCARD;
        }
    }
    *where = at;
    if (at == SHARE_PREFIX)
        return MQW_RULE_SHARE_NAME_EMPTY;
    return at + 1 < len ? MQW_OK : MQW_RULE_SHARE_FILTER_MISSING;
}

enum mqw_code mqw__filter_scan(const uint8_t *text, uint32_t len, uint8_t version, uint32_t *where)
{
    uint32_t at;
    *where = 0;
    if (len == 0)
        return MQW_RULE_FILTER_EMPTY;
    if (version >= MQW_VERSION_5 && starts_with_share(text, len)) {
        enum mqw_code rule = share_scan(text, len, where);
        if (rule != MQW_OK)
            return rule;
    }
    for (at = 0; at < len; at++) {
        bool alone = (at == 0 || text[at - 1] == '/') && (at + 1 == len || text[at + 1] == '/');
        *where = at;
        if (text[at] == '+' && !alone)
            return MQW_RULE_FILTER_PLUS;
        if (text[at] == '#' && (!alone || at + 1 != len))
            return MQW_RULE_FILTER_HASH;
    }
    return MQW_OK;
}

#ifdef BLOCK_SSE2
/* One character after the other. */
SLOW bool filter_scans(const uint8_t *text, uint32_t len, uint8_t version)
{
    uint32_t where;
    return mqw__text_good(text, len, false) &&
           mqw__filter_scan(text, len, version, &where) == MQW_OK;
}

/* Do the wildcards stand right whose places are marked, bit 0 being that of text[from]? */
FAST bool marked_good(const uint8_t *text, uint32_t len, uint32_t from, unsigned marks)
{
    for (; marks; marks &= marks - 1) {
        uint32_t at = from + (uint32_t)__builtin_ctz(marks);
        if (at && text[at - 1] != '/')
            return false;
        if (at + 1 < len && (text[at] == '#' || text[at + 1] != '/'))
            return false;
    }
    return true;
}

/* Plain text is settled here; what is not, or may have a share name, there. */
bool mqw__filter_good(const uint8_t *text, uint32_t len, const uint8_t *limit, uint8_t version)
{
    unsigned odd = 0;
    if (len >= BLOCK) {
        uint32_t last = len - BLOCK, at = 0;
        for (;;) {
            block b = block_load(text + at);
            odd |= block_mask(block_odd(b));
            if (!marked_good(text, len, at, block_mask(block_wild(b))))
                return false;
            if (at == last)
                break;
            at = at + BLOCK < last ? at + BLOCK : last;
        }
    } else if (len && limit - text >= BLOCK) {
        block b = block_load(text);
        unsigned keep = (1u << len) - 1;
        odd = block_mask(block_odd(b)) & keep;
        if (!marked_good(text, len, 0, block_mask(block_wild(b)) & keep))
            return false;
    } else if (len >= 8) { /* two halves of eight bytes, the second one up to the end */
        block b = block_pair(load8(text + len - 8), load8(text));
        unsigned marks = block_mask(block_wild(b));
        odd = block_mask(block_odd(b));
        if (!marked_good(text, len, 0, marks & 0xFF) ||
            !marked_good(text, len, len - 8, marks >> 8))
            return false;
    } else {
        return filter_scans(text, len, version);
    }
    if (LIKELY(!odd && (version < MQW_VERSION_5 || !starts_with_share(text, len))))
        return true;
    return filter_scans(text, len, version);
}
#else
bool mqw__filter_good(const uint8_t *text, uint32_t len, const uint8_t *limit, uint8_t version)
{
    uint32_t where;
    return text_good(text, len, limit, false) &&
           mqw__filter_scan(text, len, version, &where) == MQW_OK;
}
#endif
