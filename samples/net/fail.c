/* SPDX-License-Identifier: MIT */
/* How an error is filled in. */
#include "fail.h"

#include <stdarg.h>
#include <stdio.h>

bool net_fail(struct net_error *error, enum net_failure failure, const char *format, ...)
{
    va_list args;

    error->failure = failure;
    va_start(args, format);
    if (vsnprintf(error->text, sizeof error->text, format, args) < 0)
        error->text[0] = 0;
    va_end(args);
    /* It may hold what the peer said. */
    for (char *at = error->text; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            *at = '?';
    return false;
}
