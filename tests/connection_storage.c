/* SPDX-License-Identifier: MIT */
/* mqw_connection: its storage, identifiers, and what an earlier connection left. */
#include "connection_script.h"

START_TEST(identifiers_are_given_out)
{
    struct play p;
    struct draft d;
    uint32_t i;
    start(&p, 5);
    run(&p, "hello > publish qos=1 id=1 > subscribe id=3");
    ck_assert_uint_eq(mqw_connection_next_id(&p.connection, MQW_CLIENT), 2);
    ck_assert_uint_eq(mqw_connection_next_id(&p.connection, MQW_CLIENT), 4);
    ck_assert_uint_eq(mqw_connection_next_id(&p.connection, MQW_SERVER), 1);
    p.connection.client.last_id = 65535;
    ck_assert_uint_eq(mqw_connection_next_id(&p.connection, MQW_CLIENT), 2);
    for (i = 0; i < EXCHANGES; i++) {
        begin(&p, &d, mqw_text("publish"));
        d.packet.publish.qos = 1;
        d.packet.publish.packet_id = mqw_connection_next_id(&p.connection, MQW_SERVER);
        ck_assert_uint_gt(d.packet.publish.packet_id, 0);
        pass(&p, &d, MQW_SERVER);
    }
    ck_assert_uint_eq(mqw_connection_next_id(&p.connection, MQW_SERVER), 0);
    ck_assert_uint_eq(p.connection.server.untracked, 0);
    run(&p, "> puback id=2");
    ck_assert_uint_gt(mqw_connection_next_id(&p.connection, MQW_SERVER), 0);
    ck_assert_uint_eq(p.findings, 0);
    start(&p, 5);
    run(&p, "hello > publish qos=1 id=16 > publish qos=1 id=32 > publish qos=1 id=48");
    run(&p, "> publish qos=1 id=64 > publish qos=1 id=80 > publish qos=1 id=96");
    run(&p, "> publish qos=1 id=112 > publish qos=1 id=128"); /* all in the place of 144 */
    p.connection.client.last_id = 143;
    ck_assert_uint_eq(mqw_connection_next_id(&p.connection, MQW_CLIENT), 144);
}
END_TEST

/* Where there is no room, what is not known is not blamed; what is known still is. */
START_TEST(full_storage_proves_nothing)
{
    struct mqw_connection_config config;
    struct play p;
    start(&p, 5);
    config = config_of(&p);
    config.client.exchange_count = 2;
    config.server.exchanges = NULL;
    mqw_connection_init(&p.connection, &config);
    run(&p, "hello > publish qos=1 id=1 > publish qos=2 id=2 > publish qos=1 id=3");
    ck_assert_uint_eq(p.connection.client.untracked, 1);
    run(&p, "< puback id=3 < puback id=99 > pubrel id=98 > publish qos=1 id=4 dup=1");
    run(&p, "< publish qos=1 id=1 > puback id=1 > puback id=2 < pubrel id=5");
    ck_assert_uint_eq(p.findings, 0);
    ck_assert_uint_gt(p.connection.server.untracked, 0);
    ck_assert_uint_eq(mqw_connection_next_id(&p.connection, MQW_SERVER), 0);
    run(&p, "> publish qos=1 id=1");
    ck_assert(found(&p.last, MQW_RULE_PACKET_ID_IN_USE));
}
END_TEST

/* Storage may come with anything in it, or be announced and not there. */
START_TEST(storage_is_cleared)
{
    struct mqw_connection_config config;
    struct play p;
    start(&p, 5);
    config = config_of(&p);
    memset(p.client_exchanges, 1, sizeof p.client_exchanges);
    memset(p.client_aliases, 1, sizeof p.client_aliases);
    config.server.exchanges = NULL;
    config.server.aliases = NULL;
    mqw_connection_init(&p.connection, &config);
    run(&p, "> connect topic_alias_maximum=9 < connack topic_alias_maximum=9");
    run(&p, "< publish alias=1 < publish alias=1 topic= qos=1 id=1 > publish qos=1 id=0x101");
    ck_assert_uint_eq(p.findings, 0);
    run(&p, "> publish alias=1 topic=");
    ck_assert(found(&p.last, MQW_RULE_TOPIC_ALIAS_UNKNOWN));
}
END_TEST

