/* SPDX-License-Identifier: MIT */
/* What members packets have, and whether two packets are equal. */
#include "vectors.h"

/* ---- Members ---------------------------------------------------------------------------------- */

#define IN(type)   (1U << MQW_##type)
#define ACKS       (IN(PUBACK) | IN(PUBREC) | IN(PUBREL) | IN(PUBCOMP))
#define SUBACKS    (IN(SUBACK) | IN(UNSUBACK))
#define ENDS       (IN(DISCONNECT) | IN(AUTH))
#define AT(member) offsetof(struct mqw_packet, member)

#define IF(member) AT(connect.member)

#define ALWAYS     MEMBER_ALWAYS
#define IN_5       MEMBER_IN_5
#define TRUTH      MEMBER_TRUTH
#define BYTE       MEMBER_BYTE
#define TWO        MEMBER_TWO
#define TEXT       MEMBER_TEXT
#define HEX        MEMBER_HEX
#define PROPERTIES MEMBER_PROPERTIES

const struct member members[MEMBERS] = {
    {"clean_start", IN(CONNECT), TRUTH, AT(connect.clean_start), ALWAYS},
    {"keep_alive", IN(CONNECT), TWO, AT(connect.keep_alive), ALWAYS},
    {"client_id", IN(CONNECT), TEXT, AT(connect.client_id), ALWAYS},
    {"username", IN(CONNECT), TEXT, AT(connect.username), IF(has_username)},
    {"password", IN(CONNECT), HEX, AT(connect.password), IF(has_password)},
    {"will.topic", IN(CONNECT), TEXT, AT(connect.will.topic), IF(has_will)},
    {"will.payload", IN(CONNECT), HEX, AT(connect.will.payload), IF(has_will)},
    {"will.qos", IN(CONNECT), BYTE, AT(connect.will.qos), IF(has_will)},
    {"will.retain", IN(CONNECT), TRUTH, AT(connect.will.retain), IF(has_will)},
    {"will.properties", IN(CONNECT), PROPERTIES, AT(connect.will.properties), IF(has_will)},
    {"session_present", IN(CONNACK), TRUTH, AT(connack.session_present), ALWAYS},
    {"reason_code", IN(CONNACK), BYTE, AT(connack.reason_code), ALWAYS},
    {"dup", IN(PUBLISH), TRUTH, AT(publish.dup), ALWAYS},
    {"retain", IN(PUBLISH), TRUTH, AT(publish.retain), ALWAYS},
    {"qos", IN(PUBLISH), BYTE, AT(publish.qos), ALWAYS},
    {"packet_id", IN(PUBLISH), TWO, AT(publish.packet_id), ALWAYS},
    {"topic", IN(PUBLISH), TEXT, AT(publish.topic), ALWAYS},
    {"payload", IN(PUBLISH), HEX, AT(publish.payload), ALWAYS},
    {"packet_id", ACKS, TWO, AT(ack.packet_id), ALWAYS},
    {"reason_code", ACKS, BYTE, AT(ack.reason_code), IN_5},
    {"packet_id", IN(SUBSCRIBE), TWO, AT(subscribe.packet_id), ALWAYS},
    {"packet_id", IN(UNSUBSCRIBE), TWO, AT(unsubscribe.packet_id), ALWAYS},
    {"packet_id", SUBACKS, TWO, AT(suback.packet_id), ALWAYS},
    {"reason_code", ENDS, BYTE, AT(disconnect.reason_code), IN_5},
    {"properties", IN(CONNECT), PROPERTIES, AT(connect.properties), ALWAYS},
    {"properties", IN(CONNACK), PROPERTIES, AT(connack.properties), ALWAYS},
    {"properties", IN(PUBLISH), PROPERTIES, AT(publish.properties), ALWAYS},
    {"properties", ACKS, PROPERTIES, AT(ack.properties), ALWAYS},
    {"properties", IN(SUBSCRIBE), PROPERTIES, AT(subscribe.properties), ALWAYS},
    {"properties", IN(UNSUBSCRIBE), PROPERTIES, AT(unsubscribe.properties), ALWAYS},
    {"properties", SUBACKS, PROPERTIES, AT(suback.properties), ALWAYS},
    {"properties", ENDS, PROPERTIES, AT(disconnect.properties), ALWAYS},
};

/* ---- Equality --------------------------------------------------------------------------------- */

static bool eq_bytes(struct mqw_bytes a, struct mqw_bytes b)
{
    return same_bytes(a.ptr, a.len, b.ptr, b.len);
}

