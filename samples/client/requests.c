/* SPDX-License-Identifier: MIT */
/* Requests and their replies: section 4.10 of 5.0. */
#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct request **bucket(struct mqw_client *client, struct mqw_bytes correlation)
{
    return &client->replies[packet_hash(correlation) % BUCKETS];
}

static void freed(uv_handle_t *handle)
{
    struct request *request = handle->data;
    packet_text_drop(&request->correlation);
    packet_text_drop(&request->topic);
    free(request);
}

/* The table has it, and the publish that carries it. */
static void drop(struct request *request)
{
    if (!--request->users)
        uv_close((uv_handle_t *)&request->timer, freed);
}

static void take_out(struct mqw_client *client, struct request *request)
{
    struct request **place = bucket(client, packet_text_view(&request->correlation));
    while (*place != request)
        place = &(*place)->same;
    *place = request->same;
    request->waits = false;
    uv_timer_stop(&request->timer);
}

static void end(struct mqw_client *client, struct request *request, enum mqw_client_status status,
                const struct mqw_publish *reply)
{
    take_out(client, request);
    if (request->reply)
        request->reply(client, request->arg, status, reply);
    drop(request);
}

static void expired(uv_timer_t *timer)
{
    struct request *request = timer->data;
    struct mqw_client *client = request->client;
    client_enter(client);
    end(client, request, MQW_CLIENT_TIMEOUT, NULL);
    client_leave(client);
}

/* Both, as a client may be the one who answers its own requests. */
static bool is_reply(const struct request *request, const struct mqw_publish *publish)
{
    return mqw_same(packet_text_view(&request->correlation),
                    publish->properties.correlation_data) &&
           mqw_same(packet_text_view(&request->topic), publish->topic);
}

bool requests_take(struct mqw_client *client, const struct mqw_publish *publish)
{
    struct request *request;
    if (!mqw_has(&publish->properties, MQW_PROPERTY_CORRELATION_DATA))
        return false;
    request = *bucket(client, publish->properties.correlation_data);
    while (request && !is_reply(request, publish))
        request = request->same;
    if (request)
        end(client, request, MQW_CLIENT_OK, publish);
    return request;
}

void requests_close(struct mqw_client *client)
{
    size_t i;
    for (i = 0; i < BUCKETS; i++)
        while (client->replies[i])
            end(client, client->replies[i], MQW_CLIENT_CLOSED, NULL);
}

/* CONNACK may have named the client, or where its replies are to go. */
void requests_renew(struct mqw_client *client)
{
    packet_text_drop(&client->response_topic);
    client->replies_wanted = false;
}

/* Where replies to this client go: below what the server says, as access to it may be bound to that.
 * An identifier that is no topic ("a+b") has chance in its place. */
static bool make_topic(struct mqw_client *client)
{
    struct mqw_bytes prefix = client->response_information.ptr
                                  ? packet_text_view(&client->response_information)
                                  : mqw_text("responses");
    char topic[2 * MQW_TEXT_MAX];
    unsigned chance[2];
    int len;
    if (client->response_topic.ptr)
        return true;
    len =
        snprintf(topic, sizeof topic, "%.*s/%.*s", MQW_ARG(prefix), MQW_ARG(mqw_client_id(client)));
    if (mqw_topic_name_check(mqw_view(topic, (size_t)len), NULL).code != MQW_OK) {
        uv_random(NULL, NULL, chance, sizeof chance, 0, NULL);
        len = snprintf(topic, sizeof topic, "%.*s/%08x%08x", MQW_ARG(prefix), chance[0], chance[1]);
    }
    return packet_text_set(&client->response_topic, mqw_view(topic, (size_t)len));
}

/* Where the subscription is refused, there will be no replies.  Callbacks may ask again. */
static void listening(struct mqw_client *client, void *arg, const struct mqw_client_result *result)
{
    struct mqw_bytes topic = packet_text_view(&client->response_topic);
    uint64_t last = client->last_request;
    size_t i;
    (void)arg;
    if (result->status == MQW_CLIENT_OK)
        return;
    client->replies_wanted = false;
    for (i = 0; i < BUCKETS; i++) {
        struct request *request = client->replies[i];
        while (request) {
            if (request->number > last || !mqw_same(packet_text_view(&request->topic), topic)) {
                request = request->same;
                continue;
            }
            end(client, request, result->status, NULL);
            request = client->replies[i]; /* the callback may have changed the list */
        }
    }
}

