/* SPDX-License-Identifier: MIT */
/*
 * The client library in uses that are easily wrong: client_uses NAME URL FOLDER does one of them and
 * says what was not as it should be.  tests/test_client_uses.py runs them against a server.
 */
#include <mqttwire_client.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

static struct mqw_client_options options;
static const char *folder; /* for files of its own */

#define CHECK(what)                                                                                \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #what);                     \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

static struct mqw_client *make(void)
{
    struct mqw_client *client = mqw_client_new(&options, NULL, NULL);
    if (!client)
        fprintf(stderr, "%s\n", mqw_client_new_error());
    CHECK(client);
    return client;
}

/* ---- Making a client ---------------------------------------------------------------------------- */

/* A socket would have its number, and libuv aborts. */
static void closed_descriptor(void)
{
    int fd;
    for (fd = 0; fd <= 2; fd++) {
        int kept = dup(fd);
        close(fd);
        CHECK(!mqw_client_new(&options, NULL, NULL));
        dup2(kept, fd);
        close(kept);
        CHECK(strstr(mqw_client_new_error(), "is closed"));
    }
    mqw_client_free(make());
}

/* A loop of the caller's has nothing to do with a client that was not made. */
static void failed_new(void)
{
    uv_loop_t loop;
    CHECK(!uv_loop_init(&loop));
    options.url = "nope://";
    CHECK(!mqw_client_new(&options, &loop, NULL));
    CHECK(!uv_loop_close(&loop));
}

/* What is meant to be TLS is not plain. */
static void tls_without_tls(void)
{
    options.tls.insecure = true;
    CHECK(!mqw_client_new(&options, NULL, NULL));
    CHECK(strstr(mqw_client_new_error(), "TLS"));
    options.tls = (struct mqw_client_tls){.ca_file = "ca.crt"};
    options.url = "unix:///socket";
    CHECK(!mqw_client_new(&options, NULL, NULL));
    options.tls = (struct mqw_client_tls){0};
    mqw_client_free(make());
}

/* ---- Waiting ------------------------------------------------------------------------------------ */

static struct mqw_publish message(const char *topic, uint8_t qos)
{
    struct mqw_publish publish = {0};
    publish.topic = mqw_text(topic);
    publish.qos = qos;
    return publish;
}

/* What was waited for in vain is not written to any more: valgrind and ASan would see it. */
static void wait_is_let_go(void)
{
    struct mqw_client *client = make();
    struct mqw_client_wait *wait = calloc(1, sizeof *wait);
    struct mqw_publish publish = message("uses/wait", 1);
    CHECK(wait);
    CHECK(mqw_client_publish(client, &publish, mqw_client_remember, wait) == MQW_CLIENT_OK);
    CHECK(mqw_client_wait(client, wait, 20) == MQW_CLIENT_CLOSED); /* it is not to connect */
    CHECK(mqw_client_wait(client, wait, -1) == MQW_CLIENT_CLOSED);
    memset(wait, 0xFF, sizeof *wait);
    CHECK(mqw_client_connect(client) == MQW_CLIENT_OK);
    CHECK(mqw_client_wait_settled(client, 5000) == MQW_CLIENT_OK);
    CHECK(wait->reason_code == 0xFF);
    memset(wait, 0, sizeof *wait);
    mqw_client_free(client);
    free(wait);

    client = make();
    wait = calloc(1, sizeof *wait);
    CHECK(wait);
    CHECK(mqw_client_connect(client) == MQW_CLIENT_OK);
    CHECK(mqw_client_publish(client, &publish, mqw_client_remember, wait) == MQW_CLIENT_OK);
    CHECK(mqw_client_wait(client, wait, 0) == MQW_CLIENT_TIMEOUT);
    free(wait);
    mqw_client_free(client);
}

