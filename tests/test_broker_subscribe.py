# SPDX-License-Identifier: MIT
"""SUBSCRIBE and UNSUBSCRIBE: sections 3.8 to 3.11."""

from __future__ import annotations

import itertools
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


def identified(number: int) -> mq.Properties:
    return mq.Properties(subscription_identifiers=[number])


@both
@statement(
    "3.1.1", "MQTT-2.3.1-7", "MQTT-3.8.4-1", "MQTT-3.8.4-2", "MQTT-3.8.4-4", "MQTT-3.8.4-5",
    "MQTT-3.9.3-1",
    "5.0", "MQTT-2.2.1-6", "MQTT-3.8.4-1", "MQTT-3.8.4-2", "MQTT-3.8.4-5", "MQTT-3.8.4-6",
    "MQTT-3.9.3-1",
)  # fmt: skip
def test_suback(port: int, version: int) -> None:
    """One for each SUBSCRIBE, with its identifier, and a code for each filter in their order."""
    topic = name()
    with Client(port, version) as client:
        for packet_id, order in zip((1, 65535, 300), ((0, 1, 2), (2, 1, 0), (1, 1, 2))):
            client.send(
                mq.Subscribe(
                    packet_id=packet_id,
                    subscriptions=[
                        mq.Subscription(topic_filter=f"{topic}/{at}", qos=qos)
                        for at, qos in enumerate(order)
                    ],
                )
            )
            client.take(mq.Suback, packet_id=packet_id, reason_codes=list(order))
            for at, qos in enumerate(order):
                client.publish(f"{topic}/{at}", qos=2)
                client.message(f"{topic}/{at}", qos=qos)
        client.send(
            *(
                mq.Subscribe(
                    packet_id=packet_id, subscriptions=[mq.Subscription(topic_filter=topic)]
                )
                for packet_id in (5, 4, 6)
            )
        )
        for packet_id in (5, 4, 6):
            client.take(mq.Suback, packet_id=packet_id)


@both
@statement(
    "MQTT-3.10.4-1", "MQTT-3.10.4-2", "MQTT-3.10.4-4", "MQTT-3.10.4-5", "MQTT-3.10.4-6",
    "3.1.1", "MQTT-2.3.1-7", "5.0", "MQTT-2.2.1-6", "MQTT-3.11.3-1",
)  # fmt: skip
def test_unsubscribe(port: int, version: int) -> None:
    """Removes the filters that are the same, character by character, and is always answered, by
    5.0 with a code for each."""
    topic = name()
    filters = [f"{topic}/a", f"{topic}/+", f"{topic}/#", topic]
    with Client(port, version) as client:
        client.subscribe(*filters)
        for at, each in enumerate(filters):
            client.publish(f"{topic}/a")
            if at < 3:  # those overlap, and one is left at least
                client.message(f"{topic}/a")
            client.nothing()
            wrong = [f"{topic}/A", f"{topic}/a/", f"{topic}/b", "#", f"/{topic}"]
            answer = client.unsubscribe(*wrong, each, *wrong, each)
            codes = [*[0x11] * 5, 0, *[0x11] * 5, 0x11]
            assert answer.reason_codes == (codes if version == 5 else [])
        client.publish(topic)
        client.publish(f"{topic}/a")
        client.nothing()
        client.send(mq.Unsubscribe(packet_id=65535, topic_filters=["never"]))
        client.take(mq.Unsuback, packet_id=65535)


@both
@statement("MQTT-3.10.4-2")
def test_unsubscribed_with_messages_in_the_queue(port: int, version: int) -> None:
    """None is added; those that are there may come (3.10.4)."""
    topic = name()
    with Client(port, version) as publisher:
        client = Client(port, version, **lasting(version))
        client.subscribe(topic, f"{topic}/other")
        client.disconnect()
        for at in range(30):
            publisher.publish(topic, b"%d" % at, 1)
        client = client.again()
        client.unsubscribe(topic)
        publisher.publish(topic, b"too late", 1)
        publisher.publish(f"{topic}/other", b"end", 1)
        seen = []
        while True:
            packet = client.take(mq.Publish)
            client.settle(packet)
            if packet.topic != topic:
                break
            seen.append(int(packet.payload))
        assert seen == list(range(len(seen))) and len(seen) >= 20
        client.nothing()
        client.close()


