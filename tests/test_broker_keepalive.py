# SPDX-License-Identifier: MIT
"""Keep alive, PINGREQ, and how long a CONNECT may take: 3.1.2.10, 3.12, 3.2.2.3.14 of 5.0."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import mqttwire as mq
import pytest
from broker import WAIT, Broker, needs_broker
from broker_client import Client
from statements import VERSIONS, statement

pytestmark = needs_broker


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with Broker(tmp_path_factory.mktemp("broker")) as broker:
        yield broker.port


@statement("MQTT-3.12.4-1")
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("keep_alive", [0, 1, 65535])
def test_pings_are_answered(port: int, version: int, keep_alive: int) -> None:
    with Client(port, version, keep_alive=keep_alive) as client:
        for times in (1, 2, 50):
            client.send(*[mq.Pingreq()] * times)
            for _ in range(times):
                client.take(mq.Pingresp)
        client.nothing()


@statement("3.1.1", "MQTT-3.1.2-24", "MQTT-3.1.2-8")
@statement("5.0", "MQTT-3.1.2-22", "MQTT-3.2.2-22", "MQTT-3.1.2-8")
def test_silence(port: int) -> None:
    """One and a half times as long.  Any packet of the client's counts, also one that gets no
    answer; what the broker sends does not; nor does the beginning of a packet."""
    with Client(port) as watcher:
        watcher.subscribe("silence/#")
        silent = {}
        begun = time.monotonic()
        for version in VERSIONS:
            will = mq.Will(topic=f"silence/{version}", payload=b"")
            client = Client(port, version, keep_alive=1, will=will)
            client.subscribe("silence/noise")
            silent[version] = client
        half = Client(port, keep_alive=1)
        asked = [(version, seconds) for version in VERSIONS for seconds in (0, 1)]
        others = [Client(port, version, keep_alive=seconds) for version, seconds in asked]
        half.socket.sendall(b"\x30")
        for _ in range(2):
            time.sleep(0.5)
            for each in others:
                each.send(mq.Publish(topic="silence/noise", payload=b""))
        for version, client in silent.items():
            for _ in range(8):
                client.take(mq.Publish, topic="silence/noise")
            client.refused(mq.Reason.KEEP_ALIVE_TIMEOUT)
            assert 1.5 <= time.monotonic() - begun < 4, version
        half.refused(mq.Reason.KEEP_ALIVE_TIMEOUT)
        topics = {watcher.take(mq.Publish).topic for _ in range(10)}
        assert topics == {"silence/noise", "silence/4", "silence/5"}
        for each in others:
            each.nothing()
            each.close()


@pytest.mark.parametrize("version", VERSIONS)
@statement("5.0", "MQTT-3.2.2-22")
def test_the_broker_has_a_longest_keep_alive(tmp_path: Path, version: int) -> None:
    with Broker(tmp_path, "allow_anonymous true\nmax_keepalive 10") as broker:
        for asked, told in ((0, 10), (1, None), (10, None), (11, 10), (65535, 10)):
            with Client(broker.port, version, keep_alive=asked) as client:
                assert client.connack
                given = client.connack.properties.server_keep_alive
                assert given == (told if version == 5 else None), asked


def test_connect_takes_too_long(tmp_path: Path) -> None:
    """Nothing comes, or half of it."""
    with Broker(tmp_path, "allow_anonymous true\nconnect_timeout 1") as broker:
        begun = time.monotonic()
        ends = [socket.create_connection(("127.0.0.1", broker.port), WAIT) for _ in range(3)]
        ends[1].sendall(bytes.fromhex("100c00044d515454"))
        ends[2].sendall(bytes.fromhex("10"))
        with Client(broker.port) as online:
            for end in ends:
                assert end.recv(1) == b""
                end.close()
            assert 1 <= time.monotonic() - begun < 4
            online.nothing()
