/* SPDX-License-Identifier: MIT */
/* Reads files of keys, and makes of them what fits together. */
#include "configuration.h"

#include "key_calls.h"
#include "lines.h"
#include "process.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct key *find(const char *name)
{
    for (size_t i = 0; i < key_count; i++) {
        size_t len = strlen(keys[i].name);
        bool any = keys[i].name[len - 1] == '*';
        if (any ? strncmp(keys[i].name, name, len - 1) == 0 : strcmp(keys[i].name, name) == 0)
            return &keys[i];
    }
    return NULL;
}

/* A listener's key that stands before all listeners belongs to the default one.  If that is not
 * wanted, it is a mistake. */
static void note_stray(struct reading *reading, const struct key *key)
{
    if (!reading->in_first || !key_is_of_listener(key) || reading->stray[0])
        return;
    snprintf(reading->stray, sizeof reading->stray,
             "%.100s, line %u: %.40s: stands before the `listener` that it is for", reading->path,
             reading->line, key->name);
    reading->first.file = reading->path;
    reading->first.line = reading->line;
}

static bool read_line(struct reading *reading, char *line)
{
    size_t len;
    const struct key *key;

    line += strspn(line, " \t");
    if (!*line || *line == '#')
        return true;
    len = strcspn(line, " \t");
    if (line[len])
        line[len++] = '\0';
    key = find(line);
    if (!key) {
        snprintf(reading->problem, PROBLEM_SIZE, "%.100s, line %u: there is no key '%.60s'",
                 reading->path, reading->line, line);
        return false;
    }
    line += len;
    if (!key_read(reading, key, line + strspn(line, " \t")))
        return false;
    note_stray(reading, key);
    return true;
}

static bool read_file(struct reading *reading)
{
    struct lines lines = LINES(reading->path, reading->problem);

    reading->in_first = true;
    while (lines_next(&lines)) {
        reading->line = lines.number;
        /* The last line says it, where the caller cannot. */
        if (!read_line(reading, lines.text))
            lines.failed = true;
    }
    return !lines.failed;
}

void listener_add(struct settings *settings, const struct listener_settings *listener)
{
    size_t count = settings->listener_count;
    struct listener_settings *all = kept(settings, (count + 1) * sizeof *all);

    if (count)
        memcpy(all, settings->listeners, count * sizeof *all);
    all[count] = *listener;
    settings->listeners = all;
    settings->listener_count++;
}

bool configuration_include(struct reading *reading, const char *path)
{
    struct reading before = *reading;
    bool good;

    reading->path = path;
    reading->included = true;
    good = read_file(reading);
    reading->path = before.path;
    reading->line = before.line;
    reading->key = before.key;
    reading->included = false;
    reading->in_first = before.in_first;
    reading->listener = before.listener;
    return good;
}

static bool read_defaults(struct reading *reading)
{
    bool good = true;

    reading->by_default = reading->in_first = true;
    reading->path = "defaults";
    for (const struct key *key = keys; good && key < keys + key_count; key++)
        good = !key->fallback || key_read(reading, key, key->fallback);
    reading->by_default = false;
    reading->plain = reading->first;
    return good;
}

/* ---- What follows from it ------------------------------------------------------------------- */

static void add_first(struct reading *reading, uint16_t port)
{
    struct listener_settings listener = reading->first;

    listener.port = port;
    listener_add(reading->settings, &listener);
}

/* The default listener, where it is wanted; without any, those of the loopback interface, at the
 * ports of -p. */
static bool add_listeners(struct reading *reading, const struct arguments *arguments)
{
    enum { PORT = 1883 };
    struct settings *settings = reading->settings;

    if (reading->first_opened) {
        add_first(reading, reading->first.port ? reading->first.port : PORT);
    } else if (settings->listener_count) {
        if (reading->stray[0]) {
            memcpy(reading->problem, reading->stray, PROBLEM_SIZE);
            return false;
        }
    } else {
        settings->local_only = true;
        reading->first.loopback = true;
        for (size_t i = 0; i < arguments->port_count; i++)
            add_first(reading, arguments->ports[i]);
        if (!arguments->port_count)
            add_first(reading, PORT);
        if (!reading->given[find("allow_anonymous") - keys].line)
            settings->allow_anonymous = true;
    }
    return true;
}

static void set_path(struct settings *settings)
{
    const char *folder = settings->persistence_location, *name = settings->persistence_file;
    size_t size = (folder ? strlen(folder) : 0) + strlen(name) + 2;
    char *path = kept(settings, size);

    snprintf(path, size, "%s%s%s", folder ? folder : "",
             folder && folder[strlen(folder) - 1] != '/' ? "/" : "", name);
    settings->persistence_path = path;
}

/* ---- What cannot be ----------------------------------------------------------------------------- */

bool listener_wrong(const struct listener_settings *listener, char *problem, size_t size,
                    const char *what)
{
    char where[128] = "";

    if (listener->line)
        snprintf(where, sizeof where, "%.100s, line %u: ", listener->file, listener->line);
    snprintf(problem, size, "%slistener %u%s%.100s: %s", where, listener->port,
             listener->path ? " " : "", listener->path ? listener->path : "", what);
    return false;
}

