/* SPDX-License-Identifier: MIT */
/*
 * A hash table with chains, which doubles when it is full.  A text is hashed once by SipHash with a
 * secret key, and then mixed cheaply with each thing that it may be about.  The last step multiplies
 * with a secret odd number, and the highest bits count: so two that differ meet in a bucket with
 * twice the probability of chance at most (Dietzfelbinger and others 1997, multiply-shift).
 */
#include "table.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS_FIRST = 16 };

/* Drawn once per process. */
static struct {
    uint64_t first, last; /* odd; 0: not drawn yet */
    unsigned char key[crypto_shorthash_KEYBYTES];
} secret;

static void draw(void)
{
    if (sodium_init() < 0)
        abort(); /* without randomness nothing would be safe, passwords least of all */
    randombytes_buf(&secret, sizeof secret);
    secret.first |= 1;
    secret.last |= 1;
}

uint64_t table_text(const void *bytes, size_t len)
{
    unsigned char out[crypto_shorthash_BYTES];
    uint64_t hash;
    if (!secret.first)
        draw();
    crypto_shorthash(out, bytes, len, secret.key);
    memcpy(&hash, out, sizeof hash);
    return hash;
}

uint64_t table_about(uint64_t text, uint64_t about)
{
    uint64_t mixed = text ^ about * secret.first;
    return (mixed ^ mixed >> 32) * secret.last;
}

uint64_t table_hash(const void *bytes, size_t len, uint64_t about)
{
    return table_about(table_text(bytes, len), about);
}

/* By the highest bits. */
static struct table_entry **bucket(const struct table *table, uint64_t hash)
{
    return &table->buckets[(hash >> 32) * table->bucket_count >> 32];
}

static struct table_entry *with(struct table_entry *entry, uint64_t hash)
{
    while (entry && entry->hash != hash)
        entry = entry->next;
    return entry;
}

struct table_entry *table_first(const struct table *table, uint64_t hash)
{
    return table->bucket_count ? with(*bucket(table, hash), hash) : NULL;
}

struct table_entry *table_next(const struct table_entry *entry)
{
    return with(entry->next, entry->hash);
}

static void put(struct table *table, struct table_entry *entry)
{
    struct table_entry **head = bucket(table, entry->hash);
    entry->next = *head;
    *head = entry;
}

/* Where there is no memory for more buckets, chains become longer. */
static void grow(struct table *table)
{
    struct table old = *table;
    size_t count = old.bucket_count ? 2 * old.bucket_count : BUCKETS_FIRST, i;
    struct table_entry **buckets = calloc(count, sizeof *buckets);
    if (!buckets)
        return;
    table->buckets = buckets;
    table->bucket_count = count;
    for (i = 0; i < old.bucket_count; i++) {
        struct table_entry *entry = old.buckets[i], *next;
        for (; entry; entry = next) {
            next = entry->next;
            put(table, entry);
        }
    }
    free(old.buckets);
}

bool table_add(struct table *table, struct table_entry *entry, uint64_t hash)
{
    if (table->count >= table->bucket_count)
        grow(table);
    if (!table->bucket_count)
        return false;
    entry->hash = hash;
    put(table, entry);
    table->count++;
    return true;
}

void table_remove(struct table *table, struct table_entry *entry)
{
    struct table_entry **link = bucket(table, entry->hash);
    while (*link != entry)
        link = &(*link)->next;
    *link = entry->next;
    table->count--;
}

void table_free(struct table *table)
{
    free(table->buckets);
    memset(table, 0, sizeof *table);
}
