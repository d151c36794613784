# SPDX-License-Identifier: MIT
"""The Remaining Length: how it is written (3.1.1 2.2.3, 5.0 1.5.5 and 2.1.4), and for each type
every value from 0 to a little more than the shortest packet has.

A shape is a packet field by field.  Cut anywhere it lacks the field where it is cut; some fields
have rules of their own for that (fields.py).  What may be left out at the end is the table of
3.4.2.1 and its like (5.0): typed in _short.
"""

from __future__ import annotations

from collections.abc import Iterator

from . import longest, smallest
from .cases import Case, accept, choice, more, reject
from .catalogue import BOUNDARIES, SHORT_ACKS, SHORT_AUTH
from .facts import PACKETS, RULES
from .fields import Field, cut, text_fields
from .places import Form
from .wire import HERE, Nested, Repeat, Wire, block, packet, text, u8, u16, vbi

SECTION = {4: "2.2.3", 5: "2.1.4"}
_ANSWERS = ("PUBACK", "PUBREC", "PUBREL", "PUBCOMP")


def shape(version: int, name: str, qos: int = 0) -> list[Field]:
    """The shortest packet with every field that it has to have."""
    identifier = Field("packet_id", u16(10))
    properties = [Field("properties", u8(0), "property_length_missing")] if version == 5 else []
    if name == "CONNECT":
        return [
            *text_fields("protocol_name", "MQTT"),
            Field("protocol_version", u8(version)),
            Field("connect_flags", u8(0x02)),
            Field("keep_alive", u16(0)),
            *properties,
            *text_fields("client_id", "c", "client_id_missing"),
        ]
    if name == "CONNACK":
        return [Field("acknowledge_flags", u8(0)), Field("reason_code", u8(0)), *properties]
    if name == "PUBLISH":
        return [*text_fields("topic", "t"), *([identifier] if qos else []), *properties]
    if name == "SUBSCRIBE":
        filters = text_fields(
            "subscriptions[0].topic_filter", "t", "subscribe_empty", "subscriptions"
        )
        return [identifier, *properties, *filters, Field("subscriptions[0].options", u8(0))]
    if name == "UNSUBSCRIBE":
        filters = text_fields("topic_filters[0]", "t", "unsubscribe_empty", "topic_filters")
        return [identifier, *properties, *filters]
    if name == "SUBACK" or (name == "UNSUBACK" and version == 5):
        rule = f"{name.lower()}_empty"
        return [identifier, *properties, Field("reason_codes[0]", u8(0), rule, "reason_codes")]
    if name in (*_ANSWERS, "UNSUBACK"):
        return [identifier]
    return []  # PINGREQ, PINGRESP, DISCONNECT; AUTH is told apart


def build(version: int) -> Iterator[Case]:
    for name in PACKETS:
        if not smallest.senders(version, name) or name == "AUTH":
            continue
        yield from _cut(version, name)
        yield from _surplus(version, name)
        yield from _padded(version, name)
    yield from _cut(version, "PUBLISH", qos=1)
    if version == 5:
        yield from _short()
        yield from _auth()
        yield from _padded(version, "AUTH")
    yield from _empty_topics(version)
    yield from _sizes(version)
    yield from _too_long(version)
    yield from longest.build(version)


def _cut(version: int, name: str, qos: int = 0) -> Iterator[Case]:
    """Every Remaining Length below that of the shape."""
    fields = shape(version, name, qos)
    total = sum(len(field.bytes) for field in fields)
    first = PACKETS[name].first | qos << 1
    of = f" of QoS {qos}" if name == "PUBLISH" else ""
    for kept in range(total):
        short = cut(fields, kept)
        yield reject(
            f"{name.lower()}{of} of length {kept}",
            version,
            packet(first, *short.parts),
            short.rule,
            short.name,
            sender=smallest.senders(version, name)[0],
        )
    whole = smallest.form(version, name, qos) | ({"payload": ""} if name == "PUBLISH" else {})
    yield accept(
        f"{name.lower()}{of} of length {total}",
        version,
        packet(first, *(field.bytes for field in fields)),
        whole,
        sender=smallest.senders(version, name)[0],
        ids=_kept(version, fields),
        section=SECTION[version],
    )


