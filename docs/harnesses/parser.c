/* SPDX-License-Identifier: MIT */
/* A parser of packets in libFuzzer: docs/harnesses/README.md says how to build and run it. */
#include <mqttwire/mqttwire.h>
#include <stdlib.h>
#include <string.h>

/* ---- Yours to change ----------------------------------------------------------------------- */

#include "parser.h"

/* One packet, or bytes that are none: `packet` is a block of just `size` bytes. */
static void parse(const uint8_t *packet, size_t size)
{
    struct toy_packet p;
    toy_parse(packet, size, 4, &p);
    toy_parse(packet, size, 5, &p);
}

/* ---- This can stay ------------------------------------------------------------------------- */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Where the first packet ends; where none begins, it is all that there is. */
static size_t first_packet(const uint8_t *data, size_t size)
{
    struct mqw_options options = {0};
    struct mqw_result r = mqw_frame(data, size, &options);
    return r.code == MQW_OK ? r.size : size;
}

/* An input is a stream of packets: that is what the mutator makes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    while (size) {
        size_t n = first_packet(data, size);
        /* Memory of its own, so that AddressSanitizer sees who reads behind it. */
        uint8_t *packet = malloc(n);
        if (!packet)
            abort();
        memcpy(packet, data, n);
        parse(packet, n);
        free(packet);
        data += n;
        size -= n;
    }
    return 0;
}
