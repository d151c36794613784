# SPDX-License-Identifier: MIT
"""CONNACK: section 3.2."""

from __future__ import annotations

from collections.abc import Iterator

from .builders import Where, form, marked, properties, where
from .cases import Case, accept, choice, reject, unwritable
from .wire import HERE, Nested, Wire, data, packet, text, u8, u16, u32

# Codes of a refusal: 3.1.1's return codes (table 3.1), some of 5.0's reason codes (table 3-1)
REFUSALS = {4: range(1, 6), 5: (0x80, 0x84, 0x9F)}
# The neighbours of such codes
BAD_CODES = {4: (6, 7, 0x80, 255), 5: (0x01, 0x7F, 0x8B, 0x8E, 0xA0, 255)}

# A property of CONNACK out of its range: identifier, value, rule, field, section
VALUES: list[tuple[int, bytes, int, str, str, str]] = [
    (0x21, u16(0), 0, "receive_maximum_zero", "receive_maximum", "3.2.2.3.3"),
    (0x24, u8(2), 2, "maximum_qos_value", "maximum_qos", "3.2.2.3.4"),
    (0x25, u8(2), 2, "retain_available_value", "retain_available", "3.2.2.3.5"),
    (0x27, u32(0), 0, "maximum_packet_size_zero", "maximum_packet_size", "3.2.2.3.6"),
    (
        0x28,
        u8(2),
        2,
        "wildcard_subscription_available_value",
        "wildcard_subscription_available",
        "3.2.2.3.11",
    ),
    (
        0x29,
        u8(2),
        2,
        "subscription_identifier_available_value",
        "subscription_identifier_available",
        "3.2.2.3.12",
    ),
    (
        0x2A,
        u8(2),
        2,
        "shared_subscription_available_value",
        "shared_subscription_available",
        "3.2.2.3.13",
    ),
]

# Their neighbours in range
GOOD_VALUES: list[tuple[int, bytes, int, str, str]] = [
    (0x21, u16(1), 1, "receive_maximum", "3.2.2.3.3"),
    (0x24, u8(0), 0, "maximum_qos", "3.2.2.3.4"),
    (0x24, u8(1), 1, "maximum_qos", "3.2.2.3.4"),
    (0x25, u8(1), 1, "retain_available", "3.2.2.3.5"),
    (0x27, u32(1), 1, "maximum_packet_size", "3.2.2.3.6"),
    (0x28, u8(1), 1, "wildcard_subscription_available", "3.2.2.3.11"),
    (0x29, u8(1), 1, "subscription_identifier_available", "3.2.2.3.12"),
    (0x2A, u8(1), 1, "shared_subscription_available", "3.2.2.3.13"),
]


def connack(version: int, flags: Nested, code: Nested, *block: Nested) -> Wire:
    return packet(0x20, flags, code, properties(version, *block))


def codes(version: int) -> Iterator[Case]:
    """Flags and code: 3.2.2.1 and 3.2.2.3 of 3.1.1, 3.2.2.1 and 3.2.2.2 of 5.0."""
    session = where(version, "MQTT-3.2.2-4", "MQTT-3.2.2-6")
    for present in (False, True):
        yield accept(
            f"session present {int(present)}",
            version,
            connack(version, u8(present), u8(0)),
            form(version, "CONNACK", session_present=present, reason_code=0),
            sender="server",
            **where(version, "MQTT-3.2.2-4 3.2.2.1", "MQTT-3.2.2-1 MQTT-3.2.2-6 MQTT-2.2.2-1"),
        )
    for code in REFUSALS[version]:
        yield accept(
            f"refusal {code:02x}",
            version,
            connack(version, u8(0), u8(code)),
            form(version, "CONNACK", session_present=False, reason_code=code),
            sender="server",
            **where(version, "MQTT-3.2.2-4 3.2.2.3", "MQTT-3.2.2-6 MQTT-3.2.2-8"),
        )
        yield reject(
            f"session present beside refusal {code:02x}",
            version,
            connack(version, [HERE, u8(1)], u8(code)),
            "session_present_refused",
            "session_present",
            sender="server",
            **session,
        )
    for code in BAD_CODES[version]:
        yield reject(
            f"code {code:02x}",
            version,
            connack(version, u8(0), [HERE, u8(code)]),
            "connack_reason",
            "reason_code",
            sender="server",
            **where(version, "3.2.2.3", "MQTT-3.2.2-8"),
        )
    for bit in range(1, 8):
        yield reject(
            f"flag {bit}",
            version,
            connack(version, [HERE, u8(1 << bit)], u8(0)),
            "connack_flags",
            "acknowledge_flags",
            sender="server",
            **where(version, "3.2.2.1", "MQTT-3.2.2-1"),
        )
    yield reject(
        "flag 7 beside session present",
        version,
        connack(version, [HERE, u8(0x81)], u8(0)),
        "connack_flags",
        "acknowledge_flags",
        sender="server",
        **where(version, "3.2.2.1", "MQTT-3.2.2-1"),
    )


def lengths(version: int) -> Iterator[Case]:
    """Packets that end too early or too late."""
    end = where(version, "2.2.3", "2.1.4")
    rows: list[tuple[str, list[Nested], str]] = [
        ("nothing", [HERE], "acknowledge_flags"),
        ("flags alone", [u8(0), HERE], "reason_code"),
    ]
    for key, parts, name in rows:
        wire = packet(0x20, *parts)
        yield reject(f"with {key}", version, wire, "truncated", name, sender="server", **end)
    yield reject(
        "a byte too many",
        version,
        packet(0x20, u8(0), u8(0), properties(version), HERE, u8(0)),
        "surplus_bytes",
        "unread",
        sender="server",
        comment="3.1.1: the Remaining Length is 2" if version == 4 else "",
        **where(version, "3.2.1", "2.1.4"),
    )
    yield reject(
        "from a client",
        version,
        marked(0x20, u8(0), u8(0), properties(version)),
        "direction",
        "type",
        sender="client",
        **where(version, "2.2.1", "2.1.2"),
    )
    if version == 5:
        yield reject(
            "without property length",
            5,
            packet(0x20, u8(0), u8(0), HERE),
            "property_length_missing",
            "properties",
            sender="server",
            ids=["MQTT-2.2.2-1"],
            comment="this is a CONNACK of 3.1.1",
        )


