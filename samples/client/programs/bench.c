/* SPDX-License-Identifier: MIT */
/* mqttwire-bench: many clients in one loop, and what becomes of their messages. */
#include "bench.h"

#include "exits.h"
#include "main.h"
#include "session.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum {
    AT_ONCE = 64,   /* clients that connect at the same time: a server's backlog has an end */
    SILENCE = 2000, /* milliseconds without a message after which no more will come */
    QUEUE_BYTES = 64 << 20, /* of a publisher, beside one message */
};

static void fail(struct bench *bench, int code, const char *text)
{
    if (!bench->code)
        complain(bench->config, "%s", text);
    bench->code = bench->code ? bench->code : code;
    uv_stop(&bench->loop);
}

/* ---- The course of it ----------------------------------------------------------------------- */

static void second_is_over(uv_timer_t *timer)
{
    struct bench *bench = timer->data;
    uint64_t now = uv_hrtime();
    bool silent = now - bench->last_arrival > (uint64_t)SILENCE * 1000000;
    const struct counts *counts = bench->counts;

    if (bench->publishing)
        bench_progress(bench->config, counts, now - bench->start);
    else if (silent || (counts->settled + counts->refused >= counts->sent &&
                        counts->received >= counts->expected))
        uv_stop(&bench->loop);
}

static void stop_publishing(uv_timer_t *timer)
{
    struct bench *bench = timer->data;

    uv_timer_stop(timer);
    bench->publishing = false;
    bench->counts->publishing = bench->last_arrival = uv_hrtime();
    bench->counts->publishing -= bench->start;
    uv_timer_stop(&bench->tick);
    uv_idle_stop(&bench->flood);
    uv_timer_start(&bench->second, second_is_over, 20, 20);
}

/* Ends it early, with the summary so far.  What is under way may still come; the second time, not. */
static void interrupted(uv_signal_t *signal, int number)
{
    struct bench *bench = signal->data;

    (void)number;
    if (!bench->start)
        fail(bench, EXIT_CODE_ERROR, "interrupted before all were connected");
    else if (bench->publishing)
        stop_publishing(&bench->end);
    else
        uv_stop(&bench->loop);
}

static void start_publishing(struct bench *bench)
{
    bench->start = uv_hrtime();
    bench->counts->connecting = bench->start - bench->connect_start;
    bench->publishing = true;
    if (bench->config->rate > 0)
        uv_timer_start(&bench->tick, bench_publish_due, 0, 1);
    else
        uv_idle_start(&bench->flood, bench_publish_all);
    uv_timer_start(&bench->second, second_is_over, 1000, 1000);
    uv_timer_start(&bench->end, stop_publishing, (uint64_t)(bench->config->duration * 1000), 0);
}

static void begin_more(struct bench *bench);

static void is_ready(struct member *member)
{
    struct bench *bench = member->bench;

    if (member->ready)
        return;
    member->ready = true;
    bench->ready++;
    if (bench->ready == bench->count)
        start_publishing(bench);
    else
        begin_more(bench);
}

static void subscribed(struct mqw_client *client, void *arg, const struct mqw_client_result *result)
{
    struct member *member = arg;

    (void)client;
    if (result->status == MQW_CLIENT_OK)
        is_ready(member);
    else if (!member->bench->over)
        fail(member->bench, session_code(result->status, result->reason_code), result->text);
}

static void connected(struct mqw_client *client, void *arg, const struct mqw_connack *connack)
{
    struct member *member = arg;
    const struct config *config = member->bench->config;
    struct mqw_subscription one = {.topic_filter = mqw_text(member->bench->filter),
                                   .qos = (uint8_t)config->qos};
    struct mqw_subscribe packet = {.properties = config->properties[FOR_SUBSCRIBE].properties,
                                   .subscriptions = mqw_subscriptions(&one, 1)};

    (void)connack;
    if (member->publishes)
        is_ready(member);
    else if (mqw_client_subscribe(client, &packet, subscribed, member) != MQW_CLIENT_OK)
        fail(member->bench, EXIT_CODE_ERROR, mqw_client_problem(client));
}

static void disconnected(struct mqw_client *client, void *arg, const struct mqw_client_end *end)
{
    struct member *member = arg;

    (void)client;
    member->gone = true;
    if (member->bench->over)
        return;
    if (!member->ready) {
        fail(member->bench, session_code(end->status, end->reason_code),
             end_text(member->bench->config, end));
        return;
    }
    if (!member->bench->counts->broken++)
        complain(member->bench->config, "a connection is lost: %s", end->text);
}

/* ---- Clients -------------------------------------------------------------------------------- */

/* A topic with something in place of its %i. */
static char *put_in(const char *topic, const char *what)
{
    const char *place = strstr(topic, "%i");
    size_t size = strlen(topic) + strlen(what) + 1;
    char *made = sized(NULL, size);

    if (place)
        snprintf(made, size, "%.*s%s%s", (int)(place - topic), topic, what, place + 2);
    else
        snprintf(made, size, "%s", topic);
    return made;
}

