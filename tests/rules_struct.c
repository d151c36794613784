/* SPDX-License-Identifier: MIT */
/* Rules that a struct can break and bytes cannot: good bytes, decoded and then spoilt. */
#include "rules.h"

#define CONNECT   "10{('MQTT') % 02 0000 ~ ('c')}"
#define WILL      "10{('MQTT') % 06 0000 ~ ('c') ~ ('t') ('m')}"
#define PUBLISH   "30{('t') ~ 'x'}"
#define SUBSCRIBE "82{0001 ~ ('a') 00}"

struct struct_case {
    enum mqw_code rule;
    const char *versions;
    bool measured; /* a NULL buffer is refused too: stored bytes could not show it */
    const char *field;
    const char *bytes;
    void (*spoil)(struct mqw_packet *packet);
};

static uint8_t zeros[65536];
static struct mqw_bytes just_too_long(void)
{
    for (size_t i = 0; i < sizeof zeros; i++)
        zeros[i] = 'a';
    return mqw_view(zeros, sizeof zeros);
}

static struct mqw_subscription subscription;
static struct mqw_pair pair;
static struct mqw_bytes filter;
static uint32_t ids[2];
static uint8_t code;

#define SPOIL(name, ...)                                                                           \
    static void name(struct mqw_packet *p)                                                         \
    {                                                                                              \
        __VA_ARGS__;                                                                               \
    }

static void subscribe_to(struct mqw_packet *p, struct mqw_bytes topic_filter, uint8_t qos,
                         uint8_t retain_handling)
{
    memset(&subscription, 0, sizeof subscription);
    subscription.topic_filter = topic_filter;
    subscription.qos = qos;
    subscription.retain_handling = retain_handling;
    p->subscribe.subscriptions = mqw_subscriptions(&subscription, 1);
}

static void user_property(struct mqw_properties *p, struct mqw_bytes name, struct mqw_bytes value)
{
    pair.name = name;
    pair.value = value;
    mqw_set_user_properties(p, mqw_pairs(&pair, 1));
}

SPOIL(type_0, p->type = 0)
SPOIL(type_auth, memset(p, 0, sizeof *p); p->type = MQW_AUTH)
SPOIL(long_client_id, p->connect.client_id = just_too_long())
SPOIL(long_username, p->connect.has_username = true; p->connect.username = just_too_long())
SPOIL(long_password, p->connect.has_username = p->connect.has_password = true;
      p->connect.username = mqw_text("u"); p->connect.password = just_too_long())
SPOIL(long_will_topic, p->connect.will.topic = just_too_long())
SPOIL(long_will_payload, p->connect.will.payload = just_too_long())
SPOIL(long_topic, p->publish.topic = just_too_long())
SPOIL(huge_topic, p->publish.topic.len = UINT32_MAX)
SPOIL(long_filter, subscribe_to(p, just_too_long(), 0, 0))
SPOIL(long_unsubscription, filter = just_too_long();
      p->unsubscribe.topic_filters = mqw_filters(&filter, 1))
