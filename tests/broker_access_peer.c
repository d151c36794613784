/* SPDX-License-Identifier: MIT */
/*
 * Asks samples/broker/access.h, for tests in Python.  Arguments are settings: acl_file=PATH,
 * password_file=PATH, scram_file=PATH, allow_anonymous.  Lines of input, separated by tabs, - for
 * none, and of output, one for each:
 *
 *     may USER CLIENT read|write|filter TOPIC        yes, no
 *     check USER PASSWORD                            granted, wrong, denied
 *     scram MECHANISM USER PASSWORD                  granted, wrong
 *     reload                                         yes, or what is wrong
 *
 * Where the files cannot be read, it says why, and ends with 1.
 */
#include "access.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 1 << 18, FIELDS = 5 };

static char line[LINE];
static struct access *access_here;
static uv_loop_t loop;

static struct mqw_bytes name(const char *field)
{
    return strcmp(field, "-") ? mqw_text(field) : (struct mqw_bytes){0};
}

static void tell(void *arg, enum access_verdict verdict)
{
    static const char *const words[] = {"granted", "wrong", "denied"};
    (void)arg;
    puts(words[verdict]);
}

static bool knows(const char *mechanism, const char *username, const char *password)
{
    struct net_error error;
    struct net_sasl *client = net_sasl_client(mechanism, username, password, &error);
    struct net_sasl *server = net_sasl_server(mechanism, access_scram, access_here, &error);
    enum net_sasl_step step = NET_SASL_MORE, answer = NET_SASL_MORE;
    const uint8_t *out = NULL;
    size_t len = 0;

    while (answer == NET_SASL_MORE && step != NET_SASL_FAILED) {
        step = net_sasl_step(client, out, len, &out, &len);
        if (step != NET_SASL_FAILED)
            answer = net_sasl_step(server, out, len, &out, &len);
    }
    if (answer == NET_SASL_DONE)
        step = net_sasl_step(client, out, len, &out, &len);
    net_sasl_free(client);
    net_sasl_free(server);
    return answer == NET_SASL_DONE && step == NET_SASL_DONE;
}

static void ask(char **fields, int count)
{
    char problem[256];

    if (count == 5 && !strcmp(fields[0], "may")) {
        enum access_action action = fields[3][0] == 'r'   ? ACCESS_READ
                                    : fields[3][0] == 'w' ? ACCESS_WRITE
                                                          : ACCESS_FILTER;
        puts(access_may(access_here, name(fields[1]), name(fields[2]), action, name(fields[4]))
                 ? "yes"
                 : "no");
    } else if (count == 3 && !strcmp(fields[0], "check")) {
        access_check(access_here, name(fields[1]), name(fields[2]), tell, NULL);
        uv_run(&loop, UV_RUN_DEFAULT);
    } else if (count == 4 && !strcmp(fields[0], "scram")) {
        tell(NULL, knows(fields[1], fields[2], fields[3]) ? ACCESS_GRANTED : ACCESS_WRONG);
    } else if (count == 1 && !strcmp(fields[0], "reload")) {
        puts(access_reload(access_here, problem) ? "yes" : problem);
    } else {
        fprintf(stderr, "no such question: %s\n", fields[0]);
        exit(2);
    }
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct settings settings = {0};
    char problem[256];

    for (int i = 1; i < argc; i++) {
        const char *value = strchr(argv[i], '=');
        if (!value)
            settings.allow_anonymous = true;
        else
            *(argv[i][0] == 'a'   ? &settings.acl_file
              : argv[i][0] == 'p' ? &settings.password_file
                                  : &settings.scram_file) = value + 1;
    }
    uv_loop_init(&loop);
    access_here = access_open(&loop, &settings, problem);
    if (!access_here) {
        puts(problem);
        return 1;
    }
    while (fgets(line, LINE, stdin)) {
        char *fields[FIELDS], *at = line;
        int count = 0;
        line[strcspn(line, "\n")] = '\0';
        for (; at && count < FIELDS; count++) {
            fields[count] = at;
            at = strchr(at, '\t');
            if (at)
                *at++ = '\0';
        }
        ask(fields, count);
    }
    access_close(access_here);
    uv_loop_close(&loop);
    return 0;
}
