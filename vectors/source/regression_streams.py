# SPDX-License-Identifier: MIT
"""What implementations got wrong over fragments: each case says what, and where (catalogue.py)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Union

from .cases import Case, error_of
from .catalogue import HUGE_FIRST, INTEGERS, KEPT, NEXT_PACKET, OVER_BUFFER, QUADRATIC
from .regression_base import At, pair
from .wire import HERE, Nested, Repeat, Wire, block, data, packet, text, u8, u16, vbi

Chunks = Union[str, "list[int]"]


def _stream(
    key: str,
    version: int,
    wires: list[Wire],
    chunks: Chunks,
    packets: list[dict[str, Any]],
    comment: str,
    *,
    result: str = "accept",
    error: tuple[str, str] | None = None,
    named: bool = True,
    sender: str = "client",
    section: str | None = None,
) -> Case:
    """A stream of a client begins with a plain CONNECT, unless the version is not named.

    error: rule and field, at HERE in one of the packets.
    """
    if named and sender == "client":
        at = At(version, "")
        connect, connected = at.connect(2, text("c")), at.connect_form()
        wires, packets = [connect, *wires], [connected, *packets]
        chunks = chunks if isinstance(chunks, str) else [len(connect), *chunks]
    parts: list[Nested] = [part for wire in wires for part in wire.parts]
    form: dict[str, Any] = {"version": version if named else None, "sender": sender}
    form |= {"wire": Wire(*parts).form(), "chunks": chunks}
    form |= {"result": "reject" if error else result}
    form["packets"] = [{"type": one["type"], "version": version, **one} for one in packets]
    if error:
        (mark,) = [wire.mark for wire in wires if wire.mark is not None]
        form["error"] = error_of(version, error[0], mark, error[1])
    assert chunks == "each" or sum(map(int, chunks)) == sum(len(wire) for wire in wires)
    return Case(key, form, comment, (), section or ("2.2.3" if version == 4 else "2.1.4"))


# name, sender, packet, rule, field: one that lacks a field which the next packet's bytes would make
# whole.
Short = tuple[str, str, Wire, str, str]


def _short(version: int) -> Iterator[Short]:
    none: list[Nested] = [] if version == 4 else block()
    lacks = "truncated"
    yield "pubrec without identifier", "client", packet(0x50, HERE), lacks, "packet_id"
    wire = packet(0x32, text("t"), HERE)
    yield "publish of qos 1 without identifier", "client", wire, lacks, "packet_id"
    wire = packet(0x82, u16(10), none, text("a"), HERE)
    yield "subscribe without options", "client", wire, lacks, "subscriptions[0].options"
    wire = packet(0xA2, u16(10), none, u16(3), HERE, b"a")
    yield "unsubscribe with half a filter", "client", wire, lacks, "topic_filters[0]"
    wire = packet(0x20, u8(0), HERE)
    yield "connack without code", "server", wire, lacks, "reason_code"
    if version == 4:
        return
    lacks = "property_length_missing"
    wire = packet(0x30, text("t"), HERE)
    yield "publish without property length", "client", wire, lacks, "properties"
    wire = packet(0x20, u8(0), u8(0), HERE)
    yield "connack without property length", "server", wire, lacks, "properties"
    wire = packet(0x90, u16(10), HERE)
    yield "suback without property length", "server", wire, lacks, "properties"
    lacks = "truncated"
    wire = packet(0xF0, u8(0x18), vbi(5), HERE)
    yield "auth with a property length alone", "client", wire, lacks, "properties"
    wire = packet(0xF0, u8(0x18), vbi(6), HERE, u8(0x15), text("m"))
    yield "auth with two bytes of properties less", "client", wire, lacks, "properties"
    wire = packet(0x40, u16(10), u8(0), vbi(2), HERE)
    yield "puback with a property length alone", "client", wire, lacks, "properties"
    wire = packet(0xE0, u8(0), vbi(5), HERE, u8(0x11))
    yield "disconnect with properties cut short", "client", wire, lacks, "properties"
    lacks = "property_overrun"
    wire = packet(0xF0, u8(0x18), block(u8(0x15), u16(3), HERE, b"m"))
    field = "properties.authentication_method"
    yield "auth with half a method", "client", wire, lacks, field
    wire = packet(0x30, text("t"), block(u8(0x23), HERE, u8(0)))
    yield "publish with half an alias", "client", wire, lacks, "properties.topic_alias"


def _ends(version: int) -> Iterator[Case]:
    """A packet ends where its Remaining Length says, whatever has come behind it."""
    ping, pinged = packet(0xC0), {"type": "PINGREQ"}
    for name, sender, wire, rule, field in _short(version):
        client = sender == "client"
        # Their bytes would do for what is missing.
        behind = [ping if client else packet(0xD0)] * 3
        wires, before = [wire, *behind], list[dict[str, Any]]()
        if client:
            wires, before = [ping, *wires], [pinged]
        section = "2.2.2.1" if rule == "property_overrun" else None
        yield _stream(
            f"{name}, and packets behind it", version, wires, "each", before, NEXT_PACKET,
            error=(rule, field), sender=sender, section=section,
        )  # fmt: skip
    if version == 4:
        return
    # What is left out at the end of a packet has its default, and is not the next one's first byte.
    wires, forms = [], list[dict[str, Any]]()
    kinds = {"PUBACK": (0x40, 0x80), "PUBREC": (0x50, 0x80), "PUBREL": (0x62, 0x92)}
    for name, (first, refusal) in {**kinds, "PUBCOMP": (0x70, 0x92)}.items():
        for number, code in ((1, 0), (2, refusal)):
            wires += [packet(first, u16(number), u8(code) if code else b""), ping]
            form = {"type": name, "packet_id": number, "reason_code": code, "properties": {}}
            forms += [form, pinged]
    key = "short acknowledgements between pings"
    yield _stream(key, version, wires, "each", forms, NEXT_PACKET)


def build(version: int) -> Iterator[Case]:
    yield from _before(version)
    yield from _ends(version)


def _before(version: int) -> Iterator[Case]:
    none: list[Nested] = [] if version == 4 else block()
    at = At(version, "")
    ping, pinged = packet(0xC0), {"type": "PINGREQ"}
    publish = packet(0x30, text("t"), none, b"x")
    published = at.publish_form("78")

    # What comes behind a broken packet is nothing, however it is cut.
    broken = packet(0x30, u16(200), HERE, b"a/b")
    error = ("truncated", "topic")
    key = "a broken packet between two good ones"
    yield _stream(key, version, [ping, broken, ping], "each", [pinged], KEPT, error=error)
    key = "a broken packet in pieces, then a large one"
    large = packet(0x30, text("t"), none, Repeat(b"x", 300))
    pieces = [2, 1, 1, 1, 1, 1, len(broken) - 5, len(large)]
    yield _stream(key, version, [ping, broken, large], pieces, [pinged], KEPT, error=error)
    endless = Wire(u8(0x30), HERE, bytes.fromhex("80808080"), bytes.fromhex("01"))
    error = ("integer_too_long", "remaining_length")
    key = "a remaining length of five bytes, byte by byte"
    yield _stream(key, version, [endless, publish], "each", [], KEPT, error=error)

    # Lengths and headers that a piece ends in.
    key = "a length of two bytes in two pieces"
    wire = packet(0x30, text("t"), none, Repeat(b"x", 128))
    form = at.publish_form([{"repeat": ["78", 128]}])
    pieces = [2, 1, len(wire) - 3]
    yield _stream(key, version, [wire], pieces, [form], INTEGERS)
    key = "a length of four bytes in four pieces"
    wire = packet(0x30, text("t"), none, Repeat(b"x", 2097152))
    form = at.publish_form([{"repeat": ["78", 2097152]}])
    pieces = [1, 1, 1, 1, 1, len(wire) - 5]
    yield _stream(key, version, [wire], pieces, [form], INTEGERS)
    key = "a piece that ends behind the first byte of the next packet"
    pieces = [len(publish) + 1, len(publish) - 1]
    yield _stream(key, version, [publish, publish], pieces, [published, published], INTEGERS)
    key = "packets of all sizes, cut anywhere"
    wires = [publish, ping, packet(0x32, text("a/b"), u16(10), none), ping]
    second = at.publish_form(qos=1, topic="a/b", packet_id=10)
    yield _stream(key, version, wires, "each", [published, pinged, second, pinged], INTEGERS)

    # Lengths over what comes.
    key = "a length of 268435455 and few bytes"
    wire = packet(0x30, text("t"), none, length=vbi(268435455))
    yield _stream(key, version, [wire], "each", [], OVER_BUFFER, result="more")
    key = "a first packet of 268435455 bytes"
    wire = packet(0x10, text("MQTT"), u8(version), u8(2), u16(60), length=vbi(268435455))
    yield _stream(key, version, [wire], "each", [], HUGE_FIRST, result="more", named=False)
    if version == 4:
        return
    key = "a hundred user properties, byte by byte"
    wire = packet(0x30, text("t"), block(*[pair("k", "v")] * 100), b"x")
    form = at.publish_form("78", properties={"user_properties": [["k", "v"]] * 100})
    yield _stream(key, version, [wire], "each", [form], QUADRATIC)
    key = "a property length of two bytes in two pieces"
    wire = packet(0x30, text("t"), block(u8(0x09), data(b"\x01" * 125)), b"x")
    form = at.publish_form("78", properties={"correlation_data": "01" * 125})
    pieces = [7, len(wire) - 7]  # the property length begins at byte 6
    yield _stream(key, version, [wire], pieces, [form], INTEGERS)
