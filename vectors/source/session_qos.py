# SPDX-License-Identifier: MIT
"""The exchanges of QoS 1 and 2: which packet follows which, in which order, what is repeated."""

from __future__ import annotations

from collections.abc import Iterator

from .cases import Case
from .session_ids import other, send
from .session_packets import Packets, Steps, broken, c, kept, s

SIDES = ("client", "server")


def types(version: int) -> Iterator[Case]:
    """3.3.4-1: PUBACK answers QoS 1, PUBREC QoS 2; 4.3.2-2, 4.3.3-2; 5.0: 4.3.2-4, 4.3.3-8."""
    p = Packets(version)
    one = "3.3.4-1 4.3.2-4" if version == 5 else "3.3.4-1 4.3.2-2"
    two = "3.3.4-1 4.3.3-8" if version == 5 else "3.3.4-1 4.3.3-2"
    rule = "acknowledgement_type"
    for sender in SIDES:
        peer = other(sender)
        begun = [p.hello(), send(peer, p.publish(packet_id=7))]
        bad = send(sender, p.pubrec(7))
        yield broken(f"pubrec of qos 1: {sender}", version, *begun, bad, rule=rule, ids=one)
        bad = send(sender, p.pubcomp(7))
        yield broken(f"pubcomp of qos 1: {sender}", version, *begun, bad, rule=rule, ids=one)
        begun = [p.hello(), send(peer, p.publish(packet_id=7, qos=2))]
        good = send(sender, p.pubrec(7))
        yield kept(f"pubrec of qos 2: {sender}", version, *begun, good, ids=two)
        bad = send(sender, p.puback(7))
        yield broken(f"puback of qos 2: {sender}", version, *begun, bad, rule=rule, ids=two)
        talk = [p.hello(), send(peer, p.publish(), p.publish(topic="u"))]
        yield kept(f"nothing answers qos 0: {peer}", version, *talk, ids="3.3.4-1")


def exactly_once(version: int) -> Iterator[Case]:
    """4.3.3: PUBLISH, PUBREC, PUBREL, PUBCOMP."""
    p = Packets(version)
    field = "packet_id"
    for sender in SIDES:
        peer = other(sender)
        begun = [p.hello(), send(sender, p.publish(packet_id=7, qos=2))]
        received = [*begun, send(peer, p.pubrec(7))]
        released = [*received, send(sender, p.pubrel(7))]
        ids = "4.3.3-1 4.3.3-2"
        if version == 5:
            ids = "4.3.3-4 4.3.3-5 4.3.3-6 4.3.3-8 4.3.3-11 4.3.3-13"
        done = [*released, send(peer, p.pubcomp(7))]
        yield kept(f"exactly once: {sender}", version, *done, ids=ids)

        rule, ids = "pubrel_without_pubrec", "4.3.3-4" if version == 5 else "4.3.3-1"
        bad = send(sender, p.pubrel(7, here=field))
        key = f"pubrel without pubrec: {sender}"
        yield broken(key, version, *begun, bad, rule=rule, field=field, ids=ids)
        one = [p.hello(), send(sender, p.publish(packet_id=7))]
        key = f"pubrel of qos 1: {sender}"
        yield broken(key, version, *one, bad, rule=rule, field=field, ids=ids)
        if version == 5:
            key = f"pubrel after pubrec of 0x80: {sender}"
            refused = [*begun, send(peer, p.pubrec(7, code=0x80))]
            rule, codes = "acknowledged_id_unknown", (0x92,)
            yield broken(
                key, 5, *refused, bad, rule=rule, field=field, ids="2.2.1-5", codes=codes,
                comment="PUBREC of 0x80 and above has ended the exchange (4.3.3)",
            )

        rule, ids = "pubcomp_without_pubrel", "4.3.3-11" if version == 5 else "4.3.3-2"
        bad = send(peer, p.pubcomp(7, here=field))
        for key, steps in [("publish", begun), ("pubrec", received)]:
            key = f"pubcomp after {key}: {peer}"
            yield broken(key, version, *steps, bad, rule=rule, field=field, ids=ids)

        rule, ids = "publish_after_pubrel", "4.3.3-6" if version == 5 else "4.3.3-1"
        bad = send(sender, p.publish(packet_id=7, qos=2, dup=True, here=field))
        key = f"publish again after pubrel: {sender}"
        yield broken(key, version, *released, bad, rule=rule, field=field, ids=ids)
        if version == 5:
            yield kept(
                f"pubrel unknown, and answered: {sender}", 5, p.resumed(),
                send(sender, p.pubrel(7)), send(peer, p.pubcomp(7, code=0x92)),
                ids="2.2.1-5 4.3.3-11", comment="0x92 is no error while sessions recover",
            )


