# SPDX-License-Identifier: MIT
"""CONNECT: its variable header (3.1.2), and packets with little and with much in them."""

from __future__ import annotations

from collections.abc import Iterator

from .builders import connect, connect_form, marked, properties, where, will_form
from .cases import Case, accept, choice, reject
from .wire import HERE, Nested, block, data, packet, text, u8, u16, u32

# Protocol names that are not "MQTT": 3.1.2.1
NAMES = [
    ("empty", b""),
    ("one letter short", b"MQT"),
    ("one letter more", b"MQTTX"),
    ("small letters", b"mqtt"),
    ("another letter", b"MQTX"),
    ("of mqtt 3.1 with a newer level", b"MQIsdp"),
    ("with a byte order mark", b"\xef\xbb\xbfMQTT"),
]

# Levels that are neither 3.1.1's nor 5.0's: 3.1.2.2.  Bit 7 is a bridge's mark of some brokers, not
# of the specification.
BRIDGE = "with the mark of some brokers' bridges: no version of MQTT has this level"
LEVELS = [0, 1, 2, 3, 6, 0x44, 0x84, 0x85, 255]

# A property of CONNECT out of its range: key, identifier, value, rule, field, section
VALUES: list[tuple[str, int, bytes, str, str, str]] = [
    ("receive maximum 0", 0x21, u16(0), "receive_maximum_zero", "receive_maximum", "3.1.2.11.3"),
    (
        "maximum packet size 0",
        0x27,
        u32(0),
        "maximum_packet_size_zero",
        "maximum_packet_size",
        "3.1.2.11.4",
    ),
    (
        "request response information 2",
        0x19,
        u8(2),
        "request_response_information_value",
        "request_response_information",
        "3.1.2.11.6",
    ),
    (
        "request problem information 2",
        0x17,
        u8(2),
        "request_problem_information_value",
        "request_problem_information",
        "3.1.2.11.7",
    ),
]

# Their neighbours that are in range: key, identifier, value as bytes and in JSON, field, section
GOOD_VALUES: list[tuple[str, int, bytes, int, str, str]] = [
    ("receive maximum 1", 0x21, u16(1), 1, "receive_maximum", "3.1.2.11.3"),
    ("receive maximum 65535", 0x21, u16(65535), 65535, "receive_maximum", "3.1.2.11.3"),
    ("maximum packet size 1", 0x27, u32(1), 1, "maximum_packet_size", "3.1.2.11.4"),
    ("topic alias maximum 0", 0x22, u16(0), 0, "topic_alias_maximum", "3.1.2.11.5"),
    (
        "request response information 1",
        0x19,
        u8(1),
        1,
        "request_response_information",
        "3.1.2.11.6",
    ),
    ("request problem information 0", 0x17, u8(0), 0, "request_problem_information", "3.1.2.11.7"),
]


def protocol(version: int) -> Iterator[Case]:
    """Protocol name and level."""
    for key, name in NAMES:
        head: list[Nested] = [u16(len(name)), HERE, name, u8(version)]
        wire = connect(version, u8(2), text("c"), before=head)
        at = where(version, "MQTT-3.1.2-1")
        key = f"protocol name {key}"
        yield reject(key, version, wire, "protocol_name", "protocol_name", sender="client", **at)
    for level in LEVELS:
        yield reject(
            f"protocol level {level}",
            version,
            connect(version, u8(2), text("c"), before=[text("MQTT"), HERE, u8(level)]),
            "protocol_version",
            "protocol_version",
            sender="client",
            comment=BRIDGE if level in (0x84, 0x85) else "",
            **where(version, "MQTT-3.1.2-2"),
        )
    other = 9 - version
    yield choice(
        "protocol level of the other version",
        version,
        packet(0x10, text("MQTT"), HERE, u8(other), u8(2), u16(60), properties(other), text("c")),
        connect_form(other) | {"version": other},
        "protocol_version",
        "protocol_version",
        sender="client",
        comment="good in the other version: a server refuses the levels that it does not support",
        canonical=True,
        **where(version, "MQTT-3.1.2-2 3.1.2.2"),
    )
    yield choice(
        "mqtt 3.1",
        version,
        packet(0x10, text("MQIsdp"), HERE, u8(3), u8(2), u16(60), text("c")),
        connect_form(4) | {"version": 3},
        "mqtt_3_1",
        "protocol_version",
        sender="client",
        comment="good in MQTT 3.1: a server may go by another specification, but not by this one",
        canonical=True,
        **where(version, "MQTT-3.1.2-2 MQTT-3.1.2-1 3.1.2.1"),
    )


