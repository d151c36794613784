# SPDX-License-Identifier: MIT
"""Retained messages: section 3.3.1.3, and Retain Handling and Retain As Published of 3.8.3.1."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import mqttwire as mq
import pytest
from broker import Broker, needs_broker
from broker_client import Client, both, lasting, name
from statements import statement

pytestmark = needs_broker


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with Broker(tmp_path_factory.mktemp("broker")) as broker:
        yield broker.port


def retained(port: int, topic_filter: str, version: int = 5) -> dict[str, bytes]:
    """What a new subscriber gets, all of it with RETAIN."""
    with Client(port, version) as client:
        client.subscribe(topic_filter)
        client.sync()
        found = {}
        while client.packets:
            packet = client.take(mq.Publish, retain=True, dup=False)
            assert packet.topic not in found
            found[packet.topic] = bytes(packet.payload)
            client.settle(packet)
            client.sync()
        return found


@both
@statement(
    "3.1.1", "MQTT-3.3.1-5", "MQTT-3.3.1-6", "MQTT-3.3.1-7", "MQTT-3.3.1-8", "MQTT-3.3.1-12",
    "5.0", "MQTT-3.3.1-5", "MQTT-3.3.1-8", "MQTT-3.3.1-9",
)  # fmt: skip
def test_the_last_one(port: int, version: int) -> None:
    """Of each topic is kept, whatever its QoS; a message without RETAIN leaves it as it is."""
    topic = name()
    with Client(port, version) as client:
        for qos in (1, 0, 2, 0, 1):
            client.publish(topic, b"old", qos, retain=True)
            client.publish(topic, b"new %d" % qos, qos, retain=True)
            client.publish(topic, b"passing", 1)
            client.publish(topic, b"", 1)
            assert retained(port, topic, version) == {topic: b"new %d" % qos}


@both
@statement(
    "3.1.1", "MQTT-3.3.1-10", "MQTT-3.3.1-11", "5.0", "MQTT-3.3.1-6", "MQTT-3.3.1-7"
)  # fmt: skip
def test_cleared(port: int, version: int) -> None:
    """An empty one is passed on, and removes the one that was; it is not kept."""
    topic = name()
    with Client(port, version) as client, Client(port, version) as subscriber:
        for qos in range(3):
            client.publish(topic, b"here", 1, retain=True)
            client.publish(f"{topic}/other", b"other", 1, retain=True)
            subscriber.subscribe(topic)
            subscriber.message(topic, payload=b"here", retain=True)
            for _ in range(2):  # where there is none, too
                client.publish(topic, b"", qos, retain=True)
                subscriber.message(topic, payload=b"", qos=qos, retain=False)
                assert retained(port, f"{topic}/#", version) == {f"{topic}/other": b"other"}
            subscriber.unsubscribe(topic)


@both
@statement("3.1.1", "MQTT-3.3.1-9", "MQTT-3.3.1-8", "5.0", "MQTT-3.3.1-12")
def test_retain_live_and_later(port: int, version: int) -> None:
    """RETAIN is 0 for a subscription that is there, and 1 for one that is made."""
    topic = name()
    with Client(port, version) as client, Client(port, version) as subscriber:
        subscriber.subscribe(topic)
        for qos in range(3):
            client.publish(topic, b"%d" % qos, qos, retain=True)
            subscriber.message(topic, payload=b"%d" % qos, qos=qos, retain=False)
        subscriber.subscribe(topic)
        subscriber.message(topic, payload=b"2", qos=2, retain=True)
        subscriber.nothing()


@statement("5.0", "MQTT-3.3.1-12", "MQTT-3.3.1-13")
def test_retain_as_published(port: int) -> None:
    """1: RETAIN is as it was published; of what is sent for a new subscription it is 1 anyway."""
    topic = name()
    with Client(port) as client:
        for keep in (False, True):
            with Client(port) as subscriber:
                wanted = mq.Subscription(topic_filter=topic, qos=1, retain_as_published=keep)
                subscriber.subscribe(wanted)
                client.publish(topic, b"retained", 1, retain=True)
                subscriber.message(topic, payload=b"retained", retain=keep)
                client.publish(topic, b"not", 1, retain=False)
                subscriber.message(topic, payload=b"not", retain=False)
                subscriber.subscribe(wanted)
                subscriber.message(topic, payload=b"retained", retain=True)
            client.publish(topic, retain=True)


@statement("5.0", "MQTT-3.3.1-9", "MQTT-3.3.1-10", "MQTT-3.3.1-11", "MQTT-3.8.4-4")
def test_retain_handling(port: int) -> None:
    """0: always; 1: for a subscription that is new; 2: never."""
    topic = name()
    with Client(port) as client:
        client.publish(topic, b"x", 1, retain=True)
        for handling, first, second in ((0, True, True), (1, True, False), (2, False, False)):
            wanted = mq.Subscription(topic_filter=topic, qos=1, retain_handling=handling)
            for _ in range(2):
                for comes in (first, second, second):
                    client.subscribe(wanted)
                    if comes:
                        client.message(topic, retain=True)
                    client.nothing()
                client.unsubscribe(topic)


@statement("5.0", "MQTT-3.3.1-10")
def test_new_is_what_the_session_does_not_have(port: int) -> None:
    """A session that goes on has its subscriptions, and Retain Handling 1 heeds them."""
    topic = name()
    wanted = mq.Subscription(topic_filter=topic, qos=1, retain_handling=1)
    client = Client(port, **lasting(5))
    client.publish(topic, b"x", 1, retain=True)
    client.subscribe(wanted)
    client.message(topic, retain=True)
    client = client.again()
    client.subscribe(wanted)
    client.nothing()
    client.disconnect()
    with Client(port, client_id=client.client_id) as fresh:
        fresh.subscribe(wanted)
        fresh.message(topic, retain=True)


@statement("5.0", "MQTT-3.8.4-5")
def test_retain_handling_twice_in_one(port: int) -> None:
    """Several filters are as several SUBSCRIBEs, also where they are the same one."""
    topic = name()
    with Client(port) as client:
        client.publish(topic, b"x", 1, retain=True)
        for handlings, times in (((0, 2), 1), ((2, 0), 1), ((1, 1), 1), ((0, 0), 2), ((2, 2), 0)):
            client.subscribe(
                *(mq.Subscription(topic_filter=topic, qos=0, retain_handling=h) for h in handlings)
            )
            for _ in range(times):
                client.message(topic, retain=True)
            client.nothing()
            client.unsubscribe(topic)


@both
@statement("3.1.1", "MQTT-3.8.4-3", "5.0", "MQTT-3.8.4-4")
def test_subscribed_again(port: int, version: int) -> None:
    """They come again, each time."""
    topic = name()
    with Client(port, version) as client:
        for at in range(3):
            client.publish(f"{topic}/{at}", b"%d" % at, 1, retain=True)
        for _ in range(3):
            client.subscribe(f"{topic}/+")
            seen = sorted(client.take(mq.Publish, retain=True).topic for _ in range(3))
            assert seen == [f"{topic}/{at}" for at in range(3)]
            client.nothing()


@both
@statement("3.1.1", "MQTT-3.8.4-6", "MQTT-3.3.1-5", "5.0", "MQTT-3.8.4-8")
def test_qos(port: int, version: int) -> None:
    """The lower one of what it was published with, and what is granted."""
    topic = name()
    with Client(port, version) as client:
        for qos in range(3):
            client.publish(topic, qos=qos, payload=b"x", retain=True)
            for granted in range(3):
                client.subscribe(mq.Subscription(topic_filter=topic, qos=granted))
                client.message(topic, qos=min(qos, granted), retain=True)
            client.unsubscribe(topic)


@both
@statement("3.1.1", "MQTT-3.3.1-6", "MQTT-4.7.2-1", "5.0", "MQTT-3.3.1-9", "MQTT-4.7.2-1")
def test_wildcards(port: int, version: int) -> None:
    topic = name()
    topics = [f"{topic}/a", f"{topic}/a/b", f"{topic}/a/c", f"{topic}//b", f"{topic}/"]
    topics += [topic, f"/{topic}", f"${topic}/a", f"${topic}"]
    with Client(port, version) as client:
        for each in topics:
            client.publish(each, each.encode(), 1, retain=True)

    def found(topic_filter: str) -> set[str]:
        ours = {name for name in retained(port, topic_filter, version) if topic in name}
        fits = {name for name in topics if mq.topic_match(topic_filter, name)}
        assert ours == fits, topic_filter
        return ours

    assert len(found(f"{topic}/#")) == 6
    assert len(found(f"{topic}/+")) == 2
    assert len(found(f"{topic}/+/b")) == 2
    assert found(f"+/{topic}") == {f"/{topic}"}
    assert found("+/a") == {f"{topic}/a"}
    assert len(found(f"${topic}/#")) == 2
    assert len(found("#")) == 7
    for each in (f"{topic}", f"{topic}/", f"{topic}/+/+", "+", "+/+", "/#", "/+", f"${topic}/+"):
        found(each)


@both
@statement("3.1.1", "MQTT-3.1.2-7")
def test_it_outlives_its_publisher(port: int, version: int) -> None:
    topic = name()
    with Client(port, version) as client:
        client.publish(topic, b"x", 1, retain=True)
        client.disconnect()
    with Client(port, version, client_id=client.client_id, clean_start=True):
        assert retained(port, topic, version) == {topic: b"x"}


@statement("5.0", "MQTT-3.3.4-3")
def test_subscription_identifier(port: int) -> None:
    """That of the subscription it is sent for, alone."""
    topic = name()
    with Client(port) as client:
        client.publish(topic, b"x", 1, retain=True)
        for number in (1, 268435455):
            properties = mq.Properties(subscription_identifiers=[number])
            client.subscribe(f"{topic}/#" if number == 1 else topic, properties=properties)
            packet = client.message(topic, retain=True)
            assert packet.properties.subscription_identifiers == [number]


def test_no_local(port: int) -> None:
    """[MQTT-3.8.3-3]: what a client published does not come back to it, retained or not."""
    topic = name()
    with Client(port) as client, Client(port) as other:
        wanted = mq.Subscription(topic_filter=topic, no_local=True)
        client.publish(topic, b"x", 1, retain=True)
        client.subscribe(wanted)
        client.nothing()
        other.subscribe(wanted)
        other.message(topic, retain=True)


@pytest.mark.parametrize("qos", range(2))
@both
@statement("3.1.1", "MQTT-3.3.1-6", "5.0", "MQTT-3.3.1-9")
def test_very_many(port: int, version: int, qos: int) -> None:
    """All of them come to who takes them, though there are more than may wait of news."""
    topic, count = name(), 5000
    with Client(port, version) as client:
        for first in range(0, count, 1000):
            for at in range(first, first + 1000):
                client.send(
                    mq.Publish(
                        topic=f"{topic}/{at}",
                        payload=b"x" * 100,
                        qos=qos,
                        packet_id=at + 1 if qos else None,
                        retain=True,
                    )
                )
            client.sync()
        client.packets.clear()
    with Client(port, version) as client:
        client.subscribe(f"{topic}/+")
        seen = set()
        for _ in range(count):
            packet = client.take(mq.Publish, retain=True, qos=qos)
            client.settle(packet)
            seen.add(packet.topic)
        assert len(seen) == count
        client.nothing()


@pytest.mark.parametrize("qos", range(2))
@statement("5.0", "MQTT-3.3.1-9")
def test_queues_limit_news_alone(tmp_path: Path, qos: int) -> None:
    """What was asked for comes whole, however little may wait; each filter when it is its turn."""
    config = "allow_anonymous true\nmax_queued_messages 10\nmax_queued_bytes 10000\nsys_interval 0"
    with Broker(tmp_path, config) as broker, Client(broker.port) as client:
        for at in range(2000):
            client.send(mq.Publish(topic=f"a/{at}", payload=b"x" * 1000, retain=True))
        client.subscribe(*(mq.Subscription(topic_filter=each, qos=qos) for each in ("a/+", "#")))
        for _ in range(4000):
            client.settle(client.take(mq.Publish, retain=True))
        client.nothing()


@both
def test_the_limit(tmp_path: Path, version: int) -> None:
    """max_retained_messages: a new topic is refused, what is there may be replaced or removed."""
    config = "allow_anonymous true\nmax_retained_messages 2\nsys_interval 0"
    with Broker(tmp_path, config) as broker, Client(broker.port, version) as client:
        code = 0x97 if version == 5 else 0
        for qos in (1, 2):
            assert client.publish("a", b"a", qos, retain=True) in (0, 0x10)
            assert client.publish("b", b"b", qos, retain=True) in (0, 0x10)
            assert client.publish("c", b"c", qos, retain=True) == code
            client.publish("c", b"c", 0, retain=True)
            assert client.publish("a", b"again", qos, retain=True) in (0, 0x10)
            assert retained(broker.port, "#", version) == {"a": b"again", "b": b"b"}
            assert client.publish("b", b"", qos, retain=True) in (0, 0x10)
            assert client.publish("c", b"c", qos, retain=True) in (0, 0x10)
            assert retained(broker.port, "#", version) == {"a": b"again", "c": b"c"}
            client.publish("c", b"", qos, retain=True)


@both
@statement("5.0", "MQTT-3.2.2-14")
def test_not_available(tmp_path: Path, version: int) -> None:
    """CONNACK says so; a retained message ends the connection with 0x9A, and is not passed on."""
    config = "allow_anonymous true\nretain_available false"
    with Broker(tmp_path, config) as broker, Client(broker.port, version) as subscriber:
        subscriber.subscribe("#")
        for qos in range(3):
            with Client(broker.port, version) as client:
                if version == 5:
                    assert client.connack and client.connack.properties.retain_available == 0
                client.publish("a", b"x", qos)
                subscriber.message("a", qos=qos)
                packet_id = 1000 if qos else None
                client.send(
                    mq.Publish(topic="a", payload=b"x", qos=qos, packet_id=packet_id, retain=True)
                )
                client.refused(0x9A)
        subscriber.nothing()
        assert not retained(broker.port, "#", version)


@both
def test_sys(tmp_path: Path, version: int) -> None:
    """$SYS is the broker's: no client publishes there, and # does not have it."""
    with Broker(tmp_path) as broker, Client(broker.port, version) as client:
        assert not retained(broker.port, "#", version)
        assert not retained(broker.port, "+/broker/version", version)
        found = retained(broker.port, "$SYS/broker/version", version)
        assert found["$SYS/broker/version"].startswith(b"mqttwire-broker")
        assert retained(broker.port, "$SYS/#", version).items() >= found.items()
        for qos in (1, 2):
            for topic in ("$SYS/broker/version", "$SYS", "$SYS/mine"):
                code = client.publish(topic, b"forged", qos, retain=True)
                assert code == (0x87 if version == 5 else 0)
        assert retained(broker.port, "$SYS/broker/version", version) == found
        assert not retained(broker.port, "$SYS/mine", version)
