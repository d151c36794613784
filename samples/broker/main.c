/* SPDX-License-Identifier: MIT */
/* mqttwire-broker. */
#include "arguments.h"
#include "broker.h"
#include "exits.h"
#include "listeners.h"
#include "pages.h"
#include "process.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SIGNALS = 3 };

static struct {
    struct settings settings;
    struct broker broker;
    uv_loop_t loop;
    uv_signal_t signals[SIGNALS];
} program;

static int complain(enum exit_code code, const char *problem)
{
    log_say(LOG_ERROR, "%s", problem);
    return (int)code;
}

/* ---- Signals -------------------------------------------------------------------------------- */

static void stop_signals(void)
{
    for (int i = 0; i < SIGNALS; i++)
        if (!uv_is_closing((uv_handle_t *)&program.signals[i]))
            uv_close((uv_handle_t *)&program.signals[i], NULL);
}

static void got_signal(uv_signal_t *handle, int number)
{
    char problem[256];
    (void)handle;

    if (number == SIGHUP) {
        if (!log_open(&program.settings, problem))
            log_say(LOG_ERROR, "SIGHUP: logs stay where they were: %s", problem);
        broker_reload(&program.broker);
        return;
    }
    log_say(LOG_NOTICE, "the broker ends: signal %d", number);
    stop_signals(); /* a second one ends the process at once */
    broker_stop(&program.broker);
}

static void start_signals(void)
{
    static const int numbers[SIGNALS] = {SIGINT, SIGTERM, SIGHUP};

    for (int i = 0; i < SIGNALS; i++) {
        uv_signal_init(&program.loop, &program.signals[i]);
        uv_signal_start(&program.signals[i], got_signal, numbers[i]);
        uv_unref((uv_handle_t *)&program.signals[i]); /* the loop ends with the broker */
    }
    /* mosquitto saves and prints at these. */
    signal(SIGUSR1, SIG_IGN);
    signal(SIGUSR2, SIG_IGN);
}

/* ---- Running -------------------------------------------------------------------------------- */

static bool is_loopback(const char *host)
{
    return strcasecmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 ||
           strncmp(host, "127.", 4) == 0;
}

/* What is legal, and may not be meant. */
static void warn(const struct settings *settings, const struct arguments *arguments)
{
    bool identified = settings->password_file || settings->scram_file || settings->allow_anonymous;

    if (settings->local_only)
        log_say(LOG_NOTICE, "no listener is configured: only this machine can connect");
    else if (arguments->port_count)
        log_say(LOG_WARNING, "-p is ignored: the configuration has a listener");
    if (settings->http_host && !is_loopback(settings->http_host))
        log_say(LOG_WARNING,
                "http_listener is at %s, not on the loopback interface: who logs in to the status "
                "page sends his password in the clear",
                settings->http_host);
    for (size_t i = 0; i < settings->listener_count; i++)
        identified |= settings->listeners[i].use_identity_as_username ||
                      settings->listeners[i].use_subject_as_username;
    if (!identified)
        log_say(LOG_WARNING, "nobody can come in: there is neither allow_anonymous true, nor a "
                             "password_file, a scram_file or use_identity_as_username");
}

static bool load(const struct process_user *user, char *problem)
{
    const struct settings *settings = &program.settings;
    bool others = settings->persistence && !process_is_roots(settings->persistence_path);
    bool good = process_act(user, others, problem) && broker_load(&program.broker, problem);
    return process_act(user, false, problem) && good;
}

static bool write_pid(const struct process_user *user, char *problem)
{
    const char *path = program.settings.pid_file;
    bool good = process_act(user, path && !process_is_roots(path), problem) &&
                process_write_pid(&program.settings, problem);
    return process_act(user, false, problem) && good;
}

static bool open_logs(const struct process_user *user, char *problem)
{
    bool others = false, good;
    for (const char **dest = program.settings.log_dests; *dest; dest++)
        others |= strncmp(*dest, "file ", 5) == 0 && !process_is_roots(*dest + 5);
    good = process_act(user, others, problem) && log_open(&program.settings, problem);
    return process_act(user, false, problem) && good;
}

