/* SPDX-License-Identifier: MIT */
/* Topics and filters that hang in a tree of samples/broker/topics.c. */
#ifndef BROKER_TOPICS_TEST_H
#define BROKER_TOPICS_TEST_H

#include "broker_help.h"
#include "topics.h"

struct item {
    char text[64];
    uint32_t len;
    struct level *level; /* NULL: it is in no tree */
    size_t visits;
};

struct mqw_bytes item_text(const struct item *item);
void item_add(struct tree *tree, struct item *item, struct mqw_bytes text);
/* A topic or filter; not added where it is in the tree. */
void item_random(struct tree *tree, struct item *item, bool filter);
void item_remove(struct tree *tree, struct item *item);
tree_visit item_visit;

/* Of few short levels, so that many match; wild: a filter. */
struct wire random_topic(bool wild);

/* Links agree, and no level is of no use. */
void tree_check(const struct tree *tree);

#endif
