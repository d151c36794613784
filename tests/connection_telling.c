/* SPDX-License-Identifier: MIT */
/* mqw_connection: what it tells beside findings. */
#include "connection_script.h"

START_TEST(answers_carry_tags)
{
    struct play p;
    start(&p, 5);
    run(&p, "> connect < connack");
    ck_assert(p.last.answers && p.last.tag == 1);
    run(&p, "> publish qos=2 id=7 < pubrec id=7"); /* 3, 4 */
    ck_assert(p.last.answers && p.last.tag == 3 && !p.last.settles);
    run(&p, "> pubrel id=7"); /* 5 */
    ck_assert(p.last.answers && p.last.tag == 4 && p.last.first == 3);
    run(&p, "> pingreq < pubcomp id=7");
    ck_assert(p.last.answers && p.last.tag == 5 && p.last.first == 3 && p.last.settles);
    run(&p, "< pingresp");
    ck_assert(p.last.answers && p.last.tag == 6);
    run(&p, "> subscribe id=7 < suback id=7");
    ck_assert(p.last.answers && p.last.tag == 9 && p.last.settles);
    run(&p, "< publish qos=1 id=7 > puback id=7");
    ck_assert(p.last.answers && p.last.tag == 11 && p.last.settles);
    run(&p, "> publish qos=2 id=1 < pubrec id=1 < pubrec id=1");
    ck_assert(p.last.answers && p.last.first == 13);
    run(&p, "> pubrel id=1 < pubcomp id=1");
    ck_assert(p.last.settles);
    ck_assert_uint_eq(p.connection.server.stored, 0);
    ck_assert_uint_eq(p.findings, 0);
}
END_TEST

START_TEST(repeats_are_told)
{
    struct play p;
    start(&p, 4);
    run(&p, "hello > publish qos=2 id=7");
    ck_assert(!p.last.repeats);
    run(&p, "> publish qos=2 id=7 dup=1");
    ck_assert(p.last.repeats);
    run(&p, "< pubrec id=7 > pubrel id=7");
    ck_assert(!p.last.repeats);
    run(&p, "> pubrel id=7");
    ck_assert(p.last.repeats);
    ck_assert_uint_eq(p.findings, 0);
}
END_TEST

START_TEST(topics_are_resolved)
{
    struct play p;
    start(&p, 5);
    run(&p, "> connect topic_alias_maximum=9 < connack topic_alias_maximum=9");
    run(&p, "> publish topic=a/b");
    ck_assert(same(p.last.topic, "a/b") && !p.last.aliased);
    run(&p, "> publish topic=a/b alias=1 > publish topic= alias=1");
    ck_assert(!p.last.topic.ptr && !p.last.aliased); /* bound, and not kept */
    run(&p, "< publish topic= alias=7");             /* more than there is room for */
    ck_assert_ptr_null(p.last.topic.ptr);
    ck_assert_uint_eq(p.findings, 0);
    mqw_connection_end(&p.connection);
}
END_TEST

static struct mqw_bytes keep_copy(void *arg, enum mqw_sender sender, uint16_t alias,
                                  struct mqw_bytes old, struct mqw_bytes topic)
{
    int *held = arg;
    uint8_t *copy;
    ck_assert(sender == MQW_CLIENT || sender == MQW_SERVER);
    ck_assert(alias && alias <= ALIASES);
    if (old.len) {
        --*held;
        free((void *)(uintptr_t)old.ptr);
    }
    if (!topic.len)
        return topic;
    ++*held;
    copy = malloc(topic.len);
    memcpy(copy, topic.ptr, topic.len);
    return mqw_view(copy, topic.len);
}

START_TEST(topics_are_kept)
{
    struct mqw_connection_config config;
    struct play p;
    int held = 0;
    start(&p, 5);
    config = config_of(&p);
    config.keep = keep_copy;
    config.arg = &held;
    mqw_connection_init(&p.connection, &config);
    run(&p, "> connect topic_alias_maximum=4 < connack topic_alias_maximum=4");
    run(&p, "> publish topic=a alias=1 > publish topic=b alias=4 < publish topic=c alias=1");
    ck_assert_int_eq(held, 3);
    run(&p, "> publish topic= alias=1");
    ck_assert(same(p.last.topic, "a") && p.last.aliased);
    run(&p, "> publish topic=dd alias=1");
    ck_assert(same(p.last.topic, "dd") && !p.last.aliased);
    run(&p, "> publish topic= alias=1");
    ck_assert(same(p.last.topic, "dd"));
    run(&p, "< publish topic= alias=1");
    ck_assert(same(p.last.topic, "c"));
    ck_assert_int_eq(held, 3);
    run(&p, "> !pingreq > publish topic= alias=1");
    ck_assert(same(p.last.topic, "dd"));
    run(&p, "> gap > publish topic= alias=1"); /* it may stand for something else now */
    ck_assert_ptr_null(p.last.topic.ptr);
    run(&p, "< publish topic= alias=1");
    ck_assert(same(p.last.topic, "c"));
    run(&p, "> publish topic=e alias=1 > publish topic= alias=1");
    ck_assert(same(p.last.topic, "e"));
    ck_assert_uint_eq(p.findings, 0);
    mqw_connection_end(&p.connection);
    ck_assert_int_eq(held, 0);
}
END_TEST

