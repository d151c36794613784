# SPDX-License-Identifier: MIT
# Written by bindings/derive.py from the rows of tables.h; do not edit.

from collections.abc import Sequence
from enum import IntEnum, IntFlag

from .record import PropertySet

class Type(IntEnum):
    """Packet types, by the number in the first byte: section 2.1.2, in 3.1.1 2.2.1."""

    CONNECT = 1
    """A client asks for a connection: section 3.1."""
    CONNACK = 2
    """A server accepts a connection, or refuses it: section 3.2."""
    PUBLISH = 3
    """A message: section 3.3."""
    PUBACK = 4
    """The answer to a PUBLISH of QoS 1: section 3.4."""
    PUBREC = 5
    """The answer to a PUBLISH of QoS 2: section 3.5."""
    PUBREL = 6
    """The answer to a PUBREC: section 3.6."""
    PUBCOMP = 7
    """The answer to a PUBREL: section 3.7."""
    SUBSCRIBE = 8
    """A client asks for messages: section 3.8."""
    SUBACK = 9
    """The answer to a SUBSCRIBE, a code for each filter: section 3.9."""
    UNSUBSCRIBE = 10
    """A client wants no more messages: section 3.10."""
    UNSUBACK = 11
    """The answer to an UNSUBSCRIBE, in 5.0 with a code for each filter: section 3.11."""
    PINGREQ = 12
    """A client shows that it is there: section 3.12."""
    PINGRESP = 13
    """The answer to a PINGREQ: section 3.13."""
    DISCONNECT = 14
    """A client, in 5.0 also a server, ends the connection: section 3.14."""
    AUTH = 15
    """A step of enhanced authentication, in 5.0: section 3.15."""

class Property(IntEnum):
    """Properties of 5.0, by identifier: section 2.2.2.2."""

    PAYLOAD_FORMAT_INDICATOR = 0x01
    """Payload Format Indicator"""
    MESSAGE_EXPIRY_INTERVAL = 0x02
    """Message Expiry Interval, seconds"""
    CONTENT_TYPE = 0x03
    """Content Type"""
    RESPONSE_TOPIC = 0x08
    """Response Topic"""
    CORRELATION_DATA = 0x09
    """Correlation Data"""
    SUBSCRIPTION_IDENTIFIER = 0x0B
    """Subscription Identifier"""
    SESSION_EXPIRY_INTERVAL = 0x11
    """Session Expiry Interval, seconds"""
    ASSIGNED_CLIENT_IDENTIFIER = 0x12
    """Assigned Client Identifier"""
    SERVER_KEEP_ALIVE = 0x13
    """Server Keep Alive, seconds"""
    AUTHENTICATION_METHOD = 0x15
    """Authentication Method"""
    AUTHENTICATION_DATA = 0x16
    """Authentication Data"""
    REQUEST_PROBLEM_INFORMATION = 0x17
    """Request Problem Information"""
    WILL_DELAY_INTERVAL = 0x18
    """Will Delay Interval, seconds"""
    REQUEST_RESPONSE_INFORMATION = 0x19
    """Request Response Information"""
    RESPONSE_INFORMATION = 0x1A
    """Response Information"""
    SERVER_REFERENCE = 0x1C
    """Server Reference"""
    REASON_STRING = 0x1F
    """Reason String"""
    RECEIVE_MAXIMUM = 0x21
    """Receive Maximum, packets"""
    TOPIC_ALIAS_MAXIMUM = 0x22
    """Topic Alias Maximum"""
    TOPIC_ALIAS = 0x23
    """Topic Alias"""
    MAXIMUM_QOS = 0x24
    """Maximum QoS"""
    RETAIN_AVAILABLE = 0x25
    """Retain Available"""
    USER_PROPERTY = 0x26
    """User Property"""
    MAXIMUM_PACKET_SIZE = 0x27
    """Maximum Packet Size, bytes"""
    WILDCARD_SUBSCRIPTION_AVAILABLE = 0x28
    """Wildcard Subscription Available"""
    SUBSCRIPTION_IDENTIFIER_AVAILABLE = 0x29
    """Subscription Identifier Available"""
    SHARED_SUBSCRIPTION_AVAILABLE = 0x2A
    """Shared Subscription Available"""

