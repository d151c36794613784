# SPDX-License-Identifier: MIT
"""What the tests of mq.Connection have in common."""

from __future__ import annotations

from typing import Any

import mqttwire as mq

CONNECT = mq.Connect(client_id="c", clean_start=True)
CONNACK = mq.Connack()


def publish(
    topic: str = "a", packet_id: int | None = None, qos: int = 1, **more: Any
) -> mq.Publish:
    if packet_id is None:
        qos = 0
    properties = mq.Properties(**more.pop("properties", {}))
    return mq.Publish(topic=topic, qos=qos, packet_id=packet_id, properties=properties, **more)


def opened(
    connect: dict[str, Any] | None = None, connack: dict[str, Any] | None = None, **options: Any
) -> mq.Connection:
    """A connection after CONNECT and CONNACK with these properties."""
    connection = mq.Connection(**options)
    hello = CONNECT.replace(properties=mq.Properties(**(connect or {})))
    assert rules(connection.packet("client", hello, now=0)) == []
    assert rules(connection.packet("server", answer(connack), now=0)) == []
    return connection


def answer(properties: dict[str, Any] | None) -> mq.Connack:
    return mq.Connack(properties=mq.Properties(**(properties or {})))


def rules(seen: mq.Seen) -> list[str]:
    return [finding.rule for finding in seen.findings]


def feed(connection: mq.Connection, sender: mq.Sender, *packets: mq.Packet) -> list[mq.Seen]:
    wire = b"".join(packet.encode() for packet in packets)
    return list(connection.feed(sender, wire, now=0))


def plain(seen: mq.Seen) -> dict[str, Any]:
    """To be compared: exceptions are not equal to each other."""
    return {**seen._asdict(), "findings": [finding.to_dict() for finding in seen.findings]}


def alias(number: int, topic: str = "") -> mq.Publish:
    return publish(topic, properties={"topic_alias": number})


def quiet(keep_alive: int = 10) -> mq.Connection:
    connection = mq.Connection()
    connection.packet("client", CONNECT.replace(keep_alive=keep_alive), now=100)
    connection.packet("server", CONNACK, now=100.5)
    return connection
