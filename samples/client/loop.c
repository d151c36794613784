/* SPDX-License-Identifier: MIT */
/* Running the loop: for so long, until something is over, or a step at a time. */
#include "client.h"

typedef bool is_over(const struct mqw_client *client, const void *arg);

static void ignore(uv_timer_t *timer)
{
    *(bool *)timer->data = true;
}

static void forget(uv_handle_t *handle)
{
    *(bool *)handle->data = true;
}

/* Nothing more will happen by itself. */
static bool is_at_rest(const struct mqw_client *client)
{
    return client->stage == STAGE_IDLE && !client->stream;
}

/* OK: it is over; CLOSED: it never will be; TIMEOUT. */
static enum mqw_client_status work(struct mqw_client *client, int64_t milliseconds, is_over *over,
                                   const void *arg)
{
    bool late = false, gone = false;
    uv_timer_t limit;
    enum mqw_client_status status;

    client->stopped = false;
    uv_timer_init(client->loop, &limit);
    limit.data = &late;
    uv_update_time(client->loop);
    if (milliseconds >= 0)
        uv_timer_start(&limit, ignore, (uint64_t)milliseconds, 0);
    for (;;) {
        bool done = over && over(client, arg);
        status = done ? MQW_CLIENT_OK : is_at_rest(client) ? MQW_CLIENT_CLOSED : MQW_CLIENT_TIMEOUT;
        if (status != MQW_CLIENT_TIMEOUT || late || client->stopped)
            break;
        uv_run(client->loop, milliseconds ? UV_RUN_ONCE : UV_RUN_NOWAIT);
        late |= !milliseconds;
    }
    limit.data = &gone;
    uv_close((uv_handle_t *)&limit, forget);
    while (!gone)
        uv_run(client->loop, UV_RUN_NOWAIT);
    return status;
}

enum mqw_client_status mqw_client_run(struct mqw_client *client, int64_t milliseconds)
{
    if (work(client, milliseconds, NULL, NULL) == MQW_CLIENT_CLOSED)
        return client->end.status;
    return MQW_CLIENT_OK;
}

void mqw_client_stop(struct mqw_client *client)
{
    client->stopped = true;
}

int mqw_client_descriptor(const struct mqw_client *client)
{
    return uv_backend_fd(client->loop);
}

int mqw_client_timeout(const struct mqw_client *client)
{
    return uv_backend_timeout(client->loop);
}

void mqw_client_remember(struct mqw_client *client, void *arg,
                         const struct mqw_client_result *result)
{
    struct mqw_client_wait *wait = arg;
    (void)client;
    wait->over = true;
    wait->status = result->status;
    wait->reason_code = result->reason_code;
}

static bool has_come(const struct mqw_client *client, const void *arg)
{
    const struct mqw_client_wait *wait = arg;
    (void)client;
    return wait->over;
}

enum mqw_client_status mqw_client_wait(struct mqw_client *client,
                                       const struct mqw_client_wait *wait, int64_t milliseconds)
{
    enum mqw_client_status status = work(client, milliseconds, has_come, wait);
    return status == MQW_CLIENT_OK ? wait->status : status;
}

static bool is_connected(const struct mqw_client *client, const void *arg)
{
    (void)arg;
    return mqw_client_is_connected(client);
}

enum mqw_client_status mqw_client_wait_connected(struct mqw_client *client, int64_t milliseconds)
{
    enum mqw_client_status status = work(client, milliseconds, is_connected, NULL);
    return status == MQW_CLIENT_CLOSED && client->end.status ? client->end.status : status;
}

size_t mqw_client_unsent(const struct mqw_client *client)
{
    return client->stream ? net_stream_pending(client->stream) + client->wire.out.len : 0;
}

bool mqw_client_is_settled(const struct mqw_client *client)
{
    return !client->pending && !client->incoming_done && !mqw_client_unsent(client);
}

static bool is_settled(const struct mqw_client *client, const void *arg)
{
    (void)arg;
    return mqw_client_is_settled(client);
}

enum mqw_client_status mqw_client_wait_settled(struct mqw_client *client, int64_t milliseconds)
{
    return work(client, milliseconds, is_settled, NULL);
}
