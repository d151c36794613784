/* SPDX-License-Identifier: MIT */
/*
 * The layout of every packet, written once.
 *
 * A walk names the fields of a packet in the order of its bytes, with the rules that bind them.  It
 * is compiled once for each cursor: reading (read.h), measuring (measure.h), writing (write.h),
 * telling (tell.c), and those of the bindings.  This header therefore has no include guard.
 *
 * Before including it, define
 *   CURSOR     the type of the cursor
 *   SIDE       nothing where the walk fills the structure, const where it reads it
 *   WALK       storage class of a walk, such as `static inline`
 *   DO(name)   the name of this cursor's operation or walk, such as read_##name
 *
 * The operations of a cursor (c is always a pointer to it; a name is a field's, as in JSON):
 *   protocol(c, packet)                protocol name and level; from here on v5(c) is known
 *   v5(c)                              is this 5.0?
 *   octet(c, name), octet_end(c)       a byte of bit fields
 *   flags_end(c)                       those in byte 1 end, which is an octet from the start
 *   bit(c, name, low, bool *)          one bit of it
 *   bits(c, name, low, width, u8 *)    some bits of it
 *   flag(c, name, low, bool *)         one bit of it, which says whether the field `name` is there
 *   no_bit(c, name, bool *), no_bits(c, name, u8 *): 3.1.1 has no such bits
 *   reserved(c, name, mask, rule)      bits of it that are zero
 *   u16(c, name, u16 *)
 *   packet_id(c, u16 *, rule)          not zero
 *   no_packet_id(c, u16 *)             QoS 0 has none
 *   reason(c, u8 *, place, rule)       one of the codes of this place
 *   codes(c, list *, place, rule)      such codes up to the end
 *   no_codes(c, list *)                UNSUBACK of 3.1.1 has none
 *   text(c, name, view *, rule)        rule: where it is not UTF-8; so in the next two
 *   topic_name(c, name, view *, rule)
 *   topic_filter(c, name, view *, rule)
 *   binary(c, name, view *)
 *   rest(c, name, view *)              all bytes up to the end
 *   properties(c, properties *, place) nothing in 3.1.1
 *   subscriptions(c, list *), topic_filters(c, list *): elements up to the end, each by its walk
 *   enter(c, name), leave(c)           the fields between belong to `name`
 *   check(c, good, rule)               else the rule is broken by the field just walked
 *   check_view(c, good, name, view *, rule)   else by this one, walked before
 *   wishes(c)                          is any REFUSE bit set, so that wishes are to be checked?
 *   check_octet(c, good, name, rule)   else by this field of the last octet
 *   check_lack(c, good, name, rule)    else a field is missing here
 *   demand(c, name, rule)              at the end of the packet, `name` is missing here
 *   defaults(c, u8 *, properties *)    what the short forms mean
 *   tail(c, wanted)                    short forms: does the packet go on?  Written if wanted.
 *   only_v5(c, name, used)             writing: 3.1.1 has no such field
 * and wish(c, good, name, view *, rule) is check_view for a rule that a REFUSE bit switches on.
 */
