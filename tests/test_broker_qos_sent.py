# SPDX-License-Identifier: MIT
"""Quality of service of what the broker sends: sections 4.3, 4.4 and 4.6."""

from __future__ import annotations

import contextlib
import random
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mqttwire as mq
import pytest
from broker import WAIT, Broker, needs_broker
from broker_client import Client, both, lasting, name, number
from statements import statement

pytestmark = needs_broker


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with Broker(tmp_path_factory.mktemp("broker")) as broker:
        yield broker.port


@both
@statement(
    "3.1.1", "MQTT-2.3.1-4", "MQTT-4.3.2-1", "MQTT-4.3.3-1",
    "5.0", "MQTT-4.3.2-1", "MQTT-4.3.2-2", "MQTT-4.3.2-3", "MQTT-4.3.3-1", "MQTT-4.3.3-2",
    "MQTT-4.3.3-3", "MQTT-4.3.3-4", "MQTT-4.3.3-5", "MQTT-4.3.3-6",
)  # fmt: skip
def test_what_is_open_has_its_identifier(port: int, version: int) -> None:
    """Until it is settled, no other message has it; nothing is sent again but on a new
    connection."""
    topic = name()
    with Client(port, version) as publisher, Client(port, version) as subscriber:
        subscriber.subscribe(topic)
        opened = []
        for qos in (1, 2, 1, 2, 2):
            publisher.publish(topic, qos=qos)
            opened.append(subscriber.take(mq.Publish, qos=qos, dup=False))
        first, second, third, fourth, last = map(number, opened)
        assert len({first, second, third, fourth, last}) == 5
        subscriber.send(mq.Pubrec(packet_id=second))
        subscriber.take(mq.Pubrel, packet_id=second, reason_code=0)
        subscriber.send(mq.Puback(packet_id=third))
        subscriber.quiet(0.3)
        for _ in range(20):  # nobody gets an identifier that is open
            publisher.publish(topic, qos=1)
            packet = subscriber.message(topic, qos=1, dup=False)
            assert packet.packet_id not in (first, second, fourth, last)
        subscriber.send(mq.Pubcomp(packet_id=second), mq.Puback(packet_id=first))
        subscriber.nothing()


@both
@statement(
    "3.1.1", "MQTT-4.4.0-1", "MQTT-3.3.1-1", "MQTT-2.3.1-3", "MQTT-4.6.0-1", "MQTT-4.6.0-6",
    "MQTT-4.1.0-1", "MQTT-4.3.3-1",
    "5.0", "MQTT-4.4.0-1", "MQTT-3.3.1-1", "MQTT-4.6.0-1", "MQTT-4.3.3-3", "MQTT-4.3.3-5",
    "MQTT-4.3.3-6",
)  # fmt: skip
def test_sent_again(port: int, version: int) -> None:
    """PUBLISH and PUBREL that are open, under their identifiers, in their order, on each new
    connection; and then what came meanwhile."""
    topic = name()
    with Client(port, version) as publisher:
        subscriber = Client(port, version, **lasting(version))
        subscriber.subscribe(topic)
        opened = []
        for at, qos in enumerate((2, 1, 2, 1, 2)):
            publisher.publish(topic, b"%d" % at, qos)
            opened.append(subscriber.take(mq.Publish, qos=qos, payload=b"%d" % at, dup=False))
        released = opened[2]
        subscriber.send(mq.Pubrec(packet_id=number(released)))
        subscriber.take(mq.Pubrel, packet_id=number(released))
        subscriber.send(mq.Puback(packet_id=number(opened[1])))
        subscriber.sync()
        for turn in range(2):
            subscriber = subscriber.again()
            for packet in (opened[0], opened[2], opened[3], opened[4]):
                if packet is released:
                    subscriber.take(mq.Pubrel, packet_id=number(packet), reason_code=0)
                else:
                    subscriber.take(
                        mq.Publish,
                        packet_id=packet.packet_id,
                        payload=packet.payload,
                        qos=packet.qos,
                        dup=True,
                    )
            if turn == 0:
                subscriber.disconnect()
                publisher.publish(topic, b"late", 1)
        subscriber.message(topic, payload=b"late", dup=False)
        subscriber.send(mq.Pubcomp(packet_id=number(released)))
        subscriber.acknowledge(opened[0])
        subscriber.acknowledge(opened[3])
        subscriber.acknowledge(opened[4])
        subscriber = subscriber.again()
        subscriber.nothing()
        subscriber.close()


