/* SPDX-License-Identifier: MIT */
/* Records in Python, many at once: a batch as columns of numbers. */
#ifndef CAPTURE_COLUMNS_H
#define CAPTURE_COLUMNS_H

#include "record.h"

/*
 * A dict: a memoryview for each column, by name; "bytes", which spans are of; and "findings", a list of
 * (row, rule, item, field).  NULL: an exception is set.
 */
PyObject *columns_dict(const struct record_state *state, const struct capture_batch *batch);

#endif
