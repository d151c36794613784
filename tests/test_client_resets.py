# SPDX-License-Identifier: MIT
"""The client library: the connection is reset after every byte of an exchange, and resumed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import mqttwire as mq
import pytest
from client_driver import Driver, Peer, Server, connect, number

both = pytest.mark.parametrize("version", [4, 5])
ends = pytest.mark.parametrize("present", [True, False], ids=["present", "lost"])


@contextmanager
def talk(version: int) -> Iterator[tuple[Server, Driver]]:
    with Server() as server, Driver() as client:
        client.new(server.url, version, connect=connect(version=version), backoff_first=1)
        client.do("connect")
        yield server, client


class Exchange:
    """Packets that follow each other, cut off after some of their bytes."""

    def __init__(self, peer: Peer, cut: int, version: int) -> None:
        self.peer, self.left, self.version = peer, cut, version
        self.whole = 0  # packets that passed

    def say(self, packet: mq.Packet) -> None:
        wire = packet.encode(version=self.version)
        self.peer.socket.sendall(wire[: self.left])
        self._pass(wire)

    def hear(self, packet: mq.Packet) -> None:
        wire = packet.encode(version=self.version)
        if self.left == 0:
            self.peer.peek()  # the client has dealt with what it got
        assert self.peer.raw(min(self.left, len(wire))) == wire[: self.left]
        self._pass(wire)

    def _pass(self, wire: bytes) -> None:
        if self.left < len(wire):
            self.peer.reset()
            raise EOFError
        self.left -= len(wire)
        self.whole += 1


def publish(cut: int, qos: int, version: int) -> mq.Publish:
    return mq.Publish(topic="t", payload=b"%03d" % cut, qos=qos, packet_id=1, version=version)


@both
@ends
@pytest.mark.parametrize("qos", [1, 2])
def test_client_publishes(version: int, present: bool, qos: int) -> None:
    with talk(version) as (server, client):
        peer = server.greet()
        client.wait("connected")
        for cut in range(100):
            sent = publish(cut, qos, version)
            client.publish(cut, topic=sent.topic, payload=sent.payload, qos=qos)
            exchange = Exchange(peer, cut, version)
            try:
                sent.packet_id = int.from_bytes(peer.peek(7)[5:], "big")
                exchange.hear(sent)
                if qos == 1:
                    exchange.say(mq.Puback(packet_id=number(sent)))
                else:
                    exchange.say(mq.Pubrec(packet_id=number(sent)))
                    exchange.hear(mq.Pubrel(packet_id=number(sent)))
                    exchange.say(mq.Pubcomp(packet_id=number(sent)))
            except EOFError:
                pass
            else:
                client.result(cut)
                peer.reset()
            client.ended("NETWORK")
            whole = exchange.whole
            peer = server.greet(present=present, clean_start=False)
            if whole < 2:  # what has no acknowledgement is sent once more
                again = peer.take(mq.Publish, dup=present, topic="t", payload=sent.payload)
                assert not present or again.packet_id == sent.packet_id
                peer.acknowledge(again)
                client.result(cut)
            elif whole < 4 and qos == 2:  # and never after PUBREC
                if present:
                    peer.take(mq.Pubrel, packet_id=number(sent))
                    peer.send(mq.Pubcomp(packet_id=number(sent)))
                client.result(cut)
            client.wait("connected")
            peer.echo(client)
            assert not client.has("result")
            if whole == qos * 2:
                break
        else:
            raise AssertionError("the exchange has no end")


@both
@ends
def test_server_publishes(version: int, present: bool) -> None:
    """Exactly once: at PUBLISH, whose identifier is known until PUBREL."""
    with talk(version) as (server, client):
        peer = server.greet()
        for cut in range(100):
            sent = publish(cut, 2, version)
            exchange = Exchange(peer, cut, version)
            try:
                exchange.say(sent)
                exchange.hear(mq.Pubrec(packet_id=1))
                exchange.say(mq.Pubrel(packet_id=1))
                exchange.hear(mq.Pubcomp(packet_id=1))
            except EOFError:
                pass
            else:
                peer.reset()
            client.ended("NETWORK")
            whole = exchange.whole
            told = client.has("message")
            assert len(told) == (whole > 0)
            if told:
                client.message(repeat=False)
            peer = server.greet(present=present, clean_start=False)
            if present and whole < 2:
                peer.send(sent.replace(dup=True))
                peer.take(mq.Pubrec, packet_id=1, reason_code=0)
            if present and whole < 4:
                peer.send(mq.Pubrel(packet_id=1))
                unknown = version == 5 and whole == 3  # PUBREL was answered before
                code = mq.Reason.PACKET_IDENTIFIER_NOT_FOUND if unknown else 0
                peer.take(mq.Pubcomp, packet_id=1, reason_code=code)
            if present and not told:
                client.message(repeat=True)  # it came with DUP
            assert not client.has("message")
            # The identifier is free for another message.
            peer.send(sent.replace(payload=b"new"))
            peer.take(mq.Pubrec, packet_id=1)
            client.message(repeat=False)
            peer.send(mq.Pubrel(packet_id=1))
            peer.take(mq.Pubcomp, packet_id=1)
            if whole == 4:
                break
        else:
            raise AssertionError("the exchange has no end")


@both
@pytest.mark.parametrize("qos", [1, 2])
def test_nothing_is_sent_again_on_a_connection(version: int, qos: int) -> None:
    """[MQTT-4.4.0-1]: there is no timer.  The silence is longer than what the options say."""
    with Server() as server, Driver() as client:
        client.new(server.url, version, backoff_most=20, ping_timeout=50)
        client.do("connect")
        peer = server.greet()
        client.publish(1, qos=qos)
        sent = peer.take(mq.Publish, dup=False)
        peer.quiet(0.4)
        if qos == 2:
            peer.send(mq.Pubrec(packet_id=number(sent)))
            peer.take(mq.Pubrel)
            peer.quiet(0.4)
            peer.send(mq.Pubcomp(packet_id=number(sent)))
        else:
            peer.acknowledge(sent)
        client.result(1)
