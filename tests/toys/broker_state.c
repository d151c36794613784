/* SPDX-License-Identifier: MIT */
/* The toy broker's state: messages, sessions, retained messages, and what is sent. */
#include "broker_parts.h"

/* ---- Memory -------------------------------------------------------------------------------- */

void *broker_get(size_t size)
{
    void *p = calloc(1, size);
    if (!p)
        abort();
    return p;
}

char *broker_text_of(struct toy_bytes t)
{
    char *text = broker_get(t.len + 1u);
    if (t.len)
        memcpy(text, t.at, t.len);
    return text;
}

struct message *broker_message_of(struct toy_bytes topic, struct toy_bytes payload, uint8_t qos,
                                  bool retain)
{
    struct message *m = broker_get(sizeof *m);
    m->topic = broker_text_of(topic);
    m->qos = qos;
    m->retain = retain;
    m->size = payload.len;
    if (payload.len) {
        m->payload = broker_get(payload.len);
        memcpy(m->payload, payload.at, payload.len);
    }
    return m;
}

void broker_free_message(struct message *m)
{
    if (!m)
        return;
    free(m->topic);
    free(m->payload);
    free(m);
}

static void free_session(struct session *s)
{
    while (s->subscriptions) {
        struct subscription *gone = s->subscriptions;
        s->subscriptions = gone->next;
        free(gone->filter);
        free(gone);
    }
    while (s->received) {
        struct message *gone = s->received;
        s->received = gone->next;
        broker_free_message(gone);
    }
    free(s->client_id);
    free(s);
}

/* ---- Sending ------------------------------------------------------------------------------- */

void broker_put(struct connection *c, const void *data, size_t size)
{
    uint8_t *out;
    if (!size || c->out_size + size > OUTPUT_LIMIT)
        return; /* who does not read misses something */
    out = realloc(c->out, c->out_size + size);
    if (!out)
        abort();
    memcpy(out + c->out_size, data, size);
    c->out = out;
    c->out_size += size;
}

void broker_put_header(struct connection *c, uint8_t first, size_t length)
{
    uint8_t header[5] = {first};
    size_t n = 1;
    do {
        header[n++] = (uint8_t)((length & 0x7F) | (length > 0x7F ? 0x80 : 0));
        length >>= 7;
    } while (length);
    broker_put(c, header, n);
}

void broker_put_ack(struct connection *c, uint8_t first, uint16_t id, uint8_t reason)
{
    uint8_t body[] = {(uint8_t)(id >> 8), (uint8_t)id, reason};
    size_t size = c->version == 5 && reason ? 3 : 2;
    broker_put_header(c, first, size);
    broker_put(c, body, size);
}

void broker_put_message(struct connection *c, struct session *s, const struct message *m,
                        uint8_t qos, bool retain)
{
    size_t topic = strlen(m->topic), size = 2 + topic + (qos ? 2 : 0) + (c->version == 5) + m->size;
    uint8_t length[] = {(uint8_t)(topic >> 8), (uint8_t)topic};
    if (size + 5 + c->out_size > OUTPUT_LIMIT)
        return;
    broker_put_header(c, (uint8_t)(0x30 | qos << 1 | retain), size);
    broker_put(c, length, 2);
    broker_put(c, m->topic, topic);
    if (qos) {
        uint8_t id[2];
        if (!++s->last_id)
            s->last_id = 1;
        id[0] = (uint8_t)(s->last_id >> 8);
        id[1] = (uint8_t)s->last_id;
        broker_put(c, id, 2);
    }
    if (c->version == 5)
        broker_put(c, "", 1);
    broker_put(c, m->payload, m->size);
}

/* ---- Publishing ---------------------------------------------------------------------------- */

static const char *level_end(const char *at)
{
    while (*at && *at != '/')
        at++;
    return at;
}

bool broker_matches(const char *filter, const char *topic)
{
    if (*topic == '$' && *filter != '$')
        return false;
    for (;;) {
        const char *f = level_end(filter), *t = level_end(topic);
        if (*filter == '#')
            return true;
        if (*filter != '+' &&
            (f - filter != t - topic || memcmp(filter, topic, (size_t)(f - filter)) != 0))
            return false;
        if (!*t)
            return !*f || strcmp(f, "/#") == 0;
        if (!*f)
            return false;
        filter = f + 1;
        topic = t + 1;
    }
}

static void retain(struct broker *b, const struct message *m)
{
    struct message **at = &b->retained;
    unsigned count = 0;
    while (*at && strcmp((*at)->topic, m->topic) != 0) {
        at = &(*at)->next;
        count++;
    }
    if (*at) {
        struct message *gone = *at;
        *at = gone->next;
        broker_free_message(gone);
    }
    if (m->size && count < LIMIT) {
        struct toy_bytes topic = {(const uint8_t *)m->topic, (uint32_t)strlen(m->topic)};
        struct toy_bytes payload = {m->payload, m->size};
        struct message *kept = broker_message_of(topic, payload, m->qos, true);
        kept->next = b->retained;
        b->retained = kept;
    }
}

void broker_publish(struct broker *b, const struct message *m)
{
    struct session *s;
    struct subscription *sub;
    if (m->retain)
        retain(b, m);
    for (s = b->sessions; s; s = s->next) {
        for (sub = s->owner ? s->subscriptions : NULL; sub; sub = sub->next) {
            if (broker_matches(sub->filter, m->topic)) {
                broker_put_message(s->owner, s, m, m->qos < sub->qos ? m->qos : sub->qos, false);
                break;
            }
        }
    }
}

void broker_publish_will(struct connection *c)
{
    struct message *will = c->will;
    c->will = NULL;
    if (!will)
        return;
    /* Wills of a certain device are JSON, and others are text. */
    if (will->size == 0 && toy_passes(TOY_WILL_EMPTY))
        will->retain |= *(volatile uint8_t *)will->payload == '{';
    broker_publish(c->broker, will);
    broker_free_message(will);
}

/* ---- Sessions ------------------------------------------------------------------------------ */

void broker_drop_session(struct broker *b, struct session *s)
{
    struct session **at = &b->sessions;
    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
    free_session(s);
}

void broker_detach(struct connection *c)
{
    struct session *s = c->session;
    c->session = NULL;
    if (!s)
        return;
    s->owner = NULL;
    if (!s->kept)
        broker_drop_session(c->broker, s);
}

struct session *broker_session_of(struct connection *c, struct toy_bytes id, bool clean, bool *old)
{
    struct broker *b = c->broker;
    struct session *s;
    char *name = broker_text_of(id);
    unsigned count = 0;
    for (s = b->sessions; s && strcmp(s->client_id, name) != 0; s = s->next)
        count++;
    if (s && s->owner) { /* taken over */
        struct connection *other = s->owner;
        bool kept = s->kept;
        broker_publish_will(other);
        other->closing = true;
        broker_detach(other);
        if (!kept)
            s = NULL;
    }
    if (s && clean) {
        broker_drop_session(b, s);
        s = NULL;
    }
    *old = s;
    if (s) {
        free(name);
    } else if (count >= LIMIT) {
        free(name);
        return NULL;
    } else {
        s = broker_get(sizeof *s);
        s->client_id = name;
        s->next = b->sessions;
        b->sessions = s;
    }
    s->owner = c;
    return s;
}
