/* SPDX-License-Identifier: MIT */
/*
 * Whom a message goes to.  A client whose subscriptions overlap gets it once, at the highest QoS of
 * them and with all their identifiers ([MQTT-3.3.4-2], [MQTT-3.3.4-3]); as a member of a group that
 * shares a subscription it may get it once more (4.8.2).
 */
#include "broker.h"
#include "connection.h"

#include <stdlib.h>
#include <string.h>

/* A subscription that matches.  Those of one session are chained from the first one on. */
struct hit {
    struct subscription *subscription;
    size_t next; /* index; 0: none, as the first of a chain is nobody's next */
    bool first;
};

struct route {
    struct broker *broker;
    const struct message *message;
    struct mqw_bytes origin;
    bool full; /* there was no memory */
};

enum { TRIES = 64 /* members of a group that are looked at for one that can take a message */ };

/* For one more, which may have an identifier, too. */
static bool make_room(struct broker *broker)
{
    size_t room = broker->hit_room ? broker->hit_room * 2 : 64;
    struct hit *hits = realloc(broker->hits, room * sizeof *hits);
    uint32_t *identifiers = realloc(broker->identifiers, room * sizeof *identifiers);
    if (hits)
        broker->hits = hits;
    if (identifiers)
        broker->identifiers = identifiers;
    if (!hits || !identifiers)
        return false;
    broker->hit_room = room;
    return true;
}

static struct hit *add(struct route *route, struct subscription *subscription)
{
    struct broker *broker = route->broker;
    if (broker->hit_count == broker->hit_room && !make_room(broker)) {
        route->full = true;
        return NULL;
    }
    broker->hits[broker->hit_count] = (struct hit){.subscription = subscription, .first = true};
    return &broker->hits[broker->hit_count++];
}

/* [MQTT-3.8.3-3]: not to a connection with the publisher's client identifier. */
static bool is_own(const struct route *route, const struct subscription *subscription)
{
    return subscription->no_local && route->origin.len &&
           mqw_same(session_client_id(subscription->session), route->origin);
}

static void add_ordinary(struct route *route, struct subscription *subscription)
{
    struct broker *broker = route->broker;
    struct session *session = subscription->session;
    struct hit *hit;
    if (is_own(route, subscription))
        return;
    hit = add(route, subscription);
    if (!hit)
        return;
    if (session->route == broker->last_route) {
        hit->first = false;
        broker->hits[session->route_at].next = broker->hit_count - 1;
    }
    session->route = broker->last_route;
    session->route_at = broker->hit_count - 1;
}

/* How well a message would be with a member of a group. */
enum place { NOWHERE, AWAY, BUSY, FREE };

static enum place place_of(const struct route *route, const struct session *session)
{
    if (!deliver_may(session, route->message))
        return NOWHERE;
    if (!session_online(session))
        return AWAY;
    return session->messages.unsent || connection_congested(session->connection) ? BUSY : FREE;
}

/*
 * The next member in turn that can take a message now; else one that is there, or else one whose
 * session waits for it.  Passing over those that are away is what 4.8.2 allows.  NULL: none may.
 */
static struct subscription *choose(const struct route *route, struct group *group)
{
    struct subscription *first = group->turn ? group->turn : group->members, *member = first,
                        *chosen = NULL;
    enum place best = NOWHERE;
    unsigned tries = 0;
    do {
        enum place place = place_of(route, member->session);
        if (place > best) {
            best = place;
            chosen = member;
        }
        member = member->next ? member->next : group->members;
    } while (best < FREE && member != first && ++tries < TRIES);
    group->turn = chosen ? chosen->next : member;
    return chosen;
}

static void visit(void *arg, struct level *level)
{
    struct route *route = arg;
    struct subscription *subscription;
    struct group *group;
    for (subscription = level->subscriptions; subscription; subscription = subscription->next)
        add_ordinary(route, subscription);
    for (group = level->groups; group; group = group->next) {
        subscription = choose(route, group);
        if (subscription)
            add(route, subscription);
    }
}

/* Delivers what the chain of hits asks for.  False: they may not have it, and do not count. */
static bool deliver_hits(struct route *route, struct message *message, size_t at, bool retain)
{
    struct broker *broker = route->broker;
    uint16_t count = 0;
    uint8_t qos = 0;
    bool as_published = false;
    struct session *session = broker->hits[at].subscription->session;

    do {
        const struct subscription *subscription = broker->hits[at].subscription;
        if (subscription->identifier && count < UINT16_MAX)
            broker->identifiers[count++] = subscription->identifier;
        if (subscription->qos > qos)
            qos = subscription->qos;
        as_published |= subscription->retain_as_published;
        at = broker->hits[at].next;
    } while (at);
    if (!broker->settings->upgrade_outgoing_qos && qos > message->qos)
        qos = message->qos;
    return deliver(session, message, qos, retain && as_published, broker->identifiers, count) !=
           DELIVERY_REFUSED;
}

bool route_is_ours(struct mqw_bytes topic)
{
    static const char sys[] = "$SYS";
    return topic.len >= sizeof sys - 1 && memcmp(topic.ptr, sys, sizeof sys - 1) == 0 &&
           (topic.len == sizeof sys - 1 || topic.ptr[sizeof sys - 1] == '/');
}

bool route_may(const struct broker *broker, struct mqw_bytes username, struct mqw_bytes client_id,
               struct mqw_bytes topic)
{
    const struct access *access = broker->access;
    return !route_is_ours(topic) && (!access_has_rules(access) ||
                                     access_may(access, username, client_id, ACCESS_WRITE, topic));
}

uint8_t route_message(struct broker *broker, struct message *message,
                      const struct mqw_publish *publish)
{
    struct route route = {.broker = broker, .message = message};
    size_t i;
    bool went = false, kept = true;

    route.origin = message_origin(message);
    if (publish->retain && broker->settings->retain_available)
        kept = retained_set(broker, message, publish, broker->settings->max_retained_messages);
    broker->last_route++;
    broker->hit_count = 0;
    tree_match(&broker->filters, publish->topic, visit, &route);
    for (i = 0; i < broker->hit_count; i++)
        if (broker->hits[i].first)
            went |= deliver_hits(&route, message, i, publish->retain);
    if (route.full || !kept)
        return MQW_REASON_QUOTA_EXCEEDED;
    return went ? MQW_REASON_SUCCESS : MQW_REASON_NO_MATCHING_SUBSCRIBERS;
}

uint8_t route_publish(struct broker *broker, struct mqw_bytes origin,
                      const struct mqw_publish *publish)
{
    struct message *message = message_new(broker, publish, origin);
    uint8_t code = message ? route_message(broker, message, publish) : MQW_REASON_QUOTA_EXCEEDED;
    message_drop(broker, message);
    return code;
}
