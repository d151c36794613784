/* SPDX-License-Identifier: MIT */
/*
 * Every reason code in every packet from either side, and the return codes of 3.1.1: the packets'
 * own tables (3-1, 3-4 to 3-11 of 5.0; 3.1 and section 3.9.3 of 3.1.1), typed anew.
 */
#include "help.h"

#include <ctype.h>

/* S, C, B: sent by server, client, both. */
static const struct row {
    uint8_t code;
    const char *name;
    const char *cells;
} rows[] = {
    /* connAck pubAck pubRec pubRel pubComp subAck unsubAck Disconnect autH */
    {0x00, "Success", "SBBBBSSBS"},
    {0x01, "Granted QoS 1", "     S   "},
    {0x02, "Granted QoS 2", "     S   "},
    {0x04, "Disconnect with Will Message", "       C "},
    {0x10, "No matching subscribers", " SS      "},
    {0x11, "No subscription existed", "      S  "},
    {0x18, "Continue authentication", "        B"},
    {0x19, "Re-authenticate", "        C"},
    {0x80, "Unspecified error", "SBB  SSB "},
    {0x81, "Malformed Packet", "S      B "},
    {0x82, "Protocol Error", "S      B "},
    {0x83, "Implementation specific error", "SBB  SSB "},
    {0x84, "Unsupported Protocol Version", "S        "},
    {0x85, "Client Identifier not valid", "S        "},
    {0x86, "Bad User Name or Password", "S        "},
    {0x87, "Not authorized", "SBB  SSS "},
    {0x88, "Server unavailable", "S        "},
    {0x89, "Server busy", "S      S "},
    {0x8A, "Banned", "S        "},
    {0x8B, "Server shutting down", "       S "},
    {0x8C, "Bad authentication method", "S        "},
    {0x8D, "Keep Alive timeout", "       S "},
    {0x8E, "Session taken over", "       S "},
    {0x8F, "Topic Filter invalid", "     SSS "},
    {0x90, "Topic Name invalid", "SBB    B "},
    {0x91, "Packet Identifier in use", " BB  SS  "},
    {0x92, "Packet Identifier not found", "   BB    "},
    {0x93, "Receive Maximum exceeded", "       B "},
    {0x94, "Topic Alias invalid", "       B "},
    {0x95, "Packet too large", "S      B "},
    {0x96, "Message rate too high", "       B "},
    {0x97, "Quota exceeded", "SBB  S B "},
    {0x98, "Administrative action", "       B "},
    {0x99, "Payload format invalid", "SBB    B "},
    {0x9A, "Retain not supported", "S      S "},
    {0x9B, "QoS not supported", "S      S "},
    {0x9C, "Use another server", "S      S "},
    {0x9D, "Server moved", "S      S "},
    {0x9E, "Shared Subscriptions not supported", "     S S "},
    {0x9F, "Connection rate exceeded", "S      S "},
    {0xA0, "Maximum connect time", "       S "},
    {0xA1, "Subscription Identifiers not supported", "     S S "},
    {0xA2, "Wildcard Subscriptions not supported", "     S S "},
};

static const struct packet {
    uint8_t type, senders;
    const char *before, *after; /* of the code, in 5.0 */
    enum mqw_code rule;
} packets[] = {
    {MQW_CONNACK, MQW_SERVER, "20{00 ", "00}", MQW_RULE_CONNACK_REASON},
    {MQW_PUBACK, MQW_EITHER, "40{0001 ", "}", MQW_RULE_PUBACK_REASON},
    {MQW_PUBREC, MQW_EITHER, "50{0001 ", "}", MQW_RULE_PUBREC_REASON},
    {MQW_PUBREL, MQW_EITHER, "62{0001 ", "}", MQW_RULE_PUBREL_REASON},
    {MQW_PUBCOMP, MQW_EITHER, "70{0001 ", "}", MQW_RULE_PUBCOMP_REASON},
    {MQW_SUBACK, MQW_SERVER, "90{0001 00 00 ", "02}", MQW_RULE_SUBACK_REASON},
    {MQW_UNSUBACK, MQW_SERVER, "B0{0001 00 00 ", "11}", MQW_RULE_UNSUBACK_REASON},
    {MQW_DISCONNECT, MQW_EITHER, "E0{", "}", MQW_RULE_DISCONNECT_REASON},
    {MQW_AUTH, MQW_EITHER, "F0{", "{15('m')}}", MQW_RULE_AUTH_REASON},
};

static const struct row *row_of(unsigned code)
{
    for (size_t i = 0; i < COUNT(rows); i++)
        if (rows[i].code == code)
            return &rows[i];
    return NULL;
}

