/* SPDX-License-Identifier: MIT */
/* What the functions of binding.h have in common: options, input, failures. */
#include "call.h"

#include <string.h>

/* ---- Options: the value on top stays there ---------------------------------------------------- */

uint32_t number_within(lua_State *L, uint32_t low, uint32_t high, const char *text)
{
    lua_Number number = lua_tonumber(L, -1);
    if (!is_whole(L, -1) || number < (lua_Number)low || number > (lua_Number)high)
        luaL_error(L, "%s", text);
    return (uint32_t)number;
}

uint8_t version_from(lua_State *L)
{
    return (uint8_t)number_within(L, MQW_VERSION_3_1, MQW_VERSION_5, "version: expected 3, 4 or 5");
}

uint8_t sender_from(lua_State *L)
{
    const char *name = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
    bool client = strcmp(name, "client") == 0;
    if (!client && strcmp(name, "server") != 0)
        luaL_error(L, "sender: expected 'client' or 'server'");
    return client ? MQW_CLIENT : MQW_SERVER;
}

static uint32_t allowance_of(const char *name)
{
#define MQW_ROW(bit, NAME, row, text)                                                              \
    if (strcmp(name, #row) == 0)                                                                   \
        return (uint32_t)1 << (bit);
    MQW_ALLOWANCES(MQW_ROW)
#undef MQW_ROW
    return 0;
}

static uint32_t refusal_of(const char *name)
{
#define MQW_ROW(bit, NAME, row, text)                                                              \
    if (strcmp(name, #row) == 0)                                                                   \
        return (uint32_t)1 << (bit);
    MQW_REFUSALS(MQW_ROW)
#undef MQW_ROW
    return 0;
}

typedef uint32_t bit_of(const char *name);

/* The bit that is named on top. */
static uint32_t named_bit(lua_State *L, const char *option, bit_of *bit)
{
    uint32_t found;
    if (lua_type(L, -1) != LUA_TSTRING)
        luaL_error(L, "%s: expected names or a sum of their numbers, not a %s", option,
                   luaL_typename(L, -1));
    found = bit(lua_tostring(L, -1));
    if (!found && strcmp(lua_tostring(L, -1), "all") == 0)
        found = MQW_ALLOW_ALL;
    if (!found)
        luaL_error(L, "%s: there is no '%s'", option, lua_tostring(L, -1));
    return found;
}

/* A number, a name, or a list of names. */
static uint32_t bits_from(lua_State *L, const char *option, bit_of *bit)
{
    uint32_t bits = 0;
    if (lua_type(L, -1) == LUA_TNUMBER)
        return number_within(L, 0, INT32_MAX, "allow, refuse: expected no such number") &
               MQW_ALLOW_ALL;
    if (!lua_istable(L, -1))
        return named_bit(L, option, bit);
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TNUMBER)
            luaL_error(L, "%s: expected a list of names", option);
        bits |= named_bit(L, option, bit);
    }
    return bits;
}

const char *option_name(lua_State *L)
{
    return lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : luaL_typename(L, -2);
}

bool decoding_option(lua_State *L, const char *name, struct mqw_options *out)
{
    if (strcmp(name, "allow") == 0)
        out->allow = bits_from(L, name, allowance_of);
    else if (strcmp(name, "refuse") == 0)
        out->refuse = bits_from(L, name, refusal_of);
    else if (strcmp(name, "max_size") == 0)
        out->max_size = number_within(L, 1, UINT32_MAX, "max_size: expected 1 to 4294967295 bytes");
    else
        return false;
    return true;
}

void options_from(lua_State *L, int at, struct mqw_options *out)
{
    memset(out, 0, sizeof *out);
    if (lua_isnoneornil(L, at))
        return;
    luaL_checktype(L, at, LUA_TTABLE);
    for (lua_pushnil(L); lua_next(L, at); lua_pop(L, 1)) {
        const char *name = option_name(L);
        if (strcmp(name, "version") == 0)
            out->version = version_from(L);
        else if (strcmp(name, "sender") == 0)
            out->sender = sender_from(L);
        else if (!decoding_option(L, name, out))
            luaL_error(L, "there is no option '%s'", name);
    }
}

/* ---- Input ------------------------------------------------------------------------------------ */

struct mqw_bytes text_argument(lua_State *L, int at)
{
    size_t len;
    const char *text;
    luaL_checktype(L, at, LUA_TSTRING); /* a number would do for luaL_checklstring */
    text = lua_tolstring(L, at, &len);
    return mqw_view(text, len);
}

void input_from(lua_State *L, int at, struct input *in)
{
    luaL_checktype(L, at, LUA_TSTRING);
    in->bytes = (const uint8_t *)lua_tolstring(L, at, &in->len);
    luaL_checkstack(L, STACK, "no room for a packet");
    options_from(L, at + 1, &in->options);
}

/* ---- Failures --------------------------------------------------------------------------------- */

static char failure_key; /* its address is the key of the layer's function in the registry */

int core_set_failure(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_pushlightuserdata(L, &failure_key);
    lua_pushvalue(L, 1);
    lua_rawset(L, LUA_REGISTRYINDEX);
    return 0;
}

int failure(lua_State *L, enum mqw_code code, uint32_t size, uint32_t offset, const char *field,
            uint8_t version)
{
    lua_pushnil(L);
    lua_pushlightuserdata(L, &failure_key);
    lua_rawget(L, LUA_REGISTRYINDEX);
    push_number(L, code);
    push_number(L, size);
    push_number(L, offset);
    lua_pushstring(L, field);
    push_number(L, version);
    lua_call(L, 5, 1);
    return 2;
}

bool note_version(void *arg, const struct mqw_field *field)
{
    if (strcmp(field->path, "protocol_version") != 0)
        return true;
    if (field->number >= MQW_VERSION_3_1 && field->number <= MQW_VERSION_5)
        *(uint8_t *)arg = (uint8_t)field->number;
    return false;
}

int decode_failure(lua_State *L, struct mqw_result r, const uint8_t *bytes, size_t len,
                   const struct mqw_options *options)
{
    char name[128]; /* longer than any */
    uint8_t version = options->version;
    name[0] = '\0';
    if (r.code >= MQW_RULE_FIRST)
        mqw_decode_field(bytes, len, options, name, sizeof name);
    if (!version)
        mqw_explain(bytes, len, options, note_version, &version);
    return failure(L, r.code, r.size, r.offset, name, version);
}