#define eq_BYTE(a, b)   ((a) == (b))
#define eq_TWO(a, b)    ((a) == (b))
#define eq_FOUR(a, b)   ((a) == (b))
#define eq_TEXT(a, b)   eq_bytes(a, b)
#define eq_TOPIC(a, b)  eq_bytes(a, b)
#define eq_BINARY(a, b) eq_bytes(a, b)

/* Both lists have as many items, in the same order. */
#define LISTS(name, list, item_type, next, equal)                                                  \
    static bool name(struct list a, struct list b)                                                 \
    {                                                                                              \
        item_type x, y;                                                                            \
        uint32_t at = 0, bt = 0, items = 0;                                                        \
        while (next(&a, &at, &x)) {                                                                \
            if (!next(&b, &bt, &y) || !(equal))                                                    \
                return false;                                                                      \
            items++;                                                                               \
        }                                                                                          \
        return !next(&b, &bt, &y) && a.count == items && b.count == items;                         \
    }
LISTS(eq_VARINTS, mqw_id_list, uint32_t, mqw_next_id, x == y)
LISTS(eq_PAIRS, mqw_pair_list, struct mqw_pair, mqw_next_pair,
      eq_bytes(x.name, y.name) && eq_bytes(x.value, y.value))
LISTS(eq_filters, mqw_filter_list, struct mqw_bytes, mqw_next_filter, eq_bytes(x, y))
LISTS(eq_codes, mqw_code_list, uint8_t, mqw_next_code, x == y)
LISTS(eq_subscriptions, mqw_subscription_list, struct mqw_subscription, mqw_next_subscription,
      eq_bytes(x.topic_filter, y.topic_filter) && x.qos == y.qos && x.no_local == y.no_local &&
          x.retain_as_published == y.retain_as_published && x.retain_handling == y.retain_handling)

static bool eq_properties(const struct mqw_properties *a, const struct mqw_properties *b)
{
    if (a->present != b->present)
        return wrong("other properties are present");
#define MQW_ROW(id, NAME, member, TYPE, places, low, high, rule, text)                             \
    if (mqw_has(a, MQW_PROPERTY_##NAME) && !eq_##TYPE(a->member, b->member))                       \
        return wrong("another value of the property " #member);
    MQW_PROPERTIES(MQW_ROW)
#undef MQW_ROW
    return true;
}

static const void *member_of(const struct mqw_packet *packet, size_t at)
{
    return (const char *)packet + at;
}

static bool eq_member(enum member_kind kind, const void *a, const void *b)
{
    switch (kind) {
    case TRUTH:
        return *(const bool *)a == *(const bool *)b;
    case BYTE:
        return *(const uint8_t *)a == *(const uint8_t *)b;
    case TWO:
        return *(const uint16_t *)a == *(const uint16_t *)b;
    case TEXT:
    case HEX:
        return eq_bytes(*(const struct mqw_bytes *)a, *(const struct mqw_bytes *)b);
    default:
        return eq_properties(a, b);
    }
}

bool expect_same(const struct mqw_packet *got, const struct mqw_packet *wanted)
{
    bool v5 = wanted->version == MQW_VERSION_5;
    WANT_TEXT(mqw_type_name(got->type), mqw_type_name(wanted->type), "type");
    WANT_NUMBER(got->version, wanted->version, "version of the packet");
    for (size_t i = 0; i < MEMBERS; i++) {
        const struct member *m = &members[i];
        bool there = m->when != IN_5 || v5;
        if (!(m->types & 1U << wanted->type))
            continue;
        if (m->when > IN_5) {
            there = *(const bool *)member_of(wanted, m->when);
            WANT_NUMBER(*(const bool *)member_of(got, m->when), there, m->name);
        }
        if (there && !eq_member(m->kind, member_of(got, m->at), member_of(wanted, m->at)))
            return wrong_texts("a field has another value", m->name,
                               failure.what ? failure.what : "");
    }
    switch (wanted->type) {
    case MQW_SUBSCRIBE:
        return eq_subscriptions(got->subscribe.subscriptions, wanted->subscribe.subscriptions) ||
               wrong("other subscriptions");
    case MQW_UNSUBSCRIBE:
        return eq_filters(got->unsubscribe.topic_filters, wanted->unsubscribe.topic_filters) ||
               wrong("other topic filters");
    case MQW_UNSUBACK:
    case MQW_SUBACK:
        return (wanted->type == MQW_UNSUBACK && !v5) ||
               eq_codes(got->suback.reason_codes, wanted->suback.reason_codes) ||
               wrong("other reason codes");
    default:
        return true;
    }
}