def values() -> Iterator[Case]:
    """Properties in and out of their range, of 5.0."""
    for number, raw, value, rule, name, section in VALUES:
        key = f"{name.replace('_', ' ')} {value}"
        wire = connack(5, u8(0), u8(0), u8(number), HERE, raw)
        full = f"properties.{name}"
        yield reject(key, 5, wire, rule, full, sender="server", section=section)
    for number, raw, value, name, section in GOOD_VALUES:
        key = f"{name.replace('_', ' ')} {value}"
        wire = connack(5, u8(0), u8(0), u8(number), raw)
        fields = form(5, "CONNACK", session_present=False, reason_code=0)
        fields["properties"] = {name: value}
        yield accept(key, 5, wire, fields, sender="server", section=section)
    fields = form(5, "CONNACK", session_present=False, reason_code=0)
    fields["properties"] = {"authentication_data": "64"}
    yield choice(
        "authentication data alone",
        5,
        connack(5, u8(0), u8(0), b"\x16", u16(1), HERE, b"d"),
        fields,
        "connack_data_alone",
        "properties.authentication_data",
        sender="server",
        section="3.2.2.3.18",
        comment="a protocol error in CONNECT (3.1.2.11.10); nothing is said of it here",
        canonical=True,
    )


def rich() -> Case:
    """All seventeen properties of CONNACK, in the order of identifiers."""
    block: list[Nested] = [
        [b"\x11", u32(7200)],
        [b"\x12", text("auto-1")],
        [b"\x13", u16(30)],
        [b"\x15", text("m")],
        [b"\x16", data(b"\0\xff")],
        [b"\x1a", text("answers/")],
        [b"\x1c", text("other.example")],
        [b"\x1f", text("fine")],
        [b"\x21", u16(65535)],
        [b"\x22", u16(65535)],
        [b"\x24", u8(1)],
        [b"\x25", u8(0)],
        [b"\x26", text("b"), text("2")],
        [b"\x26", text("a"), text("1")],
        [b"\x27", u32(0xFFFFFFFF)],
        [b"\x28", u8(0)],
        [b"\x29", u8(0)],
        [b"\x2a", u8(0)],
    ]
    fields = {
        "session_expiry_interval": 7200,
        "assigned_client_identifier": "auto-1",
        "server_keep_alive": 30,
        "authentication_method": "m",
        "authentication_data": "00ff",
        "response_information": "answers/",
        "server_reference": "other.example",
        "reason_string": "fine",
        "receive_maximum": 65535,
        "topic_alias_maximum": 65535,
        "maximum_qos": 1,
        "retain_available": 0,
        "user_properties": [["b", "2"], ["a", "1"]],
        "maximum_packet_size": 0xFFFFFFFF,
        "wildcard_subscription_available": 0,
        "subscription_identifier_available": 0,
        "shared_subscription_available": 0,
    }
    return accept(
        "every property",
        5,
        connack(5, u8(0), u8(0), *block),
        {"type": "CONNACK", "session_present": False, "reason_code": 0, "properties": fields},
        sender="server",
        section="3.2.2.3",
    )


def forbidden(version: int) -> Iterator[Case]:
    """Packets that no bytes may come of."""
    refusal = REFUSALS[version][0]
    rows: list[tuple[str, dict[str, object], str, str, Where]] = [
        (
            "session present beside a refusal",
            {"session_present": True, "reason_code": refusal},
            "session_present_refused",
            "session_present",
            where(version, "MQTT-3.2.2-4", "MQTT-3.2.2-6"),
        ),
        (
            "code that is none",
            {"reason_code": BAD_CODES[version][0]},
            "connack_reason",
            "reason_code",
            where(version, "3.2.2.3", "MQTT-3.2.2-8"),
        ),
        (
            "code 256",
            {"reason_code": 256},
            "value_too_wide",
            "reason_code",
            where(version, "1.5"),
        ),
    ]
    if version == 4:
        rows.append(
            (
                "properties",
                {"properties": {"receive_maximum": 1}},
                "not_in_version",
                "properties",
                where(4, "3.2.2"),
            )
        )
    else:
        for _, _, value, rule, name, section in VALUES:
            key = f"{name.replace('_', ' ')} {value}"
            fields: dict[str, object] = {"properties": {name: value}}
            rows.append((key, fields, rule, f"properties.{name}", where(5, section)))
        rows.append(
            (
                "property of another packet",
                {"properties": {"topic_alias": 1}},
                "property_misplaced",
                "properties.topic_alias",
                where(5, "2.2.2.2"),
            )
        )
    usual = {"session_present": False, "reason_code": 0}
    for key, fields, rule, name, at in rows:
        whole = form(version, "CONNACK", **{**usual, **fields})
        key = f"unwritable {key}"
        yield unwritable(key, version, whole, rule, name, sender="server", **at)
    yield unwritable(
        "unwritable from a client",
        version,
        form(version, "CONNACK", **usual),
        "direction",
        "type",
        sender="client",
        **where(version, "2.2.1", "2.1.2"),
    )


def build(version: int) -> Iterator[Case]:
    yield from codes(version)
    yield from lengths(version)
    if version == 5:
        yield from values()
        yield rich()
    yield from forbidden(version)
