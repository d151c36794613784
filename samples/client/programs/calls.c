/* SPDX-License-Identifier: MIT */
/* Options that do more than to be stored.  How many words they take is what they answer. */
#include "calls.h"

#include "address.h"
#include "format.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

int call_later(struct config *config, const char *const *words, int count)
{
    (void)config, (void)words, (void)count;
    return 0;
}

static bool topic_is_good(const struct config *config, const char *topic, const char *what)
{
    if (mqw_topic_name_check(mqw_text(topic), NULL).code == MQW_OK)
        return true;
    return misused(config, "'%s' is no %s: it is empty, has + or #, or is no UTF-8", topic, what);
}

static bool filter_is_good(const struct config *config, const char *filter)
{
    if (mqw_topic_filter_check(mqw_text(filter), NULL).code == MQW_OK)
        return true;
    return misused(config,
                   "'%s' is no topic filter: it is empty, + or # is out of place, or it is "
                   "no UTF-8",
                   filter);
}

int call_topic(struct config *config, const char *const *words, int count)
{
    (void)count;
    if (config->program == SUB ? !filter_is_good(config, words[0])
                               : !topic_is_good(config, words[0], "topic to publish to"))
        return -1;
    if (config->program != SUB)
        config->topics.count = 0;
    texts_add(&config->topics, words[0]);
    return 1;
}

int call_response_topic(struct config *config, const char *const *words, int count)
{
    (void)count;
    config->response_topic = words[0];
    return topic_is_good(config, words[0], "topic of a response") ? 1 : -1;
}

int call_will_topic(struct config *config, const char *const *words, int count)
{
    (void)count;
    config->will_topic = words[0];
    return topic_is_good(config, words[0], "topic of a will") ? 1 : -1;
}

int call_filter_out(struct config *config, const char *const *words, int count)
{
    (void)count;
    texts_add(&config->filters_out, words[0]);
    return filter_is_good(config, words[0]) ? 1 : -1;
}

int call_unsubscribe(struct config *config, const char *const *words, int count)
{
    (void)count;
    texts_add(&config->unsubscribe, words[0]);
    return filter_is_good(config, words[0]) ? 1 : -1;
}

/* What follows the host in a URL of MQTT is a topic as it is: # and % are characters of it. */
static const char *topic_of(const char *url)
{
    const char *host = strstr(url, "://");
    bool has_path = strncasecmp(url, "ws", 2) == 0 || strncasecmp(url, "unix:", 5) == 0;

    return host && !has_path ? strchr(host + 3, '/') : NULL;
}

int call_url(struct config *config, const char *const *words, int count)
{
    const char *topic = topic_of(words[0]);
    char *server = kept(words[0], topic ? (size_t)(topic - words[0]) : strlen(words[0]));
    struct net_address url = {0};
    struct net_error error = {0};
    bool read = net_address_parse(&url, server, &error);

    (void)count;
    free(server);
    if (!read || url.local)
        return misused(config, "-L %s: %s", words[0], read ? "use --unix" : error.text) ? 0 : -1;
    if (!url.websocket && (!topic || url.path[0] || (!topic[1] && config->program != BENCH)))
        return misused(config, "-L %s: there is no topic behind the host", words[0]) ? 0 : -1;
    /* All of it lasts as long as the program. */
    config->host = url.host;
    config->port = url.port;
    config->tls |= url.tls;
    config->websocket = url.websocket;
    if (url.username)
        config->username = url.username;
    if (url.password)
        config->password = url.password;
    if (url.websocket) { /* whose path is the WebSocket's */
        config->websocket_path = url.path[0] ? url.path : config->websocket_path;
        return 1;
    }
    free(url.path);
    topic++;
    return !*topic || call_topic(config, &topic, 1) == 1 ? 1 : -1;
}

int call_version(struct config *config, const char *const *words, int count)
{
    const char *version = words[0];

    (void)count;
    if (strncasecmp(version, "mqttv", 5) == 0)
        version += 5;
    if (strcmp(version, "311") == 0)
        config->version = MQW_VERSION_3_1_1;
    else if (strcmp(version, "5") == 0)
        config->version = MQW_VERSION_5;
    else if (strcmp(version, "31") == 0)
        return misused(config,
                       "-V %s: MQTT 3.1 is not spoken, as no OASIS standard describes it; "
                       "use 311 or 5",
                       words[0])
                   ? 0
                   : -1;
    else
        return misused(config, "-V takes 311 or 5, not '%s'", words[0]) ? 0 : -1;
    return 1;
}

int call_session_expiry(struct config *config, const char *const *words, int count)
{
    char *end;
    long long seconds = strtoll(words[0], &end, 0);

    (void)count;
    if (strcmp(words[0], "\xE2\x88\x9E") == 0)
        seconds = -1;
    else if (end == words[0] || *end || seconds < -1 || seconds > UINT32_MAX)
        return misused(config, "-x takes a number of seconds up to 4294967295, or -1") ? 0 : -1;
    config->session_expiry = seconds == -1 ? UINT32_MAX : seconds;
    return 1;
}

static int set_mode(struct config *config, enum mode mode, int words)
{
    if (config->mode != NO_MESSAGE)
        return misused(config, "there can be one of -m, -f, -l, -n and -s alone") ? 0 : -1;
    config->mode = mode;
    return words;
}

int call_message(struct config *config, const char *const *words, int count)
{
    (void)count;
    config->message_text = words[0];
    return set_mode(config, MESSAGE_TEXT, 1);
}

int call_file(struct config *config, const char *const *words, int count)
{
    (void)count;
    config->message_file = words[0];
    return set_mode(config, MESSAGE_FILE, 1);
}

int call_lines(struct config *config, const char *const *words, int count)
{
    (void)words, (void)count;
    return set_mode(config, MESSAGE_LINES, 0);
}

int call_null(struct config *config, const char *const *words, int count)
{
    (void)words, (void)count;
    return set_mode(config, MESSAGE_NULL, 0);
}

int call_stdin(struct config *config, const char *const *words, int count)
{
    (void)words, (void)count;
    return set_mode(config, MESSAGE_STDIN, 0);
}

int call_format(struct config *config, const char *const *words, int count)
{
    char problem[80];

    (void)count;
    config->format = words[0];
    if (format_check(words[0], problem))
        return 1;
    return misused(config, "-F: %s", problem) ? 0 : -1;
}

int call_key_form(struct config *config, const char *const *words, int count)
{
    (void)count;
    config->key_form = words[0];
    if (strcmp(words[0], "pem") == 0)
        return 1;
    return misused(config, "--keyform takes pem alone: engines are not used") ? 0 : -1;
}

int call_tls_version(struct config *config, const char *const *words, int count)
{
    (void)count;
    config->tls_options.version = words[0];
    if (strcmp(words[0], "tlsv1.2") == 0 || strcmp(words[0], "tlsv1.3") == 0)
        return 1;
    return misused(config, "--tls-version takes tlsv1.2 or tlsv1.3, not '%s'", words[0]) ? 0 : -1;
}
