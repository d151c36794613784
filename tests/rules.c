/* SPDX-License-Identifier: MIT */
/*
 * Every rule of the codec is broken: by bytes that are refused by it, at the right offset, under
 * the right name; its bit lets them through; and encoding refuses the same.
 */
#include "rules.h"

static const struct rule_cases *const groups[] = {
    &header_rules,  &text_rules,   &topic_rules,     &connect_rules,
    &publish_rules, &answer_rules, &subscribe_rules, &property_rules,
};

struct trial { /* one case in one version */
    const struct rule_case *c;
    struct mqw_options options;
    struct wire wire;
    const char *what;
};

static void expect_field(const struct trial *t, const char *field)
{
    ck_assert_msg(!strcmp(field, t->c->field), "%s: at \"%s\", wanted \"%s\"", t->what, field,
                  t->c->field);
}

static void expect_refused(const struct trial *t)
{
    struct mqw_result r = expect_laws(t->wire.ptr, t->wire.len, &t->options);
    char field[128];
    ck_assert_msg(r.code == t->c->rule, "%s: %s at %lu, wanted %s", t->what, code_name(r.code),
                  (unsigned long)r.offset, code_name(t->c->rule));
    mqw_decode_field(t->wire.ptr, t->wire.len, &t->options, field, sizeof field);
    expect_field(t, field);
    ck_assert_msg(t->wire.marked && r.offset == t->wire.mark, "%s: offset %lu, wanted %lu", t->what,
                  (unsigned long)r.offset, (unsigned long)t->wire.mark);
    ck_assert_msg(r.size == t->wire.len || !r.size, "%s: size %lu", t->what, (unsigned long)r.size);
}

/* The same packet from a struct. */
static void expect_encoding(const struct trial *t, struct mqw_packet *packet)
{
    struct mqw_options options = t->options, lenient = t->options;
    uint8_t out[4096];
    char field[128];
    struct mqw_result r, sized;
    lenient.allow = MQW_ALLOW_ALL;
    lenient.refuse = 0;
    lenient.version = packet->version;
    options.version = packet->version;
    sized = mqw_encode(packet, &lenient, out, sizeof out);
    ck_assert_msg(sized.code == MQW_OK, "%s: lenient encoding answers %s", t->what,
                  code_name(sized.code));
    r = mqw_encode(packet, &options, out, sizeof out);
    if (t->c->again == GONE) {
        ck_assert_msg(r.code == MQW_OK, "%s: encoding answers %s", t->what, code_name(r.code));
        return;
    }
    ck_assert_msg(r.code == t->c->rule, "%s: encoding answers %s", t->what, code_name(r.code));
    mqw_encode_field(packet, &options, out, sizeof out, field, sizeof field);
    expect_field(t, field);
    mqw_encode(packet, &lenient, out, sizeof out);
    if (sized.size == t->wire.len && !memcmp(out, t->wire.ptr, sized.size))
        ck_assert_msg(r.offset == t->wire.mark, "%s: encoding: offset %lu, wanted %lu", t->what,
                      (unsigned long)r.offset, (unsigned long)t->wire.mark);
}

static void expect_switched(struct trial *t)
{
    struct mqw_options options = t->options;
    uint32_t allow = rule_allow(t->c->rule), refuse = rule_refuse(t->c->rule);
    struct mqw_packet packet;
    struct mqw_result r;
    ck_assert(!allow || !refuse);
    options.refuse = 0;
    options.allow = allow || refuse ? allow : (uint32_t)MQW_ALLOW_ALL;
    r = expect_laws(t->wire.ptr, t->wire.len, &options);
    if (!allow && !refuse) {
        ck_assert_msg(r.code == t->c->rule, "%s: with all allowed %s", t->what, code_name(r.code));
        ck_assert_msg(t->c->again == UNREAD, "%s: cannot be let through", t->what);
        return;
    }
    ck_assert_msg(r.code == MQW_OK, "%s: switched off, yet %s at %lu", t->what, code_name(r.code),
                  (unsigned long)r.offset);
    /* All bits but this one. */
    options.allow = (uint32_t)MQW_ALLOW_ALL & ~allow;
    options.refuse = refuse;
    r = expect_laws(t->wire.ptr, t->wire.len, &options);
    ck_assert_msg(r.code == t->c->rule, "%s: with all else allowed %s", t->what, code_name(r.code));
    options.allow = allow;
    options.refuse = 0;
    mqw_decode(t->wire.ptr, t->wire.len, &options, &packet);
    expect_encoding(t, &packet);
}

