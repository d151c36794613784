/* SPDX-License-Identifier: MIT */
/* Vectors of packets and topics: the same strictness as tests/test_vectors.py and its like. */
#include "vectors.h"

#include <string.h>

enum { PREFIXES = 256 }; /* bytes: of longer packets not each prefix is tried, nor each capacity */

static struct mqw_options options_of(const vector *v, uint32_t allow, uint32_t refuse)
{
    struct mqw_options options;
    memset(&options, 0, sizeof options);
    options.version = v->version;
    options.sender = v->sender;
    options.allow = allow;
    options.refuse = refuse;
    return options;
}

/* ---- Errors ----------------------------------------------------------------------------------- */

/* Is a statement of the vector one of the rule's?  Both are names with blanks between them. */
static bool shares_statement(const char *of_vector, const char *of_rule)
{
    bool any = false;
    while (starts(of_vector, "MQTT-")) {
        size_t len = 0;
        any = true;
        while (of_vector[len] && of_vector[len] != ' ')
            len++;
        for (const char *at = of_rule; *at; at++) {
            size_t same = 0;
            while (same < len && at[same] == of_vector[same])
                same++;
            if (same == len && (!at[len] || at[len] == ' ') && (at == of_rule || at[-1] == ' '))
                return true;
        }
        of_vector += len + (of_vector[len] == ' ');
    }
    return !any;
}

bool expect_rule(const vector *v, enum mqw_code code)
{
    const struct mqw_rule *rule = mqw_rule_of(code);
    unsigned reason = mqw_rule_reason(code, v->version ? v->version : MQW_VERSION_5);
    bool told = reason == MQW_REASON_NONE && !v->reason_code_count;
    WANT_TEXT(rule->name, v->rule, "rule");
    WANT_NUMBER(rule->kind == MQW_CLASS_PROTOCOL_ERROR ? MQTTWIRE_PROTOCOL_ERROR
                                                       : MQTTWIRE_MALFORMED,
                v->error_class, "class");
    for (uint8_t i = 0; i < v->reason_code_count; i++)
        told = told || v->reason_codes[i] == reason;
    if (!told)
        return wrong_numbers("reason code", reason,
                             v->reason_code_count ? v->reason_codes[0] : 256);
    WANT(shares_statement(v->ids, v->version == 4 ? rule->ids_3_1_1 : rule->ids_5),
         "none of these statements is the rule's");
    return true;
}

bool expect_error(const vector *v, struct mqw_result result, const char *field)
{
    WANT(result.code >= MQW_RULE_FIRST, "it is no rule that is broken");
    TRY(expect_rule(v, result.code));
    WANT_TEXT(field, v->field, "field");
    if (v->offset >= 0)
        WANT_NUMBER(result.offset, v->offset, "offset");
    return true;
}

/* ---- Encoding --------------------------------------------------------------------------------- */

/* The next size of a prefix or of a buffer to try. */
static size_t next_size(size_t size, size_t whole)
{
    if (whole <= PREFIXES || size < 16 || size + 8 >= whole)
        return size + 1;
    return 2 * size + 8 < whole ? 2 * size : whole - 8;
}

/* What must be answered in any case where there is too little room. */
static bool expect_space(const struct mqw_packet *packet, const struct mqw_options *options,
                         uint32_t size)
{
    for (size_t cap = 0; cap < size; cap = next_size(cap, size)) {
        struct mark mark = blocks_mark();
        struct mqw_result r = mqw_encode(packet, options, block(cap), cap);
        WANT(r.code == MQW_SPACE, "a smaller buffer does not answer SPACE");
        WANT_NUMBER(r.size, size, "size that SPACE tells");
        blocks_release(mark);
    }
    return true;
}

/* Encodes into just the right room; the bytes are left in *out. */
static bool encode(const struct mqw_packet *packet, const struct mqw_options *options,
                   struct mqw_bytes *out)
{
    struct mqw_result measured = mqw_encode(packet, options, NULL, 0), r;
    uint8_t *to;
    if (measured.code != MQW_OK)
        return wrong_texts("measuring answers", mqw_rule_of(measured.code)->name, "");
    to = block(measured.size);
    r = mqw_encode(packet, options, to, measured.size);
    if (r.code != MQW_OK)
        return wrong_texts("encoding answers", mqw_rule_of(r.code)->name, "");
    WANT_NUMBER(r.size, measured.size, "size that was measured and written");
    *out = mqw_view(to, r.size);
    return expect_space(packet, options, r.size);
}

