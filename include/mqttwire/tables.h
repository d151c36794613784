/* SPDX-License-Identifier: MIT */
/*
 * The protocol's constants, each written once: one row, one line.
 *
 * A list macro takes the name of another macro and applies it to every row.  Enums, struct members,
 * checks, names, the bindings' constants, the tables in docs/ and the fuzz dictionary are all made
 * from these rows.  Numbers are never reused; a row that retires stays, and says so.
 *
 * Sources: MQTT 3.1.1 (OASIS Standard, 29 October 2014), MQTT 5.0 (OASIS Standard, 7 March 2019).
 */
#ifndef MQTTWIRE_TABLES_H
#define MQTTWIRE_TABLES_H

/* A table is read in columns. */
/* clang-format off */

/*
 * Packet types: section 2.2.1 (3.1.1), 2.1.2 (5.0).
 * X(number, NAME, name, flags: low nibble of byte 1, rule for other flags,
 *   who sends it in 3.1.1, who sends it in 5.0)
 * PUBLISH carries data in its flags; the value here is for an all-zero header.
 */
#define MQW_PACKETS(X) \
    X( 1, CONNECT,     connect,     0, FIXED_HEADER_FLAGS, CLIENT,  CLIENT) \
    X( 2, CONNACK,     connack,     0, FIXED_HEADER_FLAGS, SERVER,  SERVER) \
    X( 3, PUBLISH,     publish,     0, FIXED_HEADER_FLAGS, EITHER,  EITHER) \
    X( 4, PUBACK,      puback,      0, FIXED_HEADER_FLAGS, EITHER,  EITHER) \
    X( 5, PUBREC,      pubrec,      0, FIXED_HEADER_FLAGS, EITHER,  EITHER) \
    X( 6, PUBREL,      pubrel,      2, PUBREL_FLAGS,       EITHER,  EITHER) \
    X( 7, PUBCOMP,     pubcomp,     0, FIXED_HEADER_FLAGS, EITHER,  EITHER) \
    X( 8, SUBSCRIBE,   subscribe,   2, SUBSCRIBE_FLAGS,    CLIENT,  CLIENT) \
    X( 9, SUBACK,      suback,      0, FIXED_HEADER_FLAGS, SERVER,  SERVER) \
    X(10, UNSUBSCRIBE, unsubscribe, 2, UNSUBSCRIBE_FLAGS,  CLIENT,  CLIENT) \
    X(11, UNSUBACK,    unsuback,    0, FIXED_HEADER_FLAGS, SERVER,  SERVER) \
    X(12, PINGREQ,     pingreq,     0, FIXED_HEADER_FLAGS, CLIENT,  CLIENT) \
    X(13, PINGRESP,    pingresp,    0, FIXED_HEADER_FLAGS, SERVER,  SERVER) \
    X(14, DISCONNECT,  disconnect,  0, DISCONNECT_FLAGS,   CLIENT,  EITHER) \
    X(15, AUTH,        auth,        0, AUTH_FLAGS,         NEITHER, EITHER)

/*
 * Places that hold properties or a reason code: the packets of 5.0, and the will of a CONNECT.
 * X(bit, NAME, name)
 * Lowest are the bits of places whose reason codes either side may send, then those of the others
 * that have a reason code.
 */
#define MQW_PLACES(X) \
    X( 9, CONNECT,     connect) \
    X(10, WILL,        will) \
    X( 6, CONNACK,     connack) \
    X(11, PUBLISH,     publish) \
    X( 0, PUBACK,      puback) \
    X( 1, PUBREC,      pubrec) \
    X( 2, PUBREL,      pubrel) \
    X( 3, PUBCOMP,     pubcomp) \
    X(12, SUBSCRIBE,   subscribe) \
    X( 7, SUBACK,      suback) \
    X(13, UNSUBSCRIBE, unsubscribe) \
    X( 8, UNSUBACK,    unsuback) \
    X( 4, DISCONNECT,  disconnect) \
    X( 5, AUTH,        auth)

/*
 * Properties of 5.0: section 2.2.2.2.
 * X(identifier, NAME, member, TYPE, places, lowest value, highest value,
 *   rule for a value out of range or a text that is not UTF-8, text)
 * Types: BYTE, TWO, FOUR (fixed integers), VARINT, VARINTS (may repeat in PUBLISH), TEXT, TOPIC,
 * BINARY, PAIRS (may repeat).  Lowest and highest are for integers only.
 */
#define MQW_PROPERTIES(X) \
    X(0x01, PAYLOAD_FORMAT_INDICATOR,          payload_format_indicator,          BYTE,    MQW_IN_MESSAGE, 0, 1, PAYLOAD_FORMAT_INDICATOR_VALUE, "Payload Format Indicator") \
    X(0x02, MESSAGE_EXPIRY_INTERVAL,           message_expiry_interval,           FOUR,    MQW_IN_MESSAGE, 0, 0xFFFFFFFF, PROPERTY_VALUE, "Message Expiry Interval, seconds") \
    X(0x03, CONTENT_TYPE,                      content_type,                      TEXT,    MQW_IN_MESSAGE, 0, 0, CONTENT_TYPE_UTF8, "Content Type") \
    X(0x08, RESPONSE_TOPIC,                    response_topic,                    TOPIC,   MQW_IN_MESSAGE, 0, 0, RESPONSE_TOPIC_UTF8, "Response Topic") \
    X(0x09, CORRELATION_DATA,                  correlation_data,                  BINARY,  MQW_IN_MESSAGE, 0, 0, PROPERTY_VALUE, "Correlation Data") \
    X(0x0B, SUBSCRIPTION_IDENTIFIER,           subscription_identifiers,          VARINTS, MQW_IN_PUBLISH | MQW_IN_SUBSCRIBE, 1, 0x0FFFFFFF, SUBSCRIPTION_IDENTIFIER_ZERO, "Subscription Identifier") \
    X(0x11, SESSION_EXPIRY_INTERVAL,           session_expiry_interval,           FOUR,    MQW_IN_HANDSHAKE | MQW_IN_DISCONNECT, 0, 0xFFFFFFFF, PROPERTY_VALUE, "Session Expiry Interval, seconds") \
    X(0x12, ASSIGNED_CLIENT_IDENTIFIER,        assigned_client_identifier,        TEXT,    MQW_IN_CONNACK, 0, 0, TEXT_UTF8, "Assigned Client Identifier") \
    X(0x13, SERVER_KEEP_ALIVE,                 server_keep_alive,                 TWO,     MQW_IN_CONNACK, 0, 0xFFFF, PROPERTY_VALUE, "Server Keep Alive, seconds") \
    X(0x15, AUTHENTICATION_METHOD,             authentication_method,             TEXT,    MQW_IN_HANDSHAKE | MQW_IN_AUTH, 0, 0, TEXT_UTF8, "Authentication Method") \
    X(0x16, AUTHENTICATION_DATA,               authentication_data,               BINARY,  MQW_IN_HANDSHAKE | MQW_IN_AUTH, 0, 0, PROPERTY_VALUE, "Authentication Data") \
    X(0x17, REQUEST_PROBLEM_INFORMATION,       request_problem_information,       BYTE,    MQW_IN_CONNECT, 0, 1, REQUEST_PROBLEM_INFORMATION_VALUE, "Request Problem Information") \
    X(0x18, WILL_DELAY_INTERVAL,               will_delay_interval,               FOUR,    MQW_IN_WILL, 0, 0xFFFFFFFF, PROPERTY_VALUE, "Will Delay Interval, seconds") \
    X(0x19, REQUEST_RESPONSE_INFORMATION,      request_response_information,      BYTE,    MQW_IN_CONNECT, 0, 1, REQUEST_RESPONSE_INFORMATION_VALUE, "Request Response Information") \
    X(0x1A, RESPONSE_INFORMATION,              response_information,              TEXT,    MQW_IN_CONNACK, 0, 0, TEXT_UTF8, "Response Information") \
    X(0x1C, SERVER_REFERENCE,                  server_reference,                  TEXT,    MQW_IN_CONNACK | MQW_IN_DISCONNECT, 0, 0, TEXT_UTF8, "Server Reference") \
    X(0x1F, REASON_STRING,                     reason_string,                     TEXT,    MQW_IN_ANSWER, 0, 0, TEXT_UTF8, "Reason String") \
    X(0x21, RECEIVE_MAXIMUM,                   receive_maximum,                   TWO,     MQW_IN_HANDSHAKE, 1, 0xFFFF, RECEIVE_MAXIMUM_ZERO, "Receive Maximum, packets") \
    X(0x22, TOPIC_ALIAS_MAXIMUM,               topic_alias_maximum,               TWO,     MQW_IN_HANDSHAKE, 0, 0xFFFF, PROPERTY_VALUE, "Topic Alias Maximum") \
    X(0x23, TOPIC_ALIAS,                       topic_alias,                       TWO,     MQW_IN_PUBLISH, 1, 0xFFFF, TOPIC_ALIAS_ZERO, "Topic Alias") \
    X(0x24, MAXIMUM_QOS,                       maximum_qos,                       BYTE,    MQW_IN_CONNACK, 0, 1, MAXIMUM_QOS_VALUE, "Maximum QoS") \
    X(0x25, RETAIN_AVAILABLE,                  retain_available,                  BYTE,    MQW_IN_CONNACK, 0, 1, RETAIN_AVAILABLE_VALUE, "Retain Available") \
    X(0x26, USER_PROPERTY,                     user_properties,                   PAIRS,   MQW_IN_ANY, 0, 0, USER_PROPERTY_UTF8, "User Property") \
    X(0x27, MAXIMUM_PACKET_SIZE,               maximum_packet_size,               FOUR,    MQW_IN_HANDSHAKE, 1, 0xFFFFFFFF, MAXIMUM_PACKET_SIZE_ZERO, "Maximum Packet Size, bytes") \
    X(0x28, WILDCARD_SUBSCRIPTION_AVAILABLE,   wildcard_subscription_available,   BYTE,    MQW_IN_CONNACK, 0, 1, WILDCARD_SUBSCRIPTION_AVAILABLE_VALUE, "Wildcard Subscription Available") \
    X(0x29, SUBSCRIPTION_IDENTIFIER_AVAILABLE, subscription_identifier_available, BYTE,    MQW_IN_CONNACK, 0, 1, SUBSCRIPTION_IDENTIFIER_AVAILABLE_VALUE, "Subscription Identifier Available") \
    X(0x2A, SHARED_SUBSCRIPTION_AVAILABLE,     shared_subscription_available,     BYTE,    MQW_IN_CONNACK, 0, 1, SHARED_SUBSCRIPTION_AVAILABLE_VALUE, "Shared Subscription Available")

