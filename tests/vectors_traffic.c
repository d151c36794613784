/* SPDX-License-Identifier: MIT */
/* Vectors of streams and sessions. */
#include "vectors.h"

#include <string.h>

/* ---- Streams ---------------------------------------------------------------------------------- */

enum {
    LARGE = 4096
}; /* bytes: in larger streams nothing is decoded before MORE said that it helps */

struct reader {
    const vector *v;
    const struct mqw_packet *wanted; /* v->packet_count of them */
    struct mqw_bytes wire;
    struct mqw_options options;
    uint32_t start, have; /* of the packet that is being read; of what came */
    uint32_t want;        /* bytes that MORE asked for, from start on; 0: not asked yet */
    uint32_t packets;
    bool refused;
};

/* One packet; *on is false where it is not all there, or bad. */
static bool read_packet(struct reader *r, bool *on)
{
    const vector *v = r->v;
    uint32_t len = r->have - r->start;
    uint8_t *part = block(len);
    struct mqw_packet packet;
    struct mqw_result result;
    char field[256];
    memcpy(part, r->wire.ptr + r->start, len);
    result = mqw_decode(part, len, &r->options, &packet);
    *on = false;
    if (result.code == MQW_MORE) {
        WANT(result.size > len, "MORE wants no more than there is");
        WANT(result.size >= r->want, "MORE wants less than before");
        r->want = result.size;
        return true;
    }
    WANT(len >= r->want, "it ends before what MORE wanted");
    if (result.code != MQW_OK) {
        vector known = *v;
        known.version = r->options.version ? r->options.version : packet.version;
        r->refused = true;
        WANT(v->result == MQTTWIRE_REJECT, "a packet is refused");
        mqw_decode_field(part, len, &r->options, field, sizeof field);
        return expect_error(&known, result, field);
    }
    WANT(r->packets < v->packet_count, "more packets than there are");
    TRY(expect_same(&packet, &r->wanted[r->packets]));
    r->packets++;
    r->options.version = packet.version;
    r->start += result.size;
    r->want = 0;
    *on = true;
    return true;
}

static bool feed(struct reader *r, uint32_t size)
{
    bool on = true;
    WANT(size <= r->wire.len - r->have, "the pieces are more than there is");
    r->have += size;
    while (on && !r->refused) {
        struct mark mark = blocks_mark();
        if (r->wire.len > LARGE && r->have - r->start < r->want)
            return true;
        TRY(read_packet(r, &on));
        blocks_release(mark);
    }
    return true;
}

static void begin_stream(struct reader *r)
{
    memset(&r->options, 0, sizeof r->options);
    r->options.version = r->v->version;
    r->options.sender = r->v->sender;
    r->start = r->have = r->want = r->packets = 0;
    r->refused = false;
}

static bool end_stream(const struct reader *r)
{
    WANT_NUMBER(r->have, r->wire.len, "bytes of the pieces");
    WANT_NUMBER(r->packets, r->v->packet_count, "packets");
    WANT_NUMBER(r->refused, r->v->result == MQTTWIRE_REJECT, "refused");
    if (!r->refused)
        WANT_NUMBER(r->start != r->have, r->v->result == MQTTWIRE_MORE, "something is left over");
    return true;
}

static bool in_pieces(struct reader *r, uint32_t first, uint32_t each)
{
    begin_stream(r);
    TRY(feed(r, first));
    while (r->have < r->wire.len)
        TRY(feed(r, each < r->wire.len - r->have ? each : r->wire.len - r->have));
    return end_stream(r);
}

bool judge_stream(const vector *v)
{
    struct reader r;
    struct mqw_packet *wanted =
        (struct mqw_packet *)(void *)block(v->packet_count * sizeof *wanted);
    bool sayable;
    memset(&r, 0, sizeof r);
    r.v = v;
    r.wanted = wanted;
    r.wire = unfold(v->steps[0].segment_count, v->steps[0].segments);
    for (uint32_t i = 0; i < v->packet_count; i++)
        TRY(packet_of(v->packets[i], &wanted[i], &sayable));
    if (v->each_chunk) {
        for (uint32_t first = 0; first <= r.wire.len; first++)
            TRY(in_pieces(&r, first, r.wire.len));
        return in_pieces(&r, 0, 1);
    }
    begin_stream(&r);
    for (uint32_t i = 0; i < v->chunk_count; i++)
        TRY(feed(&r, v->chunks[i]));
    return end_stream(&r);
}