class Reason(IntEnum):
    """Reason codes of 5.0, and the packets that have them: section 2.4.

    0 has a name for each of its meanings; reason_name tells the one in a packet.
    """

    SUCCESS = 0x00
    """Success (CONNACK, PUBACK, PUBREC, PUBREL, PUBCOMP, UNSUBACK, AUTH); Granted QoS 0
    (SUBACK); Normal disconnection (DISCONNECT)
    """
    GRANTED_QOS_1 = 0x01
    """Granted QoS 1 (SUBACK)"""
    GRANTED_QOS_2 = 0x02
    """Granted QoS 2 (SUBACK)"""
    DISCONNECT_WITH_WILL_MESSAGE = 0x04
    """Disconnect with Will Message (DISCONNECT)"""
    NO_MATCHING_SUBSCRIBERS = 0x10
    """No matching subscribers (PUBACK, PUBREC)"""
    NO_SUBSCRIPTION_EXISTED = 0x11
    """No subscription existed (UNSUBACK)"""
    CONTINUE_AUTHENTICATION = 0x18
    """Continue authentication (AUTH)"""
    RE_AUTHENTICATE = 0x19
    """Re-authenticate (AUTH)"""
    UNSPECIFIED_ERROR = 0x80
    """Unspecified error (CONNACK, PUBACK, PUBREC, SUBACK, UNSUBACK, DISCONNECT)"""
    MALFORMED_PACKET = 0x81
    """Malformed Packet (CONNACK, DISCONNECT)"""
    PROTOCOL_ERROR = 0x82
    """Protocol Error (CONNACK, DISCONNECT)"""
    IMPLEMENTATION_SPECIFIC_ERROR = 0x83
    """Implementation specific error (CONNACK, PUBACK, PUBREC, SUBACK, UNSUBACK, DISCONNECT)"""
    UNSUPPORTED_PROTOCOL_VERSION = 0x84
    """Unsupported Protocol Version (CONNACK)"""
    CLIENT_IDENTIFIER_NOT_VALID = 0x85
    """Client Identifier not valid (CONNACK)"""
    BAD_USER_NAME_OR_PASSWORD = 0x86
    """Bad User Name or Password (CONNACK)"""
    NOT_AUTHORIZED = 0x87
    """Not authorized (CONNACK, PUBACK, PUBREC, SUBACK, UNSUBACK, DISCONNECT)"""
    SERVER_UNAVAILABLE = 0x88
    """Server unavailable (CONNACK)"""
    SERVER_BUSY = 0x89
    """Server busy (CONNACK, DISCONNECT)"""
    BANNED = 0x8A
    """Banned (CONNACK)"""
    SERVER_SHUTTING_DOWN = 0x8B
    """Server shutting down (DISCONNECT)"""
    BAD_AUTHENTICATION_METHOD = 0x8C
    """Bad authentication method (CONNACK)"""
    KEEP_ALIVE_TIMEOUT = 0x8D
    """Keep Alive timeout (DISCONNECT)"""
    SESSION_TAKEN_OVER = 0x8E
    """Session taken over (DISCONNECT)"""
    TOPIC_FILTER_INVALID = 0x8F
    """Topic Filter invalid (SUBACK, UNSUBACK, DISCONNECT)"""
    TOPIC_NAME_INVALID = 0x90
    """Topic Name invalid (CONNACK, PUBACK, PUBREC, DISCONNECT)"""
    PACKET_IDENTIFIER_IN_USE = 0x91
    """Packet Identifier in use (PUBACK, PUBREC, SUBACK, UNSUBACK)"""
    PACKET_IDENTIFIER_NOT_FOUND = 0x92
    """Packet Identifier not found (PUBREL, PUBCOMP)"""
    RECEIVE_MAXIMUM_EXCEEDED = 0x93
    """Receive Maximum exceeded (DISCONNECT)"""
    TOPIC_ALIAS_INVALID = 0x94
    """Topic Alias invalid (DISCONNECT)"""
    PACKET_TOO_LARGE = 0x95
    """Packet too large (CONNACK, DISCONNECT)"""
    MESSAGE_RATE_TOO_HIGH = 0x96
    """Message rate too high (DISCONNECT)"""
    QUOTA_EXCEEDED = 0x97
    """Quota exceeded (CONNACK, PUBACK, PUBREC, SUBACK, DISCONNECT)"""
    ADMINISTRATIVE_ACTION = 0x98
    """Administrative action (DISCONNECT)"""
    PAYLOAD_FORMAT_INVALID = 0x99
    """Payload format invalid (CONNACK, PUBACK, PUBREC, DISCONNECT)"""
    RETAIN_NOT_SUPPORTED = 0x9A
    """Retain not supported (CONNACK, DISCONNECT)"""
    QOS_NOT_SUPPORTED = 0x9B
    """QoS not supported (CONNACK, DISCONNECT)"""
    USE_ANOTHER_SERVER = 0x9C
    """Use another server (CONNACK, DISCONNECT)"""
    SERVER_MOVED = 0x9D
    """Server moved (CONNACK, DISCONNECT)"""
    SHARED_SUBSCRIPTIONS_NOT_SUPPORTED = 0x9E
    """Shared Subscriptions not supported (SUBACK, DISCONNECT)"""
    CONNECTION_RATE_EXCEEDED = 0x9F
    """Connection rate exceeded (CONNACK, DISCONNECT)"""
    MAXIMUM_CONNECT_TIME = 0xA0
    """Maximum connect time (DISCONNECT)"""
    SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED = 0xA1
    """Subscription Identifiers not supported (SUBACK, DISCONNECT)"""
    WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED = 0xA2
    """Wildcard Subscriptions not supported (SUBACK, DISCONNECT)"""
    NORMAL_DISCONNECTION = 0x00
    """Success (CONNACK, PUBACK, PUBREC, PUBREL, PUBCOMP, UNSUBACK, AUTH); Granted QoS 0
    (SUBACK); Normal disconnection (DISCONNECT)
    """
    GRANTED_QOS_0 = 0x00
    """Success (CONNACK, PUBACK, PUBREC, PUBREL, PUBCOMP, UNSUBACK, AUTH); Granted QoS 0
    (SUBACK); Normal disconnection (DISCONNECT)
    """

