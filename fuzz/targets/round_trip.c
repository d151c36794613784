/* SPDX-License-Identifier: MIT */
/* Decode, encode, decode is stable; and encode(decode(b)) equals b where b is canonical. */
#include "canonical.h"
#include "same.h"
#include "target.h"

static uint8_t *encoded(const struct mqw_packet *packet, const struct mqw_options *options,
                        uint32_t *size)
{
    struct mqw_result measured = mqw_encode(packet, options, NULL, 0), written;
    uint8_t *bytes;
    MUST(measured.code == MQW_OK);
    bytes = malloc(measured.size);
    MUST(bytes);
    written = mqw_encode(packet, options, bytes, measured.size - 1);
    MUST(written.code == MQW_SPACE && written.size == measured.size);
    written = mqw_encode(packet, options, bytes, measured.size);
    MUST(written.code == MQW_OK && written.size == measured.size);
    *size = written.size;
    return bytes;
}

static void packet_of(const uint8_t *data, size_t size, const struct mqw_options *options)
{
    struct mqw_options kept = *options;
    struct mqw_packet first, second;
    struct mqw_result decoded = mqw_decode(data, size, options, &first), again;
    uint32_t once_size, twice_size;
    uint8_t *once, *twice;

    if (decoded.code != MQW_OK)
        return;
    kept.version = first.version;
    once = encoded(&first, &kept, &once_size);
    MUST(once_size <= decoded.size);
    if (!options->allow && is_canonical(data, &kept, decoded))
        MUST(once_size == decoded.size && !memcmp(once, data, once_size));
    again = mqw_decode(once, once_size, &kept, &second);
    MUST(again.code == MQW_OK && again.size == once_size);
    MUST(first.version == second.version && same_packet(&first, &second, first.version));
    twice = encoded(&second, &kept, &twice_size);
    MUST(twice_size == once_size && !memcmp(twice, once, once_size));
    free(once);
    free(twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = input_of(data, size);
    struct mqw_options options = take_options(&input);
    uint8_t *copy = copy_of(input.at, input.left);
    options.partial = false;
    /* The one form of AUTH that encoding has without properties is the one that this refuses. */
    if (options.refuse & MQW_REFUSE_SHORT_AUTH)
        options.allow &= ~(uint32_t)MQW_ALLOW_MISSING_METHOD;
    packet_of(copy, input.left, &options);
    free(copy);
    return 0;
}
