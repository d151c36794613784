/* SPDX-License-Identifier: MIT */
/* How a connection begins and ends: CONNECT, CONNACK, AUTH, DISCONNECT. */
#include "connection_private.h"

/* FNV-1a.  Texts of different hashes differ, which is all that is ever concluded from it. */
static uint64_t hash(struct mqw_bytes text)
{
    uint64_t sum = UINT64_C(0xCBF29CE484222325);
    uint32_t i;
    for (i = 0; i < text.len; i++)
        sum = (sum ^ text.ptr[i]) * UINT64_C(0x100000001B3);
    return sum;
}

static void keep_method(struct mqw_connection *c, const struct mqw_properties *properties)
{
    c->has_method = mqw_has(properties, MQW_PROPERTY_AUTHENTICATION_METHOD);
    if (!c->has_method)
        return;
    c->method_hash = hash(properties->authentication_method);
}

static bool same_method(const struct mqw_connection *c, const struct mqw_properties *properties)
{
    return mqw_has(properties, MQW_PROPERTY_AUTHENTICATION_METHOD) &&
           hash(properties->authentication_method) == c->method_hash;
}

/* What is absent has its default from the beginning: 3.1.2.11, 3.2.2.3. */
static void keep_limits(struct mqw_side *side, const struct mqw_properties *properties)
{
    side->known = true;
    if (mqw_has(properties, MQW_PROPERTY_RECEIVE_MAXIMUM))
        side->receive_maximum = properties->receive_maximum;
    if (mqw_has(properties, MQW_PROPERTY_TOPIC_ALIAS_MAXIMUM))
        side->topic_alias_maximum = properties->topic_alias_maximum;
    if (mqw_has(properties, MQW_PROPERTY_MAXIMUM_PACKET_SIZE))
        side->maximum_packet_size = properties->maximum_packet_size;
}

static void connect_properties(struct step *s)
{
    struct mqw_connection *c = s->connection;
    const struct mqw_properties *properties = &s->packet->connect.properties;
    keep_limits(s->side, properties);
    keep_method(c, properties);
    if (mqw_has(properties, MQW_PROPERTY_SESSION_EXPIRY_INTERVAL))
        c->session_expiry_interval = properties->session_expiry_interval;
    if (mqw_has(properties, MQW_PROPERTY_REQUEST_RESPONSE_INFORMATION))
        c->response_information = properties->request_response_information != 0;
    if (mqw_has(properties, MQW_PROPERTY_REQUEST_PROBLEM_INFORMATION))
        c->problem_information = properties->request_problem_information != 0;
}

void mqw__connect(struct step *s)
{
    struct mqw_connection *c = s->connection;
    const struct mqw_connect *connect = &s->packet->connect;
    if (c->connected) {
        blame(s, MQW_RULE_SECOND_CONNECT, "");
        return;
    }
    c->connected = true;
    if (s->packet->version) /* it may be left to the options of encoding */
        c->version = s->packet->version;
    c->connect_tag = s->tag;
    c->clean_start = connect->clean_start;
    c->client_id_empty = connect->client_id.len == 0;
    if (!s->side->spoke && !s->peer->spoke) {
        c->complete = true;
        c->answered = false;
    }
    if (!c->answered) /* CONNACK may change it */
        c->keep_alive = connect->keep_alive;
    if (is_5(c))
        connect_properties(s);
}

static void connack_properties(struct step *s)
{
    struct mqw_connection *c = s->connection;
    const struct mqw_properties *properties = &s->packet->connack.properties;
    keep_limits(s->side, properties);
    if (mqw_has(properties, MQW_PROPERTY_SERVER_KEEP_ALIVE))
        c->keep_alive = properties->server_keep_alive;
    if (mqw_has(properties, MQW_PROPERTY_MAXIMUM_QOS))
        c->maximum_qos = properties->maximum_qos;
    if (mqw_has(properties, MQW_PROPERTY_RETAIN_AVAILABLE))
        c->retain_available = properties->retain_available != 0;
    if (mqw_has(properties, MQW_PROPERTY_WILDCARD_SUBSCRIPTION_AVAILABLE))
        c->wildcard_subscription_available = properties->wildcard_subscription_available != 0;
    if (mqw_has(properties, MQW_PROPERTY_SUBSCRIPTION_IDENTIFIER_AVAILABLE))
        c->subscription_identifier_available = properties->subscription_identifier_available != 0;
    if (mqw_has(properties, MQW_PROPERTY_SHARED_SUBSCRIPTION_AVAILABLE))
        c->shared_subscription_available = properties->shared_subscription_available != 0;
}

