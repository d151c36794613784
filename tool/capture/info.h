/* SPDX-License-Identifier: MIT */
/*
 * What is known of the connections that were told of, by number.  It outlasts them: those that are
 * over are forgotten in the order in which they ended, when there are many.
 */
#ifndef CAPTURE_INFO_H
#define CAPTURE_INFO_H

#include "capture.h"
#include "link.h"
#include "memory.h"

struct info {
    struct endpoint ends[2];
    int client;                      /* which of the ends */
    struct capture_connection about; /* without the endpoints */
    struct buffer client_id;
    struct info *next;  /* in its bucket */
    struct info *later; /* among those that are over */
};

struct infos {
    struct info **buckets;
    size_t bucket_count, count;
    struct info *oldest, *newest; /* that are over */
    size_t over;
    uint32_t last; /* number given */
};

/* False: no memory. */
bool infos_open(struct infos *infos, struct memory *memory);

struct info *info_new(struct memory *memory, const struct endpoint ends[2]);

/* Gives it a number, if it has none. */
void info_number(struct infos *infos, struct memory *memory, struct info *info);

const struct info *info_find(const struct infos *infos, uint32_t number);
struct capture_connection info_view(const struct info *info);

/* Its connection is gone: it is kept for a while if it has a number. */
void info_retire(struct infos *infos, struct memory *memory, struct info *info);
void infos_free(struct infos *infos, struct memory *memory);

#endif
