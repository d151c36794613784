# SPDX-License-Identifier: MIT
"""MQTT within WebSocket, with a client of another make (wsproto): section 6."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import mqttwire as mq
import pytest
from broker import WAIT, Broker, needs_broker
from broker_client import both
from mosquitto import free_port
from statements import statement
from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    Pong,
    RejectConnection,
    Request,
    TextMessage,
)

pytestmark = needs_broker


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    port = free_port()
    config = f"allow_anonymous true\nlistener {port} 127.0.0.1\nprotocol websockets"
    with Broker(tmp_path_factory.mktemp("broker"), config, listener=False):
        yield port


class Web:
    """A WebSocket, and what came in it."""

    def __init__(self, port: int, *protocols: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), WAIT)
        self.websocket = WSConnection(ConnectionType.CLIENT)
        self.events: list[Event] = []
        self.bytes = b""
        self.send(Request(host="localhost", target="/mqtt", subprotocols=list(protocols)))

    def __enter__(self) -> Web:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, event: Event) -> None:
        self.socket.sendall(self.websocket.send(event))

    def next(self) -> Any:
        while not self.events:
            data = self.socket.recv(65536)
            self.websocket.receive_data(data or None)
            self.events += self.websocket.events()
        return self.events.pop(0)

    def take(self, count: int) -> bytes:
        """So many bytes of MQTT, in however many frames."""
        while len(self.bytes) < count:
            event = self.next()
            assert isinstance(event, BytesMessage), event
            self.bytes += bytes(event.data)
        taken, self.bytes = self.bytes[:count], self.bytes[count:]
        return taken


def greeted(port: int, version: int) -> Web:
    web = Web(port, "mqtt")
    assert isinstance(web.next(), AcceptConnection)
    web.send(BytesMessage(mq.Connect(client_id="", clean_start=True).encode(version=version)))
    head = web.take(2)
    connack = mq.decode(head + web.take(head[1]), version=version)
    assert isinstance(connack, mq.Connack) and connack.reason_code == 0
    return web


@statement("MQTT-6.0.0-4")
@pytest.mark.parametrize("protocols", [["mqtt"], ["mqttv3.1", "mqtt"], ["mqtt", "mqttv3.1"]])
def test_the_subprotocol(port: int, protocols: list[str]) -> None:
    with Web(port, *protocols) as web:
        answer = web.next()
        assert isinstance(answer, AcceptConnection) and answer.subprotocol == "mqtt"


@pytest.mark.parametrize("protocols", [[], ["chat"]])
def test_another_subprotocol(port: int, protocols: list[str]) -> None:
    """Nothing else is spoken: a client lists mqtt (6.0.0-3)."""
    with Web(port, *protocols) as web:
        answer = web.next()
        assert isinstance(answer, RejectConnection) and answer.status_code == 400


@statement("MQTT-6.0.0-2")
@both
def test_frames_are_no_packets(port: int, version: int) -> None:
    """A packet in many frames, many packets in one; a message in pieces."""
    ping = mq.Pingreq().encode()
    with greeted(port, version) as web:
        for byte in ping * 3:
            web.send(BytesMessage(bytes([byte])))
        web.send(BytesMessage(ping * 3))
        web.send(BytesMessage(ping[:1], message_finished=False))
        web.send(BytesMessage(ping[1:] + ping, message_finished=True))
        web.send(BytesMessage(b""))
        assert web.take(16) == mq.Pingresp().encode() * 8


@statement("MQTT-6.0.0-1")
@both
def test_text_ends_the_connection(port: int, version: int) -> None:
    """RFC 6455 7.4.1: 1003, for data of a kind that is not taken."""
    with greeted(port, version) as web:
        web.send(TextMessage("\xc0"))
        web.send(BytesMessage(mq.Pingreq().encode()))
        event = web.next()
        while isinstance(event, BytesMessage):  # DISCONNECT may come first
            assert mq.decode(bytes(event.data), version=5).type == mq.Type.DISCONNECT
            event = web.next()
        assert isinstance(event, CloseConnection) and event.code in (1002, 1003)


@both
def test_frames_of_websocket_itself(port: int, version: int) -> None:
    """They carry nothing of MQTT, and stand anywhere."""
    with greeted(port, version) as web:
        web.send(BytesMessage(mq.Pingreq().encode()[:1]))
        web.send(Ping(b"there?"))
        assert web.next() == Pong(b"there?")
        web.send(BytesMessage(mq.Pingreq().encode()[1:]))
        assert web.take(2) == mq.Pingresp().encode()
        web.send(CloseConnection(code=1000))
        assert isinstance(web.next(), CloseConnection)
