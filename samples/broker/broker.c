/* SPDX-License-Identifier: MIT */
/* The broker as a whole: its beginning, its clock, what it does once a turn of the loop, its end. */
#include "broker.h"
#include "connection.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int64_t broker_now(const struct broker *broker)
{
    return (int64_t)uv_now(broker->loop);
}

bool broker_has_room(const struct broker *broker, size_t more)
{
    uint64_t limit = broker->settings->memory_limit;
    return !limit || broker->message_bytes + broker->other_bytes + broker->filters.bytes +
                             broker->retained.bytes + more <=
                         limit;
}

/* ---- Time ----------------------------------------------------------------------------------- */

static void timer_rang(uv_timer_t *timer)
{
    struct broker *broker = timer->data;
    broker->looked = 0; /* who waits for its turn has a timer, and comes before others */
    timers_run(&broker->timers, broker_now(broker));
}

static void schedule(struct broker *broker)
{
    int64_t next = timers_next(&broker->timers), now = broker_now(broker);
    if (next == NEVER)
        uv_timer_stop(&broker->timer);
    else
        uv_timer_start(&broker->timer, timer_rang, next > now ? (uint64_t)(next - now) : 0, 0);
}

void broker_set_timer(struct broker *broker, struct timer *timer, int64_t at)
{
    if (at == NEVER)
        timers_stop(&broker->timers, timer);
    else if (!timers_set(&broker->timers, timer, at))
        log_say(LOG_ERROR, "out of memory: a time is not kept");
}

/* ---- A turn of the loop ------------------------------------------------------------------------ */

/* Nothing that was not committed is told to anybody. */
static void fail(struct broker *broker)
{
    struct connection *connection;
    log_say(LOG_ERROR, "%s; the broker ends", store_problem(broker->store));
    broker->failed = true;
    broker_stop(broker);
    for (connection = broker->connections; connection; connection = connection->next)
        net_stream_abort(connection->stream);
}

void broker_flush(struct broker *broker)
{
    struct connection *connection;
    size_t count;
    broker->urgent = false;
    if (broker->failed)
        return;
    do {
        count = 0;
        /* Wills of those who leave may go to others, who then stand behind them in the list. */
        for (connection = broker->unflushed; connection; connection = connection->next_unflushed) {
            if (connection->stage == STAGE_LEAVING)
                connection_detach(connection);
            count++;
        }
        if (!store_commit(broker->store)) {
            fail(broker);
            return;
        }
        /* Who has taken it all may be sent more, which is for the next round. */
        while (count--)
            connection_flush(broker->unflushed);
    } while (broker->unflushed);
}

static void before_poll(uv_prepare_t *prepare)
{
    struct broker *broker = prepare->data;
    broker_flush(broker);
    schedule(broker);
}

/* ---- Beginning and end --------------------------------------------------------------------------- */

bool broker_start(struct broker *broker, uv_loop_t *loop, const struct settings *settings,
                  char *problem)
{
    memset(broker, 0, sizeof *broker);
    broker->loop = loop;
    broker->settings = settings;
    uv_timer_init(loop, &broker->timer);
    uv_prepare_init(loop, &broker->before_poll);
    broker->timer.data = broker->before_poll.data = broker;
    uv_prepare_start(&broker->before_poll, before_poll);
    broker->access = access_open(loop, settings, problem);
    if (broker->access)
        return true;
    broker_stop(broker);
    return false;
}

bool broker_load(struct broker *broker, char *problem)
{
    const struct settings *settings = broker->settings;
    if (!settings->persistence)
        return true;
    broker->store =
        store_open(broker, settings->persistence_path, settings->persistence_full, problem);
    return broker->store && store_load(broker->store, problem);
}

bool broker_listen(struct broker *broker, char *problem)
{
    return listeners_open(broker, problem) && sys_start(broker, problem) &&
           http_start(broker, problem);
}

/* All of them, or none: an ACL is not to go with other users than it is for. */
static void reload_access(struct broker *broker)
{
    const struct settings *settings = broker->settings;
    const char *names[] = {settings->password_file ? ", password_file" : "",
                           settings->scram_file ? ", scram_file" : "",
                           settings->acl_file ? ", acl_file" : ""};
    char all[64], problem[256];
    snprintf(all, sizeof all, "%s%s%s", names[0], names[1], names[2]);
    if (all[0])
        log_reload(all + 2, access_reload(broker->access, problem) ? NULL : problem);
}

void broker_reload(struct broker *broker)
{
    reload_access(broker);
    http_reload(broker);
    listeners_reload(broker);
    log_say(LOG_NOTICE, "SIGHUP: the configuration itself is not read again: "
                        "its keys stay as they are until the broker starts anew");
}

static void end_if_empty(struct broker *broker)
{
    if (!broker->stopping || broker->connections || uv_is_closing((uv_handle_t *)&broker->timer))
        return;
    http_stop(broker);
    uv_close((uv_handle_t *)&broker->timer, NULL);
    uv_close((uv_handle_t *)&broker->before_poll, NULL);
}

void broker_left(struct broker *broker)
{
    listeners_room(broker);
    end_if_empty(broker);
}

void broker_stop(struct broker *broker)
{
    struct connection *connection;
    if (broker->stopping)
        return;
    broker->stopping = true;
    sys_stop(broker);
    listeners_close(broker);
    for (connection = broker->connections; connection; connection = connection->next)
        connection_end(connection, MQW_REASON_SERVER_SHUTTING_DOWN, "the broker ends");
    end_if_empty(broker);
}

/* What lasts stays in the store. */
bool broker_free(struct broker *broker)
{
    bool good = !broker->failed && store_commit(broker->store);
    store_close(broker->store);
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
    free(broker->listeners);
    http_free(broker);
    access_close(broker->access);
    return good;
}
