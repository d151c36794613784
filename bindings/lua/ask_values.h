/* SPDX-License-Identifier: MIT */
/*
 * The asking cursor (ask.h): where it is, what it complains of, and values out of Lua tables.
 *
 * What is wrong is a Lua error, which leaves everything behind: memory is Lua's.  Tables are read
 * without their metatables, so that no code of theirs runs.  A finalizer still can, wherever memory
 * is taken: what the packet points into is therefore kept in a table of our own, and a table that is
 * being read stays on the stack.
 */
#ifndef ASK_VALUES_H
#define ASK_VALUES_H

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "values.h"

enum { ASK_NAMES = 16, ASK_DEPTH = 6, ASK_PATH = 160 };

/* A table whose fields are asked, and which of them were. */
struct level {
    int from; /* where it is on the stack; 0: it is not there */
    const char *asked[ASK_NAMES];
    unsigned count;
};

/* A step on the way to a field: `name`, or its element `index`. */
struct step {
    const char *name;
    int index; /* negative: no element */
};

struct asker {
    lua_State *L;
    struct level packet, group;
    struct level *level; /* what is asked now */
    const char *grouped; /* name of the group */
    struct step path[ASK_DEPTH];
    int depth;
    int keep; /* where on the stack is the table of what is kept, and how many it has */
    int kept;
    uint8_t version;
    bool json;
    char too_wide[ASK_PATH]; /* path of the first number that no member of the structure holds */
};

/* ---- Faults ----------------------------------------------------------------------------------- */

static void step_in(struct asker *c, const char *name)
{
    c->path[c->depth].name = name;
    c->path[c->depth].index = -1;
    c->depth++;
}

static void step_out(struct asker *c)
{
    c->depth--;
}

/* The dotted name of the field that is asked. */
static void write_path(const struct asker *c, char *out)
{
    size_t at = 0;
    int i;
    out[0] = '\0';
    for (i = 0; i < c->depth; i++) {
        const struct step *step = &c->path[i];
        const char *dot = i ? "." : "";
        int more = step->index < 0 ? snprintf(out + at, ASK_PATH - at, "%s%s", dot, step->name)
                                   : snprintf(out + at, ASK_PATH - at, "%s%s[%d]", dot, step->name,
                                              step->index);
        at += (size_t)more;
    }
}

/* A Lua error that begins with the field's name; the text may be on the stack. */
_Noreturn static void refuse(struct asker *c, const char *text)
{
    char path[ASK_PATH];
    write_path(c, path);
    for (;;) /* its declaration does not say that it never returns */
        luaL_error(c->L, "%s%s%s", path, *path ? ": " : "", text);
}

/* The value on top is of another type than wanted. */
_Noreturn static void refuse_type(struct asker *c, const char *wanted)
{
    refuse(c, lua_pushfstring(c->L, "expected %s, not %s", wanted, luaL_typename(c->L, -1)));
}

/* The key on top is one that nobody knows. */
_Noreturn static void refuse_key(struct asker *c, const char *owner, const char *lacks)
{
    bool shown = lua_type(c->L, -1) == LUA_TSTRING || lua_type(c->L, -1) == LUA_TNUMBER;
    refuse(c, lua_pushfstring(c->L, "%s %s '%s'", owner, lacks,
                              shown ? lua_tostring(c->L, -1) : luaL_typename(c->L, -1)));
}

/* A rule that only the size of a C member makes: told when all else was asked. */
static void note_width(struct asker *c)
{
    if (!*c->too_wide)
        write_path(c, c->too_wide);
}

/* ---- Fields of the level ---------------------------------------------------------------------- */

static void note_asked(struct level *level, const char *name)
{
    unsigned i;
    for (i = 0; i < level->count; i++)
        if (strcmp(level->asked[i], name) == 0)
            return;
    if (level->count < ASK_NAMES)
        level->asked[level->count++] = name;
}

/* Pushes what a table has under a name, or nothing where it has not got that. */
static bool push_field(lua_State *L, int table, const char *name)
{
    lua_pushstring(L, name);
    lua_rawget(L, table);
    if (!lua_isnil(L, -1))
        return true;
    lua_pop(L, 1);
    return false;
}

