/* SPDX-License-Identifier: MIT */
/* Methods of a connection that packets go through: what is seen of them. */
#include "connection.h"

#include <string.h>

/* ---- What is seen ----------------------------------------------------------------------------- */

/* A packet on its way into what is seen of it. */
struct passing {
    const uint8_t *bytes; /* NULL: not known */
    size_t len;
    uint32_t size;
    uint8_t version;
    struct mqw_options options;
};

static void push_finding(lua_State *L, const struct mqw_finding *finding, const struct passing *p)
{
    char name[128]; /* longer than any */
    mqw_finding_field(finding, name, sizeof name);
    failure(L, finding->code, p->size, mqw_finding_offset(finding, p->bytes, p->len, &p->options),
            name, p->version);
    lua_remove(L, -2); /* its nil */
}

static void push_findings(lua_State *L, const struct mqw_seen *seen, const struct passing *p)
{
    uint32_t i;
    lua_createtable(L, (int)seen->count, 0);
    for (i = 0; i < seen->count; i++) {
        push_finding(L, &seen->findings[i], p);
        lua_rawseti(L, -2, (int)i + 1);
    }
}

static void set_flag(lua_State *L, const char *name, bool value)
{
    lua_pushboolean(L, value);
    lua_setfield(L, -2, name);
}

/* Replaces the packet on top, or nil, by what is seen of it. */
static void see(struct call *c, const struct mqw_seen *seen, const struct passing *p)
{
    lua_State *L = c->L;
    int packet = lua_gettop(L);
    lua_createtable(L, 0, 13);
    push_number(L, c->f->number);
    lua_setfield(L, -2, "number");
    lua_pushstring(L, c->sender == MQW_CLIENT ? "client" : "server");
    lua_setfield(L, -2, "sender");
    lua_pushvalue(L, packet);
    lua_setfield(L, -2, "packet");
    if (p->size) {
        push_number(L, p->size);
        lua_setfield(L, -2, "size");
    }
    push_findings(L, seen, p);
    lua_setfield(L, -2, "findings");
    if (seen->topic.ptr) {
        push_bytes(L, seen->topic);
        lua_setfield(L, -2, "topic");
    }
    if (seen->answers) {
        push_tag(c, seen->tag);
        lua_setfield(L, -2, "answers");
        push_tag(c, seen->first);
        lua_setfield(L, -2, "begins");
    }
    set_flag(L, "repeats", seen->repeats);
    set_flag(L, "settles", seen->settles);
    set_flag(L, "ignored", seen->ignored);
    set_flag(L, "untracked", seen->untracked);
    set_flag(L, "aliased", seen->aliased);
    lua_replace(L, packet);
}

/* The alias that the packet gives a topic, or 0. */
static int alias_given(const struct mqw_packet *packet)
{
    const struct mqw_publish *publish = &packet->publish;
    if (packet->type != MQW_PUBLISH || !publish->topic.len ||
        !mqw_has(&publish->properties, MQW_PROPERTY_TOPIC_ALIAS))
        return 0;
    return publish->properties.topic_alias;
}

/*
 * Passes the packet with a copy of its topic where the library finds it, should it want to keep it.
 * That was put in its place before, where it takes memory, and what was there goes back after.
 */
static struct mqw_seen note_packet(struct call *c, const struct mqw_packet *packet, uint32_t size)
{
    struct followed *f = c->f;
    lua_State *L = c->L;
    struct mqw_seen seen;
    int top = lua_gettop(L), alias = alias_given(packet);
    f->taken = false;
    if (alias) {
        lua_rawgeti(L, c->kept, KEPT_TOPICS + (int)c->sender);
        lua_rawgeti(L, top + 1, alias);
        push_bytes(L, packet->publish.topic);
        f->offered = mqw_view(lua_tostring(L, -1), packet->publish.topic.len);
        lua_rawseti(L, top + 1, alias);
    }
    seen = mqw_connection_packet(&f->connection, c->sender, packet, size, f->now, ++f->number);
    if (alias && !f->taken)
        lua_rawseti(L, top + 1, alias); /* takes no memory: there is a place */
    lua_settop(L, top);
    return seen;
}

/* Replaces the packet on top by what is seen of it.  Where one without bytes is at fault, it is
 * encoded to tell the place. */
static void pass(struct call *c, const struct mqw_packet *packet, struct passing *p)
{
    lua_State *L = c->L;
    struct mqw_seen seen;
    int top = lua_gettop(L);
    make_room(c, room_for_packet(&c->f->connection, c->f->limits, c->sender, packet));
    seen = note_packet(c, packet, p->size);
    if (seen.count && !p->bytes) {
        p->options = (struct mqw_options){.version = packet->version, .allow = MQW_ALLOW_ALL};
        if (encoded(L, packet, &p->options) == 1)
            p->bytes = (const uint8_t *)lua_tolstring(L, -1, &p->len);
    }
    lua_pushvalue(L, top);
    see(c, &seen, p);
    lua_replace(L, top);
    lua_settop(L, top);
}

