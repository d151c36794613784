/* SPDX-License-Identifier: MIT */
/* What mqw_mutate and mqw_crossover do to packets, and that they take any bytes. */
#include "help.h"

#include <mqttwire_fuzz.h>

enum { ROOM = 1 << 17, SEEDS = 300 };

static uint32_t state = 1;

static uint32_t any(void)
{
    state = state * 1664525u + 1013904223u;
    return state >> 8;
}

/* A client's stream, or a server's: `%` and `~` as in help.h. */
static const char *const streams[] = {
    "10{('MQTT') % C6 003C [{21 000A 26('k')('v')}] ('id') [{18 00000005}] ('w') ('gone') ('u') "
    "('p')}"
    "82{0001 [{0B 07}] ('a/b') 01 ('c/#') 00}"
    "32{('a/b') 0007 [{01 01 23 0003 26('n')('v')}] 'payload'}"
    "30{('x') [{23 0002 02 00000009}] 'y'}"
    "62{0007} C0 00 A2{0002 ~ ('a/b') ('+/d')} E0 00",
    "20{01 00 [{24 01 22 0010}]}"
    "90{0001 ~ 01 00}"
    "32{('a/b') 0007 [{23 0003 0B 07 0B 8101}] 'payload'}"
    "40{0007} D0 00 B0{0002 [00 00 11]} 30{('t') ~ 'x'}",
};

static struct wire stream(unsigned which, uint8_t version)
{
    return wire_of(version, streams[which]);
}

/* ---- Each operator ------------------------------------------------------------------------- */

/* The rules that must come of an operator, and all that may, where that can be said. */
struct effect {
    enum mqw_operator operator;
    enum mqw_code must[4];
};

static const struct effect effects[] = {
    {MQW_OPERATOR_PACKET_CUT, {MQW_RULE_TRUNCATED}},
    {MQW_OPERATOR_PACKET_SURPLUS, {MQW_RULE_SURPLUS_BYTES, MQW_RULE_CONNECT_SURPLUS}},
    {MQW_OPERATOR_PACKET_FLAGS, {MQW_RULE_FIXED_HEADER_FLAGS, MQW_RULE_SUBSCRIBE_FLAGS}},
    {MQW_OPERATOR_PACKET_EMPTY, {MQW_RULE_TRUNCATED}},
    {MQW_OPERATOR_STREAM_CUT, {MQW_MORE}},
    {MQW_OPERATOR_PROTOCOL_NAME, {MQW_RULE_PROTOCOL_NAME}},
    {MQW_OPERATOR_PROTOCOL_VERSION, {MQW_RULE_PROTOCOL_VERSION}},
    {MQW_OPERATOR_QOS, {MQW_RULE_QOS_3, MQW_RULE_SUBSCRIPTION_QOS_3, MQW_RULE_WILL_QOS_3}},
    {MQW_OPERATOR_RESERVED_BITS, {MQW_RULE_CONNECT_FLAGS_RESERVED, MQW_RULE_CONNACK_FLAGS}},
    {MQW_OPERATOR_PACKET_ID, {MQW_RULE_PACKET_ID_ZERO, MQW_RULE_ACKNOWLEDGED_ID_ZERO}},
    {MQW_OPERATOR_REASON_CODE, {MQW_RULE_CONNACK_REASON, MQW_RULE_SUBACK_REASON}},
    {MQW_OPERATOR_UTF8_OVERLONG, {MQW_RULE_TOPIC_UTF8, MQW_RULE_CLIENT_ID_UTF8}},
    {MQW_OPERATOR_UTF8_SURROGATE, {MQW_RULE_TOPIC_UTF8, MQW_RULE_USERNAME_UTF8}},
    {MQW_OPERATOR_UTF8_ABOVE, {MQW_RULE_TOPIC_UTF8, MQW_RULE_WILL_TOPIC_UTF8}},
    {MQW_OPERATOR_UTF8_TRUNCATED, {MQW_RULE_TOPIC_UTF8, MQW_RULE_SUBSCRIBE_FILTER_UTF8}},
    {MQW_OPERATOR_UTF8_CONTINUATION, {MQW_RULE_TOPIC_UTF8, MQW_RULE_UNSUBSCRIBE_FILTER_UTF8}},
    {MQW_OPERATOR_UTF8_NUL, {MQW_RULE_TOPIC_NUL, MQW_RULE_TEXT_NUL}},
    {MQW_OPERATOR_UTF8_CONTROL, {MQW_RULE_TEXT_CONTROL}},
    {MQW_OPERATOR_UTF8_NONCHARACTER, {MQW_RULE_TEXT_NONCHARACTER}},
    {MQW_OPERATOR_TOPIC_EMPTY, {MQW_RULE_TOPIC_EMPTY, MQW_RULE_FILTER_EMPTY}},
    {MQW_OPERATOR_TOPIC_WILDCARD,
     {MQW_RULE_TOPIC_WILDCARD, MQW_RULE_FILTER_HASH, MQW_RULE_FILTER_PLUS}},
    {MQW_OPERATOR_TOPIC_SHARE, {MQW_RULE_SHARE_NAME_EMPTY, MQW_RULE_SHARE_FILTER_MISSING}},
    {MQW_OPERATOR_ALIAS_VALUE, {MQW_RULE_TOPIC_ALIAS_ZERO}},
    {MQW_OPERATOR_PROPERTY_MISPLACE, {MQW_RULE_PROPERTY_MISPLACED}},
    {MQW_OPERATOR_PROPERTY_REPEAT, {MQW_RULE_PROPERTY_REPEATED}},
    {MQW_OPERATOR_PROPERTY_RANGE,
     {MQW_RULE_RECEIVE_MAXIMUM_ZERO, MQW_RULE_TOPIC_ALIAS_ZERO, MQW_RULE_MAXIMUM_QOS_VALUE}},
    {MQW_OPERATOR_PROPERTY_UNKNOWN, {MQW_RULE_PROPERTY_UNKNOWN}},
    {MQW_OPERATOR_LENGTH_ONE_OFF, {MQW_RULE_TRUNCATED, MQW_RULE_PROPERTY_OVERRUN}},
    {MQW_OPERATOR_LENGTH_ZERO, {MQW_RULE_TRUNCATED, MQW_RULE_TOPIC_EMPTY}},
    {MQW_OPERATOR_LENGTH_HUGE, {MQW_RULE_TRUNCATED}},
    {MQW_OPERATOR_LENGTH_PADDED, {MQW_RULE_INTEGER_PADDED, MQW_RULE_LENGTH_PADDED}},
    {MQW_OPERATOR_LENGTH_FIVE, {MQW_RULE_INTEGER_TOO_LONG}},
};

