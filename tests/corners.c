/* SPDX-License-Identifier: MIT */
/* What callers hardly ever do: no options, impossible ones, packets beyond every limit. */
#include "help.h"

/* Version and sender of a CONNECT and of topics need not be said. */
START_TEST(no_options)
{
    struct wire wire = wire_of(5, "10 { ('MQTT') % 02 003C ~ ('c') }");
    struct wire bad = wire_of(5, "10 { ('MQTX') % 02 003C ~ ('c') }");
    struct mqw_packet packet = {0};
    char text[80];
    mqw_line(wire.ptr, wire.len, NULL, text, sizeof text);
    ck_assert_msg(strncmp(text, "CONNECT ", 8) == 0, "%s", text);
    ck_assert_uint_eq(mqw_decode_field(wire.ptr, wire.len, NULL, text, sizeof text), 0);
    mqw_decode_field(bad.ptr, bad.len, NULL, text, sizeof text);
    ck_assert_str_eq(text, "protocol_name");
    ck_assert_int_eq(mqw_topic_filter_check(mqw_text("a/#"), NULL).code, MQW_OK);
    ck_assert_int_eq(mqw_topic_filter_check(mqw_text("#/a"), NULL).code, MQW_RULE_FILTER_HASH);

    packet.type = MQW_CONNECT;
    packet.version = 4;
    packet.connect.has_password = true;
    packet.connect.keep_alive = 1;
    ck_assert_uint_eq(mqw_encode_field(&packet, NULL, NULL, 0, text, sizeof text), 0);
    packet.connect.properties.present = 1ull << MQW_PROPERTY_USER_PROPERTY;
    mqw_encode_field(&packet, NULL, NULL, 0, text, sizeof text);
    ck_assert_str_eq(text, "properties"); /* 3.1.1 has none */
    wire_free(&wire);
    wire_free(&bad);
}
END_TEST

START_TEST(impossible_options)
{
    static const struct {
        uint8_t version, sender;
    } bad[] = {{2, 0}, {6, 0}, {255, 0}, {5, 4}, {4, 255}};
    struct mqw_packet packet = {0};
    uint8_t ping[] = {0xC0, 0}, out[8];
    char text[20];
    packet.type = MQW_PINGREQ;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct mqw_options o = options_of(bad[i].version, bad[i].sender);
        ck_assert_int_eq(mqw_frame(ping, sizeof ping, &o).code, MQW_MISUSE);
        ck_assert_int_eq(mqw_decode(ping, sizeof ping, &o, &packet).code, MQW_MISUSE);
        packet.type = MQW_PINGREQ;
        ck_assert_int_eq(mqw_encode(&packet, &o, out, sizeof out).code, MQW_MISUSE);
        ck_assert_uint_eq(mqw_encode_field(&packet, &o, out, sizeof out, text, sizeof text), 0);
        ck_assert_int_eq(mqw_topic_name_check(mqw_text("a"), &o).code, MQW_MISUSE);
        ck_assert_int_eq(mqw_topic_filter_check(mqw_text("a"), &o).code, MQW_MISUSE);
    }
    ck_assert_int_eq(mqw_explain(ping, sizeof ping, NULL, NULL, NULL).code, MQW_MISUSE);
}
END_TEST

/* Either sender is as good as none: directions are not checked. */
START_TEST(either_sender)
{
    for (uint8_t version = 4; version <= 5; version++) {
        struct mqw_options either = options_of(version, MQW_EITHER);
        struct wire good = wire_of(version, "20 { 00 00 ~ }"),
                    bad = wire_of(version, "20 { 00 07 ~ }");
        struct mqw_packet packet;
        ck_assert_int_eq(expect_laws(good.ptr, good.len, &either).code, MQW_OK);
        ck_assert_int_eq(mqw_decode(bad.ptr, bad.len, &either, &packet).code,
                         MQW_RULE_CONNACK_REASON);
        wire_free(&good);
        wire_free(&bad);
    }
}
END_TEST

/* Filters that an option lets through: empty ones, and misplaced wildcards. */
START_TEST(lenient_filters)
{
    struct mqw_options o = options_of(5, MQW_CLIENT);
    ck_assert_int_eq(mqw_topic_filter_check(mqw_text(""), &o).code, MQW_RULE_FILTER_EMPTY);
    ck_assert_int_eq(mqw_topic_filter_check(mqw_text("a+"), &o).code, MQW_RULE_FILTER_PLUS);
    o.allow = MQW_ALLOW_EMPTY_TOPICS | MQW_ALLOW_FILTERS;
    ck_assert_int_eq(mqw_topic_filter_check(mqw_text(""), &o).code, MQW_OK);
    expect_result(mqw_topic_filter_check(mqw_text("a+"), &o), (struct mqw_result){MQW_OK, 0, 0, 0},
                  "a+");
}
END_TEST

/* A bit of `present` that is no property's has no name either. */
START_TEST(no_such_property)
{
    static const uint8_t bits[] = {0, 4, 0x20, 0x2B, 63};
    struct mqw_options o = options_of(5, MQW_CLIENT);
    for (size_t i = 0; i < COUNT(bits); i++) {
        struct mqw_packet packet = {0};
        uint8_t out[40];
        char field[40];
        packet.type = MQW_PUBLISH;
        packet.publish.topic = mqw_text("a");
        packet.publish.properties.present = 1ull << bits[i];
        ck_assert_int_eq(mqw_encode(&packet, &o, NULL, 0).code, MQW_RULE_PROPERTY_UNKNOWN);
        ck_assert_int_eq(mqw_encode(&packet, &o, out, sizeof out).code, MQW_RULE_PROPERTY_UNKNOWN);
        mqw_encode_field(&packet, &o, out, sizeof out, field, sizeof field);
        ck_assert_str_eq(field, "properties");
    }
}
END_TEST

