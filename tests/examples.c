/* SPDX-License-Identifier: MIT */
/* The worked examples of both specifications, and packets completed from them. */
#include "help.h"

/* ---- Packets -----------------------------------------------------------------------------------
 */

struct example {
    uint8_t version;
    const char *bytes;
    const char *text; /* of packet_text */
};

static const struct example examples[] = {
    /* Figure 1.2 / 1-2: the string A, U+2A6D4; as a topic. */
    {4, "30 07 0005 41F0AA9B94",
     "PUBLISH 4 dup=0 qos=0 retain=0 topic='A\\f0\\aa\\9b\\94' packet_id=0 payload="},
    {5, "30 08 0005 41F0AA9B94 00",
     "PUBLISH 5 dup=0 qos=0 retain=0 topic='A\\f0\\aa\\9b\\94' packet_id=0 {} payload="},

    /* Figure 3.6 of 3.1.1: user name, password, will of QoS 1, clean session, keep alive 10. */
    {4, "10{0004 4D515454 04 CE 000A ('id') ('w') ('m') ('u') ('p')}",
     "CONNECT 4 clean_start=1 keep_alive=10 client_id='id' will topic='w' payload=6d qos=1 "
     "retain=0 username='u' password=70"},
    /* Figure 3-6 of 5.0: the same, and Session Expiry Interval 10. */
    {5, "10{0004 4D515454 05 CE 000A 05 11 0000000A ('id') 00 ('w') ('m') ('u') ('p')}",
     "CONNECT 5 clean_start=1 keep_alive=10 client_id='id' {session_expiry_interval=10} will "
     "topic='w' payload=6d qos=1 retain=0 {} username='u' password=70"},

    /* Figure 3.11, 3-9: topic a/b, packet identifier 10. */
    {4, "32 07 0003 612F62 000A",
     "PUBLISH 4 dup=0 qos=1 retain=0 topic='a/b' packet_id=10 payload="},
    {5, "32 08 0003 612F62 000A 00",
     "PUBLISH 5 dup=0 qos=1 retain=0 topic='a/b' packet_id=10 {} payload="},

    /* Figures 3.21, 3.23; 3-19, 3-21: packet identifier 10, a/b of QoS 1, c/d of QoS 2. */
    {4, "82 0E 000A 0003 612F62 01 0003 632F64 02", "SUBSCRIBE 4 packet_id=10 'a/b'=1 'c/d'=2"},
    {5, "82 0F 000A 00 0003 612F62 01 0003 632F64 02",
     "SUBSCRIBE 5 packet_id=10 {} 'a/b'=1,0,0,0 'c/d'=2,0,0,0"},

    /* Figure 3.27: QoS 0, QoS 2, failure. */
    {4, "90 05 000A 00 02 80", "SUBACK 4 packet_id=10 00 02 80"},
    {5, "90 06 000A 00 00 02 80", "SUBACK 5 packet_id=10 {} 00 02 80"},

    /* Figure 3.30: a/b, c/d. */
    {4, "A2 0C 000A 0003 612F62 0003 632F64", "UNSUBSCRIBE 4 packet_id=10 'a/b' 'c/d'"},
    {5, "A2 0D 000A 00 0003 612F62 0003 632F64", "UNSUBSCRIBE 5 packet_id=10 {} 'a/b' 'c/d'"},

    /* The fixed headers of 3.1.1 with the shortest body. */
    {4, "20 02 00 00", "CONNACK 4 session_present=0 code=00"},
    {4, "40 02 000A", "PUBACK 4 packet_id=10"},
    {4, "50 02 000A", "PUBREC 4 packet_id=10"},
    {4, "62 02 000A", "PUBREL 4 packet_id=10"},
    {4, "70 02 000A", "PUBCOMP 4 packet_id=10"},
    {4, "B0 02 000A", "UNSUBACK 4 packet_id=10"},
    {4, "C0 00", "PINGREQ 4"},
    {5, "C0 00", "PINGREQ 5"},
    {4, "D0 00", "PINGRESP 4"},
    {5, "D0 00", "PINGRESP 5"},
    {4, "E0 00", "DISCONNECT 4"},

    /* Figure 3-24: reason 0, Session Expiry Interval 0. */
    {5, "E0 07 00 05 11 00000000", "DISCONNECT 5 code=00 {session_expiry_interval=0}"},
};