def _kept(version: int, fields: list[Field]) -> tuple[str, ...]:
    """The statements that are kept where nothing is missing."""
    rules = [RULES[field.missing] for field in fields]
    return tuple(dict.fromkeys(i for rule in rules for i in rule.ids(version)))


def _surplus(version: int, name: str) -> Iterator[Case]:
    """Bytes behind the last field, for types that end somewhere."""
    if name == "PUBLISH":
        return  # its payload takes them
    if name in ("SUBSCRIBE", "SUBACK", "UNSUBSCRIBE") or (name == "UNSUBACK" and version == 5):
        return  # their lists go on
    full: list[bytes] = [field.bytes for field in shape(version, name)]
    if version == 5 and name in _ANSWERS:
        full += [u8(0), u8(0)]  # reason code and property length
    elif version == 5 and name == "DISCONNECT":
        full += [u8(0), u8(0)]
    length = sum(map(len, full))
    for extra in (1, 2, 3):
        yield reject(
            f"{name.lower()} of length {length + extra}",
            version,
            packet(PACKETS[name].first, *full, HERE, bytes(extra)),
            "connect_surplus" if name == "CONNECT" else "surplus_bytes",
            "unread",
            sender=smallest.senders(version, name)[0],
        )


def _short() -> Iterator[Case]:
    """5.0: what acknowledgements and DISCONNECT may leave out at their end."""
    for name, section, properties_section, bad in [
        ("PUBACK", "3.4.2.1", "3.4.2.2.1", 0x80),
        ("PUBREC", "3.5.2.1", "3.5.2.2.1", 0x80),
        ("PUBREL", "3.6.2.1", "3.6.2.2.1", 0x92),
        ("PUBCOMP", "3.7.2.1", "3.7.2.2.1", 0x92),
        ("DISCONNECT", "3.14.2.1", "3.14.2.2.1", 0x81),
    ]:
        start = b"" if name == "DISCONNECT" else u16(10)
        key = name.lower()
        for what, end, code, canonical in [
            ("nothing but success", b"", 0, True),
            ("success without property length", u8(0), 0, False),
            ("failure without property length", u8(bad), bad, True),
            ("success with property length", u8(0) + u8(0), 0, False),
            ("failure with property length", u8(bad) + u8(0), bad, False),
        ]:
            for sender in PACKETS[name].senders_5:
                yield accept(
                    f"{key} {what} from a {sender}",
                    5,
                    packet(PACKETS[name].first, start, end),
                    smallest.form(5, name) | {"reason_code": code},
                    sender=sender,
                    section=properties_section if end else section,
                    canonical=canonical,
                    comment=SHORT_ACKS,
                )


def _auth() -> Iterator[Case]:
    """AUTH of no length is described (3.15.2.1), yet needs a method (3.15.2.2.2)."""
    method = "properties.authentication_method"
    form: Form = {"type": "AUTH", "reason_code": 0, "properties": {}}
    for sender in ("server", "client"):
        if sender == "server":  # a client may not send Success: table 3-11
            yield choice(
                "auth of length 0",
                5,
                packet(0xF0, HERE),
                form,
                "auth_method_missing",
                method,
                sender=sender,
                section="3.15.2.1",
                canonical=True,
                comment="3.15.2.1 describes AUTH without all, 3.15.2.2.2 calls AUTH without "
                f"method a protocol error; {SHORT_AUTH}",
            )
        for what, raw, codes in [
            ("of a reason code alone", u8(0x18), (0x82, 0x81)),  # nothing is said of this length
            ("without properties", u8(0x18) + u8(0), (0x82,)),
        ]:
            yield reject(
                f"auth {what} from a {sender}",
                5,
                packet(0xF0, raw, HERE),
                "auth_method_missing",
                method,
                sender=sender,
                codes=codes,
            )
    whole: list[Nested] = [u8(0x18), block(u8(0x15), text("m"))]
    yield accept(
        "auth of length 6",
        5,
        packet(0xF0, *whole),
        smallest.form(5, "AUTH"),
        sender="client",
        section="2.1.4",
    )
    yield reject(
        "auth with a byte behind it",
        5,
        packet(0xF0, *whole, HERE, u8(0)),
        "surplus_bytes",
        "unread",
        sender="client",
    )


