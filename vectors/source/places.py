# SPDX-License-Identifier: MIT
"""The places of 5.0 that hold properties, each in the smallest packet that has one.

Beside the properties, every packet here is right; what follows a block is long enough to be read
by mistake.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .facts import PACKETS, PROPERTIES
from .wire import Nested, Wire, block, data, packet, text, u8, u16, vbi

Form = dict[str, Any]
SUBSCRIPTION: Form = {
    "topic_filter": "t",
    "qos": 0,
    "no_local": False,
    "retain_as_published": False,
    "retain_handling": 0,
}


@dataclass(frozen=True)
class Place:
    name: str
    type: str
    reason: int | None  # a reason code that goes with every property
    before: Callable[[int], list[Nested]]  # given the reason code
    after: list[Nested]
    rest: Form

    @property
    def path(self) -> str:
        return "will.properties" if self.name == "WILL" else "properties"

    def wire(
        self, *properties: Nested, length: bytes | list[Nested] | None = None, reason: int = -1
    ) -> Wire:
        """The packet with these properties.  length: what stands for their length."""
        inner: list[Nested] = block(*properties)
        if length is not None:
            inner = [length, *properties]
        return packet(PACKETS[self.type].first, self.before(self._code(reason)), inner, self.after)

    def ending(self, *parts: Nested, reason: int = -1) -> Wire:
        """The packet up to its properties, and then these bytes, which end it."""
        return packet(PACKETS[self.type].first, self.before(self._code(reason)), *parts)

    def form(self, properties: Form, reason: int = -1) -> Form:
        out = {"type": self.type, **self.rest}
        if self.reason is not None:
            out["reason_code"] = self._code(reason)
        if self.name == "WILL":
            will = {"topic": "w", "payload": "6d", "qos": 0, "retain": False}
            return out | {"properties": {}, "will": will | {"properties": properties}}
        return out | {"properties": properties}

    def senders(self, name: str) -> tuple[str, ...]:
        """Who may put this property here."""
        return dict(PROPERTIES[name].senders).get(self.name, PACKETS[self.type].senders_5)

    def _code(self, reason: int) -> int:
        return (self.reason or 0) if reason < 0 else reason


def _connect(flags: int) -> list[Nested]:
    return [text("MQTT"), u8(5), u8(flags), u16(0)]


def _answer(name: str) -> Place:
    return Place(name, name, 0, lambda code: [u16(10), u8(code)], [], {"packet_id": 10})


_CONNECT: Form = {"clean_start": True, "keep_alive": 0, "client_id": "c"}
_PUBLISH: Form = {"dup": False, "qos": 0, "retain": False, "topic": "t", "payload": "6d"}

PLACE: dict[str, Place] = {
    place.name: place
    for place in [
        Place("CONNECT", "CONNECT", None, lambda _: _connect(0x02), text("c"), _CONNECT),
        Place(
            "WILL",
            "CONNECT",
            None,
            lambda _: [*_connect(0x06), block(), text("c")],
            [text("w"), data(b"m")],
            _CONNECT,
        ),
        Place(
            "CONNACK",
            "CONNACK",
            0,
            lambda code: [u8(0), u8(code)],
            [],
            {"session_present": False},
        ),
        Place("PUBLISH", "PUBLISH", None, lambda _: text("t"), [b"m"], _PUBLISH),
        *map(_answer, ("PUBACK", "PUBREC", "PUBREL", "PUBCOMP")),
        Place(
            "SUBSCRIBE",
            "SUBSCRIBE",
            None,
            lambda _: [u16(10)],
            [text("t"), u8(0)],
            {"packet_id": 10, "subscriptions": [SUBSCRIPTION]},
        ),
        Place(
            "SUBACK",
            "SUBACK",
            None,
            lambda _: [u16(10)],
            [u8(0)],
            {"packet_id": 10, "reason_codes": [0]},
        ),
        Place(
            "UNSUBSCRIBE",
            "UNSUBSCRIBE",
            None,
            lambda _: [u16(10)],
            text("t"),
            {"packet_id": 10, "topic_filters": ["t"]},
        ),
        Place(
            "UNSUBACK",
            "UNSUBACK",
            None,
            lambda _: [u16(10)],
            [u8(0)],
            {"packet_id": 10, "reason_codes": [0]},
        ),
        Place("DISCONNECT", "DISCONNECT", 0, lambda code: [u8(code)], [], {}),
        Place("AUTH", "AUTH", 0x18, lambda code: [u8(code)], [], {}),
    ]
}


def typical(name: str) -> Any:
    """A value of this property, in the JSON form, that is right wherever the property is."""
    kind = PROPERTIES[name].type
    value = {"byte": 1, "two": 300, "four": 70_000, "vbi": [300], "text": "abc", "data": "00ff"}
    return value.get(kind, [["k", "v"]])


def value_bytes(name: str, value: Any) -> list[Nested]:
    """One value (of a list: one element), as its type is written: 2.2.2.2."""
    kind = PROPERTIES[name].type
    if kind == "text":
        return text(value)
    if kind == "data":
        return data(bytes.fromhex(value))
    if kind == "pair":
        return [text(value[0]), text(value[1])]
    if kind == "vbi":
        return [vbi(value)]
    width = {"byte": 1, "two": 2, "four": 4}[kind]
    return [int(value).to_bytes(width, "big")]


def property_bytes(name: str, value: Any) -> list[Nested]:
    """Identifier and value, of each element where it is a list."""
    out: list[Nested] = []
    for one in value if isinstance(value, list) else [value]:
        out += [u8(PROPERTIES[name].id), *value_bytes(name, one)]
    return out


def properties_bytes(properties: Form) -> list[Nested]:
    """Several properties, as canonical bytes have them: by ascending identifier."""
    out: list[Nested] = []
    for name in sorted(properties, key=lambda each: PROPERTIES[each].id):
        out += property_bytes(name, properties[name])
    return out


def field_of(place: Place, name: str, index: int = 0) -> str:
    """What the field is called; elements of lists have an index."""
    if PROPERTIES[name].type in ("vbi", "pair"):
        return f"{place.path}.{name}[{index}]"
    return f"{place.path}.{name}"
