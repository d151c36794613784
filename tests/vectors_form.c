/* SPDX-License-Identifier: MIT */
/* Packets from "path=value" lines. */
#include "vectors.h"

#include <string.h>

/* ---- Values ----------------------------------------------------------------------------------- */

/* One line; name moves on as it is understood. */
struct line {
    const char *all; /* lines, of which this is one */
    const char *name;
    const char *value, *end;
    bool sayable;
};

static int digit_of(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static uint64_t number_at(const char *at, const char **end)
{
    uint64_t number = 0;
    while (*at >= '0' && *at <= '9')
        number = number * 10 + (uint64_t)(*at++ - '0');
    *end = at;
    return number;
}

static bool number(struct line *l, uint32_t most, uint32_t *out)
{
    const char *end;
    uint64_t value = number_at(l->value, &end);
    *out = (uint32_t)value;
    WANT(end == l->end && end > l->value, "a number is none");
    if (value > most)
        l->sayable = false;
    return true;
}

static bool truth(const struct line *l, bool *out)
{
    *out = *l->value == 't';
    return starts(l->value, *out ? "true\n" : "false\n") || wrong("neither true nor false");
}

/* Writes the bytes of [at, end) unless out is NULL; answers how many, UINT32_MAX if not understood. */
static uint32_t plain_bytes(const char *at, const char *end, bool hex, uint8_t *out)
{
    uint32_t len = 0;
    while (at < end) {
        uint8_t byte = (uint8_t)*at;
        bool escape = *at == '\\';
        if (hex || escape) {
            const char *digits = escape ? at + 2 : at;
            if (end - digits < 2 || digit_of(digits[0]) < 0 || digit_of(digits[1]) < 0)
                return UINT32_MAX;
            byte = (uint8_t)(digit_of(digits[0]) << 4 | digit_of(digits[1]));
            at = digits + 1;
        }
        at++;
        if (out)
            out[len] = byte;
        len++;
    }
    return len;
}

static const char *find(const char *at, const char *end, char c)
{
    while (at < end && *at != c)
        at++;
    return at;
}

static const char *next_line(const char *at)
{
    while (*at && *at != '\n')
        at++;
    return *at ? at + 1 : at;
}

/* The same of a value with recipes: (61*2097152). */
static uint32_t value_bytes(const struct line *l, bool hex, uint8_t *out)
{
    uint32_t len = 0;
    for (const char *at = l->value, *end; at < l->end; at = end) {
        bool recipe = *at == '(';
        const char *unit_end = find(at, l->end, recipe ? '*' : '(');
        uint32_t times = 1, size = plain_bytes(recipe ? at + 1 : at, unit_end, hex, NULL);
        end = unit_end;
        if (recipe)
            times = (uint32_t)number_at(unit_end + 1, &end);
        if (size == UINT32_MAX || (recipe && *end++ != ')'))
            return UINT32_MAX;
        for (uint32_t i = 0; out && i < times; i++)
            plain_bytes(recipe ? at + 1 : at, unit_end, hex, out + len + i * size);
        len += size * times;
    }
    return len;
}

static bool bytes(const struct line *l, bool hex, struct mqw_bytes *out)
{
    uint32_t len = value_bytes(l, hex, NULL);
    uint8_t *to;
    WANT(len != UINT32_MAX, "a text or hex is not understood");
    to = block(len);
    value_bytes(l, hex, to);
    *out = mqw_view(to, len);
    return true;
}

/* ---- Names ------------------------------------------------------------------------------------ */

/* Is this what follows in the line's name, up to its end or to a mark? */
static bool take(struct line *l, const char *name)
{
    const char *at = l->name;
    while (*name && *at == *name) {
        at++;
        name++;
    }
    if (*name || (*at != '=' && *at != '.' && *at != '['))
        return false;
    l->name = at;
    return true;
}

static bool take_char(struct line *l, char c)
{
    if (*l->name != c)
        return false;
    l->name++;
    return true;
}

static bool same_start(const char *a, const char *b, size_t len)
{
    while (len && *a && *a == *b) {
        a++;
        b++;
        len--;
    }
    return !len;
}

/* "[3]" behind the name of a list; of its first line *count, items in all lines, else 0. */
static bool take_item(struct line *l, uint32_t *item, uint32_t *count, bool first)
{
    const char *from = l->name, *end = l->all;
    size_t len;
    *count = 0;
    while (from > l->all && from[-1] != '\n')
        from--;
    len = (size_t)(l->name - from) + 1;
    WANT(take_char(l, '['), "no list");
    *item = (uint32_t)number_at(l->name, &l->name);
    WANT(take_char(l, ']'), "no item of a list");
    for (const char *at = l->all; first && *at; at = next_line(at))
        if (same_start(at, from, len))
            *count = (uint32_t)number_at(at + len, &end) + 1;
    return true;
}

/* ---- Properties ------------------------------------------------------------------------------- */

static bool set_BYTE(struct line *l, uint8_t *to)
{
    uint32_t value;
    TRY(number(l, UINT8_MAX, &value));
    *to = (uint8_t)value;
    return true;
}

static bool set_TWO(struct line *l, uint16_t *to)
{
    uint32_t value;
    TRY(number(l, UINT16_MAX, &value));
    *to = (uint16_t)value;
    return true;
}

static bool set_FOUR(struct line *l, uint32_t *to)
{
    return number(l, UINT32_MAX, to);
}

static bool set_VARINTS(struct line *l, struct mqw_id_list *to)
{
    uint32_t item, count, *items;
    TRY(take_item(l, &item, &count, !to->items));
    if (count)
        *to = mqw_ids((uint32_t *)(void *)block(count * sizeof *items), count);
    memcpy(&items, &to->items, sizeof items);
    return number(l, UINT32_MAX, items + item);
}

static bool set_TEXT(struct line *l, struct mqw_bytes *to)
{
    return bytes(l, false, to);
}
#define set_TOPIC set_TEXT

static bool set_BINARY(struct line *l, struct mqw_bytes *to)
{
    return bytes(l, true, to);
}

static bool set_PAIRS(struct line *l, struct mqw_pair_list *to)
{
    uint32_t item, count;
    struct mqw_pair *items;
    TRY(take_item(l, &item, &count, !to->items));
    if (count)
        *to = mqw_pairs((struct mqw_pair *)(void *)block(count * sizeof *items), count);
    memcpy(&items, &to->items, sizeof items);
    TRY(take_char(l, '.'));
    if (take(l, "name"))
        return bytes(l, false, &items[item].name);
    return take(l, "value") && bytes(l, false, &items[item].value);
}

static bool set_property(struct line *l, struct mqw_properties *p)
{
#define MQW_ROW(id, NAME, member, TYPE, places, low, high, rule, text)                             \
    if (take(l, #member)) {                                                                        \
        p->present |= (uint64_t)1 << (id);                                                         \
        return set_##TYPE(l, &p->member);                                                          \
    }
    MQW_PROPERTIES(MQW_ROW)
#undef MQW_ROW
    return wrong("no such property");
}

/* ---- Members of packets ----------------------------------------------------------------------- */

static void *member_of(struct mqw_packet *packet, size_t at)
{
    return (char *)packet + at;
}

static bool set_member(struct line *l, const struct member *m, struct mqw_packet *packet)
{
    void *to = member_of(packet, m->at);
    if (m->when > MEMBER_IN_5)
        *(bool *)member_of(packet, m->when) = true;
    switch (m->kind) {
    case MEMBER_TRUTH:
        return truth(l, to);
    case MEMBER_BYTE:
        return set_BYTE(l, to);
    case MEMBER_TWO:
        return set_TWO(l, to);
    case MEMBER_TEXT:
        return set_TEXT(l, to);
    case MEMBER_HEX:
        return set_BINARY(l, to);
    default:
        return take_char(l, '.') && set_property(l, to);
    }
}

static bool set_subscription(struct line *l, struct mqw_subscription_list *to)
{
    uint32_t item, count;
    struct mqw_subscription *items, *s;
    TRY(take_item(l, &item, &count, !to->items));
    if (count) {
        items = (struct mqw_subscription *)(void *)block(count * sizeof *items);
        memset(items, 0, count * sizeof *items);
        *to = mqw_subscriptions(items, count);
    }
    memcpy(&items, &to->items, sizeof items);
    s = items + item;
    WANT(take_char(l, '.'), "no member of a subscription");
    if (take(l, "topic_filter"))
        return bytes(l, false, &s->topic_filter);
    if (take(l, "qos"))
        return set_BYTE(l, &s->qos);
    if (take(l, "no_local"))
        return truth(l, &s->no_local);
    if (take(l, "retain_as_published"))
        return truth(l, &s->retain_as_published);
    return take(l, "retain_handling") && set_BYTE(l, &s->retain_handling);
}

static bool set_filter(struct line *l, struct mqw_filter_list *to)
{
    uint32_t item, count;
    struct mqw_bytes *items;
    TRY(take_item(l, &item, &count, !to->items));
    if (count)
        *to = mqw_filters((struct mqw_bytes *)(void *)block(count * sizeof *items), count);
    memcpy(&items, &to->items, sizeof items);
    return bytes(l, false, items + item);
}

static bool set_code(struct line *l, struct mqw_code_list *to)
{
    uint32_t item, count;
    uint8_t *items;
    TRY(take_item(l, &item, &count, !to->items));
    if (count)
        *to = mqw_codes(block(count), count);
    memcpy(&items, &to->items, sizeof items);
    return set_BYTE(l, items + item);
}

static bool set_line(struct line *l, struct mqw_packet *packet)
{
    uint32_t type = 1U << packet->type;
    if (take(l, "type"))
        return true;
    if (take(l, "version"))
        return set_BYTE(l, &packet->version);
    if (packet->type == MQW_SUBSCRIBE && take(l, "subscriptions"))
        return set_subscription(l, &packet->subscribe.subscriptions);
    if (packet->type == MQW_UNSUBSCRIBE && take(l, "topic_filters"))
        return set_filter(l, &packet->unsubscribe.topic_filters);
    if (type & (1U << MQW_SUBACK | 1U << MQW_UNSUBACK) && take(l, "reason_codes"))
        return set_code(l, &packet->suback.reason_codes);
    for (size_t i = 0; i < MEMBERS; i++)
        if (members[i].types & type && take(l, members[i].name))
            return set_member(l, &members[i], packet);
    return wrong("no such field");
}

static uint8_t type_of(const char *lines)
{
    char name[16] = "";
    while (*lines && !starts(lines, "type="))
        lines = next_line(lines);
    if (*lines)
        for (size_t i = 0; i + 1 < sizeof name && lines[5 + i] && lines[5 + i] != '\n'; i++)
            name[i] = lines[5 + i];
    for (uint8_t type = 1; type < MQW_TYPES; type++)
        if (same_text(name, mqw_type_name(type)))
            return type;
    return 0;
}

bool packet_of(const char *lines, struct mqw_packet *packet, bool *sayable)
{
    const char *end = lines;
    struct line l;
    while (*end)
        end++;
    memset(packet, 0, sizeof *packet);
    packet->type = type_of(lines);
    WANT(packet->type, "no type of packets");
    l.all = lines;
    l.sayable = true;
    for (l.name = lines; l.name < end; l.name = l.end + 1) {
        l.value = find(l.name, end, '=') + 1;
        l.end = find(l.value, end, '\n');
        if (!set_line(&l, packet) || l.name + 1 != l.value) {
            char name[64] = "";
            size_t len = (size_t)(l.end - l.name);
            memcpy(name, l.name, len < sizeof name - 1 ? len : sizeof name - 1);
            return wrong_texts("this of a packet is not understood", name, "");
        }
    }
    *sayable = l.sayable;
    return true;
}
