/* SPDX-License-Identifier: MIT */
/* Recipes that spoil a packet as a structure, before it is encoded without the rule. */
#include "broken.h"

static const char *const letters = "abcdefghijklmnopqrstuvwxyz";

/* The properties of a packet, and their place; those of a will where it has one, by chance. */
static struct mqw_properties *block_of(struct job *j, uint32_t *place)
{
    struct mqw_packet *p = &j->d.packet;
    *place = 0;
    switch (p->type) {
    case MQW_CONNECT:
        if (p->connect.has_will && draw_chance(j->d.draw, 50)) {
            *place = MQW_IN_WILL;
            return &p->connect.will.properties;
        }
        *place = MQW_IN_CONNECT;
        return &p->connect.properties;
    case MQW_CONNACK:
        *place = MQW_IN_CONNACK;
        return &p->connack.properties;
    case MQW_PUBLISH:
        *place = MQW_IN_PUBLISH;
        return &p->publish.properties;
    case MQW_PUBACK:
    case MQW_PUBREC:
    case MQW_PUBREL:
    case MQW_PUBCOMP:
        *place = (uint32_t)MQW_IN_PUBACK << (p->type - MQW_PUBACK);
        return &p->ack.properties;
    case MQW_SUBSCRIBE:
        *place = MQW_IN_SUBSCRIBE;
        return &p->subscribe.properties;
    case MQW_SUBACK:
    case MQW_UNSUBACK:
        *place = p->type == MQW_SUBACK ? MQW_IN_SUBACK : MQW_IN_UNSUBACK;
        return &p->suback.properties;
    case MQW_UNSUBSCRIBE:
        *place = MQW_IN_UNSUBSCRIBE;
        return &p->unsubscribe.properties;
    case MQW_DISCONNECT:
    case MQW_AUTH:
        *place = p->type == MQW_AUTH ? MQW_IN_AUTH : MQW_IN_DISCONNECT;
        return &p->disconnect.properties;
    default:
        return NULL;
    }
}

static bool no_packet_id(struct job *j)
{
    switch (j->d.packet.type) {
    case MQW_PUBLISH:
        j->d.packet.publish.packet_id = 0;
        return j->d.packet.publish.qos;
    case MQW_SUBSCRIBE:
        j->d.packet.subscribe.packet_id = 0;
        return true;
    case MQW_UNSUBSCRIBE:
        j->d.packet.unsubscribe.packet_id = 0;
        return true;
    case MQW_SUBACK:
    case MQW_UNSUBACK:
        j->d.packet.suback.packet_id = 0;
        return true;
    default:
        j->d.packet.ack.packet_id = 0;
        return true;
    }
}

/* Any other code; whether it is a bad one, decoding tells. */
static bool other_reason(struct job *j)
{
    struct mqw_packet *p = &j->d.packet;
    uint8_t code = (uint8_t)draw_any(j->d.draw);
    switch (p->type) {
    case MQW_CONNACK:
        p->connack.reason_code = code;
        p->connack.session_present = false;
        return true;
    case MQW_SUBACK:
    case MQW_UNSUBACK:
        j->d.codes[draw_below(j->d.draw, p->suback.reason_codes.count)] = code;
        return p->suback.reason_codes.count;
    case MQW_DISCONNECT:
    case MQW_AUTH:
        p->disconnect.reason_code = code;
        return true;
    default:
        p->ack.reason_code = code;
        return true;
    }
}

static bool no_elements(struct job *j)
{
    struct mqw_packet *p = &j->d.packet;
    if (p->type == MQW_SUBSCRIBE)
        p->subscribe.subscriptions.count = 0;
    else if (p->type == MQW_UNSUBSCRIBE)
        p->unsubscribe.topic_filters.count = 0;
    else
        p->suback.reason_codes.count = 0;
    return true;
}

