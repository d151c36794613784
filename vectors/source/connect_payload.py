# SPDX-License-Identifier: MIT
"""CONNECT: its payload (3.1.3), field by field."""

from __future__ import annotations

from collections.abc import Iterator

from . import connect_will
from .builders import Where, connect, connect_form, properties, where, will_form
from .cases import Case, accept, choice, reject
from .wire import HERE, Nested, Repeat, data, recipe, text, u8, u16

# Client identifiers that every server takes: 3.1.3.1
IDS = [
    ("client id of one byte", "a"),
    ("client id of 23 bytes", "0123456789abcdefghijXYZ"),
]

# Those that it may refuse
OTHER_IDS = [
    ("client id of 24 bytes", "0123456789abcdefghijWXYZ"),
    ("client id with a hyphen", "a-b"),
    ("client id with a blank", "a b"),
    ("client id that is not ascii", "\u00fc"),
    ("client id with wildcards", "+/#"),
]


OTHER_IDS_COMMENT = "a server may refuse more than 23 bytes, and characters but letters and digits"


def takes(client_id: str) -> bool:
    """Is it one that every server takes, or empty?"""
    return len(client_id) <= 23 and (not client_id or (client_id.isascii() and client_id.isalnum()))


def will(version: int, *parts: Nested) -> list[Nested]:
    """A client identifier and a will of these fields, without properties."""
    return [text("c"), properties(version), *parts]


def client_ids(version: int) -> Iterator[Case]:
    for key, client_id in IDS:
        wire = connect(version, u8(2), text(client_id))
        packet = connect_form(version, client_id=client_id)
        at = where(version, "MQTT-3.1.3-4 3.1.3.1")
        yield accept(key, version, wire, packet, sender="client", **at)
    for key, client_id in OTHER_IDS:
        raw = client_id.encode()
        yield choice(
            key,
            version,
            connect(version, u8(2), u16(len(raw)), HERE, raw),
            connect_form(version, client_id=client_id),
            "client_id_refused",
            "client_id",
            sender="client",
            section="3.1.3.1",
            comment=OTHER_IDS_COMMENT,
            canonical=True,
        )
    yield accept(
        "empty client id with clean start",
        version,
        connect(version, u8(2), text("")),
        connect_form(version, client_id=""),
        sender="client",
        **where(version, "MQTT-3.1.3-7", "MQTT-3.1.3-3 3.1.3.1"),
    )
    if version == 5:
        yield accept(
            "empty client id without clean start",
            version,
            connect(version, u8(0), text("")),
            connect_form(version, client_id="", clean_start=False),
            sender="client",
            ids=["MQTT-3.1.3-3"],
            section="3.1.3.1",
            comment="3.1.1 wants Clean Session here, 5.0 does not",
        )
    else:
        yield reject(
            "empty client id without clean start",
            version,
            connect(version, u8(0), u16(0), HERE),
            "client_id_empty",
            "client_id",
            sender="client",
            ids=["MQTT-3.1.3-7"],
        )


