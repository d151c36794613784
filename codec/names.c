/* SPDX-License-Identifier: MIT */
/* Names and texts of types, properties, reason codes and rules, made from the rows of tables.h. */
#include "internal.h"

static const struct mqw_rule rules[] = {
#define MQW_ROW(number, NAME, name, class, reason, connack, v311, v5, kind, bit, text)             \
    {MQW_RULE_##NAME, #name, text, v311, v5, MQW_CLASS_##class, reason, connack},
    MQW_RULES(MQW_ROW)
#undef MQW_ROW
};

enum { RULES = sizeof rules / sizeof rules[0] };

static const struct mqw_rule no_rules[] = {
    {MQW_OK, "ok", "nothing is wrong", "", "", MQW_CLASS_MALFORMED, 0, 0},
    {MQW_MORE, "more", "the packet is not all there", "", "", MQW_CLASS_MALFORMED, 0, 0},
    {MQW_SPACE, "space", "the output has too little room", "", "", MQW_CLASS_MALFORMED, 0, 0},
    {MQW_MISUSE, "misuse", "the options are impossible, or the version is not known", "", "",
     MQW_CLASS_MALFORMED, 0, 0},
    {MQW_RULE_FIRST, "unknown", "there is no such result", "", "", MQW_CLASS_MALFORMED, 0, 0},
};

const struct mqw_rule *mqw_rule_at(size_t index)
{
    return index < RULES ? &rules[index] : NULL;
}

const struct mqw_rule *mqw_rule_of(enum mqw_code code)
{
    size_t i;
    if ((unsigned)code <= MQW_MISUSE)
        return &no_rules[code];
    for (i = 0; i < RULES; i++)
        if (rules[i].number == code)
            return &rules[i];
    return &no_rules[MQW_MISUSE + 1];
}

unsigned mqw_rule_reason(enum mqw_code code, uint8_t version)
{
    const struct mqw_rule *rule = mqw_rule_of(code);
    unsigned reason = version < MQW_VERSION_5 ? rule->return_code : rule->reason_code;
    return reason ? reason : (unsigned)MQW_REASON_NONE;
}

bool mqw_refusal(enum mqw_code code, uint8_t version, enum mqw_sender sender, uint8_t type,
                 struct mqw_packet *packet)
{
    const struct mqw_rule *rule = mqw_rule_of(code);
    unsigned place = type == MQW_CONNACK ? MQW_IN_CONNACK : MQW_IN_DISCONNECT;
    uint8_t reason = rule->reason_code;
    if (code < MQW_RULE_FIRST || (type != MQW_CONNACK && type != MQW_DISCONNECT) ||
        (type == MQW_CONNACK && sender == MQW_CLIENT))
        return false;
    if (!version)
        version = MQW_VERSION_5;
    if (version < MQW_VERSION_5) {
        if (type != MQW_CONNACK || !rule->return_code)
            return false;
        reason = rule->return_code;
    } else if (!reason_known(version, (uint8_t)sender, place, reason)) {
        reason = (uint8_t)rule->kind;
    }
    packet->type = type;
    packet->version = version;
    if (type == MQW_CONNACK) {
        packet->connack.session_present = false;
        packet->connack.reason_code = reason;
        packet->connack.properties.present = 0;
    } else {
        packet->disconnect.reason_code = reason;
        packet->disconnect.properties.present = 0;
    }
    return true;
}

const char *mqw_type_name(uint8_t type)
{
    switch (type) {
#define MQW_ROW(number, NAME, name, flags, rule, senders_311, senders_5)                           \
    case (number):                                                                                 \
        return #NAME;
        MQW_PACKETS(MQW_ROW)
#undef MQW_ROW
    default:
        return "";
    }
}

const char *mqw_property_name(uint32_t id)
{
    switch (id) {
#define MQW_ROW(number, NAME, member, TYPE, places, low, high, rule, text)                         \
    case (number):                                                                                 \
        return #member;
        MQW_PROPERTIES(MQW_ROW)
#undef MQW_ROW
    default:
        return "";
    }
}

const char *mqw_property_text(uint32_t id)
{
    switch (id) {
#define MQW_ROW(number, NAME, member, TYPE, places, low, high, rule, text)                         \
    case (number):                                                                                 \
        return text;
        MQW_PROPERTIES(MQW_ROW)
#undef MQW_ROW
    default:
        return "";
    }
}

/* The place of a packet's reason code, or 0. */
static unsigned place_of(uint8_t type)
{
    switch (type) {
#define MQW_ROW(bit, NAME, name)                                                                   \
    case MQW_##NAME:                                                                               \
        return MQW_IN_##NAME;
#define MQW_WILL 0
        MQW_PLACES(MQW_ROW)
#undef MQW_WILL
#undef MQW_ROW
    default:
        return 0;
    }
}

struct reason_text {
    const char *name, *text;
};

static struct reason_text find_reason(uint8_t version, uint8_t type, uint8_t code)
{
    unsigned in = place_of(type);
    struct reason_text found = {"", ""};
    if (version < MQW_VERSION_5) {
#define MQW_ROW(number, NAME, reason, place, description)                                          \
    if (code == (number) && in == (place))                                                         \
        found.name = #reason, found.text = description;
        MQW_RETURN_CODES(MQW_ROW)
#undef MQW_ROW
        return found;
    }
#define MQW_ROW(number, NAME, reason, clients, servers, description)                               \
    if (code == (number) && (((clients) | (servers)) & in))                                        \
        found.name = #reason, found.text = description;
    MQW_REASONS(MQW_ROW)
#undef MQW_ROW
#define MQW_ROW(number, NAME, reason, place, description)                                          \
    if (code == (number) && in == (place))                                                         \
        found.name = #reason, found.text = description;
    MQW_REASON_NAMES(MQW_ROW)
#undef MQW_ROW
    return found;
}

const char *mqw_reason_name(uint8_t version, uint8_t type, uint8_t code)
{
    return find_reason(version, type, code).name;
}

const char *mqw_reason_text(uint8_t version, uint8_t type, uint8_t code)
{
    return find_reason(version, type, code).text;
}
