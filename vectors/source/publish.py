# SPDX-License-Identifier: MIT
"""PUBLISH: section 3.3."""

from __future__ import annotations

from collections.abc import Iterator

from . import publish_properties, publish_unwritable
from .builders import SENDERS, marked, properties, publish, publish_form, where
from .cases import Case, accept, reject
from .wire import HERE, Nested, Repeat, packet, recipe, text, u8, u16

# Topic names with wildcards: 4.7.1
WILDCARDS = [
    ("+", b"+"),
    ("#", b"#"),
    ("+ as a level", b"a/+/b"),
    ("# at the end", b"a/#"),
    ("+ within a level", b"a+b"),
    ("# within a level", b"a#b"),
]

# Topic names as they may be: 4.7
TOPICS = [
    ("slash", "/"),
    ("two slashes", "//"),
    ("slash at both ends", "/a/"),
    ("blanks", "a b/ c"),
    ("dollar", "$SYS/x"),
    ("share", "$share/g/t"),
    ("four bytes a character", "A\U0002a6d4"),
    ("byte order mark", "\ufeffa"),
    ("other quotes", "\"'\\"),
]


def flags(version: int, sender: str) -> Iterator[Case]:
    """All first bytes: DUP, QoS, RETAIN (3.3.1)."""
    for low in range(16):
        first, qos, dup, retain = 0x30 | low, low >> 1 & 3, bool(low & 8), bool(low & 1)
        key = f"{sender} dup {int(dup)} qos {qos} retain {int(retain)}"
        if qos == 3 or (dup and not qos):
            rule, name, at = (
                ("qos_3", "qos", where(version, "MQTT-3.3.1-4"))
                if qos == 3
                else ("dup_qos_0", "dup", where(version, "MQTT-3.3.1-2 MQTT-4.3.1-1"))
            )
            number: list[Nested] = [u16(10)] if qos else []
            body: list[Nested] = [text("a"), *number, properties(version), b"x"]
            wire = marked(first, *body)
            yield reject(key, version, wire, rule, name, sender=sender, **at)
            continue
        fields = publish_form(version, dup=dup, qos=qos, retain=retain, payload="78")
        if qos:
            fields["packet_id"] = 10
            at = where(version, "MQTT-3.3.1-4")
        else:
            at = where(
                version,
                "MQTT-3.3.1-2 MQTT-4.3.1-1 MQTT-2.3.1-5",
                "MQTT-3.3.1-2 MQTT-4.3.1-1 MQTT-2.2.1-2",
            )
        wire = publish(version, first, b"x")
        yield accept(key, version, wire, fields, sender=sender, **at)


def identifiers(version: int, sender: str) -> Iterator[Case]:
    """Packet identifiers at QoS 1 and 2 (2.3.1, 5.0 2.2.1)."""
    five = "MQTT-2.2.1-3" if sender == "client" else "MQTT-2.2.1-4"
    at = where(version, "MQTT-2.3.1-1", five)
    for qos in (1, 2):
        first = 0x30 | qos << 1
        for number in (1, 255, 256, 65535):
            yield accept(
                f"{sender} qos {qos} packet id {number}",
                version,
                packet(first, text("a"), u16(number), properties(version)),
                publish_form(version, qos=qos, packet_id=number),
                sender=sender,
                **at,
            )
        yield reject(
            f"{sender} qos {qos} packet id 0",
            version,
            packet(first, text("a"), HERE, u16(0), properties(version)),
            "packet_id_zero",
            "packet_id",
            sender=sender,
            **at,
        )


