/* SPDX-License-Identifier: MIT */
/*
 * Time stands still unless it is told to go on: the broker's, libuv's and the store's.  The store is
 * SQLite's memdb, and the files of passwords and rules are in memory, too.
 */
#include "broker_world.h"

#include <sched.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
    LIFE = 1000,    /* seconds that sessions last at most */
    TURNS = 4,      /* of the loop, in which the answer to what has come is sent */
    PATIENCE = 1000 /* turns in which all ends */
};

/* ---- Time ----------------------------------------------------------------------------------- */

static uint64_t now = 1000000; /* ms */

uint64_t world_now(void)
{
    return now;
}

static int tell_time(struct timespec *time)
{
    time->tv_sec = (time_t)(now / 1000);
    time->tv_nsec = (long)(now % 1000) * 1000000;
    return 0;
}

/* libuv's.  Others have the real one, the fuzzing engine among them. */
int clock_gettime(clockid_t id, struct timespec *time)
{
    if (id == CLOCK_MONOTONIC || id == CLOCK_MONOTONIC_COARSE)
        return tell_time(time);
    return (int)syscall(SYS_clock_gettime, id, time);
}

/* The broker's, by the linker's option --wrap. */
int __wrap_clock_gettime(clockid_t id, struct timespec *time);

int __wrap_clock_gettime(clockid_t id, struct timespec *time)
{
    (void)id;
    return tell_time(time);
}

static void blame(const char *text)
{
    fprintf(stderr, "%s\n", text);
    abort();
}

/* ---- The log -------------------------------------------------------------------------------- */

