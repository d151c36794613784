# SPDX-License-Identifier: MIT
"""Streams: one direction of a connection, cut anywhere.

TCP keeps the order of bytes and nothing else (4.2): where it cuts them means nothing, and a packet
ends where its Remaining Length says (3.1.1: 2.2.3, 5.0: 2.1.4).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Union

from .cases import Case, error_of
from .wire import HERE, Nested, Repeat, Wire, block, packet, size, text, u8, u16, vbi

Chunks = Union[str, Sequence[int]]
FRAMES = {4: "2.2.3", 5: "2.1.4"}  # Remaining Length
CUT = "MQTT-6.0.0-2"  # WebSocket frames, as segments of TCP, begin and end anywhere
EACH = "each"


class Stream:
    """Packets, their bytes, and where each begins."""

    def __init__(self, version: int, sender: str = "client", *, told: bool = True) -> None:
        self.version = version
        self.sender = sender
        self.told = told  # the version: else CONNECT says
        self.parts: list[bytes | Repeat] = []
        self.starts: list[int] = []
        self.packets: list[dict[str, Any]] = []

    @property
    def length(self) -> int:
        return sum(len(part) for part in self.parts)

    def add(self, wire: Wire, form: dict[str, Any] | None = None) -> Stream:
        """form None: these bytes are no packet, or only the beginning of one."""
        self.starts.append(self.length)
        self.parts += wire.parts
        if form is not None:
            self.packets.append({"type": form["type"], "version": self.version, **form})
        return self

    def properties(self) -> dict[str, Any]:
        return {"properties": {}} if self.version == 5 else {}

    def none(self) -> list[Nested]:
        return block() if self.version == 5 else []

    def connect(self, client_id: str = "c") -> Stream:
        head: list[Nested] = [text("MQTT"), u8(self.version), u8(2), u16(60), self.none()]
        form = {"type": "CONNECT", "clean_start": True, "keep_alive": 60, "client_id": client_id}
        return self.add(packet(0x10, *head, text(client_id)), form | self.properties())

    def connack(self) -> Stream:
        form = {"type": "CONNACK", "session_present": False, "reason_code": 0}
        return self.add(packet(0x20, u8(0), u8(0), self.none()), form | self.properties())

    def publish(
        self, payload: str | Repeat = "", *, topic: str = "a/b", packet_id: int = 0
    ) -> Stream:
        """Of QoS 1 where there is a packet identifier."""
        number: list[Nested] = [u16(packet_id)] if packet_id else []
        content = payload.encode() if isinstance(payload, str) else payload
        wire = packet(0x32 if packet_id else 0x30, text(topic), number, self.none(), content)
        form: dict[str, Any] = {"type": "PUBLISH", "dup": False, "qos": int(packet_id > 0)}
        form |= {"retain": False, "topic": topic}
        if packet_id:
            form["packet_id"] = packet_id
        recipe = Wire(content).form()
        return self.add(wire, form | self.properties() | {"payload": recipe})

    def subscribe(self) -> Stream:
        wire = packet(0x82, u16(10), self.none(), text("a/b"), u8(1), text("c/d"), u8(2))
        rows = []
        for name, qos in [("a/b", 1), ("c/d", 2)]:
            options: dict[str, Any] = {"topic_filter": name, "qos": qos}
            if self.version == 5:
                options |= {"no_local": False, "retain_as_published": False, "retain_handling": 0}
            rows.append(options)
        form = {"type": "SUBSCRIBE", "packet_id": 10} | self.properties() | {"subscriptions": rows}
        return self.add(wire, form)

    def suback(self) -> Stream:
        wire = packet(0x90, u16(10), self.none(), bytes([0, 2, 0x80]))
        form = {"type": "SUBACK", "packet_id": 10} | self.properties()
        return self.add(wire, form | {"reason_codes": [0, 2, 0x80]})

    def puback(self, packet_id: int) -> Stream:
        form: dict[str, Any] = {"type": "PUBACK", "packet_id": packet_id}
        if self.version == 5:
            form |= {"reason_code": 0, "properties": {}}
        return self.add(packet(0x40, u16(packet_id)), form)

    def ping(self) -> Stream:
        client = self.sender == "client"
        form = {"type": "PINGREQ" if client else "PINGRESP"}
        return self.add(packet(0xC0 if client else 0xD0), form)

    def disconnect(self) -> Stream:
        form: dict[str, Any] = {"type": "DISCONNECT"}
        if self.version == 5:
            form |= {"reason_code": 0, "properties": {}}
        return self.add(packet(0xE0), form)

    def case(
        self,
        key: str,
        result: str,
        chunks: Chunks,
        *,
        ids: Sequence[str] = (),
        section: str | None = None,
        comment: str = "",
        error: dict[str, Any] | None = None,
    ) -> Case:
        if not isinstance(chunks, str):
            assert sum(chunks) == self.length, f"{key}: {sum(chunks)} of {self.length} bytes"
        form: dict[str, Any] = {"version": self.version if self.told else None}
        form |= {"sender": self.sender, "wire": Wire(*self.parts).form()}
        form |= {"chunks": chunks if isinstance(chunks, str) else list(chunks)}
        form |= {"result": result, "packets": list(self.packets)}
        if error is not None:
            form["error"] = error
        if not ids and section is None:
            ids, section = [CUT], FRAMES[self.version]
        return Case(key, form, comment, ids, section)

    def accept(self, key: str, chunks: Chunks = EACH, comment: str = "") -> Case:
        return self.case(key, "accept", chunks, comment=comment)

    def more(self, key: str, chunks: Chunks = EACH, comment: str = "") -> Case:
        return self.case(key, "more", chunks, comment=comment)

    def cut(self, *at: int) -> list[int]:
        """Sizes of the pieces between these places and the ends."""
        places = [0, *at, self.length]
        return [after - before for before, after in zip(places, places[1:])]


def talk(version: int, sender: str = "client", *, told: bool = True) -> Stream:
    """What either side might say, with topics of more than ASCII."""
    stream = Stream(version, sender, told=told)
    if sender == "client":
        stream.connect("ete").subscribe().publish("hello")
        return stream.publish("\u20ac", topic="\U0002a6d4", packet_id=10).ping().disconnect()
    stream.connack().suback().publish("hello", packet_id=7).puback(10).ping()
    return stream.publish(topic="\u20ac/x")


def several(version: int) -> Iterator[Case]:
    for sender in ("client", "server"):
        stream = talk(version, sender)
        yield stream.accept(f"several packets, {sender}: at once", stream.cut())
        yield stream.accept(f"several packets, {sender}: cut anywhere")
        yield stream.accept(
            f"several packets, {sender}: one by one", stream.cut(*stream.starts[1:])
        )
        inside = [start + 1 for start in stream.starts]
        key = f"several packets, {sender}: cut behind first bytes"
        yield stream.accept(key, stream.cut(*inside))
        empty: list[int] = []
        for piece in stream.cut(*inside):
            empty += [0, piece, 0]
        key = f"several packets, {sender}: empty pieces between"
        yield stream.accept(key, empty)
    asked = talk(version, told=False)
    yield asked.accept("version of connect: at once", asked.cut())
    yield asked.accept("version of connect: cut anywhere")
    one = Stream(version, told=False).connect()
    yield one.accept("connect alone")
    # "MQTT" ends at byte 8, and the version stands there
    yield one.accept("cut before the version", one.cut(8))
    yield one.accept("cut behind the version", one.cut(9))


def empty(version: int) -> Iterator[Case]:
    for sender in ("client", "server"):
        stream = Stream(version, sender)
        yield stream.accept(f"no bytes, {sender}", [], comment="nothing is cut off")
        yield stream.accept(f"an empty piece, {sender}", [0])
        stream.ping().ping().ping()
        yield stream.accept(f"packets of no length, {sender}")
        yield stream.accept(f"packets of no length, {sender}: at once", stream.cut())
    stream = Stream(version).ping().disconnect()
    yield stream.accept("disconnect of no length")


def boundaries(version: int) -> Iterator[Case]:
    """Remaining Length of one byte more, with a packet behind that a wrong end would hit."""
    rest = 6 if version == 5 else 5  # of the Remaining Length: topic and property length
    for count, length in [(1, 127), (2, 128), (2, 16383), (3, 16384)]:
        stream = Stream(version).publish(Repeat(b"a", length - rest)).ping()
        body = 1 + count
        yield stream.accept(f"length {length}, then a ping: at once", stream.cut())
        cuts = [*range(1, body + 1), stream.starts[1] - 1, stream.starts[1]]
        key = f"length {length}, then a ping: cut in the header and at the end"
        yield stream.accept(key, stream.cut(*cuts))
        for at in range(1, count + 1):
            key = f"length {length}, cut behind {at} of {count + 1} bytes"
            yield stream.accept(key, stream.cut(at))
    for count, length in [(3, 2097151), (4, 2097152)]:
        stream = Stream(version).publish(Repeat(b"a", length - rest)).ping()
        pieces = stream.cut(1, 2, 3, 4, 5, 6, 65536, 1048576, stream.starts[1] - 1)
        yield stream.accept(f"length {length} in pieces", pieces)
        cuts = stream.cut(count + 1, stream.starts[1])
        yield stream.accept(f"length {length} in header, body and rest", cuts)


def places(version: int) -> Iterator[Case]:
    """Cut inside each field of a PUBLISH: topic a/b, in its middle a character of three bytes."""
    stream = Stream(version).publish("xyz", topic="a\u20acb", packet_id=258).ping()
    first = 2
    rows = {
        "behind the first byte": 1,
        "behind the remaining length": first,
        "inside the length of the topic": first + 1,
        "before the topic": first + 2,
        "inside the topic": first + 3,
        "inside a character": first + 4,
        "later inside a character": first + 5,
        "behind the topic": first + 7,
        "inside the packet identifier": first + 8,
        "behind the packet identifier": first + 9,
        "before the payload": stream.starts[1] - 3,
        "inside the payload": stream.starts[1] - 1,
        "behind the packet": stream.starts[1],
        "inside the next one": stream.starts[1] + 1,
    }
    for name, at in rows.items():
        yield stream.accept(f"cut {name}", stream.cut(at))
    yield stream.accept("cut everywhere", [1] * stream.length)
    yield stream.accept("cut anywhere")


def short(version: int) -> Iterator[Case]:
    """The bytes end within a packet: nothing is wrong, and it is not whole."""
    whole = packet(0x30, text("a/b"), block() if version == 5 else [], b"hello").bytes()
    for name, left in [
        ("behind the first byte", 1),
        ("behind the remaining length", 2),
        ("inside the topic", 5),
        ("inside the payload", len(whole) - 2),
        ("before the last byte", len(whole) - 1),
    ]:
        stream = Stream(version).connect().ping().add(Wire(whole[:left]))
        yield stream.more(f"ends {name}")
        key = f"ends {name}, at once"
        yield stream.more(key, stream.cut())
        yield Stream(version).add(Wire(whole[:left])).more(f"ends {name} of the first packet")
    for count in (1, 2, 3):
        stream = Stream(version).ping().add(Wire(u8(0x30), b"\xff" * count))
        yield stream.more(f"ends inside the remaining length, behind {count}")
    stream = Stream(version).ping().add(Wire(u8(0x30), vbi(268435455)))
    yield stream.more("ends behind the largest remaining length", stream.cut())
    yield stream.more("ends behind the largest remaining length, cut")


def broken(version: int) -> Iterator[Case]:
    """A packet that breaks a rule.  Those before it count, and what follows it does not."""
    none: list[Nested] = block() if version == 5 else []
    topic: list[Nested] = [text("a/b"), u16(1), none]
    utf8 = ["MQTT-1.5.4-1"] if version == 5 else ["MQTT-1.5.3-1"]
    flags = ["MQTT-2.1.3-1"] if version == 5 else ["MQTT-2.2.2-1", "MQTT-2.2.2-2"]
    kind = "2.1.2" if version == 5 else "2.2.1"
    bad_text = [u16(3), b"a\xff\x62"]
    subscribe_flags = ["MQTT-3.8.1-1"]
    unpadded: list[tuple[str, Wire, str, str, Sequence[str], str | None]] = []
    if version == 5:
        unpadded = [
            ("a padded length", Wire(u8(0xC0), HERE, b"\x80\x00"), "integer_padded",
             "remaining_length", ["MQTT-1.5.5-1"], None),
        ]
    rows: list[tuple[str, Wire, str, str, Sequence[str], str | None]] = [
        ("qos 3", Wire(HERE, packet(0x36, topic).bytes()), "qos_3", "qos",
         ["MQTT-3.3.1-4"], None),
        ("a wildcard in a topic", packet(0x30, u16(3), HERE, b"a/#", none), "topic_wildcard",
         "topic", ["MQTT-3.3.2-2"], None),
        ("text that is not utf-8", packet(0x30, bad_text[0], HERE, bad_text[1], none),
         "topic_utf8", "topic", ["MQTT-3.3.2-1", *utf8], None),
        ("a topic longer than its packet", packet(0x30, u16(9), HERE, b"a/b"), "truncated",
         "topic", [], FRAMES[version]),
        ("a byte too many", packet(0xC0, HERE, u8(0)), "surplus_bytes", "unread", [], "3.12.1"),
        ("flags of pingreq", Wire(HERE, packet(0xC1).bytes()), "fixed_header_flags", "flags",
         flags, None),
        ("flags of subscribe", Wire(HERE, packet(0x80, u16(1), none, text("a"), u8(0)).bytes()),
         "subscribe_flags", "flags", subscribe_flags, None),
        ("packet type 0", Wire(HERE, b"\x00\x00"), "type_reserved", "type", [], kind),
        ("a packet of the other side", Wire(HERE, packet(0xD0).bytes()), "direction", "type", [],
         kind),
        *unpadded,
    ]
    for name, wire, rule, field, ids, section in rows:
        error = error_of(version, rule, wire.mark, field)
        bad = Wire(*wire.parts)
        told: dict[str, Any] = {"ids": ids, "section": section, "error": error}
        alone = Stream(version).add(bad)
        yield alone.case(f"{name} first", "reject", EACH, **told)
        later = Stream(version).connect().publish("x").add(bad)
        yield later.case(f"{name} behind good packets", "reject", EACH, **told)
        key = f"{name} behind good packets: at once"
        yield later.case(key, "reject", later.cut(), **told)
        ping = packet(0xC0)
        between = Stream(version).ping().add(bad).add(ping)
        yield between.case(f"{name} between pings", "reject", EACH, **told)
    yield from too_long(version)


def too_long(version: int) -> Iterator[Case]:
    """A Remaining Length that no further byte can make good: no packet will ever come of it."""
    section = "1.5.5" if version == 5 else "2.2.3"
    error = error_of(version, "integer_too_long", 1, "remaining_length")
    for name, length in [
        ("four bytes that go on", b"\xff\xff\xff\xff"),
        ("five bytes", b"\x80\x80\x80\x80\x01"),
        ("five bytes of nothing", b"\x80\x80\x80\x80\x00"),
        ("many bytes", b"\xff" * 12),
    ]:
        bad = Wire(u8(0x30), length)
        stream = Stream(version).connect().ping().add(bad)
        key = f"remaining length of {name}"
        yield stream.case(key, "reject", EACH, section=section, error=error)
        alone = Stream(version).add(bad)
        key = f"remaining length of {name} first"
        yield alone.case(key, "reject", EACH, section=section, error=error)


def large(version: int) -> Iterator[Case]:
    """Five megabytes between small packets."""
    count = 5_000_000
    stream = Stream(version).connect().publish(Repeat(b"\x00\xff", count // 2)).ping()
    yield stream.accept("five megabytes at once", stream.cut())
    start = stream.starts[1]
    yield stream.accept("five megabytes behind their header", stream.cut(start, start + 5))
    full, rest = divmod(stream.length, 65536)
    yield stream.accept("five megabytes in blocks", [*[65536] * full, rest])
    assert size(stream.parts) == stream.length


def build(version: int) -> Iterator[Case]:
    yield from several(version)
    yield from empty(version)
    yield from boundaries(version)
    yield from places(version)
    yield from short(version)
    yield from broken(version)
    yield from large(version)
