# SPDX-License-Identifier: MIT
"""Packets (3.1.1 tables 2.1, 2.2; 5.0 tables 2-1, 2-2) and the properties of 5.0 (table 2-4)."""

from __future__ import annotations

from dataclasses import dataclass

CLIENT = ("client",)
SERVER = ("server",)
BOTH = ("client", "server")


@dataclass(frozen=True)
class Packet:
    type: int
    flags: int | None  # the low four bits of the first byte; None: they have meanings
    senders_4: tuple[str, ...]  # in 3.1.1
    senders_5: tuple[str, ...]

    @property
    def first(self) -> int:
        """The first byte; of PUBLISH the one of QoS 0."""
        return self.type << 4 | (self.flags or 0)

    def senders(self, version: int) -> tuple[str, ...]:
        return self.senders_4 if version == 4 else self.senders_5


PACKETS: dict[str, Packet] = {
    "CONNECT": Packet(1, 0, CLIENT, CLIENT),
    "CONNACK": Packet(2, 0, SERVER, SERVER),
    "PUBLISH": Packet(3, None, BOTH, BOTH),
    "PUBACK": Packet(4, 0, BOTH, BOTH),
    "PUBREC": Packet(5, 0, BOTH, BOTH),
    "PUBREL": Packet(6, 2, BOTH, BOTH),
    "PUBCOMP": Packet(7, 0, BOTH, BOTH),
    "SUBSCRIBE": Packet(8, 2, CLIENT, CLIENT),
    "SUBACK": Packet(9, 0, SERVER, SERVER),
    "UNSUBSCRIBE": Packet(10, 2, CLIENT, CLIENT),
    "UNSUBACK": Packet(11, 0, SERVER, SERVER),
    "PINGREQ": Packet(12, 0, CLIENT, CLIENT),
    "PINGRESP": Packet(13, 0, SERVER, SERVER),
    "DISCONNECT": Packet(14, 0, CLIENT, BOTH),
    "AUTH": Packet(15, 0, (), BOTH),
}


@dataclass(frozen=True)
class Property:
    id: int
    type: str  # byte, two, four, vbi, text, data, pair
    places: tuple[str, ...]  # packets, and WILL
    lowest: int = 0
    highest: int = 0
    senders: tuple[tuple[str, tuple[str, ...]], ...] = ()  # in a place with fewer than its packet
    repeatable: tuple[str, ...] = ()  # the places where it may stand more than once
    bad_value: str | None = None  # the rule for a value out of its range


def _range(kind: str) -> int:
    highest = {"byte": 0xFF, "two": 0xFFFF, "four": 0xFFFFFFFF, "vbi": 268_435_455}
    return highest.get(kind, 0)


def _property(
    number: int,
    kind: str,
    places: str,
    lowest: int = 0,
    highest: int | None = None,
    bad_value: str | None = None,
    senders: tuple[tuple[str, tuple[str, ...]], ...] = (),
    repeatable: tuple[str, ...] = (),
) -> Property:
    top = _range(kind) if highest is None else highest
    words = tuple(places.split())
    return Property(number, kind, words, lowest, top, senders, repeatable, bad_value)


