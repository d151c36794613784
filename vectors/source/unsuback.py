# SPDX-License-Identifier: MIT
"""UNSUBACK: section 3.11."""

from __future__ import annotations

from collections.abc import Iterator

from . import requests
from .builders import Form, Where, form, properties, where
from .cases import Case, accept, reject
from .wire import HERE, Nested, Wire, block, packet, text, u8, u16

# All codes: 5.0 table 3-9
CODES = (0x00, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91)


def unsuback(version: int, *codes: Nested) -> Wire:
    return packet(0xB0, u16(10), properties(version), *codes)


def fields(version: int, *codes: int) -> Form:
    whole_ = form(version, "UNSUBACK", packet_id=10)
    return {**whole_, "reason_codes": list(codes)} if version == 5 else whole_


def codes() -> Iterator[Case]:
    """Every byte as the only code, and some among others: 5.0 alone has codes."""
    at = where(5, "MQTT-3.11.3-2")
    for code in range(256):
        key = f"code {code:02x}"
        if code in CODES:
            yield accept(key, 5, unsuback(5, u8(code)), fields(5, code), sender="server", **at)
        else:
            wire = unsuback(5, HERE, u8(code))
            name = "reason_codes[0]"
            yield reject(key, 5, wire, "unsuback_reason", name, sender="server", **at)
    wire = unsuback(5, bytes(CODES))
    yield accept("all codes", 5, wire, fields(5, *CODES), sender="server", **at)
    wire = unsuback(5, b"\x00\x11", HERE, u8(1))
    name = "reason_codes[2]"
    yield reject("code 01 after others", 5, wire, "unsuback_reason", name, sender="server", **at)
    yield reject(
        "without codes",
        5,
        unsuback(5, HERE),
        "unsuback_empty",
        "reason_codes",
        sender="server",
        comment="UNSUBSCRIBE has at least one filter, and each has a code here",
        **at,
    )
    comment = "this is an UNSUBACK of 3.1.1"
    yield from requests.without_property_length(0xB0, "server", comment)
    pair: list[Nested] = [b"\x26", text("a"), text("1")]
    yield accept(
        "every property",
        5,
        packet(0xB0, u16(10), block(b"\x1f", text("r"), *pair, *pair), b"\x00\x11"),
        {
            **fields(5, 0, 0x11),
            "properties": {"reason_string": "r", "user_properties": [["a", "1"], ["a", "1"]]},
        },
        sender="server",
        section="3.11.2.1",
    )


def whole(version: int) -> Iterator[Case]:
    tail: list[Nested] = [properties(version), u8(0)] if version == 5 else []
    yield from requests.identified(version, 0xB0, tail, fields(version, 0), "server")
    yield from requests.from_the_other_side(version, 0xB0, tail, "server")
    rows: list[tuple[str, list[Nested], str]] = [
        ("nothing", [HERE], "packet_id"),
        ("half the packet identifier", [HERE, u8(0)], "packet_id"),
    ]
    yield from requests.cut(version, 0xB0, rows, "server", where(version, "3.11.1", "2.1.4"))
    if version == 4:
        yield reject(
            "a byte too many",
            4,
            packet(0xB0, u16(10), HERE, u8(0)),
            "surplus_bytes",
            "unread",
            sender="server",
            section="3.11.1",
            comment="the Remaining Length is 2: there are no codes",
        )


def forbidden(version: int) -> Iterator[Case]:
    """Packets that no bytes may come of."""
    echo = where(version, "MQTT-2.3.1-7", "MQTT-2.2.1-6")
    wide = where(version, "1.5")
    rows: list[tuple[str, Form, str, str, Where]] = [
        ("packet id 0", {"packet_id": 0}, "answered_id_zero", "packet_id", echo),
        ("packet id 65536", {"packet_id": 65536}, "value_too_wide", "packet_id", wide),
    ]
    if version == 4:
        at = where(4, "3.11.2")
        some: Form = {"properties": {"reason_string": "r"}}
        rows.append(("properties", some, "not_in_version", "properties", at))
        some = {"reason_codes": [0]}
        rows.append(("codes", some, "not_in_version", "reason_codes", where(4, "3.11.3")))
    else:
        at = where(5, "MQTT-3.11.3-2")
        code = "reason_codes[0]"
        some = {"properties": {"receive_maximum": 1}}
        name = "properties.receive_maximum"
        rows += [
            ("no codes", {"reason_codes": []}, "unsuback_empty", "reason_codes", at),
            ("code 1", {"reason_codes": [1]}, "unsuback_reason", code, at),
            ("code 256", {"reason_codes": [256]}, "value_too_wide", code, wide),
            ("another property", some, "property_misplaced", name, where(5, "2.2.2.2")),
        ]
    yield from requests.forbidden(version, fields(version, 0), rows, "server")


def build(version: int) -> Iterator[Case]:
    yield from whole(version)
    if version == 5:
        yield from codes()
    yield from forbidden(version)
