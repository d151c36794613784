/* SPDX-License-Identifier: MIT */
/* Where in its packet a finding is: apart, as only who shows findings to people needs it. */
#define MQW_COMPACT
#include "explain.h"

/* Of the other lists no single element is at fault. */
static bool blames_element(enum mqw_code rule)
{
    switch (rule) {
    case MQW_RULE_WILDCARDS_NOT_SUPPORTED:
    case MQW_RULE_SHARED_NOT_SUPPORTED:
    case MQW_RULE_SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED:
    case MQW_RULE_SUBSCRIPTION_IDENTIFIER_UNKNOWN:
        return true;
    default:
        return false;
    }
}

size_t mqw_finding_field(const struct mqw_finding *finding, char *out, size_t cap)
{
    struct text_out t = {out, cap, 0};
    put_text(&t, finding->field);
    if (blames_element(finding->code)) {
        put_char(&t, '[');
        put_number(&t, finding->item);
        put_char(&t, ']');
    }
    return put_end(&t);
}

struct sought {
    const struct mqw_finding *finding;
    uint32_t at;
    bool found;
};

/* What follows the name of the field, and of its element, in a path; NULL: it is another field. */
static const char *after_field(const struct mqw_finding *finding, const char *path)
{
    const char *name = finding->field;
    uint32_t index = 0;
    while (*name && *name == *path)
        name++, path++;
    if (*name || (*path && *path != '.' && *path != '['))
        return NULL;
    if (*path != '[')
        return path;
    while (*++path != ']')
        index = 10 * index + (uint32_t)(*path - '0');
    return index == finding->item ? path + 1 : NULL;
}

/* The field itself ends the search; of its parts, as its length, the first one is kept. */
static bool look(void *arg, const struct mqw_field *field)
{
    struct sought *sought = (struct sought *)arg;
    const char *rest = after_field(sought->finding, field->path);
    if (rest && (!sought->found || !*rest)) {
        sought->at = field->start;
        sought->found = true;
    }
    if (!sought->found)
        sought->at = field->end;
    return !rest || *rest;
}

uint32_t mqw_finding_offset(const struct mqw_finding *finding, const void *buf, size_t len,
                            const struct mqw_options *options)
{
    struct sought sought = {finding, 0, false};
    if (*finding->field)
        mqw_explain(buf, len, options, look, &sought);
    return sought.at;
}
