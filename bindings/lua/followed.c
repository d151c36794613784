/* SPDX-License-Identifier: MIT */
/* A connection with its memory, which grows as it is needed; arguments of its methods; tags. */
#include "connection.h"

#include <string.h>

#if LUA_VERSION_NUM < 502
#define lua_getuservalue lua_getfenv
#define lua_setuservalue lua_setfenv
#endif

static const char NAME[] = "mqttwire.connection";

enum { FEW_TAGS = 16 }; /* of which none is looked for that is not needed any more */

/* ---- Arguments -------------------------------------------------------------------------------- */

struct followed *followed_from(lua_State *L)
{
    return (struct followed *)luaL_checkudata(L, 1, NAME);
}

struct call call_from(lua_State *L)
{
    struct call c = {L, followed_from(L), MQW_CLIENT, 0};
    luaL_checkstack(L, STACK, "no room for a packet");
    lua_pushvalue(L, 2);
    c.sender = (enum mqw_sender)sender_from(L);
    lua_pop(L, 1);
    return c;
}

uint64_t time_from(lua_State *L, int at, const struct followed *f)
{
    bool given = !lua_isnil(L, at);
    lua_Number seconds = lua_tonumber(L, at);
    if (given && lua_type(L, at) != LUA_TNUMBER)
        luaL_error(L, "now: expected seconds, not %s", luaL_typename(L, at));
    if (given && !(seconds >= 0 && seconds < 1e15))
        luaL_error(L, "now: expected seconds from 0 on");
    if (f->begun && given != f->timed)
        luaL_error(L, "now: expected in each call of a connection, or in none");
    return given ? (uint64_t)(seconds * 1000 + 0.5) : UNTIMED;
}

void set_time(struct followed *f, uint64_t time)
{
    f->begun = true;
    f->timed = time != UNTIMED;
    if (f->timed && time > f->now)
        f->now = time;
}

void enter(struct call *c)
{
    if (c->f->busy)
        luaL_error(c->L, "this connection is in use, or an error ended its last use");
    c->f->busy = true;
    lua_getuservalue(c->L, 1);
    c->kept = lua_gettop(c->L);
}

void leave(struct call *c)
{
    c->f->busy = false;
}

void push_error(lua_State *L, enum mqw_sender sender)
{
    lua_getuservalue(L, 1);
    lua_rawgeti(L, -1, KEPT_ERROR + (int)sender);
    lua_remove(L, -2);
}

/* ---- Memory ----------------------------------------------------------------------------------- */

struct mqw_bytes keep_topic(void *arg, enum mqw_sender sender, uint16_t alias, struct mqw_bytes old,
                            struct mqw_bytes topic)
{
    struct followed *f = (struct followed *)arg;
    (void)sender, (void)alias, (void)old;
    f->taken = topic.len && topic.len == f->offered.len;
    return f->taken ? f->offered : mqw_view(NULL, 0);
}

void make_room(struct call *c, struct room room)
{
    lua_State *L = c->L;
    struct mqw_storage old = side_of(&c->f->connection, room.sender)->storage, larger = old;
    int top = lua_gettop(L);
    if (room.exchanges == old.exchange_count && room.aliases == old.alias_count)
        return;
    lua_rawgeti(L, c->kept, KEPT_EXCHANGES + (int)room.sender);
    lua_rawgeti(L, c->kept, KEPT_ALIASES + (int)room.sender);
    if (room.exchanges > old.exchange_count) {
        larger.exchanges =
            (struct mqw_exchange *)lua_newuserdata(L, room.exchanges * sizeof *old.exchanges);
        lua_replace(L, top + 1);
    }
    if (room.aliases > old.alias_count) {
        larger.aliases = (struct mqw_alias *)lua_newuserdata(L, room.aliases * sizeof *old.aliases);
        lua_replace(L, top + 2);
    }
    larger.exchange_count = room.exchanges;
    larger.alias_count = room.aliases;
    mqw_connection_move(&c->f->connection, room.sender, &larger);
    lua_rawseti(L, c->kept,
                KEPT_ALIASES + (int)room.sender); /* takes no memory: there is a place */
    lua_rawseti(L, c->kept, KEPT_EXCHANGES + (int)room.sender);
}

