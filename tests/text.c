/* SPDX-License-Identifier: MIT */
/*
 * Text and topics against slow references that are plain to see: UTF-8 (RFC 3629, section 1.5.3 of
 * 3.1.1, 1.5.4 of 5.0), topic names and filters (4.7, and 4.8.2 of 5.0), matching.
 */
#include "help.h"

/* ---- UTF-8 -------------------------------------------------------------------------------------
 */

enum verdict { GOOD, NOT_UTF8, NUL, CONTROL, NONCHARACTER };

/* One code point at *at, or -1; steps over it. */
static long code_point(const uint8_t *text, size_t len, size_t *at)
{
    size_t extra = text[*at] < 0x80                         ? 0
                   : text[*at] >= 0xC0 && text[*at] <= 0xDF ? 1
                   : text[*at] >= 0xE0 && text[*at] <= 0xEF ? 2
                   : text[*at] >= 0xF0 && text[*at] <= 0xF7 ? 3
                                                            : 9;
    static const long least[] = {0, 0x80, 0x800, 0x10000};
    long point;
    if (extra == 9 || len - *at <= extra)
        return -1;
    point = extra ? text[*at] & (0x3F >> extra) : text[*at];
    for (size_t i = 1; i <= extra; i++) {
        if ((text[*at + i] & 0xC0) != 0x80)
            return -1;
        point = point << 6 | (text[*at + i] & 0x3F);
    }
    if (point < least[extra] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF))
        return -1;
    *at += extra + 1;
    return point;
}

/* Ill-formed text is nothing else; after that, what comes first. */
static enum verdict judge(const uint8_t *text, size_t len, bool wishes)
{
    enum verdict found = GOOD;
    for (size_t at = 0; at < len;) {
        long point = code_point(text, len, &at);
        enum verdict one = GOOD;
        if (point < 0)
            return NOT_UTF8;
        if (point == 0)
            one = NUL;
        else if (wishes && (point < 0x20 || (point >= 0x7F && point <= 0x9F)))
            one = CONTROL;
        else if (wishes && ((point >= 0xFDD0 && point <= 0xFDEF) || (point & 0xFFFF) >= 0xFFFE))
            one = NONCHARACTER;
        if (one == NUL || found == GOOD)
            found = one == GOOD ? found : one;
    }
    return found;
}

/* Where a text of plain UTF-8 stands: a content type. */
static void expect_text(const uint8_t *text, size_t len, bool wishes)
{
    static uint8_t wire[300];
    struct mqw_options options = options_of(5, MQW_NEITHER);
    struct mqw_packet packet;
    struct mqw_result r;
    enum verdict wanted = judge(text, len, wishes);
    uint8_t *exact;
    size_t at = 0;
    bool good;
    ck_assert_uint_le(len, 100);
    wire[at++] = 0x30;
    wire[at++] = (uint8_t)(len + 7);
    wire[at++] = 0;
    wire[at++] = 1;
    wire[at++] = 't';
    wire[at++] = (uint8_t)(len + 3);
    wire[at++] = 0x03;
    wire[at++] = 0;
    wire[at++] = (uint8_t)len;
    if (len)
        memcpy(wire + at, text, len);
    at += len;
    exact = malloc(at);
    ck_assert_ptr_nonnull(exact);
    memcpy(exact, wire, at);
    if (wishes)
        options.refuse = MQW_REFUSE_CONTROL_CHARACTERS | MQW_REFUSE_NONCHARACTERS;
    r = mqw_decode(exact, at, &options, &packet);
    switch (wanted) {
    case GOOD:
        good = r.code == MQW_OK;
        break;
    case NOT_UTF8:
        /* A NUL or a wish may be met before what is ill-formed. */
        good = r.code == MQW_RULE_CONTENT_TYPE_UTF8 || r.code == MQW_RULE_TEXT_NUL ||
               (wishes && r.code >= MQW_RULE_FIRST);
        break;
    case NUL:
        good = r.code == MQW_RULE_TEXT_NUL || (wishes && r.code >= MQW_RULE_FIRST);
        break;
    default:
        good = r.code == MQW_RULE_TEXT_CONTROL || r.code == MQW_RULE_TEXT_NONCHARACTER;
    }
    ck_assert_msg(good, "%s: %s, wanted %d", hex_of(text, len), code_name(r.code), wanted);
    ck_assert_msg(r.code == MQW_OK || r.offset == 9, "%s: offset %lu", hex_of(text, len),
                  (unsigned long)r.offset);
    free(exact);
}

