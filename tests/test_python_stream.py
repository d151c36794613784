# SPDX-License-Identifier: MIT
"""Streams of packets that come in pieces."""

from __future__ import annotations

import array
import random
import time

import mqttwire as mq
import pytest
from python_examples import EXAMPLES

# A client's stream of each version: CONNECT first, then what clients send.
STREAMS = {
    version: [
        mq.decode(e.wire, e.version)
        for e in EXAMPLES
        if e.version == version and e.sender == "client" and e.form["type"] != "DISCONNECT"
    ]
    + [mq.Publish(topic="a/b", payload=b"x" * 300, version=version)]
    for version in (4, 5)
}


def wire_of(packets: list[mq.Packet]) -> bytes:
    return b"".join(packet.encode() for packet in packets)


@pytest.mark.parametrize("version", STREAMS)
def test_all_at_once_and_byte_by_byte(version: int) -> None:
    packets = STREAMS[version]
    wire = wire_of(packets)
    decoder = mq.Decoder()
    assert list(decoder.feed(wire)) == packets
    assert (decoder.version, decoder.position, decoder.pending) == (version, len(wire), 0)
    decoder.close()
    decoder = mq.Decoder(sender="client")
    seen = [packet for byte in wire for packet in decoder.feed(bytes([byte]))]
    assert seen == packets
    decoder.close()


@pytest.mark.parametrize("version", STREAMS)
def test_every_split_point(version: int) -> None:
    packets = STREAMS[version]
    wire = wire_of(packets)
    for cut in range(len(wire) + 1):
        decoder = mq.Decoder()
        seen = list(decoder.feed(wire[:cut]))
        assert decoder.position + decoder.pending == cut
        seen += decoder.feed(memoryview(wire)[cut:])
        assert seen == packets


def test_any_pieces() -> None:
    chance = random.Random(1)
    for _ in range(200):
        packets = chance.choices(STREAMS[5], k=20)
        packets.insert(0, mq.Connect(client_id=""))
        packets = [p for p in packets[1:] if p.type != mq.Type.CONNECT]
        wire = wire_of(packets)
        decoder = mq.Decoder(5)
        seen: list[mq.Packet] = []
        while wire:
            size = chance.randint(0, 40)
            seen += decoder.feed(bytearray(wire[:size]))
            wire = wire[size:]
        assert seen == packets


def test_a_given_version() -> None:
    wire = mq.Connack(version=4).encode() + mq.Pingresp(version=4).encode()
    assert list(mq.Decoder(4, "server").feed(wire)) == [
        mq.Connack(version=4),
        mq.Pingresp(version=4),
    ]
    with pytest.raises(ValueError, match="version"):
        list(mq.Decoder().feed(wire))
    with pytest.raises(mq.ProtocolError, match="direction"):
        list(mq.Decoder(4, "client").feed(wire))


@pytest.mark.parametrize(
    "options", [{"version": 6}, {"sender": "nobody"}, {"allow": "utf8"}, {"max_size": 0}]
)
def test_impossible_options(options: dict[str, object]) -> None:
    with pytest.raises((ValueError, TypeError), match=next(iter(options))):
        mq.Decoder(**options)  # type: ignore[arg-type]


def test_a_broken_rule_comes_after_the_packets_before_it() -> None:
    ping = mq.Pingreq()
    wire = ping.encode() * 2 + b"\x30\x03\0\1#" + ping.encode()
    for pieces in ([wire], [wire[:5], wire[5:]], [bytes([byte]) for byte in wire]):
        decoder = mq.Decoder(5)
        for piece in pieces:
            decoder.feed(piece)
        assert [next(decoder), next(decoder)] == [ping, ping]
        with pytest.raises(mq.MalformedPacket) as caught:
            next(decoder)
        assert (caught.value.rule, caught.value.offset) == ("topic_wildcard", 4)
        assert decoder.position == 4
        with pytest.raises(mq.MalformedPacket, match="topic_wildcard"):
            next(decoder.feed(ping.encode()))
        with pytest.raises(mq.MalformedPacket, match="topic_wildcard"):
            decoder.close()


