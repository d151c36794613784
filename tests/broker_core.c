/* SPDX-License-Identifier: MIT */
#include "broker_core.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- What the rest of the broker would be --------------------------------------------------- */

int64_t core_now = 5000, core_wall = 1700000000000;

void core_sleep(int64_t milliseconds)
{
    core_now += milliseconds;
    core_wall += milliseconds;
}

/* That of libc is not asked. */
int clock_gettime(clockid_t clock, struct timespec *now)
{
    int64_t time = clock == CLOCK_REALTIME ? core_wall : core_now;
    now->tv_sec = (time_t)(time / 1000);
    now->tv_nsec = (long)(time % 1000) * 1000000;
    return 0;
}

int64_t broker_now(const struct broker *broker)
{
    (void)broker;
    return core_now;
}

void broker_set_timer(struct broker *broker, struct timer *timer, int64_t at)
{
    if (at == NEVER)
        timers_stop(&broker->timers, timer);
    else if (!timers_set(&broker->timers, timer, at))
        abort();
}

bool broker_has_room(const struct broker *broker, size_t more)
{
    (void)broker, (void)more;
    return true;
}

enum mqw_code connection_send(struct connection *connection, const struct mqw_packet *packet,
                              uint64_t tag)
{
    (void)connection, (void)packet, (void)tag;
    return MQW_OK;
}

bool connection_congested(const struct connection *connection)
{
    (void)connection;
    return true;
}

uint32_t log_again(struct log_brake *brake, int64_t now)
{
    (void)brake, (void)now;
    return 0;
}

void log_say(enum log_type type, const char *format, ...)
{
    (void)type, (void)format;
}

void connection_wake(struct connection *connection, int64_t at)
{
    (void)connection, (void)at;
}

uint8_t connection_version(const struct connection *connection)
{
    (void)connection;
    return MQW_VERSION_5;
}

void aliases_apply(struct connection *connection, struct mqw_publish *publish)
{
    (void)connection, (void)publish;
}

void connection_end(struct connection *connection, unsigned code, const char *text)
{
    (void)connection, (void)code, (void)text;
}

bool aliases_undo(struct connection *connection, struct mqw_publish *publish,
                  struct mqw_bytes topic)
{
    (void)connection, (void)publish, (void)topic;
    return false;
}

bool publish_may(const struct broker *broker, struct mqw_bytes username, struct mqw_bytes client_id,
                 struct mqw_bytes topic)
{
    (void)broker, (void)username, (void)client_id, (void)topic;
    return true;
}

bool access_has_rules(const struct access *access)
{
    (void)access;
    return false;
}

bool access_may(const struct access *access, struct mqw_bytes username, struct mqw_bytes client_id,
                enum access_action action, struct mqw_bytes topic)
{
    (void)access, (void)username, (void)client_id, (void)action, (void)topic;
    return true;
}

/* ---- Lives of the process ------------------------------------------------------------------- */

static void forget(struct core *core)
{
    struct broker *broker = &core->broker;
    broker->store = NULL;
    sessions_close(broker);
    retained_close(broker);
    tree_free(&broker->filters);
    tree_free(&broker->retained);
    table_free(&broker->subscriptions);
    table_free(&broker->groups);
    timers_free(&broker->timers);
    free(broker->hits);
    free(broker->identifiers);
}

bool core_open(struct core *core, const char *path, bool full)
{
    struct broker *broker = &core->broker;
    memset(core, 0, sizeof *core);
    core->settings.retain_available = true;
    core->connection.stage = STAGE_AUTHENTICATING;
    broker->settings = &core->settings;
    if (!path)
        return true;
    broker->store = store_open(broker, path, full, core->problem);
    if (broker->store && store_load(broker->store, core->problem))
        return true;
    core_kill(core);
    return false;
}

void core_kill(struct core *core)
{
    store_close(core->broker.store);
    forget(core);
}

void core_close(struct core *core)
{
    if (!store_commit(core->broker.store))
        abort();
    core_kill(core);
}

/* ---- Doings --------------------------------------------------------------------------------- */