static const struct {
    const char *bytes;
    enum verdict verdict;
} sequences[] = {
    {"00", NUL},
    {"C080", NOT_UTF8},
    {"C1BF", NOT_UTF8},
    {"C2", NOT_UTF8},
    {"C220", NOT_UTF8},
    {"80", NOT_UTF8},
    {"BF", NOT_UTF8},
    {"FE", NOT_UTF8},
    {"FF", NOT_UTF8},
    {"F880808080", NOT_UTF8},
    {"E08080", NOT_UTF8},
    {"E09FBF", NOT_UTF8},
    {"E282", NOT_UTF8},
    {"E28241", NOT_UTF8},
    {"EDA080", NOT_UTF8},
    {"EDBFBF", NOT_UTF8},
    {"EDA080EDB080", NOT_UTF8},
    {"F0808080", NOT_UTF8},
    {"F08FBFBF", NOT_UTF8},
    {"F09F98", NOT_UTF8},
    {"F4908080", NOT_UTF8},
    {"F5808080", NOT_UTF8},
    {"01", CONTROL},
    {"1F", CONTROL},
    {"7F", CONTROL},
    {"C280", CONTROL},
    {"C29F", CONTROL},
    {"EFB790", NONCHARACTER},
    {"EFB7AF", NONCHARACTER},
    {"EFBFBE", NONCHARACTER},
    {"EFBFBF", NONCHARACTER},
    {"F09FBFBE", NONCHARACTER},
    {"F48FBFBF", NONCHARACTER},
    {"20", GOOD},
    {"7E", GOOD},
    {"C2A0", GOOD},
    {"DFBF", GOOD},
    {"E0A080", GOOD},
    {"ED9FBF", GOOD},
    {"EE8080", GOOD},
    {"EFB78F", GOOD},
    {"EFB7B0", GOOD},
    {"EFBBBF", GOOD},
    {"EFBFBD", GOOD},
    {"F0908080", GOOD},
    {"F0AA9B94", GOOD},
    {"F48FBFBD", GOOD},
};

/* The reference against the table of the specification's examples; then each of them at every place
   in texts of every length, among plain letters and among letters of two and of three bytes. */
START_TEST(sequences_anywhere)
{
    struct wire bytes = wire_of(5, sequences[_i].bytes);
    static const char *const fillers[] = {"61", "C3A9", "E282AC"};
    ck_assert_int_eq(judge(bytes.ptr, bytes.len, true), sequences[_i].verdict);
    ck_assert_int_eq(judge(bytes.ptr, bytes.len, false),
                     sequences[_i].verdict < CONTROL ? sequences[_i].verdict : GOOD);
    for (size_t f = 0; f < COUNT(fillers); f++) {
        struct wire filler = wire_of(5, fillers[f]);
        for (size_t len = 0; len <= 40; len++)
            for (size_t at = 0; at <= len; at++) {
                uint8_t text[60];
                size_t used = 0;
                while (used + filler.len <= at) {
                    memcpy(text + used, filler.ptr, filler.len);
                    used += filler.len;
                }
                memcpy(text + used, bytes.ptr, bytes.len);
                used += bytes.len;
                while (used + filler.len <= len) {
                    memcpy(text + used, filler.ptr, filler.len);
                    used += filler.len;
                }
                expect_text(text, used, false);
                expect_text(text, used, true);
            }
        wire_free(&filler);
    }
    wire_free(&bytes);
}
END_TEST