/* Verdicts on the packets of a stream, those that a receiver may refuse too. */
static void judge(const uint8_t *data, size_t size, uint8_t version, bool *seen)
{
    struct mqw_options o = options_of(version, 0);
    size_t at = 0;
    o.refuse = MQW_REFUSE_PADDED_LENGTH | MQW_REFUSE_CONTROL_CHARACTERS | MQW_REFUSE_NONCHARACTERS;
    while (at < size) {
        struct mqw_packet packet;
        struct mqw_result r = mqw_decode(data + at, size - at, &o, &packet);
        seen[r.code] = true;
        if (r.code == MQW_MORE || !r.size)
            return;
        at += r.size;
    }
}

START_TEST(each_operator_does_what_it_says)
{
    const struct mqw_operator_row *row = mqw_operator_at((size_t)_i);
    uint8_t weights[MQW_OPERATOR_COUNT] = {0};
    struct mqw_operator_use uses[MQW_OPERATOR_COUNT];
    struct mqw_mutator mutator;
    bool seen[256] = {false};
    unsigned changed = 0;
    memset(uses, 0, sizeof uses);
    mqw_mutator_init(&mutator);
    weights[_i] = 1;
    mutator.weights = weights;
    mutator.uses = uses;
    mutator.rounds = 1;
    mutator.repair = 100;
    for (uint8_t version = 4; version <= 5; version++)
        for (unsigned which = 0; which < COUNT(streams); which++)
            for (uint32_t seed = 0; seed < SEEDS; seed++) {
                struct wire before = stream(which, version);
                static uint8_t data[ROOM];
                size_t n;
                memcpy(data, before.ptr, before.len);
                mutator.version = version;
                n = mqw_mutate_with(&mutator, data, before.len, sizeof data, seed);
                changed += n != before.len || memcmp(data, before.ptr, n);
                judge(data, n, version, seen);
                wire_free(&before);
            }
    ck_assert_msg(uses[_i].applied > SEEDS / 2, "%s was applied %u times", row->name,
                  (unsigned)uses[_i].applied);
    ck_assert_msg(changed > uses[_i].applied / 3, "%s changed %u of %u", row->name, changed,
                  (unsigned)uses[_i].applied);
    for (size_t i = 0; i < COUNT(effects); i++)
        for (size_t k = 0; effects[i].operator==(enum mqw_operator) _i && k < 4; k++)
            ck_assert_msg(!effects[i].must[k] || seen[effects[i].must[k]], "%s never yields %s",
                          row->name, code_name(effects[i].must[k]));
}
END_TEST