def whole(version: int) -> Iterator[Case]:
    """Packets with little and with much in them, from both sides."""
    yield accept(
        "minimal",
        version,
        connect(version, u8(2), text(""), keep_alive=0),
        connect_form(version, client_id="", keep_alive=0),
        sender="client",
        **where(
            version,
            "MQTT-3.1.2-1 MQTT-3.1.2-2 MQTT-3.1.3-3 MQTT-3.1.3-7",
            "MQTT-3.1.2-1 MQTT-3.1.2-2 MQTT-3.1.3-3",
        ),
    )
    yield accept(
        "the header of figure 3-6",
        version,
        connect(
            version,
            u8(0xCE),
            text("client"),
            properties(version),
            text("will/topic"),
            data(b"gone"),
            text("user"),
            data(b"secret"),
            keep_alive=10,
            block=[b"\x11", u32(10)],
        ),
        connect_form(
            version,
            client_id="client",
            keep_alive=10,
            will=will_form(version, topic="will/topic", payload=b"gone".hex(), qos=1),
            username="user",
            password=b"secret".hex(),
            **({"properties": {"session_expiry_interval": 10}} if version == 5 else {}),
        ),
        sender="client",
        **where(version, "MQTT-3.1.2-1 MQTT-3.1.3-1 MQTT-3.1.4-1"),
    )
    for keep_alive in (0, 1, 255, 256, 65535):
        yield accept(
            f"keep alive {keep_alive}",
            version,
            connect(version, u8(2), text("c"), keep_alive=keep_alive),
            connect_form(version, keep_alive=keep_alive),
            sender="client",
            section="3.1.2.10",
        )
    yield reject(
        "from a server",
        version,
        marked(0x10, text("MQTT"), u8(version), u8(2), u16(60), properties(version), text("c")),
        "direction",
        "type",
        sender="server",
        **where(version, "2.2.1", "2.1.2"),
    )
    if version == 5:
        yield rich()


def rich() -> Case:
    """All nine properties of CONNECT and all seven of the will, in the order of identifiers."""
    version = 5
    own: list[Nested] = [
        [b"\x11", u32(0xFFFFFFFF)],
        [b"\x15", text("SCRAM-SHA-1")],
        [b"\x16", data(b"\x00\xff")],
        [b"\x17", u8(1)],
        [b"\x19", u8(1)],
        [b"\x21", u16(20)],
        [b"\x22", u16(10)],
        [b"\x26", text("name"), text("value")],
        [b"\x26", text("name"), text("again")],
        [b"\x27", u32(1 << 20)],
    ]
    will: list[Nested] = [
        [b"\x01", u8(1)],
        [b"\x02", u32(3600)],
        [b"\x03", text("text/plain")],
        [b"\x08", text("answers/to/me")],
        [b"\x09", data(b"\x00\x01")],
        [b"\x18", u32(30)],
        [b"\x26", text(""), text("")],
    ]
    payload: list[Nested] = [text("c"), block(*will), text("w"), data(b"x"), text("u"), data(b"p")]
    own_form = {
        "session_expiry_interval": 0xFFFFFFFF,
        "authentication_method": "SCRAM-SHA-1",
        "authentication_data": "00ff",
        "request_problem_information": 1,
        "request_response_information": 1,
        "receive_maximum": 20,
        "topic_alias_maximum": 10,
        "user_properties": [["name", "value"], ["name", "again"]],
        "maximum_packet_size": 1 << 20,
    }
    will_properties = {
        "payload_format_indicator": 1,
        "message_expiry_interval": 3600,
        "content_type": "text/plain",
        "response_topic": "answers/to/me",
        "correlation_data": "0001",
        "will_delay_interval": 30,
        "user_properties": [["", ""]],
    }
    return accept(
        "every property",
        version,
        connect(version, u8(0xF4), *payload, keep_alive=600, block=own),
        connect_form(
            version,
            clean_start=False,
            keep_alive=600,
            properties=own_form,
            will=will_form(version, qos=2, retain=True, properties=will_properties),
            username="u",
            password="70",
        ),
        sender="client",
        ids=["MQTT-3.1.3-1", "MQTT-3.1.2-9"],
        section="3.1.2.11",
    )


