/* SPDX-License-Identifier: MIT */
/* Keys that do more than to be stored. */
#include "key_calls.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

/* ---- Listeners ------------------------------------------------------------------------------ */

static bool read_port(struct reading *reading, const char *text, uint16_t *port)
{
    uint64_t number;

    if (!number_read(text, 0, UINT16_MAX, &number))
        return wrong(reading, "wants a port from 1 to 65535, not '%s'", text);
    *port = (uint16_t)number;
    return true;
}

bool call_listener(struct reading *reading, char *value)
{
    struct settings *settings = reading->settings;
    char *rest, *port = strtok_r(value, " \t", &rest), *where = strtok_r(NULL, " \t", &rest);
    struct listener_settings listener = reading->plain;

    if (strtok_r(NULL, " \t", &rest))
        return wrong(reading, "wants %s, and nothing else", reading->key->takes);
    if (!read_port(reading, port, &listener.port))
        return false;
    if (!listener.port && !where)
        return wrong(reading, "with port 0 it wants the path of a unix socket");
    *(listener.port ? &listener.host : &listener.path) = where;
    listener.file = reading->path;
    listener.line = reading->line;
    reading->in_first = false;
    reading->listener = settings->listener_count;
    listener_add(settings, &listener);
    return true;
}

bool call_port(struct reading *reading, char *value)
{
    reading->first_opened = true;
    if (!read_port(reading, value, &reading->first.port))
        return false;
    return reading->first.port || wrong(reading, "wants a port from 1 to 65535, not '%s'", value);
}

bool call_bind_address(struct reading *reading, char *value)
{
    reading->first_opened = true;
    reading->first.host = value;
    return true;
}

bool call_bind_interface(struct reading *reading, char *value)
{
    reading->first_opened |= reading->in_first;
    key_listener(reading)->bind_interface = value;
    return true;
}

bool call_socket_domain(struct reading *reading, char *value)
{
    int family = strcmp(value, "ipv4") == 0   ? AF_INET
                 : strcmp(value, "ipv6") == 0 ? AF_INET6
                                              : AF_UNSPEC;
    key_listener(reading)->family = family;
    return family != AF_UNSPEC || wrong(reading, "wants ipv4 or ipv6, not '%s'", value);
}

bool call_protocol(struct reading *reading, char *value)
{
    bool websocket = strcmp(value, "websockets") == 0;

    key_listener(reading)->websocket = websocket;
    return websocket || strcmp(value, "mqtt") == 0 ||
           wrong(reading, "wants mqtt or websockets, not '%s'", value);
}

bool call_origin(struct reading *reading, char *value)
{
    struct listener_settings *listener = key_listener(reading);

    if (listener->origins == reading->plain.origins)
        listener->origins = NULL;
    list_add(reading->settings, &listener->origins, value);
    return strstr(value, "://") || strcmp(value, "own") == 0 || strcmp(value, "any") == 0 ||
           wrong(reading, "wants an origin, such as https://example.org, own or any, not '%s'",
                 value);
}

bool call_max_connections(struct reading *reading, char *value)
{
    uint64_t number = 0;

    if (strcmp(value, "-1") != 0 && !number_read(value, 1, UINT32_MAX, &number))
        return wrong(reading, "wants a number from 1 to %u, or -1, not '%s'", UINT32_MAX, value);
    key_listener(reading)->max_connections = (uint32_t)number;
    return true;
}

bool call_tls_version(struct reading *reading, char *value)
{
    key_listener(reading)->tls_version = value;
    return strcmp(value, "tlsv1.2") == 0 || strcmp(value, "tlsv1.3") == 0 ||
           wrong(reading, "wants tlsv1.2 or tlsv1.3, not '%s'.  " NO_OLD_TLS, value);
}

bool call_max_packet_size(struct reading *reading, char *value)
{
    /* The largest has 4 bytes of length, and what they can say. */
    enum { LEAST = 20, MOST = 268435460 };
    uint64_t number = 0;

    if (strcmp(value, "0") != 0 && !number_read(value, LEAST, MOST, &number))
        return wrong(reading, "wants a number from %d to %d, or 0, not '%s'", LEAST, MOST, value);
    reading->settings->max_packet_size = (uint32_t)number;
    return true;
}

/* ---- Messages and the store ----------------------------------------------------------------- */

bool call_expiration(struct reading *reading, char *value)
{
    static const char units[] = "hdwmy";
    static const uint32_t hours[] = {1, 24, 7 * 24, 30 * 24, 365 * 24};
    const char *unit = strchr(units, value[strlen(value) - 1]);
    uint32_t seconds = unit ? hours[unit - units] * 3600 : 1;
    uint64_t number;

    reading->settings->session_expiry_max = UINT32_MAX;
    if (strcmp(value, "never") == 0)
        return true;
    value[strlen(value) - 1] = '\0';
    if (!unit || !number_read(value, 1, (UINT32_MAX - 1) / seconds, &number))
        return wrong(reading, "wants a number and one of h, d, w, m, y, at most 136 years");
    reading->settings->session_expiry_max = (uint32_t)number * seconds;
    return true;
}