void __wrap_log_say(enum log_type type, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Rules of which the broker asks the codec, and sends less, or nothing. */
static bool is_asked(const char *line)
{
    return strstr(line, mqw_rule_of(MQW_RULE_PACKET_TOO_LARGE)->text) ||
           strstr(line, mqw_rule_of(MQW_RULE_PROBLEM_INFORMATION_UNASKED)->text);
}

/* The broker sends nothing else that breaks a rule. */
void __wrap_log_say(enum log_type type, const char *format, ...)
{
    char line[4096];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (getenv("FUZZ_BROKER_LOG"))
        fprintf(stderr, "%s\n", line);
    if (type == LOG_ERROR || (strstr(line, " is not sent ") && !is_asked(line)))
        blame(line);
}

/* ---- Settings ------------------------------------------------------------------------------- */

/* The password is "secret". */
static const char passwords[] = "bob:$7$1$AAAAAAAAAAAAAAAA$"
                                "ngMlAIpWjm3phrxkG1xGT8fJUIJBShWrEYm7pbBnkGIK"
                                "xx9SQ8I+9+JzFQNfgJNOsliwQFwo10K4oTe/LI6elw==\n";
static const char rules[] =
    "topic read a/#\ntopic readwrite +/b\nuser bob\ntopic #\ntopic deny a/c\n"
    "pattern readwrite own/%c/#\npattern read of/%u\n";

static const char *make_file(const char *text, char path[32])
{
    int fd = memfd_create("fuzz", 0);
    MUST(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    snprintf(path, 32, "/proc/self/fd/%d", fd);
    return path;
}

static uint32_t choose(uint32_t byte, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    const uint32_t values[] = {a, b, c, d};
    return values[byte & 3];
}

static void set(struct world *world, struct input *input)
{
    static char password_path[32], rules_path[32];
    struct settings *settings = &world->settings;
    uint32_t flags = take(input, 2), sizes = take(input, 2), counts = take(input, 2);

    if (!*password_path) {
        make_file(passwords, password_path);
        make_file(rules, rules_path);
    }
    *settings = (struct settings){
        .allow_anonymous = !(flags & 1) || flags & 2,
        .password_file = flags & 1 ? password_path : NULL,
        .acl_file = flags & 4 ? rules_path : NULL,
        .persistence = flags & 8,
        .retain_available = (flags & 0x30) != 0x30,
        .queue_qos0_messages = flags & 0x40,
        .upgrade_outgoing_qos = flags & 0x80,
        .allow_zero_length_clientid = (flags & 0x300) != 0x300,
        .connection_messages = true,
        .sys_interval = flags & 0x400 ? 10 : 0,
        .auto_id_prefix = "auto-",
        .connect_timeout = 10,
        .session_expiry_max = LIFE,
        .persistence_path = NULL,
        .max_packet_size = choose(sizes, 0, 200, 2000, 20000),
        .max_inflight_messages = (uint16_t)choose(sizes >> 2, 1, 3, 20, 65535),
        .max_queued_messages = choose(sizes >> 4, 0, 1, 5, 1000),
        .max_queued_bytes = choose(sizes >> 6, 0, 100, 2000, 100000),
        .memory_limit = choose(sizes >> 8, 0, 1000, 10000, 1000000),
        .max_message_rate = sizes & 0x8000 ? 3 : 0,
        .max_keepalive = (uint16_t)choose(sizes >> 10, 0, 1, 60, 600),
        .max_subscriptions = choose(counts, 0, 1, 3, 100),
        .max_topic_levels = choose(counts >> 2, 0, 2, 4, 200),
        .max_retained_messages = choose(counts >> 4, 0, 1, 3, 100),
        .max_sessions = choose(counts >> 6, 0, 1, 2, 100),
    };
    world->door_settings = (struct listener_settings){
        .max_topic_alias = (uint16_t)choose(counts >> 8, 0, 1, 10, 65535),
        .max_qos = (uint8_t)choose(counts >> 10, 0, 1, 2, 2),
        .use_username_as_clientid = (counts & 0xF000) == 0xF000,
    };
}

/* ---- Beginning and end ---------------------------------------------------------------------- */

/* Of one process alone.  What the store makes besides its database is taken away again. */
static const char *store_path(void)
{
    static char path[64];
    if (!*path)
        snprintf(path, sizeof path, "/tmp/mqttwire-fuzz-%d", (int)getpid());
    return path;
}

static void remove_files(void)
{
    char lock[80];
    snprintf(lock, sizeof lock, "%s" STORE_LOCK, store_path());
    unlink(lock);
    unlink(store_path());
}

static void start(struct world *world)
{
    char problem[256] = "";
    world->settings.persistence_path = store_path();
    if (!broker_start(&world->broker, &world->loop, &world->settings, problem) ||
        !broker_load(&world->broker, problem) || !broker_listen(&world->broker, problem))
        blame(problem);
    remove_files();
    world->broker.descriptors = UINT32_MAX;
    world->door = (struct listener){.broker = &world->broker, .settings = &world->door_settings};
}

void world_begin(struct world *world, struct input *input)
{
    memset(world, 0, sizeof *world);
    uv_loop_init(&world->loop);
    set(world, input);
    if (world->settings.persistence) {
        MUST(sqlite3_vfs_register(sqlite3_vfs_find("memdb"), 1) == SQLITE_OK);
        MUST(sqlite3_open(store_path(), &world->held) == SQLITE_OK);
    }
    start(world);
}

static void stop(struct world *world)
{
    int turns = 0;
    broker_stop(&world->broker);
    while (uv_run(&world->loop, UV_RUN_NOWAIT)) {
        MUST(turns++ < PATIENCE);
        now += 100;
        if (world->loop.active_reqs.count) /* another thread may compute */
            usleep(1000);
    }
    MUST(broker_free(&world->broker));
    MUST(world->broker.message_count == 0 && world->broker.message_bytes == 0);
    MUST(world->broker.other_bytes == 0 && world->broker.filters.bytes == 0 &&
         world->broker.retained.bytes == 0);
}

void world_restart(struct world *world)
{
    stop(world);
    start(world);
}

static int64_t rows(struct world *world, const char *table)
{
    char sql[64];
    sqlite3_stmt *statement;
    int64_t count;
    snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", table);
    MUST(sqlite3_prepare_v2(world->held, sql, -1, &statement, NULL) == SQLITE_OK);
    MUST(sqlite3_step(statement) == SQLITE_ROW);
    count = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return count;
}

static void look_at_store(struct world *world)
{
    int64_t retained = rows(world, "retained");
    MUST(rows(world, "session") == 0 && rows(world, "subscription") == 0);
    MUST(rows(world, "delivery") == 0 && rows(world, "received") == 0);
    /* A message of $SYS may have been on its way to a client. */
    MUST(retained <= rows(world, "message"));
    MUST(rows(world, "message") <= world->broker.retained_count);
}

void world_end(struct world *world)
{
    const struct broker *broker = &world->broker;
    int turns = 0;
    while (broker->connections && turns++ < PATIENCE) /* max_message_rate may hold them up */
        world_wait(world, 1000);
    for (turns = 0; turns < 3; turns++) /* a will comes with a session's end, and so on */
        world_wait(world, (LIFE + 1) * 1000);
    MUST(!broker->connections && !broker->connection_count && !broker->online);
    MUST(!broker->sessions.count && !broker->subscription_count && !broker->shared_count);
    MUST(!broker->subscriptions.count && !broker->groups.count && !broker->filters.count);
    MUST(broker->message_count == broker->retained_count);
    if (world->held)
        look_at_store(world);
    stop(world);
    MUST(uv_loop_close(&world->loop) == 0);
    sqlite3_close(world->held);
}

/* ---- Turns ---------------------------------------------------------------------------------- */

static bool is_checking(const struct world *world)
{
    const struct connection *connection = world->broker.connections;
    while (connection && !connection->check)
        connection = connection->next;
    return connection != NULL;
}

void world_turn(struct world *world)
{
    int turns;
    if (world->held_up)
        return;
    for (turns = 0; turns < TURNS; turns++)
        uv_run(&world->loop, UV_RUN_NOWAIT);
    if (!is_checking(world))
        return;
    while (is_checking(world)) {
        sched_yield();
        uv_run(&world->loop, UV_RUN_NOWAIT);
    }
    world_turn(world);
}

void world_wait(struct world *world, uint64_t milliseconds)
{
    now += milliseconds;
    world->held_up = false;
    world_turn(world);
}

void world_look(const struct world *world)
{
    const struct broker *broker = &world->broker;
    const struct settings *settings = &world->settings;
    MUST(broker->online <= broker->connection_count);
    MUST(!settings->max_retained_messages ||
         broker->retained_count <= settings->max_retained_messages || settings->sys_interval);
    MUST(!settings->max_sessions || /* which those who are online may bring over it */
         broker->sessions.count <= settings->max_sessions + 8);
    MUST(!broker->failed);
}