SPOIL(long_response_topic, mqw_set_response_topic(&p->publish.properties, just_too_long()))
SPOIL(long_correlation, mqw_set_correlation_data(&p->publish.properties, just_too_long()))
SPOIL(long_reason, mqw_set_reason_string(&p->ack.properties, just_too_long()))
SPOIL(long_name, user_property(&p->publish.properties, just_too_long(), mqw_text("")))
SPOIL(long_value, user_property(&p->publish.properties, mqw_text(""), just_too_long()))
SPOIL(long_payload, p->publish.payload.len = MQW_LENGTH_MAX)
SPOIL(endless_payload, p->publish.payload.len = UINT32_MAX)
SPOIL(qos_3, p->publish.qos = 3; p->publish.packet_id = 1)
SPOIL(qos_4, p->publish.qos = 4; p->publish.packet_id = 1)
SPOIL(will_qos_3, p->connect.will.qos = 3)
SPOIL(will_qos_4, p->connect.will.qos = 4)
SPOIL(subscription_qos_3, subscribe_to(p, mqw_text("a"), 3, 0))
SPOIL(subscription_qos_4, subscribe_to(p, mqw_text("a"), 4, 0))
SPOIL(retain_handling_3, subscribe_to(p, mqw_text("a"), 0, 3))
SPOIL(retain_handling_4, subscribe_to(p, mqw_text("a"), 0, 4))
SPOIL(retain_handling_1, subscribe_to(p, mqw_text("a"), 0, 1))
SPOIL(no_local, subscribe_to(p, mqw_text("a"), 0, 0); subscription.no_local = true)
SPOIL(as_published, subscribe_to(p, mqw_text("a"), 0, 0); subscription.retain_as_published = true)
SPOIL(no_subscription, p->subscribe.subscriptions = mqw_subscriptions(&subscription, 0))
SPOIL(no_filter, p->unsubscribe.topic_filters = mqw_filters(&filter, 0))
SPOIL(no_code, p->suback.reason_codes = mqw_codes(&code, 0))
SPOIL(spare_id, p->publish.packet_id = 7)
SPOIL(no_id, p->publish.packet_id = 0)
SPOIL(wide_id, ids[0] = MQW_LENGTH_MAX + 1;
      mqw_set_subscription_identifiers(&p->subscribe.properties, mqw_ids(ids, 1)))
SPOIL(second_wide_id, ids[0] = 1; ids[1] = UINT32_MAX;
      mqw_set_subscription_identifiers(&p->publish.properties, mqw_ids(ids, 2)))
SPOIL(two_ids, ids[0] = 1; ids[1] = 2;
      mqw_set_subscription_identifiers(&p->subscribe.properties, mqw_ids(ids, 2)))
SPOIL(property, mqw_set_reason_string(&p->ack.properties, mqw_text("why")))
SPOIL(connect_property, mqw_set_receive_maximum(&p->connect.properties, 1))
SPOIL(unknown_property, p->publish.properties.present = 1 << 4)
SPOIL(will_property, mqw_set_will_delay_interval(&p->connect.will.properties, 1))
SPOIL(connack_property, mqw_set_receive_maximum(&p->connack.properties, 1))
SPOIL(publish_property, mqw_set_topic_alias(&p->publish.properties, 1))
SPOIL(reason, p->ack.reason_code = 0x80)
SPOIL(disconnect_reason, p->disconnect.reason_code = 0x04)
SPOIL(unsuback_codes, code = 0; p->suback.reason_codes = mqw_codes(&code, 1))
SPOIL(lone_password, p->connect.has_password = true; p->connect.password = mqw_text("p"))
SPOIL(no_client_id, p->connect.clean_start = false; p->connect.client_id.len = 0)
SPOIL(version_6, p->version = 6)
SPOIL(session_present, p->connack.session_present = true; p->connack.reason_code = 2)

