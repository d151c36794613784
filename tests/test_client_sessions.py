# SPDX-License-Identifier: MIT
"""The client library's session over several connections, its handlers, requests and words."""

from __future__ import annotations

import random
from pathlib import Path

import mqttwire as mq
import pytest
from client_driver import Driver, Server, filters, lose, number, online

both = pytest.mark.parametrize("version", [4, 5])


# ---- What waits, and what is gone on with


@both
def test_messages_of_all_kinds_in_order(version: int) -> None:
    """Published while there is no connection, partly sent, then again: order stays."""
    with Server() as server, Driver() as client:
        client.new(server.url, version)
        chance = random.Random(3)
        for count in range(20):
            client.publish(count, qos=chance.choice([1, 2]), topic=f"t/{count}")
        client.do("connect")
        peer = server.greet()
        sent = [peer.take(mq.Publish, topic=f"t/{count}", dup=False) for count in range(20)]
        released = [packet for packet in sent if packet.qos == 2][:3]
        for packet in released:
            peer.send(mq.Pubrec(packet_id=number(packet)))
            peer.take(mq.Pubrel, packet_id=packet.packet_id)
        acknowledged = [packet for packet in sent if packet.qos == 1][2]
        peer.acknowledge(acknowledged)
        client.wait("result", status="OK")
        lose(client, peer)
        client.publish(20, qos=1, topic="t/20")
        peer = server.greet(present=True)
        for packet in sent:
            if packet in released:
                peer.take(mq.Pubrel, packet_id=packet.packet_id)
            elif packet is not acknowledged:
                again = peer.take(mq.Publish, topic=packet.topic, dup=True)
                assert again == packet.replace(dup=True)
        peer.take(mq.Publish, topic="t/20", dup=False)


@both
def test_a_session_that_is_lost(version: int) -> None:
    """What has no acknowledgement is a new message; what PUBREC came for is the server's."""
    with online(version) as (client, peer, server):
        client.publish(1, qos=1)
        client.publish(2, qos=2)
        client.publish(3, qos=2)
        peer.take(mq.Publish)
        released = peer.take(mq.Publish)
        peer.take(mq.Publish)
        peer.send(mq.Pubrec(packet_id=number(released)))
        peer.take(mq.Pubrel)
        lose(client, peer)
        peer = server.greet()
        client.result(2)
        for identifier in (1, 3):
            peer.acknowledge(peer.take(mq.Publish, dup=False))
            client.result(identifier)


@both
def test_identifiers_that_are_held_are_not_given_again(version: int) -> None:
    with online(version) as (client, peer, server):
        for count in range(3):
            client.publish(count, qos=1, topic=f"t/{count}")
        held = [number(peer.take(mq.Publish)) for _ in range(3)]
        lose(client, peer)
        client.subscribe(3, "a")
        peer = server.greet(present=True)
        asked = peer.take(mq.Subscribe)
        assert asked.packet_id not in held
        for identifier in held:
            peer.take(mq.Publish, packet_id=identifier)


@both
def test_a_message_of_qos_0_does_not_outlive_its_connection(version: int) -> None:
    with online(version) as (client, peer, server):
        client.publish(1)
        client.result(1)
        peer.take(mq.Publish)
        lose(client, peer)
        client.publish(2, "OFFLINE")
        server.greet(present=True).echo(client)


@both
@pytest.mark.parametrize("stored", [False, True])
def test_identifiers_of_the_server_when_its_session_is_lost(
    version: int, stored: bool, tmp_path: Path
) -> None:
    """A message that the application still has is its own; its identifier means another one."""
    store = str(tmp_path / "store") if stored else None
    with online(version, hold=True, store_path=store) as (client, peer, server):
        peer.send(mq.Publish(topic="a", qos=2, packet_id=1, payload=b"1"))
        first = client.message()["token"]
        if stored:
            peer.take(mq.Pubrec)
        lose(client, peer)
        peer = server.greet()
        client.wait("connected")
        peer.send(mq.Publish(topic="a", qos=2, packet_id=1, payload=b"2"))
        second = client.message(repeat=False)["token"]
        client.do("acknowledge", token=first)
        if stored:
            peer.take(mq.Pubrec)
            peer.send(mq.Pubrel(packet_id=1))
        peer.quiet()
        client.do("acknowledge", token=second)
        if not stored:
            peer.take(mq.Pubrec)
            peer.send(mq.Pubrel(packet_id=1))
        peer.take(mq.Pubcomp, packet_id=1)


# ---- Subscriptions


