/* SPDX-License-Identifier: MIT */
/* samples/broker/table.c: what was added is found, however large the table is and grows. */
#include "broker_help.h"
#include "table.h"

enum { MOST = 5000, LONGEST_CHAIN = 20 };

struct thing {
    struct table_entry entry;
    uint32_t name;
    uint64_t about;
    bool there;
};

static struct table table;
static struct thing things[MOST];

static uint64_t hash_of(const struct thing *thing)
{
    return table_hash(&thing->name, sizeof thing->name, thing->about);
}

/* How often it is found among those of its hash. */
static size_t found(const struct thing *thing)
{
    struct table_entry *entry = table_first(&table, hash_of(thing));
    size_t count = 0;
    for (; entry; entry = table_next(entry)) {
        ck_assert(entry->hash == hash_of(thing));
        count += TABLE_OF(entry, struct thing, entry) == thing;
    }
    return count;
}

static void begin(void)
{
    uint32_t i;
    draw_begin();
    memset(things, 0, sizeof things);
    for (i = 0; i < MOST; i++) {
        things[i].name = i / 100; /* the same about many things */
        things[i].about = i % 100;
    }
}

START_TEST(hash)
{
    uint64_t text = table_text("level", 5);
    ck_assert(text == table_text("level", 5));
    ck_assert(table_hash("level", 5, 0) == table_about(text, 0));
    ck_assert(table_hash("level", 5, 77) == table_about(text, 77));
    ck_assert(table_hash("level", 5, 77) != table_hash("level", 5, 78));
    ck_assert(table_hash("level", 5, 77) != table_hash("leveL", 5, 77));
    ck_assert(table_hash("level", 5, 77) != table_hash("leve", 4, 77));
    ck_assert(table_hash(NULL, 0, 77) == table_hash("", 0, 77));
}
END_TEST

START_TEST(nothing)
{
    begin();
    ck_assert_ptr_null(table_first(&table, 0));
    table_free(&table);
}
END_TEST

START_TEST(changes)
{
    size_t round, count = 0;
    uint32_t i;
    begin();
    for (round = 0; round < 200000; round++) {
        struct thing *thing = &things[draw(MOST)];
        ck_assert_uint_eq(found(thing), thing->there);
        if (thing->there) {
            table_remove(&table, &thing->entry);
            count--;
        } else {
            ck_assert(table_add(&table, &thing->entry, hash_of(thing)));
            count++;
        }
        thing->there = !thing->there;
        ck_assert_uint_eq(table.count, count);
    }
    for (i = 0; i < MOST; i++) {
        ck_assert_uint_eq(found(&things[i]), things[i].there);
        if (things[i].there)
            table_remove(&table, &things[i].entry);
    }
    ck_assert_uint_eq(table.count, 0);
    table_free(&table);
    ck_assert_ptr_null(table.buckets);
}
END_TEST

/* Several of one hash are all found: the caller compares. */
START_TEST(same_hash)
{
    uint32_t i;
    begin();
    for (i = 0; i < MOST; i++)
        things[i].name = i % 1000;
    for (i = 0; i < MOST; i++) {
        things[i].about = 0;
        ck_assert(table_add(&table, &things[i].entry, hash_of(&things[i])));
    }
    for (i = 0; i < MOST; i += 2) /* of each name there were five */
        table_remove(&table, &things[i].entry);
    for (i = 0; i < MOST; i++)
        ck_assert_uint_eq(found(&things[i]), i % 2);
    table_free(&table);
}
END_TEST

static bool add_with(size_t memory, struct thing *thing)
{
    bool added;
    memory_left = memory;
    added = table_add(&table, &thing->entry, hash_of(thing));
    memory_left = SIZE_MAX;
    return added;
}

/* It has its first buckets, and gets more only later. */
START_TEST(no_memory)
{
    uint32_t i;
    begin();
    ck_assert(!add_with(0, &things[0]));
    ck_assert_uint_eq(table.count, 0);
    for (i = 0; i < MOST; i++)
        ck_assert(add_with(i == 0, &things[i]));
    for (i = 0; i < MOST; i++)
        ck_assert_uint_eq(found(&things[i]), 1);
    for (i = 0; i < MOST; i += 2)
        table_remove(&table, &things[i].entry);
    ck_assert_uint_eq(table.bucket_count, 16);
    ck_assert(add_with(1, &things[0]));
    ck_assert_uint_eq(table.bucket_count, 32);
    for (i = 1; i < MOST; i++)
        ck_assert_uint_eq(found(&things[i]), i % 2);
    table_free(&table);
}
END_TEST

/* One text about addresses at even distances: as levels are that were made one after the other. */
START_TEST(even_distances)
{
    static struct table_entry entries[100000];
    static const uint64_t distances[] = {1, 16, 96, 112, 4096, 65536, (uint64_t)1 << 32};
    uint64_t text = table_text("state", 5), i;
    for (i = 0; i < COUNT(entries); i++)
        ck_assert(
            table_add(&table, &entries[i], table_about(text, 0x7F0000001230 + i * distances[_i])));
    for (i = 0; i < table.bucket_count; i++) {
        const struct table_entry *entry = table.buckets[i];
        size_t len = 0;
        for (; entry; entry = entry->next)
            len++;
        ck_assert_uint_lt(len, LONGEST_CHAIN);
    }
    table_free(&table);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("broker_table");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, hash);
    tcase_add_test(tcase, nothing);
    tcase_add_test(tcase, changes);
    tcase_add_test(tcase, same_hash);
    tcase_add_test(tcase, no_memory);
    tcase_add_loop_test(tcase, even_distances, 0, 7);
    return run_case("broker_table", tcase);
}
