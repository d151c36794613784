/* SPDX-License-Identifier: MIT */
/* The functions of binding.h that packets go through; they cross in ask.h and give.h. */
#include "call.h"

#define WALK static
#include "ask.h"
#include "give.h"

#define CURSOR struct asker
#define SIDE
#define DO(name) ask_##name
#include "walks.h"
#undef CURSOR
#undef SIDE
#undef DO

#define CURSOR   struct giver
#define SIDE     const
#define DO(name) give_##name
#include "walks.h"

/* ---- Packets to tables ------------------------------------------------------------------------ */

void push_packet(lua_State *L, const struct mqw_packet *packet, bool json)
{
    struct giver c = {L, 0, 0, NULL, 0, packet->version, json};
    lua_newtable(L);
    c.packet = c.into = lua_gettop(L);
    lua_pushstring(L, mqw_type_name(packet->type));
    give(&c, "type");
    give_number(&c, "version", packet->version);
    give_packet(&c, packet);
    lua_settop(L, c.packet);
}

int core_frame(lua_State *L)
{
    struct input in;
    struct mqw_result r;
    input_from(L, 1, &in);
    r = mqw_frame(in.bytes, in.len, &in.options);
    if (r.code != MQW_OK)
        return decode_failure(L, r, in.bytes, in.len, &in.options);
    push_number(L, r.size);
    return 1;
}

int core_decode(lua_State *L)
{
    struct input in;
    struct mqw_packet packet;
    struct mqw_result r;
    input_from(L, 1, &in);
    r = mqw_decode(in.bytes, in.len, &in.options, &packet);
    if (r.code != MQW_OK)
        return decode_failure(L, r, in.bytes, in.len, &in.options);
    if (r.size < in.len)
        return failure(L, MQW_RULE_TRAILING_BYTES, r.size, r.size, "", packet.version);
    push_packet(L, &packet, false);
    return 1;
}

int core_decode_all(lua_State *L)
{
    int count = (int)luaL_checkinteger(L, 2);
    struct input in;
    struct mqw_packet packet;
    struct mqw_result r = {MQW_OK, 0, 0, 0};
    size_t at = 0;
    luaL_checktype(L, 1, LUA_TTABLE);
    input_from(L, 3, &in);
    while (at < in.len) {
        r = mqw_decode(in.bytes + at, in.len - at, &in.options, &packet);
        if (r.code != MQW_OK)
            break;
        push_packet(L, &packet, false);
        lua_rawseti(L, 1, ++count);
        at += r.size;
        if (!in.options.version)
            in.options.version = packet.version;
    }
    push_number(L, (uint64_t)count);
    push_number(L, at);
    if (in.options.version)
        push_number(L, in.options.version);
    else
        lua_pushnil(L);
    push_number(L, r.code == MQW_MORE ? r.size : 0);
    if (r.code != MQW_OK && r.code != MQW_MORE) {
        decode_failure(L, r, in.bytes + at, in.len - at, &in.options);
        lua_remove(L, -2); /* its nil */
    } else {
        lua_pushnil(L);
    }
    return 5;
}

/* ---- Tables to packets ------------------------------------------------------------------------ */

/* The type that the table names. */
static uint8_t type_of(lua_State *L, int table)
{
    unsigned type = 1;
    if (!push_field(L, table, "type"))
        luaL_error(L, "type: missing");
    if (lua_type(L, -1) != LUA_TSTRING)
        luaL_error(L, "type: expected a string, not %s", luaL_typename(L, -1));
    while (type < MQW_TYPES && strcmp(lua_tostring(L, -1), mqw_type_name((uint8_t)type)) != 0)
        type++;
    if (type == MQW_TYPES)
        luaL_error(L, "type: there is no packet type '%s'", lua_tostring(L, -1));
    lua_pop(L, 1);
    return (uint8_t)type;
}

/* The version that the table tells, or the usual one. */
static uint8_t version_of(lua_State *L, int table, uint8_t usual)
{
    uint8_t version = usual;
    if (!push_field(L, table, "version"))
        return version;
    version = version_from(L);
    lua_pop(L, 1);
    return version;
}

struct sought {
    const char *path;
    uint32_t at;
};

static bool look_for(void *arg, const struct mqw_field *field)
{
    struct sought *sought = (struct sought *)arg;
    sought->at = field->start;
    return strcmp(sought->path, field->path) != 0;
}

/* Where a field is in the packet, once that is encoded. */
static uint32_t offset_of(lua_State *L, const struct mqw_packet *packet, const char *path)
{
    struct mqw_options options = {.version = packet->version, .allow = MQW_ALLOW_ALL};
    struct mqw_result r = mqw_encode(packet, &options, NULL, 0);
    struct sought sought = {path, r.offset};
    uint8_t *bytes;
    if (r.code != MQW_OK)
        return r.offset; /* its bits do not even hold what stands for it */
    bytes = (uint8_t *)lua_newuserdata(L, r.size);
    mqw_encode(packet, &options, bytes, r.size);
    mqw_explain(bytes, r.size, &options, look_for, &sought);
    return sought.at;
}

