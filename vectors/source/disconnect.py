# SPDX-License-Identifier: MIT
"""DISCONNECT: section 3.14."""

from __future__ import annotations

from collections.abc import Iterator

from .builders import SENDERS, Form, Where, marked, where
from .cases import Case, accept, choice, reject, unwritable
from .wire import HERE, Nested, block, packet, text, u8, u32

CODES = "MQTT-3.14.2-1"
EXPIRY = "properties.session_expiry_interval"

# A code of both senders, one of this sender alone, one of the other alone: 5.0 table 3-10
BOTH = 0x81
OWN = {"client": 0x04, "server": 0x8B}
FOREIGN = {"client": 0x8B, "server": 0x04}
OPEN = 0x8C  # table 2-6 has it for DISCONNECT, table 3-10 has not
NONE = (0x01, 0x03, 0x05, 0x18, 0x7F, 0x84, OPEN, 0x92, 0xFF)


def fields(version: int, code: int = 0, **properties: object) -> Form:
    if version == 4:
        return {"type": "DISCONNECT"}
    return {"type": "DISCONNECT", "reason_code": code, "properties": properties}


def flags(version: int) -> Iterator[Case]:
    for bit in range(4):
        wire = marked(0xE0 | 1 << bit)
        key, at = f"flag {bit}", where(version, "MQTT-3.14.1-1")
        yield reject(key, version, wire, "disconnect_flags", "flags", sender="client", **at)


def of_4() -> Iterator[Case]:
    """3.1.1: two bytes from a client, and nothing else."""
    wire = packet(0xE0)
    at = where(4, "MQTT-3.14.1-1 3.14.1")
    yield accept("client", 4, wire, fields(4), sender="client", **at)
    yield reject(
        "from a server",
        4,
        marked(0xE0),
        "direction",
        "type",
        sender="server",
        section="2.2.1",
        comment="5.0 has it from both",
    )
    for key, rest in [("a byte", b"\0"), ("reason code and property length", b"\0\0")]:
        wire = packet(0xE0, HERE, rest)
        name = "unread"
        key = f"with {key}"
        yield reject(key, 4, wire, "surplus_bytes", name, sender="client", section="3.14.1")


def shapes(sender: str) -> Iterator[Case]:
    """Short and long forms: 5.0 3.14.2.1, 3.14.2.2.1."""
    own = OWN[sender]
    rows: list[tuple[str, list[Nested], int, bool, str]] = [
        ("nothing", [], 0, True, "3.14.2.1"),
        ("reason code 0", [u8(0)], 0, False, "3.14.2.1"),
        ("reason code 0 and no properties", [u8(0), block()], 0, False, "3.14.2.1"),
        ("another reason code", [u8(BOTH)], BOTH, True, "3.14.2.2.1"),
        (
            "another reason code and no properties",
            [u8(BOTH), block()],
            BOTH,
            False,
            "3.14.2.2.1",
        ),
        ("a reason code of its own", [u8(own)], own, True, "3.14.2.2.1"),
    ]
    for key, parts, code, canonical, section in rows:
        yield accept(
            f"{sender} with {key}",
            5,
            packet(0xE0, *parts),
            fields(5, code),
            sender=sender,
            ids=[CODES, "MQTT-3.14.1-1"],
            section=section,
            canonical=canonical,
        )
    for code in (FOREIGN[sender], *NONE):
        if code == OPEN:
            yield choice(
                f"{sender} with reason code {code:02x}",
                5,
                packet(0xE0, HERE, u8(code)),
                fields(5, code),
                "disconnect_reason",
                "reason_code",
                sender=sender,
                ids=[CODES],
                section="2.4",
                comment="table 2-6 has this code for DISCONNECT, table 3-10 has not",
            )
            continue
        yield reject(
            f"{sender} with reason code {code:02x}",
            5,
            packet(0xE0, HERE, u8(code)),
            "disconnect_reason",
            "reason_code",
            sender=sender,
            ids=[CODES],
            comment="the other side alone may send it" if code == FOREIGN[sender] else "",
        )
    ends: list[tuple[str, list[Nested], str, str]] = [
        ("a byte after it", [u8(0), block(), HERE, u8(0)], "surplus_bytes", "unread"),
        (
            "a property length past its end",
            [u8(0), u8(4), HERE, b"\x1f", text("")],
            "truncated",
            "properties",
        ),
    ]
    for key, parts, rule, name in ends:
        wire = packet(0xE0, *parts)
        key = f"{sender} with {key}"
        yield reject(key, 5, wire, rule, name, sender=sender, section="2.1.4")


