/* SPDX-License-Identifier: MIT */
/* A client from its making to its end, and what it is asked about itself. */
#include "client.h"

#include <fcntl.h>
#include <stdarg.h>
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

static _Thread_local char new_error[PROBLEM];

const char *mqw_client_status_text(enum mqw_client_status status)
{
    switch (status) {
#define MQW_CLIENT_ROW(number, NAME, text)                                                         \
    case MQW_CLIENT_##NAME:                                                                        \
        return text;
        MQW_CLIENT_STATUSES(MQW_CLIENT_ROW)
#undef MQW_CLIENT_ROW
    default:
        return "";
    }
}

enum mqw_client_status client_problem(struct mqw_client *client, enum mqw_client_status status,
                                      const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(client->problem, sizeof client->problem, format, arguments);
    va_end(arguments);
    return status;
}

void client_tell(struct mqw_client *client, mqw_client_done *done, void *arg,
                 const struct mqw_client_result *result)
{
    if (done)
        done(client, arg, result);
}

void client_enter(struct mqw_client *client)
{
    if (!client->depth++)
        uv_update_time(client->loop);
}

void client_leave(struct mqw_client *client)
{
    if (client->depth == 1 && !client->freed) {
        connection_flush(client);
        if (client->store && store_failed(client->store))
            queue_close(client, MQW_CLIENT_STORE, store_problem(client->store));
        connection_schedule(client);
    }
    if (!--client->depth && client->free_wanted)
        mqw_client_free(client);
}

/* What is called while the application has a transaction open would be committed with that, or
 * lost, and the client could not know. */
enum mqw_client_status client_check_store(struct mqw_client *client)
{
    if (client->store && store_is_taken(client->store))
        return client_problem(client, MQW_CLIENT_STORE,
                              "the application has a transaction of its own open in the store");
    return MQW_CLIENT_OK;
}

uint64_t client_now(const struct mqw_client *client)
{
    return uv_now(client->loop);
}

uint8_t client_version(const struct mqw_client *client)
{
    return client->options.version;
}

/* ---- Making it -------------------------------------------------------------------------------- */

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
        client_problem(client, MQW_CLIENT_CONFIGURATION,
                       "the session in the store is of another client, %.100s",
                       (const char *)before.ptr);
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

static bool set_up(struct mqw_client *client, const struct mqw_client_options *options)
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

/* ---- Its end ------------------------------------------------------------------------------------ */

/* Of the store all stays where it is. */
static void forget_all(struct mqw_client *client)
{
    client->freed = true;
    authentication_end(client, MQW_CLIENT_CLOSED);
    requests_close(client);
    queue_close(client, MQW_CLIENT_CLOSED, mqw_client_status_text(MQW_CLIENT_CLOSED));
    inbox_close(client);
    subscriptions_close(client);
    handlers_close(client);
    if (client->store)
        store_close(client->store);
    client->store = NULL;
}

static void release(struct mqw_client *client)
{
    net_wire_end(&client->wire);
    net_tls_free(client->tls);
    net_address_free(&client->address);
    packet_drop(&client->connect);
    packet_drop(&client->leave_packet);
    packet_text_drop(&client->client_id);
    packet_text_drop(&client->response_topic);
    packet_text_drop(&client->response_information);
    free(client->aliases);
    drop_text(client->options.bind_address);
    drop_text(client->options.websocket_path);
    drop_text(client->options.authentication_method);
    drop_texts(client->options.websocket_headers);
    free(client);
}

static void timer_closed(uv_handle_t *handle)
{
    struct mqw_client *client = handle->data;
    client->handles_gone = true;
    if (!client->owns_loop && !client->working)
        release(client);
}

void client_stream_gone(struct mqw_client *client)
{
    if (client->freed)
        uv_close((uv_handle_t *)&client->timer, timer_closed);
}

/* With a loop of the caller's, that goes on until the handles are gone. */
static void finish_free(struct mqw_client *client)
{
    if (client->owns_loop) {
        uv_run(client->loop, UV_RUN_DEFAULT);
        uv_loop_close(client->loop);
    }
    if (client->handles_gone)
        release(client);
}

void client_stopped_working(struct mqw_client *client)
{
    client->working = false;
    if (client->freed)
        finish_free(client);
}

void mqw_client_free(struct mqw_client *client)
{
    if (!client || client->freed)
        return;
    client->free_wanted = true;
    if (client->depth) { /* a callback: nothing more comes, and client_leave does the rest */
        connection_fail(client, MQW_CLIENT_CLOSED, MQW_REASON_NONE,
                        mqw_client_status_text(MQW_CLIENT_CLOSED));
        return;
    }
    client->depth++; /* nothing is sent any more */
    forget_all(client);
    uv_timer_stop(&client->timer);
    if (client->stream)
        net_stream_abort(client->stream);
    else
        client_stream_gone(client);
    if (client->owns_loop && !client->working)
        finish_free(client);
}

/* ---- Its beginning -------------------------------------------------------------------------------- */

/* Or what the loop opens would be one of them, which libuv aborts on closing. */
static bool has_standard_descriptors(struct mqw_client *client)
{
    int fd = 0;
    while (fd <= 2 && fcntl(fd, F_GETFD) >= 0)
        fd++;
    if (fd <= 2)
        client_problem(client, MQW_CLIENT_CONFIGURATION,
                       "descriptor %d is closed: 0, 1 and 2 have to be open", fd);
    return fd > 2;
}

static bool make_loop(struct mqw_client *client)
{
    if (client->owns_loop && uv_loop_init(&client->own_loop)) {
        client_problem(client, MQW_CLIENT_MEMORY, "out of memory");
        return false;
    }
    return true;
}

struct mqw_client *mqw_client_new(const struct mqw_client_options *options, struct uv_loop_s *loop,
                                  void *arg)
{
    struct mqw_client *client = calloc(1, sizeof *client);
    snprintf(new_error, sizeof new_error, "out of memory");
    if (!client)
        return NULL;
    client->owns_loop = !loop;
    client->loop = loop ? loop : &client->own_loop;
    client->arg = arg;
    client->deadline = UINT64_MAX;
    if (has_standard_descriptors(client) && set_up(client, options) && make_loop(client)) {
        uv_timer_init(client->loop, &client->timer);
        client->timer.data = client;
        return client;
    }
    snprintf(new_error, sizeof new_error, "%s", client->problem);
    forget_all(client);
    release(client); /* a loop of the caller's has nothing of it yet */
    return NULL;
}

const char *mqw_client_new_error(void)
{
    return new_error;
}

/* ---- What it is asked --------------------------------------------------------------------------- */

bool mqw_client_is_connected(const struct mqw_client *client)
{
    return client->stage == STAGE_ONLINE;
}

size_t mqw_client_pending(const struct mqw_client *client)
{
    return client->pending;
}

const struct mqw_connection *mqw_client_connection(const struct mqw_client *client)
{
    return &client->wire.rules;
}

struct mqw_bytes mqw_client_id(const struct mqw_client *client)
{
    return packet_text_view(&client->client_id);
}

const char *mqw_client_problem(const struct mqw_client *client)
{
    return client->problem;
}

struct sqlite3 *mqw_client_database(struct mqw_client *client)
{
    if (!client->store)
        return NULL;
    if (client->depth && !store_is_taken(client->store) && !store_begin(client->store))
        return NULL;
    return store_database(client->store);
}
