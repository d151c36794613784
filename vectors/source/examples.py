# SPDX-License-Identifier: MIT
"""The byte examples that the specifications work out: figures, tables 2.4 (3.1.1) and 1-1 (5.0).

What is part of a packet there is put into a packet here.  The examples of topics are in topics.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .cases import Case, accept, more
from .wire import Nested, Repeat, block, data, packet, text, u8, u16, u32, vbi

Form = dict[str, Any]

# The ends of each length of a variable byte integer, as printed; 0 is that of PINGREQ.
INTEGERS = {
    127: "7f",
    128: "80 01",
    16383: "ff 7f",
    16384: "80 80 01",
    2097151: "ff ff 7f",
    2097152: "80 80 80 01",
}
LARGEST = (268435455, "ff ff ff 7f")
INTEGERS_4 = {64: "40", 321: "c1 02"}  # the examples in the text of 3.1.1 2.2.3

FILTERS: list[Nested] = [text("a/b"), text("c/d")]
ASKED: list[Nested] = [text("a/b"), u8(1), text("c/d"), u8(2)]  # figures 3.23 and 3-21


def _publish(version: int, qos: int, topic: str, payload: Any, **others: Any) -> Form:
    form: Form = {"type": "PUBLISH", "dup": False, "qos": qos, "retain": False, "topic": topic}
    properties: Form = {} if version == 4 else {"properties": {}}
    return form | others | properties | {"payload": payload}


def _lengths(version: int) -> Iterator[Case]:
    """Tables 2.4 and 1-1, as the Remaining Length of a PUBLISH."""
    section = "2.2.3" if version == 4 else "1.5.5"
    none = [] if version == 4 else block()
    head: list[Nested] = [text("a/b"), none]
    before = 5 + (version == 5)
    for value, printed in {**INTEGERS, **(INTEGERS_4 if version == 4 else {})}.items():
        assert vbi(value) == bytes.fromhex(printed)
        rest = Repeat(b"x", value - before)
        wire = packet(0x30, head, rest, length=bytes.fromhex(printed))
        form = _publish(version, 0, "a/b", [{"repeat": ["78", rest.times]}])
        yield accept(
            f"remaining length {value}",
            version,
            wire,
            form,
            sender="client",
            section=section,
        )
    value, printed = LARGEST
    assert vbi(value) == bytes.fromhex(printed)
    yield more(
        f"remaining length {value}, the beginning",
        version,
        packet(0x30, head, length=bytes.fromhex(printed)),
        sender="client",
        section=section,
        comment="a length as any, however few of its bytes are there",
    )


def _identifiers() -> Iterator[Case]:
    """Table 1-1 of 5.0, as a subscription identifier."""
    for value, printed in {**INTEGERS, LARGEST[0]: LARGEST[1]}.items():
        wire = packet(0x82, u16(10), block(u8(0x0B), bytes.fromhex(printed)), text("a/b"), u8(1))
        form = {
            "type": "SUBSCRIBE",
            "packet_id": 10,
            "properties": {"subscription_identifiers": [value]},
            "subscriptions": [_subscription(5, "a/b", 1)],
        }
        key = f"subscription identifier {value}"
        yield accept(key, 5, wire, form, sender="client", section="1.5.5")


def _subscription(version: int, topic_filter: str, qos: int) -> Form:
    form: Form = {"topic_filter": topic_filter, "qos": qos}
    if version == 5:
        form |= {"no_local": False, "retain_as_published": False, "retain_handling": 0}
    return form


def _texts(version: int) -> Iterator[Case]:
    """Figures 1.2 and 1-2: A and U+2A6D4.  Figures 3.2 and 3-2: the protocol name."""
    none = [] if version == 4 else block()
    empty: Form = {} if version == 4 else {"properties": {}}
    figure = bytes.fromhex("0005 41 f0aa9b94")
    wire = packet(0x30, figure, none)
    form = _publish(version, 0, "A\U0002a6d4", "")
    section = "1.5.3" if version == 4 else "1.5.4"
    yield accept("the string A, U+2A6D4", version, wire, form, sender="client", section=section)
    name = bytes.fromhex("0004 4d 51 54 54")
    wire = packet(0x10, name, u8(version), u8(2), u16(10), none, text("c"))
    form = {"type": "CONNECT", "clean_start": True, "keep_alive": 10, "client_id": "c"} | empty
    ids = ["MQTT-3.1.2-1"]
    yield accept("the protocol name", version, wire, form, sender="client", ids=ids)


def _connect(version: int) -> Iterator[Case]:
    """Figures 3.6 and 3-6: the variable header.  The payload is what its flags announce."""
    header = bytes.fromhex("0004 4d515454 04 ce 000a")
    will: Form = {"topic": "t", "payload": "6d", "qos": 1, "retain": False}
    form: Form = {"type": "CONNECT", "clean_start": True, "keep_alive": 10, "client_id": "c"}
    wills: list[Nested] = [text("t"), data(b"m")]
    if version == 5:
        header = bytes.fromhex("0004 4d515454 05 ce 000a 05 11 0000000a")
        form |= {"properties": {"session_expiry_interval": 10}}
        will |= {"properties": {}}
        wills = [block(), *wills]
    wire = packet(0x10, header, text("c"), wills, text("u"), data(b"p"))
    form |= {"will": will, "username": "u", "password": "70"}
    section, comment = ("3.1.2.11", "figure 3.6") if version == 4 else ("3.1.2.12", "figure 3-6")
    yield accept("CONNECT", version, wire, form, sender="client", section=section, comment=comment)


def _packets(version: int) -> Iterator[Case]:
    """The other figures: each is the variable header or the payload of a packet."""
    none = [] if version == 4 else block()
    empty: Form = {} if version == 4 else {"properties": {}}
    yield accept(
        "PUBLISH",
        version,
        packet(0x32, text("a/b"), u16(10), none),
        _publish(version, 1, "a/b", "", packet_id=10),
        sender="client",
        section="3.3.2",
        comment="figure 3.11" if version == 4 else "figure 3-9",
    )
    yield accept(
        "SUBSCRIBE",
        version,
        packet(0x82, u16(10), none, ASKED),
        {"type": "SUBSCRIBE", "packet_id": 10}
        | empty
        | {"subscriptions": [_subscription(version, "a/b", 1), _subscription(version, "c/d", 2)]},
        sender="client",
        section="3.8.3",
        comment="figures 3.21 and 3.23" if version == 4 else "figures 3-19 and 3-21",
    )
    yield accept(
        "UNSUBSCRIBE",
        version,
        packet(0xA2, u16(10), none, FILTERS),
        {"type": "UNSUBSCRIBE", "packet_id": 10} | empty | {"topic_filters": ["a/b", "c/d"]},
        sender="client",
        section="3.10.3",
        comment="figure 3.30",
    )
    yield accept(
        "SUBACK",
        version,
        packet(0x90, u16(10), none, bytes.fromhex("00 02 80")),
        {"type": "SUBACK", "packet_id": 10} | empty | {"reason_codes": [0, 2, 128]},
        sender="server",
        section="3.9.3",
        comment="the payload of figure 3.27 of 3.1.1",
    )
    for first, name, sender, section in [
        (0xC0, "PINGREQ", "client", "3.12.1"),
        (0xD0, "PINGRESP", "server", "3.13.1"),
    ]:
        wire = packet(first)
        yield accept(name, version, wire, {"type": name}, sender=sender, section=section)


def _headers() -> Iterator[Case]:
    """3.1.1: figures of fixed headers with a length that is fixed as well."""
    yield accept(
        "CONNACK",
        4,
        packet(0x20, u8(0), u8(0), length=u8(2)),
        {"type": "CONNACK", "session_present": False, "reason_code": 0},
        sender="server",
        section="3.2.1",
    )
    for first, name, sender, section in [
        (0x40, "PUBACK", "client", "3.4.1"),
        (0x50, "PUBREC", "client", "3.5.1"),
        (0x62, "PUBREL", "client", "3.6.1"),
        (0x70, "PUBCOMP", "client", "3.7.1"),
        (0xB0, "UNSUBACK", "server", "3.11.1"),
    ]:
        wire = packet(first, u16(10), length=u8(2))
        form = {"type": name, "packet_id": 10}
        yield accept(name, 4, wire, form, sender=sender, section=section)
    yield accept(
        "DISCONNECT",
        4,
        packet(0xE0, length=u8(0)),
        {"type": "DISCONNECT"},
        sender="client",
        section="3.14.1",
        comment="figure 3.35",
    )


def _disconnect() -> Iterator[Case]:
    """5.0: figure 3-24.  Its bits print a property length of 7, its label says 5, which it is."""
    wire = packet(0xE0, u8(0), u8(5), u8(0x11), u32(0))
    form = {
        "type": "DISCONNECT",
        "reason_code": 0,
        "properties": {"session_expiry_interval": 0},
    }
    comment = "figure 3-24; the property length is 5, as its label says, and not 7, as its bits do"
    yield accept("DISCONNECT", 5, wire, form, sender="client", section="3.14.2", comment=comment)


def build(version: int) -> Iterator[Case]:
    yield from _lengths(version)
    yield from _texts(version)
    yield from _connect(version)
    yield from _packets(version)
    if version == 4:
        yield from _headers()
    else:
        yield from _identifiers()
        yield from _disconnect()
