/* SPDX-License-Identifier: MIT */
/* What has changed, and its rows. */
#include "store_parts.h"

/* The structure that has it, of the type that its kind says. */
#define AS(type, stored) TABLE_OF(stored, struct type, stored)

void store_changed(struct store *store, struct stored *stored)
{
    if (!store || store->loading || stored->changed)
        return;
    stored->changed = true;
    stored->next = &store->changed;
    stored->previous = store->changed.previous;
    stored->previous->next = stored;
    store->changed.previous = stored;
}

/* ---- Writing -------------------------------------------------------------------------------- */

static void bind_text(sqlite3_stmt *statement, int at, struct mqw_bytes text)
{
    sqlite3_bind_text(statement, at, text.ptr ? (const char *)text.ptr : "", (int)text.len,
                      SQLITE_STATIC);
}

static void bind_number(sqlite3_stmt *statement, int at, uint64_t number)
{
    sqlite3_bind_int64(statement, at, (sqlite3_int64)number);
}

static void bind_time(const struct store *store, sqlite3_stmt *statement, int at, int64_t time)
{
    if (time == NEVER)
        sqlite3_bind_null(statement, at);
    else
        sqlite3_bind_int64(statement, at, time + store->offset);
}

/* Once, however many refer to it. */
static bool write_message(struct store *store, struct message *message)
{
    sqlite3_stmt *statement;
    if (!message || message->number)
        return true;
    statement = store_begin(store, STORE_ADD_MESSAGE);
    if (!statement)
        return false;
    message->number = ++store->last_message;
    bind_number(statement, 1, message->number);
    sqlite3_bind_blob(statement, 2, message->bytes, (int)message->size, SQLITE_STATIC);
    bind_text(statement, 3, message_origin(message));
    sqlite3_bind_int(statement, 4, message->qos);
    bind_time(store, statement, 5, message->expires);
    return store_execute(store, statement);
}

static void bind_message(sqlite3_stmt *statement, int at, const struct message *message)
{
    if (message)
        bind_number(statement, at, message->number);
    else
        sqlite3_bind_null(statement, at);
}

static bool write_session(struct store *store, struct session *session)
{
    sqlite3_stmt *statement = store_begin(store, STORE_SET_SESSION);
    if (!statement || !write_message(store, session->will))
        return false;
    bind_number(statement, 1, session->number);
    bind_text(statement, 2, session_client_id(session));
    sqlite3_bind_text(statement, 3, session->username, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 4, session->expiry);
    sqlite3_bind_int(statement, 5, session->connection != NULL);
    bind_time(store, statement, 6, session->ends);
    bind_message(statement, 7, session->will);
    sqlite3_bind_int64(statement, 8, session->will_delay);
    sqlite3_bind_int64(statement, 9, session->will_expiry);
    bind_time(store, statement, 10, session->will_due);
    return store_execute(store, statement);
}

static sqlite3_stmt *begin_subscription(struct store *store, enum store_statement which,
                                        const struct subscription *subscription, char *filter)
{
    sqlite3_stmt *statement = store_begin(store, which);
    if (!statement)
        return NULL;
    bind_number(statement, 1, subscription->session->number);
    bind_text(statement, 2, mqw_view(filter, subscription_filter(subscription, filter)));
    sqlite3_bind_int(statement, 3, subscription->group != NULL);
    return statement;
}

static bool write_subscription(struct store *store, const struct subscription *subscription)
{
    char filter[MQW_TEXT_MAX];
    sqlite3_stmt *statement =
        begin_subscription(store, STORE_SET_SUBSCRIPTION, subscription, filter);
    if (!statement)
        return false;
    sqlite3_bind_int(statement, 4, subscription->qos);
    sqlite3_bind_int(statement, 5, subscription->no_local);
    sqlite3_bind_int(statement, 6, subscription->retain_as_published);
    sqlite3_bind_int(statement, 7, subscription->retain_handling);
    sqlite3_bind_int64(statement, 8, subscription->identifier);
    return store_execute(store, statement);
}

static bool remove_subscription(struct store *store, const struct subscription *subscription)
{
    char filter[MQW_TEXT_MAX];
    sqlite3_stmt *statement =
        begin_subscription(store, STORE_REMOVE_SUBSCRIPTION, subscription, filter);
    return statement && store_execute(store, statement);
}

static bool bind_identifiers(struct store *store, sqlite3_stmt *statement, int at,
                             const struct delivery *delivery)
{
    int i, size = 4 * delivery->identifier_count;
    uint8_t *bytes = sqlite3_malloc(size + 1);
    if (!bytes)
        return store_fail(store, "out of memory");
    for (i = 0; i < size; i++)
        bytes[i] = (uint8_t)(delivery->identifiers[i / 4] >> 8 * (3 - i % 4));
    sqlite3_bind_blob(statement, at, bytes, size, sqlite3_free);
    return true;
}

static bool write_delivery(struct store *store, const struct delivery *delivery)
{
    sqlite3_stmt *statement = store_begin(store, STORE_SET_DELIVERY);
    if (!statement || !write_message(store, delivery->message) ||
        !bind_identifiers(store, statement, 8, delivery))
        return false;
    bind_number(statement, 1, delivery->session->number);
    bind_number(statement, 2, delivery->number);
    bind_message(statement, 3, delivery->message);
    sqlite3_bind_int(statement, 4, delivery->state);
    sqlite3_bind_int(statement, 5, delivery->packet_id);
    sqlite3_bind_int(statement, 6, delivery->qos);
    sqlite3_bind_int(statement, 7, delivery->retain);
    return store_execute(store, statement);
}

