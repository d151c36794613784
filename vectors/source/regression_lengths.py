# SPDX-License-Identifier: MIT
"""Regressions: lengths that lie, fields that end early, and what is legally short or long."""

from __future__ import annotations

from collections.abc import Iterator

from .cases import Case, choice, more
from .catalogue import (
    BOUNDARIES,
    CUT_TEXT,
    EMPTY_TEXTS,
    EMPTY_TOPIC,
    HUGE_FIRST,
    INTEGERS,
    LEAK,
    MANY,
    NO_OPTIONS,
    NO_PACKET_ID,
    OVER_BUFFER,
    PADDED,
    PROPERTIES_PAST_END,
    QUADRATIC,
    RETURNED_SUCCESS,
    SHORT_ACKS,
    TOPIC_PAST_END,
    UNDERFLOW,
)
from .regression_base import At, pair, will
from .wire import HERE, Nested, Repeat, Wire, block, data, packet, text, u8, u16, vbi

FIVE_BYTES = bytes.fromhex("80808080 01")  # a variable byte integer of five bytes


def _topics(version: int) -> Iterator[Case]:
    at = At(version, TOPIC_PAST_END)
    for key, first, length, content in [
        ("a topic longer by one than its packet", 0x30, 4, b"a/b"),
        ("a topic longer than its packet", 0x30, 200, b"a/b"),
        ("a topic of 65535 bytes in a short packet", 0x30, 65535, b"a/b"),
        ("a topic longer than its packet, at QoS 1", 0x32, 6, b"a/b\x00\x0a"),
        ("a topic that has a length and no byte", 0x30, 1, b""),
    ]:
        yield at.bad(key, packet(first, u16(length), HERE, content), "truncated", "topic")
    yield at.bad("half a length of a topic", packet(0x30, HERE, u8(0)), "truncated", "topic")
    at.where = NO_PACKET_ID
    for key, first, rest in [
        ("QoS 1, and the packet ends behind the topic", 0x32, b""),
        ("QoS 2, and the packet ends behind the topic", 0x34, b""),
        ("QoS 1, and the packet ends inside the packet identifier", 0x32, b"\0"),
    ]:
        wire = packet(first, text("a/b"), HERE, rest)
        yield at.bad(key, wire, "truncated", "packet_id")
    at.where = NO_OPTIONS
    options = "subscriptions[0].options"
    wire = at.subscribe(text("a/b"), HERE)
    yield at.bad("SUBSCRIBE ends behind a filter", wire, "truncated", options)
    wire = at.subscribe(text("a"), u8(0), text("b"), HERE)
    options = "subscriptions[1].options"
    yield at.bad("SUBSCRIBE ends behind the second filter", wire, "truncated", options)


def _remaining_length(version: int) -> Iterator[Case]:
    at = At(version, RETURNED_SUCCESS)
    for name, first, sender in [
        ("CONNECT", 0x10, "client"),
        ("CONNACK", 0x20, "server"),
        ("PUBLISH", 0x30, "client"),
        ("PUBACK", 0x40, "client"),
        ("SUBSCRIBE", 0x82, "client"),
        ("SUBACK", 0x90, "server"),
        ("UNSUBSCRIBE", 0xA2, "client"),
    ]:
        wire = Wire(u8(first), HERE, FIVE_BYTES, u8(0))
        key = f"{name} whose remaining length has five bytes"
        yield at.bad(key, wire, "integer_too_long", "remaining_length", sender=sender)
    section = "2.2.3" if version == 4 else "1.5.5"
    at.where = INTEGERS
    for key, length in [
        ("the fifth byte of a remaining length is not there yet", "80808080"),
        ("a remaining length of bytes that are all 0xFF", "ffffffff"),
    ]:
        wire = Wire(u8(0x30), HERE, bytes.fromhex(length))
        yield at.bad(key, wire, "integer_too_long", "remaining_length")
    for count in range(4):
        key = f"a remaining length of which {count} bytes are there"
        wire = Wire(u8(0x30), b"\xff" * count)
        yield more(key, version, wire, sender="client", section=section, comment=INTEGERS)
    head: list[Nested] = [text("t"), at.none]
    for key, size in [
        ("a remaining length over 65535", 65541),
        ("a remaining length whose low 16 bits are zero", 65536),
        ("a remaining length whose bit 15 is set", 32768),
    ]:
        payload = Repeat(b"\x01", size - 3 - (version == 5))
        form = at.publish_form([{"repeat": ["01", payload.times]}])
        yield at.good(key, packet(0x30, head, payload), form, section=section)
    for where, name, content in [
        (OVER_BUFFER, "PUBLISH", packet(0x30, head, length=vbi(268435455))),
        (OVER_BUFFER, "PUBLISH of 64 KiB", packet(0x30, head, length=vbi(65536))),
        (HUGE_FIRST, "CONNECT", packet(0x10, text("MQTT"), length=vbi(268435455))),
    ]:
        key = f"the beginning of a large {name}"
        yield more(key, version, content, sender="client", section=section, comment=where)
    at.where = BOUNDARIES
    for size in (127, 128, 16383, 16384, 2097151, 2097152):
        payload = Repeat(b"x", size - 3 - (version == 5))
        form = at.publish_form([{"repeat": ["78", payload.times]}])
        wire = packet(0x30, head, payload)
        yield at.good(f"a remaining length of {size}", wire, form, section=section)
    if version == 5:
        at.where = PADDED
        wire = Wire(u8(0x30), HERE, b"\x84\x00", text("t"), block())
        yield at.bad("a padded remaining length", wire, "integer_padded", "remaining_length")
        wire = packet(0x30, text("t"), HERE, b"\x80\x00")
        yield at.bad("a padded property length", wire, "integer_padded", "properties")
        wire = packet(0x82, u16(10), block(u8(0x0B), HERE, b"\x81\x00"), text("a"), u8(0))
        field = "properties.subscription_identifiers[0]"
        yield at.bad("a padded subscription identifier", wire, "integer_padded", field)
    else:
        wire = Wire(u8(0x30), HERE, b"\x83\x00", text("t"))
        yield choice(
            "a padded remaining length",
            4,
            wire,
            at.publish_form(),
            "length_padded",
            "remaining_length",
            sender="client",
            section="2.2.3",
            comment="3.1.1 has no rule against it; mosquitto takes it in 5.0 too",
        )