class ReturnCode(IntEnum):
    """Return codes of 3.1.1: sections 3.2.2.3 and 3.9.3.

    CONNACK and SUBACK count apart: the same number has a name for each, and ReturnCode(1) is
    CONNACK's.  reason_name tells the one in a packet.
    """

    CONNECTION_ACCEPTED = 0
    """Connection accepted (CONNACK); Maximum QoS 0 (SUBACK)"""
    UNACCEPTABLE_PROTOCOL_VERSION = 1
    """Unacceptable protocol version (CONNACK); Maximum QoS 1 (SUBACK)"""
    IDENTIFIER_REJECTED = 2
    """Identifier rejected (CONNACK); Maximum QoS 2 (SUBACK)"""
    SERVER_UNAVAILABLE = 3
    """Server unavailable (CONNACK)"""
    BAD_USER_NAME_OR_PASSWORD = 4
    """Bad user name or password (CONNACK)"""
    NOT_AUTHORIZED = 5
    """Not authorized (CONNACK)"""
    MAXIMUM_QOS_0 = 0
    """Connection accepted (CONNACK); Maximum QoS 0 (SUBACK)"""
    MAXIMUM_QOS_1 = 1
    """Unacceptable protocol version (CONNACK); Maximum QoS 1 (SUBACK)"""
    MAXIMUM_QOS_2 = 2
    """Identifier rejected (CONNACK); Maximum QoS 2 (SUBACK)"""
    FAILURE = 128
    """Failure (SUBACK)"""

