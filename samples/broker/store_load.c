/* SPDX-License-Identifier: MIT */
/*
 * What the file has, put into the broker.  A row that cannot be right ends it with an error: the
 * file was damaged, others may be missing, and a broker that went on would confirm the loss by what
 * it writes next.  Who accepts the loss can remove the row, or move the file away.
 */
#include "store_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Things with a number, in its order. */
struct list {
    void **items;
    size_t count;
};

struct loading {
    struct store *store;
    struct broker *broker;
    int64_t ahead;        /* milliseconds by which the wall's clock is behind that of then */
    int64_t since;        /* when the broker was last seen alive, by its clock of today */
    struct list messages; /* held until all is loaded */
    struct list sessions;
    struct list connected; /* those whose clients were */
    const char *table;
};

static bool append(struct list *list, void *item)
{
    if (!(list->count & (list->count - 1))) { /* a power of two: it is full */
        void **items = realloc(list->items, (list->count ? 2 * list->count : 1) * sizeof *items);
        if (!items)
            return false;
        list->items = items;
    }
    list->items[list->count++] = item;
    return true;
}

static int compare_message(const void *number, const void *item)
{
    const struct message *const *message = item;
    uint64_t a = *(const uint64_t *)number, b = (*message)->number;
    return (a > b) - (a < b);
}

static int compare_session(const void *number, const void *item)
{
    const struct session *const *session = item;
    uint64_t a = *(const uint64_t *)number, b = (*session)->number;
    return (a > b) - (a < b);
}

static void *find(const struct list *list, sqlite3_stmt *row, int column,
                  int (*compare)(const void *, const void *))
{
    uint64_t number = (uint64_t)sqlite3_column_int64(row, column);
    void **found =
        list->count ? bsearch(&number, list->items, list->count, sizeof *found, compare) : NULL;
    return found ? *found : NULL;
}

static struct message *find_message(const struct loading *loading, sqlite3_stmt *row, int column)
{
    return find(&loading->messages, row, column, compare_message);
}

static struct session *find_session(const struct loading *loading, sqlite3_stmt *row)
{
    return find(&loading->sessions, row, 0, compare_session);
}

/* ---- Columns -------------------------------------------------------------------------------- */

static bool broken(const struct loading *loading, sqlite3_stmt *row, const char *why)
{
    char text[STORE_PROBLEM];
    snprintf(text, sizeof text, "table %s, row %.60s: %s", loading->table,
             sqlite3_column_text(row, 0), why);
    return store_fail(loading->store, text);
}

static struct mqw_bytes get_bytes(sqlite3_stmt *row, int column)
{
    const void *bytes = sqlite3_column_blob(row, column);
    return mqw_view(bytes, (size_t)sqlite3_column_bytes(row, column));
}

static bool get_text(sqlite3_stmt *row, int column, struct mqw_bytes *text)
{
    *text = get_bytes(row, column);
    return text->len <= MQW_TEXT_MAX;
}

static bool is_null(sqlite3_stmt *row, int column)
{
    return sqlite3_column_type(row, column) == SQLITE_NULL;
}

/* An integer from 0 to most. */
static bool get_integer(sqlite3_stmt *row, int column, uint32_t most, uint32_t *integer)
{
    int64_t value = sqlite3_column_int64(row, column);
    *integer = (uint32_t)value;
    return value >= 0 && value <= most;
}

static bool get_time(const struct loading *loading, sqlite3_stmt *row, int column, int64_t *time)
{
    int64_t wall = sqlite3_column_int64(row, column);
    if (wall < 0 || wall > INT64_MAX / 2)
        return false;
    *time = is_null(row, column) ? NEVER : wall - loading->store->offset;
    return true;
}

/* ---- Tables --------------------------------------------------------------------------------- */

static bool load_clock(struct loading *loading, sqlite3_stmt *row)
{
    int64_t now = (int64_t)(uv_hrtime() / 1000000); /* opening the file may have taken long */
    if (!get_time(loading, row, 1, &loading->since))
        return broken(loading, row, "this is no time");
    loading->ahead = loading->since > now ? loading->since - now : 0;
    return true;
}

/* The clock was set back while the broker was down: how long that was is not known, and the file's
 * times are shifted as if it were no time at all.  What was written last may be later than the row:
 * no time becomes longer by that. */
static bool set_right(struct loading *loading)
{
    if (!loading->ahead)
        return true;
    loading->since -= loading->ahead;
    loading->store->offset += loading->ahead + CLOCK_COMMIT;
    return store_write_clock(loading->store);
}