@both
@statement("3.1.1", "MQTT-3.8.4-3", "5.0", "MQTT-3.8.4-3")
def test_replaced(port: int, version: int) -> None:
    """The same filter again: there is one subscription, with what was asked for last."""
    topic = name()
    with Client(port, version) as client:
        for qos in (0, 2, 1, 1, 0, 2):
            assert client.subscribe(mq.Subscription(topic_filter=topic, qos=qos)).reason_codes == [
                qos
            ]
            client.publish(topic, qos=2)
            client.message(topic, qos=qos)
            client.nothing()
        client.unsubscribe(topic)
        client.publish(topic)
        client.nothing()


@statement("5.0", "MQTT-3.8.4-3", "MQTT-3.3.4-3")
def test_replaced_options(port: int) -> None:
    """All of them, the identifier included, which may be taken away."""
    topic = name()
    with Client(port) as client:
        client.subscribe(topic, properties=identified(7))
        client.publish(topic, b"x", retain=True)
        packet = client.message(topic, retain=False)
        assert packet.properties.subscription_identifiers == [7]
        wanted = mq.Subscription(topic_filter=topic, retain_as_published=True, retain_handling=2)
        client.subscribe(wanted, properties=identified(8))
        client.publish(topic, b"x", retain=True)
        packet = client.message(topic, retain=True)
        assert packet.properties.subscription_identifiers == [8]
        client.subscribe(mq.Subscription(topic_filter=topic, retain_handling=2))
        client.publish(topic, b"x", retain=True)
        packet = client.message(topic, retain=False)
        assert packet.properties.subscription_identifiers == []
        client.subscribe(mq.Subscription(topic_filter=topic, retain_handling=2, no_local=True))
        client.publish(topic, b"x")
        client.nothing()


@both
@statement("3.1.1", "MQTT-3.8.4-3", "MQTT-3.8.4-4", "5.0", "MQTT-3.8.4-5")
def test_twice_in_one(port: int, version: int) -> None:
    """The last one counts; there is a code for each."""
    topic = name()
    with Client(port, version) as client:
        wanted = [mq.Subscription(topic_filter=topic, qos=qos) for qos in (2, 0, 1)]
        assert client.subscribe(*wanted).reason_codes == [2, 0, 1]
        client.publish(topic, qos=2)
        client.message(topic, qos=1)
        client.nothing()


@both
@statement("3.1.1", "MQTT-3.8.4-3", "5.0", "MQTT-3.8.4-4")
def test_replacing_loses_nothing(port: int, version: int) -> None:
    """Messages are between the old subscription and the new one."""
    topic, count = name(), 200
    with Client(port, version) as publisher, Client(port, version) as client:
        client.subscribe(topic)
        for at in range(count):
            publisher.send(mq.Publish(topic=topic, payload=b"%d" % at))
            client.send(
                mq.Subscribe(
                    packet_id=at + 1,
                    subscriptions=[mq.Subscription(topic_filter=topic, qos=at % 3)],
                )
            )
        publisher.sync()
        client.sync()
        seen = [int(packet.payload) for packet in client.packets if isinstance(packet, mq.Publish)]
        assert seen == list(range(count))


@both
@statement("3.1.1", "MQTT-3.3.5-1", "5.0", "MQTT-3.3.4-2")
def test_overlapping(port: int, version: int) -> None:
    """A client gets a message at the highest QoS that any of its subscriptions has for it."""
    topic = name()
    filters = [f"{topic}/a/b", f"{topic}/+/b", f"{topic}/#"]
    for order in itertools.permutations(range(3)):
        with Client(port, version) as client:
            client.subscribe(
                *(mq.Subscription(topic_filter=each, qos=qos) for each, qos in zip(filters, order))
            )
            for qos in range(3):
                client.publish(f"{topic}/a/b", qos=qos)
                client.message(f"{topic}/a/b", qos=qos)
                client.nothing()
            client.publish(f"{topic}/c", qos=2)
            client.message(f"{topic}/c", qos=order[2])


