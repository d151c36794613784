/* SPDX-License-Identifier: MIT */
/* The toy parser: what is in a packet, and is it good? */
#include "parser.h"

#include "bugs.h"
#include "fields.h"

#include <string.h>

/* ---- Packets ------------------------------------------------------------------------------- */

static void parse_connect(struct reader *r, struct toy_packet *p)
{
    struct toy_bytes name = toy_read_binary(r);
    uint8_t flags;
    if (r->bad || name.len != 4 || memcmp(name.at, "MQTT", 4) != 0) {
        r->bad = true;
        return;
    }
    p->level = toy_read_1(r);
    flags = toy_read_1(r);
    p->clean = flags >> 1 & 1;
    p->has_will = flags >> 2 & 1;
    p->will_qos = flags >> 3 & 3;
    p->will_retain = flags >> 5 & 1;
    if (flags & 1 || p->will_qos == 3 || (!p->has_will && flags & 0x38) ||
        (p->level != 4 && p->level != 5) || (p->level == 4 && (flags & 0xC0) == 0x40))
        r->bad = true;
    p->keep_alive = toy_read_2(r);
    if (p->level == 5)
        toy_read_properties(r, IN(CONNECT), &p->properties);
    p->client_id = toy_read_text(r);
    if (p->has_will) {
        if (p->level == 5)
            toy_read_properties(r, IN_WILL, &p->will_properties);
        p->will_topic = toy_read_topic(r);
        if (p->will_topic.len == 0)
            r->bad = true;
        p->will_payload = toy_read_binary(r);
    }
    if (flags & 0x80)
        p->user_name = toy_read_text(r);
    if (flags & 0x40)
        p->password = toy_read_binary(r);
}

static void parse_connack(struct reader *r, uint8_t version, struct toy_packet *p)
{
    uint8_t flags = toy_read_1(r);
    if (flags > 1)
        r->bad = true;
    p->session_present = flags;
    p->reason = toy_read_1(r);
    if (version == 5)
        toy_read_properties(r, IN(CONNACK), &p->properties);
}

static void parse_publish(struct reader *r, uint8_t version, struct toy_packet *p)
{
    p->dup = p->flags >> 3 & 1;
    p->qos = p->flags >> 1 & 3;
    p->retain = p->flags & 1;
    p->topic = toy_read_topic(r);
    if (p->qos == 3 || (!p->qos && p->dup))
        r->bad = true;
    if (p->qos && !r->bad) {
        if (r->left < 2 && !toy_passes(TOY_PACKET_ID_MISSING)) {
            r->bad = true;
            return;
        }
        p->id = (uint16_t)(r->at[0] << 8 | r->at[1]);
        toy_skip(r, 2);
        if (!p->id)
            r->bad = true;
    }
    if (version == 5)
        toy_read_properties(r, IN(PUBLISH), &p->properties);
    if (r->bad)
        return;
    if (p->topic.len)
        p->levels = toy_count_levels(p->topic);
    else if (!p->properties.topic_alias && toy_passes(TOY_TOPIC_EMPTY))
        p->levels = toy_count_levels(p->topic);
    else if (!p->properties.topic_alias)
        r->bad = true;
    p->payload = toy_read_bytes(r, r->left);
}

/* PUBACK and its like, DISCONNECT and AUTH: 5.0 leaves out what says nothing. */
static void parse_reason(struct reader *r, uint8_t version, struct toy_packet *p)
{
    if (version != 5)
        return;
    if (r->left)
        p->reason = toy_read_1(r);
    if (r->left)
        toy_read_properties(r, 1u << p->type, &p->properties);
}

static void parse_ack(struct reader *r, uint8_t version, struct toy_packet *p)
{
    p->id = toy_read_2(r);
    if (!p->id)
        r->bad = true;
    parse_reason(r, version, p);
}

