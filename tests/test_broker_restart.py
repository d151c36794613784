# SPDX-License-Identifier: MIT
"""The broker is killed in the middle, and goes on: persistence."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mqttwire as mq
import pytest
from broker import Broker, needs_broker
from broker_client import Client, both, lasting, number
from statements import statement

pytestmark = needs_broker


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    config = f"allow_anonymous true\npersistence true\npersistence_location {tmp_path}"
    with Broker(tmp_path, config) as one:
        yield one


def restart(broker: Broker, number: signal.Signals = signal.SIGKILL, seconds: float = 0) -> None:
    """seconds: that it is down."""
    code = broker.stop(number)
    assert code == (0 if number == signal.SIGTERM else -number)
    time.sleep(seconds)
    broker.start()
    broker.wait_for("the broker is ready")


def comes_back(client: Client, **properties: Any) -> Client:
    """Its connection is gone, and its session is there."""
    return client.again(**properties)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
@both
@statement(
    "3.1.1", "MQTT-3.1.2-4", "MQTT-3.1.2-5", "MQTT-4.1.0-1", "MQTT-4.5.0-1",
    "5.0", "MQTT-3.1.2-5", "MQTT-3.1.2-23", "MQTT-4.1.0-1", "MQTT-4.5.0-1",
)  # fmt: skip
def test_queues(broker: Broker, version: int, how: signal.Signals) -> None:
    """Subscriptions, and messages that wait, in their order, on and on."""
    client = Client(broker.port, version, **lasting(version))
    client.subscribe("a", mq.Subscription(topic_filter="b/#", qos=1))
    client.disconnect()
    for turn in range(3):
        with Client(broker.port, version) as publisher:
            for at in range(40):
                publisher.publish("a", b"%d" % at, at % 3)
                publisher.publish("b/c", b"%d" % at, at % 3)
        restart(broker, how)
        client = comes_back(client)
        for at in range(40):
            if at % 3:
                client.message("a", payload=b"%d" % at, qos=at % 3, dup=False)
                client.message("b/c", payload=b"%d" % at, qos=1, dup=False)
        client.nothing()
        if turn == 1:
            restart(broker, how)
            client = comes_back(client)
            client.nothing()  # what was settled does not come again
        client.disconnect()


@both
@statement(
    "MQTT-4.4.0-1", "3.1.1", "MQTT-3.3.1-1", "MQTT-4.3.3-1", "5.0", "MQTT-3.3.1-1", "MQTT-4.3.3-6"
)  # fmt: skip
def test_under_way_to_a_client(broker: Broker, version: int) -> None:
    """The same identifiers, DUP, PUBREL where PUBREC had come, and their order; identifiers that
    are open are not given to others."""
    client = Client(broker.port, version, **lasting(version))
    client.subscribe("a")
    publisher = Client(broker.port, version)
    opened = []
    for at, qos in enumerate((2, 1, 2, 1, 2, 2)):
        publisher.publish("a", b"%d" % at, qos)
        opened.append(client.take(mq.Publish, dup=False))
    ids = [number(packet) for packet in opened]
    for at in (2, 4, 5):
        client.send(mq.Pubrec(packet_id=ids[at]))
        client.take(mq.Pubrel, packet_id=ids[at])
    client.send(mq.Pubcomp(packet_id=ids[5]), mq.Puback(packet_id=ids[1]))
    client.sync()
    for _ in range(2):
        restart(broker)
        client = comes_back(client)
        for at in (0, 2, 3, 4):
            if at in (2, 4):
                client.take(mq.Pubrel, packet_id=ids[at])
            else:
                client.take(
                    mq.Publish,
                    packet_id=ids[at],
                    dup=True,
                    qos=opened[at].qos,
                    payload=opened[at].payload,
                )
        client.nothing()
    publisher = Client(broker.port, version)
    for _ in range(10):
        publisher.publish("a", b"new", 1)
        packet = client.message("a", payload=b"new", dup=False)
        assert packet.packet_id not in (ids[0], ids[2], ids[3], ids[4])
    for at in (2, 4):
        client.send(mq.Pubcomp(packet_id=ids[at]))
    client.settle(opened[0])
    client.settle(opened[3])
    client.sync()
    restart(broker)
    client = comes_back(client)
    client.nothing()
    client.close()


@both
@statement("MQTT-4.4.0-1", "3.1.1", "MQTT-4.3.3-2", "5.0", "MQTT-4.3.3-10", "MQTT-4.3.3-12")
def test_under_way_from_a_client(broker: Broker, version: int) -> None:
    """What has had PUBREC is not delivered again."""
    subscriber = Client(broker.port, version, **lasting(version))
    subscriber.subscribe("a")
    client = Client(broker.port, version, **lasting(version))
    for packet_id in (5, 300, 65535):
        client.send(mq.Publish(topic="a", payload=b"%d" % packet_id, qos=2, packet_id=packet_id))
        client.take(mq.Pubrec, packet_id=packet_id)
        subscriber.message("a", payload=b"%d" % packet_id)
    client.send(mq.Pubrel(packet_id=300))
    client.take(mq.Pubcomp, packet_id=300)
    subscriber.sync()
    for _ in range(2):
        restart(broker)
        client, subscriber = comes_back(client), comes_back(subscriber)
        for packet_id in (5, 65535):
            client.send(mq.Publish(topic="a", qos=2, packet_id=packet_id, dup=True))
            client.take(mq.Pubrec, packet_id=packet_id, reason_code=0)
    for packet_id in (5, 65535):
        client.send(mq.Pubrel(packet_id=packet_id))
        client.take(mq.Pubcomp, packet_id=packet_id, reason_code=0)
    subscriber.nothing()
    restart(broker)
    client, subscriber = comes_back(client), comes_back(subscriber)
    for packet_id in (5, 300):
        client.send(mq.Publish(topic="a", payload=b"new", qos=2, packet_id=packet_id))
        client.take(mq.Pubrec, packet_id=packet_id, reason_code=0)
        subscriber.message("a", payload=b"new")
    client.close()
    subscriber.close()


@both
@statement("3.1.1", "MQTT-3.1.2-7", "MQTT-3.3.1-5", "5.0", "MQTT-3.3.1-5")
def test_retained(broker: Broker, version: int) -> None:
    """The last one of each topic, with its QoS; none where it was removed."""
    with Client(broker.port, version) as client:
        for at in range(10):
            client.publish(f"a/{at}", b"old", 1, retain=True)
        for at in range(0, 10, 2):
            client.publish(f"a/{at}", b"new", at % 3, retain=True)
        for at in range(0, 10, 5):
            client.publish(f"a/{at}", b"", 1, retain=True)
        client.sync()
    for _ in range(2):
        restart(broker)
        with Client(broker.port, version) as client:
            client.subscribe("#")
            seen = {}
            for _ in range(8):
                packet = client.take(mq.Publish, retain=True)
                client.settle(packet)
                seen[packet.topic] = (bytes(packet.payload), packet.qos)
            client.nothing()
        assert seen == {
            f"a/{at}": (b"old", 1) if at % 2 else (b"new", at % 3) for at in range(10) if at % 5
        }


@pytest.mark.parametrize("limit", ["max_retained_messages", "max_subscriptions", "max_sessions"])
def test_limits_that_are_lower_than_before(broker: Broker, limit: str) -> None:
    """What is there stays; what is new is judged."""
    with Client(broker.port, **lasting()) as client:
        for at in range(5):
            client.publish(f"a/{at}", b"x", 1, retain=True)
            client.subscribe(f"b/{at}")
    broker.path.write_text(f"{broker.path.read_text()}{limit} 2\n")
    restart(broker)
    with client.again() as client:
        code = client.publish("a/5", b"x", 1, retain=True)
        assert code == (0x97 if limit == "max_retained_messages" else 0x10)
        for at in range(5):
            client.publish(f"b/{at}", b"x", 1)
            client.message(f"b/{at}")
    with Client(broker.port) as client:
        client.subscribe("a/+")
        count = 5 if code == 0x97 else 6
        topics = {client.take(mq.Publish, retain=True).topic for _ in range(count)}
        assert topics == {f"a/{at}" for at in range(count)}


@statement(
    "5.0", "MQTT-3.3.2-4", "MQTT-3.3.2-15", "MQTT-3.3.2-16", "MQTT-3.3.2-17", "MQTT-3.3.2-18",
    "MQTT-3.3.2-20", "MQTT-3.3.4-4",
)  # fmt: skip
def test_properties(broker: Broker) -> None:
    """Of messages that waited, and of retained ones."""
    properties = mq.Properties(
        payload_format_indicator=1,
        content_type="text/ü",
        response_topic="answers",
        correlation_data=bytes(range(256)),
        user_properties=[("b", "1"), ("a", "2"), ("b", "1"), ("", "")],
    )
    client = Client(broker.port, **lasting(5))
    client.subscribe("a", properties=mq.Properties(subscription_identifiers=[1]))
    client.subscribe("+", properties=mq.Properties(subscription_identifiers=[268435455]))
    client.disconnect()
    with Client(broker.port) as publisher:
        publisher.publish("a", "€".encode(), 2, retain=True, properties=properties)
    restart(broker)
    client = comes_back(client)
    packet = client.message("a", payload="€".encode(), qos=2, retain=False)
    assert sorted(packet.properties.subscription_identifiers) == [1, 268435455]
    packet.properties.subscription_identifiers = []
    assert packet.properties == properties
    with Client(broker.port) as other:
        other.subscribe("#")
        assert other.message("a", retain=True, qos=2).properties == properties
    client.close()


@statement("5.0", "MQTT-3.3.1-10", "MQTT-3.3.1-13", "MQTT-3.8.3-3")
def test_options(broker: Broker) -> None:
    """Those of subscriptions, as they were last; what was unsubscribed is gone."""
    client = Client(broker.port, **lasting(5))
    client.subscribe(
        "a", "gone", "$share/g/gone", properties=mq.Properties(subscription_identifiers=[9])
    )
    client.unsubscribe("gone", "$share/g/gone")
    wanted = mq.Subscription(
        topic_filter="a", qos=1, no_local=True, retain_as_published=True, retain_handling=1
    )
    client.subscribe(wanted)
    client.subscribe("$share/g/b")
    restart(broker)
    client = comes_back(client)
    client.publish("a", b"own", 1)
    with Client(broker.port) as other:
        for topic in ("gone", "b"):
            other.publish(topic, b"x", 2)
        other.publish("a", b"kept", 2, retain=True)
    client.message("b", qos=2)
    packet = client.message("a", payload=b"kept", qos=1, retain=True)
    assert packet.properties.subscription_identifiers == []
    client.subscribe(wanted)  # it is not new
    client.nothing()
    assert client.unsubscribe("$share/g/b", "b", "a", "gone").reason_codes == [0, 0x11, 0, 0x11]
    client.close()


@both
@statement("3.1.1", "MQTT-3.1.2-8", "MQTT-3.1.2-10", "5.0", "MQTT-3.1.2-8", "MQTT-3.1.2-7")
def test_wills(broker: Broker, version: int) -> None:
    """Those of clients that were connected: their connections were lost.  None of who said
    goodbye, and none twice."""
    watcher = Client(broker.port, version, **lasting(version))
    watcher.subscribe("will/#")
    gone = Client(broker.port, version, will=mq.Will(topic="will/gone", payload=b"x"))
    gone.disconnect()
    clients = [
        Client(
            broker.port,
            version,
            will=mq.Will(topic=f"will/{at}", payload=b"%d" % at, qos=1 + at % 2, retain=at == 3),
            **(lasting(version) if at % 2 else {}),
        )
        for at in range(4)
    ]
    restart(broker)
    watcher = comes_back(watcher)
    seen = set()
    for _ in clients:
        packet = watcher.take(mq.Publish, retain=False)
        watcher.settle(packet)
        assert packet.topic == f"will/{int(packet.payload)}" and packet.qos in (1, 2)
        seen.add(packet.topic)
    assert len(seen) == len(clients)
    watcher.nothing()
    restart(broker)
    watcher = comes_back(watcher)
    watcher.nothing()
    with Client(broker.port, version) as other:
        other.subscribe("#")
        other.message("will/3", retain=True)
        other.nothing()
    for client in (watcher, *clients):
        client.close()


@statement("5.0", "MQTT-3.1.2-8", "MQTT-3.1.3-9")
def test_will_delay(broker: Broker) -> None:
    """It runs on while the broker is down; who comes back in time has it cancelled."""
    watcher = Client(broker.port, **lasting(5))
    watcher.subscribe("will/#")

    def one(name: str, delay: int) -> Client:
        properties = mq.Properties(will_delay_interval=delay)
        return Client(
            broker.port,
            will=mq.Will(topic=f"will/{name}", properties=properties, qos=1),
            **lasting(5),
        )

    clients = {"soon": one("soon", 1), "later": one("later", 3), "back": one("back", 1000)}
    restart(broker, seconds=1.2)
    watcher = comes_back(watcher)
    clients["back"] = comes_back(clients["back"])
    watcher.message("will/soon")
    watcher.nothing()
    watcher.message("will/later")
    clients["back"].disconnect()
    watcher.nothing()
    for client in (watcher, *clients.values()):
        client.close()


@statement("5.0", "MQTT-4.1.0-2", "MQTT-3.3.2-5", "MQTT-3.3.2-6")
def test_times(broker: Broker) -> None:
    """Those of sessions and messages run on while the broker is down."""
    short, client = Client(broker.port, **lasting(5, 1)), Client(broker.port, **lasting(5))
    for each in (short, client):
        each.subscribe("#")
        each.disconnect()
    with Client(broker.port) as publisher:
        for seconds in (1, 100):
            properties = mq.Properties(message_expiry_interval=seconds)
            publisher.publish("a", b"%d" % seconds, 1, properties=properties)
            publisher.publish(f"r/{seconds}", b"x", 1, retain=True, properties=properties)
    restart(broker, seconds=1.5)
    with Client(broker.port, client_id=short.client_id, **lasting(5)) as fresh:
        assert not fresh.session_present
        fresh.nothing()
    client = comes_back(client)
    for topic in ("a", "r/100"):
        packet = client.message(topic)
        assert packet.properties.message_expiry_interval in (97, 98, 99)
    client.nothing()
    with Client(broker.port) as other:
        other.subscribe("#")
        packet = other.message("r/100", retain=True)
        assert packet.properties.message_expiry_interval in (97, 98, 99)
        other.nothing()
    client.close()


@both
@statement("3.1.1", "MQTT-3.1.2-6", "MQTT-3.2.2-3", "5.0", "MQTT-4.1.0-2", "MQTT-3.2.2-3")
def test_sessions_that_end(broker: Broker, version: int) -> None:
    """Those that were not to outlast the connection are gone, as are those that were ended."""
    passing = Client(broker.port, version)
    passing.subscribe("a")
    ended = Client(broker.port, version, **lasting(version))
    ended.subscribe("a")
    with Client(broker.port, version, client_id=ended.client_id, clean_start=True):
        restart(broker)
    for client in (passing, ended):
        again = Client(broker.port, version, client_id=client.client_id, **lasting(version))
        assert not again.session_present
        again.publish("a", qos=1)
        again.nothing()
        again.close()
        client.close()


@both
def test_in_the_middle_of_a_stream(broker: Broker, version: int) -> None:
    """What the publisher has acknowledged comes, in order, and of QoS 2 once, across restarts of
    which neither client knows beforehand."""
    subscriber = Client(broker.port, version, **lasting(version))
    subscriber.subscribe("a")
    publisher = Client(broker.port, version, **lasting(version))
    seen: list[int] = []
    for at in range(60):
        packet_id = at + 1
        publisher.send(mq.Publish(topic="a", payload=b"%d" % at, qos=2, packet_id=packet_id))
        if at % 20 == 5:  # PUBREC may have been lost, and the message has come in any case
            publisher.sync()
            restart(broker)
            publisher, subscriber = comes_back(publisher), comes_back(subscriber)
            publisher.send(
                mq.Publish(topic="a", payload=b"%d" % at, qos=2, packet_id=packet_id, dup=True)
            )
        publisher.meanwhile(mq.Pubrec)
        if at % 20 == 15:  # PUBCOMP is lost
            restart(broker)
            publisher, subscriber = comes_back(publisher), comes_back(subscriber)
        publisher.send(mq.Pubrel(packet_id=packet_id))
        publisher.take(mq.Pubcomp, packet_id=packet_id)
        subscriber.sync()
        while subscriber.packets:
            packet = subscriber.take(mq.Publish)
            subscriber.settle(packet)
            seen.append(int(packet.payload))
            subscriber.sync()
    assert seen == list(range(60))
    for client in (publisher, subscriber):
        client.close()