@both
@statement("MQTT-4.4.0-1")
def test_acknowledged_before_it_came_again(port: int, version: int) -> None:
    """The client may answer what it has from the connection before: it does not come once more."""
    topic = name()
    with Client(port, version) as publisher:
        subscriber = Client(port, version, **lasting(version))
        subscriber.subscribe(topic)
        opened = []
        for at, qos in enumerate((1, 2)):
            publisher.publish(topic, b"%d" % at, qos)
            opened.append(subscriber.take(mq.Publish, qos=qos))
        subscriber = subscriber.again()
        subscriber.send(mq.Puback(packet_id=number(opened[0])))
        subscriber.send(mq.Pubrec(packet_id=number(opened[1])))
        for qos in (1, 2):
            subscriber.take(mq.Publish, qos=qos, dup=True)
        subscriber.take(mq.Pubrel, packet_id=number(opened[1]))
        subscriber.send(mq.Pubcomp(packet_id=number(opened[1])))
        subscriber = subscriber.again()
        subscriber.nothing()
        subscriber.close()


@pytest.mark.parametrize("qos", [1, 2])
@statement("5.0", "MQTT-3.1.2-25")
def test_too_large_for_the_next_connection(port: int, qos: int) -> None:
    """What the client does not take any more counts as delivered, and may be acknowledged still."""
    topic, client_id = name(), name()
    with Client(port, client_id=client_id, **lasting(5)) as client, Client(port) as publisher:
        client.subscribe(mq.Subscription(topic_filter=topic, qos=qos))
        for _ in range(10):
            publisher.publish(topic, b"x" * 500, qos)
        ids = [client.take(mq.Publish).packet_id or 0 for _ in range(10)]
        client.close()
    with Client(
        port, client_id=client_id, clean_start=False,
        properties=mq.Properties(maximum_packet_size=100, session_expiry_interval=0),
    ) as client:  # fmt: skip
        for packet_id in ids:
            if qos == 1:
                client.send(mq.Puback(packet_id=packet_id))
            else:
                client.send(mq.Pubrec(packet_id=packet_id))
                assert client.take(mq.Pubrel).packet_id == packet_id
        client.nothing()


@statement("5.0", "MQTT-4.4.0-2", "MQTT-4.3.3-4")
def test_a_refusal_settles(port: int) -> None:
    """PUBACK or PUBREC of 0x80 or more: no PUBREL, and the message does not come again."""
    topic = name()
    with Client(port) as publisher:
        subscriber = Client(port, **lasting(5, receive_maximum=1))
        subscriber.subscribe(topic)
        for code in (0x80, 0x83, 0x87, 0x90, 0x97, 0x99):
            for qos, kind in ((1, mq.Puback), (2, mq.Pubrec)):
                publisher.publish(topic, qos=qos)
                packet = subscriber.take(mq.Publish, qos=qos)
                subscriber.send(kind(packet_id=number(packet), reason_code=code))
        publisher.publish(topic, b"end", 2)
        subscriber.message(topic, payload=b"end")  # the quota is free again each time
        subscriber.again().nothing()


@both
@statement("3.1.1", "MQTT-4.3.3-1", "5.0", "MQTT-2.2.1-5", "MQTT-4.3.3-4")
def test_unknown_acknowledgements(port: int, version: int) -> None:
    """PUBREC is answered by PUBREL, in 5.0 with 0x92; the others change nothing."""
    topic = name()
    with Client(port, version) as client:
        client.subscribe(topic)
        client.send(mq.Puback(packet_id=5), mq.Pubcomp(packet_id=6), mq.Pubrec(packet_id=7))
        client.take(mq.Pubrel, packet_id=7, reason_code=0x92 if version == 5 else 0)
        client.send(mq.Pubcomp(packet_id=7))
        client.publish(topic, qos=2)
        client.message(topic, qos=2)
        client.nothing()


