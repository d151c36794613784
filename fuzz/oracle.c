/* SPDX-License-Identifier: MIT */
/* Packet by packet: sections 2.1 and 3 of both versions. */
#include "oracle_parts.h"
#include "reference.h"
#include <string.h>

/* ---- Parts that packets share -------------------------------------------------------------- */

static bool packet_id(struct reader *r, const char *zero_rule)
{
    size_t start = r->at;
    unsigned long id;
    if (!read_number(r, 2, &id))
        return false;
    if (id == 0)
        fault(r, zero_rule, ORACLE_UNSTATED, start, start);
    oracle_number(&r->o->fields, "", "packet_id", id);
    return true;
}

/* No properties in 3.1.1. */
static bool properties(struct reader *r, enum place place, const char *group, uint64_t *present)
{
    *present = 0;
    return r->version != 5 || read_properties(r, place, group, present);
}

static bool has(uint64_t present, unsigned id)
{
    return present >> id & 1;
}

/* Codes of 3.1.1: section 3.2.2.3 and MQTT-3.9.3-2. */
static bool code_known(const struct reader *r, unsigned long code, enum packet type)
{
    if (r->version == 5)
        return reason_known((unsigned)code, type, r->sender);
    return type == CONNACK ? code <= 5 : code <= 2 || code == 0x80;
}

static bool reason_code(struct reader *r, enum packet type, const char *rule, unsigned long *code)
{
    size_t start = r->at;
    if (!read_number(r, 1, code))
        return false;
    if (!code_known(r, *code, type))
        fault(r, rule, ORACLE_UNSTATED, start, start);
    return true;
}

/* ---- CONNECT: section 3.1 ------------------------------------------------------------------ */

enum { CLEAN = 1, WILL, WILL_QOS, WILL_RETAIN = 5, PASSWORD, USERNAME }; /* bits of the flags */

static bool bit(unsigned long flags, unsigned n)
{
    return flags >> n & 1;
}

/* Name and level; the rest is read as in the version that they tell. */
static bool protocol(struct reader *r)
{
    size_t start = r->at;
    unsigned given = r->version;
    unsigned long level;
    struct view name;
    bool whole = read_view(r, &name);
    if (!whole || name.len != 4 || memcmp(name.ptr, "MQTT", 4) != 0) {
        fault(r, "protocol_name mqtt_3_1", ORACLE_VERSION, start, r->end);
        if (whole) {
            judge_text(r, name, "text_utf8", "text_nul");
            read_number(r, 1, &level); /* whatever protocol this is, its level is missing or not */
        }
        return false;
    }
    start = r->at;
    if (!read_number(r, 1, &level))
        return false;
    if ((level != 4 && level != 5) || (given != 0 && given != level)) {
        fault(r, "protocol_version", ORACLE_VERSION, start, start);
        return false;
    }
    r->version = (unsigned)level;
    oracle_number(&r->o->fields, "", "version", level);
    return true;
}

static void connect_flags(struct reader *r, unsigned long flags, size_t at)
{
    unsigned long qos = flags >> WILL_QOS & 3;
    if (bit(flags, 0))
        fault(r, "connect_flags_reserved", ORACLE_MALFORMED, at, at);
    if (qos == 3)
        fault(r, "will_qos_3", ORACLE_MALFORMED, at, at);
    if (!bit(flags, WILL) && qos != 0)
        fault(r, "will_qos_without_will", ORACLE_UNSTATED, at, at);
    if (!bit(flags, WILL) && bit(flags, WILL_RETAIN))
        fault(r, "will_retain_without_will", ORACLE_UNSTATED, at, at);
    if (r->version == 4 && bit(flags, PASSWORD) && !bit(flags, USERNAME))
        fault(r, "password_without_username", ORACLE_UNSTATED, at, at);
}

static bool will(struct reader *r, unsigned long flags)
{
    uint64_t present;
    struct view topic, payload;
    oracle_number(&r->o->fields, "will.", "qos", flags >> WILL_QOS & 3);
    oracle_number(&r->o->fields, "will.", "retain", bit(flags, WILL_RETAIN));
    if (!properties(r, IN_WILL, "will.properties.", &present))
        return false;
    r->cut = "truncated will_missing";
    if (!read_view(r, &topic))
        return false;
    judge_topic_name(r, topic, "will_topic_utf8");
    if (topic.len == 0)
        text_fault(r, topic, "topic_empty", ORACLE_UNSTATED);
    oracle_bytes(&r->o->fields, "will.", "topic", topic.ptr, topic.len);
    if (!read_view(r, &payload))
        return false;
    oracle_bytes(&r->o->fields, "will.", "payload", payload.ptr, payload.len);
    return true;
}

