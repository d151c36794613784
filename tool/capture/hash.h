/* SPDX-License-Identifier: MIT */
/* SipHash-1-3 of whole words: what a capture holds cannot choose where it goes in a table. */
#ifndef CAPTURE_HASH_H
#define CAPTURE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* Makes a key. */
void hash_key(uint64_t key[2]);

uint64_t hash(const uint64_t key[2], const uint64_t *words, size_t count);

#endif
