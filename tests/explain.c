/* SPDX-License-Identifier: MIT */
/* mqw_explain: visits that stop, and the fields of a packet with each kind of them. */
#include "packets.h"

struct counter {
    uint32_t left; /* visits until the answer is false */
    uint32_t seen;
};

static bool count_down(void *arg, const struct mqw_field *field)
{
    struct counter *c = arg;
    (void)field;
    c->seen++;
    ck_assert_uint_gt(c->left, 0);
    return --c->left > 0;
}

/* After `false` there is no visit, in good, bad and cut packets. */
static void stop_everywhere(const struct sample *sample, uint8_t version, struct wire wire)
{
    struct mqw_options options = options_of(version, MQW_NEITHER);
    for (size_t len = 1; len <= wire.len && len < 64; len++) {
        struct counter all = {UINT32_MAX, 0};
        mqw_explain(wire.ptr, len, &options, count_down, &all);
        for (uint32_t stop = 1; stop <= all.seen; stop++) {
            struct counter c = {stop, 0};
            mqw_explain(wire.ptr, len, &options, count_down, &c);
            ck_assert_msg(c.seen == stop, "%s: %lu visits of %lu", sample->name,
                          (unsigned long)c.seen, (unsigned long)stop);
        }
    }
}

START_TEST(stopping)
{
    each_sample(stop_everywhere);
}
END_TEST

struct story {
    struct text text;
};

static bool tell(void *arg, const struct mqw_field *f)
{
    static const char *const kinds[] = {"integer", "reason", "length", "identifier", "octet",
                                        "bits",    "text",   "binary", "unread"};
    struct story *s = arg;
    text_add(&s->text, "%lu-%lu %s %s", (unsigned long)f->start, (unsigned long)f->end,
             kinds[f->kind], f->path);
    if (f->kind == MQW_KIND_BITS)
        text_add(&s->text, " %u+%u", f->bit, f->width);
    if (f->kind == MQW_KIND_TEXT || f->kind == MQW_KIND_BINARY || f->kind == MQW_KIND_UNREAD)
        text_add(&s->text, " (%s)", hex_of(f->bytes.ptr, f->bytes.len));
    else
        text_add(&s->text, " %lu", (unsigned long)f->number);
    if (f->note)
        text_add(&s->text, " %s", f->note);
    text_add(&s->text, "\n");
    return true;
}

static void expect_story(uint8_t version, const char *bytes, uint32_t allow, const char *wanted)
{
    struct mqw_options options = options_of(version, MQW_NEITHER);
    struct wire wire = wire_of(version, bytes);
    struct story s = {{0}};
    options.allow = allow;
    mqw_explain(wire.ptr, wire.len, &options, tell, &s);
    ck_assert_str_eq(s.text.ptr, wanted);
    text_free(&s.text);
    wire_free(&wire);
}

START_TEST(fields_of_publish)
{
    expect_story(5, "3B{('a/b') 000A {23 0001 26('k')('v')} FF}", 0,
                 "0-1 octet fixed_header 59\n"
                 "0-1 bits type 4+4 3 PUBLISH\n"
                 "0-1 bits retain 0+1 1\n"
                 "0-1 bits qos 1+2 1\n"
                 "0-1 bits dup 3+1 1\n"
                 "1-2 length remaining_length 19\n"
                 "2-4 length topic.length 3\n"
                 "4-7 text topic (612f62)\n"
                 "7-9 integer packet_id 10\n"
                 "9-10 length properties.length 10\n"
                 "10-11 identifier properties.topic_alias.identifier 35 Topic Alias\n"
                 "11-13 integer properties.topic_alias 1\n"
                 "13-14 identifier properties.user_properties[0].identifier 38 User Property\n"
                 "14-16 length properties.user_properties[0].name.length 1\n"
                 "16-17 text properties.user_properties[0].name (6b)\n"
                 "17-19 length properties.user_properties[0].value.length 1\n"
                 "19-20 text properties.user_properties[0].value (76)\n"
                 "20-21 binary payload (ff)\n");
}
END_TEST

START_TEST(fields_of_suback)
{
    expect_story(5, "90{000A 00 00 A2}", 0,
                 "0-1 octet fixed_header 144\n"
                 "0-1 bits type 4+4 9 SUBACK\n"
                 "0-1 bits flags 0+4 0\n"
                 "1-2 length remaining_length 5\n"
                 "2-4 integer packet_id 10\n"
                 "4-5 length properties.length 0\n"
                 "5-6 reason reason_codes[0] 0 Granted QoS 0\n"
                 "6-7 reason reason_codes[1] 162 Wildcard Subscriptions not supported\n");
}
END_TEST

START_TEST(fields_after_a_fault)
{
    expect_story(4, "82{0001 ('a') 03 ('b') 00}", 0,
                 "0-1 octet fixed_header 130\n"
                 "0-1 bits type 4+4 8 SUBSCRIBE\n"
                 "0-1 bits flags 0+4 2\n"
                 "1-2 length remaining_length 10\n"
                 "2-4 integer packet_id 1\n"
                 "4-6 length subscriptions[0].topic_filter.length 1\n"
                 "6-7 text subscriptions[0].topic_filter (61)\n"
                 "7-8 octet subscriptions[0].options 3\n"
                 "7-8 bits subscriptions[0].qos 0+2 3\n"
                 "8-12 unread unread (00016200) a subscription asks for QoS 0, 1 or 2\n");
}
END_TEST

/* An unknown property that is let through hides the rest of its block, not of its packet. */
START_TEST(fields_after_an_unknown_property)
{
    expect_story(5, "40{0001 10 {1F('w') 7E 0102}}", MQW_ALLOW_UNKNOWN_PROPERTIES,
                 "0-1 octet fixed_header 64\n"
                 "0-1 bits type 4+4 4 PUBACK\n"
                 "0-1 bits flags 0+4 0\n"
                 "1-2 length remaining_length 11\n"
                 "2-4 integer packet_id 1\n"
                 "4-5 reason reason_code 16 No matching subscribers\n"
                 "5-6 length properties.length 7\n"
                 "6-7 identifier properties.reason_string.identifier 31 Reason String\n"
                 "7-9 length properties.reason_string.length 1\n"
                 "9-10 text properties.reason_string (77)\n"
                 "10-13 unread properties.unread (7e0102) there is no such property\n");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {stopping, fields_of_publish, fields_of_suback,
                                  fields_after_a_fault, fields_after_an_unknown_property};
    return run("explain", tests, COUNT(tests));
}
