/* SPDX-License-Identifier: MIT */
/*
 * The private extension under mqttwire.lua: functions of Lua in C, which lua.i registers.
 *
 * Packets cross by value: tables on one side, strings on the other.  Where a packet breaks a rule,
 * functions answer nil and what the `failure` of core_set_failure makes; what the caller should have
 * known is a Lua error.  Options are a table (docs/lua.md), or nil.
 */
#ifndef BINDING_H
#define BINDING_H

#include <lua.h>

/* set_failure(failure): failure(code, size, offset, field, version) answers an error. */
int core_set_failure(lua_State *L);

/* frame(bytes, options): the size of the first packet. */
int core_frame(lua_State *L);

/* decode(bytes, options): the one packet that the bytes are. */
int core_decode(lua_State *L);

/*
 * decode_all(packets, count, bytes, options): appends to a list of count the packets that are all
 * there.  Answers its new count, how many bytes they took, the version from there on (nil: unknown),
 * how many bytes the next packet wants (0: unknown), and the error for a broken rule or nil.
 */
int core_decode_all(lua_State *L);

/* explain(bytes, options): the list of fields, with .size, .version and .error. */
int core_explain(lua_State *L);

/* line(bytes, options): the first packet as a line of text. */
int core_line(lua_State *L);

/* encode(packet, options): the bytes. */
int core_encode(lua_State *L);

/* A packet in the JSON form, and back. */
int core_to_json_form(lua_State *L);
int core_from_json_form(lua_State *L);

/* (topic, options): true. */
int core_topic_name_check(lua_State *L);
int core_topic_filter_check(lua_State *L);

/* topic_match(filter, name, version) */
int core_topic_match(lua_State *L);

/* topic_share(filter): group and filter, or nil. */
int core_topic_share(lua_State *L);

/* connection(options): see connection.h. */
int core_connection(lua_State *L);

#endif
