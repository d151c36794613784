# SPDX-License-Identifier: MIT
"""Every text and all binary data at its longest, 65,535 bytes, and one byte longer, which two bytes
of length cannot say (3.1.1 1.5.3; 5.0 1.5.4, 1.5.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .cases import Case, accept, choice, unwritable
from .connect_payload import OTHER_IDS_COMMENT
from .utf8_places import (
    AROUND,
    Form,
    header_places,
    no_properties,
    property_places,
    topic_place,
    user_property_places,
)
from .wire import Nested, Repeat, Wire, block, data, packet, recipe, text, u8, u16

LONGEST = 65_535
TEXT = {4: "1.5.3", 5: "1.5.4"}
BINARY_4 = {"will.payload": "3.1.3.3", "password": "3.1.3.5"}  # 5.0: 1.5.6


@dataclass(frozen=True)
class Binary:
    """A field of binary data, as a packet around it."""

    name: str  # in keys
    path: str  # in errors
    sender: str
    wire: Callable[[list[Nested]], Wire]  # given the field with its length
    form: Callable[[Any], Form]


def _connect_binaries(version: int) -> Iterator[Binary]:
    none = no_properties(version)
    empty: Form = {} if version == 4 else {"properties": {}}
    head: list[Nested] = [text("MQTT"), u8(version)]
    form = {"type": "CONNECT", "clean_start": True, "keep_alive": 60, "client_id": "c"} | empty
    will = {"topic": "t", "qos": 0, "retain": False} | empty
    start: list[Nested] = [u16(60), none, text("c")]
    yield Binary(
        "will payload",
        "will.payload",
        "client",
        lambda field: packet(0x10, head, u8(0x06), start, none, text("t"), field),
        lambda content: form | {"will": will | {"payload": content}},
    )
    yield Binary(
        "password",
        "password",
        "client",
        lambda field: packet(0x10, head, u8(0xC2), start, text("u"), field),
        lambda content: form | {"username": "u", "password": content},
    )


def _property_binaries() -> Iterator[Binary]:
    for name, identifier, places in [
        ("correlation_data", 0x09, ("PUBLISH", "will")),
        ("authentication_data", 0x16, ("CONNECT", "CONNACK", "AUTH")),
    ]:
        for where, sender, wire, form in AROUND:
            if where in places:
                yield _property_binary(name, identifier, where, sender, wire, form)


def _property_binary(
    name: str,
    identifier: int,
    where: str,
    sender: str,
    wire: Callable[[list[Nested]], Wire],
    form: Callable[[Form], Form],
) -> Binary:
    method = name == "authentication_data"  # which needs one
    ahead: list[Nested] = [u8(0x15), text("m")] if method else []
    others: Form = {"authentication_method": "m"} if method else {}
    return Binary(
        f"{name.replace('_', ' ')} of {where}",
        f"will.properties.{name}" if where == "will" else f"properties.{name}",
        sender,
        lambda field: wire(block(ahead, u8(identifier), field)),
        lambda content: form(others | {name: content}),
    )


def texts(version: int) -> Iterator[Case]:
    places = [topic_place(version), *header_places(version)]
    if version == 5:
        places += [*property_places(), *user_property_places()]
    content: Any = Repeat(b"a", LONGEST)
    form: Any = recipe("a", LONGEST)
    longer: Any = recipe("a", LONGEST + 1)
    for place in places:
        key = f"{place.name} of {LONGEST} bytes"
        topic = place.nul == "topic_nul"
        cap = ("MQTT-4.7.3-3",) if topic else ()
        wire, packet_form = place.wire(content), place.form(form)
        if place.path == "client_id":
            yield choice(
                *(key, version, wire, packet_form, "client_id_refused", place.path),
                sender=place.sender,
                section="3.1.3.1",
                comment=OTHER_IDS_COMMENT,
                canonical=True,
            )
        else:
            yield accept(
                *(key, version, wire, packet_form),
                sender=place.sender,
                ids=cap,
                section=TEXT[version],
            )
        yield unwritable(
            f"{place.name} of {LONGEST + 1} bytes",
            version,
            place.form(longer),
            "topic_too_long" if topic else "text_too_long",
            place.path,
            sender=place.sender,
        )


def binaries(version: int) -> Iterator[Case]:
    places = list(_connect_binaries(version))
    if version == 5:
        places += _property_binaries()
    for place in places:
        section = "1.5.6" if version == 5 else BINARY_4[place.path]
        yield accept(
            f"{place.name} of {LONGEST} bytes",
            version,
            place.wire(data(Repeat(b"\xff", LONGEST))),
            place.form(recipe("ff", LONGEST)),
            sender=place.sender,
            section=section,
        )
        yield unwritable(
            f"{place.name} of {LONGEST + 1} bytes",
            version,
            place.form(recipe("ff", LONGEST + 1)),
            "text_too_long",
            place.path,
            sender=place.sender,
            section=section,
        )


def build(version: int) -> Iterator[Case]:
    yield from texts(version)
    yield from binaries(version)
