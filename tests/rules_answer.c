/* SPDX-License-Identifier: MIT */
/* Acknowledgements, DISCONNECT, AUTH. */
#include "rules.h"

static const struct rule_case cases[] = {
    {MQW_RULE_ACKNOWLEDGED_ID_ZERO, "45", 0, 0, REFUSED, "packet_id", "40{!0000}", "40{0001}"},
    {MQW_RULE_ACKNOWLEDGED_ID_ZERO, "45", 0, 0, REFUSED, "packet_id", "50{!0000}", "50{0001}"},
    {MQW_RULE_ACKNOWLEDGED_ID_ZERO, "45", 0, 0, REFUSED, "packet_id", "62{!0000}", "62{0001}"},
    {MQW_RULE_ACKNOWLEDGED_ID_ZERO, "45", 0, 0, REFUSED, "packet_id", "70{!0000}", "70{0001}"},
    {MQW_RULE_ACKNOWLEDGED_ID_ZERO, "5", 0, 0, REFUSED, "packet_id", "40{!0000 80}", NULL},
    {MQW_RULE_ANSWERED_ID_ZERO, "45", 0, 0, REFUSED, "packet_id", "90{!0000 ~ 00}",
     "90{0001 ~ 00}"},
    {MQW_RULE_ANSWERED_ID_ZERO, "45", 0, 0, REFUSED, "packet_id", "B0{!0000 [0000]}",
     "B0{0001 [0000]}"},

    {MQW_RULE_PUBACK_REASON, "5", 0, 0, REFUSED, "reason_code", "40{0001 !92}", "40{0001 91}"},
    {MQW_RULE_PUBACK_REASON, "5", MQW_CLIENT, 0, REFUSED, "reason_code", "40{0001 !10}",
     "40{0001 80}"},
    {MQW_RULE_PUBREC_REASON, "5", 0, 0, REFUSED, "reason_code", "50{0001 !92 00}", "50{0001 97}"},
    {MQW_RULE_PUBREL_REASON, "5", 0, 0, REFUSED, "reason_code", "62{0001 !10}", "62{0001 92}"},
    {MQW_RULE_PUBCOMP_REASON, "5", 0, 0, REFUSED, "reason_code", "70{0001 !80}", "70{0001 92}"},
    {MQW_RULE_SUBACK_REASON, "45", 0, 0, REFUSED, "reason_codes[1]", "90{0001 ~ 00 !03}",
     "90{0001 ~ 00 02}"},
    {MQW_RULE_SUBACK_REASON, "4", 0, 0, REFUSED, "reason_codes[0]", "90{0001 !87}", "90{0001 80}"},
    {MQW_RULE_SUBACK_REASON, "5", 0, 0, REFUSED, "reason_codes[2]", "90{0001 00 00 01 !11}",
     "90{0001 00 00 01 A2}"},
    {MQW_RULE_UNSUBACK_REASON, "5", 0, 0, REFUSED, "reason_codes[0]", "B0{0001 00 !01}",
     "B0{0001 00 11}"},
    {MQW_RULE_SUBACK_EMPTY, "45", 0, 0, REFUSED, "reason_codes", "90{0001 ~ !}", "90{0001 ~ 80}"},
    {MQW_RULE_SUBACK_EMPTY, "5", 0, 0, REFUSED, "reason_codes", "90{0001 {1F('why')} !}", NULL},
    {MQW_RULE_UNSUBACK_EMPTY, "5", 0, 0, REFUSED, "reason_codes", "B0{0001 00 !}",
     "B0{0001 00 00}"},

    {MQW_RULE_DISCONNECT_REASON, "5", 0, 0, REFUSED, "reason_code", "E0{!05}", "E0{04}"},
    {MQW_RULE_DISCONNECT_REASON, "5", 0, 0, REFUSED, "reason_code", "E0{!8C}", "E0{8D}"},
    {MQW_RULE_DISCONNECT_REASON, "5", MQW_SERVER, 0, REFUSED, "reason_code", "E0{!04}", "E0{8E}"},
    {MQW_RULE_DISCONNECT_REASON, "5", MQW_CLIENT, 0, REFUSED, "reason_code", "E0{!8E}", "E0{04}"},
    {MQW_RULE_DISCONNECT_SESSION_EXPIRY, "5", MQW_SERVER, 0, REFUSED,
     "properties.session_expiry_interval", "E0{00 {!11 00000000}}", "E0{00 {1F('why')}}"},
    {MQW_RULE_DISCONNECT_SERVER_REFERENCE, "5", MQW_CLIENT, 0, REFUSED,
     "properties.server_reference", "E0{00 {!1C('s')}}", "E0{00 {1F('s')}}"},

    {MQW_RULE_AUTH_REASON, "5", 0, 0, REFUSED, "reason_code", "F0{!01 {15('m')}}",
     "F0{00 {15('m')}}"},
    {MQW_RULE_AUTH_REASON, "5", MQW_CLIENT, 0, REFUSED, "reason_code", "F0{!00 {15('m')}}",
     "F0{19 {15('m')}}"},
    {MQW_RULE_AUTH_REASON, "5", MQW_SERVER, 0, REFUSED, "reason_code", "F0{!19 {15('m')}}",
     "F0{18 {15('m')}}"},
    {MQW_RULE_AUTH_METHOD_MISSING, "5", 0, 0x82, REFUSED, "properties.authentication_method",
     "F0 00 !", "F0{00 {15('m')}}"},
    {MQW_RULE_AUTH_METHOD_MISSING, "5", 0, 0x82, REFUSED, "properties.authentication_method",
     "F0{18 00 !}", "F0{18 {15()}}"},
    {MQW_RULE_AUTH_METHOD_MISSING, "5", 0, 0x82, REFUSED, "properties.authentication_method",
     "F0{18 {16('d') 1F('why')} !}", "F0{18 {16('d') 15('m')}}"},
};

const struct rule_cases answer_rules = {"answer", cases, COUNT(cases)};