static void begin(struct bench *bench, struct member *member)
{
    struct mqw_connect connect = {0};
    struct mqw_client_options options = {
        .connected = connected,
        .disconnected = disconnected,
        .message = bench_got,
        .no_reconnect = true,
    };
    const struct config *config = bench->config;
    char number[24], id[160];

    session_options(config, &options, &connect);
    options.queue_messages = BENCH_UNANSWERED;
    options.queue_bytes = QUEUE_BYTES + (size_t)config->size;
    snprintf(number, sizeof number, "%ld", member->number);
    snprintf(id, sizeof id, "%.100s-%s%s", config->id ? config->id : "",
             member->publishes ? "p" : "s", number);
    connect.client_id = config->id ? mqw_text(id) : mqw_text("");
    if (member->publishes)
        member->topic = put_in(config->topics.items[0], number);
    else
        member->tracks = calloc((size_t)config->publishers + 1, sizeof *member->tracks);
    member->client = mqw_client_new(&options, &bench->loop, member);
    if (!member->client || mqw_client_connect(member->client) != MQW_CLIENT_OK)
        fail(bench, EXIT_CODE_ERROR,
             member->client ? mqw_client_problem(member->client) : mqw_client_new_error());
}

static void begin_more(struct bench *bench)
{
    while (bench->begun < bench->count && bench->begun - bench->ready < AT_ONCE && !bench->code)
        begin(bench, &bench->members[bench->begun++]);
}

static bool set_up(struct bench *bench)
{
    struct config *config = bench->config;
    struct rlimit files;
    const char *place;

    if (!config->topics.count)
        texts_add(&config->topics, "bench/%i");
    place = strstr(config->topics.items[0], "%i");
    if (place &&
        ((place > config->topics.items[0] && place[-1] != '/') || (place[2] && place[2] != '/')))
        return misused(config, "-t: %%i has to be a level of its own");
    bench->filter = put_in(config->topics.items[0], "+");
    bench->count = config->publishers + config->subscribers;
    if (!bench->count)
        return misused(config, "it takes publishers or subscribers");
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    bench->members = sized(NULL, (size_t)bench->count * sizeof *bench->members);
    for (long i = 0; i < bench->count; i++) /* subscribers first, which miss nothing then */
        bench->members[i] = (struct member){
            .bench = bench,
            .publishes = i >= config->subscribers,
            .number = i >= config->subscribers ? i - config->subscribers : i,
        };
    bench->payload = sized(NULL, (size_t)config->size);
    memset(bench->payload, '.', (size_t)config->size);
    return true;
}

static void tear_down(struct bench *bench)
{
    bench->over = true;
    for (long i = 0; i < bench->begun; i++)
        if (bench->members[i].client) {
            mqw_client_disconnect(bench->members[i].client, NULL);
            mqw_client_free(bench->members[i].client);
        }
    for (long i = 0; i < bench->count; i++) {
        free(bench->members[i].topic);
        free(bench->members[i].tracks);
    }
    uv_close((uv_handle_t *)&bench->tick, NULL);
    uv_close((uv_handle_t *)&bench->second, NULL);
    uv_close((uv_handle_t *)&bench->end, NULL);
    uv_close((uv_handle_t *)&bench->flood, NULL);
    for (int i = 0; i < 2; i++)
        uv_close((uv_handle_t *)&bench->signals[i], NULL);
    uv_run(&bench->loop, UV_RUN_DEFAULT);
    uv_loop_close(&bench->loop);
    free(bench->members);
    free(bench->payload);
    free(bench->filter);
}

int program_run(struct config *config)
{
    struct bench bench = {.config = config};
    bool measured;

    signal(SIGPIPE, SIG_IGN);
    if (!set_up(&bench))
        return EXIT_CODE_ERROR;
    bench.counts = sized(NULL, sizeof *bench.counts);
    memset(bench.counts, 0, sizeof *bench.counts);
    uv_loop_init(&bench.loop);
    uv_timer_init(&bench.loop, &bench.tick);
    uv_timer_init(&bench.loop, &bench.second);
    uv_timer_init(&bench.loop, &bench.end);
    uv_idle_init(&bench.loop, &bench.flood);
    for (int i = 0; i < 2; i++) {
        uv_signal_init(&bench.loop, &bench.signals[i]);
        bench.signals[i].data = &bench;
        uv_signal_start(&bench.signals[i], interrupted, i ? SIGTERM : SIGINT);
    }
    bench.tick.data = bench.second.data = bench.end.data = bench.flood.data = &bench;
    bench.connect_start = uv_hrtime();
    begin_more(&bench);
    if (!bench.code)
        uv_run(&bench.loop, UV_RUN_DEFAULT);
    measured = bench.counts->publishing != 0;
    tear_down(&bench);
    if (measured)
        bench_summary(config, bench.counts);
    if (fflush(stdout) != 0) {
        complain(config, "standard output: %s", strerror(errno));
        bench.code = EXIT_CODE_ERROR;
    }
    if (!bench.code && (!measured || bench.counts->broken))
        bench.code = EXIT_CODE_ERROR;
    free(bench.counts);
    return bench.code;
}

const enum program this_program = BENCH;
