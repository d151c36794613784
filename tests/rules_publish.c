/* SPDX-License-Identifier: MIT */
/* PUBLISH. */
#include "rules.h"

static const struct rule_case cases[] = {
    {MQW_RULE_QOS_3, "45", 0, 0x81, UNREAD, "qos", "!36{('a') 0001 ~}", "34{('a') 0001 ~}"},
    {MQW_RULE_QOS_3, "45", 0, 0x81, UNREAD, "qos", "!37{('a') 0001 ~}", NULL},
    {MQW_RULE_QOS_3, "45", 0, 0x81, UNREAD, "qos", "!3E{('a') 0001 ~}", NULL},
    {MQW_RULE_QOS_3, "45", 0, 0x81, UNREAD, "qos", "!3F{('a') 0001 ~}", NULL},
    {MQW_RULE_DUP_QOS_0, "45", 0, 0, REFUSED, "dup", "!38{('a') ~}", "30{('a') ~}"},
    {MQW_RULE_DUP_QOS_0, "45", 0, 0, REFUSED, "dup", "!39{('a') ~}", "3A{('a') 0001 ~}"},
    {MQW_RULE_PACKET_ID_ZERO, "45", 0, 0, REFUSED, "packet_id", "32{('a') !0000 ~}",
     "32{('a') 0001 ~}"},
    {MQW_RULE_PACKET_ID_ZERO, "45", MQW_SERVER, 0, REFUSED, "packet_id", "3D{('a') !0000 ~ 'x'}",
     "3D{('a') FFFF ~ 'x'}"},
    {MQW_RULE_PACKET_ID_ZERO, "45", MQW_CLIENT, 0, REFUSED, "packet_id", "82{!0000 ~ ('a') 00}",
     "82{0100 ~ ('a') 00}"},
    {MQW_RULE_PACKET_ID_ZERO, "45", MQW_CLIENT, 0, REFUSED, "packet_id", "A2{!0000 ~ ('a')}",
     "A2{0001 ~ ('a')}"},

    {MQW_RULE_TOPIC_ALIAS_ZERO, "5", 0, 0x94, REFUSED, "properties.topic_alias",
     "30{('a') {23 !0000}}", "30{('a') {23 0001}}"},
    {MQW_RULE_TOPIC_ALIAS_ZERO, "5", 0, 0x94, REFUSED, "properties.topic_alias",
     "30{() {23 !0000}}", "30{() {23 FFFF}}"},
    {MQW_RULE_SUBSCRIPTION_IDENTIFIER_FROM_CLIENT, "5", MQW_CLIENT, 0, REFUSED,
     "properties.subscription_identifiers[0]", "30{('a') {!0B 01}}", NULL},
    {MQW_RULE_SUBSCRIPTION_IDENTIFIER_ZERO, "5", 0, 0x82, REFUSED,
     "properties.subscription_identifiers[0]", "30{('a') {0B !00}}", "30{('a') {0B 01}}"},
    {MQW_RULE_SUBSCRIPTION_IDENTIFIER_ZERO, "5", MQW_SERVER, 0x82, REFUSED,
     "properties.subscription_identifiers[1]", "30{('a') {0B 01 0B !00}}",
     "30{('a') {0B 01 0B 01}}"},
    {MQW_RULE_SUBSCRIPTION_IDENTIFIER_ZERO, "5", MQW_CLIENT, 0x82, REFUSED,
     "properties.subscription_identifiers[0]", "82{0001 {0B !00} ('a') 00}",
     "82{0001 {0B 7F} ('a') 00}"},

    {MQW_RULE_PAYLOAD_FORMAT_INDICATOR_VALUE, "5", 0, 0, REFUSED,
     "properties.payload_format_indicator", "30{('a') {01 !02}}", "30{('a') {01 01}}"},
    {MQW_RULE_PAYLOAD_FORMAT_INDICATOR_VALUE, "5", 0, 0, REFUSED,
     "will.properties.payload_format_indicator",
     "10{('MQTT') 05 06 0000 00 ('c') {01 !FF} ('t') ()}",
     "10{('MQTT') 05 06 0000 00 ('c') {01 00} ('t') ()}"},
    {MQW_RULE_PAYLOAD_NOT_TEXT, "5", 0, 0x99, REFUSED, "payload", "30{('a') {01 01} !FF}",
     "30{('a') {01 01} 'x'}"},
    {MQW_RULE_PAYLOAD_NOT_TEXT, "5", 0, 0x99, REFUSED, "payload", "30{('a') {01 01} !'x' C0 80}",
     "30{('a') {01 00} 'x' C0 80}"},
    {MQW_RULE_PAYLOAD_NOT_TEXT, "5", 0, 0x99, REFUSED, "will.payload",
     "10{('MQTT') 05 06 0000 00 ('c') {01 01} ('t') (!80)}",
     "10{('MQTT') 05 06 0000 00 ('c') {01 01} ('t') (C3A9)}"},
};

const struct rule_cases publish_rules = {"publish", cases, COUNT(cases)};
