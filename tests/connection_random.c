/* SPDX-License-Identifier: MIT */
/*
 * A client and a server that keep every rule, over a link with delay, seen at some place in
 * between: whatever they do, whatever of it is missed, and however little is remembered, nothing is
 * found.
 */
#include "case.h"
#include <mqttwire/mqttwire.h>
#include <stdlib.h>
#include <string.h>

enum { IDS = 12, LINK = 64, ACKS = 64, ROOM = 16, CONNECTIONS = 2000, STEPS = 300 };

enum state { FREE, QOS_1, QOS_2, RELEASED, REQUEST };

struct party {
    struct mqw_packet sent[LINK], seen[LINK]; /* on their way to the observer, and on from there */
    unsigned sent_count, seen_count;
    struct mqw_packet acks[ACKS]; /* to be sent */
    unsigned ack_count;
    enum state state[IDS + 1]; /* of the identifiers of its own */
    bool old[IDS + 1];         /* left by an earlier connection, and not yet sent again */
    bool bound[3];             /* aliases */
    unsigned quota, limit;     /* of messages of QoS 1 and 2 */
    unsigned aliases;          /* that it may use */
    bool ready;                /* the handshake is over, as far as it knows */
};

struct world {
    struct mqw_connection connection;
    struct mqw_exchange exchanges[2][2][ROOM];
    struct mqw_alias aliases[2][2][2];
    unsigned home[2]; /* which of the two storages of a side is in use */
    enum mqw_sender only;
    struct party client, server;
    uint8_t version;
    bool connected, clean, present, ended;
    unsigned blind; /* packets to miss at the beginning */
    uint64_t now;
};

static uint64_t seed;

static unsigned draw(unsigned limit)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed >> 20) % limit;
}

static struct mqw_packet packet_of(const struct world *w, uint8_t type)
{
    struct mqw_packet p;
    memset(&p, 0, sizeof p);
    p.type = type;
    p.version = w->version;
    return p;
}

static void push(struct mqw_packet *queue, unsigned *count, const struct mqw_packet *p)
{
    ck_assert_uint_lt(*count, LINK);
    queue[(*count)++] = *p;
}

static struct mqw_packet pull(struct mqw_packet *queue, unsigned *count, unsigned index)
{
    struct mqw_packet p = queue[index];
    --*count;
    memmove(queue + index, queue + index + 1, (*count - index) * sizeof *queue);
    return p;
}

static void send_packet(struct party *from, const struct mqw_packet *p)
{
    push(from->sent, &from->sent_count, p);
}

static unsigned pick(const struct party *p, enum state a, enum state b)
{
    unsigned id = 1 + draw(IDS);
    return p->state[id] == a || p->state[id] == b ? id : 0;
}

static void use_alias(struct party *from, struct mqw_publish *publish)
{
    unsigned alias = 1 + draw(2);
    if (alias > from->aliases || draw(2))
        return;
    mqw_set_topic_alias(&publish->properties, (uint16_t)alias);
    if (from->bound[alias] && draw(2))
        publish->topic.len = 0;
    from->bound[alias] = true;
}

static void publish(struct world *w, struct party *from, unsigned id, unsigned qos, bool dup)
{
    struct mqw_packet p = packet_of(w, MQW_PUBLISH);
    p.publish.topic = mqw_text("t");
    p.publish.qos = (uint8_t)qos;
    p.publish.packet_id = (uint16_t)(qos ? id : 0);
    p.publish.dup = dup;
    if (w->version == 5)
        use_alias(from, &p.publish);
    if (qos)
        from->quota--;
    send_packet(from, &p);
}

static void send_new(struct world *w, struct party *from)
{
    unsigned id = pick(from, FREE, FREE), qos = draw(3);
    if (!id || (qos && !from->quota))
        return;
    if (qos)
        from->state[id] = qos == 1 ? QOS_1 : QOS_2;
    publish(w, from, id, qos, false);
}

/* Before 5.0 at any time; in 5.0 what an earlier connection left open, once. */
static void send_again(struct world *w, struct party *from)
{
    unsigned id = 1 + draw(IDS);
    struct mqw_packet p = packet_of(w, MQW_PUBREL);
    if (w->version == 5 && !from->old[id])
        return;
    p.ack.packet_id = (uint16_t)id;
    if (from->state[id] == RELEASED)
        send_packet(from, &p);
    else if ((from->state[id] == QOS_1 || from->state[id] == QOS_2) && from->quota)
        publish(w, from, id, from->state[id] == QOS_1 ? 1 : 2, true);
    else
        return;
    from->old[id] = false;
}

