/* SPDX-License-Identifier: MIT */
/*
 * ACLs.  A user's own rules are asked first, then the patterns; in both deny goes before the rest.
 * So a pattern's deny takes away what patterns allow, and a user's deny both.
 */
#include "acl.h"

#include "filters.h"

#include <stdlib.h>
#include <string.h>

enum { READS = 1, WRITES = 2 };

struct rule {
    struct rule *next;
    unsigned rights;         /* READS, WRITES; 0: deny */
    bool by_user, by_client; /* a pattern with %u, %c */
    uint32_t len;
    uint8_t filter[];
};

struct acl_user {
    struct user user;
    struct rules rules;
};

/* Who asks, and what for. */
struct question {
    struct mqw_bytes username, id;
    unsigned right;
    bool of_filter;
};

/* ---- What a rule is about ------------------------------------------------------------------- */

enum meaning { MEANS, MEANS_NOBODY, MEANS_ANYTHING };

static bool is_dangerous(struct mqw_bytes name)
{
    for (uint32_t i = 0; i < name.len; i++)
        if (name.ptr[i] == '+' || name.ptr[i] == '#' || name.ptr[i] == '/')
            return true;
    return false;
}

/* Puts names in the place of %u and %c.  False: it gets too long. */
static bool put_names(const struct rule *rule, const struct question *asked, uint8_t *out,
                      uint32_t *len)
{
    *len = 0;
    for (uint32_t i = 0; i < rule->len; i++) {
        struct mqw_bytes put = {rule->filter + i, 1};
        if (rule->filter[i] == '%' && i + 1 < rule->len) {
            if (rule->by_user && rule->filter[i + 1] == 'u')
                put = asked->username, i++;
            else if (rule->by_client && rule->filter[i + 1] == 'c')
                put = asked->id, i++;
        }
        if (put.len > MQW_TEXT_MAX - *len)
            return false;
        if (put.len)
            memcpy(out + *len, put.ptr, put.len);
        *len += put.len;
    }
    return true;
}

/*
 * The filter of a rule for a client; room: MQW_TEXT_MAX bytes, for a pattern's.  Nobody chooses his
 * name so that a pattern gets wider, or about what is another's (CVE-2017-7650): with +, # or / in
 * it, or $ where the filter begins, it means nobody, or where it denies, anything.
 */
static enum meaning mean(const struct rule *rule, const struct question *asked, uint8_t *room,
                         struct mqw_bytes *filter)
{
    *filter = (struct mqw_bytes){rule->filter, rule->len};
    if (!rule->by_user && !rule->by_client)
        return MEANS;
    if (rule->by_user && !asked->username.ptr)
        return MEANS_NOBODY;
    filter->ptr = room;
    if ((rule->by_user && is_dangerous(asked->username)) ||
        (rule->by_client && is_dangerous(asked->id)) ||
        !put_names(rule, asked, room, &filter->len) ||
        (filter->len && room[0] == '$' && rule->filter[0] != '$'))
        return rule->rights ? MEANS_NOBODY : MEANS_ANYTHING;
    return MEANS;
}

/* ---- Questions ------------------------------------------------------------------------------ */

/* Is all of it, a topic or a filter, denied by one rule? */
static bool is_denied(const struct rule *rule, const struct question *asked, struct mqw_bytes topic)
{
    uint8_t room[MQW_TEXT_MAX];
    struct mqw_bytes filter;

    for (; rule; rule = rule->next) {
        enum meaning meaning = mean(rule, asked, room, &filter);
        if (meaning == MEANS_ANYTHING || (meaning == MEANS && filter_covers(filter, topic)))
            return true;
    }
    return false;
}

/* What of a topic, which is all of it, or of a filter a rule is about.  Length 0: nothing. */
static struct mqw_bytes part(const struct question *asked, struct mqw_bytes filter,
                             struct mqw_bytes topic, uint8_t *room)
{
    if (asked->of_filter)
        return filter_common(filter, topic, room);
    return filter.len && mqw_topic_match(filter, topic, 4) ? topic : mqw_view(NULL, 0);
}

/* Does a rule allow it, or a part of it that is not denied? */
static bool is_allowed(const struct rule *rule, const struct question *asked,
                       struct mqw_bytes topic, const struct rule *deny, const struct rule *deny_too)
{
    uint8_t room[MQW_TEXT_MAX], part_room[MQW_TEXT_MAX];
    struct mqw_bytes filter, some;

    for (; rule; rule = rule->next) {
        if (!(rule->rights & asked->right) || mean(rule, asked, room, &filter) != MEANS)
            continue;
        some = part(asked, filter, topic, part_room);
        if (some.len && !is_denied(deny, asked, some) && !is_denied(deny_too, asked, some))
            return true;
    }
    return false;
}

