/* SPDX-License-Identifier: MIT */
/* All vectors, as `mqttwire vectors export --format c` writes them; or those of another table. */
#ifndef VECTORS_TABLE
#define VECTORS_TABLE "vectors_table.h"
#endif
#include VECTORS_TABLE

extern const struct mqttwire_vector *const all_vectors;
extern const uint32_t all_vectors_count;

const struct mqttwire_vector *const all_vectors = mqttwire_vectors;
const uint32_t all_vectors_count = MQTTWIRE_VECTOR_COUNT;