/* All identifiers at once, in any order, and with the same place. */
START_TEST(many_identifiers)
{
    static struct mqw_exchange exchanges[65536]; /* of which one is not needed */
    struct mqw_connection_config config;
    struct play p;
    struct draft d;
    uint32_t i;
    start(&p, 5);
    config = config_of(&p);
    config.client.exchanges = exchanges;
    config.client.exchange_count = 65536;
    mqw_connection_init(&p.connection, &config);
    ck_assert_uint_eq(p.connection.client.storage.exchange_count, 65535);
    run(&p, "hello");
    for (i = 0; i < 65535; i++) {
        begin(&p, &d, mqw_text("publish"));
        d.packet.publish.qos = 1;
        d.packet.publish.packet_id = (uint16_t)(1 + i * 7919 % 65535);
        pass(&p, &d, MQW_CLIENT);
    }
    ck_assert_uint_eq(p.findings, 0);
    ck_assert_uint_eq(p.connection.client.untracked, 0);
    ck_assert_uint_eq(p.connection.client.stored, 65535);
    ck_assert_uint_eq(mqw_connection_next_id(&p.connection, MQW_CLIENT), 0);
    for (i = 1; i <= 65535; i++) {
        begin(&p, &d, mqw_text("puback"));
        d.packet.ack.packet_id = (uint16_t)i;
        pass(&p, &d, MQW_SERVER);
        ck_assert(p.last.answers);
    }
    ck_assert_uint_eq(p.findings, 0);
    ck_assert_uint_eq(p.connection.client.stored, 0);
}
END_TEST

/* As many identifiers as there are exchanges, whatever their numbers. */
START_TEST(any_identifiers_fit)
{
    static const unsigned steps[] = {1, 16, 4096, 32767, 4321};
    struct play p;
    struct draft d;
    uint32_t i, j, step;
    for (step = 0; step < sizeof steps / sizeof *steps; step++) {
        start(&p, 5);
        run(&p, "hello");
        for (j = 0; j < 3; j++) {
            for (i = 1; i <= EXCHANGES; i++) {
                begin(&p, &d, mqw_text("subscribe"));
                d.packet.subscribe.packet_id = (uint16_t)(i * steps[step]);
                pass(&p, &d, MQW_CLIENT);
                ck_assert(!p.last.untracked);
            }
            for (i = EXCHANGES; i >= 1; i--) {
                begin(&p, &d, mqw_text("suback"));
                d.packet.suback.packet_id = (uint16_t)(i * steps[step]);
                pass(&p, &d, MQW_SERVER);
                ck_assert(p.last.settles);
            }
        }
        ck_assert_uint_eq(p.findings, 0);
        ck_assert_uint_eq(p.connection.client.untracked, 0);
        ck_assert_uint_eq(p.connection.client.stored, 0);
    }
}
END_TEST

START_TEST(untracked_is_told)
{
    struct mqw_connection_config config;
    struct play p;
    start(&p, 4);
    config = config_of(&p);
    config.client.exchange_count = 1;
    mqw_connection_init(&p.connection, &config);
    run(&p, "hello > publish > publish qos=1 id=1");
    ck_assert(!p.last.untracked);
    run(&p, "> publish qos=1 id=2");
    ck_assert(p.last.untracked);
    run(&p, "< puback id=2");
    ck_assert(!p.last.untracked);
    run(&p, "> publish qos=2 id=1 dup=1 < puback id=1"); /* the room of the first one */
    run(&p, "> publish qos=1 id=3");
    ck_assert(!p.last.untracked);
    run(&p, "> subscribe id=4");
    ck_assert(p.last.untracked);
    run(&p, "< pubrec id=5");
    ck_assert(p.last.untracked);
}
END_TEST

