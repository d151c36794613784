/* SPDX-License-Identifier: MIT */
/*
 * mqw_connection for Lua: the methods of docs/lua.md, as functions of Lua, and what they have in
 * common.
 *
 * A connection is a full userdata.  All of its memory is Lua's, and hangs on that userdata: arrays
 * and bytes are userdata, topics strings, in a table that Lua code does not see.  So nothing has to
 * be finalized, and the library's callback, which must not raise an error, takes no memory: what it
 * is to keep was put there before.
 */
#ifndef CONNECTION_H
#define CONNECTION_H

#include "../room.h"
#include "call.h"

/* Places in the table of what is kept; to all but the last, a sender is added. */
enum kept {
    KEPT_EXCHANGES = 0,
    KEPT_ALIASES = 2,
    KEPT_TOPICS = 4, /* tables, by alias */
    KEPT_BYTES = 6,
    KEPT_ERROR = 8,
    KEPT_TAGS = 11 /* a table, by number */
};

/* The bytes of one side. */
struct direction {
    uint8_t *bytes; /* that wait for the rest of their packet */
    size_t room;    /* there */
    size_t pending; /* how many wait */
    size_t wanted;  /* how many make the packet whole, or are to be there before one asks again */
    uint64_t position;
    bool failed;
};

struct followed {
    struct mqw_connection connection;
    struct limits limits[MQW_SERVER + 1]; /* by sender */
    struct direction directions[MQW_SERVER + 1];
    struct mqw_bytes offered; /* a topic that the library may keep, and whether it did */
    bool taken;
    bool busy;
    bool begun;      /* some time, or none, was given */
    bool timed;      /* times are given */
    uint64_t number; /* packets so far */
    uint64_t held;   /* messages held that have a tag */
    uint64_t now;    /* milliseconds: the clock does not go back */
    uint32_t tags;   /* how many are kept, and from which number on some may have to go */
    uint32_t tags_most;
};

/* A call of a method: of a connection and, most of them, a sender. */
struct call {
    lua_State *L;
    struct followed *f;
    enum mqw_sender sender;
    int kept; /* where on the stack is what is kept, from `enter` on */
};

/* The connection at 1. */
struct followed *followed_from(lua_State *L);

/* The connection at 1 and the sender at 2. */
struct call call_from(lua_State *L);

/* A number of milliseconds, or UNTIMED, for the seconds at this place of the stack, or nil. */
#define UNTIMED UINT64_MAX
uint64_t time_from(lua_State *L, int at, const struct followed *f);

/*
 * Begins to change the connection; from here to `leave` it is busy.  Finalizers run wherever memory is
 * taken, and must not find a connection in the middle of its work.  After an error in between it
 * stays busy: what it knows is no longer what passed.
 */
void enter(struct call *c);
void leave(struct call *c);

void set_time(struct followed *f, uint64_t time);

/* Takes the room that is not there yet. */
void make_room(struct call *c, struct room room);

/* Pushes the error that ended a direction of the connection at 1, or nil. */
void push_error(lua_State *L, enum mqw_sender sender);

/* Keeps the topic that the library was offered. */
mqw_keep keep_topic;

/* Keeps what is at this place of the stack, unless it is nil, as the tag of a number. */
void set_tag(struct call *c, uint64_t number, int at);

/* Pushes what a number is called: a tag, or else the number. */
void push_tag(struct call *c, uint64_t number);

/* Methods: packets. */
int connection_feed(lua_State *L);
int connection_packet(lua_State *L);
int connection_unread(lua_State *L);
int connection_close(lua_State *L);
int connection_position(lua_State *L);
int connection_pending(lua_State *L);

/* Methods: sending, and what is known. */
int connection_options(lua_State *L);
int connection_next_packet_id(lua_State *L);
int connection_quota(lua_State *L);
int connection_hold(lua_State *L);
int connection_side(lua_State *L);
int connection_index(lua_State *L);

#endif