/* ---- Sessions --------------------------------------------------------------------------------- */

enum { ALIASES = 65535 };

/* As much as can be needed: a step takes one exchange at most. */
static void give_storage(struct mqw_storage *storage, uint32_t steps)
{
    storage->exchanges = (struct mqw_exchange *)(void *)block(steps * sizeof *storage->exchanges);
    storage->aliases = (struct mqw_alias *)(void *)block(ALIASES * sizeof *storage->aliases);
    storage->exchange_count = steps;
    storage->alias_count = ALIASES;
}

static bool expect_finding(const vector *v, const struct mqw_finding *finding, uint32_t offset)
{
    const struct mqw_rule *rule = mqw_rule_of(finding->code);
    char field[256];
    bool told = !v->reason_code_count;
    mqw_finding_field(finding, field, sizeof field);
    WANT_TEXT(rule->name, v->rule, "rule");
    WANT_TEXT(field, v->field, "field");
    if (v->offset >= 0)
        WANT_NUMBER(offset, v->offset, "offset");
    for (uint8_t i = 0; i < v->reason_code_count; i++)
        told = told || v->reason_codes[i] == rule->reason_code;
    WANT(told, "reason code");
    return true;
}

/* One step; *found counts what is found. */
static bool pass(const vector *v, struct mqw_connection *connection, uint32_t index,
                 uint32_t *found)
{
    const struct mqttwire_step *step = &v->steps[index];
    enum mqw_sender sender = (enum mqw_sender)step->sender;
    struct mqw_options options = mqw_connection_options(connection, sender);
    struct mqw_bytes wire = unfold(step->segment_count, step->segments);
    struct mqw_packet packet;
    struct mqw_seen seen;
    struct mqw_result r = mqw_decode(wire.ptr, wire.len, &options, &packet);
    bool last = index + 1 == v->step_count;
    if (r.code != MQW_OK || r.size != wire.len)
        return wrong_texts("a step does not decode", mqw_rule_of(r.code)->name, "");
    seen = mqw_connection_packet(connection, sender, &packet, r.size, step->at, index);
    for (uint32_t i = 0; i < seen.count; i++) {
        const struct mqw_finding *finding = &seen.findings[i];
        /* What is too large for diagnostics is too large anyway. */
        if (v->rule && same_text(v->rule, "diagnostics_too_large") &&
            finding->code == MQW_RULE_PACKET_TOO_LARGE)
            continue;
        if (!last || v->result == MQTTWIRE_ACCEPT)
            return wrong_texts("found where nothing is wrong", mqw_rule_of(finding->code)->name,
                               "");
        TRY(expect_finding(v, finding, mqw_finding_offset(finding, wire.ptr, wire.len, &options)));
        ++*found;
    }
    return true;
}

bool judge_session(const vector *v)
{
    struct mqw_connection_config config;
    struct mqw_connection connection;
    uint32_t found = 0;
    memset(&config, 0, sizeof config);
    give_storage(&config.client, v->step_count);
    give_storage(&config.server, v->step_count);
    mqw_connection_init(&connection, &config);
    mqw_connection_version(&connection, (enum mqw_version)v->version);
    for (uint32_t i = 0; i < v->step_count; i++) {
        struct mark mark = blocks_mark();
        TRY(pass(v, &connection, i, &found));
        blocks_release(mark);
    }
    mqw_connection_end(&connection);
    if (v->result == MQTTWIRE_REJECT || (v->result == MQTTWIRE_CHOICE && found))
        WANT_NUMBER(found, 1, "findings");
    return true;
}
