/* SPDX-License-Identifier: MIT */
/* Lua values for the parts of a packet: numbers, text, binary data.  Each function pushes one. */
#ifndef VALUES_H
#define VALUES_H

#include <lauxlib.h>
#include <lua.h>

#include <mqttwire/mqttwire.h>

#include "text.h"

#if LUA_VERSION_NUM >= 503
_Static_assert(sizeof(lua_Integer) > sizeof(uint32_t), "a Lua whose integers hold four bytes");
#else
_Static_assert(sizeof(lua_Number) > sizeof(uint32_t), "a Lua whose numbers hold four bytes");
#endif

/* An integer where Lua has them; elsewhere its integers may have no more than 32 bits. */
static inline void push_number(lua_State *L, uint64_t number)
{
#if LUA_VERSION_NUM >= 503
    lua_pushinteger(L, (lua_Integer)number);
#else
    lua_pushnumber(L, (lua_Number)number);
#endif
}

static inline void push_bytes(lua_State *L, struct mqw_bytes bytes)
{
    lua_pushlstring(L, bytes.len ? (const char *)bytes.ptr : "", bytes.len);
}

/* As lower-case hex. */
static inline void push_hex(lua_State *L, struct mqw_bytes bytes)
{
    luaL_Buffer hex;
    uint32_t i;
    luaL_buffinit(L, &hex);
    for (i = 0; i < bytes.len; i++) {
        luaL_addchar(&hex, "0123456789abcdef"[bytes.ptr[i] >> 4]);
        luaL_addchar(&hex, "0123456789abcdef"[bytes.ptr[i] & 15]);
    }
    luaL_pushresult(&hex);
}

/* The value of a hex digit, or -1. */
static inline int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Text as it is; in the JSON form, what is not UTF-8 as {hex = ...}. */
static inline void push_text(lua_State *L, struct mqw_bytes text, bool json)
{
    uint32_t where;
    if (json && mqw__text_scan(text.ptr, text.len, TEXT_BAD_UTF8, &where) != TEXT_GOOD) {
        lua_createtable(L, 0, 1);
        push_hex(L, text);
        lua_setfield(L, -2, "hex");
    } else {
        push_bytes(L, text);
    }
}

static inline void push_binary(lua_State *L, struct mqw_bytes binary, bool json)
{
    if (json)
        push_hex(L, binary);
    else
        push_bytes(L, binary);
}

/* Is the value a number that has no fraction, however large it is? */
static inline bool is_whole(lua_State *L, int at)
{
    const lua_Number exact = 9007199254740992; /* from here on no number has a fraction */
    lua_Number number;
    if (lua_type(L, at) != LUA_TNUMBER)
        return false;
    number = lua_tonumber(L, at);
    if (number > -exact && number < exact)
        return (lua_Number)(int64_t)number == number;
    return number - number == 0; /* not of infinity, and not of what is no number */
}

#endif
