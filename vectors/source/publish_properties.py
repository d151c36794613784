# SPDX-License-Identifier: MIT
"""PUBLISH: what its properties mean for the packet (5.0 3.3.2.3, 3.3.4)."""

from __future__ import annotations

from collections.abc import Iterator

from .builders import SENDERS, publish, publish_form
from .cases import Case, accept, choice, reject
from .wire import HERE, Nested, block, data, packet, text, u8, u16, u32, vbi


def aliases(sender: str) -> Iterator[Case]:
    """Topic aliases: 3.3.2.3.4."""
    for number in (1, 65535):
        for key, topic in [("with a topic", "a"), ("for a topic", "")]:
            yield accept(
                f"{sender} topic alias {number} {key}",
                5,
                packet(0x30, text(topic), block(b"\x23", u16(number)), b"x"),
                publish_form(5, topic=topic, payload="78", properties={"topic_alias": number}),
                sender=sender,
                ids=["MQTT-3.3.2-8", *([] if topic else ["MQTT-4.7.3-1"])],
                section="3.3.2.1",
            )
    for key, topic in [("with a topic", "a"), ("for a topic", "")]:
        yield reject(
            f"{sender} topic alias 0 {key}",
            5,
            packet(0x30, text(topic), block(b"\x23", HERE, u16(0))),
            "topic_alias_zero",
            "properties.topic_alias",
            sender=sender,
            ids=["MQTT-3.3.2-8"],
            section="3.3.4",
        )
    yield reject(
        f"{sender} empty topic with another property",
        5,
        packet(0x30, u16(0), HERE, block(b"\x01", u8(0))),
        "topic_empty",
        "topic",
        sender=sender,
        ids=["MQTT-4.7.3-1"],
        section="3.3.2.1",
    )


def subscriptions() -> Iterator[Case]:
    """Subscription identifiers: 3.3.2.3.8."""
    for number in (1, 127, 128, 268435455):
        yield accept(
            f"subscription identifier {number}",
            5,
            publish(5, 0x30, block=[b"\x0b", vbi(number)]),
            publish_form(5, properties={"subscription_identifiers": [number]}),
            sender="server",
            ids=["MQTT-3.3.4-6"],
            section="3.3.2.3.8",
        )
    yield accept(
        "several subscription identifiers",
        5,
        publish(5, 0x32, b"x", block=[b"\x0b", vbi(2), b"\x0b", vbi(1), b"\x0b", vbi(2)]),
        publish_form(
            5,
            qos=1,
            packet_id=10,
            payload="78",
            properties={"subscription_identifiers": [2, 1, 2]},
        ),
        sender="server",
        section="3.3.2.3.8",
    )
    yield reject(
        "subscription identifier 0",
        5,
        publish(5, 0x30, block=[b"\x0b", HERE, vbi(0)]),
        "subscription_identifier_zero",
        "properties.subscription_identifiers[0]",
        sender="server",
        section="3.3.2.3.8",
    )
    yield reject(
        "second subscription identifier 0",
        5,
        publish(5, 0x30, block=[b"\x0b", vbi(1), b"\x0b", HERE, vbi(0)]),
        "subscription_identifier_zero",
        "properties.subscription_identifiers[1]",
        sender="server",
        section="3.3.2.3.8",
    )
    yield reject(
        "subscription identifier from a client",
        5,
        publish(5, 0x30, block=[HERE, b"\x0b", vbi(1)]),
        "subscription_identifier_from_client",
        "properties.subscription_identifiers[0]",
        sender="client",
        ids=["MQTT-3.3.4-6"],
    )