static bool legal(unsigned code, size_t packet, uint8_t sender)
{
    const struct row *row = row_of(code);
    char cell = row ? row->cells[packet] : ' ';
    return cell == 'B' || (cell == 'S' && sender != MQW_CLIENT) ||
           (cell == 'C' && sender != MQW_SERVER);
}

static uint8_t codes[3];

/* Puts a code where the packet has one. */
static void replace(struct mqw_packet *packet, uint8_t code)
{
    switch (packet->type) {
    case MQW_CONNACK:
        packet->connack.reason_code = code;
        break;
    case MQW_SUBACK:
    case MQW_UNSUBACK:
        memcpy(codes, packet->suback.reason_codes.items, packet->suback.reason_codes.count);
        codes[packet->version == 5] = code;
        packet->suback.reason_codes = mqw_codes(codes, packet->suback.reason_codes.count);
        break;
    case MQW_DISCONNECT:
    case MQW_AUTH:
        packet->disconnect.reason_code = code;
        break;
    default:
        packet->ack.reason_code = code;
    }
}

/* Decoding and encoding agree with `good`. */
static void expect(uint8_t version, uint8_t sender, const char *before, unsigned code,
                   const char *after, bool good, enum mqw_code rule)
{
    char text[100], field[100];
    struct mqw_options options = options_of(version, sender), lenient;
    struct mqw_packet packet;
    struct mqw_result r;
    struct wire wire;
    uint8_t out[40];
    bool list;
    snprintf(text, sizeof text, "%s!%02X%s", before, code, after);
    wire = wire_of(version, text);
    list = wire.ptr[0] == 0x90 || wire.ptr[0] == 0xB0;
    r = expect_laws(wire.ptr, wire.len, &options);
    ck_assert_msg(r.code == (good ? MQW_OK : rule), "%s of %u from %u: %s", text, version, sender,
                  code_name(r.code));
    if (!good) {
        ck_assert_msg(r.offset == wire.mark && r.item == (list ? version == 5 : 0), "%s: %lu %lu",
                      text, (unsigned long)r.offset, (unsigned long)r.item);
        mqw_decode_field(wire.ptr, wire.len, &options, field, sizeof field);
        ck_assert_str_eq(field, !list          ? "reason_code"
                                : version == 5 ? "reason_codes[1]"
                                               : "reason_codes[0]");
    }
    lenient = options;
    lenient.allow = MQW_ALLOW_REASONS;
    r = expect_laws(wire.ptr, wire.len, &lenient);
    ck_assert_msg(r.code == MQW_OK, "%s: %s", text, code_name(r.code));

    snprintf(text, sizeof text, "%s%02X%s", before, 0x00, after);
    wire_free(&wire);
    wire = wire_of(version, text);
    lenient.allow = MQW_ALLOW_REASONS;
    ck_assert_int_eq(mqw_decode(wire.ptr, wire.len, &lenient, &packet).code, MQW_OK);
    replace(&packet, (uint8_t)code);
    r = mqw_encode(&packet, &options, out, sizeof out);
    ck_assert_msg(r.code == (good ? MQW_OK : rule), "encoding %u in %s of %u from %u: %s", code,
                  text, version, sender, code_name(r.code));
    wire_free(&wire);
}

START_TEST(matrix_of_5)
{
    for (size_t i = 0; i < COUNT(packets); i++)
        for (uint8_t sender = 0; sender <= 2; sender++) {
            if (sender && !(packets[i].senders & sender))
                continue;
            for (unsigned code = 0; code < 256; code++)
                expect(5, sender, packets[i].before, code, packets[i].after, legal(code, i, sender),
                       packets[i].rule);
        }
}
END_TEST

START_TEST(matrix_of_3_1_1)
{
    for (uint8_t sender = 0; sender <= MQW_SERVER; sender = (uint8_t)(sender + MQW_SERVER))
        for (unsigned code = 0; code < 256; code++) {
            expect(4, sender, "20{00 ", code, "}", code <= 5, MQW_RULE_CONNACK_REASON);
            expect(4, sender, "90{0001 ", code, "01}", code <= 2 || code == 0x80,
                   MQW_RULE_SUBACK_REASON);
        }
}
END_TEST

/* "Not authorized" is not_authorized. */
static void expect_name(const char *name, const char *text)
{
    ck_assert_uint_eq(strlen(name), strlen(text));
    for (size_t i = 0; text[i]; i++)
        ck_assert_msg(name[i] ==
                          (isalnum((unsigned char)text[i]) ? tolower((unsigned char)text[i]) : '_'),
                      "%s and %s", name, text);
}

