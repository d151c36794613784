# SPDX-License-Identifier: MIT
"""A small packet of each type, in both versions, with canonical bytes: for rules of all types."""

from __future__ import annotations

from typing import Any

from .facts import PACKETS
from .places import SUBSCRIPTION
from .wire import Nested, block, text, u8, u16

Form = dict[str, Any]


def senders(version: int, name: str) -> tuple[str, ...]:
    return PACKETS[name].senders(version)


def body(version: int, name: str, qos: int = 0) -> list[Nested]:
    """What follows the fixed header.  qos: of PUBLISH."""
    five = version == 5
    properties: list[Nested] = block() if five else []
    identifier = u16(10)
    if name == "CONNECT":
        return [text("MQTT"), u8(version), u8(0x02), u16(0), properties, text("c")]
    if name == "CONNACK":
        return [u8(0), u8(0), properties]
    if name == "PUBLISH":
        return [text("t"), identifier if qos else b"", properties, b"m"]
    if name == "SUBSCRIBE":
        return [identifier, properties, text("t"), u8(0)]
    if name == "SUBACK":
        return [identifier, properties, u8(0)]
    if name == "UNSUBSCRIBE":
        return [identifier, properties, text("t")]
    if name == "UNSUBACK":
        return [identifier, properties, u8(0)] if five else [identifier]
    if name in ("PINGREQ", "PINGRESP", "DISCONNECT"):
        return []
    if name == "AUTH":
        return [u8(0x18), block(u8(0x15), text("m"))]
    return [identifier]  # PUBACK and its like


def form(version: int, name: str, qos: int = 0) -> Form:
    """The same in the JSON form."""
    out: Form = {"type": name}
    if name == "CONNECT":
        out |= {"clean_start": True, "keep_alive": 0, "client_id": "c"}
    elif name == "CONNACK":
        out |= {"session_present": False, "reason_code": 0}
    elif name == "PUBLISH":
        out |= {"dup": False, "qos": qos, "retain": False, "topic": "t", "payload": "6d"}
        out |= {"packet_id": 10} if qos else {}
    elif name not in ("PINGREQ", "PINGRESP", "DISCONNECT", "AUTH"):
        out["packet_id"] = 10
    if name == "SUBSCRIBE":
        options = SUBSCRIPTION if version == 5 else {"topic_filter": "t", "qos": 0}
        out["subscriptions"] = [options]
    elif name == "UNSUBSCRIBE":
        out["topic_filters"] = ["t"]
    elif name == "SUBACK" or (name == "UNSUBACK" and version == 5):
        out["reason_codes"] = [0]
    if version == 5 and name not in ("PINGREQ", "PINGRESP"):
        out["properties"] = {}
        if name in ("PUBACK", "PUBREC", "PUBREL", "PUBCOMP", "DISCONNECT"):
            out["reason_code"] = 0
        elif name == "AUTH":
            out |= {"reason_code": 0x18, "properties": {"authentication_method": "m"}}
    return out