/* Acknowledgements of repeated messages may never come: such entries make room. */
START_TEST(settled_exchanges_make_room)
{
    struct mqw_connection_config config;
    struct play p;
    start(&p, 4);
    config = config_of(&p);
    config.client.exchange_count = 2;
    mqw_connection_init(&p.connection, &config);
    run(&p, "hello > publish qos=1 id=1 > publish qos=1 id=1 dup=1 < puback id=1");
    run(&p, "> publish qos=1 id=2 > publish qos=1 id=2 dup=1 < puback id=2");
    ck_assert_uint_eq(p.connection.client.stored, 2);
    ck_assert_uint_eq(mqw_connection_next_id(&p.connection, MQW_CLIENT), 3);
    run(&p, "> publish qos=1 id=3");
    ck_assert(!p.last.untracked);
    run(&p, "> publish qos=1 id=4 < puback id=2 < puback id=1 < puback id=4");
    ck_assert(p.last.settles);
    run(&p, "< puback id=3");
    ck_assert(p.last.settles);
    ck_assert_uint_eq(p.findings, 0);
}
END_TEST

START_TEST(storage_moves)
{
    struct mqw_exchange more[64], fewer[3];
    struct mqw_alias aliases[6];
    struct mqw_storage storage = {more, NULL, 64, 0};
    struct play p;
    start(&p, 5);
    run(&p, "hello > publish qos=1 id=65 > publish qos=2 id=1 > subscribe id=17 filters=a,b");
    memset(more, 1, sizeof more);
    memset(aliases, 1, sizeof aliases);
    ck_assert(!mqw_connection_move(&p.connection, MQW_CLIENT, &storage)); /* fewer aliases */
    ck_assert_ptr_eq(p.connection.client.storage.exchanges, p.client_exchanges);
    storage.alias_count = 6;
    ck_assert(!mqw_connection_move(&p.connection, MQW_CLIENT, &storage)); /* which are not there */
    storage.aliases = aliases;
    ck_assert(mqw_connection_move(&p.connection, MQW_CLIENT, &storage));
    memset(p.client_exchanges, 1, sizeof p.client_exchanges);
    memset(p.client_aliases, 1, sizeof p.client_aliases);
    ck_assert_uint_eq(p.connection.client.stored, 3);
    ck_assert_uint_eq(mqw_connection_next_id(&p.connection, MQW_CLIENT), 2);
    run(&p, "< pubrec id=1");
    ck_assert(p.last.answers && p.last.tag == 4);
    storage.exchanges = fewer;
    storage.exchange_count = 2;
    ck_assert(!mqw_connection_move(&p.connection, MQW_CLIENT, &storage));
    storage.exchange_count = 3;
    storage.aliases = p.client_aliases;
    storage.alias_count = ALIASES;
    ck_assert(!mqw_connection_move(&p.connection, MQW_CLIENT, &storage));
    storage.aliases = aliases; /* which stay as they are */
    ck_assert(mqw_connection_move(&p.connection, MQW_CLIENT, &storage));
    ck_assert_uint_eq(p.connection.client.storage.alias_count, 6);
    run(&p, "> pubrel id=1 < puback id=65 < pubcomp id=1");
    ck_assert(p.last.settles && p.last.first == 4);
    ck_assert_uint_eq(p.findings, 0);
    run(&p, "< suback id=17 codes=1");
    ck_assert(found(&p.last, MQW_RULE_SUBACK_COUNT));
    ck_assert_uint_eq(p.connection.client.stored, 0);
}
END_TEST