@both
@pytest.mark.parametrize("present", [True, False])
def test_subscriptions_are_renewed_where_the_session_is_lost(version: int, present: bool) -> None:
    """As they were asked for; not those that were refused or unsubscribed."""
    with online(version) as (client, peer, server):
        client.subscribe(1, "a", "b", "refused", qos=1)
        peer.grant(1, 0, 0x80)
        client.wait("result")
        client.subscribe(2, "c/#", qos=2)
        peer.grant()
        client.result(2, "OK", 2)
        client.subscribe(3, "a", qos=2)  # replaces the first one
        peer.grant()
        client.result(3, "OK", 2)
        client.unsubscribe(4, "b")
        asked = peer.take(mq.Unsubscribe)
        peer.send(mq.Unsuback(packet_id=asked.packet_id, reason_codes=[0] if version == 5 else []))
        client.result(4)
        lose(client, peer)
        peer = server.greet(present=present)
        client.wait("connected")
        if not present:
            renewed: dict[str, int] = {}
            for _ in range(2):
                renewed.update(filters(peer.grant()))
            assert renewed == {"a": 2, "c/#": 2}
        peer.echo(client)
        assert not client.has("result")  # nobody has asked


def test_subscriptions_are_renewed_with_options_and_properties() -> None:
    with online() as (client, peer, server):
        wanted = mq.Subscribe(packet_id=1, subscriptions=[
            mq.Subscription(topic_filter="a", qos=1, no_local=True, retain_as_published=True,
                            retain_handling=2)],
            properties=mq.Properties(subscription_identifiers=[7], user_properties=[("k", "v")]))
        client.do("subscribe", id=1, packet=wanted.encode().hex())
        first = peer.grant()
        client.result(1, "OK", 1)
        lose(client, peer)
        assert server.greet().grant().replace(packet_id=first.packet_id) == first


@both
@pytest.mark.parametrize("present", [True, False])
@pytest.mark.parametrize("when", ["offline", "unanswered"])
def test_unsubscribed_while_the_session_is_lost(version: int, present: bool, when: str) -> None:
    """At the end there is no subscription, on either side, in whatever order they speak."""
    with online(version) as (client, peer, server):
        client.subscribe(1, "a")
        peer.grant()
        client.result(1, "OK", 2)
        if when == "unanswered":
            client.unsubscribe(2, "a")
            peer.take(mq.Unsubscribe)
        lose(client, peer)
        if when == "offline":
            client.unsubscribe(2, "a")
        for present_now in (present, False):
            peer = server.greet(present=present_now)
            client.wait("connected")
            subscribed = present_now
            while not client.has("result") and when:
                packet = peer.next()
                if isinstance(packet, mq.Subscribe):
                    subscribed = True
                    peer.send(mq.Suback(packet_id=packet.packet_id, reason_codes=[2]))
                else:
                    assert isinstance(packet, mq.Unsubscribe)
                    subscribed = False
                    codes = [0] if version == 5 else []
                    peer.send(mq.Unsuback(packet_id=packet.packet_id, reason_codes=codes))
                    client.result(2)
                    when = ""
            peer.echo(client)
            assert not subscribed
            lose(client, peer)


@both
def test_a_subscribe_without_answer_is_asked_again(version: int) -> None:
    with online(version) as (client, peer, server):
        client.subscribe(1, "a")
        peer.take(mq.Subscribe)
        lose(client, peer)
        peer = server.greet(present=True)
        peer.grant()
        client.result(1, "OK", 2)
        peer.echo(client)


# ---- Handlers


@both
def test_handlers_of_filters(version: int) -> None:
    """All that fit get a message; the one for the rest gets what nobody else takes."""
    with online(version) as (client, peer, _):
        for name in ("a/+", "a/#", "#", "b"):
            client.do("handle", name=name, filter=name)
        client.do("handle", "INVALID", name="x", filter="a/#/b")
        expected: dict[str, list[str | None]] = {
            "a/b": ["a/+", "a/#", "#"], "a": ["a/#", "#"], "b": ["b", "#"], "$x": [None]}
        for topic, fitting in expected.items():
            peer.send(mq.Publish(topic=topic, qos=1, packet_id=1))
            for handler in fitting:
                client.message(handler=handler)
            peer.take(mq.Puback)
            assert not client.has("message")
        client.do("handle", filter="#")  # and away with it
        client.do("handle", name="c", filter="b")  # instead of the other
        peer.send(mq.Publish(topic="b"))
        client.message(handler="c")
        assert not client.has("message")


@both
def test_the_handler_of_a_shared_subscription(version: int) -> None:
    """Gets what matches behind the share name; 3.1.1 knows of none: it is a topic there."""
    with online(version) as (client, peer, _):
        client.do("handle", name="shared", filter="$share/g/a")
        for topic, handler in (("a", "shared" if version == 5 else None),
                               ("$share/g/a", None if version == 5 else "shared")):
            peer.send(mq.Publish(topic=topic))
            client.message(handler=handler)
        assert not client.has("message")
        client.do("handle", filter="$share/g/a")
        peer.send(mq.Publish(topic="a"))
        client.message(handler=None)


@both
def test_a_message_is_done_when_all_handlers_are(version: int) -> None:
    with online(version) as (client, peer, _):
        client.do("handle", name="done", filter="a")
        client.do("handle", name="holds", filter="+", hold=True)
        client.do("handle", name="done, too", filter="#")
        peer.send(mq.Publish(topic="a", qos=1, packet_id=1))
        tokens = {client.message()["token"] for _ in range(3)}
        peer.quiet()
        client.do("acknowledge", token=tokens.pop())
        peer.take(mq.Puback)
        assert not tokens


