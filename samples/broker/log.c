/* SPDX-License-Identifier: MIT */
/* What the broker says of its doings: a line of text, or an object of JSON, for each. */
#include "log.h"

#include "log_system.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LINE_SIZE = 4096, AGAIN = 10000 /* ms */ };

/* Before log_open: what goes wrong is told on standard error. */
static const char *const first_dests[] = {"stderr", NULL};
static const struct settings first_settings = {
    .log_types = LOG_ERROR | LOG_WARNING | LOG_NOTICE,
    .log_dests = (const char **)(uintptr_t)first_dests,
};

static struct {
    const struct settings *settings;
    FILE *files[LOG_DESTS_MOST];
    size_t count;
    bool system;
} logs = {.settings = &first_settings};

static const char *file_path(const char *dest)
{
    return strncmp(dest, "file ", 5) == 0 ? dest + 5 : NULL;
}

/* Those that are not for the system's log.  False: *problem says why. */
static bool open_files(const struct settings *settings, FILE *files[LOG_DESTS_MOST], size_t *count,
                       char *problem)
{
    for (const char **dest = settings->log_dests; *dest; dest++) {
        const char *path = file_path(*dest);
        FILE *file = path                           ? fopen(path, "ae")
                     : strcmp(*dest, "stderr") == 0 ? stderr
                     : strcmp(*dest, "stdout") == 0 ? stdout
                                                    : NULL;
        if (path && !file) {
            snprintf(problem, 256, "%.150s: %s", path, strerror(errno));
            return false;
        }
        if (file)
            files[(*count)++] = file;
    }
    return true;
}

static void close_files(FILE *const files[LOG_DESTS_MOST], size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (files[i] != stderr && files[i] != stdout)
            fclose(files[i]);
}

bool log_open(const struct settings *settings, char *problem)
{
    FILE *files[LOG_DESTS_MOST] = {NULL};
    size_t count = 0;

    if (!open_files(settings, files, &count, problem)) {
        close_files(files, count);
        return false;
    }
    log_close();
    memcpy(logs.files, files, sizeof files);
    logs.count = count;
    for (const char **dest = settings->log_dests; *dest; dest++)
        logs.system |= strcmp(*dest, "syslog") == 0;
    if (logs.system)
        log_system_open("mqttwire-broker", settings->log_facility);
    logs.settings = settings;
    return true;
}

void log_close(void)
{
    close_files(logs.files, logs.count);
    if (logs.system)
        log_system_close();
    logs.count = 0;
    logs.system = false;
    logs.settings = &first_settings;
}

bool log_wants(enum log_type type)
{
    return type == LOG_TRACE || logs.settings->log_types & type;
}

static const char *word_of(enum log_type type, int *severity)
{
    switch (type) {
#define LOG_ROW(NAME, bit, word, number)                                                           \
    case LOG_##NAME:                                                                               \
        *severity = number;                                                                        \
        return word;
        LOG_TYPES(LOG_ROW)
#undef LOG_ROW
    }
    return "";
}

/* Nothing that moves a terminal's cursor, C1 controls among it; and UTF-8, so that it fits JSON. */
static void make_printable(char *line)
{
    json_t *good;

    for (char *at = line; *at; at++) {
        unsigned char byte = (unsigned char)*at, next = (unsigned char)at[1];
        if (byte < ' ' || byte == 0x7f || (byte == 0xc2 && next >= 0x80 && next < 0xa0))
            *at = '?';
        if (byte == 0xc2 && *at == '?')
            at[1] = '?';
    }
    good = json_string(line);
    for (char *at = line; !good && *at; at++)
        if ((unsigned char)*at >= 0x80)
            *at = '?';
    json_decref(good);
}

/* A text before the line: "1700000000: ", "2026-01-01T00:00:00: ". */
static void stamp(char text[128])
{
    const char *format = logs.settings->log_timestamp_format;
    time_t now = time(NULL);
    struct tm local;

    text[0] = '\0';
    if (!logs.settings->log_timestamp)
        return;
    if (!format)
        snprintf(text, 128, "%lld: ", (long long)now);
    else if (localtime_r(&now, &local) && strftime(text, 126, format, &local))
        memcpy(text + strlen(text), ": ", 3);
}

/* At most LOG_MOST bytes, and no part of a character. */
static struct mqw_bytes cut(struct mqw_bytes text)
{
    if (text.len <= LOG_MOST)
        return text;
    text.len = LOG_MOST;
    while (text.len && (text.ptr[text.len] & 0xc0) == 0x80)
        text.len--;
    return text;
}

static void add_text(json_t *object, const char *name, struct mqw_bytes value)
{
    char text[LINE_SIZE];
    if (!value.len)
        return;
    snprintf(text, sizeof text, "%.*s", MQW_ARG(value));
    make_printable(text);
    json_object_set_new(object, name, json_string(text));
}

static void add_number(json_t *object, const char *name, unsigned value)
{
    if (value)
        json_object_set_new(object, name, json_integer(value));
}

