/* SPDX-License-Identifier: MIT */
/*
 * Packet types (table 2.1 of 3.1.1, 2-1 of 5.0), properties (table 2-4 of 5.0 and the sections of
 * the packets) and reason codes (tables 3-1 and 3-4 to 3-11 of 5.0).
 */
#include "oracle_parts.h"

const struct packet_row packet_rows[16] = {
    {"reserved", 0, "type_reserved", '-', '-'},
    {"CONNECT", 0, "fixed_header_flags", 'C', 'C'},
    {"CONNACK", 0, "fixed_header_flags", 'S', 'S'},
    {"PUBLISH", -1, "", 'B', 'B'},
    {"PUBACK", 0, "fixed_header_flags", 'B', 'B'},
    {"PUBREC", 0, "fixed_header_flags", 'B', 'B'},
    {"PUBREL", 2, "pubrel_flags", 'B', 'B'},
    {"PUBCOMP", 0, "fixed_header_flags", 'B', 'B'},
    {"SUBSCRIBE", 2, "subscribe_flags", 'C', 'C'},
    {"SUBACK", 0, "fixed_header_flags", 'S', 'S'},
    {"UNSUBSCRIBE", 2, "unsubscribe_flags", 'C', 'C'},
    {"UNSUBACK", 0, "fixed_header_flags", 'S', 'S'},
    {"PINGREQ", 0, "fixed_header_flags", 'C', 'C'},
    {"PINGRESP", 0, "fixed_header_flags", 'S', 'S'},
    {"DISCONNECT", 0, "disconnect_flags", 'C', 'B'},
    {"AUTH", 0, "auth_flags", '-', 'B'},
};

/* Values of any size are in no row's way. */
#define ANY                    0, 0xFFFFFFFF, NULL, 0
#define FLAG(rule)             0, 1, rule, ORACLE_PROTOCOL_ERROR
#define POSITIVE(rule, reason) 1, 0xFFFFFFFF, rule, reason

/*
 * Columns: CONNECT, Will, CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBSCRIBE, SUBACK,
 * UNSUBSCRIBE, UNSUBACK, DISCONNECT, AUTH.
 */
/* clang-format off */
const struct property_row property_rows[] = {
    {0x01, "payload_format_indicator",          BYTE,       ".x.x..........", ANY, ""},
    {0x02, "message_expiry_interval",           FOUR_BYTES, ".x.x..........", ANY, ""},
    {0x03, "content_type",                      TEXT,       ".x.x..........",
     ANY, "content_type_utf8"},
    {0x08, "response_topic",                    TEXT,       ".x.x..........",
     ANY, "response_topic_utf8"},
    {0x09, "correlation_data",                  BINARY,     ".x.x..........", ANY, ""},
    {0x0B, "subscription_identifiers",          INTEGER,    "...s....x.....",
     POSITIVE("subscription_identifier_zero", ORACLE_PROTOCOL_ERROR), ""},
    {0x11, "session_expiry_interval",           FOUR_BYTES, "x.x.........c.", ANY, ""},
    {0x12, "assigned_client_identifier",        TEXT,       "..x...........", ANY, "text_utf8"},
    {0x13, "server_keep_alive",                 TWO_BYTES,  "..x...........", ANY, ""},
    {0x15, "authentication_method",             TEXT,       "x.x..........x", ANY, "text_utf8"},
    {0x16, "authentication_data",               BINARY,     "x.x..........x", ANY, ""},
    {0x17, "request_problem_information",       BYTE,       "x.............",
     FLAG("request_problem_information_value"), ""},
    {0x18, "will_delay_interval",               FOUR_BYTES, ".x............", ANY, ""},
    {0x19, "request_response_information",      BYTE,       "x.............",
     FLAG("request_response_information_value"), ""},
    {0x1A, "response_information",              TEXT,       "..x...........", ANY, "text_utf8"},
    /* In DISCONNECT it is described for the server; nothing forbids it to a client (3.14.2.2.5). */
    {0x1C, "server_reference",                  TEXT,       "..x.........x.", ANY, "text_utf8"},
    {0x1F, "reason_string",                     TEXT,       "..x.xxxx.x.xxx", ANY, "text_utf8"},
    {0x21, "receive_maximum",                   TWO_BYTES,  "x.x...........",
     POSITIVE("receive_maximum_zero", ORACLE_PROTOCOL_ERROR), ""},
    {0x22, "topic_alias_maximum",               TWO_BYTES,  "x.x...........", ANY, ""},
    {0x23, "topic_alias",                       TWO_BYTES,  "...x..........",
     POSITIVE("topic_alias_zero", ORACLE_ALIAS), ""},
    {0x24, "maximum_qos",                       BYTE,       "..x...........",
     FLAG("maximum_qos_value"), ""},
    {0x25, "retain_available",                  BYTE,       "..x...........",
     FLAG("retain_available_value"), ""},
    {0x26, "user_properties",                   PAIR,       "xxxxxxxxxxxxxx",
     ANY, "user_property_utf8"},
    {0x27, "maximum_packet_size",               FOUR_BYTES, "x.x...........",
     POSITIVE("maximum_packet_size_zero", ORACLE_PROTOCOL_ERROR), ""},
    {0x28, "wildcard_subscription_available",   BYTE,       "..x...........",
     FLAG("wildcard_subscription_available_value"), ""},
    {0x29, "subscription_identifier_available", BYTE,       "..x...........",
     FLAG("subscription_identifier_available_value"), ""},
    {0x2A, "shared_subscription_available",     BYTE,       "..x...........",
     FLAG("shared_subscription_available_value"), ""},
};
/* clang-format on */
const size_t property_count = sizeof property_rows / sizeof *property_rows;

