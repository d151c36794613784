# SPDX-License-Identifier: MIT
"""AUTH: section 3.15.  3.1.1 has no such packet."""

from __future__ import annotations

from collections.abc import Iterator

from .builders import SENDERS, Form, marked, where
from .cases import Case, accept, choice, reject, unwritable
from .catalogue import SHORT_AUTH
from .wire import HERE, Nested, block, data, packet, text, u8

METHOD = "properties.authentication_method"
CODES = "MQTT-3.15.2-1"

# Who may send which: table 3-11
OWN = {"client": (0x18, 0x19), "server": (0x00, 0x18)}
FOREIGN = {"client": (), "server": (0x19,)}
NONE = (0x01, 0x17, 0x1A, 0x80, 0x8C, 0xFF)


def fields(code: int, **properties: object) -> Form:
    return {"type": "AUTH", "reason_code": code, "properties": properties}


def shapes(sender: str) -> Iterator[Case]:
    method: list[Nested] = [b"\x15", text("m")]
    for code in OWN[sender]:
        yield accept(
            f"{sender} with reason code {code:02x}",
            5,
            packet(0xF0, u8(code), block(method)),
            fields(code, authentication_method="m"),
            sender=sender,
            ids=[CODES, "MQTT-3.15.1-1"],
            section="3.15.2.2.2",
        )
    wrong = [(code, "the client alone may send it") for code in FOREIGN[sender]]
    for code, comment in [*wrong, *((code, "") for code in NONE)]:
        yield reject(
            f"{sender} with reason code {code:02x}",
            5,
            packet(0xF0, HERE, u8(code), block(method)),
            "auth_reason",
            "reason_code",
            sender=sender,
            ids=[CODES],
            comment=comment,
        )
    yield accept(
        f"{sender} with every property",
        5,
        packet(
            0xF0,
            u8(0x18),
            block(
                b"\x15",
                text("SCRAM-SHA-1"),
                b"\x16",
                data(b"\0\xff"),
                b"\x1f",
                text("r"),
                b"\x26",
                text("a"),
                text("1"),
                b"\x26",
                text("a"),
                text("1"),
            ),
        ),
        fields(
            0x18,
            authentication_method="SCRAM-SHA-1",
            authentication_data="00ff",
            reason_string="r",
            user_properties=[["a", "1"], ["a", "1"]],
        ),
        sender=sender,
        section="3.15.2.2",
    )
    yield accept(
        f"{sender} with an empty method and no data",
        5,
        packet(0xF0, u8(0x18), block(b"\x15", text(""), b"\x16", data())),
        fields(0x18, authentication_method="", authentication_data=""),
        sender=sender,
        section="3.15.2.2.2",
    )
    rows: list[tuple[str, list[Nested], str]] = [
        ("no properties", [block()], ""),
        ("another property alone", [block(b"\x1f", text("r"))], ""),
        ("data alone", [block(b"\x16", data(b"d"))], ""),
    ]
    for key, parts, comment in rows:
        yield reject(
            f"{sender} without method, {key}",
            5,
            packet(0xF0, u8(0x18), *parts, HERE),
            "auth_method_missing",
            METHOD,
            sender=sender,
            section="3.15.2.2.2",
            comment=comment,
        )
    yield reject(
        f"{sender} with reason code 18 alone",
        5,
        packet(0xF0, u8(0x18), HERE),
        "auth_method_missing",
        METHOD,
        sender=sender,
        section="3.15.2.2.2",
        codes=(0x82, 0x81),
        comment="whether or not the property length may go, the method is missing",
    )
    ends: list[tuple[str, list[Nested], str, str]] = [
        ("a byte after it", [u8(0x18), block(method), HERE, u8(0)], "surplus_bytes", "unread"),
        (
            "a property length past its end",
            [u8(0x18), u8(5), HERE, method],
            "truncated",
            "properties",
        ),
    ]
    for key, parts, rule, name in ends:
        wire = packet(0xF0, *parts)
        key = f"{sender} with {key}"
        yield reject(key, 5, wire, rule, name, sender=sender, section="2.1.4")


