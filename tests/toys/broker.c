/* SPDX-License-Identifier: MIT */
/* The toy broker: what it does with packets. */
#include "broker_parts.h"

/* ---- Packets ------------------------------------------------------------------------------- */

static bool on_connect(struct connection *c, const struct toy_packet *p)
{
    static const uint8_t v4[] = {0x20, 2, 0, 0}, v5[] = {0x20, 6, 0, 0, 3, 0x22, 0, ALIASES};
    uint8_t answer[8];
    char made[16];
    struct toy_bytes id = p->client_id;
    bool old = false;

    if (c->session && !toy_passes(TOY_CONNECT_TWICE))
        return false;
    c->version = p->level;
    if (!id.len) {
        if (!p->clean && p->level == 4)
            return false;
        memcpy(made, "auto-00000000", 14);
        for (unsigned i = 0; i < 8; i++)
            made[5 + i] = (char)('0' + (c->broker->names >> (28 - 4 * i) & 15));
        c->broker->names++;
        id.at = (const uint8_t *)made;
        id.len = 13;
    }
    c->session = broker_session_of(c, id, p->clean, &old);
    if (!c->session)
        return false;
    c->session->kept = p->level == 5 ? p->properties.session_expiry != 0 : !p->clean;
    broker_free_message(c->will);
    c->will = p->has_will
                  ? broker_message_of(p->will_topic, p->will_payload, p->will_qos, p->will_retain)
                  : NULL;
    memcpy(answer, p->level == 5 ? v5 : v4, p->level == 5 ? sizeof v5 : sizeof v4);
    answer[2] = old;
    broker_put(c, answer, p->level == 5 ? sizeof v5 : sizeof v4);
    return true;
}

/* The topic that an alias stands for; NULL: for none. */
static const char *resolve(struct connection *c, const struct toy_packet *p)
{
    uint16_t alias = p->properties.topic_alias;
    if (alias > ALIASES)
        return NULL;
    if (p->topic.len) {
        free(c->aliases[alias - 1]);
        c->aliases[alias - 1] = broker_text_of(p->topic);
    }
    return c->aliases[alias - 1];
}

static bool on_publish(struct connection *c, const struct toy_packet *p)
{
    struct message *m, **at = &c->session->received;
    struct toy_bytes topic = p->topic;
    unsigned count = 0;

    if (p->properties.seen >> 0x23 & 1) {
        const char *text = p->properties.topic_alias ? resolve(c, p) : NULL;
        if (!text && !toy_passes(TOY_ALIAS_UNKNOWN))
            return false;
        topic.at = (const uint8_t *)text;
        topic.len = (uint32_t)strlen(text);
    }
    m = broker_message_of(topic, p->payload, p->qos, p->retain);
    m->id = p->id;
    if (p->qos < 2) {
        broker_publish(c->broker, m);
        broker_free_message(m);
        if (p->qos)
            broker_put_ack(c, 0x40, p->id, 0);
        return true;
    }
    while (*at && (*at)->id != p->id) {
        at = &(*at)->next;
        count++;
    }
    if (!*at) {
        if (count >= LIMIT) {
            broker_free_message(m);
            return false;
        }
        *at = m;
    } else if (toy_passes(TOY_QOS_2_REUSE)) {
        m->next = *at;
        c->session->received = m;
        broker_free_message(m->next);
    } else {
        broker_free_message(m); /* it has come again */
    }
    broker_put_ack(c, 0x50, p->id, 0);
    return true;
}

static void on_pubrel(struct connection *c, const struct toy_packet *p)
{
    struct message **at = &c->session->received, *m;
    while (*at && (*at)->id != p->id)
        at = &(*at)->next;
    m = *at;
    if (!m && !toy_passes(TOY_PUBREL_UNKNOWN)) {
        broker_put_ack(c, 0x70, p->id, 0x92);
        return;
    }
    *at = m->next;
    broker_publish(c->broker, m);
    broker_free_message(m);
    broker_put_ack(c, 0x70, p->id, 0);
}

static uint8_t subscribe(struct connection *c, struct toy_bytes filter, uint8_t options)
{
    struct subscription *sub;
    struct message *m;
    char *text = broker_text_of(filter);
    unsigned count = 0;
    for (sub = c->session->subscriptions; sub && strcmp(sub->filter, text) != 0; sub = sub->next)
        count++;
    if (count >= LIMIT) {
        free(text);
        return c->version == 5 ? 0x97 : 0x80;
    }
    if (sub) {
        free(text);
    } else {
        sub = broker_get(sizeof *sub);
        sub->filter = text;
        sub->next = c->session->subscriptions;
        c->session->subscriptions = sub;
    }
    sub->qos = options & 3;
    for (m = c->broker->retained; m; m = m->next)
        if (broker_matches(sub->filter, m->topic))
            broker_put_message(c, c->session, m, m->qos < sub->qos ? m->qos : sub->qos, true);
    return sub->qos;
}

