/* SPDX-License-Identifier: MIT */
/*
 * A publisher and a receiver that may be killed at any moment, for tests/kill_client.py.
 *
 *     durable publish url=... id=... store=... topic=... qos=2 version=5 last=100
 *     durable receive url=... id=... store=... topic=... qos=2 version=5 last=100 how=transaction
 *
 * Numbers 1 to `last` go out, each taken from a table in the transaction that publishes it.  How they
 * are received: `transaction`, counted in a table in the transaction that settles the message;
 * `itself`, likewise, by a handler that acknowledges first; `later`, counted on their own, and
 * acknowledged after that; `file`, written to a file of lines, each with the number and the flag
 * `repeat`.  die=MOMENT:COUNT kills the process by itself at the
 * so-manieth packet `sent` or `received`, `commit` that begins, or `committed` transaction.
 * pages=COUNT: the database may grow by so many pages, and is full then.
 */
#include <mqttwire_client.h>

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    WINDOW = 50,   /* publishes that are not settled: more than a broker takes at a time */
    LATER = 65536, /* messages that wait to be acknowledged: as many as there are identifiers */
    REST = 300     /* milliseconds of silence, in which the last exchanges end */
};

struct late {
    uint64_t token;
    int64_t number;
    bool repeat;
};

struct test {
    struct mqw_client *client;
    char **words; /* name=value, of the command line */
    const char *topic;
    bool publishes, broken;
    uint8_t qos, version;
    int64_t next, last;
    int file;
    struct late late[LATER];
    size_t late_count;
    const char *moment; /* to die at, or NULL */
    unsigned long left;
    enum mqw_client_status end;
};

