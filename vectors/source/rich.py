# SPDX-License-Identifier: MIT
"""A packet of each type with much in it, field by field, and where it may end as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from . import smallest
from .facts import PACKETS
from .fields import Field, block_fields, data_fields, text_fields
from .places import Form, properties_bytes
from .wire import Wire, packet, u8, u16

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
# Where the other side may not send those.
OTHERS: dict[tuple[str, str], Form] = {
    ("PUBLISH", "client"): {
        name: value
        for name, value in PROPERTIES["PUBLISH"].items()
        if name != "subscription_identifiers"
    },
    ("DISCONNECT", "server"): {"server_reference": "b", "reason_string": "bye"},
}
_DIAGNOSTICS: Form = {"reason_string": "why", "user_properties": [["k", "v"]]}
IDENTIFIER = 0x1234


@dataclass
class Rich:
    """A packet, and what it is in JSON.

    ends: where it may end before its end.  So many fields are a packet, too, and this is the form
    of that packet; canonical unless the number stands in `padded`.
    """

    first: int
    fields: list[Field]
    form: Form
    ends: dict[int, Form] = field(default_factory=dict)
    padded: Sequence[int] = ()

    @property
    def length(self) -> int:
        return sum(len(each.bytes) for each in self.fields)

    def wire(self) -> Wire:
        return packet(self.first, *[each.parts for each in self.fields])


def rich(version: int, name: str, sender: str = "") -> Rich:
    """sender: unless it is the one that may send all of this."""
    five = version == 5
    has_properties = five and name not in ("PINGREQ", "PINGRESP")
    properties = OTHERS.get((name, sender)) or PROPERTIES.get(name, _DIAGNOSTICS)
    properties = properties if has_properties else {}
    inner = _block("properties", properties) if has_properties else []
    form = smallest.form(version, name)
    if has_properties:
        form["properties"] = properties
    first = PACKETS[name].first
    identifier = Field("packet_id", u16(IDENTIFIER))
    if "packet_id" in form:
        form["packet_id"] = IDENTIFIER
    if name == "CONNECT":
        return _connect(version, inner, form)
    if name == "CONNACK":
        flags = [Field("acknowledge_flags", u8(1)), Field("reason_code", u8(0))]
        return Rich(first, [*flags, *inner], form | {"session_present": True})
    if name == "PUBLISH":
        return _publish(inner, form)
    if name == "SUBSCRIBE":
        return _subscribe(five, [identifier, *inner], form)
    if name == "UNSUBSCRIBE":
        return _unsubscribe([identifier, *inner], form)
    if name == "SUBACK" or (name == "UNSUBACK" and five):
        codes = [0, 1, 2, 0x80] if name == "SUBACK" else [0, 0x11, 0x80]
        return _codes(name, [identifier, *inner], form, codes)
    if not has_properties:
        return Rich(first, [identifier] if "packet_id" in form else [], form)
    if name in ("DISCONNECT", "AUTH"):
        code = (0x9D if sender == "server" else 0x04) if name == "DISCONNECT" else 0x18
        made = Rich(first, [Field("reason_code", u8(code)), *inner], form | {"reason_code": code})
        if name == "DISCONNECT":  # 3.14.2.1, 3.14.2.2.1
            none: Form = {"properties": {}}
            made.ends = {0: form | none, 1: form | none | {"reason_code": code}}
        return made
    none = {"properties": {}}  # PUBACK and its like: 3.4.2.1, 3.4.2.2.1
    fields = [identifier, Field("reason_code", u8(0)), *inner]
    return Rich(first, fields, form, {1: form | none, 2: form | none}, padded=[2])


def _block(name: str, properties: Form, missing: str = "property_length_missing") -> list[Field]:
    return block_fields(name, properties_bytes(properties), missing)


def _connect(version: int, inner: list[Field], form: Form) -> Rich:
    """Will of QoS 1, retained; user name and password.  It may end nowhere else: the flags say."""
    will: Form = {"topic": "w/ä", "payload": "6d", "qos": 1, "retain": True}
    will_inner: list[Field] = []
    if version == 5:
        will["properties"] = PROPERTIES["WILL"]
        will_inner = _block("will.properties", PROPERTIES["WILL"], "will_missing")
    fields = [
        *text_fields("protocol_name", "MQTT"),
        Field("protocol_version", u8(version)),
        Field("connect_flags", u8(0xEE)),
        Field("keep_alive", u16(60)),
        *inner,
        *text_fields("client_id", "client", "client_id_missing"),
        *will_inner,
        *text_fields("will.topic", "w/ä", "will_missing"),
        *data_fields("will.payload", b"m", "will_missing"),
        *text_fields("username", "user", "username_missing"),
        *data_fields("password", b"\x00\xff", "password_missing"),
    ]
    form |= {"keep_alive": 60, "client_id": "client", "will": will}
    return Rich(0x10, fields, form | {"username": "user", "password": "00ff"})


def _publish(inner: list[Field], form: Form) -> Rich:
    """Its payload is what is left (3.3.3), and may be nothing."""
    payload = b"\x00\xffhello"
    form |= {"dup": True, "qos": 2, "retain": True, "topic": "a/ä", "packet_id": IDENTIFIER}
    fields = [*text_fields("topic", "a/ä"), Field("packet_id", u16(IDENTIFIER)), *inner]
    head = len(fields)
    fields += [Field("payload", u8(byte)) for byte in payload]
    ends = {head + n: form | {"payload": payload[:n].hex()} for n in range(len(payload))}
    return Rich(0x3D, fields, form | {"payload": payload.hex()}, ends)


def _subscribe(five: bool, head: list[Field], form: Form) -> Rich:
    """A list: it may end behind each of its elements but for none at all."""
    subscriptions: list[Form] = [
        {"topic_filter": "a/+", "qos": 1},
        {"topic_filter": "#", "qos": 2},
    ]
    if five:
        subscriptions[0] |= {"no_local": True, "retain_as_published": True, "retain_handling": 2}
        subscriptions[1] |= {"no_local": False, "retain_as_published": False, "retain_handling": 0}
    name = "subscriptions[{}].topic_filter"
    first = text_fields(name.format(0), "a/+", "subscribe_empty", "subscriptions")
    first.append(Field("subscriptions[0].options", u8(0x2D if five else 0x01)))
    second = text_fields(name.format(1), "#")
    second.append(Field("subscriptions[1].options", u8(2)))
    ends = {len(head) + 3: form | {"subscriptions": subscriptions[:1]}}
    form = form | {"subscriptions": subscriptions}
    return Rich(0x82, [*head, *first, *second], form, ends)


def _unsubscribe(head: list[Field], form: Form) -> Rich:
    filters = text_fields("topic_filters[0]", "a/+", "unsubscribe_empty", "topic_filters")
    filters += text_fields("topic_filters[1]", "#")
    ends = {len(head) + 2: form | {"topic_filters": ["a/+"]}}
    return Rich(0xA2, [*head, *filters], form | {"topic_filters": ["a/+", "#"]}, ends)


def _codes(name: str, head: list[Field], form: Form, codes: list[int]) -> Rich:
    empty = f"{name.lower()}_empty"
    fields = [Field("reason_codes", u8(code), empty) for code in codes]
    ends = {len(head) + n: form | {"reason_codes": codes[:n]} for n in range(1, len(codes))}
    return Rich(PACKETS[name].first, [*head, *fields], form | {"reason_codes": codes}, ends)
