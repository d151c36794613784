/* SPDX-License-Identifier: MIT */
/* What mqw_generate and mqw_generate_broken make: decoding is the judge. */
#include "help.h"

#include <mqttwire_fuzz.h>

enum { ROOM = 4096, SEEDS = 400, BROKEN_SEEDS = 25 };

static const uint8_t versions[] = {MQW_VERSION_3_1_1, MQW_VERSION_5};
static const uint8_t senders[] = {MQW_CLIENT, MQW_SERVER};

/* ---- Valid packets ------------------------------------------------------------------------- */

START_TEST(generated_packets_are_valid)
{
    uint8_t version = versions[_i & 1], sender = senders[_i >> 1];
    struct mqw_options o = options_of(version, sender);
    unsigned types = 0;
    uint64_t properties = 0;
    for (uint32_t seed = 0; seed < 10 * SEEDS; seed++) {
        uint8_t out[ROOM];
        struct mqw_packet packet;
        size_t n = mqw_generate(out, sizeof out, version, sender, seed);
        struct mqw_result r = mqw_decode(out, n, &o, &packet);
        ck_assert_msg(r.code == MQW_OK && r.size == n, "seed %u: %s: %s", (unsigned)seed,
                      code_name(r.code), hex_of(out, n));
        types |= 1u << packet.type;
        if (packet.type == MQW_CONNECT)
            properties |= packet.connect.properties.present;
        if (packet.type == MQW_CONNECT && packet.connect.has_will)
            properties |= packet.connect.will.properties.present;
        if (packet.type == MQW_CONNACK)
            properties |= packet.connack.properties.present;
        if (packet.type == MQW_PUBLISH)
            properties |= packet.publish.properties.present;
    }
    /* All types of section 2.1.2 that this side sends, and all properties but the other side's. */
    ck_assert_uint_eq(types, sender == MQW_CLIENT ? (version == 5 ? 0xD5FA : 0x55FA)
                                                  : (version == 5 ? 0xEAFC : 0x2AFC));
    if (version == 5)
        ck_assert_uint_eq((unsigned)__builtin_popcountll(properties), sender == 1 ? 16u : 24u);
}
END_TEST

START_TEST(generated_packets_fit)
{
    for (size_t max = 0; max < 200; max++)
        for (uint32_t seed = 0; seed < 40; seed++) {
            uint8_t *out = (uint8_t *)malloc(max ? max : 1); /* a sanitizer sees the next byte */
            ck_assert(mqw_generate(out, max, 0, 0, seed) <= max);
            ck_assert(mqw_generate_broken(out, max, 5, 0, MQW_RULE_TEXT_UTF8, seed) <= max);
            free(out);
        }
}
END_TEST

START_TEST(the_same_seed_gives_the_same_packet)
{
    for (uint32_t seed = 0; seed < SEEDS; seed++) {
        uint8_t one[ROOM], two[ROOM];
        size_t n = mqw_generate(one, sizeof one, 0, 0, seed);
        memset(two, 0xEE, sizeof two);
        ck_assert_uint_eq(mqw_generate(two, sizeof two, 0, 0, seed), n);
        ck_assert(n && !memcmp(one, two, n));
    }
}
END_TEST

/* ---- Packets that break a rule ------------------------------------------------------------- */

/* Rules that no bytes break: structures do, or a receiver's limit, or nothing at all. */
static const enum mqw_code not_in_bytes[] = {
    MQW_RULE_LENGTH_OVER_LIMIT, /* four bytes of length cannot say more */
    MQW_RULE_PACKET_TOO_LARGE,  /* the receiver's own limit */
    MQW_RULE_TEXT_TOO_LONG,     /* nor can two bytes */
    MQW_RULE_TOPIC_TOO_LONG,    MQW_RULE_PACKET_ID_AT_QOS_0, /* the bytes would be payload */
    MQW_RULE_PROPERTY_VALUE, /* those without a rule of their own have no range */
    MQW_RULE_VALUE_TOO_WIDE,    MQW_RULE_NOT_IN_VERSION,
};

static bool in_bytes(enum mqw_code rule)
{
    for (size_t i = 0; i < COUNT(not_in_bytes); i++)
        if (not_in_bytes[i] == rule)
            return false;
    return rule < MQW_RULE_FIRST_PACKET; /* those of connections take more than a packet */
}

START_TEST(every_rule_of_bytes_can_be_broken)
{
    const struct mqw_rule *rule;
    for (size_t i = 0; (rule = mqw_rule_at(i)) != NULL; i++)
        ck_assert_msg(mqw_breakable(rule->number) == in_bytes(rule->number), "%s", rule->name);
}
END_TEST

START_TEST(broken_packets_break_their_rule)
{
    const struct mqw_rule *rule = mqw_rule_at((size_t)_i);
    bool in_version[2] = {false, false};
    if (!mqw_breakable(rule->number))
        return;
    for (unsigned v = 0; v < 2; v++)
        for (unsigned s = 0; s < 2; s++) {
            struct mqw_options o = mqw_broken_options(versions[v], senders[s], rule->number);
            unsigned made = 0;
            for (uint32_t seed = 0; seed < BROKEN_SEEDS; seed++) {
                uint8_t out[ROOM];
                size_t n = mqw_generate_broken(out, sizeof out, versions[v], senders[s],
                                               rule->number, seed);
                struct mqw_packet packet;
                struct mqw_result r;
                if (!n)
                    continue;
                made++;
                r = mqw_decode(out, n, &o, &packet);
                if (rule->number == MQW_RULE_TRAILING_BYTES)
                    ck_assert(r.code == MQW_OK && r.size < n);
                else
                    ck_assert_msg(r.code == rule->number, "%s: %s: %s", rule->name,
                                  code_name(r.code), hex_of(out, n));
            }
            /* All seeds will do, or none: then the version or this side has not what it is about. */
            ck_assert_msg(made == BROKEN_SEEDS || made == 0, "%s: %u", rule->name, made);
            in_version[v] |= made > 0;
        }
    /* Each text of 3.1.1 has a rule of its own. */
    ck_assert_msg(in_version[0] == (*rule->ids_3_1_1 && rule->number != MQW_RULE_TEXT_UTF8),
                  "%s in 3.1.1", rule->name);
    ck_assert_msg(in_version[1] == !!*rule->ids_5, "%s in 5.0", rule->name);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("kit_generate");
    int rules = 0;
    while (mqw_rule_at((size_t)rules))
        rules++;
    tcase_add_loop_test(tcase, generated_packets_are_valid, 0, 4);
    tcase_add_test(tcase, generated_packets_fit);
    tcase_add_test(tcase, the_same_seed_gives_the_same_packet);
    tcase_add_test(tcase, every_rule_of_bytes_can_be_broken);
    tcase_add_loop_test(tcase, broken_packets_break_their_rule, 0, rules);
    return run_case("kit_generate", tcase);
}