/*
 * Reason codes of 5.0: section 2.4 and the packets' own tables.
 * X(code, NAME, name, places where a client may send it, places where a server may, text)
 */
#define MQW_REASONS(X) \
    X(0x00, SUCCESS,                                success,                                MQW_IN_PUBLISH_ANSWER | MQW_IN_DISCONNECT, MQW_IN_PUBLISH_ANSWER | MQW_IN_CONNACK | MQW_IN_SUBACK | MQW_IN_UNSUBACK | MQW_IN_DISCONNECT | MQW_IN_AUTH, "Success") \
    X(0x01, GRANTED_QOS_1,                          granted_qos_1,                          0, MQW_IN_SUBACK, "Granted QoS 1") \
    X(0x02, GRANTED_QOS_2,                          granted_qos_2,                          0, MQW_IN_SUBACK, "Granted QoS 2") \
    X(0x04, DISCONNECT_WITH_WILL_MESSAGE,           disconnect_with_will_message,           MQW_IN_DISCONNECT, 0, "Disconnect with Will Message") \
    X(0x10, NO_MATCHING_SUBSCRIBERS,                no_matching_subscribers,                0, MQW_IN_PUBACK | MQW_IN_PUBREC, "No matching subscribers") \
    X(0x11, NO_SUBSCRIPTION_EXISTED,                no_subscription_existed,                0, MQW_IN_UNSUBACK, "No subscription existed") \
    X(0x18, CONTINUE_AUTHENTICATION,                continue_authentication,                MQW_IN_AUTH, MQW_IN_AUTH, "Continue authentication") \
    X(0x19, RE_AUTHENTICATE,                        re_authenticate,                        MQW_IN_AUTH, 0, "Re-authenticate") \
    X(0x80, UNSPECIFIED_ERROR,                      unspecified_error,                      MQW_IN_PUBACK | MQW_IN_PUBREC | MQW_IN_DISCONNECT, MQW_IN_PUBACK | MQW_IN_PUBREC | MQW_IN_CONNACK | MQW_IN_SUBACK | MQW_IN_UNSUBACK | MQW_IN_DISCONNECT, "Unspecified error") \
    X(0x81, MALFORMED_PACKET,                       malformed_packet,                       MQW_IN_DISCONNECT, MQW_IN_CONNACK | MQW_IN_DISCONNECT, "Malformed Packet") \
    X(0x82, PROTOCOL_ERROR,                         protocol_error,                         MQW_IN_DISCONNECT, MQW_IN_CONNACK | MQW_IN_DISCONNECT, "Protocol Error") \
    X(0x83, IMPLEMENTATION_SPECIFIC_ERROR,          implementation_specific_error,          MQW_IN_PUBACK | MQW_IN_PUBREC | MQW_IN_DISCONNECT, MQW_IN_PUBACK | MQW_IN_PUBREC | MQW_IN_CONNACK | MQW_IN_SUBACK | MQW_IN_UNSUBACK | MQW_IN_DISCONNECT, "Implementation specific error") \
    X(0x84, UNSUPPORTED_PROTOCOL_VERSION,           unsupported_protocol_version,           0, MQW_IN_CONNACK, "Unsupported Protocol Version") \
    X(0x85, CLIENT_IDENTIFIER_NOT_VALID,            client_identifier_not_valid,            0, MQW_IN_CONNACK, "Client Identifier not valid") \
    X(0x86, BAD_USER_NAME_OR_PASSWORD,              bad_user_name_or_password,              0, MQW_IN_CONNACK, "Bad User Name or Password") \
    X(0x87, NOT_AUTHORIZED,                         not_authorized,                         MQW_IN_PUBACK | MQW_IN_PUBREC, MQW_IN_PUBACK | MQW_IN_PUBREC | MQW_IN_CONNACK | MQW_IN_SUBACK | MQW_IN_UNSUBACK | MQW_IN_DISCONNECT, "Not authorized") \
    X(0x88, SERVER_UNAVAILABLE,                     server_unavailable,                     0, MQW_IN_CONNACK, "Server unavailable") \
    X(0x89, SERVER_BUSY,                            server_busy,                            0, MQW_IN_CONNACK | MQW_IN_DISCONNECT, "Server busy") \
    X(0x8A, BANNED,                                 banned,                                 0, MQW_IN_CONNACK, "Banned") \
    X(0x8B, SERVER_SHUTTING_DOWN,                   server_shutting_down,                   0, MQW_IN_DISCONNECT, "Server shutting down") \
    X(0x8C, BAD_AUTHENTICATION_METHOD,              bad_authentication_method,              0, MQW_IN_CONNACK, "Bad authentication method") \
    X(0x8D, KEEP_ALIVE_TIMEOUT,                     keep_alive_timeout,                     0, MQW_IN_DISCONNECT, "Keep Alive timeout") \
    X(0x8E, SESSION_TAKEN_OVER,                     session_taken_over,                     0, MQW_IN_DISCONNECT, "Session taken over") \
    X(0x8F, TOPIC_FILTER_INVALID,                   topic_filter_invalid,                   0, MQW_IN_SUBACK | MQW_IN_UNSUBACK | MQW_IN_DISCONNECT, "Topic Filter invalid") \
    X(0x90, TOPIC_NAME_INVALID,                     topic_name_invalid,                     MQW_IN_PUBACK | MQW_IN_PUBREC | MQW_IN_DISCONNECT, MQW_IN_PUBACK | MQW_IN_PUBREC | MQW_IN_CONNACK | MQW_IN_DISCONNECT, "Topic Name invalid") \
    X(0x91, PACKET_IDENTIFIER_IN_USE,               packet_identifier_in_use,               MQW_IN_PUBACK | MQW_IN_PUBREC, MQW_IN_PUBACK | MQW_IN_PUBREC | MQW_IN_SUBACK | MQW_IN_UNSUBACK, "Packet Identifier in use") \
    X(0x92, PACKET_IDENTIFIER_NOT_FOUND,            packet_identifier_not_found,            MQW_IN_PUBREL | MQW_IN_PUBCOMP, MQW_IN_PUBREL | MQW_IN_PUBCOMP, "Packet Identifier not found") \
    X(0x93, RECEIVE_MAXIMUM_EXCEEDED,               receive_maximum_exceeded,               MQW_IN_DISCONNECT, MQW_IN_DISCONNECT, "Receive Maximum exceeded") \
    X(0x94, TOPIC_ALIAS_INVALID,                    topic_alias_invalid,                    MQW_IN_DISCONNECT, MQW_IN_DISCONNECT, "Topic Alias invalid") \
    X(0x95, PACKET_TOO_LARGE,                       packet_too_large,                       MQW_IN_DISCONNECT, MQW_IN_CONNACK | MQW_IN_DISCONNECT, "Packet too large") \
    X(0x96, MESSAGE_RATE_TOO_HIGH,                  message_rate_too_high,                  MQW_IN_DISCONNECT, MQW_IN_DISCONNECT, "Message rate too high") \
    X(0x97, QUOTA_EXCEEDED,                         quota_exceeded,                         MQW_IN_PUBACK | MQW_IN_PUBREC | MQW_IN_DISCONNECT, MQW_IN_PUBACK | MQW_IN_PUBREC | MQW_IN_CONNACK | MQW_IN_SUBACK | MQW_IN_DISCONNECT, "Quota exceeded") \
    X(0x98, ADMINISTRATIVE_ACTION,                  administrative_action,                  MQW_IN_DISCONNECT, MQW_IN_DISCONNECT, "Administrative action") \
    X(0x99, PAYLOAD_FORMAT_INVALID,                 payload_format_invalid,                 MQW_IN_PUBACK | MQW_IN_PUBREC | MQW_IN_DISCONNECT, MQW_IN_PUBACK | MQW_IN_PUBREC | MQW_IN_CONNACK | MQW_IN_DISCONNECT, "Payload format invalid") \
    X(0x9A, RETAIN_NOT_SUPPORTED,                   retain_not_supported,                   0, MQW_IN_CONNACK | MQW_IN_DISCONNECT, "Retain not supported") \
    X(0x9B, QOS_NOT_SUPPORTED,                      qos_not_supported,                      0, MQW_IN_CONNACK | MQW_IN_DISCONNECT, "QoS not supported") \
    X(0x9C, USE_ANOTHER_SERVER,                     use_another_server,                     0, MQW_IN_CONNACK | MQW_IN_DISCONNECT, "Use another server") \
    X(0x9D, SERVER_MOVED,                           server_moved,                           0, MQW_IN_CONNACK | MQW_IN_DISCONNECT, "Server moved") \
    X(0x9E, SHARED_SUBSCRIPTIONS_NOT_SUPPORTED,     shared_subscriptions_not_supported,     0, MQW_IN_SUBACK | MQW_IN_DISCONNECT, "Shared Subscriptions not supported") \
    X(0x9F, CONNECTION_RATE_EXCEEDED,               connection_rate_exceeded,               0, MQW_IN_CONNACK | MQW_IN_DISCONNECT, "Connection rate exceeded") \
    X(0xA0, MAXIMUM_CONNECT_TIME,                   maximum_connect_time,                   0, MQW_IN_DISCONNECT, "Maximum connect time") \
    X(0xA1, SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED, subscription_identifiers_not_supported, 0, MQW_IN_SUBACK | MQW_IN_DISCONNECT, "Subscription Identifiers not supported") \
    X(0xA2, WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED,   wildcard_subscriptions_not_supported,   0, MQW_IN_SUBACK | MQW_IN_DISCONNECT, "Wildcard Subscriptions not supported")