/* Topics in an array of the caller's, by sender and alias. */
struct shelf {
    char topics[2][ALIASES][16];
};

static struct mqw_bytes keep_on_shelf(void *arg, enum mqw_sender sender, uint16_t alias,
                                      struct mqw_bytes old, struct mqw_bytes topic)
{
    struct shelf *shelf = arg;
    char *place = shelf->topics[sender == MQW_SERVER][alias - 1];
    ck_assert(!old.len || old.ptr == (const uint8_t *)place);
    if (!topic.len || topic.len >= sizeof shelf->topics[0][0])
        return mqw_view(NULL, 0);
    memcpy(place, topic.ptr, topic.len);
    place[topic.len] = 0;
    return mqw_view(place, topic.len);
}

START_TEST(topics_have_places)
{
    struct mqw_connection_config config;
    struct shelf shelf;
    struct play p;
    memset(&shelf, 0, sizeof shelf);
    start(&p, 5);
    config = config_of(&p);
    config.keep = keep_on_shelf;
    config.arg = &shelf;
    mqw_connection_init(&p.connection, &config);
    run(&p, "> connect topic_alias_maximum=4 < connack topic_alias_maximum=4");
    run(&p, "> publish topic=a alias=1 > publish topic=b alias=4 < publish topic=c alias=1");
    ck_assert_str_eq(shelf.topics[0][0], "a");
    ck_assert_str_eq(shelf.topics[0][3], "b");
    ck_assert_str_eq(shelf.topics[1][0], "c");
    run(&p, "> publish topic=d alias=4 > publish topic= alias=4");
    ck_assert(same(p.last.topic, "d") && p.last.aliased);
    run(&p, "> publish topic=longer-than-its-place alias=4 > publish topic= alias=4");
    ck_assert(!p.last.topic.ptr && !p.last.aliased);
    mqw_connection_end(&p.connection);
    config.one_sided = true;
    mqw_connection_init(&p.connection, &config);
    run(&p, "> connect > publish topic=e alias=2 > publish topic= alias=2");
    ck_assert(same(p.last.topic, "e") && p.last.aliased);
    ck_assert_uint_eq(p.findings, 0);
    mqw_connection_end(&p.connection);
}
END_TEST

START_TEST(refused_clients_are_ignored)
{
    struct play p;
    start(&p, 5);
    run(&p, "> connect < connack code=0x87 > publish qos=1 id=1");
    ck_assert(p.last.ignored);
    run(&p, "> auth");
    ck_assert(!p.last.ignored);
    start(&p, 4);
    run(&p, "> connect < connack code=5 > subscribe id=1");
    ck_assert(p.last.ignored);
    ck_assert_uint_eq(p.findings, 0);
}
END_TEST