def properties(sender: str) -> Iterator[Case]:
    """Properties that both may send: 3.14.2.2."""
    yield accept(
        f"{sender} with reason string and user properties",
        5,
        packet(0xE0, u8(BOTH), block(b"\x1f", text("r"), b"\x26", text("a"), text("1"))),
        fields(5, BOTH, reason_string="r", user_properties=[["a", "1"]]),
        sender=sender,
        section="3.14.2.2.3",
    )


def one_way() -> Iterator[Case]:
    """Properties of one sender: Session Expiry Interval (3.14.2.2.2), Server Reference (.5)."""
    for interval in (0, 1, 0xFFFFFFFF):
        yield accept(
            f"client session expiry interval {interval}",
            5,
            packet(0xE0, u8(0), block(b"\x11", u32(interval))),
            fields(5, session_expiry_interval=interval),
            sender="client",
            ids=["MQTT-3.14.2-2"],
            section="3.14.2.2.2",
            comment="figure 3-24" if not interval else "",
        )
        yield reject(
            f"server session expiry interval {interval}",
            5,
            packet(0xE0, u8(0), block(HERE, b"\x11", u32(interval))),
            "disconnect_session_expiry",
            EXPIRY,
            sender="server",
            ids=["MQTT-3.14.2-2"],
        )
    for code in (0x9C, 0x9D):
        yield accept(
            f"server reference with {code:02x}",
            5,
            packet(0xE0, u8(code), block(b"\x1c", text("other:1883"))),
            fields(5, code, server_reference="other:1883"),
            sender="server",
            section="3.14.2.2.5",
        )
    yield choice(
        "server reference from a client",
        5,
        packet(0xE0, u8(0), block(HERE, b"\x1c", text("other"))),
        fields(5, server_reference="other"),
        "disconnect_server_reference",
        "properties.server_reference",
        sender="client",
        section="3.14.2.2.5",
        comment="what the server sends is described; nothing forbids it to a client",
        canonical=True,
    )


def forbidden(version: int) -> Iterator[Case]:
    """Packets that no bytes may come of."""
    if version == 4:
        unwritten: list[tuple[str, Form, str]] = [
            ("a reason code", {"reason_code": BOTH}, "reason_code"),
            ("properties", {"properties": {"reason_string": "r"}}, "properties"),
        ]
        for key, some, name in unwritten:
            yield unwritable(
                f"unwritable with {key}",
                4,
                {**fields(4), **some},
                "not_in_version",
                name,
                sender="client",
                section="3.14.2",
            )
        yield unwritable(
            "unwritable from a server",
            4,
            fields(4),
            "direction",
            "type",
            sender="server",
            section="2.2.1",
        )
        return
    misplaced = where(5, "2.2.2.2")
    code = "reason_code"
    rows: list[tuple[str, str, Form, str, str, Where]] = [
        (
            "server",
            "session expiry interval",
            fields(5, session_expiry_interval=0),
            "disconnect_session_expiry",
            EXPIRY,
            where(5, "MQTT-3.14.2-2"),
        ),
        ("client", "reason code 256", fields(5, 256), "value_too_wide", code, where(5, "1.5")),
        ("client", "reason code 84", fields(5, 0x84), "disconnect_reason", code, where(5, CODES)),
        ("client", "reason code 8b", fields(5, 0x8B), "disconnect_reason", code, where(5, CODES)),
        ("server", "reason code 04", fields(5, 0x04), "disconnect_reason", code, where(5, CODES)),
        (
            "client",
            "another property",
            fields(5, receive_maximum=1),
            "property_misplaced",
            "properties.receive_maximum",
            misplaced,
        ),
    ]
    for sender, key, whole, rule, name, at in rows:
        key = f"unwritable {sender} with {key}"
        yield unwritable(key, 5, whole, rule, name, sender=sender, **at)


def build(version: int) -> Iterator[Case]:
    yield from flags(version)
    if version == 4:
        yield from of_4()
    else:
        for sender in SENDERS:
            yield from shapes(sender)
            yield from properties(sender)
        yield from one_way()
    yield from forbidden(version)
