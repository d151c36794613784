/* SPDX-License-Identifier: MIT */
/*
 * Memory of Lua that runs out at every place where it can, in turn: what comes of it is a Lua error,
 * and nothing is lost.  Sanitizers see what is used though it is gone.
 */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>

extern int luaopen_mqttwire_core(lua_State *L);

/* Several of all that takes memory: arrays of what is asked, tables, strings, errors, lines; of a
 * connection its arrays that grow, topics, tags, bytes that wait. */
static const char program[] =
    "local mqttwire = require 'mqttwire'\n"
    "local filters, pairs_of = {}, {}\n"
    "for i = 1, 40 do filters[i] = {topic_filter = 'filter/' .. i} pairs_of[i] = {'k' .. i, 'v'} "
    "end\n"
    "local packet = {type = 'SUBSCRIBE', packet_id = 1, subscriptions = filters,\n"
    "    properties = {user_properties = pairs_of, subscription_identifiers = {7}}}\n"
    "local publish = {type = 'PUBLISH', topic = '\\255', payload = ('x'):rep(2000)}\n"
    "local wide = {type = 'PUBACK', packet_id = 65536}\n"
    "local wire = mqttwire.encode(packet)\n"
    "return function()\n"
    "    assert(mqttwire.encode(packet) == wire)\n"
    "    assert(#mqttwire.decode(wire, {version = 5}).subscriptions == 40)\n"
    "    local form = mqttwire.to_json_form(publish)\n"
    "    assert(mqttwire.from_json_form(form).payload == publish.payload)\n"
    "    assert(mqttwire.encode(wide) == nil)\n"
    "    assert(#mqttwire.explain(wire, {version = 5}) > 100)\n"
    "    assert(#mqttwire.line(wire, {version = 5}) > 500)\n"
    "    local decoder, seen = mqttwire.decoder({version = 5}), 0\n"
    "    for at = 1, #wire, 100 do\n"
    "        for each in decoder:feed(wire:sub(at, at + 99)) do seen = seen + 1 end\n"
    "    end\n"
    "    assert(seen == 1 and decoder:close())\n"
    "    local connection = mqttwire.connection {version = 5, midway = true}\n"
    "    for id = 1, 40 do\n"
    "        connection:packet('client', {type = 'PUBLISH', topic = 'topic/' .. id, qos = 1,\n"
    "            packet_id = connection:next_packet_id('client'),\n"
    "            properties = {topic_alias = id}}, {tag = {id}})\n"
    "    end\n"
    "    local again = mqttwire.encode {type = 'PUBLISH', topic = '', qos = 1, packet_id = 1,\n"
    "        properties = {topic_alias = 40}}\n"
    "    local answer = mqttwire.encode {type = 'PUBACK', packet_id = 40}\n"
    "    for at = 1, #again, 4 do\n"
    "        for each in connection:feed('client', again:sub(at, at + 3)) do\n"
    "            assert(each.topic == 'topic/40')\n"
    "            assert(each.findings[1].rule == 'packet_id_in_use')\n"
    "        end\n"
    "    end\n"
    "    for each in connection:feed('server', answer) do assert(each.answers[1] == 40) end\n"
    "    local good, err = connection:feed('server', '\\0\\0')()\n"
    "    assert(good == false and err.findings and not connection:close('server'))\n"
    "    assert(connection:hold('client', 50, {}) and connection:next_packet_id('client'))\n"
    "end\n";

static long left = -1; /* how often memory is given before there is no more; negative: always */
static size_t in_use;

static void *allocate(void *unused, void *block, size_t old, size_t size)
{
    void *made;
    (void)unused;
    old = block ? old : 0;
    if (size == 0) {
        free(block);
        in_use -= old;
        return NULL;
    }
    if (size > old && left == 0)
        return NULL;
    if (size > old && left > 0)
        left--;
    made = realloc(block, size);
    if (made)
        in_use += size - old;
    return made;
}

static int failed(lua_State *L, const char *what)
{
    printf("%s: %s\n", what, lua_tostring(L, -1));
    return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    lua_State *L = lua_newstate(allocate, NULL);
    long enough;
    int status;
    if (!L || argc != 2)
        return EXIT_FAILURE;
    luaL_openlibs(L);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, luaopen_mqttwire_core);
    lua_setfield(L, -2, "mqttwire_core");
    lua_getglobal(L, "package");
    lua_pushstring(L, argv[1]);
    lua_setfield(L, -2, "path");
    if (luaL_dostring(L, program))
        return failed(L, "program");
    for (enough = 0;; enough++) {
        lua_pushvalue(L, -1);
        lua_gc(L, LUA_GCCOLLECT);
        left = enough;
        status = lua_pcall(L, 0, 0, 0);
        left = -1;
        if (status == LUA_OK)
            break;
        if (status != LUA_ERRMEM)
            return failed(L, "another error than that of memory");
        lua_pop(L, 1);
    }
    lua_close(L);
    printf("%ld places where there is no memory left; %zu bytes are lost\n", enough, in_use);
    return enough > 600 && in_use == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
