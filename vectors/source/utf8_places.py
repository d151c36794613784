# SPDX-License-Identifier: MIT
"""Every field that is text (3.1.1 1.5.3, 5.0 1.5.4), as a packet around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .facts import RULES
from .wire import HERE, Nested, Wire, block, data, packet, text, u8, u16

Form = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """A field of a packet; `wire` and `form` put any text there."""

    name: str  # in keys
    path: str  # in errors
    sender: str
    ids: tuple[str, ...]  # what says that this field is UTF-8
    bad: str  # the rule that ill-formed text breaks
    nul: str  # the rule that U+0000 breaks
    wire: Callable[[bytes], Wire]
    form: Callable[[str], Form]


def marked(content: bytes) -> list[Nested]:
    """Text whose fault is told at its first byte."""
    return [u16(len(content)), HERE, content]


def ids_of(rule: str, version: int) -> tuple[str, ...]:
    return RULES[rule].ids_4 if version == 4 else RULES[rule].ids_5


def no_properties(version: int) -> list[Nested]:
    """A block of no properties, where there are properties."""
    return [] if version == 4 else block()


def _empty(version: int) -> Form:
    return {} if version == 4 else {"properties": {}}


def _connect(version: int, flags: int, *rest: Nested) -> Wire:
    """CONNECT, up to and with its properties, and what follows them."""
    return packet(
        0x10, text("MQTT"), u8(version), u8(flags), u16(60), no_properties(version), *rest
    )


def _connect_form(version: int, **others: Any) -> Form:
    form = {"type": "CONNECT", "clean_start": True, "keep_alive": 60, "client_id": "c"}
    return form | _empty(version) | others


def _will_form(version: int, topic: str) -> Form:
    will = {"topic": topic, "payload": "", "qos": 0, "retain": False} | _empty(version)
    return _connect_form(version, will=will)


def _subscription(version: int, topic_filter: str) -> Form:
    form: Form = {"topic_filter": topic_filter, "qos": 1}
    if version == 5:
        form |= {"no_local": False, "retain_as_published": False, "retain_handling": 0}
    return form


def publish_form(version: int, topic: str) -> Form:
    form: Form = {"type": "PUBLISH", "dup": False, "qos": 0, "retain": False, "topic": topic}
    return form | _empty(version) | {"payload": ""}


def topic_place(version: int) -> Place:
    """The topic of a PUBLISH: here the table stands in full."""
    return Place(
        "topic",
        "topic",
        "client",
        ids_of("topic_utf8", version),
        "topic_utf8",
        "topic_nul",
        lambda t: packet(0x30, marked(t), no_properties(version)),
        lambda t: publish_form(version, t),
    )


def header_places(version: int) -> Iterator[Place]:
    """The texts that both versions have, without the topic."""
    none, empty = no_properties(version), _empty(version)

    def place(
        name: str,
        path: str,
        bad: str,
        nul: str,
        wire: Callable[[bytes], Wire],
        form: Callable[[str], Form],
    ) -> Place:
        return Place(name, path, "client", ids_of(bad, version), bad, nul, wire, form)

    yield place(
        "client id",
        "client_id",
        "client_id_utf8",
        "text_nul",
        lambda t: _connect(version, 0x02, marked(t)),
        lambda t: _connect_form(version, client_id=t),
    )
    yield place(
        "will topic",
        "will.topic",
        "will_topic_utf8",
        "topic_nul",
        lambda t: _connect(version, 0x06, text("c"), none, marked(t), data()),
        lambda t: _will_form(version, t),
    )
    yield place(
        "username",
        "username",
        "username_utf8",
        "text_nul",
        lambda t: _connect(version, 0x82, text("c"), marked(t)),
        lambda t: _connect_form(version, username=t),
    )
    yield place(
        "filter of SUBSCRIBE",
        "subscriptions[0].topic_filter",
        "subscribe_filter_utf8",
        "topic_nul",
        lambda t: packet(0x82, u16(10), none, marked(t), u8(1)),
        lambda t: (
            {"type": "SUBSCRIBE", "packet_id": 10}
            | empty
            | {"subscriptions": [_subscription(version, t)]}
        ),
    )
    yield place(
        "filter of UNSUBSCRIBE",
        "topic_filters[0]",
        "unsubscribe_filter_utf8",
        "topic_nul",
        lambda t: packet(0xA2, u16(10), none, marked(t)),
        lambda t: {"type": "UNSUBSCRIBE", "packet_id": 10} | empty | {"topic_filters": [t]},
    )


# ---- Properties of 5.0 ------------------------------------------------------------------------

# name in keys, sender, the bytes around a property block, the packet around its properties
Around = tuple[str, str, Callable[[list[Nested]], Wire], Callable[[Form], Form]]


def _ack(name: str, first: int) -> Around:
    """PUBACK and its kin, with the one code that all of them have and that is not left out."""
    return (
        name,
        "client",
        lambda properties: packet(first, u16(10), u8(0), properties),
        lambda form: {"type": name, "packet_id": 10, "reason_code": 0, "properties": form},
    )


AROUND: list[Around] = [
    (
        "CONNECT",
        "client",
        lambda p: packet(0x10, text("MQTT"), u8(5), u8(2), u16(60), p, text("c")),
        lambda form: _connect_form(5, properties=form),
    ),
    (
        "will",
        "client",
        lambda p: _connect(5, 0x06, text("c"), p, text("t"), data()),
        lambda form: _connect_form(
            5,
            will={"topic": "t", "payload": "", "qos": 0, "retain": False, "properties": form},
        ),
    ),
    (
        "CONNACK",
        "server",
        lambda p: packet(0x20, u8(0), u8(0), p),
        lambda form: {
            "type": "CONNACK",
            "session_present": False,
            "reason_code": 0,
            "properties": form,
        },
    ),
    (
        "PUBLISH",
        "client",
        lambda p: packet(0x30, text("t"), p),
        lambda form: publish_form(5, "t") | {"properties": form},
    ),
    _ack("PUBACK", 0x40),
    _ack("PUBREC", 0x50),
    _ack("PUBREL", 0x62),
    _ack("PUBCOMP", 0x70),
    (
        "SUBSCRIBE",
        "client",
        lambda p: packet(0x82, u16(10), p, text("a"), u8(1)),
        lambda form: {
            "type": "SUBSCRIBE",
            "packet_id": 10,
            "properties": form,
            "subscriptions": [_subscription(5, "a")],
        },
    ),
    (
        "SUBACK",
        "server",
        lambda p: packet(0x90, u16(10), p, u8(1)),
        lambda form: {"type": "SUBACK", "packet_id": 10, "properties": form, "reason_codes": [1]},
    ),
    (
        "UNSUBSCRIBE",
        "client",
        lambda p: packet(0xA2, u16(10), p, text("a")),
        lambda form: {
            "type": "UNSUBSCRIBE",
            "packet_id": 10,
            "properties": form,
            "topic_filters": ["a"],
        },
    ),
    (
        "UNSUBACK",
        "server",
        lambda p: packet(0xB0, u16(10), p, u8(0)),
        lambda form: {"type": "UNSUBACK", "packet_id": 10, "properties": form, "reason_codes": [0]},
    ),
    (
        "DISCONNECT",
        "server",
        lambda p: packet(0xE0, u8(0), p),
        lambda form: {"type": "DISCONNECT", "reason_code": 0, "properties": form},
    ),
    (
        "AUTH",
        "client",
        lambda p: packet(0xF0, u8(0x18), p),
        lambda form: {"type": "AUTH", "reason_code": 0x18, "properties": form},
    ),
]

UTF8_5 = "MQTT-1.5.4-1"
DIAGNOSED = ["CONNACK", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP"]
DIAGNOSED += ["SUBACK", "UNSUBACK", "DISCONNECT", "AUTH"]

# identifier, name, places, rule of ill-formed text, rule of U+0000, statements (2.2.2.2 and part 3)
TEXTS: list[tuple[int, str, list[str], str, str, tuple[str, ...]]] = [
    (
        0x03,
        "content_type",
        ["PUBLISH"],
        "content_type_utf8",
        "text_nul",
        ("MQTT-3.3.2-19", UTF8_5),
    ),
    (0x03, "content_type", ["will"], "content_type_utf8", "text_nul", (UTF8_5,)),
    (
        0x08,
        "response_topic",
        ["PUBLISH"],
        "response_topic_utf8",
        "topic_nul",
        ("MQTT-3.3.2-13", UTF8_5),
    ),
    (0x08, "response_topic", ["will"], "response_topic_utf8", "topic_nul", (UTF8_5,)),
    (0x12, "assigned_client_identifier", ["CONNACK"], "text_utf8", "text_nul", (UTF8_5,)),
    (
        0x15,
        "authentication_method",
        ["CONNECT", "CONNACK", "AUTH"],
        "text_utf8",
        "text_nul",
        (UTF8_5,),
    ),
    (0x1A, "response_information", ["CONNACK"], "text_utf8", "text_nul", (UTF8_5,)),
    (0x1C, "server_reference", ["CONNACK", "DISCONNECT"], "text_utf8", "text_nul", (UTF8_5,)),
    (0x1F, "reason_string", DIAGNOSED, "text_utf8", "text_nul", (UTF8_5,)),
]


def with_method(where: str, name: str, form: Form) -> Form:
    """The properties; AUTH cannot do without an authentication method (3.15.2.2.2)."""
    if where == "AUTH" and name != "authentication_method":
        return {"authentication_method": "m"} | form
    return form


def properties_of(where: str, name: str, *parts: Nested) -> list[Nested]:
    """The same as bytes."""
    if where == "AUTH" and name != "authentication_method":
        return block(u8(0x15), text("m"), *parts)
    return block(*parts)


def _property_place(
    around: Around, identifier: int, name: str, bad: str, nul: str, ids: tuple[str, ...]
) -> Place:
    where, sender, wire, form = around
    return Place(
        f"{name.replace('_', ' ')} of {where}",
        f"will.properties.{name}" if where == "will" else f"properties.{name}",
        sender,
        ids,
        bad,
        nul,
        lambda t: wire(properties_of(where, name, u8(identifier), marked(t))),
        lambda t: form(with_method(where, name, {name: t})),
    )


def property_places() -> Iterator[Place]:
    """The texts among the properties, in each packet that has them; not user properties."""
    for identifier, name, packets, bad, nul, ids in TEXTS:
        for around in AROUND:
            if around[0] in packets:
                yield _property_place(around, identifier, name, bad, nul, ids)


def _user_property_place(around: Around, is_name: bool) -> Place:
    where, sender, wire, form = around
    part = "name" if is_name else "value"
    path = f"properties.user_properties[1].{part}"

    def pair(t: bytes) -> list[Nested]:
        return [marked(t), text("v")] if is_name else [text("k"), marked(t)]

    def pairs(t: str) -> Form:
        return {"user_properties": [["", ""], [t, "v"] if is_name else ["k", t]]}

    return Place(
        f"user property {part} of {where}",
        f"will.{path}" if where == "will" else path,
        sender,
        ("MQTT-1.5.7-1", UTF8_5),
        "user_property_utf8",
        "user_property_nul",
        lambda t: wire(properties_of(where, "", u8(0x26), text(), text(), u8(0x26), pair(t))),
        lambda t: form(with_method(where, "", pairs(t))),
    )


def user_property_places() -> Iterator[Place]:
    """Name and value of a user property, in each packet; it is not the first (5.0 1.5.7)."""
    for around in AROUND:
        yield _user_property_place(around, True)
        yield _user_property_place(around, False)