class Rule(IntEnum):
    """Rules that a packet or a connection can break; see rule_info."""

    TYPE_RESERVED = 10
    """this packet type is reserved"""
    DIRECTION = 11
    """this sender may not send this type of packet"""
    FIXED_HEADER_FLAGS = 12
    """reserved flags of the fixed header are not as fixed"""
    PUBREL_FLAGS = 13
    """the flags of PUBREL are 0010"""
    SUBSCRIBE_FLAGS = 14
    """the flags of SUBSCRIBE are 0010"""
    UNSUBSCRIBE_FLAGS = 15
    """the flags of UNSUBSCRIBE are 0010"""
    DISCONNECT_FLAGS = 16
    """the flags of DISCONNECT are 0000"""
    AUTH_FLAGS = 17
    """the flags of AUTH are 0000"""
    INTEGER_TOO_LONG = 18
    """a variable byte integer has at most four bytes"""
    INTEGER_PADDED = 19
    """a variable byte integer takes the fewest bytes"""
    LENGTH_PADDED = 20
    """the Remaining Length takes more bytes than it needs"""
    LENGTH_OVER_LIMIT = 21
    """a length over 268,435,455 cannot be written"""
    PACKET_TOO_LARGE = 22
    """the packet is larger than the receiver takes"""
    TRUNCATED = 23
    """the packet ends inside this field"""
    SURPLUS_BYTES = 24
    """bytes follow the last field of the packet"""
    TRAILING_BYTES = 25
    """bytes follow the packet"""
    TEXT_UTF8 = 26
    """text is UTF-8"""
    CLIENT_ID_UTF8 = 27
    """the client identifier is UTF-8"""
    WILL_TOPIC_UTF8 = 28
    """the will topic is UTF-8"""
    USERNAME_UTF8 = 29
    """the user name is UTF-8"""
    TOPIC_UTF8 = 30
    """the topic name is UTF-8"""
    SUBSCRIBE_FILTER_UTF8 = 31
    """a topic filter is UTF-8"""
    UNSUBSCRIBE_FILTER_UTF8 = 32
    """a topic filter is UTF-8"""
    RESPONSE_TOPIC_UTF8 = 33
    """the response topic is UTF-8"""
    CONTENT_TYPE_UTF8 = 34
    """the content type is UTF-8"""
    USER_PROPERTY_UTF8 = 35
    """name and value of a user property are UTF-8"""
    TEXT_NUL = 36
    """text holds no U+0000"""
    USER_PROPERTY_NUL = 37
    """a user property holds no U+0000"""
    TOPIC_NUL = 38
    """topic names and filters hold no U+0000"""
    TEXT_CONTROL = 39
    """text holds a control character"""
    TEXT_NONCHARACTER = 40
    """text holds a code point that is no character"""
    TEXT_TOO_LONG = 41
    """text and binary data have at most 65,535 bytes"""
    TOPIC_TOO_LONG = 42
    """topic names and filters have at most 65,535 bytes"""
    TOPIC_EMPTY = 43
    """a topic name has at least one character, or a topic alias stands for it"""
    TOPIC_WILDCARD = 44
    """a topic name holds no + and no #"""
    RESPONSE_TOPIC_WILDCARD = 45
    """a response topic holds no + and no #"""
    RESPONSE_TOPIC_EMPTY = 46
    """the response topic has no characters"""
    FILTER_EMPTY = 47
    """a topic filter has at least one character"""
    FILTER_HASH = 48
    """# stands alone in the last level of a filter"""
    FILTER_PLUS = 49
    """+ fills a whole level of a filter"""
    SHARE_NAME_EMPTY = 50
    """a share name has at least one character"""
    SHARE_NAME_WILDCARD = 51
    """a share name holds no + and no #"""
    SHARE_FILTER_MISSING = 52
    """a slash and a filter follow the share name"""
    PROTOCOL_NAME = 53
    """the protocol name is MQTT"""
    PROTOCOL_VERSION = 54
    """this protocol version is not spoken here"""
    MQTT_3_1 = 55
    """this is MQTT 3.1, which is not spoken here"""
    CONNECT_FLAGS_RESERVED = 56
    """bit 0 of the connect flags is zero"""
    WILL_QOS_3 = 57
    """will QoS is 0, 1 or 2"""
    WILL_QOS_WITHOUT_WILL = 58
    """will QoS is zero without a will"""
    WILL_RETAIN_WITHOUT_WILL = 59
    """will retain is zero without a will"""
    PASSWORD_WITHOUT_USERNAME = 60
    """a password needs a user name"""
    CLIENT_ID_MISSING = 61
    """the client identifier is missing"""
    WILL_MISSING = 62
    """the will flag is set and a field of the will is missing"""
    USERNAME_MISSING = 63
    """the user name flag is set and the user name is missing"""
    PASSWORD_MISSING = 64
    """the password flag is set and the password is missing"""
    CONNECT_SURPLUS = 65
    """bytes follow the last field that the connect flags announce"""
    CLIENT_ID_EMPTY = 66
    """an empty client identifier needs a clean session"""
    CLIENT_ID_REFUSED = 67
    """the client identifier has over 23 bytes, or others than letters and digits"""
    AUTHENTICATION_DATA_ALONE = 68
    """authentication data needs an authentication method"""
    CONNACK_FLAGS = 69
    """bits 7 to 1 of the acknowledge flags are zero"""
    SESSION_PRESENT_REFUSED = 70
    """a refusal has no session present"""
    CONNACK_REASON = 71
    """CONNACK has no such code"""
    CONNACK_DATA_ALONE = 72
    """authentication data without an authentication method"""
    QOS_3 = 73
    """QoS is 0, 1 or 2"""
    DUP_QOS_0 = 74
    """DUP is zero at QoS 0"""
    PACKET_ID_ZERO = 75
    """a packet identifier is not zero"""
    PACKET_ID_AT_QOS_0 = 76
    """a PUBLISH of QoS 0 has no packet identifier"""
    TOPIC_ALIAS_ZERO = 77
    """a topic alias is not zero"""
    SUBSCRIPTION_IDENTIFIER_FROM_CLIENT = 78
    """a client publishes without subscription identifiers"""
    SUBSCRIPTION_IDENTIFIER_ZERO = 79
    """a subscription identifier is not zero"""
    PAYLOAD_FORMAT_INDICATOR_VALUE = 80
    """the payload format indicator is neither 0 nor 1"""
    PAYLOAD_NOT_TEXT = 81
    """the payload is announced as UTF-8 and is not"""
    ACKNOWLEDGED_ID_ZERO = 82
    """no message has packet identifier 0"""
    ANSWERED_ID_ZERO = 83
    """no request has packet identifier 0"""
    PUBACK_REASON = 84
    """PUBACK has no such reason code from this sender"""
    PUBREC_REASON = 85
    """PUBREC has no such reason code from this sender"""
    PUBREL_REASON = 86
    """PUBREL has no such reason code"""
    PUBCOMP_REASON = 87
    """PUBCOMP has no such reason code"""
    SUBSCRIBE_EMPTY = 88
    """SUBSCRIBE has at least one topic filter"""
    SUBSCRIPTION_QOS_3 = 89
    """a subscription asks for QoS 0, 1 or 2"""
    SUBSCRIPTION_RESERVED = 90
    """reserved bits of the subscription options are zero"""
    RETAIN_HANDLING_3 = 91
    """retain handling is 0, 1 or 2"""
    SHARED_NO_LOCAL = 92
    """No Local has no place on a shared subscription"""
    SUBACK_REASON = 93
    """SUBACK has no such code"""
    SUBACK_EMPTY = 94
    """SUBACK has a code for each filter"""
    UNSUBSCRIBE_EMPTY = 95
    """UNSUBSCRIBE has at least one topic filter"""
    UNSUBACK_REASON = 96
    """UNSUBACK has no such reason code"""
    UNSUBACK_EMPTY = 97
    """UNSUBACK has a reason code for each filter"""
    DISCONNECT_REASON = 98
    """DISCONNECT has no such reason code from this sender"""
    DISCONNECT_SESSION_EXPIRY = 99
    """a server disconnects without a session expiry interval"""
    DISCONNECT_SERVER_REFERENCE = 100
    """a client names no other server"""
    AUTH_REASON = 101
    """AUTH has no such reason code from this sender"""
    AUTH_METHOD_MISSING = 102
    """AUTH names the authentication method"""
    AUTH_SHORT = 103
    """AUTH has a reason code and no property length"""
    PROPERTY_LENGTH_MISSING = 104
    """the property length is missing"""
    PROPERTY_OVERRUN = 105
    """a property goes past the end of its block"""
    PROPERTY_UNKNOWN = 106
    """there is no such property"""
    PROPERTY_MISPLACED = 107
    """this property has no place in this packet"""
    PROPERTY_REPEATED = 108
    """this property may not repeat"""
    PROPERTY_VALUE = 109
    """this property has no such value"""
    RECEIVE_MAXIMUM_ZERO = 110
    """receive maximum is not zero"""
    MAXIMUM_PACKET_SIZE_ZERO = 111
    """maximum packet size is not zero"""
    REQUEST_PROBLEM_INFORMATION_VALUE = 112
    """request problem information is 0 or 1"""
    REQUEST_RESPONSE_INFORMATION_VALUE = 113
    """request response information is 0 or 1"""
    MAXIMUM_QOS_VALUE = 114
    """maximum QoS is 0 or 1"""
    RETAIN_AVAILABLE_VALUE = 115
    """retain available is 0 or 1"""
    WILDCARD_SUBSCRIPTION_AVAILABLE_VALUE = 116
    """wildcard subscription available is 0 or 1"""
    SUBSCRIPTION_IDENTIFIER_AVAILABLE_VALUE = 117
    """subscription identifier available is 0 or 1"""
    SHARED_SUBSCRIPTION_AVAILABLE_VALUE = 118
    """shared subscription available is 0 or 1"""
    VALUE_TOO_WIDE = 119
    """the value does not fit its field"""
    NOT_IN_VERSION = 120
    """this protocol version has no such field"""
    FIRST_PACKET = 200
    """the first packet of a client is CONNECT"""
    SECOND_CONNECT = 201
    """a client sends one CONNECT on a connection"""
    BEFORE_CONNACK = 202
    """a server sends nothing before CONNACK, except AUTH in 5.0"""
    SECOND_CONNACK = 203
    """a server sends one CONNACK on a connection"""
    AFTER_REFUSAL = 204
    """a server closes the connection after a CONNACK that refuses it"""
    EARLY_PACKET = 205
    """a client that named an authentication method sends only AUTH and DISCONNECT until CONNACK"""
    AFTER_DISCONNECT = 206
    """nothing follows a DISCONNECT from its sender"""
    EARLY_DISCONNECT = 207
    """a server sends DISCONNECT only after it accepted the connection"""
    SESSION_PRESENT_CLEAN = 208
    """after a clean start no session is present"""
    KEEP_ALIVE_EXCEEDED = 209
    """the client was silent for more than one and a half times the keep alive"""
    PINGRESP_UNASKED = 210
    """PINGRESP answers a PINGREQ"""
    PACKET_ID_IN_USE = 211
    """this packet identifier is in use"""
    ACKNOWLEDGED_ID_UNKNOWN = 212
    """no open message has this packet identifier"""
    ANSWERED_ID_UNKNOWN = 213
    """no open request of this kind has this packet identifier"""
    ACKNOWLEDGEMENT_TYPE = 214
    """QoS 1 is answered by PUBACK, QoS 2 by PUBREC"""
    PUBREL_WITHOUT_PUBREC = 215
    """PUBREL answers a PUBREC"""
    PUBCOMP_WITHOUT_PUBREL = 216
    """PUBCOMP answers a PUBREL"""
    PUBLISH_AFTER_PUBREL = 217
    """a message is not sent again after its PUBREL"""
    RESENT = 218
    """a message is sent again on a new connection only"""
    DUP_ON_FIRST = 219
    """DUP is zero when a message is sent for the first time"""
    SUBACK_COUNT = 220
    """SUBACK has one code for each filter of its SUBSCRIBE"""
    UNSUBACK_COUNT = 221
    """UNSUBACK has one code for each filter of its UNSUBSCRIBE"""
    PUBACK_ORDER = 222
    """a client sends PUBACKs in the order of the messages"""
    PUBREC_ORDER = 223
    """a client sends PUBRECs in the order of the messages"""
    PUBREL_ORDER = 224
    """a client sends PUBRELs in the order of the PUBRECs"""
    TOPIC_ALIAS_TOO_LARGE = 225
    """the topic alias is above the receiver's maximum"""
    TOPIC_ALIAS_UNKNOWN = 226
    """this topic alias stands for nothing yet"""
    RECEIVE_MAXIMUM_EXCEEDED = 227
    """more messages of QoS 1 and 2 are open than the receiver takes"""
    DIAGNOSTICS_TOO_LARGE = 228
    """reason string and user properties are left out of a packet that they make too large"""
    QOS_NOT_SUPPORTED = 229
    """the QoS is above the server's maximum"""
    RETAIN_NOT_SUPPORTED = 230
    """the server takes no retained messages"""
    WILDCARDS_NOT_SUPPORTED = 231
    """the server takes no wildcard subscriptions"""
    SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED = 232
    """the server takes no subscription identifiers"""
    SHARED_NOT_SUPPORTED = 233
    """the server takes no shared subscriptions"""
    SUBSCRIPTION_IDENTIFIER_UNKNOWN = 234
    """no SUBSCRIBE gave this subscription identifier"""
    SESSION_EXPIRY_RAISED = 235
    """a session expiry interval that was 0 in CONNECT stays 0"""
    RESPONSE_INFORMATION_UNASKED = 236
    """the client asked for no response information"""
    PROBLEM_INFORMATION_UNASKED = 237
    """the client declined reason strings and user properties"""
    CLIENT_ID_UNASSIGNED = 238
    """CONNACK assigns a client identifier where CONNECT had none"""
    AUTH_UNASKED = 239
    """there is no AUTH where CONNECT named no authentication method"""
    METHOD_UNASKED = 240
    """CONNACK names no authentication method where CONNECT named none"""
    METHOD_DIFFERS = 241
    """the authentication method is the one of CONNECT"""
    AUTH_NOT_CONTINUE = 242
    """until CONNACK, AUTH has reason code 0x18"""

