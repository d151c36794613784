/* SPDX-License-Identifier: MIT */
/* TCP connections: which segment belongs to which, when they begin and end, which to forget. */
#ifndef CAPTURE_FLOWS_H
#define CAPTURE_FLOWS_H

#include "context.h"
#include "link.h"
#include "stream.h"

struct flow;

struct flow_list { /* by last use */
    struct flow *oldest, *newest;
    uint32_t count;
};

struct flows {
    struct context *context;
    uint64_t key[2]; /* of the hash: unpredictable, so that no capture can make it slow */
    struct flow **buckets;
    size_t bucket_count;
    struct flow_list lists[3];
    struct flow *recent;  /* where the last segment went: most others go there, too */
    struct flow *stalled; /* those that have more to tell when the batch has room */
    uint64_t opened;      /* connections in all */
    uint64_t repeated;    /* segments with nothing new */
};

/* False: no memory. */
bool flows_open(struct flows *flows, struct context *context);

/* Takes a segment; its data is not needed any more afterwards. */
void flows_segment(struct flows *flows, const struct segment *segment, struct moment when);

/* Goes on where the batch was full.  False: it is full again. */
bool flows_resume(struct flows *flows);

/* The input has ended: tells what was held back.  False: the batch is full, to be called again. */
bool flows_end(struct flows *flows);

void flows_close(struct flows *flows);

#endif
