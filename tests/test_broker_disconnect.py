# SPDX-License-Identifier: MIT
"""DISCONNECT, from the client and from the broker: 3.14, 4.13.  What becomes of wills and
sessions is in test_broker_wills.py and test_broker_sessions.py."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import mqttwire as mq
import pytest
from broker import WAIT, Broker, needs_broker
from broker_client import Client, both, lasting
from statements import statement

pytestmark = needs_broker


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with Broker(tmp_path_factory.mktemp("broker")) as broker:
        yield broker.port


@statement("3.1.1", "MQTT-3.14.4-1", "MQTT-3.14.4-2", "5.0", "MQTT-3.14.4-1", "MQTT-3.14.4-2")
@both
def test_nothing_follows(port: int, version: int) -> None:
    """The broker says nothing, closes if the client does not, and takes no more packets."""
    with Client(port) as watcher:
        watcher.subscribe("follows")
        with Client(port, version) as client:
            publish = mq.Publish(topic="follows", qos=1, packet_id=1)
            client.send(mq.Disconnect())
            client.socket.sendall(publish.encode(version=version))
            client.ended()
        with Client(port, version) as client:
            both_at_once = mq.Disconnect(version=version), publish
            client.socket.sendall(b"".join(p.encode(version=version) for p in both_at_once))
            client.ended()
        watcher.nothing()


@statement("5.0", "MQTT-3.14.4-1")
@pytest.mark.parametrize(
    "code", [0, 4, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99]
)
def test_codes_of_clients(port: int, code: int) -> None:
    properties = mq.Properties(reason_string="why", user_properties=[("a", "b")])
    with Client(port) as client:
        client.disconnect(reason_code=code, properties=properties)
    with Client(port) as client:
        client.disconnect(reason_code=code)


@statement("5.0", "MQTT-3.14.0-1", "MQTT-3.14.4-1", "MQTT-3.14.4-2", "MQTT-4.13.2-1")
@statement("3.1.1", "MQTT-4.8.0-1")
@both
def test_the_broker_ends(tmp_path: Path, version: int) -> None:
    """It tells those who are connected, as far as their version lets it, and nobody else."""
    with Broker(tmp_path) as broker:
        client = Client(broker.port, version)
        early = Client(broker.port, version, greet=False)
        broker.send(signal.SIGTERM)
        client.refused(mq.Reason.SERVER_SHUTTING_DOWN)
        early.ended()
        assert broker.process and broker.process.wait(WAIT) == 0  # a second signal kills it


@both
def test_what_was_written_goes_out_first(port: int, version: int) -> None:
    """Answers to what came before the fault."""
    with Client(port, version, **lasting(version)) as client:
        good = mq.Publish(topic="first", qos=1, packet_id=1).encode(version=version)
        client.send(good + bytes.fromhex("ff00") + good)
        client.take(mq.Puback, packet_id=1)
        client.refused(mq.Reason.MALFORMED_PACKET)


@both
def test_a_client_that_does_not_close(port: int, version: int) -> None:
    """It may go on to send for as long as it likes."""
    with Client(port, version) as client:
        client.send(bytes.fromhex("ff00"))
        if version == 5:
            client.take(mq.Disconnect)
        try:
            for _ in range(100):
                client.socket.sendall(bytes(65536))
        except OSError:
            pass
    with Client(port, version) as client:
        client.nothing()