START_TEST(options_follow)
{
    struct mqw_connection_config config;
    struct mqw_options options;
    struct play p;
    start(&p, 5);
    options = mqw_connection_options(&p.connection, MQW_CLIENT);
    ck_assert(options.version == 0 && options.sender == MQW_CLIENT && !options.max_size);
    config = config_of(&p);
    config.client_options.allow = MQW_ALLOW_MQTT_3_1;
    config.client_options.max_size = 500;
    config.client_options.version = 5; /* of no effect */
    config.server_options.max_size = 700;
    config.enforce_sizes = true;
    mqw_connection_init(&p.connection, &config);
    ck_assert_uint_eq(mqw_connection_options(&p.connection, MQW_CLIENT).version, 0);
    run(&p, "> connect maximum_packet_size=100 < connack maximum_packet_size=1000");
    options = mqw_connection_options(&p.connection, MQW_SERVER);
    ck_assert(options.version == 5 && options.sender == MQW_SERVER && options.max_size == 100);
    options = mqw_connection_options(&p.connection, MQW_CLIENT);
    ck_assert(options.max_size == 500 && options.allow == MQW_ALLOW_MQTT_3_1);
    run(&p, "< publish size=2000");
    ck_assert_uint_eq(p.findings, 0); /* left to decoding */
    config.enforce_sizes = false;
    mqw_connection_init(&p.connection, &config);
    run(&p, "> connect maximum_packet_size=100 < connack");
    ck_assert_uint_eq(mqw_connection_options(&p.connection, MQW_SERVER).max_size, 700);
    config.enforce_sizes = true;
    mqw_connection_init(&p.connection, &config);
    run(&p, "> connect < connack");
    ck_assert_uint_eq(mqw_connection_options(&p.connection, MQW_SERVER).max_size, 700);
    ck_assert_uint_eq(mqw_connection_options(&p.connection, MQW_SERVER).allow, 0);
    mqw_connection_init(&p.connection, &config);
    run(&p, "> connect version=3");
    ck_assert_uint_eq(mqw_connection_options(&p.connection, MQW_SERVER).version, 4);
    mqw_connection_init(&p.connection, &config);
    mqw_connection_version(&p.connection, MQW_VERSION_5);
    ck_assert_uint_eq(mqw_connection_options(&p.connection, MQW_CLIENT).version, 5);
    mqw_connection_version(&p.connection, MQW_VERSION_3_1_1); /* it is known */
    ck_assert_uint_eq(mqw_connection_options(&p.connection, MQW_CLIENT).version, 5);
    run(&p, "> connect version=0");
    ck_assert_uint_eq(mqw_connection_options(&p.connection, MQW_SERVER).version, 5);
    run(&p, "> connect version=4"); /* the second one */
    ck_assert_uint_eq(mqw_connection_options(&p.connection, MQW_SERVER).version, 5);
}
END_TEST

START_TEST(deadline_follows_the_keep_alive)
{
    struct play p;
    start(&p, 5);
    run(&p, "> connect keep_alive=10 now=1000");
    ck_assert(mqw_connection_deadline(&p.connection) == UINT64_MAX);
    run(&p, "< connack now=2000");
    ck_assert_uint_eq(mqw_connection_deadline(&p.connection), 17000);
    run(&p, "< publish now=9000 > pingreq now=17000");
    ck_assert_uint_eq(mqw_connection_deadline(&p.connection), 32000);
    run(&p, "> disconnect");
    ck_assert(mqw_connection_deadline(&p.connection) == UINT64_MAX);
    start(&p, 5);
    run(&p, "> connect keep_alive=10 < connack server_keep_alive=0");
    ck_assert(mqw_connection_deadline(&p.connection) == UINT64_MAX);
    start(&p, 5); /* a lost CONNACK may have changed it */
    run(&p, "> connect keep_alive=10 < gap > pingreq");
    ck_assert(mqw_connection_deadline(&p.connection) == UINT64_MAX);
    start(&p, 5);
    run(&p, "< gap > connect keep_alive=10");
    ck_assert(mqw_connection_deadline(&p.connection) == UINT64_MAX);
    start(&p, 5);
    run(&p, "> connect keep_alive=10 < connack server_keep_alive=100");
    ck_assert_uint_eq(mqw_connection_deadline(&p.connection), 150000);
}
END_TEST

START_TEST(quota_follows_receive_maximum)
{
    struct play p;
    start(&p, 5);
    ck_assert_uint_eq(mqw_connection_quota(&p.connection, MQW_CLIENT), 65535);
    run(&p, "> connect receive_maximum=3 < connack receive_maximum=2");
    ck_assert_uint_eq(mqw_connection_quota(&p.connection, MQW_CLIENT), 2);
    ck_assert_uint_eq(mqw_connection_quota(&p.connection, MQW_SERVER), 3);
    run(&p, "> publish qos=1 id=1 > publish qos=2 id=2 > publish");
    ck_assert_uint_eq(mqw_connection_quota(&p.connection, MQW_CLIENT), 0);
    run(&p, "< pubrec id=2");
    ck_assert_uint_eq(mqw_connection_quota(&p.connection, MQW_CLIENT), 0);
    run(&p, "> pubrel id=2 < pubcomp id=2 < puback id=1");
    ck_assert_uint_eq(mqw_connection_quota(&p.connection, MQW_CLIENT), 2);
}
END_TEST