static bool load_message(struct loading *loading, sqlite3_stmt *row)
{
    int64_t number = sqlite3_column_int64(row, 0), expires;
    struct mqw_bytes origin;
    uint32_t qos;
    struct message *message;
    if (number <= 0 || !get_text(row, 2, &origin) || !get_integer(row, 3, 2, &qos) ||
        !get_time(loading, row, 4, &expires))
        return broken(loading, row, "a value is out of its range");
    message = message_restore(loading->broker, get_bytes(row, 1), origin, (uint8_t)qos, expires);
    if (!message)
        return broken(loading, row, "its packet cannot be read, or there is no memory");
    message->number = loading->store->last_message = (uint64_t)number;
    if (append(&loading->messages, message))
        return true;
    message_drop(loading->broker, message);
    return broken(loading, row, "out of memory");
}

static bool load_session(struct loading *loading, sqlite3_stmt *row)
{
    int64_t number = sqlite3_column_int64(row, 0);
    uint32_t expiry, connected, will_delay, will_expiry;
    struct mqw_bytes client_id;
    struct message *will = find_message(loading, row, 6);
    struct session *session;
    int64_t ends, will_due;

    if (number <= 0 || !get_text(row, 1, &client_id) || !client_id.len ||
        sqlite3_column_bytes(row, 2) > MQW_TEXT_MAX || !get_integer(row, 3, UINT32_MAX, &expiry) ||
        !get_integer(row, 4, 1, &connected) || !get_time(loading, row, 5, &ends) ||
        !get_integer(row, 7, UINT32_MAX, &will_delay) ||
        !get_integer(row, 8, UINT32_MAX, &will_expiry) || !get_time(loading, row, 9, &will_due))
        return broken(loading, row, "a value is out of its range");
    if (!will && !is_null(row, 6))
        return broken(loading, row, "its will is not there");
    if (session_find(loading->broker, client_id))
        return broken(loading, row, "another row has its client identifier");
    session = session_new(loading->broker, client_id);
    if (!session)
        return broken(loading, row, "out of memory");
    session->stored.in_file = true;
    session->number = loading->broker->last_session = (uint64_t)number;
    session->expiry = expiry;
    session->ends = ends;
    session->will = will ? message_hold(will) : NULL;
    session->will_delay = will_delay;
    session->will_expiry = will_expiry;
    session->will_due = will_due;
    if (!is_null(row, 2))
        session->username = strdup((const char *)sqlite3_column_text(row, 2));
    if ((!session->username && !is_null(row, 2)) || !append(&loading->sessions, session) ||
        (connected && !append(&loading->connected, session)))
        return broken(loading, row, "out of memory");
    if (!connected)
        broker_set_timer(loading->broker, &session->timer, ends < will_due ? ends : will_due);
    return true;
}

static bool load_subscription(struct loading *loading, sqlite3_stmt *row)
{
    struct session *session = find_session(loading, row);
    uint32_t shared, qos, no_local, retain_as_published, retain_handling, identifier;
    struct subscription *subscription;
    struct mqw_bytes filter;
    bool existed;

    if (!session)
        return broken(loading, row, "its session is not there");
    if (!get_text(row, 1, &filter) || !filter.len || !get_integer(row, 2, 1, &shared) ||
        !get_integer(row, 3, 2, &qos) || !get_integer(row, 4, 1, &no_local) ||
        !get_integer(row, 5, 1, &retain_as_published) ||
        !get_integer(row, 6, 2, &retain_handling) ||
        !get_integer(row, 7, MQW_LENGTH_MAX, &identifier))
        return broken(loading, row, "a value is out of its range");
    subscription = subscription_add(session, filter, shared, &existed);
    if (!subscription)
        return broken(loading, row, "out of memory");
    if ((subscription->group != NULL) != shared)
        return broken(loading, row, "its filter is not one of a shared subscription");
    subscription->stored.in_file = true;
    subscription->qos = (uint8_t)qos;
    subscription->no_local = no_local;
    subscription->retain_as_published = retain_as_published;
    subscription->retain_handling = (uint8_t)retain_handling;
    subscription->identifier = identifier;
    return true;
}

static bool restore_delivery(struct loading *loading, sqlite3_stmt *row, struct session *session,
                             struct message *message)
{
    struct mqw_bytes bytes = get_bytes(row, 7);
    uint32_t state, packet_id, qos, retain, i;
    int64_t number = sqlite3_column_int64(row, 1);
    uint32_t *identifiers;
    bool good;

    if (number <= 0 || !get_integer(row, 3, DELIVERY_RELEASED, &state) ||
        !get_integer(row, 4, UINT16_MAX, &packet_id) || !get_integer(row, 5, 2, &qos) || !qos ||
        !get_integer(row, 6, 1, &retain) || bytes.len % 4 || bytes.len / 4 > UINT16_MAX)
        return broken(loading, row, "a value is out of its range");
    if ((state == DELIVERY_WAITING) != !packet_id || (state == DELIVERY_RELEASED) != !message ||
        (state == DELIVERY_RELEASED && qos != 2))
        return broken(loading, row, "its state contradicts what it has");
    identifiers = malloc(bytes.len + 1);
    for (i = 0; identifiers && i < bytes.len / 4; i++)
        identifiers[i] = (uint32_t)bytes.ptr[4 * i] << 24 | (uint32_t)bytes.ptr[4 * i + 1] << 16 |
                         (uint32_t)bytes.ptr[4 * i + 2] << 8 | bytes.ptr[4 * i + 3];
    good = identifiers &&
           deliver_restore(session, message, (uint64_t)number, state, (uint16_t)packet_id,
                           (uint8_t)qos, retain, identifiers, (uint16_t)(bytes.len / 4));
    free(identifiers);
    return good || broken(loading, row, "out of memory");
}