static const struct struct_case cases[] = {
    {MQW_RULE_TYPE_RESERVED, "45", true, "type", PUBLISH, type_0},
    {MQW_RULE_TYPE_RESERVED, "4", true, "type", PUBLISH, type_auth},
    {MQW_RULE_TEXT_TOO_LONG, "45", true, "client_id", CONNECT, long_client_id},
    {MQW_RULE_TEXT_TOO_LONG, "45", true, "username", CONNECT, long_username},
    {MQW_RULE_TEXT_TOO_LONG, "45", true, "password", CONNECT, long_password},
    {MQW_RULE_TEXT_TOO_LONG, "45", true, "will.payload", WILL, long_will_payload},
    {MQW_RULE_TEXT_TOO_LONG, "5", true, "properties.correlation_data", PUBLISH, long_correlation},
    {MQW_RULE_TEXT_TOO_LONG, "5", true, "properties.reason_string", "40{0001}", long_reason},
    {MQW_RULE_TEXT_TOO_LONG, "5", true, "properties.user_properties[0].name", PUBLISH, long_name},
    {MQW_RULE_TEXT_TOO_LONG, "5", true, "properties.user_properties[0].value", PUBLISH, long_value},
    {MQW_RULE_TOPIC_TOO_LONG, "45", true, "will.topic", WILL, long_will_topic},
    {MQW_RULE_TOPIC_TOO_LONG, "45", true, "topic", PUBLISH, long_topic},
    {MQW_RULE_TOPIC_TOO_LONG, "45", true, "topic", PUBLISH, huge_topic},
    {MQW_RULE_TOPIC_TOO_LONG, "45", true, "subscriptions[0].topic_filter", SUBSCRIBE, long_filter},
    {MQW_RULE_TOPIC_TOO_LONG, "45", true, "topic_filters[0]", "A2{0001 ~ ('a')}",
     long_unsubscription},
    {MQW_RULE_TOPIC_TOO_LONG, "5", true, "properties.response_topic", PUBLISH, long_response_topic},
    {MQW_RULE_LENGTH_OVER_LIMIT, "45", true, "remaining_length", PUBLISH, long_payload},
    {MQW_RULE_LENGTH_OVER_LIMIT, "45", true, "remaining_length", PUBLISH, endless_payload},
    {MQW_RULE_QOS_3, "45", false, "qos", PUBLISH, qos_3},
    {MQW_RULE_VALUE_TOO_WIDE, "45", true, "qos", PUBLISH, qos_4},
    {MQW_RULE_WILL_QOS_3, "45", false, "will.qos", WILL, will_qos_3},
    {MQW_RULE_VALUE_TOO_WIDE, "45", true, "will.qos", WILL, will_qos_4},
    {MQW_RULE_SUBSCRIPTION_QOS_3, "45", false, "subscriptions[0].qos", SUBSCRIBE,
     subscription_qos_3},
    {MQW_RULE_VALUE_TOO_WIDE, "45", true, "subscriptions[0].qos", SUBSCRIBE, subscription_qos_4},
    {MQW_RULE_RETAIN_HANDLING_3, "5", false, "subscriptions[0].retain_handling", SUBSCRIBE,
     retain_handling_3},
    {MQW_RULE_VALUE_TOO_WIDE, "5", true, "subscriptions[0].retain_handling", SUBSCRIBE,
     retain_handling_4},
    {MQW_RULE_VALUE_TOO_WIDE, "5", true, "properties.subscription_identifiers[0]", SUBSCRIBE,
     wide_id},
    {MQW_RULE_VALUE_TOO_WIDE, "5", true, "properties.subscription_identifiers[1]", PUBLISH,
     second_wide_id},
    {MQW_RULE_PROPERTY_REPEATED, "5", false, "properties.subscription_identifiers[1]", SUBSCRIBE,
     two_ids},
    {MQW_RULE_PROPERTY_UNKNOWN, "5", true, "properties", PUBLISH, unknown_property},
    {MQW_RULE_SUBSCRIBE_EMPTY, "45", false, "subscriptions", SUBSCRIBE, no_subscription},
    {MQW_RULE_UNSUBSCRIBE_EMPTY, "45", false, "topic_filters", "A2{0001 ~ ('a')}", no_filter},
    {MQW_RULE_SUBACK_EMPTY, "45", false, "reason_codes", "90{0001 ~ 00}", no_code},
    {MQW_RULE_UNSUBACK_EMPTY, "5", false, "reason_codes", "B0{0001 ~ 00}", no_code},
    {MQW_RULE_PACKET_ID_AT_QOS_0, "45", true, "packet_id", PUBLISH, spare_id},
    {MQW_RULE_PACKET_ID_ZERO, "45", false, "packet_id", "32{('t') 0001 ~}", no_id},
    {MQW_RULE_PASSWORD_WITHOUT_USERNAME, "4", false, "password", CONNECT, lone_password},
    {MQW_RULE_CLIENT_ID_EMPTY, "4", false, "client_id", CONNECT, no_client_id},
    {MQW_RULE_SESSION_PRESENT_REFUSED, "4", false, "session_present", "20{0000~}", session_present},
    {MQW_RULE_PROTOCOL_VERSION, "45", false, "protocol_version", CONNECT, version_6},

    {MQW_RULE_NOT_IN_VERSION, "4", true, "properties", CONNECT, connect_property},
    {MQW_RULE_NOT_IN_VERSION, "4", true, "will.properties", WILL, will_property},
    {MQW_RULE_NOT_IN_VERSION, "4", true, "properties", "20{0000~}", connack_property},
    {MQW_RULE_NOT_IN_VERSION, "4", true, "properties", PUBLISH, publish_property},
    {MQW_RULE_NOT_IN_VERSION, "4", true, "properties", "40{0001}", property},
    {MQW_RULE_NOT_IN_VERSION, "4", true, "reason_code", "40{0001}", reason},
    {MQW_RULE_NOT_IN_VERSION, "4", true, "reason_code", "E0 00", disconnect_reason},
    {MQW_RULE_NOT_IN_VERSION, "4", true, "reason_codes", "B0{0001}", unsuback_codes},
    {MQW_RULE_SUBSCRIPTION_RESERVED, "4", true, "subscriptions[0].options", SUBSCRIBE, no_local},
    {MQW_RULE_SUBSCRIPTION_RESERVED, "4", true, "subscriptions[0].options", SUBSCRIBE,
     as_published},
    {MQW_RULE_SUBSCRIPTION_RESERVED, "4", true, "subscriptions[0].options", SUBSCRIBE,
     retain_handling_1},
};

