/* SPDX-License-Identifier: MIT */
/*
 * A broker and a few clients in one process, each with a socketpair.  The input says what they do,
 * one after the other: connect, subscribe, publish and answer as they should; send packets of
 * libmqttwire-fuzz, good, broken or mutated, and any bytes; go, come back, do not read; let time pass;
 * have the broker end and begin anew on what it stored.  Laws: what the broker sends breaks no rule;
 * when all are gone and their sessions have expired, nothing is left of them, in memory or in the
 * store; limits hold.
 */
#include "broker_client.h"

#include <mqttwire_fuzz.h>

#include <sys/socket.h>

enum { CLIENTS = 4, STEPS = 400, ROOM = 8192, LISTS = 4 };

struct run {
    struct world world;
    struct client clients[CLIENTS];
    struct input input;
    bool judged;
    uint32_t mutate; /* seed for the next packet; 0: it is sent as it is */
};

/* ---- What packets are made of --------------------------------------------------------------- */

static const char *const names[] = {"a",         "b",      "a/b",  "a/c",
                                    "a/b/c",     "b/b",    "own",  "a//",
                                    "own/one/x", "of/bob", "$x/a", "$SYS/broker/uptime"};
static const char *const filters[] = {"a",
                                      "+",
                                      "#",
                                      "a/#",
                                      "+/b",
                                      "a/b",
                                      "a/+/c",
                                      "$share/g/a/#",
                                      "own/#",
                                      "$share/g/#",
                                      "$share/h/a/b",
                                      "$SYS/#",
                                      "+/+/+",
                                      "$share/h/+/",
                                      "b/b",
                                      "of/+"};
static const char *const ids[] = {"one", "two", "three", ""};

#define PICK(array, number) ((array)[(number) % (sizeof(array) / sizeof *(array))])

/* Sends a packet as it is encoded, or mutated. */
static void send_packet(struct run *run, struct client *client, const struct mqw_packet *packet)
{
    struct mqw_options options = {.version = client->version, .allow = MQW_ALLOW_MQTT_3_1};
    static uint8_t bytes[ROOM];
    struct mqw_result result = mqw_encode(packet, &options, bytes, sizeof bytes);
    size_t size = result.code == MQW_OK ? result.size : 0;
    if (run->mutate) {
        struct mqw_mutator mutator;
        mqw_mutator_init(&mutator);
        mutator.version = client->version;
        mutator.sender = MQW_CLIENT;
        size = mqw_mutate_with(&mutator, bytes, size, sizeof bytes, run->mutate);
        run->mutate = 0;
    }
    client_send(client, &run->world, bytes, size);
}

static struct mqw_packet blank(uint8_t type)
{
    struct mqw_packet packet;
    memset(&packet, 0, sizeof packet);
    packet.type = type;
    return packet;
}

static uint16_t next_id(struct client *client, uint32_t byte)
{
    if (byte & 0xF)
        client->last_id = client->last_id % 200 + 1;
    else
        client->last_id = (uint16_t)(1 + (byte >> 4)); /* which may be in use */
    return client->last_id;
}

/* ---- What clients do ------------------------------------------------------------------------ */

static void set_will(struct mqw_will *will, struct input *input, bool five)
{
    uint32_t byte = take(input, 1);
    will->topic = mqw_text(PICK(names, byte & 7));
    will->payload = mqw_text(byte & 8 ? "will" : "");
    will->qos = (uint8_t)((byte >> 4 & 3) % 3);
    will->retain = byte >> 6 & 1;
    if (five && byte & 0x80) {
        byte = take(input, 1);
        mqw_set_will_delay_interval(&will->properties, byte & 15);
        if (byte & 16)
            mqw_set_message_expiry_interval(&will->properties, byte >> 5);
    }
}