bool acl_may(const struct acl *acl, struct mqw_bytes username, struct mqw_bytes client_id,
             enum access_action action, struct mqw_bytes topic)
{
    static const struct rules none = {0};
    const struct question asked = {.username = username,
                                   .id = client_id,
                                   .right = action == ACCESS_WRITE ? WRITES : READS,
                                   .of_filter = action == ACCESS_FILTER};
    const struct acl_user *user = username.ptr ? users_find(&acl->users, username) : NULL;
    const struct rules *own = user ? &user->rules : username.ptr ? &none : &acl->anonymous;

    return is_allowed(own->allow, &asked, topic, own->deny, NULL) ||
           is_allowed(acl->patterns.allow, &asked, topic, own->deny, acl->patterns.deny);
}

/* ---- The file ------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    unsigned rights;
} accesses[] = {{"read", READS}, {"write", WRITES}, {"readwrite", READS | WRITES}, {"deny", 0}};

#define BLANKS " \t"

/* Cuts off the first word; answers what follows it, which is "" where there is no more. */
static char *cut(char *text)
{
    char *end = text + strcspn(text, BLANKS);
    if (*end)
        *end++ = '\0';
    return end + strspn(end, BLANKS);
}

/* The rights that a word stands for; -1: none. */
static int rights_of(const char *word)
{
    for (size_t i = 0; i < sizeof accesses / sizeof *accesses; i++)
        if (strcmp(word, accesses[i].name) == 0)
            return (int)accesses[i].rights;
    return -1;
}

/* "read FILTER"; or "FILTER", which may not have blanks, for both. */
static void read_rule(struct rules *rules, struct lines *lines, char *text, bool pattern)
{
    char *filter = cut(text);
    int rights = rights_of(text);
    struct rule *rule;

    if (*filter && rights < 0) {
        lines_fail(lines, "%.80s is not read, write, readwrite or deny", text);
        return;
    }
    if (!*filter && rights < 0) {
        filter = text;
        rights = READS | WRITES;
    }
    if (mqw_topic_filter_check(mqw_text(filter), &(struct mqw_options){.version = 4}).code) {
        lines_fail(lines, *filter ? "%.80s is not a topic filter" : "the filter is missing%s",
                   filter);
        return;
    }
    rule = calloc(1, sizeof *rule + strlen(filter));
    if (!rule) {
        lines_fail(lines, "out of memory");
        return;
    }
    rule->rights = (unsigned)rights;
    rule->by_user = pattern && strstr(filter, "%u");
    rule->by_client = pattern && strstr(filter, "%c");
    rule->len = (uint32_t)strlen(filter);
    memcpy(rule->filter, filter, rule->len);
    rule->next = rights ? rules->allow : rules->deny;
    *(rights ? &rules->allow : &rules->deny) = rule;
}

/* The rules of a user, who may have been there before.  NULL: *lines says why. */
static struct rules *find_rules(struct acl *acl, struct lines *lines, const char *name)
{
    struct acl_user *user;

    if (!*name) {
        lines_fail(lines, "the user's name is missing");
        return NULL;
    }
    user = users_find(&acl->users, mqw_text(name));
    if (!user)
        user = users_add(&acl->users, lines, mqw_text(name), sizeof *user);
    return user ? &user->rules : NULL;
}

bool acl_read(struct acl *acl, const char *path, char *problem)
{
    struct lines lines = LINES(path, problem);
    struct rules *rules = &acl->anonymous;

    while (lines_next(&lines)) {
        char *word = lines.text + strspn(lines.text, BLANKS), *rest = cut(word);
        if (!*word || *word == '#')
            continue;
        if (strcmp(word, "user") == 0)
            rules = find_rules(acl, &lines, rest);
        else if (strcmp(word, "topic") == 0)
            read_rule(rules, &lines, rest, false);
        else if (strcmp(word, "pattern") == 0)
            read_rule(&acl->patterns, &lines, rest, true);
        else
            lines_fail(&lines, "%.80s is not user, topic or pattern", word);
    }
    return !lines.failed;
}

static void free_rules(struct rule *rule)
{
    while (rule) {
        struct rule *next = rule->next;
        free(rule);
        rule = next;
    }
}

static void free_both(struct rules *rules)
{
    free_rules(rules->deny);
    free_rules(rules->allow);
}

void acl_free(struct acl *acl)
{
    for (size_t i = 0; i < acl->users.count; i++)
        free_both(&((struct acl_user *)(void *)acl->users.all[i])->rules);
    free_both(&acl->anonymous);
    free_both(&acl->patterns);
    users_free(&acl->users);
    *acl = (struct acl){0};
}
