# SPDX-License-Identifier: MIT
"""PUBLISH and what comes with it: properties, topic aliases, expiry, reason codes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mqttwire as mq
import pytest
from broker import Broker, needs_broker
from broker_client import Client, both, lasting, name, number
from statements import statement

pytestmark = needs_broker


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with Broker(tmp_path_factory.mktemp("broker")) as broker:
        yield broker.port


def refused(client: Client, packet: mq.Packet | bytes, code: int) -> None:
    """The packet ends the connection; whoever else is there goes on."""
    client.send(packet)
    client.refused(code)


# ---- What is passed on --------------------------------------------------------------------------

EVERYTHING: dict[str, Any] = {
    "payload_format_indicator": 1,
    "content_type": "text/plain; ü",
    "response_topic": "answers/to/me",
    "correlation_data": bytes(range(256)),
    "user_properties": [("b", "2"), ("a", "1"), ("b", "2"), ("", ""), ("ü", "€"), ("a", "0")],
}


@pytest.mark.parametrize("qos", range(3))
@statement(
    "5.0", "MQTT-3.3.2-4", "MQTT-3.3.2-15", "MQTT-3.3.2-16", "MQTT-3.3.2-17", "MQTT-3.3.2-18",
    "MQTT-3.3.2-20",
)  # fmt: skip
def test_properties(port: int, qos: int) -> None:
    """All that are the application's, as they were and in their order; the others are the
    connection's."""
    topic = name()
    with Client(port, 5) as publisher, Client(port, 5) as subscriber, Client(port, 4) as old:
        subscriber.subscribe(topic)
        old.subscribe(topic)
        away = Client(port, 5, **lasting(5))
        away.subscribe(topic)
        away.disconnect()
        properties = mq.Properties(**EVERYTHING, message_expiry_interval=100, topic_alias=1)
        publisher.publish(topic, "€".encode(), qos, retain=True, properties=properties)
        wanted = mq.Properties(**EVERYTHING, message_expiry_interval=100)
        assert subscriber.message(topic, payload="€".encode()).properties == wanted
        old.message(topic, payload="€".encode())
        subscriber.subscribe(topic)
        packet = subscriber.message(topic, retain=True)
        packet.properties.message_expiry_interval = 100
        assert packet.properties == wanted
        if qos:
            away = away.again()
            packet = away.message(topic)
            packet.properties.message_expiry_interval = 100
            assert packet.properties == wanted
        away.close()


@statement("5.0", "MQTT-3.3.2-4")
def test_payload_format_0(port: int) -> None:
    """Is not the same as none: it is passed on."""
    topic = name()
    with Client(port) as client:
        client.subscribe(topic)
        for properties in (mq.Properties(payload_format_indicator=0), mq.Properties()):
            client.publish(topic, b"\xff", properties=properties)
            assert client.message(topic, payload=b"\xff").properties == properties


def test_many_user_properties(port: int) -> None:
    topic = name()
    pairs = [(f"name {at % 7}", f"value {at}") for at in range(2000)]
    with Client(port) as client:
        client.subscribe(topic)
        client.publish(topic, qos=1, properties=mq.Properties(user_properties=pairs))
        assert client.message(topic).properties.user_properties == pairs


@both
def test_payloads(port: int, version: int) -> None:
    """Any bytes, any number of them."""
    topic = name()
    with Client(port, version) as client:
        client.subscribe(topic)
        for payload in (b"", b"\0", bytes(range(256)), b"x" * 127, b"y" * 16384, b"z" * 300_000):
            for qos in range(3):
                client.publish(topic, payload, qos)
                client.message(topic, payload=payload, qos=qos)


# ---- Reason codes -------------------------------------------------------------------------------


@both
def test_no_subscribers(port: int, version: int) -> None:
    """0x10 in PUBACK and PUBREC: 3.4.2.1; 3.1.1 has no codes."""
    topic, code = name(), 0x10 if version == 5 else 0
    with Client(port, version) as client, Client(port, version) as other:
        for qos in (1, 2):
            assert client.publish(topic, qos=qos) == code
            assert client.publish(topic, b"kept", qos=qos, retain=True) == code
        other.subscribe(f"{topic}/+")
        for qos in (1, 2):
            assert client.publish(topic, qos=qos) == code
            assert client.publish(f"{topic}/a", qos=qos) == 0
        other.unsubscribe(f"{topic}/+")
        assert client.publish(f"{topic}/a", qos=1) == code
        other.close()