/* Every sequence of two bytes, and of three with some last ones, at the edges of a block of 16. */
START_TEST(sequences_of_bytes)
{
    static const uint8_t thirds[] = {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0xBD, 0xBF, 0xC2, 0xFF};
    static const size_t before[] = {0, 13, 14, 15};
    for (unsigned pair = 0; pair < 0x10000; pair++)
        for (size_t t = 0; t <= COUNT(thirds); t++)
            for (size_t i = 0; i < COUNT(before); i++) {
                uint8_t text[20];
                size_t len = before[i];
                if (t % 3 && i)
                    continue;
                memset(text, 'a', sizeof text);
                text[len++] = (uint8_t)(pair >> 8);
                text[len++] = (uint8_t)pair;
                if (t < COUNT(thirds))
                    text[len++] = thirds[t];
                expect_text(text, len, false);
            }
}
END_TEST

/* ---- Names and filters -------------------------------------------------------------------------
 */

static bool good_name(const char *name)
{
    return *name && !strchr(name, '+') && !strchr(name, '#');
}

/* Level by level: # alone and last, + alone. */
static bool good_levels(const char *filter)
{
    const char *at = filter;
    if (!*filter)
        return false;
    for (;;) {
        size_t len = strcspn(at, "/");
        bool last = !at[len];
        if (memchr(at, '#', len) && (len != 1 || !last))
            return false;
        if (memchr(at, '+', len) && len != 1)
            return false;
        if (last)
            return true;
        at += len + 1;
    }
}

static bool good_filter(const char *filter, uint8_t version)
{
    if (version != 4 && !strncmp(filter, "$share/", 7)) {
        const char *slash = strchr(filter + 7, '/');
        return slash && slash > filter + 7 &&
               strcspn(filter + 7, "+#") >= (size_t)(slash - filter - 7) && good_levels(slash + 1);
    }
    return good_levels(filter);
}

/* Texts of letters, in order; the first `prefix` bytes are given. */
static bool next_text(char *text, const char *letters, size_t most)
{
    size_t len = strlen(text), count = strlen(letters);
    for (size_t i = len; i-- > 0;) {
        const char *letter = strchr(letters, text[i]);
        if (letter[1]) {
            text[i] = letter[1];
            return true;
        }
        text[i] = letters[0];
    }
    if (len == most || !count)
        return false;
    text[len] = letters[0];
    text[len + 1] = 0;
    return true;
}

/* In packets it is read in blocks: at the end of one, before options, before another filter. */
static void expect_filter_in_packets(const char *filter, uint8_t version, bool good)
{
    static const struct {
        const char *before, *after;
    } places[] = {
        {"A2{0001 ~ (", ")}"},
        {"82{0001 ~ (", ") 00}"},
        {"A2{0001 ~ (", ") ('0123456789abcdef')}"},
    };
    struct mqw_options options = options_of(version, 0);
    char hex[160] = "", notation[200];
    for (size_t i = 0; filter[i]; i++)
        snprintf(hex + 2 * i, 3, "%02X", (uint8_t)filter[i]);
    for (size_t i = 0; i < COUNT(places); i++) {
        struct mqw_packet packet;
        struct wire wire;
        struct mqw_result r;
        snprintf(notation, sizeof notation, "%s%s%s", places[i].before, hex, places[i].after);
        wire = wire_of(version, notation);
        r = mqw_decode(wire.ptr, wire.len, &options, &packet);
        ck_assert_msg((r.code == MQW_OK) == good, "filter %s in %s of %u: %s", filter, notation,
                      version, code_name(r.code));
        wire_free(&wire);
    }
}

static void expect_filter(const char *filter)
{
    for (uint8_t version = 0; version <= 5; version = (uint8_t)(version ? version + 1 : 4)) {
        struct mqw_options options = options_of(version, 0);
        struct wire exact = wire_copy(filter, strlen(filter));
        struct mqw_result r = mqw_topic_filter_check(mqw_view(exact.ptr, exact.len), &options);
        bool good = good_filter(filter, version);
        ck_assert_msg((r.code == MQW_OK) == good, "filter %s of %u: %s", filter, version,
                      code_name(r.code));
        ck_assert_msg(good || r.offset <= exact.len, "filter %s: %lu", filter,
                      (unsigned long)r.offset);
        wire_free(&exact);
        if (version)
            expect_filter_in_packets(filter, version, good);
    }
}

