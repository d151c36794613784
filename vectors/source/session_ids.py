# SPDX-License-Identifier: MIT
"""Packet identifiers: which are in use, which are known, and how many codes answer a request."""

from __future__ import annotations

from collections.abc import Iterator

from .cases import Case
from .catalogue import COUNTS
from .session_packets import PUBACK, PUBCOMP, PUBREC, PUBREL, Packets, Steps, broken, c, kept, s
from .wire import Wire


def send(sender: str, *wires: Wire) -> list[Steps]:
    return c(*wires) if sender == "client" else s(*wires)


def other(sender: str) -> str:
    return "server" if sender == "client" else "client"


def in_use(version: int) -> Iterator[Case]:
    """3.1.1: 2.3.1-2 to 2.3.1-4; 5.0: 2.2.1-3, 2.2.1-4, and 4.3.2-1, 4.3.3-1 of both."""
    p = Packets(version)
    new = {"client": "2.2.1-3", "server": "2.2.1-4"}
    if version == 4:
        new = {"client": "2.3.1-2", "server": "2.3.1-4"}
    for sender, statement in new.items():
        for qos, own in [(1, "4.3.2-1"), (2, "4.3.3-1")]:
            ids = f"{statement} {own}"
            name = f"{sender}, qos {qos}"
            talk = [p.hello(), send(sender, p.publish(packet_id=7, qos=qos))]
            other_id = send(sender, p.publish(packet_id=8, qos=qos))
            yield kept(f"two identifiers: {name}", version, *talk, other_id, ids=ids)
            same = send(sender, p.publish(packet_id=7, qos=qos, topic="u", here="packet_id"))
            yield in_use_case(f"identifier in use: {name}", version, [*talk, same], ids)
            highest = [p.hello(), send(sender, p.publish(packet_id=65535, qos=qos))]
            same = send(sender, p.publish(packet_id=65535, qos=qos, topic="u", here="packet_id"))
            key = f"highest identifier in use: {name}"
            yield in_use_case(key, version, [*highest, same], ids)
        talk = [p.hello(), send(sender, p.publish(packet_id=7))]
        same = send(sender, p.publish(packet_id=7, qos=2, here="packet_id"))
        ids = f"{statement} 4.3.3-1"
        yield in_use_case(f"identifier in use: {sender}, qos 1 and 2", version, [*talk, same], ids)
    both = " ".join(new.values())
    talk = [p.hello(), c(p.publish(packet_id=7)), s(p.publish(packet_id=7))]
    yield kept("each side has its own identifiers", version, *talk, ids=both)
    yield from requests_in_use(version, new["client"])
    yield from open_until(version)


def in_use_case(key: str, version: int, steps: list[list[Steps]], ids: str) -> Case:
    return broken(key, version, *steps, rule="packet_id_in_use", field="packet_id", ids=ids)


def requests_in_use(version: int, ids: str) -> Iterator[Case]:
    """SUBSCRIBE, UNSUBSCRIBE and PUBLISH of a client share their identifiers."""
    p = Packets(version)
    requests = {
        "subscribe": p.subscribe(7),
        "unsubscribe": p.unsubscribe(7),
        "publish": p.publish(packet_id=7),
    }
    marked = {
        "subscribe": p.subscribe(7, filters=["g"], here="packet_id"),
        "unsubscribe": p.unsubscribe(7, filters=["g"], here="packet_id"),
        "publish": p.publish(packet_id=7, topic="u", here="packet_id"),
    }
    answers = {
        "subscribe": p.suback(7),
        "unsubscribe": p.unsuback(7),
        "publish": p.puback(7),
    }
    for earlier, begun in requests.items():
        for later, again in marked.items():
            if earlier == later == "publish":
                continue
            name = f"{later} after {earlier}"
            talk = [p.hello(), c(begun)]
            yield in_use_case(f"identifier in use: {name}", version, [*talk, c(again)], ids)
            free = [p.hello(), c(begun), s(answers[earlier]), c(requests[later])]
            yield kept(f"identifier free again: {name}", version, *free, ids=ids)
    talk = [p.hello(), s(p.publish(packet_id=7)), c(p.subscribe(7))]
    yield kept("subscribe under an identifier of the server", version, *talk, ids=ids)


