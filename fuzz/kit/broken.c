/* SPDX-License-Identifier: MIT */
/* Packets that break one rule: spoilt by its recipe, and judged by decoding. */
#include "broken.h"

/* ---- The rows: which bit switches a rule, which types have flags that break it -------------- */

/* The bits that let it through, or that have it told. */
static void switches_of(enum mqw_code rule, uint32_t *allow, uint32_t *refuse)
{
    *allow = *refuse = 0;
    switch (rule) {
#define ALLOW_BITS(bit)  *allow = MQW_ALLOW_##bit
#define REFUSE_BITS(bit) *refuse = MQW_REFUSE_##bit
#define MQW_ROW(number, NAME, name, class, reason, connack, v311, v5, kind, bit, text)             \
    case MQW_RULE_##NAME:                                                                          \
        kind##_BITS(bit);                                                                          \
        break;
        MQW_RULES(MQW_ROW)
#undef MQW_ROW
#undef ALLOW_BITS
#undef REFUSE_BITS
    default:
        break;
    }
}

struct mqw_options mqw_broken_options(uint8_t version, uint8_t sender, enum mqw_code rule)
{
    struct mqw_options o = {0, 0, false, 0, 0, 0};
    uint32_t allow;
    o.version = version;
    o.sender = sender;
    switches_of(rule, &allow, &o.refuse);
    return o;
}

static uint32_t types_with_flags(enum mqw_code rule)
{
    uint32_t types = 0;
#define MQW_ROW(number, NAME, name, flags, broken, senders_311, senders_5)                         \
    if (MQW_RULE_##broken == rule && MQW_##NAME != MQW_PUBLISH)                                    \
        types |= BIT(NAME);
    MQW_PACKETS(MQW_ROW)
#undef MQW_ROW
    return types;
}

/* ---- Recipes ------------------------------------------------------------------------------- */

static const struct recipe *find_in(const struct recipes *recipes, enum mqw_code rule)
{
    for (size_t i = 0; i < recipes->count; i++)
        if (recipes->items[i].rule == rule)
            return &recipes->items[i];
    return NULL;
}

static const struct recipe *recipe_of(enum mqw_code rule, bool *of_fields)
{
    const struct recipe *found = find_in(&mqw__field_recipes, rule);
    *of_fields = found;
    if (!found)
        found = find_in(&mqw__byte_recipes, rule);
    return found ? found : find_in(&mqw__text_recipes, rule);
}

bool mqw_breakable(enum mqw_code rule)
{
    bool of_fields;
    return recipe_of(rule, &of_fields);
}

/* ---- Making and judging -------------------------------------------------------------------- */

/* Is it refused by this rule, and is that all that is wrong with it? */
static bool breaks(const struct job *j)
{
    struct mqw_options told = mqw_broken_options(j->version, j->sender, j->rule);
    struct mqw_options o = {0, 0, false, 0, 0, 0};
    uint32_t refuse;
    struct mqw_packet packet;
    struct mqw_result r = mqw_decode(j->m.data, j->m.size, &told, &packet);
    if (j->rule == MQW_RULE_TRAILING_BYTES)
        return r.code == MQW_OK && r.size < j->m.size;
    if (r.code != j->rule)
        return false;
    switches_of(j->rule, &o.allow, &refuse);
    if (j->rule == MQW_RULE_AUTH_SHORT)
        o.allow = MQW_ALLOW_MISSING_METHOD; /* which has no room in it */
    if (!o.allow && !refuse)
        return true; /* nothing lets it through */
    o.version = j->version;
    o.sender = j->sender;
    if (j->rule == MQW_RULE_MQTT_3_1)
        o.version = 0;
    r = mqw_decode(j->m.data, j->m.size, &o, &packet);
    return r.code == MQW_OK;
}

/* Who draws the packet: for the rule on directions, the other side. */
static uint32_t types_for(struct job *j, const struct recipe *recipe)
{
    uint32_t types = recipe->types ? recipe->types : types_with_flags(recipe->rule);
    if (recipe->rule == MQW_RULE_DIRECTION) {
        j->d.sender = j->sender ^ (uint8_t)MQW_EITHER;
        types = ~mqw__types_of(j->d.version, j->sender);
    }
    return types;
}

/* False: what came of it is not exactly what was wanted, and another packet is to be drawn. */
static bool make(struct job *j, const struct recipe *recipe, bool of_fields)
{
    struct mqw_options o = {0, 0, false, 0, MQW_ALLOW_ALL, 0};
    struct mqw_result r;
    if (!mqw__draw_packet(&j->d, types_for(j, recipe)))
        return false;
    if (of_fields && !recipe->spoil(j))
        return false;
    o.version = j->d.version;
    r = mqw_encode(&j->d.packet, &o, j->m.data, j->m.max);
    j->m.size = r.size;
    return r.code == MQW_OK && (of_fields || recipe->spoil(j)) && breaks(j);
}

/* Does a version have this rule? */
static bool in_version(enum mqw_code rule, uint8_t version)
{
    const struct mqw_rule *row = mqw_rule_of(rule);
    return version == MQW_VERSION_5 ? *row->ids_5 : *row->ids_3_1_1;
}

static size_t generate(uint8_t *out, size_t max, uint8_t version, uint8_t sender,
                       const struct recipe *recipe, bool of_fields, uint32_t seed)
{
    enum { TRIES = 400 };
    for (uint32_t i = 0; i < TRIES && in_version(recipe->rule, version); i++) {
        struct draw draw = {seed + ((uint64_t)i << 32)};
        struct job j;
        j.d.draw = &draw;
        j.d.version = version;
        j.d.sender = sender;
        j.d.modest = true;
        j.m.data = out;
        j.m.size = 0;
        j.m.max = max;
        j.m.version = version;
        j.m.sender = 0;
        j.m.repair = true;
        j.m.draw.state = draw_any(&draw);
        j.rule = recipe->rule;
        j.version = version;
        j.sender = sender;
        if (j.rule == MQW_RULE_MQTT_3_1) /* it is laid out as 3.1.1 */
            j.d.version = MQW_VERSION_3_1_1;
        if (make(&j, recipe, of_fields))
            return j.m.size;
    }
    return 0;
}

size_t mqw_generate_broken(uint8_t *out, size_t max, uint8_t version, uint8_t sender,
                           enum mqw_code rule, uint32_t seed)
{
    bool of_fields;
    const struct recipe *recipe = recipe_of(rule, &of_fields);
    struct draw draw = {seed};
    if (!recipe || !max)
        return 0;
    if (!version)
        version = draw_chance(&draw, 50) ? (uint8_t)MQW_VERSION_5 : (uint8_t)MQW_VERSION_3_1_1;
    else if (version != MQW_VERSION_5)
        version = MQW_VERSION_3_1_1;
    if (sender != MQW_CLIENT && sender != MQW_SERVER)
        sender = draw_chance(&draw, 50) ? (uint8_t)MQW_CLIENT : (uint8_t)MQW_SERVER;
    return generate(out, max, version, sender, recipe, of_fields, seed);
}
