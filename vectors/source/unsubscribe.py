# SPDX-License-Identifier: MIT
"""UNSUBSCRIBE: section 3.10."""

from __future__ import annotations

from collections.abc import Iterator

from . import requests
from .builders import Form, Where, form, properties, where
from .cases import Case, accept, reject
from .wire import HERE, Nested, Wire, block, packet, text, u8, u16

# Filters that no one may take: key, filter, rule, statements of 3.1.1 and 5.0, codes
FILTERS = [
    ("# within", b"#/a", "filter_hash", "MQTT-4.7.1-2", "MQTT-4.7.1-1", (0x81, 0x8F)),
    ("# after a letter", b"a#", "filter_hash", "MQTT-4.7.1-2", "MQTT-4.7.1-1", (0x81, 0x8F)),
    ("+ after a letter", b"a+", "filter_plus", "MQTT-4.7.1-3", "MQTT-4.7.1-2", (0x81, 0x8F)),
    ("no characters", b"", "filter_empty", "MQTT-4.7.3-1", "MQTT-4.7.3-1", (0x82,)),
    ("U+0000", b"\0", "topic_nul", "MQTT-4.7.3-2", "MQTT-4.7.3-2", (0x81,)),
    (
        "bytes not utf-8",
        b"a\xc3",
        "unsubscribe_filter_utf8",
        "MQTT-3.10.3-1",
        "MQTT-3.10.3-1",
        (0x81,),
    ),
]

GOOD_FILTERS = ["#", "+", "a/+/b/#", "/", "$SYS/#", "\ufeff", "\U0002a6d4", "$share/g/a"]


def unsubscribe(version: int, *filters: Nested) -> Wire:
    return packet(0xA2, u16(10), properties(version), *filters)


def fields(version: int, *filters: str) -> Form:
    return form(version, "UNSUBSCRIBE", packet_id=10, topic_filters=list(filters))


def filters(version: int) -> Iterator[Case]:
    at = where(version, "MQTT-3.10.3-1")
    for topic_filter in GOOD_FILTERS:
        key = f"filter {topic_filter.encode().hex()}"
        wire = unsubscribe(version, text(topic_filter))
        whole_ = fields(version, topic_filter)
        yield accept(key, version, wire, whole_, sender="client", **at)
    for key, raw, rule, four, five, codes in FILTERS:
        before: list[Nested] = [text("x/+")]
        for place in (0, 1):
            yield reject(
                f"filter {place} with {key}",
                version,
                unsubscribe(version, *before * place, u16(len(raw)), HERE, raw),
                rule,
                f"topic_filters[{place}]",
                sender="client",
                codes=codes,
                **where(version, four, five),
            )
    if version == 4:
        yield accept(
            "filter with an empty share name",
            4,
            unsubscribe(4, text("$share//a")),
            fields(4, "$share//a"),
            sender="client",
            section="4.7",
            comment="3.1.1 has no shared subscriptions",
        )
        return
    for key, raw, rule, statement in [
        ("an empty share name", b"$share//a", "share_name_empty", "MQTT-4.8.2-1"),
        ("a wildcard in its share name", b"$share/g+/a", "share_name_wildcard", "MQTT-4.8.2-2"),
        ("no filter", b"$share/g", "share_filter_missing", "MQTT-4.8.2-2"),
    ]:
        yield reject(
            f"shared subscription with {key}",
            5,
            unsubscribe(5, u16(len(raw)), HERE, raw),
            rule,
            "topic_filters[0]",
            sender="client",
            codes=(0x82, 0x8F),
            ids=[statement],
        )


def whole(version: int) -> Iterator[Case]:
    tail: list[Nested] = [properties(version), text("a")]
    yield from requests.identified(version, 0xA2, tail, fields(version, "a"), "client")
    yield accept(
        "two filters",
        version,
        unsubscribe(version, text("a/b"), text("c/d")),
        fields(version, "a/b", "c/d"),
        sender="client",
        comment="figure 3.30",
        **where(version, "MQTT-3.10.1-1 MQTT-3.10.3-1 MQTT-3.10.3-2"),
    )
    yield accept(
        "the same filter twice",
        version,
        unsubscribe(version, text("a"), text("a")),
        fields(version, "a", "a"),
        sender="client",
        section="3.10.4",
    )
    yield from requests.from_the_other_side(version, 0xA2, tail, "client")
    at = where(version, "MQTT-3.10.1-1")
    yield from requests.flags_turned(version, 0xA2, tail, "unsubscribe_flags", at)