def open_until(version: int) -> Iterator[Case]:
    """5.0: 4.3.2-3, 4.3.3-3, 4.3.3-5; 3.1.1: 2.3.1-3, 2.3.1-4.  The end of a message frees its
    identifier, and what comes before the end does not."""
    p = Packets(version)
    field = "packet_id"
    for sender in ("client", "server"):
        until = "2.3.1-3" if sender == "client" else "2.3.1-4"

        def new(qos: int, here: str = "", sender: str = sender) -> list[Steps]:
            return send(sender, p.publish(packet_id=7, qos=qos, topic="u", here=here))

        def peer(*wires: Wire, sender: str = sender) -> list[Steps]:
            return send(other(sender), *wires)

        one = [p.hello(), send(sender, p.publish(packet_id=7))]
        two = [p.hello(), send(sender, p.publish(packet_id=7, qos=2))]
        ids = f"{until} 4.3.2-1 4.3.2-2" if version == 4 else "4.3.2-3 4.3.2-5"
        free = [*one, peer(p.puback(7)), new(1)]
        yield kept(f"puback frees the identifier: {sender}", version, *free, ids=ids)
        ids = f"{until} 4.3.3-1 4.3.3-2" if version == 4 else "4.3.3-3 4.3.3-5 4.3.3-12"
        whole = [peer(p.pubrec(7)), send(sender, p.pubrel(7)), peer(p.pubcomp(7))]
        free = [*two, *whole, new(2)]
        yield kept(f"pubcomp frees the identifier: {sender}", version, *free, ids=ids)
        ids = f"{until} 4.3.2-1" if version == 4 else "4.3.2-3"
        other_one = [peer(p.publish(packet_id=7)), send(sender, p.puback(7))]
        key = f"identifier in use, though the other side's is free: {sender}"
        yield in_use_case(key, version, [*one, *other_one, new(1, field)], ids)
        ids = f"{until} 4.3.3-1" if version == 4 else "4.3.3-3 4.3.3-5"
        key = f"identifier in use after pubrec: {sender}"
        yield in_use_case(key, version, [*two, whole[0], new(2, field)], ids)
        ids = f"{until} 4.3.3-1" if version == 4 else "4.3.3-5"
        for qos in (1, 2):
            key = f"identifier in use after pubrel: {sender}, by qos {qos}"
            yield in_use_case(key, version, [*two, *whole[:2], new(qos, field)], ids)
        if version == 5:
            refused = [*two, peer(p.pubrec(7, code=0x80)), new(2)]
            key = f"pubrec of 0x80 frees the identifier: {sender}"
            yield kept(key, 5, *refused, ids="4.3.3-9 4.3.3-1")
    if version == 5:
        refused = [p.hello(), c(p.publish(packet_id=7, qos=2)), s(p.pubrec(7, code=0x10))]
        again = c(p.publish(packet_id=7, qos=2, here=field))
        key = "pubrec of 0x10 does not free the identifier"
        yield in_use_case(key, 5, [*refused, again], "4.3.3-5")


ACKNOWLEDGEMENTS = {"puback": PUBACK, "pubrec": PUBREC, "pubrel": PUBREL, "pubcomp": PUBCOMP}


def unknown(version: int) -> Iterator[Case]:
    """3.1.1: 2.3.1-6 (which does not name PUBCOMP); 5.0: 2.2.1-5."""
    p = Packets(version)
    for name, first in ACKNOWLEDGEMENTS.items():
        ids = "2.2.1-5" if version == 5 else "2.3.1-6"
        codes: tuple[int, ...] | None = None
        if version == 4 and name == "pubcomp":
            ids = "4.3.3-2"
        if version == 5:  # 0x92 is said in PUBREL and PUBCOMP: of a PUBREC and a PUBREL
            codes = (0x92,) if name in ("pubrec", "pubrel") else ()
        for sender in ("client", "server"):
            steps = [p.hello(), send(sender, p.ack(first, 7, here="packet_id"))]
            yield broken(
                f"{name} of an unknown identifier: {sender}",
                version,
                *steps,
                rule="acknowledged_id_unknown",
                field="packet_id",
                ids=ids,
                codes=codes,
            )
    yield from unknown_beside(version)