static bool connect(struct reader *r)
{
    size_t start;
    unsigned long flags, keep_alive;
    uint64_t present;
    struct view client_id, username, password;
    if (!protocol(r))
        return false;
    start = r->at;
    if (!read_number(r, 1, &flags))
        return false;
    connect_flags(r, flags, start);
    if (!read_number(r, 2, &keep_alive))
        return false;
    oracle_number(&r->o->fields, "", "clean_start", bit(flags, CLEAN));
    oracle_number(&r->o->fields, "", "keep_alive", keep_alive);
    start = r->at;
    if (!properties(r, IN_CONNECT, "properties.", &present))
        return false;
    if (has(present, 0x16) && !has(present, 0x15))
        fault(r, "authentication_data_alone", ORACLE_PROTOCOL_ERROR, start, r->at);

    r->cut = "truncated client_id_missing";
    if (!read_view(r, &client_id))
        return false;
    judge_text(r, client_id, "client_id_utf8", "text_nul");
    if (r->version == 4 && client_id.len == 0 && !bit(flags, CLEAN)) /* MQTT-3.1.3-7 */
        text_fault(r, client_id, "client_id_empty", ORACLE_CLIENT_ID);
    oracle_bytes(&r->o->fields, "", "client_id", client_id.ptr, client_id.len);
    if (bit(flags, WILL) && !will(r, flags))
        return false;
    r->cut = "truncated username_missing";
    if (bit(flags, USERNAME)) {
        if (!read_view(r, &username))
            return false;
        judge_text(r, username, "username_utf8", "text_nul");
        oracle_bytes(&r->o->fields, "", "username", username.ptr, username.len);
    }
    r->cut = "truncated password_missing";
    if (bit(flags, PASSWORD)) {
        if (!read_view(r, &password))
            return false;
        oracle_bytes(&r->o->fields, "", "password", password.ptr, password.len);
    }
    return true;
}

/* ---- The others: sections 3.2 to 3.15 ------------------------------------------------------ */

static bool connack(struct reader *r)
{
    size_t start = r->at;
    unsigned long flags, code;
    uint64_t present;
    if (!read_number(r, 1, &flags))
        return false;
    if (flags > 1)
        fault(r, "connack_flags", ORACLE_MALFORMED, start, start);
    if (!reason_code(r, CONNACK, "connack_reason", &code))
        return false;
    if (flags % 2 == 1 && code != 0)
        fault(r, "session_present_refused", ORACLE_UNSTATED, start, r->at - 1);
    oracle_number(&r->o->fields, "", "session_present", flags % 2);
    oracle_number(&r->o->fields, "", "reason_code", code);
    return properties(r, IN_CONNACK, "properties.", &present);
}

static bool publish(struct reader *r)
{
    unsigned byte = r->bytes[0];
    unsigned qos = byte >> 1 & 3;
    size_t start;
    uint64_t present;
    struct view topic;
    if (qos == 3) { /* whether there is a packet identifier is not to be known */
        fault(r, "qos_3", ORACLE_MALFORMED, 0, 0);
        return false;
    }
    if (qos == 0 && bit(byte, 3))
        fault(r, "dup_qos_0", ORACLE_UNSTATED, 0, 0);
    oracle_number(&r->o->fields, "", "dup", bit(byte, 3));
    oracle_number(&r->o->fields, "", "qos", qos);
    oracle_number(&r->o->fields, "", "retain", bit(byte, 0));
    if (!read_view(r, &topic))
        return false;
    start = r->at;
    judge_topic_name(r, topic, "topic_utf8");
    oracle_bytes(&r->o->fields, "", "topic", topic.ptr, topic.len);
    if (qos > 0 && !packet_id(r, "packet_id_zero"))
        return false;
    if (!properties(r, IN_PUBLISH, "properties.", &present))
        return false;
    if (topic.len == 0 && !has(present, 0x23)) /* 3.3.2.1; 3.1.1 says no class */
        fault(r, "topic_empty", r->version == 5 ? ORACLE_PROTOCOL_ERROR : ORACLE_UNSTATED, start,
              start);
    oracle_bytes(&r->o->fields, "", "payload", r->bytes + r->at, r->end - r->at);
    r->at = r->end;
    return true;
}

/* PUBACK, PUBREC, PUBREL, PUBCOMP: what is 0 or empty at the end may be left out in 5.0. */
static bool acknowledgement(struct reader *r, enum packet type, enum place place, const char *rule)
{
    unsigned long code = 0;
    uint64_t present;
    if (!packet_id(r, "acknowledged_id_zero"))
        return false;
    if (r->version == 4)
        return true;
    if (r->at < r->end && !reason_code(r, type, rule, &code))
        return false;
    oracle_number(&r->o->fields, "", "reason_code", code);
    return r->at == r->end || read_properties(r, place, "properties.", &present);
}