def values() -> Iterator[Case]:
    """Properties in and out of their range, of 5.0."""
    for key, number, raw, rule, name, section in VALUES:
        wire = connect(5, u8(2), text("c"), block=[u8(number), HERE, raw])
        name = f"properties.{name}"
        yield reject(key, 5, wire, rule, name, sender="client", section=section)
    for key, number, raw, value, name, section in GOOD_VALUES:
        wire = connect(5, u8(2), text("c"), block=[u8(number), raw])
        packet = connect_form(5, properties={name: value})
        yield accept(key, 5, wire, packet, sender="client", section=section)
    method: list[Nested] = [b"\x15", text("m")]
    yield accept(
        "authentication method alone",
        5,
        connect(5, u8(2), text("c"), block=method),
        connect_form(5, properties={"authentication_method": "m"}),
        sender="client",
        section="3.1.2.11.9",
    )
    yield accept(
        "authentication method and data",
        5,
        connect(5, u8(2), text("c"), block=[*method, b"\x16", data(b"d")]),
        connect_form(5, properties={"authentication_method": "m", "authentication_data": "64"}),
        sender="client",
        section="3.1.2.11.10",
    )
    yield accept(
        "authentication data before its method",
        5,
        connect(5, u8(2), text("c"), block=[b"\x16", data(b"d"), *method]),
        connect_form(5, properties={"authentication_method": "m", "authentication_data": "64"}),
        sender="client",
        section="2.2.2.2",
        comment="properties come in any order",
        canonical=False,
    )
    yield reject(
        "authentication data alone",
        5,
        connect(5, u8(2), text("c"), block=[b"\x16", u16(1), HERE, b"d"]),
        "authentication_data_alone",
        "properties.authentication_data",
        sender="client",
        section="3.1.2.11.10",
    )


def short(version: int) -> Iterator[Case]:
    """The Remaining Length ends where fields of the variable header are still to come."""
    name = text("MQTT")
    rows: list[tuple[str, list[Nested], str]] = [
        ("nothing", [HERE], "protocol_name"),
        ("half the length of the protocol name", [HERE, b"\0"], "protocol_name"),
        ("half the protocol name", [u16(4), HERE, b"MQ"], "protocol_name"),
        ("no protocol level", [name, HERE], "protocol_version"),
        ("no flags", [name, u8(version), HERE], "connect_flags"),
        ("no keep alive", [name, u8(version), u8(2), HERE], "keep_alive"),
        ("half the keep alive", [name, u8(version), u8(2), HERE, b"\0"], "keep_alive"),
    ]
    for key, parts, field in rows:
        wire = packet(0x10, *parts)
        at = where(version, "2.2.3", "2.1.4")
        yield reject(f"with {key}", version, wire, "truncated", field, sender="client", **at)
    if version == 5:
        yield reject(
            "with no property length",
            version,
            packet(0x10, name, u8(5), u8(2), u16(60), HERE),
            "property_length_missing",
            "properties",
            sender="client",
            ids=["MQTT-2.2.2-1"],
        )


def build(version: int) -> Iterator[Case]:
    yield from protocol(version)
    yield from whole(version)
    yield from short(version)
    if version == 5:
        yield from values()