def unknown_beside(version: int) -> Iterator[Case]:
    """An identifier beside the open one, the other side's, a settled one."""
    p = Packets(version)
    ids = "2.2.1-5" if version == 5 else "2.3.1-6"
    for sender in ("client", "server"):
        peer = other(sender)
        begun = [p.hello(), send(peer, p.publish(packet_id=7))]
        key = f"puback repeats the identifier: {sender}"
        both = f"{ids} 3.3.4-1 " + ("4.3.2-4" if version == 5 else "4.3.2-2")
        yield kept(key, version, *begun, send(sender, p.puback(7)), ids=both)
        own = [p.hello(), send(sender, p.publish(packet_id=7))]
        settled = [*begun, send(sender, p.puback(7))]
        for key, steps, number in [
            ("puback of another identifier", begun, 8),
            ("puback of one's own identifier", own, 7),
            ("puback twice", settled, 7),
        ]:
            bad = send(sender, p.puback(number, here="packet_id"))
            codes = () if version == 5 else None
            yield broken(
                f"{key}: {sender}",
                version,
                *steps,
                bad,
                rule="acknowledged_id_unknown",
                field="packet_id",
                ids=ids,
                codes=codes,
            )
    steps = [p.hello(), c(p.subscribe(7)), s(p.puback(7, here="packet_id"))]
    codes = () if version == 5 else None
    rule, field = "acknowledged_id_unknown", "packet_id"
    yield broken("puback of a subscribe", version, *steps, rule=rule, field=field, ids=ids,
                 codes=codes)
    comment = "the earlier connection may have sent what it acknowledges"
    for first, name in [(PUBREC, "pubrec"), (PUBREL, "pubrel"), (PUBCOMP, "pubcomp")]:
        steps = [p.resumed(), c(p.ack(first, 7))]
        key = f"{name} of an identifier of an earlier connection"
        yield kept(key, version, *steps, ids=ids, comment=comment)


def answered(version: int) -> Iterator[Case]:
    """SUBACK and UNSUBACK repeat the identifier of their request; 3.8.4-1, 3.10.4: they are due."""
    p = Packets(version)
    rule, field = "answered_id_unknown", "packet_id"
    general = "2.2.1-6" if version == 5 else "2.3.1-7"
    sub = f"{general} 3.8.4-2"
    unsub = f"{general} 3.10.4-5" if version == 5 else f"{general} 3.10.4-4"
    subscribed = [p.hello(), c(p.subscribe(7))]
    unsubscribed = [p.hello(), c(p.unsubscribe(7))]
    yield kept("suback", version, *subscribed, s(p.suback(7)), ids=sub + " 3.8.4-1")
    due = " 3.10.4-4" if version == 5 else " 3.10.4-5"
    none = p.unsuback(7, codes=[0x11])  # no subscription existed
    yield kept("unsuback", version, *unsubscribed, s(none), ids=unsub + due)
    two = [p.hello(), c(p.subscribe(7), p.unsubscribe(8)), s(p.unsuback(8), p.suback(7))]
    yield kept("answers in another order than requests", version, *two, ids=general)
    at = "packet_id"
    for key, steps, ids in [
        ("suback of another identifier", [*subscribed, s(p.suback(8, here=at))], sub),
        ("suback unasked", [p.hello(), s(p.suback(7, here=at))], sub),
        ("suback twice", [*subscribed, s(p.suback(7)), s(p.suback(7, here=at))], sub),
        ("suback of an unsubscribe", [*unsubscribed, s(p.suback(7, here=at))], sub),
        ("suback of a publish", [p.hello(), c(p.publish(packet_id=7)), s(p.suback(7, here=at))],
         sub),
        ("suback of an identifier of the server",
         [p.hello(), s(p.publish(packet_id=7)), s(p.suback(7, here=at))], sub),
        ("unsuback of another identifier", [*unsubscribed, s(p.unsuback(8, here=at))], unsub),
        ("unsuback unasked", [p.hello(), s(p.unsuback(7, here=at))], unsub),
        ("unsuback twice", [*unsubscribed, s(p.unsuback(7)), s(p.unsuback(7, here=at))], unsub),
        ("unsuback of a subscribe", [*subscribed, s(p.unsuback(7, here=at))], unsub),
    ]:
        yield broken(key, version, *steps, rule=rule, field=field, ids=ids)


