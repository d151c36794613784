# SPDX-License-Identifier: MIT
"""SUBSCRIBE: section 3.8."""

from __future__ import annotations

from collections.abc import Iterator

from . import requests, subscribe_unwritable
from .builders import Where, properties, subscription, where
from .cases import Case, accept, reject
from .subscribe_unwritable import fields
from .wire import HERE, Nested, Wire, block, packet, text, u8, u16, vbi

# Filters that no one may take: key, filter, rule, statements of 3.1.1 and 5.0, its codes
FILTERS = [
    ("# within", b"a/#/b", "filter_hash", "MQTT-4.7.1-2", "MQTT-4.7.1-1", (0x81, 0x8F)),
    ("# after a letter", b"a#", "filter_hash", "MQTT-4.7.1-2", "MQTT-4.7.1-1", (0x81, 0x8F)),
    ("+ after a letter", b"a+", "filter_plus", "MQTT-4.7.1-3", "MQTT-4.7.1-2", (0x81, 0x8F)),
    ("+ before a letter", b"a/+b", "filter_plus", "MQTT-4.7.1-3", "MQTT-4.7.1-2", (0x81, 0x8F)),
    ("no characters", b"", "filter_empty", "MQTT-4.7.3-1", "MQTT-4.7.3-1", (0x82,)),
    ("U+0000", b"a\0", "topic_nul", "MQTT-4.7.3-2", "MQTT-4.7.3-2", (0x81,)),
    ("bytes not utf-8", b"\xff", "subscribe_filter_utf8", "MQTT-3.8.3-1", "MQTT-3.8.3-1", (0x81,)),
]

GOOD_FILTERS = ["#", "+", "+/#", "a/+/b", "/", "a b", "$SYS/#", "\ufeff", "\U0002a6d4/+"]


def subscribe(version: int, *payload: Nested) -> Wire:
    return packet(0x82, u16(10), properties(version), *payload)


def wrong(version: int, options: int) -> list[tuple[str, Where]]:
    """The rules that a byte of options breaks: 3.1.1 3.8.3, 5.0 3.8.3.1."""
    if version == 4:
        at = where(4, "MQTT-3.8.3-4")
        broken = [
            ("subscription_qos_3", options & 3 == 3, at),
            ("subscription_reserved", options & 0xFC != 0, at),
        ]
    else:
        broken = [
            ("subscription_qos_3", options & 3 == 3, where(5, "3.8.3.1")),
            ("retain_handling_3", options >> 4 & 3 == 3, where(5, "3.8.3.1")),
            ("subscription_reserved", options & 0xC0 != 0, where(5, "MQTT-3.8.3-5")),
        ]
    return [(rule, at) for rule, is_broken, at in broken if is_broken]


# The field in which a rule is broken
FIELDS = {
    "subscription_qos_3": "qos",
    "retain_handling_3": "retain_handling",
    "subscription_reserved": "options",
}


def options(version: int) -> Iterator[Case]:
    """All 256 bytes of options.  Some break several rules, as in connect_flags.py."""
    for value in range(256):
        key = f"options {value:08b}"
        faults = wrong(version, value)
        if not faults:
            wire = subscribe(version, text("a"), u8(value))
            whole = fields(version, subscription(version, "a", value))
            at = where(version, "MQTT-3.8.3-4", "MQTT-3.8.3-5 3.8.3.1")
            yield accept(key, version, wire, whole, sender="client", **at)
            continue
        rule, at = faults[0]
        others = ", ".join(other for other, _ in faults[1:])
        yield reject(
            key,
            version,
            subscribe(version, text("a"), HERE, u8(value)),
            rule,
            f"subscriptions[0].{FIELDS[rule]}",
            sender="client",
            comment=f"breaks more than one rule, in no certain order: {others} too"
            if others
            else "",
            **at,
        )
    yield reject(
        "qos 3 in the second subscription",
        version,
        subscribe(version, text("a"), u8(2), text("b"), HERE, u8(3)),
        "subscription_qos_3",
        "subscriptions[1].qos",
        sender="client",
        **where(version, "MQTT-3.8.3-4", "3.8.3.1"),
    )