/* Pushes the value of a field, or nothing where it is not there. */
static bool look(struct asker *c, const char *name)
{
    if (!c->level->from)
        return false;
    note_asked(c->level, name);
    return push_field(c->L, c->level->from, name);
}

/* The same for one that has to be there. */
static bool want(struct asker *c, const char *name)
{
    if (look(c, name))
        return true;
    if (c->level->from) {
        step_in(c, name);
        refuse(c, "missing");
    }
    return false;
}

/* Every key was asked for, or `owner` has no such field. */
static void refuse_unknown(struct asker *c, const struct level *level, const char *owner)
{
    lua_State *L = c->L;
    if (!level->from)
        return;
    for (lua_pushnil(L); lua_next(L, level->from);) {
        unsigned i = 0;
        lua_pop(L, 1);
        while (i < level->count && !(lua_type(L, -1) == LUA_TSTRING &&
                                     strcmp(lua_tostring(L, -1), level->asked[i]) == 0))
            i++;
        if (i == level->count)
            refuse_key(c, owner, "has no field");
    }
}

/* How many keys a table has. */
static int count_keys(lua_State *L, int table)
{
    int count = 0;
    for (lua_pushnil(L); lua_next(L, table); count++) {
        lua_pop(L, 1);
        if (count == INT_MAX)
            luaL_error(L, "a table has too many keys");
    }
    return count;
}

/* ---- Values: each function takes the one on top of the stack ---------------------------------- */

static void keep(struct asker *c)
{
    lua_rawseti(c->L, c->keep, ++c->kept);
}

/* Memory that lasts as long as what is kept. */
static void *keep_array(struct asker *c, size_t count, size_t size)
{
    void *array;
    if (count > SIZE_MAX / size)
        luaL_error(c->L, "not enough memory");
    array = lua_newuserdata(c->L, count * size);
    memset(array, 0, count * size);
    keep(c);
    return array;
}

/* A whole number up to `most`, which stands for those that are too wide. */
static uint32_t number_of(struct asker *c, uint32_t most)
{
    lua_Number number;
    if (lua_type(c->L, -1) != LUA_TNUMBER)
        refuse_type(c, "a whole number");
    number = lua_tonumber(c->L, -1);
    if (!is_whole(c->L, -1))
        refuse(c, lua_pushfstring(c->L, "expected a whole number, not %f", number));
    lua_pop(c->L, 1);
    if (number >= 0 && number <= (lua_Number)most)
        return (uint32_t)number;
    note_width(c);
    return most;
}

static struct mqw_bytes string_of(struct asker *c, const char *wanted)
{
    size_t len;
    const char *bytes;
    if (lua_type(c->L, -1) != LUA_TSTRING)
        refuse_type(c, wanted);
    bytes = lua_tolstring(c->L, -1, &len);
    keep(c);
    return mqw_view(bytes, len);
}

/* Hex digits as the bytes that they mean. */
static struct mqw_bytes bytes_of_hex(struct asker *c)
{
    struct mqw_bytes digits = string_of(c, "a string of hex digits");
    uint8_t *bytes = (uint8_t *)keep_array(c, digits.len / 2 + 1, 1);
    uint32_t i;
    for (i = 0; i < digits.len; i++) {
        int half = hex_digit((char)digits.ptr[i]);
        if (half < 0 || digits.len % 2)
            refuse(c, "expected pairs of hex digits");
        bytes[i / 2] = (uint8_t)(bytes[i / 2] << 4 | half);
    }
    return mqw_view(bytes, digits.len / 2);
}

static struct mqw_bytes text_of(struct asker *c)
{
    int value = lua_gettop(c->L);
    if (c->json && lua_istable(c->L, value) && count_keys(c->L, value) == 1 &&
        push_field(c->L, value, "hex")) {
        lua_remove(c->L, value);
        return bytes_of_hex(c);
    }
    return string_of(c, c->json ? "a string, or {hex = ...}" : "a string");
}

static struct mqw_bytes binary_of(struct asker *c)
{
    return c->json ? bytes_of_hex(c) : string_of(c, "a string");
}

#endif
