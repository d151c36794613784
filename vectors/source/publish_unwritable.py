# SPDX-License-Identifier: MIT
"""PUBLISH packets that no bytes may come of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .builders import SENDERS, Where, publish_form, where
from .cases import Case, unwritable
from .wire import recipe

Row = tuple[str, dict[str, Any], str, str, Where]


def rows(version: int) -> Iterator[Row]:
    """Key, fields of the packet, rule, field at fault, statements."""
    wild = where(version, "MQTT-3.3.2-2 MQTT-4.7.1-1", "MQTT-3.3.2-2 MQTT-4.7.0-1")
    yield "qos 3", {"qos": 3, "packet_id": 1}, "qos_3", "qos", where(version, "MQTT-3.3.1-4")
    wide = where(version, "1.5")
    yield "qos 4", {"qos": 4, "packet_id": 1}, "value_too_wide", "qos", wide
    yield "packet id 65536", {"qos": 1, "packet_id": 65536}, "value_too_wide", "packet_id", wide
    dup = where(version, "MQTT-3.3.1-2 MQTT-4.3.1-1")
    yield "dup at qos 0", {"dup": True}, "dup_qos_0", "dup", dup
    none = where(version, "MQTT-2.3.1-5", "MQTT-2.2.1-2")
    yield "packet id at qos 0", {"packet_id": 1}, "packet_id_at_qos_0", "packet_id", none
    for topic in ("+", "a/#"):
        yield f"topic {topic}", {"topic": topic}, "topic_wildcard", "topic", wild
    empty = where(version, "MQTT-4.7.3-1", "MQTT-4.7.3-1 3.3.2.1")
    yield "empty topic", {"topic": ""}, "topic_empty", "topic", empty
    nul = where(version, "MQTT-4.7.3-2")
    yield "topic with U+0000", {"topic": "a\0"}, "topic_nul", "topic", nul
    long = where(version, "MQTT-4.7.3-3")
    yield "topic of 65536 bytes", {"topic": recipe("a", 65536)}, "topic_too_long", "topic", long


def rows_5() -> Iterator[Row]:
    alias = where(5, "MQTT-3.3.2-8 3.3.4")
    name = "properties.topic_alias"
    yield "topic alias 0", {"properties": {"topic_alias": 0}}, "topic_alias_zero", name, alias
    wide = where(5, "1.5")
    for field, value in [("topic_alias", 65536), ("message_expiry_interval", 1 << 32)]:
        key = f"{field.replace('_', ' ')} {value}"
        yield key, {"properties": {field: value}}, "value_too_wide", f"properties.{field}", wide
    for topic in ("+", "a/#"):
        yield (
            f"response topic {topic}",
            {"properties": {"response_topic": topic}},
            "response_topic_wildcard",
            "properties.response_topic",
            where(5, "MQTT-3.3.2-14"),
        )
    yield (
        "property of another packet",
        {"properties": {"reason_string": "r"}},
        "property_misplaced",
        "properties.reason_string",
        where(5, "2.2.2.2"),
    )


def identifiers() -> Iterator[Case]:
    """Subscription identifiers that cannot be sent: 5.0 3.3.2.3.8."""
    name = "properties.subscription_identifiers[0]"
    for number, rule, sender, at in [
        (0, "subscription_identifier_zero", "server", where(5, "3.3.2.3.8")),
        (1, "subscription_identifier_from_client", "client", where(5, "MQTT-3.3.4-6")),
        (268435456, "value_too_wide", "server", where(5, "1.5.5")),
    ]:
        packet = publish_form(5, properties={"subscription_identifiers": [number]})
        key = f"unwritable {sender} subscription identifier {number}"
        yield unwritable(key, 5, packet, rule, name, sender=sender, **at)


def build(version: int) -> Iterator[Case]:
    for key, fields, rule, name, at in rows(version):
        packet = publish_form(version, **fields)
        key = f"unwritable {key}"
        yield unwritable(key, version, packet, rule, name, sender="client", **at)
    for sender in SENDERS:
        five = "MQTT-2.2.1-3" if sender == "client" else "MQTT-2.2.1-4"
        for qos in (1, 2):
            yield unwritable(
                f"unwritable {sender} qos {qos} packet id 0",
                version,
                publish_form(version, qos=qos, packet_id=0),
                "packet_id_zero",
                "packet_id",
                sender=sender,
                **where(version, "MQTT-2.3.1-1", five),
            )
    if version == 4:
        for key, name, value in [
            ("properties", "topic_alias", 1),
            ("an expiry interval", "message_expiry_interval", 0),
        ]:
            packet = publish_form(4, properties={name: value})
            yield unwritable(
                f"unwritable with {key}",
                4,
                packet,
                "not_in_version",
                "properties",
                sender="client",
                section="3.3.2",
            )
        return
    for key, fields, rule, name, at in rows_5():
        packet = publish_form(5, **fields)
        yield unwritable(f"unwritable {key}", 5, packet, rule, name, sender="client", **at)
    yield from identifiers()
