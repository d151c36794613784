# SPDX-License-Identifier: MIT
"""SUBACK: section 3.9."""

from __future__ import annotations

from collections.abc import Iterator

from . import requests
from .builders import Form, Where, form, properties, where
from .cases import Case, accept, reject
from .wire import HERE, Nested, Wire, block, packet, text, u8, u16

# All codes (3.1.1 3.9.3, 5.0 table 3-8): granted QoS, then failures
CODES = {
    4: (0x00, 0x01, 0x02, 0x80),
    5: (0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2),
}


def suback(version: int, *codes: Nested) -> Wire:
    return packet(0x90, u16(10), properties(version), *codes)


def fields(version: int, *codes: int) -> Form:
    return form(version, "SUBACK", packet_id=10, reason_codes=list(codes))


def codes(version: int) -> Iterator[Case]:
    """Every byte as the only code, and some among others."""
    at = where(version, "MQTT-3.9.3-2", "MQTT-3.9.3-2 MQTT-3.8.4-7")
    for code in range(256):
        key = f"code {code:02x}"
        if code in CODES[version]:
            wire = suback(version, u8(code))
            yield accept(key, version, wire, fields(version, code), sender="server", **at)
        else:
            yield reject(
                key,
                version,
                suback(version, HERE, u8(code)),
                "suback_reason",
                "reason_codes[0]",
                sender="server",
                **at,
            )
    yield accept(
        "all codes",
        version,
        suback(version, bytes(CODES[version])),
        fields(version, *CODES[version]),
        sender="server",
        **at,
    )
    yield accept(
        "codes of figure 3.27",
        version,
        suback(version, b"\x00\x02\x80"),
        fields(version, 0, 2, 0x80),
        sender="server",
        **where(version, "MQTT-3.8.4-5 MQTT-3.9.3-2", "MQTT-3.8.4-6 MQTT-3.9.3-2"),
    )
    yield reject(
        "code 03 after others",
        version,
        suback(version, b"\x00\x01\x02", HERE, u8(3)),
        "suback_reason",
        "reason_codes[3]",
        sender="server",
        **at,
    )


def whole(version: int) -> Iterator[Case]:
    tail: list[Nested] = [properties(version), u8(0)]
    yield from requests.identified(version, 0x90, tail, fields(version, 0), "server")
    yield from requests.from_the_other_side(version, 0x90, tail, "server")
    yield reject(
        "without codes",
        version,
        suback(version, HERE),
        "suback_empty",
        "reason_codes",
        sender="server",
        comment="SUBSCRIBE has at least one filter, and each has a code here",
        **where(version, "MQTT-3.8.4-5", "MQTT-3.8.4-6"),
    )
    rows: list[tuple[str, list[Nested], str]] = [
        ("nothing", [HERE], "packet_id"),
        ("half the packet identifier", [HERE, u8(0)], "packet_id"),
    ]
    yield from requests.cut(version, 0x90, rows, "server", where(version, "2.2.3", "2.1.4"))
    if version == 5:
        yield from requests.without_property_length(0x90, "server")
        pair: list[Nested] = [b"\x26", text("a"), text("1")]
        yield accept(
            "every property",
            5,
            packet(0x90, u16(10), block(b"\x1f", text("r"), *pair, *pair), b"\x01\x87"),
            {
                **fields(5, 1, 0x87),
                "properties": {
                    "reason_string": "r",
                    "user_properties": [["a", "1"], ["a", "1"]],
                },
            },
            sender="server",
            section="3.9.2.1",
        )


def forbidden(version: int) -> Iterator[Case]:
    """Packets that no bytes may come of."""
    echo = where(version, "MQTT-2.3.1-7", "MQTT-2.2.1-6")
    empty = where(version, "MQTT-3.8.4-5", "MQTT-3.8.4-6")
    wide = where(version, "1.5")
    code = "reason_codes[0]"
    rows: list[tuple[str, Form, str, str, Where]] = [
        ("packet id 0", {"packet_id": 0}, "answered_id_zero", "packet_id", echo),
        ("packet id 65536", {"packet_id": 65536}, "value_too_wide", "packet_id", wide),
        ("no codes", {"reason_codes": []}, "suback_empty", "reason_codes", empty),
        ("code 3", {"reason_codes": [3]}, "suback_reason", code, where(version, "MQTT-3.9.3-2")),
        ("code 256", {"reason_codes": [256]}, "value_too_wide", code, wide),
    ]
    some: Form = {"properties": {"reason_string": "r"}}
    if version == 4:
        rows.append(("properties", some, "not_in_version", "properties", where(4, "3.9.2")))
        only_5: Form = {"reason_codes": [0x87]}
        rows.append(("code of 5.0", only_5, "suback_reason", code, where(version, "MQTT-3.9.3-2")))
    else:
        some = {"properties": {"subscription_identifiers": [1]}}
        name = "properties.subscription_identifiers[0]"
        rows.append(("another property", some, "property_misplaced", name, where(5, "2.2.2.2")))
    yield from requests.forbidden(version, fields(version, 0), rows, "server")


def build(version: int) -> Iterator[Case]:
    yield from whole(version)
    yield from codes(version)
    yield from forbidden(version)