def filters(version: int) -> Iterator[Case]:
    for topic_filter in GOOD_FILTERS:
        yield accept(
            f"filter {topic_filter.encode().hex()}",
            version,
            subscribe(version, text(topic_filter), u8(0)),
            fields(version, subscription(version, topic_filter)),
            sender="client",
            **where(
                version,
                "MQTT-3.8.3-1 MQTT-4.7.1-2 MQTT-4.7.1-3 MQTT-4.7.3-1 MQTT-4.7.3-2",
                "MQTT-3.8.3-1 MQTT-4.7.1-1 MQTT-4.7.1-2 MQTT-4.7.3-1 MQTT-4.7.3-2",
            ),
        )
    for key, raw, rule, four, five, codes in FILTERS:
        first: list[Nested] = [text("x/+"), u8(1)]
        for place in (0, 1):
            before = first * place
            yield reject(
                f"filter {place} with {key}",
                version,
                subscribe(version, *before, u16(len(raw)), HERE, raw, u8(0)),
                rule,
                f"subscriptions[{place}].topic_filter",
                sender="client",
                codes=codes,
                **where(version, four, five),
            )


def shared(version: int) -> Iterator[Case]:
    """Shared subscriptions (5.0 4.8.2), which to 3.1.1 are filters as any other."""
    if version == 4:
        for topic_filter in ("$share/g/a", "$share//a", "$share/g", "$share/+/a"):
            yield accept(
                f"filter {topic_filter}",
                4,
                subscribe(4, text(topic_filter), u8(1)),
                fields(4, subscription(4, topic_filter, 1)),
                sender="client",
                section="4.7",
                comment="3.1.1 has no shared subscriptions",
            )
        return
    local = where(5, "MQTT-3.8.3-4")
    for topic_filter, options in [("$share/g/a", 0x28), ("$shared/g/a", 0x04), ("a", 0x04)]:
        yield accept(
            f"filter {topic_filter} with options {options:02x}",
            5,
            subscribe(5, text(topic_filter), u8(options)),
            fields(5, subscription(5, topic_filter, options)),
            sender="client",
            **(
                where(5, "MQTT-3.8.3-4 MQTT-4.8.2-1 MQTT-4.8.2-2")
                if "$share/" in topic_filter
                else local
            ),
        )
    for topic_filter in ("$share/g/a", "$share/g/+/#"):
        yield reject(
            f"no local with {topic_filter}",
            5,
            subscribe(5, text(topic_filter), HERE, u8(0x04)),
            "shared_no_local",
            "subscriptions[0].no_local",
            sender="client",
            **local,
        )
    yield reject(
        "no local with a shared subscription after another",
        5,
        subscribe(5, text("a"), u8(0x04), text("$share/g/a"), HERE, u8(0x06)),
        "shared_no_local",
        "subscriptions[1].no_local",
        sender="client",
        **local,
    )
    for key, raw, rule, statement in [
        ("an empty share name", b"$share//a", "share_name_empty", "MQTT-4.8.2-1"),
        ("+ as its share name", b"$share/+/a", "share_name_wildcard", "MQTT-4.8.2-2"),
        ("# in its share name", b"$share/a#/a", "share_name_wildcard", "MQTT-4.8.2-2"),
        ("no filter", b"$share/g", "share_filter_missing", "MQTT-4.8.2-2"),
        ("an empty filter", b"$share/g/", "share_filter_missing", "MQTT-4.8.2-2"),
    ]:
        yield reject(
            f"shared subscription with {key}",
            5,
            subscribe(5, u16(len(raw)), HERE, raw, u8(0)),
            rule,
            "subscriptions[0].topic_filter",
            sender="client",
            codes=(0x82, 0x8F),
            ids=[statement],
        )


