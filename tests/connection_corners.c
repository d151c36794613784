/* SPDX-License-Identifier: MIT */
/* mqw_connection: counters that are full, clocks at their end, packets that only options let in. */
#include "connection_script.h"

START_TEST(sizes_in_force)
{
    struct mqw_connection_config config;
    struct play p;
    start(&p, 5);
    config = config_of(&p);
    config.enforce_sizes = true;
    mqw_connection_init(&p.connection, &config);
    run(&p, "> connect maximum_packet_size=100 < connack");
    ck_assert_uint_eq(mqw_connection_options(&p.connection, MQW_SERVER).max_size, 100);
    ck_assert_uint_eq(mqw_connection_options(&p.connection, MQW_CLIENT).max_size, 0);
    p.connection.server.options.max_size = 99; /* the smaller one counts */
    ck_assert_uint_eq(mqw_connection_options(&p.connection, MQW_SERVER).max_size, 99);
    p.connection.server.options.max_size = 101;
    ck_assert_uint_eq(mqw_connection_options(&p.connection, MQW_SERVER).max_size, 100);
}
END_TEST

/* A deadline behind the end of the clock is none. */
START_TEST(the_clock_ends)
{
    struct play p;
    start(&p, 5);
    run(&p, "> connect keep_alive=10 < connack > pingreq now=1000");
    ck_assert(mqw_connection_deadline(&p.connection) == 16000);
    p.now = UINT64_MAX - 15000;
    run(&p, "> pingreq");
    ck_assert(mqw_connection_deadline(&p.connection) == UINT64_MAX);
    p.now = UINT64_MAX - 14999;
    run(&p, "> pingreq");
    ck_assert(mqw_connection_deadline(&p.connection) == UINT64_MAX);
    p.now = UINT64_MAX;
    p.findings = 0;
    run(&p, "> pingreq");
    ck_assert_uint_eq(p.findings, 0);
}
END_TEST

/* Who was refused need not speak; who said goodbye may not, and be it gibberish. */
START_TEST(refused_and_gone)
{
    struct play p;
    start(&p, 5);
    run(&p, "> connect keep_alive=10 now=5 < connack code=0x87");
    ck_assert(mqw_connection_deadline(&p.connection) == UINT64_MAX);
    start(&p, 5);
    run(&p, "hello > disconnect");
    ck_assert_uint_eq(p.findings, 0);
    run(&p, "> !publish");
    ck_assert(found(&p.last, MQW_RULE_AFTER_DISCONNECT));
}
END_TEST

/* Nothing is concluded from a CONNACK that a client sends, nor of a session before it is known. */
START_TEST(before_connack)
{
    struct play p;
    start(&p, 5);
    run(&p, "> connect > !connack < connack");
    ck_assert_uint_eq(p.findings, 0);
    run(&p, "< connack");
    ck_assert(found(&p.last, MQW_RULE_SECOND_CONNACK));
    start(&p, 5);
    run(&p, "> connect clean=0 < publish identifier=3");
    ck_assert(found(&p.last, MQW_RULE_BEFORE_CONNACK) && p.findings == 1);
}
END_TEST

/* AUTH without its method is for decoding to refuse (5.0 section 3.15.2.2.2). */
START_TEST(auth_without_method)
{
    struct play p;
    start(&p, 5);
    run(&p, "> connect method=m < auth method=m > auth");
    ck_assert_uint_eq(p.findings, 0);
    run(&p, "> auth method=other");
    ck_assert(found(&p.last, MQW_RULE_METHOD_DIFFERS));
}
END_TEST

/* Counters that no traffic of a test fills stay where they are when they are full. */
START_TEST(counters_stay_full)
{
    struct play p;
    struct mqw_connection *c = &p.connection;
    uint32_t i;
    start(&p, 4);
    run(&p, "hello");
    c->pings = UINT32_MAX;
    run(&p, "> pingreq");
    ck_assert_uint_eq(c->pings, UINT32_MAX);
    run(&p, "< pingresp");
    ck_assert_uint_eq(c->pings, UINT32_MAX - 1);
    ck_assert(!p.last.answers); /* one of many: nobody knows which */

    c->client.in_flight = UINT32_MAX;
    run(&p, "> publish qos=1 id=1");
    ck_assert_uint_eq(c->client.in_flight, UINT32_MAX);

    c->server.in_flight = 0;
    c->server.surplus = UINT32_MAX;
    run(&p, "> puback id=9");
    ck_assert_uint_eq(c->server.surplus, UINT32_MAX);

    c->client.untracked = UINT32_MAX;
    for (i = 2; i <= EXCHANGES + 2; i++) {
        struct draft d;
        begin(&p, &d, mqw_text("publish"));
        d.packet.publish.qos = 1;
        d.packet.publish.packet_id = (uint16_t)i;
        pass(&p, &d, MQW_CLIENT);
    }
    ck_assert(p.last.untracked);
    ck_assert_uint_eq(c->client.untracked, UINT32_MAX);
}
END_TEST

/* MQTT-4.6.0-2: PUBACK in the order of PUBLISH; once they cannot be counted, nothing is blamed. */
START_TEST(numbers_run_out)
{
    struct play p;
    start(&p, 5);
    run(&p, "hello < publish qos=1 id=1 < publish qos=1 id=2 > puback id=2 > puback id=1");
    ck_assert_uint_eq(p.findings, 1);
    start(&p, 5);
    run(&p, "hello");
    p.connection.numbered = UINT32_MAX;
    run(&p, "< publish qos=1 id=1 < publish qos=1 id=2 > puback id=2 > puback id=1");
    ck_assert_uint_eq(p.findings, 0);
    ck_assert_uint_eq(p.connection.numbered, UINT32_MAX);
}
END_TEST