def _lists(version: int) -> Iterator[Case]:
    """More elements than somebody's array has."""
    at = At(version, MANY)
    section = "3.8.3"
    for count in (2, 9, 11, 17, 33, 129):
        asked = [at.subscription("a", 1)] * count
        form = {"type": "SUBSCRIBE", "packet_id": 10} | at.empty | {"subscriptions": asked}
        wire = at.subscribe(Repeat(bytes.fromhex("0001 61 01"), count))
        yield at.good(f"SUBSCRIBE with {count} filters", wire, form, section=section)
        form = (
            {"type": "UNSUBSCRIBE", "packet_id": 10} | at.empty | {"topic_filters": ["a"] * count}
        )
        wire = packet(0xA2, u16(10), at.none, Repeat(bytes.fromhex("0001 61"), count))
        yield at.good(f"UNSUBSCRIBE with {count} filters", wire, form, section="3.10.3")
        form = {"type": "SUBACK", "packet_id": 10} | at.empty | {"reason_codes": [1] * count}
        wire = packet(0x90, u16(10), at.none, Repeat(b"\x01", count))
        key = f"SUBACK with {count} codes"
        yield at.good(key, wire, form, sender="server", section="3.9.3")


def _property_lengths() -> Iterator[Case]:
    """5.0: property lengths that go past their packet, or that end inside a property."""
    at = At(5, PROPERTIES_PAST_END)
    around: list[tuple[str, str, str, Wire]] = [
        ("CONNECT", "client", "properties", at.connect(2, properties=[vbi(9), HERE, text("c")])),
        ("will", "client", "will.properties", at.connect(6, text("c"), vbi(9), HERE, text("t"))),
        ("CONNACK", "server", "properties", packet(0x20, u16(0), vbi(1), HERE)),
        ("PUBLISH", "client", "properties", packet(0x30, text("t"), vbi(6), HERE, b"\x26\0\0\0\0")),
        ("PUBACK", "client", "properties", packet(0x40, u16(10), u8(0), vbi(127), HERE, b"\x1f")),
        ("PUBREC", "client", "properties", packet(0x50, u16(10), u8(0), vbi(1), HERE)),
        ("PUBREL", "client", "properties", packet(0x62, u16(10), u8(0), vbi(5), HERE)),
        ("PUBCOMP", "client", "properties", packet(0x70, u16(10), u8(0), vbi(5), HERE)),
        (
            "SUBSCRIBE",
            "client",
            "properties",
            packet(0x82, u16(10), vbi(6), HERE, text("a"), b"\0"),
        ),
        ("SUBACK", "server", "properties", packet(0x90, u16(10), vbi(2), HERE, b"\0")),
        ("UNSUBSCRIBE", "client", "properties", packet(0xA2, u16(10), vbi(4), HERE, text("a"))),
        ("UNSUBACK", "server", "properties", packet(0xB0, u16(10), vbi(2), HERE, b"\0")),
        ("DISCONNECT", "client", "properties", packet(0xE0, u8(0), vbi(5), HERE, b"\x11\0\0\0")),
        ("AUTH", "client", "properties", packet(0xF0, u8(0x18), vbi(5), HERE, u8(0x15), text("m"))),
    ]
    for name, sender, field, wire in around:
        key = f"a property length past the end of its packet: {name}"
        yield at.bad(key, wire, "truncated", field, sender=sender)
    at.where = INTEGERS
    for key, length in [
        ("the largest property length in a short packet", vbi(268435455)),
        ("a property length whose low 16 bits fit", vbi(65536)),
        ("a property length whose low 8 bits fit", vbi(256)),
    ]:
        yield at.bad(key, packet(0x30, text("t"), length, HERE), "truncated", "properties")
    for count in (1, 2, 3):
        wire = packet(0x30, text("t"), HERE, b"\x80" * count)
        key = f"a property length of which the packet has {count} bytes"
        yield at.bad(key, wire, "truncated", "properties")
    for key, wire, field in [
        ("PUBLISH", packet(0x30, text("t"), HERE, FIVE_BYTES), "properties"),
        ("will", at.connect(6, text("c"), HERE, FIVE_BYTES), "will.properties"),
    ]:
        yield at.bad(f"a property length of five bytes: {key}", wire, "integer_too_long", field)
    wire = packet(0x82, u16(10), block(u8(0x0B), HERE, FIVE_BYTES), text("a"), u8(0))
    field = "properties.subscription_identifiers[0]"
    yield at.bad("a subscription identifier of five bytes", wire, "integer_too_long", field)
    wire = packet(0x82, u16(10), block(u8(0x0B), HERE, b"\xff"), text("a"), u8(0))
    key = "a subscription identifier cut by the end of its block"
    yield at.bad(key, wire, "property_overrun", field)