static bool expect_written(const vector *v, const struct mqw_packet *packet,
                           const struct mqw_options *options, struct mqw_bytes wire)
{
    struct mqw_packet again;
    struct mqw_bytes written = mqw_view(NULL, 0);
    struct mqw_result r;
    TRY(encode(packet, options, &written));
    if (v->canonical) {
        WANT_NUMBER(written.len, wire.len, "size when encoded");
        for (uint32_t i = 0; i < wire.len; i++)
            if (written.ptr[i] != wire.ptr[i])
                return wrong_numbers("it encodes to other bytes, from here", i, 0);
    }
    r = mqw_decode(written.ptr, written.len, options, &again);
    WANT(r.code == MQW_OK && r.size == written.len, "what was encoded does not decode");
    return expect_same(&again, packet);
}

static bool expect_unwritable(const vector *v, const struct mqw_packet *packet,
                              const struct mqw_options *options)
{
    struct mqw_result r = mqw_encode(packet, options, NULL, 0);
    uint8_t *buf = NULL;
    uint32_t size = 0;
    char field[256];
    if (r.code == MQW_OK) {
        size = r.size;
        TRY(expect_space(packet, options, size));
        buf = block(size);
        r = mqw_encode(packet, options, buf, size);
    }
    mqw_encode_field(packet, options, buf, size, field, sizeof field);
    return expect_error(v, r, field);
}

/* ---- Decoding --------------------------------------------------------------------------------- */

static bool expect_more(struct mqw_bytes wire, uint32_t most, const struct mqw_options *options)
{
    struct mqw_packet packet;
    struct mqw_result r = mqw_decode(wire.ptr, wire.len, options, &packet);
    WANT(r.code == MQW_MORE, "bytes that end early do not answer MORE");
    WANT(r.size > wire.len && r.size <= most, "MORE wants no more than there is, or too much");
    return true;
}

static bool expect_prefixes(struct mqw_bytes wire, const struct mqw_options *options)
{
    for (size_t len = 0; len < wire.len; len = next_size(len, wire.len)) {
        struct mark mark = blocks_mark();
        uint8_t *part = block(len);
        memcpy(part, wire.ptr, len);
        TRY(expect_more(mqw_view(part, len), wire.len, options));
        blocks_release(mark);
    }
    return true;
}

static bool expect_decoded(const vector *v, struct mqw_bytes wire, const struct mqw_packet *wanted,
                           const struct mqw_options *options)
{
    struct mqw_packet packet;
    struct mqw_result r, framed;
    memset(&packet, 0x5A, sizeof packet); /* nothing of it may be taken for cleared */
    r = mqw_decode(wire.ptr, wire.len, options, &packet);
    if (r.code != MQW_OK)
        return wrong_texts("decoding answers", mqw_rule_of(r.code)->name, "");
    WANT_NUMBER(r.size, wire.len, "size");
    framed = mqw_frame(wire.ptr, wire.len, options);
    WANT(framed.code == MQW_OK && framed.size == wire.len, "mqw_frame answers otherwise");
    TRY(expect_same(&packet, wanted));
    TRY(expect_prefixes(wire, options));
    return expect_written(v, &packet, options, wire);
}

static bool expect_refused(const vector *v, struct mqw_bytes wire,
                           const struct mqw_options *options)
{
    struct mqw_packet packet;
    struct mqw_result r = mqw_decode(wire.ptr, wire.len, options, &packet);
    char field[256];
    mqw_decode_field(wire.ptr, wire.len, options, field, sizeof field);
    return expect_error(v, r, field);
}