START_TEST(names_and_filters)
{
    char text[16] = "";
    do {
        struct wire exact = wire_copy(text, strlen(text));
        struct mqw_result r = mqw_topic_name_check(mqw_view(exact.ptr, exact.len), NULL);
        ck_assert_msg((r.code == MQW_OK) == good_name(text), "name %s: %s", text,
                      code_name(r.code));
        wire_free(&exact);
        expect_filter(text);
    } while (next_text(text, "a/+#", 7));
}
END_TEST

START_TEST(impossible_options)
{
    struct mqw_options options = options_of(6, 0);
    struct mqw_result misuse = {MQW_MISUSE, 0, 0, 0};
    expect_result(mqw_topic_name_check(mqw_text("a"), &options), misuse, "a name");
    expect_result(mqw_topic_filter_check(mqw_text("a"), &options), misuse, "a filter");
}
END_TEST

START_TEST(rules_that_are_let_through)
{
    struct mqw_options options = options_of(5, 0);
    struct mqw_result good = {MQW_OK, 0, 0, 0};
    ck_assert_int_eq(mqw_topic_filter_check(mqw_text("a+"), &options).code, MQW_RULE_FILTER_PLUS);
    options.allow = rule_allow(MQW_RULE_FILTER_PLUS);
    expect_result(mqw_topic_filter_check(mqw_text("a+"), &options), good, "a filter");
}
END_TEST

START_TEST(good_ones_have_no_offset)
{
    struct mqw_result good = {MQW_OK, 0, 0, 0};
    expect_result(mqw_topic_name_check(mqw_text("a/b"), NULL), good, "a name");
    expect_result(mqw_topic_filter_check(mqw_text("a/+"), NULL), good, "a filter");
}
END_TEST

START_TEST(shared_filters)
{
    static const char *const others[] = {"$share",   "$Share//", "$shar/",   "$sharea/", "$share+",
                                         "x$share/", "/$share/", "$shared/", "$SHARE/#", "$"};
    char rest[16] = "", filter[32];
    do {
        struct mqw_bytes group, below;
        struct wire exact;
        bool split, good;
        const char *slash = strchr(rest, '/');
        snprintf(filter, sizeof filter, "$share/%s", rest);
        expect_filter(filter);
        exact = wire_copy(filter, strlen(filter));
        good = slash && slash > rest && slash[1];
        split = mqw_topic_share(mqw_view(exact.ptr, exact.len), &group, &below);
        if (good_filter(filter, 5))
            ck_assert_msg(split, "%s", filter);
        if (split) {
            ck_assert_msg(slash, "%s", filter);
            ck_assert_uint_eq(group.len, (size_t)(slash - rest));
            ck_assert_uint_eq(below.len, strlen(slash + 1));
            ck_assert(good && !memcmp(below.ptr, slash + 1, below.len));
        }
        wire_free(&exact);
    } while (next_text(rest, "a/+#", 5));
    for (size_t i = 0; i < COUNT(others); i++)
        expect_filter(others[i]);
}
END_TEST

/* Wildcards at every place of texts up to 70 bytes, which are read in blocks. */
START_TEST(wildcards_anywhere)
{
    static const char *const marks[] = {"+", "#", "/", "/+", "+/", "/+/", "/#", "/#/", "+/#"};
    for (size_t len = 1; len <= 70; len++)
        for (size_t i = 0; i < COUNT(marks); i++)
            for (size_t at = 0; at + strlen(marks[i]) <= len; at++) {
                char text[80] = "";
                struct wire exact;
                struct mqw_result r;
                memset(text, 'a', len);
                memcpy(text + at, marks[i], strlen(marks[i]));
                exact = wire_copy(text, len);
                r = mqw_topic_name_check(mqw_view(exact.ptr, exact.len), NULL);
                ck_assert_msg((r.code == MQW_OK) == good_name(text), "%s", text);
                wire_free(&exact);
                expect_filter(text);
            }
}
END_TEST

/* ---- Matching ----------------------------------------------------------------------------------
 */