/* ---- Tags ------------------------------------------------------------------------------------- */

/* Pushes a tag, or nil, from the table at this place of the stack. */
static void look_up(lua_State *L, int tags, uint64_t number)
{
    push_number(L, number);
    lua_rawget(L, tags);
}

static void put_tag(lua_State *L, int tags, uint64_t number, int at)
{
    push_number(L, number);
    lua_pushvalue(L, at);
    lua_rawset(L, tags);
}

static uint32_t take_tag(lua_State *L, int from, int into, uint64_t number)
{
    bool found;
    look_up(L, from, number);
    found = !lua_isnil(L, -1);
    if (found)
        put_tag(L, into, number, lua_gettop(L));
    lua_pop(L, 1);
    return found;
}

static uint32_t take_tags(lua_State *L, int from, int into, const struct mqw_side *side)
{
    uint32_t i, count = 0;
    for (i = 0; i < side->storage.exchange_count; i++) {
        const struct mqw_exchange *e = &side->storage.exchanges[i];
        if (!e->type || e->epoch != side->epoch)
            continue;
        count += take_tag(L, from, into, e->first);
        if (e->last != e->first)
            count += take_tag(L, from, into, e->last);
    }
    return count;
}

/* Leaves those tags alone that may still be told: the table on top, and in what is kept. */
static void drop_tags(struct call *c)
{
    const struct mqw_connection *connection = &c->f->connection;
    lua_State *L = c->L;
    int from = lua_gettop(L), into = from + 1;
    lua_newtable(L);
    c->f->tags = take_tag(L, from, into, connection->connect_tag) +
                 take_tag(L, from, into, connection->ping_tag) +
                 take_tags(L, from, into, &connection->client) +
                 take_tags(L, from, into, &connection->server);
    c->f->tags_most = 2 * c->f->tags + FEW_TAGS;
    lua_pushvalue(L, into);
    lua_rawseti(L, c->kept, KEPT_TAGS);
    lua_replace(L, from);
}

void set_tag(struct call *c, uint64_t number, int at)
{
    lua_State *L = c->L;
    if (lua_isnil(L, at))
        return;
    lua_rawgeti(L, c->kept, KEPT_TAGS);
    if (c->f->tags >= c->f->tags_most)
        drop_tags(c);
    put_tag(L, lua_gettop(L), number, at);
    c->f->tags++;
    lua_pop(L, 1);
}

void push_tag(struct call *c, uint64_t number)
{
    lua_State *L = c->L;
    lua_rawgeti(L, c->kept, KEPT_TAGS);
    look_up(L, lua_gettop(L), number);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        push_number(L, number);
    }
    lua_remove(L, -2);
}

/* ---- Making one ------------------------------------------------------------------------------- */

struct side_options {
    struct mqw_options options;
    struct limits limits;
};

/* Takes over the value on top, if there is such an option of a side. */
static bool side_option(lua_State *L, const char *name, struct side_options *out)
{
    if (strcmp(name, "exchanges") == 0)
        out->limits.exchanges = number_within(L, 0, MOST, "exchanges: expected 0 to 65535");
    else if (strcmp(name, "aliases") == 0)
        out->limits.aliases = number_within(L, 0, MOST, "aliases: expected 0 to 65535");
    else
        return decoding_option(L, name, &out->options);
    return true;
}

/* What is otherwise for one side, in a table in the table at 1. */
static void side_options(lua_State *L, const char *side, struct side_options *out)
{
    int at = lua_gettop(L) + 1;
    lua_pushstring(L, side);
    lua_rawget(L, 1);
    if (!lua_isnil(L, at) && !lua_istable(L, at))
        luaL_error(L, "%s: expected a table of options, not %s", side, luaL_typename(L, at));
    for (lua_pushnil(L); lua_istable(L, at) && lua_next(L, at); lua_pop(L, 1))
        if (!side_option(L, option_name(L), out))
            luaL_error(L, "%s: there is no option '%s'", side, option_name(L));
    lua_settop(L, at - 1);
}