/* ---- Any bytes, any room ------------------------------------------------------------------- */

/* Bytes that are nothing, packets, or packets that were mutated before. */
static size_t draw_input(uint8_t *data, size_t max)
{
    size_t n = 0;
    switch (any() % 3) {
    case 0:
        for (n = any() % (max + 1); n-- > 0;)
            data[n] = (uint8_t)any();
        return any() % (max + 1);
    case 1:
        return mqw_generate(data, max, 0, 0, any());
    default:
        for (unsigned i = 0; i < 6; i++)
            n += mqw_generate(data + n, max - n, any() % 2 ? 5 : 4, 0, any());
        return mqw_mutate(data, n, max, any());
    }
}

/* The room is a heap block of just max bytes: a sanitizer sees what goes past it. */
START_TEST(any_bytes_are_taken)
{
    for (unsigned i = 0; i < 5000; i++) {
        size_t max = i % 10 ? any() % 400 : any() % 70000;
        uint8_t *data = (uint8_t *)calloc(1, max ? max : 1);
        size_t n = draw_input(data, max);
        ck_assert(n <= max);
        for (unsigned k = 0; k < 4; k++) {
            n = mqw_mutate(data, n, max, any());
            ck_assert(n <= max);
            ck_assert(!max || n);
        }
        free(data);
    }
}
END_TEST

START_TEST(a_size_over_the_room_is_the_room)
{
    uint8_t data[64];
    memset(data, 0x30, sizeof data);
    for (uint32_t seed = 0; seed < 1000; seed++)
        ck_assert(mqw_mutate(data, sizeof data, 16, seed) <= 16);
    for (size_t i = 16; i < sizeof data; i++)
        ck_assert_uint_eq(data[i], 0x30);
    ck_assert_uint_eq(mqw_mutate(data, 4, 0, 1), 0);
    ck_assert_uint_eq(mqw_mutate(NULL, 0, 0, 1), 0);
}
END_TEST

START_TEST(any_two_streams_cross)
{
    for (unsigned i = 0; i < 5000; i++) {
        size_t max = any() % 400, max1 = any() % 300, max2 = any() % 300;
        uint8_t *one = (uint8_t *)calloc(1, max1 ? max1 : 1);
        uint8_t *two = (uint8_t *)calloc(1, max2 ? max2 : 1);
        uint8_t *out = (uint8_t *)malloc(max ? max : 1);
        size_t n1 = draw_input(one, max1), n2 = draw_input(two, max2);
        ck_assert(mqw_crossover(one, n1, two, n2, out, max, any()) <= max);
        free(one);
        free(two);
        free(out);
    }
}
END_TEST

/* Mostly it is packets of both. */
START_TEST(crossing_keeps_packets)
{
    unsigned whole = 0, from_both = 0;
    for (uint32_t seed = 0; seed < SEEDS; seed++) {
        struct wire one = stream(0, 5), two = stream(1, 5);
        uint8_t out[1024];
        size_t n = mqw_crossover(one.ptr, one.len, two.ptr, two.len, out, sizeof out, seed);
        bool seen[256] = {false};
        unsigned types = 0;
        judge(out, n, 5, seen);
        seen[MQW_OK] = false;
        whole += !memchr(seen, true, sizeof seen);
        for (size_t at = 0; at < n;) {
            struct mqw_result r = mqw_frame(out + at, n - at, NULL);
            types |= 1u << (out[at] >> 4);
            if (r.code != MQW_OK)
                break;
            at += r.size;
        }
        from_both += (types & 1u << MQW_CONNECT) && (types & 1u << MQW_SUBACK);
        wire_free(&one);
        wire_free(&two);
    }
    ck_assert_uint_gt(whole, SEEDS / 2);
    ck_assert_uint_gt(from_both, SEEDS / 4);
}
END_TEST