class Allow(IntFlag):
    """Leniency: each flag lets through what a MUST forbids."""

    MQTT_3_1 = 2
    """MQTT 3.1 (MQIsdp, level 3), read as 3.1.1"""
    FLAGS = 4
    """reserved bits of the fixed header that are not as fixed"""
    PADDED_INTEGERS = 8
    """variable byte integers that are longer than needed, in 5.0"""
    SURPLUS = 16
    """bytes after the last field of a packet"""
    UTF8 = 32
    """text that is not UTF-8"""
    NUL = 64
    """text that holds U+0000"""
    TOPIC_WILDCARDS = 128
    """+ and # in topic names"""
    EMPTY_TOPICS = 256
    """topic names and filters of no length"""
    FILTERS = 512
    """misplaced wildcards in filters, bad shared subscriptions"""
    PACKET_ID_ZERO = 1024
    """packet identifier 0"""
    DUP_QOS_0 = 2048
    """DUP in a PUBLISH of QoS 0"""
    RESERVED_BITS = 4096
    """reserved bits that are set, in CONNECT, CONNACK and SUBSCRIBE"""
    WILL_FLAGS = 8192
    """will QoS or will retain without a will"""
    LONE_PASSWORD = 16384
    """a password without a user name, in 3.1.1"""
    EMPTY_CLIENT_ID = 32768
    """an empty client identifier without clean session, in 3.1.1"""
    SESSION_PRESENT = 65536
    """session present beside a refusal"""
    REASONS = 131072
    """reason codes that the packet or its sender has not"""
    UNKNOWN_PROPERTIES = 262144
    """an unknown property: it hides the rest of its block"""
    MISPLACED_PROPERTIES = 524288
    """properties that the packet or its sender has not"""
    REPEATED_PROPERTIES = 1048576
    """a second copy of a property: the last one holds"""
    PROPERTY_VALUES = 2097152
    """property values out of their range"""
    MISSING_METHOD = 4194304
    """AUTH without method (F0 00 too), authentication data without it"""
    EMPTY_LISTS = 8388608
    """SUBSCRIBE, SUBACK, UNSUBSCRIBE and UNSUBACK without any element"""
    SHARED_NO_LOCAL = 16777216
    """No Local on a shared subscription"""
    DIRECTION = 33554432
    """packets that their sender has no right to send"""
    NOT_IN_VERSION = 67108864
    """fields of 5.0 in a packet of 3.1.1: encoding leaves them out"""
    ALL = 134217726
    """all of them"""