def _empty_topics(version: int) -> Iterator[Case]:
    """The shortest PUBLISH: without topic it needs an alias, in 5.0."""
    end = block() if version == 5 else []
    yield reject(
        "publish without topic",
        version,
        packet(0x30, u16(0), HERE, end),
        "topic_empty",
        "topic",
        sender="client",
    )
    if version == 5:
        form = smallest.form(5, "PUBLISH") | {"topic": "", "payload": ""}
        yield accept(
            "publish without topic, with an alias",
            5,
            packet(0x30, u16(0), block(u8(0x23), u16(1))),
            form | {"properties": {"topic_alias": 1}},
            sender="client",
            ids=("MQTT-4.7.3-1",),
            section="3.3.2.1",
        )


def _padded(version: int, name: str) -> Iterator[Case]:
    """More bytes than the length needs: wrong in 5.0 (1.5.5-1), not addressed in 3.1.1."""
    body = smallest.body(version, name)
    sender = smallest.senders(version, name)[0]
    length = len(packet(0, *body)) - 2
    every = name in ("PINGREQ", "PUBLISH")
    for padding in (1, 2, 3) if every else (1,):
        wire = Wire(u8(PACKETS[name].first), HERE, vbi(length, padding), *body)
        yield _padding(f"{name.lower()} length in {padding + 1} bytes", version, wire, name, sender)


def _padding(key: str, version: int, wire: Wire, name: str, sender: str) -> Case:
    field = "remaining_length"
    if version == 5:
        return reject(key, 5, wire, "integer_padded", field, sender=sender)
    return choice(
        key,
        4,
        wire,
        smallest.form(4, name),
        "length_padded",
        field,
        sender=sender,
        section="2.2.3",
        comment="3.1.1 does not say that the length takes the fewest bytes",
    )


def _sizes(version: int) -> Iterator[Case]:
    """Lengths on both sides of where they take another byte."""
    start = [text("t"), block() if version == 5 else b""]
    before = len(packet(0, *start)) - 2
    section = "2.2.3" if version == 4 else "1.5.5"
    for length in (127, 128, 16_383, 16_384, 2_097_151, 2_097_152, 268_435_455):
        form: Form = smallest.form(version, "PUBLISH")
        many = length - before
        yield accept(
            f"publish of length {length}",
            version,
            packet(0x30, *start, Repeat(b"a", many)),
            form | {"payload": [{"repeat": ["61", many]}]},
            sender="client",
            ids=("MQTT-1.5.5-1",) if version == 5 else (),
            section=section,
            comment=BOUNDARIES,
        )
    for length in (127, 128, 16_383, 16_384, 2_097_151, 2_097_152, 268_435_455):
        yield more(
            f"the header of publish of length {length}",
            version,
            Wire(u8(0x30), vbi(length)),
            sender="client",
            section=section,
            comment=f"a length of {length}, and nothing behind it",
        )
    for count in (1, 2, 3):
        yield more(
            f"{count} bytes of a length of four",
            version,
            Wire(u8(0x30), b"\xff" * count),
            sender="client",
            section=section,
        )
    yield more("a first byte alone", version, Wire(u8(0x30)), sender="client", section=section)


def _too_long(version: int) -> Iterator[Case]:
    """Five bytes are never a length."""
    for name in ("PUBLISH", "PINGREQ"):
        for what, raw in [
            ("of 268435456", vbi(268_435_456)),
            ("of the most that five bytes hold", b"\xff\xff\xff\xff\x7f"),
            ("of 0 in five bytes", vbi(0, padding=4)),
            ("of 1 in five bytes", vbi(1, padding=4)),
            ("of six bytes", vbi(0, padding=5)),
            ("without end", b"\xff" * 6),
        ]:
            yield reject(
                f"{name.lower()} length {what}",
                version,
                Wire(u8(PACKETS[name].first), HERE, raw),
                "integer_too_long",
                "remaining_length",
                sender="client",
            )