/* ---- Determinism --------------------------------------------------------------------------- */

/* FNV-1a over what many seeds give: the number is the same on each machine. */
START_TEST(a_seed_means_the_same_everywhere)
{
    uint32_t hash = 2166136261u;
    static uint8_t data[ROOM];
    for (uint32_t seed = 0; seed < 2000; seed++) {
        struct wire before = stream(seed & 1, seed & 2 ? 4 : 5);
        size_t n;
        memcpy(data, before.ptr, before.len);
        n = mqw_mutate(data, before.len, 2000, seed);
        n = mqw_mutate(data, n, 2000, seed + 1);
        for (size_t i = 0; i < n; i++)
            hash = (hash ^ data[i]) * 16777619u;
        wire_free(&before);
    }
    ck_assert_uint_eq(hash, 4243539835);
}
END_TEST

/* ---- Lengths ------------------------------------------------------------------------------- */

/* Repaired lengths leave packets that are framed as before; those that are not, mostly do not. */
START_TEST(lengths_are_repaired)
{
    static const uint8_t percents[] = {100, 0};
    unsigned whole[2] = {0, 0};
    for (unsigned i = 0; i < 2; i++)
        for (uint32_t seed = 0; seed < SEEDS; seed++) {
            static const enum mqw_operator some[] = {
                MQW_OPERATOR_FIELD_GROW, MQW_OPERATOR_PROPERTY_ADD, MQW_OPERATOR_FIELD_EMPTY};
            uint8_t weights[MQW_OPERATOR_COUNT] = {0};
            struct mqw_mutator mutator;
            struct wire before = stream(0, 5);
            uint8_t data[4096];
            size_t n, at = 0;
            mqw_mutator_init(&mutator);
            weights[some[seed % 3]] = 1;
            mutator.weights = weights;
            mutator.repair = percents[i];
            mutator.rounds = 1;
            memcpy(data, before.ptr, before.len);
            n = mqw_mutate_with(&mutator, data, before.len, sizeof data, seed);
            for (unsigned packets = 0; packets < 8 && at < n; packets++) {
                struct mqw_result r = mqw_frame(data + at, n - at, NULL);
                if (r.code != MQW_OK)
                    break;
                at += r.size;
                whole[i] += packets == 7 && at == n;
            }
            wire_free(&before);
        }
    ck_assert_uint_eq(whole[0], SEEDS);
    ck_assert_uint_lt(whole[1], SEEDS / 4);
}
END_TEST

/* A Remaining Length of two bytes becomes one of one byte, before what was changed. */
START_TEST(lengths_shrink)
{
    struct wire before = wire_of(4, "30{(61*200)}");
    uint8_t weights[MQW_OPERATOR_COUNT] = {0};
    struct mqw_mutator mutator;
    mqw_mutator_init(&mutator);
    weights[MQW_OPERATOR_FIELD_EMPTY] = 1;
    mutator.weights = weights;
    mutator.version = 4;
    mutator.repair = 100;
    mutator.rounds = 1;
    ck_assert_uint_eq(mqw_mutate_with(&mutator, before.ptr, before.len, before.len, 1), 4);
    ck_assert(!memcmp(before.ptr, "\x30\x02\0\0", 4));
    wire_free(&before);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("kit_mutate");
    tcase_add_loop_test(tcase, each_operator_does_what_it_says, 0, MQW_OPERATOR_COUNT);
    tcase_add_test(tcase, any_bytes_are_taken);
    tcase_add_test(tcase, a_size_over_the_room_is_the_room);
    tcase_add_test(tcase, any_two_streams_cross);
    tcase_add_test(tcase, crossing_keeps_packets);
    tcase_add_test(tcase, a_seed_means_the_same_everywhere);
    tcase_add_test(tcase, lengths_are_repaired);
    tcase_add_test(tcase, lengths_shrink);
    return run_case("kit_mutate", tcase);
}
