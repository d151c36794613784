# SPDX-License-Identifier: MIT
"""CONNECT: all 256 bytes of flags, judged by what sections 3.1.2.3 to 3.1.2.9 say of each bit.

| bit | 7 | 6 | 5 | 4 3 | 2 | 1 | 0 |
|---|---|---|---|---|---|---|---|
| | user name | password | will retain | will QoS | will | clean session, Clean Start | reserved |

The payload holds the fields that the flags announce.  Many of the 256 break several rules, in any
order (5.0 4.13.2): `error` is then one of them, the others are in the comment.
"""

from __future__ import annotations

from collections.abc import Iterator

from .builders import Form, Where, connect, connect_form, where, will_form
from .cases import Case, accept, reject
from .wire import HERE, Nested, data, text, u8

# What may be wrong: rule, field, statements of 3.1.1, of 5.0 ("": it has no such rule)
FAULTS = [
    ("password_without_username", "password", "MQTT-3.1.2-22", ""),
    ("will_qos_3", "will.qos", "MQTT-3.1.2-14", "MQTT-3.1.2-12"),
    ("will_qos_without_will", "will.qos", "MQTT-3.1.2-13 MQTT-3.1.2-11", "MQTT-3.1.2-11"),
    ("will_retain_without_will", "will.retain", "MQTT-3.1.2-15 MQTT-3.1.2-11", "MQTT-3.1.2-13"),
    ("connect_flags_reserved", "connect_flags", "MQTT-3.1.2-3", "MQTT-3.1.2-3"),
]


def wrong(version: int, flags: int) -> list[tuple[str, str, str]]:
    """The rules that these flags break, each with its field and its statements."""
    will, qos, retain = flags & 0x04, flags >> 3 & 3, flags & 0x20
    broken = {
        "password_without_username": version == 4 and flags & 0xC0 == 0x40,
        "will_qos_3": will and qos == 3,
        "will_qos_without_will": not will and qos,
        "will_retain_without_will": not will and retain,
        "connect_flags_reserved": flags & 0x01,
    }
    return [
        (rule, name, four if version == 4 else five)
        for rule, name, four, five in FAULTS
        if broken[rule]
    ]


def right(version: int, flags: int) -> Where:
    """The statements that these flags keep, where they say something of this combination."""
    four, five = ["MQTT-3.1.2-3"], ["MQTT-3.1.2-3"]
    if flags & 0x04:
        four += ["MQTT-3.1.2-9", "MQTT-3.1.2-14"]
        five += ["MQTT-3.1.2-9", "MQTT-3.1.2-12"]
    else:
        four += ["MQTT-3.1.2-11", "MQTT-3.1.2-13", "MQTT-3.1.2-15"]
        five += ["MQTT-3.1.2-11", "MQTT-3.1.2-13"]
    four += ["MQTT-3.1.2-19"] if flags & 0x80 else ["MQTT-3.1.2-18", "MQTT-3.1.2-22"]
    five += ["MQTT-3.1.2-17"] if flags & 0x80 else ["MQTT-3.1.2-16"]
    four += ["MQTT-3.1.2-21"] if flags & 0x40 else ["MQTT-3.1.2-20"]
    five += ["MQTT-3.1.2-19"] if flags & 0x40 else ["MQTT-3.1.2-18"]
    return where(version, " ".join(four), " ".join(five))


def payload(version: int, flags: int) -> tuple[list[Nested], Form]:
    """The fields that the flags announce, as bytes and as JSON: 3.1.3."""
    parts: list[Nested] = [text("c")]
    fields: Form = {"clean_start": bool(flags & 0x02)}
    if flags & 0x04:
        parts += [u8(0)] if version == 5 else []
        parts += [text("w"), data(b"x")]
        fields["will"] = will_form(version, qos=flags >> 3 & 3, retain=bool(flags & 0x20))
    if flags & 0x80:
        parts.append(text("u"))
        fields["username"] = "u"
    if flags & 0x40:
        parts.append(data(b"p"))
        fields["password"] = "70"
    return parts, fields


def build(version: int) -> Iterator[Case]:
    for flags in range(256):
        key = f"flags {flags:08b}"
        parts, fields = payload(version, flags)
        faults = wrong(version, flags)
        wire = connect(version, [HERE, u8(flags)] if faults else u8(flags), *parts)
        if not faults:
            packet = connect_form(version, **fields)
            yield accept(key, version, wire, packet, sender="client", **right(version, flags))
            continue
        rule, name, said = faults[0]
        others = ", ".join(other for other, _, _ in faults[1:])
        yield reject(
            key,
            version,
            wire,
            rule,
            name,
            sender="client",
            comment=f"breaks more than one rule, in no certain order: {others} too"
            if others
            else "",
            **where(version, said),
        )