@statement("5.0", "MQTT-3.3.4-3", "MQTT-3.3.4-4", "MQTT-3.3.4-5")
def test_identifiers(port: int) -> None:
    """Those of all subscriptions that match: one may be of several, and some have none."""
    topic = name()
    with Client(port) as client, Client(port) as other:
        client.subscribe(f"{topic}/a", f"{topic}/+", properties=identified(1))
        client.subscribe(f"{topic}/#", properties=identified(268435455))
        client.subscribe(f"{topic}/a/#")
        client.subscribe(f"{topic}/b", properties=identified(3))
        other.subscribe(f"{topic}/a", properties=identified(99))
        for seen, found in (
            ("a", [1, 1, 268435455]),
            ("b", [1, 3, 268435455]),
            ("c/d", [268435455]),
        ):
            client.publish(f"{topic}/{seen}", qos=1)
            packet = client.message(f"{topic}/{seen}")
            assert sorted(packet.properties.subscription_identifiers) == found
            client.nothing()
        packet = other.message(f"{topic}/a")
        assert packet.properties.subscription_identifiers == [99]
        other.nothing()


@statement("5.0", "MQTT-3.3.4-3", "MQTT-3.3.4-4")
def test_identifiers_wait(port: int) -> None:
    """They are those of the time when the message was published, and come again with it."""
    topic = name()
    with Client(port) as publisher:
        client = Client(port, **lasting(5))
        client.subscribe(f"{topic}/a", properties=identified(1))
        client.subscribe(f"{topic}/#", properties=identified(2))
        client.disconnect()
        publisher.publish(f"{topic}/a", qos=1)
        for dup in (False, True):
            client = client.again()
            packet = client.take(mq.Publish, dup=dup)
            assert sorted(packet.properties.subscription_identifiers) == [1, 2]
        client.close()


@statement("5.0", "MQTT-3.3.4-4")
def test_very_many_identifiers(port: int) -> None:
    """As many filters match one topic as it has ways to put + for a level."""
    levels = [name(), *"abcdefgh"]
    topic = "/".join(levels)
    filters = ["/".join(each) for each in itertools.product(*zip(levels, "+++++++++"))]
    with Client(port) as client:
        for at, each in enumerate(filters):
            client.subscribe(mq.Subscription(topic_filter=each), properties=identified(at + 1))
        client.publish(topic)
        seen: list[int] = []
        client.sync()
        while client.packets:
            packet = client.take(mq.Publish, topic=topic)
            seen += packet.properties.subscription_identifiers
        assert sorted(seen) == list(range(1, len(filters) + 1))


@statement("5.0", "MQTT-3.8.3-3")
def test_no_local(port: int) -> None:
    """Not to the client that published, on whichever connection; to all others."""
    topic = name()
    wanted = mq.Subscription(topic_filter=f"{topic}/#", qos=2, no_local=True)
    with Client(port) as other:
        client = Client(port, **lasting(5))
        client.subscribe(wanted)
        other.subscribe(wanted)
        for qos in range(3):
            client.publish(topic, qos=qos)
            other.message(topic, qos=qos)
            other.publish(topic, qos=qos)
            client.message(topic, qos=qos)
        client.subscribe(f"{topic}/a")  # one that overlaps, and has it come back
        client.publish(f"{topic}/a", qos=1)
        client.message(f"{topic}/a", qos=1)
        client.unsubscribe(f"{topic}/a")
        client = client.again()
        client.publish(topic, qos=1)
        client.nothing()
        other.close()
        client.close()


