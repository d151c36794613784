/* SPDX-License-Identifier: MIT */
/* What mqttwire.i wraps for Lua alone: numbers as integers, and functions that are Lua's already. */
%{
#include "binding.h"
%}

/* SWIG 4.1 makes floats of them, of which Lua 5.3 and newer print 5.0. */
%typemap(out) int "lua_pushinteger(L, (lua_Integer)$1); SWIG_arg++;"

%native(set_failure) int core_set_failure(lua_State *L);
%native(frame) int core_frame(lua_State *L);
%native(decode) int core_decode(lua_State *L);
%native(decode_all) int core_decode_all(lua_State *L);
%native(explain) int core_explain(lua_State *L);
%native(line) int core_line(lua_State *L);
%native(encode) int core_encode(lua_State *L);
%native(to_json_form) int core_to_json_form(lua_State *L);
%native(from_json_form) int core_from_json_form(lua_State *L);
%native(topic_name_check) int core_topic_name_check(lua_State *L);
%native(topic_filter_check) int core_topic_filter_check(lua_State *L);
%native(topic_match) int core_topic_match(lua_State *L);
%native(topic_share) int core_topic_share(lua_State *L);
%native(connection) int core_connection(lua_State *L);
