/* SPDX-License-Identifier: MIT */
/*
 * To how many levels of a tree a match comes, whatever else is in it.  bench/matching counts
 * instructions.
 */
#include "broker_help.h"
#include "topics.h"

static size_t visits;

static void count_visit(void *arg, struct level *level)
{
    (void)arg;
    (void)level;
    visits++;
}

/* Those to which a match has come since: they are linked to something else. */
static size_t mark(struct level *level, struct level *with)
{
    size_t count = level->also != with;
    struct level *child;
    level->also = with;
    for (child = level->child; child; child = child->next)
        count += mark(child, with);
    if (level->plus)
        count += mark(level->plus, with);
    return count;
}

static size_t reached(const struct tree *tree, const char *topic)
{
    struct level nowhere;
    mark(tree->root, &nowhere);
    tree->root->also = NULL;
    visits = 0;
    tree_match(tree, mqw_text(topic), count_visit, NULL);
    return mark(tree->root, &nowhere) - 1;
}

static void hang(struct tree *tree, const char *filter)
{
    struct level *level = tree_add(tree, mqw_text(filter));
    ck_assert_ptr_nonnull(level);
    level->retained = (void *)tree;
}

enum { OTHERS = 100000 };

static const struct {
    const char *format; /* of filters that do not match */
    size_t reached;
} others[] = {
    {"device%d/b/c/d", 4}, {"a/b/c/other%d", 4},     {"a/b/c/d/other%d", 4},
    {"a/b/c/d%d/#", 4},    {"+/+/+/other%d", 4 + 3}, {"+/b/other%d/+", 4 + 2},
};

/* Filters that do not match cost no step, however many there are. */
START_TEST(others_cost_nothing)
{
    struct tree tree = {0};
    char filter[64];
    int i;
    hang(&tree, "a/b/c/d");
    ck_assert_uint_eq(reached(&tree, "a/b/c/d"), 4);
    for (i = 0; i < OTHERS; i++) {
        sprintf(filter, others[_i].format, i);
        hang(&tree, filter);
        if (i == 0)
            ck_assert_uint_eq(reached(&tree, "a/b/c/d"), others[_i].reached);
    }
    ck_assert_uint_eq(reached(&tree, "a/b/c/d"), others[_i].reached);
    ck_assert_uint_eq(visits, 1);
    tree_free(&tree);
}
END_TEST

/* As many steps as there are branches that match. */
START_TEST(branches_cost)
{
    static const char *const filters[] = {"a/b/c", "a/b/+", "a/+/c", "a/+/+", "+/b/c", "#"};
    static const size_t steps[] = {3, 4, 6, 7, 10, 10};
    struct tree tree = {0};
    size_t i;
    for (i = 0; i < COUNT(filters); i++) {
        hang(&tree, filters[i]);
        ck_assert_uint_eq(reached(&tree, "a/b/c"), steps[i]);
        ck_assert_uint_eq(visits, i + 1);
    }
    tree_free(&tree);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("broker_matching");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, others_cost_nothing, 0, COUNT(others));
    tcase_add_test(tcase, branches_cost);
    return run_case("broker_matching", tcase);
}