START_TEST(packets)
{
    const struct example *e = &examples[_i];
    struct mqw_options options = options_of(e->version, MQW_NEITHER);
    struct wire wire = wire_of(e->version, e->bytes), made;
    struct mqw_packet packet;
    struct mqw_result r = expect_laws(wire.ptr, wire.len, &options);
    char *text;
    ck_assert_msg(r.code == MQW_OK, "%s: %s", e->bytes, code_name(r.code));
    ck_assert_uint_eq(r.size, wire.len);
    mqw_decode(wire.ptr, wire.len, &options, &packet);
    text = packet_text(&packet);
    ck_assert_str_eq(text, e->text);
    free(text);
    made = encode_exactly(&packet, &options);
    ck_assert_msg(made.len == wire.len && !memcmp(made.ptr, wire.ptr, made.len), "%s encodes to %s",
                  e->bytes, hex_of(made.ptr, made.len));
    wire_free(&made);
    wire_free(&wire);
}
END_TEST

/* ---- Variable byte integers: table 2.4 of 3.1.1, table 1-1 of 5.0 ------------------------------
 */

struct integer {
    uint32_t value;
    const char *bytes;
};

static const struct integer integers[] = {
    {1, "01"},
    {64, "40"},
    {127, "7F"},
    {128, "80 01"},
    {321, "C1 02"},
    {16383, "FF 7F"},
    {16384, "80 80 01"},
    {2097151, "FF FF 7F"},
    {2097152, "80 80 80 01"},
    {268435455, "FF FF FF 7F"},
};

START_TEST(subscription_identifiers)
{
    const struct integer *e = &integers[_i];
    struct mqw_options options = options_of(5, MQW_CLIENT);
    struct text bytes = {0};
    struct wire wire, made;
    struct mqw_packet packet;
    uint32_t at = 0, id = 0;
    text_add(&bytes, "82{000A {0B %s} ('a') 00}", e->bytes);
    wire = wire_of(5, bytes.ptr);
    ck_assert_int_eq(expect_laws(wire.ptr, wire.len, &options).code, MQW_OK);
    mqw_decode(wire.ptr, wire.len, &options, &packet);
    ck_assert(mqw_next_id(&packet.subscribe.properties.subscription_identifiers, &at, &id));
    ck_assert_uint_eq(id, e->value);
    ck_assert(!mqw_next_id(&packet.subscribe.properties.subscription_identifiers, &at, &id));

    mqw_set_subscription_identifiers(&packet.subscribe.properties, mqw_ids(&e->value, 1));
    made = encode_exactly(&packet, &options);
    ck_assert(made.len == wire.len && !memcmp(made.ptr, wire.ptr, made.len));
    wire_free(&made);
    wire_free(&wire);
    text_free(&bytes);
}
END_TEST

START_TEST(remaining_lengths)
{
    const struct integer *e = &integers[_i];
    struct text bytes = {0};
    text_add(&bytes, "30 %s", e->bytes);
    for (uint8_t version = 4; version <= 5; version++) {
        struct mqw_options options = options_of(version, MQW_NEITHER);
        struct wire wire = wire_of(version, bytes.ptr);
        struct mqw_result r = mqw_frame(wire.ptr, wire.len, &options);
        ck_assert_int_eq(r.code, MQW_MORE);
        ck_assert_uint_eq(r.size, wire.len + e->value);
        wire_free(&wire);
    }
    text_free(&bytes);
}
END_TEST

/* ---- Topics: sections 4.7 and 4.8.2 ------------------------------------------------------------
 */

struct match {
    const char *filter, *name;
    bool matches;
};