@both
def test_a_subscriber_who_is_away(port: int, version: int) -> None:
    """Is one, whether the message waits for him or, of QoS 0, does not."""
    topic = name()
    with Client(port, version) as client:
        away = Client(port, version, **lasting(version))
        away.subscribe(topic, mq.Subscription(topic_filter=f"{topic}/0", qos=0))
        away.disconnect()
        assert client.publish(topic, qos=1) == 0
        assert client.publish(f"{topic}/0", qos=1) == 0


# ---- Topic aliases of clients -------------------------------------------------------------------


def aliased(alias: int, topic: str = "", **fields: Any) -> mq.Publish:
    return mq.Publish(topic=topic, properties=mq.Properties(topic_alias=alias), **fields)


@statement("5.0", "MQTT-3.3.2-12", "MQTT-3.2.2-17")
def test_aliases(port: int) -> None:
    """All from 1 up to the maximum that CONNACK told, at each QoS; each can be given to another
    topic.  The subscriber sees the topic."""
    topic = name()
    with Client(port) as client, Client(port) as subscriber:
        subscriber.subscribe(f"{topic}/#")
        assert client.connack
        most = client.connack.properties.topic_alias_maximum
        assert most and most >= 10
        for turn in range(2):
            for alias in range(1, most + 1):
                client.send(aliased(alias, f"{topic}/{alias + turn}"))
                subscriber.message(f"{topic}/{alias + turn}")
        for alias in range(most, 0, -1):
            client.send(aliased(alias, qos=1, packet_id=1), aliased(alias, qos=2, packet_id=2))
            client.take(mq.Puback, packet_id=1, reason_code=0)
            client.take(mq.Pubrec, packet_id=2, reason_code=0)
            client.send(mq.Pubrel(packet_id=2))
            client.take(mq.Pubcomp)
            for qos in (1, 2):
                packet = subscriber.message(f"{topic}/{alias + 1}", qos=qos)
                assert packet.properties.topic_alias is None


@pytest.mark.parametrize("qos", range(3))
@statement("5.0", "MQTT-3.3.2-9", "MQTT-3.2.2-17")
def test_an_alias_out_of_range(port: int, qos: int) -> None:
    """0, or above the maximum: DISCONNECT 0x94, and nobody gets the message."""
    topic = name()
    with Client(port) as subscriber:
        subscriber.subscribe(topic)
        for alias in (0, 11, 65535):
            with Client(port) as client:
                assert client.connack and client.connack.properties.topic_alias_maximum == 10
                body = b"%c%s" % (len(topic) >> 8, bytes([len(topic)])) + topic.encode()
                body += b"\0\1" * bool(qos) + b"\3\x23" + alias.to_bytes(2, "big")
                refused(client, bytes([0x30 | qos << 1, len(body)]) + body, 0x94)
        subscriber.nothing()


@statement("5.0", "MQTT-3.3.2-7")
def test_an_alias_that_stands_for_nothing(port: int) -> None:
    """Is a protocol error, though it stood for something on an earlier connection: 3.3.4."""
    with Client(port) as client:
        refused(client, aliased(3), 0x82)
    client = Client(port, **lasting(5))
    client.send(aliased(3, name()))
    client.sync()
    client = client.again()
    refused(client, aliased(3), 0x82)


def test_no_topic_and_no_alias(port: int) -> None:
    """3.3.2.1: a protocol error."""
    with Client(port) as client:
        refused(client, bytes.fromhex("3003 0000 00"), 0x82)


@statement("5.0", "MQTT-3.2.2-18", "MQTT-3.2.2-17")
def test_no_aliases_at_all(tmp_path: Path) -> None:
    """Where CONNACK has no maximum, or 0, each is too many."""
    config = "max_topic_alias 0\nallow_anonymous true"
    with Broker(tmp_path, config) as broker, Client(broker.port) as client:
        assert client.connack and not client.connack.properties.topic_alias_maximum
        refused(client, aliased(1, "a"), 0x94)