static void send_request(struct world *w, struct party *from)
{
    static struct mqw_subscription one;
    static struct mqw_bytes filter;
    unsigned id = pick(from, FREE, FREE);
    struct mqw_packet p = packet_of(w, draw(2) ? MQW_SUBSCRIBE : MQW_UNSUBSCRIBE);
    one.topic_filter = filter = mqw_text("t");
    if (!id)
        return;
    if (p.type == MQW_SUBSCRIBE) {
        p.subscribe.packet_id = (uint16_t)id;
        p.subscribe.subscriptions = mqw_subscriptions(&one, 1);
    } else {
        p.unsubscribe.packet_id = (uint16_t)id;
        p.unsubscribe.topic_filters = mqw_filters(&filter, 1);
    }
    from->state[id] = REQUEST;
    send_packet(from, &p);
}

/* A client sends its acknowledgements in turn, a server as it likes. */
static void send_ack(struct world *w, struct party *from)
{
    struct mqw_packet p;
    if (!from->ack_count)
        return;
    p = pull(from->acks, &from->ack_count, from == &w->server ? draw(from->ack_count) : 0);
    send_packet(from, &p);
}

static void answer(struct world *w, struct party *from, uint8_t type, uint16_t id)
{
    static const uint8_t codes[1];
    struct mqw_packet p = packet_of(w, type);
    if (type == MQW_SUBACK || type == MQW_UNSUBACK) {
        p.suback.packet_id = id;
        if (type == MQW_SUBACK || w->version == 5)
            p.suback.reason_codes = mqw_codes(codes, 1);
    } else if (type != MQW_PINGRESP) {
        p.ack.packet_id = id;
    }
    if (type == MQW_PUBREC && w->version == 5 && !draw(4))
        p.ack.reason_code = 0x80;
    push(from->acks, &from->ack_count, &p);
}

static void settle(struct party *to, unsigned id, bool message)
{
    to->state[id] = FREE;
    if (message && to->quota < to->limit)
        to->quota++;
}

static void begin_session(struct world *w, struct party *p, unsigned maximum)
{
    unsigned id;
    p->ready = true;
    if (w->version == 5) {
        p->quota = p->quota + maximum - p->limit;
        p->limit = maximum;
        p->aliases = 2;
    }
    for (id = 1; id <= IDS; id++)
        if (p->old[id] && !w->present && w->version == 5) {
            p->old[id] = false;
            p->state[id] = FREE;
        }
}

static void connack(struct world *w)
{
    struct mqw_packet p = packet_of(w, MQW_CONNACK);
    p.connack.session_present = w->present;
    if (w->version == 5) {
        mqw_set_receive_maximum(&p.connack.properties, 4);
        mqw_set_topic_alias_maximum(&p.connack.properties, 2);
    }
    begin_session(w, &w->server, 3);
    send_packet(&w->server, &p);
}

static void receive(struct world *w, struct party *to, struct mqw_packet *p)
{
    struct mqw_packet release = packet_of(w, MQW_PUBREL);
    uint16_t id = p->ack.packet_id;
    switch (p->type) {
    case MQW_CONNECT:
        connack(w);
        break;
    case MQW_CONNACK:
        begin_session(w, to, 4);
        break;
    case MQW_PUBLISH:
        if (p->publish.qos)
            answer(w, to, p->publish.qos == 1 ? MQW_PUBACK : MQW_PUBREC, p->publish.packet_id);
        break;
    case MQW_PUBREC:
        if (p->ack.reason_code >= 0x80) {
            settle(to, id, true);
            break;
        }
        if (to->state[id] == QOS_2)
            to->state[id] = RELEASED;
        release.ack.packet_id = id;
        send_packet(to, &release);
        break;
    case MQW_PUBREL:
        answer(w, to, MQW_PUBCOMP, id);
        break;
    case MQW_PUBACK:
        if (to->state[id] == QOS_1)
            settle(to, id, true);
        break;
    case MQW_PUBCOMP:
        if (to->state[id] == RELEASED)
            settle(to, id, true);
        break;
    case MQW_SUBSCRIBE:
        answer(w, to, MQW_SUBACK, p->subscribe.packet_id);
        break;
    case MQW_UNSUBSCRIBE:
        answer(w, to, MQW_UNSUBACK, p->unsubscribe.packet_id);
        break;
    case MQW_SUBACK:
    case MQW_UNSUBACK:
        settle(to, p->suback.packet_id, false);
        break;
    case MQW_PINGREQ:
        answer(w, to, MQW_PINGRESP, 0);
        break;
    default:
        break;
    }
}

static struct mqw_storage storage_of(struct world *w, unsigned side)
{
    struct mqw_storage storage;
    storage.exchanges = w->exchanges[side][w->home[side]];
    storage.aliases = w->aliases[side][w->home[side]];
    storage.exchange_count = draw(ROOM + 1);
    storage.alias_count = draw(3);
    return storage;
}

static void move(struct world *w, unsigned side)
{
    struct mqw_storage storage;
    w->home[side] ^= 1;
    storage = storage_of(w, side);
    if (!mqw_connection_move(&w->connection, side ? MQW_SERVER : MQW_CLIENT, &storage))
        w->home[side] ^= 1;
}

