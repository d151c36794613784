/* SPDX-License-Identifier: MIT */
/* What a run of a program is to do: read from its command line, a file and the environment. */
#ifndef PROGRAMS_CONFIG_H
#define PROGRAMS_CONFIG_H

#include "properties.h"

#include <mqttwire_client.h>
#include <stdarg.h>
#include <stdio.h>

enum program { PUB = 1, SUB = 2, RR = 4, BENCH = 8 };

/* A list of the caller's texts. */
struct texts {
    const char **items;
    size_t count;
};

enum mode { NO_MESSAGE, MESSAGE_TEXT, MESSAGE_FILE, MESSAGE_STDIN, MESSAGE_LINES, MESSAGE_NULL };

struct config {
    enum program program;

    const char *host, *unix_path, *bind_address, *websocket_path;
    struct texts websocket_headers;
    long port; /* -1: the scheme's */
    bool websocket, nodelay;
    bool tls;        /* wanted, though no file says so */
    const char *url; /* what all of these come to */

    const char *version_text;
    uint8_t version;
    const char *id, *id_prefix, *username, *password, *password_file;
    const char *authentication_method;
    long keep_alive;
    bool keep_session;
    const char *session_expiry_text;
    int64_t session_expiry; /* -1: not said */
    bool reconnect, no_reconnect;
    const char *store_path;
    long topic_aliases, inflight;

    struct texts topics;
    enum mode mode;
    const char *message_text, *message_file;
    char *payload;
    size_t payload_len;
    long qos, repeat;
    double repeat_delay;
    bool retain;

    struct texts filters_out, unsubscribe;
    long count, timeout;
    bool end_when_subscribed, not_retained, retained_only, remove_retained, retain_as_published;
    double random_filter; /* percent */
    const char *response_topic;

    const char *format;
    bool no_newline, verbose, pretty, quiet;

    const char *will_topic, *will_payload;
    long will_qos;
    bool will_retain;

    struct mqw_client_tls tls_options;
    const char *key_form;

    bool trace;
    const char *pcap_file;
    const char *options_file;
    bool no_config;

    struct property_set properties[PROPERTY_SETS];

    long publishers, subscribers, size;
    double rate, duration;
    bool json;
};

/* "mqttwire-pub" */
const char *program_name(enum program program);

/* Says on standard error what is wrong with how the program was called, and answers false. */
bool misused(const struct config *config, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Says what went wrong in running, unless --quiet. */
void complain(const struct config *config, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Adds to a list; ends the program where there is no memory. */
void texts_add(struct texts *list, const char *text);

/* realloc that ends the program where there is no memory. */
void *sized(void *memory, size_t size);

/* A copy of a text that lasts as long as the program. */
char *kept(const char *text, size_t len);

/* Reads a file, or standard input where path is NULL.  False: it has said why. */
bool read_whole(const struct config *config, const char *path, char **bytes, size_t *len);

#endif
