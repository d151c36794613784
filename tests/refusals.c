/* SPDX-License-Identifier: MIT */
/* mqw_refusal: the packet that says goodbye for a broken rule. */
#include "help.h"

struct row {
    enum mqw_code rule;
    uint8_t version;
    enum mqw_sender sender;
    uint8_t type;
    int reason; /* -1: there is no such packet */
};

/* Reason codes and who may send them: table 2-6, and 3.2.2.2, 3.14.2.1 of 5.0; 3.2.2.3 of 3.1.1. */
static const struct row rows[] = {
    {MQW_RULE_TOPIC_UTF8, 5, MQW_SERVER, MQW_DISCONNECT, 0x81},
    {MQW_RULE_TOPIC_UTF8, 5, MQW_CLIENT, MQW_DISCONNECT, 0x81},
    {MQW_RULE_TOPIC_UTF8, 0, MQW_SERVER, MQW_DISCONNECT, 0x81},
    {MQW_RULE_PACKET_TOO_LARGE, 5, MQW_CLIENT, MQW_DISCONNECT, 0x95},
    {MQW_RULE_PACKET_TOO_LARGE, 5, MQW_SERVER, MQW_CONNACK, 0x95},
    /* A CONNACK cannot say that an alias is invalid, nor a client that a QoS is not supported. */
    {MQW_RULE_TOPIC_ALIAS_TOO_LARGE, 5, MQW_SERVER, MQW_DISCONNECT, 0x94},
    {MQW_RULE_TOPIC_ALIAS_TOO_LARGE, 5, MQW_SERVER, MQW_CONNACK, 0x82},
    {MQW_RULE_QOS_NOT_SUPPORTED, 5, MQW_SERVER, MQW_DISCONNECT, 0x9B},
    {MQW_RULE_QOS_NOT_SUPPORTED, 5, MQW_CLIENT, MQW_DISCONNECT, 0x82},
    {MQW_RULE_PROTOCOL_VERSION, 5, MQW_SERVER, MQW_CONNACK, 0x84},
    {MQW_RULE_PROTOCOL_VERSION, 0, MQW_SERVER, MQW_CONNACK, 0x84},
    {MQW_RULE_PROTOCOL_VERSION, 5, MQW_NEITHER, MQW_CONNACK, 0x84},
    /* 3.1.1 has two return codes for what is wrong with a CONNECT, and else closes in silence. */
    {MQW_RULE_PROTOCOL_VERSION, 4, MQW_SERVER, MQW_CONNACK, 1},
    {MQW_RULE_PROTOCOL_VERSION, 3, MQW_SERVER, MQW_CONNACK, 1},
    {MQW_RULE_CLIENT_ID_EMPTY, 4, MQW_SERVER, MQW_CONNACK, 2},
    {MQW_RULE_CLIENT_ID_EMPTY, 4, MQW_SERVER, MQW_DISCONNECT, -1},
    {MQW_RULE_TOPIC_UTF8, 4, MQW_SERVER, MQW_CONNACK, -1},
    {MQW_RULE_TOPIC_UTF8, 4, MQW_CLIENT, MQW_DISCONNECT, -1},
    /* Only a server answers a CONNECT; nothing else says goodbye; nothing is wrong. */
    {MQW_RULE_PROTOCOL_VERSION, 5, MQW_CLIENT, MQW_CONNACK, -1},
    {MQW_RULE_TOPIC_UTF8, 5, MQW_SERVER, MQW_PUBACK, -1},
    {MQW_OK, 5, MQW_SERVER, MQW_DISCONNECT, -1},
    {MQW_MORE, 5, MQW_SERVER, MQW_DISCONNECT, -1},
    {MQW_MISUSE, 5, MQW_SERVER, MQW_DISCONNECT, -1},
};

START_TEST(refusals)
{
    const struct row *row = &rows[_i];
    uint8_t version = row->version ? row->version : 5;
    struct mqw_packet packet;
    char *text, wanted[80];
    memset(&packet, 0xFF, sizeof packet);
    if (row->reason < 0) {
        ck_assert(!mqw_refusal(row->rule, row->version, row->sender, row->type, &packet));
        ck_assert_uint_eq(packet.type, 0xFF); /* nothing was written */
        return;
    }
    ck_assert(mqw_refusal(row->rule, row->version, row->sender, row->type, &packet));
    text = packet_text(&packet);
    if (row->type == MQW_CONNACK)
        snprintf(wanted, sizeof wanted, "CONNACK %d session_present=0 code=%02x%s", version,
                 (unsigned)row->reason, version == 5 ? " {}" : "");
    else
        snprintf(wanted, sizeof wanted, "DISCONNECT %d code=%02x {}", version,
                 (unsigned)row->reason);
    ck_assert_str_eq(text, wanted);
    if (row->type == MQW_CONNACK) /* 3.1.1 has none, and none are told */
        ck_assert(!packet.connack.properties.present);
    free(text);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("refusals");
    tcase_add_loop_test(tcase, refusals, 0, (int)COUNT(rows));
    return run_case("refusals", tcase);
}