def repeated(version: int) -> Iterator[Case]:
    """What is sent again: 3.3.1-1, 4.4.0-1; and 4.3.2-2, 4.3.3-2 (5.0): not with DUP at first."""
    p = Packets(version)
    for sender in SIDES:
        peer = other(sender)
        for qos, first in [(1, "4.3.2-2"), (2, "4.3.3-2")]:
            name = f"{sender}, qos {qos}"
            answer = p.puback(7) if qos == 1 else p.pubrec(7)
            once = send(sender, p.publish(packet_id=7, qos=qos))
            again = send(sender, p.publish(packet_id=7, qos=qos, dup=True))
            ids = first if version == 5 else ("4.3.2-1" if qos == 1 else "4.3.3-1")
            yield kept(f"no dup at first: {name}", version, p.hello(), once, ids=ids)
            rule = "dup_on_first"
            key = f"dup at first: {name}"
            yield broken(key, version, p.hello(), again, rule=rule, field="dup", ids=ids)
            talk = [p.resumed(), again, send(peer, answer)]
            key = f"dup in a session that goes on: {name}"
            redelivered = "3.3.1-1 4.4.0-1"
            if qos == 2 and version == 5:
                redelivered += " 4.3.3-10"
            yield kept(key, version, *talk, ids=redelivered)
            talk = [p.hello(), once, again]
            key = f"sent again on the same connection: {name}"
            if version == 5:
                rule = "resent"
                yield broken(key, 5, *talk, rule=rule, field="dup", ids="4.4.0-1")
            else:
                comment = "3.1.1 does not say that this happens on a new connection only"
                yield kept(key, 4, *talk, ids="3.3.1-1", comment=comment)
            rule, field = "packet_id_in_use", "packet_id"
            bare = send(sender, p.publish(packet_id=7, qos=qos, here=field))
            key = f"sent again without dup: {name}"
            yield broken(key, version, p.hello(), once, bare, rule=rule, field=field, ids="3.3.1-1")
            if version == 5:
                refusal = p.puback(7, code=0x80) if qos == 1 else p.pubrec(7, code=0x80)
                talk = [p.hello(), once, send(peer, refusal)]
                yield kept(f"refused: {name}", 5, *talk, once, ids="4.4.0-2")
                rule = "dup_on_first"
                key = f"sent again after a refusal: {name}"
                yield broken(key, 5, *talk, again, rule=rule, field="dup", ids="4.4.0-2")
    yield from new_sessions(version)
    yield from resumption(version)


def new_sessions(version: int) -> Iterator[Case]:
    """Without a session on the server, its messages are new, and a client's perhaps are not."""
    p = Packets(version)
    absent = [c(p.connect(clean=False)), s(p.connack())]
    ids = {4: ("4.3.2-1", "4.3.3-1"), 5: ("4.3.2-2", "4.3.3-2")}[version]
    for qos, statement in zip((1, 2), ids):
        again = p.publish(packet_id=7, qos=qos, dup=True)
        key = f"dup of the server without a session: qos {qos}"
        rule, field = "dup_on_first", "dup"
        yield broken(key, version, *absent, s(again), rule=rule, field=field, ids=statement)
        comment = "it may have been sent before CONNACK came, of a session that the client has"
        key = f"dup of the client without a session: qos {qos}"
        yield kept(key, version, *absent, c(again), ids="3.3.1-1", comment=comment)