/* The two places where code 0 of 5.0 has a name of its own.  X(code, NAME, name, place, text) */
#define MQW_REASON_NAMES(X) \
    X(0x00, NORMAL_DISCONNECTION, normal_disconnection, MQW_IN_DISCONNECT, "Normal disconnection") \
    X(0x00, GRANTED_QOS_0,        granted_qos_0,        MQW_IN_SUBACK,     "Granted QoS 0")

/* Return codes of 3.1.1: sections 3.2.2.3 and 3.9.3.  X(code, NAME, name, place, text) */
#define MQW_RETURN_CODES(X) \
    X(0x00, CONNECTION_ACCEPTED,           connection_accepted,           MQW_IN_CONNACK, "Connection accepted") \
    X(0x01, UNACCEPTABLE_PROTOCOL_VERSION, unacceptable_protocol_version, MQW_IN_CONNACK, "Unacceptable protocol version") \
    X(0x02, IDENTIFIER_REJECTED,           identifier_rejected,           MQW_IN_CONNACK, "Identifier rejected") \
    X(0x03, SERVER_UNAVAILABLE,            server_unavailable,            MQW_IN_CONNACK, "Server unavailable") \
    X(0x04, BAD_USER_NAME_OR_PASSWORD,     bad_user_name_or_password,     MQW_IN_CONNACK, "Bad user name or password") \
    X(0x05, NOT_AUTHORIZED,                not_authorized,                MQW_IN_CONNACK, "Not authorized") \
    X(0x00, MAXIMUM_QOS_0,                 maximum_qos_0,                 MQW_IN_SUBACK,  "Maximum QoS 0") \
    X(0x01, MAXIMUM_QOS_1,                 maximum_qos_1,                 MQW_IN_SUBACK,  "Maximum QoS 1") \
    X(0x02, MAXIMUM_QOS_2,                 maximum_qos_2,                 MQW_IN_SUBACK,  "Maximum QoS 2") \
    X(0x80, FAILURE,                       failure,                       MQW_IN_SUBACK,  "Failure")

/*
 * Leniency: each bit lets through what one MUST forbids.  X(bit, NAME, name, text)
 */
#define MQW_ALLOWANCES(X) \
    X( 1, MQTT_3_1,            mqtt_3_1,            "MQTT 3.1 (MQIsdp, level 3), read as 3.1.1") \
    X( 2, FLAGS,               flags,               "reserved bits of the fixed header that are not as fixed") \
    X( 3, PADDED_INTEGERS,     padded_integers,     "variable byte integers that are longer than needed, in 5.0") \
    X( 4, SURPLUS,             surplus,             "bytes after the last field of a packet") \
    X( 5, UTF8,                utf8,                "text that is not UTF-8") \
    X( 6, NUL,                 nul,                 "text that holds U+0000") \
    X( 7, TOPIC_WILDCARDS,     topic_wildcards,     "+ and # in topic names") \
    X( 8, EMPTY_TOPICS,        empty_topics,        "topic names and filters of no length") \
    X( 9, FILTERS,             filters,             "misplaced wildcards in filters, bad shared subscriptions") \
    X(10, PACKET_ID_ZERO,      packet_id_zero,      "packet identifier 0") \
    X(11, DUP_QOS_0,           dup_qos_0,           "DUP in a PUBLISH of QoS 0") \
    X(12, RESERVED_BITS,       reserved_bits,       "reserved bits that are set, in CONNECT, CONNACK and SUBSCRIBE") \
    X(13, WILL_FLAGS,          will_flags,          "will QoS or will retain without a will") \
    X(14, LONE_PASSWORD,       lone_password,       "a password without a user name, in 3.1.1") \
    X(15, EMPTY_CLIENT_ID,     empty_client_id,     "an empty client identifier without clean session, in 3.1.1") \
    X(16, SESSION_PRESENT,     session_present,     "session present beside a refusal") \
    X(17, REASONS,             reasons,             "reason codes that the packet or its sender has not") \
    X(18, UNKNOWN_PROPERTIES,  unknown_properties,  "an unknown property: it hides the rest of its block") \
    X(19, MISPLACED_PROPERTIES, misplaced_properties, "properties that the packet or its sender has not") \
    X(20, REPEATED_PROPERTIES, repeated_properties, "a second copy of a property: the last one holds") \
    X(21, PROPERTY_VALUES,     property_values,     "property values out of their range") \
    X(22, MISSING_METHOD,      missing_method,      "AUTH without method (F0 00 too), authentication data without it") \
    X(23, EMPTY_LISTS,         empty_lists,         "SUBSCRIBE, SUBACK, UNSUBSCRIBE and UNSUBACK without any element") \
    X(24, SHARED_NO_LOCAL,     shared_no_local,     "No Local on a shared subscription") \
    X(25, DIRECTION,           direction,           "packets that their sender has no right to send") \
    X(26, NOT_IN_VERSION,      not_in_version,      "fields of 5.0 in a packet of 3.1.1: encoding leaves them out")

/*
 * Strictness: each bit refuses what the text leaves free (SHOULD, MAY, silence).
 * X(bit, NAME, name, text)
 */
#define MQW_REFUSALS(X) \
    X( 1, PADDED_LENGTH,        padded_length,        "a Remaining Length that is longer than needed, in 3.1.1") \
    X( 2, CONTROL_CHARACTERS,   control_characters,   "U+0001..U+001F and U+007F..U+009F in text") \
    X( 3, NONCHARACTERS,        noncharacters,        "U+FDD0..U+FDEF, U+xFFFE and U+xFFFF in text") \
    X( 4, CLIENT_ID,            client_id,            "client identifiers over 23 bytes or not of letters and digits") \
    X( 5, EMPTY_RESPONSE_TOPIC, empty_response_topic, "a response topic of no length") \
    X( 6, PAYLOAD_FORMAT,       payload_format,       "a Payload Format Indicator above 1") \
    X( 7, PAYLOAD_TEXT,         payload_text,         "a payload that is announced as UTF-8 and is not") \
    X( 8, CLIENT_REFERENCE,     client_reference,     "Server Reference in a client's DISCONNECT") \
    X( 9, CONNACK_LONE_DATA,    connack_lone_data,    "Authentication Data without a method in CONNACK") \
    X(10, SHORT_AUTH,           short_auth,           "AUTH of one byte: a reason code and no property length")

