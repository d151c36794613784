# SPDX-License-Identifier: MIT
"""Calls of the package that go well and that go wrong, for tests of what they leave behind."""

from __future__ import annotations

import contextlib
import copy
import pickle
from collections.abc import Callable
from functools import partial
from typing import Any

import mqttwire as mq
from python_examples import EXAMPLES

Call = Callable[[], object]


def failing(call: Callable[..., Any], *args: Any, **options: Any) -> Call:
    def run() -> None:
        try:
            call(*args, **options)
        except (mq.MqttError, ValueError, TypeError, BufferError):
            return
        raise AssertionError("this should have failed")

    return run


def stream(data: bytes, size: int) -> list[mq.Packet]:
    decoder = mq.Decoder(view=True)
    cut = [decoder.feed(data[at : at + size]) for at in range(0, len(data), size)]
    found = list(cut[-1])
    decoder.close()
    assert decoder.position == len(data) and not decoder.pending and decoder.version
    return found


def broken_stream() -> None:
    decoder = mq.Decoder(4)
    for packets in (decoder.feed(b"\xc0\0\x30\x03\0\1#"), decoder.feed(b"\xc0\0")):
        failing(list, packets)()
    failing(decoder.close)()


def properties(made: mq.Properties) -> None:
    made.user_properties.append(("a", "b"))
    made.content_type = "c"
    assert made and "content_type" in made and made != mq.Properties() and repr(made)
    made.content_type = None
    del made.user_properties


def told(data: bytes) -> None:
    error: mq.MqttError | None = None
    try:
        mq.decode(data, 5)
    except mq.MqttError as raised:
        error = raised
    assert error is not None
    shown = (error.to_dict(), str(error), error.rule, error.ids, pickle.loads(pickle.dumps(error)))
    assert all(shown[:3]), shown


def viewed(data: bytes, version: int) -> None:
    packet = mq.decode(data, version, view=True)
    assert pickle.loads(pickle.dumps(packet)) == copy.deepcopy(packet) == packet.replace() == packet


SENDERS: tuple[mq.Sender, ...] = ("client", "server")
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
        for sender in SENDERS:
            for ask in (connection.side, connection.options, connection.quota):
                ask(sender)
            for count in (connection.next_packet_id, connection.position, connection.pending):
                count(sender)
            with contextlib.suppress(mq.MqttError):
                connection.close(sender)
        assert connection.version == 5 and connection.keep_alive == 0 and not connection.deadline


PACKETS = [mq.decode(e.wire, e.version) for e in EXAMPLES]
FORMS = [e.form for e in EXAMPLES]
STREAM = EXAMPLES[0].wire * 3
BAD_FORMS: list[dict[str, Any]] = [
    {"type": "PUBLISH", "topic": "a", "colour": 1},
    {"type": "PUBLISH", "topic": 1},
    {"type": "PUBLISH", "topic": {"hex": "0"}},
    {"type": "PUBACK", "packet_id": 65536},
    {"type": "SUBSCRIBE", "packet_id": 1, "subscriptions": [{"topic_filter": "a"}] * 40 + [1]},
    {"type": "AUTH", "properties": {"user_properties": [["k", "v"]] * 40 + [["k"]]}},
    {"type": "CONNECT", "client_id": "", "will": {"topic": "", "payload": 1}},
    {"type": 1},
    {"type": "PING"},
    {},
]
BAD_PACKETS: list[mq.Packet] = [
    mq.Publish(topic="a\ud800"),
    mq.Publish(topic="#", payload=bytes(5000)),
    mq.Publish(topic="a", payload="x"),  # type: ignore[arg-type]
    mq.Publish(topic="a", qos=1),
    mq.Publish(topic="a", qos=1, packet_id=1 << 70),
    mq.Publish(topic="a", properties=mq.Properties(server_keep_alive=1)),
    mq.Publish(topic="a", properties=mq.Properties(user_properties=[("a", 1)])),  # type: ignore[list-item]
    mq.Subscribe(packet_id=1, subscriptions=[]),
    mq.Subscribe(packet_id=1, subscriptions=[mq.Subscription(topic_filter="a")] * 40 + [None]),  # type: ignore[list-item]
    mq.Connect(client_id="a", will=mq.Will(topic="a/#")),
    mq.Connect(client_id=None),  # type: ignore[arg-type]
]
BAD_TOPICS: list[Any] = ["a#", "", "a\0", b"\xff", "\ud800", 1]

