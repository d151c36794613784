/* SPDX-License-Identifier: MIT */
/* Is a packet, which decodes, in canonical form?  mqw_encode says what that is. */
#ifndef FUZZ_CANONICAL_H
#define FUZZ_CANONICAL_H

#include <mqttwire/mqttwire.h>

bool is_canonical(const uint8_t *packet, const struct mqw_options *options,
                  struct mqw_result decoded);

#endif
