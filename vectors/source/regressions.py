# SPDX-License-Identifier: MIT
"""What implementations got wrong, as packets: each case says what, and where.

What a single packet cannot show is elsewhere: SUBACK with more or fewer codes than were asked for,
and acknowledgements before CONNECT, in sessions; state that is kept after a refused fragment in
regression_streams; deep and long topics in topics, too; AUTH of no bytes in auth and lengths; the
largest packet in lengths.  What went wrong and where is in catalogue.py.
"""

from __future__ import annotations

from collections.abc import Iterator

from . import regression_lengths
from .cases import Case, choice
from .catalogue import (
    ALONE,
    CLIENT_UNCHECKED,
    DIRECTION,
    DOLLAR,
    EMPTY_ALIAS,
    ID_ZERO,
    LEVELS,
    MATRIX,
    NO_CODES,
    SHARED,
    SHARED_WILDCARD,
    SURPLUS,
    SURPLUS_PROPERTIES,
    TWICE,
    VALUES,
    WILL,
    WILL_TYPE,
    WILL_WILDCARD,
    WRONG_CODES,
    WRONG_TABLE,
)
from .regression_base import At, pair, will
from .wire import HERE, Nested, Repeat, Wire, block, data, packet, recipe, text, u8, u16, u32

ACKS = [("PUBACK", 0x40), ("PUBREC", 0x50), ("PUBREL", 0x62), ("PUBCOMP", 0x70)]


def _surplus(version: int) -> Iterator[Case]:
    at = At(version, SURPLUS)
    if version == 4:
        for name, first in ACKS:
            wire = packet(first, u16(10), HERE, u8(0))
            yield at.bad(f"{name} of three bytes", wire, "surplus_bytes", "unread")
    wire = at.connect(0x02, text("c"), HERE, text("u"))
    yield at.bad("a user name without its flag", wire, "connect_surplus", "unread")
    wire = at.connect(0x02, text("c"), HERE, u8(0))
    yield at.bad("a byte behind CONNECT", wire, "connect_surplus", "unread")
    wire = at.connect(0x82, u16(3), HERE, b"a\0b", text("u"))
    yield at.bad("U+0000 in a client identifier", wire, "text_nul", "client_id")
    wire = at.connect(0x82, text("c"), u16(2), HERE, b"u\0")
    yield at.bad("U+0000 in a user name", wire, "text_nul", "username")
    head: list[Nested] = [text("MQTT"), u8(version), HERE, u8(0x1E), u16(60), at.none]
    wire = packet(0x10, head, text("c"), at.none, text("t"), data())
    yield at.bad("will QoS 3", wire, "will_qos_3", "will.qos")


def _direction(version: int) -> Iterator[Case]:
    at = At(version, DIRECTION)
    codes: list[Nested] = [] if version == 4 else [block(), u8(0)]
    rows: list[tuple[str, str, int, list[Nested]]] = [
        ("CONNECT", "server", 0x10, [text("MQTT"), u8(version), u8(2), u16(0), at.none, text()]),
        ("CONNACK", "client", 0x20, [u16(0), at.none]),
        ("SUBSCRIBE", "server", 0x82, [u16(10), at.none, text("a"), u8(0)]),
        ("SUBACK", "client", 0x90, [u16(10), at.none, u8(0)]),
        ("UNSUBSCRIBE", "server", 0xA2, [u16(10), at.none, text("a")]),
        ("UNSUBACK", "client", 0xB0, [u16(10), *codes]),
        ("PINGREQ", "server", 0xC0, []),
        ("PINGRESP", "client", 0xD0, []),
    ]
    for name, sender, first, parts in rows:
        wire = Wire(HERE, *packet(first, *parts).parts)
        yield at.bad(f"{name} from a {sender}", wire, "direction", "type", sender=sender)