static void parse_filters(struct reader *r, uint8_t version, struct toy_packet *p)
{
    p->id = toy_read_2(r);
    if (!p->id)
        r->bad = true;
    if (version == 5)
        toy_read_properties(r, 1u << p->type, &p->properties);
    p->filters.at = r->at;
    p->filters.len = r->bad ? 0 : r->left;
    while (r->left && !r->bad) {
        toy_read_filter(r);
        if (p->type == TOY_SUBSCRIBE) {
            uint8_t options = toy_read_1(r);
            if ((options & 3) == 3 || options & (version == 5 ? 0xC0 : 0xFC) ||
                (options & 0x30) == 0x30)
                r->bad = true;
        }
        p->count++;
    }
    if (!p->count && (p->type == TOY_UNSUBSCRIBE || !toy_passes(TOY_SUBSCRIBE_EMPTY)))
        r->bad = true;
}

static void parse_codes(struct reader *r, uint8_t version, struct toy_packet *p)
{
    p->id = toy_read_2(r);
    if (!p->id)
        r->bad = true;
    if (version == 5)
        toy_read_properties(r, 1u << p->type, &p->properties);
    if (r->bad || (version == 4 && p->type == TOY_UNSUBACK))
        return;
    if (!r->left && !toy_passes(TOY_SUBACK_EMPTY)) {
        r->bad = true;
        return;
    }
    p->refused = r->at[0] >= 0x80;
    p->count = r->left;
    p->codes = toy_read_bytes(r, r->left);
}

/* ---- From outside -------------------------------------------------------------------------- */

enum toy_result toy_frame(const uint8_t *data, size_t size, struct toy_header *h)
{
    unsigned shift = 0;
    memset(h, 0, sizeof *h);
    if (!size)
        return TOY_MORE;
    h->raw[h->size++] = data[0];
    h->type = data[0] >> 4;
    h->flags = data[0] & 15;
    do {
        if (h->size == size)
            return TOY_MORE;
        if (shift > 21 && !toy_passes(TOY_LENGTH_FIVE))
            return TOY_BAD;
        h->raw[h->size] = data[h->size];
        h->length |= (uint32_t)(h->raw[h->size] & 0x7F) << shift;
        shift += 7;
    } while (h->raw[h->size++] & 0x80);
    return size - h->size < h->length ? TOY_MORE : TOY_OK;
}

enum toy_result toy_parse(const uint8_t *data, size_t size, uint8_t version, struct toy_packet *p)
{
    struct toy_header h;
    struct reader r;
    enum toy_result framed = toy_frame(data, size, &h);

    memset(p, 0, sizeof *p);
    if (framed != TOY_OK)
        return framed;
    r.at = data + h.size;
    r.left = h.length;
    r.bad = false;
    p->type = h.type;
    p->flags = h.flags;
    if (p->type != TOY_PUBLISH)
        r.bad =
            p->flags !=
            (p->type == TOY_PUBREL || p->type == TOY_SUBSCRIBE || p->type == TOY_UNSUBSCRIBE ? 2
                                                                                             : 0);
    switch (p->type) {
    case TOY_CONNECT:
        parse_connect(&r, p);
        break;
    case TOY_CONNACK:
        parse_connack(&r, version, p);
        break;
    case TOY_PUBLISH:
        parse_publish(&r, version, p);
        break;
    case TOY_PUBACK:
    case TOY_PUBREC:
    case TOY_PUBREL:
    case TOY_PUBCOMP:
        parse_ack(&r, version, p);
        break;
    case TOY_SUBSCRIBE:
    case TOY_UNSUBSCRIBE:
        parse_filters(&r, version, p);
        break;
    case TOY_SUBACK:
    case TOY_UNSUBACK:
        parse_codes(&r, version, p);
        break;
    case TOY_PINGREQ:
    case TOY_PINGRESP:
        break;
    case TOY_DISCONNECT:
        parse_reason(&r, version, p);
        break;
    case TOY_AUTH:
        parse_reason(&r, version, p);
        if (version != 5)
            r.bad = true;
        break;
    default:
        r.bad = true;
    }
    return r.bad || r.left ? TOY_BAD : TOY_OK;
}

bool toy_next_filter(const struct toy_packet *p, uint32_t *at, struct toy_bytes *filter,
                     uint8_t *options)
{
    struct reader r = {p->filters.at + *at, p->filters.len - *at, false};
    if (!r.left)
        return false;
    *filter = toy_read_binary(&r);
    *options = p->type == TOY_SUBSCRIBE ? toy_read_1(&r) : 0;
    *at = p->filters.len - r.left;
    return !r.bad;
}
