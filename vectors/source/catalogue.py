# SPDX-License-Identifier: MIT
"""Faults that implementations had: what went wrong, and where.

They are comments of the vectors that would have shown them; a test fails while one has no vector.

From public issues, advisories and changelogs, and from running decoders on malformed packets.  Not
in the bytes, and so not here: memory that is taken before a limit is looked at, an encoder's buffer
that is too small, strings that are NULL.
"""

from __future__ import annotations


def _bug(what: str, where: str) -> str:
    return f"{what} ({where})"


# ---- Lengths that lie, and ends that come early

TOPIC_PAST_END = _bug(
    "a topic longer than what is left led past the end, and a payload got a length below zero",
    "MQTT-C issues 158, 198, 203, 204, 206; CVE-2026-54412",
)
RETURNED_SUCCESS = _bug(
    "a length that could not be read was answered as success, with a packet of what was in memory",
    "paho.mqtt.embedded-c issue 194; CVE-2019-17210; RT-Thread's paho issue 58",
)
OVER_BUFFER = _bug(
    "a Remaining Length over the size of the buffer was read into it",
    "paho.mqtt.embedded-c issues 40, 96; CVE-2021-41036",
)
HUGE_FIRST = _bug(
    "memory for all of a first packet was taken before anything of it was looked at",
    "mosquitto CVE-2023-0809, CVE-2017-7651",
)
PROPERTIES_PAST_END = _bug(
    "a property length or a value in it led past the end of the packet",
    "paho.c issue 1703; wolfMQTT issues 186, 187, 188, 378, 394, 430; contiki-ng issue 3197; "
    "mongoose issue 3419; nanomq issues 1042, 1169, 1720, 1722; coreMQTT 5.0.1",
)
INTEGERS = _bug(
    "a variable byte integer that goes on was read too far, or cut to fewer bits",
    "wolfMQTT issues 188, 545; mongoose issue 1055 (CVE-2019-19307); CVE-2019-12951; "
    "contiki-ng issue 3230",
)
PADDED = _bug(
    "a variable byte integer of more bytes than it needs was taken",
    "mosquitto, for the Remaining Length; aws-c-mqtt5",
)
UNDERFLOW = _bug(
    "a property longer than what is left of its block made that less than zero, and a loop endless",
    "mqtt5_client (Dart) issue 45",
)
LEAK = _bug(
    "behind a property length of two bytes the last property was taken for payload",
    "netty issues 17096, 17105",
)
NO_PACKET_ID = _bug(
    "a PUBLISH that ends behind its topic was read on for a packet identifier",
    "nanomq issue 2270; also paho.mqtt.embedded-c and MQTT-C",
)
NO_OPTIONS = _bug(
    "a SUBSCRIBE that ends behind a filter was read on for its options", "nanomq issue 2268"
)
SHORT_ACKS = _bug(
    "a reason code and properties that are left out were read all the same",
    "contiki-ng issue 3230; NanoNNG",
)
SHORT_AUTH = _bug("AUTH of no bytes was read on for a reason code", "NanoNNG")
NEXT_PACKET = _bug(
    "a field that a packet has no bytes for was read from the packet behind it, where it had come",
    "mqtt-packet 9.0.2, found by fuzz diff",
)
BOUNDARIES = _bug(
    "where the Remaining Length takes a byte more, sizes were wrong, and the largest was refused",
    "paho.mqtt.embedded-c; lwmqtt; Adafruit_MQTT issue 122; pubsubclient issue 492",
)
CUT_TEXT = _bug(
    "text of no length, or that ends inside a character, was read past its end",
    "nanomq issues 1043, 1045, 1178, 1181; NanoNNG",
)
EMPTY_TOPIC = _bug("a topic of no length stopped the broker", "mosquitto CVE-2021-34432")
EMPTY_TEXTS = _bug(
    "a filter or a client identifier of no length was not expected", "mosquitto 2.0.8"
)

# ---- Fragments

KEPT = _bug(
    "what a refused fragment left behind went on with the next one",
    "contiki-ng issues 600, 3217; CVE-2018-19417",
)
QUADRATIC = _bug(
    "each fragment was parsed from the start, and each user property compared with all others",
    "mosquitto CVE-2021-41039; netty GHSA-jfg9-48mv-9qgx",
)

# ---- Lists, and answers to them

MANY = _bug(
    "more elements than the caller's array has were written past its end",
    "paho.mqtt.embedded-c issues 172, 242",
)
COUNTS = _bug(
    "more or fewer codes than filters were asked for, or none, led past the end of an array",
    "paho.c pull request 1265; mosquitto CVE-2024-10525; MQTT.js GHSA-rj8f-4655-cgg2; "
    "aws-c-mqtt pull request 431; nanomq issue 490",
)
NO_CODES = _bug(
    "SUBACK or UNSUBACK without any code was taken, and one was read",
    "wolfMQTT; mosquitto CVE-2024-10525; MQTT.js; aws-c-mqtt pull request 431",
)

# ---- Who may send what, and when

DIRECTION = _bug(
    "a packet that only the other side may send was handled",
    "mosquitto CVE-2021-28166; codepr/sol",
)
BEFORE_CONNECT = _bug("an acknowledgement before CONNECT was handled", "codepr/sol")
BEFORE_CONNACK = _bug(
    "a type was tested with & in place of ==, and another packet was taken for CONNACK",
    "nanomq issue 2351",
)

# ---- Fields that were not checked

SURPLUS = _bug(
    "bytes behind the last field, a flag or U+0000 went by",
    "wolfMQTT issues 517, 530, 535; mqtt-packet issue 83",
)
SURPLUS_PROPERTIES = _bug("a byte behind the properties went by", "wolfMQTT")
ID_ZERO = _bug("packet identifier 0 was taken", "wolfMQTT; aws-c-mqtt5")
CLIENT_UNCHECKED = _bug(
    "a client took flags, codes and bytes of a server that there are not", "mosquitto's client"
)
WRONG_TABLE = _bug("the codes of SUBACK were asked for those of UNSUBACK", "coreMQTT")
WRONG_CODES = _bug(
    "a reason code of another packet was taken", "coreMQTT; wolfMQTT; aws-c-mqtt5; mosquitto"
)
MATRIX = _bug(
    "a property was taken where it may not stand, or twice", "wolfMQTT issue 443; nanomq issue 626"
)
TWICE = _bug("a property was taken twice", "aws-c-mqtt5")
VALUES = _bug(
    "a value of a property that it may not have was taken", "coreMQTT; wolfMQTT; mosquitto"
)
ALONE = _bug("authentication data without a method was taken", "mosquitto")
WILL = _bug(
    "properties of a will were looked for in those of CONNECT, or their memory lost if one was bad",
    "NanoNNG pull request 1509; nanomq issue 1179; mosquitto CVE-2023-3592",
)
WILL_WILDCARD = _bug("a will topic with a wildcard was taken", "wolfMQTT")
WILL_TYPE = _bug("an encoder wrote what its own decoder refused", "wolfMQTT")

# ---- Topics

SHARED = _bug(
    "$share without a share name or without a filter was taken as if it had both",
    "NanoNNG CVE-2025-59947",
)
SHARED_WILDCARD = _bug("a share name with a wildcard was taken", "mosquitto")
EMPTY_ALIAS = _bug("a wildcard or nothing at all was taken for a topic", "coreMQTT")
DOLLAR = _bug("topics that begin with $ stopped the broker", "mosquitto CVE-2018-12543")
LEVELS = _bug(
    "a function that called itself for each level used up the stack; 200 are the limit since",
    "mosquitto CVE-2019-11779",
)