static bool check_listener(const struct listener_settings *listener, char *problem)
{
    const char *what = listener->certfile ? NULL
                       : listener->keyfile || listener->cafile || listener->capath ||
                               listener->crlfile || listener->ciphers || listener->ciphers_tls13 ||
                               listener->require_certificate
                           ? "TLS wants a certfile"
                           : NULL;

    if (!listener->require_certificate) {
        if (listener->use_identity_as_username || listener->use_subject_as_username)
            what = "names in certificates are worth something with require_certificate true alone";
        else if (listener->crlfile)
            what = "a crlfile is of use with require_certificate true alone";
    }
    return !what || listener_wrong(listener, problem, PROBLEM_SIZE, what);
}

/* Would they be at the same address?  What names of hosts mean is not asked for. */
static bool clash(const struct listener_settings *one, const struct listener_settings *other)
{
    if (one->path || other->path)
        return one->path && other->path && strcmp(one->path, other->path) == 0;
    if (one->port != other->port || (one->family && other->family && one->family != other->family))
        return false;
    if (one->bind_interface || other->bind_interface)
        return one->bind_interface && other->bind_interface &&
               strcmp(one->bind_interface, other->bind_interface) == 0;
    if (other->loopback && one->host)
        return strcasecmp(one->host, "127.0.0.1") == 0 || strcmp(one->host, "::1") == 0;
    if (one->host && other->host)
        return strcasecmp(one->host, other->host) == 0;
    return (!one->host && !other->host) || (one->host ? other : one)->family == AF_UNSPEC;
}

static bool check_listeners(const struct settings *settings, char *problem)
{
    for (size_t i = 0; i < settings->listener_count; i++) {
        const struct listener_settings *listener = &settings->listeners[i];
        if (!check_listener(listener, problem))
            return false;
        for (size_t other = 0; other < i; other++)
            if (clash(listener, &settings->listeners[other]))
                return listener_wrong(listener, problem, PROBLEM_SIZE,
                                      "another one has this address");
    }
    return true;
}

/* What is wrong is told of this key. */
static struct reading *at(struct reading *reading, const char *name)
{
    const struct place *place;

    reading->key = find(name);
    place = &reading->given[reading->key - keys];
    reading->path = place->line ? place->path : "defaults";
    reading->line = place->line;
    return reading;
}

static bool check_http(struct reading *reading)
{
    const struct settings *settings = reading->settings;
    const struct listener_settings http = {.host = settings->http_host,
                                           .port = settings->http_port};

    for (size_t i = 0; settings->http_host && i < settings->listener_count; i++)
        if (clash(&http, &settings->listeners[i]))
            return wrong(at(reading, "http_listener"), "a listener has this address");
    return true;
}

static bool check_user(struct reading *reading)
{
    struct process_user user = {0};
    char problem[256];

    return geteuid() != 0 || process_find_user(reading->settings->user, &user, problem) ||
           wrong(at(reading, "user"), "%s", problem);
}

static bool check_folders(struct reading *reading)
{
    const struct settings *settings = reading->settings;
    const char *key = settings->persistence_location ? "persistence_location" : "persistence_file";

    return (!settings->persistence ||
            folder_is_there(at(reading, key), settings->persistence_path)) &&
           (!settings->pid_file || folder_is_there(at(reading, "pid_file"), settings->pid_file));
}

/* ---- All of it ------------------------------------------------------------------------------ */

static bool finish(struct reading *reading, const struct arguments *arguments)
{
    struct settings *settings = reading->settings;

    if (!add_listeners(reading, arguments))
        return false;
    set_path(settings);
    if (!check_listeners(settings, reading->problem) || !check_http(reading) ||
        !check_user(reading) || !check_folders(reading))
        return false;
    /* What stands for "no limit" in a file is another number than in the settings. */
    if (!settings->max_inflight_messages)
        settings->max_inflight_messages = UINT16_MAX;
    if (settings->max_keepalive == UINT16_MAX)
        settings->max_keepalive = 0;
    if (settings->log_types & LOG_NOTICE && settings->connection_messages)
        settings->log_types |= LOG_CONNECTION;
    for (size_t i = 0; i < arguments->trace_count; i++)
        list_add(settings, &settings->printed, arguments->traces[i]);
    if (arguments->verbose)
        settings->log_types = UINT32_MAX;
    return true;
}

bool configuration_read(struct settings *settings, const struct arguments *arguments,
                        char problem[PROBLEM_SIZE])
{
    struct reading reading = {.settings = settings, .problem = problem};
    bool good;

    *settings = (struct settings){0};
    reading.given = kept(settings, key_count * sizeof *reading.given);
    good = read_defaults(&reading);
    reading.path = arguments->path;
    return good && (!reading.path || read_file(&reading)) && finish(&reading, arguments);
}