def open_forms() -> Iterator[Case]:
    """Success without properties.

    3.15.2.1 describes it: with reason code 0x00 and no properties the Remaining Length may be 0.
    3.15.2.2.2 makes it a protocol error to leave out the Authentication Method.  They contradict
    each other, so who follows either is right.  What is written out says the same as what is left
    out: it is as open.  Code 0x00 is the server's alone, so a client's F0 00 breaks another rule.
    """
    said = "3.15.2.1 describes an AUTH without properties, 3.15.2.2.2 wants a method in every AUTH"
    rows: list[tuple[str, list[Nested], bool]] = [
        ("nothing", [], True),
        ("reason code 00 and no properties", [u8(0), block()], False),
    ]
    for key, parts, canonical in rows:
        yield choice(
            f"server with {key}",
            5,
            packet(0xF0, *parts, HERE),
            fields(0),
            "auth_method_missing",
            METHOD,
            sender="server",
            section="3.15.2.1",
            comment=f"{said}; {SHORT_AUTH}" if not parts else said,
            canonical=canonical,
        )
    yield choice(
        "server with reason code 00 alone",
        5,
        packet(0xF0, u8(0), HERE),
        fields(0),
        "auth_short",
        "properties",
        sender="server",
        section="3.15.2.1",
        comment=f"{said}; and whether the property length alone may go is told of DISCONNECT only",
        codes=(0x81, 0x82),
    )


def flags(version: int) -> Iterator[Case]:
    body: list[Nested] = [u8(0x18), block(b"\x15", text("m"))]
    if version == 4:
        for sender in SENDERS:
            yield reject(
                f"{sender} in 3.1.1",
                4,
                marked(0xF0, *body),
                "type_reserved",
                "type",
                sender=sender,
                section="2.2.1",
                comment="an AUTH of 5.0; type 15 is reserved",
            )
        yield reject(
            "of no length in 3.1.1",
            4,
            marked(0xF0),
            "type_reserved",
            "type",
            sender="client",
            section="2.2.1",
        )
        return
    at = where(5, "MQTT-3.15.1-1")
    for bit in range(4):
        wire = marked(0xF0 | 1 << bit, *body)
        yield reject(f"flag {bit}", 5, wire, "auth_flags", "flags", sender="client", **at)


def forbidden(version: int) -> Iterator[Case]:
    """Packets that no bytes may come of."""
    good = {"authentication_method": "m"}
    if version == 4:
        yield unwritable(
            "unwritable in 3.1.1",
            4,
            {"type": "AUTH", "reason_code": 0x18, "properties": good},
            "type_reserved",
            "type",
            sender="client",
            section="2.2.1",
        )
        return
    for sender, key, code, properties, rule, name, section in [
        ("client", "reason code 01", 1, good, "auth_reason", "reason_code", CODES),
        ("client", "reason code 256", 256, good, "value_too_wide", "reason_code", "1.5"),
        ("client", "reason code 00", 0, good, "auth_reason", "reason_code", CODES),
        ("server", "reason code 19", 0x19, good, "auth_reason", "reason_code", CODES),
        ("client", "no method", 0x18, {}, "auth_method_missing", METHOD, "3.15.2.2.2"),
        (
            "client",
            "data alone",
            0x18,
            {"authentication_data": "64"},
            "auth_method_missing",
            METHOD,
            "3.15.2.2.2",
        ),
        (
            "client",
            "another property",
            0x18,
            {**good, "server_reference": "s"},
            "property_misplaced",
            "properties.server_reference",
            "2.2.2.2",
        ),
    ]:
        yield unwritable(
            f"unwritable {sender} with {key}",
            5,
            fields(code, **properties),
            rule,
            name,
            sender=sender,
            **where(5, section),
        )


def build(version: int) -> Iterator[Case]:
    yield from flags(version)
    if version == 5:
        for sender in SENDERS:
            yield from shapes(sender)
        yield from open_forms()
    yield from forbidden(version)