@both
@statement("MQTT-4.6.0-6", "5.0", "MQTT-4.6.0-5", "3.1.1", "MQTT-4.6.0-5")
def test_order(port: int, version: int) -> None:
    """What one client publishes to a topic reaches each other client in its order, per QoS, and
    more than may be under way at a time."""
    topic, count = name(), 120
    with Client(port, version) as publisher, Client(port, version) as other:
        subscribers = [Client(port, version) for _ in range(3)]
        for granted, subscriber in enumerate(subscribers):
            subscriber.subscribe(mq.Subscription(topic_filter=f"{topic}/+", qos=granted))
        for at in range(count):
            publisher.publish(f"{topic}/a", b"%d" % at, at % 3)
            other.publish(f"{topic}/b", b"%d" % at, 2 - at % 3)
        for subscriber in subscribers:
            seen: dict[tuple[str, int], list[int]] = {}
            for _ in range(2 * count):
                packet = subscriber.take(mq.Publish)
                subscriber.settle(packet)
                at = int(packet.payload)
                qos = at % 3 if packet.topic.endswith("a") else 2 - at % 3
                seen.setdefault((packet.topic, qos), []).append(at)
            for values in seen.values():
                assert values == sorted(values) and len(values) == count // 3
            subscriber.close()


@both
@statement("MQTT-4.6.0-6")
def test_pubrels_are_in_order(port: int, version: int) -> None:
    """In that of PUBREC: 4.6 obliges the sender, which the broker is."""
    topic = name()
    with Client(port, version) as publisher, Client(port, version) as subscriber:
        subscriber.subscribe(topic)
        ids = []
        for _ in range(5):
            publisher.publish(topic, qos=2)
            ids.append(number(subscriber.take(mq.Publish, qos=2)))
        ids = [ids[at] for at in (3, 0, 4, 1, 2)]
        subscriber.send(*(mq.Pubrec(packet_id=packet_id) for packet_id in ids))
        for packet_id in ids:
            subscriber.take(mq.Pubrel, packet_id=packet_id)


@both
def test_identifiers_of_both_sides(port: int, version: int) -> None:
    """Are each side's own: section 2.3.1, in 5.0 2.2.1."""
    topic = name()
    with Client(port, version) as client:
        client.subscribe(topic)
        client.publish(topic, b"theirs", 2)
        theirs = client.take(mq.Publish, qos=2)
        ours = mq.Publish(topic=name(), qos=2, packet_id=number(theirs))
        client.send(ours)
        client.take(mq.Pubrec, packet_id=theirs.packet_id)
        client.send(mq.Pubrec(packet_id=number(theirs)))
        client.take(mq.Pubrel, packet_id=theirs.packet_id, reason_code=0)
        client.send(mq.Pubrel(packet_id=number(theirs)))
        client.take(mq.Pubcomp, packet_id=theirs.packet_id, reason_code=0)
        client.send(mq.Pubcomp(packet_id=number(theirs)))
        client.nothing()


@both
@statement("MQTT-3.10.4-3")
def test_unsubscribed_meanwhile(port: int, version: int) -> None:
    """What was begun is finished, on a new connection, too."""
    topic = name()
    with Client(port, version) as publisher:
        subscriber = Client(port, version, **lasting(version))
        subscriber.subscribe(topic)
        opened = []
        for qos in (1, 2, 2):
            publisher.publish(topic, qos=qos)
            opened.append(subscriber.take(mq.Publish, qos=qos))
        subscriber.send(mq.Pubrec(packet_id=number(opened[2])))
        subscriber.take(mq.Pubrel, packet_id=opened[2].packet_id)
        subscriber.unsubscribe(topic)
        publisher.publish(topic, qos=1)
        subscriber = subscriber.again()
        for packet in opened[:2]:
            subscriber.take(mq.Publish, packet_id=packet.packet_id, qos=packet.qos, dup=True)
        subscriber.take(mq.Pubrel, packet_id=opened[2].packet_id)
        subscriber.acknowledge(opened[0])
        subscriber.acknowledge(opened[1])
        subscriber.send(mq.Pubcomp(packet_id=number(opened[2])))
        subscriber.nothing()
        subscriber.close()


@both
@statement("3.1.1", "MQTT-3.1.2-5", "MQTT-4.5.0-1", "5.0", "MQTT-4.5.0-1", "MQTT-3.1.2-23")
def test_queued_while_away(port: int, version: int) -> None:
    """QoS 1 and 2, and not QoS 0, whichever of the two it is that makes it 0."""
    topic = name()
    with Client(port, version) as publisher:
        subscriber = Client(port, version, **lasting(version))
        subscriber.subscribe(topic, mq.Subscription(topic_filter=f"{topic}/low", qos=0))
        subscriber.disconnect()
        for qos in (0, 1, 2, 1):
            publisher.publish(topic, b"%d" % qos, qos)
            publisher.publish(f"{topic}/low", b"low", qos)
        subscriber = subscriber.again()
        for qos in (1, 2, 1):
            subscriber.message(topic, payload=b"%d" % qos, qos=qos, dup=False)
        subscriber.nothing()
        subscriber.close()


