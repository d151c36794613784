# SPDX-License-Identifier: MIT
"""Enhanced authentication of 5.0: section 4.12, and 3.1.2-30."""

from __future__ import annotations

from collections.abc import Iterator

from .cases import Case
from .session_packets import Packets, Steps, broken, c, kept, method, prop, s

METHOD = "properties.authentication_method"
DIFFERS = (0x82, 0x8C)  # 3.15 says Protocol Error; 0x8C is what CONNACK has for such methods
V = 5


def unasked(p: Packets) -> Iterator[Case]:
    """4.12.0-6, 4.12.0-7: without a method in CONNECT there is no AUTH."""
    yield kept(
        "no method, no auth", V, p.hello(), c(p.publish()), ids="4.12.0-6 4.12.0-7", section="3.15"
    )
    rule = "auth_unasked"
    steps = [c(p.connect()), s(p.auth(method()))]
    told = "4.12.0-6"
    yield broken("auth of the server unasked", V, *steps, rule=rule, ids=told, section="3.15")
    steps = [p.hello(), s(p.auth(method()))]
    key = "auth of the server unasked later"
    yield broken(key, V, *steps, rule=rule, ids=told, section="3.15")
    told = "4.12.0-7"
    steps = [c(p.connect(), p.auth(method()))]
    yield broken("auth of the client unasked", V, *steps, rule=rule, ids=told, section="3.15")
    steps = [p.hello(), c(p.auth(method(), code=0x19))]
    yield broken("auth again, and never before", V, *steps, rule=rule, ids=told, section="3.15")
    steps = [c(p.connect()), s(p.connack(method(here=True)))]
    key = "method in connack unasked"
    yield broken(key, V, *steps, rule="method_unasked", field=METHOD, ids="4.12.0-6")


def exchange(p: Packets) -> Iterator[Case]:
    """4.12.0-2, 4.12.0-3: AUTH 0x18 in turn, until CONNACK."""
    begun = [c(p.connect(method()))]
    asked = [*begun, s(p.auth(method()))]
    answered = [*asked, c(p.auth(method(), prop("authentication_data", "d")))]
    ids = "4.12.0-2 4.12.0-3 4.12.0-5"
    done = s(p.connack(method()))
    yield kept("auth without an exchange", V, *begun, done, ids="4.12.0-5")
    yield kept("auth in one round", V, *answered, done, ids=ids, section="3.15")
    twice = [*answered, s(p.auth(method())), c(p.auth(method())), done]
    yield kept("auth in two rounds", V, *twice, ids=ids)
    yield kept("auth refused", V, *answered, s(p.connack(code=0x87)), ids="4.12.0-5 4.13.2-1")
    refused = [*begun, s(p.connack(code=0x8C))]
    yield kept("method refused, and none named", V, *refused, ids="4.12.0-5")
    rule, field = "auth_not_continue", "reason_code"
    bad = s(p.auth(method(), code=0, here=field))
    key = "auth of success before connack"
    yield broken(key, V, *begun, bad, rule=rule, field=field, ids="4.12.0-2")
    yield broken(f"{key}, later", V, *answered, bad, rule=rule, field=field, ids="4.12.0-2")
    again = c(p.auth(method(), code=0x19, here=field))
    key = "auth again before connack"
    yield broken(key, V, *asked, again, rule=rule, field=field, ids="4.12.0-3")


def early(p: Packets) -> Iterator[Case]:
    """3.1.2-30: a client that named a method waits for CONNACK."""
    ids, rule = "3.1.2-30", "early_packet"
    begun = [c(p.connect(method()))]
    asked = [*begun, s(p.auth(method())), c(p.auth(method()))]
    yield kept("method named, then auth alone", V, *asked, s(p.connack(method())), ids=ids)
    yield kept("method named, then disconnect", V, *begun, c(p.disconnect()), ids=ids)
    yield kept("method named, then auth, disconnect", V, *asked, c(p.disconnect()), ids=ids)
    after = [*asked, s(p.connack(method())), c(p.publish())]
    yield kept("method named, and publish after connack", V, *after, ids=ids)
    yield kept("no method, and publish before connack", V, c(p.connect(), p.publish()), ids=ids)
    for name, wire in [
        ("publish", p.publish()),
        ("publish of qos 1", p.publish(packet_id=1)),
        ("subscribe", p.subscribe(1)),
        ("unsubscribe", p.unsubscribe(1)),
        ("pingreq", p.pingreq()),
    ]:
        key = f"method named, and {name} before connack"
        yield broken(key, V, *begun, c(wire), rule=rule, ids=ids)
    key = "method named, and publish within the exchange"
    yield broken(key, V, *asked, c(p.publish()), rule=rule, ids=ids)


def differing(p: Packets) -> Iterator[Case]:
    """4.12.0-5, 4.12.1-1: one method for a connection."""
    rule = "method_differs"
    begun = [c(p.connect(method()))]
    asked = [*begun, s(p.auth(method()))]
    done: list[Steps] = [*begun, s(p.connack(method()))]
    for words, name in [("another", "n"), ("a longer", "mm"), ("an upper case", "M"), ("no", "")]:
        wrong = method(name, here=True)
        rows: list[tuple[str, list[Steps], str]] = [
            ("in auth of the server", [*begun, s(p.auth(wrong))], "4.12.0-5"),
            ("in auth of the client", [*asked, c(p.auth(wrong))], "4.12.0-5"),
            ("in connack", [*begun, s(p.connack(wrong))], "4.12.0-5"),
            ("in auth again", [*done, c(p.auth(wrong, code=0x19))], "4.12.1-1"),
        ]
        for place, steps, ids in rows:
            key = f"{words} method {place}"
            yield broken(key, V, *steps, rule=rule, field=METHOD, ids=ids, codes=DIFFERS)
    absent = [*begun, s(p.connack())]
    key = "method missing in connack"
    yield broken(
        key, V, *absent, rule=rule, field="properties", ids="4.12.0-5", codes=DIFFERS
    )


def again(p: Packets) -> Iterator[Case]:
    """4.12.1: a client may authenticate again, and other packets go on meanwhile."""
    done = p.hello(client=[method()], server=[method()])
    begun = [done, c(p.auth(method(), code=0x19))]
    success = s(p.auth(method(), code=0))
    ids = "4.12.1-1 4.12.0-5"
    yield kept("auth again", V, *begun, success, ids=ids)
    rounds = [s(p.auth(method())), c(p.auth(method()))]
    yield kept("auth again in a round", V, *begun, *rounds, success, ids=ids)
    busy = [c(p.publish(), p.subscribe(1)), s(p.suback(1), p.publish()), *rounds]
    comment = "packets go on while it lasts"
    yield kept("auth again among packets", V, *begun, *busy, success, ids=ids, comment=comment)
    failed = [*begun, s(p.disconnect(code=0x87))]
    yield kept("auth again fails", V, *failed, ids="4.12.1-2")
    twice = [*begun, success, c(p.auth(method(), code=0x19)), success]
    yield kept("auth again twice", V, *twice, ids=ids)
    wrong = method("n", here=True)
    steps = [*begun, s(p.auth(wrong, code=0))]
    key = "another method in the success of auth again"
    yield broken(
        key, V, *steps, rule="method_differs", field=METHOD, ids="4.12.0-5", codes=DIFFERS
    )


def build(version: int) -> Iterator[Case]:
    if version == 4:
        return
    p = Packets(V)
    yield from unasked(p)
    yield from exchange(p)
    yield from early(p)
    yield from differing(p)
    yield from again(p)