/* One that expired before it was sent is not to be any more (3.3.2.3.3). */
static bool remove_expired(struct loading *loading, sqlite3_stmt *row)
{
    sqlite3_stmt *statement = store_begin(loading->store, STORE_REMOVE_DELIVERY);
    if (!statement)
        return false;
    loading->broker->counters.messages_expired++;
    sqlite3_bind_int64(statement, 1, sqlite3_column_int64(row, 0));
    sqlite3_bind_int64(statement, 2, sqlite3_column_int64(row, 1));
    return store_execute(loading->store, statement);
}

static bool load_delivery(struct loading *loading, sqlite3_stmt *row)
{
    struct session *session = find_session(loading, row);
    struct message *message = find_message(loading, row, 2);
    if (!session)
        return broken(loading, row, "its session is not there");
    if (!message && !is_null(row, 2))
        return broken(loading, row, "its message is not there");
    if (message && message->expires <= broker_now(loading->broker) &&
        sqlite3_column_int(row, 3) == DELIVERY_WAITING)
        return remove_expired(loading, row);
    return restore_delivery(loading, row, session, message);
}

static bool load_received(struct loading *loading, sqlite3_stmt *row)
{
    struct session *session = find_session(loading, row);
    uint32_t packet_id;
    if (!session)
        return broken(loading, row, "its session is not there");
    if (!get_integer(row, 1, UINT16_MAX, &packet_id) || !packet_id)
        return broken(loading, row, "a value is out of its range");
    return session_set_received(session, (uint16_t)packet_id, true) ||
           broken(loading, row, "out of memory");
}

static bool load_retained(struct loading *loading, sqlite3_stmt *row)
{
    struct message *message = find_message(loading, row, 1);
    struct mqw_publish publish;
    struct level *level;
    if (!message)
        return broken(loading, row, "its message is not there");
    message_read(message, broker_now(loading->broker), &publish);
    if (!mqw_same(publish.topic, get_bytes(row, 0)) || !publish.payload.len)
        return broken(loading, row, "its message is another topic's");
    if (!retained_set(loading->broker, message, &publish, 0)) /* the limit is for what is new */
        return broken(loading, row, "out of memory");
    level = tree_find(&loading->broker->retained, publish.topic);
    level->retained->stored.in_file = true;
    return true;
}

/* ---- All of it ------------------------------------------------------------------------------ */

static bool load_table(struct loading *loading, const char *table,
                       bool load(struct loading *loading, sqlite3_stmt *row))
{
    struct store *store = loading->store;
    sqlite3_stmt *row = NULL;
    char sql[64];
    int step = SQLITE_ROW;

    loading->table = table;
    snprintf(sql, sizeof sql, "SELECT * FROM %s ORDER BY 1, 2", table); /* as it stands there */
    if (sqlite3_prepare_v2(store->database, sql, -1, &row, NULL) != SQLITE_OK)
        return store_fail_database(store);
    while (!store->failed && (step = sqlite3_step(row)) == SQLITE_ROW)
        load(loading, row);
    if (!store->failed && step != SQLITE_DONE)
        store_fail_database(store);
    sqlite3_finalize(row);
    return !store->failed;
}

/* Those whose clients were connected lost them when the broker died. */
static void leave(struct loading *loading)
{
    size_t i;
    for (i = 0; i < loading->connected.count; i++)
        session_leave(loading->connected.items[i], loading->since);
}

bool store_load(struct store *store, char *problem)
{
    struct loading loading = {.store = store, .broker = store->broker};
    bool good;
    size_t i;

    loading.since = broker_now(store->broker);
    store->loading = true;
    good = load_table(&loading, "clock", load_clock) && set_right(&loading) &&
           load_table(&loading, "message", load_message) &&
           load_table(&loading, "session", load_session) &&
           load_table(&loading, "subscription", load_subscription) &&
           load_table(&loading, "delivery", load_delivery) &&
           load_table(&loading, "received", load_received) &&
           load_table(&loading, "retained", load_retained);
    store->loading = false;
    if (good)
        leave(&loading);
    else
        snprintf(problem, STORE_PROBLEM, "%s", store->problem);
    for (i = 0; i < loading.messages.count; i++)
        message_drop(store->broker, loading.messages.items[i]);
    free(loading.messages.items);
    free(loading.sessions.items);
    free(loading.connected.items);
    return good;
}