/* A broker gives aliases once it has seen who asks for them. */
START_TEST(aliases_move)
{
    struct mqw_storage storage;
    struct mqw_connection_config config;
    struct mqw_alias aliases[8];
    struct play p;
    start(&p, 5);
    config = config_of(&p);
    config.client.alias_count = 0;
    mqw_connection_init(&p.connection, &config);
    run(&p, "> connect");
    storage = p.connection.client.storage;
    storage.aliases = p.client_aliases + 2;
    storage.alias_count = 2;
    storage.exchange_count = 1; /* the array stays as it is */
    ck_assert(mqw_connection_move(&p.connection, MQW_CLIENT, &storage));
    ck_assert_uint_eq(p.connection.client.storage.exchange_count, EXCHANGES);
    run(&p, "< connack topic_alias_maximum=9 > publish alias=1 > publish topic= alias=1");
    ck_assert_uint_eq(p.findings, 0);
    run(&p, "> publish topic= alias=2");
    ck_assert(found(&p.last, MQW_RULE_TOPIC_ALIAS_UNKNOWN));
    p.findings = 0;
    run(&p, "> publish alias=7"); /* nobody notes it */
    storage.aliases = aliases;
    storage.alias_count = 8;
    ck_assert(mqw_connection_move(&p.connection, MQW_CLIENT, &storage));
    run(&p, "> publish topic= alias=7 > publish topic= alias=8 > publish topic= alias=1");
    ck_assert_uint_eq(p.findings, 0);
    run(&p, "> publish topic= alias=2");
    ck_assert(found(&p.last, MQW_RULE_TOPIC_ALIAS_UNKNOWN));
}
END_TEST

/* Entries left behind do not come to life again, however often that happens. */
START_TEST(the_forgotten_stays_forgotten)
{
    struct play p;
    uint32_t i;
    start(&p, 5);
    run(&p, "hello > publish qos=1 id=1 < publish qos=1 id=2");
    for (i = 0; i < 65536; i++) {
        mqw_connection_unread(&p.connection, MQW_CLIENT, NULL, 0, 0);
        run(&p, i % 7919 ? "" : "< puback id=1");
        ck_assert(!p.last.answers);
    }
    run(&p, "> publish qos=1 id=17 < puback id=1"); /* whose place is the same */
    ck_assert(!p.last.answers);
    run(&p, "< puback id=17 > publish qos=1 id=1 < puback id=1");
    ck_assert(p.last.answers && !p.findings);
}
END_TEST

/* A client that goes on with its session: what it has to send again is still in use. */
START_TEST(a_session_goes_on)
{
    struct mqw_connection *c;
    struct play p;
    start(&p, 5);
    c = &p.connection;
    run(&p, "> connect clean=0 < connack present=1 receive_maximum=2");
    ck_assert(mqw_connection_hold(c, MQW_CLIENT, 1, 101));
    ck_assert(mqw_connection_hold(c, MQW_CLIENT, 3, 103));
    ck_assert(mqw_connection_hold(c, MQW_CLIENT, 4, 104));
    ck_assert(mqw_connection_hold(c, MQW_CLIENT, 4, 104)); /* once is enough */
    ck_assert_uint_eq(c->client.stored, 3);
    ck_assert_uint_eq(mqw_connection_next_id(c, MQW_CLIENT), 2);
    ck_assert_uint_eq(mqw_connection_next_id(c, MQW_CLIENT), 5);
    ck_assert_uint_eq(mqw_connection_quota(c, MQW_CLIENT), 2);
    run(&p, "> publish qos=1 id=1 dup=1");
    ck_assert(p.last.repeats);
    ck_assert_uint_eq(mqw_connection_quota(c, MQW_CLIENT), 1);
    run(&p, "> pubrel id=4"); /* 4 */
    ck_assert_uint_eq(mqw_connection_quota(c, MQW_CLIENT), 0);
    c->client.last_id = 0;
    ck_assert_uint_eq(mqw_connection_next_id(c, MQW_CLIENT), 2);
    run(&p, "< puback id=1");
    ck_assert(p.last.answers && p.last.settles && p.last.tag == 3);
    ck_assert_uint_eq(mqw_connection_quota(c, MQW_CLIENT), 1);
    run(&p, "> publish qos=2 id=3 dup=1"); /* 6 */
    ck_assert_uint_eq(mqw_connection_quota(c, MQW_CLIENT), 0);
    run(&p, "< pubcomp id=4");
    ck_assert(p.last.answers && p.last.settles && p.last.tag == 4 && p.last.first == 104);
    ck_assert_uint_eq(mqw_connection_quota(c, MQW_CLIENT), 1);
    run(&p, "< pubrec id=3 > pubrel id=3 < pubcomp id=3");
    ck_assert(p.last.settles && p.last.first == 6);
    ck_assert_uint_eq(mqw_connection_quota(c, MQW_CLIENT), 2); /* 4.9: never above the maximum */
    ck_assert_uint_eq(c->client.stored, 0);
    ck_assert_uint_eq(p.findings, 0);
    run(&p, "> publish qos=1 id=6 > publish qos=1 id=6 dup=1");
    ck_assert(found(&p.last, MQW_RULE_RESENT));
}
END_TEST

