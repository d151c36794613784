# SPDX-License-Identifier: MIT
"""Property lengths, identifiers, and properties that are cut: 5.0 section 2.2.2."""

from __future__ import annotations

from collections.abc import Iterator

from .cases import Case, accept, reject
from .facts import PACKETS, PROPERTIES, SECTIONS
from .places import PLACE, Form, Place, field_of, properties_bytes, property_bytes, typical
from .wire import HERE, Nested, Repeat, data, size, u8, u16, vbi

KNOWN = {entry.id for entry in PROPERTIES.values()}
# Packets that may end before the property length: part of another family.
_MAY_END = ("PUBACK", "PUBREC", "PUBREL", "PUBCOMP", "DISCONNECT", "AUTH")


def beside(place: Place, name: str) -> Form:
    """The properties that have to be there so that this one is right."""
    needs = place.name == "AUTH" or (
        name == "authentication_data" and place.name in ("CONNECT", "CONNACK")
    )
    return {"authentication_method": "m"} if needs and name != "authentication_method" else {}


def build() -> Iterator[Case]:
    for place in PLACE.values():
        yield from _lengths(place)
        yield from _unknown(place)
        for name, entry in PROPERTIES.items():
            if place.name in entry.places:
                yield from _cut(place, name)
    yield from _identifiers()
    yield from _sizes()


def _sender(place: Place) -> str:
    return PACKETS[place.type].senders_5[0]


def _lengths(place: Place) -> Iterator[Case]:
    sender = _sender(place)
    name = place.name.lower()
    needed = properties_bytes(beside(place, ""))
    if place.name not in (*_MAY_END, "WILL"):
        yield reject(
            f"{name} without a property length",
            5,
            place.ending(HERE),
            "property_length_missing",
            place.path,
            sender=sender,
        )
    for what, rule, length in [
        ("padded to two bytes", "integer_padded", vbi(size(needed), padding=1)),
        ("padded to four bytes", "integer_padded", vbi(size(needed), padding=3)),
        ("of five bytes", "integer_too_long", vbi(size(needed), padding=4)),
    ]:
        yield reject(
            f"{name} property length {what}",
            5,
            place.wire(needed, length=[HERE, length]),
            rule,
            place.path,
            sender=sender,
        )
    left = size(needed) + size(place.after)
    for what, number in [("one past the end", left + 1), ("of all bytes there are", 268_435_455)]:
        yield reject(
            f"{name} property length {what}",
            5,
            place.wire(needed, length=[vbi(number), HERE]),
            "truncated",
            place.path,
            sender=sender,
        )
    yield reject(
        f"{name} property length cut",
        5,
        place.ending(HERE, u8(0x80)),
        "truncated",
        place.path,
        sender=sender,
    )


def _unknown(place: Place) -> Iterator[Case]:
    """Identifiers that no property has.  In PUBLISH all of one byte, elsewhere some."""
    numbers = [0x00, 0x2B, 0x7F, 0x80]
    if place.name == "PUBLISH":
        numbers = [number for number in range(0x80) if number not in KNOWN]
        numbers += [0x80, 0x81, 0xA6, 0xFF, 16_383, 16_384, 2_097_152, 268_435_455]
    for number in numbers:
        yield reject(
            f"{place.name.lower()} property 0x{number:02X}",
            5,
            place.wire(properties_bytes(beside(place, "")), HERE, vbi(number), u8(0)),
            "property_unknown",
            place.path,
            sender=_sender(place),
        )


def _leaves(name: str) -> list[tuple[str, bytes]]:
    """The bytes of a typical value: lengths and contents, and what their field is called."""
    kind = PROPERTIES[name].type
    value = typical(name)
    if kind == "pair":
        pair = zip((".name", ".value"), value[0])
        return [
            leaf for part, word in pair for leaf in [(part, u16(len(word))), (part, word.encode())]
        ]
    if kind in ("text", "data"):
        raw = value.encode() if kind == "text" else bytes.fromhex(value)
        return [("", u16(len(raw))), ("", raw)]
    width = {"byte": 1, "two": 2, "four": 4}
    return [("", vbi(value[0]) if kind == "vbi" else value.to_bytes(width[kind], "big"))]


