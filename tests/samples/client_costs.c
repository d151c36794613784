/* SPDX-License-Identifier: MIT */
/*
 * What many entries of one kind cost the client library: client_costs NAME COUNT SOCKET prints
 * seconds of processor time.  A server in the same loop, on a unix socket, answers as it should.
 * tests/test_client_costs.py compares counts.
 */
#include <mqttwire_client.h>
#include <stdio.h>
#include <stdlib.h>
#include <stream.h>
#include <string.h>
#include <time.h>
#include <wire.h>

static uv_loop_t loop;
static uv_pipe_t listener;
static struct net_stream *stream;
static struct net_wire wire; /* the server's end */
static struct mqw_client *client;
static bool answers = true; /* publishes */
static uint32_t ended;      /* requests and messages */
static uint64_t tokens[UINT16_MAX];

static void die(const char *what)
{
    fprintf(stderr, "client_costs: %s\n", what);
    exit(1);
}

/* ---- The server ------------------------------------------------------------------------------ */

static void flush(void)
{
    if (wire.out.len && !net_stream_write(stream, wire.out.bytes, wire.out.len))
        die("out of memory");
    net_buffer_take(&wire.out, wire.out.len);
}

static void send_packet(const struct mqw_packet *packet)
{
    char problem[200];
    if (net_wire_send(&wire, packet, 0, 0, problem, sizeof problem) != MQW_OK)
        die(problem);
}

static void send_message(const char *topic, uint8_t qos)
{
    struct mqw_packet packet;
    memset(&packet, 0, sizeof packet);
    packet.type = MQW_PUBLISH;
    packet.publish.topic = mqw_text(topic);
    packet.publish.qos = qos;
    packet.publish.packet_id = qos ? net_wire_next_id(&wire) : 0;
    send_packet(&packet);
}

static void send_reply(const struct mqw_publish *request)
{
    struct mqw_packet packet;
    memset(&packet, 0, sizeof packet);
    packet.type = MQW_PUBLISH;
    packet.publish.topic = request->properties.response_topic;
    mqw_set_correlation_data(&packet.publish.properties, request->properties.correlation_data);
    send_packet(&packet);
}

static void answer(const struct mqw_packet *packet)
{
    static uint8_t codes[1000]; /* all granted */
    struct mqw_packet reply;
    memset(&reply, 0, sizeof reply);
    reply.ack.packet_id = packet->publish.packet_id;
    switch (packet->type) {
    case MQW_CONNECT:
        reply.type = MQW_CONNACK;
        reply.ack.packet_id = 0;
        break;
    case MQW_SUBSCRIBE:
        reply.type = MQW_SUBACK;
        reply.suback.packet_id = packet->subscribe.packet_id;
        reply.suback.reason_codes = mqw_codes(codes, packet->subscribe.subscriptions.count);
        break;
    case MQW_PUBLISH:
        if (answers && mqw_has(&packet->publish.properties, MQW_PROPERTY_RESPONSE_TOPIC))
            send_reply(&packet->publish);
        if (!answers || !packet->publish.qos)
            return;
        reply.type = MQW_PUBACK;
        break;
    case MQW_PUBREC:
        reply.type = MQW_PUBREL;
        reply.ack.packet_id = packet->ack.packet_id;
        break;
    default:
        return;
    }
    send_packet(&reply);
}

static void opened(void *arg)
{
    (void)arg;
}

static void received(void *arg, const uint8_t *data, size_t len)
{
    struct mqw_packet packet;
    struct mqw_seen seen;
    enum mqw_code code;
    char problem[200];
    (void)arg;
    if (!net_buffer_add(&wire.in, data, len))
        die("out of memory");
    do {
        code = net_wire_next(&wire, 0, &packet, &seen, problem, sizeof problem);
        if (code == MQW_OK)
            answer(&packet);
    } while (code == MQW_OK);
    if (code != MQW_MORE)
        die(problem);
    flush();
}

static void closed(void *arg, const struct net_error *error)
{
    (void)arg;
    (void)error;
    stream = NULL;
}

static void accept_one(uv_stream_t *from, int status)
{
    static const struct net_stream_events events = {
        .opened = opened, .received = received, .drained = opened, .closed = closed};
    static const struct net_terms terms;
    struct net_error error;
    net_wire_begin(&wire, MQW_SERVER, 0, 0, 0, MQW_ALLOW_NOTHING);
    if (status)
        die("no connection");
    stream = net_stream_accept(from, &terms, &events, NULL, &error);
    if (!stream)
        die(error.text);
}

/* ---- The client ------------------------------------------------------------------------------ */

static void run_until(uint32_t count)
{
    while (ended < count)
        uv_run(&loop, UV_RUN_ONCE);
}

static void done(struct mqw_client *of, void *arg, const struct mqw_client_result *result)
{
    (void)of;
    (void)arg;
    (void)result;
    ended++;
}

static void replied(struct mqw_client *of, void *arg, enum mqw_client_status status,
                    const struct mqw_publish *reply)
{
    (void)of;
    (void)arg;
    (void)status;
    (void)reply;
    ended++;
}

/* Keeps a message of QoS 2 for later. */
static bool hold(struct mqw_client *of, void *arg, const struct mqw_client_message *message)
{
    (void)of;
    (void)arg;
    if (message->publish->qos == 2)
        tokens[ended] = message->token;
    ended++;
    return message->publish->qos != 2;
}