def topics(version: int) -> Iterator[Case]:
    """Topic names (3.3.2.1)."""
    for key, topic in TOPICS:
        yield accept(
            f"topic {key}",
            version,
            packet(0x30, text(topic), properties(version)),
            publish_form(version, topic=topic),
            sender="client",
            **where(
                version,
                "MQTT-3.3.2-1 MQTT-4.7.1-1 MQTT-1.5.3-3 4.7",
                "MQTT-3.3.2-1 MQTT-4.7.0-1 MQTT-1.5.4-3 4.7",
            )
            if "byte order" in key
            else where(version, "MQTT-3.3.2-1 MQTT-3.3.2-2 MQTT-4.7.3-1 MQTT-4.7.3-2"),
        )
    yield accept(
        "topic of 65535 bytes",
        version,
        packet(0x30, u16(65535), Repeat(b"t", 65535), properties(version)),
        publish_form(version, topic=recipe("t", 65535)),
        sender="client",
        comment="the longest there is",
        **where(version, "MQTT-4.7.3-3"),
    )
    for sender in SENDERS:
        for key, raw in WILDCARDS:
            yield reject(
                f"{sender} topic with {key}",
                version,
                packet(0x30, u16(len(raw)), HERE, raw, properties(version)),
                "topic_wildcard",
                "topic",
                sender=sender,
                codes=(0x81, 0x90) if version == 5 else None,
                comment="5.0 says no code; 0x90 is common" if version == 5 else "",
                **where(version, "MQTT-3.3.2-2 MQTT-4.7.1-1", "MQTT-3.3.2-2 MQTT-4.7.0-1"),
            )
        yield reject(
            f"{sender} empty topic",
            version,
            packet(0x30, u16(0), HERE, properties(version), b"x"),
            "topic_empty",
            "topic",
            sender=sender,
            **where(version, "MQTT-4.7.3-1", "MQTT-4.7.3-1 3.3.2.1"),
        )
    yield reject(
        "empty topic and nothing else",
        version,
        packet(0x30, u16(0), HERE, properties(version)),
        "topic_empty",
        "topic",
        sender="client",
        **where(version, "MQTT-4.7.3-1", "MQTT-4.7.3-1 3.3.2.1"),
    )
    for key, raw, rule, at in [
        ("topic not utf-8", b"a\xff", "topic_utf8", where(version, "MQTT-3.3.2-1")),
        ("topic with a surrogate", b"\xed\xa0\x80", "topic_utf8", where(version, "MQTT-3.3.2-1")),
        ("topic with U+0000", b"a\0b", "topic_nul", where(version, "MQTT-4.7.3-2")),
    ]:
        wire = packet(0x30, u16(len(raw)), HERE, raw, properties(version))
        yield reject(key, version, wire, rule, "topic", sender="client", **at)


def payloads(version: int) -> Iterator[Case]:
    """Payloads: any bytes, also none (3.3.3)."""
    for key, first, payload in [
        ("no payload", 0x30, b""),
        ("no payload, retained", 0x31, b""),
        ("no payload at qos 1", 0x32, b""),
        ("no payload at qos 2", 0x34, b""),
        ("payload of one zero", 0x30, b"\0"),
        ("payload not utf-8", 0x30, b"\xff\xfe\x00\xed\xa0\x80"),
        ("payload like a packet identifier", 0x30, b"\x00\x0a"),
        ("payload like a packet", 0x32, b"\x32\x07\x00\x01a\x00\x0a"),
    ]:
        qos = first >> 1 & 3
        fields = publish_form(version, qos=qos, retain=bool(first & 1), payload=payload.hex())
        if qos:
            fields["packet_id"] = 10
        wire = publish(version, first, payload)
        if "identifier" in key:
            yield accept(
                key,
                version,
                wire,
                fields,
                sender="client",
                comment="QoS 0 has no packet identifier: these bytes are payload",
                **where(version, "MQTT-2.3.1-5", "MQTT-2.2.1-2"),
            )
        else:
            yield accept(key, version, wire, fields, sender="server", section="3.3.3")


def short(version: int) -> Iterator[Case]:
    """The Remaining Length ends within the variable header."""
    rows: list[tuple[str, int, list[Nested], str]] = [
        ("with nothing", 0x30, [HERE], "topic"),
        ("with half the length of the topic", 0x30, [HERE, u8(0)], "topic"),
        ("with half the topic", 0x30, [u16(2), HERE, b"a"], "topic"),
        ("with the length of the topic alone", 0x30, [u16(1), HERE], "topic"),
        ("without packet identifier", 0x32, [text("a"), HERE], "packet_id"),
        ("with half the packet identifier", 0x34, [text("a"), HERE, u8(0)], "packet_id"),
    ]
    for key, first, parts, name in rows:
        wire = packet(first, *parts)
        at = where(version, "2.2.3", "2.1.4")
        yield reject(key, version, wire, "truncated", name, sender="client", **at)
    if version == 5:
        ends: list[tuple[str, int, list[Nested]]] = [
            ("qos 0 without property length", 0x30, [text("a"), HERE]),
            ("qos 1 without property length", 0x32, [text("a"), u16(10), HERE]),
        ]
        for key, first, parts in ends:
            yield reject(
                key,
                5,
                packet(first, *parts),
                "property_length_missing",
                "properties",
                sender="client",
                ids=["MQTT-2.2.2-1"],
            )


def build(version: int) -> Iterator[Case]:
    for sender in SENDERS:
        yield from flags(version, sender)
        yield from identifiers(version, sender)
    yield from topics(version)
    yield from payloads(version)
    yield from short(version)
    if version == 5:
        yield from publish_properties.build()
    yield from publish_unwritable.build(version)