def lengths(version: int) -> Iterator[Case]:
    yield reject(
        "without filters",
        version,
        unsubscribe(version, HERE),
        "unsubscribe_empty",
        "topic_filters",
        sender="client",
        **where(version, "MQTT-3.10.3-2"),
    )
    head: list[Nested] = [u16(10), properties(version)]
    rows: list[tuple[str, list[Nested], str]] = [
        ("nothing", [HERE], "packet_id"),
        ("half the packet identifier", [HERE, u8(0)], "packet_id"),
        ("half the length of a filter", [*head, HERE, u8(0)], "topic_filters[0]"),
        ("half a filter", [*head, u16(2), HERE, b"a"], "topic_filters[0]"),
        ("a byte too many", [*head, text("a"), HERE, u8(0)], "topic_filters[1]"),
        ("half a second filter", [*head, text("a"), u16(2), HERE, b"b"], "topic_filters[1]"),
    ]
    at = where(version, "2.2.3", "2.1.4")
    yield from requests.cut(version, 0xA2, rows, "client", at)
    if version == 5:
        yield from requests.without_property_length(0xA2, "client")
        pair: list[Nested] = [b"\x26", text("a"), text("1")]
        yield accept(
            "user properties",
            5,
            packet(0xA2, u16(10), block(*pair, *pair), text("a")),
            {
                **fields(5, "a"),
                "properties": {"user_properties": [["a", "1"], ["a", "1"]]},
            },
            sender="client",
            section="3.10.2.1.2",
        )
        yield reject(
            "with a subscription identifier",
            5,
            packet(0xA2, u16(10), block(HERE, b"\x0b\x01"), text("a")),
            "property_misplaced",
            "properties.subscription_identifiers[0]",
            sender="client",
            section="2.2.2.2",
        )


def forbidden(version: int) -> Iterator[Case]:
    """Packets that no bytes may come of."""
    id_at = where(version, "MQTT-2.3.1-1", "MQTT-2.2.1-3")
    empty = where(version, "MQTT-3.10.3-2")
    name = "topic_filters[0]"
    no_text = where(version, "MQTT-4.7.3-1")
    hash_at = where(version, "MQTT-4.7.1-2", "MQTT-4.7.1-1")
    plus_at = where(version, "MQTT-4.7.1-3", "MQTT-4.7.1-2")
    nul = where(version, "MQTT-4.7.3-2")
    wide = where(version, "1.5")
    rows: list[tuple[str, Form, str, str, Where]] = [
        ("packet id 0", {"packet_id": 0}, "packet_id_zero", "packet_id", id_at),
        ("packet id 65536", {"packet_id": 65536}, "value_too_wide", "packet_id", wide),
        ("no filters", {"topic_filters": []}, "unsubscribe_empty", "topic_filters", empty),
        ("an empty filter", {"topic_filters": [""]}, "filter_empty", name, no_text),
        ("# within", {"topic_filters": ["#/a"]}, "filter_hash", name, hash_at),
        ("+ within a level", {"topic_filters": ["a+"]}, "filter_plus", name, plus_at),
        ("U+0000 in a filter", {"topic_filters": ["\0"]}, "topic_nul", name, nul),
    ]
    if version == 4:
        some: Form = {"properties": {"user_properties": [["a", "1"]]}}
        rows.append(("properties", some, "not_in_version", "properties", where(4, "3.10.2")))
    else:
        some = {"properties": {"reason_string": "r"}}
        full = "properties.reason_string"
        rows.append(("another property", some, "property_misplaced", full, where(5, "2.2.2.2")))
        share = where(5, "MQTT-4.8.2-2")
        some = {"topic_filters": ["$share/+/a"]}
        rows.append(("a wildcard in a share name", some, "share_name_wildcard", name, share))
    yield from requests.forbidden(version, fields(version, "a"), rows, "client")


def build(version: int) -> Iterator[Case]:
    yield from whole(version)
    yield from lengths(version)
    yield from filters(version)
    yield from forbidden(version)