static bool write_retained(struct store *store, const struct retained *retained)
{
    sqlite3_stmt *statement = store_begin(store, STORE_SET_RETAINED);
    if (!statement || !write_message(store, retained->message))
        return false;
    bind_text(statement, 1, message_topic(retained->message));
    bind_number(statement, 2, retained->message->number);
    return store_execute(store, statement);
}

/* ---- Removing ------------------------------------------------------------------------------- */

static bool remove_numbered(struct store *store, enum store_statement which, uint64_t number)
{
    sqlite3_stmt *statement = store_begin(store, which);
    if (!statement)
        return false;
    bind_number(statement, 1, number);
    return store_execute(store, statement);
}

static bool remove_of_session(struct store *store, enum store_statement which,
                              const struct session *session, uint64_t number)
{
    sqlite3_stmt *statement = store_begin(store, which);
    if (!statement)
        return false;
    bind_number(statement, 1, session->number);
    bind_number(statement, 2, number);
    return store_execute(store, statement);
}

static bool remove_retained(struct store *store, const struct retained *retained)
{
    char topic[MQW_TEXT_MAX];
    sqlite3_stmt *statement = store_begin(store, STORE_REMOVE_RETAINED);
    if (!statement)
        return false;
    bind_text(statement, 1, mqw_view(topic, tree_text(retained->level, topic)));
    return store_execute(store, statement);
}

static void remove_row(struct store *store, struct stored *stored)
{
    switch (stored->kind) {
    case STORED_SESSION:
        remove_numbered(store, STORE_REMOVE_SESSION, AS(session, stored)->number);
        break;
    case STORED_SUBSCRIPTION:
        remove_subscription(store, AS(subscription, stored));
        break;
    case STORED_DELIVERY: {
        const struct delivery *delivery = AS(delivery, stored);
        remove_of_session(store, STORE_REMOVE_DELIVERY, delivery->session, delivery->number);
        break;
    }
    default:
        remove_retained(store, AS(retained, stored));
    }
}

/* Packet identifiers are written at once, and so may be there before the session is. */
static bool has_received(struct stored *stored)
{
    return stored->kind == STORED_SESSION &&
           (stored->in_file || AS(session, stored)->received_count);
}

void store_gone(struct store *store, struct stored *stored)
{
    if (!store)
        return;
    if (stored->changed) {
        stored->next->previous = stored->previous;
        stored->previous->next = stored->next;
        stored->changed = false;
    }
    if (has_received(stored))
        remove_numbered(store, STORE_REMOVE_ALL_RECEIVED, AS(session, stored)->number);
    if (stored->in_file)
        remove_row(store, stored);
    stored->in_file = false;
}

void store_message_gone(struct store *store, uint64_t number)
{
    if (store && number)
        remove_numbered(store, STORE_REMOVE_MESSAGE, number);
}

void store_received(struct store *store, const struct session *session, uint16_t packet_id,
                    bool set)
{
    if (store && !store->loading)
        remove_of_session(store, set ? STORE_SET_RECEIVED : STORE_REMOVE_RECEIVED, session,
                          packet_id);
}

/* ---- What belongs in the file ---------------------------------------------------------------- */

/*
 * Of a session that ends with its connection the will alone matters: it is published when the broker
 * starts anew.
 */
static bool belongs_in_file(struct stored *stored)
{
    switch (stored->kind) {
    case STORED_SESSION:
        return AS(session, stored)->will || session_lasts(AS(session, stored));
    case STORED_SUBSCRIPTION:
        return session_lasts(AS(subscription, stored)->session);
    case STORED_DELIVERY:
        return session_lasts(AS(delivery, stored)->session);
    default:
        return true;
    }
}

/* A session that is continued may end with its connection now. */
static void remove_state(struct store *store, struct session *session)
{
    struct subscription *subscription;
    struct delivery *delivery;
    for (subscription = session->subscriptions; subscription;
         subscription = subscription->next_of_session)
        store_gone(store, &subscription->stored);
    for (delivery = session->messages.first; delivery; delivery = delivery->next)
        store_gone(store, &delivery->stored);
    if (has_received(&session->stored))
        remove_numbered(store, STORE_REMOVE_ALL_RECEIVED, session->number);
}

bool store_write(struct store *store, struct stored *stored)
{
    if (stored->kind == STORED_SESSION && !session_lasts(AS(session, stored)))
        remove_state(store, AS(session, stored));
    if (!belongs_in_file(stored)) {
        store_gone(store, stored);
        return !store->failed;
    }
    stored->in_file = true;
    switch (stored->kind) {
    case STORED_SESSION:
        return write_session(store, AS(session, stored));
    case STORED_SUBSCRIPTION:
        return write_subscription(store, AS(subscription, stored));
    case STORED_DELIVERY:
        return write_delivery(store, AS(delivery, stored));
    default:
        return write_retained(store, AS(retained, stored));
    }
}