static void set_limits(struct mqw_properties *properties, uint32_t byte, struct input *input)
{
    static const uint32_t expiries[] = {0, 1, 100, UINT32_MAX};
    if (byte & 4)
        mqw_set_session_expiry_interval(properties, expiries[byte & 3]);
    if (byte & 8)
        mqw_set_receive_maximum(properties, (uint16_t)(1 + take(input, 1) % 4));
    if (byte & 16)
        mqw_set_maximum_packet_size(properties, 1U << (take(input, 1) & 15));
    if (byte & 32)
        mqw_set_topic_alias_maximum(properties, (uint16_t)(take(input, 1) % 5));
    if (byte & 64)
        mqw_set_request_response_information(properties, 1);
    if (byte & 128) {
        uint32_t method = take(input, 1);
        if (method & 1)
            mqw_set_request_problem_information(properties, 0);
        if ((method & 6) == 6)
            mqw_set_authentication_method(properties, mqw_text("SCRAM-SHA-256"));
    }
}

static void do_connect(struct run *run, struct client *client)
{
    static const uint8_t versions[] = {MQW_VERSION_5, MQW_VERSION_5, MQW_VERSION_3_1_1,
                                       MQW_VERSION_3_1};
    struct input *input = &run->input;
    struct mqw_packet packet = blank(MQW_CONNECT);
    struct mqw_connect *connect = &packet.connect;
    uint32_t flags = take(input, 1), more = take(input, 1);

    if (client->fd < 0 || more & 1)
        client_open(client, &run->world, run->judged);
    client->version = versions[flags & 3];
    connect->client_id = mqw_text(PICK(ids, flags >> 2 & 3));
    connect->clean_start = flags >> 4 & 1;
    if (client->version == MQW_VERSION_3_1 || client->version == MQW_VERSION_3_1_1)
        connect->clean_start |= !connect->client_id.len;
    connect->keep_alive = (uint16_t)(more & 2 ? take(input, 1) : 0);
    connect->has_username = connect->has_password = more >> 2 & 1;
    connect->username = mqw_text(more & 8 ? "bob" : "eve");
    connect->password = mqw_text(more & 16 ? "wrong" : "secret");
    connect->has_will = flags >> 5 & 1;
    if (connect->has_will)
        set_will(&connect->will, input, client->version == MQW_VERSION_5);
    if (client->version == MQW_VERSION_5)
        set_limits(&connect->properties, take(input, 1), input);
    send_packet(run, client, &packet);
}

static void do_subscribe(struct run *run, struct client *client)
{
    struct input *input = &run->input;
    struct mqw_packet packet = blank(MQW_SUBSCRIBE);
    struct mqw_subscription list[LISTS];
    uint32_t flags = take(input, 1), count = 1 + (flags & 3), i;
    bool five = client->version == MQW_VERSION_5;

    memset(list, 0, sizeof list);
    for (i = 0; i < count; i++) {
        uint32_t byte = take(input, 1), options = take(input, 1);
        list[i].topic_filter = mqw_text(PICK(filters, byte));
        list[i].qos = (uint8_t)((options & 3) % 3);
        list[i].no_local = five && options & 4 && list[i].topic_filter.ptr[0] != '$';
        list[i].retain_as_published = five && options & 8;
        list[i].retain_handling = (uint8_t)(five ? (options >> 4 & 3) % 3 : 0);
    }
    packet.subscribe.packet_id = next_id(client, flags >> 2);
    packet.subscribe.subscriptions = mqw_subscriptions(list, count);
    if (five && flags & 0x80) {
        uint32_t identifier = 1 + take(input, 1);
        mqw_set_subscription_identifiers(&packet.subscribe.properties, mqw_ids(&identifier, 1));
        send_packet(run, client, &packet);
    } else {
        send_packet(run, client, &packet);
    }
}

static void do_unsubscribe(struct run *run, struct client *client)
{
    struct mqw_packet packet = blank(MQW_UNSUBSCRIBE);
    struct mqw_bytes list[LISTS];
    uint32_t flags = take(&run->input, 1), count = 1 + (flags & 3), i;
    for (i = 0; i < count; i++)
        list[i] = mqw_text(PICK(filters, take(&run->input, 1)));
    packet.unsubscribe.packet_id = next_id(client, flags >> 2);
    packet.unsubscribe.topic_filters = mqw_filters(list, count);
    send_packet(run, client, &packet);
}