/* The name of the field is asked for with a limit that the packet keeps, and without a version. */
START_TEST(fields_of_encoding)
{
    struct mqw_options o = options_of(5, MQW_CLIENT);
    struct mqw_packet packet = {0};
    uint8_t out[40];
    char field[40];
    packet.type = MQW_PUBLISH;
    packet.publish.topic = mqw_text("a#");
    o.max_size = 40;
    ck_assert_int_eq(mqw_encode(&packet, &o, out, sizeof out).code, MQW_RULE_TOPIC_WILDCARD);
    mqw_encode_field(&packet, &o, out, sizeof out, field, sizeof field);
    ck_assert_str_eq(field, "topic");
    o.max_size = 6; /* of 7 bytes */
    mqw_encode_field(&packet, &o, out, sizeof out, field, sizeof field);
    ck_assert_str_eq(field, "remaining_length");
    o.version = 0;
    ck_assert_int_eq(mqw_encode(&packet, &o, out, sizeof out).code, MQW_MISUSE);
    ck_assert_uint_eq(mqw_encode_field(&packet, &o, out, sizeof out, field, sizeof field), 0);
}
END_TEST

/* A property whose value is not there: wishes that look at it are of no use any more.  What was
 * never written would be read, which valgrind sees. */
START_TEST(wishes_end_with_a_fault)
{
    struct wire wire = wire_of(5, "30 { ('t') 01 01 }");
    struct mqw_options o = options_of(5, MQW_CLIENT);
    struct mqw_packet *packet = malloc(sizeof *packet); /* not cleared */
    ck_assert_ptr_nonnull(packet);
    o.refuse = MQW_REFUSE_ALL;
    ck_assert_int_eq(mqw_decode(wire.ptr, wire.len, &o, packet).code, MQW_RULE_PROPERTY_OVERRUN);
    free(packet);
    wire_free(&wire);
}
END_TEST

/* The payload is left to the caller, also where an option makes encoding go the slow way. */
START_TEST(partial_and_lenient)
{
    struct mqw_options o = options_of(4, MQW_CLIENT);
    struct mqw_packet packet = {0};
    uint8_t out[8];
    packet.type = MQW_PUBLISH;
    packet.publish.payload = mqw_text("0123456789");
    o.partial = true;
    o.allow = MQW_ALLOW_EMPTY_TOPICS;
    memset(out, 0xEE, sizeof out);
    expect_result(mqw_encode(&packet, &o, out, sizeof out), (struct mqw_result){MQW_OK, 4, 0, 0},
                  "an empty topic");
    ck_assert(memcmp(out, "\x30\x0C\0\0\xEE\xEE\xEE\xEE", 8) == 0);
}
END_TEST

/* Blocks of properties beyond 268,435,455 and beyond 4,294,967,295 bytes: all pairs are one text. */
START_TEST(huge_properties)
{
    enum { PAIRS = 33000 };
    static uint8_t text[MQW_TEXT_MAX];
    struct mqw_pair *pairs = calloc(PAIRS, sizeof *pairs);
    struct mqw_options o = options_of(5, MQW_CLIENT);
    struct mqw_packet packet = {0};
    struct mqw_result r;
    ck_assert_ptr_nonnull(pairs);
    memset(text, 'x', sizeof text);
    for (uint32_t i = 0; i < PAIRS; i++)
        pairs[i].name = pairs[i].value = mqw_view(text, sizeof text);
    packet.type = MQW_PUBLISH;
    packet.publish.topic = mqw_text("a");
    mqw_set_user_properties(&packet.publish.properties, mqw_pairs(pairs, 2048));
    r = mqw_encode(&packet, &o, NULL, 0);
    ck_assert_int_eq(r.code, MQW_RULE_LENGTH_OVER_LIMIT); /* 2048 * (5 + 2 * 65535) = 268,445,696 */
    mqw_set_user_properties(&packet.publish.properties, mqw_pairs(pairs, 2047));
    r = mqw_encode(&packet, &o, NULL, 0);
    ck_assert_int_eq(r.code, MQW_OK);
    ck_assert_uint_eq(r.size, 1 + 4 + 3 + 4 + 2047 * (5 + 2 * 65535));

    /* One that is too long behind all of these: its offset is not to be said in 32 bits. */
    pairs[PAIRS - 1].value.len++;
    mqw_set_user_properties(&packet.publish.properties, mqw_pairs(pairs, PAIRS));
    r = mqw_encode(&packet, &o, NULL, 0);
    ck_assert_int_eq(r.code, MQW_RULE_TEXT_TOO_LONG);
    ck_assert_uint_eq(r.offset, UINT32_MAX);
    ck_assert_uint_eq(r.item, PAIRS - 1);
    free(pairs);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        no_options,       impossible_options, either_sender,           lenient_filters,
        no_such_property, fields_of_encoding, wishes_end_with_a_fault, partial_and_lenient,
        huge_properties,
    };
    return run("corners", tests, COUNT(tests));
}