#define protocol(...)      DO(protocol)(__VA_ARGS__)
#define v5(...)            DO(v5)(__VA_ARGS__)
#define octet(...)         DO(octet)(__VA_ARGS__)
#define octet_end(...)     DO(octet_end)(__VA_ARGS__)
#define bit(...)           DO(bit)(__VA_ARGS__)
#define bits(...)          DO(bits)(__VA_ARGS__)
#define flag(...)          DO(flag)(__VA_ARGS__)
#define no_bit(...)        DO(no_bit)(__VA_ARGS__)
#define no_bits(...)       DO(no_bits)(__VA_ARGS__)
#define reserved(...)      DO(reserved)(__VA_ARGS__)
#define flags_end(...)     DO(flags_end)(__VA_ARGS__)
#define u16(...)           DO(u16)(__VA_ARGS__)
#define packet_id(...)     DO(packet_id)(__VA_ARGS__)
#define no_packet_id(...)  DO(no_packet_id)(__VA_ARGS__)
#define reason(...)        DO(reason)(__VA_ARGS__)
#define codes(...)         DO(codes)(__VA_ARGS__)
#define no_codes(...)      DO(no_codes)(__VA_ARGS__)
#define text(...)          DO(text)(__VA_ARGS__)
#define topic_name(...)    DO(topic_name)(__VA_ARGS__)
#define topic_filter(...)  DO(topic_filter)(__VA_ARGS__)
#define binary(...)        DO(binary)(__VA_ARGS__)
#define rest(...)          DO(rest)(__VA_ARGS__)
#define properties(...)    DO(properties)(__VA_ARGS__)
#define subscriptions(...) DO(subscriptions)(__VA_ARGS__)
#define topic_filters(...) DO(topic_filters)(__VA_ARGS__)
#define enter(...)         DO(enter)(__VA_ARGS__)
#define leave(...)         DO(leave)(__VA_ARGS__)
#define check(...)         DO(check)(__VA_ARGS__)
#define check_view(...)    DO(check_view)(__VA_ARGS__)
#define check_octet(...)   DO(check_octet)(__VA_ARGS__)
#define wishes(...)        DO(wishes)(__VA_ARGS__)
#define check_lack(...)    DO(check_lack)(__VA_ARGS__)
#define demand(...)        DO(demand)(__VA_ARGS__)
#define defaults(...)      DO(defaults)(__VA_ARGS__)
#define tail(...)          DO(tail)(__VA_ARGS__)
#define only_v5(...)       DO(only_v5)(__VA_ARGS__)
#define wish(c, good, name, view, rule)                                                            \
    do {                                                                                           \
        if (wishes(c))                                                                             \
            check_view(c, good, name, view, rule);                                                 \
    } while (0)
#define HAS(p, NAME) mqw_has(&(p)->properties, MQW_PROPERTY_##NAME)

/* CONNECT: section 3.1 */
WALK void DO(connect)(CURSOR *c, SIDE struct mqw_packet *packet)
{
    SIDE struct mqw_connect *p = &packet->connect;
    protocol(c, packet);
    octet(c, "connect_flags");
    flag(c, "username", 7, &p->has_username);
    flag(c, "password", 6, &p->has_password);
    check(c, !p->has_password || p->has_username || v5(c), MQW_RULE_PASSWORD_WITHOUT_USERNAME);
    flag(c, "will", 2, &p->has_will);
    enter(c, "will");
    if (p->has_will) {
        bit(c, "retain", 5, &p->will.retain);
        bits(c, "qos", 3, 2, &p->will.qos);
        check(c, p->will.qos < 3, MQW_RULE_WILL_QOS_3);
    } else {
        reserved(c, "qos", 0x18, MQW_RULE_WILL_QOS_WITHOUT_WILL);
        reserved(c, "retain", 0x20, MQW_RULE_WILL_RETAIN_WITHOUT_WILL);
    }
    leave(c);
    bit(c, "clean_start", 1, &p->clean_start);
    reserved(c, "connect_flags", 0x01, MQW_RULE_CONNECT_FLAGS_RESERVED);
    octet_end(c);
    u16(c, "keep_alive", &p->keep_alive);
    properties(c, &p->properties, MQW_IN_CONNECT);
    if (v5(c))
        check_view(c, HAS(p, AUTHENTICATION_METHOD) || !HAS(p, AUTHENTICATION_DATA),
                   "properties.authentication_data", &p->properties.authentication_data,
                   MQW_RULE_AUTHENTICATION_DATA_ALONE);
    demand(c, "client_id", MQW_RULE_CLIENT_ID_MISSING);
    text(c, "client_id", &p->client_id, MQW_RULE_CLIENT_ID_UTF8);
    check(c, p->client_id.len || p->clean_start || v5(c), MQW_RULE_CLIENT_ID_EMPTY);
    wish(c, client_id_modest(&p->client_id), "client_id", &p->client_id,
         MQW_RULE_CLIENT_ID_REFUSED);
    if (p->has_will) {
        enter(c, "will");
        demand(c, v5(c) ? "properties" : "topic", MQW_RULE_WILL_MISSING);
        properties(c, &p->will.properties, MQW_IN_WILL);
        demand(c, "topic", MQW_RULE_WILL_MISSING);
        topic_name(c, "topic", &p->will.topic, MQW_RULE_WILL_TOPIC_UTF8);
        check(c, p->will.topic.len, MQW_RULE_TOPIC_EMPTY);
        demand(c, "payload", MQW_RULE_WILL_MISSING);
        binary(c, "payload", &p->will.payload);
        wish(c, !falsely_announced(&p->will.properties, &p->will.payload), "payload",
             &p->will.payload, MQW_RULE_PAYLOAD_NOT_TEXT);
        leave(c);
    }
    if (p->has_username) {
        demand(c, "username", MQW_RULE_USERNAME_MISSING);
        text(c, "username", &p->username, MQW_RULE_USERNAME_UTF8);
    }
    if (p->has_password) {
        demand(c, "password", MQW_RULE_PASSWORD_MISSING);
        binary(c, "password", &p->password);
    }
}