/* Whoever waits for what was refused at once need not wait for ever. */
static void wait_for_what_was_not_begun(void)
{
    struct mqw_client *client = make();
    struct mqw_client_wait wait = {0};
    struct mqw_publish publish = message("uses/#", 1);
    struct mqw_subscribe subscribe = {0};
    mqw_client_connect(client);
    CHECK(mqw_client_publish(client, &publish, mqw_client_remember, &wait) == MQW_CLIENT_INVALID);
    CHECK(mqw_client_wait(client, &wait, -1) == MQW_CLIENT_INVALID);
    wait = (struct mqw_client_wait){0};
    publish = message("", 2);
    CHECK(mqw_client_publish(client, &publish, mqw_client_remember, &wait) == MQW_CLIENT_INVALID);
    CHECK(mqw_client_wait(client, &wait, -1) == MQW_CLIENT_INVALID);
    wait = (struct mqw_client_wait){0};
    publish = message("uses/offline", 0);
    CHECK(mqw_client_publish(client, &publish, mqw_client_remember, &wait) == MQW_CLIENT_OFFLINE);
    CHECK(mqw_client_wait(client, &wait, -1) == MQW_CLIENT_OFFLINE);
    wait = (struct mqw_client_wait){0};
    CHECK(mqw_client_subscribe(client, &subscribe, mqw_client_remember, &wait) ==
          MQW_CLIENT_INVALID);
    CHECK(mqw_client_wait(client, &wait, -1) == MQW_CLIENT_INVALID);
    wait = (struct mqw_client_wait){0};
    CHECK(mqw_client_respond(client, &publish, &publish, mqw_client_remember, &wait) ==
          MQW_CLIENT_INVALID);
    CHECK(mqw_client_wait(client, &wait, -1) == MQW_CLIENT_INVALID);
    wait = (struct mqw_client_wait){0};
    CHECK(mqw_client_wait_connected(client, 5000) == MQW_CLIENT_OK);
    CHECK(mqw_client_reauthenticate(client, mqw_client_remember, &wait) == MQW_CLIENT_INVALID);
    CHECK(mqw_client_wait(client, &wait, -1) == MQW_CLIENT_INVALID);
    mqw_client_free(client);
}

static void no_connection_has_a_reason(void)
{
    struct mqw_client *client;
    options.url = "unix:///nonexistent/socket";
    options.no_reconnect = true;
    client = make();
    CHECK(mqw_client_connect(client) == MQW_CLIENT_OK);
    CHECK(mqw_client_wait_connected(client, 5000) == MQW_CLIENT_NETWORK);
    CHECK(*mqw_client_problem(client));
    mqw_client_free(client);
}

/* It tries again, and whoever waits is told why so far in vain. */
static void waiting_in_vain_has_a_reason(void)
{
    struct mqw_client_wait wait = {0};
    struct mqw_publish publish = message("uses/vain", 1);
    struct mqw_client *client;
    const char *why = "no such file or directory";
    options.url = "unix:///nonexistent/socket";
    client = make();
    CHECK(mqw_client_connect(client) == MQW_CLIENT_OK);
    CHECK(mqw_client_wait_connected(client, 200) == MQW_CLIENT_TIMEOUT);
    CHECK(!strcmp(mqw_client_problem(client), why));
    CHECK(mqw_client_publish(client, &publish, mqw_client_remember, &wait) == MQW_CLIENT_OK);
    CHECK(mqw_client_wait(client, &wait, 10) == MQW_CLIENT_TIMEOUT);
    CHECK(!strcmp(mqw_client_problem(client), why));
    CHECK(mqw_client_wait_settled(client, 10) == MQW_CLIENT_TIMEOUT);
    CHECK(!strcmp(mqw_client_problem(client), why));
    mqw_client_free(client);
}

/* ---- In callbacks ------------------------------------------------------------------------------- */

static enum { RUN, FREE } way;
static unsigned handled;

static bool misuse(struct mqw_client *client, void *arg, const struct mqw_client_message *received)
{
    struct mqw_client_wait wait = {0};
    struct mqw_publish publish = message("uses/else", 1);
    (void)arg;
    (void)received;
    handled++;
    if (way == FREE) {
        mqw_client_free(client);
        mqw_client_free(client); /* once more is no harm */
        return true;
    }
    CHECK(mqw_client_run(client, 10) == MQW_CLIENT_INVALID);
    CHECK(mqw_client_wait_settled(client, 10) == MQW_CLIENT_INVALID);
    CHECK(mqw_client_wait_connected(client, 10) == MQW_CLIENT_INVALID);
    CHECK(mqw_client_publish(client, &publish, mqw_client_remember, &wait) == MQW_CLIENT_OK);
    CHECK(mqw_client_wait(client, &wait, 1000) == MQW_CLIENT_INVALID);
    mqw_client_disconnect(client, NULL);
    return true;
}