CALLS: dict[str, list[Call]] = {
    "decode": [partial(mq.decode, e.wire, e.version, e.sender) for e in EXAMPLES],
    "decode to a view": [partial(mq.decode, e.wire, e.version, view=True) for e in EXAMPLES],
    "decode bad bytes": [failing(mq.decode, e.wire[1:], e.version) for e in EXAMPLES],
    "decode too little": [failing(mq.decode, e.wire[:-1], e.version) for e in EXAMPLES],
    "decode with bad options": [
        failing(mq.decode, b"", 9),
        failing(mq.decode, b"", 5, "nobody"),
        failing(mq.decode, b"", 5, allow="all"),
        failing(mq.decode, b"", 5, max_size=0),
        failing(mq.decode, "text", 5),
        failing(mq.decode, b"\xc0\0"),
        failing(mq.decode, memoryview(b"abcd")[::2], 5),
    ],
    "errors": [partial(told, e.wire[:-1] + b"\xff\xff") for e in EXAMPLES],
    "encode": [packet.encode for packet in PACKETS],
    "encode what is large": [
        mq.Publish(topic="a", payload=bytes(5000)).encode,
        mq.Publish(topic="a", payload=bytearray(100)).encode,
        mq.Subscribe(packet_id=1, subscriptions=[mq.Subscription(topic_filter="a")] * 99).encode,
    ],
    "encode what is bad": [failing(packet.encode) for packet in BAD_PACKETS],
    "to_dict": [packet.to_dict for packet in PACKETS],
    "to_dict of what is bad": [failing(packet.to_dict) for packet in BAD_PACKETS[2:5]],
    "from_dict": [partial(mq.from_dict, form) for form in FORMS],
    "from_dict of what is bad": [failing(mq.from_dict, form) for form in BAD_FORMS],
    "frame": [partial(mq.frame, e.wire, e.version) for e in EXAMPLES]
    + [failing(mq.frame, b"\x30\xff\xff\xff\xff"), failing(mq.frame, b""), failing(mq.frame, 1)],
    "explain": [partial(mq.explain, e.wire, e.version) for e in EXAMPLES],
    "explain a part": [partial(mq.explain, e.wire, e.version, limit=3) for e in EXAMPLES]
    + [partial(mq.explain, e.wire[:-1], e.version, limit=1) for e in EXAMPLES]
    + [failing(mq.explain, b"\xc0\0", 5, limit=-1)],
    "explain what is bad": [partial(mq.explain, e.wire[:-1], e.version) for e in EXAMPLES]
    + [failing(mq.explain, b"\xc0\0")],
    "line": [partial(mq.line, e.wire, e.version) for e in EXAMPLES]
    + [partial(mq.line, b"\xff\xff", 5), failing(mq.line, 1)],
    "scan": [partial(mq.scan, e.wire * 3 + e.wire[:-1], e.version) for e in EXAMPLES],
    "scan what is bad": [
        partial(mq.scan, STREAM[1:], 5),
        failing(mq.scan, b"\xc0\0"),
        failing(mq.scan, 1),
    ],
    "streams": [partial(stream, STREAM, size) for size in (1, 7, len(STREAM))],
    "broken streams": [broken_stream, failing(mq.Decoder, 9), failing(mq.Decoder().feed, 1)],
    "connections": [connections],
    "packets as values": [
        *(packet.replace for packet in PACKETS),
        *(partial(copy.copy, packet) for packet in PACKETS),
        *(partial(copy.deepcopy, packet) for packet in PACKETS),
        *(partial(viewed, e.wire, e.version) for e in EXAMPLES),
        failing(mq.Packet),
        *(partial(repr, packet) for packet in PACKETS),
        *(failing(packet.replace, colour=1) for packet in PACKETS),
        lambda: pickle.loads(pickle.dumps(PACKETS)) == PACKETS,
    ],
    "properties": [
        lambda: properties(mq.Properties(user_properties=[])),
        failing(mq.Properties, colour=1),
    ],
    "topics": [
        partial(mq.topic_share, "$share/a/b"),
        partial(mq.topic_share, "a"),
        partial(mq.topic_match, "a/+", "a/b"),
        partial(mq.topic_match, b"a/#", b"a/b"),
        partial(mq.topic_name_check, "a/b"),
        partial(mq.topic_filter_check, "a/#"),
    ],
    "bad topics": [
        *(failing(mq.topic_name_check, topic) for topic in BAD_TOPICS),
        *(failing(mq.topic_filter_check, topic) for topic in BAD_TOPICS),
        failing(mq.topic_match, 1, "a"),
        failing(mq.topic_match, "a", 1),
        failing(mq.topic_share, 1),
    ],
    "rules": [
        partial(mq.rule_info, "qos_3"),
        partial(mq.rule_info, 73),
        failing(mq.rule_info, "qos_4"),
        failing(mq.rule_info, 7),
    ],
    "reasons": [
        partial(mq.reason_name, 1, mq.Type.SUBACK, 4),
        partial(mq.reason_text, 0x87, mq.Type.CONNACK),
        failing(mq.reason_name, 256, mq.Type.SUBACK),
        failing(mq.reason_text, 0, 16),
    ],
}

WEIGHT = {"connections": 120}  # calls of the package in one of these