bool call_synchronous(struct reading *reading, char *value)
{
    reading->settings->persistence_full = strcmp(value, "full") == 0;
    return reading->settings->persistence_full || strcmp(value, "normal") == 0 ||
           wrong(reading, "wants normal or full, not '%s'", value);
}

/* ---- Logs ----------------------------------------------------------------------------------- */

bool call_log_dest(struct reading *reading, char *value)
{
    static const char *const plain[] = {"stderr", "stdout", "syslog", "none"};
    struct settings *settings = reading->settings;
    size_t word = strcspn(value, " \t"), count = 0;
    const char *path = value + word + strspn(value + word, " \t");
    bool good = word == 4 && strncmp(value, "file", 4) == 0 && *path;

    if (key_is_first(reading))
        settings->log_dests = NULL;
    if (good && !folder_is_there(reading, path))
        return false;
    if (good) {
        value[4] = ' ';
        memmove(value + 5, path, strlen(path) + 1);
    }
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        good |= strcmp(value, plain[i]) == 0;
    if (!good)
        return wrong(reading, "wants %s, not '%s'.  " NO_LOG_DEST, reading->key->takes, value);
    while (settings->log_dests && settings->log_dests[count])
        count++;
    if (count == LOG_DESTS_MOST)
        return wrong(reading, "there are %d of them at most", LOG_DESTS_MOST);
    list_add(settings, &settings->log_dests, value);
    return true;
}

static unsigned log_bits(const char *word)
{
    if (strcmp(word, "all") == 0)
        return UINT_MAX;
#define LOG_ROW(NAME, bit, name, severity)                                                         \
    if (strcmp(word, name) == 0)                                                                   \
        return bit;
    LOG_TYPES(LOG_ROW)
#undef LOG_ROW
    return 0;
}

bool call_log_type(struct reading *reading, char *value)
{
    unsigned *types = &reading->settings->log_types;
    char *rest, *word = strtok_r(value, " \t", &rest);

    if (key_is_first(reading))
        *types = 0;
    for (; word; word = strtok_r(NULL, " \t", &rest)) {
        if (strcmp(word, "none") == 0)
            *types = 0;
        else if (log_bits(word))
            *types |= log_bits(word);
        else if (strcmp(word, "websockets") != 0 && strcmp(word, "internal") != 0)
            return wrong(reading, "there is no type '%s'", word);
    }
    return true;
}

bool call_log_facility(struct reading *reading, char *value)
{
    uint64_t number;

    reading->settings->log_facility = -1;
    if (strcmp(value, "daemon") == 0)
        return true;
    if (!number_read(value, 0, 7, &number))
        return wrong(reading, "wants a number from 0 to 7, not '%s'", value);
    reading->settings->log_facility = (int)number;
    return true;
}

bool call_log_format(struct reading *reading, char *value)
{
    reading->settings->log_json = strcmp(value, "json") == 0;
    return reading->settings->log_json || strcmp(value, "text") == 0 ||
           wrong(reading, "wants text or json, not '%s'", value);
}

bool call_http_listener(struct reading *reading, char *value)
{
    struct settings *settings = reading->settings;
    char *colon = strrchr(value, ':'), *host = value;

    if (!read_port(reading, colon ? colon + 1 : value, &settings->http_port))
        return false;
    if (!settings->http_port)
        return wrong(reading, "wants %s, not port 0", reading->key->takes);
    if (colon)
        *colon = '\0';
    /* [::1]:8080 */
    if (colon && host[0] == '[' && colon[-1] == ']') {
        colon[-1] = '\0';
        host++;
    }
    settings->http_host = colon && *host ? host : "127.0.0.1";
    return true;
}

/* ---- Other files ---------------------------------------------------------------------------- */

static int is_configuration(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return len > 5 && strcmp(entry->d_name + len - 5, ".conf") == 0;
}

/* mosquitto's: A before a, and both before B. */
static int compare(const struct dirent **one, const struct dirent **other)
{
    int order = strcasecmp((*one)->d_name, (*other)->d_name);
    return order ? order : strcmp((*one)->d_name, (*other)->d_name);
}

bool call_include_dir(struct reading *reading, char *value)
{
    struct dirent **entries;
    int count;
    bool good = true;

    if (reading->included)
        return wrong(reading, "an included file includes no other");
    count = scandir(value, &entries, is_configuration, compare);
    if (count < 0)
        return wrong(reading, "%s: %s", value, strerror(errno));
    for (int i = 0; i < count; i++) {
        size_t size = strlen(value) + strlen(entries[i]->d_name) + 2;
        char *path = kept(reading->settings, size);
        snprintf(path, size, "%s/%s", value, entries[i]->d_name);
        good = good && configuration_include(reading, path);
        free(entries[i]);
    }
    free(entries);
    return good;
}
