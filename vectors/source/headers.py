# SPDX-License-Identifier: MIT
"""The first byte: types, their flags, and who may send them.  3.1.1 2.2.1, 2.2.2; 5.0 2.1.2, 2.1.3.

Expectations come from the table of packets (facts_packets.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from . import smallest
from .cases import Case, accept, reject
from .facts import PACKETS, RULES
from .wire import HERE, Nested, Wire, packet

SECTION = {4: "2.2.1", 5: "2.1.2"}  # tables 2.1, 2-1
# The rules for flags, where a type has its own.
_FLAG_RULE = {
    "PUBREL": "pubrel_flags",
    "SUBSCRIBE": "subscribe_flags",
    "UNSUBSCRIBE": "unsubscribe_flags",
    "DISCONNECT": "disconnect_flags",
    "AUTH": "auth_flags",
}


def build(version: int) -> Iterator[Case]:
    yield from _reserved(version)
    for name in PACKETS:
        if not smallest.senders(version, name):
            continue
        if name == "PUBLISH":
            yield from _publish(version)
        else:
            yield from _flags(version, name)
        yield from _directions(version, name)


def _marked(first: int, *body: Nested) -> Wire:
    """A packet whose fault is in its first byte."""
    whole = packet(first, *body)
    return Wire(HERE, *whole.parts)


def _reserved(version: int) -> Iterator[Case]:
    """Type 0, and in 3.1.1 type 15, with all flags."""
    for number in [0, 15] if version == 4 else [0]:
        for flags in range(16):
            for sender in ("client", "server"):
                yield reject(
                    f"type {number} flags {flags:04b} from a {sender}",
                    version,
                    _marked(number << 4 | flags),
                    "type_reserved",
                    "type",
                    sender=sender,
                )


def _from(sender: str, senders: tuple[str, ...]) -> str:
    """In keys: who sends it, where it is not the first of those who may."""
    return "" if sender == senders[0] else f" from a {sender}"


def _flags(version: int, name: str) -> Iterator[Case]:
    entry = PACKETS[name]
    rule = _FLAG_RULE.get(name, "fixed_header_flags")
    senders = smallest.senders(version, name)
    body = smallest.body(version, name)
    for sender, flags in product(senders, range(16)):
        key = f"{name.lower()} flags {flags:04b}{_from(sender, senders)}"
        if flags == entry.flags:
            yield accept(
                key,
                version,
                packet(entry.first, *body),
                smallest.form(version, name),
                sender=sender,
                ids=RULES[rule].ids(version),
            )
        else:
            wire = _marked(entry.type << 4 | flags, *body)
            yield reject(key, version, wire, rule, "flags", sender=sender)


def _publish(version: int) -> Iterator[Case]:
    """DUP, QoS and RETAIN: 3.3.1."""
    senders = smallest.senders(version, "PUBLISH")
    for sender, flags in product(senders, range(16)):
        dup, qos, retain = bool(flags & 8), flags >> 1 & 3, bool(flags & 1)
        key = f"publish flags {flags:04b}{_from(sender, senders)}"
        first = 0x30 | flags
        body = smallest.body(version, "PUBLISH", qos)
        if qos == 3:
            wire = _marked(first, *body)
            yield reject(key, version, wire, "qos_3", "qos", sender=sender)
        elif dup and not qos:
            wire = _marked(first, *body)
            yield reject(key, version, wire, "dup_qos_0", "dup", sender=sender)
        else:
            yield accept(
                key,
                version,
                packet(first, *body),
                smallest.form(version, "PUBLISH", qos) | {"dup": dup, "retain": retain},
                sender=sender,
                ids=("MQTT-3.3.1-4",) if qos else ("MQTT-3.3.1-2", "MQTT-4.3.1-1"),
            )


def _directions(version: int, name: str) -> Iterator[Case]:
    entry = PACKETS[name]
    body = smallest.body(version, name)
    for sender in ("client", "server"):
        key = f"{name.lower()} from a {sender}"
        if sender in smallest.senders(version, name):
            yield accept(
                key,
                version,
                packet(entry.first, *body),
                smallest.form(version, name),
                sender=sender,
                section=SECTION[version],
            )
        else:
            wire = _marked(entry.first, *body)
            yield reject(key, version, wire, "direction", "type", sender=sender)
