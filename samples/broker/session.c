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
    session->ends = session->will_due = NEVER;
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
    if (!will)
        return;
    session->will = NULL;
    session->will_due = NEVER;
    store_changed(session->broker->store, &session->stored);
    message_read(will, broker_now(session->broker), &publish);
    route_message(session->broker, session, will, &publish, NULL);
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

void session_leave(struct session *session, int64_t since)
{
    session->connection = NULL;
    session->ends = after(since, session->expiry);
    /* No interval is without an end here: UINT32_MAX seconds are that many. */
    session->will_due = session->will ? since + (int64_t)session->will_delay * 1000 : NEVER;
    store_changed(session->broker->store, &session->stored);
    timer_due(&session->timer);
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