def _topics(version: int) -> Iterator[Case]:
    """$share, other names with $, and many levels, in packets."""
    at = At(version, SHARED)
    field = "subscriptions[0].topic_filter"
    rows = [
        ("a shared subscription without a share name", "$share//a", "share_name_empty"),
        ("a shared subscription without a filter", "$share/g/", "share_filter_missing"),
        ("a shared subscription that ends in its share name", "$share/g", "share_filter_missing"),
        ("a shared subscription with a wildcard for its name", "$share/+/a", "share_name_wildcard"),
    ]
    for key, topic_filter, rule in rows:
        at.where = SHARED_WILDCARD if "wildcard" in key else SHARED
        content = topic_filter.encode()
        if version == 5:
            wire = at.subscribe(u16(len(content)), HERE, content, u8(0))
            yield at.bad(key, wire, rule, field)
        else:  # text as any
            form = {"type": "SUBSCRIBE", "packet_id": 10}
            form |= {"subscriptions": [at.subscription(topic_filter, 0)]}
            wire = at.subscribe(text(topic_filter), u8(0))
            yield at.good(key, wire, form, section="4.7")
    at.where = DOLLAR
    for topic in ("$", "$/", "$a", "$SYS", "$share/g/a"):
        wire, form = packet(0x30, text(topic), at.none), at.publish_form(topic=topic)
        yield at.good(f"PUBLISH to {topic}", wire, form, section="4.7.2")
    at.where = LEVELS
    for count in (200, 201, 1000):
        topic_filter = "/" * (count - 1)
        form = {"type": "SUBSCRIBE", "packet_id": 10} | at.empty
        form |= {"subscriptions": [at.subscription(topic_filter, 0)]}
        wire = at.subscribe(text(topic_filter), u8(0))
        yield at.good(f"SUBSCRIBE to {count} levels", wire, form, section="4.7.1.1")
        form = at.publish_form(topic=topic_filter)
        wire = packet(0x30, text(topic_filter), at.none)
        yield at.good(f"PUBLISH to {count} levels", wire, form, section="4.7.1.1")
    count = 65535
    form = {"type": "SUBSCRIBE", "packet_id": 10} | at.empty
    form |= {"subscriptions": [at.subscription(recipe("/", count), 0)]}
    wire = at.subscribe(u16(count), Repeat(b"/", count), u8(0))
    yield at.good(f"SUBSCRIBE to {count + 1} levels", wire, form, section="4.7.1.1")


def _taken(version: int) -> Iterator[Case]:
    """Malformed packets that decoders took, in both versions."""
    at = At(version, ID_ZERO)
    for name, first in ACKS:
        wire = packet(first, HERE, u16(0))
        codes = (0x82, 0x92) if name in ("PUBREC", "PUBREL") else None  # as their answers can say
        key, rule = f"{name} of packet identifier 0", "acknowledged_id_zero"
        yield at.bad(key, wire, rule, "packet_id", codes=codes)
    wire = packet(0x32, text("t"), HERE, u16(0), at.none)
    yield at.bad("PUBLISH of packet identifier 0", wire, "packet_id_zero", "packet_id")
    at.where = NO_CODES
    wire = packet(0x90, u16(10), at.none, HERE)
    key = "SUBACK without codes"
    yield at.bad(key, wire, "suback_empty", "reason_codes", sender="server")
    at.where = WILL_WILDCARD
    wire = at.connect(0x06, text("c"), at.none, u16(3), HERE, b"a/+", data())
    yield at.bad("a wildcard in a will topic", wire, "topic_wildcard", "will.topic")
    at.where = CLIENT_UNCHECKED
    wire = packet(0x20, HERE, u8(2), u8(0), at.none)
    key, field = "a reserved flag of CONNACK", "acknowledge_flags"
    yield at.bad(key, wire, "connack_flags", field, sender="server")
    wire = packet(0x20, u8(0), HERE, u8(6), at.none)
    yield at.bad("CONNACK of code 6", wire, "connack_reason", "reason_code", sender="server")
    wire = packet(0x90, u16(10), at.none, HERE, u8(3))
    yield at.bad("SUBACK of code 3", wire, "suback_reason", "reason_codes[0]", sender="server")
    wire = packet(0xD0, HERE, u8(0))
    yield at.bad("PINGRESP of one byte", wire, "surplus_bytes", "unread", sender="server")


