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

enum { LINE_SIZE = 4096 };

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

static bool wants(enum log_type type)
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

/* NULL: no memory. */
static char *make_object(enum log_type type, const char *line)
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
    text = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    return text;
}

static void write_line(enum log_type type, const char *line)
{
    char *object = logs.settings->log_json ? make_object(type, line) : NULL;
    char when[128] = "";
    int severity;

    if (logs.system && *word_of(type, &severity))
        log_system_say(severity, object ? object : line);
    if (!object)
        stamp(when);
    for (size_t i = 0; i < logs.count; i++) {
        fprintf(logs.files[i], "%s%s\n", when, object ? object : line);
        fflush(logs.files[i]);
    }
    if (logs.settings == &first_settings)
        fprintf(stderr, "mqttwire-broker: %s\n", line);
    free(object);
}

void log_say(enum log_type type, const char *format, ...)
{
    char line[LINE_SIZE];
    va_list args;
    int len;

    if (!wants(type))
        return;
    va_start(args, format);
    len = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (len < 0)
        return;
    if (len >= LINE_SIZE) {
        size_t end = sizeof line - 4;
        while (((unsigned char)line[end] & 0xc0) == 0x80) /* a character is not cut */
            end--;
        memcpy(line + end, "...", 4);
    }
    make_printable(line);
    write_line(type, line);
}
