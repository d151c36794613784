/* SPDX-License-Identifier: MIT */
/* The packet that mqw_explain tells of, put together from its fields by their names. */
#ifndef FUZZ_TOLD_H
#define FUZZ_TOLD_H

#include <mqttwire/mqttwire.h>

struct told {
    struct mqw_packet packet;
    struct mqw_pair *pairs[2]; /* of the packet, and of its will */
    uint32_t pair_count[2];
    uint32_t *ids;
    uint32_t id_count;
    struct mqw_subscription *subscriptions;
    struct mqw_bytes *filters;
    uint8_t *codes;
    uint32_t count; /* of the packet's own list */
    bool strange;   /* a field has a name that no packet has */
};

/* told_free afterwards. */
struct mqw_result told_packet(struct told *told, const uint8_t *data, size_t size,
                              const struct mqw_options *options);
void told_free(struct told *told);

#endif
