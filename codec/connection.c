/* SPDX-License-Identifier: MIT */
/* A connection from its beginning to its end: who may speak when, and which file judges what. */
#include "connection_private.h"

/* What is not there has no room, and more identifiers there are not. */
static struct mqw_storage usable(const struct mqw_storage *given)
{
    struct mqw_storage storage = *given;
    if (!storage.exchanges)
        storage.exchange_count = 0;
    if (!storage.aliases)
        storage.alias_count = 0;
    if (storage.exchange_count > 65535)
        storage.exchange_count = 65535;
    return storage;
}

static void init_side(struct mqw_side *side, const struct mqw_storage *storage,
                      const struct mqw_options *options)
{
    side->storage = usable(storage);
    side->options = *options;
    side->alias_epoch = 1;
    side->receive_maximum = 65535;
    mqw__clear_exchanges(side);
    mqw__clear_aliases(side);
}

void mqw_connection_init(struct mqw_connection *c, const struct mqw_connection_config *config)
{
    memset(c, 0, sizeof *c);
    init_side(&c->client, &config->client, &config->client_options);
    init_side(&c->server, &config->server, &config->server_options);
    c->midway = config->midway;
    c->one_sided = config->one_sided;
    c->enforce_sizes = config->enforce_sizes;
    c->keep = config->keep;
    c->arg = config->arg;
    c->answered = config->midway;
    c->problem_information = true;
    c->maximum_qos = 2;
    c->retain_available = true;
    c->wildcard_subscription_available = true;
    c->subscription_identifier_available = true;
    c->shared_subscription_available = true;
}

void mqw_connection_end(struct mqw_connection *c)
{
    mqw__release_topics(c, MQW_CLIENT);
    mqw__release_topics(c, MQW_SERVER);
}

bool mqw_connection_move(struct mqw_connection *c, enum mqw_sender sender,
                         const struct mqw_storage *storage)
{
    struct mqw_side *side = SIDE_OF(c, sender);
    struct mqw_storage old = side->storage, other = usable(storage);
    if (other.exchanges == old.exchanges)
        other.exchange_count = old.exchange_count;
    if (other.aliases == old.aliases)
        other.alias_count = old.alias_count;
    if (other.exchange_count < side->stored || other.alias_count < old.alias_count)
        return false;
    side->storage = other;
    if (other.exchanges != old.exchanges)
        mqw__move_exchanges(side, &old);
    if (other.aliases != old.aliases)
        mqw__move_aliases(side, &old);
    return true;
}

void mqw_connection_version(struct mqw_connection *c, enum mqw_version version)
{
    if (!c->version)
        c->version = (uint8_t)version;
}

struct mqw_options mqw_connection_options(const struct mqw_connection *c, enum mqw_sender sender)
{
    struct mqw_options options = SIDE_OF(c, sender)->options;
    uint32_t limit = PEER_OF(c, sender)->maximum_packet_size;
    options.version = c->version == MQW_VERSION_3_1 ? MQW_VERSION_3_1_1 : c->version;
    options.sender = (uint8_t)sender;
    if (c->enforce_sizes && limit && (!options.max_size || limit < options.max_size))
        options.max_size = limit;
    return options;
}

/* The clock runs from CONNACK on, as the keep alive in force is known then. */
uint64_t mqw_connection_deadline(const struct mqw_connection *c)
{
    uint64_t patience = (uint64_t)c->keep_alive * 1500;
    if (!patience || !c->connected || !c->answered || c->refused || c->client.left ||
        c->heard > UINT64_MAX - patience)
        return UINT64_MAX;
    return c->heard + patience;
}

/* After lost bytes of one side: what is missing was perhaps sent, and what is open perhaps settled.
 * type: of the lost packet; 0: any. */
static void forget(struct mqw_connection *c, struct mqw_side *side, uint8_t type)
{
    c->complete = false;
    c->pings = 0;
    mqw__forget_exchanges(&c->client);
    mqw__forget_exchanges(&c->server);
    if (!type || type == MQW_PUBLISH)
        side->alias_epoch++;
    if (side == &c->server && !c->acknowledged) {
        c->answered = true;
        c->keep_alive = 0;
    }
}

/* 3.1.0-1; 3.1.4-5 of 3.1.1, 3.1.4-6 and 3.1.2-30 of 5.0.  What follows a refusal may have been
 * sent before it came, and is no fault. */
static bool client_may_speak(struct step *s)
{
    struct mqw_connection *c = s->connection;
    bool handshake = s->type == MQW_AUTH || s->type == MQW_DISCONNECT || s->type == MQW_CONNECT;
    if (c->refused) {
        s->seen->ignored = !(is_5(c) && s->type == MQW_AUTH);
        return false;
    }
    if (!s->side->spoke && !c->midway && s->type != MQW_CONNECT)
        blame(s, MQW_RULE_FIRST_PACKET, "");
    if (c->has_method && !c->answered && !handshake)
        blame(s, MQW_RULE_EARLY_PACKET, "");
    return true;
}

/* 3.2.0-1, 3.2.0-2, 3.14.0-1, and the close that follows a refusal. */
static bool server_may_speak(struct step *s)
{
    struct mqw_connection *c = s->connection;
    bool older = c->version && !is_5(c);
    if (s->type == MQW_CONNACK && c->acknowledged) {
        blame(s, MQW_RULE_SECOND_CONNACK, "");
        return false;
    }
    if (c->answered && !c->refused)
        return true;
    if (s->type == MQW_DISCONNECT && !older)
        blame(s, MQW_RULE_EARLY_DISCONNECT, "");
    else if (c->refused)
        blame(s, MQW_RULE_AFTER_REFUSAL, "");
    else if (s->type != MQW_CONNACK && (s->type != MQW_AUTH || older))
        blame(s, MQW_RULE_BEFORE_CONNACK, "");
    return !c->refused;
}

