# SPDX-License-Identifier: MIT
"""What is malformed, or breaks the protocol: each vector of vectors/ that is to be rejected, and
those that are to be accepted.  3.1.4, 4.8 of 3.1.1; 4.13 of 5.0."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import mqttwire as mq
import pytest
from broker import Broker, needs_broker
from broker_client import Client, both
from mqttwire_tool.vectors.broker import is_meant, look
from mqttwire_tool.vectors.broker_talk import Broker as Talk
from mqttwire_tool.vectors.broker_talk import hello
from mqttwire_tool.vectors.data import LARGE, Vector, load
from mqttwire_tool.vectors.forms import unfold
from mqttwire_tool.vectors.judge import FAIL
from statements import statement

pytestmark = needs_broker

WAIT = 5.0  # seconds for an answer
CONNECT, PINGREQ = 0x10, b"\xc0\x00"
VECTORS = [
    vector
    for vector in load([Path(__file__).resolve().parent.parent / "vectors"])
    if vector.kind in ("packets", "streams") and vector.form.get("sender") == "client"
]


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    config = "max_packet_size 0\nmax_topic_levels 0\nconnection_messages false"
    folder = tmp_path_factory.mktemp("broker")
    with Broker(folder, f"allow_anonymous true\n{config}") as broker:
        yield broker.port


def rejected(version: int, kind: str) -> Iterator[tuple[Vector, bytes]]:
    for vector in VECTORS:
        fits = vector.kind == kind and "wire" in vector.form and vector.size <= LARGE
        if fits and vector.version == version and vector.result == "reject":
            yield vector, unfold(vector.form["wire"])


def told(port: int, sent: bytes) -> bytes:
    """All that the broker says until it closes."""
    with socket.create_connection(("127.0.0.1", port), WAIT) as connection:
        data = b""
        with contextlib.suppress(ConnectionError):
            connection.sendall(sent)
            while more := connection.recv(4096):
                data += more
        return data


def codes(vector: Vector) -> list[int]:
    assert vector.error
    return list(vector.error["reason_codes"])


def after_connect(port: int, version: int, wire: bytes) -> int | None:
    """The code of DISCONNECT; None: closed in silence."""
    said = told(port, hello(version, "v") + wire + PINGREQ)
    connack, *rest = mq.Decoder(version).feed(said)
    assert isinstance(connack, mq.Connack) and connack.reason_code == 0
    if not rest:
        return None
    (disconnect,) = rest
    assert isinstance(disconnect, mq.Disconnect), disconnect
    return disconnect.reason_code


@statement("3.1.1", "MQTT-4.8.0-1", "5.0", "MQTT-4.13.1-1", "MQTT-4.13.2-1")
@both
def test_packets_that_are_rejected(port: int, version: int) -> None:
    """5.0 says why, with a code that the specification gives; 3.1.1 closes.  A second CONNECT is
    rejected whatever is in it."""
    wrong = []
    for vector, wire in rejected(version, "packets"):
        code = after_connect(port, version, wire)
        expected = codes(vector) if version == 5 else [None]
        if version == 5 and wire[0] >> 4 == 1:
            expected = [0x81, 0x82]
        if code not in expected:
            wrong.append((vector.id, vector.title, code, expected))
    assert not wrong, (len(wrong), wrong[:20])


def level_of(wire: bytes) -> int:
    """The protocol level in CONNECT; 0: there is none, or of another protocol."""
    at = 1
    while at < 5 and wire[at : at + 1] >= b"\x80":
        at += 1
    for name in (b"\0\4MQTT", b"\0\6MQIsdp"):
        if wire[at + 1 :].startswith(name) and len(wire) > at + 1 + len(name):
            level = wire[at + 1 + len(name)]
            return level if name == b"\0\4MQTT" or level == 3 else 0
    return 0


@statement("MQTT-3.1.4-1", "3.1.1", "MQTT-3.2.2-5", "MQTT-3.2.2-6", "5.0", "MQTT-3.2.2-7")
@both
def test_connects_that_are_rejected(port: int, version: int) -> None:
    """In the form of the CONNECT's version, if it can be known: 5.0 has codes for all, 3.1.1 for
    what its CONNACK has.  Nobody is told anything where it cannot."""
    wrong = []
    for vector, wire in rejected(version, "packets"):
        if wire[0] & 0xF0 != CONNECT:
            continue
        level = level_of(wire)
        said = told(port, wire + PINGREQ)
        expected: list[int | None] = [None]
        newer = level & 0x7F > 4  # but for the bit of mosquitto's bridges
        if newer and level != 5:
            expected = [mq.Reason.UNSUPPORTED_PROTOCOL_VERSION]
        elif level in (1, 2) or level > 5 or (level == 3 and b"MQTT" in wire):
            expected = [1]
        elif level == 5 and version == 5:
            expected = [*codes(vector)]
        elif level in (3, 4) and version == 4:
            expected = [*codes(vector)] or [None]
        elif level:
            expected = [None, *range(256)]  # of the other version, which has its own vectors
        code = None
        if said:
            connack = mq.decode(said, version=5 if newer else 4, sender="server")
            assert isinstance(connack, mq.Connack), (vector.id, connack)
            code = connack.reason_code
        if code not in expected or code == 0:
            wrong.append((vector.id, vector.title, level, code, expected))
    assert not wrong, (len(wrong), wrong[:20])


@statement("MQTT-3.1.0-1")
@both
def test_nothing_but_connect_is_answered_at_first(port: int, version: int) -> None:
    """Not by DISCONNECT either: 5.0 MQTT-3.14.0-1."""
    seen = set()
    for vector, wire in rejected(version, "packets"):
        if wire[0] & 0xF0 != CONNECT and vector.rule not in seen:
            seen.add(vector.rule)
            assert told(port, wire + PINGREQ) == b"", vector.id
    assert len(seen) > 10


@both
def test_streams_that_are_rejected(port: int, version: int) -> None:
    """With what is wrong behind good packets, and cut anywhere."""
    count = 0
    for vector, wire in rejected(version, "streams"):
        first = b"" if wire[0] & 0xF0 == CONNECT else hello(version, "v")
        size = int(vector.form["chunks"][0]) if isinstance(vector.form["chunks"], list) else 1
        with socket.create_connection(("127.0.0.1", port), WAIT) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            data = b""
            with contextlib.suppress(ConnectionError):
                connection.sendall(first)
                for at in range(0, len(wire), size):
                    connection.sendall(wire[at : at + size])
                while more := connection.recv(4096):
                    data += more
        packets = list(mq.Decoder(version).feed(data))
        last = packets[-1] if packets else None
        if version == 5 and last is not None:
            assert isinstance(last, (mq.Connack, mq.Disconnect)), vector.id
            assert last.reason_code in codes(vector), (vector.id, last)
        count += 1
    assert count > 20


@both
def test_packets_that_are_accepted(port: int, version: int) -> None:
    """And beginnings of packets, which wait for the rest."""
    talk = Talk("127.0.0.1", port, patience=WAIT, quiet=0.05)
    wanted = [
        vector
        for vector in VECTORS
        if vector.version == version and vector.result != "reject" and is_meant(vector, LARGE)
    ]
    seen = look(talk, wanted, 16)
    wrong = [(row.vector.id, row.vector.title, row.seen) for row in seen if row.verdict == FAIL]
    assert not wrong, (len(wrong), wrong[:20])


@both
def test_the_broker_has_lived(port: int, version: int) -> None:
    with Client(port, version) as client:
        client.subscribe("lived")
        client.publish("lived", b"", 2)
        client.message("lived")
