/* SPDX-License-Identifier: MIT */
/*
 * What it costs the broker to find the filters that match a topic.  For the script `matching`:
 *
 *     matching OTHERS COUNT DEPTH BRANCHES ROUNDS
 *
 * A tree of BRANCHES filters that match a topic of DEPTH levels, and COUNT others that do not.  It
 * prints nanoseconds and visits per topic.
 */
#define _POSIX_C_SOURCE 200809L
#include "topics.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct tree tree;
static size_t visits;

static void visit(void *arg, struct level *level)
{
    (void)arg;
    (void)level;
    visits++;
}

static void hang(const char *filter)
{
    struct level *level = tree_add(&tree, mqw_text(filter));
    if (!level)
        abort();
    level->subscriptions = (void *)&tree;
}

static char text[4096];

/* The levels of the topic, with `+` in place of those whose bit is set. */
static const char *levels(unsigned depth, unsigned long wild)
{
    unsigned i;
    text[0] = 0;
    for (i = 0; i < depth; i++)
        sprintf(text + strlen(text), wild >> i & 1 ? "%s+" : "%slevel%u", i ? "/" : "", i);
    return text;
}

static void add_other(const char *how, unsigned long number, unsigned depth)
{
    char filter[sizeof text + 64];
    if (!strcmp(how, "apart"))
        sprintf(filter, "device%lu/%s", number, levels(depth - 1, 0));
    else if (!strcmp(how, "beside"))
        sprintf(filter, "%s/other%lu", levels(depth - 1, 0), number);
    else if (!strcmp(how, "below"))
        sprintf(filter, "%s/other%lu", levels(depth, 0), number);
    else if (!strcmp(how, "wild"))
        sprintf(filter, "%s/other%lu", levels(depth - 1, ~0UL), number);
    else
        abort();
    hang(filter);
}

/* What callgrind counts, found by its name. */
__attribute__((noinline)) void measured(struct mqw_bytes topic, unsigned long rounds)
{
    while (rounds--)
        tree_match(&tree, topic, visit, NULL);
}

int main(int argc, char **argv)
{
    unsigned long count, branches, rounds, i;
    struct timespec from, to;
    unsigned depth;
    char *topic;
    if (argc != 6)
        return 2;
    count = strtoul(argv[2], NULL, 10);
    depth = (unsigned)strtoul(argv[3], NULL, 10);
    branches = strtoul(argv[4], NULL, 10);
    rounds = strtoul(argv[5], NULL, 10);
    for (i = 0; i < branches; i++)
        hang(levels(depth, i));
    for (i = 0; i < count; i++)
        add_other(argv[1], i, depth);
    topic = strdup(levels(depth, 0));
    measured(mqw_text(topic), 0);
    clock_gettime(CLOCK_MONOTONIC, &from);
    measured(mqw_text(topic), rounds);
    clock_gettime(CLOCK_MONOTONIC, &to);
    printf("%.0f %zu\n",
           ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) /
               (double)rounds,
           visits / rounds);
    free(topic);
    tree_free(&tree);
    return 0;
}