def texts(version: int) -> Iterator[Case]:
    """Strings that are none, and what need not be one."""
    bad: list[Nested] = [u16(1), HERE, b"\xff"]
    nul: list[Nested] = [u16(3), HERE, b"a\0b"]
    own_nul = where(version, "MQTT-1.5.3-2", "MQTT-1.5.4-2")
    topic_nul = where(version, "MQTT-4.7.3-2")
    rows: list[tuple[str, int, list[Nested], str, str, Where]] = [
        (
            "client id",
            0x02,
            [],
            "client_id_utf8",
            "client_id",
            where(version, "MQTT-3.1.3-4 MQTT-1.5.3-1", "MQTT-3.1.3-4 MQTT-1.5.4-1"),
        ),
        (
            "will topic",
            0x06,
            will(version),
            "will_topic_utf8",
            "will.topic",
            where(version, "MQTT-3.1.3-10", "MQTT-3.1.3-11"),
        ),
        (
            "user name",
            0x82,
            [text("c")],
            "username_utf8",
            "username",
            where(version, "MQTT-3.1.3-11", "MQTT-3.1.3-12"),
        ),
    ]
    for key, flags, before, rule, name, at in rows:
        after: list[Nested] = [data(b"x")] if name == "will.topic" else []
        wire = connect(version, u8(flags), *before, *bad, *after)
        yield reject(f"{key} not utf-8", version, wire, rule, name, sender="client", **at)
        wire = connect(version, u8(flags), *before, *nul, *after)
        rule = "topic_nul" if after else "text_nul"
        at = topic_nul if after else own_nul
        yield reject(f"{key} with U+0000", version, wire, rule, name, sender="client", **at)
    yield accept(
        "text of several bytes a character",
        version,
        connect(
            version,
            u8(0x86),
            text("c"),
            properties(version),
            text("w/\u00e9/\U0002a6d4"),
            data(b"x"),
            text("\ufeffu"),
        ),
        connect_form(
            version, will=will_form(version, topic="w/\u00e9/\U0002a6d4"), username="\ufeffu"
        ),
        sender="client",
        **where(
            version,
            "MQTT-3.1.3-10 MQTT-3.1.3-11 MQTT-1.5.3-1 MQTT-1.5.3-3",
            "MQTT-3.1.3-11 MQTT-3.1.3-12 MQTT-1.5.4-1 MQTT-1.5.4-3",
        ),
    )
    yield accept(
        "user name of 65535 bytes",
        version,
        connect(version, u8(0x82), text("c"), u16(65535), Repeat(b"u", 65535)),
        connect_form(version, username=recipe("u", 65535)),
        sender="client",
        comment="the longest text there is",
        **where(version, "1.5.3", "1.5.4"),
    )
    yield accept(
        "binary will payload and password",
        version,
        connect(
            version,
            u8(0xC6),
            *will(version, text("w"), data(b"\xff\0")),
            text("u"),
            data(b"\0\xff"),
        ),
        connect_form(
            version, will=will_form(version, payload="ff00"), username="u", password="00ff"
        ),
        sender="client",
        comment="they are binary data: any bytes",
        **where(version, "3.1.3.5", "3.1.3.6"),
    )


def empty(version: int) -> Iterator[Case]:
    """Fields of no length that are legal, and the will topic, which is not."""
    yield accept(
        "empty will payload, user name and password",
        version,
        connect(version, u8(0xC6), *will(version, text("w"), data()), text(""), data()),
        connect_form(version, will=will_form(version, payload=""), username="", password=""),
        sender="client",
        **where(
            version,
            "MQTT-3.1.2-9 MQTT-3.1.2-19 MQTT-3.1.2-21",
            "MQTT-3.1.2-9 MQTT-3.1.2-17 MQTT-3.1.2-19",
        ),
    )
    yield reject(
        "empty will topic",
        version,
        connect(version, u8(6), *will(version, u16(0), HERE, data(b"x"))),
        "topic_empty",
        "will.topic",
        sender="client",
        ids=["MQTT-4.7.3-1"],
    )
    for key, topic in [
        ("+", b"+"),
        ("#", b"#"),
        ("+ in a level", b"a/+/b"),
        ("# at the end", b"a/#"),
        ("+ within a level", b"a+b"),
    ]:
        yield reject(
            f"will topic with {key}",
            version,
            connect(version, u8(6), *will(version, u16(len(topic)), HERE, topic, data(b"x"))),
            "topic_wildcard",
            "will.topic",
            sender="client",
            codes=(0x81, 0x90),
            **where(version, "MQTT-4.7.1-1", "MQTT-4.7.0-1"),
        )
    yield accept(
        "will topic with a dollar",
        version,
        connect(version, u8(6), *will(version, text("$share/a"), data(b"x"))),
        connect_form(version, will=will_form(version, topic="$share/a")),
        sender="client",
        section="4.7.2",
        comment="$ is a character; what such topics are used for is the server's",
    )


