# SPDX-License-Identifier: MIT
"""PUBACK, PUBREC, PUBREL, PUBCOMP: sections 3.4 to 3.7.  First byte and codes are what differs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .builders import SENDERS, Where, form, marked, where
from .cases import Case, accept, reject, unwritable
from .wire import HERE, Nested, Wire, block, packet, text, u8, u16


@dataclass(frozen=True)
class Kind:
    """One of the four.  A code of its own of a failure, and one that another of them has (2.4)."""

    name: str
    first: int
    section: str
    code: int
    foreign: int
    echo_4: str  # what 3.1.1 says of its packet identifier
    answered: bool = False  # by PUBREL or PUBCOMP, which can say that there is no such identifier

    @property
    def key(self) -> str:
        return self.name.lower()

    @property
    def unknown(self) -> tuple[int, ...]:
        """What can be said of a packet identifier that is none: 3.6.2.1, 3.7.2.1."""
        return (0x82, 0x92) if self.answered else (0x82,)

    @property
    def codes(self) -> str:
        return f"MQTT-{self.section}.2-1"


KINDS = [
    Kind("PUBACK", 0x40, "3.4", 0x97, 0x92, "MQTT-2.3.1-6"),
    Kind("PUBREC", 0x50, "3.5", 0x97, 0x92, "MQTT-2.3.1-6", True),
    Kind("PUBREL", 0x62, "3.6", 0x92, 0x97, "MQTT-2.3.1-6", True),
    # 2.3.1-6 does not name PUBCOMP
    Kind("PUBCOMP", 0x70, "3.7", 0x92, 0x97, "MQTT-4.3.3-2"),
]


def fields(kind: Kind, version: int, number: int = 10, code: int = 0) -> dict[str, object]:
    whole = form(version, kind.name, packet_id=number)
    return {**whole, "reason_code": code} if version == 5 else whole


def identifiers(kind: Kind, version: int, sender: str) -> Iterator[Case]:
    """The packet identifier alone, which in 5.0 is the short form: reason code 0, no properties."""
    at = where(version, kind.echo_4, "MQTT-2.2.1-5")
    bits = " MQTT-3.6.1-1" if kind.name == "PUBREL" else ""
    flags_too = where(
        version,
        f"{kind.echo_4} MQTT-2.2.2-1 MQTT-2.2.2-2{bits}",
        f"MQTT-2.2.1-5 MQTT-2.1.3-1{bits}",
    )
    for number in (1, 255, 256, 65535):
        yield accept(
            f"{sender} {kind.key} {number}",
            version,
            packet(kind.first, u16(number)),
            fields(kind, version, number),
            sender=sender,
            **flags_too,
        )
    yield reject(
        f"{sender} {kind.key} 0",
        version,
        packet(kind.first, HERE, u16(0)),
        "acknowledged_id_zero",
        "packet_id",
        sender=sender,
        comment="what it answers has an identifier that is not 0, and this one is the same",
        codes=kind.unknown,
        **at,
    )
    cuts: list[tuple[str, list[Nested]]] = [
        ("nothing", [HERE]),
        ("half the packet identifier", [HERE, u8(0)]),
    ]
    for key, parts in cuts:
        wire = packet(kind.first, *parts)
        end = where(version, f"{kind.section}.1", "2.1.4")
        key = f"{sender} {kind.key} with {key}"
        yield reject(key, version, wire, "truncated", "packet_id", sender=sender, **end)


def long_forms(kind: Kind, sender: str) -> Iterator[Case]:
    """What may follow the packet identifier in 5.0: 3.4.2.1, 3.4.2.2.1."""
    key, code, own = f"{sender} {kind.key}", kind.code, f"{kind.section}.2.1"
    block_of = f"{kind.section}.2.2.1"

    def wire(*parts: Nested) -> Wire:
        return packet(kind.first, u16(10), *parts)

    rows: list[tuple[str, list[Nested], int, bool, str]] = [
        ("reason code 0", [u8(0)], 0, False, own),
        ("reason code 0 and no properties", [u8(0), block()], 0, False, own),
        ("failure", [u8(code)], code, True, block_of),
        ("failure and no properties", [u8(code), block()], code, False, block_of),
    ]
    for how, parts, number, canonical, section in rows:
        yield accept(
            f"{key} with {how}",
            5,
            wire(*parts),
            fields(kind, 5, code=number),
            sender=sender,
            ids=[kind.codes],
            section=section,
            canonical=canonical,
        )
    properties = {"reason_string": "r", "user_properties": [["a", "1"], ["a", "2"]]}
    own_block = block(
        b"\x1f", text("r"), b"\x26", text("a"), text("1"), b"\x26", text("a"), text("2")
    )
    for number in (0, code):
        yield accept(
            f"{key} with properties and code {'0' if not number else 'of a failure'}",
            5,
            wire(u8(number), own_block),
            {**fields(kind, 5, code=number), "properties": properties},
            sender=sender,
            section=f"{kind.section}.2.2",
        )
    rule = f"{kind.key}_reason"
    for how, number in [("of another packet", kind.foreign), ("1", 1), ("127", 127), ("255", 255)]:
        yield reject(
            f"{key} with reason code {how}",
            5,
            wire(HERE, u8(number)),
            rule,
            "reason_code",
            sender=sender,
            ids=[kind.codes],
        )
    yield reject(
        f"{key} with a property length past its end",
        5,
        wire(u8(0), u8(4), HERE, b"\x1f", text("")),
        "truncated",
        "properties",
        sender=sender,
        section="2.1.4",
    )
    yield reject(
        f"{key} with a byte after its properties",
        5,
        wire(u8(0), block(b"\x1f", text("")), HERE, u8(0)),
        "surplus_bytes",
        "unread",
        sender=sender,
        section="2.1.4",
    )


def forbidden(kind: Kind, version: int, sender: str) -> Iterator[Case]:
    """Packets that no bytes may come of."""
    echo = where(version, kind.echo_4, "MQTT-2.2.1-5")
    rows: list[tuple[str, dict[str, object], str, str, Where]] = [
        ("packet id 0", {"packet_id": 0}, "acknowledged_id_zero", "packet_id", echo),
        (
            "packet id 65536",
            {"packet_id": 65536},
            "value_too_wide",
            "packet_id",
            where(version, "1.5"),
        ),
    ]
    if version == 4:
        at = where(4, f"{kind.section}.2")
        rows += [
            (
                "properties",
                {"properties": {"reason_string": "r"}},
                "not_in_version",
                "properties",
                at,
            ),
            ("a reason code", {"reason_code": kind.code}, "not_in_version", "reason_code", at),
        ]
    else:
        misplaced: dict[str, object] = {"properties": {"receive_maximum": 1}}
        name = "properties.receive_maximum"
        rows += [
            (
                "reason code of another packet",
                {"reason_code": kind.foreign},
                f"{kind.key}_reason",
                "reason_code",
                where(5, kind.codes),
            ),
            (
                "reason code 256",
                {"reason_code": 256},
                "value_too_wide",
                "reason_code",
                where(5, "1.5"),
            ),
            ("another property", misplaced, "property_misplaced", name, where(5, "2.2.2.2")),
        ]
    for key, some, rule, name, at in rows:
        whole = {**fields(kind, version), **some}
        key = f"unwritable {sender} {kind.key} with {key}"
        codes = kind.unknown if rule == "acknowledged_id_zero" else None
        yield unwritable(key, version, whole, rule, name, sender=sender, codes=codes, **at)


def flags(kind: Kind, version: int) -> Iterator[Case]:
    """PUBREL's flags are 2 (3.6.1), those of the others 0."""
    rule = "pubrel_flags" if kind.name == "PUBREL" else "fixed_header_flags"
    at = (
        where(version, "MQTT-3.6.1-1")
        if kind.name == "PUBREL"
        else where(version, "MQTT-2.2.2-1 MQTT-2.2.2-2", "MQTT-2.1.3-1")
    )
    for bit in range(4):
        wire = marked(kind.first ^ 1 << bit, u16(10))
        key = f"{kind.key} with flag {bit} turned"
        yield reject(key, version, wire, rule, "flags", sender="client", **at)


def build(version: int) -> Iterator[Case]:
    for kind in KINDS:
        for sender in SENDERS:
            yield from identifiers(kind, version, sender)
            if version == 5:
                yield from long_forms(kind, sender)
            else:
                yield reject(
                    f"{sender} {kind.key} with a byte too many",
                    version,
                    packet(kind.first, u16(10), HERE, u8(0)),
                    "surplus_bytes",
                    "unread",
                    sender=sender,
                    section=f"{kind.section}.1",
                    comment="the Remaining Length is 2; in 5.0 this is a reason code",
                )
            yield from forbidden(kind, version, sender)
        yield from flags(kind, version)