static void add_subject(json_t *object, const struct log_subject *about)
{
    add_text(object, "client", about->client);
    add_text(object, "user", about->user);
    add_text(object, "address", mqw_text(about->address));
    add_text(object, "topic", about->topic);
    add_number(object, "code", about->code == MQW_REASON_NONE ? 0 : about->code);
    add_text(object, "reason", mqw_text(about->reason));
    add_number(object, "times", about->times);
}

/* NULL: no memory. */
static char *make_object(enum log_type type, const struct log_subject *about, const char *line)
{
    json_t *object;
    char when[64] = "";
    struct timespec now;
    struct tm utc;
    int severity;
    char *text;

    clock_gettime(CLOCK_REALTIME, &now);
    if (gmtime_r(&now.tv_sec, &utc))
        strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", &utc);
    object = json_pack("{s:s, s:s}", "type", word_of(type, &severity), "text", line);
    if (object && logs.settings->log_timestamp)
        json_object_set_new(object, "time",
                            json_sprintf("%s.%03dZ", when, (int)(now.tv_nsec / 1000000)));
    if (object)
        add_subject(object, about);
    text = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    return text;
}

static void write_line(enum log_type type, const struct log_subject *about, const char *line)
{
    char *object = logs.settings->log_json ? make_object(type, about, line) : NULL;
    FILE *printed = stdout, **files = about->printed ? &printed : logs.files;
    size_t count = about->printed ? 1 : logs.count;
    char when[128] = "";
    int severity;

    if (logs.system && !about->printed && *word_of(type, &severity))
        log_system_say(severity, object ? object : line);
    if (!object)
        stamp(when);
    for (size_t i = 0; i < count; i++) {
        fprintf(files[i], "%s%s\n", when, object ? object : line);
        fflush(files[i]);
    }
    if (logs.settings == &first_settings)
        fprintf(stderr, "mqttwire-broker: %s\n", line);
    free(object);
}

static void say(enum log_type type, const struct log_subject *about, const char *format,
                va_list args)
{
    char line[LINE_SIZE];
    int len = vsnprintf(line, sizeof line, format, args);

    if (len < 0)
        return;
    if (len >= LINE_SIZE) {
        size_t end = sizeof line - 4;
        while (((unsigned char)line[end] & 0xc0) == 0x80) /* a character is not cut */
            end--;
        memcpy(line + end, "...", 4);
    }
    make_printable(line);
    write_line(type, about, line);
}

void log_say(enum log_type type, const char *format, ...)
{
    static const struct log_subject nobody;
    va_list args;

    if (!log_wants(type))
        return;
    va_start(args, format);
    say(type, &nobody, format, args);
    va_end(args);
}

static void say_about(enum log_type type, const struct log_subject *about, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void say_about(enum log_type type, const struct log_subject *about, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(type, about, format, args);
    va_end(args);
}

/* Adds to a line, where there is something to add. */
static void add(char line[LINE_SIZE], const char *before, struct mqw_bytes text, const char *after)
{
    size_t len = strlen(line);
    if (text.len)
        snprintf(line + len, LINE_SIZE - len, "%s%.*s%s", before, MQW_ARG(text), after);
}

/* A name that clients make up, in quotes that are not to end within it. */
static void add_name(char line[LINE_SIZE], const char *before, struct mqw_bytes name)
{
    char *at = line + strlen(line) + strlen(before) + 1;
    if (!name.len)
        return;
    add(line, before, mqw_text("'"), "");
    add(line, "", name, "");
    while ((at = strchr(at, '\'')))
        *at = '?';
    add(line, "", mqw_text("'"), "");
}

void log_about(enum log_type type, struct log_subject about, const char *does)
{
    char line[LINE_SIZE] = "client", times[64] = "";

    if (!log_wants(type))
        return;
    about.client = cut(about.client);
    about.user = cut(about.user);
    about.topic = cut(about.topic);
    if (about.times > 1)
        snprintf(times, sizeof times, " (%u times since it was told)", about.times);
    add_name(line, " ", about.client);
    add_name(line, " of user ", about.user);
    add(line, " at ", mqw_text(about.address), "");
    add(line, " ", mqw_text(does), "");
    add_name(line, " ", about.topic);
    add(line, ": ", mqw_text(about.reason), "");
    say_about(type, &about, "%s%s", line, times);
}

void log_packet(struct log_subject about, char direction, const char *packet)
{
    about.client = cut(about.client);
    say_about(LOG_TRACE, &about, "%.*s %c %s", MQW_ARG(about.client), direction, packet);
}

void log_reload(const char *what, const char *problem)
{
    bool many = strchr(what, ',');

    if (problem)
        log_say(LOG_ERROR, "SIGHUP: %s %s: %s", what,
                many ? "stay as they were" : "stays as it was", problem);
    else
        log_say(LOG_NOTICE, "SIGHUP: %s %s read again", what, many ? "are" : "is");
}

uint32_t log_again(struct log_brake *brake, int64_t now)
{
    uint32_t count = ++brake->count;
    if (now < brake->next)
        return 0;
    brake->next = now + AGAIN;
    brake->count = 0;
    return count;
}