static void expect_named(const struct struct_case *c, const struct mqw_packet *packet,
                         const struct mqw_options *options, void *out, size_t cap, const char *how)
{
    struct mqw_result r = mqw_encode(packet, options, out, cap);
    char field[128];
    ck_assert_msg(r.code == c->rule, "%s %u, %s: %s", code_name(c->rule), options->version, how,
                  code_name(r.code));
    mqw_encode_field(packet, options, out, cap, field, sizeof field);
    ck_assert_msg(!strcmp(field, c->field), "%s %u, %s: at \"%s\", wanted \"%s\"",
                  code_name(c->rule), options->version, how, field, c->field);
}

START_TEST(structs_that_break_a_rule)
{
    const struct struct_case *c = &cases[_i];
    static uint8_t out[200000];
    for (const char *v = c->versions; *v; v++) {
        struct mqw_options options = options_of((uint8_t)(*v - '0'), MQW_NEITHER);
        struct wire wire = wire_of(options.version, c->bytes);
        struct mqw_packet packet;
        struct mqw_result r = mqw_decode(wire.ptr, wire.len, &options, &packet);
        ck_assert_msg(r.code == MQW_OK, "%s: %s", c->bytes, code_name(r.code));
        if (packet.type == MQW_UNSUBACK && options.version < 5)
            packet.suback.reason_codes = mqw_codes(NULL, 0);
        c->spoil(&packet);
        expect_named(c, &packet, &options, out, sizeof out, "written");
        if (c->measured)
            expect_named(c, &packet, &options, NULL, 0, "measured");
        else
            ck_assert_int_eq(mqw_encode(&packet, &options, NULL, 0).code, MQW_OK);
        wire_free(&wire);
    }
}
END_TEST

/* 3.1.1 has no properties, codes and options: what a caller forgot to set there stays silent only
   where decoding may leave it unset. */
START_TEST(unused_members_of_3_1_1)
{
    static const char *const bytes[] = {
        CONNECT,    WILL,       "20{0000}", PUBLISH,   "32{('t') 0001}", "40{0001}",
        "50{0001}", "62{0001}", "70{0001}", SUBSCRIBE, "90{0001 00}",    "A2{0001 ('a')}",
        "B0{0001}", "C0 00",    "D0 00",    "E0 00",
    };
    struct mqw_options options = options_of(4, MQW_NEITHER);
    for (size_t i = 0; i < COUNT(bytes); i++)
        for (int fill = 0; fill < 256; fill += 85) {
            struct wire wire = wire_of(4, bytes[i]), made;
            struct mqw_packet packet;
            memset(&packet, fill, sizeof packet);
            ck_assert_int_eq(mqw_decode(wire.ptr, wire.len, &options, &packet).code, MQW_OK);
            made = encode_exactly(&packet, &options);
            ck_assert_msg(made.len == wire.len && !memcmp(made.ptr, wire.ptr, made.len),
                          "%s encodes to %s", bytes[i], hex_of(made.ptr, made.len));
            wire_free(&made);
            wire_free(&wire);
        }
}
END_TEST

/* ---- The receiver's limit ----------------------------------------------------------------------
 */

