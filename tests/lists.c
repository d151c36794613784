/* SPDX-License-Identifier: MIT */
/* Lists: over wire bytes and over arrays, forwarded, and over bytes that changed meanwhile. */
#include "packets.h"

static struct wire wire;
static struct mqw_packet packet;

static void decode(uint8_t version, const char *notation)
{
    struct mqw_options options = options_of(version, MQW_NEITHER);
    struct mqw_result r;
    wire = wire_of(version, notation);
    r = mqw_decode(wire.ptr, wire.len, &options, &packet);
    ck_assert_msg(r.code == MQW_OK, "%s: %s", notation, code_name(r.code));
}

static void expect_bytes(struct mqw_bytes got, const char *wanted)
{
    ck_assert_msg(got.len == strlen(wanted) && (!got.len || !memcmp(got.ptr, wanted, got.len)),
                  "%.*s, not %s", (int)got.len, (const char *)got.ptr, wanted);
}

/* Encodes the packet; the bytes are those of notation. */
static void expect_encoded(uint8_t version, const char *notation)
{
    struct mqw_options options = options_of(version, MQW_NEITHER);
    struct wire wanted = wire_of(version, notation), made = encode_exactly(&packet, &options);
    ck_assert_msg(made.len == wanted.len && !memcmp(made.ptr, wanted.ptr, made.len), "%s: %s",
                  notation, hex_of(made.ptr, made.len));
    wire_free(&made);
    wire_free(&wanted);
}

START_TEST(over_subscriptions)
{
    static const char notation[] = "82{0001 ~ ('a/b') 01 ('#') [2E]<02> ('c') 00}";
    for (uint8_t version = 4; version <= 5; version++) {
        struct mqw_subscription items[3], past;
        uint32_t at = 0;
        decode(version, notation);
        ck_assert_uint_eq(packet.subscribe.subscriptions.count, 3);
        for (size_t i = 0; i < 3; i++) {
            memset(&items[i], 0xFF, sizeof items[i]);
            ck_assert(mqw_next_subscription(&packet.subscribe.subscriptions, &at, &items[i]));
        }
        ck_assert(!mqw_next_subscription(&packet.subscribe.subscriptions, &at, &past));
        ck_assert(!mqw_next_subscription(&packet.subscribe.subscriptions, &at, &past));
        expect_bytes(items[0].topic_filter, "a/b");
        expect_bytes(items[1].topic_filter, "#");
        expect_bytes(items[2].topic_filter, "c");
        ck_assert(items[0].qos == 1 && items[1].qos == 2 && items[2].qos == 0);
        ck_assert(items[1].no_local == (version == 5));
        ck_assert(items[1].retain_as_published == (version == 5));
        ck_assert_uint_eq(items[1].retain_handling, version == 5 ? 2 : 0);
        ck_assert(!items[0].no_local && !items[0].retain_as_published && !items[0].retain_handling);
        expect_encoded(version, notation);

        packet.subscribe.subscriptions = mqw_subscriptions(items, 3);
        expect_encoded(version, notation);
        at = 0;
        for (size_t i = 0; i < 3; i++) {
            ck_assert(mqw_next_subscription(&packet.subscribe.subscriptions, &at, &past));
            ck_assert_ptr_eq(past.topic_filter.ptr, items[i].topic_filter.ptr);
        }
        ck_assert(!mqw_next_subscription(&packet.subscribe.subscriptions, &at, &past));
        wire_free(&wire);
    }
}
END_TEST

START_TEST(over_filters)
{
    static const char notation[] = "A2{0001 ~ ('a/b') ('#') ('c')}";
    static const char *const wanted[] = {"a/b", "#", "c"};
    for (uint8_t version = 4; version <= 5; version++) {
        struct mqw_bytes items[3], past;
        uint32_t at = 0;
        decode(version, notation);
        ck_assert_uint_eq(packet.unsubscribe.topic_filters.count, 3);
        for (size_t i = 0; i < 3; i++) {
            ck_assert(mqw_next_filter(&packet.unsubscribe.topic_filters, &at, &items[i]));
            expect_bytes(items[i], wanted[i]);
        }
        ck_assert(!mqw_next_filter(&packet.unsubscribe.topic_filters, &at, &past));
        expect_encoded(version, notation);
        packet.unsubscribe.topic_filters = mqw_filters(items, 3);
        expect_encoded(version, notation);
        wire_free(&wire);
    }
}
END_TEST