def _cut(place: Place, name: str) -> Iterator[Case]:
    """Values that go past the end of their block, though not of the packet: 2.2.2.1."""
    everywhere = place.name == PROPERTIES[name].places[0]
    leaves = _leaves(name)
    total = sum(len(raw) for _, raw in leaves)
    for kept in range(total) if everywhere else [total - 1]:
        parts: list[Nested] = [u8(PROPERTIES[name].id)]
        left = kept
        for part, raw in leaves:
            if len(raw) > left:  # this one is cut
                parts += [HERE, raw[:left]]
                field = field_of(place, name) + part
                break
            parts.append(raw)
            left -= len(raw)
        lacking = total - kept
        yield reject(
            f"{place.name.lower()} {name} cut {lacking} before its end",
            5,
            place.wire(properties_bytes(beside(place, name)), parts),
            "property_overrun",
            field,
            sender=place.senders(name)[0],
        )


def _identifiers() -> Iterator[Case]:
    """An identifier is a variable byte integer (2.2.2.2), though none takes more than a byte."""
    place = PLACE["PUBLISH"]
    for what, rule, raw in [
        ("padded", "integer_padded", vbi(0x01, padding=1) + u8(1)),
        ("padded to four bytes", "integer_padded", vbi(0x01, padding=3) + u8(1)),
        ("of five bytes", "integer_too_long", vbi(0x01, padding=4) + u8(1)),
        ("cut", "property_overrun", u8(0x80)),
    ]:
        yield reject(
            f"publish property identifier {what}",
            5,
            place.wire(HERE, raw),
            rule,
            place.path,
            sender="client",
        )
    for owner, sender in (("SUBSCRIBE", "client"), ("PUBLISH", "server")):
        place = PLACE[owner]
        name = "subscription_identifiers"
        for what, rule, raw in [
            ("padded", "integer_padded", vbi(1, padding=1)),
            ("padded to four bytes", "integer_padded", vbi(1, padding=3)),
            ("of five bytes", "integer_too_long", vbi(268_435_456)),
            ("of five bytes, padded", "integer_too_long", vbi(1, padding=4)),
        ]:
            yield reject(
                f"{owner.lower()} {name} {what}",
                5,
                place.wire(u8(PROPERTIES[name].id), HERE, raw),
                rule,
                field_of(place, name),
                sender=sender,
            )
    place = PLACE["PUBLISH"]
    once = property_bytes("content_type", "abc")
    yield reject(
        "publish content_type twice, apart",
        5,
        place.wire(once, property_bytes("topic_alias", 1), HERE, once),
        "property_repeated",
        field_of(place, "content_type"),
        sender="client",
        section=SECTIONS["PUBLISH"]["content_type"],
    )


def _sizes() -> Iterator[Case]:
    """Property lengths of one byte, two and three; properties and what only looks like them."""
    place = PLACE["PUBLISH"]
    section = SECTIONS["PUBLISH"]["length"]
    for length in (127, 128, 16_383, 16_384):
        many = length - 3
        yield accept(
            f"publish property length {length}",
            5,
            place.wire(u8(PROPERTIES["content_type"].id), data(Repeat(b"a", many))),
            place.form({"content_type": [{"repeat": ["a", many]}]}),
            sender="client",
            section=section,
        )
    rest: Form = {"type": "PUBLISH", **place.rest}
    yield accept(
        "publish payload like a property",
        5,
        place.ending(u8(0), u8(0x01), u8(0x01)),
        rest | {"payload": "0101", "properties": {}},
        sender="client",
        ids=("MQTT-2.2.2-1",),
        section=section,
    )
    pairs = [["b", "1"], ["a", "2"], ["b", "3"], ["b", "1"]]
    yield accept(
        "publish user_properties in their order",
        5,
        place.wire(property_bytes("user_properties", pairs)),
        place.form({"user_properties": pairs}),
        sender="client",
        section=SECTIONS["PUBLISH"]["user_properties"],
    )
    apart = [
        property_bytes("user_properties", [["b", "1"]]),
        property_bytes("content_type", "abc"),
        property_bytes("user_properties", [["a", "2"]]),
    ]
    yield accept(
        "publish user_properties apart",
        5,
        place.wire(*apart),
        place.form({"content_type": "abc", "user_properties": [["b", "1"], ["a", "2"]]}),
        sender="client",
        section=SECTIONS["PUBLISH"]["user_properties"],
        canonical=False,
    )
    numbers = [268_435_455, 1, 300, 1]
    yield accept(
        "publish subscription_identifiers in their order",
        5,
        place.wire(property_bytes("subscription_identifiers", numbers)),
        place.form({"subscription_identifiers": numbers}),
        sender="server",
        section=SECTIONS["PUBLISH"]["subscription_identifiers"],
    )
