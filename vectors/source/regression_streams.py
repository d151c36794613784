# SPDX-License-Identifier: MIT
"""What implementations got wrong over fragments: each case says what, and where (catalogue.py)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Union

from .cases import Case, error_of
from .catalogue import HUGE_FIRST, INTEGERS, KEPT, OVER_BUFFER, QUADRATIC
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
) -> Case:
    """A stream whose first packet is a plain CONNECT, unless the version is not named.

    error: rule and field, at HERE in one of the packets.
    """
    if named:
        at = At(version, "")
        connect, connected = at.connect(2, text("c")), at.connect_form()
        wires, packets = [connect, *wires], [connected, *packets]
        chunks = chunks if isinstance(chunks, str) else [len(connect), *chunks]
    parts: list[Nested] = [part for wire in wires for part in wire.parts]
    form: dict[str, Any] = {"version": version if named else None, "sender": "client"}
    form |= {"wire": Wire(*parts).form(), "chunks": chunks}
    form |= {"result": "reject" if error else result}
    form["packets"] = [{"type": one["type"], "version": version, **one} for one in packets]
    if error:
        (mark,) = [wire.mark for wire in wires if wire.mark is not None]
        form["error"] = error_of(version, error[0], mark, error[1])
    assert chunks == "each" or sum(map(int, chunks)) == sum(len(wire) for wire in wires)
    return Case(key, form, comment, (), "2.2.3" if version == 4 else "2.1.4")


def build(version: int) -> Iterator[Case]:
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