static bool start(const struct process_user *user, char *problem)
{
    process_raise_limits();
    return broker_start(&program.broker, &program.loop, &program.settings, problem) &&
           load(user, problem) && broker_listen(&program.broker, problem) &&
           write_pid(user, problem) && process_become(user, problem);
}

static void end_loop(void)
{
    stop_signals();
    uv_run(&program.loop, UV_RUN_DEFAULT);
    uv_loop_close(&program.loop);
}

static int run(const struct arguments *arguments, const struct process_user *user)
{
    char problem[256];
    bool good;

    uv_loop_init(&program.loop);
    start_signals();
    log_say(LOG_NOTICE, "mqttwire-broker %s starts", MQTTWIRE_VERSION);
    warn(&program.settings, arguments);
    good = start(user, problem);
    if (good) {
        log_say(LOG_NOTICE, "the broker is ready");
    } else {
        complain(EXIT_CODE_START, problem);
        broker_stop(&program.broker);
    }
    uv_run(&program.loop, UV_RUN_DEFAULT);
    end_loop();
    if (!broker_free(&program.broker) && good)
        return EXIT_CODE_FAILED;
    if (good) {
        process_remove_pid(&program.settings);
        log_say(LOG_NOTICE, "the broker has ended");
    }
    return good ? EXIT_CODE_GOOD : EXIT_CODE_START;
}

/* Reads all that is named, and opens nothing. */
static int test(const struct arguments *arguments)
{
    const struct settings *settings = &program.settings;
    struct access *access;
    char problem[256];
    bool good;

    uv_loop_init(&program.loop);
    access = access_open(&program.loop, settings, problem);
    good = access && listeners_check(settings, problem) && http_check(settings, problem);
    access_close(access);
    uv_run(&program.loop, UV_RUN_DEFAULT);
    uv_loop_close(&program.loop);
    if (!good)
        return complain(EXIT_CODE_WRONG, problem);
    warn(settings, arguments);
    printf("%s: good\n", arguments->path ? arguments->path : "defaults");
    return EXIT_CODE_GOOD;
}

static int print(const struct arguments *arguments, enum asked asked)
{
    if (asked == ASKED_COMPLETION && !print_completion(arguments->shell))
        return complain(EXIT_CODE_WRONG, "--completion takes " PAGE_SHELLS);
    if (asked == ASKED_HELP)
        print_help();
    else if (asked == ASKED_MANUAL)
        print_manual();
    else if (asked == ASKED_OPTIONS)
        print_options();
    else if (asked == ASKED_VERSION)
        printf("mqttwire-broker %s\n", MQTTWIRE_VERSION);
    if (fflush(stdout) == 0 || errno == EPIPE)
        return EXIT_CODE_GOOD;
    return complain(EXIT_CODE_WRONG, strerror(errno));
}

static int read_and_run(const struct arguments *arguments, enum asked asked)
{
    struct process_user user;
    char problem[PROBLEM_SIZE];
    int code;

    if (!configuration_read(&program.settings, arguments, problem))
        return complain(EXIT_CODE_WRONG, problem);
    if (asked == ASKED_TEST)
        return test(arguments);
    /* Logs are the user's from the beginning. */
    if (!process_prepare(&program.settings, &user, problem) || !open_logs(&user, problem))
        return complain(EXIT_CODE_START, problem);
    code = run(arguments, &user);
    log_close();
    return code;
}

int main(int argc, char **argv)
{
    struct arguments arguments = {0};
    enum asked asked = arguments_read(&arguments, argc, argv);
    int code;

    if (asked == ASKED_WRONG)
        return EXIT_CODE_WRONG;
    if (asked != ASKED_RUN && asked != ASKED_TEST)
        return print(&arguments, asked);
    code = read_and_run(&arguments, asked);
    configuration_free(&program.settings);
    return code;
}