const struct property_row *property_of(unsigned long id)
{
    for (size_t i = 0; i < property_count; i++)
        if (property_rows[i].id == id)
            return &property_rows[i];
    return NULL;
}

/* Columns: CONNACK, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK, UNSUBACK, DISCONNECT, AUTH. */
static const struct {
    unsigned code;
    char senders[10]; /* C client, S server, B both */
} reasons[] = {
    {0x00, "SBBBBSSBS"}, {0x01, ".....S..."}, {0x02, ".....S..."}, {0x04, ".......C."},
    {0x10, ".SS......"}, {0x11, "......S.."}, {0x18, "........B"}, {0x19, "........C"},
    {0x80, "SBB..SSB."}, {0x81, "S......B."}, {0x82, "S......B."}, {0x83, "SBB..SSB."},
    {0x84, "S........"}, {0x85, "S........"}, {0x86, "S........"}, {0x87, "SBB..SSS."},
    {0x88, "S........"}, {0x89, "S......S."}, {0x8A, "S........"}, {0x8B, ".......S."},
    {0x8C, "S........"}, {0x8D, ".......S."}, {0x8E, ".......S."}, {0x8F, ".....SSS."},
    {0x90, "SBB....B."}, {0x91, ".BB..SS.."}, {0x92, "...BB...."}, {0x93, ".......B."},
    {0x94, ".......B."}, {0x95, "S......B."}, {0x96, ".......B."}, {0x97, "SBB..S.B."},
    {0x98, ".......B."}, {0x99, "SBB....B."}, {0x9A, "S......S."}, {0x9B, "S......S."},
    {0x9C, "S......S."}, {0x9D, "S......S."}, {0x9E, ".....S.S."}, {0x9F, "S......S."},
    {0xA0, ".......S."}, {0xA1, ".....S.S."}, {0xA2, ".....S.S."},
};

static const enum packet reason_columns[] = {CONNACK, PUBACK,   PUBREC,     PUBREL, PUBCOMP,
                                             SUBACK,  UNSUBACK, DISCONNECT, AUTH};

bool reason_known(unsigned code, enum packet type, enum oracle_sender sender)
{
    size_t column = 0;
    while (reason_columns[column] != type)
        column++;
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].code == code)
            switch (reasons[i].senders[column]) {
            case 'B':
                return true;
            case 'C':
                return sender != ORACLE_SERVER;
            case 'S':
                return sender != ORACLE_CLIENT;
            default:
                return false;
            }
    return false;
}
