/* SPDX-License-Identifier: MIT */
/*
 * The tree of topic levels.  Children that are text are in the table, and in a list; "+" and "#"
 * are neither.  Nothing recurses, as a topic may have 65,536 levels: what matches so far is a list
 * of levels, all of the same depth, which the next level of the topic replaces.
 */
#include "topics.h"

#include <stdlib.h>
#include <string.h>

/* Takes the first level off a topic. */
static bool cut(struct mqw_bytes *topic, struct mqw_bytes *text)
{
    const uint8_t *slash;
    if (!topic->ptr)
        return false;
    slash = memchr(topic->ptr, '/', topic->len);
    *text = mqw_view(topic->ptr, slash ? (uint32_t)(slash - topic->ptr) : topic->len);
    *topic = slash ? mqw_view(slash + 1, topic->len - text->len - 1) : mqw_view(NULL, 0);
    return true;
}

static bool is(struct mqw_bytes text, char wildcard)
{
    return text.len == 1 && *text.ptr == wildcard;
}

uint32_t topic_levels(struct mqw_bytes topic)
{
    struct mqw_bytes text;
    uint32_t count = 0;
    while (cut(&topic, &text))
        count++;
    return count;
}

/* ---- One level after the other ---------------------------------------------------------------- */

static uint64_t about(const struct level *parent)
{
    return (uint64_t)(uintptr_t)parent;
}

/* hash: of the text: table_text. */
static struct level *child_text(const struct tree *tree, const struct level *parent,
                                struct mqw_bytes text, uint64_t hash)
{
    struct table_entry *entry = NULL;
    if (parent->child)
        entry = table_first(&tree->levels, table_about(hash, about(parent)));
    for (; entry; entry = table_next(entry)) {
        struct level *level = TABLE_OF(entry, struct level, entry);
        if (level->parent == parent && level->len == text.len &&
            !memcmp(level->text, text.ptr, text.len))
            return level;
    }
    return NULL;
}

static struct level *child(const struct tree *tree, const struct level *parent,
                           struct mqw_bytes text)
{
    if (is(text, '+'))
        return parent->plus;
    if (is(text, '#'))
        return parent->hash;
    return child_text(tree, parent, text, table_text(text.ptr, text.len));
}

struct level *tree_find(const struct tree *tree, struct mqw_bytes topic)
{
    struct level *level = tree->root;
    struct mqw_bytes text;
    while (level && cut(&topic, &text))
        level = child(tree, level, text);
    return level;
}

static bool link_text(struct tree *tree, struct level *level)
{
    struct level *parent = level->parent;
    if (!table_add(&tree->levels, &level->entry,
                   table_hash(level->text, level->len, about(parent))))
        return false;
    level->next = parent->child;
    if (level->next)
        level->next->previous = level;
    parent->child = level;
    return true;
}

static void unlink_text(struct tree *tree, struct level *level)
{
    table_remove(&tree->levels, &level->entry);
    if (level->next)
        level->next->previous = level->previous;
    if (level->previous)
        level->previous->next = level->next;
    else
        level->parent->child = level->next;
}

/* parent: NULL: it is the root. */
static struct level *make(struct tree *tree, struct level *parent, struct mqw_bytes text)
{
    struct level *level = calloc(1, sizeof *level + text.len);
    if (!level)
        return NULL;
    level->parent = parent;
    level->len = text.len;
    if (text.len)
        memcpy(level->text, text.ptr, text.len);
    if (!parent) {
        tree->root = level;
    } else if (is(text, '+')) {
        parent->plus = level;
    } else if (is(text, '#')) {
        parent->hash = level;
    } else if (!link_text(tree, level)) {
        free(level);
        return NULL;
    }
    tree->count++;
    tree->bytes += sizeof *level + text.len;
    return level;
}

static void drop(struct tree *tree, struct level *level)
{
    struct level *parent = level->parent;
    if (!parent)
        tree->root = NULL;
    else if (level == parent->plus)
        parent->plus = NULL;
    else if (level == parent->hash)
        parent->hash = NULL;
    else
        unlink_text(tree, level);
    tree->count--;
    tree->bytes -= sizeof *level + level->len;
    free(level);
}

