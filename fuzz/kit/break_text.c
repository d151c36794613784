/* SPDX-License-Identifier: MIT */
/* Recipes that spoil text in the bytes of a packet. */
#include "broken.h"

static bool is_text(const struct mqw_field *f, const void *part)
{
    return f->kind == MQW_KIND_TEXT && strstr(f->path, (const char *)part) != NULL &&
           !path_is(f, "protocol_name");
}

/* The part of a path that those texts have which a rule is about. */
static const char *texts_of(enum mqw_code rule)
{
    switch (rule) {
    case MQW_RULE_CLIENT_ID_UTF8:
        return "client_id";
    case MQW_RULE_WILL_TOPIC_UTF8:
        return "will.topic";
    case MQW_RULE_USERNAME_UTF8:
        return "username";
    case MQW_RULE_RESPONSE_TOPIC_UTF8:
    case MQW_RULE_RESPONSE_TOPIC_WILDCARD:
        return "response_topic";
    case MQW_RULE_CONTENT_TYPE_UTF8:
        return "content_type";
    case MQW_RULE_USER_PROPERTY_UTF8:
    case MQW_RULE_USER_PROPERTY_NUL:
        return "user_properties";
    case MQW_RULE_TEXT_UTF8:
        return "properties";
    case MQW_RULE_TEXT_CONTROL:
    case MQW_RULE_TEXT_NONCHARACTER:
    case MQW_RULE_TEXT_NUL:
        return "";
    default:
        return "topic";
    }
}

struct piece_of_text {
    uint8_t size;
    char bytes[5];
};

/* Puts one of these somewhere into a text that the rule is about. */
static bool put_in_text(struct job *j, const struct piece_of_text *pieces, size_t count)
{
    const struct piece_of_text *p = &pieces[draw_below(j->d.draw, count)];
    struct spot s;
    uint32_t at;
    if (!find(j, is_text, texts_of(j->rule), &s))
        return false;
    at = draw_between(j->d.draw, s.field.start, s.field.end);
    while (at > s.field.start && at < s.field.end && (j->m.data[s.piece.at + at] & 0xC0) == 0x80)
        at--;
    return put(j, &s, &s.field, at, 0, p->bytes, p->size);
}

#define PIECE(text)                                                                                \
    {                                                                                              \
        sizeof(text) - 1, text                                                                     \
    }
static bool bad_utf8(struct job *j)
{
    static const struct piece_of_text pieces[] = {
        PIECE("\xC0\x80"),
        PIECE("\xC1\xBF"),
        PIECE("\xE0\x80\xAF"),
        PIECE("\xE0\x9F\xBF"),
        PIECE("\xF0\x80\x80\xAF"),
        PIECE("\xED\xA0\x80"),
        PIECE("\xED\xBF\xBF"),
        PIECE("\xF4\x90\x80\x80"),
        PIECE("\xF5\x80\x80\x80"),
        PIECE("\xFF"),
        PIECE("\xE2\x82"),
        PIECE("\xF0\x9F\x98"),
        PIECE("\x80"),
        PIECE("\xBF"),
    };
    return put_in_text(j, pieces, COUNT(pieces));
}

static bool nul(struct job *j)
{
    static const struct piece_of_text pieces[] = {PIECE("\0")};
    return put_in_text(j, pieces, COUNT(pieces));
}

static bool control(struct job *j)
{
    static const struct piece_of_text pieces[] = {PIECE("\x01"),     PIECE("\n"),
                                                  PIECE("\x1F"),     PIECE("\x7F"),
                                                  PIECE("\xC2\x80"), PIECE("\xC2\x9F")};
    return put_in_text(j, pieces, COUNT(pieces));
}

static bool noncharacter(struct job *j)
{
    static const struct piece_of_text pieces[] = {
        PIECE("\xEF\xB7\x90"), PIECE("\xEF\xB7\xAF"),     PIECE("\xEF\xBF\xBE"),
        PIECE("\xEF\xBF\xBF"), PIECE("\xF0\x9F\xBF\xBE"), PIECE("\xF4\x8F\xBF\xBF")};
    return put_in_text(j, pieces, COUNT(pieces));
}

static bool wildcard(struct job *j)
{
    static const struct piece_of_text pieces[] = {PIECE("+"), PIECE("#"), PIECE("/+"), PIECE("/#"),
                                                  PIECE("+/")};
    return put_in_text(j, pieces, COUNT(pieces));
}