class Refuse(IntFlag):
    """Strictness: each flag refuses what the specification leaves free."""

    PADDED_LENGTH = 2
    """a Remaining Length that is longer than needed, in 3.1.1"""
    CONTROL_CHARACTERS = 4
    """U+0001..U+001F and U+007F..U+009F in text"""
    NONCHARACTERS = 8
    """U+FDD0..U+FDEF, U+xFFFE and U+xFFFF in text"""
    CLIENT_ID = 16
    """client identifiers over 23 bytes or not of letters and digits"""
    EMPTY_RESPONSE_TOPIC = 32
    """a response topic of no length"""
    PAYLOAD_FORMAT = 64
    """a Payload Format Indicator above 1"""
    PAYLOAD_TEXT = 128
    """a payload that is announced as UTF-8 and is not"""
    CLIENT_REFERENCE = 256
    """Server Reference in a client's DISCONNECT"""
    CONNACK_LONE_DATA = 512
    """Authentication Data without a method in CONNACK"""
    SHORT_AUTH = 1024
    """AUTH of one byte: a reason code and no property length"""
    ALL = 2046
    """all of them"""

class Kind(IntEnum):
    """What a field that explain tells is."""

    INTEGER = 0
    """a number"""
    REASON = 1
    """a reason code, in 3.1.1 a return code; the note is its name"""
    LENGTH = 2
    """how many bytes follow that belong to it"""
    IDENTIFIER = 3
    """the number of a property; the note is its name"""
    OCTET = 4
    """a byte of bit fields, which come next"""
    BITS = 5
    """some bits of that byte"""
    TEXT = 6
    """text: str, or bytes where it is not UTF-8"""
    BINARY = 7
    """binary data: bytes"""
    UNREAD = 8
    """bytes that follow a fault, or an unknown property; the note says why"""

