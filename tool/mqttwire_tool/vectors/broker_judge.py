# SPDX-License-Identifier: MIT
"""Does what a live broker did about a vector fit what the vector says?"""

from __future__ import annotations

from .broker_talk import ACKS, CONNECT, DISCONNECT, DROPPED, GONE_ON, PUBLISHED, body_of, type_of
from .data import Vector
from .forms import unfold
from .judge import FAIL, PASS

UNCLEAR = "unclear"  # what was seen fits either way

# Answers that are about a packet's form.  With another code it was understood, and refused for what
# it asks for or for a limit of the broker.
FORM_CODES = {5: {0x81, 0x82, 0x84, 0x99}, 4: {1}}
# Those that may stand for anything, and that of 3.1.1 for a version that is unknown.
OTHER_CODES = {5: {1, 0x80, 0x83}, 4: set[int]()}
SMALL = 128  # bytes: a CONNACK may have more


def is_of_another_version(vector: Vector) -> bool:
    """Is it a CONNECT of a version that the broker may have, too?"""
    data = unfold(vector.form["wire"])
    for name in (b"\0\4MQTT", b"\0\6MQIsdp"):
        _, found, rest = data[:32].partition(name)
        if found and rest and rest[0] in (3, 4, 5):
            return rest[0] != vector.version
    return False


def needs_more(vector: Vector) -> bool:
    """Is it right by itself, and maybe wrong in the connection that it is sent in?"""
    packet = vector.form.get("packet", {})
    most = packet.get("properties", {}).get("maximum_packet_size", SMALL)
    no_topic = packet.get("topic") == ""  # an alias for nothing
    return bool(no_topic or most < SMALL)


def _disconnect(vector: Vector, seen: str) -> str:
    """A connection ends after a good one, too: its will shows whether it was taken for one."""
    if seen == DROPPED:
        return FAIL if vector.result == "reject" else PASS
    if seen != PUBLISHED:  # nothing is known of wills
        return UNCLEAR
    data = unfold(vector.form["wire"])
    if vector.version == 5 and body_of(data)[:1] > b"\0":
        return UNCLEAR  # with another code than 0 it is published in any case (MQTT-3.1.2-8)
    return PASS if vector.result == "reject" else FAIL


def judge(vector: Vector, seen: str, control: str = "") -> str:
    """pass, fail, or unclear.

    control: what was seen of a packet of its type that nothing is wrong with, if it is of a type
    that a broker may refuse whatever its bytes are.
    """
    word, _, digits = seen.partition(" ")
    code = int(digits, 16) if word in ("CONNACK", "DISCONNECT") and digits else None
    kind = type_of(unfold(vector.form["wire"]))
    if vector.result == "choice":
        return PASS
    if vector.result == "more":
        return PASS if seen == "waits" else FAIL
    if word in ACKS.values():  # refused, and the connection goes on
        return UNCLEAR
    if word == "silent":  # waiting for more of it, which a whole packet does not have
        return UNCLEAR if vector.result == "reject" else FAIL
    went_on = seen in GONE_ON
    if kind == DISCONNECT and not went_on and code is None:
        return _disconnect(vector, seen)
    if vector.result == "reject":
        if went_on:
            other = kind == CONNECT and is_of_another_version(vector)
            return UNCLEAR if other else FAIL
        if seen == control:  # a good one is refused, too, in the same way
            return UNCLEAR
        told = {*FORM_CODES[vector.version], *OTHER_CODES[vector.version]}
        told |= set((vector.error or {}).get("reason_codes", []))
        return PASS if code is None or code in told else UNCLEAR
    if kind == DISCONNECT:
        return FAIL
    if went_on:
        return PASS
    if needs_more(vector) or (control and control not in GONE_ON):
        return UNCLEAR
    if code is not None and code not in FORM_CODES[vector.version]:
        return UNCLEAR
    return FAIL