static void do_publish(struct run *run, struct client *client)
{
    static const uint8_t payload[4000];
    static const uint32_t sizes[] = {0, 1, 30, 150, 300, 1500, 3000, 4000};
    struct input *input = &run->input;
    struct mqw_packet packet = blank(MQW_PUBLISH);
    struct mqw_publish *publish = &packet.publish;
    uint32_t flags = take(input, 1), what = take(input, 1);

    publish->topic = mqw_text(PICK(names, what & 15));
    publish->payload = mqw_view(payload, sizes[what >> 4 & 7]);
    publish->qos = (uint8_t)((flags & 3) % 3);
    publish->retain = flags >> 2 & 1;
    if (publish->qos) {
        publish->dup = (flags >> 3 & 7) == 7;
        publish->packet_id = next_id(client, take(input, 1));
    }
    if (client->version == MQW_VERSION_5 && what & 0x80) {
        uint32_t byte = take(input, 1);
        if (byte & 1)
            mqw_set_message_expiry_interval(&publish->properties, byte >> 4);
        if (byte & 2)
            mqw_set_topic_alias(&publish->properties, (uint16_t)(1 + (byte >> 4 & 3)));
        if (byte & 4 && byte & 2)
            publish->topic.len = 0;
        if (byte & 8)
            mqw_set_response_topic(&publish->properties, mqw_text("a/b"));
    }
    send_packet(run, client, &packet);
}

static void send_ack(struct run *run, struct client *client, uint8_t type, uint16_t packet_id,
                     uint8_t code)
{
    struct mqw_packet packet = blank(type);
    packet.ack.packet_id = packet_id;
    packet.ack.reason_code = client->version == MQW_VERSION_5 ? code : 0;
    send_packet(run, client, &packet);
}

/* Answers what came, in its order, or one of it again and again. */
static void do_answer(struct run *run, struct client *client)
{
    uint32_t byte = take(&run->input, 1), count = 1 + (byte & 15);
    uint8_t code = (byte & 0xF0) == 0xF0 ? MQW_REASON_FAILURE : 0;
    bool again = (byte & 0xF0) == 0xE0;
    while (count-- && client->owed_count && client->fd >= 0) {
        struct owed owed = client->owed[0];
        if (!again || !count)
            memmove(client->owed, client->owed + 1, --client->owed_count * sizeof owed);
        if (owed.type == MQW_PUBREL || owed.type == MQW_PUBCOMP)
            code = 0;
        send_ack(run, client, owed.type, owed.packet_id, code);
    }
}

static void do_answer_wrongly(struct run *run, struct client *client)
{
    static const uint8_t codes[] = {0, MQW_REASON_FAILURE, MQW_REASON_NO_MATCHING_SUBSCRIBERS,
                                    MQW_REASON_PACKET_IDENTIFIER_NOT_FOUND};
    uint32_t byte = take(&run->input, 1);
    send_ack(run, client, (uint8_t)(MQW_PUBACK + (byte & 3)), (uint16_t)(1 + (byte >> 4)),
             codes[byte >> 2 & 3]);
}

static void do_leave(struct run *run, struct client *client)
{
    uint32_t byte = take(&run->input, 1);
    struct mqw_packet packet = blank(MQW_DISCONNECT);
    if (byte & 1) {
        client_close(client);
        return;
    }
    if (byte & 2) {
        if (client->fd >= 0)
            shutdown(client->fd, SHUT_WR);
        return;
    }
    if (client->version == MQW_VERSION_5 && byte & 4)
        mqw_set_session_expiry_interval(&packet.disconnect.properties, byte >> 4);
    if (client->version == MQW_VERSION_5 && byte & 8)
        packet.disconnect.reason_code = MQW_REASON_DISCONNECT_WITH_WILL_MESSAGE;
    send_packet(run, client, &packet);
}