class Properties(PropertySet):
    """The properties of a packet or a will, in 5.0: section 2.2.2.

    One that is not there is None; user_properties and subscription_identifiers are lists, which
    are empty then.

    TypeError: there is no such property.
    """

    def __init__(
        self,
        *,
        payload_format_indicator: int | None = None,
        message_expiry_interval: int | None = None,
        content_type: str | None = None,
        response_topic: str | None = None,
        correlation_data: bytes | None = None,
        subscription_identifiers: Sequence[int] | None = None,
        session_expiry_interval: int | None = None,
        assigned_client_identifier: str | None = None,
        server_keep_alive: int | None = None,
        authentication_method: str | None = None,
        authentication_data: bytes | None = None,
        request_problem_information: int | None = None,
        will_delay_interval: int | None = None,
        request_response_information: int | None = None,
        response_information: str | None = None,
        server_reference: str | None = None,
        reason_string: str | None = None,
        receive_maximum: int | None = None,
        topic_alias_maximum: int | None = None,
        topic_alias: int | None = None,
        maximum_qos: int | None = None,
        retain_available: int | None = None,
        user_properties: Sequence[tuple[str, str]] | None = None,
        maximum_packet_size: int | None = None,
        wildcard_subscription_available: int | None = None,
        subscription_identifier_available: int | None = None,
        shared_subscription_available: int | None = None,
    ) -> None: ...
    payload_format_indicator: int | None
    """Payload Format Indicator: section 3.1.3.2.3, 3.3.2.3.2."""
    message_expiry_interval: int | None
    """Message Expiry Interval, seconds: section 3.1.3.2.4, 3.3.2.3.3."""
    content_type: str | None
    """Content Type: section 3.1.3.2.5, 3.3.2.3.9."""
    response_topic: str | None
    """Response Topic: section 3.1.3.2.6, 3.3.2.3.5."""
    correlation_data: bytes | None
    """Correlation Data: section 3.1.3.2.7, 3.3.2.3.6."""
    subscription_identifiers: list[int]
    """Subscription Identifier: section 3.3.2.3.8, 3.8.2.1.2."""
    session_expiry_interval: int | None
    """Session Expiry Interval, seconds: section 3.1.2.11.2, 3.2.2.3.2, 3.14.2.2.2."""
    assigned_client_identifier: str | None
    """Assigned Client Identifier: section 3.2.2.3.7."""
    server_keep_alive: int | None
    """Server Keep Alive, seconds: section 3.2.2.3.14."""
    authentication_method: str | None
    """Authentication Method: section 3.1.2.11.9, 3.2.2.3.17, 3.15.2.2.2."""
    authentication_data: bytes | None
    """Authentication Data: section 3.1.2.11.10, 3.2.2.3.18, 3.15.2.2.3."""
    request_problem_information: int | None
    """Request Problem Information: section 3.1.2.11.7."""
    will_delay_interval: int | None
    """Will Delay Interval, seconds: section 3.1.3.2.2."""
    request_response_information: int | None
    """Request Response Information: section 3.1.2.11.6."""
    response_information: str | None
    """Response Information: section 3.2.2.3.15."""
    server_reference: str | None
    """Server Reference: section 3.2.2.3.16, 3.14.2.2.5."""
    reason_string: str | None
    """Reason String: section 3.2.2.3.9, 3.4.2.2.2, 3.5.2.2.2, 3.6.2.2.2, 3.7.2.2.2, 3.9.2.1.2,
    3.11.2.1.2, 3.14.2.2.3, 3.15.2.2.4.
    """
    receive_maximum: int | None
    """Receive Maximum, packets: section 3.1.2.11.3, 3.2.2.3.3."""
    topic_alias_maximum: int | None
    """Topic Alias Maximum: section 3.1.2.11.5, 3.2.2.3.8."""
    topic_alias: int | None
    """Topic Alias: section 3.3.2.3.4."""
    maximum_qos: int | None
    """Maximum QoS: section 3.2.2.3.4."""
    retain_available: int | None
    """Retain Available: section 3.2.2.3.5."""
    user_properties: list[tuple[str, str]]
    """User Property: section 3.1.2.11.8, 3.1.3.2.8, 3.2.2.3.10, 3.3.2.3.7, 3.4.2.2.3, 3.5.2.2.3,
    3.6.2.2.3, 3.7.2.2.3, 3.8.2.1.3, 3.9.2.1.3, 3.10.2.1.2, 3.11.2.1.3, 3.14.2.2.4,
    3.15.2.2.5.
    """
    maximum_packet_size: int | None
    """Maximum Packet Size, bytes: section 3.1.2.11.4, 3.2.2.3.6."""
    wildcard_subscription_available: int | None
    """Wildcard Subscription Available: section 3.2.2.3.11."""
    subscription_identifier_available: int | None
    """Subscription Identifier Available: section 3.2.2.3.12."""
    shared_subscription_available: int | None
    """Shared Subscription Available: section 3.2.2.3.13."""
