/* SPDX-License-Identifier: MIT */
/* The telling walk around a packet: its first byte, its length, its fields, and what is left over. */
#define MQW_COMPACT
#include "tell_lists.h"

#define WALK FAST
#define SIDE
#define CURSOR   struct teller
#define DO(name) tell_##name
#include "walks.h"

/* Byte 1: type, direction, flags. */
static void tell_first_byte(struct teller *c)
{
    uint8_t first = c->base[0];
    const struct type_row *row = &mqw__types[first >> 4];
    uint8_t senders = row->senders[c->version == MQW_VERSION_5 || !c->version];
    c->type = first >> 4;
    c->octet = first;
    c->octet_at = 0;
    c->at = 1;
    if (!c->quiet) {
        tell_enter(c, "fixed_header");
        tell_field(c, MQW_KIND_OCTET, "", 0, first);
        tell_leave(c);
        tell_some_bits(c, "type", "", 4, 4);
    }
    if (!senders) {
        fail_named(c, "type", MQW_RULE_TYPE_RESERVED, 0);
        return;
    }
    if (c->sender && !(senders & c->sender)) {
        fail_named(c, "type", MQW_RULE_DIRECTION, 0);
        c->sender = MQW_NEITHER; /* let through: no other rule can hold its sender against it */
    }
    if (c->type == MQW_PUBLISH)
        return; /* whose flags are fields */
    tell_some_bits(c, "flags", "", 0, 4);
    if (first != row->first && !c->stopped)
        fail_named(c, "flags", (enum mqw_code)row->flags_rule, 0);
}

/* Padding of the Remaining Length, where only the CONNECT behind it has told the version. */
static void judge_padding(struct teller *c)
{
    if (c->header.padded && !c->stopped)
        fail_named(c, "remaining_length",
                   tell_v5(c) ? MQW_RULE_INTEGER_PADDED : MQW_RULE_LENGTH_PADDED, 1);
}

static void tell_whole(struct teller *c, struct mqw_packet *packet)
{
    if (c->type != MQW_PUBLISH)
        tell_flags_end(c);
    packet->version = c->version;
    if (!c->stopped)
        tell_packet(c, packet);
    judge_padding(c);
    if (c->at < c->limit && c->type != MQW_PUBLISH && !c->stopped)
        fail_named(c, "unread",
                   c->type == MQW_CONNECT ? MQW_RULE_CONNECT_SURPLUS : MQW_RULE_SURPLUS_BYTES,
                   c->at);
}

/* What no field was made of, up to the end of the packet or of what came of it. */
static void tell_unread(struct teller *c)
{
    struct told told = {MQW_KIND_UNREAD, "", 0, 0, c->told, c->end, 0};
    if (c->listener && c->told < c->end) {
        c->depth = 0;
        c->listener(c->arg, c, &told);
    }
}

static struct mqw_result tell(struct teller *c, const uint8_t *buf, size_t len,
                              const struct mqw_options *options, struct mqw_packet *packet,
                              tell_listener *listener, void *arg)
{
    enum mqw_code code;
    bool connect = len && buf[0] >> 4 == MQW_CONNECT;
    bool partial = options->partial && len && buf[0] >> 4 == MQW_PUBLISH;
    packet->type = len ? buf[0] >> 4 : 0;
    packet->version = 0;
    if (!options_good(options) || (len && !options->version && !connect && buf[0] >> 4 != 0))
        return result_of(MQW_MISUSE, 0);
    code = mqw__header(buf, len, options, &c->header);
    if (code == MQW_MORE && !listener && !(partial && c->header.length))
        return result_of(MQW_MORE, c->header.size);
    c->base = buf;
    c->limit = c->header.length ? c->header.size : 5;
    c->end = c->header.length && c->header.size < len ? c->header.size : (uint32_t)len;
    c->allow = options->allow;
    c->refuse = options->refuse;
    c->version = options->version == MQW_VERSION_3_1 ? MQW_VERSION_3_1_1 : options->version;
    c->sender = options->sender == MQW_EITHER ? (uint8_t)MQW_NEITHER : options->sender;
    c->short_rule = MQW_RULE_TRUNCATED;
    c->listener = listener;
    c->arg = arg;
    c->at = c->told = c->wanted = 0;
    c->octet_at = c->field_at = 0;
    c->stopped = false;
    c->depth = 0;
    c->item = 0;
    c->result = result_of(MQW_OK, c->header.size);
    if (len)
        tell_first_byte(c);
    if (code >= MQW_RULE_FIRST && !c->stopped)
        fail_named(c, "remaining_length", code, 1);
    if (c->header.length && !c->stopped)
        tell_whole(c, packet);
    if (c->result.code < MQW_RULE_FIRST)
        c->result.offset = c->result.item = 0;
    if (code == MQW_MORE && !(partial && c->header.length))
        c->result = result_of(MQW_MORE, c->header.size); /* whatever could be told of it */
    else if (c->wanted > c->end)
        c->result =
            result_of(MQW_MORE, c->wanted); /* before its block has come, decode judges none */
    tell_unread(c);
    return c->result;
}

struct mqw_result mqw__tell(struct teller *c, const uint8_t *buf, size_t len,
                            const struct mqw_options *options, struct mqw_packet *packet,
                            tell_listener *listener, void *arg)
{
    c->quiet = false;
    return tell(c, buf, len, options, packet, listener, arg);
}

struct mqw_result mqw__judge(const uint8_t *buf, size_t len, const struct mqw_options *options,
                             struct mqw_packet *packet)
{
    struct teller teller;
    teller.quiet = true;
    return tell(&teller, buf, len, options, packet, NULL, NULL);
}
