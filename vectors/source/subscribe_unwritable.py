# SPDX-License-Identifier: MIT
"""SUBSCRIBE packets that no bytes may come of."""

from __future__ import annotations

from collections.abc import Iterator

from . import requests
from .builders import Form, Where, form, subscription, where
from .cases import Case


def fields(version: int, *subscriptions: Form) -> Form:
    return form(version, "SUBSCRIBE", packet_id=10, subscriptions=list(subscriptions))


def build(version: int) -> Iterator[Case]:
    def one(**of: object) -> Form:
        return {"subscriptions": [{**subscription(version), **of}]}

    five = where(version, "MQTT-3.8.3-4", "3.8.3.1")
    wide = where(version, "1.5")
    empty = where(version, "MQTT-3.8.3-3", "MQTT-3.8.3-2")
    id_at = where(version, "MQTT-2.3.1-1", "MQTT-2.2.1-3")
    option = "subscriptions[0].qos"
    filter_ = "subscriptions[0].topic_filter"
    hash_at = where(version, "MQTT-4.7.1-2", "MQTT-4.7.1-1")
    plus_at = where(version, "MQTT-4.7.1-3", "MQTT-4.7.1-2")
    rows: list[tuple[str, Form, str, str, Where]] = [
        ("packet id 0", {"packet_id": 0}, "packet_id_zero", "packet_id", id_at),
        ("packet id 65536", {"packet_id": 65536}, "value_too_wide", "packet_id", wide),
        ("no filters", {"subscriptions": []}, "subscribe_empty", "subscriptions", empty),
        ("qos 3", one(qos=3), "subscription_qos_3", option, five),
        ("qos 4", one(qos=4), "value_too_wide", option, wide),
        ("# within", one(topic_filter="#/a"), "filter_hash", filter_, hash_at),
        ("+ within a level", one(topic_filter="+a"), "filter_plus", filter_, plus_at),
        (
            "an empty filter",
            one(topic_filter=""),
            "filter_empty",
            filter_,
            where(version, "MQTT-4.7.3-1"),
        ),
        (
            "U+0000 in a filter",
            one(topic_filter="\0"),
            "topic_nul",
            filter_,
            where(version, "MQTT-4.7.3-2"),
        ),
    ]
    if version == 4:
        # What these fields are in 5.0 are reserved bits here.
        rule, at, bits = (
            "subscription_reserved",
            where(4, "MQTT-3.8.3-4"),
            "subscriptions[0].options",
        )
        rows += [
            ("no local", one(no_local=True), rule, bits, at),
            ("retain as published", one(retain_as_published=True), rule, bits, at),
            ("retain handling", one(retain_handling=1), rule, bits, at),
            (
                "properties",
                {"properties": {"subscription_identifiers": [1]}},
                "not_in_version",
                "properties",
                where(4, "3.8.2"),
            ),
        ]
    else:
        name = "properties.subscription_identifiers"
        handling = "subscriptions[0].retain_handling"
        rows += [
            ("retain handling 3", one(retain_handling=3), "retain_handling_3", handling, five),
            ("retain handling 4", one(retain_handling=4), "value_too_wide", handling, wide),
            (
                "no local on a shared subscription",
                one(topic_filter="$share/g/a", no_local=True),
                "shared_no_local",
                "subscriptions[0].no_local",
                where(5, "MQTT-3.8.3-4"),
            ),
            (
                "an empty share name",
                one(topic_filter="$share//a"),
                "share_name_empty",
                filter_,
                where(5, "MQTT-4.8.2-1"),
            ),
            (
                "subscription identifier 0",
                {"properties": {"subscription_identifiers": [0]}},
                "subscription_identifier_zero",
                f"{name}[0]",
                where(5, "3.8.2.1.2"),
            ),
            (
                "two subscription identifiers",
                {"properties": {"subscription_identifiers": [1, 2]}},
                "property_repeated",
                f"{name}[1]",
                where(5, "3.8.2.1.2"),
            ),
            (
                "another property",
                {"properties": {"reason_string": "r"}},
                "property_misplaced",
                "properties.reason_string",
                where(5, "2.2.2.2"),
            ),
        ]
    usual = fields(version, subscription(version))
    yield from requests.forbidden(version, usual, rows, "client")