def missing(version: int) -> Iterator[Case]:
    """The packet ends where the flags announce one more field, or within that field."""
    start = will(version)
    topic = text("w")
    payload = data(b"x")
    will_at = where(version, "MQTT-3.1.2-9")
    rows: list[tuple[str, int, list[Nested], str, str, str, str]] = [
        (
            "client id",
            0x02,
            [],
            "client_id_missing",
            "client_id",
            "MQTT-3.1.3-3 MQTT-3.1.4-1",
            "MQTT-3.1.3-3 MQTT-3.1.4-1",
        ),
        ("will topic", 0x06, start, "will_missing", "will.topic", "MQTT-3.1.2-9", "MQTT-3.1.2-9"),
        (
            "will payload",
            0x06,
            [*start, topic],
            "will_missing",
            "will.payload",
            "MQTT-3.1.2-9",
            "MQTT-3.1.2-9",
        ),
        (
            "user name",
            0x82,
            [text("c")],
            "username_missing",
            "username",
            "MQTT-3.1.2-19",
            "MQTT-3.1.2-17",
        ),
        (
            "user name after a will",
            0x86,
            [*start, topic, payload],
            "username_missing",
            "username",
            "MQTT-3.1.2-19",
            "MQTT-3.1.2-17",
        ),
        (
            "password",
            0xC2,
            [text("c"), text("u")],
            "password_missing",
            "password",
            "MQTT-3.1.2-21",
            "MQTT-3.1.2-19",
        ),
    ]
    for key, flags, parts, rule, name, four, five in rows:
        at = where(version, four, five)
        wire = connect(version, u8(flags), *parts, HERE)
        yield reject(f"without {key}", version, wire, rule, name, sender="client", **at)
        # The length of the field is announced, and the field ends early.
        end = where(version, "2.2.3", "2.1.4")
        cuts: list[tuple[str, list[Nested]]] = [
            ("half its length", [HERE, u8(0)]),
            ("one byte too few", [u16(2), HERE, b"a"]),
            ("its length alone", [u16(1), HERE]),
        ]
        for how, cut in cuts:
            wire = connect(version, u8(flags), *parts, *cut)
            key_ = f"{key} of {how}"
            yield reject(key_, version, wire, "truncated", name, sender="client", **end)
    if version == 5:
        wire = connect(version, u8(6), text("c"), HERE)
        name = "will.properties"
        rule = "will_missing"
        yield reject(
            "without will properties", version, wire, rule, name, sender="client", **will_at
        )
        wire = connect(version, u8(0x42), text("c"), HERE)
        yield reject(
            "without password or user name",
            version,
            wire,
            "password_missing",
            "password",
            sender="client",
            ids=["MQTT-3.1.2-19"],
        )


def surplus(version: int) -> Iterator[Case]:
    """Bytes after the last field that the flags announce: also a field whose flag is not set."""
    before_will = text("c")
    whole_will = will(version, text("w"), data(b"x"))
    rows: list[tuple[str, int, list[Nested], list[Nested], str, str]] = [
        ("a byte too many", 0x02, [text("c")], [u8(0)], "2.2.3", "2.1.4"),
        (
            "a will without its flag",
            0x02,
            [before_will],
            [properties(version), text("w"), data(b"x")],
            "MQTT-3.1.2-11",
            "2.1.4",
        ),
        (
            "a user name without its flag",
            0x02,
            [text("c")],
            [text("u")],
            "MQTT-3.1.2-18",
            "MQTT-3.1.2-16",
        ),
        (
            "a user name without its flag after a will",
            0x06,
            whole_will,
            [text("u")],
            "MQTT-3.1.2-18",
            "MQTT-3.1.2-16",
        ),
        (
            "a password without its flag",
            0x82,
            [text("c"), text("u")],
            [data(b"p")],
            "MQTT-3.1.2-20",
            "MQTT-3.1.2-18",
        ),
        (
            "a byte after every field",
            0xC6,
            [*whole_will, text("u"), data(b"p")],
            [u8(0)],
            "2.2.3",
            "2.1.4",
        ),
    ]
    for key, flags, parts, more, four, five in rows:
        wire = connect(version, u8(flags), *parts, HERE, *more)
        at = where(version, four, five)
        yield reject(key, version, wire, "connect_surplus", "unread", sender="client", **at)


def build(version: int) -> Iterator[Case]:
    yield from client_ids(version)
    yield from texts(version)
    yield from empty(version)
    yield from missing(version)
    yield from surplus(version)
    if version == 5:
        yield from connect_will.build()