START_TEST(a_gap_is_forgotten)
{
    struct play p;
    start(&p, 5);
    run(&p,
        "> connect < connack receive_maximum=2 > publish qos=1 id=1 > subscribe id=2 > pingreq");
    run(&p, "< gap < pingresp");
    ck_assert(!p.last.answers);
    run(&p, "< puback id=1");
    ck_assert(!p.last.answers);
    ck_assert_uint_eq(p.connection.client.stored, 0);
    ck_assert_uint_eq(mqw_connection_quota(&p.connection, MQW_CLIENT), 2);
    run(&p, "> publish qos=1 id=2 < puback id=2");
    ck_assert(p.last.answers);
    ck_assert_uint_eq(p.findings, 0);
}
END_TEST

/* A packet that takes an identifier in use is followed, whatever was said of it. */
START_TEST(conflicts_are_followed)
{
    struct play p;
    start(&p, 5);
    run(&p, "hello > publish qos=1 id=1 > subscribe id=1 < suback id=1");
    ck_assert(p.last.settles && p.findings == 1);
    run(&p, "< puback id=1 > subscribe id=1 < suback id=1");
    ck_assert_uint_eq(p.findings, 1);
    run(&p, "> publish qos=1 id=1 > publish qos=2 id=1 < pubrec id=1 > pubrel id=1");
    ck_assert_uint_eq(p.findings, 2);
    run(&p, "> publish qos=2 id=1 dup=1");
    ck_assert(found(&p.last, MQW_RULE_PUBLISH_AFTER_PUBREL));
    start(&p, 5);
    run(&p,
        "hello > publish qos=1 id=5 > publish qos=1 id=6 > subscribe id=1 > publish qos=1 id=1");
    ck_assert_uint_eq(p.findings, 1);
    run(&p, "< suback id=1 codes=1 < puback id=1");
    ck_assert_uint_eq(p.findings, 1);
}
END_TEST

/* Until there is a CONNECT, and from then on. */
START_TEST(midway_ends_with_connect)
{
    static const char *const befores[] = {"> publish", "< publish", ""};
    struct mqw_connection_config config;
    struct play p;
    uint32_t i;
    for (i = 0; i < 3; i++) {
        start(&p, 5);
        config = config_of(&p);
        config.midway = true;
        mqw_connection_init(&p.connection, &config);
        if (i == 1)
            mqw_connection_version(&p.connection, MQW_VERSION_3_1_1);
        run(&p, befores[i]);
        run(&p, "> connect");
        ck_assert_uint_eq(mqw_connection_options(&p.connection, MQW_SERVER).version, 5);
        run(&p, "< connack < puback id=9");
        ck_assert_uint_eq(p.findings, i == 2);
    }
    mqw_connection_init(&p.connection, &config);
    run(&p, "> connect < publish");
    ck_assert(found(&p.last, MQW_RULE_BEFORE_CONNACK));
    mqw_connection_init(&p.connection, &config);
    run(&p, "< publish");
    ck_assert_uint_eq(mqw_connection_options(&p.connection, MQW_CLIENT).version, 5);
}
END_TEST

START_TEST(a_finding_names_its_place)
{
    struct mqw_finding reason = {MQW_RULE_SUBACK_COUNT, 0, "reason_codes"};
    char name[32];
    struct play p;
    start(&p, 5);
    run(&p, "> connect < connack wildcards_available=0 shared_available=0");
    run(&p, "> subscribe id=1 filters=a,$share/g/b,c/#,+");
    ck_assert_uint_eq(p.last.count, 2);
    ck_assert_int_eq(p.last.findings[0].code, MQW_RULE_SHARED_NOT_SUPPORTED);
    ck_assert_uint_eq(p.last.findings[0].item, 1);
    ck_assert_int_eq(p.last.findings[1].code, MQW_RULE_WILDCARDS_NOT_SUPPORTED);
    ck_assert_uint_eq(p.last.findings[1].item, 2);
    ck_assert_str_eq(p.last.findings[1].field, "subscriptions");
    ck_assert_uint_eq(mqw_finding_field(&p.last.findings[1], name, sizeof name), 16);
    ck_assert_str_eq(name, "subscriptions[2]");
    ck_assert_uint_eq(mqw_finding_field(&p.last.findings[1], name, 4), 16);
    ck_assert_str_eq(name, "sub");
    ck_assert_uint_eq(mqw_finding_field(&reason, name, sizeof name), 12);
    ck_assert_str_eq(name, "reason_codes");
}
END_TEST

