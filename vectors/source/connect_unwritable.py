# SPDX-License-Identifier: MIT
"""CONNECT packets that no bytes may come of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .builders import Where, connect_form, where, will_form
from .cases import Case, unwritable
from .wire import recipe


def rows(version: int) -> Iterator[tuple[str, dict[str, Any], str, str, Where]]:
    """Key, fields of the packet, rule, field at fault, statements."""
    wide = where(version, "1.5")
    yield (
        "will qos 3",
        {"will": will_form(version, qos=3)},
        "will_qos_3",
        "will.qos",
        where(version, "MQTT-3.1.2-14", "MQTT-3.1.2-12"),
    )
    yield "will qos 4", {"will": will_form(version, qos=4)}, "value_too_wide", "will.qos", wide
    yield "keep alive 65536", {"keep_alive": 65536}, "value_too_wide", "keep_alive", wide
    yield (
        "empty will topic",
        {"will": will_form(version, topic="")},
        "topic_empty",
        "will.topic",
        where(version, "MQTT-4.7.3-1"),
    )
    yield (
        "will topic with a wildcard",
        {"will": will_form(version, topic="a/#")},
        "topic_wildcard",
        "will.topic",
        where(version, "MQTT-4.7.1-1", "MQTT-4.7.0-1"),
    )
    nul = where(version, "MQTT-1.5.3-2", "MQTT-1.5.4-2")
    yield "client id with U+0000", {"client_id": "a\0"}, "text_nul", "client_id", nul
    yield "user name with U+0000", {"username": "\0"}, "text_nul", "username", nul
    long = where(version, "1.5.3", "1.5.4")
    username = recipe("u", 65536)
    yield "user name of 65536 bytes", {"username": username}, "text_too_long", "username", long
    topic_nul = where(version, "MQTT-4.7.3-2")
    will = will_form(version, topic="\0")
    yield "will topic with U+0000", {"will": will}, "topic_nul", "will.topic", topic_nul


def rows_4() -> Iterator[tuple[str, dict[str, Any], str, str, Where]]:
    yield (
        "password without user name",
        {"password": "70"},
        "password_without_username",
        "password",
        where(4, "MQTT-3.1.2-22"),
    )
    yield (
        "empty client id without clean start",
        {"client_id": "", "clean_start": False},
        "client_id_empty",
        "client_id",
        where(4, "MQTT-3.1.3-7"),
    )
    not_here = where(4, "3.1.2")
    yield (
        "properties",
        {"properties": {"session_expiry_interval": 1}},
        "not_in_version",
        "properties",
        not_here,
    )
    yield (
        "will properties",
        {"will": will_form(4, properties={"will_delay_interval": 1})},
        "not_in_version",
        "will.properties",
        where(4, "3.1.3"),
    )


def rows_5() -> Iterator[tuple[str, dict[str, Any], str, str, Where]]:
    for name, value, rule, section in [
        ("receive_maximum", 0, "receive_maximum_zero", "3.1.2.11.3"),
        ("maximum_packet_size", 0, "maximum_packet_size_zero", "3.1.2.11.4"),
        ("request_response_information", 2, "request_response_information_value", "3.1.2.11.6"),
        ("request_problem_information", 2, "request_problem_information_value", "3.1.2.11.7"),
        ("receive_maximum", 65536, "value_too_wide", "1.5"),
        ("session_expiry_interval", 1 << 32, "value_too_wide", "1.5"),
        ("request_problem_information", 256, "value_too_wide", "1.5"),
        ("authentication_data", "64", "authentication_data_alone", "3.1.2.11.10"),
        ("reason_string", "r", "property_misplaced", "2.2.2.2"),
        ("will_delay_interval", 1, "property_misplaced", "2.2.2.2"),
    ]:
        key = f"{name.replace('_', ' ')} {value}"
        fields = {"properties": {name: value}}
        yield key, fields, rule, f"properties.{name}", where(5, section)
    yield (
        "session expiry interval in a will",
        {"will": will_form(5, properties={"session_expiry_interval": 1})},
        "property_misplaced",
        "will.properties.session_expiry_interval",
        where(5, "2.2.2.2"),
    )
    yield (
        "will response topic with a wildcard",
        {"will": will_form(5, properties={"response_topic": "+"})},
        "response_topic_wildcard",
        "will.properties.response_topic",
        where(5, "MQTT-4.7.0-1"),
    )
    yield (
        "user property with U+0000",
        {"properties": {"user_properties": [["a", "\0"]]}},
        "user_property_nul",
        "properties.user_properties[0].value",
        where(5, "MQTT-1.5.7-1 MQTT-1.5.4-2"),
    )


def build(version: int) -> Iterator[Case]:
    own = rows_4() if version == 4 else rows_5()
    for table in (rows(version), own):
        for key, fields, rule, name, at in table:
            packet = connect_form(version, **fields)
            key = f"unwritable {key}"
            yield unwritable(key, version, packet, rule, name, sender="client", **at)
    yield unwritable(
        "unwritable from a server",
        version,
        connect_form(version),
        "direction",
        "type",
        sender="server",
        **where(version, "2.2.1", "2.1.2"),
    )