static uint8_t unsubscribe(struct connection *c, struct toy_bytes filter)
{
    struct subscription **at = &c->session->subscriptions, *gone;
    char *text = broker_text_of(filter);
    while (*at && strcmp((*at)->filter, text) != 0)
        at = &(*at)->next;
    free(text);
    if (!*at)
        return 0x11;
    gone = *at;
    *at = gone->next;
    free(gone->filter);
    free(gone);
    return 0;
}

static void on_filters(struct connection *c, const struct toy_packet *p)
{
    uint8_t *codes = malloc(p->count), options, id[3] = {(uint8_t)(p->id >> 8), (uint8_t)p->id};
    struct toy_bytes filter;
    uint32_t at = 0, n = 0;
    bool subscribes = p->type == TOY_SUBSCRIBE;
    size_t head = c->version == 5 ? 3 : 2;

    if (!codes)
        abort();
    while (n < p->count && toy_next_filter(p, &at, &filter, &options))
        codes[n++] = subscribes ? subscribe(c, filter, options) : unsubscribe(c, filter);
    if (codes[n - 1] == 0x97)
        c->closing = true; /* enough of this client */
    if (!subscribes && c->version == 4)
        n = 0;
    broker_put_header(c, subscribes ? 0x90 : 0xB0, head + n);
    broker_put(c, id, head);
    broker_put(c, codes, n);
    free(codes);
}

static bool on_packet(struct connection *c, const struct toy_packet *p)
{
    if (p->type != TOY_CONNECT && !c->session)
        return false;
    switch (p->type) {
    case TOY_CONNECT:
        return on_connect(c, p);
    case TOY_PUBLISH:
        return on_publish(c, p);
    case TOY_PUBREC:
        broker_put_ack(c, 0x62, p->id, 0);
        return true;
    case TOY_PUBREL:
        on_pubrel(c, p);
        return true;
    case TOY_PUBACK:
    case TOY_PUBCOMP:
        return true;
    case TOY_SUBSCRIBE:
    case TOY_UNSUBSCRIBE:
        on_filters(c, p);
        return true;
    case TOY_PINGREQ:
        broker_put(c, "\xD0", 2);
        return true;
    case TOY_DISCONNECT:
        if (p->reason != 4) {
            broker_free_message(c->will);
            c->will = NULL;
        }
        return false;
    default: /* what only a server sends */
        return false;
    }
}

/* ---- From outside -------------------------------------------------------------------------- */

struct broker *broker_new(void)
{
    return broker_get(sizeof(struct broker));
}

void broker_free(struct broker *b)
{
    while (b->connections)
        broker_close(b->connections);
    while (b->sessions)
        broker_drop_session(b, b->sessions);
    while (b->retained) {
        struct message *gone = b->retained;
        b->retained = gone->next;
        broker_free_message(gone);
    }
    free(b);
}

struct connection *broker_open(struct broker *b)
{
    struct connection *c = broker_get(sizeof *c);
    c->broker = b;
    c->version = 4;
    c->next = b->connections;
    b->connections = c;
    return c;
}

/* The next packet, in memory of its own. */
static bool take_packet(struct connection *c, size_t size)
{
    struct toy_packet p;
    uint8_t *packet = broker_get(size);
    bool good;
    memcpy(packet, c->in, size);
    c->in_size -= size;
    memmove(c->in, c->in + size, c->in_size);
    good = toy_parse(packet, size, c->version, &p) == TOY_OK && on_packet(c, &p);
    free(packet);
    return good && !c->closing;
}

bool broker_input(struct connection *c, const uint8_t *data, size_t size)
{
    struct toy_header h;
    enum toy_result framed;
    if (c->closing)
        return false;
    if (size) {
        c->in = realloc(c->in, c->in_size + size);
        if (!c->in)
            abort();
        memcpy(c->in + c->in_size, data, size);
        c->in_size += size;
    }
    while ((framed = toy_frame(c->in, c->in_size, &h)) == TOY_OK)
        if (h.length > PACKET_LIMIT || !take_packet(c, h.size + h.length))
            return false;
    return framed == TOY_MORE && h.length <= PACKET_LIMIT;
}

const uint8_t *broker_output(const struct connection *c, size_t *size)
{
    *size = c->out_size;
    return c->out;
}

void broker_taken(struct connection *c, size_t size)
{
    c->out_size -= size;
    memmove(c->out, c->out + size, c->out_size);
}

void broker_close(struct connection *c)
{
    struct connection **at = &c->broker->connections;
    while (*at != c)
        at = &(*at)->next;
    *at = c->next;
    broker_publish_will(c);
    broker_detach(c);
    for (unsigned i = 0; i < ALIASES; i++)
        free(c->aliases[i]);
    free(c->in);
    free(c->out);
    free(c);
}
