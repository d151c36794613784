# SPDX-License-Identifier: MIT
"""What CONNECT and CONNACK of 5.0 say that there is, and what they ask for."""

from __future__ import annotations

from collections.abc import Iterator

from .cases import Case
from .session_packets import Packets, Steps, broken, c, kept, method, prop, s
from .wire import Nested, Wire

V = 5


def publishing() -> Iterator[Case]:
    """Maximum QoS and Retain Available: 3.2.2-11, 3.2.2-14."""
    p = Packets(V)
    rule, ids, field = "qos_not_supported", "3.2.2-11", "qos"
    for most in (0, 1):
        hello = p.hello(server=[prop("maximum_qos", most)])
        for qos in (0, 1, 2):
            wire = p.publish(packet_id=1 if qos else None, qos=qos)
            key = f"maximum qos {most}, publish of qos {qos}"
            if qos <= most:
                yield kept(key, V, hello, c(wire), ids=ids)
            else:
                yield broken(key, V, hello, c(wire), rule=rule, field=field, ids=ids,
                             section="3.2.2.3.4")
        key = f"maximum qos {most}, subscribe for qos 2"
        steps = [c(p.subscribe(1, options=2)), s(p.suback(1, codes=[most]))]
        yield kept(key, V, hello, *steps, ids="3.2.2-9", section="3.2.2.3.4")
    highest = p.publish(packet_id=1, qos=2)
    yield kept("no maximum qos", V, p.hello(), c(highest), ids=ids)

    rule, ids, field = "retain_not_supported", "3.2.2-14", "retain"
    for name, server in [
        ("available", [prop("retain_available", 1)]),
        ("not told of", []),
    ]:
        key = f"retain {name}, and used"
        yield kept(key, V, p.hello(server=server), c(p.publish(retain=True)), ids=ids)
    hello = p.hello(server=[prop("retain_available", 0)])
    yield kept("retain not available, and not used", V, hello, c(p.publish()), ids=ids)
    bad = c(p.publish(retain=True))
    key = "retain not available, and used"
    section = "3.2.2.3.5"
    yield broken(key, V, hello, bad, rule=rule, field=field, ids=ids, section=section)
    bad = c(p.publish(packet_id=1, retain=True))
    key = "retain not available, and used at qos 1"
    section = "3.2.2.3.5"
    yield broken(key, V, hello, bad, rule=rule, field=field, ids=ids, section=section)


def subscribing() -> Iterator[Case]:
    """Wildcards, shared subscriptions and identifiers: 3.2.2.3.11 to 3.2.2.3.13."""
    p = Packets(V)
    wild = [["#"], ["a/+"], ["$share/g/+"]]
    rows: list[tuple[str, str, str, list[list[str]]]] = [
        ("wildcards", "wildcard_subscription_available", "3.2.2.3.11", wild),
        ("shared subscriptions", "shared_subscription_available", "3.2.2.3.13", [["$share/g/a"]]),
    ]
    fine = {"wildcards": ["a", "$share/g/a"], "shared subscriptions": ["#", "$shared/g/a"]}
    rules = {"wildcards": "wildcards_not_supported", "shared subscriptions": "shared_not_supported"}
    for name, flag, section, uses in rows:
        no = p.hello(server=[prop(flag, 0)])
        yes = p.hello(server=[prop(flag, 1)])
        other = c(p.subscribe(1, filters=fine[name]))
        yield kept(f"{name} not available, and not used", V, no, other, section=section)
        for filters in uses:
            told = f"and used in {filters[0]}"
            good = c(p.subscribe(1, filters=filters))
            yield kept(f"{name} available, {told}", V, yes, good, section=section)
            yield kept(f"{name} not told of, {told}", V, p.hello(), good, section=section)
            for index in (0, 1):
                around = (["a", *filters] if index else filters) + ["b"]
                bad = c(p.subscribe(1, filters=around, here=index))
                key = f"{name} not available, {told}, filter {index}"
                field = f"subscriptions[{index}]"
                yield broken(key, V, no, bad, rule=rules[name], field=field, section=section)
    section = "3.2.2.3.12"
    flag = "subscription_identifier_available"
    good = c(p.subscribe(1, prop("subscription_identifier", 1)))
    no, yes = p.hello(server=[prop(flag, 0)]), p.hello(server=[prop(flag, 1)])
    name = "subscription identifiers"
    yield kept(f"{name} available, and used", V, yes, good, section=section)
    yield kept(f"{name} not told of, and used", V, p.hello(), good, section=section)
    yield kept(f"{name} not available, and not used", V, no, c(p.subscribe(1)), section=section)
    bad = c(p.subscribe(1, prop("subscription_identifier", 1, here=True)))
    yield broken(
        f"{name} not available, and used", V, no, bad, section=section,
        rule="subscription_identifiers_not_supported",
        field="properties.subscription_identifiers[0]",
    )