static void hear(struct mqw_client *client, const char *topic)
{
    struct mqw_subscription wanted = {0};
    struct mqw_subscribe subscribe = {0};
    struct mqw_publish publish = message(topic, 1);
    wanted.topic_filter = mqw_text(topic);
    subscribe.subscriptions = mqw_subscriptions(&wanted, 1);
    CHECK(mqw_client_connect(client) == MQW_CLIENT_OK);
    CHECK(mqw_client_subscribe(client, &subscribe, NULL, NULL) == MQW_CLIENT_OK);
    CHECK(mqw_client_publish(client, &publish, NULL, NULL) == MQW_CLIENT_OK);
    CHECK(mqw_client_publish(client, &publish, NULL, NULL) == MQW_CLIENT_OK);
}

static void running_in_a_callback(void)
{
    struct mqw_client *client;
    options.message = misuse;
    client = make();
    hear(client, "uses/run");
    CHECK(mqw_client_run(client, 5000) == MQW_CLIENT_OK);
    CHECK(handled == 1);
    mqw_client_free(client);
}

static void freeing_in_a_callback(void)
{
    struct mqw_client *client;
    way = FREE;
    options.message = misuse;
    client = make();
    hear(client, "uses/free");
    CHECK(mqw_client_run(client, 5000) == MQW_CLIENT_CLOSED);
    CHECK(handled == 1);
}

static void freeing_in_a_callback_of_the_callers_loop(void)
{
    uv_loop_t loop;
    struct mqw_client *client;
    way = FREE;
    options.message = misuse;
    CHECK(!uv_loop_init(&loop));
    client = mqw_client_new(&options, &loop, NULL);
    CHECK(client);
    hear(client, "uses/freed");
    CHECK(!uv_run(&loop, UV_RUN_DEFAULT));
    CHECK(handled == 1);
    CHECK(!uv_loop_close(&loop));
    CHECK(!uv_loop_init(&loop));
    client = mqw_client_new(&options, &loop, NULL);
    hear(client, "uses/freed");
    CHECK(mqw_client_run(client, 5000) == MQW_CLIENT_CLOSED);
    CHECK(!uv_run(&loop, UV_RUN_DEFAULT));
    CHECK(!uv_loop_close(&loop));
}

static void free_it(struct mqw_client *client, void *arg, const struct mqw_client_result *result)
{
    (void)arg;
    (void)result;
    handled++;
    mqw_client_free(client);
}

/* Within the publish itself. */
static void freeing_in_a_result(void)
{
    struct mqw_client *client = make();
    struct mqw_publish publish = message("uses/result", 0);
    CHECK(mqw_client_connect(client) == MQW_CLIENT_OK);
    CHECK(mqw_client_wait_connected(client, 5000) == MQW_CLIENT_OK);
    mqw_client_publish(client, &publish, free_it, NULL);
    CHECK(handled == 1);
}

static void tokens(void)
{
    struct mqw_client *client = make();
    CHECK(mqw_client_acknowledge(client, 0) == MQW_CLIENT_OK); /* of QoS 0 */
    CHECK(mqw_client_acknowledge(client, 1) == MQW_CLIENT_INVALID);
    mqw_client_free(client);
}

/* ---- The store ---------------------------------------------------------------------------------- */

static char path[4096];

static sqlite3 *open_store(struct mqw_client **client)
{
    snprintf(path, sizeof path, "%s/store", folder);
    options.store_path = path;
    *client = make();
    CHECK(mqw_client_database(*client));
    return mqw_client_database(*client);
}

static void execute(sqlite3 *database, const char *sql)
{
    CHECK(sqlite3_exec(database, sql, NULL, NULL, NULL) == SQLITE_OK);
}