static enum mqw_client_status listen_for_replies(struct mqw_client *client)
{
    struct mqw_subscription wanted = {0};
    struct mqw_packet packet;
    enum mqw_client_status status;
    if (client->stage != STAGE_ONLINE)
        return client_problem(client, MQW_CLIENT_OFFLINE,
                              "which response topic a client has depends on CONNACK");
    if (!make_topic(client))
        return client_problem(client, MQW_CLIENT_MEMORY, "out of memory");
    if (client->replies_wanted)
        return MQW_CLIENT_OK;
    wanted.topic_filter = packet_text_view(&client->response_topic);
    wanted.qos = 1;
    memset(&packet, 0, sizeof packet);
    packet.type = MQW_SUBSCRIBE;
    packet.subscribe.subscriptions = mqw_subscriptions(&wanted, 1);
    client->replies_wanted = true;
    status = calls_add(client, &packet, listening, NULL);
    client->replies_wanted &= status == MQW_CLIENT_OK;
    return status;
}

/* The server has the request, or will not: then there is no reply to wait for. */
static void sent(struct mqw_client *client, void *arg, const struct mqw_client_result *result)
{
    struct request *request = arg;
    if (result->status != MQW_CLIENT_OK && request->waits)
        end(client, request, result->status, NULL);
    drop(request);
}

/* Sixteen bytes that no other request of any client has. */
static bool make_correlation(struct request *request)
{
    uint8_t bytes[16];
    return uv_random(NULL, NULL, bytes, sizeof bytes, 0, NULL) == 0 &&
           packet_text_set(&request->correlation, mqw_view(bytes, sizeof bytes));
}

static enum mqw_client_status ask(struct mqw_client *client, const struct mqw_publish *wanted,
                                  uint32_t timeout, struct request *request)
{
    struct mqw_publish publish = *wanted;
    struct request **place;
    bool given = mqw_has(&publish.properties, MQW_PROPERTY_CORRELATION_DATA);
    enum mqw_client_status status;
    if (!mqw_has(&publish.properties, MQW_PROPERTY_RESPONSE_TOPIC)) {
        status = listen_for_replies(client);
        if (status != MQW_CLIENT_OK)
            return status;
        mqw_set_response_topic(&publish.properties, packet_text_view(&client->response_topic));
    }
    if (given ? !packet_text_set(&request->correlation, publish.properties.correlation_data)
              : !make_correlation(request))
        return client_problem(client, MQW_CLIENT_MEMORY, "out of memory");
    if (!packet_text_set(&request->topic, publish.properties.response_topic))
        return client_problem(client, MQW_CLIENT_MEMORY, "out of memory");
    mqw_set_correlation_data(&publish.properties, packet_text_view(&request->correlation));
    place = bucket(client, packet_text_view(&request->correlation));
    request->same = *place;
    *place = request;
    request->number = ++client->last_request;
    request->waits = true;
    request->users = 2;
    uv_timer_start(&request->timer, expired, timeout, 0);
    status = mqw_client_publish(client, &publish, sent, request);
    if (status != MQW_CLIENT_OK)
        take_out(client, request);
    return status;
}

enum mqw_client_status mqw_client_request(struct mqw_client *client,
                                          const struct mqw_publish *wanted, uint32_t timeout,
                                          mqw_client_reply *reply, void *arg)
{
    struct request *request;
    enum mqw_client_status status;
    if (client_version(client) != MQW_VERSION_5)
        return client_problem(client, MQW_CLIENT_INVALID, "requests need MQTT 5.0");
    request = calloc(1, sizeof *request);
    if (!request)
        return client_problem(client, MQW_CLIENT_MEMORY, "out of memory");
    client_enter(client);
    uv_timer_init(client->loop, &request->timer);
    request->timer.data = request;
    request->client = client;
    request->reply = reply;
    request->arg = arg;
    status = ask(client, wanted, timeout, request);
    if (status != MQW_CLIENT_OK)
        uv_close((uv_handle_t *)&request->timer, freed);
    client_leave(client);
    return status;
}

enum mqw_client_status mqw_client_respond(struct mqw_client *client,
                                          const struct mqw_publish *request,
                                          const struct mqw_publish *response, mqw_client_done *done,
                                          void *arg)
{
    struct mqw_publish publish = *response;
    if (!mqw_has(&request->properties, MQW_PROPERTY_RESPONSE_TOPIC))
        return loop_begun(
            client, client_problem(client, MQW_CLIENT_INVALID, "the request has no response topic"),
            done, arg);
    publish.topic = request->properties.response_topic;
    if (mqw_has(&request->properties, MQW_PROPERTY_CORRELATION_DATA))
        mqw_set_correlation_data(&publish.properties, request->properties.correlation_data);
    return mqw_client_publish(client, &publish, done, arg);
}