static bool empty_topic(struct job *j)
{
    struct mqw_packet *p = &j->d.packet;
    if (p->type == MQW_CONNECT) {
        p->connect.will.topic.len = 0;
        return p->connect.has_will;
    }
    p->publish.topic.len = 0;
    mqw_drop(&p->publish.properties, MQW_PROPERTY_TOPIC_ALIAS);
    return true;
}

static bool empty_filter(struct job *j)
{
    struct mqw_packet *p = &j->d.packet;
    if (p->type == MQW_SUBSCRIBE)
        j->d.subscriptions[draw_below(j->d.draw, p->subscribe.subscriptions.count)]
            .topic_filter.len = 0;
    else
        j->d.filters[draw_below(j->d.draw, p->unsubscribe.topic_filters.count)].len = 0;
    return true;
}

static bool empty_response_topic(struct job *j)
{
    uint32_t place;
    struct mqw_properties *p = block_of(j, &place);
    mqw_set_response_topic(p, mqw_text(""));
    return place & MQW_IN_MESSAGE;
}

static bool shared_no_local(struct job *j)
{
    struct mqw_subscribe *p = &j->d.packet.subscribe;
    struct mqw_subscription *s = &j->d.subscriptions[draw_below(j->d.draw, p->subscriptions.count)];
    s->topic_filter = mqw_text("$share/group/filter");
    s->no_local = true;
    return true;
}

static bool lone_password(struct job *j)
{
    struct mqw_connect *p = &j->d.packet.connect;
    p->has_username = false;
    p->has_password = true;
    return true;
}

static bool empty_client_id(struct job *j)
{
    j->d.packet.connect.clean_start = false;
    j->d.packet.connect.client_id.len = 0;
    return true;
}

static bool odd_client_id(struct job *j)
{
    j->d.packet.connect.client_id = draw_chance(j->d.draw, 50)
                                        ? mqw_view(letters, draw_between(j->d.draw, 24, 26))
                                        : mqw__draw_text(&j->d, 1, 12);
    return true;
}

static bool lone_data(struct job *j)
{
    uint32_t place;
    struct mqw_properties *p = block_of(j, &place);
    mqw_set_authentication_data(p, mqw_text("data"));
    mqw_drop(p, MQW_PROPERTY_AUTHENTICATION_METHOD);
    return place & MQW_IN_HANDSHAKE;
}

static bool no_method(struct job *j)
{
    mqw_drop(&j->d.packet.disconnect.properties, MQW_PROPERTY_AUTHENTICATION_METHOD);
    return true;
}

static bool session_of_refused(struct job *j)
{
    j->d.packet.connack.session_present = true;
    return j->d.packet.connack.reason_code;
}

static bool dup_at_qos_0(struct job *j)
{
    j->d.packet.publish.dup = true;
    return !j->d.packet.publish.qos;
}

static bool false_text(struct job *j)
{
    static const uint8_t no_text[] = {'a', 0xFF};
    struct mqw_packet *p = &j->d.packet;
    uint32_t place;
    struct mqw_properties *block = block_of(j, &place);
    mqw_set_payload_format_indicator(block, 1);
    if (place == MQW_IN_PUBLISH)
        p->publish.payload = mqw_view(no_text, sizeof no_text);
    else
        p->connect.will.payload = mqw_view(no_text, sizeof no_text);
    return place & MQW_IN_MESSAGE;
}

static bool client_gives_ids(struct job *j)
{
    j->d.ids[0] = 1;
    mqw_set_subscription_identifiers(&j->d.packet.publish.properties, mqw_ids(j->d.ids, 1));
    return true;
}

static bool server_gives_expiry(struct job *j)
{
    mqw_set_session_expiry_interval(&j->d.packet.disconnect.properties, draw_any(j->d.draw));
    return true;
}

static bool client_gives_reference(struct job *j)
{
    mqw_set_server_reference(&j->d.packet.disconnect.properties, mqw_text("server"));
    return true;
}