def _values_past_end() -> Iterator[Case]:
    """5.0: values that go past their block, with more packet behind it or not."""
    rows: list[tuple[str, list[Nested], str]] = [
        ("a two-byte value", [u8(0x23), HERE, b"\0"], "topic_alias"),
        ("a four-byte value", [u8(0x02), HERE, b"\0\0\0"], "message_expiry_interval"),
        ("an identifier and no value", [u8(0x01), HERE], "payload_format_indicator"),
        ("half a length", [u8(0x03), HERE, b"\0"], "content_type"),
        ("a text", [u8(0x03), u16(4), HERE, b"abc"], "content_type"),
        ("a text of 65535 bytes", [u8(0x08), u16(65535), HERE], "response_topic"),
        ("binary data", [u8(0x09), u16(2), HERE, b"\1"], "correlation_data"),
        ("a name", [u8(0x26), u16(2), HERE, b"k"], "user_properties[0].name"),
        ("a name and no value", [u8(0x26), text("k"), HERE], "user_properties[0].value"),
        ("a value", [u8(0x26), text("k"), u16(9), HERE, b"v"], "user_properties[0].value"),
    ]
    for key, parts, field in rows:
        for where, payload, place in [
            (UNDERFLOW, b"a payload", "with a payload behind it"),
            (PROPERTIES_PAST_END, b"", "at the end of its packet"),
        ]:
            wire = packet(0x30, text("t"), block(parts), payload)
            name = f"{key} past the end of its block, {place}"
            yield At(5, where).bad(name, wire, "property_overrun", f"properties.{field}")
    at = At(5, PROPERTIES_PAST_END)
    for key, wire, field, sender in [
        (
            "CONNECT",
            at.connect(2, text("c"), properties=block(u8(0x27), HERE, b"\0\0\1")),
            "properties.maximum_packet_size",
            "client",
        ),
        (
            "will",
            at.connect(6, will(u8(0x18), HERE, b"\0")),
            "will.properties.will_delay_interval",
            "client",
        ),
        (
            "SUBACK",
            packet(0x90, u16(10), block(u8(0x1F), u16(5), HERE, b"why"), u8(0)),
            "properties.reason_string",
            "server",
        ),
        (
            "DISCONNECT",
            packet(0xE0, u8(0), block(u8(0x11), HERE, b"\0\0\0")),
            "properties.session_expiry_interval",
            "client",
        ),
    ]:
        name = f"a value past the end of its block: {key}"
        yield at.bad(name, wire, "property_overrun", field, sender=sender)


def _property_blocks() -> Iterator[Case]:
    """5.0: blocks whose length takes more than a byte, and many properties."""
    at = At(5, LEAK)
    for size in (127, 128, 129, 300):
        # The user property has 7 bytes; what is before it fills the block.
        fill: list[Nested] = [u8(0x09), data(Repeat(b"\x01", size - 10))]
        wire = packet(0x30, text("t"), block(fill, pair("k", "v")), b"a payload")
        properties = {"correlation_data": "01" * (size - 10), "user_properties": [["k", "v"]]}
        form = at.publish_form(b"a payload".hex(), properties=properties)
        key = f"a property block of {size} bytes, and a payload"
        yield at.good(key, wire, form, section="2.2.2.1")
        value = "v" * (size - 6)
        wire = at.connect(2, text("c"), properties=block(pair("k", value)))
        form = at.connect_form(properties={"user_properties": [["k", value]]})
        key = f"a property block of {size} bytes in CONNECT"
        yield at.good(key, wire, form, section="2.2.2.1")
    at.where = QUADRATIC
    count = 1000
    wire = packet(0x30, text("t"), block(Repeat(bytes.fromhex("26 0000 0000"), count)))
    form = at.publish_form(properties={"user_properties": [["", ""]] * count})
    yield at.good("a thousand user properties", wire, form, section="3.3.2.3.7")


