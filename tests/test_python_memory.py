# SPDX-License-Identifier: MIT
"""Nothing is kept that nobody refers to, whatever goes well or wrong."""

from __future__ import annotations

import contextlib
import gc
import tracemalloc
from collections.abc import Callable
from typing import Any

import mqttwire as mq
import pytest
from python_examples import EXAMPLES


def failing(call: Callable[..., Any], *args: Any, **more: Any) -> Callable[[], None]:
    def run() -> None:
        try:
            call(*args, **more)
        except (mq.MqttError, ValueError, TypeError):
            return
        raise AssertionError("this should have failed")

    return run


PACKETS = [mq.decode(e.wire, e.version) for e in EXAMPLES]
FORMS = [e.form for e in EXAMPLES]
BAD_FORMS: list[dict[str, Any]] = [
    {"type": "PUBLISH", "topic": "a", "colour": 1},
    {"type": "PUBLISH", "topic": 1},
    {"type": "PUBLISH", "topic": {"hex": "0"}},
    {"type": "PUBACK", "packet_id": 65536},
    {"type": "SUBSCRIBE", "packet_id": 1, "subscriptions": [{"topic_filter": "a"}] * 40 + [1]},
    {"type": "AUTH", "properties": {"user_properties": [["k", "v"]] * 40 + [["k"]]}},
    {"type": "CONNECT", "client_id": "", "will": {"topic": "", "payload": 1}},
]

CONNECT = mq.Connect(client_id="", properties=mq.Properties(topic_alias_maximum=100)).encode()


def connections() -> None:
    """Short lives: with aliases, many open exchanges, tags, findings, bytes that are left over."""
    for bad in (b"", b"\x30\xff", b"\0\0"):
        connection = mq.Connection()
        list(connection.feed("client", CONNECT))
        for number in range(1, 20):
            properties = mq.Properties(topic_alias=number)
            packet = mq.Publish(topic="a" * number, qos=1, packet_id=1, properties=properties)
            connection.packet("server", packet, tag=connection)
            packet = packet.replace(topic="", packet_id=number)
            assert next(connection.feed("server", packet.encode())).topic == "a" * number
        failing(connection.packet, "client", mq.Publish(topic="#"))()
        failing(connection.feed, "client", b"", -1)()
        failing(mq.Connection, 5, exchanges=-1)()
        connection.unread("client", b"\x30")
        with contextlib.suppress(mq.MqttError):
            list(connection.feed("client", bad))
        connection.hold("client", 3, tag=[connection])


CASES: dict[str, Callable[[], object]] = {
    "decode": lambda: [mq.decode(e.wire, e.version) for e in EXAMPLES],
    "encode": lambda: [packet.encode() for packet in PACKETS],
    "encode large": mq.Publish(topic="a", payload=bytes(5000)).encode,
    "encode a buffer": mq.Publish(topic="a", payload=bytearray(100)).encode,
    "to_dict": lambda: [packet.to_dict() for packet in PACKETS],
    "from_dict": lambda: [mq.from_dict(form) for form in FORMS],
    "explain": lambda: [mq.explain(e.wire[:-1], e.version) for e in EXAMPLES],
    "line": lambda: [mq.line(e.wire, e.version) for e in EXAMPLES],
    "stream": lambda: list(mq.Decoder().feed(EXAMPLES[0].wire * 3)),
    "connections": connections,
    "topics": lambda: mq.topic_share("$share/a/b") and mq.topic_match("a/+", "a/b"),
    "bad forms": lambda: [failing(mq.from_dict, form)() for form in BAD_FORMS],
    "bad bytes": lambda: [failing(mq.decode, e.wire[1:], e.version)() for e in EXAMPLES],
    "bad packet": failing(mq.Publish(topic="a\ud800").encode),
    "bad large packet": failing(mq.Publish(topic="#", payload=bytes(5000)).encode),
    "bad buffer": failing(mq.Publish(topic="a", payload="x").encode),  # type: ignore[arg-type]
    "bad topic": failing(mq.topic_filter_check, "a#"),
    "bad options": failing(mq.decode, b"", 9),
}


def growth(case: Callable[[], object]) -> int:
    """Bytes that are left behind by a hundred rounds."""
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(100):
        case()
    gc.collect()
    return tracemalloc.get_traced_memory()[0] - before


@pytest.mark.parametrize("name", CASES)
def test_loops(name: str) -> None:
    tracemalloc.start()
    try:
        # Python itself takes some rounds until it has what it keeps, the more the less an allocator
        # gives the same memory again; a leak never ends.
        assert any(growth(CASES[name]) < 1000 for _ in range(20))
    finally:
        tracemalloc.stop()