START_TEST(names)
{
    for (size_t i = 0; i < COUNT(packets); i++)
        for (size_t j = 0; j < COUNT(rows); j++) {
            const char *wanted = rows[j].name;
            uint8_t type = packets[i].type;
            if (rows[j].cells[i] == ' ') {
                ck_assert_str_eq(mqw_reason_name(5, type, rows[j].code), "");
                continue;
            }
            if (!rows[j].code && type == MQW_DISCONNECT)
                wanted = "Normal disconnection";
            if (!rows[j].code && type == MQW_SUBACK)
                wanted = "Granted QoS 0";
            ck_assert_str_eq(mqw_reason_text(5, type, rows[j].code), wanted);
            expect_name(mqw_reason_name(5, type, rows[j].code), wanted);
        }
}
END_TEST

/* The other packets have no code. */
START_TEST(names_without_code)
{
    static const uint8_t types[] = {
        0, MQW_CONNECT, MQW_PUBLISH, MQW_SUBSCRIBE, MQW_UNSUBSCRIBE, MQW_PINGREQ, MQW_PINGRESP, 16};
    for (size_t i = 0; i < COUNT(types); i++)
        for (unsigned code = 0; code < 256; code++)
            for (uint8_t version = 4; version <= 5; version++) {
                ck_assert_str_eq(mqw_reason_name(version, types[i], (uint8_t)code), "");
                ck_assert_str_eq(mqw_reason_text(version, types[i], (uint8_t)code), "");
            }
}
END_TEST

/* The goodbye for a rule has the rule's code, or that of its class where the table above says that
 * the packet has not the first one from this sender. */
static void expect_refusal(const struct mqw_rule *rule, size_t packet, enum mqw_sender sender)
{
    uint8_t type = packets[packet].type;
    struct mqw_packet p;
    struct mqw_options options = options_of(5, (uint8_t)sender);
    uint8_t out[20], code;
    unsigned wanted =
        legal(rule->reason_code, packet, (uint8_t)sender) ? rule->reason_code : rule->kind;
    for (uint8_t version = 0; version <= 5; version = (uint8_t)(version + 5)) {
        memset(&p, 0xFF, sizeof p);
        ck_assert(mqw_refusal(rule->number, version, sender, type, &p));
        code = type == MQW_CONNACK ? p.connack.reason_code : p.disconnect.reason_code;
        ck_assert_msg(p.type == type && p.version == 5 && code == wanted, "%s: %02X, not %02X",
                      rule->name, code, wanted);
        ck_assert_int_eq(mqw_encode(&p, &options, out, sizeof out).code, MQW_OK);
    }
}

/* refusals.c has examples, and what is no refusal. */
START_TEST(refusals_of_all_rules)
{
    const struct mqw_rule *rule;
    struct mqw_packet p;
    uint8_t out[20];
    for (size_t i = 0; (rule = mqw_rule_at(i)); i++) {
        struct mqw_options options = options_of(4, MQW_SERVER);
        expect_refusal(rule, 0, MQW_SERVER); /* CONNACK */
        expect_refusal(rule, 7, MQW_SERVER); /* DISCONNECT */
        expect_refusal(rule, 7, MQW_CLIENT);
        ck_assert(!mqw_refusal(rule->number, 5, MQW_CLIENT, MQW_CONNACK, &p));
        ck_assert(!mqw_refusal(rule->number, 5, MQW_SERVER, MQW_PUBACK, &p));
        /* 3.1.1 has codes for two faults of a CONNECT, and a server has no DISCONNECT. */
        ck_assert(!mqw_refusal(rule->number, 4, MQW_SERVER, MQW_DISCONNECT, &p));
        ck_assert_int_eq(mqw_refusal(rule->number, 4, MQW_SERVER, MQW_CONNACK, &p),
                         rule->return_code != 0);
        if (!rule->return_code)
            continue;
        ck_assert(!p.connack.session_present && p.connack.reason_code == rule->return_code);
        ck_assert_int_eq(mqw_encode(&p, &options, out, sizeof out).code, MQW_OK);
    }
}
END_TEST

/* A session is present beside success alone; 3.1.1 and 5.0, section 3.2.2. */
START_TEST(session_present)
{
    for (uint8_t version = 4; version <= 5; version++)
        for (unsigned code = 1; code <= (version == 4 ? 5 : 0xA2); code++) {
            char text[40];
            struct wire wire;
            struct mqw_options options = options_of(version, MQW_SERVER);
            if (version == 5 && !legal(code, 0, MQW_SERVER))
                continue;
            snprintf(text, sizeof text, "20{01 %02X ~}", code);
            wire = wire_of(version, text);
            ck_assert_int_eq(expect_laws(wire.ptr, wire.len, &options).code,
                             MQW_RULE_SESSION_PRESENT_REFUSED);
            wire_free(&wire);
        }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        matrix_of_5,        matrix_of_3_1_1,       names,
        names_without_code, refusals_of_all_rules, session_present,
    };
    return run("reasons", tests, COUNT(tests));
}