# Where properties stand: table 2-4.
PLACES = (
    *("CONNECT", "WILL", "CONNACK", "PUBLISH", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP"),
    *("SUBSCRIBE", "SUBACK", "UNSUBSCRIBE", "UNSUBACK", "DISCONNECT", "AUTH"),
)
_REASON_STRING = "CONNACK PUBACK PUBREC PUBREL PUBCOMP SUBACK UNSUBACK DISCONNECT AUTH"

PROPERTIES: dict[str, Property] = {
    "payload_format_indicator": _property(
        0x01, "byte", "PUBLISH WILL", 0, 1, "payload_format_indicator_value"
    ),
    "message_expiry_interval": _property(0x02, "four", "PUBLISH WILL"),
    "content_type": _property(0x03, "text", "PUBLISH WILL"),
    "response_topic": _property(0x08, "text", "PUBLISH WILL"),
    "correlation_data": _property(0x09, "data", "PUBLISH WILL"),
    "subscription_identifiers": _property(
        *(0x0B, "vbi", "PUBLISH SUBSCRIBE", 1, None, "subscription_identifier_zero"),
        senders=(("PUBLISH", SERVER),),
        repeatable=("PUBLISH",),
    ),
    "session_expiry_interval": _property(
        0x11, "four", "CONNECT CONNACK DISCONNECT", senders=(("DISCONNECT", CLIENT),)
    ),
    "assigned_client_identifier": _property(0x12, "text", "CONNACK"),
    "server_keep_alive": _property(0x13, "two", "CONNACK"),
    "authentication_method": _property(0x15, "text", "CONNECT CONNACK AUTH"),
    "authentication_data": _property(0x16, "data", "CONNECT CONNACK AUTH"),
    "request_problem_information": _property(
        0x17, "byte", "CONNECT", 0, 1, "request_problem_information_value"
    ),
    "will_delay_interval": _property(0x18, "four", "WILL"),
    "request_response_information": _property(
        0x19, "byte", "CONNECT", 0, 1, "request_response_information_value"
    ),
    "response_information": _property(0x1A, "text", "CONNACK"),
    # a client's DISCONNECT: not forbidden in so many words (3.14.2.2.5)
    "server_reference": _property(
        0x1C, "text", "CONNACK DISCONNECT", senders=(("DISCONNECT", SERVER),)
    ),
    "reason_string": _property(0x1F, "text", _REASON_STRING),
    "receive_maximum": _property(0x21, "two", "CONNECT CONNACK", 1, None, "receive_maximum_zero"),
    "topic_alias_maximum": _property(0x22, "two", "CONNECT CONNACK"),
    "topic_alias": _property(0x23, "two", "PUBLISH", 1, None, "topic_alias_zero"),
    "maximum_qos": _property(0x24, "byte", "CONNACK", 0, 1, "maximum_qos_value"),
    "retain_available": _property(0x25, "byte", "CONNACK", 0, 1, "retain_available_value"),
    "user_properties": _property(0x26, "pair", " ".join(PLACES), repeatable=PLACES),
    "maximum_packet_size": _property(
        0x27, "four", "CONNECT CONNACK", 1, None, "maximum_packet_size_zero"
    ),
    "wildcard_subscription_available": _property(
        0x28, "byte", "CONNACK", 0, 1, "wildcard_subscription_available_value"
    ),
    "subscription_identifier_available": _property(
        0x29, "byte", "CONNACK", 0, 1, "subscription_identifier_available_value"
    ),
    "shared_subscription_available": _property(
        0x2A, "byte", "CONNACK", 0, 1, "shared_subscription_available_value"
    ),
}

# The sections of properties: the one of their place, and from 2 on in this order (1: the length).
_ORDER: dict[str, tuple[str, str]] = {
    "CONNECT": (
        "3.1.2.11",
        "session_expiry_interval receive_maximum maximum_packet_size topic_alias_maximum "
        "request_response_information request_problem_information user_properties "
        "authentication_method authentication_data",
    ),
    "WILL": (
        "3.1.3.2",
        "will_delay_interval payload_format_indicator message_expiry_interval content_type "
        "response_topic correlation_data user_properties",
    ),
    "CONNACK": (
        "3.2.2.3",
        "session_expiry_interval receive_maximum maximum_qos retain_available maximum_packet_size "
        "assigned_client_identifier topic_alias_maximum reason_string user_properties "
        "wildcard_subscription_available subscription_identifier_available "
        "shared_subscription_available server_keep_alive response_information server_reference "
        "authentication_method authentication_data",
    ),
    "PUBLISH": (
        "3.3.2.3",
        "payload_format_indicator message_expiry_interval topic_alias response_topic "
        "correlation_data user_properties subscription_identifiers content_type",
    ),
    "PUBACK": ("3.4.2.2", "reason_string user_properties"),
    "PUBREC": ("3.5.2.2", "reason_string user_properties"),
    "PUBREL": ("3.6.2.2", "reason_string user_properties"),
    "PUBCOMP": ("3.7.2.2", "reason_string user_properties"),
    "SUBSCRIBE": ("3.8.2.1", "subscription_identifiers user_properties"),
    "SUBACK": ("3.9.2.1", "reason_string user_properties"),
    "UNSUBSCRIBE": ("3.10.2.1", "user_properties"),
    "UNSUBACK": ("3.11.2.1", "reason_string user_properties"),
    "DISCONNECT": (
        "3.14.2.2",
        "session_expiry_interval reason_string user_properties server_reference",
    ),
    "AUTH": (
        "3.15.2.2",
        "authentication_method authentication_data reason_string user_properties",
    ),
}

# place: property (or "length"): section
SECTIONS: dict[str, dict[str, str]] = {
    place: {
        name: f"{section}.{number}"
        for number, name in enumerate(["length", *names.split()], start=1)
    }
    for place, (section, names) in _ORDER.items()
}