/* The members of a property; what is not drawn here is a text of no characters. */
static void set_property(struct job *j, struct mqw_properties *p, uint8_t id, uint32_t number)
{
    struct mqw_bytes text = mqw_text("");
#define SET_BYTE    (uint8_t) number
#define SET_TWO     (uint16_t) number
#define SET_FOUR    number
#define SET_VARINTS (j->d.ids[0] = number, mqw_ids(j->d.ids, 1))
#define SET_TEXT    text
#define SET_TOPIC   mqw_text("r")
#define SET_BINARY  text
#define SET_PAIRS   mqw_pairs(NULL, 0)
    switch (id) {
#define MQW_ROW(number_, NAME, member, TYPE, places, low, high, rule, text_)                       \
    case (number_):                                                                                \
        mqw_set_##member(p, SET_##TYPE);                                                           \
        break;
        MQW_PROPERTIES(MQW_ROW)
#undef MQW_ROW
    default:
        break;
    }
#undef SET_BYTE
#undef SET_TWO
#undef SET_FOUR
#undef SET_VARINTS
#undef SET_TEXT
#undef SET_TOPIC
#undef SET_BINARY
#undef SET_PAIRS
}

/* A value below or above the range of a property that is judged by this rule. */
static bool out_of_range(struct job *j)
{
    uint32_t place, seen = 0, number = 0;
    uint8_t id = 0;
    struct mqw_properties *p = block_of(j, &place);
#define MQW_ROW(number_, NAME, member, TYPE, places, low, high, broken, text)                      \
    if (MQW_RULE_##broken == j->rule && ((uint32_t)(places)&place) &&                              \
        draw_below(j->d.draw, ++seen) == 0) {                                                      \
        id = (number_);                                                                            \
        number = (low) ? (uint32_t)(low)-1                                                         \
                       : draw_between(j->d.draw, (uint32_t)((high)&0xFE) + 1, 0xFF);               \
    }
    MQW_PROPERTIES(MQW_ROW)
#undef MQW_ROW
    if (seen)
        set_property(j, p, id, number);
    return seen;
}

static bool misplaced(struct job *j)
{
    uint32_t place, seen = 0, number = 1;
    uint8_t id = 0;
    struct mqw_properties *p = block_of(j, &place);
#define MQW_ROW(number_, NAME, member, TYPE, places, low, high, broken, text)                      \
    if (!((uint32_t)(places)&place) && draw_below(j->d.draw, ++seen) == 0)                         \
        id = (number_);
    MQW_PROPERTIES(MQW_ROW)
#undef MQW_ROW
    if (p && seen)
        set_property(j, p, id, number);
    return p && seen;
}

/* ---- Recipes ------------------------------------------------------------------------------- */