@both
def test_thousands_in_one(port: int, version: int) -> None:
    """There is a code for each, and each matches what it should, while it is there."""
    topic, count = name(), 5000
    filters = [f"{topic}/{at}" for at in range(count)]
    with Client(port, version) as client:
        assert client.subscribe(*filters).reason_codes == [2] * count
        for at in (0, 1, count // 2, count - 1):
            client.publish(f"{topic}/{at}", qos=1)
            client.message(f"{topic}/{at}", qos=1)
        client.publish(f"{topic}/{count}")
        codes = client.unsubscribe(*filters).reason_codes
        assert codes == ([0] * count if version == 5 else [])
        client.publish(f"{topic}/0")
        client.nothing()


@both
def test_subscriptions_are_of_a_session(port: int, version: int) -> None:
    """They stay with it, and go with it: section 4.1, in 3.1.1 3.1.2.4."""
    topic = name()
    with Client(port, version) as publisher:
        client = Client(port, version, **lasting(version))
        client.subscribe(topic)
        client = client.again()
        publisher.publish(topic, qos=1)
        client.message(topic)
        client.disconnect()
        with Client(port, version, client_id=client.client_id, clean_start=True) as fresh:
            publisher.publish(topic, qos=1)
            fresh.nothing()


@both
@statement("MQTT-3.12.4-1")
def test_pingreq(port: int, version: int) -> None:
    with Client(port, version) as client:
        client.send(*[mq.Pingreq()] * 500)
        for _ in range(500):
            client.take(mq.Pingresp)


# ---- What is refused ----------------------------------------------------------------------------

FAULTS = {
    "no filter": (b"\x82\2\0\1", b"\x82\3\0\1\0", {0x82, 0x81}),
    "flags": (b"\x80\6\0\1\0\1a\0", b"\x80\7\0\1\0\0\1a\0", {0x81}),
    "identifier 0": (b"\x82\6\0\0\0\1a\0", b"\x82\7\0\0\0\0\1a\0", {0x81, 0x82}),
    "QoS 3": (b"\x82\6\0\1\0\1a\3", b"\x82\7\0\1\0\0\1a\3", {0x81, 0x82}),
    "reserved bits": (b"\x82\6\0\1\0\1a\x80", b"\x82\7\0\1\0\0\1a\x80", {0x81}),
    "empty filter": (b"\x82\5\0\1\0\0\0", b"\x82\6\0\1\0\0\0\0", {0x81, 0x82, 0x8F}),
    "# within": (b"\x82\x08\0\1\0\3#/a\0", b"\x82\x09\0\1\0\0\3#/a\0", {0x81, 0x82, 0x8F}),
    "a#": (b"\x82\7\0\1\0\2a#\0", b"\x82\x08\0\1\0\0\2a#\0", {0x81, 0x82, 0x8F}),
    "a+": (b"\x82\7\0\1\0\2a+\0", b"\x82\x08\0\1\0\0\2a+\0", {0x81, 0x82, 0x8F}),
    "zero character": (b"\x82\7\0\1\0\2a\0\0", b"\x82\x08\0\1\0\0\2a\0\0", {0x81, 0x82}),
    "unsubscribe from nothing": (b"\xa2\2\0\1", b"\xa2\3\0\1\0", {0x81, 0x82}),
}


@both
@pytest.mark.parametrize("fault", FAULTS)
@statement(
    "3.1.1", "MQTT-4.8.0-1", "MQTT-4.7.1-2", "MQTT-4.7.1-3", "MQTT-4.7.3-1", "MQTT-4.7.3-2",
    "5.0", "MQTT-4.13.1-1", "MQTT-4.7.1-1", "MQTT-4.7.1-2", "MQTT-4.7.3-1", "MQTT-4.7.3-2",
)  # fmt: skip
def test_faults(port: int, version: int, fault: str) -> None:
    """End the connection, and change nothing."""
    old, new, codes = FAULTS[fault]
    with Client(port, version) as client:
        client.send(old if version == 4 else new)
        if version == 5:
            assert client.take(mq.Disconnect).reason_code in codes
        client.ended()


@pytest.mark.parametrize(
    ("packet", "code"),
    [
        ("8209 0001 02 0b00 0001 61 00", 0x82),  # Subscription Identifier 0
        ("820b 0001 04 0b01 0b02 0001 61 00", 0x82),  # two of them
        ("8207 0001 00 0001 61 30", 0x82),  # Retain Handling 3
        ("8210 0001 00 000a 2473686172652f612f62 04", 0x82),  # No Local and shared
    ],
)
def test_faults_of_5(port: int, packet: str, code: int) -> None:
    with Client(port) as client:
        client.send(bytes.fromhex(packet))
        client.refused(code)


@both
@statement("5.0", "MQTT-3.2.2-9", "MQTT-3.2.2-10", "MQTT-3.2.2-11")
def test_max_qos(tmp_path: Path, version: int) -> None:
    """Told in CONNACK; subscriptions of any QoS are taken, and granted as much; a message above
    ends the connection with 0x9B."""
    for most in range(2):
        folder = tmp_path / str(most)
        folder.mkdir()
        with (
            Broker(folder, f"max_qos {most}\nallow_anonymous true") as broker,
            Client(broker.port, version) as client,
        ):
            if version == 5:
                assert client.connack and client.connack.properties.maximum_qos == most
            for qos in range(3):
                wanted = mq.Subscription(topic_filter="a", qos=qos)
                granted = min(qos, most)
                assert client.subscribe(wanted).reason_codes == [granted]
                client.publish("a", qos=most)
                client.message("a", qos=granted)
            client.send(mq.Publish(topic="a", qos=most + 1, packet_id=1000))
            client.refused(0x9B)
