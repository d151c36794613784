# SPDX-License-Identifier: MIT
"""A packet of each type with much in it, and every beginning of it: more bytes are wanted.

A Remaining Length says how many bytes belong to a packet (3.1.1 2.2.3, 5.0 2.1.4); while they are
not all there, nothing is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator

from . import smallest
from .cases import Case, accept, more
from .facts import PACKETS
from .places import Form, properties_bytes
from .wire import Nested, Wire, block, data, packet, text, u8, u16

SECTION = {4: "2.2.3", 5: "2.1.4"}

# The properties of each packet, in 5.0.
PROPERTIES: dict[str, Form] = {
    "CONNECT": {
        "session_expiry_interval": 3600,
        "authentication_method": "SCRAM",
        "authentication_data": "00ff",
        "receive_maximum": 20,
        "user_properties": [["ä", "1"]],
        "maximum_packet_size": 70_000,
    },
    "WILL": {
        "payload_format_indicator": 1,
        "will_delay_interval": 30,
        "user_properties": [["k", "v"]],
    },
    "CONNACK": {
        "assigned_client_identifier": "c-17",
        "server_keep_alive": 60,
        "receive_maximum": 300,
        "maximum_qos": 1,
        "user_properties": [["k", "v"], ["k", "w"]],
    },
    "PUBLISH": {
        "message_expiry_interval": 70_000,
        "content_type": "text",
        "response_topic": "r/1",
        "correlation_data": "00ff",
        "subscription_identifiers": [1, 128],
        "topic_alias": 5,
        "user_properties": [["", ""]],
    },
    "SUBSCRIBE": {"subscription_identifiers": [16_384], "user_properties": [["k", "v"]]},
    "UNSUBSCRIBE": {"user_properties": [["k", "v"], ["k", "v"]]},
    "DISCONNECT": {"session_expiry_interval": 70_000, "reason_string": "bye"},
    "AUTH": {"authentication_method": "SCRAM", "authentication_data": "00ff"},
}
_DIAGNOSTICS: Form = {"reason_string": "why", "user_properties": [["k", "v"]]}


def build(version: int) -> Iterator[Case]:
    for name in PACKETS:
        senders = smallest.senders(version, name)
        if not senders:
            continue
        # a server may put subscription identifiers into PUBLISH
        sender = "server" if name == "PUBLISH" else senders[0]
        wire, form = _rich(version, name)
        key = name.lower()
        yield accept(key, version, wire, form, sender=sender, section=SECTION[version])
        raw = wire.bytes()
        for count in range(1, len(raw)):
            yield more(
                f"{key} cut after {count}",
                version,
                Wire(raw[:count]),
                sender=sender,
                section=SECTION[version],
            )


def _rich(version: int, name: str) -> tuple[Wire, Form]:
    five = version == 5
    has_properties = five and name not in ("PINGREQ", "PINGRESP")
    properties = PROPERTIES.get(name, _DIAGNOSTICS) if has_properties else {}
    inner: list[Nested] = block(properties_bytes(properties)) if has_properties else []
    form = smallest.form(version, name)
    if has_properties:
        form["properties"] = properties
    first = PACKETS[name].first
    identifier = u16(0x1234)
    if "packet_id" in form:
        form["packet_id"] = 0x1234
    if name == "CONNECT":
        return _connect(version, inner, form)
    if name == "CONNACK":
        return packet(first, u8(1), u8(0), inner), form | {"session_present": True}
    if name == "PUBLISH":
        form |= {"dup": True, "qos": 2, "retain": True, "topic": "a/ä", "packet_id": 0x1234}
        wire = packet(0x3D, text("a/ä"), identifier, inner, b"\x00\xffhello")
        return wire, form | {"payload": "00ff68656c6c6f"}
    if name == "SUBSCRIBE":
        form["subscriptions"] = _subscriptions(five)
        options = u8(0x2D if five else 0x01)
        return packet(first, identifier, inner, text("a/+"), options, text("#"), u8(2)), form
    if name == "UNSUBSCRIBE":
        wire = packet(first, identifier, inner, text("a/+"), text("#"))
        return wire, form | {"topic_filters": ["a/+", "#"]}
    if name == "SUBACK":
        codes = [0, 1, 2, 0x80]
        return packet(first, identifier, inner, bytes(codes)), form | {"reason_codes": codes}
    if name == "UNSUBACK" and five:
        codes = [0, 0x11, 0x80]
        return packet(first, identifier, inner, bytes(codes)), form | {"reason_codes": codes}
    if not five or not has_properties:
        return packet(first, identifier if "packet_id" in form else b""), form
    if name in ("DISCONNECT", "AUTH"):
        code = 0x04 if name == "DISCONNECT" else 0x18
        return packet(first, u8(code), inner), form | {"reason_code": code}
    return packet(first, identifier, u8(0), inner), form


def _connect(version: int, inner: list[Nested], form: Form) -> tuple[Wire, Form]:
    """Will of QoS 1, retained; user name and password."""
    will: Form = {"topic": "w/ä", "payload": "6d", "qos": 1, "retain": True}
    will_inner: list[Nested] = []
    if version == 5:
        will["properties"] = PROPERTIES["WILL"]
        will_inner = block(properties_bytes(PROPERTIES["WILL"]))
    wire = packet(
        0x10,
        [text("MQTT"), u8(version), u8(0xEE), u16(60), inner],
        [text("client"), will_inner, text("w/ä"), data(b"m"), text("user"), data(b"\x00\xff")],
    )
    form |= {"keep_alive": 60, "client_id": "client", "will": will}
    return wire, form | {"username": "user", "password": "00ff"}


def _subscriptions(five: bool) -> list[Form]:
    if not five:
        return [{"topic_filter": "a/+", "qos": 1}, {"topic_filter": "#", "qos": 2}]
    options = {"no_local": True, "retain_as_published": True, "retain_handling": 2}
    none = {"no_local": False, "retain_as_published": False, "retain_handling": 0}
    return [
        {"topic_filter": "a/+", "qos": 1, **options},
        {"topic_filter": "#", "qos": 2, **none},
    ]