int packet_from(lua_State *L, int at, bool json, uint8_t version, uint8_t usual,
                struct mqw_packet *packet)
{
    struct asker c;
    memset(packet, 0, sizeof *packet);
    memset(&c, 0, sizeof c);
    luaL_checktype(L, at, LUA_TTABLE);
    luaL_checkstack(L, STACK, "no room for a packet");
    packet->type = type_of(L, at);
    packet->version = version_of(L, at, usual);
    if (version)
        packet->version = version;
    lua_newtable(L);
    c.L = L;
    c.keep = lua_gettop(L);
    c.version = packet->version;
    c.json = json;
    c.level = &c.packet;
    c.packet.from = at;
    note_asked(&c.packet, "type");
    note_asked(&c.packet, "version");
    ask_packet(&c, packet);
    refuse_unknown(&c, &c.packet, mqw_type_name(packet->type));
    refuse_unknown(&c, &c.group, c.grouped);
    if (!*c.too_wide)
        return 0;
    return failure(L, MQW_RULE_VALUE_TOO_WIDE, 0, offset_of(L, packet, c.too_wide), c.too_wide,
                   packet->version);
}

int encoded(lua_State *L, const struct mqw_packet *packet, const struct mqw_options *options)
{
    struct mqw_result r;
    uint8_t room[512]; /* most packets fit: they are not measured before */
    uint8_t *out = room;
    size_t size = sizeof room;
    char field[128];
    r = mqw_encode(packet, options, out, size);
    if (r.code == MQW_SPACE) {
        size = r.size;
        out = (uint8_t *)lua_newuserdata(L, size);
        r = mqw_encode(packet, options, out, size);
    }
    if (r.code == MQW_OK) {
        lua_pushlstring(L, (const char *)out, r.size);
        return 1;
    }
    mqw_encode_field(packet, options, out, size, field, sizeof field);
    return failure(L, r.code, r.size, r.offset, field, packet->version);
}

int core_encode(lua_State *L)
{
    struct mqw_options options;
    struct mqw_packet packet;
    int failed;
    options_from(L, 2, &options);
    failed = packet_from(L, 1, false, options.version, MQW_VERSION_5, &packet);
    if (failed)
        return failed;
    options.version = packet.version;
    return encoded(L, &packet, &options);
}

/* A packet from one form as a table in the other. */
static int convert(lua_State *L, bool from_json)
{
    struct mqw_packet packet;
    int failed = packet_from(L, 1, from_json, 0, MQW_VERSION_5, &packet);
    if (failed)
        return failed;
    push_packet(L, &packet, !from_json);
    return 1;
}

int core_to_json_form(lua_State *L)
{
    return convert(L, false);
}

int core_from_json_form(lua_State *L)
{
    return convert(L, true);
}

/* ---- Explaining ------------------------------------------------------------------------------- */

struct explanation {
    lua_State *L; /* the list is on top */
    int count;
    uint8_t version;
};

static void push_value(lua_State *L, const struct mqw_field *field)
{
    switch (field->kind) {
    case MQW_KIND_TEXT:
    case MQW_KIND_BINARY:
    case MQW_KIND_UNREAD:
        push_bytes(L, field->bytes);
        break;
    default:
        push_number(L, field->number);
        break;
    }
}

static bool add_field(void *arg, const struct mqw_field *field)
{
    struct explanation *e = (struct explanation *)arg;
    lua_State *L = e->L;
    note_version(&e->version, field);
    lua_createtable(L, 0, 8);
    lua_pushstring(L, field->path);
    lua_setfield(L, -2, "path");
    push_value(L, field);
    lua_setfield(L, -2, "value");
    push_number(L, field->start);
    lua_setfield(L, -2, "start");
    push_number(L, field->end);
    lua_setfield(L, -2, "stop");
    push_number(L, field->kind);
    lua_setfield(L, -2, "kind");
    if (field->note) {
        lua_pushstring(L, field->note);
        lua_setfield(L, -2, "note");
    }
    if (field->kind == MQW_KIND_BITS) {
        push_number(L, field->bit);
        lua_setfield(L, -2, "bit");
        push_number(L, field->width);
        lua_setfield(L, -2, "width");
    }
    add_item(L, &e->count);
    return true;
}

int core_explain(lua_State *L)
{
    struct input in;
    struct explanation e = {L, 0, 0};
    struct mqw_result r;
    input_from(L, 1, &in);
    lua_newtable(L);
    e.version = in.options.version;
    r = mqw_explain(in.bytes, in.len, &in.options, add_field, &e);
    if (r.code == MQW_MISUSE)
        return decode_failure(L, r, in.bytes, in.len, &in.options);
    if (r.size) {
        push_number(L, r.size);
        lua_setfield(L, -2, "size");
    }
    if (e.version) {
        push_number(L, e.version);
        lua_setfield(L, -2, "version");
    }
    if (r.code != MQW_OK) {
        decode_failure(L, r, in.bytes, in.len, &in.options);
        lua_setfield(L, -3, "error");
        lua_pop(L, 1); /* its nil */
    }
    return 1;
}

int core_line(lua_State *L)
{
    struct input in;
    char room[512];
    char *line = room;
    size_t len;
    input_from(L, 1, &in);
    len = mqw_line(in.bytes, in.len, &in.options, room, sizeof room);
    if (len >= sizeof room) {
        line = (char *)lua_newuserdata(L, len + 1);
        mqw_line(in.bytes, in.len, &in.options, line, len + 1);
    }
    lua_pushlstring(L, line, len);
    return 1;
}
