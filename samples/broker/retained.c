/* SPDX-License-Identifier: MIT */
/* Retained messages: the last one of each topic, for those who subscribe later. */
#include "broker.h"
#include "connection.h"

#include <stdlib.h>
#include <string.h>

enum {
    LOOKS = 100000, /* levels that are looked at before others have their turn */
    ASKED = 1000,   /* messages that wait for a client, before more are looked for */
    REST = 1000     /* ms until memory_limit is looked at again */
};

static void retained_free(struct broker *broker, struct retained *retained)
{
    struct level *level = retained->level;
    timers_stop(&broker->timers, &retained->timer);
    store_gone(broker->store, &retained->stored);
    message_drop(broker, retained->message);
    level->retained = NULL;
    tree_prune(&broker->retained, level);
    broker->retained_count--;
    free(retained);
}

static void expired(struct timer *timer)
{
    struct retained *retained = TABLE_OF(timer, struct retained, timer);
    struct broker *broker = retained->broker;
    broker->counters.messages_expired++;
    retained_free(broker, retained);
}

static struct retained *make(struct broker *broker, struct mqw_bytes topic, uint32_t most)
{
    struct retained *retained;
    struct level *level;
    if (most && broker->retained_count >= most)
        return NULL;
    retained = calloc(1, sizeof *retained);
    level = retained ? tree_add(&broker->retained, topic) : NULL;
    if (!level) {
        free(retained);
        return NULL;
    }
    retained->stored.kind = STORED_RETAINED;
    retained->broker = broker;
    retained->level = level;
    retained->timer.due = expired;
    level->retained = retained;
    broker->retained_count++;
    return retained;
}

bool retained_set(struct broker *broker, struct message *message, const struct mqw_publish *publish,
                  uint32_t most)
{
    struct level *level = tree_find(&broker->retained, publish->topic);
    struct retained *retained = level ? level->retained : NULL;

    if (!publish->payload.len) { /* [MQTT-3.3.1-6], [MQTT-3.3.1-7] */
        if (retained)
            retained_free(broker, retained);
        return true;
    }
    if (!retained)
        retained = make(broker, publish->topic, most);
    if (!retained)
        return false;
    message_hold(message);
    message_drop(broker, retained->message);
    retained->message = message;
    broker_set_timer(broker, &retained->timer, message->expires);
    if (!route_is_ours(publish->topic)) /* those are made anew */
        store_changed(broker->store, &retained->stored);
    return true;
}

static void send_one(void *arg, struct level *level)
{
    struct subscription *subscription = arg;
    struct session *session = subscription->session;
    struct message *message = level->retained ? level->retained->message : NULL;
    uint8_t qos = subscription->qos;

    if (!message ||
        (subscription->no_local && mqw_same(message_origin(message), session_client_id(session))))
        return;
    if (qos > message->qos && !session->broker->settings->upgrade_outgoing_qos)
        qos = message->qos;
    deliver_retained(session, message, qos, subscription->identifier);
}

static void send_all(struct subscription *subscription)
{
    struct broker *broker = subscription->session->broker;
    char *filter = malloc(MQW_TEXT_MAX);
    if (!filter)
        return;
    broker->looked +=
        tree_select(&broker->retained, mqw_view(filter, tree_text(subscription->level, filter)),
                    send_one, subscription);
    free(filter);
}

void retained_forget(struct subscription *subscription)
{
    struct session *session = subscription->session;
    struct subscription *next = subscription->next_asking,
                        *previous = subscription->previous_asking;
    if (!subscription->asks)
        return;
    subscription->asks = false;
    *(previous ? &previous->next_asking : &session->asking) = next;
    *(next ? &next->previous_asking : &session->last_asking) = previous;
}

void retained_ask(struct subscription *subscription)
{
    struct session *session = subscription->session;
    if (!subscription->asks) {
        subscription->asks = true;
        subscription->next_asking = NULL;
        subscription->previous_asking = session->last_asking;
        *(session->last_asking ? &session->last_asking->next_asking : &session->asking) =
            subscription;
        session->last_asking = subscription;
    }
    retained_pump(session);
}

/* A client may ask for all of them with every filter that it can think of. */
void retained_pump(struct session *session)
{
    struct broker *broker = session->broker;
    /* Who was not served comes before those who were: it keeps the time when it was to be. */
    const struct timer *timer = session->asking ? &session->connection->timer : NULL;
    int64_t since = timer && !timer->place ? timer->at : broker_now(broker);
    bool served = false;
    while (session->asking && session->asked < ASKED) {
        struct subscription *subscription = session->asking;
        if (!broker_has_room(broker, 0)) {
            if (log_again(&broker->full, broker_now(broker)))
                log_say(LOG_WARNING,
                        "memory_limit is reached: subscribers wait for retained messages");
            connection_wake(session->connection, broker_now(broker) + REST);
            return;
        }
        if (broker->looked >= LOOKS) {
            connection_wake(session->connection, served ? broker_now(broker) : since);
            return;
        }
        served = true;
        retained_forget(subscription);
        send_all(subscription);
    }
}

static void drop(void *arg, struct level *level)
{
    struct broker *broker = arg;
    if (level->retained)
        message_drop(broker, level->retained->message);
    free(level->retained);
    level->retained = NULL;
}

void retained_close(struct broker *broker)
{
    struct level *top = broker->retained.root ? broker->retained.root->child : NULL;
    char *filter = malloc(MQW_TEXT_MAX + 2);
    for (; filter && top; top = top->next) {
        size_t len = tree_text(top, filter);
        memcpy(filter + len, "/#", 2);
        tree_select(&broker->retained, mqw_view(filter, len + 2), drop, broker);
    }
    free(filter);
}
