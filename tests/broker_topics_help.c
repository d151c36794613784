/* SPDX-License-Identifier: MIT */
#include "broker_topics.h"

struct mqw_bytes item_text(const struct item *item)
{
    return mqw_view(item->text, item->len);
}

void item_add(struct tree *tree, struct item *item, struct mqw_bytes text)
{
    char out[sizeof item->text];
    ck_assert_uint_lt(text.len, sizeof item->text);
    memset(item, 0, sizeof *item);
    memcpy(item->text, text.ptr, text.len);
    item->len = text.len;
    item->level = tree_add(tree, text);
    ck_assert_ptr_nonnull(item->level);
    ck_assert_ptr_null(item->level->retained);
    item->level->retained = (void *)item;
    ck_assert(tree_find(tree, text) == item->level);
    ck_assert_uint_eq(tree_text(item->level, out), item->len);
    ck_assert(!memcmp(out, item->text, item->len));
}

void item_random(struct tree *tree, struct item *item, bool filter)
{
    struct wire topic = random_topic(filter);
    struct mqw_bytes text = mqw_view(topic.ptr, (uint32_t)topic.len);
    const struct level *level = tree_find(tree, text);
    if (!level || !level->retained)
        item_add(tree, item, text);
    wire_free(&topic);
}

void item_remove(struct tree *tree, struct item *item)
{
    const struct level *level;
    item->level->retained = NULL;
    tree_prune(tree, item->level);
    item->level = NULL;
    level = tree_find(tree, item_text(item));
    ck_assert(!level || !level->retained);
}

void item_visit(void *arg, struct level *level)
{
    struct item *item = (void *)level->retained;
    (void)arg;
    ck_assert(item->level == level);
    item->visits++;
}

struct wire random_topic(bool wild)
{
    static const char *const texts[] = {"a", "b", "", "ab", "$a", "$", "+", "+", "#"};
    char text[64] = "";
    uint32_t count = 1 + draw(5), i;
    for (i = 0; i < count; i++) {
        const char *level = texts[draw(wild ? COUNT(texts) : COUNT(texts) - 3)];
        if (i)
            strcat(text, "/");
        strcat(text, level);
        if (*level == '#')
            break;
    }
    if (!*text)
        strcpy(text, "a");
    return wire_copy(text, strlen(text));
}

/* Answers how many children are in the list. */
static size_t check_children(const struct level *parent)
{
    const struct level *level, *previous = NULL;
    size_t count = 0;
    for (level = parent->child; level; level = level->next) {
        ck_assert(level->parent == parent && level->previous == previous);
        previous = level;
        count++;
    }
    return count;
}

static size_t check(const struct level *level, size_t *listed)
{
    const struct level *child;
    size_t count = 1;
    *listed += check_children(level);
    for (child = level->child; child; child = child->next)
        count += check(child, listed);
    if (level->plus)
        count += check(level->plus, listed);
    if (level->hash)
        count += check(level->hash, listed);
    ck_assert(count > 1 || level->retained);
    return count;
}

void tree_check(const struct tree *tree)
{
    size_t listed = 0;
    size_t count = tree->root ? check(tree->root, &listed) : 0;
    ck_assert_uint_eq(tree->count, count);
    ck_assert_uint_eq(tree->levels.count, listed);
}