static bool subscription(struct reader *r)
{
    unsigned long options;
    size_t start;
    struct view filter;
    if (!read_view(r, &filter))
        return false;
    judge_filter(r, filter, "subscribe_filter_utf8");
    start = r->at;
    if (!read_number(r, 1, &options))
        return false;
    if (options >> (r->version == 5 ? 6 : 2) != 0)
        fault(r, "subscription_reserved", ORACLE_MALFORMED, start, start);
    if (options % 4 == 3) /* MQTT-3.8.3-4 of 3.1.1 says malformed, 3.8.3.1 of 5.0 the other */
        fault(r, "subscription_qos_3", r->version == 5 ? ORACLE_PROTOCOL_ERROR : ORACLE_UNSTATED,
              start, start);
    oracle_bytes(&r->o->fields, "subscriptions.", "topic_filter", filter.ptr, filter.len);
    oracle_number(&r->o->fields, "subscriptions.", "qos", options % 4);
    if (r->version == 4)
        return true;
    if (options / 16 % 4 == 3)
        fault(r, "retain_handling_3", ORACLE_PROTOCOL_ERROR, start, start);
    if (bit(options, 2) && reference_shared(filter.ptr, filter.len))
        fault(r, "shared_no_local", ORACLE_PROTOCOL_ERROR, start, start);
    oracle_number(&r->o->fields, "subscriptions.", "no_local", bit(options, 2));
    oracle_number(&r->o->fields, "subscriptions.", "retain_as_published", bit(options, 3));
    oracle_number(&r->o->fields, "subscriptions.", "retain_handling", options / 16 % 4);
    return true;
}

static bool subscribe(struct reader *r)
{
    uint64_t present;
    if (!packet_id(r, "packet_id_zero") || !properties(r, IN_SUBSCRIBE, "properties.", &present))
        return false;
    if (r->at == r->end)
        fault(r, "subscribe_empty", r->version == 5 ? ORACLE_PROTOCOL_ERROR : ORACLE_UNSTATED,
              r->at, r->at);
    while (r->at < r->end)
        if (!subscription(r))
            return false;
    return true;
}

static bool unsubscribe(struct reader *r)
{
    uint64_t present;
    struct view filter;
    if (!packet_id(r, "packet_id_zero") || !properties(r, IN_UNSUBSCRIBE, "properties.", &present))
        return false;
    if (r->at == r->end)
        fault(r, "unsubscribe_empty", r->version == 5 ? ORACLE_PROTOCOL_ERROR : ORACLE_UNSTATED,
              r->at, r->at);
    while (r->at < r->end) {
        if (!read_view(r, &filter))
            return false;
        judge_filter(r, filter, "unsubscribe_filter_utf8");
        oracle_bytes(&r->o->fields, "", "topic_filters", filter.ptr, filter.len);
    }
    return true;
}

/* SUBACK and UNSUBACK, which has no codes in 3.1.1. */
static bool answer(struct reader *r, enum packet type, enum place place, const char *rule,
                   const char *empty_rule)
{
    uint64_t present;
    unsigned long code;
    if (!packet_id(r, "answered_id_zero") || !properties(r, place, "properties.", &present))
        return false;
    if (r->version == 4 && type == UNSUBACK)
        return true;
    if (r->at == r->end) /* there is a code for each filter, of which there is one */
        fault(r, empty_rule, ORACLE_UNSTATED, r->at, r->at);
    while (r->at < r->end) {
        if (!reason_code(r, type, rule, &code))
            return false;
        oracle_number(&r->o->fields, "", "reason_codes", code);
    }
    return true;
}

/* DISCONNECT and AUTH: a reason code that is 0 and an empty block may be left out. */
static bool goodbye(struct reader *r, enum packet type, enum place place, const char *rule,
                    uint64_t *present)
{
    unsigned long code = 0;
    *present = 0;
    if (r->version == 4)
        return true;
    if (r->at < r->end && !reason_code(r, type, rule, &code))
        return false;
    oracle_number(&r->o->fields, "", "reason_code", code);
    return r->at == r->end || read_properties(r, place, "properties.", present);
}

/*
 * 3.15.2.1 describes AUTH without a body, 3.15.2.2.2 calls one without a method a protocol error:
 * docs/design.md decides that it is one.
 */
