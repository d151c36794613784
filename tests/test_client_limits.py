# SPDX-License-Identifier: MIT
"""The client library within limits: those of the server, and those that it sets the server."""

from __future__ import annotations

import random
from typing import Any

import mqttwire as mq
import pytest
from client_driver import Driver, Peer, Server, connack, connect, number, online

# ---- Receive Maximum


class Settling:
    """A server that settles messages in an order of its own, and counts those that are open."""

    def __init__(self, most: int, seed: int) -> None:
        self.most, self.chance = most, random.Random(seed)
        self.open: list[tuple[int, Any]] = []  # what is to be said next
        self.topics: list[str] = []
        self.settled = 0

    def hear(self, packet: mq.Packet) -> None:
        if isinstance(packet, mq.Publish):
            self.topics.append(packet.topic)
            self.open.append((number(packet), mq.Puback if packet.qos == 1 else mq.Pubrec))
        else:
            assert isinstance(packet, mq.Pubrel)
            self.open.append((packet.packet_id, mq.Pubcomp))
        assert len(self.open) <= self.most

    def say(self, peer: Peer) -> None:
        identifier, kind = self.open.pop(self.chance.randrange(len(self.open)))
        self.settled += kind is not mq.Pubrec
        peer.send(kind(packet_id=identifier))
        if kind is mq.Pubrec:
            self.hear(peer.take(mq.Pubrel, packet_id=identifier))


@pytest.mark.parametrize("most", [1, 2, 10])
@pytest.mark.parametrize("seed", [1, 2])
def test_receive_maximum_of_the_server(most: int, seed: int) -> None:
    """Never exceeded, always used, and in order: [MQTT-3.3.4-9], [MQTT-4.6.0-1]."""
    with online(answer=connack(receive_maximum=most)) as (client, peer, _):
        chance = random.Random(seed)
        for count in range(50):
            client.publish(count, topic=f"t/{count}", qos=chance.choice([1, 2]))
        settling = Settling(most, seed)
        while settling.settled < 50:
            while len(settling.open) < min(most, 50 - settling.settled):
                settling.hear(peer.next())
            peer.quiet()
            settling.say(peer)
        assert settling.topics == [f"t/{count}" for count in range(50)]
        assert sorted(client.wait("result", status="OK")["id"] for _ in range(50)) == [*range(50)]
        assert client.do("ask")["pending"] == 0


@pytest.mark.parametrize("present", [True, False])
@pytest.mark.parametrize("qos", [1, 2])
def test_receive_maximum_is_used_up_when_the_connection_breaks(present: bool, qos: int) -> None:
    """What is sent again does not wait for its own room."""
    with online(answer=connack(receive_maximum=2)) as (client, peer, server):
        for count in range(5):
            client.publish(count, topic=f"t/{count}", qos=qos)
        for count in range(2):
            peer.take(mq.Publish, topic=f"t/{count}")
        peer.quiet()
        peer.reset()
        client.ended("NETWORK")
        answer = connack(receive_maximum=2).replace(session_present=present)
        peer = server.greet(answer)
        first, second = (peer.take(mq.Publish, topic=f"t/{n}", dup=present) for n in range(2))
        peer.quiet()
        peer.acknowledge(first)
        third = peer.take(mq.Publish, topic="t/2", dup=False)
        peer.quiet()
        peer.acknowledge(second)
        fourth = peer.take(mq.Publish, topic="t/3")
        peer.acknowledge(third)
        fifth = peer.take(mq.Publish, topic="t/4")
        peer.acknowledge(fourth)
        peer.acknowledge(fifth)
        for count in range(5):
            client.result(count)


def test_receive_maximum_is_less_on_the_next_connection() -> None:
    with online(answer=connack(receive_maximum=3)) as (client, peer, server):
        for count in range(4):
            client.publish(count, topic=f"t/{count}", qos=1)
        for _ in range(3):
            peer.take(mq.Publish)
        peer.reset()
        client.ended("NETWORK")
        peer = server.greet(connack(receive_maximum=1).replace(session_present=True))
        for count in range(4):
            packet = peer.take(mq.Publish, topic=f"t/{count}", dup=count < 3)
            peer.quiet()
            peer.acknowledge(packet)
            client.result(count)