@pytest.mark.parametrize(
    ("version", "bad", "failure"),
    [(5, b"\x30\x03\0\1#", mq.MalformedPacket), (None, b"\xd0\0", ValueError)],
)
def test_a_failure_is_for_good(version: int | None, bad: bytes, failure: type[Exception]) -> None:
    decoder = mq.Decoder(version)
    seen = []
    for _ in range(3):
        with pytest.raises(failure) as caught:
            list(decoder.feed(bad))
        assert (decoder.position, decoder.pending) == (0, len(bad))  # the rest is dropped
        seen.append((caught.value, len(caught.traceback)))
    assert seen == [seen[0]] * 3  # the same one, which does not grow
    with pytest.raises(failure) as caught:
        decoder.close()
    assert caught.value is seen[0][0]


def test_what_is_no_bytes_does_no_harm() -> None:
    decoder = mq.Decoder(5)
    for piece in (b"\xc0", b"\0"):
        with pytest.raises(TypeError, match="bytes"):
            decoder.feed("c000")  # type: ignore[arg-type]
        decoder.feed(piece)
    assert list(decoder) == [mq.Pingreq()]


def test_packets_wait_until_they_are_asked_for() -> None:
    decoder = mq.Decoder(5)
    for _ in range(3):
        decoder.feed(mq.Pingreq().encode())
    assert next(decoder) == mq.Pingreq()
    assert len(list(decoder)) == 2


def test_the_end_of_a_stream() -> None:
    assert mq.Decoder().version is None
    decoder = mq.Decoder(5)
    decoder.close()
    assert list(decoder.feed(b"\x30\x80")) == []
    with pytest.raises(mq.Incomplete) as caught:
        decoder.close()
    assert caught.value.wanted == 3
    decoder.feed(b"\x01")
    with pytest.raises(mq.Incomplete) as caught:
        decoder.close()
    assert caught.value.wanted == 3 + 128


def test_a_packet_that_is_too_large_is_refused_before_it_comes() -> None:
    decoder = mq.Decoder(5, max_size=100)
    with pytest.raises(mq.ProtocolError, match="packet_too_large"):
        list(decoder.feed(b"\x30\xff\x7f"))


def test_what_holds_bytes_but_is_not_of_bytes() -> None:
    words = array.array("H")  # two bytes each
    words.frombytes(b"\xc0\x00\xc0\x00\x30\x03")
    decoder = mq.Decoder(5)
    assert list(decoder.feed(words)) == [mq.Pingreq(), mq.Pingreq()]
    assert decoder.pending == 2
    with pytest.raises(TypeError):
        decoder.feed([0])  # type: ignore[arg-type]
    assert decoder.pending == 2


def test_cost_is_linear() -> None:
    """A large packet, byte by byte: each one costs the same, whatever came before it."""

    def seconds(size: int) -> float:
        wire = mq.Publish(topic="a", payload=bytes(size)).encode()
        pieces = [wire[at : at + 1] for at in range(len(wire))]
        decoder = mq.Decoder(5)
        start = time.process_time()
        for piece in pieces:
            decoder.feed(piece)
        assert len(list(decoder)) == 1
        return time.process_time() - start

    small, large = min(seconds(20_000) for _ in range(3)), min(seconds(200_000) for _ in range(3))
    assert large < 40 * small  # 100 times, were it quadratic


def test_many_small_packets_in_one_piece() -> None:
    """Nothing is moved for each packet."""
    wire = mq.Pingreq().encode() * 200_000
    decoder = mq.Decoder(5)
    decoder.feed(wire[:1])
    start = time.process_time()
    assert sum(1 for _ in decoder.feed(wire[1:])) == 200_000
    assert time.process_time() - start < 5
