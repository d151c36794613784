# SPDX-License-Identifier: MIT
"""Flow control and sizes (sections 4.9, 3.1.2.11.4), and clients that do not keep up."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import mqttwire as mq
import pytest
from broker import WAIT, Broker, is_bounded, needs_broker, rss
from broker_client import Client, both, lasting, name, number
from statements import statement

pytestmark = needs_broker

MOST = 20  # max_inflight_messages


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with Broker(tmp_path_factory.mktemp("broker"), "allow_anonymous true") as one:
        yield one


@pytest.fixture(scope="module")
def port(broker: Broker) -> int:
    return broker.port


def packets_of(client: Client) -> list[mq.Publish]:
    """The messages that have come."""
    return [each for each in client.packets if isinstance(each, mq.Publish)]


# ---- Receive Maximum ----------------------------------------------------------------------------


@pytest.mark.parametrize("most", [1, 2, 7, MOST, 65535, None])
@both
@statement(
    "5.0", "MQTT-3.3.4-9", "MQTT-3.3.4-10", "MQTT-4.9.0-1", "MQTT-4.9.0-2", "MQTT-4.9.0-3"
)  # fmt: skip
def test_what_a_client_takes(port: int, version: int, most: int | None) -> None:
    """No more is under way to it than it takes, or than the broker cares to have; PUBCOMP, and
    not PUBREC, makes room.  All else goes on meanwhile."""
    topic, count = name(), 30
    properties = mq.Properties()
    if version == 5 and most is not None:
        properties = mq.Properties(receive_maximum=most)
    room = min((most if version == 5 else None) or MOST, MOST)
    with Client(port, version) as publisher, Client(port, version, properties=properties) as client:
        client.subscribe(topic, f"{topic}/0")
        for at in range(count):
            publisher.publish(topic, b"%d" % at, 1 + at % 2)
        seen = 0
        opened: list[mq.Publish] = []
        for at in range(count):
            client.sync()
            assert len(opened) + len(client.packets) == min(room, count - at)
            while client.packets:
                opened.append(client.take(mq.Publish, payload=b"%d" % seen))
                seen += 1
            packet = opened.pop(0)
            if packet.qos == 2:
                client.send(mq.Pubrec(packet_id=number(packet)))
                client.take(mq.Pubrel, packet_id=packet.packet_id)
                client.nothing()
                client.send(mq.Pubcomp(packet_id=number(packet)))
            else:
                client.send(mq.Puback(packet_id=number(packet)))
            if at == 3:
                publisher.publish(f"{topic}/0")
                publisher.sync()
                assert client.subscribe(f"{topic}/other").reason_codes == [2]
                (passing,) = (each for each in packets_of(client) if not each.qos)
                client.packets.remove(passing)
        assert seen == count


@statement("5.0", "MQTT-3.3.4-9", "MQTT-4.4.0-1", "MQTT-4.9.0-2")
def test_less_after_a_reconnect(port: int) -> None:
    """What was under way comes again, as much at a time as the client takes now."""
    topic, count = name(), 10
    with Client(port) as publisher:
        client = Client(port, **lasting(5))
        client.subscribe(topic)
        for at in range(count):
            publisher.publish(topic, b"%d" % at, 1 + at % 2)
        ids = [number(client.take(mq.Publish)) for _ in range(count)]
        client = client.again(receive_maximum=2)
        for at in range(0, count, 2):
            client.sync()
            assert len(client.packets) == 2
            packets = [client.take(mq.Publish, dup=True, packet_id=ids[at + i]) for i in (0, 1)]
            for packet in packets:
                client.settle(packet)
        client.nothing()
        client.close()


@statement("5.0", "MQTT-3.3.4-9", "MQTT-4.9.0-2", "MQTT-4.9.0-3")
def test_pubrel_after_a_reconnect(port: int) -> None:
    """It is sent whatever the quota is; what is new waits for room."""
    topic = name()
    with Client(port) as publisher:
        client = Client(port, **lasting(5))
        client.subscribe(topic)
        for _ in range(3):
            publisher.publish(topic, qos=2)
        ids = [number(client.take(mq.Publish)) for _ in range(3)]
        for packet_id in ids:
            client.send(mq.Pubrec(packet_id=packet_id))
            client.take(mq.Pubrel, packet_id=packet_id)
        client = client.again(receive_maximum=1)
        for packet_id in ids:
            client.take(mq.Pubrel, packet_id=packet_id)
        publisher.publish(topic, b"new", 1)
        for packet_id in ids:
            client.send(mq.Pubcomp(packet_id=packet_id))
        client.message(topic, payload=b"new")
        client.nothing()
        client.close()


@statement("5.0", "MQTT-3.3.4-7", "MQTT-4.9.0-2")
def test_what_the_broker_takes(port: int) -> None:
    """It told so in CONNACK; one more open message than that is 0x93.  PUBREL makes room."""
    with Client(port) as client:
        assert client.connack and client.connack.properties.receive_maximum == MOST
        for turn in range(3):
            for at in range(MOST):
                client.send(mq.Publish(topic="a", qos=2, packet_id=100 * turn + at + 1))
                client.take(mq.Pubrec)
            client.send(mq.Publish(topic="a"))
            client.publish("a", qos=0)
            for at in range(MOST):
                client.send(mq.Pubrel(packet_id=100 * turn + at + 1))
                client.take(mq.Pubcomp)
        for at in range(MOST):
            client.send(mq.Publish(topic="a", qos=2, packet_id=at + 1))
            client.take(mq.Pubrec)
        client.send(mq.Publish(topic="a", qos=2, packet_id=9999))
        client.refused(0x93)


def test_3_1_1_may_have_more_open(port: int) -> None:
    """It has no such limit: 3.1.1 knows packet identifiers alone."""
    with Client(port, 4) as client:
        for at in range(300):
            client.send(mq.Publish(topic="a", qos=2, packet_id=at + 1))
            client.take(mq.Pubrec, packet_id=at + 1)
        for at in range(300):
            client.send(mq.Pubrel(packet_id=at + 1))
            client.take(mq.Pubcomp, packet_id=at + 1)


# ---- Sizes --------------------------------------------------------------------------------------


def sized(size: int, topic: str, version: int, qos: int = 0) -> mq.Publish:
    """A PUBLISH of so many bytes in all."""
    packet = mq.Publish(topic=topic, qos=qos, packet_id=1 if qos else None)
    payload = size - len(packet.encode(version=version))
    while True:
        packet = packet.replace(payload=b"x" * payload)
        more = size - len(packet.encode(version=version))
        if not more:
            return packet
        payload += more


@both
def test_a_large_message(port: int, version: int) -> None:
    """As large as the broker takes, which is a mebibyte: it reaches all, and leaves no trace."""
    topic = name()
    with Client(port, version) as publisher:
        if version == 5:
            assert publisher.connack
            assert publisher.connack.properties.maximum_packet_size == 1 << 20
        subscribers = [Client(port, each) for each in (4, 5)]
        for subscriber in subscribers:
            subscriber.subscribe(topic)
        for qos in range(3):
            packet = sized(1 << 20, topic, version, qos)
            assert publisher.publish(topic, packet.payload, qos) == 0
            for subscriber in subscribers:
                subscriber.message(topic, payload=packet.payload, qos=qos)
        for subscriber in subscribers:
            subscriber.close()


@both
@statement("5.0", "MQTT-3.2.2-15")
def test_too_large_for_the_broker(port: int, version: int) -> None:
    """0x95, as soon as its length has come."""
    topic = name()
    with Client(port, version) as client, Client(port, version) as subscriber:
        subscriber.subscribe(topic)
        client.send(sized((1 << 20) + 1, topic, version).encode(version)[:10])
        client.refused(0x95)
        subscriber.nothing()


@pytest.mark.parametrize("qos", range(3))
@statement("5.0", "MQTT-3.1.2-24", "MQTT-3.1.2-25")
def test_too_large_for_a_client(port: int, qos: int) -> None:
    """It is as if it had been delivered, for this client alone; what just fits comes."""
    topic = name()
    small = {"maximum_packet_size": 200}
    with Client(port) as publisher, Client(port) as other:
        here = Client(port, **lasting(5, **small))
        away = Client(port, **lasting(5, **small))
        for client in (here, away, other):
            client.subscribe(topic, f"$share/{client.client_id}/{topic}")
            client.unsubscribe(topic)
            client.subscribe(topic)
            client.unsubscribe(f"$share/{client.client_id}/{topic}")
        away.disconnect()
        sizes = (200, 201, 5000, 199, 201, 200)
        for size in sizes:
            packet = sized(size, topic, 5, qos)
            assert publisher.publish(topic, packet.payload, qos) == 0
            other.message(topic, payload=packet.payload)
            if size <= 200:
                here.message(topic, payload=packet.payload)
        here.nothing()
        away = away.again(**small)
        for size in sizes:
            if size <= 200 and qos:
                away.message(topic, payload=sized(size, topic, 5, qos).payload)
        away.nothing()
        away = away.again()  # which takes larger ones now, and they do not come
        away.nothing()
        here.close()
        away.close()


def test_too_large_for_a_member(port: int) -> None:
    """A shared subscription: nobody gets it, or one who can (3.1.2.11.4); the next one comes."""
    topic = name()
    with (
        Client(port) as publisher,
        Client(port, properties=mq.Properties(maximum_packet_size=100)) as small,
        Client(port) as large,
    ):
        small.subscribe(f"$share/g/{topic}")
        large.subscribe(f"$share/g/{topic}")
        for _ in range(4):
            assert publisher.publish(topic, b"x" * 1000, 1) == 0
            large.sync()
        for packet in large.packets:
            assert isinstance(packet, mq.Publish) and len(packet.payload) == 1000
        small.nothing()
        found = len(large.packets)
        for _ in range(2):
            publisher.publish(topic, b"x", 1)
            small.sync()
            large.sync()
        assert len(small.packets) + len(large.packets) - found == 2


@statement("5.0", "MQTT-3.1.2-24")
def test_a_suback_that_is_too_large(port: int) -> None:
    """It cannot be sent, and the client would wait for it in vain: the connection ends."""
    with Client(port, properties=mq.Properties(maximum_packet_size=50)) as client:
        client.send(
            mq.Subscribe(
                packet_id=1,
                subscriptions=[mq.Subscription(topic_filter=f"a/{at}") for at in range(100)],
            )
        )
        client.take(mq.Disconnect, reason_code=0x95)
        client.ended()


# ---- Clients that do not keep up ----------------------------------------------------------------


def counted(port: int, what: str, value: int) -> None:
    """$SYS says so, before long."""
    with Client(port) as client:
        client.subscribe(f"$SYS/broker/{what}")
        while int(client.message(f"$SYS/broker/{what}").payload) != value:
            pass


@both
def test_a_slow_reader(tmp_path: Path, version: int) -> None:
    """Others get all, the memory stays bounded, what is dropped is counted, and who reads again
    goes on from where he was."""
    topic, count, size = name(), 6000, 4000
    with (
        Broker(tmp_path, "allow_anonymous true\nsys_interval 1") as broker,
        Client(broker.port, version) as publisher,
        Client(broker.port, version) as quick,
    ):
        before = rss(broker)
        slow = Client(broker.port, version)
        slow.subscribe(topic)
        quick.subscribe(topic)
        seen = 0
        for first in range(0, count, 500):
            for at in range(first, first + 500):
                publisher.send(mq.Publish(topic=topic, payload=b"%08d" % at + b"x" * size))
            for _ in range(500):
                packet = quick.take(mq.Publish)
                assert int(packet.payload[:8]) == seen
                seen += 1
        is_bounded(broker, before, 12 << 20)
        slow.sync()
        slow.sync()
        got = [int(each.payload[:8]) for each in packets_of(slow)]
        slow.packets.clear()
        assert got == list(range(len(got))) and 1000 < len(got) < count
        counted(broker.port, "publish/messages/dropped", count - len(got))
        publisher.publish(topic, b"again", 1)
        slow.message(topic, payload=b"again")
        slow.close()


@both
def test_a_publisher_that_is_faster(broker: Broker, version: int) -> None:
    """Of QoS 1: what is under way and what may wait comes, in order; the newest are dropped."""
    topic, count = name(), 3000
    with Client(broker.port, version) as publisher, Client(broker.port, version) as slow:
        slow.subscribe(topic)
        for at in range(count):
            publisher.publish(topic, b"%d" % at, 1)
        for at in range(MOST + 1000):
            slow.message(topic, payload=b"%d" % at)
        slow.nothing()
        publisher.publish(topic, b"again", 1)
        slow.message(topic, payload=b"again")


@both
def test_asking_without_reading(broker: Broker, version: int) -> None:
    """Answers that nobody reads do not fill the memory either."""
    before = rss(broker)
    with Client(broker.port, version) as other:
        greedy = Client(broker.port, version)
        greedy.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        greedy.socket.settimeout(0.3)
        filters = [mq.Subscription(topic_filter="a", qos=1)] * 1000
        packet = mq.Subscribe(packet_id=1, subscriptions=filters)
        wire = mq.Pingreq().encode(version) * 30_000 + packet.encode(version) * 20
        with contextlib.suppress(OSError):
            for _ in range(400):
                greedy.socket.sendall(wire)
        is_bounded(broker, before, 16 << 20)
        other.sync()
        greedy.close()


@both
def test_a_connection_that_is_half_open(port: int, version: int) -> None:
    """The client has come again, and its old connection does not know it: 3.1.4."""
    topic = name()
    with Client(port, version) as publisher:
        old = Client(port, version, **lasting(version))
        old.subscribe(topic)
        publisher.publish(topic, b"1", 1)
        new = Client(port, version, client_id=old.client_id, **lasting(version))
        assert new.session_present
        new.message(topic, payload=b"1", dup=True)
        publisher.publish(topic, b"2", 1)
        new.message(topic, payload=b"2")
        old.take(mq.Publish)
        old.refused(0x8E)
        new.close()


@both
def test_a_connection_that_is_half_closed(port: int, version: int) -> None:
    """The client says no more: that is the end, without a goodbye; its will says so."""
    topic = name()
    with Client(port, version) as other:
        other.subscribe(topic)
        will = mq.Will(topic=topic, payload=b"gone")
        with Client(port, version, will=will) as client:
            client.socket.shutdown(socket.SHUT_WR)
            other.message(topic, payload=b"gone")
            client.ended()


def descriptors(broker: Broker) -> int:
    return len(list(Path(f"/proc/{broker.pid}/fd").iterdir()))


@both
def test_a_storm(broker: Broker, version: int) -> None:
    """Hundreds come at once, all with the same few names or none, and go without a word."""
    before = descriptors(broker)
    with Client(broker.port, version) as other:
        crowd = [socket.create_connection(("127.0.0.1", broker.port), WAIT) for _ in range(400)]
        wire = mq.Connect(client_id="", clean_start=True).encode(version)
        for one in crowd:
            one.sendall(wire)
        for one in crowd:
            assert one.recv(2)[:1] == b"\x20"
        other.sync()
        for at, one in enumerate(crowd):
            if at % 2:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            one.close()
        other.sync()
        until = time.monotonic() + WAIT
        while descriptors(broker) > before + 1:
            assert time.monotonic() < until
            time.sleep(0.01)


def test_the_same_name_many_times(broker: Broker) -> None:
    """Each takes the place of the one before; the last one stays."""
    topic = name()
    crowd = [Client(broker.port, client_id=topic) for _ in range(100)]
    for one in crowd[:-1]:
        one.refused(0x8E)
    crowd[-1].subscribe(topic)
    crowd[-1].publish(topic, qos=1)
    crowd[-1].message(topic)
    crowd[-1].close()


@both
def test_message_rate(tmp_path: Path, version: int) -> None:
    """max_message_rate: who sends more waits, and loses nothing; others do not wait."""
    config = "allow_anonymous true\nmax_message_rate 50"
    with (
        Broker(tmp_path, config) as broker,
        Client(broker.port, version) as fast,
        Client(broker.port, version) as other,
    ):
        other.subscribe("a")
        begin = time.monotonic()
        for at in range(120):
            fast.send(mq.Publish(topic="a", payload=b"%d" % at, qos=1, packet_id=at + 1))
        other.publish("b", qos=1)
        other.publish("b", qos=2)
        assert time.monotonic() - begin < 1
        for at in range(120):
            other.message("a", payload=b"%d" % at)
        assert 1 < time.monotonic() - begin < 10
        for at in range(120):
            fast.take(mq.Puback, packet_id=at + 1)
        fast.nothing()