def whole(version: int) -> Iterator[Case]:
    """Packet identifiers, packets with little and with much, from both sides."""
    tail: list[Nested] = [properties(version), text("a"), u8(0)]
    form = fields(version, subscription(version))
    yield from requests.identified(version, 0x82, tail, form, "client")
    yield accept(
        "two filters",
        version,
        subscribe(version, text("a/b"), u8(1), text("c/d"), u8(2)),
        fields(version, subscription(version, "a/b", 1), subscription(version, "c/d", 2)),
        sender="client",
        comment="figures 3.19 to 3.23 and 3-19 to 3-21",
        **where(version, "MQTT-3.8.3-3 MQTT-3.8.1-1", "MQTT-3.8.3-2 MQTT-3.8.1-1 MQTT-2.2.2-1"),
    )
    yield accept(
        "the same filter twice",
        version,
        subscribe(version, text("a"), u8(1), text("a"), u8(0)),
        fields(version, subscription(version, "a", 1), subscription(version, "a", 0)),
        sender="client",
        section="3.8.4",
    )
    yield from requests.from_the_other_side(version, 0x82, tail, "client")
    at = where(version, "MQTT-3.8.1-1")
    yield from requests.flags_turned(version, 0x82, tail, "subscribe_flags", at)


def lengths(version: int) -> Iterator[Case]:
    yield reject(
        "without filters",
        version,
        subscribe(version, HERE),
        "subscribe_empty",
        "subscriptions",
        sender="client",
        **where(version, "MQTT-3.8.3-3", "MQTT-3.8.3-2"),
    )
    head: list[Nested] = [u16(10), properties(version)]
    rows: list[tuple[str, list[Nested], str]] = [
        ("nothing", [HERE], "packet_id"),
        ("half the packet identifier", [HERE, u8(0)], "packet_id"),
        ("half the length of a filter", [*head, HERE, u8(0)], "subscriptions[0].topic_filter"),
        ("half a filter", [*head, u16(2), HERE, b"a"], "subscriptions[0].topic_filter"),
        ("no options", [*head, text("a"), HERE], "subscriptions[0].options"),
        (
            "no options of the second filter",
            [*head, text("a"), u8(0), text("b"), HERE],
            "subscriptions[1].options",
        ),
        (
            "half a second filter",
            [*head, text("a"), u8(0), u16(2), HERE, b"b"],
            "subscriptions[1].topic_filter",
        ),
        (
            "a byte too many",
            [*head, text("a"), u8(0), HERE, u8(0)],
            "subscriptions[1].topic_filter",
        ),
    ]
    at = where(version, "2.2.3", "2.1.4")
    yield from requests.cut(version, 0x82, rows, "client", at)
    if version == 5:
        yield from requests.without_property_length(0x82, "client")


def identifiers() -> Iterator[Case]:
    """Subscription identifiers: 5.0 3.8.2.1.2."""
    for number in (1, 127, 128, 268435455):
        yield accept(
            f"subscription identifier {number}",
            5,
            packet(0x82, u16(10), block(b"\x0b", vbi(number)), text("a"), u8(0)),
            {**fields(5, subscription(5)), "properties": {"subscription_identifiers": [number]}},
            sender="client",
            section="3.8.2.1.2",
        )
    yield reject(
        "subscription identifier 0",
        5,
        packet(0x82, u16(10), block(b"\x0b", HERE, vbi(0)), text("a"), u8(0)),
        "subscription_identifier_zero",
        "properties.subscription_identifiers[0]",
        sender="client",
        section="3.8.2.1.2",
    )
    two: list[Nested] = [b"\x0b", vbi(1), HERE, b"\x0b", vbi(2)]
    yield reject(
        "two subscription identifiers",
        5,
        packet(0x82, u16(10), block(*two), text("a"), u8(0)),
        "property_repeated",
        "properties.subscription_identifiers[1]",
        sender="client",
        section="3.8.2.1.2",
    )
    pair: list[Nested] = [b"\x26", text("a"), text("1")]
    yield accept(
        "every property",
        5,
        packet(0x82, u16(10), block(b"\x0b", vbi(5), *pair, *pair), text("a"), u8(0x2E)),
        {
            **fields(5, subscription(5, "a", 0x2E)),
            "properties": {
                "subscription_identifiers": [5],
                "user_properties": [["a", "1"], ["a", "1"]],
            },
        },
        sender="client",
        section="3.8.2.1",
    )


def build(version: int) -> Iterator[Case]:
    yield from whole(version)
    yield from lengths(version)
    yield from filters(version)
    yield from shared(version)
    if version == 5:
        yield from identifiers()
    yield from options(version)
    yield from subscribe_unwritable.build(version)