static bool judge_wire(const vector *v, const struct mqw_packet *wanted)
{
    struct mqw_bytes wire = unfold(v->steps[0].segment_count, v->steps[0].segments);
    struct mqw_options plain = options_of(v, 0, 0), strict = options_of(v, 0, MQW_REFUSE_ALL);
    struct mqw_options lenient = options_of(v, MQW_ALLOW_ALL, 0);
    if (v->result == MQTTWIRE_CHOICE)
        lenient.version = wanted->version; /* of a CONNECT it may be another that is spoken, too */
    switch (v->result) {
    case MQTTWIRE_ACCEPT:
        return expect_decoded(v, wire, wanted, &plain) && expect_written(v, wanted, &plain, wire);
    case MQTTWIRE_CHOICE:
        return expect_decoded(v, wire, wanted, &lenient) &&
               expect_written(v, wanted, &lenient, wire) && expect_refused(v, wire, &strict);
    case MQTTWIRE_MORE:
        return expect_more(wire, MQW_PACKET_MAX, &plain);
    default:
        return expect_refused(v, wire, &plain);
    }
}

static bool judge_packet(const vector *v, bool *sayable)
{
    struct mqw_options plain = options_of(v, 0, 0);
    struct mqw_packet wanted;
    if (v->packet_count)
        TRY(packet_of(v->packets[0], &wanted, sayable));
    if (v->step_count)
        return judge_wire(v, &wanted);
    WANT(v->packet_count == 1 && v->result == MQTTWIRE_REJECT, "a vector says nothing");
    if (!*sayable) { /* the compiler says it */
        WANT_TEXT("value_too_wide", v->rule, "rule");
        return true;
    }
    return expect_unwritable(v, &wanted, &plain);
}

/* ---- Topics ----------------------------------------------------------------------------------- */

static struct mqw_bytes text_of(const struct mqttwire_text *text)
{
    return unfold(text->segment_count, text->segments);
}

static bool judge_text(const vector *v, struct mqw_bytes text,
                       struct mqw_result (*check)(struct mqw_bytes, const struct mqw_options *))
{
    struct mqw_options options = options_of(v, 0, 0);
    if (v->result != MQTTWIRE_REJECT)
        WANT(check(text, &options).code == MQW_OK, "it is refused");
    if (v->result == MQTTWIRE_CHOICE)
        options.refuse = MQW_REFUSE_ALL;
    if (v->result != MQTTWIRE_ACCEPT)
        return expect_rule(v, check(text, &options).code);
    return true;
}

static bool judge_match(const vector *v, struct mqw_bytes filter)
{
    struct mqw_options options = options_of(v, 0, 0);
    struct mqw_bytes name = text_of(&v->topic_name);
    WANT(mqw_topic_filter_check(filter, &options).code == MQW_OK, "the filter is refused");
    WANT(mqw_topic_name_check(name, &options).code == MQW_OK, "the name is refused");
    WANT_NUMBER(mqw_topic_match(filter, name, v->version), v->result == MQTTWIRE_ACCEPT, "match");
    return true;
}

/* mqw_topic_share takes the filter to be well-formed. */
static bool judge_share(const vector *v, struct mqw_bytes filter)
{
    struct mqw_options options = options_of(v, 0, 0);
    struct mqw_bytes group = {0}, rest = {0};
    bool shared = mqw_topic_filter_check(filter, &options).code == MQW_OK &&
                  mqw_topic_share(filter, &group, &rest);
    WANT_NUMBER(shared, v->result == MQTTWIRE_ACCEPT, "shared");
    if (shared) {
        WANT(mqw_same(group, text_of(&v->group)), "another share name");
        WANT(mqw_same(rest, text_of(&v->filter)), "another filter");
    }
    return true;
}

static bool judge_topic(const vector *v)
{
    struct mqw_bytes filter = text_of(&v->topic_filter);
    switch (v->check) {
    case MQTTWIRE_NAME:
        return judge_text(v, text_of(&v->topic_name), mqw_topic_name_check);
    case MQTTWIRE_FILTER:
        return judge_text(v, filter, mqw_topic_filter_check);
    case MQTTWIRE_MATCH:
        return judge_match(v, filter);
    default:
        return judge_share(v, filter);
    }
}

bool judge(const vector *v, bool *sayable)
{
    struct mark mark = blocks_mark();
    bool good;
    wrong("");
    *sayable = true;
    switch (v->kind) {
    case MQTTWIRE_PACKETS:
        good = judge_packet(v, sayable);
        break;
    case MQTTWIRE_TOPICS:
        good = judge_topic(v);
        break;
    case MQTTWIRE_STREAMS:
        good = judge_stream(v);
        break;
    default:
        good = judge_session(v);
        break;
    }
    blocks_release(mark);
    return good;
}