/* Pushes what is seen of bytes that cannot be decoded. */
static void pass_unread(struct call *c, struct passing *p)
{
    struct mqw_connection *connection = &c->f->connection;
    struct mqw_result frame = mqw_frame(p->bytes, p->len, NULL);
    struct mqw_seen seen;
    p->options = mqw_connection_options(connection, c->sender);
    p->version = connection->version;
    p->size = frame.code == MQW_OK ? frame.size : 0;
    seen = mqw_connection_unread(connection, c->sender, p->bytes, p->len, c->f->now);
    c->f->number++;
    lua_pushnil(c->L);
    see(c, &seen, p);
}

/* ---- Bytes ------------------------------------------------------------------------------------ */

/* Keeps bytes that wait.  Memory doubles, so that each is copied a few times at most. */
static void keep_bytes(struct call *c, struct direction *d, const uint8_t *bytes, size_t len)
{
    if (len > d->room - d->pending) {
        size_t room = d->pending + len > 2 * d->room ? d->pending + len : 2 * d->room;
        uint8_t *larger = (uint8_t *)lua_newuserdata(c->L, room);
        if (d->pending)
            memcpy(larger, d->bytes, d->pending);
        lua_rawseti(c->L, c->kept, KEPT_BYTES + (int)c->sender);
        d->bytes = larger;
        d->room = room;
    }
    if (len)
        memcpy(d->bytes + d->pending, bytes, len);
    d->pending += len;
}

static void drop_bytes(struct call *c, struct direction *d)
{
    lua_pushnil(c->L);
    lua_rawseti(c->L, c->kept, KEPT_BYTES + (int)c->sender);
    d->bytes = NULL;
    d->room = d->pending = 0;
}

/* Appends to the list on top what is seen of the packets that are all there; answers how many bytes
 * they took.  *r is the result for what follows them. */
static size_t take(struct call *c, const uint8_t *bytes, size_t len, struct mqw_result *r)
{
    lua_State *L = c->L;
    size_t at = 0;
    int count = 0;
    r->code = MQW_MORE;
    r->size = 0;
    while (at < len) {
        struct mqw_packet packet;
        struct passing p = {bytes + at, 0, 0, 0, {0}};
        p.options = mqw_connection_options(&c->f->connection, c->sender);
        *r = mqw_decode(bytes + at, len - at, &p.options, &packet);
        if (r->code != MQW_OK)
            break;
        p.len = p.size = r->size;
        p.version = packet.version;
        push_packet(L, &packet, false);
        pass(c, &packet, &p);
        lua_rawseti(L, -2, ++count);
        at += r->size;
    }
    return at;
}

/* Ends a direction at bytes that cannot be decoded, and keeps the error, with what the connection says
 * of them.  Without a version nothing is read: if the packet that tells it should have come, that is
 * what is wrong. */
static void fail(struct call *c, struct mqw_result r, const uint8_t *bytes, size_t len)
{
    lua_State *L = c->L;
    struct passing p = {bytes, len, 0, 0, {0}};
    int top = lua_gettop(L);
    pass_unread(c, &p);
    lua_getfield(L, top + 1, "findings");
    lua_rawgeti(L, top + 2, 1);
    if (r.code != MQW_MISUSE || lua_isnil(L, -1))
        decode_failure(L, r, bytes, len, &p.options);
    lua_pushvalue(L, top + 2);
    lua_setfield(L, -2, "findings");
    lua_rawseti(L, c->kept, KEPT_ERROR + (int)c->sender);
    lua_settop(L, top);
    c->f->directions[c->sender].failed = true;
}

/* Takes the next bytes of a direction; the list of what is seen is on top. */
static void feed(struct call *c, const uint8_t *bytes, size_t len)
{
    struct direction *d = &c->f->directions[c->sender];
    bool waited = d->pending > 0;
    struct mqw_result r;
    size_t taken;
    if (waited) {
        keep_bytes(c, d, bytes, len);
        if (d->pending < d->wanted)
            return;
        bytes = d->bytes;
        len = d->pending;
    }
    taken = take(c, bytes, len, &r);
    d->position += taken;
    d->wanted = r.code == MQW_MORE ? r.size : 0;
    bytes += taken;
    len -= taken;
    if (r.code != MQW_OK && r.code != MQW_MORE) {
        fail(c, r, bytes, len);
        drop_bytes(c, d);
        d->pending = len;
    } else if (!waited) {
        keep_bytes(c, d, bytes, len);
    } else if (len) {
        memmove(d->bytes, bytes, len);
        d->pending = len;
    } else {
        drop_bytes(c, d);
    }
}

/* The iterator: over a list, from an index on, and then once to an error. */
static int next_seen(lua_State *L)
{
    enum { LIST = lua_upvalueindex(1), INDEX = lua_upvalueindex(2), ERROR = lua_upvalueindex(3) };
    int at = (int)lua_tointeger(L, INDEX) + 1;
    lua_settop(L, 0);
    lua_rawgeti(L, LIST, at);
    if (!lua_isnil(L, 1)) {
        lua_pushnil(L);
        lua_rawseti(L, LIST, at);
        lua_pushinteger(L, at);
        lua_replace(L, INDEX);
        return 1;
    }
    if (lua_isnil(L, ERROR))
        return 1;
    lua_pushboolean(L, false);
    lua_pushvalue(L, ERROR);
    lua_pushnil(L);
    lua_replace(L, ERROR);
    return 2;
}

