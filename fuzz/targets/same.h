/* SPDX-License-Identifier: MIT */
/* Do two packets of a version say the same?  By their fields, and not by bytes. */
#ifndef FUZZ_SAME_H
#define FUZZ_SAME_H

#include <mqttwire/mqttwire.h>

bool same_packet(const struct mqw_packet *a, const struct mqw_packet *b, uint8_t version);

#endif