/* CONNACK: section 3.2 */
WALK void DO(connack)(CURSOR *c, SIDE struct mqw_packet *packet)
{
    SIDE struct mqw_connack *p = &packet->connack;
    octet(c, "acknowledge_flags");
    bit(c, "session_present", 0, &p->session_present);
    reserved(c, "acknowledge_flags", 0xFE, MQW_RULE_CONNACK_FLAGS);
    octet_end(c);
    reason(c, &p->reason_code, MQW_IN_CONNACK, MQW_RULE_CONNACK_REASON);
    check_octet(c, !p->session_present || !p->reason_code, "session_present",
                MQW_RULE_SESSION_PRESENT_REFUSED);
    properties(c, &p->properties, MQW_IN_CONNACK);
    if (v5(c))
        wish(c, HAS(p, AUTHENTICATION_METHOD) || !HAS(p, AUTHENTICATION_DATA),
             "properties.authentication_data", &p->properties.authentication_data,
             MQW_RULE_CONNACK_DATA_ALONE);
}

/* PUBLISH: section 3.3 */
WALK void DO(publish)(CURSOR *c, SIDE struct mqw_packet *packet)
{
    SIDE struct mqw_publish *p = &packet->publish;
    bit(c, "retain", 0, &p->retain);
    bits(c, "qos", 1, 2, &p->qos);
    check(c, p->qos < 3, MQW_RULE_QOS_3);
    bit(c, "dup", 3, &p->dup);
    check(c, !p->dup || p->qos, MQW_RULE_DUP_QOS_0);
    flags_end(c);
    topic_name(c, "topic", &p->topic, MQW_RULE_TOPIC_UTF8);
    if (p->qos)
        packet_id(c, &p->packet_id, MQW_RULE_PACKET_ID_ZERO);
    else
        no_packet_id(c, &p->packet_id);
    properties(c, &p->properties, MQW_IN_PUBLISH);
    check_view(c, p->topic.len || (v5(c) && HAS(p, TOPIC_ALIAS)), "topic", &p->topic,
               MQW_RULE_TOPIC_EMPTY);
    rest(c, "payload", &p->payload);
    wish(c, !v5(c) || !falsely_announced(&p->properties, &p->payload), "payload", &p->payload,
         MQW_RULE_PAYLOAD_NOT_TEXT);
}

/*
 * PUBACK, PUBREC, PUBREL, PUBCOMP: sections 3.4 to 3.7.  They differ in their reason codes alone:
 * their places and rules stand in the order of the packet types, as internal.h asserts.
 */