@both
@pytest.mark.parametrize("qos", [1, 2])
@pytest.mark.parametrize("hold", [True, False])
def test_a_handler_that_acknowledges_by_itself(version: int, qos: int, hold: bool) -> None:
    """Once is enough, whether it says that it is done or not."""
    with online(version, hold=hold) as (client, peer, _):
        client.on("message", "acknowledge", token=1)  # the first one
        peer.send(mq.Publish(topic="a", qos=qos, packet_id=1))
        client.message(token=1)
        client.wait("hooked", what="acknowledge")
        if qos == 1:
            peer.take(mq.Puback, packet_id=1)
        else:
            peer.take(mq.Pubrec, packet_id=1)
            peer.send(mq.Pubrel(packet_id=1))
            peer.take(mq.Pubcomp, packet_id=1)
        peer.echo(client)


def test_handlers_of_subscription_identifiers() -> None:
    with online() as (client, peer, _):
        client.do("handle", name="five", identifier=5)
        client.do("handle", name="six", identifier=6)
        for given_now in (5, 6, 7):
            properties = mq.Properties(subscription_identifiers=[given_now])
            client.subscribe(given_now, "a", properties=properties)
            peer.grant()
        cases: list[tuple[list[int], list[str | None]]] = [
            ([5], ["five"]), ([6, 5], ["six", "five"]), ([5, 5], ["five"]), ([7], [None]),
            ([], [None])]
        for given, names in cases:
            properties = mq.Properties(subscription_identifiers=given)
            peer.send(mq.Publish(topic="a", properties=properties))
            for name in names:
                client.message(handler=name)
            assert not client.has("message")


@both
@pytest.mark.parametrize("which", ["itself", "another", "next", "new"])
def test_handlers_that_change_while_one_runs(version: int, which: str) -> None:
    """A handler that takes handlers away, or adds one, for the message that it has."""
    with online(version) as (client, peer, _):
        for name in ("#", "a/#", "+/b"):
            client.do("handle", name=name, filter=name)
        gone = {"itself": "#", "another": "+/b", "next": "a/#", "new": ""}[which]
        if gone:
            client.on("message", "handle", filter=gone)
        else:
            client.on("message", "handle", name="a/+", filter="a/+")
        peer.send(mq.Publish(topic="a/b"))
        names = ["#", "a/#", "+/b"]
        for name in names:
            if name != gone or which == "itself":
                client.message(handler=name)
        assert not client.has("message")
        peer.send(mq.Publish(topic="a/b"))
        names = [name for name in names if name != gone] + ([] if gone else ["a/+"])
        for name in names:
            client.message(handler=name)
        assert not client.has("message")


@both
def test_handlers_end_with_their_subscription(version: int) -> None:
    with online(version) as (client, peer, _):
        client.do("handle", name="h", filter="a")
        client.unsubscribe(1, "a")
        asked = peer.take(mq.Unsubscribe)
        peer.send(mq.Publish(topic="a"))
        client.message(handler="h")  # it may still come
        codes = [0] if version == 5 else []
        peer.send(mq.Unsuback(packet_id=asked.packet_id, reason_codes=codes),
                  mq.Publish(topic="a"))
        client.result(1)
        client.message(handler=None)


def test_renewed_subscriptions_do_not_pile_up() -> None:
    """A server that loses session and connection, over and over, is asked once each time."""
    with Server() as server, Driver() as client:
        client.new(server.url)
        client.do("connect")
        peer = server.greet()
        client.subscribe(1, "a", qos=0)
        peer.grant()
        client.result(1)
        for _ in range(3):
            peer.reset()
            client.ended("NETWORK")
            peer = server.greet()
            peer.take(mq.Subscribe)
        peer.echo(client)


def test_connecting_again_while_leaving() -> None:
    with Server() as server, Driver() as client:
        client.new(server.url)
        client.do("connect")
        peer = server.greet()
        client.wait("connected")
        client.do("disconnect")
        client.do("connect")
        peer.take(mq.Disconnect)
        peer.ended()
        client.ended("OK")
        server.greet()
        client.wait("connected")


def test_a_goodbye_that_breaks_a_rule() -> None:
    """Session Expiry Interval may not be raised from 0 (3.14.2.2.2), in a handler neither."""
    with Server() as server, Driver() as client:
        client.new(server.url, connect=mq.Connect(version=5, client_id="c", clean_start=True))
        client.do("connect")
        peer = server.greet()
        client.wait("connected")
        wrong = mq.Disconnect(properties=mq.Properties(session_expiry_interval=100))
        client.on("message", "disconnect", wrong)
        peer.send(mq.Publish(topic="a"))
        client.wait("hooked", status="INVALID")
        client.message()
        peer.echo(client)
