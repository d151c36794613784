/* SPDX-License-Identifier: MIT */
/* Topic names and filters on their own: section 4.7, and 4.8.2 of 5.0. */
#define MQW_COMPACT
#include "text.h"

static struct mqw_result topic_result(enum mqw_code code, uint32_t offset)
{
    struct mqw_result r = {code, 0, offset, 0};
    return r;
}

/* Does an option let this rule through? */
static bool let_through(enum mqw_code rule, const struct mqw_options *o)
{
    return mqw__let_through(rule, o->allow, o->refuse);
}

/* What every topic text has to be; wildcard is the rule that + and # break, or MQW_OK. */
static struct mqw_result check_topic(struct mqw_bytes topic, const struct mqw_options *o,
                                     enum mqw_code empty, enum mqw_code wildcard)
{
    const struct {
        enum text_fault fault;
        enum mqw_code rule;
    } rules[] = {
        {TEXT_BAD_UTF8, MQW_RULE_TOPIC_UTF8},
        {TEXT_NUL, MQW_RULE_TOPIC_NUL},
        {TEXT_WILDCARD, wildcard},
        {TEXT_CONTROL, MQW_RULE_TEXT_CONTROL},
        {TEXT_NONCHARACTER, MQW_RULE_TEXT_NONCHARACTER},
    };
    uint32_t where;
    size_t i;
    if (!options_good(o))
        return topic_result(MQW_MISUSE, 0);
    if (topic.len > MQW_TEXT_MAX)
        return topic_result(MQW_RULE_TOPIC_TOO_LONG, MQW_TEXT_MAX);
    if (!topic.len && !let_through(empty, o))
        return topic_result(empty, 0);
    for (i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (rules[i].rule != MQW_OK && !let_through(rules[i].rule, o) &&
            mqw__text_scan(topic.ptr, topic.len, rules[i].fault, &where))
            return topic_result(rules[i].rule, where);
    return topic_result(MQW_OK, 0);
}

struct mqw_result mqw_topic_name_check(struct mqw_bytes name, const struct mqw_options *options)
{
    return check_topic(name, options ? options : &mqw__no_options, MQW_RULE_TOPIC_EMPTY,
                       MQW_RULE_TOPIC_WILDCARD);
}

struct mqw_result mqw_topic_filter_check(struct mqw_bytes filter, const struct mqw_options *options)
{
    const struct mqw_options *o = options ? options : &mqw__no_options;
    struct mqw_result r = check_topic(filter, o, MQW_RULE_FILTER_EMPTY, MQW_OK);
    uint8_t version = o->version ? o->version : (uint8_t)MQW_VERSION_5;
    if (r.code == MQW_OK && filter.len) {
        r.code = mqw__filter_scan(filter.ptr, filter.len, version, &r.offset);
        if (r.code == MQW_OK || let_through(r.code, o))
            r = topic_result(MQW_OK, 0);
    }
    return r;
}

bool mqw_topic_share(struct mqw_bytes filter, struct mqw_bytes *group, struct mqw_bytes *rest)
{
    const uint8_t *name, *slash;
    size_t len;
    if (!starts_with_share(filter.ptr, filter.len))
        return false;
    name = filter.ptr + SHARE_PREFIX;
    slash = (const uint8_t *)memchr(name, '/', filter.len - SHARE_PREFIX);
    if (!slash || slash == name || slash + 1 == filter.ptr + filter.len)
        return false;
    len = (size_t)(slash - name);
    if (memchr(name, '+', len) || memchr(name, '#', len))
        return false; /* MQTT-4.8.2-2 */
    *group = mqw_view(name, len);
    *rest = mqw_view(slash + 1, filter.len - (size_t)(slash + 1 - filter.ptr));
    return true;
}

bool mqw_topic_match(struct mqw_bytes filter, struct mqw_bytes name, uint8_t version)
{
    struct mqw_bytes group;
    const uint8_t *f, *n, *f_end, *n_end;
    if ((!version || version >= MQW_VERSION_5) && mqw_topic_share(filter, &group, &filter))
        (void)group;
    if (!filter.len || !name.len)
        return false;
    f = filter.ptr, f_end = f + filter.len;
    n = name.ptr, n_end = n + name.len;
    if (*n == '$' && (*f == '+' || *f == '#'))
        return false; /* MQTT-4.7.2-1 */
    for (;;) {
        if (*f == '#')
            return true;
        if (*f == '+') {
            while (n < n_end && *n != '/')
                n++;
            f++;
        } else {
            while (f < f_end && n < n_end && *f == *n && *f != '/')
                f++, n++;
        }
        /* Both are at the end of a level now, or differ. */
        if (n == n_end)
            return f == f_end || (f_end - f == 2 && f[0] == '/' && f[1] == '#');
        if (f == f_end || *f != '/' || *n != '/')
            return false;
        f++, n++;
        if (f == f_end)
            return n == n_end;
    }
}
