/* SPDX-License-Identifier: MIT */
/* What a client is made of: its options, their defaults, and what they say together. */
#include "../net/text.h"
#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEEP_ALIVE = 60, /* seconds, where the caller has no CONNECT */
    CONNECT_TIMEOUT = 10000,
    PING_TIMEOUT = 10000,
    BACKOFF_FIRST = 1000,
    BACKOFF_MOST = 60000,
    IN_FLIGHT = 20, /* in 3.1.1: mosquitto 2.0 loses messages of QoS 2 beyond that */
    QUEUE_MESSAGES = 1000,
    QUEUE_BYTES = 64 << 20
};

static bool own_text(const char **text)
{
    const char *value = *text;
    *text = value ? strdup(value) : NULL;
    return !value || *text;
}

static void drop_text(const char *text)
{
    union {
        const char *text;
        void *memory;
    } owned = {text};
    free(owned.memory);
}

static void drop_texts(const char *const *texts)
{
    union {
        const char *const *texts;
        void *memory;
    } owned = {texts};
    for (; texts && *texts; texts++)
        drop_text(*texts);
    free(owned.memory);
}

static bool own_headers(struct mqw_client_options *options)
{
    const char *const *headers = options->websocket_headers;
    const char **copy;
    size_t count = 0, i;
    if (!headers)
        return true;
    while (headers[count])
        count++;
    copy = calloc(count + 1, sizeof *copy);
    options->websocket_headers = copy;
    for (i = 0; copy && i < count; i++) {
        copy[i] = headers[i];
        if (!own_text(&copy[i]))
            return false;
    }
    return copy != NULL;
}

static void set_defaults(struct mqw_client_options *options)
{
#define DEFAULT(member, value) options->member = options->member ? options->member : (value)
    DEFAULT(version, MQW_VERSION_5);
    DEFAULT(connect_timeout, CONNECT_TIMEOUT);
    DEFAULT(ping_timeout, PING_TIMEOUT);
    DEFAULT(backoff_first, BACKOFF_FIRST);
    DEFAULT(backoff_most, BACKOFF_MOST);
    DEFAULT(queue_messages, QUEUE_MESSAGES);
    DEFAULT(queue_bytes, QUEUE_BYTES);
    DEFAULT(in_flight, options->version == MQW_VERSION_5 ? UINT16_MAX : IN_FLIGHT);
#undef DEFAULT
}

static bool own_options(struct mqw_client *client, const struct mqw_client_options *options)
{
    struct mqw_client_options *own = &client->options;
    bool good;
    *own = *options;
    own->connect = NULL; /* client->connect has it */
    own->url = own->store_path = NULL;
    memset(&own->tls, 0, sizeof own->tls); /* client->tls */
    good = own_text(&own->bind_address);
    good &= own_text(&own->websocket_path);
    good &= own_text(&own->authentication_method);
    good &= own_headers(own);
    set_defaults(own);
    return good || client_problem(client, MQW_CLIENT_MEMORY, "out of memory") == MQW_CLIENT_OK;
}

/* Whoever sets any of them means TLS, and is not to speak in the clear. */
static bool is_about_tls(const struct mqw_client_tls *tls)
{
    return tls->ca_file || tls->ca_path || tls->cert_file || tls->key_file || tls->key_password ||
           tls->ciphers || tls->ciphers_1_3 || tls->version || tls->alpn || tls->psk ||
           tls->psk_identity || tls->keylog_file || tls->insecure;
}

static bool make_tls(struct mqw_client *client, const struct mqw_client_tls *tls)
{
    struct net_tls_options options = {0};
    struct net_error error;
    if (!client->address.tls && is_about_tls(tls)) {
        client_problem(client, MQW_CLIENT_CONFIGURATION,
                       "there are options of TLS, and the URL is not mqtts:// or wss://");
        return false;
    }
    if (!client->address.tls)
        return true;
    options.ca_file = tls->ca_file;
    options.ca_path = tls->ca_path;
    options.cert_file = tls->cert_file;
    options.key_file = tls->key_file;
    options.key_password = tls->key_password;
    options.ciphers = tls->ciphers;
    options.ciphers_1_3 = tls->ciphers_1_3;
    options.version = tls->version;
    options.alpn = tls->alpn;
    options.psk = tls->psk;
    options.psk_identity = tls->psk_identity;
    options.keylog_file = tls->keylog_file;
    options.insecure = tls->insecure;
    client->tls = net_tls_client(&options, &error);
    if (!client->tls)
        client_problem(client, MQW_CLIENT_TLS, "%s", error.text);
    return client->tls;
}

