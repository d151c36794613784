/* SPDX-License-Identifier: MIT */
/* The functions of binding.h for topics. */
#include "call.h"

typedef struct mqw_result topic_check(struct mqw_bytes topic, const struct mqw_options *options);

static int check_topic(lua_State *L, topic_check *check)
{
    struct mqw_options options;
    struct mqw_bytes topic = text_argument(L, 1);
    struct mqw_result r;
    options_from(L, 2, &options);
    r = check(topic, &options);
    if (r.code != MQW_OK)
        return failure(L, r.code, 0, r.offset, "", options.version);
    lua_pushboolean(L, true);
    return 1;
}

int core_topic_name_check(lua_State *L)
{
    return check_topic(L, mqw_topic_name_check);
}

int core_topic_filter_check(lua_State *L)
{
    return check_topic(L, mqw_topic_filter_check);
}

int core_topic_match(lua_State *L)
{
    struct mqw_bytes filter = text_argument(L, 1), name = text_argument(L, 2);
    uint8_t version = MQW_VERSION_5;
    lua_settop(L, 3);
    if (!lua_isnil(L, 3))
        version = version_from(L);
    lua_pushboolean(L, mqw_topic_match(filter, name, version));
    return 1;
}

int core_topic_share(lua_State *L)
{
    struct mqw_bytes group, rest;
    if (!mqw_topic_share(text_argument(L, 1), &group, &rest)) {
        lua_pushnil(L);
        return 1;
    }
    push_bytes(L, group);
    push_bytes(L, rest);
    return 2;
}