def texts(sender: str) -> Iterator[Case]:
    """Response topic and content type: 3.3.2.3.5, 3.3.2.3.9."""
    yield accept(
        f"{sender} response topic and content type",
        5,
        publish(5, 0x30, block=[b"\x03", text("a/+"), b"\x08", text("b/c")]),
        publish_form(5, properties={"content_type": "a/+", "response_topic": "b/c"}),
        sender=sender,
        ids=["MQTT-3.3.2-13", "MQTT-3.3.2-14", "MQTT-3.3.2-19"],
        comment="a content type is no topic name",
    )
    for key, raw in [("+", b"+"), ("#", b"a/#"), ("+ within a level", b"a+"), ("two", b"+/#")]:
        yield reject(
            f"{sender} response topic with {key}",
            5,
            publish(5, 0x30, block=[b"\x08", u16(len(raw)), HERE, raw]),
            "response_topic_wildcard",
            "properties.response_topic",
            sender=sender,
            ids=["MQTT-3.3.2-14"],
        )
    for number, rule, name, statement in [
        (0x08, "response_topic_utf8", "response_topic", "MQTT-3.3.2-13"),
        (0x03, "content_type_utf8", "content_type", "MQTT-3.3.2-19"),
    ]:
        yield reject(
            f"{sender} {name.replace('_', ' ')} not utf-8",
            5,
            publish(5, 0x30, block=[u8(number), u16(2), HERE, b"\xc0\x80"]),
            rule,
            f"properties.{name}",
            sender=sender,
            ids=[statement],
        )
    yield accept(
        f"{sender} empty content type and correlation data",
        5,
        publish(5, 0x30, block=[b"\x03", text(""), b"\x09", data()]),
        publish_form(5, properties={"content_type": "", "correlation_data": ""}),
        sender=sender,
        section="3.3.2.3.9",
    )
    yield choice(
        f"{sender} empty response topic",
        5,
        publish(5, 0x30, block=[b"\x08", u16(0), HERE]),
        publish_form(5, properties={"response_topic": ""}),
        "response_topic_empty",
        "properties.response_topic",
        sender=sender,
        ids=["MQTT-4.7.3-1"],
        section="3.3.2.3.5",
        comment="a topic name has a character, but nothing is said of an empty response topic",
        canonical=True,
    )


def payload_format(sender: str) -> Iterator[Case]:
    """Payload Format Indicator: 3.3.2.3.2."""
    for value, payload in [(0, "ff"), (1, ""), (1, "41f0aa9b94")]:
        yield accept(
            f"{sender} payload format indicator {value} payload {payload or 'none'}",
            5,
            publish(5, 0x30, bytes.fromhex(payload), block=[b"\x01", u8(value)]),
            publish_form(5, payload=payload, properties={"payload_format_indicator": value}),
            sender=sender,
            section="3.3.2.3.2",
        )
    for value in (2, 255):
        yield choice(
            f"{sender} payload format indicator {value}",
            5,
            publish(5, 0x30, block=[b"\x01", HERE, u8(value)]),
            publish_form(5, properties={"payload_format_indicator": value}),
            "payload_format_indicator_value",
            "properties.payload_format_indicator",
            sender=sender,
            section="3.3.2.3.2",
            comment="0 and 1 have a meaning; nothing is said of other values",
            canonical=True,
        )
    for key, raw in [("not the text that it is said to be", b"\xff"), ("a cut text", b"a\xc3")]:
        yield choice(
            f"{sender} payload {key}",
            5,
            publish(5, 0x30, HERE, raw, block=[b"\x01", u8(1)]),
            publish_form(5, payload=raw.hex(), properties={"payload_format_indicator": 1}),
            "payload_not_text",
            "payload",
            sender=sender,
            section="3.3.2.3.2",
            comment="a receiver may check it",
            canonical=True,
        )


def rich() -> Case:
    """All eight properties of PUBLISH, in the order of identifiers."""
    properties: list[Nested] = [
        [b"\x01", u8(1)],
        [b"\x02", u32(0xFFFFFFFF)],
        [b"\x03", text("text/plain")],
        [b"\x08", text("answers")],
        [b"\x09", data(b"\0\xff")],
        [b"\x0b", vbi(16384)],
        [b"\x23", u16(7)],
        [b"\x26", text("a"), text("1")],
        [b"\x26", text("a"), text("1")],
    ]
    fields = {
        "payload_format_indicator": 1,
        "message_expiry_interval": 0xFFFFFFFF,
        "content_type": "text/plain",
        "response_topic": "answers",
        "correlation_data": "00ff",
        "subscription_identifiers": [16384],
        "topic_alias": 7,
        "user_properties": [["a", "1"], ["a", "1"]],
    }
    return accept(
        "every property",
        5,
        publish(5, 0x3D, b"hello", block=properties),
        publish_form(
            5,
            dup=True,
            qos=2,
            retain=True,
            packet_id=10,
            payload=b"hello".hex(),
            properties=fields,
        ),
        sender="server",
        section="3.3.2.3",
    )


def build() -> Iterator[Case]:
    for sender in SENDERS:
        yield from aliases(sender)
        yield from texts(sender)
        yield from payload_format(sender)
    yield from subscriptions()
    yield rich()
