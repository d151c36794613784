# SPDX-License-Identifier: MIT
"""Listeners behind a proxy: PROXY protocol version 2."""

from __future__ import annotations

import random
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import mqttwire as mq
import pytest
from broker import Broker, needs_broker
from broker_client import Client
from client_driver import WAIT

pytestmark = needs_broker

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
PLAIN = "proxy_protocol true\nallow_anonymous true\nlog_type all"


def header(command: int, family: int, addresses: bytes) -> bytes:
    return SIGNATURE + struct.pack(">BBH", 0x20 | command, family, len(addresses)) + addresses


def tcp_4(source: str, port: int, more: bytes = b"") -> bytes:
    ends = socket.inet_aton(source) + socket.inet_aton("10.0.0.1")
    return header(1, 0x11, ends + struct.pack(">HH", port, 1883) + more)


def tcp_6(source: str, port: int) -> bytes:
    ends = socket.inet_pton(socket.AF_INET6, source) + socket.inet_pton(socket.AF_INET6, "::1")
    return header(1, 0x21, ends + struct.pack(">HH", port, 1883))


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with Broker(tmp_path_factory.mktemp("proxy"), PLAIN) as broker:
        yield broker


class Proxied(Client):
    """Sends the header before CONNECT, in pieces if it is to."""

    def __init__(self, port: int, before: bytes, pieces: int = 0) -> None:
        super().__init__(port, greet=False)
        packet = mq.Connect(client_id="proxied", clean_start=True)
        wire = before + self.wire(packet)
        for at in range(0, len(wire), pieces or len(wire)):
            self.socket.sendall(wire[at : at + (pieces or len(wire))])


@pytest.mark.parametrize("pieces", [0, 1, 7])
@pytest.mark.parametrize(
    ("before", "name"),
    [
        (tcp_4("192.0.2.7", 4711), "192.0.2.7:4711"),
        (tcp_4("192.0.2.8", 4712, b"\x04\0\x03abc"), "192.0.2.8:4712"),
        (tcp_6("2001:db8::9", 4713), "[2001:db8::9]:4713"),
        (header(0, 0, b""), "127.0.0.1:"),
        (header(0, 0x11, bytes(12)), "127.0.0.1:"),
        (header(1, 0, b""), "127.0.0.1:"),
        (header(1, 0x31, bytes(216)), "unix "),
        (header(1, 0x31, b"/run/client".ljust(108, b"\0") + bytes(108)), "/run/client "),
        (header(1, 0x31, b"/" * 216 + b"\x04\0\x03abc"), "/" * 108 + " "),
    ],
)
def test_who_is_behind_it(broker: Broker, before: bytes, name: str, pieces: int) -> None:
    already = len(broker.log)
    with Proxied(broker.port, before, pieces) as client:
        client.take(mq.Connack, reason_code=0)
        assert f"at {name}" in broker.log[already:]


@pytest.mark.parametrize(
    "before",
    [
        b"",
        b"PROXY TCP4 192.0.2.7 192.0.2.8 1 2\r\n",
        SIGNATURE[:-1] + b"X",
        SIGNATURE + b"\x31\x11\0\x0c" + bytes(12),
        SIGNATURE + b"\x22\x11\0\x0c" + bytes(12),
        SIGNATURE + b"\x21\x11\xff\xff" + bytes(12),
        header(1, 0x12, bytes(12)),  # UDP
        header(1, 0x11, bytes(11)),
        header(1, 0x21, bytes(35)),
        header(1, 0x31, bytes(215)),
        header(1, 0x32, bytes(216)),  # unix sockets without streams
        tcp_4("192.0.2.7", 4711, bytes(4097 - 12)),
    ],
)
def test_what_is_no_header(broker: Broker, before: bytes) -> None:
    with Proxied(broker.port, before) as client:
        client.ended()


def test_bytes_by_chance(broker: Broker) -> None:
    chance = random.Random(8)
    good = tcp_4("192.0.2.7", 4711)
    for _ in range(200):
        wire = bytearray(good)
        for _ in range(chance.randrange(4)):
            wire[chance.randrange(len(wire))] = chance.randrange(256)
        with socket.create_connection(("127.0.0.1", broker.port), WAIT) as end:
            end.sendall(bytes(wire[: chance.randrange(len(wire) + 1)]))
    with Proxied(broker.port, good) as client:
        client.take(mq.Connack, reason_code=0)


def test_websocket_behind_a_proxy(tmp_path: Path) -> None:
    request = (
        b"GET /mqtt HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Protocol: mqtt\r\n\r\n"
    )
    with (
        Broker(tmp_path, "protocol websockets\n" + PLAIN) as broker,
        socket.create_connection(("127.0.0.1", broker.port), WAIT) as end,
    ):
        end.sendall(tcp_4("192.0.2.7", 4711) + request)
        end.settimeout(WAIT)
        assert end.recv(4096).startswith(b"HTTP/1.1 101 ")