static bool auth(struct reader *r)
{
    size_t start = r->at;
    uint64_t present;
    bool whole = goodbye(r, AUTH, IN_AUTH, "auth_reason", &present);
    if (whole && !has(present, 0x15))
        fault(r, "auth_method_missing", ORACLE_PROTOCOL_ERROR, start, r->end);
    return whole;
}

/* ---- Any packet ---------------------------------------------------------------------------- */

static bool body(struct reader *r, enum packet type)
{
    uint64_t present;
    switch (type) {
    case CONNECT:
        return connect(r);
    case CONNACK:
        return connack(r);
    case PUBLISH:
        return publish(r);
    case PUBACK:
        return acknowledgement(r, type, IN_PUBACK, "puback_reason");
    case PUBREC:
        return acknowledgement(r, type, IN_PUBREC, "pubrec_reason");
    case PUBREL:
        return acknowledgement(r, type, IN_PUBREL, "pubrel_reason");
    case PUBCOMP:
        return acknowledgement(r, type, IN_PUBCOMP, "pubcomp_reason");
    case SUBSCRIBE:
        return subscribe(r);
    case SUBACK:
        return answer(r, type, IN_SUBACK, "suback_reason", "suback_empty");
    case UNSUBSCRIBE:
        return unsubscribe(r);
    case UNSUBACK:
        return answer(r, type, IN_UNSUBACK, "unsuback_reason", "unsuback_empty");
    case DISCONNECT:
        return goodbye(r, type, IN_DISCONNECT, "disconnect_reason", &present);
    case AUTH:
        return auth(r);
    default:
        return true; /* PINGREQ, PINGRESP */
    }
}

static void more(struct oracle *o, size_t wanted)
{
    o->verdict = ORACLE_MORE;
    o->size = wanted;
}

static void clear(struct oracle *o)
{
    o->verdict = ORACLE_ACCEPT;
    o->size = 0;
    o->fault_count = 0;
    oracle_clear(&o->fields);
}

/* How many bytes is the Remaining Length long?  0: it is not all there; 5: it does not end. */
static size_t length_bytes(const uint8_t *bytes, size_t len)
{
    for (size_t n = 1; n <= 4; n++) {
        if (n >= len)
            return 0;
        if (bytes[n] < 128)
            return n;
    }
    return 5;
}

/* In 3.1.1 a length may take more bytes than it needs: only 5.0 has MQTT-1.5.5-1. */
void oracle_frame(struct oracle *o, const uint8_t *bytes, size_t len, unsigned version)
{
    size_t n = length_bytes(bytes, len);
    unsigned long length = 0;
    struct reader r = {.o = o, .bytes = bytes, .at = 1, .end = len, .cut = "truncated"};
    clear(o);
    if (n == 0) { /* one byte more may end the length; a packet has two at least */
        more(o, len < 2 ? 2 : len + 1);
        return;
    }
    if (!read_integer(&r, &length))
        return;
    if (version != 5)
        clear(o);
    o->size = 1 + n + length;
    if (o->verdict == ORACLE_ACCEPT && o->size > len)
        more(o, o->size);
}

void oracle_judge(struct oracle *o, const uint8_t *bytes, size_t len, unsigned version,
                  enum oracle_sender sender)
{
    struct reader r = {.o = o, .bytes = bytes, .version = version, .sender = sender};
    const struct packet_row *row;
    unsigned long length;
    char senders;
    bool reserved;
    oracle_frame(o, bytes, len, version);
    if (o->verdict == ORACLE_MORE)
        return;
    row = &packet_rows[bytes[0] >> 4];
    senders = version == 5 ? row->sender_5 : row->sender_4;
    reserved = senders == '-';
    if (reserved)
        fault(&r, "type_reserved", ORACLE_MALFORMED, 0, 0);
    if ((senders == 'C' && sender == ORACLE_SERVER) || (senders == 'S' && sender == ORACLE_CLIENT))
        fault(&r, "direction", ORACLE_UNSTATED, 0, 0);
    if (!reserved && row->flags >= 0 && bytes[0] % 16 != row->flags)
        fault(&r, row->flag_rule, ORACLE_MALFORMED, 0, 0);
    if (reserved || o->size == 0 || o->size > len)
        return;
    oracle_bytes(&o->fields, "", row->name, bytes, 0);

    r.at = 1 + length_bytes(bytes, len);
    r.end = o->size;
    r.cut = "truncated";
    if (body(&r, (enum packet)(bytes[0] >> 4)) && r.at < r.end)
        fault(&r, "surplus_bytes connect_surplus", ORACLE_MALFORMED, r.at, r.end);
    if (version == 0 && r.version == 5) { /* now its length can be judged */
        r.at = 1;
        read_integer(&r, &length);
    }
}
