/* SPDX-License-Identifier: MIT */
/*
 * samples/broker/topics.c: trees of filters and of topics find what mqw_topic_match says, one by
 * one, that they should.
 */
#include "broker_topics.h"
#include <pthread.h>

/* ---- The examples of the specifications ------------------------------------------------------- */

/* Section 4.7 of both, and 4.8.2 of 5.0, of whose filters the tree gets what follows the name. */
static const struct {
    const char *filter, *topic;
    bool match;
} examples[] = {
    {"sport/tennis/player1/#", "sport/tennis/player1", true},
    {"sport/tennis/player1/#", "sport/tennis/player1/ranking", true},
    {"sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true},
    {"sport/#", "sport", true},
    {"#", "sport", true},
    {"#", "/", true},
    {"#", "/finance", true},
    {"sport/tennis/+", "sport/tennis/player1", true},
    {"sport/tennis/+", "sport/tennis/player2", true},
    {"sport/tennis/+", "sport/tennis/player1/ranking", false},
    {"sport/+", "sport", false},
    {"sport/+", "sport/", true},
    {"+/+", "/finance", true},
    {"/+", "/finance", true},
    {"+", "/finance", false},
    /* [MQTT-4.7.2-1] */
    {"#", "$SYS/monitor/Clients", false},
    {"+/monitor/Clients", "$SYS/monitor/Clients", false},
    {"$SYS/#", "$SYS/monitor/Clients", true},
    {"$SYS/#", "$SYS/", true},
    {"$SYS/monitor/+", "$SYS/monitor/Clients", true},
    {"+", "$SYS", false},
    {"+/#", "$SYS", false},
    {"+/#", "$SYS/a", false},
    {"$SYS/#", "$SYS", true},
    {"a/+", "a/$b", true},
    {"a/#", "a/$b", true},
    {"+/$b", "a/$b", true},
    {"/#", "/$b", true},
    /* [MQTT-4.7.3-4]: nothing is normalised */
    {"ACCOUNTS", "Accounts", false},
    {"/finance", "finance", false},
    {"finance/", "finance", false},
    {"\xC3\x85", "A\xCC\x8A", false},
    {"/finance", "/finance", true},
    {"/", "/", true},
    {"+/+", "/", true},
    {"+/", "/", true},
    {"//", "/", false},
    {"a//b", "a//b", true},
    {"a/+/b", "a//b", true},
    {"a/b", "a//b", false},
    {"with space", "with space", true},
};

START_TEST(example)
{
    struct tree tree = {0};
    struct item item = {0};
    struct mqw_bytes filter = mqw_text(examples[_i].filter), topic = mqw_text(examples[_i].topic);
    ck_assert(mqw_topic_match(filter, topic, 4) == examples[_i].match);
    item_add(&tree, &item, filter);
    tree_match(&tree, topic, item_visit, NULL);
    ck_assert_uint_eq(item.visits, examples[_i].match);
    item_remove(&tree, &item);
    item_add(&tree, &item, topic);
    tree_select(&tree, filter, item_visit, NULL);
    ck_assert_uint_eq(item.visits, examples[_i].match);
    item_remove(&tree, &item);
    ck_assert_ptr_null(tree.root);
    tree_free(&tree);
}
END_TEST

/* ---- At random -------------------------------------------------------------------------------- */

enum { ROUNDS = 60, ITEMS = 100, ASKED = 100 };

static struct item items[ITEMS];

/* Exactly those that match are visited, once each. */
static void ask(struct tree *tree, bool names)
{
    struct wire asked = random_topic(!names);
    struct mqw_bytes text = mqw_view(asked.ptr, (uint32_t)asked.len);
    size_t i;
    for (i = 0; i < ITEMS; i++)
        items[i].visits = 0;
    if (names)
        tree_match(tree, text, item_visit, NULL);
    else
        tree_select(tree, text, item_visit, NULL);
    for (i = 0; i < ITEMS; i++) {
        struct mqw_bytes other = item_text(&items[i]);
        bool match = items[i].level &&
                     (names ? mqw_topic_match(other, text, 4) : mqw_topic_match(text, other, 4));
        ck_assert_msg(items[i].visits == match, "\"%.*s\" is visited %zu times for \"%.*s\"",
                      (int)other.len, (const char *)other.ptr, items[i].visits, (int)text.len,
                      (const char *)text.ptr);
    }
    wire_free(&asked);
}

/* 600,000 pairs each; _i: 1: the tree is of filters. */
START_TEST(random_pairs)
{
    struct tree tree = {0};
    size_t round, i;
    draw_begin();
    for (round = 0; round < ROUNDS; round++) {
        for (i = 0; i < ITEMS; i++)
            item_random(&tree, &items[i], _i);
        for (i = 0; i < ASKED; i++)
            ask(&tree, _i);
        for (i = 0; i < ITEMS; i++)
            if (items[i].level)
                item_remove(&tree, &items[i]);
        ck_assert_ptr_null(tree.root);
    }
    tree_free(&tree);
}
END_TEST

/* Coming and going: the tree has what is there and the way to it, and no more. */
START_TEST(changes)
{
    struct tree tree = {0};
    size_t round, i;
    draw_begin();
    for (round = 0; round < 20000; round++) {
        struct item *item = &items[draw(ITEMS)];
        if (item->level)
            item_remove(&tree, item);
        else
            item_random(&tree, item, _i);
        tree_check(&tree);
        if (round % 10 == 0)
            ask(&tree, _i);
    }
    for (i = 0; i < ITEMS; i++) {
        if (items[i].level)
            item_remove(&tree, &items[i]);
        tree_check(&tree);
    }
    ck_assert_uint_eq(tree.count, 0);
    ck_assert_ptr_null(tree.root);
    tree_free(&tree);
}
END_TEST

/* What hangs at either place keeps a level; what is below it does, too. */
START_TEST(prune)
{
    struct tree tree = {0};
    struct level *ab, *a;
    void *thing = &tree; /* of no type that the tree knows */
    ab = tree_add(&tree, mqw_text("a/b"));
    a = tree_add(&tree, mqw_text("a"));
    ck_assert(ab->parent == a);
    ab->groups = thing;
    tree_prune(&tree, ab);
    tree_prune(&tree, a);
    ck_assert(tree_find(&tree, mqw_text("a/b")) == ab);
    a->subscriptions = thing;
    ab->groups = NULL;
    tree_prune(&tree, ab);
    ck_assert_ptr_null(tree_find(&tree, mqw_text("a/b")));
    ck_assert(tree_find(&tree, mqw_text("a")) == a);
    ck_assert_ptr_null(tree_add(&tree, mqw_text("a/#"))->retained);
    tree_free(&tree);
    ck_assert_ptr_null(tree.root);
    ck_assert_uint_eq(tree.count, 0);
    ck_assert_ptr_null(tree_find(&tree, mqw_text("a")));
}
END_TEST

/* At each call for memory that fails, the tree stays as it was. */
START_TEST(no_memory)
{
    struct tree tree = {0};
    struct level *level = NULL;
    size_t allowed;
    for (allowed = 0; !level; allowed++) {
        ck_assert_uint_eq(tree.count, 0);
        memory_left = allowed;
        level = tree_add(&tree, mqw_text("a/+/b/#"));
        memory_left = SIZE_MAX;
    }
    ck_assert_uint_eq(allowed, 1 + 5); /* the root and four levels: the table keeps its buckets */
    level->retained = (void *)&tree;
    memory_left = 1;
    ck_assert_ptr_null(tree_add(&tree, mqw_text("a/+/c/d")));
    memory_left = SIZE_MAX;
    tree_check(&tree);
    ck_assert_uint_eq(tree.count, 5);
    tree_free(&tree);
}
END_TEST

START_TEST(levels)
{
    ck_assert_uint_eq(topic_levels(mqw_text("a")), 1);
    ck_assert_uint_eq(topic_levels(mqw_text("a/b")), 2);
    ck_assert_uint_eq(topic_levels(mqw_text("/")), 2);
    ck_assert_uint_eq(topic_levels(mqw_text("a/b/")), 3);
    ck_assert_uint_eq(topic_levels(mqw_text("+/#")), 2);
}
END_TEST

/* ---- As deep as it can be --------------------------------------------------------------------- */

static char slashes[MQW_TEXT_MAX], pluses[MQW_TEXT_MAX];
static size_t visits;

static void count_visit(void *arg, struct level *level)
{
    (void)arg;
    (void)level;
    visits++;
}

static void *go_deep(void *arg)
{
    static char out[MQW_TEXT_MAX];
    static const struct mqw_bytes all = {(const uint8_t *)"#", 1};
    struct mqw_bytes names = mqw_view(slashes, MQW_TEXT_MAX);
    struct mqw_bytes filter = mqw_view(pluses, MQW_TEXT_MAX);
    struct tree tree = {0};
    struct level *deep = tree_add(&tree, names), *wild = tree_add(&tree, filter);
    size_t *seen = arg;
    deep->retained = wild->retained = (void *)&tree;
    seen[0] = tree_text(deep, out) == sizeof out && !memcmp(out, slashes, sizeof out);
    visits = 0;
    tree_match(&tree, names, count_visit, NULL);
    seen[1] = visits;
    wild->retained = NULL;
    tree_prune(&tree, wild);
    visits = 0;
    tree_select(&tree, filter, count_visit, NULL);
    tree_select(&tree, all, count_visit, NULL);
    tree_select(&tree, names, count_visit, NULL);
    seen[2] = visits;
    deep->retained = NULL;
    tree_prune(&tree, deep);
    seen[3] = tree.count;
    tree_add(&tree, names);
    tree_free(&tree);
    return NULL;
}

/* On a stack that has no room for anything that recurses. */
START_TEST(deepest)
{
    enum { STACK = 256 << 10 };
    pthread_attr_t attributes;
    pthread_t thread;
    size_t seen[4] = {0}, i;
    for (i = 0; i < sizeof slashes; i++) {
        slashes[i] = '/';
        pluses[i] = i % 2 ? '/' : '+';
    }
    /* "+/+/.../+": as many levels as half of the slashes make, so the other half goes too */
    memset(slashes + sizeof slashes / 2, 'x', sizeof slashes - sizeof slashes / 2);
    ck_assert_uint_eq(topic_levels(mqw_view(slashes, MQW_TEXT_MAX)),
                      topic_levels(mqw_view(pluses, MQW_TEXT_MAX)));
    ck_assert_int_eq(pthread_attr_init(&attributes), 0);
    ck_assert_int_eq(pthread_attr_setstacksize(&attributes, STACK), 0);
    ck_assert_int_eq(pthread_create(&thread, &attributes, go_deep, seen), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    pthread_attr_destroy(&attributes);
    ck_assert_uint_eq(seen[0], 1);
    ck_assert_uint_eq(seen[1], 2);
    ck_assert_uint_eq(seen[2], 3);
    ck_assert_uint_eq(seen[3], 0);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("broker_topics");
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, example, 0, COUNT(examples));
    tcase_add_loop_test(tcase, random_pairs, 0, 2);
    tcase_add_loop_test(tcase, changes, 0, 2);
    tcase_add_test(tcase, prune);
    tcase_add_test(tcase, no_memory);
    tcase_add_test(tcase, levels);
    tcase_add_test(tcase, deepest);
    return run_case("broker_topics", tcase);
}