struct level *tree_add(struct tree *tree, struct mqw_bytes topic)
{
    struct level *level = tree->root, *next;
    struct mqw_bytes text;
    if (!level)
        level = make(tree, NULL, mqw_view(NULL, 0));
    while (level && cut(&topic, &text)) {
        next = child(tree, level, text);
        if (!next)
            next = make(tree, level, text);
        if (!next)
            tree_prune(tree, level);
        level = next;
    }
    return level;
}

static bool in_use(const struct level *level)
{
    return level->subscriptions || level->groups || level->retained;
}

static struct level *below(const struct level *level)
{
    if (level->child)
        return level->child;
    return level->plus ? level->plus : level->hash;
}

void tree_prune(struct tree *tree, struct level *level)
{
    while (level && !in_use(level) && !below(level)) {
        struct level *parent = level->parent;
        drop(tree, level);
        level = parent;
    }
}

void tree_free(struct tree *tree)
{
    struct level *level = tree->root;
    while (level) {
        struct level *parent = level->parent, *next = below(level);
        if (!next) {
            drop(tree, level);
            next = parent;
        }
        level = next;
    }
    table_free(&tree->levels);
}

size_t tree_text(const struct level *level, char *out)
{
    const struct level *at;
    size_t len = 0, place;
    for (at = level; at->parent; at = at->parent)
        len += at->len + (at->parent->parent ? 1U : 0U);
    place = len;
    for (at = level; at->parent; at = at->parent) {
        place -= at->len;
        memcpy(out + place, at->text, at->len);
        if (at->parent->parent)
            out[--place] = '/';
    }
    return len;
}

/* ---- What matches ----------------------------------------------------------------------------- */

/* Levels of the same depth that match so far, linked by `also`, which the root never uses. */
static void put(struct level **found, struct level *level)
{
    if (!level)
        return;
    level->also = *found;
    *found = level;
}

static void show(struct level *level, tree_visit *visit, void *arg)
{
    if (level && in_use(level))
        visit(arg, level);
}

void tree_match(const struct tree *tree, struct mqw_bytes topic, tree_visit *visit, void *arg)
{
    struct level *found = tree->root, *level;
    bool apart = topic.len && *topic.ptr == '$'; /* [MQTT-4.7.2-1] */
    struct mqw_bytes text;
    while (found && cut(&topic, &text)) {
        uint64_t hash = table_text(text.ptr, text.len);
        level = found;
        found = NULL;
        for (; level; level = level->also) {
            put(&found, child_text(tree, level, text, hash));
            if (level->parent || !apart) {
                put(&found, level->plus);
                show(level->hash, visit, arg);
            }
        }
    }
    for (; found; found = found->also) {
        show(found, visit, arg);
        show(found->hash, visit, arg); /* "sport/#" matches "sport" */
    }
}

/* A level and all below it, in a tree of topics. */
static size_t show_all(struct level *top, tree_visit *visit, void *arg)
{
    struct level *level = top;
    size_t looked = 0;
    for (;;) {
        looked++;
        show(level, visit, arg);
        if (level->child) {
            level = level->child;
            continue;
        }
        while (level != top && !level->next)
            level = level->parent;
        if (level == top)
            return looked;
        level = level->next;
    }
}

/* All children, but at the first level those that begin with $: [MQTT-4.7.2-1]. */
static size_t put_children(struct level **found, const struct level *parent)
{
    struct level *level;
    size_t looked = 0;
    for (level = parent->child; level; level = level->next, looked++)
        if (parent->parent || !level->len || *level->text != '$')
            put(found, level);
    return looked;
}

size_t tree_select(const struct tree *tree, struct mqw_bytes filter, tree_visit *visit, void *arg)
{
    struct level *found = tree->root, *level;
    size_t looked = 0;
    struct mqw_bytes text;
    bool all = false;
    while (found && cut(&filter, &text)) {
        uint64_t hash = table_text(text.ptr, text.len);
        all = is(text, '#');
        if (all && found->parent)
            break;
        level = found;
        found = NULL;
        for (; level; level = level->also, looked++)
            if (all || is(text, '+'))
                looked += put_children(&found, level);
            else
                put(&found, child_text(tree, level, text, hash));
    }
    for (; found; found = found->also)
        if (all)
            looked += show_all(found, visit, arg);
        else
            show(found, visit, arg);
    return looked;
}