static void try_case(const struct rule_case *c)
{
    ck_assert_msg(!c->reason || mqw_rule_of(c->rule)->reason_code == c->reason,
                  "%s: reason code %02x, wanted %02x", code_name(c->rule),
                  mqw_rule_of(c->rule)->reason_code, c->reason);
    for (const char *v = c->versions; *v; v++) {
        struct trial t = {0};
        char what[200];
        t.c = c;
        t.options = options_of((uint8_t)(*v - '0'), c->sender);
        t.options.refuse = rule_refuse(c->rule);
        t.wire = wire_of(t.options.version, c->bytes);
        t.what = what;
        snprintf(what, sizeof what, "%s of %c: %.120s", code_name(c->rule), *v, c->bytes);
        expect_refused(&t);
        expect_switched(&t);
        wire_free(&t.wire);
        if (c->good) {
            struct wire good = wire_of(t.options.version, c->good);
            struct mqw_result r = expect_laws(good.ptr, good.len, &t.options);
            ck_assert_msg(r.code == MQW_OK, "neighbour of %s: %s at %lu", what, code_name(r.code),
                          (unsigned long)r.offset);
            wire_free(&good);
        }
    }
}

static const struct rule_case *case_at(size_t index)
{
    for (size_t i = 0; i < COUNT(groups); i++) {
        if (index < groups[i]->count)
            return &groups[i]->cases[index];
        index -= groups[i]->count;
    }
    return NULL;
}

START_TEST(bytes_that_break_a_rule)
{
    try_case(case_at((size_t)_i));
}
END_TEST

/* ---- Nothing is forgotten ----------------------------------------------------------------------
 */

enum { CONNECTION_RULES = 200 };

static bool broken_in(enum mqw_code rule, char version)
{
    for (size_t i = 0; i < struct_rule_count; i++)
        if (struct_rules[i] == rule)
            return true;
    for (size_t i = 0; case_at(i); i++)
        if (case_at(i)->rule == rule &&
            (strchr(case_at(i)->versions, version) || strchr(case_at(i)->versions, '0')))
            return true;
    return false;
}

START_TEST(every_rule_has_a_case)
{
    const struct mqw_rule *rule;
    for (size_t i = 0; (rule = mqw_rule_at(i)) != NULL; i++) {
        if ((unsigned)rule->number >= (unsigned)CONNECTION_RULES)
            continue;
        /* Each text of 3.1.1 has a rule of its own. */
        ck_assert_msg(!*rule->ids_3_1_1 || rule->number == MQW_RULE_TEXT_UTF8 ||
                          broken_in(rule->number, '4'),
                      "%s has no case in 3.1.1", rule->name);
        ck_assert_msg(!*rule->ids_5 || broken_in(rule->number, '5'), "%s has no case in 5.0",
                      rule->name);
    }
}
END_TEST

/* A version without statements about a rule has no packet that breaks it. */
START_TEST(no_case_without_statement)
{
    for (size_t i = 0; case_at(i); i++) {
        const struct mqw_rule *rule = mqw_rule_of(case_at(i)->rule);
        ck_assert_msg(*rule->ids_3_1_1 || !strchr(case_at(i)->versions, '4'), "%s in 3.1.1",
                      rule->name);
        ck_assert_msg(*rule->ids_5 || !strchr(case_at(i)->versions, '5'), "%s in 5.0", rule->name);
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("rules");
    int count = 0;
    while (case_at((size_t)count))
        count++;
    tcase_add_loop_test(tcase, bytes_that_break_a_rule, 0, count);
    tcase_add_test(tcase, every_rule_has_a_case);
    tcase_add_test(tcase, no_case_without_statement);
    add_struct_rules(tcase);
    return run_case("rules", tcase);
}