/* What the other side left open: its QoS 2 messages are not to be delivered again. */
START_TEST(the_other_sides_session_goes_on)
{
    struct play p;
    start(&p, 5);
    run(&p, "> connect clean=0 receive_maximum=1 < connack present=1");
    ck_assert(mqw_connection_hold(&p.connection, MQW_SERVER, 6, 0));
    ck_assert(mqw_connection_hold(&p.connection, MQW_SERVER, 7, 0));
    ck_assert(mqw_connection_hold(&p.connection, MQW_SERVER, 8, 0));
    run(&p, "< pubrel id=6 < publish qos=2 id=7 dup=1"); /* 4.9 does not count PUBREL */
    ck_assert(p.last.repeats);
    run(&p, "> pubcomp id=6 < publish qos=2 id=9 dup=1"); /* but PUBCOMP */
    ck_assert(!p.last.repeats);
    run(&p, "> pubrec id=7 > pubrec id=9 < pubrel id=7 < pubrel id=8");
    run(&p, "> pubcomp id=7 > pubcomp id=8");
    ck_assert(p.last.settles);
    run(&p, "< publish qos=2 id=7");
    ck_assert(!p.last.repeats);
    ck_assert_uint_eq(p.findings, 0);
}
END_TEST

/* The other side may acknowledge what one has not yet sent again. */
START_TEST(what_is_held_may_be_settled)
{
    struct play p;
    start(&p, 4);
    run(&p, "> connect clean=0 < connack present=1");
    ck_assert(mqw_connection_hold(&p.connection, MQW_CLIENT, 1, 101));
    ck_assert(mqw_connection_hold(&p.connection, MQW_CLIENT, 2, 102));
    run(&p, "> publish qos=1 id=9 < puback id=1");
    ck_assert(p.last.answers && p.last.first == 101 && p.last.settles);
    ck_assert_uint_eq(mqw_connection_quota(&p.connection, MQW_CLIENT), 65534); /* id 9 is open */
    ck_assert(mqw_connection_hold(&p.connection, MQW_CLIENT, 2, 202));         /* another tag */
    run(&p, "< pubrec id=2 > pubrel id=2 < pubcomp id=2");
    ck_assert(p.last.first == 202 && p.last.settles);
    run(&p, "< puback id=9");
    ck_assert_uint_eq(mqw_connection_quota(&p.connection, MQW_CLIENT), 65535);
    ck_assert_uint_eq(p.connection.client.stored, 0);
    ck_assert_uint_eq(p.findings, 0);
}
END_TEST

START_TEST(holding_takes_room)
{
    struct mqw_connection_config config;
    struct play p;
    start(&p, 5);
    config = config_of(&p);
    config.client.exchange_count = 2;
    mqw_connection_init(&p.connection, &config);
    ck_assert(mqw_connection_hold(&p.connection, MQW_CLIENT, 1, 0));
    ck_assert(mqw_connection_hold(&p.connection, MQW_CLIENT, 2, 0));
    ck_assert(!mqw_connection_hold(&p.connection, MQW_CLIENT, 3, 0));
    ck_assert_uint_eq(mqw_connection_next_id(&p.connection, MQW_CLIENT), 0);
}
END_TEST

START_TEST(what_is_open_is_not_held)
{
    struct play p;
    start(&p, 5);
    run(&p, "hello > publish qos=1 id=1");
    ck_assert(mqw_connection_hold(&p.connection, MQW_CLIENT, 1, 0));
    run(&p, "> publish qos=1 id=1");
    ck_assert(found(&p.last, MQW_RULE_PACKET_ID_IN_USE));
}
END_TEST