int connection_feed(lua_State *L)
{
    struct call c = call_from(L);
    struct passing lost = {NULL, 0, 0, 0, {0}};
    const uint8_t *bytes;
    uint64_t time;
    size_t len;
    luaL_checktype(L, 3, LUA_TSTRING);
    bytes = (const uint8_t *)lua_tolstring(L, 3, &len);
    lua_settop(L, 4);
    time = time_from(L, 4, c.f);
    enter(&c);
    set_time(c.f, time);
    lua_newtable(L);
    if (c.f->directions[c.sender].failed) {
        pass_unread(&c, &lost);
        lua_pop(L, 1);
    } else if (len) {
        feed(&c, bytes, len);
    }
    lua_pushinteger(L, 0);
    push_error(L, c.sender);
    lua_pushcclosure(L, next_seen, 3);
    leave(&c);
    return 1;
}

int connection_unread(lua_State *L)
{
    struct call c = call_from(L);
    struct passing p = {NULL, 0, 0, 0, {0}};
    uint64_t time;
    lua_settop(L, 4);
    if (!lua_isnil(L, 3)) {
        luaL_checktype(L, 3, LUA_TSTRING);
        p.bytes = (const uint8_t *)lua_tolstring(L, 3, &p.len);
    }
    time = time_from(L, 4, c.f);
    enter(&c);
    set_time(c.f, time);
    pass_unread(&c, &p);
    leave(&c);
    return 1;
}

int connection_close(lua_State *L)
{
    struct call c = call_from(L);
    const struct direction *d = &c.f->directions[c.sender];
    if (d->failed) {
        lua_pushnil(L);
        push_error(L, c.sender);
        return 2;
    }
    if (d->pending)
        return failure(L, MQW_MORE, (uint32_t)d->wanted, 0, "", c.f->connection.version);
    lua_pushboolean(L, true);
    return 1;
}

int connection_position(lua_State *L)
{
    struct call c = call_from(L);
    push_number(L, c.f->directions[c.sender].position);
    return 1;
}

int connection_pending(lua_State *L)
{
    struct call c = call_from(L);
    push_number(L, c.f->directions[c.sender].pending);
    return 1;
}

/* ---- Packets that are tables ------------------------------------------------------------------ */

static void want_version(lua_State *L, const struct followed *f, uint8_t version)
{
    uint8_t known = f->connection.version;
    if (known && (known == MQW_VERSION_5) != (version == MQW_VERSION_5))
        luaL_error(L, "packet: is of version %d, and the connection of %d", (int)version,
                   (int)known);
}

/* The table of options at 4, which may be nil: puts a tag at 5 and a time at 6, answers the size. */
static uint32_t packet_options(lua_State *L)
{
    uint32_t size = 0;
    lua_settop(L, 4);
    if (!lua_isnil(L, 4))
        luaL_checktype(L, 4, LUA_TTABLE);
    lua_settop(L, 6);
    for (lua_pushnil(L); lua_istable(L, 4) && lua_next(L, 4); lua_pop(L, 1)) {
        const char *name = option_name(L);
        if (strcmp(name, "size") == 0) {
            size = number_within(L, 1, UINT32_MAX, "size: expected 1 to 4294967295 bytes");
        } else if (strcmp(name, "tag") == 0 || strcmp(name, "now") == 0) {
            lua_pushvalue(L, -1);
            lua_replace(L, *name == 't' ? 5 : 6);
        } else {
            luaL_error(L, "there is no option '%s'", name);
        }
    }
    lua_settop(L, 6);
    return size;
}

int connection_packet(lua_State *L)
{
    struct call c = call_from(L);
    struct passing p = {NULL, 0, 0, 0, {0}};
    struct mqw_packet packet;
    uint8_t usual = c.f->connection.version ? c.f->connection.version : MQW_VERSION_5;
    uint64_t time;
    int failed;
    luaL_checktype(L, 3, LUA_TTABLE);
    p.size = packet_options(L);
    time = time_from(L, 6, c.f);
    failed = packet_from(L, 3, false, 0, usual, &packet);
    if (failed)
        return failed;
    want_version(L, c.f, packet.version);
    p.version = packet.version;
    p.options = mqw_connection_options(&c.f->connection, c.sender);
    p.options.version = packet.version;
    if (!p.size) {
        if (encoded(L, &packet, &p.options) != 1)
            return 2;
        p.bytes = (const uint8_t *)lua_tolstring(L, -1, &p.len);
        p.size = (uint32_t)p.len;
    }
    enter(&c);
    set_time(c.f, time);
    lua_pushvalue(L, 3);
    pass(&c, &packet, &p);
    set_tag(&c, c.f->number, 5);
    leave(&c);
    return 1;
}
