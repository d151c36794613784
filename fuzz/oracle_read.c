/* SPDX-License-Identifier: MIT */
/* The reading of numbers and texts, the faults in them, and the text form of fields. */
#include "oracle_parts.h"
#include "reference.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Fields as text ------------------------------------------------------------------------ */

static void append(struct oracle_text *text, const char *more, size_t len)
{
    if (text->cap - text->len <= len) {
        text->cap = (text->len + len + 1) * 2;
        text->at = realloc(text->at, text->cap);
        if (!text->at)
            abort();
    }
    memcpy(text->at + text->len, more, len);
    text->len += len;
    text->at[text->len] = 0;
}

static void append_name(struct oracle_text *text, const char *group, const char *name)
{
    append(text, group, strlen(group));
    append(text, name, strlen(name));
    append(text, "=", 1);
}

void oracle_number(struct oracle_text *text, const char *group, const char *name,
                   unsigned long value)
{
    char digits[32];
    int len = snprintf(digits, sizeof digits, "%lu ", value);
    append_name(text, group, name);
    append(text, digits, (size_t)len);
}

void oracle_bytes(struct oracle_text *text, const char *group, const char *name,
                  const uint8_t *bytes, size_t len)
{
    append_name(text, group, name);
    for (size_t i = 0; i < len; i++) {
        char hex[2] = {"0123456789abcdef"[bytes[i] >> 4], "0123456789abcdef"[bytes[i] & 15]};
        append(text, hex, 2);
    }
    append(text, " ", 1);
}

void oracle_clear(struct oracle_text *text)
{
    text->len = 0;
    append(text, "", 0);
}

void oracle_free(struct oracle_text *text)
{
    free(text->at);
    *text = (struct oracle_text){0};
}

/* ---- Faults -------------------------------------------------------------------------------- */

void fault(struct reader *r, const char *rules, unsigned reasons, size_t from, size_t to)
{
    struct oracle *o = r->o;
    o->verdict = ORACLE_REFUSE;
    if (o->fault_count < ORACLE_FAULTS)
        o->faults[o->fault_count++] = (struct oracle_fault){rules, reasons, from, to};
}

static unsigned reason_bit(unsigned reason)
{
    return reason == 0x81   ? ORACLE_MALFORMED
           : reason == 0x82 ? ORACLE_PROTOCOL_ERROR
           : reason == 0x84 ? ORACLE_VERSION
           : reason == 0x85 ? ORACLE_CLIENT_ID
           : reason == 0x94 ? ORACLE_ALIAS
                            : 0;
}

/* Is the name one of these? */
static bool among(const char *names, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = names; (at = strstr(at, name)) != NULL; at += len)
        if ((at == names || at[-1] == ' ') && (at[len] == ' ' || at[len] == 0))
            return true;
    return false;
}

const struct oracle_fault *oracle_find(const struct oracle *o, const char *rule, unsigned reason,
                                       size_t offset)
{
    for (size_t i = 0; i < o->fault_count; i++) {
        const struct oracle_fault *one = &o->faults[i];
        if (among(one->rules, rule) && (one->reasons & reason_bit(reason)) && one->from <= offset &&
            offset <= one->to)
            return one;
    }
    return NULL;
}

/* ---- Numbers and texts --------------------------------------------------------------------- */

static bool missing(struct reader *r, size_t from)
{
    fault(r, r->cut, ORACLE_MALFORMED, from, r->end);
    return false;
}

bool read_number(struct reader *r, size_t bytes, unsigned long *value)
{
    *value = 0;
    if (r->end - r->at < bytes)
        return missing(r, r->at);
    for (size_t i = 0; i < bytes; i++)
        *value = *value * 256 + r->bytes[r->at++];
    return true;
}

/* Section 2.2.3 of 3.1.1, 1.5.5 of 5.0: seven bits a byte, the lowest first, four bytes at most. */
bool read_integer(struct reader *r, unsigned long *value)
{
    size_t start = r->at;
    unsigned long weight = 1, byte;
    *value = 0;
    do {
        if (r->at - start == 4) {
            fault(r, "integer_too_long", ORACLE_MALFORMED, start, start);
            return false;
        }
        if (r->at == r->end)
            return missing(r, start);
        byte = r->bytes[r->at++];
        *value += byte % 128 * weight;
        weight *= 128;
    } while (byte >= 128);
    /* The text says that it must be the fewest bytes, and not what it is otherwise. */
    if (byte == 0 && r->at - start > 1)
        fault(r, "integer_padded", ORACLE_UNSTATED, start, start);
    return true;
}

bool read_view(struct reader *r, struct view *view)
{
    size_t start = r->at;
    unsigned long len;
    if (!read_number(r, 2, &len))
        return false;
    if (r->end - r->at < len)
        return missing(r, start);
    *view = (struct view){r->bytes + r->at, len};
    r->at += len;
    return true;
}

/* ---- What texts may hold ------------------------------------------------------------------- */

/* At the first byte of the text, which was just read. */
void text_fault(struct reader *r, struct view text, const char *rules, unsigned reasons)
{
    fault(r, rules, reasons, r->at - text.len, r->at - text.len);
}

void judge_text(struct reader *r, struct view text, const char *utf8_rule, const char *nul_rule)
{
    unsigned found = reference_text(text.ptr, text.len, NULL);
    if (found & TEXT_ILL_FORMED)
        text_fault(r, text, utf8_rule, ORACLE_MALFORMED);
    if (found & TEXT_NUL)
        text_fault(r, text, nul_rule, ORACLE_MALFORMED);
}

/* An empty name is no matter of this: an alias may stand for it. */
void judge_topic_name(struct reader *r, struct view topic, const char *utf8_rule)
{
    judge_text(r, topic, utf8_rule, "topic_nul");
    if (reference_topic_name(topic.ptr, topic.len) & TOPIC_WILDCARD)
        text_fault(r, topic, "topic_wildcard", ORACLE_UNSTATED);
}

void judge_filter(struct reader *r, struct view filter, const char *utf8_rule)
{
    static const struct {
        unsigned bit;
        const char *rule;
    } rows[] = {
        {TOPIC_EMPTY, "filter_empty"},
        {FILTER_HASH, "filter_hash"},
        {FILTER_PLUS, "filter_plus"},
        {SHARE_NAME_EMPTY, "share_name_empty"},
        {SHARE_NAME_WILDCARD, "share_name_wildcard"},
        {SHARE_FILTER_MISSING, "share_filter_missing"},
    };
    unsigned found = reference_topic_filter(filter.ptr, filter.len, r->version == 5);
    judge_text(r, filter, utf8_rule, "topic_nul");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (found & rows[i].bit)
            text_fault(r, filter, rows[i].rule, ORACLE_UNSTATED);
}
