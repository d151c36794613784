/* SPDX-License-Identifier: MIT */
/*
 * A tree of topic levels, with a path for each topic or filter that somebody uses.  Finding what
 * matches costs as many steps as there are levels and branches that match, however many others
 * there are.  Two trees are in use: of filters, with their subscriptions, and of the topics of
 * retained messages.
 */
#ifndef BROKER_TOPICS_H
#define BROKER_TOPICS_H

#include "table.h"

#include <mqttwire/mqttwire.h>

struct level {
    struct table_entry entry;                       /* by parent and text */
    struct level *parent, *child, *next, *previous; /* child: the first one */
    struct level *plus, *hash; /* children "+" and "#", which are in no table, nor among `child` */
    struct level *also;        /* while tree_match or tree_select runs: another that matches */
    /* What hangs there.  Who takes the last of it away calls tree_prune. */
    struct subscription *subscriptions;
    struct group *groups; /* of shared subscriptions */
    struct retained *retained;
    uint32_t len;
    char text[]; /* of the level, without slashes */
};

struct tree {
    struct level *root;
    struct table levels;
    size_t count;   /* of levels */
    uint64_t bytes; /* of those */
};

/* The level where a topic or filter ends; NULL: it is not there. */
struct level *tree_find(const struct tree *tree, struct mqw_bytes topic);
/* The same, which is made where it is not there; NULL: out of memory. */
struct level *tree_add(struct tree *tree, struct mqw_bytes topic);
/* Nothing hangs here any more: removes the level, and those above it that are of no use now. */
void tree_prune(struct tree *tree, struct level *level);
void tree_free(struct tree *tree); /* and not what hangs there */

/* Writes the whole text; answers its length.  cap: MQW_TEXT_MAX bytes always suffice. */
size_t tree_text(const struct level *level, char *out);

typedef void tree_visit(void *arg, struct level *level);

/* Levels where nothing hangs are not visited.  Visits may neither change the tree nor search it. */

/* A tree of filters: visits those that match the topic.  Section 4.7, with the rule about $. */
void tree_match(const struct tree *tree, struct mqw_bytes topic, tree_visit *visit, void *arg);
/* A tree of topics: visits those that the filter matches.  Answers how many levels it looked at. */
size_t tree_select(const struct tree *tree, struct mqw_bytes filter, tree_visit *visit, void *arg);

/* How many levels a topic or filter has. */
uint32_t topic_levels(struct mqw_bytes topic);

#endif
