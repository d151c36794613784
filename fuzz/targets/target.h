/* SPDX-License-Identifier: MIT */
/*
 * What fuzz targets share.  Each is one law in one file: LLVMFuzzerTestOneInput, which aborts where
 * the law is broken.  The input's first bytes are options, the rest is for the law.
 */
#ifndef FUZZ_TARGET_H
#define FUZZ_TARGET_H

#include <mqttwire/mqttwire.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: broken law: %s\n", __FILE__, __LINE__, #condition);            \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/*
 * The input as it is read: bytes are taken from its front, numbers are little-endian, and what is
 * not there is 0.
 */
struct input {
    const uint8_t *at;
    size_t left;
};

static inline struct input input_of(const uint8_t *data, size_t size)
{
    struct input input;
    input.at = data;
    input.left = size;
    return input;
}

static inline uint32_t take(struct input *input, unsigned bytes)
{
    uint32_t value = 0;
    unsigned i;
    for (i = 0; i < bytes && input->left; i++, input->left--)
        value |= (uint32_t)*input->at++ << 8 * i;
    return value;
}

/* A view of the next bytes, at most so many. */
static inline struct mqw_bytes take_bytes(struct input *input, size_t most)
{
    struct mqw_bytes view = mqw_view(input->at, input->left < most ? input->left : most);
    input->at += view.len;
    input->left -= view.len;
    return view;
}

/*
 * Eight bytes of options: version (2 bits: 0, 4, 5, 3), sender (2 bits), partial; then what is
 * allowed (4 bytes), what is refused (2 bytes) and the maximum size (1 byte; 0: none, else in
 * units of 8).  fuzz/seeds writes them.
 */
static inline struct mqw_options take_options(struct input *input)
{
    static const uint8_t versions[] = {0, MQW_VERSION_3_1_1, MQW_VERSION_5, MQW_VERSION_3_1};
    struct mqw_options options = {0};
    uint32_t first = take(input, 1);
    options.version = versions[first & 3];
    options.sender = (uint8_t)((first >> 2 & 3) % 3);
    options.partial = first >> 4 & 1;
    options.allow = take(input, 4) & MQW_ALLOW_ALL;
    options.refuse = take(input, 2) & MQW_REFUSE_ALL;
    options.max_size = take(input, 1) * 8;
    return options;
}

/* A heap block of just these bytes, so that a sanitizer sees a read beyond them. */
static inline uint8_t *copy_of(const void *bytes, size_t size)
{
    uint8_t *copy = calloc(size ? size : 1, 1);
    MUST(copy);
    if (size)
        memcpy(copy, bytes, size);
    return copy;
}

static inline bool same_result(struct mqw_result a, struct mqw_result b)
{
    return a.code == b.code && a.size == b.size && a.offset == b.offset && a.item == b.item;
}

#endif