def compared(version: int) -> Iterator[Case]:
    """3.10.4-1: filters are compared as they stand.  What a server has is its own to know: that its
    code is right is not in the bytes, and so there is nothing here that is wrong."""
    p = Packets(version)
    ids, comment = "3.10.4-1", "the filter that was subscribed to is gone"
    for name, topic_filter in [("a name", "a/b"), ("wildcards", "a/+/#")]:
        begun = [p.hello(), c(p.subscribe(7, filters=[topic_filter])), s(p.suback(7))]
        equal = [*begun, c(p.unsubscribe(8, filters=[topic_filter])), s(p.unsuback(8))]
        key = f"unsubscribe from an equal filter: {name}"
        yield kept(key, version, *equal, ids=ids, comment=comment)
    begun = [p.hello(), c(p.subscribe(7, filters=["a/+"])), s(p.suback(7))]
    other_ = [*begun, c(p.unsubscribe(8, filters=["a/b"])), s(p.unsuback(8, codes=[0x11]))]
    still = s(p.publish(topic="a/b"))
    yield kept(
        "unsubscribe from what the filter matches", version, *other_, still, ids=ids,
        comment="no subscription has this filter: the one to a/+ stays, and gets what it matches",
    )


def counts(version: int) -> Iterator[Case]:
    """3.1.1: 3.8.4-5, 3.9.3-1; 5.0: 3.8.4-6, 3.9.3-1, 3.11.3-1: a code for each filter."""
    p = Packets(version)
    ids = "3.8.4-6 3.9.3-1" if version == 5 else "3.8.4-5 3.9.3-1"
    filters = ["a", "b", "c"]
    begun = [p.hello(), c(p.subscribe(7, filters=filters, options=2))]
    yield kept("suback with a code for each", version, *begun, s(p.suback(7, codes=[0, 1, 2])),
               ids=ids)
    refused = s(p.suback(7, codes=[2, 0x80, 0]))
    yield kept("suback refuses one", version, *begun, refused, ids=ids)
    rule, field = "suback_count", "reason_codes"
    for key, codes in [("one code too few", [0, 1]), ("one code too many", [0, 1, 2, 0])]:
        bad = s(p.suback(7, codes=codes, here=field))
        yield broken(
            f"suback, {key}", version, *begun, bad, rule=rule, field=field, ids=ids, comment=COUNTS
        )
    one = [p.hello(), c(p.subscribe(7)), s(p.suback(7, codes=[0, 0], here=field))]
    yield broken(
        "suback, two codes for one", version, *one, rule=rule, field=field, ids=ids, comment=COUNTS
    )
    if version == 4:
        return
    ids = "3.11.3-1"
    begun = [p.hello(), c(p.unsubscribe(7, filters=filters))]
    good = s(p.unsuback(7, codes=[0, 0x11, 0]))
    yield kept("unsuback with a code for each", 5, *begun, good, ids=ids)
    rule = "unsuback_count"
    for key, codes in [("one code too few", [0, 0]), ("one code too many", [0, 0, 0, 0])]:
        bad = s(p.unsuback(7, codes=codes, here=field))
        yield broken(
            f"unsuback, {key}", 5, *begun, bad, rule=rule, field=field, ids=ids, comment=COUNTS
        )


def build(version: int) -> Iterator[Case]:
    yield from in_use(version)
    yield from unknown(version)
    yield from answered(version)
    yield from counts(version)
    yield from compared(version)
