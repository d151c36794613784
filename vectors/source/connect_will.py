# SPDX-License-Identifier: MIT
"""CONNECT: what 5.0 says of the properties of a will (3.1.3.2)."""

from __future__ import annotations

from collections.abc import Iterator

from .builders import connect, connect_form, will_form
from .cases import Case, accept, choice, reject
from .wire import HERE, Nested, block, data, text, u8, u16, u32


def build() -> Iterator[Case]:
    def of(*properties: Nested, payload: bytes = b"x") -> list[Nested]:
        return [text("c"), block(*properties), text("w"), data(payload)]

    for delay in (0, 1, 0xFFFFFFFF):
        yield accept(
            f"will delay interval {delay}",
            5,
            connect(5, u8(6), *of(b"\x18", u32(delay))),
            connect_form(5, will=will_form(5, properties={"will_delay_interval": delay})),
            sender="client",
            section="3.1.3.2.2",
        )
    yield choice(
        "will payload format indicator 2",
        5,
        connect(5, u8(6), *of(b"\x01", HERE, u8(2))),
        connect_form(5, will=will_form(5, properties={"payload_format_indicator": 2})),
        "payload_format_indicator_value",
        "will.properties.payload_format_indicator",
        sender="client",
        section="3.1.3.2.3",
        comment="0 and 1 have a meaning; nothing is said of other values",
        canonical=True,
    )
    yield choice(
        "will payload not the text that it is said to be",
        5,
        connect(5, u8(6), text("c"), block(b"\x01", u8(1)), text("w"), u16(1), HERE, b"\xff"),
        connect_form(
            5, will=will_form(5, payload="ff", properties={"payload_format_indicator": 1})
        ),
        "payload_not_text",
        "will.payload",
        sender="client",
        section="3.1.3.2.3",
        comment="a server may check it",
        canonical=True,
    )
    for key, topic in [("+", b"a/+"), ("#", b"#")]:
        yield reject(
            f"will response topic with {key}",
            5,
            connect(5, u8(6), *of(b"\x08", u16(len(topic)), HERE, topic)),
            "response_topic_wildcard",
            "will.properties.response_topic",
            sender="client",
            ids=["MQTT-4.7.0-1"],
            comment="3.1.3.2.6: it is used as a topic name",
        )
    yield choice(
        "will response topic empty",
        5,
        connect(5, u8(6), *of(b"\x08", u16(0), HERE)),
        connect_form(5, will=will_form(5, properties={"response_topic": ""})),
        "response_topic_empty",
        "will.properties.response_topic",
        sender="client",
        ids=["MQTT-4.7.3-1"],
        section="3.1.3.2.6",
        comment="a topic name has a character, but nothing is said of an empty response topic",
        canonical=True,
    )
