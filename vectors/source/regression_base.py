# SPDX-License-Identifier: MIT
"""Packets that the regressions are made of."""

from __future__ import annotations

from typing import Any

from .cases import Case, accept, reject
from .wire import Nested, Wire, block, data, packet, text, u8, u16

Form = dict[str, Any]


class At:
    """Where something happened once: the comment of the cases made here."""

    def __init__(self, version: int, where: str) -> None:
        self.version, self.where = version, where
        self.none: list[Nested] = [] if version == 4 else block()
        self.empty: Form = {} if version == 4 else {"properties": {}}

    def good(
        self,
        key: str,
        wire: Wire,
        form: Form,
        *,
        sender: str = "client",
        ids: tuple[str, ...] = (),
        section: str | None = None,
    ) -> Case:
        return accept(
            key,
            self.version,
            wire,
            form,
            sender=sender,
            ids=ids,
            section=section,
            comment=self.where,
        )

    def bad(
        self,
        key: str,
        wire: Wire,
        rule: str,
        field: str,
        *,
        sender: str = "client",
        ids: tuple[str, ...] | None = None,
        section: str | None = None,
        codes: tuple[int, ...] | None = None,
    ) -> Case:
        return reject(
            key,
            self.version,
            wire,
            rule,
            field,
            sender=sender,
            ids=ids,
            section=section,
            comment=self.where,
            codes=codes,
        )

    # ---- Packets, as bytes and as forms

    def connect(self, flags: int, *payload: Nested, properties: Nested = b"") -> Wire:
        """properties: a block, where it is not an empty one."""
        block_ = properties or self.none
        head: list[Nested] = [text("MQTT"), u8(self.version), u8(flags), u16(60)]
        return packet(0x10, *head, block_, *payload)

    def connect_form(self, **others: Any) -> Form:
        form = {"type": "CONNECT", "clean_start": True, "keep_alive": 60, "client_id": "c"}
        return form | self.empty | others

    def publish_form(self, payload: str | list[Any] = "", **others: Any) -> Form:
        form: Form = {"type": "PUBLISH", "dup": False, "qos": 0, "retain": False, "topic": "t"}
        return form | self.empty | {"payload": payload} | others

    def subscription(self, topic_filter: str | list[Any], qos: int) -> Form:
        form: Form = {"topic_filter": topic_filter, "qos": qos}
        if self.version == 5:
            form |= {"no_local": False, "retain_as_published": False, "retain_handling": 0}
        return form

    def subscribe(self, *payload: Nested) -> Wire:
        return packet(0x82, u16(10), self.none, *payload)


def pair(name: str, value: str) -> list[Nested]:
    """A user property (5.0 3.3.2.3.7)."""
    return [u8(0x26), text(name), text(value)]


def will(*properties: Nested) -> list[Nested]:
    """The payload of a 5.0 CONNECT whose flags are 0x06, with these will properties."""
    return [text("c"), block(*properties), text("t"), data()]