def test_requests_pass_a_full_receive_maximum() -> None:
    """SUBSCRIBE and QoS 0 are not counted: 4.9."""
    with online(answer=connack(receive_maximum=1)) as (client, peer, _):
        client.publish(1, qos=1)
        client.publish(2, qos=1)
        peer.take(mq.Publish)
        client.subscribe(3, "a")
        peer.grant()
        client.result(3, "OK", 2)
        client.publish(4, topic="zero")
        peer.take(mq.Publish, topic="zero")
        client.result(4)


@pytest.mark.parametrize("qos", [1, 2])
def test_receive_maximum_of_the_client(qos: int) -> None:
    wanted = connect(properties={"receive_maximum": 2})
    with online(connect=wanted, hold=True) as (client, peer, _):
        for identifier in (1, 2):
            peer.send(mq.Publish(topic="a", qos=qos, packet_id=identifier))
        token = client.message()["token"]
        client.message()
        client.do("acknowledge", token=token)
        if qos == 2:
            peer.take(mq.Pubrec)
            peer.send(mq.Pubrel(packet_id=1))
        peer.take(mq.Puback if qos == 1 else mq.Pubcomp)
        peer.send(mq.Publish(topic="a", qos=qos, packet_id=3))  # there was room for one
        client.message()
        peer.send(mq.Publish(topic="a", qos=qos, packet_id=4))
        peer.refused(mq.Reason.RECEIVE_MAXIMUM_EXCEEDED)
        client.ended("PROTOCOL", reason_code=mq.Reason.RECEIVE_MAXIMUM_EXCEEDED)
        assert not client.has("message")


# ---- What the server does not have


@pytest.mark.parametrize(
    ("limit", "fields"),
    [
        ({"maximum_qos": 0}, {"qos": 1}),
        ({"maximum_qos": 1}, {"qos": 2}),
        ({"retain_available": 0}, {"retain": True}),
        ({"retain_available": 0}, {"retain": True, "qos": 1}),
        ({"maximum_packet_size": 60}, {"payload": bytes(60)}),
        ({"maximum_packet_size": 60}, {"payload": bytes(60), "qos": 2}),
        ({}, {"properties": mq.Properties(topic_alias=1)}),
        ({"topic_alias_maximum": 3}, {"properties": mq.Properties(topic_alias=4), "qos": 1}),
    ],
    ids=str,
)
@pytest.mark.parametrize("early", [True, False], ids=["early", "online"])
def test_a_publish_that_the_server_does_not_take(limit: Any, fields: Any, early: bool) -> None:
    """INVALID is told, and nothing is sent: whether the limit was known in time or not."""
    with Server() as server, Driver() as client:
        client.new(server.url, queue_qos_0=True)
        if early:
            client.publish(1, **fields)
        client.do("connect")
        peer = server.greet(connack(**limit))
        client.wait("connected")
        if not early:
            client.publish(1, **fields)
        assert client.result(1, "INVALID")["text"]
        peer.echo(client)
        client.publish(2, qos=0)  # others go on
        peer.take(mq.Publish)
        client.result(2)


@pytest.mark.parametrize(
    ("limit", "name", "properties"),
    [
        ({"wildcard_subscription_available": 0}, "a/+", {}),
        ({"wildcard_subscription_available": 0}, "#", {}),
        ({"shared_subscription_available": 0}, "$share/g/a", {}),
        ({"subscription_identifier_available": 0}, "a", {"subscription_identifiers": [5]}),
        ({"maximum_packet_size": 60}, "a" * 60, {}),
    ],
    ids=str,
)
def test_a_subscribe_that_the_server_does_not_take(limit: Any, name: str, properties: Any) -> None:
    with online(answer=connack(**limit)) as (client, peer, _):
        client.subscribe(1, "b", name, properties=mq.Properties(**properties))
        client.result(1, "INVALID")
        peer.echo(client)
        client.subscribe(2, "b")
        peer.grant()
        client.result(2, "OK", 2)


