/* SPDX-License-Identifier: MIT */
/* What all connections of a capture share. */
#ifndef CAPTURE_CONTEXT_H
#define CAPTURE_CONTEXT_H

#include "batch.h"
#include "info.h"
#include "keys.h"
#include "memory.h"

struct context {
    struct capture_options options; /* with the defaults filled in */
    struct memory memory;
    struct batch batch;
    struct infos infos;
    struct keys keys;
    bool live;        /* frames, and keys, may come that are not there yet */
    uint64_t packets; /* numbers given */
};

#endif
