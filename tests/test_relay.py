# SPDX-License-Identifier: MIT
"""The relay and the private broker that other tests stand on."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time

import mosquitto
import pytest
from mosquitto import Mosquitto
from relay import Relay

needs_mosquitto = pytest.mark.skipif(mosquitto.PROGRAM is None, reason="mosquitto is missing")

CONNECT = bytes.fromhex("10 0f 0004 4d515454 04 02 003c 0003 616263")
CONNACK = bytes.fromhex("20 02 00 00")
DISCONNECT = bytes.fromhex("e0 00")


def call(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=5)


@needs_mosquitto
def test_both_directions_are_kept() -> None:
    start = time.time()
    with Mosquitto() as broker, Relay(broker.port) as relay:
        with call(relay.port) as client:
            client.sendall(CONNECT)
            assert client.recv(100) == CONNACK
            client.sendall(DISCONNECT)
            assert client.recv(100) == b""  # the broker closes
        (connection,) = relay.connections
        connection.wait_closed()
    assert [(c.sender, c.data) for c in connection.chunks] == [
        ("client", CONNECT),
        ("server", CONNACK),
        ("client", DISCONNECT),
    ]
    times = [c.time for c in connection.chunks]
    assert times == sorted(times)
    assert start <= times[0] and times[-1] <= time.time()
    assert connection.sent_by("client") == CONNECT + DISCONNECT


@needs_mosquitto
def test_a_broker_with_passwords_refuses_others() -> None:
    with Mosquitto(passwords={"alice": "wonderland"}) as broker, call(broker.port) as client:
        client.sendall(CONNECT)
        assert client.recv(100) == bytes.fromhex("20 02 00 05")


@needs_mosquitto
def test_a_broker_that_cannot_start_says_why() -> None:
    with pytest.raises(RuntimeError, match="no_such_option"):
        Mosquitto("no_such_option 1").start()


@needs_mosquitto
def test_a_stopped_broker_is_gone() -> None:
    with Mosquitto() as broker:
        call(broker.port).close()
    with pytest.raises(ConnectionRefusedError):
        call(broker.port)


def test_connections_are_kept_apart_and_large_ones_whole() -> None:
    payloads = [bytes([n]) * 300_000 for n in range(3)]

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.read())  # all of it, until the client has closed its half
        await writer.drain()
        writer.close()

    async def talk() -> None:
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        async with server, Relay(server.sockets[0].getsockname()[1]) as relay:
            for payload in payloads:
                reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
                writer.write(payload)
                writer.write_eof()
                assert await reader.read() == payload
                writer.close()
            assert [c.sent_by("client") for c in relay.connections] == payloads
            assert [c.sent_by("server") for c in relay.connections] == payloads

    asyncio.run(talk())


def test_where_nobody_listens_the_client_is_cut_off() -> None:
    with Relay(mosquitto.free_port()) as relay, call(relay.port) as client:
        assert client.recv(100) == b""
        (connection,) = relay.connections
        connection.wait_closed()
        assert connection.chunks == []


def test_stopping_cuts_open_connections() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        with Relay(server.getsockname()[1]) as relay:
            client = call(relay.port)
            client.sendall(b"still here")
            peer, _ = server.accept()
            assert peer.recv(100) == b"still here"
        with client, peer:
            for end in (client, peer):
                with contextlib.suppress(ConnectionResetError):
                    assert end.recv(100) == b""
        assert relay.connections[0].sent_by("client") == b"still here"
