# SPDX-License-Identifier: MIT
"""CONNECT and CONNACK: who is let in, under which name, and what he is told of it.  3.1 and 3.2."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mqttwire as mq
import pytest
from broker import WAIT, Broker, greet, needs_broker
from broker_client import Client, both, lasting
from statements import statement

pytestmark = needs_broker


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with Broker(tmp_path_factory.mktemp("broker")) as broker:
        yield broker.port


def answer(port: int, sent: bytes) -> bytes:
    """All that the broker says before it closes."""
    with socket.create_connection(("127.0.0.1", port), WAIT) as connection:
        data = greet(connection, sent)
        try:
            while more := connection.recv(4096):
                data += more
        except ConnectionError:
            pass
        return data


def refused(port: int, version: int, code: int, **connect: Any) -> None:
    """CONNACK has this code, and then the connection ends."""
    connect.setdefault("clean_start", True)
    client = Client(port, version, expect=code, **connect)
    client.ended()


# ---- The first packet -------------------------------------------------------------------------


@statement("3.1.1", "MQTT-3.1.4-4", "MQTT-3.2.0-1", "MQTT-3.2.2-1")
@statement("5.0", "MQTT-3.1.4-5", "MQTT-3.2.0-1", "MQTT-3.2.0-2", "MQTT-3.2.2-2")
@both
def test_accepted(port: int, version: int) -> None:
    """The rules that the client judges by know of early, second and wrong CONNACKs."""
    with Client(port, version, keep_alive=60, username="user", password=b"pass") as client:
        assert not client.session_present
        client.nothing()


@statement("MQTT-3.1.0-1")
@pytest.mark.parametrize(
    "sent",
    [
        "300300016 1",  # PUBLISH
        "c000",
        "8206 0001 0001 61 00",
        "e000",
        "f000",
        "40020001",
        "2002 0000",
        "d000",
        "0000",
        "16 0301 0100",  # what a TLS client begins with
        "474554202f20485454502f312e310d0a0d0a",  # GET / HTTP/1.1
    ],
)
def test_something_else_first(port: int, sent: str) -> None:
    """Nobody knows which version: there is no answer, and no DISCONNECT before CONNACK."""
    assert answer(port, bytes.fromhex(sent.replace(" ", ""))) == b""


@statement("MQTT-3.1.0-2", "5.0", "MQTT-4.13.1-1", "3.1.1", "MQTT-4.8.0-1")
@both
def test_a_second_connect(port: int, version: int) -> None:
    with Client(port, version) as client:
        client.send(mq.Connect(client_id="again"))
        client.refused(mq.Reason.PROTOCOL_ERROR)


@statement("3.1.1", "MQTT-3.1.2-1", "MQTT-3.1.2-2", "5.0", "MQTT-3.1.2-1", "MQTT-3.1.2-2")
@pytest.mark.parametrize(
    ("name", "level", "told"),
    [
        ("MQTT", 1, "20020001"),
        ("MQTT", 3, "20020001"),
        ("MQTT", 6, "84"),
        ("MQTT", 0x80 | 5, "84"),
        ("MQTT", 0x80 | 3, "20020001"),
        ("MQTT", 0x80 | 4, "20020001"),
        ("MQIsdp", 4, ""),
        ("mqtt", 4, ""),
        ("HTTP", 5, ""),
        ("", 4, ""),
    ],
)
def test_another_protocol(port: int, name: str, level: int, told: str) -> None:
    """Older clients understand CONNACK of 3.1.1, newer ones that of 5.0, and mosquitto's bridges,
    which set the highest bit, that of the level below it.  Of what is another protocol altogether
    nothing is known."""
    body = len(name).to_bytes(2, "big") + name.encode() + bytes([level, 2, 0, 0, 0, 0])
    said = answer(port, bytes([0x10, len(body)]) + body)
    if told == "84":
        connack = mq.decode(said, version=5)
        assert isinstance(connack, mq.Connack) and connack.reason_code == 0x84
    else:
        assert said.hex() == told


@both
def test_mqtt_3_1_is_served_as_3_1_1(port: int, version: int) -> None:
    with socket.create_connection(("127.0.0.1", port), WAIT) as old, Client(port, version) as new:
        hello = "10 10 0006 4d5149736470 03 02 003c 0002 6f6c"
        assert greet(old, bytes.fromhex(hello)) == bytes.fromhex("20020000")
        old.sendall(bytes.fromhex("82 08 0001 0003 6f6c64 01"))
        assert old.recv(5, socket.MSG_WAITALL) == bytes.fromhex("9003000101")
        new.publish("old", b"x", 1)
        assert old.recv(10, socket.MSG_WAITALL) == bytes.fromhex("3208 0003 6f6c64 0001 78")
        old.sendall(bytes.fromhex("40020001 c000"))
        assert old.recv(2, socket.MSG_WAITALL) == bytes.fromhex("d000")


def test_both_in_one_turn(port: int, tmp_path: Path) -> None:
    """Two with one name at once, the first of whom leaves no room for CONNACK."""
    with Broker(tmp_path) as broker:
        tight = mq.Properties(maximum_packet_size=4, session_expiry_interval=10)
        will = mq.Will(topic="a", payload=b"")
        hello = mq.Connect(client_id="a", clean_start=True, properties=tight, will=will)
        ends = [socket.create_connection(("127.0.0.1", broker.port), WAIT) for _ in range(9)]
        with Client(broker.port) as watcher:
            watcher.subscribe("#")
            broker.send(signal.SIGSTOP)
            for end in ends:
                end.sendall(hello.encode(version=5))
            broker.send(signal.SIGCONT)
            for end in ends:
                assert end.recv(1) == b""
                end.close()
            watcher.nothing()  # what was not accepted has no will


# ---- Client identifiers -----------------------------------------------------------------------

LETTERS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


@statement("MQTT-3.1.3-5")
@pytest.mark.parametrize(
    "client_id", [LETTERS[:23], LETTERS[23:46], LETTERS[-23:], "a", "ÄÖ/+#$ !", "x" * 65535]
)
@both
def test_names_that_are_accepted(port: int, version: int, client_id: str) -> None:
    """The first ones must be; others may be."""
    with Client(port, version, client_id=client_id) as client:
        client.sync()


@statement("3.1.1", "MQTT-3.1.3-6")
def test_nameless_clients_of_3_1_1(port: int) -> None:
    """Each has a name of its own: none takes another's place."""
    with Client(port, 4, client_id="") as one, Client(port, 4, client_id="") as two:
        one.sync()
        two.sync()