static const struct match matches[] = {
    {"sport/tennis/player1/#", "sport/tennis/player1", true},
    {"sport/tennis/player1/#", "sport/tennis/player1/ranking", true},
    {"sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true},
    {"sport/#", "sport", true},
    {"#", "sport", true},
    {"#", "/", true},
    {"sport/tennis/+", "sport/tennis/player1", true},
    {"sport/tennis/+", "sport/tennis/player2", true},
    {"sport/tennis/+", "sport/tennis/player1/ranking", false},
    {"sport/+", "sport", false},
    {"sport/+", "sport/", true},
    {"+/+", "/finance", true},
    {"/+", "/finance", true},
    {"+", "/finance", false},
    {"#", "$SYS/monitor/Clients", false},
    {"+/monitor/Clients", "$SYS/monitor/Clients", false},
    {"$SYS/#", "$SYS/monitor/Clients", true},
    {"$SYS/#", "$SYS/", true},
    {"$SYS/monitor/+", "$SYS/monitor/Clients", true},
    {"ACCOUNTS", "Accounts", false},
    {"/finance", "finance", false},
};

START_TEST(matching)
{
    const struct match *e = &matches[_i];
    for (uint8_t version = 4; version <= 5; version++)
        ck_assert_msg(mqw_topic_match(mqw_text(e->filter), mqw_text(e->name), version) ==
                          e->matches,
                      "%s and %s", e->filter, e->name);
}
END_TEST

START_TEST(shared)
{
    struct mqw_bytes group, rest;
    ck_assert(mqw_topic_match(mqw_text("$share/consumer1//finance"), mqw_text("/finance"), 5));
    ck_assert(mqw_topic_match(mqw_text("$share/consumer1/sport/tennis/+"),
                              mqw_text("sport/tennis/player1"), 5));
    /* In 3.1.1 these are filters like others. */
    ck_assert(!mqw_topic_match(mqw_text("$share/consumer1//finance"), mqw_text("/finance"), 4));
    ck_assert(mqw_topic_match(mqw_text("$share/consumer1//finance"),
                              mqw_text("$share/consumer1//finance"), 4));
    ck_assert(mqw_topic_share(mqw_text("$share/consumer1//finance"), &group, &rest));
    ck_assert_uint_eq(group.len, strlen("consumer1"));
    ck_assert(!memcmp(group.ptr, "consumer1", group.len));
    ck_assert_uint_eq(rest.len, strlen("/finance"));
    ck_assert(!memcmp(rest.ptr, "/finance", rest.len));
}
END_TEST

static const char *const good_filters[] = {
    "#", "sport/tennis/#",     "+",       "+/tennis/#", "sport/+/player1",
    "/", "a name/with blanks", "sport/#",
};
static const char *const bad_filters[] = {"sport/tennis#", "sport/tennis/#/ranking", "sport+", ""};

START_TEST(filters)
{
    for (uint8_t version = 4; version <= 5; version++) {
        struct mqw_options options = options_of(version, MQW_NEITHER);
        for (size_t i = 0; i < COUNT(good_filters); i++)
            ck_assert_msg(mqw_topic_filter_check(mqw_text(good_filters[i]), &options).code ==
                              MQW_OK,
                          "%s", good_filters[i]);
        for (size_t i = 0; i < COUNT(bad_filters); i++)
            ck_assert_msg(mqw_topic_filter_check(mqw_text(bad_filters[i]), &options).code >=
                              MQW_RULE_FIRST,
                          "%s", bad_filters[i]);
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("examples");
    tcase_add_loop_test(tcase, packets, 0, (int)COUNT(examples));
    tcase_add_loop_test(tcase, subscription_identifiers, 0, (int)COUNT(integers));
    tcase_add_loop_test(tcase, remaining_lengths, 0, (int)COUNT(integers));
    tcase_add_loop_test(tcase, matching, 0, (int)COUNT(matches));
    tcase_add_test(tcase, shared);
    tcase_add_test(tcase, filters);
    return run_case("examples", tcase);
}
