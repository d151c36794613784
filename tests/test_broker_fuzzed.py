# SPDX-License-Identifier: MIT
"""What fuzz/targets/broker.c has found in the broker, and what was found on the way."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import mqttwire as mq
import pytest
from broker import Broker, greet, needs_broker
from broker_client import Client

pytestmark = needs_broker


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path) as running:
        yield running


def test_refusal_in_3_1(tmp_path: Path) -> None:
    """It has the return codes of 3.1.1."""
    with Broker(tmp_path, "allow_anonymous false") as broker, socket.socket() as end:
        end.connect(("127.0.0.1", broker.port))
        hello = mq.Connect(client_id="a", clean_start=True, version=3)
        assert greet(end, hello.encode(allow=mq.Allow.MQTT_3_1)).hex() == "20020005"


def test_connack_that_the_client_does_not_take(broker: Broker) -> None:
    """The client is left; another with its name, which comes at the same time, has the session."""
    hello = mq.Connect(client_id="a", clean_start=True)
    small = hello.replace(properties=mq.Properties(maximum_packet_size=1))
    with Client(broker.port, greet=False) as first, Client(broker.port, greet=False) as second:
        broker.send(signal.SIGSTOP)
        first.send(small)
        second.send(hello)
        broker.send(signal.SIGCONT)
        assert second.take(mq.Connack).reason_code == 0
        first.ended()
        second.subscribe("t")
        second.publish("t", b"1", qos=1)
        second.message("t", payload=b"1")


def test_names_in_3_1(broker: Broker) -> None:
    """Its clients are told apart."""
    with socket.socket() as one, socket.socket() as two:
        for end, client_id in ((one, "one"), (two, "two")):
            end.connect(("127.0.0.1", broker.port))
            hello = mq.Connect(client_id=client_id, clean_start=True, version=3)
            assert greet(end, hello.encode(allow=mq.Allow.MQTT_3_1)).hex() == "20020000"
        one.sendall(mq.Pingreq().encode())
        assert one.recv(10).hex() == "d000"
    assert "client 'one'" in broker.log and "client 'two'" in broker.log


@pytest.mark.parametrize(
    ("connect", "code"),
    [
        ("10 0d 00044d515454 04 03 0000 000161", ""),  # a reserved flag
        ("10 0e 00044d515454 05 03 0000 00 000161", "81"),
        ("10 ff7f 00044d515454 04 02 0000 000161", ""),  # larger than what is taken
        ("10 ff7f 00044d515454 05 02 0000 00 000161", "95"),
        ("10 0d 00044d515454 06 02 0000 000161", "84"),
    ],
)
def test_connect_that_is_wrong(tmp_path: Path, connect: str, code: str) -> None:
    """3.1.1 has no code for it, and gets none of 5.0."""
    config = "allow_anonymous true\nmax_packet_size 1000"
    with Broker(tmp_path, config) as broker, socket.socket() as end:
        end.connect(("127.0.0.1", broker.port))
        told = greet(end, bytes.fromhex(connect))
        assert told[3:4].hex() == code, told
