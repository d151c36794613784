/* SPDX-License-Identifier: MIT */
/* mqttwire-sub: prints messages. */
#include "main.h"

#include "exits.h"
#include "output.h"
#include "session.h"

#include <stdlib.h>

struct subscriber {
    struct session session; /* first: the session's callbacks find the rest behind it */
    long printed;
    int waiting; /* answers to SUBSCRIBE and UNSUBSCRIBE */
};

static bool is_left_out(const struct config *config, const struct mqw_publish *publish)
{
    for (size_t i = 0; i < config->filters_out.count; i++)
        if (mqw_topic_match(mqw_text(config->filters_out.items[i]), publish->topic,
                            config->version))
            return true;
    return false;
}

static void forget(struct mqw_client *client, struct mqw_bytes topic)
{
    struct mqw_publish empty = {.topic = topic, .qos = 1, .retain = true};

    mqw_client_publish(client, &empty, NULL, NULL);
}

static bool got(struct mqw_client *client, void *arg, const struct mqw_client_message *message)
{
    struct subscriber *sub = arg;
    const struct config *config = sub->session.config;
    const struct mqw_publish *publish = message->publish;
    enum output output;

    if (config->retained_only && !publish->retain) {
        session_end(&sub->session, EXIT_CODE_GOOD);
        return true;
    }
    if (is_left_out(config, publish))
        return true;
    if (config->remove_retained && publish->retain)
        forget(client, publish->topic);
    if (config->not_retained && publish->retain)
        return true;
    if (config->random_filter >= 100 ||
        (double)random() / ((double)RAND_MAX + 1) * 100 < config->random_filter) {
        output = output_message(config, publish);
        if (output != OUTPUT_GOOD) {
            session_stop(&sub->session, output == OUTPUT_CLOSED ? EXIT_CODE_GOOD : EXIT_CODE_ERROR,
                         false);
            return false; /* it was not printed */
        }
    }
    if (config->count && ++sub->printed == config->count)
        session_end(&sub->session, EXIT_CODE_GOOD);
    return true;
}

static void answered(struct subscriber *sub)
{
    const struct config *config = sub->session.config;

    if (!--sub->waiting && (config->end_when_subscribed || !config->topics.count))
        session_end(&sub->session, EXIT_CODE_GOOD);
}

static void subscribed(struct mqw_client *client, void *arg, const struct mqw_client_result *result)
{
    struct subscriber *sub = arg;
    int code;

    (void)client;
    if (sub->session.ending)
        return;
    if (session_refused(&sub->session, result, &sub->session.config->topics, &code))
        session_end(&sub->session, code);
    else
        answered(sub);
}

static void unsubscribed(struct mqw_client *client, void *arg,
                         const struct mqw_client_result *result)
{
    (void)client, (void)result; /* that there was none is no failure */
    answered(arg);
}

static void subscribe(struct subscriber *sub)
{
    const struct config *config = sub->session.config;
    size_t count = config->topics.count;
    struct mqw_subscription *all = sized(NULL, count * sizeof *all);
    struct mqw_subscribe packet = {.properties = config->properties[FOR_SUBSCRIBE].properties,
                                   .subscriptions = mqw_subscriptions(all, count)};
    bool newer = config->version == MQW_VERSION_5;

    for (size_t i = 0; i < count; i++)
        all[i] = (struct mqw_subscription){
            .topic_filter = mqw_text(config->topics.items[i]),
            .qos = (uint8_t)config->qos,
            .retain_as_published = newer && config->retain_as_published,
            .retain_handling = newer && config->not_retained && !config->remove_retained ? 2 : 0,
        };
    sub->waiting++;
    if (mqw_client_subscribe(sub->session.client, &packet, subscribed, sub) != MQW_CLIENT_OK) {
        complain(config, "%s", mqw_client_problem(sub->session.client));
        session_stop(&sub->session, EXIT_CODE_ERROR, false);
    }
    free(all);
}

static void unsubscribe(struct subscriber *sub)
{
    const struct config *config = sub->session.config;
    size_t count = config->unsubscribe.count;
    struct mqw_bytes *all = sized(NULL, count * sizeof *all);
    struct mqw_unsubscribe packet = {.properties = config->properties[FOR_UNSUBSCRIBE].properties,
                                     .topic_filters = mqw_filters(all, count)};

    for (size_t i = 0; i < count; i++)
        all[i] = mqw_text(config->unsubscribe.items[i]);
    sub->waiting++;
    if (mqw_client_unsubscribe(sub->session.client, &packet, unsubscribed, sub) != MQW_CLIENT_OK) {
        complain(config, "%s", mqw_client_problem(sub->session.client));
        session_stop(&sub->session, EXIT_CODE_ERROR, false);
    }
    free(all);
}

/* Later, the client subscribes again by itself where the server has lost the session. */
static void ready(struct session *session, bool first)
{
    struct subscriber *sub = (struct subscriber *)session;

    if (!first)
        return;
    if (session->config->topics.count)
        subscribe(sub);
    if (session->config->unsubscribe.count && !session->ending)
        unsubscribe(sub);
}

/* No more messages under way than are wanted: [MQTT-3.3.4-9] is then the server's business. */
static void limit_messages(struct config *config)
{
    struct mqw_properties *properties = &config->properties[FOR_CONNECT].properties;

    if (config->version == MQW_VERSION_5 && config->count && config->count < 20 &&
        !mqw_has(properties, MQW_PROPERTY_RECEIVE_MAXIMUM))
        mqw_set_receive_maximum(properties, (uint16_t)config->count);
}

int program_run(struct config *config)
{
    struct subscriber sub = {
        .session = {.config = config,
                    .ready = ready,
                    .message = got,
                    .catches_signals = true,
                    .reconnects = true},
    };

    limit_messages(config);
    srandom((unsigned)uv_hrtime());
    session_open(&sub.session);
    return session_run(&sub.session);
}

const enum program this_program = SUB;
