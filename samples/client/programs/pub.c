/* SPDX-License-Identifier: MIT */
/* mqttwire-pub: publishes a message, or each line of standard input. */
#include "main.h"

#include "exits.h"
#include "lines.h"
#include "session.h"

struct publisher {
    struct session session; /* first: the session's callbacks find the rest behind it */
    struct lines *lines;
    uv_timer_t delay;
    long left; /* repetitions */
};

static void publish(struct publisher *pub, struct mqw_bytes payload);

static void publish_again(uv_timer_t *timer)
{
    struct publisher *pub = timer->data;

    publish(pub, mqw_view(pub->session.config->payload, pub->session.config->payload_len));
}

/* Reads on while there is room for more. */
static void pace(struct publisher *pub)
{
    struct mqw_client *client = pub->session.client;

    lines_pause(pub->lines,
                !mqw_client_is_connected(client) ||
                    mqw_client_pending(client) >= (size_t)pub->session.config->inflight);
}

static void published(struct mqw_client *client, void *arg, const struct mqw_client_result *result)
{
    struct publisher *pub = arg;
    const struct config *config = pub->session.config;
    int code = EXIT_CODE_GOOD;

    (void)client;
    if (result->status == MQW_CLIENT_CLOSED)
        return; /* why is told elsewhere */
    if (result->status != MQW_CLIENT_OK) {
        code = session_code(result->status, result->reason_code);
        complain(config, "the message was not taken: %s", result->text);
        if (!pub->session.code)
            pub->session.code = code; /* what follows is sent none the less */
    }
    if (pub->lines)
        pace(pub);
    else if (--pub->left > 0)
        uv_timer_start(&pub->delay, publish_again, (uint64_t)(config->repeat_delay * 1000), 0);
    else
        session_end(&pub->session, code);
}

static void publish(struct publisher *pub, struct mqw_bytes payload)
{
    const struct config *config = pub->session.config;
    struct mqw_publish packet = {
        .topic = mqw_text(config->topics.items[0]),
        .payload = payload,
        .qos = (uint8_t)config->qos,
        .retain = config->retain,
        .properties = config->properties[FOR_PUBLISH].properties,
    };

    if (mqw_client_publish(pub->session.client, &packet, published, pub) == MQW_CLIENT_OK)
        return;
    complain(config, "%s", mqw_client_problem(pub->session.client));
    session_stop(&pub->session, EXIT_CODE_ERROR, false);
}

static void got_line(void *arg, const char *line, size_t len)
{
    struct publisher *pub = arg;

    publish(pub, mqw_view(line, len));
    pace(pub);
}

static void got_end(void *arg, const char *error)
{
    struct publisher *pub = arg;

    if (error)
        complain(pub->session.config, "standard input: %s", error);
    session_end(&pub->session, error ? EXIT_CODE_ERROR : EXIT_CODE_GOOD);
}

static void ready(struct session *session, bool first)
{
    struct publisher *pub = (struct publisher *)session;

    if (first && session->config->mode == MESSAGE_LINES)
        pub->lines = lines_open(&session->loop, got_line, got_end, pub);
    else if (first)
        publish_again(&pub->delay);
    if (pub->lines)
        pace(pub);
}

static void finish(struct session *session)
{
    struct publisher *pub = (struct publisher *)session;

    uv_close((uv_handle_t *)&pub->delay, NULL);
    lines_close(pub->lines);
}

int program_run(struct config *config)
{
    struct publisher pub = {
        .session = {.config = config,
                    .ready = ready,
                    .finish = finish,
                    .reconnects = config->mode == MESSAGE_LINES},
        .left = config->repeat,
    };

    session_open(&pub.session);
    uv_timer_init(&pub.session.loop, &pub.delay);
    pub.delay.data = &pub;
    return session_run(&pub.session);
}

const enum program this_program = PUB;
