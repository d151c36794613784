/* SPDX-License-Identifier: MIT */
/* The exceptions for what mqw_connection finds. */
#ifndef FINDING_H
#define FINDING_H

#include "call.h"
#include "connection.h"

/* The exception for a finding in a packet of size bytes, as far as they are there; NULL: another is
 * set. */
PyObject *finding_object(const struct mqw_finding *finding, const void *buf, size_t len,
                         uint32_t size, uint8_t version, const struct mqw_options *options);

#endif
