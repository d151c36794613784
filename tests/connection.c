/* SPDX-License-Identifier: MIT */
/* mqw_connection: each rule kept and broken, and nothing concluded from what was missed. */
#include "connection_rules.h"
#include "connection_script.h"

static const char *const rule_names[] = {
#define MQW_ROW(number, NAME, name, class, reason, connack, v311, v5, kind, bit, text)             \
    [number] = #name,
    MQW_RULES(MQW_ROW)
#undef MQW_ROW
};

static void check_row(const struct rule_row *row, uint8_t version)
{
    struct play play;
    uint32_t expected = row->rule == MQW_RULE_DIAGNOSTICS_TOO_LARGE ? 2 : 1;
    start(&play, version);
    run(&play, row->keeps);
    ck_assert_msg(!play.findings, "%u: %s in: %s", version,
                  play.last.count ? rule_names[play.last.findings[0].code] : "a finding",
                  row->keeps);
    if (!row->breaks)
        return;
    start(&play, version);
    run(&play, row->breaks);
    ck_assert_msg(found(&play.last, row->rule), "%u: no %s in: %s", version, rule_names[row->rule],
                  row->breaks);
    ck_assert_msg(play.findings == expected, "%u: %u findings in: %s", version, play.findings,
                  row->breaks);
    ck_assert_ptr_nonnull(play.last.findings[0].field);
}

START_TEST(rule_is_kept_and_broken)
{
    const struct rule_row *row = &rule_rows[_i];
    const char *version;
    for (version = row->versions; *version; version++)
        check_row(row, (uint8_t)(*version - '0'));
}
END_TEST

/* In every version that has the rule. */
static bool is_tried(enum mqw_code rule, char version)
{
    size_t i;
    for (i = 0; i < sizeof rule_rows / sizeof *rule_rows; i++)
        if (rule_rows[i].rule == rule && rule_rows[i].breaks &&
            strchr(rule_rows[i].versions, version))
            return true;
    return false;
}

START_TEST(every_rule_is_tried)
{
#define MQW_ROW(number, NAME, name, class, reason, connack, v311, v5, kind, bit, text)             \
    if (number >= 200) {                                                                           \
        ck_assert_msg(!*v311 || is_tried(number, '4'), "not tried in 3.1.1: %s", #name);           \
        ck_assert_msg(!*v5 || is_tried(number, '5'), "not tried in 5.0: %s", #name);               \
    }
    MQW_RULES(MQW_ROW)
#undef MQW_ROW
}
END_TEST

/* Plays the script from one of its packets on, as a connection that began before. */
static void check_midway(const char *script, uint8_t version)
{
    struct mqw_connection_config config;
    struct play play;
    start(&play, version);
    config = config_of(&play);
    config.midway = true;
    mqw_connection_init(&play.connection, &config);
    run(&play, script);
    ck_assert_msg(!play.findings, "midway: %s", script);
}

/* Plays what one side says of the script, from the beginning or from one of its packets on. */
static void check_one_sided(const char *script, enum mqw_sender only, bool midway, uint8_t version)
{
    struct mqw_connection_config config;
    struct play play;
    start(&play, version);
    config = config_of(&play);
    config.midway = midway;
    config.one_sided = true;
    mqw_connection_init(&play.connection, &config);
    play.only = only;
    run(&play, script);
    ck_assert_msg(!play.findings, "one-sided, %s: %s in %s", only == MQW_CLIENT ? ">" : "<",
                  play.last.count ? rule_names[play.last.findings[0].code] : "a finding", script);
}

/* Plays the script with lost bytes before the packet at rest. */
static void check_gap(const char *script, const char *rest, const char *gap, uint8_t version)
{
    char before[1024];
    struct play play;
    size_t length = (size_t)(rest - script);
    ck_assert_uint_lt(length, sizeof before);
    memcpy(before, script, length);
    before[length] = 0;
    start(&play, version);
    run(&play, before);
    run(&play, gap);
    run(&play, rest);
    ck_assert_msg(!play.findings, "%s before %s", gap, rest);
}

START_TEST(absence_proves_nothing)
{
    const struct rule_row *row = &rule_rows[_i];
    const char *version, *at;
    for (version = row->versions; *version; version++) {
        check_one_sided(row->keeps, MQW_CLIENT, false, (uint8_t)(*version - '0'));
        check_one_sided(row->keeps, MQW_SERVER, false, (uint8_t)(*version - '0'));
        for (at = strpbrk(row->keeps, "<>"); at; at = strpbrk(at + 1, "<>")) {
            check_midway(at, (uint8_t)(*version - '0'));
            check_one_sided(at, MQW_CLIENT, true, (uint8_t)(*version - '0'));
            check_one_sided(at, MQW_SERVER, true, (uint8_t)(*version - '0'));
            check_gap(row->keeps, at, "> gap", (uint8_t)(*version - '0'));
            check_gap(row->keeps, at, "< gap", (uint8_t)(*version - '0'));
        }
    }
}
END_TEST

/* What one side's packets show among themselves is found all the same. */
START_TEST(one_side_is_judged)
{
    static const struct rule_row rows[] = {
        {"45", MQW_RULE_FIRST_PACKET, NULL, "> publish"},
        {"45", MQW_RULE_SECOND_CONNECT, NULL, "> connect > pingreq > connect"},
        {"45", MQW_RULE_AFTER_DISCONNECT, NULL, "> connect > publish > disconnect > publish"},
        {"5", MQW_RULE_AUTH_UNASKED, NULL, "> connect > publish > auth"},
        {"45", MQW_RULE_BEFORE_CONNACK, NULL, "< publish"},
        {"45", MQW_RULE_SECOND_CONNACK, NULL, "< connack < publish < connack"},
        {"5", MQW_RULE_AFTER_REFUSAL, NULL, "< connack code=0x87 < auth"},
    };
    struct mqw_connection_config config;
    struct play play;
    size_t i;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        start(&play, MQW_VERSION_5);
        config = config_of(&play);
        config.one_sided = true;
        mqw_connection_init(&play.connection, &config);
        run(&play, rows[i].breaks);
        ck_assert_msg(play.findings == 1 && found(&play.last, rows[i].rule), "one-sided: %s",
                      rows[i].breaks);
    }
}
END_TEST

int main(void)
{
    TCase *rules = tcase_create("rules");
    tcase_add_loop_test(rules, rule_is_kept_and_broken, 0, sizeof rule_rows / sizeof *rule_rows);
    tcase_add_loop_test(rules, absence_proves_nothing, 0, sizeof rule_rows / sizeof *rule_rows);
    tcase_add_test(rules, every_rule_is_tried);
    tcase_add_test(rules, one_side_is_judged);
    return run_case("connection", rules);
}
