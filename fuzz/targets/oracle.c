/* SPDX-License-Identifier: MIT */
/* With the default options the codec says what the oracle says: ../oracle.h. */
#include "../compare.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct scratch scratch;
    struct input input = input_of(data, size);
    struct mqw_options options = take_options(&input);
    uint8_t *copy = copy_of(input.at, input.left);
    bool connect = input.left > 0 && copy[0] >> 4 == MQW_CONNECT;
    if (options.version != MQW_VERSION_3_1) {
        bool same = agree_on_frame(&scratch, copy, input.left, options.version);
        if (options.version != 0 || connect)
            same &= agree_on_packet(&scratch, copy, input.left, options.version,
                                    (enum mqw_sender)options.sender);
        fflush(stdout);
        MUST(same);
    }
    free(copy);
    return 0;
}
