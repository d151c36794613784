/* SPDX-License-Identifier: MIT */
/*
 * The client library in uses that are easily wrong: client_uses NAME URL FOLDER does one of them and
 * says what was not as it should be.  tests/test_client_uses.py runs them against a server.
 */
#include <mqttwire_client.h>
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

/* ------------------------------------------------------------------------------------------------- */

static const struct use {
    const char *name;
    void (*run)(void);
} uses[] = {
    {"closed_descriptor", closed_descriptor},
    {"failed_new", failed_new},
    {"tls_without_tls", tls_without_tls},
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