def _codes() -> Iterator[Case]:
    """5.0: the reason codes of another packet."""
    at = At(5, WRONG_TABLE)
    form = {"type": "UNSUBACK", "packet_id": 10, "properties": {}, "reason_codes": [0x11]}
    wire = packet(0xB0, u16(10), block(), u8(0x11))
    ids = ("MQTT-3.11.3-2",)
    yield at.good("UNSUBACK of code 0x11", wire, form, sender="server", ids=ids)
    wire = packet(0xB0, u16(10), block(), HERE, u8(1))
    key = "UNSUBACK of code 0x01"
    yield at.bad(key, wire, "unsuback_reason", "reason_codes[0]", sender="server")
    at.where = WRONG_CODES
    for name, first, code, sender in [
        ("PUBACK", 0x40, 0x92, "client"),
        ("PUBREC", 0x50, 0x92, "client"),
        ("PUBREL", 0x62, 0x10, "client"),
        ("PUBREL", 0x62, 0x80, "server"),
        ("PUBCOMP", 0x70, 0x80, "server"),
        ("PUBACK", 0x40, 0x01, "server"),
        ("DISCONNECT", 0xE0, 0x05, "client"),
    ]:
        head: list[Nested] = [] if name == "DISCONNECT" else [u16(10)]
        wire = packet(first, head, HERE, u8(code))
        key = f"{name} of code 0x{code:02X}"
        yield at.bad(key, wire, f"{name.lower()}_reason", "reason_code", sender=sender)
    at.where = NO_CODES
    wire = packet(0x90, u16(10), block(u8(0x1F), text("why")), HERE)
    key = "SUBACK without codes behind its properties"
    yield at.bad(key, wire, "suback_empty", "reason_codes", sender="server")
    wire = packet(0xB0, u16(10), block(), HERE)
    yield at.bad("UNSUBACK without codes", wire, "unsuback_empty", "reason_codes", sender="server")
    at.where = SURPLUS_PROPERTIES
    for name, first in ACKS:
        wire = packet(first, u16(10), u8(0), block(pair("k", "v")), HERE, u8(0))
        yield at.bad(f"a byte behind the properties of {name}", wire, "surplus_bytes", "unread")
    wire = packet(0xE0, u8(0), block(pair("k", "v")), HERE, u8(0))
    yield at.bad("a byte behind the properties of DISCONNECT", wire, "surplus_bytes", "unread")