/* 3.1.2-28, 3.2.2-16, 4.12.0-5, 4.12.0-6: what CONNECT said binds CONNACK. */
static void judge_connack_properties(struct step *s)
{
    const struct mqw_connection *c = s->connection;
    const struct mqw_properties *properties = &s->packet->connack.properties;
    if (!c->response_information && mqw_has(properties, MQW_PROPERTY_RESPONSE_INFORMATION))
        blame(s, MQW_RULE_RESPONSE_INFORMATION_UNASKED, "properties.response_information");
    if (!c->refused && c->client_id_empty &&
        !mqw_has(properties, MQW_PROPERTY_ASSIGNED_CLIENT_IDENTIFIER))
        blame(s, MQW_RULE_CLIENT_ID_UNASSIGNED, "properties");
    if (!c->has_method && mqw_has(properties, MQW_PROPERTY_AUTHENTICATION_METHOD))
        blame(s, MQW_RULE_METHOD_UNASKED, "properties.authentication_method");
    if (!c->refused && c->has_method && !same_method(c, properties))
        blame(s, MQW_RULE_METHOD_DIFFERS,
              mqw_has(properties, MQW_PROPERTY_AUTHENTICATION_METHOD)
                  ? "properties.authentication_method"
                  : "properties");
}

void mqw__connack(struct step *s)
{
    struct mqw_connection *c = s->connection;
    const struct mqw_connack *connack = &s->packet->connack;
    c->answered = true;
    c->acknowledged = true;
    c->refused = connack->reason_code >= (is_5(c) ? 0x80 : 1);
    c->session_present = connack->session_present;
    c->heard = s->now;
    if (c->connected) {
        s->seen->answers = true;
        s->seen->tag = s->seen->first = c->connect_tag;
        if (!c->refused && c->clean_start && c->session_present)
            blame(s, MQW_RULE_SESSION_PRESENT_CLEAN, "session_present");
        if (is_5(c))
            judge_connack_properties(s);
    }
    if (is_5(c))
        connack_properties(s);
}

/* 4.12 of 5.0. */
void mqw__auth(struct step *s)
{
    const struct mqw_connection *c = s->connection;
    const struct mqw_disconnect *auth = &s->packet->disconnect;
    if (!is_5(c) || !c->connected)
        return;
    if (!c->has_method) {
        blame(s, MQW_RULE_AUTH_UNASKED, "");
        return;
    }
    if (mqw_has(&auth->properties, MQW_PROPERTY_AUTHENTICATION_METHOD) &&
        !same_method(c, &auth->properties))
        blame(s, MQW_RULE_METHOD_DIFFERS, "properties.authentication_method");
    if (!c->answered && auth->reason_code != MQW_REASON_CONTINUE_AUTHENTICATION)
        blame(s, MQW_RULE_AUTH_NOT_CONTINUE, "reason_code");
}

/* 3.14.2.2.2 of 5.0. */
void mqw__disconnect(struct step *s)
{
    const struct mqw_connection *c = s->connection;
    const struct mqw_properties *properties = &s->packet->disconnect.properties;
    if (!is_5(c) || !c->connected || s->sender != MQW_CLIENT)
        return;
    if (!c->session_expiry_interval && mqw_has(properties, MQW_PROPERTY_SESSION_EXPIRY_INTERVAL) &&
        properties->session_expiry_interval)
        blame(s, MQW_RULE_SESSION_EXPIRY_RAISED, "properties.session_expiry_interval");
}
