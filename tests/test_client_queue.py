# SPDX-License-Identifier: MIT
"""The client library's own queue, and a server that reads slowly."""

from __future__ import annotations

import socket
import time

import mqttwire as mq
import pytest
from client_driver import Driver, Server, connack, connect, message, online

both = pytest.mark.parametrize("version", [4, 5])


# ---- The client's own queue


@both
def test_the_queue_refuses(version: int) -> None:
    with Server() as server, Driver() as client:
        client.new(server.url, version, queue_messages=3)
        for count in range(3):
            client.publish(count, qos=1, topic=f"t/{count}")
        client.publish(3, "FULL", qos=1)
        client.publish(4, "OFFLINE", qos=0)
        assert client.do("ask")["pending"] == 3
        client.do("connect")
        peer = server.greet()
        for count in range(3):
            peer.acknowledge(peer.take(mq.Publish, topic=f"t/{count}"))
            client.result(count)
        assert not client.has("result")  # what was refused is not told as well


@both
def test_the_queue_drops_the_oldest(version: int) -> None:
    with Server() as server, Driver() as client:
        client.new(server.url, version, queue_messages=3, overflow=1, queue_qos_0=True)
        for count in range(5):
            client.publish(count, qos=count % 2, topic=f"t/{count}")
        client.result(0, "DROPPED")  # whatever its quality
        client.result(1, "DROPPED")
        client.do("connect")
        peer = server.greet()
        assert sorted(peer.take(mq.Publish).topic for _ in range(3)) == ["t/2", "t/3", "t/4"]


def test_who_publishes_again_what_was_dropped() -> None:
    """Comes to an end: what is published while room is being made finds none."""
    with Server() as server, Driver() as client:
        client.new(server.url, queue_messages=2, overflow=1)
        client.on("result", "publish", message(qos=1), always=True, id=9)
        for count in range(3):
            client.publish(count, qos=1, topic=f"t/{count}")
        client.result(0, "DROPPED")
        client.wait("hooked", status="FULL")
        assert not client.has("result") and not client.has("hooked")
        client.do("connect")
        peer = server.greet()
        assert [peer.take(mq.Publish).topic for _ in range(2)] == ["t/1", "t/2"]


def test_the_queue_is_counted_in_bytes() -> None:
    with Server() as server, Driver() as client:
        client.new(server.url, queue_bytes=3000)
        client.publish(1, qos=1, payload=bytes(1000))
        client.publish(2, qos=2, payload=bytes(1000))
        client.publish(3, "FULL", qos=1, payload=bytes(1000))
        client.publish(4, "FULL", qos=1, payload=bytes(5000))
        client.do("connect")
        peer = server.greet()
        peer.acknowledge(peer.take(mq.Publish))
        peer.acknowledge(peer.take(mq.Publish))
        client.result(1)
        client.result(2)
        client.publish(5, qos=1, payload=bytes(1000))  # there is room again
        peer.acknowledge(peer.take(mq.Publish))
        client.result(5)


def test_dropping_does_not_help_what_is_too_large() -> None:
    with Server() as server, Driver() as client:
        client.new(server.url, queue_bytes=3000, overflow=1)
        client.publish(1, qos=1, payload=bytes(1000))
        client.publish(2, "FULL", qos=1, payload=bytes(3000))
        client.do("connect")
        peer = server.greet()
        peer.acknowledge(peer.take(mq.Publish))
        client.result(1)


@pytest.mark.parametrize("overflow", [0, 1])
def test_what_was_sent_is_not_dropped(overflow: int) -> None:
    """Messages within the Receive Maximum take no room of the queue, and stay."""
    limits = connack(receive_maximum=2)
    with online(answer=limits, queue_messages=2, overflow=overflow) as (client, peer, _):
        for count in range(4):
            client.publish(count, qos=1, topic=f"t/{count}")
        client.publish(4, "OK" if overflow else "FULL", qos=1, topic="t/4")
        if overflow:
            client.result(2, "DROPPED")
        order = [0, 1, 3, 4] if overflow else [0, 1, 2, 3]
        for count in order:
            peer.acknowledge(peer.take(mq.Publish, topic=f"t/{count}"))
            client.result(count)


# ---- A server that reads slowly


@pytest.mark.parametrize("overflow", [0, 1])
@pytest.mark.parametrize("qos", [0, 1])
def test_a_server_that_does_not_read(qos: int, overflow: int) -> None:
    """What the system does not take waits in the queue, within its limits; nothing is lost but what
    was told to be, and all goes on when the server reads, if by single bytes at first."""
    with Server() as server, Driver() as client:
        server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32768)
        client.new(server.url, queue_messages=20, overflow=overflow, keep_alive=0)
        client.do("connect")
        peer = server.greet()
        payload = bytes(100_000)
        statuses = [
            client.publish(count, None, qos=qos, topic=f"t/{count}", payload=payload)["status"]
            for count in range(120)
        ]
        taken = [count for count, status in enumerate(statuses) if status == "OK"]
        dropped = [e["id"] for e in client.has("result") if e["status"] == "DROPPED"]
        if overflow:
            assert len(taken) == 120 and dropped == sorted(dropped) and len(dropped) > 40
        else:
            assert not dropped and len(taken) < 80
            assert set(statuses[taken[-1] + 1 :]) <= {"FULL"}
        first = b"".join(peer.raw(1) for _ in range(3000))
        for seen in peer.rules.feed("client", first):
            assert seen.packet is not None
            peer.packets.append(seen.packet)
        for count in taken:
            if count not in dropped:
                packet = peer.take(mq.Publish, topic=f"t/{count}", qos=qos)
                assert packet.payload == payload
                peer.acknowledge(packet)
        for _ in taken:
            told = client.wait("result")
            assert told["status"] == ("DROPPED" if told["id"] in dropped else "OK")
        assert client.do("ask")["pending"] == 0


def test_a_server_that_reads_slowly_is_not_taken_for_gone() -> None:
    """PINGREQ, and with it PINGRESP, is behind what the server has yet to read; that it reads on
    shows that it is there.  When it does not, the connection ends."""
    with Server() as server, Driver() as client:
        server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32768)
        client.new(server.url, connect=connect(keep_alive=1), ping_timeout=900)
        client.publish(1, qos=1, payload=bytes(18_000_000))
        client.do("connect")
        peer = server.greet()
        client.wait("connected")
        began = time.monotonic()
        while time.monotonic() - began < 2.7:  # 0.9 s until PINGREQ, and 0.9 s for its answer
            peer.raw(50_000)
            time.sleep(0.02)
        assert not client.has("disconnected")
        client.ended("TIMEOUT")


@both
def test_an_answer_that_a_flood_is_before(version: int) -> None:
    """The client neither reads without end while it cannot write, nor forgets to read on."""
    with Server() as server, Driver() as client:
        client.new(server.url, version)
        client.do("connect")
        peer = server.greet()
        large = message(payload=bytes(3_000_000), qos=1)
        client.publish(1, qos=1, payload=large.payload)
        for count in range(100):
            peer.send(mq.Publish(topic="a", qos=1, packet_id=count + 1, payload=bytes(1000)))
        peer.acknowledge(peer.take(mq.Publish))
        for count in range(100):
            peer.take(mq.Puback, packet_id=count + 1)
        client.result(1)
