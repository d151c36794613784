/* SPDX-License-Identifier: MIT */
/*
 * What the plain reader accepts, the telling walk accepts with equal fields, and the other way
 * round; what one refuses the other refuses for the same reason at the same place.
 */
#include "same.h"
#include "target.h"
#include "told.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = input_of(data, size);
    struct mqw_options options = take_options(&input);
    uint8_t *copy = copy_of(input.at, input.left);
    struct mqw_packet packet;
    struct mqw_result decoded = mqw_decode(copy, input.left, &options, &packet), told_result;
    struct told told;

    /* The walk tells what came of a packet; it has no other form of it. */
    told_result = told_packet(&told, copy, input.left, &options);
    MUST(same_result(told_result, decoded));
    MUST(!told.strange);
    if (decoded.code == MQW_OK)
        MUST(same_packet(&packet, &told.packet, packet.version));
    told_free(&told);
    free(copy);
    return 0;
}