static void give_up(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static const char *word(const struct test *test, const char *name)
{
    size_t len = strlen(name);
    char **each;
    for (each = test->words; *each; each++)
        if (!strncmp(*each, name, len) && (*each)[len] == '=')
            return *each + len + 1;
    return NULL;
}

static int64_t number_of(const struct test *test, const char *name)
{
    const char *value = word(test, name);
    return value ? strtoll(value, NULL, 10) : 0;
}

/* ---- Death --------------------------------------------------------------------------------------- */

static void moment(struct test *test, const char *name)
{
    if (test->moment && !strncmp(test->moment, name, strlen(name)) &&
        test->moment[strlen(name)] == ':' && !--test->left)
        kill(getpid(), SIGKILL);
}

static void packet(struct mqw_client *client, void *arg, enum mqw_sender sender,
                   const uint8_t *bytes, size_t len)
{
    (void)client;
    (void)bytes;
    (void)len;
    moment(arg, sender == MQW_CLIENT ? "sent" : "received");
}

static int before_commit(void *arg)
{
    moment(arg, "commit");
    return 0;
}

static int after_commit(void *arg, sqlite3 *database, const char *name, int pages)
{
    (void)database;
    (void)name;
    (void)pages;
    moment(arg, "committed");
    return SQLITE_OK;
}

static void plan_death(struct test *test)
{
    sqlite3 *database = mqw_client_database(test->client);
    test->moment = word(test, "die");
    if (!test->moment)
        return;
    test->left = strtoul(strchr(test->moment, ':') + 1, NULL, 10);
    if (!strncmp(test->moment, "committed", 9))
        sqlite3_wal_hook(database, after_commit, test); /* in the place of checkpoints */
    else
        sqlite3_commit_hook(database, before_commit, test);
}

/* ---- Tables ---------------------------------------------------------------------------------------- */

/* Runs a statement with up to two numbers; its first answer goes to *answer. */
static bool run(struct test *test, const char *sql, int64_t first, int64_t second, int64_t *answer)
{
    sqlite3 *database = mqw_client_database(test->client); /* with a transaction in callbacks */
    sqlite3_stmt *statement = NULL;
    int step = sqlite3_prepare_v2(database, sql, -1, &statement, NULL);
    if (step == SQLITE_OK) {
        sqlite3_bind_int64(statement, 1, first);
        sqlite3_bind_int64(statement, 2, second);
        step = sqlite3_step(statement);
        if (step == SQLITE_ROW && answer)
            *answer = sqlite3_column_int64(statement, 0);
        sqlite3_finalize(statement);
    }
    if (step == SQLITE_ROW || step == SQLITE_DONE)
        return true;
    fprintf(stderr, "%.40s: %s\n", sql, sqlite3_errmsg(database));
    test->broken = true;
    return false;
}

static void open_tables(struct test *test)
{
    int64_t pages = 0;
    char limit[64];
    if (!run(test, "CREATE TABLE IF NOT EXISTS handed (number INTEGER PRIMARY KEY)", 0, 0, NULL) ||
        !run(test,
             "CREATE TABLE IF NOT EXISTS got (place INTEGER PRIMARY KEY AUTOINCREMENT,"
             " number INTEGER UNIQUE, times INTEGER, unflagged INTEGER)",
             0, 0, NULL) ||
        !run(test, "SELECT coalesce(max(number), 0) + 1 FROM handed", 0, 0, &test->next) ||
        !run(test, "PRAGMA page_count", 0, 0, &pages))
        give_up("the tables cannot be made");
    if (!word(test, "pages"))
        return;
    snprintf(limit, sizeof limit, "PRAGMA max_page_count = %" PRId64,
             pages + number_of(test, "pages"));
    run(test, limit, 0, 0, NULL);
}

/* ---- Publishing ------------------------------------------------------------------------------------ */

static void settled(struct mqw_client *client, void *arg, const struct mqw_client_result *result);

/* From callbacks alone: there the number is taken in the transaction that publishes it. */
static void fill(struct test *test)
{
    struct mqw_publish publish = {0};
    char payload[512];
    while (test->next <= test->last && mqw_client_pending(test->client) < WINDOW) {
        int len = snprintf(payload, sizeof payload, "%" PRId64 "%*s", test->next,
                           (int)(test->next % 400), "");
        publish.topic = mqw_text(test->topic);
        publish.qos = test->qos;
        publish.payload = mqw_view(payload, (size_t)len);
        if (mqw_client_publish(test->client, &publish, settled, test) != MQW_CLIENT_OK ||
            !run(test, "INSERT INTO handed VALUES (?1)", test->next, 0, NULL)) {
            fprintf(stderr, "publishing: %s\n", mqw_client_problem(test->client));
            mqw_client_stop(test->client);
            return;
        }
        test->next++;
    }
    if (test->next > test->last && !mqw_client_pending(test->client))
        mqw_client_disconnect(test->client, NULL);
}

static void settled(struct mqw_client *client, void *arg, const struct mqw_client_result *result)
{
    (void)client;
    if (result->status == MQW_CLIENT_REFUSED)
        give_up(result->text);
    if (result->status == MQW_CLIENT_OK)
        fill(arg);
}

/* ---- Receiving ------------------------------------------------------------------------------------- */

static bool count(struct test *test, int64_t number, bool repeat)
{
    return run(test,
               "INSERT INTO got (number, times, unflagged) VALUES (?1, 1, 0) ON CONFLICT (number) "
               "DO UPDATE SET times = times + 1, unflagged = unflagged + NOT ?2",
               number, repeat, NULL);
}

static bool note(struct test *test, int64_t number, bool repeat)
{
    char line[64];
    int len = snprintf(line, sizeof line, "%" PRId64 "%s\n", number, repeat ? " repeat" : "");
    return write(test->file, line, (size_t)len) == len;
}

static bool got(struct mqw_client *client, void *arg, const struct mqw_client_message *message)
{
    struct test *test = arg;
    char text[32] = "";
    size_t len = message->publish->payload.len;
    int64_t number;
    if (test->broken)
        return false; /* or it would be counted before those that found no room */
    if (!strcmp(word(test, "how"), "itself"))
        mqw_client_acknowledge(client, message->token);
    memcpy(text, message->publish->payload.ptr, len < sizeof text ? len : sizeof text - 1);
    number = strtoll(text, NULL, 10);
    if (test->file >= 0)
        return note(test, number, message->repeat);
    if (strcmp(word(test, "how"), "later"))
        return count(test, number, message->repeat);
    if (test->late_count < LATER)
        test->late[test->late_count++] = (struct late){message->token, number, message->repeat};
    else
        give_up("too much to acknowledge");
    return false;
}

static void acknowledge(struct test *test)
{
    size_t i;
    for (i = 0; i < test->late_count; i++)
        if (count(test, test->late[i].number, test->late[i].repeat))
            mqw_client_acknowledge(test->client, test->late[i].token);
    test->late_count = 0;
}

static void subscribed(struct mqw_client *client, void *arg, const struct mqw_client_result *result)
{
    (void)client;
    (void)arg;
    if (result->status == MQW_CLIENT_REFUSED)
        give_up(result->text);
    printf("%s\n", result->status == MQW_CLIENT_OK ? "subscribed" : result->text);
    fflush(stdout);
}

static void subscribe(struct test *test)
{
    struct mqw_subscription subscription = {0};
    struct mqw_subscribe packet = {0};
    subscription.topic_filter = mqw_text(test->topic);
    subscription.qos = test->qos;
    packet.subscriptions = mqw_subscriptions(&subscription, 1);
    mqw_client_subscribe(test->client, &packet, subscribed, test);
}

/* ---- Both ------------------------------------------------------------------------------------------ */

static void connected(struct mqw_client *client, void *arg, const struct mqw_connack *connack)
{
    struct test *test = arg;
    (void)client;
    (void)connack;
    if (test->publishes)
        fill(test);
    else
        subscribe(test);
}

static void disconnected(struct mqw_client *client, void *arg, const struct mqw_client_end *end)
{
    struct test *test = arg;
    (void)client;
    test->end = end->status;
    if (end->status != MQW_CLIENT_OK)
        fprintf(stderr, "disconnected: %s: %s\n", mqw_client_status_text(end->status), end->text);
}

static int64_t received(struct test *test)
{
    int64_t answer = 0;
    run(test, "SELECT count(*) FROM got", 0, 0, &answer);
    return answer;
}

/* Until all is there, if that is known, and nothing more comes. */
static void receive(struct test *test)
{
    int64_t before = -1;
    do {
        acknowledge(test);
        mqw_client_run(test->client, 5);
        if (test->file < 0 && test->last && received(test) >= test->last && !test->late_count) {
            if (before == received(test))
                mqw_client_disconnect(test->client, NULL);
            before = received(test);
            mqw_client_run(test->client, REST);
        }
    } while (!test->end && !test->broken && (mqw_client_is_connected(test->client) || before < 0));
    if (!test->broken)
        mqw_client_run(test->client, -1);
}

static struct mqw_client *make(struct test *test)
{
    struct mqw_client_options options = {0};
    struct mqw_connect connect = {0};
    connect.client_id = mqw_text(word(test, "id"));
    connect.keep_alive = 60;
    if (test->version == MQW_VERSION_5)
        mqw_set_session_expiry_interval(&connect.properties, UINT32_MAX);
    options.url = word(test, "url");
    options.version = test->version;
    options.connect = &connect;
    options.store_path = word(test, "store");
    options.backoff_first = 50;
    options.connected = connected;
    options.disconnected = disconnected;
    options.message = got;
    options.settled = settled;
    options.packet = packet;
    return mqw_client_new(&options, NULL, test);
}

int main(int argc, char **argv)
{
    static struct test test;
    test.words = argv + 2;
    if (argc < 3 || !word(&test, "url") || !word(&test, "id") || !word(&test, "topic"))
        give_up("usage: durable publish|receive url=... id=... topic=... NAME=VALUE...");
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error of writing it */
    test.publishes = !strcmp(argv[1], "publish");
    test.topic = word(&test, "topic");
    test.qos = (uint8_t)number_of(&test, "qos");
    test.version = number_of(&test, "version") == 5 ? MQW_VERSION_5 : MQW_VERSION_3_1_1;
    test.last = number_of(&test, "last");
    test.file =
        word(&test, "file") ? open(word(&test, "file"), O_WRONLY | O_APPEND | O_CREAT, 0600) : -1;
    test.client = make(&test);
    if (!test.client)
        give_up(mqw_client_new_error());
    open_tables(&test);
    plan_death(&test);
    if (mqw_client_connect(test.client) != MQW_CLIENT_OK)
        give_up(mqw_client_problem(test.client));
    if (test.publishes)
        mqw_client_run(test.client, -1);
    else
        receive(&test);
    mqw_client_free(test.client);
    if (test.file >= 0)
        close(test.file);
    return test.broken ? MQW_CLIENT_STORE : (int)test.end;
}
