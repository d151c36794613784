# SPDX-License-Identifier: MIT
"""What SUBSCRIBE and UNSUBSCRIBE and their answers share: identifiers, flags, senders, ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .builders import Form, Where, marked, where
from .cases import Case, accept, reject, unwritable
from .wire import HERE, Nested, packet, u16

OTHER = {"client": "server", "server": "client"}


def identified(
    version: int, first: int, tail: list[Nested], form: Form, sender: str
) -> Iterator[Case]:
    """Packet identifiers of a request (client) and of its answer, which has the same."""
    if sender == "client":
        rule, comment, at = "packet_id_zero", "", where(version, "MQTT-2.3.1-1", "MQTT-2.2.1-3")
    else:
        rule, at = "answered_id_zero", where(version, "MQTT-2.3.1-7", "MQTT-2.2.1-6")
        comment = "what it answers has an identifier that is not 0, and this one is the same"
    for number in (1, 255, 256, 65535):
        wire = packet(first, u16(number), *tail)
        whole = {**form, "packet_id": number}
        yield accept(f"packet id {number}", version, wire, whole, sender=sender, **at)
    wire = packet(first, HERE, u16(0), *tail)
    yield reject(
        "packet id 0", version, wire, rule, "packet_id", sender=sender, comment=comment, **at
    )


def from_the_other_side(
    version: int, first: int, tail: list[Nested], sender: str
) -> Iterator[Case]:
    """Tables 2.1 and 2-1."""
    other = OTHER[sender]
    wire, at = marked(first, u16(10), *tail), where(version, "2.2.1", "2.1.2")
    yield reject(f"from a {other}", version, wire, "direction", "type", sender=other, **at)


def flags_turned(
    version: int, first: int, tail: list[Nested], rule: str, at: Where
) -> Iterator[Case]:
    """Each of the reserved bits of a request's first byte."""
    for bit in range(4):
        wire = marked(first ^ 1 << bit, u16(10), *tail)
        yield reject(f"flag {bit} turned", version, wire, rule, "flags", sender="client", **at)


def cut(
    version: int, first: int, rows: Iterable[tuple[str, list[Nested], str]], sender: str, at: Where
) -> Iterator[Case]:
    """Packets that end inside a field."""
    for key, parts, name in rows:
        wire = packet(first, *parts)
        yield reject(f"with {key}", version, wire, "truncated", name, sender=sender, **at)


def without_property_length(first: int, sender: str, comment: str = "") -> Iterator[Case]:
    yield reject(
        "without property length",
        5,
        packet(first, u16(10), HERE),
        "property_length_missing",
        "properties",
        sender=sender,
        ids=["MQTT-2.2.2-1"],
        comment=comment,
    )


def forbidden(
    version: int,
    usual: Form,
    rows: Iterable[tuple[str, Form, str, str, Where]],
    sender: str,
) -> Iterator[Case]:
    """Packets that no bytes may come of: the usual one, each with other fields."""
    for key, fields, rule, name, at in rows:
        whole = {**usual, **fields}
        yield unwritable(f"unwritable {key}", version, whole, rule, name, sender=sender, **at)
    other, at = OTHER[sender], where(version, "2.2.1", "2.1.2")
    key = f"unwritable from a {other}"
    yield unwritable(key, version, usual, "direction", "type", sender=other, **at)
