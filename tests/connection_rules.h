/* SPDX-License-Identifier: MIT */
/*
 * For each rule of a connection, traffic that keeps it and traffic whose last packet breaks it, and
 * nothing else does.  Rows without a rule are traffic that must pass.  Versions: 3 is MQTT 3.1.
 */
#ifndef CONNECTION_RULES_H
#define CONNECTION_RULES_H

#include <mqttwire/mqttwire.h>

struct rule_row {
    const char *versions;
    enum mqw_code rule;
    const char *keeps;
    const char *breaks;
};

#define RULE(versions, name, keeps, breaks)                                                        \
    {                                                                                              \
        versions, MQW_RULE_##name, keeps, breaks                                                   \
    }
#define PASS(versions, keeps)                                                                      \
    {                                                                                              \
        versions, MQW_OK, keeps, NULL                                                              \
    }

static const struct rule_row rule_rows[] = {
    /* Who may speak when. */
    RULE("345", FIRST_PACKET, "> connect", "> publish"),
    RULE("45", FIRST_PACKET, "> connect > pingreq", "> pingreq"),
    RULE("45", FIRST_PACKET, "> connect > !publish", "> !publish"),
    RULE("345", SECOND_CONNECT, "hello > publish", "hello > connect"),
    RULE("345", BEFORE_CONNACK, "> connect > publish < connack < publish", "> connect < publish"),
    RULE("4", BEFORE_CONNACK, "> connect > pingreq < connack < pingresp",
         "> connect > pingreq < pingresp"),
    RULE("45", BEFORE_CONNACK, "> connect < !connack < publish", "> connect < !publish"),
    RULE("4", BEFORE_CONNACK, "> connect < connack", "> connect < auth"),
    RULE("45", BEFORE_CONNACK, "> connect < gap < publish", "> connect > gap < publish"),
    RULE("34", BEFORE_CONNACK, "hello < publish", "> connect < disconnect"),
    RULE("345", SECOND_CONNACK, "> connect < connack", "hello < connack"),
    RULE("45", SECOND_CONNACK, "> connect < connack", "> connect < !connack < connack"),
    RULE("4", AFTER_REFUSAL, "> connect < connack code=5", "> connect < connack code=1 < publish"),
    RULE("5", AFTER_REFUSAL, "> connect method=m < connack code=0x87 > publish > auth method=m",
         "> connect method=m < connack code=0x87 < auth method=m"),
    RULE("5", EARLY_PACKET, "> connect method=m < auth method=m > auth method=m > disconnect",
         "> connect method=m > publish"),
    RULE("5", EARLY_PACKET, "> connect method=m < connack method=m > publish",
         "> connect method=m > !pingreq"),
    RULE("345", AFTER_DISCONNECT, "hello > disconnect < publish", "hello > disconnect > pingreq"),
    RULE("5", AFTER_DISCONNECT, "hello < disconnect > publish", "hello < disconnect < publish"),
    RULE("5", AFTER_DISCONNECT, "hello < !disconnect", "hello < !disconnect < disconnect"),
    RULE("5", EARLY_DISCONNECT, "hello < disconnect", "> connect < disconnect"),
    RULE("5", EARLY_DISCONNECT, "> connect > disconnect",
         "> connect < connack code=0x80 < disconnect"),
    RULE("345", SESSION_PRESENT_CLEAN, "> connect clean=0 < connack present=1",
         "> connect clean=1 < connack present=1"),
    RULE("345", KEEP_ALIVE_EXCEEDED,
         "> connect keep_alive=2 now=7 < connack now=9000 > pingreq now=12000 > pingreq now=15000",
         "> connect keep_alive=2 now=7 < connack now=9000 > pingreq now=12001"),
    RULE("5", KEEP_ALIVE_EXCEEDED,
         "> connect keep_alive=1 < connack server_keep_alive=10 > pingreq now=15000",
         "> connect keep_alive=0 < connack server_keep_alive=10 > pingreq now=15001"),
    RULE("345", KEEP_ALIVE_EXCEEDED, "> connect keep_alive=1 < gap > pingreq now=9000",
         "> connect keep_alive=1 < connack < gap > pingreq now=9000"),
    RULE("345", PINGRESP_UNASKED, "hello > pingreq > pingreq < pingresp < pingresp",
         "hello > pingreq < pingresp < pingresp"),

    /* Packet identifiers. */
    RULE("345", PACKET_ID_IN_USE, "hello > publish qos=1 id=1 < puback id=1 > publish qos=1 id=1",
         "hello > publish qos=1 id=1 > publish qos=1 id=1"),
    RULE("345", PACKET_ID_IN_USE, "hello < publish qos=1 id=1 > publish qos=1 id=1",
         "hello < publish qos=2 id=1 < publish qos=2 id=1"),
    RULE("345", PACKET_ID_IN_USE,
         "hello > subscribe id=1 < suback id=1 > unsubscribe id=1 < unsuback id=1",
         "hello > publish qos=2 id=1 > subscribe id=1"),
    RULE("45", PACKET_ID_IN_USE,
         "hello > publish qos=2 id=1 < pubrec id=1 > pubrel id=1 < pubcomp id=1"
         " > publish qos=2 id=1",
         "hello > subscribe id=1 > subscribe id=1"),
    RULE("345", PACKET_ID_IN_USE, "hello > publish qos=1 id=1",
         "hello > publish qos=2 id=1 < pubrec id=1 > pubrel id=1 > publish qos=2 id=1"),
    RULE("345", PACKET_ID_IN_USE, "hello > publish qos=1 id=1",
         "hello > publish qos=1 id=1 > publish qos=2 id=1 dup=1"),
    RULE("5", PACKET_ID_IN_USE,
         "hello > publish qos=2 id=1 < pubrec id=1 code=0x80 > publish qos=2 id=1",
         "hello > publish qos=2 id=1 < pubrec id=1 code=0x10 > publish qos=2 id=1"),
    RULE("345", ACKNOWLEDGED_ID_UNKNOWN, "hello > publish qos=1 id=1 < puback id=1",
         "hello > publish qos=1 id=1 < puback id=2"),
    RULE("345", ACKNOWLEDGED_ID_UNKNOWN, "hello < publish qos=1 id=1 > puback id=1",
         "hello < publish qos=1 id=1 > puback id=1 > puback id=1"),
    RULE("345", ACKNOWLEDGED_ID_UNKNOWN, "hello < publish qos=2 id=1 > pubrec id=1",
         "hello < publish > pubrec id=1"),
    RULE("345", ACKNOWLEDGED_ID_UNKNOWN, "hello > subscribe id=1 < suback id=1",
         "hello > subscribe id=1 < puback id=1"),
    RULE("345", ACKNOWLEDGED_ID_UNKNOWN, "hello > subscribe id=1 < suback id=1",
         "hello > subscribe id=1 > pubrel id=1"),
    RULE("345", ACKNOWLEDGED_ID_UNKNOWN, "> connect clean=0 < connack present=1 > pubrel id=1",
         "hello > pubrel id=1"),
    RULE("345", ACKNOWLEDGED_ID_UNKNOWN,
         "> connect clean=0 < connack present=1 < pubrel id=1 > pubcomp id=1",
         "> connect clean=0 < connack < pubrel id=1"),
    RULE("345", ACKNOWLEDGED_ID_UNKNOWN, "> connect clean=0 < connack > puback id=1 > pubcomp id=2",
         "> connect clean=0 < connack < pubcomp id=2"),
    RULE("5", ACKNOWLEDGED_ID_UNKNOWN, "hello < publish qos=2 id=1 > pubrec id=1 code=0x80",
         "hello < publish qos=2 id=1 > pubrec id=1 code=0x80 < pubrel id=1"),
    RULE("345", ANSWERED_ID_UNKNOWN, "hello > subscribe id=1 < suback id=1",
         "hello > subscribe id=1 < suback id=2"),
    RULE("345", ANSWERED_ID_UNKNOWN, "hello > unsubscribe id=1 < unsuback id=1",
         "hello > unsubscribe id=1 < suback id=1"),
    RULE("345", ANSWERED_ID_UNKNOWN, "> connect clean=0 < connack present=1 < suback id=1",
         "hello > publish qos=1 id=1 < suback id=1"),
    RULE("345", ACKNOWLEDGEMENT_TYPE, "hello < publish qos=1 id=1 > puback id=1",
         "hello < publish qos=2 id=1 > puback id=1"),
    RULE("345", ACKNOWLEDGEMENT_TYPE,
         "hello > publish qos=2 id=1 < pubrec id=1 > pubrel id=1 < pubcomp id=1",
         "hello > publish qos=1 id=1 < pubrec id=1"),
    RULE("345", PUBREL_WITHOUT_PUBREC, "hello > publish qos=2 id=1 < pubrec id=1 > pubrel id=1",
         "hello > publish qos=2 id=1 > pubrel id=1"),
    RULE("345", PUBREL_WITHOUT_PUBREC, "hello < publish qos=2 id=1 > pubrec id=1 < pubrel id=1",
         "hello < publish qos=1 id=1 < pubrel id=1"),
    RULE("345", PUBCOMP_WITHOUT_PUBREL,
         "hello < publish qos=2 id=1 > pubrec id=1 < pubrel id=1 > pubcomp id=1",
         "hello < publish qos=2 id=1 > pubrec id=1 > pubcomp id=1"),
    RULE("345", PUBLISH_AFTER_PUBREL,
         "hello > publish qos=2 id=1 < pubrec id=1 > pubrel id=1 < pubcomp id=1"
         " > publish qos=2 id=1",
         "hello > publish qos=2 id=1 < pubrec id=1 > pubrel id=1 > publish qos=2 id=1 dup=1"),
    RULE("5", RESENT, "> connect clean=0 < connack present=1 > publish qos=1 id=1 dup=1",
         "hello > publish qos=1 id=1 > publish qos=1 id=1 dup=1"),
    RULE("5", RESENT, "> connect clean=0 < connack present=1 < publish qos=2 id=1 dup=1",
         "> connect clean=0 < connack present=1 < publish qos=2 id=1 < publish qos=2 id=1 dup=1"),
    RULE("345", DUP_ON_FIRST, "> connect clean=0 < connack > publish qos=1 id=1 dup=1",
         "> connect > publish qos=1 id=1 dup=1"),
    RULE("345", DUP_ON_FIRST, "> connect clean=0 < connack present=1 < publish qos=1 id=1 dup=1",
         "> connect clean=0 < connack < publish qos=1 id=1 dup=1"),
    RULE("5", DUP_ON_FIRST, "hello > publish qos=1 id=1 < puback id=1 code=0x80",
         "hello > publish qos=1 id=1 < puback id=1 code=0x80 > publish qos=1 id=1 dup=1"),
    RULE("345", SUBACK_COUNT, "hello > subscribe id=1 filters=a,b,c < suback id=1 codes=3",
         "hello > subscribe id=1 filters=a,b,c < suback id=1 codes=2"),
    RULE("5", UNSUBACK_COUNT, "hello > unsubscribe id=1 filters=a,b < unsuback id=1 codes=2",
         "hello > unsubscribe id=1 filters=a,b < unsuback id=1 codes=3"),
    RULE("45", PUBACK_ORDER,
         "hello < publish qos=1 id=9 < publish qos=1 id=2 > puback id=9 > puback id=2",
         "hello < publish qos=1 id=9 < publish qos=1 id=2 > puback id=2 > puback id=9"),
    RULE("45", PUBREC_ORDER,
         "hello < publish qos=2 id=9 < publish qos=1 id=1 < publish qos=2 id=2 > puback id=1"
         " > pubrec id=9 > pubrec id=2",
         "hello < publish qos=2 id=9 < publish qos=2 id=2 > pubrec id=2 > pubrec id=9"),
    RULE("45", PUBREL_ORDER,
         "hello > publish qos=2 id=1 > publish qos=2 id=2 < pubrec id=2 < pubrec id=1"
         " > pubrel id=2 > pubrel id=1",
         "hello > publish qos=2 id=1 > publish qos=2 id=2 < pubrec id=2 < pubrec id=1"
         " > pubrel id=1 > pubrel id=2"),

    /* What either side announced. */
    RULE("5", TOPIC_ALIAS_TOO_LARGE, "> connect < connack topic_alias_maximum=2 > publish alias=2",
         "> connect < connack topic_alias_maximum=2 > publish alias=3"),
    RULE("5", TOPIC_ALIAS_TOO_LARGE, "> connect > publish alias=1 < connack",
         "hello > publish alias=1"),
    RULE("5", TOPIC_ALIAS_TOO_LARGE, "> connect topic_alias_maximum=2 < connack < publish alias=2",
         "> connect topic_alias_maximum=2 < connack < publish alias=3"),
    RULE("5", TOPIC_ALIAS_UNKNOWN,
         "> connect topic_alias_maximum=9 < connack topic_alias_maximum=9 > publish alias=1"
         " > publish topic= alias=1 < publish topic= alias=9",
         "> connect topic_alias_maximum=9 < connack topic_alias_maximum=9 > publish alias=1"
         " < publish topic= alias=1"),
    RULE("5", RECEIVE_MAXIMUM_EXCEEDED,
         "> connect < connack receive_maximum=1 > publish qos=1 id=1 < puback id=1"
         " > publish qos=2 id=2 > publish < pubrec id=2 code=0x80 > publish qos=1 id=3",
         "> connect < connack receive_maximum=1 > publish qos=1 id=1 > publish qos=1 id=2"),
    RULE("5", RECEIVE_MAXIMUM_EXCEEDED,
         "> connect < connack receive_maximum=1 > publish qos=1 id=1 < puback id=1"
         " > publish qos=1 id=2",
         "> connect < connack receive_maximum=1 > publish qos=1 id=1 < puback id=1"
         " > publish qos=1 id=2 > publish qos=1 id=3"),
    RULE("5", RECEIVE_MAXIMUM_EXCEEDED,
         "> connect receive_maximum=1 < connack < publish qos=2 id=1 > pubrec id=1 < pubrel id=1"
         " > pubcomp id=1 < publish qos=1 id=2",
         "> connect receive_maximum=1 < connack < publish qos=2 id=1 > pubrec id=1"
         " < publish qos=1 id=2"),
    RULE("5", PACKET_TOO_LARGE, "> connect maximum_packet_size=20 < connack size=20",
         "> connect maximum_packet_size=20 < connack size=21"),
    RULE("5", PACKET_TOO_LARGE, "> connect < connack maximum_packet_size=20 > publish size=20",
         "> connect < connack maximum_packet_size=20 > !publish size=21"),
    RULE("5", DIAGNOSTICS_TOO_LARGE,
         "> connect maximum_packet_size=20 < connack reason_string=x size=20",
         "> connect maximum_packet_size=20 < connack reason_string=x size=21"),
    RULE("5", DIAGNOSTICS_TOO_LARGE,
         "> connect < connack maximum_packet_size=20 < publish qos=1 id=1"
         " > puback id=1 user_property=1",
         "> connect < connack maximum_packet_size=20 > disconnect user_property=1 size=40"),
    RULE("5", QOS_NOT_SUPPORTED,
         "> connect < connack maximum_qos=1 > publish qos=1 id=1 < publish qos=2 id=1",
         "> connect < connack maximum_qos=1 > publish qos=2 id=1"),
    RULE("5", RETAIN_NOT_SUPPORTED, "> connect > publish retain=1 < connack retain_available=0",
         "> connect < connack retain_available=0 > publish retain=1"),
    RULE("5", WILDCARDS_NOT_SUPPORTED,
         "> connect < connack wildcards_available=0 > subscribe id=1 filters=a,$share/g/b",
         "> connect < connack wildcards_available=0 > subscribe id=1 filters=a,$share/g/+,#"),
    RULE("5", WILDCARDS_NOT_SUPPORTED, "> connect < connack wildcards_available=0 > subscribe id=1",
         "> connect < connack wildcards_available=0 > subscribe id=1 filters=a,b/+"),
    RULE("5", SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED, "hello > subscribe id=1 identifier=3",
         "> connect < connack identifiers_available=0 > subscribe id=1 identifier=3"),
    RULE("5", SHARED_NOT_SUPPORTED,
         "> connect < connack shared_available=0 > subscribe id=1 filters=#,$shared/a,$share",
         "> connect < connack shared_available=0 > subscribe id=1 filters=a,$share/g/b"),
    RULE("5", SUBSCRIPTION_IDENTIFIER_UNKNOWN,
         "hello > subscribe id=1 identifier=3 < publish identifier=3",
         "hello > subscribe id=1 identifier=3 < publish identifier=4"),
    RULE("5", SUBSCRIPTION_IDENTIFIER_UNKNOWN,
         "> connect clean=0 < connack present=1 < publish identifier=3",
         "> connect clean=0 < connack < publish identifier=3"),
    RULE("5", SESSION_EXPIRY_RAISED,
         "> connect session_expiry=1 < connack > disconnect session_expiry=5",
         "hello > disconnect session_expiry=5"),
    RULE("5", SESSION_EXPIRY_RAISED, "hello > disconnect session_expiry=0",
         "> connect session_expiry=0 < connack session_expiry=9 > disconnect session_expiry=5"),
    RULE("5", RESPONSE_INFORMATION_UNASKED,
         "> connect request_response=1 < connack response_information=x",
         "> connect request_response=0 < connack response_information=x"),
    RULE(
        "5", PROBLEM_INFORMATION_UNASKED,
        "> connect request_problem=0 < connack reason_string=x < publish user_property=1"
        " < publish qos=1 id=1 > puback id=1 reason_string=x < disconnect reason_string=x",
        "> connect request_problem=0 < connack > publish qos=1 id=1 < puback id=1 user_property=1"),
    RULE("5", PROBLEM_INFORMATION_UNASKED,
         "> connect request_problem=1 < connack > subscribe id=1 < suback id=1 reason_string=x",
         "> connect request_problem=0 < connack > subscribe id=1 < suback id=1 reason_string=x"),
    RULE("5", CLIENT_ID_UNASSIGNED, "> connect client_id= < connack assigned=x",
         "> connect client_id= < connack"),
    RULE("5", CLIENT_ID_UNASSIGNED, "> connect client_id= < connack code=0x85",
         "> connect client_id= < connack"),

    /* Authentication. */
    RULE("5", AUTH_UNASKED, "> connect method=m < auth method=m", "> connect < auth method=m"),
    RULE("5", AUTH_UNASKED, "> connect method=m < connack method=m > auth code=0x19 method=m",
         "hello > auth code=0x19 method=m"),
    RULE("5", METHOD_UNASKED, "> connect < connack", "> connect < connack method=m"),
    RULE("5", METHOD_DIFFERS, "> connect method=m < connack method=m",
         "> connect method=m < connack method=n"),
    RULE("5", METHOD_DIFFERS, "> connect method=m < connack code=0x8C",
         "> connect method=m < connack"),
    RULE("5", METHOD_DIFFERS, "> connect method=m < auth method=m > auth method=m",
         "> connect method=m < auth method=m > auth method=mm"),
    RULE("5", METHOD_DIFFERS,
         "> connect method=m < connack method=m > auth code=0x19 method=m < auth code=0 method=m",
         "> connect method=m < connack method=m > auth code=0x19 method=n"),
    RULE("5", AUTH_NOT_CONTINUE, "> connect method=m < auth method=m code=0x18",
         "> connect method=m < auth method=m code=0"),
    RULE("5", AUTH_NOT_CONTINUE, "> connect method=m < auth method=m > auth method=m code=0x18",
         "> connect method=m < auth method=m > auth method=m code=0x19"),

    /* Legal, though a hasty reader might object. */
    PASS("5",
         "hello > publish qos=2 id=1 retain=1 > subscribe id=2 filters=#,$share/g/b identifier=1"),
    PASS("5", "> connect < connack retain_available=1 wildcards_available=1 shared_available=1"
              " identifiers_available=1 > publish qos=2 id=1 retain=1"
              " > subscribe id=2 filters=#,$share/g/b identifier=1"),
    PASS("345",
         "> connect > subscribe id=1 > publish qos=1 id=2 > disconnect < connack < suback id=1"
         " < puback id=2"),
    PASS("34", "hello > publish qos=1 id=1 > publish qos=1 id=1 dup=1 < puback id=1"
               " > publish qos=1 id=1 < puback id=1 < puback id=1"),
    PASS("34", "hello > publish qos=1 id=1 < puback id=1 > publish qos=1 id=1 dup=1 < puback id=1"),
    PASS("34", "hello < publish qos=1 id=1 < publish qos=1 id=2 < publish qos=1 id=1 dup=1"
               " > puback id=1 > puback id=2 > puback id=1"),
    PASS("34", "hello > publish qos=2 id=1 > publish qos=2 id=1 dup=1 < pubrec id=1 < pubrec id=1"
               " > pubrel id=1 < pubcomp id=1 > pubrel id=1 < pubcomp id=1"),
    PASS("34", "hello > publish qos=2 id=1 < pubrec id=1 > pubrel id=1 > pubrel id=1 < pubcomp id=1"
               " < pubcomp id=1 > pubrel id=1 < pubcomp id=1"),
    PASS("34", "hello > publish qos=2 id=1 > publish qos=2 id=1 dup=1 < pubrec id=1 > pubrel id=1"
               " < pubcomp id=1 > publish qos=2 id=1 > publish qos=2 id=1 dup=1"),
    PASS("34", "hello > publish qos=2 id=1 > publish qos=2 id=1 dup=1 < pubrec id=1 > pubrel id=1"
               " < pubcomp id=1 < pubrec id=1 > pubrel id=1 < pubcomp id=1 > publish qos=1 id=1"
               " > pubrel id=1"),
    PASS("345", "hello > publish qos=2 id=1 < pubrec id=1 < pubrec id=1 > pubrel id=1"
                " < pubcomp id=1"),
    PASS("4", "> connect < connack code=5 present=1"),
    PASS("5", "> connect < connack code=0x87 present=1"),
    PASS("5", "> connect < connack retain_available=0 > publish"),
    PASS("5", "> connect receive_maximum=1 clean=0 < connack present=1 < pubrel id=3 > gap"
              " < publish qos=1 id=1 < publish qos=1 id=2"),
    PASS("3", "hello > subscribe id=1 > subscribe id=1 < suback id=1 < suback id=1"),
    PASS("3", "hello < publish qos=1 id=1 < publish qos=1 id=2 > puback id=2 > puback id=1"),
    PASS("345", "hello < publish qos=1 id=1 < publish qos=2 id=2 > pubrec id=2 > puback id=1"),
    PASS("345", "hello > publish qos=1 id=1 > publish qos=1 id=2 < puback id=2 < puback id=1"),
    PASS("345", "hello > unsubscribe id=1 filters=a,b > subscribe id=2 < suback id=2"
                " < unsuback id=1 codes=2"),
    PASS("45", "> connect clean=0 < connack present=1 < pubrel id=3 < publish qos=2 id=4 dup=1"
               " < publish qos=1 id=5 dup=1 > pubcomp id=3 > pubrec id=4 > puback id=5"
               " < pubrel id=4 > pubcomp id=4"),
    PASS("5", "> connect receive_maximum=1 clean=0 < connack present=1 < pubrel id=3"
              " < publish qos=1 id=4 > pubcomp id=3 < publish qos=1 id=5"),
    PASS("5", "> connect method=m < auth method=m > auth method=m < auth method=m > auth method=m"
              " < connack method=m > auth code=0x19 method=m > publish < auth method=m"
              " > auth method=m < auth code=0 method=m"),
};

#undef RULE
#undef PASS

#endif
