/* SPDX-License-Identifier: MIT */
/* Topic names, filters and matching, level by level: section 4.7, and 4.8.2 of 5.0. */
#include "reference.h"
#include <string.h>

static const char share[] = "$share/";
enum { SHARE_LEN = sizeof share - 1 };

unsigned reference_topic_name(const uint8_t *text, size_t len)
{
    unsigned found = 0;
    if (len == 0)
        found |= TOPIC_EMPTY;
    for (size_t i = 0; i < len; i++)
        if (text[i] == '+' || text[i] == '#')
            found |= TOPIC_WILDCARD;
    return found;
}

bool reference_shared(const uint8_t *text, size_t len)
{
    return len >= SHARE_LEN && memcmp(text, share, SHARE_LEN) == 0;
}

/* The rules of + and #: MQTT-4.7.1-2 and -3 in 3.1.1, MQTT-4.7.1-1 and -2 in 5.0. */
static unsigned wildcards(const uint8_t *text, size_t len)
{
    unsigned found = 0;
    for (size_t i = 0; i < len; i++) {
        bool first = i == 0 || text[i - 1] == '/';
        bool last = i + 1 == len || text[i + 1] == '/';
        if (text[i] == '#' && !(first && i + 1 == len))
            found |= FILTER_HASH;
        if (text[i] == '+' && !(first && last))
            found |= FILTER_PLUS;
    }
    return found;
}

/* Behind "$share/": ShareName/filter. MQTT-4.8.2-1 and -2. */
static unsigned shared(const uint8_t *text, size_t len)
{
    unsigned found = 0;
    size_t name = 0;
    while (name < len && text[name] != '/') {
        if (text[name] == '+' || text[name] == '#')
            found |= SHARE_NAME_WILDCARD;
        name++;
    }
    if (name == 0)
        found |= SHARE_NAME_EMPTY;
    if (name == len || name + 1 == len)
        return found | SHARE_FILTER_MISSING;
    return found | wildcards(text + name + 1, len - name - 1);
}

unsigned reference_topic_filter(const uint8_t *text, size_t len, bool version_5)
{
    if (len == 0)
        return TOPIC_EMPTY;
    if (version_5 && reference_shared(text, len))
        return shared(text + SHARE_LEN, len - SHARE_LEN);
    return wildcards(text, len);
}

bool reference_share(const uint8_t *text, size_t len, size_t *group_len, size_t *rest_at)
{
    if (!reference_shared(text, len) || reference_topic_filter(text, len, true) != 0)
        return false;
    *group_len = 0;
    while (text[SHARE_LEN + *group_len] != '/')
        ++*group_len;
    *rest_at = SHARE_LEN + *group_len + 1;
    return true;
}

/* The length of the first level of a text. */
static size_t level(const uint8_t *text, size_t len)
{
    size_t end = 0;
    while (end < len && text[end] != '/')
        end++;
    return end;
}

/* Both at the beginning of a level. */
static bool levels(const uint8_t *filter, size_t filter_len, const uint8_t *name, size_t name_len)
{
    size_t f = level(filter, filter_len), n = level(name, name_len);
    if (f == 1 && filter[0] == '#')
        return true;
    if (!(f == 1 && filter[0] == '+') && !(f == n && memcmp(filter, name, f) == 0))
        return false;
    if (f == filter_len && n == name_len) /* both end here */
        return true;
    if (n == name_len) /* "sport/#" gets "sport" too: # stands for the parent level as well */
        return filter_len == f + 2 && filter[f + 1] == '#';
    if (f == filter_len)
        return false;
    return levels(filter + f + 1, filter_len - f - 1, name + n + 1, name_len - n - 1);
}

bool reference_match(const uint8_t *filter, size_t filter_len, const uint8_t *name, size_t name_len,
                     bool version_5)
{
    size_t group, rest;
    if (version_5 && reference_share(filter, filter_len, &group, &rest))
        return reference_match(filter + rest, filter_len - rest, name, name_len, false);
    /* A wildcard at the beginning does not stand for a $: MQTT-4.7.2-1. */
    if (name_len > 0 && name[0] == '$' && filter_len > 0 && (filter[0] == '+' || filter[0] == '#'))
        return false;
    return levels(filter, filter_len, name, name_len);
}