static bool match_levels(const char *filter, const char *name)
{
    for (;;) {
        size_t wanted = strcspn(filter, "/"), have = strcspn(name, "/");
        if (wanted == 1 && *filter == '#')
            return true;
        if (!(wanted == 1 && *filter == '+') &&
            (wanted != have || memcmp(filter, name, wanted) != 0))
            return false;
        filter += wanted;
        name += have;
        if (!*filter && !*name)
            return true;
        if (!*name) /* "a/#" is for "a" too */
            return !strcmp(filter, "/#");
        if (!*filter)
            return false;
        filter++;
        name++;
    }
}

static bool matches(const char *filter, const char *name, uint8_t version)
{
    if (version == 5 && !strncmp(filter, "$share/", 7))
        filter = strchr(filter + 7, '/') + 1;
    if (*name == '$' && (*filter == '+' || *filter == '#'))
        return false;
    return match_levels(filter, name);
}

static void expect_match(const char *filter, const char *name, uint8_t version)
{
    struct wire f = wire_copy(filter, strlen(filter)), n = wire_copy(name, strlen(name));
    bool got = mqw_topic_match(mqw_view(f.ptr, f.len), mqw_view(n.ptr, n.len), version);
    ck_assert_msg(got == matches(filter, name, version), "%s and %s in %u: %d", filter, name,
                  version, got);
    wire_free(&f);
    wire_free(&n);
}

START_TEST(match_matrix)
{
    char filter[16] = "", name[16];
    while (next_text(filter, "a/+#$", 5)) {
        if (!good_levels(filter))
            continue;
        name[0] = 0;
        while (next_text(name, "a/$", 5))
            expect_match(filter, name, 5);
    }
}
END_TEST

/* Section 4.8.2 of 5.0; the examples of section 4.7 are in examples.c. */
START_TEST(match_shared)
{
    static const struct {
        const char *filter, *name;
        bool match;
    } examples[] = {
        {"$share/consumer1//finance", "/finance", true},
        {"$share/consumer1/sport/tennis/+", "sport/tennis/player1", true},
        {"$share/g/#", "$SYS/x", false},
        {"$share/g/$SYS/#", "$SYS/x", true},
    };
    for (size_t i = 0; i < COUNT(examples); i++) {
        struct mqw_bytes filter = mqw_text(examples[i].filter), name = mqw_text(examples[i].name);
        ck_assert_msg(mqw_topic_match(filter, name, 5) == examples[i].match, "%s and %s",
                      examples[i].filter, examples[i].name);
        expect_match(examples[i].filter, examples[i].name, 5);
        expect_match(examples[i].filter, examples[i].name, 4);
    }
    {
        static const char *const no_share[] = {"$share/+/a",   "$share/g+/a", "$share/#/a",
                                               "$share/g#h/a", "$share//a",   "$share/g",
                                               "$share/g/"};
        struct mqw_bytes group, rest;
        for (size_t i = 0; i < COUNT(no_share); i++)
            ck_assert_msg(!mqw_topic_share(mqw_text(no_share[i]), &group, &rest), "%s",
                          no_share[i]);
    }
    /* Before 5.0 it is a filter like others. */
    ck_assert(!mqw_topic_match(mqw_text("$share/g/a"), mqw_text("a"), 4));
    ck_assert(mqw_topic_match(mqw_text("$share/g/a"), mqw_text("a"), 0)); /* as it is judged */
    ck_assert(mqw_topic_match(mqw_text("$share/g/a"), mqw_text("$share/g/a"), 4));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        sequences_of_bytes,
        names_and_filters,
        impossible_options,
        good_ones_have_no_offset,
        rules_that_are_let_through,
        shared_filters,
        wildcards_anywhere,
        match_matrix,
        match_shared,
    };
    TCase *tcase = tcase_create("text");
    tcase_add_loop_test(tcase, sequences_anywhere, 0, (int)COUNT(sequences));
    for (size_t i = 0; i < COUNT(tests); i++)
        tcase_add_test(tcase, tests[i]);
    return run_case("text", tcase);
}