/*
 * Rules: what a packet can break.  An error code is the number of a rule.
 * X(number, NAME, name, class, reason code of 5.0, CONNACK code of 3.1.1 or 0,
 *   statements of 3.1.1, statements of 5.0, ALLOW or REFUSE, the bit that switches it, text)
 * Statements are ids of the specification where it gives one, else sections; "" where the version
 * does not have the rule.  An ALLOW bit switches the rule off (NOTHING: none does); a REFUSE bit
 * switches it on.
 */
#define MQW_RULES(X) \
    X( 10, TYPE_RESERVED,                           type_reserved,                           MALFORMED,      0x81, 0, "2.2.1", "2.1.2", ALLOW, NOTHING, "this packet type is reserved") \
    X( 11, DIRECTION,                               direction,                               PROTOCOL_ERROR, 0x82, 0, "2.2.1", "2.1.2", ALLOW, DIRECTION, "this sender may not send this type of packet") \
    X( 12, FIXED_HEADER_FLAGS,                      fixed_header_flags,                      MALFORMED,      0x81, 0, "MQTT-2.2.2-1 MQTT-2.2.2-2", "MQTT-2.1.3-1", ALLOW, FLAGS, "reserved flags of the fixed header are not as fixed") \
    X( 13, PUBREL_FLAGS,                            pubrel_flags,                            MALFORMED,      0x81, 0, "MQTT-3.6.1-1 MQTT-2.2.2-1 MQTT-2.2.2-2", "MQTT-3.6.1-1 MQTT-2.1.3-1", ALLOW, FLAGS, "the flags of PUBREL are 0010") \
    X( 14, SUBSCRIBE_FLAGS,                         subscribe_flags,                         MALFORMED,      0x81, 0, "MQTT-3.8.1-1 MQTT-2.2.2-1 MQTT-2.2.2-2", "MQTT-3.8.1-1 MQTT-2.1.3-1", ALLOW, FLAGS, "the flags of SUBSCRIBE are 0010") \
    X( 15, UNSUBSCRIBE_FLAGS,                       unsubscribe_flags,                       MALFORMED,      0x81, 0, "MQTT-3.10.1-1 MQTT-2.2.2-1 MQTT-2.2.2-2", "MQTT-3.10.1-1 MQTT-2.1.3-1", ALLOW, FLAGS, "the flags of UNSUBSCRIBE are 0010") \
    X( 16, DISCONNECT_FLAGS,                        disconnect_flags,                        MALFORMED,      0x81, 0, "MQTT-3.14.1-1 MQTT-2.2.2-1 MQTT-2.2.2-2", "MQTT-3.14.1-1 MQTT-2.1.3-1", ALLOW, FLAGS, "the flags of DISCONNECT are 0000") \
    X( 17, AUTH_FLAGS,                              auth_flags,                              MALFORMED,      0x81, 0, "", "MQTT-3.15.1-1 MQTT-2.1.3-1", ALLOW, FLAGS, "the flags of AUTH are 0000") \
    X( 18, INTEGER_TOO_LONG,                        integer_too_long,                        MALFORMED,      0x81, 0, "2.2.3", "1.5.5", ALLOW, NOTHING, "a variable byte integer has at most four bytes") \
    X( 19, INTEGER_PADDED,                          integer_padded,                          MALFORMED,      0x81, 0, "", "MQTT-1.5.5-1", ALLOW, PADDED_INTEGERS, "a variable byte integer takes the fewest bytes") \
    X( 20, LENGTH_PADDED,                           length_padded,                           MALFORMED,      0x81, 0, "2.2.3", "", REFUSE, PADDED_LENGTH, "the Remaining Length takes more bytes than it needs") \
    X( 21, LENGTH_OVER_LIMIT,                       length_over_limit,                       MALFORMED,      0x81, 0, "2.2.3", "1.5.5", ALLOW, NOTHING, "a length over 268,435,455 cannot be written") \
    X( 22, PACKET_TOO_LARGE,                        packet_too_large,                        PROTOCOL_ERROR, 0x95, 0, "", "MQTT-3.1.2-24 MQTT-3.2.2-15", ALLOW, NOTHING, "the packet is larger than the receiver takes") \
    X( 23, TRUNCATED,                               truncated,                               MALFORMED,      0x81, 0, "2.2.3", "2.1.4", ALLOW, NOTHING, "the packet ends inside this field") \
    X( 24, SURPLUS_BYTES,                           surplus_bytes,                           MALFORMED,      0x81, 0, "2.2.3", "2.1.4", ALLOW, SURPLUS, "bytes follow the last field of the packet") \
    X( 25, TRAILING_BYTES,                          trailing_bytes,                          MALFORMED,      0x81, 0, "2.2.3", "2.1.4", ALLOW, NOTHING, "bytes follow the packet") \
    X( 26, TEXT_UTF8,                               text_utf8,                               MALFORMED,      0x81, 0, "MQTT-1.5.3-1", "MQTT-1.5.4-1", ALLOW, UTF8, "text is UTF-8") \
    X( 27, CLIENT_ID_UTF8,                          client_id_utf8,                          MALFORMED,      0x81, 0, "MQTT-3.1.3-4 MQTT-1.5.3-1", "MQTT-3.1.3-4 MQTT-1.5.4-1", ALLOW, UTF8, "the client identifier is UTF-8") \
    X( 28, WILL_TOPIC_UTF8,                         will_topic_utf8,                         MALFORMED,      0x81, 0, "MQTT-3.1.3-10 MQTT-1.5.3-1", "MQTT-3.1.3-11 MQTT-1.5.4-1", ALLOW, UTF8, "the will topic is UTF-8") \
    X( 29, USERNAME_UTF8,                           username_utf8,                           MALFORMED,      0x81, 0, "MQTT-3.1.3-11 MQTT-1.5.3-1", "MQTT-3.1.3-12 MQTT-1.5.4-1", ALLOW, UTF8, "the user name is UTF-8") \
    X( 30, TOPIC_UTF8,                              topic_utf8,                              MALFORMED,      0x81, 0, "MQTT-3.3.2-1 MQTT-1.5.3-1", "MQTT-3.3.2-1 MQTT-1.5.4-1", ALLOW, UTF8, "the topic name is UTF-8") \
    X( 31, SUBSCRIBE_FILTER_UTF8,                   subscribe_filter_utf8,                   MALFORMED,      0x81, 0, "MQTT-3.8.3-1 MQTT-1.5.3-1", "MQTT-3.8.3-1 MQTT-1.5.4-1", ALLOW, UTF8, "a topic filter is UTF-8") \
    X( 32, UNSUBSCRIBE_FILTER_UTF8,                 unsubscribe_filter_utf8,                 MALFORMED,      0x81, 0, "MQTT-3.10.3-1 MQTT-1.5.3-1", "MQTT-3.10.3-1 MQTT-1.5.4-1", ALLOW, UTF8, "a topic filter is UTF-8") \
    X( 33, RESPONSE_TOPIC_UTF8,                     response_topic_utf8,                     MALFORMED,      0x81, 0, "", "MQTT-3.3.2-13 MQTT-1.5.4-1", ALLOW, UTF8, "the response topic is UTF-8") \
    X( 34, CONTENT_TYPE_UTF8,                       content_type_utf8,                       MALFORMED,      0x81, 0, "", "MQTT-3.3.2-19 MQTT-1.5.4-1", ALLOW, UTF8, "the content type is UTF-8") \
    X( 35, USER_PROPERTY_UTF8,                      user_property_utf8,                      MALFORMED,      0x81, 0, "", "MQTT-1.5.7-1 MQTT-1.5.4-1", ALLOW, UTF8, "name and value of a user property are UTF-8") \
    X( 36, TEXT_NUL,                                text_nul,                                MALFORMED,      0x81, 0, "MQTT-1.5.3-2", "MQTT-1.5.4-2", ALLOW, NUL, "text holds no U+0000") \
    X( 37, USER_PROPERTY_NUL,                       user_property_nul,                       MALFORMED,      0x81, 0, "", "MQTT-1.5.7-1 MQTT-1.5.4-2", ALLOW, NUL, "a user property holds no U+0000") \
    X( 38, TOPIC_NUL,                               topic_nul,                               MALFORMED,      0x81, 0, "MQTT-4.7.3-2 MQTT-1.5.3-2", "MQTT-4.7.3-2 MQTT-1.5.4-2", ALLOW, NUL, "topic names and filters hold no U+0000") \
    X( 39, TEXT_CONTROL,                            text_control,                            MALFORMED,      0x81, 0, "1.5.3", "1.5.4", REFUSE, CONTROL_CHARACTERS, "text holds a control character") \
    X( 40, TEXT_NONCHARACTER,                       text_noncharacter,                       MALFORMED,      0x81, 0, "1.5.3", "1.5.4", REFUSE, NONCHARACTERS, "text holds a code point that is no character") \
    X( 41, TEXT_TOO_LONG,                           text_too_long,                           MALFORMED,      0x81, 0, "1.5.3", "1.5.4", ALLOW, NOTHING, "text and binary data have at most 65,535 bytes") \
    X( 42, TOPIC_TOO_LONG,                          topic_too_long,                          MALFORMED,      0x81, 0, "MQTT-4.7.3-3", "MQTT-4.7.3-3", ALLOW, NOTHING, "topic names and filters have at most 65,535 bytes") \
    X( 43, TOPIC_EMPTY,                             topic_empty,                             PROTOCOL_ERROR, 0x82, 0, "MQTT-4.7.3-1", "MQTT-4.7.3-1 3.3.2.1", ALLOW, EMPTY_TOPICS, "a topic name has at least one character, or a topic alias stands for it") \
    X( 44, TOPIC_WILDCARD,                          topic_wildcard,                          MALFORMED,      0x81, 0, "MQTT-3.3.2-2 MQTT-4.7.1-1", "MQTT-3.3.2-2 MQTT-4.7.0-1", ALLOW, TOPIC_WILDCARDS, "a topic name holds no + and no #") \
    X( 45, RESPONSE_TOPIC_WILDCARD,                 response_topic_wildcard,                 PROTOCOL_ERROR, 0x82, 0, "", "MQTT-3.3.2-14 MQTT-4.7.0-1", ALLOW, TOPIC_WILDCARDS, "a response topic holds no + and no #") \
    X( 46, RESPONSE_TOPIC_EMPTY,                    response_topic_empty,                    PROTOCOL_ERROR, 0x82, 0, "", "MQTT-4.7.3-1", REFUSE, EMPTY_RESPONSE_TOPIC, "the response topic has no characters") \
    X( 47, FILTER_EMPTY,                            filter_empty,                            PROTOCOL_ERROR, 0x82, 0, "MQTT-4.7.3-1", "MQTT-4.7.3-1", ALLOW, EMPTY_TOPICS, "a topic filter has at least one character") \
    X( 48, FILTER_HASH,                             filter_hash,                             MALFORMED,      0x81, 0, "MQTT-4.7.1-2", "MQTT-4.7.1-1", ALLOW, FILTERS, "# stands alone in the last level of a filter") \
    X( 49, FILTER_PLUS,                             filter_plus,                             MALFORMED,      0x81, 0, "MQTT-4.7.1-3", "MQTT-4.7.1-2", ALLOW, FILTERS, "+ fills a whole level of a filter") \
    X( 50, SHARE_NAME_EMPTY,                        share_name_empty,                        PROTOCOL_ERROR, 0x82, 0, "", "MQTT-4.8.2-1", ALLOW, FILTERS, "a share name has at least one character") \
    X( 51, SHARE_NAME_WILDCARD,                     share_name_wildcard,                     PROTOCOL_ERROR, 0x82, 0, "", "MQTT-4.8.2-2", ALLOW, FILTERS, "a share name holds no + and no #") \
    X( 52, SHARE_FILTER_MISSING,                    share_filter_missing,                    PROTOCOL_ERROR, 0x82, 0, "", "MQTT-4.8.2-2", ALLOW, FILTERS, "a slash and a filter follow the share name") \
    X( 53, PROTOCOL_NAME,                           protocol_name,                           PROTOCOL_ERROR, 0x84, 0, "MQTT-3.1.2-1", "MQTT-3.1.2-1", ALLOW, NOTHING, "the protocol name is MQTT") \
    X( 54, PROTOCOL_VERSION,                        protocol_version,                        PROTOCOL_ERROR, 0x84, 1, "MQTT-3.1.2-2", "MQTT-3.1.2-2", ALLOW, NOTHING, "this protocol version is not spoken here") \
    X( 55, MQTT_3_1,                                mqtt_3_1,                                PROTOCOL_ERROR, 0x84, 1, "MQTT-3.1.2-2", "MQTT-3.1.2-2", ALLOW, MQTT_3_1, "this is MQTT 3.1, which is not spoken here") \
    X( 56, CONNECT_FLAGS_RESERVED,                  connect_flags_reserved,                  MALFORMED,      0x81, 0, "MQTT-3.1.2-3", "MQTT-3.1.2-3", ALLOW, RESERVED_BITS, "bit 0 of the connect flags is zero") \
    X( 57, WILL_QOS_3,                              will_qos_3,                              MALFORMED,      0x81, 0, "MQTT-3.1.2-14", "MQTT-3.1.2-12", ALLOW, NOTHING, "will QoS is 0, 1 or 2") \
    X( 58, WILL_QOS_WITHOUT_WILL,                   will_qos_without_will,                   PROTOCOL_ERROR, 0x82, 0, "MQTT-3.1.2-13 MQTT-3.1.2-11", "MQTT-3.1.2-11", ALLOW, WILL_FLAGS, "will QoS is zero without a will") \
    X( 59, WILL_RETAIN_WITHOUT_WILL,                will_retain_without_will,                PROTOCOL_ERROR, 0x82, 0, "MQTT-3.1.2-15 MQTT-3.1.2-11", "MQTT-3.1.2-13", ALLOW, WILL_FLAGS, "will retain is zero without a will") \
    X( 60, PASSWORD_WITHOUT_USERNAME,               password_without_username,               PROTOCOL_ERROR, 0x82, 0, "MQTT-3.1.2-22", "", ALLOW, LONE_PASSWORD, "a password needs a user name") \
    X( 61, CLIENT_ID_MISSING,                       client_id_missing,                       MALFORMED,      0x81, 0, "MQTT-3.1.3-3", "MQTT-3.1.3-3", ALLOW, NOTHING, "the client identifier is missing") \
    X( 62, WILL_MISSING,                            will_missing,                            MALFORMED,      0x81, 0, "MQTT-3.1.2-9", "MQTT-3.1.2-9", ALLOW, NOTHING, "the will flag is set and a field of the will is missing") \
    X( 63, USERNAME_MISSING,                        username_missing,                        MALFORMED,      0x81, 0, "MQTT-3.1.2-19", "MQTT-3.1.2-17", ALLOW, NOTHING, "the user name flag is set and the user name is missing") \
    X( 64, PASSWORD_MISSING,                        password_missing,                        MALFORMED,      0x81, 0, "MQTT-3.1.2-21", "MQTT-3.1.2-19", ALLOW, NOTHING, "the password flag is set and the password is missing") \
    X( 65, CONNECT_SURPLUS,                         connect_surplus,                         MALFORMED,      0x81, 0, "MQTT-3.1.2-11 MQTT-3.1.2-18 MQTT-3.1.2-20", "MQTT-3.1.2-16 MQTT-3.1.2-18", ALLOW, SURPLUS, "bytes follow the last field that the connect flags announce") \
    X( 66, CLIENT_ID_EMPTY,                         client_id_empty,                         PROTOCOL_ERROR, 0x85, 2, "MQTT-3.1.3-7", "", ALLOW, EMPTY_CLIENT_ID, "an empty client identifier needs a clean session") \
    X( 67, CLIENT_ID_REFUSED,                       client_id_refused,                       PROTOCOL_ERROR, 0x85, 2, "3.1.3.1", "3.1.3.1", REFUSE, CLIENT_ID, "the client identifier has over 23 bytes, or others than letters and digits") \
    X( 68, AUTHENTICATION_DATA_ALONE,               authentication_data_alone,               PROTOCOL_ERROR, 0x82, 0, "", "3.1.2.11.10", ALLOW, MISSING_METHOD, "authentication data needs an authentication method") \
    X( 69, CONNACK_FLAGS,                           connack_flags,                           MALFORMED,      0x81, 0, "3.2.2.1", "MQTT-3.2.2-1", ALLOW, RESERVED_BITS, "bits 7 to 1 of the acknowledge flags are zero") \
    X( 70, SESSION_PRESENT_REFUSED,                 session_present_refused,                 PROTOCOL_ERROR, 0x82, 0, "MQTT-3.2.2-4", "MQTT-3.2.2-6", ALLOW, SESSION_PRESENT, "a refusal has no session present") \
    X( 71, CONNACK_REASON,                          connack_reason,                          PROTOCOL_ERROR, 0x82, 0, "3.2.2.3", "MQTT-3.2.2-8", ALLOW, REASONS, "CONNACK has no such code") \
    X( 72, CONNACK_DATA_ALONE,                      connack_data_alone,                      PROTOCOL_ERROR, 0x82, 0, "", "3.2.2.3.18", REFUSE, CONNACK_LONE_DATA, "authentication data without an authentication method") \
    X( 73, QOS_3,                                   qos_3,                                   MALFORMED,      0x81, 0, "MQTT-3.3.1-4", "MQTT-3.3.1-4", ALLOW, NOTHING, "QoS is 0, 1 or 2") \
    X( 74, DUP_QOS_0,                               dup_qos_0,                               MALFORMED,      0x81, 0, "MQTT-3.3.1-2 MQTT-4.3.1-1", "MQTT-3.3.1-2 MQTT-4.3.1-1", ALLOW, DUP_QOS_0, "DUP is zero at QoS 0") \
    X( 75, PACKET_ID_ZERO,                          packet_id_zero,                          PROTOCOL_ERROR, 0x82, 0, "MQTT-2.3.1-1", "MQTT-2.2.1-3 MQTT-2.2.1-4", ALLOW, PACKET_ID_ZERO, "a packet identifier is not zero") \
    X( 76, PACKET_ID_AT_QOS_0,                      packet_id_at_qos_0,                      PROTOCOL_ERROR, 0x82, 0, "MQTT-2.3.1-5", "MQTT-2.2.1-2", ALLOW, NOTHING, "a PUBLISH of QoS 0 has no packet identifier") \
    X( 77, TOPIC_ALIAS_ZERO,                        topic_alias_zero,                        PROTOCOL_ERROR, 0x94, 0, "", "MQTT-3.3.2-8 3.3.4", ALLOW, PROPERTY_VALUES, "a topic alias is not zero") \
    X( 78, SUBSCRIPTION_IDENTIFIER_FROM_CLIENT,     subscription_identifier_from_client,     PROTOCOL_ERROR, 0x82, 0, "", "MQTT-3.3.4-6", ALLOW, MISPLACED_PROPERTIES, "a client publishes without subscription identifiers") \
    X( 79, SUBSCRIPTION_IDENTIFIER_ZERO,            subscription_identifier_zero,            PROTOCOL_ERROR, 0x82, 0, "", "3.3.2.3.8 3.8.2.1.2", ALLOW, PROPERTY_VALUES, "a subscription identifier is not zero") \
    X( 80, PAYLOAD_FORMAT_INDICATOR_VALUE,          payload_format_indicator_value,          PROTOCOL_ERROR, 0x82, 0, "", "3.1.3.2.3 3.3.2.3.2", REFUSE, PAYLOAD_FORMAT, "the payload format indicator is neither 0 nor 1") \
    X( 81, PAYLOAD_NOT_TEXT,                        payload_not_text,                        PROTOCOL_ERROR, 0x99, 0, "", "3.1.3.2.3 3.3.2.3.2", REFUSE, PAYLOAD_TEXT, "the payload is announced as UTF-8 and is not") \
    X( 82, ACKNOWLEDGED_ID_ZERO,                    acknowledged_id_zero,                    PROTOCOL_ERROR, 0x82, 0, "MQTT-2.3.1-6 MQTT-4.3.3-2", "MQTT-2.2.1-5", ALLOW, PACKET_ID_ZERO, "no message has packet identifier 0") \
    X( 83, ANSWERED_ID_ZERO,                        answered_id_zero,                        PROTOCOL_ERROR, 0x82, 0, "MQTT-2.3.1-7", "MQTT-2.2.1-6", ALLOW, PACKET_ID_ZERO, "no request has packet identifier 0") \
    X( 84, PUBACK_REASON,                           puback_reason,                           PROTOCOL_ERROR, 0x82, 0, "", "MQTT-3.4.2-1", ALLOW, REASONS, "PUBACK has no such reason code from this sender") \
    X( 85, PUBREC_REASON,                           pubrec_reason,                           PROTOCOL_ERROR, 0x82, 0, "", "MQTT-3.5.2-1", ALLOW, REASONS, "PUBREC has no such reason code from this sender") \
    X( 86, PUBREL_REASON,                           pubrel_reason,                           PROTOCOL_ERROR, 0x82, 0, "", "MQTT-3.6.2-1", ALLOW, REASONS, "PUBREL has no such reason code") \
    X( 87, PUBCOMP_REASON,                          pubcomp_reason,                          PROTOCOL_ERROR, 0x82, 0, "", "MQTT-3.7.2-1", ALLOW, REASONS, "PUBCOMP has no such reason code") \
    X( 88, SUBSCRIBE_EMPTY,                         subscribe_empty,                         PROTOCOL_ERROR, 0x82, 0, "MQTT-3.8.3-3", "MQTT-3.8.3-2", ALLOW, EMPTY_LISTS, "SUBSCRIBE has at least one topic filter") \
    X( 89, SUBSCRIPTION_QOS_3,                      subscription_qos_3,                      PROTOCOL_ERROR, 0x82, 0, "MQTT-3.8.3-4", "3.8.3.1", ALLOW, NOTHING, "a subscription asks for QoS 0, 1 or 2") \
    X( 90, SUBSCRIPTION_RESERVED,                   subscription_reserved,                   MALFORMED,      0x81, 0, "MQTT-3.8.3-4", "MQTT-3.8.3-5", ALLOW, RESERVED_BITS, "reserved bits of the subscription options are zero") \
    X( 91, RETAIN_HANDLING_3,                       retain_handling_3,                       PROTOCOL_ERROR, 0x82, 0, "", "3.8.3.1", ALLOW, NOTHING, "retain handling is 0, 1 or 2") \
    X( 92, SHARED_NO_LOCAL,                         shared_no_local,                         PROTOCOL_ERROR, 0x82, 0, "", "MQTT-3.8.3-4", ALLOW, SHARED_NO_LOCAL, "No Local has no place on a shared subscription") \
    X( 93, SUBACK_REASON,                           suback_reason,                           PROTOCOL_ERROR, 0x82, 0, "MQTT-3.9.3-2", "MQTT-3.9.3-2 MQTT-3.8.4-7", ALLOW, REASONS, "SUBACK has no such code") \
    X( 94, SUBACK_EMPTY,                            suback_empty,                            MALFORMED,      0x81, 0, "MQTT-3.8.4-5", "MQTT-3.8.4-6", ALLOW, EMPTY_LISTS, "SUBACK has a code for each filter") \
    X( 95, UNSUBSCRIBE_EMPTY,                       unsubscribe_empty,                       PROTOCOL_ERROR, 0x82, 0, "MQTT-3.10.3-2", "MQTT-3.10.3-2", ALLOW, EMPTY_LISTS, "UNSUBSCRIBE has at least one topic filter") \
    X( 96, UNSUBACK_REASON,                         unsuback_reason,                         PROTOCOL_ERROR, 0x82, 0, "", "MQTT-3.11.3-2", ALLOW, REASONS, "UNSUBACK has no such reason code") \
    X( 97, UNSUBACK_EMPTY,                          unsuback_empty,                          MALFORMED,      0x81, 0, "", "MQTT-3.11.3-2", ALLOW, EMPTY_LISTS, "UNSUBACK has a reason code for each filter") \
    X( 98, DISCONNECT_REASON,                       disconnect_reason,                       PROTOCOL_ERROR, 0x82, 0, "", "MQTT-3.14.2-1", ALLOW, REASONS, "DISCONNECT has no such reason code from this sender") \
    X( 99, DISCONNECT_SESSION_EXPIRY,               disconnect_session_expiry,               PROTOCOL_ERROR, 0x82, 0, "", "MQTT-3.14.2-2", ALLOW, MISPLACED_PROPERTIES, "a server disconnects without a session expiry interval") \
    X(100, DISCONNECT_SERVER_REFERENCE,             disconnect_server_reference,             PROTOCOL_ERROR, 0x82, 0, "", "3.14.2.2.5", REFUSE, CLIENT_REFERENCE, "a client names no other server") \
    X(101, AUTH_REASON,                             auth_reason,                             PROTOCOL_ERROR, 0x82, 0, "", "MQTT-3.15.2-1", ALLOW, REASONS, "AUTH has no such reason code from this sender") \
    X(102, AUTH_METHOD_MISSING,                     auth_method_missing,                     PROTOCOL_ERROR, 0x82, 0, "", "3.15.2.2.2", ALLOW, MISSING_METHOD, "AUTH names the authentication method") \
    X(103, AUTH_SHORT,                              auth_short,                              MALFORMED,      0x81, 0, "", "3.15.2.1", REFUSE, SHORT_AUTH, "AUTH has a reason code and no property length") \
    X(104, PROPERTY_LENGTH_MISSING,                 property_length_missing,                 MALFORMED,      0x81, 0, "", "MQTT-2.2.2-1", ALLOW, NOTHING, "the property length is missing") \
    X(105, PROPERTY_OVERRUN,                        property_overrun,                        MALFORMED,      0x81, 0, "", "2.2.2.1", ALLOW, NOTHING, "a property goes past the end of its block") \
    X(106, PROPERTY_UNKNOWN,                        property_unknown,                        MALFORMED,      0x81, 0, "", "2.2.2.2", ALLOW, UNKNOWN_PROPERTIES, "there is no such property") \
    X(107, PROPERTY_MISPLACED,                      property_misplaced,                      MALFORMED,      0x81, 0, "", "2.2.2.2", ALLOW, MISPLACED_PROPERTIES, "this property has no place in this packet") \
    X(108, PROPERTY_REPEATED,                       property_repeated,                       PROTOCOL_ERROR, 0x82, 0, "", "3.1.2.11 3.1.3.2 3.2.2.3 3.3.2.3 3.4.2.2 3.5.2.2 3.6.2.2 3.7.2.2 3.8.2.1 3.9.2.1 3.11.2.1 3.14.2.2 3.15.2.2", ALLOW, REPEATED_PROPERTIES, "this property may not repeat") \
    X(109, PROPERTY_VALUE,                          property_value,                          PROTOCOL_ERROR, 0x82, 0, "", "2.2.2.2", ALLOW, PROPERTY_VALUES, "this property has no such value") \
    X(110, RECEIVE_MAXIMUM_ZERO,                    receive_maximum_zero,                    PROTOCOL_ERROR, 0x82, 0, "", "3.1.2.11.3 3.2.2.3.3", ALLOW, PROPERTY_VALUES, "receive maximum is not zero") \
    X(111, MAXIMUM_PACKET_SIZE_ZERO,                maximum_packet_size_zero,                PROTOCOL_ERROR, 0x82, 0, "", "3.1.2.11.4 3.2.2.3.6", ALLOW, PROPERTY_VALUES, "maximum packet size is not zero") \
    X(112, REQUEST_PROBLEM_INFORMATION_VALUE,       request_problem_information_value,       PROTOCOL_ERROR, 0x82, 0, "", "3.1.2.11.7", ALLOW, PROPERTY_VALUES, "request problem information is 0 or 1") \
    X(113, REQUEST_RESPONSE_INFORMATION_VALUE,      request_response_information_value,      PROTOCOL_ERROR, 0x82, 0, "", "3.1.2.11.6", ALLOW, PROPERTY_VALUES, "request response information is 0 or 1") \
    X(114, MAXIMUM_QOS_VALUE,                       maximum_qos_value,                       PROTOCOL_ERROR, 0x82, 0, "", "3.2.2.3.4", ALLOW, PROPERTY_VALUES, "maximum QoS is 0 or 1") \
    X(115, RETAIN_AVAILABLE_VALUE,                  retain_available_value,                  PROTOCOL_ERROR, 0x82, 0, "", "3.2.2.3.5", ALLOW, PROPERTY_VALUES, "retain available is 0 or 1") \
    X(116, WILDCARD_SUBSCRIPTION_AVAILABLE_VALUE,   wildcard_subscription_available_value,   PROTOCOL_ERROR, 0x82, 0, "", "3.2.2.3.11", ALLOW, PROPERTY_VALUES, "wildcard subscription available is 0 or 1") \
    X(117, SUBSCRIPTION_IDENTIFIER_AVAILABLE_VALUE, subscription_identifier_available_value, PROTOCOL_ERROR, 0x82, 0, "", "3.2.2.3.12", ALLOW, PROPERTY_VALUES, "subscription identifier available is 0 or 1") \
    X(118, SHARED_SUBSCRIPTION_AVAILABLE_VALUE,     shared_subscription_available_value,     PROTOCOL_ERROR, 0x82, 0, "", "3.2.2.3.13", ALLOW, PROPERTY_VALUES, "shared subscription available is 0 or 1") \
    X(119, VALUE_TOO_WIDE,                          value_too_wide,                          MALFORMED,      0x81, 0, "1.5", "1.5", ALLOW, NOTHING, "the value does not fit its field") \
    X(120, NOT_IN_VERSION,                          not_in_version,                          MALFORMED,      0x81, 0, "2.2.1", "", ALLOW, NOT_IN_VERSION, "this protocol version has no such field") \
    X(200, FIRST_PACKET,                            first_packet,                            PROTOCOL_ERROR, 0x82, 0, "MQTT-3.1.0-1", "MQTT-3.1.0-1", ALLOW, NOTHING, "the first packet of a client is CONNECT") \
    X(201, SECOND_CONNECT,                          second_connect,                          PROTOCOL_ERROR, 0x82, 0, "MQTT-3.1.0-2", "MQTT-3.1.0-2", ALLOW, NOTHING, "a client sends one CONNECT on a connection") \
    X(202, BEFORE_CONNACK,                          before_connack,                          PROTOCOL_ERROR, 0x82, 0, "MQTT-3.2.0-1", "MQTT-3.2.0-1", ALLOW, NOTHING, "a server sends nothing before CONNACK, except AUTH in 5.0") \
    X(203, SECOND_CONNACK,                          second_connack,                          PROTOCOL_ERROR, 0x82, 0, "3.2", "MQTT-3.2.0-2", ALLOW, NOTHING, "a server sends one CONNACK on a connection") \
    X(204, AFTER_REFUSAL,                           after_refusal,                           PROTOCOL_ERROR, 0x82, 0, "MQTT-3.2.2-5", "MQTT-3.2.2-7 MQTT-3.2.0-1 MQTT-4.13.2-1", ALLOW, NOTHING, "a server closes the connection after a CONNACK that refuses it") \
    X(205, EARLY_PACKET,                            early_packet,                            PROTOCOL_ERROR, 0x82, 0, "", "MQTT-3.1.2-30", ALLOW, NOTHING, "a client that named an authentication method sends only AUTH and DISCONNECT until CONNACK") \
    X(206, AFTER_DISCONNECT,                        after_disconnect,                        PROTOCOL_ERROR, 0x82, 0, "MQTT-3.14.4-2 MQTT-3.14.4-1", "MQTT-3.14.4-1 MQTT-3.14.4-2", ALLOW, NOTHING, "nothing follows a DISCONNECT from its sender") \
    X(207, EARLY_DISCONNECT,                        early_disconnect,                        PROTOCOL_ERROR, 0x82, 0, "", "MQTT-3.14.0-1", ALLOW, NOTHING, "a server sends DISCONNECT only after it accepted the connection") \
    X(208, SESSION_PRESENT_CLEAN,                   session_present_clean,                   PROTOCOL_ERROR, 0x82, 0, "MQTT-3.2.2-1", "MQTT-3.2.2-2", ALLOW, NOTHING, "after a clean start no session is present") \
    X(209, KEEP_ALIVE_EXCEEDED,                     keep_alive_exceeded,                     PROTOCOL_ERROR, 0x8D, 0, "MQTT-3.1.2-24 MQTT-3.1.2-23", "MQTT-3.1.2-22 MQTT-3.1.2-20", ALLOW, NOTHING, "the client was silent for more than one and a half times the keep alive") \
    X(210, PINGRESP_UNASKED,                        pingresp_unasked,                        PROTOCOL_ERROR, 0x82, 0, "3.13", "3.13", ALLOW, NOTHING, "PINGRESP answers a PINGREQ") \
    X(211, PACKET_ID_IN_USE,                        packet_id_in_use,                        PROTOCOL_ERROR, 0x91, 0, "MQTT-2.3.1-2 MQTT-2.3.1-3 MQTT-2.3.1-4 MQTT-3.3.1-1 MQTT-4.3.2-1 MQTT-4.3.3-1", "MQTT-2.2.1-3 MQTT-2.2.1-4 MQTT-3.3.1-1 MQTT-4.3.2-1 MQTT-4.3.2-3 MQTT-4.3.3-1 MQTT-4.3.3-3 MQTT-4.3.3-5", ALLOW, NOTHING, "this packet identifier is in use") \
    X(212, ACKNOWLEDGED_ID_UNKNOWN,                 acknowledged_id_unknown,                 PROTOCOL_ERROR, 0x92, 0, "MQTT-2.3.1-6", "MQTT-2.2.1-5", ALLOW, NOTHING, "no open message has this packet identifier") \
    X(213, ANSWERED_ID_UNKNOWN,                     answered_id_unknown,                     PROTOCOL_ERROR, 0x82, 0, "MQTT-2.3.1-7 MQTT-3.8.4-2 MQTT-3.10.4-4", "MQTT-2.2.1-6 MQTT-3.8.4-2 MQTT-3.10.4-5", ALLOW, NOTHING, "no open request of this kind has this packet identifier") \
    X(214, ACKNOWLEDGEMENT_TYPE,                    acknowledgement_type,                    PROTOCOL_ERROR, 0x82, 0, "MQTT-3.3.4-1 MQTT-4.3.2-2 MQTT-4.3.3-2", "MQTT-3.3.4-1 MQTT-4.3.2-4 MQTT-4.3.3-8", ALLOW, NOTHING, "QoS 1 is answered by PUBACK, QoS 2 by PUBREC") \
    X(215, PUBREL_WITHOUT_PUBREC,                   pubrel_without_pubrec,                   PROTOCOL_ERROR, 0x82, 0, "MQTT-4.3.3-1", "MQTT-4.3.3-4", ALLOW, NOTHING, "PUBREL answers a PUBREC") \
    X(216, PUBCOMP_WITHOUT_PUBREL,                  pubcomp_without_pubrel,                  PROTOCOL_ERROR, 0x82, 0, "MQTT-4.3.3-2", "MQTT-4.3.3-11", ALLOW, NOTHING, "PUBCOMP answers a PUBREL") \
    X(217, PUBLISH_AFTER_PUBREL,                    publish_after_pubrel,                    PROTOCOL_ERROR, 0x82, 0, "MQTT-4.3.3-1", "MQTT-4.3.3-6", ALLOW, NOTHING, "a message is not sent again after its PUBREL") \
    X(218, RESENT,                                  resent,                                  PROTOCOL_ERROR, 0x82, 0, "", "MQTT-4.4.0-1", ALLOW, NOTHING, "a message is sent again on a new connection only") \
    X(219, DUP_ON_FIRST,                            dup_on_first,                            PROTOCOL_ERROR, 0x82, 0, "MQTT-4.3.2-1 MQTT-4.3.3-1", "MQTT-4.3.2-2 MQTT-4.3.3-2 MQTT-4.4.0-2", ALLOW, NOTHING, "DUP is zero when a message is sent for the first time") \
    X(220, SUBACK_COUNT,                            suback_count,                            PROTOCOL_ERROR, 0x82, 0, "MQTT-3.8.4-5 MQTT-3.9.3-1", "MQTT-3.8.4-6 MQTT-3.9.3-1", ALLOW, NOTHING, "SUBACK has one code for each filter of its SUBSCRIBE") \
    X(221, UNSUBACK_COUNT,                          unsuback_count,                          PROTOCOL_ERROR, 0x82, 0, "", "MQTT-3.11.3-2 MQTT-3.11.3-1", ALLOW, NOTHING, "UNSUBACK has one code for each filter of its UNSUBSCRIBE") \
    X(222, PUBACK_ORDER,                            puback_order,                            PROTOCOL_ERROR, 0x82, 0, "MQTT-4.6.0-2", "MQTT-4.6.0-2", ALLOW, NOTHING, "a client sends PUBACKs in the order of the messages") \
    X(223, PUBREC_ORDER,                            pubrec_order,                            PROTOCOL_ERROR, 0x82, 0, "MQTT-4.6.0-3", "MQTT-4.6.0-3", ALLOW, NOTHING, "a client sends PUBRECs in the order of the messages") \
    X(224, PUBREL_ORDER,                            pubrel_order,                            PROTOCOL_ERROR, 0x82, 0, "MQTT-4.6.0-4", "MQTT-4.6.0-4", ALLOW, NOTHING, "a client sends PUBRELs in the order of the PUBRECs") \
    X(225, TOPIC_ALIAS_TOO_LARGE,                   topic_alias_too_large,                   PROTOCOL_ERROR, 0x94, 0, "", "MQTT-3.1.2-26 MQTT-3.1.2-27 MQTT-3.2.2-17 MQTT-3.2.2-18 MQTT-3.3.2-9 MQTT-3.3.2-11", ALLOW, NOTHING, "the topic alias is above the receiver's maximum") \
    X(226, TOPIC_ALIAS_UNKNOWN,                     topic_alias_unknown,                     PROTOCOL_ERROR, 0x82, 0, "", "3.3.4 MQTT-3.3.2-7", ALLOW, NOTHING, "this topic alias stands for nothing yet") \
    X(227, RECEIVE_MAXIMUM_EXCEEDED,                receive_maximum_exceeded,                PROTOCOL_ERROR, 0x93, 0, "", "MQTT-3.3.4-7 MQTT-3.3.4-9 MQTT-4.9.0-1 MQTT-4.9.0-2", ALLOW, NOTHING, "more messages of QoS 1 and 2 are open than the receiver takes") \
    X(228, DIAGNOSTICS_TOO_LARGE,                   diagnostics_too_large,                   PROTOCOL_ERROR, 0x95, 0, "", "MQTT-3.2.2-19 MQTT-3.2.2-20 MQTT-3.4.2-2 MQTT-3.4.2-3 MQTT-3.5.2-2 MQTT-3.5.2-3 MQTT-3.6.2-2 MQTT-3.6.2-3 MQTT-3.7.2-2 MQTT-3.7.2-3 MQTT-3.9.2-1 MQTT-3.9.2-2 MQTT-3.11.2-1 MQTT-3.11.2-2 MQTT-3.14.2-3 MQTT-3.14.2-4 MQTT-3.15.2-2 MQTT-3.15.2-3", ALLOW, NOTHING, "reason string and user properties are left out of a packet that they make too large") \
    X(229, QOS_NOT_SUPPORTED,                       qos_not_supported,                       PROTOCOL_ERROR, 0x9B, 0, "", "MQTT-3.2.2-11", ALLOW, NOTHING, "the QoS is above the server's maximum") \
    X(230, RETAIN_NOT_SUPPORTED,                    retain_not_supported,                    PROTOCOL_ERROR, 0x9A, 0, "", "MQTT-3.2.2-14", ALLOW, NOTHING, "the server takes no retained messages") \
    X(231, WILDCARDS_NOT_SUPPORTED,                 wildcards_not_supported,                 PROTOCOL_ERROR, 0xA2, 0, "", "3.2.2.3.11", ALLOW, NOTHING, "the server takes no wildcard subscriptions") \
    X(232, SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED,  subscription_identifiers_not_supported,  PROTOCOL_ERROR, 0xA1, 0, "", "3.2.2.3.12", ALLOW, NOTHING, "the server takes no subscription identifiers") \
    X(233, SHARED_NOT_SUPPORTED,                    shared_not_supported,                    PROTOCOL_ERROR, 0x9E, 0, "", "3.2.2.3.13", ALLOW, NOTHING, "the server takes no shared subscriptions") \
    X(234, SUBSCRIPTION_IDENTIFIER_UNKNOWN,         subscription_identifier_unknown,         PROTOCOL_ERROR, 0x82, 0, "", "3.3.4", ALLOW, NOTHING, "no SUBSCRIBE gave this subscription identifier") \
    X(235, SESSION_EXPIRY_RAISED,                   session_expiry_raised,                   PROTOCOL_ERROR, 0x82, 0, "", "3.14.2.2.2", ALLOW, NOTHING, "a session expiry interval that was 0 in CONNECT stays 0") \
    X(236, RESPONSE_INFORMATION_UNASKED,            response_information_unasked,            PROTOCOL_ERROR, 0x82, 0, "", "MQTT-3.1.2-28", ALLOW, NOTHING, "the client asked for no response information") \
    X(237, PROBLEM_INFORMATION_UNASKED,             problem_information_unasked,             PROTOCOL_ERROR, 0x82, 0, "", "MQTT-3.1.2-29", ALLOW, NOTHING, "the client declined reason strings and user properties") \
    X(238, CLIENT_ID_UNASSIGNED,                    client_id_unassigned,                    PROTOCOL_ERROR, 0x82, 0, "", "MQTT-3.2.2-16 MQTT-3.1.3-7", ALLOW, NOTHING, "CONNACK assigns a client identifier where CONNECT had none") \
    X(239, AUTH_UNASKED,                            auth_unasked,                            PROTOCOL_ERROR, 0x82, 0, "", "MQTT-4.12.0-6 MQTT-4.12.0-7 3.15", ALLOW, NOTHING, "there is no AUTH where CONNECT named no authentication method") \
    X(240, METHOD_UNASKED,                          method_unasked,                          PROTOCOL_ERROR, 0x82, 0, "", "MQTT-4.12.0-6", ALLOW, NOTHING, "CONNACK names no authentication method where CONNECT named none") \
    X(241, METHOD_DIFFERS,                          method_differs,                          PROTOCOL_ERROR, 0x82, 0, "", "MQTT-4.12.0-5 MQTT-4.12.1-1", ALLOW, NOTHING, "the authentication method is the one of CONNECT") \
    X(242, AUTH_NOT_CONTINUE,                       auth_not_continue,                       PROTOCOL_ERROR, 0x82, 0, "", "MQTT-4.12.0-2 MQTT-4.12.0-3", ALLOW, NOTHING, "until CONNACK, AUTH has reason code 0x18")

/* clang-format on */

#endif
