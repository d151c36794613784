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

/* OK: it is over; CLOSED: it never will be; TIMEOUT; STORE: that cannot be waited for now.  Whoever
 * calls it calls client_stopped_working when it needs the client no more. */
static enum mqw_client_status work(struct mqw_client *client, int64_t milliseconds, is_over *over,
                                   const void *arg)
{
    bool late = false, gone = false;
    uv_timer_t limit;
    enum mqw_client_status status = client_check_store(client);

    if (status != MQW_CLIENT_OK)
        return status;
    client->working = true;
    client->stopped = false;
    uv_timer_init(client->loop, &limit);
    limit.data = &late;
    uv_update_time(client->loop);
    if (milliseconds >= 0)
        uv_timer_start(&limit, ignore, (uint64_t)milliseconds, 0);
    for (;;) {
        bool done = over && over(client, arg);
        status = done                                  ? MQW_CLIENT_OK
                 : client->freed || is_at_rest(client) ? MQW_CLIENT_CLOSED
                                                       : MQW_CLIENT_TIMEOUT;
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

/* libuv's loops do not run within themselves. */
static bool is_called_back(struct mqw_client *client)
{
    bool called_back = client->depth || client->working;
    if (called_back)
        client_problem(client, MQW_CLIENT_INVALID, "callbacks do not run the loop, nor wait");
    return called_back;
}

/* Why it was waited for in vain: what keeps the client from the server, if that is it. */
static enum mqw_client_status in_vain(struct mqw_client *client, enum mqw_client_status status)
{
    bool offline = !mqw_client_is_connected(client) && *client->end_text;
    return client_problem(client, status, "%s",
                          offline ? client->end_text : mqw_client_status_text(status));
}

static enum mqw_client_status end_work(struct mqw_client *client, enum mqw_client_status status)
{
    client_stopped_working(client);
    return status;
}

enum mqw_client_status mqw_client_run(struct mqw_client *client, int64_t milliseconds)
{
    enum mqw_client_status status;
    if (is_called_back(client))
        return MQW_CLIENT_INVALID;
    status = work(client, milliseconds, NULL, NULL);
    if (status == MQW_CLIENT_CLOSED)
        status = client->end.status;
    return end_work(client, status == MQW_CLIENT_TIMEOUT ? MQW_CLIENT_OK : status);
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

enum mqw_client_status loop_begun(struct mqw_client *client, enum mqw_client_status status,
                                  mqw_client_done *done, void *arg)
{
    struct mqw_client_result result = {0};
    result.status = status;
    if (status != MQW_CLIENT_OK && done == mqw_client_remember)
        done(client, arg, &result);
    return status;
}

/* The request goes on, and nobody waits for it any more. */
static void let_go(struct mqw_client *client, struct mqw_client_wait *wait,
                   enum mqw_client_status status)
{
    struct queue *queues[] = {&client->messages, &client->requests};
    struct outgoing *entry;
    size_t i;
    for (i = 0; i < 2; i++)
        for (entry = queues[i]->first; entry; entry = entry->next)
            if (entry->done == mqw_client_remember && entry->arg == wait)
                entry->done = NULL;
    if (client->reauthenticated == mqw_client_remember && client->reauthenticated_arg == wait)
        client->reauthenticated = NULL;
    wait->over = true;
    wait->status = status;
}

static bool has_come(const struct mqw_client *client, const void *arg)
{
    const struct mqw_client_wait *wait = arg;
    (void)client;
    return wait->over;
}

enum mqw_client_status mqw_client_wait(struct mqw_client *client, struct mqw_client_wait *wait,
                                       int64_t milliseconds)
{
    bool called_back = is_called_back(client);
    enum mqw_client_status status =
        called_back ? MQW_CLIENT_INVALID : work(client, milliseconds, has_come, wait);
    if (!wait->over) {
        if (!called_back && status != MQW_CLIENT_STORE)
            in_vain(client, status);
        let_go(client, wait, status);
    }
    status = wait->status;
    return called_back ? status : end_work(client, status);
}

static bool is_connected(const struct mqw_client *client, const void *arg)
{
    (void)arg;
    return mqw_client_is_connected(client);
}

enum mqw_client_status mqw_client_wait_connected(struct mqw_client *client, int64_t milliseconds)
{
    enum mqw_client_status status;
    if (is_called_back(client))
        return MQW_CLIENT_INVALID;
    status = work(client, milliseconds, is_connected, NULL);
    if (status == MQW_CLIENT_CLOSED && client->end.status)
        status = client->end.status;
    if (status != MQW_CLIENT_OK && status != MQW_CLIENT_STORE)
        in_vain(client, status);
    return end_work(client, status);
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
    enum mqw_client_status status;
    if (is_called_back(client))
        return MQW_CLIENT_INVALID;
    status = work(client, milliseconds, is_settled, NULL);
    if (status == MQW_CLIENT_OK && client->store && store_failed(client->store))
        status = client_problem(client, MQW_CLIENT_STORE, "%s", store_problem(client->store));
    else if (status != MQW_CLIENT_OK && status != MQW_CLIENT_STORE)
        in_vain(client, status);
    return end_work(client, status);
}
