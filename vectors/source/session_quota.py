# SPDX-License-Identifier: MIT
"""Receive Maximum of 5.0: how many messages of QoS 1 and 2 may be open (3.3.4, 4.9)."""

from __future__ import annotations

from collections.abc import Iterator

from .cases import Case
from .session_ids import other, send
from .session_packets import Packets, Steps, broken, kept, prop
from .wire import Wire

RULE = "receive_maximum_exceeded"
STATEMENTS = {"client": "3.3.4-7 4.9.0-1 4.9.0-2", "server": "3.3.4-9 4.9.0-1 4.9.0-2"}


def limited(sender: str, maximum: int) -> list[Steps]:
    return Packets(5).hello(**{other(sender): [prop("receive_maximum", maximum)]})


def exceeded(key: str, version: int, *steps: Steps, ids: str) -> Case:
    return broken(key, version, *steps, rule=RULE, ids=ids, section="3.3.4")


def of(sender: str) -> Iterator[Case]:
    p = Packets(5)
    ids = STATEMENTS[sender]
    peer = other(sender)

    def go(*wires: Wire) -> list[Steps]:
        return send(sender, *wires)

    def come(*wires: Wire) -> list[Steps]:
        return send(peer, *wires)

    for qos in (1, 2):
        for maximum in (1, 3):
            hello = limited(sender, maximum)
            some = [p.publish(packet_id=n + 1, qos=qos) for n in range(maximum + 1)]
            name = f"{maximum} open, {sender}, qos {qos}"
            yield kept(f"at the receive maximum: {name}", 5, hello, go(*some[:-1]), ids=ids)
            key = f"above the receive maximum: {name}"
            yield exceeded(key, 5, hello, go(*some), ids=ids)
    hello = limited(sender, 1)
    one, two = p.publish(packet_id=1), p.publish(packet_id=1, qos=2)
    last = go(p.publish(packet_id=2))
    half = [go(two), come(p.pubrec(1))]
    released = [*half, go(p.pubrel(1))]
    ends = {
        "puback": [go(one), come(p.puback(1))],
        "puback of 0x80": [go(one), come(p.puback(1, code=0x80))],
        "pubcomp": [*released, come(p.pubcomp(1))],
        "pubrec of 0x80": [go(two), come(p.pubrec(1, code=0x80))],
    }
    for name, steps in ends.items():
        yield kept(f"{name} gives room: {sender}", 5, hello, *steps, last, ids=ids)
        twice = [*steps, last, go(p.publish(packet_id=3))]
        key = f"{name} gives room for one: {sender}"
        yield exceeded(key, 5, hello, *twice, ids=ids)
    for name, steps in [("pubrec", half), ("pubrel", released)]:
        key = f"{name} gives no room: {sender}"
        yield exceeded(key, 5, hello, *steps, last, ids=ids)
    mixed = go(one, p.publish(packet_id=2, qos=2))
    yield exceeded(f"qos 1 and 2 count together: {sender}", 5, hello, mixed, ids=ids)
    zero = go(one, p.publish(), p.publish(topic="u"))
    yield kept(f"qos 0 does not count: {sender}", 5, hello, zero, ids=ids + " 4.9.0-3")
    theirs = [go(one), come(p.publish(packet_id=1), p.publish(packet_id=2))]
    key = f"the other direction does not count: {sender}"
    yield kept(key, 5, hello, *theirs, ids=ids)
    default = go(*[p.publish(packet_id=n + 1) for n in range(30)])
    key = f"many messages without a receive maximum: {sender}"
    yield kept(key, 5, p.hello(), default, ids=ids, comment="it is 65,535 then (3.2.2.3.3)")


def others() -> Iterator[Case]:
    """4.9.0-3: other packets go on when the quota is used up."""
    p = Packets(5)
    ids = "4.9.0-3"
    hello = limited("client", 1)
    begun = send("client", p.publish(packet_id=1))
    for name, asked, told in [
        ("subscribe", p.subscribe(2), p.suback(2)),
        ("unsubscribe", p.unsubscribe(2), p.unsuback(2)),
        ("pingreq", p.pingreq(), p.pingresp()),
    ]:
        steps = [send("client", asked), send("server", told)]
        yield kept(f"{name} without quota", 5, hello, begun, *steps, ids=ids)
    theirs = [send("server", p.publish(packet_id=7)), send("client", p.puback(7))]
    yield kept("puback without quota", 5, hello, begun, *theirs, ids=ids)
    gone = send("client", p.disconnect())
    yield kept("disconnect without quota", 5, hello, begun, gone, ids=ids)


def build(version: int) -> Iterator[Case]:
    if version == 4:
        return
    for sender in STATEMENTS:
        yield from of(sender)
    yield from others()
