/* SPDX-License-Identifier: MIT */
/*
 * Making and walking the lists of mqttwire.h, which includes this file.
 *
 *     struct mqw_subscription s;
 *     for (uint32_t at = 0; mqw_next_subscription(&packet.subscribe.subscriptions, &at, &s);)
 *         ...
 *
 * The position starts at 0; the answer is false after the last item.  Iterators check every length
 * again: bytes that changed since they were decoded end a list early and are never read past.
 */
#ifndef MQTTWIRE_LISTS_H
#define MQTTWIRE_LISTS_H

#include <mqttwire/mqttwire.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A list over an array of the caller's, which must outlive it: mqw_subscriptions(array, 3) ... */
#define MQW_LIST_OF(function, list, item)                                                          \
    static inline struct list function(const item *items, size_t count)                            \
    {                                                                                              \
        struct list made;                                                                          \
        made.wire = NULL;                                                                          \
        made.items = items;                                                                        \
        made.size = 0;                                                                             \
        made.count = count > UINT32_MAX ? UINT32_MAX : (uint32_t)count;                            \
        return made;                                                                               \
    }
MQW_LIST_OF(mqw_subscriptions, mqw_subscription_list, struct mqw_subscription)
MQW_LIST_OF(mqw_filters, mqw_filter_list, struct mqw_bytes)
MQW_LIST_OF(mqw_pairs, mqw_pair_list, struct mqw_pair)
MQW_LIST_OF(mqw_ids, mqw_id_list, uint32_t)
MQW_LIST_OF(mqw_codes, mqw_code_list, uint8_t)
#undef MQW_LIST_OF

/* A two-byte length and that many bytes at *at, or false. */
static inline bool mqw_list_bytes(const uint8_t **at, const uint8_t *end, struct mqw_bytes *out)
{
    size_t left = (size_t)(end - *at);
    size_t len;
    if (left < 2)
        return false;
    len = (size_t)((*at)[0] << 8 | (*at)[1]);
    if (left - 2 < len)
        return false;
    out->ptr = *at + 2;
    out->len = (uint32_t)len;
    *at += 2 + len;
    return true;
}

/* A variable byte integer at *at, or false. */
static inline bool mqw_list_varint(const uint8_t **at, const uint8_t *end, uint32_t *out)
{
    const uint8_t *p = *at;
    ptrdiff_t left = end - p;
    int bytes = left > 0 && p[0] < 0x80   ? 1
                : left > 1 && p[1] < 0x80 ? 2
                : left > 2 && p[2] < 0x80 ? 3
                : left > 3 && p[3] < 0x80 ? 4
                                          : 0;
    uint32_t value = bytes ? p[0] & 0x7F : 0;
    if (bytes > 1)
        value |= (uint32_t)(p[1] & 0x7F) << 7;
    if (bytes > 2)
        value |= (uint32_t)(p[2] & 0x7F) << 14;
    if (bytes > 3)
        value |= (uint32_t)p[3] << 21;
    *at += bytes;
    *out = value;
    return bytes;
}

/* Steps over the value of a property, or false. */
static inline bool mqw_list_skip(uint8_t id, const uint8_t **at, const uint8_t *end)
{
    enum { BYTE = 1, TWO = 2, FOUR = 4, VARINTS, TEXT, TOPIC = TEXT, BINARY = TEXT, PAIRS };
    struct mqw_bytes text;
    uint32_t number;
    int type;
    switch (id) {
#define MQW_ROW(id, NAME, member, TYPE, places, low, high, rule, text)                             \
    case (id):                                                                                     \
        type = TYPE;                                                                               \
        break;
        MQW_PROPERTIES(MQW_ROW)
#undef MQW_ROW
    default:
        return false;
    }
    switch (type) {
    case VARINTS:
        return mqw_list_varint(at, end, &number);
    case PAIRS:
        return mqw_list_bytes(at, end, &text) && mqw_list_bytes(at, end, &text);
    case TEXT:
        return mqw_list_bytes(at, end, &text);
    default:
        if (end - *at < type)
            return false;
        *at += type;
        return true;
    }
}

/* Finds the next property of one kind in a block: true with *at at its value. */
static inline bool mqw_list_seek(uint8_t id, const uint8_t **at, const uint8_t *end)
{
    while (*at < end) {
        uint8_t found = *(*at)++;
        if (found == id)
            return true;
        if (!mqw_list_skip(found, at, end))
            return false;
    }
    return false;
}

/* The same; as a rule they follow each other. */
static inline bool mqw_list_find(uint8_t id, const uint8_t **at, const uint8_t *end)
{
    if (*at < end && **at == id) {
        ++*at;
        return true;
    }
    return mqw_list_seek(id, at, end);
}

static inline bool mqw_next_subscription(const struct mqw_subscription_list *list, uint32_t *pos,
                                         struct mqw_subscription *out)
{
    const uint8_t *at, *end;
    uint8_t options;
    if (!list->wire) {
        if (*pos >= list->count)
            return false;
        *out = list->items[(*pos)++];
        return true;
    }
    if (*pos >= list->size)
        return false;
    at = list->wire + *pos;
    end = list->wire + list->size;
    if (!mqw_list_bytes(&at, end, &out->topic_filter) || at == end)
        return false;
    options = *at++;
    out->qos = options & 3;
    out->no_local = options >> 2 & 1;
    out->retain_as_published = options >> 3 & 1;
    out->retain_handling = options >> 4 & 3;
    *pos = (uint32_t)(at - list->wire);
    return true;
}

static inline bool mqw_next_filter(const struct mqw_filter_list *list, uint32_t *pos,
                                   struct mqw_bytes *out)
{
    const uint8_t *at;
    if (!list->wire) {
        if (*pos >= list->count)
            return false;
        *out = list->items[(*pos)++];
        return true;
    }
    if (*pos >= list->size)
        return false;
    at = list->wire + *pos;
    if (!mqw_list_bytes(&at, list->wire + list->size, out))
        return false;
    *pos = (uint32_t)(at - list->wire);
    return true;
}

static inline bool mqw_next_pair(const struct mqw_pair_list *list, uint32_t *pos,
                                 struct mqw_pair *out)
{
    const uint8_t *at, *end;
    if (!list->wire) {
        if (*pos >= list->count)
            return false;
        *out = list->items[(*pos)++];
        return true;
    }
    if (*pos >= list->size)
        return false;
    at = list->wire + *pos;
    end = list->wire + list->size;
    if (!mqw_list_find(MQW_PROPERTY_USER_PROPERTY, &at, end) ||
        !mqw_list_bytes(&at, end, &out->name) || !mqw_list_bytes(&at, end, &out->value))
        return false;
    *pos = (uint32_t)(at - list->wire);
    return true;
}

static inline bool mqw_next_id(const struct mqw_id_list *list, uint32_t *pos, uint32_t *out)
{
    const uint8_t *at, *end;
    if (!list->wire) {
        if (*pos >= list->count)
            return false;
        *out = list->items[(*pos)++];
        return true;
    }
    if (*pos >= list->size)
        return false;
    at = list->wire + *pos;
    end = list->wire + list->size;
    if (!mqw_list_find(MQW_PROPERTY_SUBSCRIPTION_IDENTIFIER, &at, end) ||
        !mqw_list_varint(&at, end, out))
        return false;
    *pos = (uint32_t)(at - list->wire);
    return true;
}

static inline bool mqw_next_code(const struct mqw_code_list *list, uint32_t *pos, uint8_t *out)
{
    if (*pos >= list->count)
        return false;
    *out = list->items[(*pos)++];
    return true;
}

#ifdef __cplusplus
}
#endif

#endif