static void observe(struct world *w, struct party *from)
{
    enum mqw_sender sender = from == &w->client ? MQW_CLIENT : MQW_SERVER;
    uint8_t head[2] = {(uint8_t)(from->sent[0].type << 4), 8};
    struct mqw_packet p = pull(from->sent, &from->sent_count, 0);
    struct mqw_seen seen;
    push(from->seen, &from->seen_count, &p);
    if (w->blind) {
        w->blind--;
        return;
    }
    if (w->only && sender != w->only)
        return;
    if (draw(20) == 0)
        move(w, draw(2));
    if (draw(200) == 0)
        seen = mqw_connection_unread(&w->connection, sender, head, draw(3), w->now);
    else
        seen = mqw_connection_packet(&w->connection, sender, &p, 10, w->now, 0);
    ck_assert_msg(!seen.count, "finding %d in a %s of %u", seen.findings[0].code,
                  sender == MQW_CLIENT ? "client's packet" : "server's packet", p.type);
}

static void act(struct world *w, struct party *from)
{
    struct mqw_packet p = packet_of(w, MQW_PINGREQ);
    bool is_client = from == &w->client;
    if (from->sent_count > LINK / 4 || from->seen_count > LINK / 4 || from->ack_count > ACKS / 4) {
        send_ack(w, from);
        return;
    }
    switch (draw(is_client ? 6 : 4)) {
    case 0:
        send_new(w, from);
        break;
    case 1:
        if (from->ready || w->version != 5)
            send_again(w, from);
        break;
    case 4:
        send_request(w, from);
        break;
    case 5:
        send_packet(from, &p);
        break;
    default:
        send_ack(w, from);
        break;
    }
}

static void step(struct world *w)
{
    struct party *from = draw(2) ? &w->client : &w->server;
    struct party *to = from == &w->client ? &w->server : &w->client;
    struct mqw_packet p;
    w->now += draw(1000);
    switch (draw(3)) {
    case 0:
        if (from->ready || from == &w->client)
            act(w, from);
        break;
    case 1:
        if (from->sent_count)
            observe(w, from);
        break;
    default:
        if (!from->seen_count || to->ack_count > ACKS / 2 || to->sent_count > LINK / 2)
            break;
        p = pull(from->seen, &from->seen_count, 0);
        receive(w, to, &p);
        break;
    }
}

/* The observer may know of it. */
static void leave_old(struct world *w, struct party *p)
{
    enum mqw_sender sender = p == &w->client ? MQW_CLIENT : MQW_SERVER;
    bool told = draw(2);
    unsigned id;
    for (id = 1; id <= IDS; id++)
        if (draw(4) == 0) {
            p->old[id] = true;
            p->state[id] = (enum state)(QOS_1 + draw(3));
            if (told)
                mqw_connection_hold(&w->connection, sender, (uint16_t)id, 0);
        }
}

static void connect(struct world *w)
{
    struct mqw_packet p = packet_of(w, MQW_CONNECT);
    w->clean = draw(2);
    w->present = !w->clean && draw(2);
    if (!w->clean)
        leave_old(w, &w->client);
    if (w->present)
        leave_old(w, &w->server);
    p.connect.clean_start = w->clean;
    p.connect.client_id = mqw_text("c");
    if (w->version == 5) {
        mqw_set_receive_maximum(&p.connect.properties, 3);
        mqw_set_topic_alias_maximum(&p.connect.properties, 2);
    }
    w->client.quota = w->client.limit = w->version == 5 ? 2 : 1000000; /* before it knows better */
    w->server.quota = w->server.limit = w->version == 5 ? 3 : 1000000;
    send_packet(&w->client, &p);
}

static void init(struct world *w, uint8_t version)
{
    struct mqw_connection_config config;
    memset(w, 0, sizeof *w);
    memset(&config, 0, sizeof config);
    w->version = version;
    if (draw(3) == 0)
        w->blind = 1 + draw(40);
    config.midway = w->blind != 0;
    if (draw(4) == 0)
        w->only = draw(2) ? MQW_CLIENT : MQW_SERVER;
    config.one_sided = w->only != MQW_NEITHER;
    config.client = storage_of(w, 0);
    config.server = storage_of(w, 1);
    mqw_connection_init(&w->connection, &config);
    if (w->blind || w->only)
        mqw_connection_version(&w->connection, (enum mqw_version)version);
    connect(w);
}

START_TEST(legal_traffic_passes)
{
    static struct world w;
    unsigned i, j;
    for (i = 0; i < CONNECTIONS; i++) {
        seed = 0x9E3779B97F4A7C15u * (i + 1u);
        init(&w, (uint8_t)(MQW_VERSION_3_1 + _i));
        for (j = 0; j < STEPS; j++)
            step(&w);
    }
}
END_TEST

int main(void)
{
    TCase *random = tcase_create("random");
    tcase_add_loop_test(random, legal_traffic_passes, 0, 3);
    return run_case("connection_random", random);
}
