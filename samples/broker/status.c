/* SPDX-License-Identifier: MIT */
/* What the status page shows, as JSON: what is measured, and the clients that have most to take. */
#include "connection.h"
#include "http.h"
#include "listeners.h"
#include "measures.h"

#include <jansson.h>
#include <string.h>

enum { CLIENTS_MOST = 200 };

struct chosen {
    const struct session *sessions[CLIENTS_MOST];
    size_t count, matching;
};

static uint32_t in_flight(const struct session *session)
{
    return session_online(session) ? session->connection->wire.rules.server.in_flight : 0;
}

static uint32_t all_waiting(const struct session *session)
{
    return session->waiting + session->asked;
}

/* What is waiting counts first; then who has been here longer. */
static bool comes_before(const struct session *one, const struct session *other)
{
    uint32_t waiting = all_waiting(one), others = all_waiting(other);
    if (waiting != others)
        return waiting > others;
    if (in_flight(one) != in_flight(other))
        return in_flight(one) > in_flight(other);
    return one->number < other->number;
}

static void choose(struct chosen *chosen, const struct session *session)
{
    const struct session **all = chosen->sessions;
    size_t at = chosen->count, low = 0;
    chosen->matching++;
    if (at == CLIENTS_MOST && !comes_before(session, all[at - 1]))
        return;
    while (low < at) {
        size_t middle = (low + at) / 2;
        if (comes_before(session, all[middle]))
            at = middle;
        else
            low = middle + 1;
    }
    if (chosen->count < CLIENTS_MOST)
        chosen->count++;
    memmove(all + at + 1, all + at, (chosen->count - 1 - at) * sizeof(*all));
    all[at] = session;
}

static void choose_all(struct chosen *chosen, const struct table *sessions, const char *find)
{
    for (size_t i = 0; i < sessions->bucket_count; i++)
        for (struct table_entry *at = sessions->buckets[i]; at; at = at->next) {
            const struct session *session = TABLE_OF(at, struct session, entry);
            if (strstr(session->client_id, find) ||
                (session->username && strstr(session->username, find)))
                choose(chosen, session);
        }
}

/* A name in a certificate need not be UTF-8. */
static json_t *text(const char *value)
{
    json_t *made = value ? json_string(value) : json_null();
    return made ? made : json_string("?");
}

static json_t *client(const struct session *session)
{
    const struct connection *connection = session_online(session) ? session->connection : NULL;
    json_t *made = json_pack(
        "{s:o, s:o, s:b, s:I, s:I, s:I, s:I, s:I}", "client_id", text(session->client_id), "user",
        text(session->username), "connected", connection != NULL, "subscriptions",
        (json_int_t)session->subscription_count, "waiting", (json_int_t)all_waiting(session),
        "waiting_bytes", (json_int_t)session->waiting_bytes, "in_flight",
        (json_int_t)in_flight(session), "dropped", (json_int_t)session->dropped);
    if (made && connection) {
        json_object_set_new(made, "address", text(net_stream_peer(connection->stream)));
        json_object_set_new(made, "listener", text(connection->listener->name));
        json_object_set_new(
            made, "version",
            json_string(connection_version(connection) == MQW_VERSION_5 ? "5.0" : "3.1.1"));
        json_object_set_new(made, "keep_alive", json_integer(connection->wire.rules.keep_alive));
        json_object_set_new(made, "unsent",
                            json_integer((json_int_t)net_stream_pending(connection->stream)));
    }
    return made;
}

static json_t *clients(const struct chosen *chosen)
{
    json_t *all = json_array();
    for (size_t i = 0; i < chosen->count; i++)
        json_array_append_new(all, client(chosen->sessions[i]));
    return all;
}

static json_t *measured(struct broker *broker)
{
    uint64_t values[MEASURES];
    json_t *all = json_array();
    measure(broker, values);
    for (size_t i = 0; i < MEASURES; i++)
        json_array_append_new(all, json_pack("{s:s, s:s, s:s, s:b, s:I}", "name", measures[i].name,
                                             "topic", measures[i].topic, "text", measures[i].text,
                                             "counts", measures[i].counts, "value",
                                             (json_int_t)values[i]));
    return all;
}

char *status_text(const struct http *http, const char *host, const char *find)
{
    struct broker *broker = http->broker;
    struct chosen chosen = {.count = 0};
    char url[HTTP_HOST_SIZE + 16];
    json_t *all;
    char *made;

    choose_all(&chosen, &broker->sessions, find);
    all = json_pack("{s:s, s:I, s:o, s:o, s:I, s:o}", "version", MQTTWIRE_VERSION, "uptime",
                    (json_int_t)((broker_now(broker) - http->started) / 1000), "websocket",
                    text(http_websocket(broker, host, url, sizeof url) ? url : NULL), "measures",
                    measured(broker), "matching", (json_int_t)chosen.matching, "clients",
                    clients(&chosen));
    made = json_dumps(all, JSON_COMPACT);
    json_decref(all);
    return made;
}