def _short(version: int) -> Iterator[Case]:
    """What may be left out, and is not there then."""
    at = At(version, SHORT_ACKS)
    for name, first in [("PUBACK", 0x40), ("PUBREC", 0x50), ("PUBREL", 0x62), ("PUBCOMP", 0x70)]:
        section = f"3.{first >> 4}.2.1" if version == 5 else f"3.{first >> 4}.2"
        form: dict[str, object] = {"type": name, "packet_id": 10}
        if version == 5:
            form |= {"reason_code": 0, "properties": {}}
        yield at.good(f"{name} of two bytes", packet(first, u16(10)), form, section=section)
        if version == 5:
            code = 0x92 if first >= 0x60 else 0x80
            section = f"3.{first >> 4}.2.2.1"
            wire = packet(first, u16(10), u8(code))
            form = form | {"reason_code": code}
            yield at.good(f"{name} of three bytes", wire, form, section=section)
    if version == 5:
        form = {"type": "DISCONNECT", "reason_code": 0, "properties": {}}
        yield at.good("DISCONNECT of no bytes", packet(0xE0), form, section="3.14.2.1")
        form = form | {"reason_code": 4}
        wire = packet(0xE0, u8(4))
        yield at.good("DISCONNECT of one byte", wire, form, section="3.14.2.2.1")


def _zero(version: int) -> Iterator[Case]:
    """Nothing where something may be, and the longest where it may be."""
    at = At(version, CUT_TEXT)
    none = at.none
    wire = at.connect(0xC6, text("c"), none, text("t"), data(), text(), data())
    will_ = {"topic": "t", "payload": "", "qos": 0, "retain": False} | at.empty
    form = at.connect_form(will=will_, username="", password="")
    section = "3.1.3"
    yield at.good("CONNECT with texts and data of no length", wire, form, section=section)
    wire = packet(0x30, u16(2), HERE, b"\xe2\x82", none)
    yield at.bad("a topic that ends inside a character", wire, "topic_utf8", "topic")
    wire = packet(0x30, u16(65535), HERE, Repeat(b"a", 65532), b"\xf0\x9f\x98", none)
    key = "a topic of 65535 bytes that ends inside a character"
    yield at.bad(key, wire, "topic_utf8", "topic")
    if version == 5:
        wire = packet(0x30, text("t"), block(u8(0x03), text(), u8(0x09), data(), pair("", "")))
        properties = {"content_type": "", "correlation_data": "", "user_properties": [["", ""]]}
        form = at.publish_form(properties=properties)
        yield at.good("properties of no length", wire, form, section="3.3.2.3")
    at.where = EMPTY_TOPIC
    wire = packet(0x30, u16(0), HERE, none, b"x")
    yield at.bad("PUBLISH with a topic of no length", wire, "topic_empty", "topic")
    at.where = EMPTY_TEXTS
    wire = at.subscribe(u16(0), HERE, u8(0))
    field = "subscriptions[0].topic_filter"
    yield at.bad("SUBSCRIBE with a filter of no length", wire, "filter_empty", field)
    wire = packet(0xA2, u16(10), none, u16(0), HERE)
    yield at.bad("UNSUBSCRIBE with a filter of no length", wire, "filter_empty", "topic_filters[0]")
    ids = ("MQTT-3.1.3-7",) if version == 4 else ("MQTT-3.1.3-6",)
    wire, form = at.connect(2, text()), at.connect_form(client_id="")
    yield at.good("CONNECT with a client identifier of no length", wire, form, ids=ids)
    wire = at.connect(0, u16(0), HERE)
    key = "CONNECT with a client identifier of no length, and a session to keep"
    if version == 4:
        yield at.bad(key, wire, "client_id_empty", "client_id")
    else:
        form = at.connect_form(client_id="", clean_start=False)
        yield at.good(key, wire, form, ids=ids)


def build(version: int) -> Iterator[Case]:
    yield from _topics(version)
    yield from _remaining_length(version)
    yield from _lists(version)
    if version == 5:
        yield from _property_lengths()
        yield from _values_past_end()
        yield from _property_blocks()
    yield from _short(version)
    yield from _zero(version)
