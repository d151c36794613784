/* SPDX-License-Identifier: MIT */
/* Users by name. */
#include "users.h"

#include <stdlib.h>
#include <string.h>

static uint64_t hash_of(struct mqw_bytes name)
{
    return table_hash(name.ptr, name.len, 0);
}

static bool make_room(struct users *users)
{
    size_t room = users->room ? users->room * 2 : 16;
    struct user **all;

    if (users->count < users->room)
        return true;
    all = realloc(users->all, room * sizeof(struct user *));
    if (!all)
        return false;
    users->all = all;
    users->room = room;
    return true;
}

const char *users_split(struct lines *lines, struct mqw_bytes *name)
{
    char *colon = strchr(lines->text, ':');

    if (!colon || colon == lines->text) {
        lines_fail(lines, "it does not begin with a user's name and a colon");
        return NULL;
    }
    *name = (struct mqw_bytes){(const uint8_t *)lines->text, (uint32_t)(colon - lines->text)};
    return colon + 1;
}

void *users_add(struct users *users, struct lines *lines, struct mqw_bytes name, size_t size)
{
    struct user *user = users_find(users, name);
    uint8_t *text;

    if (user) {
        lines_fail(lines, "the user is there already, in line %u", user->line);
        return NULL;
    }
    user = make_room(users) ? calloc(1, size + name.len) : NULL;
    if (!user || !table_add(&users->table, &user->entry, hash_of(name))) {
        lines_fail(lines, "out of memory");
        free(user);
        return NULL;
    }
    text = (uint8_t *)user + size;
    memcpy(text, name.ptr, name.len);
    user->name = (struct mqw_bytes){text, name.len};
    user->line = lines->number;
    return users->all[users->count++] = user;
}

void *users_find(const struct users *users, struct mqw_bytes name)
{
    struct table_entry *at = table_first(&users->table, hash_of(name));

    for (; at; at = table_next(at)) {
        struct user *user = TABLE_OF(at, struct user, entry);
        if (user->name.len == name.len && memcmp(user->name.ptr, name.ptr, name.len) == 0)
            return user;
    }
    return NULL;
}

void *users_stand_in(const struct users *users, struct mqw_bytes name)
{
    return users->count ? users->all[hash_of(name) % users->count] : NULL;
}

void users_free(struct users *users)
{
    for (size_t i = 0; i < users->count; i++)
        free(users->all[i]);
    free(users->all);
    table_free(&users->table);
    *users = (struct users){0};
}