/* What is called within it is refused, and does no harm. */
static void own_transaction(void)
{
    struct mqw_client *client;
    sqlite3 *database = open_store(&client);
    struct mqw_publish publish = message("uses/own", 1);
    execute(database, "CREATE TABLE own (n)");
    execute(database, "BEGIN");
    execute(database, "INSERT INTO own VALUES (1)");
    CHECK(mqw_client_publish(client, &publish, NULL, NULL) == MQW_CLIENT_STORE);
    CHECK(strstr(mqw_client_problem(client), "transaction"));
    CHECK(mqw_client_connect(client) == MQW_CLIENT_STORE);
    CHECK(mqw_client_run(client, 10) == MQW_CLIENT_STORE);
    CHECK(mqw_client_wait_settled(client, 10) == MQW_CLIENT_STORE);
    CHECK(mqw_client_database(client) == database);
    execute(database, "COMMIT");
    CHECK(mqw_client_publish(client, &publish, NULL, NULL) == MQW_CLIENT_OK);
    CHECK(mqw_client_connect(client) == MQW_CLIENT_OK);
    CHECK(mqw_client_wait_settled(client, 5000) == MQW_CLIENT_OK);
    mqw_client_free(client);
}

/* Nothing is settled any more, which is not the same as that all is. */
static void failed_store(void)
{
    struct mqw_client *client;
    sqlite3 *database = open_store(&client);
    struct mqw_publish publish = message("uses/failed", 1);
    execute(database, "DROP TABLE mqttwire_message");
    CHECK(mqw_client_publish(client, &publish, NULL, NULL) == MQW_CLIENT_STORE);
    CHECK(mqw_client_wait_settled(client, 10) == MQW_CLIENT_STORE);
    mqw_client_free(client);
}

/* The statement is the application's still; the file is free for another client. */
static void statement_left(void)
{
    struct mqw_client *client;
    sqlite3 *database = open_store(&client);
    sqlite3_stmt *statement;
    struct mqw_publish publish = message("uses/left", 1);
    CHECK(!sqlite3_prepare_v2(database, "SELECT 1", -1, &statement, NULL));
    CHECK(mqw_client_publish(client, &publish, NULL, NULL) == MQW_CLIENT_OK);
    mqw_client_free(client);
    database = open_store(&client);
    CHECK(mqw_client_publish(client, &publish, NULL, NULL) == MQW_CLIENT_OK);
    CHECK(mqw_client_pending(client) == 2);
    mqw_client_free(client);
    CHECK(!sqlite3_finalize(statement));
}

static void names_of_stores(void)
{
    static const char *const names[] = {"", ":memory:", ":else"};
    size_t i;
    CHECK(!chdir(folder));
    for (i = 0; i < sizeof names / sizeof *names; i++) {
        options.store_path = names[i];
        CHECK(!mqw_client_new(&options, NULL, NULL));
        CHECK(strstr(mqw_client_new_error(), "no name of a file"));
        CHECK(access("-lock", F_OK) && access(":memory:-lock", F_OK));
    }
}

/* ------------------------------------------------------------------------------------------------- */

static const struct use {
    const char *name;
    void (*run)(void);
} uses[] = {
    {"closed_descriptor", closed_descriptor},
    {"failed_new", failed_new},
    {"tls_without_tls", tls_without_tls},
    {"wait_is_let_go", wait_is_let_go},
    {"wait_for_what_was_not_begun", wait_for_what_was_not_begun},
    {"no_connection_has_a_reason", no_connection_has_a_reason},
    {"waiting_in_vain_has_a_reason", waiting_in_vain_has_a_reason},
    {"running_in_a_callback", running_in_a_callback},
    {"freeing_in_a_callback", freeing_in_a_callback},
    {"freeing_in_a_callback_of_the_callers_loop", freeing_in_a_callback_of_the_callers_loop},
    {"freeing_in_a_result", freeing_in_a_result},
    {"tokens", tokens},
    {"own_transaction", own_transaction},
    {"failed_store", failed_store},
    {"statement_left", statement_left},
    {"names_of_stores", names_of_stores},
};

int main(int argc, char **argv)
{
    size_t i;
    if (argc != 4)
        return 2;
    options.url = argv[2];
    folder = argv[3];
    for (i = 0; i < sizeof uses / sizeof *uses; i++)
        if (!strcmp(uses[i].name, argv[1])) {
            uses[i].run();
            return 0;
        }
    return 2;
}