def identifiers() -> Iterator[Case]:
    """3.3.4: a server repeats identifiers that SUBSCRIBE gave, and no others."""
    p = Packets(V)
    rule, field = "subscription_identifier_unknown", "properties.subscription_identifiers[0]"
    section = "3.3.4"
    name = "subscription_identifier"

    def subscribed(number: int) -> list[Steps]:
        return [p.hello(), c(p.subscribe(1, prop(name, number)))]

    for words, number in [("lowest", 1), ("highest", 268435455)]:
        steps = [*subscribed(number), s(p.publish(prop(name, number)))]
        yield kept(f"{words} identifier of a subscription", V, *steps, section=section)
    steps = [*subscribed(3), s(p.publish(prop(name, 3), topic="f"), p.suback(1))]
    yield kept("message before the suback", V, *steps, section="3.8.4")
    several = [*subscribed(3), c(p.subscribe(2, prop(name, 200), filters=["#"]))]
    both = s(p.publish(prop(name, 3), prop(name, 200), topic="f"))
    yield kept("identifiers of two subscriptions", V, *several, both, section=section)
    ended = [*subscribed(3), s(p.suback(1)), c(p.unsubscribe(2)), s(p.unsuback(2))]
    yield kept(
        "identifier of a subscription that has ended", V, *ended, s(p.publish(prop(name, 3))),
        section="3.10.4", comment="messages that were on their way are still delivered",
    )
    older = [p.resumed(), s(p.publish(prop(name, 3)))]
    yield kept("identifier of an earlier connection", V, *older, section=section)
    bad = s(p.publish(prop(name, 4, here=True)))
    scenes: dict[str, list[Steps]] = {
        "identifier that no subscription has": subscribed(3),
        "identifier without a subscription": [p.hello()],
        "identifier of a subscription without one": [p.hello(), c(p.subscribe(1))],
    }
    for key, begun in scenes.items():
        yield broken(key, V, *begun, bad, rule=rule, field=field, section=section)
    second = s(p.publish(prop(name, 3), prop(name, 4, here=True)))
    key = "second identifier that no subscription has"
    field = field.replace("0", "1")
    yield broken(key, V, *subscribed(3), second, rule=rule, field=field, section=section)


def session_expiry() -> Iterator[Case]:
    """3.14.2.2.2: what was 0 in CONNECT stays 0."""
    p = Packets(V)
    rule, section = "session_expiry_raised", "3.14.2.2.2"
    name = "session_expiry_interval"
    field = f"properties.{name}"

    def hello(asked: list[Nested], told: list[Nested]) -> list[Steps]:
        return p.hello(client=[asked] if asked else [], server=[told] if told else [])

    talk: list[Steps]
    for key, talk, last in [
        ("expiry shortened", hello(prop(name, 10), []), 5),
        ("expiry raised from 10", hello(prop(name, 10), []), 20),
        ("expiry for ever, from 1", hello(prop(name, 1), []), 0xFFFFFFFF),
        ("expiry set to 0", hello(prop(name, 10), []), 0),
        ("expiry 0 again", hello(prop(name, 0), []), 0),
        ("expiry 0 of none", hello([], []), 0),
        ("expiry 0 by the server alone", hello(prop(name, 10), prop(name, 0)), 5),
    ]:
        yield kept(key, V, *talk, c(p.disconnect(prop(name, last))), section=section)
    for key, talk, last in [
        ("expiry raised from 0", hello(prop(name, 0), []), 1),
        ("expiry raised from none", hello([], []), 1),
        ("expiry for ever, from none", hello([], []), 0xFFFFFFFF),
        ("expiry of the server's, from 0", hello(prop(name, 0), prop(name, 10)), 5),
    ]:
        bad = c(p.disconnect(prop(name, last, here=True)))
        yield broken(key, V, *talk, bad, rule=rule, field=field, section=section)