static bool fill_in(struct mqw_bytes *member, bool *has, const char *text)
{
    if (*has || !text)
        return false;
    *member = mqw_text(text);
    return *has = true;
}

/* CONNECT as it was asked for, with what the URL and the store add. */
static bool keep_connect(struct mqw_client *client, const struct mqw_connect *wanted)
{
    struct mqw_packet packet;
    struct mqw_connect *connect = &packet.connect;
    memset(&packet, 0, sizeof packet);
    packet.type = MQW_CONNECT;
    if (wanted) {
        *connect = *wanted;
    } else {
        connect->keep_alive = KEEP_ALIVE;
        connect->clean_start = true;
    }
    fill_in(&connect->username, &connect->has_username, client->address.username);
    fill_in(&connect->password, &connect->has_password, client->address.password);
    if (client->store && !connect->client_id.len)
        connect->client_id = mqw_text(store_client_id(client->store));
    if (packet_keep(&client->connect, &packet, MQW_CLIENT, client_version(client), client->problem,
                    sizeof client->problem) != MQW_OK)
        return false;
    return packet_text_set(&client->client_id, connect->client_id);
}

/* Is it a message as this library writes it?  The file may be damaged. */
static bool makes_sense(const struct stored *stored)
{
    struct mqw_options options = {0};
    struct mqw_packet packet;
    uint8_t qos;

    if (stored->state == STATE_RELEASED || stored->state == STATE_DONE)
        return stored->packet_id && !stored->packet.len &&
               stored->incoming == (stored->state == STATE_DONE);
    options.version = stored->version;
    if (mqw_decode(stored->packet.ptr, stored->packet.len, &options, &packet).size !=
            stored->packet.len ||
        packet.type != MQW_PUBLISH)
        return false;
    qos = packet.publish.qos;
    if (stored->incoming)
        return stored->state == STATE_RECEIVED && qos == 2;
    return qos &&
           (stored->state == STATE_WAITING || (stored->state == STATE_SENT && stored->packet_id));
}

static bool load(void *arg, const struct stored *stored)
{
    struct mqw_client *client = arg;
    if (!makes_sense(stored))
        return false;
    return stored->incoming ? inbox_load(client, stored) : queue_load(client, stored);
}

/* A session belongs to one client identifier. */
static bool open_store(struct mqw_client *client, const struct mqw_client_options *options)
{
    struct mqw_bytes given = options->connect ? options->connect->client_id : mqw_view(NULL, 0);
    struct mqw_bytes before;
    if (!options->store_path)
        return true;
    client->store = store_open(options->store_path, options->store_full, client->problem);
    if (!client->store)
        return false;
    before = mqw_text(store_client_id(client->store));
    if (given.len && before.len && !mqw_same(given, before)) {
        char other[100];
        net_text_quote(other, sizeof other, before.ptr, before.len); /* a server may have made it */
        client_problem(client, MQW_CLIENT_CONFIGURATION,
                       "the session in the store is of another client, %s", other);
        return false;
    }
    if (!store_load(client->store, load, client) ||
        (given.len && !before.len && !store_set_client_id(client->store, given)) ||
        !store_commit(client->store)) {
        client_problem(client, MQW_CLIENT_STORE, "%s", store_problem(client->store));
        return false;
    }
    return true;
}

bool set_up_client(struct mqw_client *client, const struct mqw_client_options *options)
{
    struct net_error error;
    if (!own_options(client, options))
        return false;
    if (!options->url || !net_address_parse(&client->address, options->url, &error)) {
        client_problem(client, MQW_CLIENT_CONFIGURATION, "%s",
                       options->url ? error.text : "there is no URL");
        return false;
    }
    if (options->authentication_method && !options->authenticate &&
        !net_sasl_known(options->authentication_method)) {
        client_problem(client, MQW_CLIENT_CONFIGURATION,
                       "the authentication method %.64s is not known",
                       options->authentication_method);
        return false;
    }
    return make_tls(client, &options->tls) && open_store(client, options) &&
           keep_connect(client, options->connect);
}

void set_up_drop(struct mqw_client *client)
{
    net_tls_free(client->tls);
    net_address_free(&client->address);
    packet_drop(&client->connect);
    drop_text(client->options.bind_address);
    drop_text(client->options.websocket_path);
    drop_text(client->options.authentication_method);
    drop_texts(client->options.websocket_headers);
}
