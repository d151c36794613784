# SPDX-License-Identifier: MIT
"""Topic names and filters: section 4.7, with the project's vectors on topics, over the wire."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import mqttwire as mq
import pytest
from broker import Broker, needs_broker
from broker_client import Client, both, name
from statements import statement
from test_vectors import Vector, vectors
from test_vectors_topics import text_of

pytestmark = needs_broker


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    config = "allow_anonymous true\nmax_topic_levels 0\nsys_interval 0"
    with Broker(tmp_path_factory.mktemp("broker"), config) as broker:
        yield broker.port


def raw(text: str | bytes) -> bytes:
    data = text.encode() if isinstance(text, str) else text
    return len(data).to_bytes(2, "big") + data


def packet(head: int, version: int, before: bytes, after: bytes) -> bytes:
    """With empty properties between the two."""
    body = before + b"\0" * (version == 5) + after
    size, left = b"", len(body)
    while True:
        left, low = divmod(left, 128)
        size += bytes([low | 0x80 * bool(left)])
        if not left:
            return bytes([head]) + size + body


def publish(topic: str | bytes, version: int, payload: bytes = b"") -> bytes:
    return packet(0x30, version, raw(topic), payload)


def subscribe(topic_filter: str | bytes, version: int) -> bytes:
    return packet(0x82, version, b"\0\1", raw(topic_filter) + b"\0")


def of(check: str, version: int, *results: str) -> list[Vector]:
    """Without what is the broker's own."""
    return [
        vector
        for vector in vectors("topics")
        if (vector["check"], vector["version"]) == (check, version)
        and (not results or vector["result"] in results)
        and not str(text_of(vector.get("topic_name", ""))).startswith("$SYS")
    ]


@both
@statement(
    "MQTT-3.3.2-3", "MQTT-4.7.2-1", "MQTT-4.7.3-4", "3.1.1", "MQTT-4.7.1-3", "5.0", "MQTT-4.7.1-2"
)  # fmt: skip
def test_match(port: int, version: int) -> None:
    """Each pair of the vectors: the message comes if it fits, live and, but for a shared
    subscription, retained."""
    pairs = of("match", version)
    assert len(pairs) > 50
    with Client(port, version) as publisher, Client(port, version) as subscriber:
        for vector in pairs:
            topic, fits = text_of(vector["topic_name"]), vector["result"] == "accept"
            shared = version == 5 and str(vector["topic_filter"]).startswith("$share/")
            for retain in (False,) if shared else (False, True):
                packets = [subscribe(text_of(vector["topic_filter"]), version)]
                packets.append(publish(topic, version, b"x"))
                if retain:
                    packets[1] = b"\x31" + packets[1][1:]
                    packets.reverse()
                for each in packets:
                    client = subscriber if each[0] == 0x82 else publisher
                    client.send(each)
                    client.sync()
                subscriber.sync()
                subscriber.meanwhile(mq.Suback)
                assert len(subscriber.packets) == fits, vector
                if fits:
                    found = subscriber.take(mq.Publish, payload=b"x", retain=retain)
                    assert raw(found.topic) == raw(topic), vector
                unsubscribe = packet(0xA2, version, b"\0\2", raw(text_of(vector["topic_filter"])))
                subscriber.send(unsubscribe)
                subscriber.take(mq.Unsuback)
                if retain:
                    publisher.send(b"\x31" + publish(topic, version)[1:])
                    publisher.sync()


@both
@statement("3.1.1", "MQTT-4.7.3-1", "MQTT-4.7.3-2", "5.0", "MQTT-4.7.3-1", "MQTT-4.7.3-2")
def test_good_names(port: int, version: int) -> None:
    """Come as they are to a subscriber of exactly this topic."""
    with Client(port, version) as client:
        for vector in of("name", version, "accept"):
            topic = text_of(vector["topic_name"])
            topic_filter = topic
            if version == 5 and isinstance(topic, str) and topic.startswith("$share/"):
                topic_filter = f"$share/g/{topic}"
            client.send(subscribe(topic_filter, version), publish(topic, version))
            client.take(mq.Suback)
            assert raw(client.take(mq.Publish).topic) == raw(topic), vector


@both
@pytest.mark.parametrize("check", ["name", "filter"])
@statement(
    "3.1.1", "MQTT-4.7.3-1", "MQTT-4.7.3-2", "MQTT-4.7.1-1", "MQTT-4.7.1-2", "MQTT-4.7.1-3",
    "5.0", "MQTT-4.7.3-1", "MQTT-4.7.3-2", "MQTT-4.7.0-1", "MQTT-4.7.1-1", "MQTT-4.7.1-2",
    "MQTT-4.8.2-1", "MQTT-4.8.2-2",
)  # fmt: skip
def test_bad_ones(port: int, version: int, check: str) -> None:
    """End the connection, with one of the reason codes of the vector."""
    bad = of(check, version, "reject")
    assert len(bad) > 10
    for vector in bad:
        text = text_of(vector["topic_name" if check == "name" else "topic_filter"])
        if len(text.encode() if isinstance(text, str) else text) > 65535:
            continue  # no packet has it
        with Client(port, version) as client:
            if check == "name":
                client.send(publish(text, version))
            else:
                client.send(subscribe(text, version))
            if version == 5:
                code = client.take(mq.Disconnect).reason_code
                assert code in vector["error"]["reason_codes"], vector
            client.ended()


@both
@statement("3.1.1", "MQTT-4.7.1-2", "MQTT-4.7.1-3", "5.0", "MQTT-4.7.1-1", "MQTT-4.7.1-2")
def test_good_filters(port: int, version: int) -> None:
    with Client(port, version) as client:
        for vector in of("filter", version, "accept"):
            text = text_of(vector["topic_filter"])
            client.send(subscribe(text, version))
            assert client.meanwhile(mq.Suback).reason_codes == [0], vector
            client.send(packet(0xA2, version, b"\0\2", raw(text)))
            assert client.meanwhile(mq.Unsuback).reason_codes == [0] * (version == 5), vector


@both
@statement("MQTT-4.7.2-1")
def test_dollar(port: int, version: int) -> None:
    """Topics that begin with $ are for filters that begin with it; others may use them among
    themselves."""
    topic = name()
    filters: dict[str, list[str]] = {
        "#": ["x/a"],
        "+/a": ["x/a"],
        f"$x{topic}/#": [f"$x{topic}/a"],
        f"$x{topic}/+": [f"$x{topic}/a"],
    }
    for topic_filter, found in filters.items():
        with Client(port, version) as client:
            client.subscribe(topic_filter)
            for each in (f"$x{topic}/a", "x/a"):
                client.publish(each, qos=1)
            client.sync()
            seen: list[Any] = [
                each.topic for each in client.packets if isinstance(each, mq.Publish)
            ]
            assert seen == found, topic_filter
