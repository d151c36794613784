/* SPDX-License-Identifier: MIT */
/*
 * A target for the engines of test_fuzz_engines.py: it falls at a packet that a mutator which knows no
 * MQTT does not come to soon.  With FUZZ_MAIN it reads a file, for AFL++.
 */
#include <mqttwire/mqttwire.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A SUBSCRIBE of 5.0 with a property twice, behind another packet, and framed as it should be. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mqw_options options = {MQW_VERSION_5, 0, false, 0, 0, 0};
    unsigned before = 0;
    while (size) {
        struct mqw_packet packet;
        struct mqw_result r = mqw_decode(data, size, &options, &packet);
        if (r.code == MQW_RULE_PROPERTY_REPEATED && packet.type == MQW_SUBSCRIBE && before &&
            size > r.size)
            abort();
        if (r.code != MQW_OK)
            break;
        before++;
        data += r.size;
        size -= r.size;
    }
    return 0;
}

#ifdef FUZZ_MAIN
int main(int argc, char **argv)
{
    static uint8_t data[1 << 16];
    FILE *file = argc > 1 ? fopen(argv[1], "rb") : stdin;
    return file ? LLVMFuzzerTestOneInput(data, fread(data, 1, sizeof data, file)) : 2;
}
#endif