# ---- Topic aliases of the broker ----------------------------------------------------------------


def expanded(known: dict[int, str], packet: mq.Publish) -> str:
    """The packet's topic, whether it has it or an alias of it."""
    alias = packet.properties.topic_alias
    if alias is not None and packet.topic:
        known[alias] = packet.topic
    return packet.topic or known[alias or 0]


@pytest.mark.parametrize("most", [1, 2, 5, 65535])
@statement("5.0", "MQTT-3.1.2-26", "MQTT-3.3.2-11", "MQTT-3.3.2-7")
def test_the_brokers_aliases(port: int, most: int) -> None:
    """Within the client's maximum, each bound before it is used, on this connection."""
    topic = name()
    topics = [f"{topic}/{at}/which/is/long/enough" for at in range(20)]
    with Client(port) as publisher:
        subscriber = Client(port, **lasting(5, topic_alias_maximum=most))
        subscriber.subscribe(f"{topic}/#")
        for _ in range(2):
            known: dict[int, str] = {}
            bare = 0
            for at in [*range(20), 0, 0, 0, *range(20), 7, 7, 7]:
                publisher.publish(topics[at], b"%d" % at, 1)
                packet = subscriber.take(mq.Publish, payload=b"%d" % at)
                assert (packet.properties.topic_alias or 0) <= most
                assert expanded(known, packet) == topics[at]
                bare += not packet.topic
                subscriber.settle(packet)
            assert bare >= 4  # they are of use: the same topic three times and more
            subscriber = subscriber.again(topic_alias_maximum=most)
        subscriber.close()


@statement("5.0", "MQTT-3.1.2-27")
def test_no_aliases_for_who_takes_none(port: int) -> None:
    topic = name()
    for properties in (mq.Properties(), mq.Properties(topic_alias_maximum=0)):
        with Client(port, properties=properties) as client:
            client.subscribe(topic)
            for _ in range(5):
                client.publish(topic, qos=1)
                assert client.message(topic).properties.topic_alias is None


@statement("5.0", "MQTT-3.1.2-24", "MQTT-3.1.2-25", "MQTT-3.1.2-26")
def test_aliases_and_sizes(port: int) -> None:
    """A message that fits as it is fits, whether or not an alias would make it longer."""
    topic = name() + "/and/so/on"
    properties = mq.Properties(maximum_packet_size=100, topic_alias_maximum=4)
    with Client(port) as publisher, Client(port, properties=properties) as client:
        client.subscribe(topic)
        known: dict[int, str] = {}
        for payload in [100 - 2 - 2 - len(topic) - 1 - less for less in (0, 1, 2, 3, 0, 5)]:
            publisher.publish(topic, b"x" * payload)
            packet = client.take(mq.Publish, payload=b"x" * payload)
            assert expanded(known, packet) == topic


# ---- Message expiry -----------------------------------------------------------------------------


def expiring(seconds: int) -> mq.Properties:
    return mq.Properties(message_expiry_interval=seconds)


@statement("5.0", "MQTT-3.3.2-6", "MQTT-3.3.2-5")
def test_expiry(port: int) -> None:
    """What waited too long is not sent; the others have what is left of their time."""
    topic = name()
    with Client(port) as publisher:
        away = Client(port, **lasting(5))
        away.subscribe(f"{topic}/+", topic)
        away.disconnect()
        publisher.publish(topic, b"short", 1, properties=expiring(1))
        publisher.publish(topic, b"short", 2, properties=expiring(1))
        publisher.publish(topic, b"long", 1, properties=expiring(100))
        publisher.publish(topic, b"longest", 1, properties=expiring(0xFFFFFFFF))
        publisher.publish(topic, b"ever", 2)
        publisher.publish(f"{topic}/r", b"short", 1, retain=True, properties=expiring(1))
        publisher.publish(f"{topic}/s", b"long", 1, retain=True, properties=expiring(100))
        time.sleep(1.3)
        away = away.again()
        left = {}
        for payload in (b"long", b"longest", b"ever", b"long"):
            packet = away.take(mq.Publish, payload=payload)
            away.settle(packet)
            left[packet.topic, payload] = packet.properties.message_expiry_interval
        assert left[topic, b"long"] in (98, 99)
        assert left[topic, b"longest"] in (0xFFFFFFFD, 0xFFFFFFFE)
        assert left[topic, b"ever"] is None
        away.nothing()
        away.subscribe(f"{topic}/+")  # of the retained ones, one is left
        packet = away.message(f"{topic}/s", retain=True, payload=b"long")
        assert packet.properties.message_expiry_interval in (98, 99)
        away.nothing()
        away.close()


