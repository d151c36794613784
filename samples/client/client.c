/* SPDX-License-Identifier: MIT */
/* A client from its making to its end, and what it is asked about itself. */
#include "client.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* ---- Its end --------------------------------------------------------------------------------- */

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
    set_up_drop(client);
    net_wire_end(&client->wire);
    packet_drop(&client->leave_packet);
    packet_text_drop(&client->client_id);
    packet_text_drop(&client->response_topic);
    packet_text_drop(&client->response_information);
    free(client->aliases);
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

/* ---- Its beginning --------------------------------------------------------------------------- */

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
    if (has_standard_descriptors(client) && set_up_client(client, options) && make_loop(client)) {
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

/* ---- What it is asked ------------------------------------------------------------------------ */

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