def _properties() -> Iterator[Case]:
    """5.0: properties out of place, twice, and with values that are none."""
    rows: list[tuple[str, str, Wire, str, str, str]] = [
        (
            VALUES,
            "subscription identifier 0 in SUBSCRIBE",
            packet(0x82, u16(10), block(u8(0x0B), HERE, u8(0)), text("a"), u8(0)),
            "subscription_identifier_zero",
            "properties.subscription_identifiers[0]",
            "client",
        ),
        (
            VALUES,
            "subscription identifier 0 in PUBLISH",
            packet(0x30, text("t"), block(u8(0x0B), HERE, u8(0))),
            "subscription_identifier_zero",
            "properties.subscription_identifiers[0]",
            "server",
        ),
        (
            MATRIX,
            "a subscription identifier in a client's PUBLISH",
            packet(0x30, text("t"), block(HERE, u8(0x0B), u8(1))),
            "subscription_identifier_from_client",
            "properties.subscription_identifiers[0]",
            "client",
        ),
        (
            EMPTY_ALIAS,
            "a wildcard in a response topic",
            packet(0x30, text("t"), block(u8(0x08), u16(3), HERE, b"r/+")),
            "response_topic_wildcard",
            "properties.response_topic",
            "client",
        ),
        (
            EMPTY_ALIAS,
            "an empty topic without an alias",
            packet(0x30, u16(0), HERE, block(), b"x"),
            "topic_empty",
            "topic",
            "client",
        ),
        (
            VALUES,
            "receive maximum 0",
            At(5, "").connect(2, text("c"), properties=block(u8(0x21), HERE, u16(0))),
            "receive_maximum_zero",
            "properties.receive_maximum",
            "client",
        ),
        (
            ALONE,
            "authentication data without a method",
            At(5, "").connect(2, text("c"), properties=block(u8(0x16), u16(1), HERE, b"d")),
            "authentication_data_alone",
            "properties.authentication_data",
            "client",
        ),
        (
            MATRIX,
            "a will delay among the properties of CONNECT",
            At(5, "").connect(2, text("c"), properties=block(HERE, u8(0x18), u32(0))),
            "property_misplaced",
            "properties.will_delay_interval",
            "client",
        ),
        (
            MATRIX,
            "a topic alias in PUBACK",
            packet(0x40, u16(10), u8(0), block(HERE, u8(0x23), u16(1))),
            "property_misplaced",
            "properties.topic_alias",
            "client",
        ),
        (
            MATRIX,
            "a reason string in SUBSCRIBE",
            packet(0x82, u16(10), block(HERE, u8(0x1F), text("why")), text("a"), u8(0)),
            "property_misplaced",
            "properties.reason_string",
            "client",
        ),
    ]
    for where, key, wire, rule, field, sender in rows:
        yield At(5, where).bad(key, wire, rule, field, sender=sender)
    repeated: list[tuple[str, str, Wire, str, str, str]] = [
        (
            TWICE,
            "two reason strings",
            packet(0x40, u16(10), u8(0), block(_twice(u8(0x1F), text("why")))),
            "properties.reason_string",
            "server",
            "3.4.2.2.2",
        ),
        (
            TWICE,
            "retain available twice",
            packet(0x20, u16(0), block(_twice(u8(0x25), u8(1)))),
            "properties.retain_available",
            "server",
            "3.2.2.3.5",
        ),
        (
            TWICE,
            "two payload format indicators of a will",
            At(5, "").connect(6, will(*_twice(u8(0x01), u8(1)))),
            "will.properties.payload_format_indicator",
            "client",
            "3.1.3.2.3",
        ),
        (
            MATRIX,
            "two session expiry intervals",
            At(5, "").connect(2, text("c"), properties=block(_twice(u8(0x11), u32(1)))),
            "properties.session_expiry_interval",
            "client",
            "3.1.2.11.2",
        ),
    ]
    for where, key, wire, field, sender, section in repeated:
        yield At(5, where).bad(
            key, wire, "property_repeated", field, sender=sender, section=section
        )
    at = At(5, "")
    yield choice(
        "payload format indicator 2",
        5,
        packet(0x30, text("t"), block(u8(0x01), HERE, u8(2))),
        at.publish_form(properties={"payload_format_indicator": 2}),
        "payload_format_indicator_value",
        "properties.payload_format_indicator",
        sender="client",
        section="3.3.2.3.2",
        comment="the text says what 0 and 1 are, and of others nothing; wolfMQTT takes it",
        canonical=True,
    )


def _twice(identifier: bytes, value: Nested) -> list[Nested]:
    return [identifier, value, HERE, identifier, value]


def _wills() -> Iterator[Case]:
    """5.0: properties of the will, where CONNECT has none of its own."""
    at = At(5, WILL)

    def form(properties: dict[str, object]) -> dict[str, object]:
        will_ = {"topic": "t", "payload": "", "qos": 0, "retain": False}
        return at.connect_form(will=will_ | {"properties": properties})

    wire = at.connect(0x06, will(u8(0x18), u32(30), pair("k", "v")))
    properties = {"will_delay_interval": 30, "user_properties": [["k", "v"]]}
    key = "properties of a will, and none of CONNECT"
    yield at.good(key, wire, form(properties), section="3.1.3.2")
    wire = at.connect(0x06, will(pair("k", "v"), HERE, u8(0x23), u16(1)))
    field = "will.properties.topic_alias"
    yield at.bad("a topic alias of a will", wire, "property_misplaced", field)
    wire = at.connect(0x06, will(pair("k", "v"), HERE, u8(0x7F)))
    yield at.bad("an unknown property of a will", wire, "property_unknown", "will.properties")
    at.where = WILL_TYPE
    wire = at.connect(0x06, will(u8(0x03), text("text/plain")))
    properties = {"content_type": "text/plain"}
    yield at.good("the content type of a will", wire, form(properties), section="3.1.3.2.5")


def build(version: int) -> Iterator[Case]:
    yield from regression_lengths.build(version)
    yield from _surplus(version)
    yield from _direction(version)
    yield from _topics(version)
    yield from _taken(version)
    if version == 5:
        yield from _codes()
        yield from _properties()
        yield from _wills()
