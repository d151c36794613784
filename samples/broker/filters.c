/* SPDX-License-Identifier: MIT */
/* Sets of topics: section 4.7 of the specifications. */
#include "filters.h"

#include <string.h>

/* What is left of a filter, a level at a time. */
struct rest {
    const uint8_t *level, *end;
    size_t len; /* of the level */
    bool over;  /* there are no more levels */
};

static void measure(struct rest *rest)
{
    const uint8_t *slash = memchr(rest->level, '/', (size_t)(rest->end - rest->level));
    rest->len = (size_t)((slash ? slash : rest->end) - rest->level);
}

static struct rest begin(struct mqw_bytes filter)
{
    struct rest rest = {filter.ptr, filter.ptr + filter.len, 0, false};
    measure(&rest);
    return rest;
}

static void next(struct rest *rest)
{
    rest->level += rest->len;
    rest->over = rest->level == rest->end;
    if (rest->over)
        return;
    rest->level++;
    measure(rest);
}

static bool is(const struct rest *rest, char wildcard)
{
    return !rest->over && rest->len == 1 && *rest->level == wildcard;
}

static bool same(const struct rest *a, const struct rest *b)
{
    return a->len == b->len && memcmp(a->level, b->level, a->len) == 0;
}

/* [MQTT-4.7.2-1]: a wildcard at the beginning matches no topic that begins with $. */
static bool kept_apart(struct mqw_bytes a, struct mqw_bytes b)
{
    return b.ptr[0] == '$' && (a.ptr[0] == '+' || a.ptr[0] == '#');
}

/* "+/#" is "#" in other words, since each topic has a first level. */
static struct mqw_bytes plain(struct mqw_bytes filter)
{
    if (filter.len == 3 && memcmp(filter.ptr, "+/#", 3) == 0)
        return (struct mqw_bytes){filter.ptr + 2, 1};
    return filter;
}

bool filter_covers(struct mqw_bytes wide, struct mqw_bytes narrow)
{
    struct rest a, b;

    if (!wide.len || !narrow.len || kept_apart(wide, narrow))
        return false;
    for (a = begin(plain(wide)), b = begin(narrow);; next(&a), next(&b)) {
        if (is(&a, '#'))
            return true; /* of what comes, and of the level above it [MQTT-4.7.1-2] */
        if (a.over || b.over)
            return a.over && b.over;
        if (is(&b, '#') || (!is(&a, '+') && !same(&a, &b)))
            return false;
    }
}

struct mqw_bytes filter_common(struct mqw_bytes a_filter, struct mqw_bytes b_filter, uint8_t *out)
{
    static const struct mqw_bytes nothing = {0};
    struct rest a, b;
    uint32_t len = 0;

    if (!a_filter.len || !b_filter.len || kept_apart(a_filter, b_filter) ||
        kept_apart(b_filter, a_filter))
        return nothing;
    for (a = begin(a_filter), b = begin(b_filter);; next(&a), next(&b)) {
        /* # goes on as the other one does, which may be over. */
        bool a_all = is(&a, '#'), b_all = is(&b, '#');
        const struct rest *narrow = a_all || (!b_all && is(&a, '+')) ? &b : &a;
        size_t add = a_all || b_all ? (size_t)(narrow->end - narrow->level) : narrow->len;

        if ((a.over || a_all) && (b.over || b_all) && (a.over || b.over))
            return (struct mqw_bytes){out, len};
        if (a.over || b.over || (!a_all && !b_all && !is(&a, '+') && !is(&b, '+') && !same(&a, &b)))
            return nothing;
        if (len + add + (a.level > a_filter.ptr) > MQW_TEXT_MAX)
            return nothing; /* no topic is as long */
        if (a.level > a_filter.ptr)
            out[len++] = '/';
        memcpy(out + len, narrow->level, add);
        len += (uint32_t)add;
        if (a_all || b_all)
            return (struct mqw_bytes){out, len};
    }
}
