/* SPDX-License-Identifier: MIT */
/* samples/broker/filters.c beside mqw_topic_match, on all topics of a small alphabet. */
#include "broker_help.h"
#include "filters.h"

enum { MOST_TOPICS = 1000, ROUNDS = 20000 };

static struct mqw_bytes topics[MOST_TOPICS];
static size_t topic_count;
static const char *const levels[] = {"", "a", "b", "$x", "other"};

/* All topics of one to four levels. */
static void make_topics(void)
{
    for (uint32_t number = 0; number < 5 + 25 + 125 + 625; number++) {
        uint32_t depth = number < 5 ? 1 : number < 30 ? 2 : number < 155 ? 3 : 4, rest = number;
        char text[64] = "";
        for (uint32_t i = 0; i < depth; i++, rest /= 5) {
            strcat(text, i ? "/" : "");
            strcat(text, levels[rest % 5]);
        }
        if (*text)
            topics[topic_count++] = mqw_text(strdup(text));
    }
}

static struct mqw_bytes draw_filter(char *text)
{
    static const char *const parts[] = {"", "a", "b", "$x", "+", "+", "+", "#"};
    uint32_t depth = 1 + draw(3);

    *text = '\0';
    for (uint32_t i = 0; i < depth; i++) {
        const char *part = parts[draw(8)];
        strcat(text, i ? "/" : "");
        strcat(text, part);
        if (*part == '#')
            break;
    }
    /* Above "/#" is the topic of no bytes, which is none. */
    return *text && strcmp(text, "/#") ? mqw_text(text) : draw_filter(text);
}

START_TEST(as_sets)
{
    char text_a[32], text_b[32];
    uint8_t *room = malloc(MQW_TEXT_MAX);
    unsigned covering = 0, disjoint = 0;

    draw_begin();
    make_topics();
    for (int round = 0; round < ROUNDS; round++) {
        struct mqw_bytes a = draw_filter(text_a), b = draw_filter(text_b);
        struct mqw_bytes common = filter_common(a, b, room);
        bool covers = true, meet = false;
        for (size_t i = 0; i < topic_count; i++) {
            bool in_a = mqw_topic_match(a, topics[i], 4), in_b = mqw_topic_match(b, topics[i], 4);
            bool in_common = common.len && mqw_topic_match(common, topics[i], 4);
            ck_assert_msg(in_common == (in_a && in_b), "%s and %s at %.*s", text_a, text_b,
                          (int)topics[i].len, (const char *)topics[i].ptr);
            ck_assert(filter_covers(a, topics[i]) == in_a);
            covers &= in_a || !in_b;
            meet |= in_a && in_b;
        }
        ck_assert_msg(filter_covers(a, b) == covers, "%s covers %s: %d", text_a, text_b, covers);
        ck_assert_msg((common.len != 0) == meet, "%s meets %s: %d", text_a, text_b, meet);
        covering += covers;
        disjoint += !meet;
    }
    ck_assert(covering > ROUNDS / 50 && disjoint > ROUNDS / 50);
    for (size_t i = 0; i < topic_count; i++)
        free((void *)(uintptr_t)topics[i].ptr);
    free(room);
}
END_TEST

/* No topic has as many bytes as what these have in common. */
START_TEST(too_long)
{
    uint8_t *a = malloc(MQW_TEXT_MAX), *b = malloc(MQW_TEXT_MAX), *room = malloc(MQW_TEXT_MAX);
    memset(a, 'a', MQW_TEXT_MAX);
    memset(b, 'b', MQW_TEXT_MAX);
    memcpy(a + MQW_TEXT_MAX - 2, "/+", 2);
    memcpy(b, "+/", 2);
    ck_assert_uint_eq(filter_common((struct mqw_bytes){a, MQW_TEXT_MAX},
                                    (struct mqw_bytes){b, MQW_TEXT_MAX}, room)
                          .len,
                      0);
    memset(b, 'a', MQW_TEXT_MAX);
    b[MQW_TEXT_MAX - 2] = '/';
    ck_assert_uint_eq(filter_common((struct mqw_bytes){a, MQW_TEXT_MAX},
                                    (struct mqw_bytes){b, MQW_TEXT_MAX}, room)
                          .len,
                      MQW_TEXT_MAX);
    free(a);
    free(b);
    free(room);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("filters");
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, as_sets);
    tcase_add_test(tcase, too_long);
    return run_case("filters", tcase);
}