@both
def test_upgraded(tmp_path: Path, version: int) -> None:
    """upgrade_outgoing_qos: the subscription's QoS, retained messages included."""
    with (
        Broker(tmp_path, "allow_anonymous true\nupgrade_outgoing_qos true") as broker,
        Client(broker.port, version) as publisher,
        Client(broker.port, version) as subscriber,
    ):
        publisher.publish("a", b"retained", 0, retain=True)
        subscriber.subscribe("a")
        subscriber.message("a", qos=2, payload=b"retained")
        publisher.publish("a", b"live", 0)
        subscriber.message("a", qos=2, payload=b"live")
        subscriber.subscribe(mq.Subscription(topic_filter="b", qos=1))
        publisher.publish("b", qos=2)
        subscriber.message("b", qos=1)


@both
def test_qos_0_while_away(tmp_path: Path, version: int) -> None:
    """queue_qos0_messages: it waits, too."""
    with Broker(tmp_path, "allow_anonymous true\nqueue_qos0_messages true") as broker:
        subscriber = Client(broker.port, version, **lasting(version))
        subscriber.subscribe("a")
        subscriber.disconnect()
        with Client(broker.port, version) as publisher:
            for at in range(3):
                publisher.publish("a", b"%d" % at, 0)
            publisher.sync()
        subscriber = subscriber.again()
        for at in range(3):
            subscriber.message("a", qos=0, payload=b"%d" % at)
        subscriber.nothing()
        subscriber.close()


# ---- What no client should do -------------------------------------------------------------------


@both
@statement("3.1.1", "MQTT-4.3.3-1", "5.0", "MQTT-4.3.3-4")
def test_acknowledged_twice(port: int, version: int) -> None:
    """Each PUBREC has its PUBREL; one PUBCOMP ends the exchange, and another changes nothing."""
    topic = name()
    with Client(port, version) as client:
        client.subscribe(topic)
        for _ in range(3):
            client.publish(topic, qos=2)
            packet_id = number(client.take(mq.Publish))
            client.send(*[mq.Pubrec(packet_id=packet_id)] * 3)
            for _ in range(3):
                client.take(mq.Pubrel, packet_id=packet_id, reason_code=0)
            client.send(*[mq.Pubcomp(packet_id=packet_id)] * 3)
            client.nothing()


@both
@pytest.mark.parametrize("seed", range(20))
def test_any_acknowledgements(port: int, version: int, seed: int) -> None:
    """Of whatever kind and identifier, on connection after connection: who sends nonsense may be
    disconnected, and the broker goes on."""
    choice = random.Random(seed)
    topic, client_id = name(), name()
    kinds: tuple[type[Any], ...] = (mq.Puback, mq.Pubrec, mq.Pubrel, mq.Pubcomp)
    properties = mq.Properties(session_expiry_interval=100, receive_maximum=choice.randint(1, 5))
    connect = mq.Connect(
        client_id=client_id,
        clean_start=False,
        properties=properties if version == 5 else mq.Properties(),
    )
    subscribe = mq.Subscribe(
        packet_id=9, subscriptions=[mq.Subscription(topic_filter=topic, qos=2)]
    )
    for _ in range(6):
        packets: list[mq.Packet] = [connect, subscribe]
        for _ in range(choice.randint(1, 60)):
            packet_id = choice.randint(1, 5)
            if choice.random() < 0.4:
                qos = choice.randint(1, 2)
                dup = choice.random() < 0.2
                packets.append(mq.Publish(topic=topic, qos=qos, packet_id=packet_id, dup=dup))
            else:
                packet = choice.choice(kinds)(packet_id=packet_id)
                if version == 5 and choice.random() < 0.1:
                    packet = packet.replace(reason_code=0x92 if packet.type in (6, 7) else 0x80)
                packets.append(packet)
        with socket.create_connection(("127.0.0.1", port), WAIT) as end:
            end.settimeout(WAIT)
            for packet in packets:
                with contextlib.suppress(ConnectionError):
                    end.sendall(packet.encode(version=version))
            end.shutdown(socket.SHUT_WR)
            with contextlib.suppress(ConnectionError):
                while end.recv(65536):
                    pass
    with Client(port, version) as other:
        other.nothing()