/* Found between others, in the order that they have. */
START_TEST(over_properties)
{
    struct mqw_properties *p = &packet.publish.properties;
    struct mqw_pair pairs[3], pair;
    uint32_t ids[3], id, at = 0;
    decode(5, "30{('t') {26('k')('1') 01 00 02 26262626 03('&&') 0B 01 26('k')('2') 09(2600)"
              "0B 8001 08('r') 26()() 0B FFFFFF7F}}");
    ck_assert_uint_eq(p->user_properties.count, 3);
    ck_assert_uint_eq(p->subscription_identifiers.count, 3);
    for (size_t i = 0; i < 3; i++)
        ck_assert(mqw_next_pair(&p->user_properties, &at, &pairs[i]));
    ck_assert(!mqw_next_pair(&p->user_properties, &at, &pair));
    expect_bytes(pairs[0].name, "k");
    expect_bytes(pairs[0].value, "1");
    expect_bytes(pairs[1].value, "2");
    expect_bytes(pairs[2].name, "");
    at = 0;
    for (size_t i = 0; i < 3; i++)
        ck_assert(mqw_next_id(&p->subscription_identifiers, &at, &ids[i]));
    ck_assert(!mqw_next_id(&p->subscription_identifiers, &at, &id));
    ck_assert(ids[0] == 1 && ids[1] == 128 && ids[2] == 268435455);
    for (int round = 0; round < 2; round++) {
        expect_encoded(5, "30{('t') {01 00 02 26262626 03('&&') 08('r') 09(2600) 0B 01 0B 8001"
                          "0B FFFFFF7F 26('k')('1') 26('k')('2') 26()()}}");
        mqw_set_user_properties(p, mqw_pairs(pairs, 3));
        mqw_set_subscription_identifiers(p, mqw_ids(ids, 3));
    }
    mqw_drop(p, MQW_PROPERTY_USER_PROPERTY);
    ck_assert(!mqw_has(p, MQW_PROPERTY_USER_PROPERTY) &&
              mqw_has(p, MQW_PROPERTY_SUBSCRIPTION_IDENTIFIER));
    wire_free(&wire);
}
END_TEST

START_TEST(over_codes)
{
    static const uint8_t items[] = {0, 2, 0x80};
    struct mqw_code_list list = mqw_codes(items, 3);
    uint32_t at = 0;
    uint8_t code = 0xFF;
    decode(5, "90{000A 00 00 02 80}");
    for (size_t i = 0; i < 3; i++) {
        ck_assert(mqw_next_code(&packet.suback.reason_codes, &at, &code));
        ck_assert_uint_eq(code, items[i]);
    }
    ck_assert(!mqw_next_code(&packet.suback.reason_codes, &at, &code));
    packet.suback.reason_codes = list;
    expect_encoded(5, "90{000A 00 00 02 80}");
    wire_free(&wire);
}
END_TEST

START_TEST(over_nothing)
{
    struct mqw_subscription_list subscriptions = mqw_subscriptions(NULL, 0);
    struct mqw_filter_list topic_filters = mqw_filters(NULL, 0);
    struct mqw_pair_list pairs = mqw_pairs(NULL, 0);
    struct mqw_id_list ids = mqw_ids(NULL, 0);
    struct mqw_code_list reason_codes = mqw_codes(NULL, 0);
    struct mqw_subscription subscription;
    struct mqw_bytes filter;
    struct mqw_pair pair;
    uint32_t id, at = 0;
    uint8_t code;
    ck_assert(!mqw_next_subscription(&subscriptions, &at, &subscription));
    ck_assert(!mqw_next_filter(&topic_filters, &at, &filter));
    ck_assert(!mqw_next_pair(&pairs, &at, &pair));
    ck_assert(!mqw_next_id(&ids, &at, &id));
    ck_assert(!mqw_next_code(&reason_codes, &at, &code));
    ck_assert_uint_eq(at, 0);
}
END_TEST

/* ---- Bytes that changed ------------------------------------------------------------------------
 */

