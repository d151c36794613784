# SPDX-License-Identifier: MIT
"""Reason codes of 5.0 in every packet that has one, from each side; return codes of 3.1.1.

Expectations come from the tables 3-1 and 3-4 to 3-11 of 5.0, and from 3.2.2.3 and 3.9.3 of 3.1.1
(facts_codes.py).
"""

from __future__ import annotations

from collections.abc import Iterator

from .cases import Case, accept, choice, reject
from .facts import PACKETS, REASONS, RETURN_CODES, RULES
from .places import Form
from .wire import HERE, Nested, Wire, block, packet, text, u8, u16

# Codes that no packet has.  From both sides a few; all of them from the one that comes first.
_NOWHERE = (0x03, 0x05, 0x0F, 0x12, 0x17, 0x1A, 0x7F, 0xA3, 0xFF)
_LISTS = ("SUBACK", "UNSUBACK")

# Where two places of the specification differ: code, sender: section, and why.
_OPEN = {
    (0x8C, "client"): ("2.4", "table 2-6 has this code for DISCONNECT, table 3-10 has not"),
    (0x8C, "server"): ("2.4", "table 2-6 has this code for DISCONNECT, table 3-10 has not"),
    (0x9B, "client"): ("3.3.4", "3.3.4 tells a client to send it, table 3-10 has it for servers"),
}


def build(version: int) -> Iterator[Case]:
    if version == 4:
        yield from _return_codes()
        return
    for name in RULES_OF:
        for sender in PACKETS[name].senders_5:
            yield from _codes(name, sender)
    yield from _mixed()


RULES_OF = {
    name: f"{name.lower()}_reason"
    for name in (
        *("CONNACK", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP"),
        *("SUBACK", "UNSUBACK", "DISCONNECT", "AUTH"),
    )
}


def _wire(name: str, code: int) -> Wire:
    """A packet of 5.0 with this code; without property length, where it may be left out."""
    value: list[Nested] = [HERE, u8(code)]
    parts: list[Nested]
    if name == "CONNACK":
        parts = [u8(0), value, block()]
    elif name in _LISTS:
        parts = [u16(10), block(), value]
    elif name == "DISCONNECT":
        parts = [value]
    elif name == "AUTH":
        parts = [value, block(u8(0x15), text("m"))]
    else:
        parts = [u16(10), value]
    return packet(PACKETS[name].first, *parts)


def _form(name: str, code: int) -> Form:
    out: Form = {"type": name, "properties": {}}
    if name in _LISTS:
        return out | {"packet_id": 10, "reason_codes": [code]}
    out["reason_code"] = code
    if name == "CONNACK":
        out["session_present"] = False
    elif name == "AUTH":
        out["properties"] = {"authentication_method": "m"}
    elif name != "DISCONNECT":
        out["packet_id"] = 10
    return out


def _codes(name: str, sender: str) -> Iterator[Case]:
    rule = RULES_OF[name]
    field = "reason_codes[0]" if name in _LISTS else "reason_code"
    every = sender == PACKETS[name].senders_5[0] and name not in _LISTS  # those: suback, unsuback
    for code in range(256) if every else sorted({*REASONS, *_NOWHERE}):
        key = f"{name.lower()} 0x{code:02X} from a {sender}"
        wire = _wire(name, code)
        # Success alone is left out of packets that may be shorter.
        canonical = code != 0 or name in ("CONNACK", "AUTH", *_LISTS)
        if sender in REASONS.get(code, {}).get(name, ()):
            yield accept(
                key,
                5,
                wire,
                _form(name, code),
                sender=sender,
                ids=RULES[rule].ids_5,
                canonical=canonical,
            )
        elif name == "DISCONNECT" and (code, sender) in _OPEN:
            section, why = _OPEN[code, sender]
            yield choice(
                key,
                5,
                wire,
                _form(name, code),
                rule,
                field,
                sender=sender,
                ids=RULES[rule].ids_5,
                section=section,
                comment=why,
            )
        else:
            yield reject(key, 5, wire, rule, field, sender=sender)


def _mixed() -> Iterator[Case]:
    """All codes of SUBACK and UNSUBACK in one packet; a bad one behind good ones."""
    for name in _LISTS:
        codes = [code for code, places in REASONS.items() if name in places]
        ids = RULES[RULES_OF[name]].ids_5
        yield accept(
            f"{name.lower()} all codes",
            5,
            packet(PACKETS[name].first, u16(10), block(), bytes(codes)),
            _form(name, 0) | {"reason_codes": codes},
            sender="server",
            ids=ids,
        )
        yield reject(
            f"{name.lower()} a bad code behind all others",
            5,
            packet(PACKETS[name].first, u16(10), block(), bytes(codes), HERE, u8(0x81)),
            RULES_OF[name],
            f"reason_codes[{len(codes)}]",
            sender="server",
        )


def _return_codes() -> Iterator[Case]:
    connack, suback = RETURN_CODES["CONNACK"], RETURN_CODES["SUBACK"]
    for code in range(256):
        wire = packet(0x20, u8(0), HERE, u8(code))
        key = f"connack 0x{code:02X}"
        form: Form = {"type": "CONNACK", "session_present": False, "reason_code": code}
        if code in connack:
            yield accept(key, 4, wire, form, sender="server", section="3.2.2.3")
        else:
            yield reject(key, 4, wire, "connack_reason", "reason_code", sender="server")
    for code in (*suback, 0x03, 0x04, 0x7F, 0x81, 0x82, 0xFF):
        wire = packet(0x90, u16(10), HERE, u8(code))
        key = f"suback 0x{code:02X}"
        form = {"type": "SUBACK", "packet_id": 10, "reason_codes": [code]}
        if code in suback:
            yield accept(key, 4, wire, form, sender="server", ids=("MQTT-3.9.3-2",))
        else:
            yield reject(key, 4, wire, "suback_reason", "reason_codes[0]", sender="server")
    yield accept(
        "suback all codes",
        4,
        packet(0x90, u16(10), bytes(suback)),
        {"type": "SUBACK", "packet_id": 10, "reason_codes": list(suback)},
        sender="server",
        ids=("MQTT-3.9.3-2",),
    )
    yield reject(
        "suback a bad code behind all others",
        4,
        packet(0x90, u16(10), bytes(suback), HERE, u8(0x03)),
        "suback_reason",
        "reason_codes[4]",
        sender="server",
    )