static bool flag_from(lua_State *L, const char *name)
{
    if (!lua_isboolean(L, -1))
        luaL_error(L, "%s: expected true or false, not %s", name, luaL_typename(L, -1));
    return lua_toboolean(L, -1);
}

struct connection_options {
    struct side_options client, server;
    struct mqw_connection_config config;
    uint8_t version;
};

/* The table of options at 1, which may be nil. */
static void connection_options_from(lua_State *L, struct connection_options *out)
{
    struct side_options both;
    memset(out, 0, sizeof *out);
    memset(&both, 0, sizeof both);
    both.limits.exchanges = both.limits.aliases = MOST;
    if (!lua_isnil(L, 1)) {
        luaL_checktype(L, 1, LUA_TTABLE);
        for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1)) {
            const char *name = option_name(L);
            if (strcmp(name, "version") == 0)
                out->version = version_from(L);
            else if (strcmp(name, "midway") == 0)
                out->config.midway = flag_from(L, name);
            else if (strcmp(name, "one_sided") == 0)
                out->config.one_sided = flag_from(L, name);
            else if (strcmp(name, "enforce_sizes") == 0)
                out->config.enforce_sizes = flag_from(L, name);
            else if (strcmp(name, "client") != 0 && strcmp(name, "server") != 0 &&
                     !side_option(L, name, &both))
                luaL_error(L, "there is no option '%s'", name);
        }
    }
    out->client = out->server = both;
    if (!lua_isnil(L, 1)) {
        side_options(L, "client", &out->client);
        side_options(L, "server", &out->server);
    }
}

static const luaL_Reg METHODS[] = {
    {"feed", connection_feed},         {"packet", connection_packet},
    {"unread", connection_unread},     {"close", connection_close},
    {"position", connection_position}, {"pending", connection_pending},
    {"options", connection_options},   {"next_packet_id", connection_next_packet_id},
    {"quota", connection_quota},       {"hold", connection_hold},
    {"side", connection_side},
};

/* Pushes the metatable.  It is known from when it is complete. */
static void push_metatable(lua_State *L)
{
    size_t i;
    luaL_getmetatable(L, NAME);
    if (!lua_isnil(L, -1))
        return;
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushstring(L, NAME);
    lua_setfield(L, -2, "__name");
    lua_newtable(L);
    for (i = 0; i < sizeof METHODS / sizeof *METHODS; i++) {
        lua_pushcfunction(L, METHODS[i].func);
        lua_setfield(L, -2, METHODS[i].name);
    }
    lua_pushcclosure(L, connection_index, 1);
    lua_setfield(L, -2, "__index");
    lua_pushvalue(L, -1);
    lua_setfield(L, LUA_REGISTRYINDEX, NAME);
}

/* Pushes the table of what is kept, with a place for each: later none has to be made. */
static void push_kept(lua_State *L)
{
    lua_createtable(L, KEPT_TAGS, 0);
    lua_newtable(L);
    lua_rawseti(L, -2, KEPT_TOPICS + MQW_CLIENT);
    lua_newtable(L);
    lua_rawseti(L, -2, KEPT_TOPICS + MQW_SERVER);
    lua_newtable(L);
    lua_rawseti(L, -2, KEPT_TAGS);
}

int core_connection(lua_State *L)
{
    struct connection_options options;
    struct followed *f;
    lua_settop(L, 1);
    connection_options_from(L, &options);
    f = (struct followed *)lua_newuserdata(L, sizeof *f);
    memset(f, 0, sizeof *f);
    f->limits[MQW_CLIENT] = options.client.limits;
    f->limits[MQW_SERVER] = options.server.limits;
    f->tags_most = FEW_TAGS;
    options.config.client_options = options.client.options;
    options.config.server_options = options.server.options;
    options.config.keep = keep_topic;
    options.config.arg = f;
    mqw_connection_init(&f->connection, &options.config);
    mqw_connection_version(&f->connection, (enum mqw_version)options.version);
    push_kept(L);
    lua_setuservalue(L, 2);
    push_metatable(L);
    lua_setmetatable(L, 2);
    return 1;
}