@statement("5.0", "MQTT-3.1.3-6", "MQTT-3.1.3-7", "MQTT-3.2.2-16")
def test_a_name_is_assigned(port: int) -> None:
    with Client(port, client_id="", **lasting()) as one, Client(port, client_id="") as two:
        assert one.connack and two.connack
        name = one.connack.properties.assigned_client_identifier
        assert name and name != two.connack.properties.assigned_client_identifier
        one.sync()
        one.disconnect()
    with Client(port, client_id=name, **lasting()) as again:
        assert again.session_present and again.connack
        assert again.connack.properties.assigned_client_identifier is None


@statement("3.1.1", "MQTT-3.1.3-8", "MQTT-3.1.3-9", "MQTT-3.2.2-5")
def test_nameless_and_wants_its_session(port: int) -> None:
    assert answer(port, bytes.fromhex("100c00044d5154540400003c0000")) == b"\x20\x02\x00\x02"


@statement("3.1.1", "MQTT-3.1.3-9", "MQTT-3.2.2-5", "5.0", "MQTT-3.1.3-8", "MQTT-3.2.2-7")
def test_nameless_clients_are_refused(tmp_path: Path) -> None:
    with Broker(tmp_path, "allow_anonymous true\nallow_zero_length_clientid false") as broker:
        refused(broker.port, 4, 2, client_id="")
        refused(broker.port, 5, mq.Reason.CLIENT_IDENTIFIER_NOT_VALID, client_id="")
        Client(broker.port, 4, client_id="a").close()


# ---- Who may come in --------------------------------------------------------------------------


@statement("3.1.1", "MQTT-3.2.2-5", "MQTT-3.1.4-5")
@statement("5.0", "MQTT-3.1.4-2", "MQTT-3.2.2-7", "MQTT-3.1.4-6", "MQTT-4.13.2-1")
@both
def test_what_follows_a_refused_connect(tmp_path: Path, version: int) -> None:
    """It is ignored, and so is its will."""
    config = "allow_anonymous false"
    code = {4: 5, 5: mq.Reason.NOT_AUTHORIZED}[version]
    with Broker(tmp_path, config) as broker:
        client = Client(broker.port, version, greet=False)
        client.send(
            mq.Connect(client_id="a", will=mq.Will(topic="a", payload=b"x"), clean_start=True),
            mq.Connect(client_id="a"),
            mq.Publish(topic="a", payload=b"x", retain=True),
            mq.Subscribe(packet_id=1, subscriptions=[mq.Subscription(topic_filter="#")]),
            mq.Pingreq(),
        )
        assert client.take(mq.Connack).reason_code == code
        client.ended()


