/* SPDX-License-Identifier: MIT */
/*
 * A hash table of structures that hold its links.  Hashes are keyed (SipHash of libsodium): who
 * chooses client identifiers and topics cannot choose which of them collide.
 */
#ifndef BROKER_TABLE_H
#define BROKER_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table_entry {
    struct table_entry *next;
    uint64_t hash;
};

/* All zero is an empty one. */
struct table {
    struct table_entry **buckets;
    size_t bucket_count; /* a power of two, or 0 */
    size_t count;
};

/* Of bytes, mixed with what they are about: the parent of a level, say. */
uint64_t table_hash(const void *bytes, size_t len, uint64_t about);
/* The same in two steps, where one text is looked up about many things. */
uint64_t table_text(const void *bytes, size_t len);
uint64_t table_about(uint64_t text, uint64_t about);

/* The first entry with this hash, and the one after it: the caller compares the rest. */
struct table_entry *table_first(const struct table *table, uint64_t hash);
struct table_entry *table_next(const struct table_entry *entry);

bool table_add(struct table *table, struct table_entry *entry,
               uint64_t hash); /* false: no memory */
void table_remove(struct table *table, struct table_entry *entry);
void table_free(struct table *table); /* and not the entries */

/* The structure that an entry is a member of. */
#define TABLE_OF(entry, type, member) ((type *)(void *)((char *)(entry)-offsetof(type, member)))

#endif
