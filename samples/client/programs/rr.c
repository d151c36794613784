/* SPDX-License-Identifier: MIT */
/* mqttwire-rr: a request, and the first response. */
#include "main.h"

#include "exits.h"
#include "output.h"
#include "session.h"

static struct mqw_publish request_of(const struct config *config)
{
    struct mqw_publish request = {
        .topic = mqw_text(config->topics.items[0]),
        .payload = mqw_view(config->payload, config->payload_len),
        .qos = (uint8_t)config->qos,
        .properties = config->properties[FOR_PUBLISH].properties,
    };

    if (config->response_topic && config->version == MQW_VERSION_5)
        mqw_set_response_topic(&request.properties, mqw_text(config->response_topic));
    return request;
}

static void print(struct session *session, const struct mqw_publish *response)
{
    session_end(session, output_message(session->config, response) == OUTPUT_FAILED
                             ? EXIT_CODE_ERROR
                             : EXIT_CODE_GOOD);
}

/* The first message to the topic of the response is the response, as mosquitto_rr has it. */
static bool got(struct mqw_client *client, void *arg, const struct mqw_client_message *message)
{
    struct session *session = arg;

    (void)client;
    if (session->config->response_topic &&
        !(session->config->not_retained && message->publish->retain))
        print(session, message->publish);
    return true; /* without -e, what comes here is no response to this request */
}

static void published(struct mqw_client *client, void *arg, const struct mqw_client_result *result)
{
    struct session *session = arg;

    (void)client;
    if (result->status == MQW_CLIENT_OK || result->status == MQW_CLIENT_CLOSED)
        return;
    complain(session->config, "the request was not taken: %s", result->text);
    session_end(session, session_code(result->status, result->reason_code));
}

static void failed(struct session *session)
{
    complain(session->config, "%s", mqw_client_problem(session->client));
    session_stop(session, EXIT_CODE_ERROR, false);
}

static void subscribed(struct mqw_client *client, void *arg, const struct mqw_client_result *result)
{
    struct session *session = arg;
    const struct texts topic = {&session->config->response_topic, 1};
    struct mqw_publish request = request_of(session->config);
    int code;

    if (session->ending)
        return;
    if (session_refused(session, result, &topic, &code))
        session_end(session, code);
    else if (mqw_client_publish(client, &request, published, session) != MQW_CLIENT_OK)
        failed(session);
}

static void replied(struct mqw_client *client, void *arg, enum mqw_client_status status,
                    const struct mqw_publish *reply)
{
    struct session *session = arg;

    (void)client;
    if (session->ending || status == MQW_CLIENT_CLOSED)
        return;
    if (status == MQW_CLIENT_OK) {
        print(session, reply);
        return;
    }
    complain(session->config, "%s", mqw_client_status_text(status));
    session_end(session, session_code(status, 0));
}

static void ready(struct session *session, bool first)
{
    const struct config *config = session->config;
    struct mqw_publish request = request_of(config);
    struct mqw_subscription topic = {
        .topic_filter = mqw_text(config->response_topic),
        .qos = (uint8_t)config->qos,
        .retain_as_published = config->retain_as_published && config->version == MQW_VERSION_5,
    };
    struct mqw_subscribe packet = {.properties = config->properties[FOR_SUBSCRIBE].properties,
                                   .subscriptions = mqw_subscriptions(&topic, 1)};
    enum mqw_client_status status;

    if (!first)
        return;
    if (config->response_topic)
        status = mqw_client_subscribe(session->client, &packet, subscribed, session);
    else
        status = mqw_client_request(session->client, &request, UINT32_MAX, replied, session);
    if (status != MQW_CLIENT_OK)
        failed(session);
}

int program_run(struct config *config)
{
    struct session session = {.config = config, .ready = ready, .message = got};

    session_open(&session);
    return session_run(&session);
}

const enum program this_program = RR;
