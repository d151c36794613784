# SPDX-License-Identifier: MIT
"""A client for the broker's tests that says what the test tells it, packet by packet.

with Broker(tmp_path) as broker, Client(broker.port, client_id="a") as client:
    client.subscribe("a/b")
    client.take(mq.Publish, topic="a/b")
"""

from __future__ import annotations

import itertools
import socket
from typing import Any

import mqttwire as mq
import pytest
from client_driver import WAIT, P, Peer, number
from statements import VERSIONS

numbers = itertools.count(1)

both = pytest.mark.parametrize("version", VERSIONS, ids=("3.1.1", "5.0"))


def name() -> str:
    """A topic that no other test has."""
    return f"t{next(numbers)}"


def lasting(version: int = 5, seconds: int = 1000, **properties: Any) -> dict[str, Any]:
    """Of CONNECT: the session goes on, and outlasts the connection."""
    if version != 5:
        return {"clean_start": False}
    properties = {"session_expiry_interval": seconds, **properties}
    return {"clean_start": False, "properties": mq.Properties(**properties)}


class Client(Peer):
    """Connects, and takes CONNACK, unless `greet` is False.  What the broker says is judged by
    mqttwire's rules of a connection."""

    def __init__(
        self,
        port: int,
        version: int = 5,
        *,
        client_id: str | None = None,
        greet: bool = True,
        expect: int = 0,
        **connect: Any,
    ) -> None:
        super().__init__(socket.create_connection(("127.0.0.1", port), WAIT), own="client")
        self.port = port
        self.version = version
        self.connack: mq.Connack | None = None
        self.ids = itertools.count(1)
        if not greet:
            return
        connect.setdefault("clean_start", True)
        self.client_id = f"c{next(numbers)}" if client_id is None else client_id
        self.send(mq.Connect(client_id=self.client_id, **connect))
        self.connack = self.take(mq.Connack)
        assert self.connack.reason_code == expect, self.connack

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def session_present(self) -> bool:
        assert self.connack is not None
        return self.connack.session_present

    def meanwhile(self, kind: type[P]) -> P:
        """The next packet of this kind; what comes before it is to be taken."""
        waiting: list[mq.Packet] = []
        while not isinstance(packet := self.next(), kind):
            waiting.append(packet)
        self.packets[:0] = waiting
        return packet

    def sync(self) -> None:
        """The broker has dealt with what was sent; what came meanwhile is to be taken."""
        self.send(mq.Pingreq())
        self.meanwhile(mq.Pingresp)

    def nothing(self) -> None:
        """The broker has dealt with all that was sent, and said nothing."""
        self.sync()
        assert not self.packets, self.packets

    def subscribe(self, *filters: str | mq.Subscription, **fields: Any) -> mq.Suback:
        """Filters, of QoS 2 unless it is said; answers SUBACK, and leaves messages to be taken."""
        wanted = [
            mq.Subscription(topic_filter=filter, qos=2) if isinstance(filter, str) else filter
            for filter in filters
        ]
        packet_id = next(self.ids)
        self.send(mq.Subscribe(packet_id=packet_id, subscriptions=wanted, **fields))
        packet = self.meanwhile(mq.Suback)
        assert packet.packet_id == packet_id
        return packet

    def unsubscribe(self, *filters: str) -> mq.Unsuback:
        packet_id = next(self.ids)
        self.send(mq.Unsubscribe(packet_id=packet_id, topic_filters=list(filters)))
        packet = self.meanwhile(mq.Unsuback)
        assert packet.packet_id == packet_id
        return packet

    def publish(self, topic: str, payload: bytes = b"", qos: int = 0, **fields: Any) -> int:
        """Publishes and sees it acknowledged; answers the reason code of PUBACK or PUBREC."""
        packet_id = next(self.ids) if qos else None
        self.send(mq.Publish(topic=topic, payload=payload, qos=qos, packet_id=packet_id, **fields))
        if not qos:
            return 0
        packet: mq.Puback | mq.Pubrec
        packet = self.meanwhile(mq.Puback) if qos == 1 else self.meanwhile(mq.Pubrec)
        assert packet.packet_id == packet_id
        if qos == 2 and packet.reason_code < 0x80:
            self.send(mq.Pubrel(packet_id=packet.packet_id))
            assert self.meanwhile(mq.Pubcomp).packet_id == packet_id
        return packet.reason_code

    def message(self, topic: str, **fields: Any) -> mq.Publish:
        """Takes a message, and settles it."""
        packet = self.take(mq.Publish, topic=topic, **fields)
        self.settle(packet)
        return packet

    def again(self, **properties: Any) -> Client:
        """The same client on a new connection, whose session was kept."""
        self.close()
        lasts = lasting(self.version, **properties)
        client = Client(self.port, self.version, client_id=self.client_id, **lasts)
        assert client.session_present
        return client

    def settle(self, packet: mq.Publish) -> None:
        """Acknowledges a message; what comes meanwhile is to be taken."""
        if packet.qos == 1:
            self.send(mq.Puback(packet_id=number(packet)))
        if packet.qos < 2:
            return
        self.send(mq.Pubrec(packet_id=number(packet)))
        assert self.meanwhile(mq.Pubrel).packet_id == packet.packet_id
        self.send(mq.Pubcomp(packet_id=number(packet)))

    def disconnect(self, **fields: Any) -> None:
        self.send(mq.Disconnect(**fields))
        self.ended()


__all__ = ["Client", "both", "lasting", "name", "number"]