# ---- What CONNACK tells --------------------------------------------------------------------------


def told(port: int, **properties: Any) -> mq.Properties:
    """The properties of CONNACK."""
    with Client(port, properties=mq.Properties(**properties)) as client:
        assert client.connack
        return client.connack.properties


@statement("5.0", "MQTT-3.1.2-28")
def test_response_information(port: int) -> None:
    """A place of its own for those who ask."""
    assert told(port).response_information is None
    assert told(port, request_response_information=0).response_information is None
    first = told(port, request_response_information=1).response_information
    assert first and first != told(port, request_response_information=1).response_information


def test_features_that_are_there(port: int) -> None:
    """What CONNACK does not deny, and what it limits."""
    properties = told(port)
    for name in (
        "maximum_qos",
        "retain_available",
        "wildcard_subscription_available",
        "subscription_identifier_available",
        "shared_subscription_available",
        "server_keep_alive",
        "server_reference",
        "session_expiry_interval",
        "assigned_client_identifier",
        "authentication_method",
    ):
        assert getattr(properties, name) is None, name
    assert properties.receive_maximum == 20
    assert properties.maximum_packet_size == 1048576
    assert properties.topic_alias_maximum == 10


def test_properties_of_connect(port: int) -> None:
    with Client(
        port,
        properties=mq.Properties(
            session_expiry_interval=0,
            receive_maximum=1,
            maximum_packet_size=1000,
            topic_alias_maximum=3,
            request_response_information=0,
            request_problem_information=1,
            user_properties=[("a", "b"), ("a", "b"), ("", "")],
        ),
    ) as client:
        client.nothing()


@statement("5.0", "MQTT-3.2.2-9", "MQTT-3.2.2-10", "MQTT-3.2.2-11", "MQTT-3.2.2-12")
def test_maximum_qos(tmp_path: Path) -> None:
    will = mq.Will(topic="a", payload=b"", qos=2)
    with Broker(tmp_path, "allow_anonymous true\nmax_qos 1") as broker:
        refused(broker.port, 5, mq.Reason.QOS_NOT_SUPPORTED, will=will)
        with Client(broker.port) as client:
            assert client.connack and client.connack.properties.maximum_qos == 1
            filters = [mq.Subscription(topic_filter=f"a/{qos}", qos=qos) for qos in (0, 1, 2)]
            assert client.subscribe(*filters).reason_codes == [0, 1, 1]
            client.publish("a/2", b"", 1)
            assert client.message("a/2").qos == 1
            client.send(mq.Publish(topic="a", payload=b"", qos=2, packet_id=1))
            client.refused(mq.Reason.QOS_NOT_SUPPORTED)
        with Client(broker.port, 4) as client:
            assert client.subscribe("a").reason_codes == [1]


@statement("5.0", "MQTT-3.2.2-13", "MQTT-3.2.2-14")
def test_no_retained_messages(tmp_path: Path) -> None:
    will = mq.Will(topic="a", payload=b"", retain=True)
    with Broker(tmp_path, "allow_anonymous true\nretain_available false") as broker:
        refused(broker.port, 5, mq.Reason.RETAIN_NOT_SUPPORTED, will=will)
        with Client(broker.port) as client:
            assert client.connack and client.connack.properties.retain_available == 0
            client.publish("a", b"", 1)
            client.send(mq.Publish(topic="a", payload=b"", retain=True))
            client.refused(mq.Reason.RETAIN_NOT_SUPPORTED)


@statement("3.1.1", "MQTT-3.2.2-6")
def test_what_3_1_1_has_no_code_for(tmp_path: Path) -> None:
    will = mq.Will(topic="a", payload=b"", qos=2)
    with Broker(tmp_path, "allow_anonymous true\nmax_qos 1") as broker:
        hello = mq.Connect(client_id="a", will=will, clean_start=True).encode(version=4)
        assert answer(broker.port, hello) == b""


# ---- Several packets at once ---------------------------------------------------------------------


@both
def test_packets_right_behind_connect(port: int, version: int) -> None:
    """A client need not wait for CONNACK (3.1.4)."""
    with Client(port, version, greet=False) as client:
        client.send(
            mq.Connect(client_id="", clean_start=True),
            mq.Subscribe(packet_id=1, subscriptions=[mq.Subscription(topic_filter="behind")]),
            mq.Publish(topic="behind", payload=b"x"),
            mq.Pingreq(),
            mq.Disconnect(),
        )
        client.take(mq.Connack, reason_code=0)
        client.take(mq.Suback, packet_id=1)
        client.take(mq.Publish, payload=b"x")
        client.take(mq.Pingresp)
        client.ended()