/* Plays the script and looks where its last packet, encoded, has its finding. */
static uint32_t place_of(const char *script, struct draft *d, uint8_t bytes[256], uint32_t *size)
{
    struct mqw_options options = {MQW_VERSION_5, MQW_NEITHER, false, 0, 0, 0};
    struct mqw_result r;
    struct play p;
    start(&p, 5);
    run_keeping(&p, script, d);
    ck_assert_uint_eq(p.last.count, 1);
    r = mqw_encode(&d->packet, &options, bytes, 256);
    ck_assert_int_eq(r.code, MQW_OK);
    *size = r.size;
    return mqw_finding_offset(&p.last.findings[0], bytes, r.size, &options);
}

START_TEST(a_finding_has_an_offset)
{
    static const struct {
        const char *script;
        uint32_t offset;
    } rows[] = {
        {"> publish", 0},                                /* the packet as a whole */
        {"hello < puback id=1", 2},                      /* packet_id */
        {"hello > publish qos=1 id=1 alias=1 dup=0", 9}, /* after topic, id, length, identifier */
        {"> connect clean=1 < connack present=1", 2},    /* a bit */
        {"> connect < connack retain_available=0 > publish retain=1", 0},
        {"> connect < connack shared_available=0 > subscribe id=1 filters=a,$share/g/b", 9},
        {"hello > subscribe id=1 filters=a,b < suback id=1 codes=1", 5}, /* reason_codes */
        {"hello < publish identifier=7", 7}, /* subscription_identifiers[0] */
        {"> connect request_problem=0 < connack > publish qos=1 id=1"
         " < puback id=1 reason_string=x",
         9},
        {"> connect method=m < connack", 4}, /* which is missing: properties */
        {"> connect client_id= < connack", 4},
    };
    struct draft d;
    uint8_t bytes[256];
    uint32_t size;
    size_t i;
    for (i = 0; i < sizeof rows / sizeof *rows; i++)
        ck_assert_msg(place_of(rows[i].script, &d, bytes, &size) == rows[i].offset, "%u in: %s",
                      place_of(rows[i].script, &d, bytes, &size), rows[i].script);
}
END_TEST

START_TEST(an_offset_is_in_the_packet)
{
    static const uint8_t bytes[] = {0xF0, 0}; /* AUTH without a reason code */
    struct mqw_options options = {MQW_VERSION_5, MQW_NEITHER, false, 0, MQW_ALLOW_ALL, 0};
    struct mqw_finding finding = {MQW_RULE_AUTH_NOT_CONTINUE, 0, "reason_code"};
    ck_assert_uint_eq(mqw_finding_offset(&finding, bytes, sizeof bytes, &options), 2);
    ck_assert_uint_eq(mqw_finding_offset(&finding, bytes, sizeof bytes, NULL), 0);
    finding.field = "reason"; /* not the beginning of a name */
    ck_assert_uint_eq(mqw_finding_offset(&finding, "\xF0\1\x18", 3, &options), 3);
}
END_TEST

/* An element by its number, of more than one digit too. */
START_TEST(an_offset_is_that_of_the_element)
{
    struct mqw_options options = {MQW_VERSION_5, MQW_CLIENT, false, 0, 0, 0};
    uint8_t bytes[5 + 4 * 30] = {0x82, 3 + 4 * 30, 0, 1, 0};
    uint32_t i;
    for (i = 0; i < 30; i++)
        memcpy(bytes + 5 + 4 * i, "\0\1#", 4);
    for (i = 0; i < 30; i++) {
        struct mqw_finding finding = {MQW_RULE_WILDCARDS_NOT_SUPPORTED, i, "subscriptions"};
        ck_assert_uint_eq(mqw_finding_offset(&finding, bytes, sizeof bytes, &options), 5 + 4 * i);
    }
}
END_TEST

int main(void)
{
    TCase *telling = tcase_create("telling");
    tcase_add_test(telling, answers_carry_tags);
    tcase_add_test(telling, repeats_are_told);
    tcase_add_test(telling, topics_are_resolved);
    tcase_add_test(telling, topics_are_kept);
    tcase_add_test(telling, topics_have_places);
    tcase_add_test(telling, refused_clients_are_ignored);
    tcase_add_test(telling, options_follow);
    tcase_add_test(telling, deadline_follows_the_keep_alive);
    tcase_add_test(telling, quota_follows_receive_maximum);
    tcase_add_test(telling, a_gap_is_forgotten);
    tcase_add_test(telling, conflicts_are_followed);
    tcase_add_test(telling, midway_ends_with_connect);
    tcase_add_test(telling, a_finding_names_its_place);
    tcase_add_test(telling, a_finding_has_an_offset);
    tcase_add_test(telling, an_offset_is_in_the_packet);
    tcase_add_test(telling, an_offset_is_that_of_the_element);
    return run_case("connection_telling", telling);
}
