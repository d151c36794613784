# SPDX-License-Identifier: MIT
"""What the families of packet types share: statements by version, packets by their fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict

from .wire import HERE, Nested, Wire, block, packet, size, text, u8, u16, vbi

SENDERS = ("client", "server")
Form = dict[str, Any]


class Where(TypedDict):
    """Where the specification says something: to be unpacked into the arguments of a case."""

    ids: Sequence[str]
    section: str | None


def where(version: int, four: str, five: str | None = None) -> Where:
    """Statement ids and at most one section, with blanks between.  `five`: where 5.0 differs."""
    words = (four if version == 4 or five is None else five).split()
    sections = [word for word in words if not word.startswith("MQTT-")]
    assert len(sections) < 2, words
    return {
        "ids": tuple(word for word in words if word.startswith("MQTT-")),
        "section": sections[0] if sections else None,
    }


def marked(first: int, *parts: Nested) -> Wire:
    """A packet at whose first byte a fault is told."""
    return Wire(HERE, u8(first), vbi(size(parts)), *parts)


def properties(version: int, *parts: Nested) -> list[Nested]:
    """A block of properties, which 3.1.1 has not (5.0 2.2.2)."""
    return block(*parts) if version == 5 else []


def form(version: int, name: str, **fields: Any) -> Form:
    """A packet in JSON.  In 5.0 it has properties, in 3.1.1 none unless they are told."""
    extra: Form = {"properties": {}} if version == 5 else {}
    return {"type": name, **extra, **fields}


def connect(
    version: int,
    flags: Nested,
    *payload: Nested,
    before: Sequence[Nested] = (),
    keep_alive: int = 60,
    block: Sequence[Nested] = (),
) -> Wire:
    """CONNECT (3.1); `before`: protocol name and level, unless they are the usual ones."""
    head = list(before) or [text("MQTT"), u8(version)]
    return packet(0x10, *head, flags, u16(keep_alive), properties(version, *block), *payload)


def connect_form(version: int, **fields: Any) -> Form:
    usual = {"clean_start": True, "keep_alive": 60, "client_id": "c"}
    return form(version, "CONNECT", **{**usual, **fields})


def will_form(version: int, **fields: Any) -> Form:
    usual: Form = {"topic": "w", "payload": "78", "qos": 0, "retain": False}
    if version == 5:
        usual["properties"] = {}
    return {**usual, **fields}


def publish(version: int, first: int, *body: Nested, block: Sequence[Nested] = ()) -> Wire:
    """PUBLISH (3.3) of a topic "a" and of packet identifier 10 where its QoS has one."""
    number = [u16(10)] if first & 0x06 else []
    return packet(first, text("a"), *number, properties(version, *block), *body)


def publish_form(version: int, **fields: Any) -> Form:
    usual = {"dup": False, "qos": 0, "retain": False, "topic": "a", "payload": ""}
    return form(version, "PUBLISH", **{**usual, **fields})


def subscription(version: int, topic_filter: str = "a", options: int = 0) -> Form:
    """An element of `subscriptions`: the options of 5.0 3.8.3.1, or the QoS of 3.1.1 3.8.3."""
    if version == 4:
        return {"topic_filter": topic_filter, "qos": options}
    return {
        "topic_filter": topic_filter,
        "qos": options & 3,
        "no_local": bool(options & 0x04),
        "retain_as_published": bool(options & 0x08),
        "retain_handling": options >> 4 & 3,
    }
