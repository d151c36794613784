/* SPDX-License-Identifier: MIT */
/* From the options of the command line to those of the client library. */
#include "session.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *unix_url(const char *path)
{
    char folder[PATH_MAX] = "";
    size_t size = strlen(path) + sizeof folder + sizeof "unix:///";
    char *url = sized(NULL, size);

    if (path[0] != '/' && !getcwd(folder, sizeof folder))
        folder[0] = '\0';
    snprintf(url, size, "unix://%s%s%s", folder, path[0] == '/' ? "" : "/", path);
    return url;
}

const char *session_url(const struct config *config)
{
    const char *host = config->host ? config->host : "localhost";
    const char *scheme = config->websocket ? (config->tls ? "wss" : "ws")
                         : config->tls     ? "mqtts"
                                           : "mqtt";
    bool bare = strchr(host, ':') && host[0] != '['; /* an address of IPv6 */
    size_t size = strlen(host) + 32;
    char *url;

    if (config->unix_path)
        return unix_url(config->unix_path);
    url = sized(NULL, size);
    snprintf(url, size, bare ? "%s://[%s]" : "%s://%s", scheme, host);
    if (config->port > 0)
        snprintf(url + strlen(url), size - strlen(url), ":%ld", config->port);
    return url;
}

void session_options(const struct config *config, struct mqw_client_options *options,
                     struct mqw_connect *connect)
{
    connect->clean_start = !config->keep_session;
    connect->keep_alive = (uint16_t)config->keep_alive;
    connect->client_id = mqw_text(config->id);
    connect->has_username = config->username;
    connect->username = mqw_text(config->username);
    connect->has_password = config->password;
    connect->password = mqw_text(config->password);
    connect->properties = config->properties[FOR_CONNECT].properties;
    connect->has_will = config->will_topic;
    connect->will.topic = mqw_text(config->will_topic);
    connect->will.payload = mqw_text(config->will_payload);
    connect->will.qos = (uint8_t)config->will_qos;
    connect->will.retain = config->will_retain;
    connect->will.properties = config->properties[FOR_WILL].properties;

    options->url = config->url;
    options->version = config->version;
    options->connect = connect;
    options->tls = config->tls_options;
    options->bind_address = config->bind_address;
    options->websocket_path = config->websocket_path;
    options->websocket_headers = config->websocket_headers.items;
    options->topic_aliases = (uint16_t)config->topic_aliases;
    options->in_flight = (uint16_t)config->inflight;
    options->queue_messages = UINT16_MAX; /* or -M would not reach that far */
    options->queue_bytes = SIZE_MAX;      /* a message is as large as MQTT has it */
    options->store_path = config->store_path;
    options->authentication_method = config->authentication_method;
}