def test_a_limit_that_comes_while_a_message_is_sent_again() -> None:
    """The next connection takes less: the message is given up, and makes room for others."""
    with online(answer=connack(receive_maximum=1)) as (client, peer, server):
        client.publish(1, qos=1, payload=bytes(100))
        client.publish(2, qos=1)
        peer.take(mq.Publish)
        peer.reset()
        client.ended("NETWORK")
        limits = connack(receive_maximum=1, maximum_packet_size=60).replace(session_present=True)
        peer = server.greet(limits)
        client.result(1, "INVALID")
        peer.acknowledge(peer.take(mq.Publish))
        client.result(2)


def test_what_a_callback_asks_for_while_others_are_sent() -> None:
    """A message that cannot be sent is told from within sending: what is asked for then is sent."""
    with Server() as server, Driver() as client:
        client.new(server.url)
        client.publish(1, qos=1, retain=True)
        client.on("result", "subscribe", mq.Subscribe(
            packet_id=1, subscriptions=[mq.Subscription(topic_filter="a")]), id=2)
        client.do("connect")
        peer = server.greet(connack(retain_available=0))
        peer.grant(0)
        client.result(1, "INVALID")
        client.result(2)


# ---- What the client does not take


@pytest.mark.parametrize(("version", "how"), [(4, "option"), (5, "option"), (5, "property")])
def test_a_packet_that_is_too_large(version: int, how: str) -> None:
    """It is refused by its length, before it has come."""
    wanted = connect(version=version)
    if how == "property":
        wanted = connect(properties={"maximum_packet_size": 1000})
    limit: dict[str, Any] = {"receive_limit": 1000} if how == "option" else {}
    with online(version=version, connect=wanted, **limit) as (client, peer, _):
        fits = mq.Publish(topic="a", payload=bytes(900))
        peer.send(fits)
        client.message(packet=fits.replace(version=version))
        peer.send(bytes.fromhex("30 e9 07"))  # 1,001 bytes to come
        peer.refused(mq.Reason.PACKET_TOO_LARGE)
        client.ended("PROTOCOL")


# ---- Topic aliases


def alias(value: int, **more: Any) -> mq.Properties:
    return mq.Properties(topic_alias=value, **more)


def test_aliases_that_the_client_gives() -> None:
    """A topic's first message has both, the next ones the alias alone; on a new connection anew."""
    with online(answer=connack(topic_alias_maximum=1), topic_aliases=10) as (client, peer, server):
        for topic, sent in (("a", "a"), ("a", ""), ("b", "b"), ("b", ""), ("a", "a"), ("a", "")):
            client.publish(1, topic=topic)
            peer.take(mq.Publish, topic=sent, properties=alias(1))
        peer.reset()
        client.ended("NETWORK")
        peer = server.greet(connack(topic_alias_maximum=1))
        client.wait("connected")
        for sent in ("a", ""):
            client.publish(1, topic="a")
            peer.take(mq.Publish, topic=sent, properties=alias(1))
        peer.reset()
        client.ended("NETWORK")
        peer = server.greet()  # takes none
        client.wait("connected")
        for _ in range(2):
            client.publish(1, topic="a")
            peer.take(mq.Publish, topic="a", properties=mq.Properties())


def test_messages_that_are_sent_again_have_their_topic() -> None:
    with online(answer=connack(topic_alias_maximum=5), topic_aliases=5) as (client, peer, server):
        client.publish(1, topic="a", qos=1)
        client.publish(2, topic="a", qos=1)
        peer.take(mq.Publish, topic="a")
        peer.take(mq.Publish, topic="")
        peer.reset()
        client.ended("NETWORK")
        peer = server.greet(connack(topic_alias_maximum=5).replace(session_present=True))
        peer.acknowledge(peer.take(mq.Publish, topic="a", dup=True))
        peer.acknowledge(peer.take(mq.Publish, topic="", dup=True))
        client.result(1)
        client.result(2)


