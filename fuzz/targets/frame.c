/* SPDX-License-Identifier: MIT */
/* The frame of any split equals the frame of the whole. */
#include "target.h"

/* Where a packet ends is the same for its first bytes and for all of them. */
static void one_packet(const uint8_t *data, size_t size, const struct mqw_options *options)
{
    struct mqw_result whole = mqw_frame(data, size, options), part;
    size_t len;
    for (len = 0; len <= size && len <= 8; len++) {
        uint8_t *copy = copy_of(data, len);
        part = mqw_frame(copy, len, options);
        free(copy);
        if (part.code != MQW_MORE) {
            MUST(part.code == MQW_OK ? len >= part.size : len < 6);
            MUST(same_result(part, whole));
            break;
        }
        MUST(part.size > len);
        MUST(whole.code != MQW_OK || part.size <= whole.size);
    }
    if (whole.code == MQW_OK && whole.size > 1) {
        uint8_t *copy = copy_of(data, whole.size - 1);
        part = mqw_frame(copy, whole.size - 1, options);
        free(copy);
        MUST(part.code == MQW_MORE && part.size == whole.size);
    }
    if (whole.code == MQW_MORE)
        MUST(whole.size > size);
    if (whole.code != MQW_OK && whole.code != MQW_MORE)
        MUST(whole.code >= MQW_RULE_FIRST && whole.offset < 6);
}

/* Whoever reads no more than was asked for finds the packets that the whole has. */
static void as_asked(const uint8_t *data, size_t size, const struct mqw_options *options)
{
    size_t start = 0, have = 0;
    while (start < size) {
        struct mqw_result whole = mqw_frame(data + start, size - start, options);
        struct mqw_result asked = mqw_frame(data + start, have, options);
        if (asked.code == MQW_MORE && asked.size <= size - start) {
            MUST(asked.size > have);
            have = asked.size;
            continue;
        }
        if (asked.code == MQW_MORE) {
            MUST(whole.code == MQW_MORE);
            return;
        }
        MUST(same_result(asked, whole));
        if (asked.code != MQW_OK)
            return;
        MUST(asked.size == have);
        start += have;
        have = 0;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = input_of(data, size);
    struct mqw_options options = take_options(&input);
    uint8_t *copy = copy_of(input.at, input.left);
    one_packet(copy, input.left, &options);
    as_asked(copy, input.left, &options);
    free(copy);
    return 0;
}
