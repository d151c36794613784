# SPDX-License-Identifier: MIT
"""Payloads that are slices of the input, where that is asked for."""

from __future__ import annotations

import array
import copy
import gc
import mmap
import pickle
from pathlib import Path
from typing import Any

import mqttwire as mq
import pytest

WIRE = mq.Publish(topic="a", payload=b"hello").encode()
OTHER = mq.Puback(packet_id=1).encode()


def payload_of(packet: mq.Packet) -> Any:
    assert isinstance(packet, mq.Publish)
    assert isinstance(packet.payload, memoryview)
    return packet.payload


def test_a_payload_is_bytes_unless_a_view_is_asked_for() -> None:
    packet = mq.decode(WIRE, version=5)
    assert isinstance(packet, mq.Publish)
    assert type(packet.payload) is bytes
    assert packet.payload.decode() == "hello"


def test_a_view_sees_what_becomes_of_the_data() -> None:
    data = bytearray(WIRE)
    payload = payload_of(mq.decode(data, version=5, view=True))
    assert payload == b"hello"
    data[-1] = ord("!")
    assert payload == b"hell!"


def test_a_view_keeps_the_data_exported_and_no_longer() -> None:
    data = bytearray(WIRE)
    packet = mq.decode(data, version=5, view=True)
    with pytest.raises(BufferError):
        data.append(0)
    del packet
    gc.collect()
    data.append(0)


def test_nothing_else_refers_to_the_data() -> None:
    data = bytearray(OTHER)
    mq.decode(data, version=5, view=True)
    data.append(0)
    with pytest.raises(mq.MqttError):
        mq.decode(data, version=5, view=True)
    data.append(0)
    with pytest.raises(ValueError, match="version"):
        mq.decode(data, view=True)
    data.append(0)


def test_a_view_keeps_what_it_is_of() -> None:
    payload = payload_of(mq.decode(bytes(bytearray(WIRE)), version=5, view=True))
    gc.collect()
    assert payload == b"hello"


def test_an_empty_payload() -> None:
    data = mq.Publish(topic="a").encode()
    assert payload_of(mq.decode(data, version=5, view=True)) == b""


def test_views_of_what_has_bytes(tmp_path: Path) -> None:
    wide = array.array("I", mq.Publish(topic="abc", payload=b"hell").encode())  # 12 bytes
    assert payload_of(mq.decode(wide, version=5, view=True)) == b"hell"

    file = tmp_path / "packet"
    file.write_bytes(WIRE)
    with file.open("rb") as opened:
        mapped = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
        payload = payload_of(mq.decode(mapped, version=5, view=True))
        assert payload == b"hello"
        with pytest.raises(BufferError):
            mapped.close()
        payload.release()
        mapped.close()


def test_a_view_can_be_encoded_and_compared() -> None:
    packet = mq.decode(WIRE, version=5, view=True)
    assert packet.encode() == WIRE
    assert packet == mq.decode(WIRE, version=5)
    assert packet.to_dict()["payload"] == b"hello".hex()


def test_a_view_is_copied_with_its_bytes_where_memory_is_not_shared() -> None:
    data = bytearray(WIRE)
    packet = mq.decode(data, version=5, view=True)
    again = [pickle.loads(pickle.dumps(packet, protocol)) for protocol in range(6)]
    for made in (*again, copy.deepcopy(packet)):
        assert made == packet
        assert type(made.payload) is bytes
    for made in (copy.copy(packet), packet.replace(topic="b")):
        data[-1] += 1
        assert payload_of(made) == payload_of(packet)


@pytest.mark.parametrize("step", [1, 2, 3, 7, 100])
def test_a_stream_in_pieces(step: int) -> None:
    stream = (WIRE + OTHER) * 5 + WIRE
    decoder = mq.Decoder(5, view=True)
    packets: list[mq.Packet] = []
    chunks = [bytearray(stream[at : at + step]) for at in range(0, len(stream), step)]
    for chunk in chunks:
        packets += decoder.feed(chunk)
    assert decoder.pending == 0
    assert [payload_of(p) for p in packets[::2]] == [b"hello"] * 6
    del packets
    gc.collect()
    for chunk in chunks:  # nothing keeps them
        chunk.append(0)


def test_a_stream_shares_the_chunk_that_holds_a_whole_packet() -> None:
    chunk = bytearray(WIRE)
    (packet,) = mq.Decoder(5, view=True).feed(chunk)
    chunk[-1] = ord("!")
    assert payload_of(packet) == b"hell!"