START_TEST(packets_over_max_size)
{
    for (uint8_t version = 4; version <= 5; version++) {
        struct mqw_options options = options_of(version, MQW_NEITHER);
        struct wire wire = wire_of(version, "30{('t') ~ 61*300}");
        struct mqw_packet packet;
        struct mqw_result r;
        char field[64];
        uint8_t out[512];
        mqw_decode(wire.ptr, wire.len, &options, &packet);
        options.max_size = (uint32_t)wire.len;
        ck_assert_int_eq(expect_laws(wire.ptr, wire.len, &options).code, MQW_OK);
        options.max_size--;
        r = expect_laws(wire.ptr, wire.len, &options);
        ck_assert_int_eq(r.code, MQW_RULE_PACKET_TOO_LARGE);
        ck_assert_uint_eq(r.offset, 1);
        ck_assert_uint_eq(r.size, wire.len);
        mqw_decode_field(wire.ptr, wire.len, &options, field, sizeof field);
        ck_assert_str_eq(field, "remaining_length");
        /* It is refused as soon as its length is there. */
        for (size_t len = 0; len < wire.len; len++) {
            r = expect_laws(wire.ptr, len, &options);
            ck_assert_int_eq(r.code, len < 3 ? MQW_MORE : MQW_RULE_PACKET_TOO_LARGE);
        }
        r = mqw_encode(&packet, &options, out, sizeof out);
        ck_assert_int_eq(r.code, MQW_RULE_PACKET_TOO_LARGE);
        r = mqw_encode(&packet, &options, NULL, 0);
        ck_assert_int_eq(r.code, MQW_RULE_PACKET_TOO_LARGE);
        mqw_encode_field(&packet, &options, NULL, 0, field, sizeof field);
        ck_assert_str_eq(field, "remaining_length");
        ck_assert_uint_eq(mqw_rule_reason(MQW_RULE_PACKET_TOO_LARGE, 5), 0x95);
        options.max_size = 1000; /* a limit that is kept is not what is at fault */
        mqw_encode_field(&packet, &options, NULL, sizeof out, field, sizeof field);
        ck_assert_str_eq(field, ""); /* nothing is, and there are no bytes to look at */
        packet.publish.topic = mqw_text("#");
        r = mqw_encode(&packet, &options, out, sizeof out);
        ck_assert_int_eq(r.code, MQW_RULE_TOPIC_WILDCARD);
        mqw_encode_field(&packet, &options, out, sizeof out, field, sizeof field);
        ck_assert_str_eq(field, "topic");
        wire_free(&wire);
    }
}
END_TEST

/* Of the properties only a response topic is a topic. */
START_TEST(empty_text_is_no_topic)
{
    struct wire wire = wire_of(5, "30{('t') {03()}}");
    struct mqw_options options = options_of(5, MQW_NEITHER);
    options.refuse = rule_refuse(MQW_RULE_RESPONSE_TOPIC_EMPTY);
    ck_assert_int_eq(expect_laws(wire.ptr, wire.len, &options).code, MQW_OK);
    wire_free(&wire);
}
END_TEST

/* The version of a packet counts where it is a CONNECT; the quick way and the slow one agree. */
START_TEST(versions_of_other_packets)
{
    const struct mqw_result misuse = {MQW_MISUSE, 0, 0, 0};
    struct wire wire = wire_of(5, "30{('t') ~ 61}");
    struct mqw_options options = options_of(5, MQW_NEITHER);
    struct mqw_packet packet;
    uint8_t out[16];
    mqw_decode(wire.ptr, wire.len, &options, &packet);
    ck_assert_uint_eq(packet.version, 5);
    options.version = 4;
    for (int slow = 0; slow < 2; slow++) {
        struct mqw_result r;
        options.refuse = slow ? MQW_REFUSE_CONTROL_CHARACTERS : 0;
        r = mqw_encode(&packet, &options, out, sizeof out);
        ck_assert_int_eq(r.code, MQW_OK);
        ck_assert_uint_eq(r.size, 6);
        ck_assert(memcmp(out, "\x30\4\0\1ta", 6) == 0);
    }
    packet.type = 0;
    expect_result(mqw_encode(&packet, NULL, out, sizeof out), misuse, "no version");
    wire_free(&wire);
}
END_TEST

