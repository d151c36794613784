# SPDX-License-Identifier: MIT
"""Sessions: the packets that their steps are made of, and the cases that steps make.

Fields at fault are marked by `here`: HERE then stands before that field.  A fault of the first byte
or of the packet as a whole is told at 0, and needs no mark.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Union

from .cases import Case, _key_of_rule, error_of
from .wire import HERE, Nested, Wire, block, size, text, u8, u16, u32, vbi

# Identifier and form of the properties that these cases use: 5.0, table 2-4.
PROPERTIES = {
    "subscription_identifier": (0x0B, "vbi"),
    "session_expiry_interval": (0x11, "u32"),
    "assigned_client_identifier": (0x12, "text"),
    "server_keep_alive": (0x13, "u16"),
    "authentication_method": (0x15, "text"),
    "authentication_data": (0x16, "data"),
    "request_problem_information": (0x17, "u8"),
    "request_response_information": (0x19, "u8"),
    "response_information": (0x1A, "text"),
    "reason_string": (0x1F, "text"),
    "receive_maximum": (0x21, "u16"),
    "topic_alias_maximum": (0x22, "u16"),
    "topic_alias": (0x23, "u16"),
    "maximum_qos": (0x24, "u8"),
    "retain_available": (0x25, "u8"),
    "user_property": (0x26, "pair"),
    "maximum_packet_size": (0x27, "u32"),
    "wildcard_subscription_available": (0x28, "u8"),
    "subscription_identifier_available": (0x29, "u8"),
    "shared_subscription_available": (0x2A, "u8"),
}
FORMS = {"u8": u8, "u16": u16, "u32": u32, "vbi": vbi}
PUBACK, PUBREC, PUBREL, PUBCOMP = 0x40, 0x50, 0x62, 0x70
WHOLE = ("", "dup", "qos", "retain")  # these are told at the first byte
NOWHERE = ("properties", "properties.user_properties")  # something is missing; a list as a whole


def prop(name: str, value: int | str, *, here: bool = False) -> list[Nested]:
    """A property.  here: its value is at fault, behind the length if it has one."""
    identifier, form = PROPERTIES[name]
    mark: list[Nested] = [HERE] if here else []
    if isinstance(value, int):
        return [u8(identifier), mark, FORMS[form](value)]
    if form == "pair":
        return [u8(identifier), text("k"), text(value)]
    return [u8(identifier), u16(len(value)), mark, value.encode()]


def method(name: str = "m", *, here: bool = False) -> list[Nested]:
    return prop("authentication_method", name, here=here)


@dataclass(frozen=True)
class Step:
    sender: str
    wire: Wire
    at: float | None = None  # seconds since the first step

    def form(self) -> dict[str, object]:
        form: dict[str, object] = {"sender": self.sender, "wire": self.wire.form()}
        return form if self.at is None else form | {"at": self.at}


Steps = Union[Step, "list[Steps]"]


def c(*wires: Wire, at: float | None = None) -> list[Steps]:
    """The client sends these."""
    return [Step("client", wire, at) for wire in wires]


def s(*wires: Wire, at: float | None = None) -> list[Steps]:
    """The server sends these."""
    return [Step("server", wire, at) for wire in wires]


def unrolled(steps: Iterable[Steps]) -> list[Step]:
    out: list[Step] = []
    for step in steps:
        if isinstance(step, Step):
            out.append(step)
        else:
            out += unrolled(step)
    return out


class Packets:
    """Packets of one version."""

    def __init__(self, version: int) -> None:
        self.version = version

    def _properties(self, properties: Sequence[Nested]) -> list[Nested]:
        if self.version == 5:
            return block(*properties)
        assert not properties, "3.1.1 has no properties"
        return []

    def _packet(self, first: int, *parts: Nested) -> Wire:
        return Wire(u8(first), vbi(size(parts)), *parts)

    def connect(
        self, *properties: Nested, clean: bool = True, client_id: str = "c", keep_alive: int = 0
    ) -> Wire:
        flags = 2 if clean else 0
        head: list[Nested] = [text("MQTT"), u8(self.version), u8(flags), u16(keep_alive)]
        return self._packet(0x10, *head, self._properties(properties), text(client_id))

    def connack(
        self, *properties: Nested, code: int = 0, present: bool = False, here: str = ""
    ) -> Wire:
        mark: list[Nested] = [HERE] if here == "session_present" else []
        return self._packet(0x20, mark, u8(present), u8(code), self._properties(properties))

    def hello(self, *, client: Sequence[Nested] = (), server: Sequence[Nested] = ()) -> list[Steps]:
        """CONNECT with a clean start and CONNACK, with these properties."""
        return [c(self.connect(*client)), s(self.connack(*server))]

    def resumed(self) -> list[Steps]:
        """A session goes on: CONNECT without a clean start, CONNACK with session present."""
        return [c(self.connect(clean=False)), s(self.connack(present=True))]

    def publish(
        self,
        *properties: Nested,
        packet_id: int | None = None,
        qos: int | None = None,
        dup: bool = False,
        retain: bool = False,
        topic: str = "t",
        payload: str = "",
        here: str = "",
    ) -> Wire:
        """qos: 1 where there is a packet identifier."""
        qos = (0 if packet_id is None else 1) if qos is None else qos
        mark: list[Nested] = [HERE] if here == "packet_id" else []
        number: list[Nested] = [] if packet_id is None else [mark, u16(packet_id)]
        first = 0x30 | dup << 3 | qos << 1 | retain
        rest: list[Nested] = [self._properties(properties), payload.encode()]
        return self._packet(first, text(topic), number, *rest)

    def ack(
        self, first: int, packet_id: int, *properties: Nested, code: int = 0, here: str = ""
    ) -> Wire:
        """PUBACK and its like, in the shortest form."""
        mark: list[Nested] = [HERE] if here == "packet_id" else []
        rest: list[Nested] = []
        if properties:
            rest = [u8(code), self._properties(properties)]
        elif code:
            rest = [u8(code)]
        return self._packet(first, mark, u16(packet_id), *rest)

    def puback(self, packet_id: int, *properties: Nested, code: int = 0, here: str = "") -> Wire:
        return self.ack(PUBACK, packet_id, *properties, code=code, here=here)

    def pubrec(self, packet_id: int, *properties: Nested, code: int = 0, here: str = "") -> Wire:
        return self.ack(PUBREC, packet_id, *properties, code=code, here=here)

    def pubrel(self, packet_id: int, *properties: Nested, code: int = 0, here: str = "") -> Wire:
        return self.ack(PUBREL, packet_id, *properties, code=code, here=here)

    def pubcomp(self, packet_id: int, *properties: Nested, code: int = 0, here: str = "") -> Wire:
        return self.ack(PUBCOMP, packet_id, *properties, code=code, here=here)

    def subscribe(
        self,
        packet_id: int,
        *properties: Nested,
        filters: Sequence[str] = ("f",),
        options: int = 0,
        here: str | int = "",
    ) -> Wire:
        """here: "packet_id", or the index of the filter at fault."""
        mark: list[Nested] = [HERE] if here == "packet_id" else []
        rest: list[Nested] = []
        for index, name in enumerate(filters):
            rest += [[HERE] if here == index else [], text(name), u8(options)]
        return self._packet(0x82, mark, u16(packet_id), self._properties(properties), *rest)

    def unsubscribe(
        self, packet_id: int, *, filters: Sequence[str] = ("f",), here: str = ""
    ) -> Wire:
        mark: list[Nested] = [HERE] if here == "packet_id" else []
        names: list[Nested] = [text(name) for name in filters]
        return self._packet(0xA2, mark, u16(packet_id), self._properties(()), *names)

    def suback(
        self, packet_id: int, *properties: Nested, codes: Sequence[int] = (0,), here: str = ""
    ) -> Wire:
        return self._answer(0x90, packet_id, properties, codes, here)

    def unsuback(
        self, packet_id: int, *properties: Nested, codes: Sequence[int] = (0,), here: str = ""
    ) -> Wire:
        """In 3.1.1 it has no codes."""
        return self._answer(0xB0, packet_id, properties, codes if self.version == 5 else (), here)

    def _answer(
        self,
        first: int,
        packet_id: int,
        properties: Sequence[Nested],
        codes: Sequence[int],
        here: str,
    ) -> Wire:
        id_mark: list[Nested] = [HERE] if here == "packet_id" else []
        mark: list[Nested] = [HERE] if here == "reason_codes" else []
        rest: list[Nested] = [self._properties(properties), mark, bytes(codes)]
        return self._packet(first, id_mark, u16(packet_id), *rest)

    def pingreq(self) -> Wire:
        return self._packet(0xC0)

    def pingresp(self) -> Wire:
        return self._packet(0xD0)

    def disconnect(self, *properties: Nested, code: int = 0) -> Wire:
        if not (properties or code):
            return self._packet(0xE0)
        rest: list[Nested] = [self._properties(properties)] if properties else []
        return self._packet(0xE0, u8(code), *rest)

    def auth(self, *properties: Nested, code: int = 0x18, here: str = "") -> Wire:
        mark: list[Nested] = [HERE] if here == "reason_code" else []
        return self._packet(0xF0, mark, u8(code), self._properties(properties))


def cited(statements: str) -> tuple[str, ...]:
    """Statements by their numbers: "3.1.0-1 3.1.0-2"."""
    return tuple(f"MQTT-{number}" for number in statements.split())


def kept(
    key: str,
    version: int,
    *steps: Steps,
    ids: str = "",
    section: str | None = None,
    comment: str = "",
    level: str = "MUST",
) -> Case:
    """Steps none of which is known to break a rule."""
    assert ids or section, key
    form = {"version": version, "result": "accept"}
    form |= {"steps": [step.form() for step in unrolled(steps)]}
    return Case(key, form, comment, cited(ids), section, level)


def broken(
    key: str,
    version: int,
    *steps: Steps,
    rule: str,
    field: str = "",
    ids: str = "",
    section: str | None = None,
    codes: Sequence[int] | None = None,
    comment: str = "",
    level: str = "MUST",
    result: str = "reject",
) -> Case:
    """Steps the last of which breaks a rule.  Statements: the rule's, unless told."""
    rows = unrolled(steps)
    assert all(step.wire.mark is None for step in rows[:-1]), f"{key}: HERE before the last step"
    last = rows[-1].wire
    offset = 0 if field in WHOLE else last.mark
    assert offset is not None or field in NOWHERE, f"{key}: no HERE"
    forms = [step.form() for step in rows]
    forms[-1]["error"] = error_of(version, rule, offset, field, codes)
    told = cited(ids) if ids or section else None
    ids_, section_ = _key_of_rule(version, rule, told, section)
    form = {"version": version, "result": result, "steps": forms}
    return Case(key, form, comment, ids_, section_, level)