static void *need(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

struct session *core_session(struct core *core, const char *client_id, uint32_t expiry)
{
    struct session *session = need(session_new(&core->broker, mqw_text(client_id)));
    session->expiry = expiry;
    session_join(session, &core->connection);
    return session;
}

struct subscription *core_subscribe(struct session *session, const char *filter, uint8_t qos)
{
    bool existed;
    struct subscription *subscription =
        need(subscription_add(session, mqw_text(filter), true, &existed));
    subscription->qos = qos;
    store_changed(session->broker->store, &subscription->stored);
    return subscription;
}

void core_publish(struct core *core, const char *topic, const char *payload, uint8_t qos,
                  bool retain, uint32_t expiry)
{
    struct mqw_publish publish;
    memset(&publish, 0, sizeof publish);
    publish.topic = mqw_text(topic);
    publish.payload = mqw_text(payload);
    publish.qos = qos;
    publish.retain = retain;
    if (expiry)
        mqw_set_message_expiry_interval(&publish.properties, expiry);
    route_publish(&core->broker, mqw_text("publisher"), &publish);
}

void core_will(struct session *session, const char *topic, uint32_t delay, uint32_t expiry)
{
    struct mqw_publish publish;
    memset(&publish, 0, sizeof publish);
    publish.topic = mqw_text(topic);
    publish.payload = mqw_text("will");
    publish.qos = 1;
    session_drop_will(session);
    session->will = need(message_new(session->broker, &publish, session_client_id(session)));
    session->will_delay = delay;
    session->will_expiry = expiry;
    store_changed(session->broker->store, &session->stored);
}

void core_send(struct delivery *delivery, uint16_t packet_id)
{
    struct session *session = delivery->session;
    session->waiting--;
    session->waiting_bytes -= delivery->bytes;
    delivery->state = DELIVERY_SENT;
    delivery->packet_id = packet_id;
    if (session_lasts(session))
        store_changed(session->broker->store, &delivery->stored);
}

void core_acknowledge(struct delivery *delivery, uint8_t type)
{
    struct mqw_packet packet;
    memset(&packet, 0, sizeof packet);
    packet.type = type;
    packet.ack.packet_id = delivery->packet_id;
    deliver_acknowledge(delivery->session, &packet, delivery);
}

/* ---- Telling all ---------------------------------------------------------------------------- */

static void print_time(FILE *stream, const char *name, int64_t time)
{
    if (time == NEVER)
        fprintf(stream, " %s=never", name);
    else
        fprintf(stream, " %s=%" PRId64, name, time);
}

static void print_message(FILE *stream, const struct message *message)
{
    uint64_t sum = 14695981039346656037u; /* FNV-1a of the packet */
    uint32_t i;
    fprintf(stream, " message(qos=%d origin=%.*s", message->qos, MQW_ARG(message_origin(message)));
    print_time(stream, "expires", message->expires);
    for (i = 0; i < message->size; i++)
        sum = (sum ^ message->bytes[i]) * 1099511628211u;
    fprintf(stream, " %.*s %" PRIu32 " bytes %" PRIx64 ")", MQW_ARG(message_topic(message)),
            message->size, sum);
}

static void dump_delivery(FILE *stream, const struct delivery *delivery)
{
    unsigned i;
    fprintf(stream, "delivery %s %" PRIu64 " state=%d id=%d qos=%d retain=%d for",
            delivery->session->client_id, delivery->number, delivery->state, delivery->packet_id,
            delivery->qos, delivery->retain);
    for (i = 0; i < delivery->identifier_count; i++)
        fprintf(stream, " %" PRIu32, delivery->identifiers[i]);
    if (delivery->message)
        print_message(stream, delivery->message);
    fputc('\n', stream);
}

static void dump_subscription(FILE *stream, const struct subscription *subscription)
{
    char filter[MQW_TEXT_MAX];
    fprintf(stream, "subscription %s %.*s shared=%d qos=%d %d %d %d %" PRIu32 "\n",
            subscription->session->client_id, (int)subscription_filter(subscription, filter),
            filter, subscription->group != NULL, subscription->qos, subscription->no_local,
            subscription->retain_as_published, subscription->retain_handling,
            subscription->identifier);
}

static void dump_session(FILE *stream, const struct session *session)
{
    int64_t ends = session->ends, will_due = session->will_due;
    const struct subscription *subscription;
    const struct delivery *delivery;
    unsigned id;

    if (session->connection) {
        ends = session->expiry == UINT32_MAX ? NEVER : core_now + (int64_t)session->expiry * 1000;
        will_due = session->will ? core_now + (int64_t)session->will_delay * 1000 : NEVER;
    }
    fprintf(stream, "session %s %s expiry=%" PRIu32 " waiting=%" PRIu32 " %" PRIu64,
            session->client_id, session->username ? session->username : "-", session->expiry,
            session->waiting, session->waiting_bytes);
    print_time(stream, "ends", ends);
    if (session->will) {
        fprintf(stream, " will after %" PRIu32 " for %" PRIu32, session->will_delay,
                session->will_expiry);
        print_time(stream, "due", will_due);
        print_message(stream, session->will);
    }
    fputc('\n', stream);
    for (subscription = session->subscriptions; subscription;
         subscription = subscription->next_of_session)
        dump_subscription(stream, subscription);
    for (delivery = session->messages.first; delivery; delivery = delivery->next)
        dump_delivery(stream, delivery);
    for (id = 1; id <= UINT16_MAX; id++)
        if (session_received(session, (uint16_t)id))
            fprintf(stream, "received %s %u\n", session->client_id, id);
}

static void dump_retained(void *arg, struct level *level)
{
    FILE *stream = arg;
    if (!level->retained)
        return;
    fprintf(stream, "retained");
    print_message(stream, level->retained->message);
    fputc('\n', stream);
}

static int compare(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    return strcmp(*x, *y);
}

static char *sorted(char *text)
{
    char *out = need(calloc(1, strlen(text) + 1)), *line, *at = out;
    size_t count = 0, i;
    char **lines;
    for (line = text; (line = strchr(line, '\n')); line++)
        count++;
    lines = need(calloc(count + 1, sizeof *lines));
    for (i = 0, line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
        lines[i++] = line;
    qsort(lines, count, sizeof *lines, compare);
    for (i = 0; i < count; i++)
        at += sprintf(at, "%s\n", lines[i]);
    free(lines);
    free(text);
    return out;
}

char *core_dump(struct core *core)
{
    struct broker *broker = &core->broker;
    char *text = NULL;
    size_t size, i;
    FILE *stream = need(open_memstream(&text, &size));
    struct table_entry *entry;

    fprintf(stream, "messages %" PRIu64 " %" PRIu64 "\n", broker->message_count,
            broker->message_bytes);
    for (i = 0; i < broker->sessions.bucket_count; i++)
        for (entry = broker->sessions.buckets[i]; entry; entry = entry->next)
            dump_session(stream, TABLE_OF(entry, struct session, entry));
    tree_select(&broker->retained, mqw_text("#"), dump_retained, stream);
    fclose(stream);
    return sorted(text);
}