@statement("5.0", "MQTT-4.3.3-7", "MQTT-4.3.3-13")
def test_expiry_does_not_end_what_was_begun(port: int) -> None:
    """A message that was sent once is sent again; the exchange of QoS 2 is finished."""
    topic = name()
    with Client(port) as publisher:
        subscriber = Client(port, **lasting(5))
        subscriber.subscribe(topic)
        opened = []
        for qos in (1, 2, 2):
            publisher.publish(topic, b"%d" % qos, qos, properties=expiring(1))
            opened.append(subscriber.take(mq.Publish, qos=qos))
        subscriber.send(mq.Pubrec(packet_id=number(opened[2])))
        subscriber.take(mq.Pubrel)
        publisher.send(mq.Publish(topic=topic, qos=2, packet_id=900, properties=expiring(1)))
        publisher.take(mq.Pubrec, packet_id=900)
        subscriber.take(mq.Publish)
        time.sleep(1.1)
        publisher.send(mq.Publish(topic=topic, qos=2, packet_id=900, dup=True))
        publisher.take(mq.Pubrec, packet_id=900, reason_code=0)
        publisher.send(mq.Pubrel(packet_id=900))
        publisher.take(mq.Pubcomp, packet_id=900, reason_code=0)
        subscriber = subscriber.again()
        for packet in opened[:2]:
            again = subscriber.take(mq.Publish, packet_id=packet.packet_id, dup=True)
            assert again.payload == packet.payload
        subscriber.take(mq.Pubrel, packet_id=opened[2].packet_id)
        subscriber.close()


def test_expired_messages_take_no_room(tmp_path: Path) -> None:
    """[MQTT-3.3.2-5]: they are deleted, and not when it comes to them."""
    config = "allow_anonymous true\nmax_queued_messages 5\nmax_inflight_messages 1"
    with Broker(tmp_path, config) as broker, Client(broker.port) as publisher:
        away = Client(broker.port, **lasting(5))
        away.subscribe("a")
        away.disconnect()
        publisher.publish("a", b"first", 1)
        for _ in range(10):
            publisher.publish("a", b"short", 1, properties=expiring(1))
        time.sleep(1.1)
        for at in range(4):
            publisher.publish("a", b"%d" % at, 1)
        away = away.again()
        for payload in (b"first", b"0", b"1", b"2", b"3"):
            away.message("a", payload=payload)
        away.nothing()
        away.close()


@both
@statement("3.1.1", "MQTT-3.3.2-2", "MQTT-4.7.1-1", "5.0", "MQTT-3.3.2-2", "MQTT-4.7.0-1")
def test_wildcards(port: int, version: int) -> None:
    """Are not for topic names."""
    with Client(port, version) as subscriber:
        subscriber.subscribe("#")
        subscriber.sync()
        subscriber.packets.clear()
        for topic in (b"#", b"a/#", b"+", b"a/+/b", b"a+", b"#a"):
            with Client(port, version) as client:
                body = b"\0" + bytes([len(topic)]) + topic + b"\0" * (version == 5)
                client.send(b"\x30" + bytes([len(body)]) + body)
                if version == 5:
                    assert client.take(mq.Disconnect).reason_code in (0x81, 0x82, 0x90)
                client.ended()
        subscriber.nothing()


@statement("5.0", "MQTT-3.3.2-14")
def test_wildcards_in_a_response_topic(port: int) -> None:
    with Client(port) as client:
        client.send(bytes.fromhex("300a 000161 06 08 0003 612f23"))
        assert client.take(mq.Disconnect).reason_code in (0x81, 0x82)
        client.ended()


def test_a_subscription_identifier_from_a_client(port: int) -> None:
    """3.3.4: a PUBLISH from a client has none."""
    with Client(port) as client:
        refused(client, bytes.fromhex("3006 000161 02 0b01"), 0x82)