/* More copies than are counted: any number of acknowledgements may come. */
START_TEST(many_copies)
{
    struct play p;
    uint32_t i;
    start(&p, 4);
    run(&p, "hello > publish qos=1 id=1");
    for (i = 0; i < 40; i++)
        run(&p, "> publish qos=1 id=1 dup=1");
    for (i = 0; i < 41; i++) {
        run(&p, "< puback id=1");
        ck_assert(p.last.answers && p.last.settles == !i);
    }
    ck_assert_uint_eq(p.findings, 0);
    run(&p, "< pubrec id=1"); /* which is none of them */
    ck_assert(!p.last.answers);
}
END_TEST

static uint32_t taken(const struct mqw_side *side)
{
    uint32_t i, count = 0;
    for (i = 0; i < side->storage.exchange_count; i++)
        count += side->storage.exchanges[i].type && side->storage.exchanges[i].epoch == side->epoch;
    return count;
}

/* Packets that keep no rule, by anybody: the table stays whole. */
START_TEST(anything_may_come)
{
    static const uint8_t types[] = {MQW_PUBLISH, MQW_PUBACK, MQW_PUBREC,   MQW_PUBREL,
                                    MQW_PUBCOMP, MQW_SUBACK, MQW_UNSUBACK, MQW_SUBSCRIBE};
    struct mqw_exchange room[2][EXCHANGES];
    struct play p;
    struct draft d;
    uint32_t i, home = 0;
    srand((unsigned)_i);
    start(&p, (uint8_t)(3 + _i % 3));
    run(&p, _i % 2 ? "hello" : "> connect clean=0 < connack present=1");
    for (i = 0; i < 5000; i++) {
        struct mqw_storage storage = p.connection.client.storage;
        unsigned dice = (unsigned)rand();
        uint16_t id = (uint16_t)(1 + dice % 40 * (dice % 7 ? 1 : 16));
        begin(&p, &d, mqw_text("gap"));
        if (dice % 101) {
            d.unread = 0;
            d.packet.type = types[(unsigned)rand() % 8];
            set_id(&d.packet, id);
            if (d.packet.type == MQW_PUBLISH) {
                d.packet.publish.qos = (uint8_t)((unsigned)rand() % 3);
                d.packet.publish.dup = (unsigned)rand() % 2;
            }
        }
        pass(&p, &d, (unsigned)rand() % 2 ? MQW_CLIENT : MQW_SERVER);
        if (dice % 31 == 0)
            mqw_connection_hold(&p.connection, MQW_CLIENT, id, 0);
        storage.exchanges = room[home];
        storage.exchange_count = 1 + dice % EXCHANGES;
        if (dice % 13 == 0 && mqw_connection_move(&p.connection, MQW_CLIENT, &storage))
            home ^= 1;
        ck_assert_uint_eq(p.connection.client.stored, taken(&p.connection.client));
        ck_assert_uint_eq(p.connection.server.stored, taken(&p.connection.server));
        id = mqw_connection_next_id(&p.connection, MQW_CLIENT);
        if (p.connection.client.stored < p.connection.client.storage.exchange_count)
            ck_assert_uint_ne(id, 0);
    }
}
END_TEST

int main(void)
{
    TCase *storage = tcase_create("storage");
    tcase_add_test(storage, identifiers_are_given_out);
    tcase_add_test(storage, full_storage_proves_nothing);
    tcase_add_test(storage, storage_is_cleared);
    tcase_add_test(storage, many_identifiers);
    tcase_add_test(storage, any_identifiers_fit);
    tcase_add_test(storage, untracked_is_told);
    tcase_add_test(storage, settled_exchanges_make_room);
    tcase_add_test(storage, storage_moves);
    tcase_add_test(storage, aliases_move);
    tcase_add_test(storage, the_forgotten_stays_forgotten);
    tcase_add_test(storage, a_session_goes_on);
    tcase_add_test(storage, the_other_sides_session_goes_on);
    tcase_add_test(storage, what_is_held_may_be_settled);
    tcase_add_test(storage, holding_takes_room);
    tcase_add_test(storage, what_is_open_is_not_held);
    tcase_add_test(storage, many_copies);
    tcase_add_loop_test(storage, anything_may_come, 0, 30);
    return run_case("connection_storage", storage);
}
