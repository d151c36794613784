/* SPDX-License-Identifier: MIT */
/* Sessions, and when they end. */
#include "session.h"
#include "broker.h"
#include "connection.h"

#include <stdlib.h>
#include <string.h>

enum { RECEIVED_BYTES = 65536 / 8 };

struct session *session_find(struct broker *broker, struct mqw_bytes client_id)
{
    struct table_entry *entry =
        table_first(&broker->sessions, table_hash(client_id.ptr, client_id.len, 0));
    for (; entry; entry = table_next(entry)) {
        struct session *session = TABLE_OF(entry, struct session, entry);
        if (mqw_same(session_client_id(session), client_id))
            return session;
    }
    return NULL;
}

static void timer_due(struct timer *timer);

struct session *session_new(struct broker *broker, struct mqw_bytes client_id)
{
    struct session *session = calloc(1, sizeof *session + client_id.len + 1);
    if (!session)
        return NULL;
    session->stored.kind = STORED_SESSION;
    session->broker = broker;
    session->number = ++broker->last_session;
    session->ends = session->will_due = session->next_expiry = NEVER;
    session->timer.due = timer_due;
    session->client_id_len = (uint16_t)client_id.len;
    memcpy(session->client_id, client_id.ptr, client_id.len);
    if (!table_add(&broker->sessions, &session->entry,
                   table_hash(client_id.ptr, client_id.len, 0))) {
        free(session);
        return NULL;
    }
    return session;
}

struct mqw_bytes session_client_id(const struct session *session)
{
    return mqw_view(session->client_id, session->client_id_len);
}

struct mqw_bytes session_username(const struct session *session)
{
    return mqw_text(session->username);
}

uint32_t session_expiry(const struct settings *settings, uint32_t wanted)
{
    return wanted < settings->session_expiry_max ? wanted : settings->session_expiry_max;
}

bool session_lasts(const struct session *session)
{
    return session->expiry > 0;
}

/* ---- The end -------------------------------------------------------------------------------- */

void session_drop_will(struct session *session)
{
    if (!session->will)
        return;
    message_drop(session->broker, session->will);
    session->will = NULL;
    session->will_due = NEVER;
    store_changed(session->broker->store, &session->stored);
}

static void publish_will(struct session *session)
{
    struct message *will = session->will;
    struct mqw_publish publish;
    int64_t now = broker_now(session->broker);
    if (!will)
        return;
    session->will = NULL;
    session->will_due = NEVER;
    store_changed(session->broker->store, &session->stored);
    if (session->will_expiry != UINT32_MAX) {
        will->expires = now + (int64_t)session->will_expiry * 1000;
        store_message_gone(session->broker->store, will->number); /* a row without that */
        will->number = 0;
    }
    message_read(will, now, &publish);
    if (route_may(session->broker, session_username(session), session_client_id(session),
                  publish.topic)) /* still */
        route_message(session->broker, will, &publish);
    message_drop(session->broker, will);
}

void session_free(struct session *session)
{
    struct broker *broker = session->broker;
    timers_stop(&broker->timers, &session->timer);
    while (session->subscriptions)
        subscription_free(session->subscriptions);
    publish_will(session); /* [MQTT-3.1.3-9]: when the session ends, if not before */
    deliver_forget(session);
    store_gone(broker->store, &session->stored);
    table_remove(&broker->sessions, &session->entry);
    free(session->received);
    free(session->username);
    free(session);
}

static void set_timer(struct session *session)
{
    int64_t at = session->ends < session->will_due ? session->ends : session->will_due;
    broker_set_timer(session->broker, &session->timer, at);
}

static void timer_due(struct timer *timer)
{
    struct session *session = TABLE_OF(timer, struct session, timer);
    struct broker *broker = session->broker;
    int64_t now = broker_now(broker);
    if (session->ends <= now) {
        if (session_lasts(session))
            broker->counters.sessions_expired++;
        session_free(session);
        return;
    }
    if (session->will_due <= now)
        publish_will(session);
    set_timer(session);
}

static int64_t after(int64_t since, uint32_t seconds)
{
    return seconds == UINT32_MAX ? NEVER : since + (int64_t)seconds * 1000;
}

bool session_online(const struct session *session)
{
    return session->connection && session->connection->stage == STAGE_ONLINE;
}

void session_join(struct session *session, struct connection *connection)
{
    session->connection = connection;
    session->ends = session->will_due = NEVER;
    set_timer(session);
    store_changed(session->broker->store, &session->stored);
}

void session_leave(struct session *session, int64_t since)
{
    session->connection = NULL;
    session->ends = after(since, session->expiry);
    /* No interval is without an end here: UINT32_MAX seconds are that many. */
    session->will_due = session->will ? since + (int64_t)session->will_delay * 1000 : NEVER;
    store_changed(session->broker->store, &session->stored);
    timer_due(&session->timer);
}

void sessions_close(struct broker *broker)
{
    size_t i;
    for (i = 0; i < broker->sessions.bucket_count; i++)
        while (broker->sessions.buckets[i]) {
            struct session *session = TABLE_OF(broker->sessions.buckets[i], struct session, entry);
            session_drop_will(session);
            session_free(session);
        }
    table_free(&broker->sessions);
}

/* ---- Packet identifiers of incoming QoS 2 ------------------------------------------------------- */

bool session_received(const struct session *session, uint16_t packet_id)
{
    return session->received && session->received[packet_id / 8] >> packet_id % 8 & 1;
}

bool session_set_received(struct session *session, uint16_t packet_id, bool set)
{
    if (session_received(session, packet_id) == set)
        return true;
    if (!session->received)
        session->received = calloc(1, RECEIVED_BYTES);
    if (!session->received)
        return false;
    session->received[packet_id / 8] ^= (uint8_t)(1 << packet_id % 8);
    session->received_count += set ? 1 : UINT32_MAX;
    if (session_lasts(session))
        store_received(session->broker->store, session, packet_id, set);
    return true;
}