/* MQTT 3.1 is refused unless allowed, and then read as 3.1.1. */
START_TEST(mqtt_3_1)
{
    struct wire wire = wire_of(4, "10{('MQIsdp') 03 02 003C ('c')}"), made;
    struct mqw_options options = options_of(0, MQW_CLIENT);
    struct mqw_packet packet;
    struct mqw_result r = expect_laws(wire.ptr, wire.len, &options);
    ck_assert_int_eq(r.code, MQW_RULE_MQTT_3_1);
    options.allow = MQW_ALLOW_MQTT_3_1;
    r = expect_laws(wire.ptr, wire.len, &options);
    ck_assert_int_eq(r.code, MQW_OK);
    mqw_decode(wire.ptr, wire.len, &options, &packet);
    ck_assert_uint_eq(packet.version, MQW_VERSION_3_1);
    ck_assert_uint_eq(packet.connect.keep_alive, 60);
    made = encode_exactly(&packet, &options);
    ck_assert(made.len == wire.len && !memcmp(made.ptr, wire.ptr, made.len));
    options.allow = 0;
    ck_assert_int_eq(mqw_encode(&packet, &options, made.ptr, made.len).code, MQW_RULE_MQTT_3_1);
    ck_assert_uint_eq(mqw_rule_reason(MQW_RULE_MQTT_3_1, 4), 1);
    wire_free(&made);
    wire_free(&wire);
}
END_TEST

/* An AUTH without property length lacks the method too, so that both have to be allowed. */
START_TEST(short_auth)
{
    struct wire wire = wire_of(5, "F0{!18}");
    struct mqw_options options = options_of(5, MQW_CLIENT);
    struct mqw_result r = expect_laws(wire.ptr, wire.len, &options);
    ck_assert_int_eq(r.code, MQW_RULE_AUTH_METHOD_MISSING);
    options.allow = MQW_ALLOW_MISSING_METHOD;
    ck_assert_int_eq(expect_laws(wire.ptr, wire.len, &options).code, MQW_OK);
    options.refuse = MQW_REFUSE_SHORT_AUTH;
    r = expect_laws(wire.ptr, wire.len, &options);
    ck_assert_int_eq(r.code, MQW_RULE_AUTH_SHORT);
    wire_free(&wire);
}
END_TEST

/* Codes to send: 3.1.1 has two of them, and no others. */
START_TEST(codes_to_send)
{
    const struct mqw_rule *rule;
    for (size_t i = 0; (rule = mqw_rule_at(i)) != NULL; i++) {
        bool version =
            rule->number == MQW_RULE_PROTOCOL_VERSION || rule->number == MQW_RULE_MQTT_3_1;
        bool client_id =
            rule->number == MQW_RULE_CLIENT_ID_EMPTY || rule->number == MQW_RULE_CLIENT_ID_REFUSED;
        unsigned wanted = version ? 1 : client_id ? 2 : MQW_REASON_NONE;
        ck_assert_msg(mqw_rule_reason(rule->number, 4) == wanted, "%s", rule->name);
        ck_assert_msg(mqw_rule_reason(rule->number, 5) >= 0x80 &&
                          mqw_rule_reason(rule->number, 5) <= 0xA2,
                      "%s", rule->name);
    }
}
END_TEST

/* ---- What cannot be asked ----------------------------------------------------------------------
 */