def test_many_topics_share_few_aliases() -> None:
    """Which topic a message is of follows from what was sent: Peer's rules tell it."""
    with online(answer=connack(topic_alias_maximum=3), topic_aliases=3) as (client, peer, _):
        chance = random.Random(5)
        rules = mq.Connection()
        list(rules.feed("client", connect().encode()))
        list(rules.feed("server", connack(topic_alias_maximum=3).encode()))
        short = 0
        for count in range(200):
            topic = f"t/{chance.randrange(5)}"
            client.publish(count, topic=topic)
            packet = peer.take(mq.Publish)
            short += packet.topic == ""
            seen, = rules.feed("client", packet.encode())
            assert seen.topic == topic
        assert short > 20


def test_an_alias_of_the_caller_where_the_client_gives_them() -> None:
    """Is not read: it would have the server take one topic for another."""
    with online(answer=connack(topic_alias_maximum=1), topic_aliases=1) as (client, peer, _):
        client.publish(1, topic="a")
        peer.take(mq.Publish, topic="a", properties=alias(1))
        client.publish(2, topic="b", properties=alias(1))
        peer.take(mq.Publish, topic="b")
        client.publish(3, topic="a")
        peer.take(mq.Publish, topic="a")
        client.publish(4, topic="c", properties=alias(500))  # more than there are
        peer.take(mq.Publish, topic="c")


def test_aliases_of_the_caller() -> None:
    with online(answer=connack(topic_alias_maximum=2)) as (client, peer, _):
        for topic, value in (("a", 1), ("", 1), ("b", 2), ("c", 1), ("", 1), ("", 2)):
            client.publish(1, topic=topic, properties=alias(value))
            peer.take(mq.Publish, topic=topic, properties=alias(value))
        client.publish(2, "INVALID", topic="", qos=1, properties=alias(1))


def test_aliases_of_the_server() -> None:
    """What is told has its topic, and no alias; another topic may take an alias over."""
    wanted = connect(properties={"topic_alias_maximum": 2})
    with online(connect=wanted) as (client, peer, server):
        for said, value, meant in (("a", 1, "a"), ("", 1, "a"), ("b", 2, "b"), ("c", 1, "c"),
                                   ("", 1, "c"), ("", 2, "b")):
            peer.send(mq.Publish(topic=said, properties=alias(value)))
            client.message(packet=mq.Publish(topic=meant))
        peer.reset()
        client.ended("NETWORK")
        peer = server.greet()
        client.wait("connected")
        peer.send(mq.Publish(topic="", properties=alias(1)))  # of a connection that is gone
        peer.refused(mq.Reason.PROTOCOL_ERROR)
        client.ended("PROTOCOL")


@pytest.mark.parametrize("most", [None, 2])
def test_an_alias_above_the_maximum(most: int | None) -> None:
    properties = {"topic_alias_maximum": most} if most else {}
    with online(connect=connect(properties=properties)) as (client, peer, _):
        peer.send(mq.Publish(topic="a", properties=alias((most or 0) + 1)))
        peer.refused(mq.Reason.TOPIC_ALIAS_INVALID)
        client.ended("PROTOCOL", reason_code=mq.Reason.TOPIC_ALIAS_INVALID)
        assert not client.has("message")


def test_handlers_and_replies_know_the_topic_of_an_alias() -> None:
    with online(connect=connect(properties={"topic_alias_maximum": 1})) as (client, peer, _):
        client.do("handle", name="h", filter="a/+")
        peer.send(mq.Publish(topic="a/b", properties=alias(1)),
                  mq.Publish(topic="", properties=alias(1)))
        for _ in range(2):
            client.message(handler="h", packet=mq.Publish(topic="a/b"))