/* False where the packet is not to change anything: its receiver is gone or must not read it. */
static bool may_speak(struct step *s)
{
    if (s->side->left) {
        blame(s, MQW_RULE_AFTER_DISCONNECT, "");
        return false;
    }
    if (s->sender == MQW_CLIENT && s->now > mqw_connection_deadline(s->connection))
        blame(s, MQW_RULE_KEEP_ALIVE_EXCEEDED, "");
    return s->sender == MQW_CLIENT ? client_may_speak(s) : server_may_speak(s);
}

static void pingreq(struct step *s)
{
    s->connection->ping_tag = s->tag;
    if (s->connection->pings < UINT32_MAX)
        s->connection->pings++;
}

static void pingresp(struct step *s)
{
    struct mqw_connection *c = s->connection;
    if (!c->pings) {
        if (c->complete)
            blame(s, MQW_RULE_PINGRESP_UNASKED, "");
        return;
    }
    if (c->pings == 1) {
        s->seen->answers = true;
        s->seen->tag = s->seen->first = c->ping_tag;
    }
    c->pings--;
}

static void from_client(struct step *s)
{
    const struct mqw_packet *p = s->packet;
    switch (s->type) {
    case MQW_CONNECT:
        mqw__connect(s);
        break;
    case MQW_SUBSCRIBE:
        mqw__subscribe_limits(s);
        mqw__request(s, p->subscribe.packet_id, p->subscribe.subscriptions.count, MQW_SUBACK);
        break;
    case MQW_UNSUBSCRIBE:
        mqw__request(s, p->unsubscribe.packet_id, p->unsubscribe.topic_filters.count, MQW_UNSUBACK);
        break;
    case MQW_PINGREQ:
        pingreq(s);
        break;
    default:
        break;
    }
}

static void from_server(struct step *s)
{
    switch (s->type) {
    case MQW_CONNACK:
        mqw__connack(s);
        break;
    case MQW_SUBACK:
    case MQW_UNSUBACK:
        mqw__response(s);
        break;
    case MQW_PINGRESP:
        pingresp(s);
        break;
    default:
        break;
    }
}

static void from_either(struct step *s)
{
    switch (s->type) {
    case MQW_PUBLISH:
        mqw__publish_limits(s);
        mqw__topic(s);
        mqw__publish_exchange(s);
        break;
    case MQW_PUBACK:
    case MQW_PUBREC:
    case MQW_PUBCOMP:
        mqw__acknowledge(s);
        break;
    case MQW_PUBREL:
        mqw__pubrel(s);
        break;
    case MQW_DISCONNECT:
        mqw__disconnect(s);
        break;
    case MQW_AUTH:
        mqw__auth(s);
        break;
    default:
        break;
    }
}

static void judge(struct step *s)
{
    mqw__sizes(s);
    if (!s->packet)
        return;
    from_either(s);
    if (s->sender == MQW_CLIENT)
        from_client(s);
    else
        from_server(s);
}

/* What every packet leaves behind, whatever was said of it. */
static void remember(struct step *s)
{
    s->side->spoke = true;
    if (s->type == MQW_DISCONNECT)
        s->side->left = true;
    if (s->sender == MQW_CLIENT)
        s->connection->heard = s->now;
}

/* Where one side is never seen, anything of it may have gone before each packet of the other. */
static struct step step_of(struct mqw_connection *c, struct mqw_seen *seen, enum mqw_sender sender,
                           uint64_t now)
{
    struct step s;
    memset(seen, 0, sizeof *seen);
    memset(&s, 0, sizeof s);
    s.connection = c;
    s.seen = seen;
    s.side = SIDE_OF(c, sender);
    s.peer = PEER_OF(c, sender);
    s.sender = (uint8_t)sender;
    s.now = now;
    if (c->one_sided)
        forget(c, s.peer, 0);
    return s;
}

struct mqw_seen mqw_connection_packet(struct mqw_connection *c, enum mqw_sender sender,
                                      const struct mqw_packet *packet, uint32_t size, uint64_t now,
                                      uint64_t tag)
{
    struct mqw_seen seen;
    struct step s = step_of(c, &seen, sender, now);
    s.packet = packet;
    s.type = packet->type;
    s.size = size;
    s.tag = tag;
    if (!c->version)
        c->version = packet->version;
    if (may_speak(&s))
        judge(&s);
    remember(&s);
    return seen;
}

/* Without its storage, a copy of the connection can be led astray. */
static void detach(struct mqw_side *side)
{
    memset(&side->storage, 0, sizeof side->storage);
    side->stored = 0;
    side->reach = 0;
    side->untracked = 1;
    side->aliases_missed = true;
}

struct mqw_seen mqw_connection_check(const struct mqw_connection *c, enum mqw_sender sender,
                                     const struct mqw_packet *packet, uint32_t size, uint64_t now)
{
    struct mqw_connection trial = *c;
    detach(&trial.client);
    detach(&trial.server);
    trial.keep = NULL;
    return mqw_connection_packet(&trial, sender, packet, size, now, 0);
}

struct mqw_seen mqw_connection_unread(struct mqw_connection *c, enum mqw_sender sender,
                                      const void *buf, size_t len, uint64_t now)
{
    struct mqw_seen seen;
    struct step s = step_of(c, &seen, sender, now);
    s.type = len ? *(const uint8_t *)buf >> 4 : 0;
    s.size = mqw_frame(buf, len, NULL).size;
    if (s.type && may_speak(&s))
        judge(&s);
    forget(c, s.side, s.type);
    if (s.type == MQW_CONNACK && sender == MQW_SERVER)
        c->acknowledged = true;
    remember(&s);
    return seen;
}