static bool is_filter(const struct mqw_field *f, const void *unused)
{
    (void)unused;
    return f->kind == MQW_KIND_TEXT &&
           (path_begins(f, "subscriptions[") || path_begins(f, "topic_filters["));
}

/* Filters that break this rule, and no other. */
static const struct bad_filters {
    enum mqw_code rule;
    const char *texts[6];
} bad_filters[] = {
    {MQW_RULE_FILTER_HASH, {"a#", "#a", "a/#/b", "#/", "##", "a/b#"}},
    {MQW_RULE_FILTER_PLUS, {"a+", "+a", "a/+b/c", "++", "a/b+", "/a+/"}},
    {MQW_RULE_SHARE_NAME_EMPTY,
     {"$share//a", "$share//#", "$share//+", "$share//a/b", "$share//$a", "$share///"}},
    {MQW_RULE_SHARE_NAME_WILDCARD,
     {"$share/+/a", "$share/#/a", "$share/g+/a", "$share/g#/a", "$share/+g/+", "$share/+/#"}},
    {MQW_RULE_SHARE_FILTER_MISSING,
     {"$share/g", "$share/g/", "$share/group", "$share/group/", "$share/$", "$share/ "}},
};

static bool filter(struct job *j)
{
    const struct bad_filters *row = bad_filters;
    const char *text;
    struct spot s;
    while (row->rule != j->rule)
        row++;
    text = row->texts[draw_below(j->d.draw, COUNT(row->texts))];
    return find(j, is_filter, NULL, &s) && put_instead(j, &s, text, strlen(text));
}

static bool protocol_name(struct job *j)
{
    static const char *const names[] = {"MQTTT", "MQT", "", "mqtt", "MQTX", "MQIsdp", "AMQP"};
    const char *name = names[draw_below(j->d.draw, COUNT(names))];
    struct spot s;
    return find(j, has_path, "protocol_name", &s) && put_instead(j, &s, name, strlen(name));
}

/* ---- Recipes ------------------------------------------------------------------------------- */

static const struct recipe recipes[] = {
    {MQW_RULE_TEXT_UTF8, ALL_TYPES, bad_utf8},
    {MQW_RULE_CLIENT_ID_UTF8, BIT(CONNECT), bad_utf8},
    {MQW_RULE_WILL_TOPIC_UTF8, BIT(CONNECT), bad_utf8},
    {MQW_RULE_USERNAME_UTF8, BIT(CONNECT), bad_utf8},
    {MQW_RULE_TOPIC_UTF8, BIT(PUBLISH), bad_utf8},
    {MQW_RULE_SUBSCRIBE_FILTER_UTF8, BIT(SUBSCRIBE), bad_utf8},
    {MQW_RULE_UNSUBSCRIBE_FILTER_UTF8, BIT(UNSUBSCRIBE), bad_utf8},
    {MQW_RULE_RESPONSE_TOPIC_UTF8, WITH_TOPIC, bad_utf8},
    {MQW_RULE_CONTENT_TYPE_UTF8, WITH_TOPIC, bad_utf8},
    {MQW_RULE_USER_PROPERTY_UTF8, ALL_TYPES, bad_utf8},
    {MQW_RULE_TEXT_NUL, ALL_TYPES, nul},
    {MQW_RULE_USER_PROPERTY_NUL, ALL_TYPES, nul},
    {MQW_RULE_TOPIC_NUL, WITH_TOPIC | WITH_FILTER, nul},
    {MQW_RULE_TEXT_CONTROL, ALL_TYPES, control},
    {MQW_RULE_TEXT_NONCHARACTER, ALL_TYPES, noncharacter},
    {MQW_RULE_TOPIC_WILDCARD, WITH_TOPIC, wildcard},
    {MQW_RULE_RESPONSE_TOPIC_WILDCARD, WITH_TOPIC, wildcard},
    {MQW_RULE_FILTER_HASH, WITH_FILTER, filter},
    {MQW_RULE_FILTER_PLUS, WITH_FILTER, filter},
    {MQW_RULE_SHARE_NAME_EMPTY, WITH_FILTER, filter},
    {MQW_RULE_SHARE_NAME_WILDCARD, WITH_FILTER, filter},
    {MQW_RULE_SHARE_FILTER_MISSING, WITH_FILTER, filter},
    {MQW_RULE_PROTOCOL_NAME, BIT(CONNECT), protocol_name},
};

const struct recipes mqw__text_recipes = {recipes, COUNT(recipes)};
