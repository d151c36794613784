# SPDX-License-Identifier: MIT
"""Every property of 5.0 in every place: there, not, twice, at its limits, where it has no place.

Expectations come from facts_packets.py: table 2-4, and the section of each property (SECTIONS).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from . import property_blocks
from .cases import Case, accept, choice, reject
from .facts import PACKETS, PLACES, PROPERTIES, SECTIONS
from .places import (
    PLACE,
    Form,
    Place,
    field_of,
    properties_bytes,
    property_bytes,
    typical,
    value_bytes,
)
from .property_blocks import beside
from .wire import HERE, Nested, Repeat, data, text, u8, u16

LONGEST = 65_535  # bytes of a text or of binary data: 1.5.4, 1.5.6

# Statements that a property keeps where it is right.
_IDS = {
    "response_topic": ("MQTT-3.3.2-13", "MQTT-1.5.4-1"),
    "content_type": ("MQTT-3.3.2-19", "MQTT-1.5.4-1"),
    "topic_alias": ("MQTT-3.3.2-8",),
    "user_properties": ("MQTT-1.5.7-1", "MQTT-1.5.4-1"),
}


def _ids(place: Place, name: str) -> tuple[str, ...]:
    if name == "subscription_identifiers":
        return ("MQTT-3.3.4-6", "MQTT-1.5.5-1") if place.name == "PUBLISH" else ("MQTT-1.5.5-1",)
    if (place.name, name) == ("DISCONNECT", "session_expiry_interval"):
        return ("MQTT-3.14.2-2",)
    found = _IDS.get(name, ("MQTT-1.5.4-1",) if PROPERTIES[name].type == "text" else ())
    of_publish = place.name == "PUBLISH"
    return tuple(each for each in found if of_publish or not each.startswith("MQTT-3.3.2"))


def _reason(name: str) -> int:
    """Server Reference goes with Server moved: 3.2.2.3.16, 3.14.2.2.5."""
    return 0x9D if name == "server_reference" else -1


def build(version: int) -> Iterator[Case]:
    if version != 5:
        return
    for place in PLACE.values():
        for name, entry in PROPERTIES.items():
            if place.name in entry.places:
                yield from _there(place, name)
                yield from _limits(place, name)
                yield from _texts(place, name)
            else:
                yield _misplaced(place, name)
        yield from _together(place)
    yield from _of_the_other_side()
    yield from _alone()
    yield from property_blocks.build()


def _accept(place: Place, key: str, name: str, properties: Form, sender: str, **more: Any) -> Case:
    """These properties, of which one is looked at."""
    return accept(
        key,
        5,
        place.wire(properties_bytes(properties), reason=_reason(name)),
        place.form(properties, _reason(name)),
        sender=sender,
        ids=_ids(place, name),
        section=SECTIONS[place.name][name],
        **more,
    )


def _key(place: Place, name: str, what: str) -> str:
    return f"{place.name.lower()} {name} {what}"


def _there(place: Place, name: str) -> Iterator[Case]:
    """Once, from each side that may; twice."""
    senders = place.senders(name)
    section = SECTIONS[place.name][name]
    value = typical(name)
    others = beside(place, name)
    for sender in senders:
        what = "once" if len(senders) == 1 else f"once from a {sender}"
        yield _accept(place, _key(place, name, what), name, others | {name: value}, sender)
    key = _key(place, name, "twice")
    if place.name in PROPERTIES[name].repeatable:
        yield _accept(place, key, name, others | {name: value * 2}, senders[0])
        return
    once = property_bytes(name, value)
    wire = place.wire(properties_bytes(others), once, HERE, once, reason=_reason(name))
    field = field_of(place, name, 1)
    if (place.name, name) in (
        ("PUBLISH", "payload_format_indicator"),
        ("PUBLISH", "message_expiry_interval"),
    ):
        yield choice(
            key,
            5,
            wire,
            place.form({name: value}),
            "property_repeated",
            field,
            sender=senders[0],
            section=section,
            comment="in PUBLISH, unlike in the will, the text does not say that it may not repeat",
        )
    else:
        yield reject(key, 5, wire, "property_repeated", field, sender=senders[0], section=section)


def _limits(place: Place, name: str) -> Iterator[Case]:
    """Numbers: the smallest, the largest, and what is beyond them."""
    entry = PROPERTIES[name]
    sender = place.senders(name)[0]
    others = beside(place, name)
    if entry.type not in ("byte", "two", "four", "vbi"):
        return
    values = [("smallest", entry.lowest), ("largest", entry.highest)]
    if entry.type == "vbi":  # where it takes another byte: 1.5.5
        values += [("of one byte", 127), ("of two bytes", 128), ("of two bytes, largest", 16_383)]
        values += [("of three bytes", 16_384), ("of three bytes, largest", 2_097_151)]
        values += [("of four bytes", 2_097_152)]
    for what, number in values:
        value = [number] if entry.type == "vbi" else number
        yield _accept(place, _key(place, name, what), name, others | {name: value}, sender)
    if entry.bad_value is None:
        return
    beyond = [("zero", 0)] if entry.lowest else [("two", 2), ("255", 255)]
    for what, number in beyond:
        wire = place.wire(properties_bytes(others), u8(entry.id), HERE, value_bytes(name, number))
        key = _key(place, name, what)
        field = field_of(place, name)
        section = SECTIONS[place.name][name]
        if name == "payload_format_indicator":
            yield choice(
                key,
                5,
                wire,
                place.form({name: number}),
                entry.bad_value,
                field,
                sender=sender,
                section=section,
                canonical=True,
                comment="the text gives 0 and 1 a meaning, and does not say what others are",
            )
        else:
            ids = ("MQTT-3.3.2-8",) if name == "topic_alias" else ()
            yield reject(
                key, 5, wire, entry.bad_value, field, sender=sender, ids=ids, section=section
            )


def _large(kind: str) -> list[tuple[str, list[Nested], Any]]:
    """Values of the most bytes: what is told of them, bytes, JSON form."""
    many = Repeat(b"a", LONGEST)
    if kind == "text":
        return [("largest", data(many), [{"repeat": ["a", LONGEST]}])]
    if kind == "data":
        return [("largest", data(many), [{"repeat": ["61", LONGEST]}])]
    whole = [{"repeat": ["a", LONGEST]}]
    return [
        ("largest name", [data(many), text()], [[whole, ""]]),
        ("largest value", [text(), data(many)], [["", whole]]),
    ]


def _texts(place: Place, name: str) -> Iterator[Case]:
    """Text and binary data: none, the most, and text that is not UTF-8 or holds U+0000."""
    entry = PROPERTIES[name]
    if entry.type not in ("text", "data", "pair"):
        return
    sender = place.senders(name)[0]
    others = beside(place, name)
    empty = [["", ""]] if entry.type == "pair" else ""
    key = _key(place, name, "empty")
    section = SECTIONS[place.name][name]
    if name == "response_topic":
        yield choice(
            key,
            5,
            place.wire(u8(entry.id), text(), HERE),
            place.form({name: ""}),
            "response_topic_empty",
            field_of(place, name),
            sender=sender,
            section=section,
            canonical=True,
            comment="it is a topic name, and those are not empty (MQTT-4.7.3-1); "
            "nothing is said of an empty one here",
        )
    else:
        yield _accept(place, key, name, others | {name: empty}, sender)
    for what, raw, value in _large(entry.type):
        ordered = others | {name: value}
        parts: list[Nested] = []
        for each in sorted(ordered, key=lambda one: PROPERTIES[one].id):
            parts.append(
                [u8(entry.id), raw] if each == name else property_bytes(each, others[each])
            )
        yield accept(
            _key(place, name, what),
            5,
            place.wire(parts, reason=_reason(name)),
            place.form(ordered, _reason(name)),
            sender=sender,
            ids=_ids(place, name),
            section=section,
        )
    if entry.type != "data":
        yield from _bad_texts(place, name)


def _bad_texts(place: Place, name: str) -> Iterator[Case]:
    entry = PROPERTIES[name]
    utf8, nul = {
        "response_topic": ("response_topic_utf8", "topic_nul"),
        "content_type": ("content_type_utf8", "text_nul"),
        "user_properties": ("user_property_utf8", "user_property_nul"),
    }.get(name, ("text_utf8", "text_nul"))
    for what, rule, raw in [("not UTF-8", utf8, b"a\xff"), ("with U+0000", nul, b"a\0b")]:
        bad: list[Nested] = [u16(len(raw)), HERE, raw]
        forms: list[tuple[str, str, list[Nested]]] = [("", "", bad)]
        if entry.type == "pair":
            forms = [("name ", ".name", [bad, text("v")]), ("value ", ".value", [text("k"), bad])]
        for part, suffix, value in forms:
            ids: tuple[str, ...] | None = None
            if place.name == "WILL" and rule in ("response_topic_utf8", "content_type_utf8"):
                ids = ("MQTT-1.5.4-1",)  # the others are of PUBLISH
            yield reject(
                _key(place, name, f"{part}{what}"),
                5,
                place.wire(
                    properties_bytes(beside(place, name)),
                    u8(entry.id),
                    value,
                    reason=_reason(name),
                ),
                rule,
                field_of(place, name) + suffix,
                sender=place.senders(name)[0],
                ids=ids,
            )


def _misplaced(place: Place, name: str) -> Case:
    return reject(
        _key(place, name, "misplaced"),
        5,
        place.wire(
            properties_bytes(beside(place, name)), HERE, property_bytes(name, typical(name))
        ),
        "property_misplaced",
        field_of(place, name),
        sender=PACKETS[place.type].senders_5[0],
    )


def _together(place: Place) -> Iterator[Case]:
    """All properties of a place, in ascending and descending order, and all but each."""
    for sender in PACKETS[place.type].senders_5:
        names = [name for name in PROPERTIES if place.name in PROPERTIES[name].places]
        names = [name for name in names if sender in place.senders(name)]
        of = f" from a {sender}" if len(PACKETS[place.type].senders_5) == 2 else ""
        full = {name: typical(name) for name in names}
        code = _reason("server_reference" if "server_reference" in full else "")
        wire = place.wire(properties_bytes(full), reason=code)
        yield accept(
            f"{place.name.lower()} all{of}",
            5,
            wire,
            place.form(full, code),
            sender=sender,
            ids=("MQTT-2.2.2-1",),
            section=SECTIONS[place.name]["length"],
        )
        if len(full) > 1:
            reverse = [property_bytes(name, full[name]) for name in reversed(full)]
            yield accept(
                f"{place.name.lower()} all{of} backwards",
                5,
                place.wire(*reverse, reason=code),
                place.form(full, code),
                sender=sender,
                section="2.2.2.2",
                canonical=False,
                comment="the order of different properties means nothing",
            )
        for name in names:
            left = {each: value for each, value in full.items() if each != name}
            if name == "authentication_method":
                if place.name == "AUTH":
                    continue  # it has to be there
                del left["authentication_data"]
            left_code = code if "server_reference" in left else -1
            yield accept(
                _key(place, name, f"absent{of}"),
                5,
                place.wire(properties_bytes(left), reason=left_code),
                place.form(left, left_code),
                sender=sender,
                section=SECTIONS[place.name][name],
                comment="all others are there" if left else "",
            )


def _of_the_other_side() -> Iterator[Case]:
    """Properties that one side alone may put into a packet that both may send."""
    publish, disconnect = PLACE["PUBLISH"], PLACE["DISCONNECT"]
    name = "subscription_identifiers"
    yield reject(
        _key(publish, name, "from a client"),
        5,
        publish.wire(HERE, property_bytes(name, [300])),
        "subscription_identifier_from_client",
        field_of(publish, name),
        sender="client",
    )
    name = "session_expiry_interval"
    yield reject(
        _key(disconnect, name, "from a server"),
        5,
        disconnect.wire(HERE, property_bytes(name, 70_000)),
        "disconnect_session_expiry",
        field_of(disconnect, name),
        sender="server",
    )
    name = "server_reference"
    yield choice(
        _key(disconnect, name, "from a client"),
        5,
        disconnect.wire(HERE, property_bytes(name, "abc")),
        disconnect.form({name: "abc"}),
        "disconnect_server_reference",
        field_of(disconnect, name),
        sender="client",
        section=SECTIONS["DISCONNECT"][name],
        canonical=True,
        comment="it is described for servers alone, and not forbidden to clients",
    )


def _alone() -> Iterator[Case]:
    """Properties that need another one."""
    name = "authentication_data"
    raw = bytes.fromhex(typical(name))
    wires = {
        place: PLACE[place].wire(u8(PROPERTIES[name].id), u16(len(raw)), HERE, raw)
        for place in ("CONNECT", "CONNACK")
    }
    yield reject(
        "connect authentication_data alone",
        5,
        wires["CONNECT"],
        "authentication_data_alone",
        field_of(PLACE["CONNECT"], name),
        sender="client",
    )
    yield choice(
        "connack authentication_data alone",
        5,
        wires["CONNACK"],
        PLACE["CONNACK"].form({name: typical(name)}),
        "connack_data_alone",
        field_of(PLACE["CONNACK"], name),
        sender="server",
        section=SECTIONS["CONNACK"][name],
        canonical=True,
        comment="unlike of CONNECT, nothing is said of data without a method",
    )
    auth = PLACE["AUTH"]
    for sender in PACKETS["AUTH"].senders_5:
        yield reject(
            f"auth authentication_method absent from a {sender}",
            5,
            auth.wire(property_bytes("reason_string", "abc"), HERE),
            "auth_method_missing",
            field_of(auth, "authentication_method"),
            sender=sender,
        )


assert tuple(PLACE) == PLACES