static const struct recipe recipes[] = {
    {MQW_RULE_TOPIC_EMPTY, WITH_TOPIC, empty_topic},
    {MQW_RULE_RESPONSE_TOPIC_EMPTY, WITH_TOPIC, empty_response_topic},
    {MQW_RULE_FILTER_EMPTY, WITH_FILTER, empty_filter},
    {MQW_RULE_PASSWORD_WITHOUT_USERNAME, BIT(CONNECT), lone_password},
    {MQW_RULE_CLIENT_ID_EMPTY, BIT(CONNECT), empty_client_id},
    {MQW_RULE_CLIENT_ID_REFUSED, BIT(CONNECT), odd_client_id},
    {MQW_RULE_AUTHENTICATION_DATA_ALONE, BIT(CONNECT), lone_data},
    {MQW_RULE_SESSION_PRESENT_REFUSED, BIT(CONNACK), session_of_refused},
    {MQW_RULE_CONNACK_REASON, BIT(CONNACK), other_reason},
    {MQW_RULE_CONNACK_DATA_ALONE, BIT(CONNACK), lone_data},
    {MQW_RULE_DUP_QOS_0, BIT(PUBLISH), dup_at_qos_0},
    {MQW_RULE_PACKET_ID_ZERO, BIT(PUBLISH) | WITH_FILTER, no_packet_id},
    {MQW_RULE_TOPIC_ALIAS_ZERO, BIT(PUBLISH), out_of_range},
    {MQW_RULE_SUBSCRIPTION_IDENTIFIER_FROM_CLIENT, BIT(PUBLISH), client_gives_ids},
    {MQW_RULE_SUBSCRIPTION_IDENTIFIER_ZERO, BIT(PUBLISH) | BIT(SUBSCRIBE), out_of_range},
    {MQW_RULE_PAYLOAD_FORMAT_INDICATOR_VALUE, WITH_TOPIC, out_of_range},
    {MQW_RULE_PAYLOAD_NOT_TEXT, WITH_TOPIC, false_text},
    {MQW_RULE_ACKNOWLEDGED_ID_ZERO, BIT(PUBACK) | BIT(PUBREC) | BIT(PUBREL) | BIT(PUBCOMP),
     no_packet_id},
    {MQW_RULE_ANSWERED_ID_ZERO, BIT(SUBACK) | BIT(UNSUBACK), no_packet_id},
    {MQW_RULE_PUBACK_REASON, BIT(PUBACK), other_reason},
    {MQW_RULE_PUBREC_REASON, BIT(PUBREC), other_reason},
    {MQW_RULE_PUBREL_REASON, BIT(PUBREL), other_reason},
    {MQW_RULE_PUBCOMP_REASON, BIT(PUBCOMP), other_reason},
    {MQW_RULE_SUBSCRIBE_EMPTY, BIT(SUBSCRIBE), no_elements},
    {MQW_RULE_SHARED_NO_LOCAL, BIT(SUBSCRIBE), shared_no_local},
    {MQW_RULE_SUBACK_REASON, BIT(SUBACK), other_reason},
    {MQW_RULE_SUBACK_EMPTY, BIT(SUBACK), no_elements},
    {MQW_RULE_UNSUBSCRIBE_EMPTY, BIT(UNSUBSCRIBE), no_elements},
    {MQW_RULE_UNSUBACK_REASON, BIT(UNSUBACK), other_reason},
    {MQW_RULE_UNSUBACK_EMPTY, BIT(UNSUBACK), no_elements},
    {MQW_RULE_DISCONNECT_REASON, BIT(DISCONNECT), other_reason},
    {MQW_RULE_DISCONNECT_SESSION_EXPIRY, BIT(DISCONNECT), server_gives_expiry},
    {MQW_RULE_DISCONNECT_SERVER_REFERENCE, BIT(DISCONNECT), client_gives_reference},
    {MQW_RULE_AUTH_REASON, BIT(AUTH), other_reason},
    {MQW_RULE_AUTH_METHOD_MISSING, BIT(AUTH), no_method},
    {MQW_RULE_PROPERTY_MISPLACED, ALL_TYPES, misplaced},
    {MQW_RULE_RECEIVE_MAXIMUM_ZERO, BIT(CONNECT) | BIT(CONNACK), out_of_range},
    {MQW_RULE_MAXIMUM_PACKET_SIZE_ZERO, BIT(CONNECT) | BIT(CONNACK), out_of_range},
    {MQW_RULE_REQUEST_PROBLEM_INFORMATION_VALUE, BIT(CONNECT), out_of_range},
    {MQW_RULE_REQUEST_RESPONSE_INFORMATION_VALUE, BIT(CONNECT), out_of_range},
    {MQW_RULE_MAXIMUM_QOS_VALUE, BIT(CONNACK), out_of_range},
    {MQW_RULE_RETAIN_AVAILABLE_VALUE, BIT(CONNACK), out_of_range},
    {MQW_RULE_WILDCARD_SUBSCRIPTION_AVAILABLE_VALUE, BIT(CONNACK), out_of_range},
    {MQW_RULE_SUBSCRIPTION_IDENTIFIER_AVAILABLE_VALUE, BIT(CONNACK), out_of_range},
    {MQW_RULE_SHARED_SUBSCRIPTION_AVAILABLE_VALUE, BIT(CONNACK), out_of_range},
};

const struct recipes mqw__field_recipes = {recipes, COUNT(recipes)};
