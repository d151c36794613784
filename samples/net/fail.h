/* SPDX-License-Identifier: MIT */
/* How an error is filled in. */
#ifndef NET_FAIL_H
#define NET_FAIL_H

#include "error.h"

#include <stdbool.h>

/* Always false, so that it can be returned.  What cannot be printed of the text becomes '?'. */
bool net_fail(struct net_error *error, enum net_failure failure, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
