# SPDX-License-Identifier: MIT
"""The client library and time: keep alive, and the pauses before it tries again."""

from __future__ import annotations

import time

import mqttwire as mq
import pytest
from client_driver import Driver, Server, connack, connect

both = pytest.mark.parametrize("version", [4, 5])


# ---- Keep alive


@both
def test_pings_are_in_time(version: int) -> None:
    """Idle, the client says PINGREQ within the keep alive."""
    with Server() as server, Driver() as client:
        client.new(server.url, version, connect=connect(version=version, keep_alive=1))
        client.do("connect")
        peer = server.greet()
        for _ in range(2):
            began = time.monotonic()
            peer.take(mq.Pingreq)
            assert 0.5 < time.monotonic() - began < 1.5
            peer.send(mq.Pingresp())
        assert not client.has("disconnected")


def test_server_keep_alive() -> None:
    """[MQTT-3.1.2-21]: the server's takes the place of the client's, also where that is off."""
    with Server() as server, Driver() as client:
        client.new(server.url, connect=connect(keep_alive=0), ping_timeout=50)
        client.do("connect")
        peer = server.greet(connack(server_keep_alive=1))
        peer.take(mq.Pingreq)
        client.ended("TIMEOUT")
        peer.ended()


def test_server_keep_alive_turns_it_off() -> None:
    with Server() as server, Driver() as client:
        client.new(server.url, connect=connect(keep_alive=1))
        client.do("connect")
        server.greet(connack(server_keep_alive=0)).quiet(1.6)


@both
def test_no_pingresp(version: int) -> None:
    with Server() as server, Driver() as client:
        wanted = connect(version=version, keep_alive=1)
        client.new(server.url, version, connect=wanted, ping_timeout=50)
        client.do("connect")
        peer = server.greet()
        peer.take(mq.Pingreq)
        began = time.monotonic()
        told = client.ended("TIMEOUT")
        assert time.monotonic() - began < 1
        assert told["retry"] is not None
        peer.ended()
        server.greet(clean_start=False)
        client.wait("connected")


@both
def test_who_only_receives_pings_too(version: int) -> None:
    """Packets of the server are none of the client's: [MQTT-3.1.2-20]."""
    with Server() as server, Driver() as client:
        client.new(server.url, version, connect=connect(version=version, keep_alive=1))
        client.do("connect")
        peer = server.greet()
        pings, began = 0, time.monotonic()
        while not pings:
            assert time.monotonic() - began < 1.5
            peer.send(mq.Publish(topic="a"))
            peer.socket.settimeout(0.05)
            try:
                peer.take(mq.Pingreq)
                pings += 1
            except (TimeoutError, OSError):
                pass


@both
def test_pings_go_on_while_a_large_message_comes_slowly(version: int) -> None:
    """PINGRESP is behind it; the server must hear of the client all the same: [MQTT-3.1.2-20]."""
    with Server() as server, Driver() as client:
        wanted = connect(version=version, keep_alive=1)
        client.new(server.url, version, connect=wanted, ping_timeout=500)
        client.do("connect")
        peer = server.greet()
        wire = peer.wire(mq.Publish(topic="a", payload=bytes(1000)))
        heard = [time.monotonic()]
        peer.socket.settimeout(0.05)
        for byte in wire[:50]:
            peer.socket.sendall(bytes([byte]))
            try:
                peer.take(mq.Pingreq)
                heard.append(time.monotonic())
            except (TimeoutError, OSError):
                pass
        heard.append(time.monotonic())
        assert max(b - a for a, b in zip(heard, heard[1:])) < 1.5
        peer.socket.sendall(wire[50:])
        client.message()
        peer.send(*[mq.Pingresp()] * (len(heard) - 2))
        peer.echo(client)


def test_a_publisher_that_hears_nothing_pings() -> None:
    """What is sent proves nothing of a server that may be gone."""
    with Server() as server, Driver() as client:
        client.new(server.url, connect=connect(keep_alive=1), ping_timeout=100)
        client.do("connect")
        peer = server.greet()
        began = time.monotonic()
        while time.monotonic() - began < 3:
            client.publish(1, topic="a", status=None)
            if isinstance(peer.next(), mq.Pingreq):
                break
            time.sleep(0.02)
        client.ended("TIMEOUT")


# ---- Trying again


def test_pauses_are_doubled_and_capped() -> None:
    """Up to a tenth is added by chance, and not doubled; a success begins anew."""
    with Server() as server, Driver() as client:
        client.new(server.url, backoff_first=10, backoff_most=100)
        client.do("connect")
        for online_first in (False, True, True):
            for least in (10, 20, 40, 80, 100, 100):
                if least == 10 and online_first:
                    server.greet().reset()
                    client.wait("connected")
                else:
                    server.accept().reset()
                told = client.ended("NETWORK")
                assert least <= told["retry"] <= least * 1.1


def test_pauses_last_as_long_as_they_say() -> None:
    with Server() as server, Driver() as client:
        client.new(server.url, backoff_first=150)
        client.do("connect")
        server.accept().reset()
        told = client.ended("NETWORK")
        server.accept()
        assert told["retry"] / 1000 - 0.01 < time.monotonic() - told["at"]  # the same clock


def test_chance_differs() -> None:
    with Server() as server, Driver() as client:
        client.new(server.url, backoff_first=200, no_reconnect=False)
        pauses = set()
        for _ in range(8):
            client.do("connect")
            server.accept().reset()
            pauses.add(client.ended("NETWORK")["retry"])
            client.do("disconnect")
        assert len(pauses) > 1 and min(pauses) >= 200 and max(pauses) <= 220


@both
def test_a_clean_start_that_is_lost(version: int) -> None:
    """CONNECT has it the first time; a session that lasts is gone on with thereafter."""
    wanted = connect(version=version, clean_start=True)
    with Server() as server, Driver() as client:
        client.new(server.url, version, connect=wanted)
        client.do("connect")
        server.greet(clean_start=True).reset()
        client.ended("NETWORK")
        # In 3.1.1 a clean session is one that ends with its connection.
        server.greet(clean_start=version == 4).reset()


def test_a_session_that_does_not_last_starts_clean() -> None:
    wanted = connect(properties={"session_expiry_interval": 0}, clean_start=True)
    with Server() as server, Driver() as client:
        client.new(server.url, connect=wanted)
        client.do("connect")
        server.greet(clean_start=True).reset()
        client.ended("NETWORK")
        server.greet(clean_start=True)


@both
def test_session_present_where_a_clean_start_was_asked_for(version: int) -> None:
    """[MQTT-3.2.2-2], [MQTT-3.2.2-4]"""
    with Server() as server, Driver() as client:
        client.new(server.url, version, connect=connect(version=version, clean_start=True))
        client.do("connect")
        peer = server.greet(present=True)
        peer.ended()
        client.ended("PROTOCOL")
