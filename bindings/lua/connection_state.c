/* SPDX-License-Identifier: MIT */
/* Methods of a connection for what is known of it, and what one may send. */
#include "connection.h"

#include <string.h>

/* Numbers from here on are those of messages that are held: every Lua tells them apart. */
static const uint64_t HELD = UINT64_C(1) << 52;

static void set_number(lua_State *L, const char *name, uint32_t number)
{
    push_number(L, number);
    lua_setfield(L, -2, name);
}

int connection_options(lua_State *L)
{
    struct call c = call_from(L);
    struct mqw_options options = mqw_connection_options(&c.f->connection, c.sender);
    lua_newtable(L);
    if (options.version)
        set_number(L, "version", options.version);
    lua_pushvalue(L, 2);
    lua_setfield(L, -2, "sender");
    set_number(L, "allow", options.allow);
    set_number(L, "refuse", options.refuse);
    if (options.max_size)
        set_number(L, "max_size", options.max_size);
    return 1;
}

int connection_side(lua_State *L)
{
    struct call c = call_from(L);
    struct mqw_side side = *side_of(&c.f->connection, c.sender);
    lua_newtable(L);
    set_number(L, "receive_maximum", side.receive_maximum);
    set_number(L, "topic_alias_maximum", side.topic_alias_maximum);
    if (side.maximum_packet_size)
        set_number(L, "maximum_packet_size", side.maximum_packet_size);
    set_number(L, "in_flight", side.in_flight);
    set_number(L, "stored", side.stored);
    set_number(L, "untracked", side.untracked);
    return 1;
}

int connection_quota(lua_State *L)
{
    struct call c = call_from(L);
    push_number(L, mqw_connection_quota(&c.f->connection, c.sender));
    return 1;
}

int connection_next_packet_id(lua_State *L)
{
    struct call c = call_from(L);
    uint16_t id;
    enter(&c);
    make_room(&c, room_with(&c.f->connection, c.f->limits, c.sender, 1, 0));
    id = mqw_connection_next_id(&c.f->connection, c.sender);
    leave(&c);
    if (id)
        push_number(L, id);
    else
        lua_pushnil(L);
    return 1;
}

int connection_hold(lua_State *L)
{
    struct call c = call_from(L);
    uint64_t number;
    uint16_t id;
    bool held;
    lua_settop(L, 4);
    lua_pushvalue(L, 3);
    id = (uint16_t)number_within(L, 1, MOST, "packet_id: expected 1 to 65535");
    enter(&c);
    make_room(&c, room_with(&c.f->connection, c.f->limits, c.sender, 1, 0));
    number = lua_isnil(L, 4) ? 0 : HELD + ++c.f->held;
    held = mqw_connection_hold(&c.f->connection, c.sender, id, number);
    if (held)
        set_tag(&c, number, 4);
    leave(&c);
    lua_pushboolean(L, held);
    return 1;
}

/* connection.name: a method, or what is known. */
int connection_index(lua_State *L)
{
    const struct followed *f = followed_from(L);
    const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
    uint64_t deadline;
    lua_settop(L, 2);
    lua_pushvalue(L, 2);
    lua_rawget(L, lua_upvalueindex(1));
    if (!lua_isnil(L, -1))
        return 1;
    deadline = mqw_connection_deadline(&f->connection);
    if (strcmp(name, "version") == 0 && f->connection.version)
        push_number(L, f->connection.version);
    else if (strcmp(name, "keep_alive") == 0)
        push_number(L, f->connection.keep_alive);
    else if (strcmp(name, "deadline") == 0 && f->timed && deadline != UINT64_MAX)
        lua_pushnumber(L, (lua_Number)deadline / 1000);
    return 1;
}
