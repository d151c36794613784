# SPDX-License-Identifier: MIT
"""The streams of vectors/, through mq.Decoder and mq.Connection, cut as they say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Optional

import mqttwire as mq
import pytest
from mqttwire_tool.vectors.forms import unfold, unfolded
from test_vectors import Vector, expect_error, vectors

Reader = Callable[[Vector, bytes, list[int]], tuple[list[mq.Packet], Optional[mq.MqttError]]]
STREAMS = [pytest.param(v, id=v["id"]) for v in vectors("streams")]


def chunkings(vector: Vector, total: int) -> Iterator[list[int]]:
    """Sizes of the pieces.  "each": in two at every place, and byte by byte."""
    if vector["chunks"] != "each":
        assert sum(vector["chunks"]) == total
        yield vector["chunks"]
        return
    yield from ([at, total - at] for at in range(total + 1))
    yield [1] * total


def follow(
    vector: Vector, wire: bytes, sizes: list[int]
) -> tuple[list[mq.Packet], mq.MqttError | None]:
    """The same, by one direction of a connection."""
    connection = mq.Connection(vector["version"])
    packets: list[mq.Packet] = []
    at = 0
    try:
        for size in sizes:
            for seen in connection.feed(vector["sender"], wire[at : at + size]):
                assert seen.packet is not None and seen.number == len(packets) + 1
                packets.append(seen.packet)
            at += size
        connection.close(vector["sender"])
    except mq.MqttError as error:
        return packets, error
    return packets, None


def decode(
    vector: Vector, wire: bytes, sizes: list[int]
) -> tuple[list[mq.Packet], mq.MqttError | None]:
    """The packets, and what is wrong behind them; ends early: Incomplete."""
    decoder = mq.Decoder(vector["version"], vector["sender"])
    packets: list[mq.Packet] = []
    at = 0
    try:
        for size in sizes:
            packets += iter(decoder.feed(wire[at : at + size]))
            at += size
        decoder.close()
    except mq.MqttError as error:
        packets += take_rest(decoder)
        return packets, error
    return packets, None


def take_rest(decoder: mq.Decoder) -> Iterator[mq.Packet]:
    try:
        yield from decoder
    except mq.MqttError:
        return


@pytest.mark.parametrize("vector", STREAMS)
@pytest.mark.parametrize("read", [decode, follow])
def test_every_way_to_cut(read: Reader, vector: Vector) -> None:
    wire = unfold(vector["wire"])
    wanted = [unfolded(packet) for packet in vector["packets"]]
    for sizes in chunkings(vector, len(wire)):
        packets, error = read(vector, wire, sizes)
        assert [packet.to_dict() for packet in packets] == wanted, sizes
        if vector["result"] == "accept":
            assert error is None, sizes
        elif vector["result"] == "more":
            assert isinstance(error, mq.Incomplete), sizes
        else:
            assert error is not None and not isinstance(error, mq.Incomplete), sizes
            expect_error(vector, error)


def test_there_are_some() -> None:
    assert {v["version"] for v in vectors("streams")} == {4, 5, None}
    assert {v["result"] for v in vectors("streams")} == {"accept", "more", "reject"}