static void connect_client(const char *path, const char *way)
{
    struct mqw_client_options options = {0};
    struct mqw_connect connect = {0};
    char url[300];
    snprintf(url, sizeof url, "unix://%s", path);
    connect.client_id = mqw_text("c");
    options.url = url;
    options.connect = &connect;
    options.message = hold;
    options.queue_messages = strcmp(way, "drops") ? UINT32_MAX : 1;
    options.queue_qos_0 = true;
    options.overflow = MQW_CLIENT_DROP_OLDEST;
    client = mqw_client_new(&options, &loop, NULL);
    if (!client)
        die(mqw_client_new_error());
    mqw_client_connect(client);
    while (!mqw_client_is_connected(client))
        uv_run(&loop, UV_RUN_ONCE);
}

static char *topic_of(uint32_t number, const char *more)
{
    static char topic[50];
    snprintf(topic, sizeof topic, "device/%u/state%s", (unsigned)number, more);
    return topic;
}

static void publish(uint8_t qos)
{
    struct mqw_publish message = {0};
    message.topic = mqw_text("a");
    message.qos = qos;
    if (mqw_client_publish(client, &message, done, NULL) != MQW_CLIENT_OK)
        die(mqw_client_problem(client));
}

static void request(uint32_t timeout)
{
    struct mqw_publish message = {0};
    message.topic = mqw_text("a");
    if (mqw_client_request(client, &message, timeout, replied, NULL) != MQW_CLIENT_OK)
        die(mqw_client_problem(client));
}

/* ---- What is measured ------------------------------------------------------------------------ */

/* Requests that are open while all of them are made, and then replied to. */
static void requests(uint32_t count)
{
    uint32_t i;
    for (i = 0; i < count; i++)
        request(1000000);
    run_until(count);
}

/* With timeouts that differ, and no reply. */
static void timeouts(uint32_t count)
{
    uint32_t i;
    answers = false;
    for (i = 0; i < count; i++)
        request(i * 7 % 500);
    run_until(count);
}

/* As many events while requests are open. */
static void open_requests(uint32_t count)
{
    uint32_t i;
    answers = false;
    for (i = 0; i < count; i++)
        request(1000000);
    for (i = 0; i < count; i++)
        publish(0);
    run_until(count);
}

/* A handler for each topic, with a message for each. */
static void handle_each(uint32_t count, const char *more)
{
    uint32_t i;
    for (i = 0; i < count; i++)
        if (mqw_client_handle_filter(client, mqw_text(topic_of(i, more)), hold, NULL))
            die(mqw_client_problem(client));
    for (i = 0; i < count; i++)
        send_message(topic_of(i, ""), 0);
    flush();
    run_until(count);
    for (i = 0; i < count; i++)
        mqw_client_handle_filter(client, mqw_text(topic_of(i, more)), NULL, NULL);
}

static void topics(uint32_t count)
{
    handle_each(count, "");
}

static void patterns(uint32_t count)
{
    handle_each(count, "/#");
}

static void subscribe_each(uint32_t count)
{
    struct mqw_subscription wanted = {0};
    struct mqw_subscribe subscribe = {0};
    uint32_t i;
    subscribe.subscriptions = mqw_subscriptions(&wanted, 1);
    for (i = 0; i < count; i++) {
        wanted.topic_filter = mqw_text(topic_of(i, ""));
        if (mqw_client_subscribe(client, &subscribe, done, NULL))
            die(mqw_client_problem(client));
    }
}

static void subscriptions(uint32_t count)
{
    subscribe_each(count);
    run_until(count);
}

/* Messages that give way to newer ones, behind requests that wait for a connection. */
static void drops(uint32_t count)
{
    uint32_t i;
    mqw_client_disconnect(client, NULL);
    mqw_client_run(client, -1);
    subscribe_each(count);
    for (i = 0; i < count; i++)
        publish(0);
}

/* Messages of QoS 1, while as many of QoS 2 are held. */
static void held(uint32_t count)
{
    uint32_t i;
    for (i = 0; i < count / 2; i++)
        send_message("a", 2);
    for (i = 0; i < count / 2; i++)
        send_message("a", 1);
    flush();
    run_until(count / 2 * 2);
    for (i = 0; i < count / 2; i++)
        mqw_client_acknowledge(client, tokens[i]);
}

/* Asked at each step, while messages are held. */
static void settled(uint32_t count)
{
    uint32_t i;
    for (i = 0; i < count; i++)
        send_message("a", 2);
    flush();
    run_until(count);
    for (i = 0; i < count; i++)
        ended += mqw_client_is_settled(client);
}

static void publishes(uint32_t count)
{
    uint32_t i;
    for (i = 0; i < count; i++)
        publish(1);
    run_until(count);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(uint32_t count);
    } ways[] = {
        {"requests", requests},           {"timeouts", timeouts},
        {"open_requests", open_requests}, {"topics", topics},
        {"patterns", patterns},           {"held", held},
        {"subscriptions", subscriptions}, {"settled", settled},
        {"publishes", publishes},         {"drops", drops},
    };
    clock_t start;
    size_t i;
    if (argc != 4)
        die("client_costs NAME COUNT SOCKET");
    uv_loop_init(&loop);
    uv_pipe_init(&loop, &listener, 0);
    if (uv_pipe_bind(&listener, argv[3]) || uv_listen((uv_stream_t *)&listener, 1, accept_one))
        die("cannot listen");
    connect_client(argv[3], argv[1]);
    start = clock();
    for (i = 0; i < sizeof ways / sizeof *ways; i++)
        if (!strcmp(ways[i].name, argv[1]))
            ways[i].run((uint32_t)strtoul(argv[2], NULL, 10));
    mqw_client_free(client);
    printf("%.6f\n", (double)(clock() - start) / CLOCKS_PER_SEC);
    uv_close((uv_handle_t *)&listener, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    net_wire_end(&wire);
    return 0;
}