def asked_for() -> Iterator[Case]:
    """3.1.2-28, 3.1.3-7 and 3.2.2-16: what CONNECT asked of CONNACK."""
    p = Packets(V)
    rule, ids = "response_information_unasked", "3.1.2-28"
    asked = "request_response_information"
    name = "response_information"
    yes = [c(p.connect(prop(asked, 1)))]
    yield kept("response information asked for", V, *yes, s(p.connack(prop(name, "r"))), ids=ids)
    yield kept("response information asked for and not given", V, *yes, s(p.connack()), ids=ids)
    bad = s(p.connack(prop(name, "r", here=True)))
    for key, wire in [("declined", p.connect(prop(asked, 0))), ("not asked for", p.connect())]:
        yield kept(f"response information {key}", V, c(wire), s(p.connack()), ids=ids)
        key = f"response information {key}, and given"
        yield broken(key, V, c(wire), bad, rule=rule, field=f"properties.{name}", ids=ids)

    rule, ids = "client_id_unassigned", "3.1.3-7 3.2.2-16"
    given = s(p.connack(prop("assigned_client_identifier", "x")))
    for key, wire in [
        ("clean start", p.connect(client_id="")),
        ("no clean start", p.connect(client_id="", clean=False)),
    ]:
        yield kept(f"client identifier assigned: {key}", V, c(wire), given, ids=ids)
        key = f"client identifier not assigned: {key}"
        yield broken(key, V, c(wire), s(p.connack()), rule=rule, field="properties", ids=ids)
    refused = [c(p.connect(client_id="")), s(p.connack(code=0x85))]
    yield kept("client identifier not assigned by a refusal", V, *refused, ids=ids)


def problem_information() -> Iterator[Case]:
    """3.1.2-29: where it is declined, only PUBLISH, CONNACK and DISCONNECT have it."""
    p = Packets(V)
    rule, ids = "problem_information_unasked", "3.1.2-29"
    declined = prop("request_problem_information", 0)
    wanted = prop("request_problem_information", 1)
    extras = {"reason_string": "reason_string", "user_property": "user_properties"}
    publishes = [p.publish(packet_id=1, qos=qos) for qos in (1, 2)]
    for name, field in extras.items():
        good, bad = prop(name, "w"), prop(name, "w", here=True)
        rows: dict[str, tuple[list[Steps], Wire, Wire]] = {
            "puback": ([c(publishes[0])], p.puback(1, good), p.puback(1, bad)),
            "pubrec": ([c(publishes[1])], p.pubrec(1, good), p.pubrec(1, bad)),
            "pubrel": (
                [s(publishes[1]), c(p.pubrec(1))], p.pubrel(1, good), p.pubrel(1, bad),
            ),
            "pubcomp": (
                [c(publishes[1]), s(p.pubrec(1)), c(p.pubrel(1))],
                p.pubcomp(1, good), p.pubcomp(1, bad),
            ),
            "suback": ([c(p.subscribe(1))], p.suback(1, good), p.suback(1, bad)),
            "unsuback": ([c(p.unsubscribe(1))], p.unsuback(1, good), p.unsuback(1, bad)),
            "auth": (
                [c(p.auth(method(), code=0x19))],
                p.auth(method(), good), p.auth(method(), bad),
            ),
        }
        words = name.replace("_", " ")
        for packet, (before, fine, wrong) in rows.items():
            hello = p.hello(client=[declined, method()], server=[method()])
            key = f"{words} declined, and in {packet}"
            yield broken(key, V, hello, *before, s(wrong), rule=rule, ids=ids,
                         field=f"properties.{field}")
            hello = p.hello(client=[wanted, method()], server=[method()])
            yield kept(f"{words} wanted, and in {packet}", V, hello, *before, s(fine), ids=ids)
        talk = [c(p.connect(declined)), s(p.connack(good))]
        talk.append(s(p.disconnect(good, code=0x8B)))
        yield kept(f"{words} declined, and in connack and disconnect", V, *talk, ids=ids)
        hello = p.hello(client=[declined])
        mine = [s(p.publish(packet_id=1)), c(p.puback(1, good))]
        yield kept(f"{words} declined, and of the client", V, hello, *mine, ids=ids)
    hello = p.hello(client=[declined])
    told = s(p.publish(prop("user_property", "w")))
    yield kept("user property declined, and in publish", V, hello, told, ids=ids)
    absent = [p.hello(), c(p.subscribe(1)), s(p.suback(1, prop("reason_string", "w")))]
    yield kept("reason string not told of, and in suback", V, *absent, ids=ids)


def build(version: int) -> Iterator[Case]:
    if version == 4:
        return
    yield from publishing()
    yield from subscribing()
    yield from identifiers()
    yield from session_expiry()
    yield from asked_for()
    yield from problem_information()
