# SPDX-License-Identifier: MIT
"""Reason strings, who gets them, and packets that are too large: 3.1.2.11 of 5.0."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Callable

import mqttwire as mq
import pytest
from broker import Broker, needs_broker
from broker_client import Client, number
from statements import VERSIONS, statement

pytestmark = needs_broker

LIMIT = 2000  # bytes of a packet


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """All may read and write what is not below no/."""
    folder = tmp_path_factory.mktemp("broker")
    (folder / "acl").write_text("topic deny no/#\ntopic readwrite #\n")
    config = f"allow_anonymous true\nacl_file {folder / 'acl'}\nmax_packet_size {LIMIT}"
    with Broker(folder, config) as broker:
        yield broker.port


Step = Callable[[Client], Any]


def puback(client: Client) -> Any:
    client.send(mq.Publish(topic="no/a", qos=1, packet_id=1))
    return client.take(mq.Puback, reason_code=mq.Reason.NOT_AUTHORIZED)


def pubrec(client: Client) -> Any:
    client.send(mq.Publish(topic="no/a", qos=2, packet_id=1))
    return client.take(mq.Pubrec, reason_code=mq.Reason.NOT_AUTHORIZED)


def pubcomp(client: Client) -> Any:
    client.send(mq.Pubrel(packet_id=7))
    return client.take(mq.Pubcomp, reason_code=mq.Reason.PACKET_IDENTIFIER_NOT_FOUND)


def suback(client: Client) -> Any:
    packet = client.subscribe("a", "no/a", "a" + "/" * 100)
    assert packet.reason_codes == [2, mq.Reason.NOT_AUTHORIZED, mq.Reason.TOPIC_FILTER_INVALID]
    return packet


def disconnect(client: Client) -> Any:
    client.send(mq.Connect(client_id="again"))
    packet = client.take(mq.Disconnect, reason_code=mq.Reason.PROTOCOL_ERROR)
    client.ended()
    return packet


STEPS = [puback, pubrec, pubcomp, suback, disconnect]
steps = pytest.mark.parametrize("step", STEPS)


@steps
def test_a_reason_is_told(port: int, step: Step) -> None:
    with Client(port) as client:
        assert step(client).properties.reason_string


@statement("5.0", "MQTT-3.1.2-29")
@steps
def test_a_reason_is_not_wanted(port: int, step: Step) -> None:
    """Then it may stand in CONNACK and DISCONNECT alone; the rules that judge know."""
    with Client(port, properties=mq.Properties(request_problem_information=0)) as client:
        packet = step(client)
        assert step is disconnect or packet.properties.reason_string is None


@statement("5.0", "MQTT-3.1.2-24", "MQTT-3.4.2-2", "MQTT-3.5.2-2", "MQTT-3.7.2-2", "MQTT-3.9.2-1")
@statement("5.0", "MQTT-3.14.2-3")
@steps
def test_a_reason_has_no_room(port: int, step: Step) -> None:
    with Client(port, properties=mq.Properties(maximum_packet_size=25)) as client:
        assert step(client).properties.reason_string is None


@statement("5.0", "MQTT-3.2.2-19")
def test_a_reason_has_no_room_in_connack(port: int) -> None:
    will = mq.Will(topic="no/a", payload=b"")
    refused = mq.Reason.NOT_AUTHORIZED
    with Client(port, expect=refused, will=will) as client:
        assert client.connack and client.connack.properties.reason_string
        client.ended()
    small = mq.Properties(maximum_packet_size=20)
    with Client(port, expect=refused, will=will, properties=small) as client:
        assert client.connack and client.connack.properties.reason_string is None
        client.ended()


@statement("5.0", "MQTT-4.3.3-9", "MQTT-4.4.0-2")
def test_what_is_refused_is_settled(port: int) -> None:
    """Its identifier is free: what comes with it then is another message."""
    with Client(port) as client, Client(port) as watcher:
        watcher.subscribe("settled")
        for step in (pubrec, pubrec, puback):
            step(client)
            client.send(mq.Publish(topic="settled", qos=2, packet_id=1))
            client.take(mq.Pubrec, packet_id=1, reason_code=0)
            client.send(mq.Pubrel(packet_id=1))
            client.take(mq.Pubcomp, packet_id=1, reason_code=0)
            watcher.message("settled")


@statement("3.1.1", "MQTT-3.3.5-2")
def test_a_reason_has_no_word_in_3_1_1(port: int) -> None:
    """What is not allowed is acknowledged, and goes nowhere."""
    with Client(port, 4) as client:
        assert client.subscribe("#", "no/a").reason_codes == [2, 0x80]
        for qos in (0, 1, 2):
            client.publish("no/a", b"", qos)
        client.nothing()


# ---- Too large for the broker --------------------------------------------------------------------


@statement("5.0", "MQTT-3.2.2-15")
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("whole", [True, False])
def test_too_large_for_the_broker(port: int, version: int, whole: bool) -> None:
    """The header says it."""
    with Client(port, version) as client:
        room = LIMIT - len(mq.Publish(topic="a").encode(version=version)) - 1
        client.publish("a", bytes(room), 0)
        client.sync()
        packet = mq.Publish(topic="a", payload=bytes(room + 1)).encode(version=version)
        client.socket.sendall(packet if whole else packet[:3])
        client.refused(mq.Reason.PACKET_TOO_LARGE)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("whole", [True, False])
def test_a_connect_that_is_too_large(port: int, version: int, whole: bool) -> None:
    with Client(port, version, greet=False) as client:
        packet = mq.Connect(client_id="a" * LIMIT, clean_start=True).encode(version=version)
        client.socket.sendall(packet if whole else packet[:20])
        client.rules.feed("client", mq.Connect(client_id="a").encode(version=version))
        if version == 5:
            client.take(mq.Connack, reason_code=mq.Reason.PACKET_TOO_LARGE)
        client.ended()


# ---- Too large for the client --------------------------------------------------------------------


@statement("5.0", "MQTT-3.1.2-24", "MQTT-3.1.2-25")
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_too_large_for_a_client(port: int, qos: int) -> None:
    """It is as if it had been delivered: others follow, and the quota is not used up."""
    limits = mq.Properties(maximum_packet_size=100, receive_maximum=1)
    with Client(port, properties=limits) as small, Client(port) as other:
        topic = f"large/{qos}"
        small.subscribe(topic)
        other.subscribe(mq.Subscription(topic_filter=topic, qos=0))
        head = len(mq.Publish(topic=topic, qos=qos, packet_id=1 if qos else None).encode(version=5))
        for size in (101, 100, 102, 1500, 99):
            other.publish(topic, bytes(size - head), qos)
        for _ in range(5):
            other.message(topic)
        for size in (100, 99):
            assert len(small.message(topic).payload) == size - head
        small.nothing()


def test_connack_of_the_largest_size(port: int) -> None:
    """Response information may be left out; what binds the client may not."""
    name = "x" * 50
    limits = mq.Properties(request_response_information=1)
    with Client(port, client_id=name, properties=limits) as client:
        assert client.connack and client.connack.properties.response_information
        size = len(client.connack.encode(version=5))
    for limit, told in ((size, True), (size - 1, False)):
        limits.maximum_packet_size = limit
        with Client(port, client_id=name, properties=limits) as client:
            assert client.connack
            assert bool(client.connack.properties.response_information) is told
            assert client.connack.properties.maximum_packet_size == LIMIT
            client.sync()
    limits.maximum_packet_size = 5
    with Client(port, greet=False) as client:
        client.send(mq.Connect(client_id=name, properties=limits))
        client.ended()


@statement("5.0", "MQTT-3.1.2-25")
def test_too_large_for_a_client_that_was_away(port: int) -> None:
    """Retained messages, and those that wait in the session."""
    size = mq.Properties(maximum_packet_size=100, session_expiry_interval=100)
    with Client(port, client_id="away", properties=size) as client:
        client.subscribe("away/#")
    with Client(port) as other:
        for length in (10, 200, 11):
            other.publish(f"away/{length}", bytes(length), 1, retain=True)
    with Client(port, client_id="away", properties=size, clean_start=False) as client:
        assert client.session_present
        assert [len(client.message(f"away/{length}").payload) for length in (10, 11)] == [10, 11]
        client.subscribe("+/200", "away/11")
        assert len(client.message("away/11").payload) == 11
        client.nothing()


def test_numbers_are_free_again(port: int) -> None:
    """What is too large takes no packet identifier from what follows."""
    limits = mq.Properties(maximum_packet_size=100, receive_maximum=2)
    with Client(port, properties=limits) as small, Client(port) as other:
        small.subscribe("free")
        for _ in range(30):
            other.publish("free", bytes(500), 1)
        other.publish("free", b"", 1)
        assert number(small.message("free")) > 0