WALK void DO(ack)(CURSOR *c, SIDE struct mqw_packet *packet)
{
    SIDE struct mqw_ack *p = &packet->ack;
    unsigned nth = packet->type - (unsigned)MQW_PUBACK;
    defaults(c, &p->reason_code, &p->properties);
    packet_id(c, &p->packet_id, MQW_RULE_ACKNOWLEDGED_ID_ZERO);
    only_v5(c, "reason_code", p->reason_code);
    only_v5(c, "properties", p->properties.present);
    if (!v5(c) || !tail(c, p->reason_code || p->properties.present))
        return;
    reason(c, &p->reason_code, (unsigned)MQW_IN_PUBACK << nth,
           (enum mqw_code)(MQW_RULE_PUBACK_REASON + nth));
    if (tail(c, p->properties.present))
        properties(c, &p->properties, MQW_IN_PUBACK);
}

/* SUBSCRIBE: section 3.8 */
WALK void DO(subscription)(CURSOR *c, SIDE struct mqw_subscription *s)
{
    topic_filter(c, "topic_filter", &s->topic_filter, MQW_RULE_SUBSCRIBE_FILTER_UTF8);
    octet(c, "options");
    bits(c, "qos", 0, 2, &s->qos);
    check(c, s->qos < 3, MQW_RULE_SUBSCRIPTION_QOS_3);
    if (v5(c)) {
        bit(c, "no_local", 2, &s->no_local);
        check(c, !s->no_local || !starts_with_share(s->topic_filter.ptr, s->topic_filter.len),
              MQW_RULE_SHARED_NO_LOCAL);
        bit(c, "retain_as_published", 3, &s->retain_as_published);
        bits(c, "retain_handling", 4, 2, &s->retain_handling);
        check(c, s->retain_handling < 3, MQW_RULE_RETAIN_HANDLING_3);
        reserved(c, "options", 0xC0, MQW_RULE_SUBSCRIPTION_RESERVED);
    } else {
        no_bit(c, "options", &s->no_local);
        no_bit(c, "options", &s->retain_as_published);
        no_bits(c, "options", &s->retain_handling);
        reserved(c, "options", 0xFC, MQW_RULE_SUBSCRIPTION_RESERVED);
    }
    octet_end(c);
}

WALK void DO(subscribe)(CURSOR *c, SIDE struct mqw_packet *packet)
{
    SIDE struct mqw_subscribe *p = &packet->subscribe;
    packet_id(c, &p->packet_id, MQW_RULE_PACKET_ID_ZERO);
    properties(c, &p->properties, MQW_IN_SUBSCRIBE);
    demand(c, "subscriptions", MQW_RULE_SUBSCRIBE_EMPTY);
    subscriptions(c, &p->subscriptions);
}

/* SUBACK: section 3.9 */
WALK void DO(suback)(CURSOR *c, SIDE struct mqw_packet *packet)
{
    SIDE struct mqw_suback *p = &packet->suback;
    packet_id(c, &p->packet_id, MQW_RULE_ANSWERED_ID_ZERO);
    properties(c, &p->properties, MQW_IN_SUBACK);
    demand(c, "reason_codes", MQW_RULE_SUBACK_EMPTY);
    codes(c, &p->reason_codes, MQW_IN_SUBACK, MQW_RULE_SUBACK_REASON);
}

/* UNSUBSCRIBE: section 3.10 */
WALK void DO(unsubscribe)(CURSOR *c, SIDE struct mqw_packet *packet)
{
    SIDE struct mqw_unsubscribe *p = &packet->unsubscribe;
    packet_id(c, &p->packet_id, MQW_RULE_PACKET_ID_ZERO);
    properties(c, &p->properties, MQW_IN_UNSUBSCRIBE);
    demand(c, "topic_filters", MQW_RULE_UNSUBSCRIBE_EMPTY);
    topic_filters(c, &p->topic_filters);
}

