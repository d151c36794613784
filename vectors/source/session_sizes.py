# SPDX-License-Identifier: MIT
"""Maximum Packet Size of 5.0, and what is left out of packets that it makes too large."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .cases import Case
from .session_ids import other, send
from .session_packets import Packets, Steps, broken, c, kept, method, prop, s
from .wire import Nested, Wire

LIMIT = 40
# What a packet of this type says of reason string and user property: 5.0, table by table.
DIAGNOSTICS = {
    "connack": ("3.2.2-19", "3.2.2-20"),
    "puback": ("3.4.2-2", "3.4.2-3"),
    "pubrec": ("3.5.2-2", "3.5.2-3"),
    "pubrel": ("3.6.2-2", "3.6.2-3"),
    "pubcomp": ("3.7.2-2", "3.7.2-3"),
    "suback": ("3.9.2-1", "3.9.2-2"),
    "unsuback": ("3.11.2-1", "3.11.2-2"),
    "disconnect": ("3.14.2-3", "3.14.2-4"),
    "auth": ("3.15.2-2", "3.15.2-3"),
}
OF_SERVERS = ("connack", "suback", "unsuback")
PROPERTIES = {"reason_string": "reason string", "user_property": "user property"}
FIELDS = {"reason_string": "reason_string", "user_property": "user_properties"}
SIZE = {"client": "3.2.2-15", "server": "3.1.2-24"}
SECTION = {"client": "3.2.2.3.6", "server": "3.1.2.11.4"}
Make = Callable[[Nested], Wire]


def hello(sender: str, limit: int) -> list[Steps]:
    """The other side of `sender` takes packets of this size."""
    p = Packets(5)
    most = prop("maximum_packet_size", limit)
    if sender == "client":
        return [c(p.connect(method())), s(p.connack(most, method()))]
    return [c(p.connect(most, method())), s(p.connack(method()))]


def scene(sender: str, name: str) -> tuple[list[Steps], Make]:
    """What comes before such a packet of this sender, and the packet."""
    p = Packets(5)
    peer = other(sender)
    most = prop("maximum_packet_size", LIMIT)
    if name == "connack":
        return [c(p.connect(most, method()))], lambda extra: p.connack(method(), extra)
    begun = hello(sender, LIMIT)
    if name == "disconnect":
        return begun, lambda extra: p.disconnect(extra)
    if name == "auth":
        if sender == "client":
            return begun, lambda extra: p.auth(method(), extra, code=0x19)
        begun.append(c(p.auth(method(), code=0x19)))
        return begun, lambda extra: p.auth(method(), extra)
    if name in ("suback", "unsuback"):
        begun.append(c(p.subscribe(1) if name == "suback" else p.unsubscribe(1)))
        return begun, lambda extra: (p.suback if name == "suback" else p.unsuback)(1, extra)
    if name == "puback":
        begun.append(send(peer, p.publish(packet_id=1)))
    elif name == "pubrel":
        begun += [send(sender, p.publish(packet_id=1, qos=2)), send(peer, p.pubrec(1))]
    else:
        begun.append(send(peer, p.publish(packet_id=1, qos=2)))
    if name == "pubcomp":
        begun += [send(sender, p.pubrec(1)), send(peer, p.pubrel(1))]
    make = {"puback": p.puback, "pubrec": p.pubrec, "pubrel": p.pubrel, "pubcomp": p.pubcomp}[name]
    return begun, lambda extra: make(1, extra)


def of_size(make: Make, name: str, size: int, *, here: bool = False) -> Wire:
    """The packet with so long a property that its size is this."""
    base = len(make(prop(name, "")))
    wire = make(prop(name, "x" * (size - base), here=here))
    assert len(wire) == size
    return wire


def diagnostics(sender: str) -> Iterator[Case]:
    for name, statements in DIAGNOSTICS.items():
        if sender == "client" and name in OF_SERVERS:
            continue
        before, make = scene(sender, name)
        for (extra, words), statement in zip(PROPERTIES.items(), statements):
            ids = f"{statement} {SIZE[sender]}"
            key = f"{words} in {name} at the size limit: {sender}"
            good = send(sender, of_size(make, extra, LIMIT))
            yield kept(key, 5, *before, good, ids=ids)
            bad = send(sender, of_size(make, extra, LIMIT + 1, here=True))
            key = f"{words} in {name} above the size limit: {sender}"
            field = f"properties.{FIELDS[extra]}"
            yield broken(key, 5, *before, bad, rule="diagnostics_too_large", field=field, ids=ids,
                         comment="the packet is too large, too")
        yield kept(f"{name} without diagnostics: {sender}", 5, *before, send(sender, make([])),
                   ids=" ".join(statements))


def sizes(sender: str) -> Iterator[Case]:
    p = Packets(5)
    rule, ids, section = "packet_too_large", SIZE[sender], SECTION[sender]
    for limit in (20, 128, 131, 300):
        base = 6 if limit <= 129 else 7  # fixed header, topic and property length
        good = p.publish(payload="x" * (limit - base))
        bad = p.publish(payload="x" * (limit + 1 - base))
        assert (len(good), len(bad)) == (limit, limit + 1)
        before = hello(sender, limit)
        at = f"the size limit of {limit} bytes: {sender}"
        yield kept(f"publish at {at}", 5, *before, send(sender, good), ids=ids)
        large = send(sender, bad)
        key = f"publish above {at}"
        yield broken(key, 5, *before, large, rule=rule, ids=ids, section=section)
    small = hello(sender, 20)
    long = "x" * 15
    if sender == "client":
        others = {
            "subscribe": p.subscribe(1, filters=[long]),
            "unsubscribe": p.unsubscribe(1, filters=[long]),
        }
        for name, wire in others.items():
            key = f"{name} above the size limit"
            yield broken(key, 5, *small, send(sender, wire), rule=rule, ids=ids, section=section)
    else:
        most = prop("maximum_packet_size", 20)
        for size, name in [(20, "at"), (21, "above")]:
            assigned = prop("assigned_client_identifier", "x" * (size - 8))
            wire = p.connack(assigned)
            assert len(wire) == size
            talk = [c(p.connect(most, client_id="")), s(wire)]
            key = f"connack {name} the size limit"
            if name == "at":
                yield kept(key, 5, *talk, ids=ids)
            else:
                yield broken(key, 5, *talk, rule=rule, ids=ids, section=section)
    own = p.hello(**{sender: [prop("maximum_packet_size", 20)]})
    key = f"one's own size limit does not bind: {sender}"
    yield kept(key, 5, own, send(sender, p.publish(payload="x" * 100)), ids=ids)
    key = f"no size limit: {sender}"
    yield kept(key, 5, p.hello(), send(sender, p.publish(payload="x" * 1000)), ids=ids)


def build(version: int) -> Iterator[Case]:
    if version == 4:
        return
    for sender in SIZE:
        yield from sizes(sender)
        yield from diagnostics(sender)
