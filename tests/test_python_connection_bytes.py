# SPDX-License-Identifier: MIT
"""mq.Connection takes bytes in any pieces, and what cannot be decoded."""

from __future__ import annotations

from collections.abc import Iterator

import mqttwire as mq
import pytest
from connection_help import (
    CONNACK,
    CONNECT,
    alias,
    answer,
    feed,
    opened,
    plain,
    publish,
    quiet,
    rules,
)

# ---- Bytes in pieces -----------------------------------------------------------------------------


def conversation() -> Iterator[tuple[mq.Sender, mq.Packet]]:
    yield "client", CONNECT.replace(properties=mq.Properties(topic_alias_maximum=3))
    yield "server", answer({"topic_alias_maximum": 3})
    yield "client", alias(1, "a/b")
    yield "client", alias(1)
    yield "client", publish("q", 1, 2)
    yield "server", mq.Pubrec(packet_id=1)
    yield "client", mq.Pubrel(packet_id=1)
    yield "client", publish("q", 1, 2)
    yield "server", mq.Pubcomp(packet_id=1)
    yield "server", mq.Puback(packet_id=9)
    yield "client", alias(4)
    yield "client", mq.Disconnect()


def test_every_split_point_of_every_packet() -> None:
    packets = [(sender, packet.encode()) for sender, packet in conversation()]
    connection = mq.Connection()
    wanted = [plain(seen) for sender, wire in packets for seen in connection.feed(sender, wire)]
    assert [bool(each["findings"]) for each in wanted].count(True) == 3
    for cut in range(max(len(wire) for _, wire in packets) + 1):
        connection = mq.Connection()
        seen = []
        for sender, wire in packets:
            seen += list(connection.feed(sender, memoryview(wire)[:cut]))
            assert connection.pending(sender) == (cut if cut < len(wire) else 0)
            seen += list(connection.feed(sender, bytearray(wire[cut:])))
        assert [plain(each) for each in seen] == wanted


def test_packets_and_bytes_are_seen_alike() -> None:
    by_bytes, by_packets = mq.Connection(), mq.Connection()
    for sender, packet in conversation():
        (seen,) = feed(by_bytes, sender, packet)
        assert plain(seen) == plain(by_packets.packet(sender, packet))
    assert by_bytes.side("client") == by_packets.side("client")
    assert by_bytes.deadline == by_packets.deadline


def test_all_bytes_of_a_direction_at_once() -> None:
    wire = b"".join(packet.encode() for sender, packet in conversation() if sender == "client")
    for size in (1, 2, 3, 7, len(wire)):
        connection = mq.Connection(one_sided=True)
        seen = [
            plain(each)
            for at in range(0, len(wire), size)
            for each in connection.feed("client", wire[at : at + size])
        ]
        assert [each["topic"] for each in seen] == [None, "a/b", "a/b", "q", None, "q", None, None]
        assert connection.position("client") == len(wire)
        connection.close("client")


# ---- Bytes that cannot be decoded ----------------------------------------------------------------

BAD = b"\x30\x03\0\1#"  # a wildcard in a topic name; without properties besides


def test_a_failure_comes_after_the_packets_before_it_and_is_for_good() -> None:
    connection = opened()
    seen = connection.feed("client", b"\xc0\0" + BAD + b"\xc0\0")
    assert next(seen).packet == mq.Pingreq()
    with pytest.raises(mq.MalformedPacket, match="topic_wildcard") as caught:
        next(seen)
    assert list(seen) == []
    first = caught.value
    assert (first.findings, connection.position("client")) == ((), 2)
    for _ in range(3):
        with pytest.raises(mq.MalformedPacket) as caught:
            list(connection.feed("client", b"\xc0\0"))
        assert caught.value is first and len(caught.traceback) < 4
    with pytest.raises(mq.MalformedPacket):
        connection.close("client")
    (other,) = feed(connection, "server", mq.Pingresp())  # the other direction goes on
    assert rules(other) == []


def test_what_is_lost_after_a_failure_explains_what_follows() -> None:
    """It may have held acknowledgements: no message of the other side is known to be open."""
    connection = opened()
    with pytest.raises(mq.MqttError):
        list(connection.feed("client", BAD))
    assert rules(feed(connection, "server", publish(packet_id=1))[0]) == []
    with pytest.raises(mq.MqttError):
        list(connection.feed("client", mq.Puback(packet_id=1).encode()))
    assert rules(feed(connection, "server", publish(packet_id=1))[0]) == []
    assert rules(feed(connection, "server", publish(packet_id=1))[0]) == ["packet_id_in_use"]


def test_what_the_connection_says_of_bad_bytes() -> None:
    connection = quiet()
    with pytest.raises(mq.MalformedPacket) as caught:
        list(connection.feed("client", BAD, now=200))
    assert [finding.rule for finding in caught.value.findings] == ["keep_alive_exceeded"]
    assert connection.deadline == 215


def test_without_a_version() -> None:
    with pytest.raises(ValueError, match="version"):
        list(mq.Connection().feed("server", CONNACK.encode()))
    with pytest.raises(mq.ProtocolError, match="first_packet"):
        list(mq.Connection().feed("client", b"\xc0\0"))
    with pytest.raises(ValueError, match="version"):
        list(mq.Connection(midway=True).feed("client", b"\xc0\0"))
    assert len(feed(mq.Connection(5), "server", CONNACK)) == 1


def test_unread_packets() -> None:
    connection = opened()
    seen = connection.unread("client", BAD)
    assert (seen.number, seen.sender, seen.packet, seen.size) == (3, "client", None, 5)
    assert connection.unread("server").size == 0
    assert rules(feed(connection, "server", mq.Puback(packet_id=1))[0]) == []
    feed(connection, "client", mq.Disconnect())
    seen = connection.unread("client", BAD)
    assert rules(seen) == ["after_disconnect"] and seen.findings[0].offset == 0


def test_the_end_of_a_direction() -> None:
    connection = opened()
    connection.close("client")
    assert list(connection.feed("client", b"\x30\x05\0")) == []
    with pytest.raises(mq.Incomplete) as caught:
        connection.close("client")
    assert caught.value.wanted == 7
