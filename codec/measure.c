/* SPDX-License-Identifier: MIT */
/* Measuring with names: what is too long, too wide or too new for the version, and which field. */
#define MQW_COMPACT
#include "measure_ops.h"
#include "text.h"

#define WALK FAST
#define SIDE const
#define CURSOR struct measurer
#define DO(name) measure_##name
#include "walks.h"

void mqw__measure(struct measurer *c, const struct mqw_packet *packet, const struct mqw_options *o)
{
    measure_start(c, 0, version_of(packet, o), o->sender, true);
    measure_packet(c, packet);
}

void mqw__measure_packet(struct measurer *c, const struct mqw_packet *packet)
{
    c->naming = true;
    measure_packet(c, packet);
}
