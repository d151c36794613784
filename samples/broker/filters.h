/* SPDX-License-Identifier: MIT */
/* Topic filters as sets of topics.  A topic name is the filter that matches itself alone. */
#ifndef BROKER_FILTERS_H
#define BROKER_FILTERS_H

#include <mqttwire/mqttwire.h>

/* Does `wide` match all that `narrow` does?  Both are well-formed. */
bool filter_covers(struct mqw_bytes wide, struct mqw_bytes narrow);

/* The filter of what both match: there always is one, but that it may match nothing: length 0.
 * out: MQW_TEXT_MAX bytes. */
struct mqw_bytes filter_common(struct mqw_bytes a, struct mqw_bytes b, uint8_t *out);

#endif