/* Walks every list of the packet to its end.  A sanitizer sees what is read past the block. */
static size_t walk_block(const struct mqw_properties *p, const uint8_t *end)
{
    struct mqw_pair pair;
    size_t seen = 0;
    uint32_t id, at = 0;
    if (mqw_has(p, MQW_PROPERTY_USER_PROPERTY))
        while (mqw_next_pair(&p->user_properties, &at, &pair)) {
            ck_assert(pair.name.ptr + pair.name.len <= end);
            ck_assert(pair.value.ptr + pair.value.len <= end);
            seen++;
        }
    at = 0;
    if (mqw_has(p, MQW_PROPERTY_SUBSCRIPTION_IDENTIFIER))
        while (mqw_next_id(&p->subscription_identifiers, &at, &id))
            seen++;
    return seen;
}

static size_t walk(const struct mqw_packet *p, const uint8_t *end)
{
    struct mqw_subscription subscription;
    struct mqw_bytes filter;
    uint32_t at = 0;
    size_t seen = 0;
    switch (p->type) {
    case MQW_SUBSCRIBE:
        while (mqw_next_subscription(&p->subscribe.subscriptions, &at, &subscription)) {
            ck_assert(subscription.topic_filter.ptr + subscription.topic_filter.len <= end);
            seen++;
        }
        return p->version == 5 ? seen + walk_block(&p->subscribe.properties, end) : seen;
    case MQW_UNSUBSCRIBE:
        while (mqw_next_filter(&p->unsubscribe.topic_filters, &at, &filter)) {
            ck_assert(filter.ptr + filter.len <= end);
            seen++;
        }
        return p->version == 5 ? seen + walk_block(&p->unsubscribe.properties, end) : seen;
    case MQW_PUBLISH:
        return p->version == 5 ? walk_block(&p->publish.properties, end) : 0;
    case MQW_CONNECT:
        return p->version == 5 ? walk_block(&p->connect.properties, end) : 0;
    case MQW_CONNACK:
        return p->version == 5 ? walk_block(&p->connack.properties, end) : 0;
    default:
        return 0;
    }
}

static void overwrite(const struct sample *sample, uint8_t version, struct wire good)
{
    static const uint8_t bytes[] = {0x00, 0x01, 0x26, 0x0B, 0x7F, 0x80, 0xFF};
    struct mqw_options options = options_of(version, MQW_NEITHER);
    struct wire spoilt = wire_copy(good.ptr, good.len);
    struct mqw_packet p;
    size_t all;
    (void)sample;
    ck_assert_int_eq(mqw_decode(spoilt.ptr, spoilt.len, &options, &p).code, MQW_OK);
    all = walk(&p, spoilt.ptr + spoilt.len);
    for (size_t i = 0; i < COUNT(bytes); i++) {
        for (size_t at = 0; at < good.len; at++) {
            uint8_t out[1024];
            spoilt.ptr[at] = bytes[i];
            ck_assert_uint_le(walk(&p, spoilt.ptr + spoilt.len), good.len);
            /* Encoding what changed writes no more than was counted; here, if it had the room. */
            ck_assert_uint_gt(mqw_encode(&p, &options, out, sizeof out).code + 1U, 0);
            spoilt.ptr[at] = good.ptr[at];
        }
        memset(spoilt.ptr, bytes[i], spoilt.len);
        ck_assert_uint_le(walk(&p, spoilt.ptr + spoilt.len), good.len);
        memcpy(spoilt.ptr, good.ptr, good.len);
    }
    ck_assert_uint_eq(walk(&p, spoilt.ptr + spoilt.len), all);
    wire_free(&spoilt);
}

START_TEST(overwritten)
{
    each_sample(overwrite);
}
END_TEST

/* A length that grew ends the list there; what was before it stays. */
START_TEST(ends_early)
{
    decode(5, "82{0001 00 ('a') 00 ('b') 00 ('c') 00}");
    ck_assert_uint_eq(walk(&packet, wire.ptr + wire.len), 3);
    wire.ptr[wire.len - 7] = 200; /* the length of 'b' */
    ck_assert_uint_eq(walk(&packet, wire.ptr + wire.len), 1);
    wire_free(&wire);
    decode(5, "30{('t') {26('a')('1') 26('b')('2') 26('c')('3')}}");
    ck_assert_uint_eq(walk(&packet, wire.ptr + wire.len), 3);
    wire.ptr[wire.len - 14] = 0x7E; /* the identifier of the second */
    ck_assert_uint_eq(walk(&packet, wire.ptr + wire.len), 1);
    wire_free(&wire);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        over_subscriptions, over_filters, over_properties, over_codes,
        over_nothing,       overwritten,  ends_early,
    };
    return run("lists", tests, COUNT(tests));
}