def resumption(version: int) -> Iterator[Case]:
    """4.4.0-1, 4.6.0-1: open messages are sent again under their identifiers, in their order."""
    p = Packets(version)
    for sender in SIDES:
        peer = other(sender)
        pending = [p.publish(packet_id=number, dup=True) for number in (9, 3, 5)]
        answers = [p.puback(number) for number in (9, 3, 5)]
        talk = [p.resumed(), send(sender, *pending), send(peer, *answers)]
        key = f"messages again in their order: {sender}"
        yield kept(key, version, *talk, ids="4.4.0-1 4.6.0-1 3.3.1-1")
        talk = [p.resumed(), send(sender, p.pubrel(9)), send(peer, p.pubcomp(9))]
        talk.append(send(sender, p.publish(packet_id=9, qos=2)))
        yield kept(f"pubrel again: {sender}", version, *talk, ids="4.4.0-1")


def order(version: int) -> Iterator[Case]:
    """4.6.0-2 to 4.6.0-4: a client answers in the order of what it answers.  That it did not is
    sure when the late answer comes; who says so earlier is right, too."""
    p = Packets(version)
    field = "packet_id"
    comment = "the late one proves it; an answer was left out before"
    for name, qos, ids in [("puback", 1, "4.6.0-2"), ("pubrec", 2, "4.6.0-3")]:
        rule = f"{name}_order"
        make = p.puback if qos == 1 else p.pubrec
        begun = [p.hello(), s(*[p.publish(packet_id=n, qos=qos) for n in (9, 2, 5)])]
        yield kept(f"{name}s in order", version, *begun, c(make(9), make(2), make(5)), ids=ids)
        talk = [p.hello(), s(p.publish(packet_id=9, qos=qos)), c(make(9))]
        talk += [s(p.publish(packet_id=2, qos=qos)), c(make(2))]
        yield kept(f"{name}s one by one", version, *talk, ids=ids)
        for key, early, late in [("first", (2,), 9), ("middle", (9, 5), 2)]:
            bad: list[Steps] = [c(*[make(n) for n in early]), c(make(late, here=field))]
            key = f"{name} too late, the {key} one"
            yield broken(
                key, version, *begun, *bad, rule=rule, field=field, ids=ids, comment=comment
            )
        free = [p.hello(), c(*[p.publish(packet_id=n, qos=qos) for n in (9, 2, 5)])]
        key = f"{name}s of the server in any order"
        yield kept(key, version, *free, s(make(5), make(9), make(2)), ids=ids,
                   comment="the rule binds clients")
    mixed = [p.hello(), s(p.publish(packet_id=9, qos=2), p.publish(packet_id=2))]
    yield kept(
        "puback before the pubrec of an earlier message", version, *mixed,
        c(p.puback(2), p.pubrec(9)), ids="4.6.0-2 4.6.0-3",
        comment="each type of answer has its own order",
    )
    ids = "4.6.0-4"
    begun = [p.hello(), c(*[p.publish(packet_id=n, qos=2) for n in (1, 2)])]
    begun.append(s(p.pubrec(2), p.pubrec(1)))
    key = "pubrels in the order of the pubrecs"
    yield kept(key, version, *begun, c(p.pubrel(2), p.pubrel(1)), ids=ids)
    late_one = c(p.pubrel(1), p.pubrel(2, here=field))
    yield broken(
        "pubrels in the order of the messages", version, *begun, late_one, rule="pubrel_order",
        field=field, ids=ids, comment=comment,
    )
    begun = [p.hello(), s(*[p.publish(packet_id=n, qos=2) for n in (1, 2)])]
    begun += [c(p.pubrec(1), p.pubrec(2)), s(p.pubrel(2), p.pubrel(1))]
    key = "pubrels of the server in any order"
    yield kept(key, version, *begun, ids=ids, comment="the rule binds clients")


def build(version: int) -> Iterator[Case]:
    yield from types(version)
    yield from exactly_once(version)
    yield from repeated(version)
    yield from order(version)