/* All identifiers are taken, but for one whose second acknowledgement may still come. */
START_TEST(no_identifier_is_left)
{
    enum { ALL = 65535 };
    struct mqw_exchange *exchanges = calloc(ALL, sizeof *exchanges);
    struct mqw_connection_config config;
    struct play p;
    struct draft d;
    uint32_t id;
    ck_assert_ptr_nonnull(exchanges);
    start(&p, 4);
    config = config_of(&p);
    config.client.exchanges = exchanges;
    config.client.exchange_count = ALL;
    mqw_connection_init(&p.connection, &config);
    run(&p, "hello");
    for (id = 1; id <= ALL; id++) {
        ck_assert_uint_eq(mqw_connection_next_id(&p.connection, MQW_CLIENT), id);
        begin(&p, &d, mqw_text("publish"));
        d.packet.publish.qos = 1;
        d.packet.publish.packet_id = (uint16_t)id;
        pass(&p, &d, MQW_CLIENT);
    }
    ck_assert_uint_eq(mqw_connection_next_id(&p.connection, MQW_CLIENT), 0);
    run(&p, "> publish qos=1 id=7 dup=1 < puback id=7");
    ck_assert_uint_eq(mqw_connection_next_id(&p.connection, MQW_CLIENT), 0);
    run(&p, "< puback id=7");
    ck_assert_uint_eq(mqw_connection_next_id(&p.connection, MQW_CLIENT), 7);
    ck_assert_uint_eq(p.findings, 0);
    free(exchanges);
}
END_TEST

/* What only decoding under options lets in, or a caller makes. */
START_TEST(empty_filters_and_alias_0)
{
    struct play p;
    start(&p, 5);
    run(&p, "> connect < connack wildcards_available=0 > subscribe id=1 filters=,a,");
    ck_assert_uint_eq(p.findings, 0);
    run(&p, "> subscribe id=2 filters=,+");
    ck_assert(found(&p.last, MQW_RULE_WILDCARDS_NOT_SUPPORTED));
    ck_assert_uint_eq(p.last.findings[0].item, 1);

    start(&p, 5);
    run(&p, "> connect topic_alias_maximum=4 < connack topic_alias_maximum=4"
            " > publish alias=1 topic=a > publish alias=0 topic=b");
    ck_assert(same(p.last.topic, "b"));
    run(&p, "> publish alias=1 topic=");
    ck_assert_uint_eq(p.findings, 0);
}
END_TEST

/* What the other side said it does not take is found before it is sent, and changes nothing. */
START_TEST(checked_before)
{
    struct mqw_packet packet;
    struct mqw_connection before;
    struct mqw_seen seen;
    struct play p;
    int turn;
    start(&p, 5);
    run(&p, "> connect < connack maximum_qos=1 receive_maximum=1 topic_alias_maximum=3"
            " > publish qos=1 id=1 topic=a");
    memset(&packet, 0, sizeof packet);
    packet.type = MQW_PUBLISH;
    packet.publish.topic = mqw_text("a");
    packet.publish.packet_id = 2;
    before = p.connection;
    for (turn = 0; turn < 2; turn++) {
        packet.publish.qos = 2;
        seen = mqw_connection_check(&p.connection, MQW_CLIENT, &packet, 10, 0);
        ck_assert(found(&seen, MQW_RULE_QOS_NOT_SUPPORTED));
        packet.publish.qos = 0;
        packet.publish.topic = mqw_text("");
        mqw_set_topic_alias(&packet.publish.properties, 3); /* which is not bound */
        seen = mqw_connection_check(&p.connection, MQW_CLIENT, &packet, 10, 0);
        ck_assert_uint_eq(seen.count, 0);
        mqw_set_topic_alias(&packet.publish.properties, 4);
        seen = mqw_connection_check(&p.connection, MQW_CLIENT, &packet, 10, 0);
        ck_assert(found(&seen, MQW_RULE_TOPIC_ALIAS_TOO_LARGE));
    }
    packet.type = MQW_CONNECT;
    seen = mqw_connection_check(&p.connection, MQW_CLIENT, &packet, 10, 0);
    ck_assert(found(&seen, MQW_RULE_SECOND_CONNECT));
    ck_assert_mem_eq(&before, &p.connection, sizeof before);
    run(&p, "< puback id=1");
    ck_assert_uint_eq(p.findings, 0);
}
END_TEST

int main(void)
{
    TCase *corners = tcase_create("corners");
    tcase_add_test(corners, sizes_in_force);
    tcase_add_test(corners, the_clock_ends);
    tcase_add_test(corners, refused_and_gone);
    tcase_add_test(corners, before_connack);
    tcase_add_test(corners, auth_without_method);
    tcase_add_test(corners, counters_stay_full);
    tcase_add_test(corners, numbers_run_out);
    tcase_add_test(corners, no_identifier_is_left);
    tcase_add_test(corners, empty_filters_and_alias_0);
    tcase_add_test(corners, checked_before);
    return run_case("connection_corners", corners);
}