static void do_bytes(struct run *run, struct client *client)
{
    struct mqw_bytes bytes = take_bytes(&run->input, 1 + take(&run->input, 1) % 64);
    client_send(client, &run->world, bytes.ptr, bytes.len);
}

static void do_generate(struct run *run, struct client *client)
{
    static uint8_t bytes[ROOM];
    size_t size =
        mqw_generate(bytes, sizeof bytes, client->version, MQW_CLIENT, take(&run->input, 3));
    client_send(client, &run->world, bytes, size);
}

static void do_break(struct run *run, struct client *client)
{
    static uint8_t bytes[ROOM];
    enum mqw_code rule = (enum mqw_code)(
        MQW_RULE_FIRST + take(&run->input, 1) % (MQW_RULE_FIRST_PACKET - MQW_RULE_FIRST));
    size_t size = mqw_generate_broken(bytes, sizeof bytes, client->version, MQW_CLIENT, rule,
                                      take(&run->input, 2));
    client_send(client, &run->world, bytes, size);
}

static void do_other(struct run *run, struct client *client)
{
    uint32_t byte = take(&run->input, 1);
    struct mqw_packet packet;
    switch (byte & 7) {
    case 0:
    case 1:
        packet = blank(MQW_PINGREQ);
        send_packet(run, client, &packet);
        break;
    case 2:
        packet = blank(MQW_AUTH);
        packet.disconnect.reason_code = MQW_REASON_RE_AUTHENTICATE;
        mqw_set_authentication_method(&packet.disconnect.properties, mqw_text("SCRAM-SHA-256"));
        send_packet(run, client, &packet);
        break;
    case 3:
        client->deaf = !run->judged && !client->deaf;
        break;
    case 4:
        broker_reload(&run->world.broker);
        break;
    case 5:
        run->world.held_up = false;
        if (byte & 8)
            world_restart(&run->world);
        break;
    default:
        run->world.held_up = !run->judged && !run->world.held_up;
    }
}

static void do_wait(struct run *run)
{
    static const uint32_t times[] = {1, 100, 1000, 1600, 5000, 11000, 100000, 1000000};
    world_wait(&run->world, times[take(&run->input, 1) & 7]);
}

static void step(struct run *run)
{
    uint32_t what = take(&run->input, 1), i;
    struct client *client = &run->clients[what & 3];

    switch (what >> 2 & 15) {
    case 0:
        do_connect(run, client);
        break;
    case 1:
    case 2:
        do_subscribe(run, client);
        break;
    case 3:
    case 4:
    case 5:
        do_publish(run, client);
        break;
    case 6:
        do_unsubscribe(run, client);
        break;
    case 7:
    case 8:
        do_answer(run, client);
        break;
    case 9:
        do_answer_wrongly(run, client);
        break;
    case 10:
        do_leave(run, client);
        break;
    case 11:
        do_bytes(run, client);
        break;
    case 12:
        if (what & 0x40)
            do_generate(run, client);
        else
            do_break(run, client);
        break;
    case 13:
        run->mutate = take(&run->input, 2);
        break;
    case 14:
        do_wait(run);
        break;
    default:
        do_other(run, client);
    }
    world_turn(&run->world);
    for (i = 0; i < CLIENTS; i++)
        if (!run->clients[i].deaf)
            client_read(&run->clients[i]);
    world_look(&run->world);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct run run;
    unsigned steps, i;

    memset(&run, 0, sizeof run);
    run.input = input_of(data, size);
    world_begin(&run.world, &run.input);
    run.judged = take(&run.input, 1) & 1 && !run.world.settings.max_message_rate;
    for (i = 0; i < CLIENTS; i++)
        run.clients[i].fd = -1;
    for (steps = 0; run.input.left && steps < STEPS; steps++)
        step(&run);
    run.world.held_up = false;
    for (i = 0; i < CLIENTS; i++)
        client_close(&run.clients[i]);
    world_end(&run.world);
    return 0;
}