/* UNSUBACK: section 3.11 */
WALK void DO(unsuback)(CURSOR *c, SIDE struct mqw_packet *packet)
{
    SIDE struct mqw_suback *p = &packet->suback;
    packet_id(c, &p->packet_id, MQW_RULE_ANSWERED_ID_ZERO);
    properties(c, &p->properties, MQW_IN_UNSUBACK);
    if (v5(c)) {
        demand(c, "reason_codes", MQW_RULE_UNSUBACK_EMPTY);
        codes(c, &p->reason_codes, MQW_IN_UNSUBACK, MQW_RULE_UNSUBACK_REASON);
    } else {
        no_codes(c, &p->reason_codes);
    }
}

/* DISCONNECT: section 3.14 */
WALK void DO(disconnect)(CURSOR *c, SIDE struct mqw_packet *packet)
{
    SIDE struct mqw_disconnect *p = &packet->disconnect;
    defaults(c, &p->reason_code, &p->properties);
    only_v5(c, "reason_code", p->reason_code);
    only_v5(c, "properties", p->properties.present);
    if (!v5(c) || !tail(c, p->reason_code || p->properties.present))
        return;
    reason(c, &p->reason_code, MQW_IN_DISCONNECT, MQW_RULE_DISCONNECT_REASON);
    if (tail(c, p->properties.present))
        properties(c, &p->properties, MQW_IN_DISCONNECT);
}

/* AUTH: section 3.15 */
WALK void DO(auth)(CURSOR *c, SIDE struct mqw_packet *packet)
{
    SIDE struct mqw_disconnect *p = &packet->disconnect;
    defaults(c, &p->reason_code, &p->properties);
    if (tail(c, p->reason_code || p->properties.present)) {
        reason(c, &p->reason_code, MQW_IN_AUTH, MQW_RULE_AUTH_REASON);
        if (tail(c, p->properties.present))
            properties(c, &p->properties, MQW_IN_AUTH);
        else
            wish(c, false, "properties", NULL, MQW_RULE_AUTH_SHORT);
    }
    check_lack(c, HAS(p, AUTHENTICATION_METHOD), "properties.authentication_method",
               MQW_RULE_AUTH_METHOD_MISSING);
}

/* PINGREQ, PINGRESP: sections 3.12, 3.13.  They have no fields. */
WALK void DO(ping)(CURSOR *c, SIDE struct mqw_packet *packet)
{
    (void)c, (void)packet;
}

#define MQW_SAME(name, walk)                                                                       \
    WALK void DO(name)(CURSOR * c, SIDE struct mqw_packet * packet)                                \
    {                                                                                              \
        DO(walk)(c, packet);                                                                       \
    }
MQW_SAME(puback, ack)
MQW_SAME(pubrec, ack)
MQW_SAME(pubrel, ack)
MQW_SAME(pubcomp, ack)
MQW_SAME(pingreq, ping)
MQW_SAME(pingresp, ping)
#undef MQW_SAME

/* The packet of packet->type. */
WALK void DO(packet)(CURSOR *c, SIDE struct mqw_packet *packet)
{
    switch (packet->type) {
#define MQW_ROW(number, NAME, name, flags, rule, senders_311, senders_5)                           \
    case MQW_##NAME:                                                                               \
        DO(name)(c, packet);                                                                       \
        break;
        MQW_PACKETS(MQW_ROW)
#undef MQW_ROW
    default:
        break;
    }
}

#undef protocol
#undef v5
#undef octet
#undef octet_end
#undef bit
#undef bits
#undef flag
#undef no_bit
#undef no_bits
#undef reserved
#undef flags_end
#undef u16
#undef packet_id
#undef no_packet_id
#undef reason
#undef codes
#undef no_codes
#undef text
#undef topic_name
#undef topic_filter
#undef binary
#undef rest
#undef properties
#undef subscriptions
#undef topic_filters
#undef enter
#undef leave
#undef check
#undef check_view
#undef check_octet
#undef wishes
#undef check_lack
#undef demand
#undef defaults
#undef tail
#undef only_v5
#undef wish
#undef HAS
