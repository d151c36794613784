/* SPDX-License-Identifier: MIT */
/*
 * The oracle and the references by themselves: the worked examples of the specifications.  What
 * only agrees with the codec may be wrong together with it.
 */
#include "oracle.h"
#include "reference.h"
#include <stdio.h>
#include <string.h>

static int failures;

static void expect(bool good, const char *what)
{
    if (!good) {
        printf("FAILED: %s\n", what);
        failures++;
    }
}

/* ---- Topics: the examples of section 4.7, and of 4.8.2 of 5.0 ------------------------------- */

static const struct {
    const char *filter, *name;
    bool match;
} matches[] = {
    {"sport/tennis/player1/#", "sport/tennis/player1", true},
    {"sport/tennis/player1/#", "sport/tennis/player1/ranking", true},
    {"sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true},
    {"sport/#", "sport", true},
    {"#", "sport", true},
    {"sport/tennis/+", "sport/tennis/player1", true},
    {"sport/tennis/+", "sport/tennis/player1/ranking", false},
    {"sport/+", "sport", false},
    {"sport/+", "sport/", true},
    {"+/+", "/finance", true},
    {"/+", "/finance", true},
    {"+", "/finance", false},
    {"#", "$SYS/monitor/Clients", false},
    {"+/monitor/Clients", "$SYS/monitor/Clients", false},
    {"$SYS/#", "$SYS/monitor/Clients", true},
    {"$SYS/monitor/+", "$SYS/monitor/Clients", true},
    {"ACCOUNTS", "Accounts", false},
    {"/finance", "finance", false},
    {"$share/consumer1//finance", "/finance", true},
    {"$share/consumer1/sport/tennis/+", "sport/tennis/player1", true},
};

static const char *const good_filters[] = {
    "#", "sport/tennis/#", "+", "+/tennis/#", "sport/+/player1", "/", "Accounts payable",
};
static const char *const bad_filters[] = {
    "sport/tennis#", "sport/tennis/#/ranking", "sport+",   "",
    "$share//a",     "$share/a+/filter",       "$share/a", "$share/a/",
};

static unsigned filter(const char *text)
{
    return reference_topic_filter((const uint8_t *)text, strlen(text), true);
}

static void topics(void)
{
    for (size_t i = 0; i < sizeof matches / sizeof *matches; i++) {
        const uint8_t *f = (const uint8_t *)matches[i].filter;
        const uint8_t *n = (const uint8_t *)matches[i].name;
        expect(reference_match(f, strlen(matches[i].filter), n, strlen(matches[i].name), true) ==
                   matches[i].match,
               matches[i].filter);
    }
    for (size_t i = 0; i < sizeof good_filters / sizeof *good_filters; i++)
        expect(filter(good_filters[i]) == 0, good_filters[i]);
    for (size_t i = 0; i < sizeof bad_filters / sizeof *bad_filters; i++)
        expect(filter(bad_filters[i]) != 0, bad_filters[i]);
}

/* ---- Text: section 1.5.3 of 3.1.1, 1.5.4 of 5.0 --------------------------------------------- */

static const struct {
    const char *text;
    unsigned found;
} texts[] = {
    {"A\xF0\xAA\x9B\x94", 0}, /* figure 1.2 */
    {"\xEF\xBB\xBF", 0},
    {"\xC0\x80", TEXT_ILL_FORMED},
    {"\xED\xA0\x80", TEXT_ILL_FORMED},
    {"\xED\xBF\xBF", TEXT_ILL_FORMED},
    {"\xF4\x90\x80\x80", TEXT_ILL_FORMED},
    {"\xF4\x8F\xBF", TEXT_ILL_FORMED},
    {"\xEF\xBF\xBF", TEXT_NONCHARACTER},
    {"\xEF\xB7\x90", TEXT_NONCHARACTER},
    {"\xC2\x80", TEXT_CONTROL},
    {"\x7F", TEXT_CONTROL},
};

static void utf8(void)
{
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        expect(reference_text((const uint8_t *)texts[i].text, strlen(texts[i].text), NULL) ==
                   texts[i].found,
               texts[i].text);
    expect(reference_text((const uint8_t *)"a\0b", 3, NULL) == TEXT_NUL, "U+0000");
}

/* ---- Packets: the figures of section 3, put together ---------------------------------------- */

#define BYTES(text) (const uint8_t *)(text), sizeof(text) - 1

static const struct {
    const uint8_t *bytes;
    size_t len;
    unsigned version;
    const char *fields; /* or the rule that is broken, or "more" */
} packets[] = {
    {BYTES("\x32\x07\x00\x03\x61\x2F\x62\x00\x0A"), 4,
     "PUBLISH= dup=0 qos=1 retain=0 topic=612f62 packet_id=10 payload= "},
    {BYTES("\x32\x08\x00\x03\x61\x2F\x62\x00\x0A\x00"), 5,
     "PUBLISH= dup=0 qos=1 retain=0 topic=612f62 packet_id=10 payload= "},
    {BYTES("\x82\x0E\x00\x0A\x00\x03\x61\x2F\x62\x01\x00\x03\x63\x2F\x64\x02"), 4,
     "SUBSCRIBE= packet_id=10 subscriptions.topic_filter=612f62 subscriptions.qos=1 "
     "subscriptions.topic_filter=632f64 subscriptions.qos=2 "},
    {BYTES("\xA2\x0D\x00\x0A\x00\x00\x03\x61\x2F\x62\x00\x03\x63\x2F\x64"), 5,
     "UNSUBSCRIBE= packet_id=10 topic_filters=612f62 topic_filters=632f64 "},
    {BYTES("\x90\x05\x00\x0A\x00\x02\x80"), 4,
     "SUBACK= packet_id=10 reason_codes=0 reason_codes=2 reason_codes=128 "},
    {BYTES("\xE0\x07\x00\x05\x11\x00\x00\x00\x00"), 5,
     "DISCONNECT= reason_code=0 properties.session_expiry_interval=0 "},
    {BYTES("\xC0\x00"), 4, "PINGREQ= "},
    {BYTES("\xD0\x00"), 5, "PINGRESP= "},
    {BYTES("\x10\x19\x00\x04MQTT\x05\xC2\x00\x0A\x05\x11\x00\x00\x00\x0A\x00\x01"
           "c\x00\x01u\x00\x01p"),
     0,
     "CONNECT= version=5 clean_start=1 keep_alive=10 properties.session_expiry_interval=10 "
     "client_id=63 username=75 password=70 "},
    {BYTES("\x10\x1B\x00\x04MQTT"), 0, "more"},
    {BYTES("\xE0\x00"), 4, "DISCONNECT= "},
    {BYTES("\xF0\x00"), 5, "auth_method_missing"},
    {BYTES("\xF0\x00"), 4, "type_reserved"},
    {BYTES("\x36\x03\x00\x01\x61"), 4, "qos_3"},
    {BYTES("\x20\x03\x00\x00"), 5, "more"},
    {BYTES("\x20\x06\x00\x00\x03\x21\x00\x00"), 5, "receive_maximum_zero"},
    {BYTES("\x40\x03\x00\x0A\x00"), 4, "surplus_bytes connect_surplus"},
    {BYTES("\x30\xFF\xFF\xFF\xFF\x01"), 5, "integer_too_long"},
};

static void judged(void)
{
    static struct oracle o;
    for (size_t i = 0; i < sizeof packets / sizeof *packets; i++) {
        const char *found;
        oracle_judge(&o, packets[i].bytes, packets[i].len, packets[i].version, ORACLE_EITHER);
        found = o.verdict == ORACLE_MORE     ? "more"
                : o.verdict == ORACLE_ACCEPT ? o.fields.at
                                             : o.faults[0].rules;
        if (strcmp(found, packets[i].fields) != 0)
            printf("found %s\n", found);
        expect(strcmp(found, packets[i].fields) == 0, packets[i].fields);
    }
    oracle_free(&o.fields);
}

int main(void)
{
    topics();
    utf8();
    judged();
    return failures > 0;
}
