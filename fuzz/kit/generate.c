/* SPDX-License-Identifier: MIT */
/* Valid packets as bytes. */
#include "packets.h"

static uint8_t draw_version(struct draw *d, uint8_t version)
{
    if (version)
        return version == MQW_VERSION_5 ? (uint8_t)MQW_VERSION_5 : (uint8_t)MQW_VERSION_3_1_1;
    return draw_chance(d, 50) ? (uint8_t)MQW_VERSION_5 : (uint8_t)MQW_VERSION_3_1_1;
}

size_t mqw__generate_of(uint8_t *out, size_t max, uint8_t version, uint8_t sender, uint32_t types,
                        uint32_t seed)
{
    enum { TRIES = 16 };
    for (uint32_t i = 0; i < TRIES && max; i++) {
        struct draw draw = {seed + ((uint64_t)i << 32)};
        struct drawn d;
        struct mqw_options o = {0, 0, false, 0, 0, 0};
        struct mqw_result r;
        d.draw = &draw;
        d.version = o.version = draw_version(&draw, version);
        d.sender = sender;
        if (sender != MQW_CLIENT && sender != MQW_SERVER)
            d.sender = draw_chance(&draw, 50) ? (uint8_t)MQW_CLIENT : (uint8_t)MQW_SERVER;
        o.sender = d.sender;
        d.modest = draw_chance(&draw, 75);
        if (!mqw__draw_packet(&d, types))
            return 0;
        r = mqw_encode(&d.packet, &o, out, max);
        if (r.code == MQW_OK)
            return r.size;
    }
    return 0;
}

size_t mqw_generate(uint8_t *out, size_t max, uint8_t version, uint8_t sender, uint32_t seed)
{
    return mqw__generate_of(out, max, version, sender, UINT32_MAX, seed);
}
