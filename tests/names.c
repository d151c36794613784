/* SPDX-License-Identifier: MIT */
/* The rows of tables.h: names, numbers, and counts that the specifications give. */
#include "help.h"

#include <ctype.h>

static void expect_lower(const char *upper, const char *lower)
{
    ck_assert_uint_eq(strlen(upper), strlen(lower));
    for (size_t i = 0; upper[i]; i++)
        ck_assert_msg(tolower((unsigned char)upper[i]) == lower[i], "%s and %s", upper, lower);
}

/* Two names for one identifier, because the member is a list. */
static const char *member_of(const char *name)
{
    if (!strcmp(name, "SUBSCRIPTION_IDENTIFIER"))
        return "SUBSCRIPTION_IDENTIFIERS";
    if (!strcmp(name, "USER_PROPERTY"))
        return "USER_PROPERTIES";
    return name;
}

START_TEST(lower_case)
{
#define MQW_ROW(number, NAME, name, flags, rule, senders_311, senders_5) expect_lower(#NAME, #name);
    MQW_PACKETS(MQW_ROW)
#undef MQW_ROW
#define MQW_ROW(bit, NAME, name) expect_lower(#NAME, #name);
    MQW_PLACES(MQW_ROW)
#undef MQW_ROW
#define MQW_ROW(id, NAME, member, TYPE, places, low, high, rule, text)                             \
    expect_lower(member_of(#NAME), #member);
    MQW_PROPERTIES(MQW_ROW)
#undef MQW_ROW
#define MQW_ROW(code, NAME, name, client, server, text) expect_lower(#NAME, #name);
    MQW_REASONS(MQW_ROW)
#undef MQW_ROW
#define MQW_ROW(code, NAME, name, place, text) expect_lower(#NAME, #name);
    MQW_REASON_NAMES(MQW_ROW)
    MQW_RETURN_CODES(MQW_ROW)
#undef MQW_ROW
#define MQW_ROW(bit, NAME, name, text) expect_lower(#NAME, #name);
    MQW_ALLOWANCES(MQW_ROW)
    MQW_REFUSALS(MQW_ROW)
#undef MQW_ROW
#define MQW_ROW(number, NAME, name, class, reason, connack, v311, v5, kind, bit, text)             \
    expect_lower(#NAME, #name);
    MQW_RULES(MQW_ROW)
#undef MQW_ROW
}
END_TEST

static void expect_ascending(const long *numbers, size_t count, const char *what)
{
    for (size_t i = 1; i < count; i++)
        ck_assert_msg(numbers[i - 1] < numbers[i], "%s: %ld before %ld", what, numbers[i - 1],
                      numbers[i]);
}

START_TEST(numbers_ascend)
{
    static const long packets[] = {
#define MQW_ROW(number, NAME, name, flags, rule, senders_311, senders_5) number,
        MQW_PACKETS(MQW_ROW)
#undef MQW_ROW
    };
    static const long properties[] = {
#define MQW_ROW(id, NAME, member, TYPE, places, low, high, rule, text) id,
        MQW_PROPERTIES(MQW_ROW)
#undef MQW_ROW
    };
    static const long reasons[] = {
#define MQW_ROW(code, NAME, name, client, server, text) code,
        MQW_REASONS(MQW_ROW)
#undef MQW_ROW
    };
    static const long rules[] = {
#define MQW_ROW(number, NAME, name, class, reason, connack, v311, v5, kind, bit, text) number,
        MQW_RULES(MQW_ROW)
#undef MQW_ROW
    };
#define MQW_ROW(bit, NAME, name, text) bit,
    static const long allowances[] = {MQW_ALLOWANCES(MQW_ROW)};
    static const long refusals[] = {MQW_REFUSALS(MQW_ROW)};
#undef MQW_ROW
    expect_ascending(packets, COUNT(packets), "packets");
    expect_ascending(properties, COUNT(properties), "properties");
    expect_ascending(reasons, COUNT(reasons), "reasons");
    expect_ascending(rules, COUNT(rules), "rules");
    expect_ascending(allowances, COUNT(allowances), "allowances");
    expect_ascending(refusals, COUNT(refusals), "refusals");
    ck_assert_uint_eq(COUNT(packets), 15);
    ck_assert_uint_eq(COUNT(properties), 27);
    ck_assert_uint_eq(COUNT(reasons), 43);
    /* Bits of options, which are 32, and of a presence mask, which are 64. */
    ck_assert_int_ge(rules[0], MQW_RULE_FIRST);
    ck_assert(allowances[0] > 0 && allowances[COUNT(allowances) - 1] < 31);
    ck_assert(refusals[0] > 0 && refusals[COUNT(refusals) - 1] < 31);
    ck_assert_int_lt(properties[COUNT(properties) - 1], MQW_PROPERTY_END);
}
END_TEST

START_TEST(names_of_code_0)
{
    static const char *const names[] = {
#define MQW_ROW(code, NAME, name, place, text) #name,
        MQW_REASON_NAMES(MQW_ROW)
#undef MQW_ROW
    };
    ck_assert_uint_eq(COUNT(names), 2);
    ck_assert_str_eq(mqw_reason_name(5, MQW_DISCONNECT, 0), "normal_disconnection");
    ck_assert_str_eq(mqw_reason_name(5, MQW_SUBACK, 0), "granted_qos_0");
    ck_assert_str_eq(mqw_reason_name(5, MQW_CONNACK, 0), "success");
    ck_assert_str_eq(mqw_reason_name(4, MQW_CONNACK, 0), "connection_accepted");
    ck_assert_str_eq(mqw_reason_name(4, MQW_SUBACK, 0x80), "failure");
}
END_TEST

/* facts.md, part b and part c: the last lines. */
static const struct {
    unsigned place;
    unsigned properties, reasons;
} counts[] = {
    {MQW_IN_CONNECT, 9, 0},     {MQW_IN_WILL, 7, 0},        {MQW_IN_CONNACK, 17, 22},
    {MQW_IN_PUBLISH, 8, 0},     {MQW_IN_PUBACK, 2, 9},      {MQW_IN_PUBREC, 2, 9},
    {MQW_IN_PUBREL, 2, 2},      {MQW_IN_PUBCOMP, 2, 2},     {MQW_IN_SUBSCRIBE, 2, 0},
    {MQW_IN_SUBACK, 2, 12},     {MQW_IN_UNSUBSCRIBE, 1, 0}, {MQW_IN_UNSUBACK, 2, 7},
    {MQW_IN_DISCONNECT, 4, 29}, {MQW_IN_AUTH, 4, 3},
};

START_TEST(places_differ)
{
    unsigned seen = 0, places = 0;
#define MQW_ROW(bit, NAME, name)                                                                   \
    ck_assert_msg(!(seen >> (bit)&1), #NAME " has the bit of another place");                      \
    seen |= 1u << (bit);                                                                           \
    places++;
    MQW_PLACES(MQW_ROW)
#undef MQW_ROW
    ck_assert_uint_eq(places, 14);
}
END_TEST

START_TEST(counts_by_place)
{
    for (size_t i = 0; i < COUNT(counts); i++) {
        unsigned properties = 0, reasons = 0;
#define MQW_ROW(id, NAME, member, TYPE, places, low, high, rule, text)                             \
    properties += ((places)&counts[i].place) != 0;
        MQW_PROPERTIES(MQW_ROW)
#undef MQW_ROW
#define MQW_ROW(code, NAME, name, client, server, text)                                            \
    reasons += (((client) | (server)) & counts[i].place) != 0;
        MQW_REASONS(MQW_ROW)
#undef MQW_ROW
        ck_assert_msg(properties == counts[i].properties && reasons == counts[i].reasons,
                      "place %#x has %u properties and %u reason codes", counts[i].place,
                      properties, reasons);
    }
}
END_TEST

START_TEST(rules_by_number)
{
    const struct mqw_rule *rule;
    size_t count = 0;
    for (; (rule = mqw_rule_at(count)) != NULL; count++) {
        ck_assert_ptr_eq(mqw_rule_of(rule->number), rule);
        ck_assert(*rule->name && *rule->text);
        ck_assert_msg(*rule->ids_3_1_1 || *rule->ids_5, "%s has no source", rule->name);
        ck_assert_msg(rule->kind == MQW_CLASS_MALFORMED || rule->kind == MQW_CLASS_PROTOCOL_ERROR,
                      "%s", rule->name);
        ck_assert_msg(rule->reason_code >= 0x80, "%s", rule->name);
        if (rule->kind == MQW_CLASS_MALFORMED)
            ck_assert_msg(rule->reason_code == 0x81, "%s", rule->name);
        ck_assert_uint_eq(mqw_rule_reason(rule->number, 5), rule->reason_code);
        ck_assert_uint_eq(mqw_rule_reason(rule->number, 4),
                          rule->return_code ? rule->return_code : MQW_REASON_NONE);
    }
    ck_assert_ptr_null(mqw_rule_at(count + 1));
    ck_assert_ptr_null(mqw_rule_at((size_t)-1));
    for (int code = 0; code < 300; code++)
        ck_assert(mqw_rule_of((enum mqw_code)code) && *mqw_rule_of((enum mqw_code)code)->text);
}
END_TEST

START_TEST(names_of_nothing)
{
    ck_assert_str_eq(mqw_type_name(0), "");
    ck_assert_str_eq(mqw_type_name(16), "");
    ck_assert_str_eq(mqw_type_name(255), "");
    ck_assert_str_eq(mqw_property_name(0), "");
    ck_assert_str_eq(mqw_property_name(0x2B), "");
    ck_assert_str_eq(mqw_property_name(UINT32_MAX), "");
    ck_assert_str_eq(mqw_property_text(4), "");
    ck_assert_str_eq(mqw_reason_name(5, MQW_CONNACK, 0x03), "");
    ck_assert_str_eq(mqw_reason_text(5, 0, 0xFF), "");
    ck_assert_str_eq(mqw_reason_name(4, MQW_CONNACK, 6), "");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        lower_case,      numbers_ascend,  names_of_code_0,  places_differ,
        counts_by_place, rules_by_number, names_of_nothing,
    };
    return run("names", tests, COUNT(tests));
}