START_TEST(impossible_options)
{
    struct wire wire = wire_of(4, "C0 00");
    struct mqw_packet packet;
    uint8_t out[8];
    for (unsigned version = 0; version < 256; version++) {
        struct mqw_options options = options_of((uint8_t)version, MQW_NEITHER);
        struct mqw_result r = expect_laws(wire.ptr, wire.len, &options);
        bool good = version >= 3 && version <= 5;
        ck_assert_msg(good ? r.code == MQW_OK : r.code == MQW_MISUSE, "version %u: %s", version,
                      code_name(r.code));
    }
    for (unsigned sender = 4; sender < 256; sender++) {
        struct mqw_options options = options_of(4, (uint8_t)sender);
        ck_assert_int_eq(expect_laws(wire.ptr, wire.len, &options).code, MQW_MISUSE);
        ck_assert_int_eq(mqw_frame(wire.ptr, wire.len, &options).code, MQW_MISUSE);
    }
    ck_assert_int_eq(mqw_decode(wire.ptr, wire.len, NULL, &packet).code, MQW_MISUSE);
    packet.type = MQW_PINGREQ;
    ck_assert_int_eq(mqw_encode(&packet, NULL, out, sizeof out).code, MQW_MISUSE);
    for (unsigned type = 16; type < 256; type++) {
        struct mqw_options options = options_of(4, MQW_NEITHER);
        struct mqw_result r;
        memset(&packet, 0, sizeof packet);
        packet.type = (uint8_t)type;
        r = mqw_encode(&packet, &options, out, sizeof out);
        ck_assert_msg(r.code == MQW_MISUSE || r.code == MQW_RULE_TYPE_RESERVED, "type %u: %s", type,
                      code_name(r.code));
    }
    wire_free(&wire);
}
END_TEST

/* A value that does not fit has the offset that its field would have. */
START_TEST(offsets_of_what_does_not_fit)
{
    static uint8_t topic[MQW_TEXT_MAX + 1];
    struct mqw_options options = options_of(5, MQW_CLIENT);
    struct mqw_packet packet = {.type = MQW_PUBLISH};
    struct mqw_result r;
    uint32_t id = MQW_LENGTH_MAX + 1;
    memset(topic, 'a', sizeof topic);
    packet.publish.topic = mqw_text("a");
    packet.publish.qos = 4;
    packet.publish.packet_id = 1;
    r = mqw_encode(&packet, &options, NULL, 0);
    ck_assert_int_eq(r.code, MQW_RULE_VALUE_TOO_WIDE);
    ck_assert_uint_eq(r.offset, 0); /* in byte 1 */
    packet.publish.qos = 1;
    mqw_set_subscription_identifiers(&packet.publish.properties, mqw_ids(&id, 1));
    r = mqw_encode(&packet, &options, NULL, 0);
    ck_assert_int_eq(r.code, MQW_RULE_VALUE_TOO_WIDE);
    ck_assert_uint_eq(r.offset, 9); /* behind header, topic, packet id, block length, identifier */
    packet.publish.topic = mqw_view(topic, sizeof topic);
    r = mqw_encode(&packet, &options, NULL, 0);
    ck_assert_int_eq(r.code, MQW_RULE_TOPIC_TOO_LONG);
    ck_assert_uint_eq(r.offset, 6); /* behind four bytes of header and two of length */
}
END_TEST

const enum mqw_code struct_rules[] = {
    MQW_RULE_TEXT_TOO_LONG,
    MQW_RULE_TOPIC_TOO_LONG,
    MQW_RULE_LENGTH_OVER_LIMIT,
    MQW_RULE_PACKET_ID_AT_QOS_0,
    MQW_RULE_VALUE_TOO_WIDE,
    MQW_RULE_NOT_IN_VERSION,
    MQW_RULE_PACKET_TOO_LARGE,
    MQW_RULE_MQTT_3_1,
    MQW_RULE_AUTH_SHORT,
    /* No bytes and no struct break these: the bindings tell of bytes behind a packet, and each
       property that has a range has a rule of its own. */
    MQW_RULE_TRAILING_BYTES,
    MQW_RULE_PROPERTY_VALUE,
};
const size_t struct_rule_count = COUNT(struct_rules);

void add_struct_rules(TCase *tcase)
{
    tcase_add_loop_test(tcase, structs_that_break_a_rule, 0, (int)COUNT(cases));
    tcase_add_test(tcase, unused_members_of_3_1_1);
    tcase_add_test(tcase, packets_over_max_size);
    tcase_add_test(tcase, versions_of_other_packets);
    tcase_add_test(tcase, empty_text_is_no_topic);
    tcase_add_test(tcase, mqtt_3_1);
    tcase_add_test(tcase, short_auth);
    tcase_add_test(tcase, codes_to_send);
    tcase_add_test(tcase, impossible_options);
    tcase_add_test(tcase, offsets_of_what_does_not_fit);
}
