# SPDX-License-Identifier: MIT
"""Topic aliases of 5.0: each direction has its own, up to what the receiver announced."""

from __future__ import annotations

from collections.abc import Iterator

from .cases import Case
from .session_ids import send
from .session_packets import Packets, broken, c, kept, prop, s

ALIAS = "properties.topic_alias"
# The sender of aliases: its statements, where there is a maximum and where there is none.
STATEMENTS = {
    "client": ("3.2.2-17 3.3.2-9", "3.2.2-18 3.3.2-9"),
    "server": ("3.1.2-26 3.3.2-11", "3.1.2-27 3.3.2-11"),
}
ACCEPTED = {"client": "3.3.2-12", "server": "3.3.2-10"}  # what the receiver takes


def too_large(sender: str) -> Iterator[Case]:
    p = Packets(5)
    some, none = STATEMENTS[sender]
    rule = "topic_alias_too_large"
    receiver = "server" if sender == "client" else "client"
    for name, maximum in [("1", 1), ("10", 10), ("of 65534", 65534)]:
        announced = {receiver: [prop("topic_alias_maximum", maximum)]}
        hello = p.hello(**announced)
        good = send(sender, p.publish(prop("topic_alias", maximum)))
        key = f"alias at the maximum {name}: {sender}"
        yield kept(key, 5, hello, good, ids=f"{some} {ACCEPTED[sender]}")
        bad = send(sender, p.publish(prop("topic_alias", maximum + 1, here=True)))
        key = f"alias above the maximum {name}: {sender}"
        yield broken(key, 5, hello, bad, rule=rule, field=ALIAS, ids=some, section="3.3.4")
    hello = p.hello(**{receiver: [prop("topic_alias_maximum", 65535)]})
    ends = send(sender, *[p.publish(prop("topic_alias", n)) for n in (1, 65535)])
    key = f"highest and lowest alias: {sender}"
    yield kept(key, 5, hello, ends, ids=f"{some} {ACCEPTED[sender]}")
    own = {sender: [prop("topic_alias_maximum", 10)]}
    zero = {receiver: [prop("topic_alias_maximum", 0)]}
    for name, hello in [
        ("without a maximum", p.hello()),
        ("at a maximum of 0", p.hello(**zero)),
        ("with one's own maximum alone", p.hello(**own)),
    ]:
        bad = send(sender, p.publish(prop("topic_alias", 1, here=True)))
        key = f"alias {name}: {sender}"
        yield broken(key, 5, hello, bad, rule=rule, field=ALIAS, ids=none, section="3.3.4")
        yield kept(f"no alias {name}: {sender}", 5, hello, send(sender, p.publish()), ids=none)


def unknown(sender: str) -> Iterator[Case]:
    p = Packets(5)
    rule, ids, section = "topic_alias_unknown", "3.3.2-7", "3.3.4"
    most = [prop("topic_alias_maximum", 10)]
    hello = p.hello(client=most, server=most)
    one, two = prop("topic_alias", 1), prop("topic_alias", 2)
    bare = send(sender, p.publish(one, topic=""))
    given = send(sender, p.publish(one, topic="a"))
    yield kept(f"alias instead of a topic: {sender}", 5, hello, given, bare, bare, ids=ids,
               section=section)
    again = send(sender, p.publish(one, topic="b"))
    yield kept(f"alias of another topic: {sender}", 5, hello, given, again, bare, ids=ids,
               section="3.3.2.3.4", comment="a PUBLISH may give an alias another topic")
    second = send(sender, p.publish(two, topic="a"))
    both = send(sender, p.publish(two, topic=""))
    key = f"two aliases of a topic: {sender}"
    yield kept(key, 5, hello, given, second, bare, both, ids=ids, section="3.3.2.3.4")
    unknown_one = prop("topic_alias", 1, here=True)
    bad = send(sender, p.publish(unknown_one, topic=""))
    peer = "server" if sender == "client" else "client"
    peers = send(peer, p.publish(one, topic="a"))
    plain = send(sender, p.publish(topic="a"))
    for name, steps in [
        ("before any", []),
        ("after a topic without it", [plain]),
        ("after another alias", [second]),
        ("that the other side gave a topic", [peers]),
    ]:
        key = f"alias {name}: {sender}"
        yield broken(key, 5, hello, *steps, bad, rule=rule, field=ALIAS, ids=ids, section=section)
    most_unknown = send(sender, p.publish(prop("topic_alias", 10, here=True), topic=""))
    key = f"highest alias before any: {sender}"
    yield broken(key, 5, hello, given, most_unknown, rule=rule, field=ALIAS, ids=ids,
                 section=section)


def sessions() -> Iterator[Case]:
    """3.3.2-7: aliases end with the connection, also where the session goes on."""
    p = Packets(5)
    most = prop("topic_alias_maximum", 10)
    hello = [c(p.connect(most, clean=False)), s(p.connack(most, present=True))]
    rule, ids, section = "topic_alias_unknown", "3.3.2-7", "3.3.4"
    for sender in STATEMENTS:
        bad = send(sender, p.publish(prop("topic_alias", 1, here=True), topic=""))
        key = f"alias of an earlier connection: {sender}"
        yield broken(key, 5, *hello, bad, rule=rule, field=ALIAS, ids=ids, section=section)
        again = send(sender, p.publish(prop("topic_alias", 1), packet_id=1, dup=True))
        bare = send(sender, p.publish(prop("topic_alias", 1), topic=""))
        key = f"alias given a topic by a message sent again: {sender}"
        yield kept(key, 5, *hello, again, bare, ids=ids)


def build(version: int) -> Iterator[Case]:
    if version == 4:
        return
    for sender in STATEMENTS:
        yield from too_large(sender)
        yield from unknown(sender)
    yield from sessions()
