# SPDX-License-Identifier: MIT
"""Columns of many packets, and what NumPy and Arrow make of them."""

from __future__ import annotations

import gc
import mmap
import threading
from pathlib import Path
from typing import Any

import mqttwire as mq
import pytest
from mqttwire import arrow
from python_examples import EXAMPLES

# Hand-made; offsets are counted, not asked.
HELLO = bytes.fromhex("10 0e 0004 4d515454 05 02 003c 00 0001 61")  # 16 bytes
MESSAGE = bytes.fromhex("32 0a 0003 612f62 0007 00 6869")  # 12 bytes
ALIASED = bytes.fromhex("30 07 0000 03 230001 78")  # 9 bytes
BAD = bytes.fromhex("36 05 0001 61 0001")  # 7 bytes, QoS 3
PING = bytes.fromhex("c000")


def test_rows_by_hand() -> None:
    c = mq.scan(HELLO + MESSAGE + ALIASED + BAD + PING)
    assert len(c) == 5
    assert list(c.type) == [1, 3, 3, 3, 12]
    assert list(c.flags) == [0, 2, 0, 6, 0]
    assert list(c.start) == [0, 16, 28, 37, 44]
    assert list(c.end) == [16, 28, 37, 44, 46]
    assert list(c.topic_start) == [0, 20, 32, 37, 44]
    assert list(c.topic_end) == [0, 23, 32, 37, 44]
    assert list(c.packet_id) == [0, 7, 0, 0, 0]
    assert list(c.payload_start) == [0, 26, 36, 37, 44]
    assert list(c.payload_end) == [0, 28, 37, 37, 44]
    assert list(c.error) == [0, 0, 0, mq.Rule.QOS_3, 0]
    assert (c.version, c.consumed, c.wanted) == (5, 46, 0)
    assert repr(c) == "<Columns of 5 packets in 46 bytes>"


def test_every_packet_has_the_row_that_decoding_gives() -> None:
    for version in (4, 5):
        wires = [e.wire for e in EXAMPLES if e.version == version]
        c = mq.scan(b"".join(wires), version)
        assert len(c) == len(wires)
        for row, wire in enumerate(wires):
            packet = mq.decode(wire, version)
            assert c.error[row] == 0
            assert c.type[row] == packet.type
            assert bytes(c.data[c.start[row] : c.end[row]]) == wire
            assert c.packet_id[row] == (getattr(packet, "packet_id", 0) or 0)
            topic = bytes(c.data[c.topic_start[row] : c.topic_end[row]])
            payload = bytes(c.data[c.payload_start[row] : c.payload_end[row]])
            if isinstance(packet, mq.Publish):
                assert (topic.decode(), payload) == (packet.topic, packet.payload)
                assert c.topic_start[row] > c.start[row]
                assert c.payload_start[row] > c.start[row]
            else:
                assert topic == payload == b""
                assert c.topic_start[row] == c.payload_start[row] == c.start[row]


def test_what_is_not_all_there_is_left() -> None:
    for cut in range(1, len(MESSAGE)):
        c = mq.scan(PING + MESSAGE[:cut], 5)
        assert (len(c), c.consumed) == (1, 2)
        assert c.wanted == (2 if cut == 1 else len(MESSAGE))


def test_nothing() -> None:
    c = mq.scan(b"")
    assert (len(c), c.consumed, c.version) == (0, 0, None)
    assert list(c.error) == []


def test_a_bad_length_takes_the_rest() -> None:
    c = mq.scan(PING + bytes.fromhex("30 ffffffff7f") + PING * 3, 5)
    assert list(c.error) == [0, mq.Rule.INTEGER_TOO_LONG]
    assert (c.end[1], c.consumed) == (14, 14)


def test_padded_lengths() -> None:
    padded = bytes.fromhex("c0 80 00")
    assert list(mq.scan(padded * 2, 4).error) == [0, 0]
    assert list(mq.scan(padded * 2, 5, allow=mq.Allow.PADDED_INTEGERS).error) == [0, 0]
    assert list(mq.scan(padded * 2, 5).error) == [mq.Rule.INTEGER_PADDED] * 2


def test_a_packet_that_is_too_large_is_passed_over() -> None:
    c = mq.scan(MESSAGE + PING, 5, max_size=11)
    assert list(c.error) == [mq.Rule.PACKET_TOO_LARGE, 0]


def test_versions() -> None:
    with pytest.raises(ValueError, match="version"):
        mq.scan(MESSAGE)
    # A CONNECT that breaks a rule tells its version all the same.
    bad = bytearray(HELLO)
    bad[9] |= 1  # the reserved flag
    c = mq.scan(bytes(bad) + MESSAGE)
    assert (list(c.error), c.version) == ([mq.Rule.CONNECT_FLAGS_RESERVED, 0], 5)
    # One that tells none ends the scan.
    bad[8] = 9
    c = mq.scan(bytes(bad) + MESSAGE)
    assert (len(c), c.consumed, c.wanted, c.version) == (1, 16, 0, None)


def test_senders() -> None:
    assert list(mq.scan(PING, 5, "server").error) == [mq.Rule.DIRECTION]


def test_the_buffer_stays_exported() -> None:
    data = bytearray(PING)
    c = mq.scan(data, 5)
    with pytest.raises(BufferError):
        data.append(0)
    del c
    gc.collect()
    data.append(0)
    with pytest.raises(ValueError, match="version"):
        mq.scan(data)
    data.append(0)


def test_a_mapped_file(tmp_path: Path) -> None:
    file = tmp_path / "stream"
    file.write_bytes(MESSAGE * 1000)
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as data:
        c = mq.scan(data, 5)
        assert len(c) == 1000
        assert bytes(c.data[c.payload_start[999] : c.payload_end[999]]) == b"hi"
        c.data.release()


def test_columns_cannot_be_written() -> None:
    c = mq.scan(PING, 5)
    with pytest.raises(TypeError):
        c.type[0] = 1


def test_what_has_no_bytes() -> None:
    with pytest.raises(TypeError, match="str"):
        mq.scan("c000", 5)  # type: ignore[arg-type]


def test_threads_scan_at_the_same_time() -> None:
    data = MESSAGE * 20000
    sums: list[int] = []
    threads = [
        threading.Thread(target=lambda: sums.append(len(mq.scan(data, 5)))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sums == [20000] * 4


# ---- NumPy and Arrow --------------------------------------------------------------------------


def test_numpy_takes_columns_without_a_copy() -> None:
    np = pytest.importorskip("numpy")
    c = mq.scan(MESSAGE * 3, 5)
    start = np.asarray(c.start)
    assert start.dtype == np.uint64
    assert np.shares_memory(start, np.frombuffer(c.start, np.uint64))
    assert (np.asarray(c.end) - start).tolist() == [12, 12, 12]
    kinds = {name: np.asarray(getattr(c, name)).dtype for name in ("type", "packet_id", "error")}
    assert kinds == {"type": np.uint8, "packet_id": np.uint16, "error": np.uint16}


def test_an_arrow_table() -> None:
    pytest.importorskip("pyarrow")
    table = mq.to_arrow(mq.scan(HELLO + MESSAGE + ALIASED + BAD + PING))
    table.validate(full=True)
    assert table.to_pydict() == {
        "type": ["CONNECT", "PUBLISH", "PUBLISH", "PUBLISH", "PINGREQ"],
        "flags": [0, 2, 0, 6, 0],
        "start": [0, 16, 28, 37, 44],
        "end": [16, 28, 37, 44, 46],
        "topic": [None, "a/b", "", None, None],
        "packet_id": [None, 7, None, None, None],
        "payload": [None, b"hi", b"x", None, None],
        "error": [None, None, None, "qos_3", None],
    }


def test_an_arrow_table_shares_the_numbers() -> None:
    pa = pytest.importorskip("pyarrow")
    c = mq.scan(MESSAGE * 3, 5)
    table = mq.to_arrow(c, payload=False)
    assert "payload" not in table.column_names
    for name in ("flags", "start", "end", "packet_id"):
        values = table[name].chunk(0).buffers()[1]
        assert values.address == pa.py_buffer(getattr(c, name)).address


def test_an_empty_arrow_table_has_the_same_columns() -> None:
    pytest.importorskip("pyarrow")
    table = mq.to_arrow(mq.scan(b"", 5))
    assert table.num_rows == 0
    assert table.schema == mq.to_arrow(mq.scan(MESSAGE, 5)).schema


def test_topics_that_may_be_no_utf8_are_binary() -> None:
    pytest.importorskip("pyarrow")
    bad = bytes.fromhex("30 04 0001 ff 00")
    table = mq.to_arrow(mq.scan(bad, 5, allow=mq.Allow.UTF8))
    table.validate(full=True)
    assert table["topic"].to_pylist() == [b"\xff"]


def test_strings_are_cut_into_chunks_that_arrow_can_count(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyarrow")
    stream = (MESSAGE + PING) * 5
    whole = mq.to_arrow(mq.scan(stream, 5))
    monkeypatch.setattr(arrow, "MOST", 5)
    pieces = mq.to_arrow(mq.scan(stream, 5))
    pieces.validate(full=True)
    assert pieces["topic"].num_chunks == 5
    assert pieces.to_pydict() == whole.to_pydict()


def test_columns_that_were_tampered_with() -> None:
    pytest.importorskip("pyarrow")
    c = mq.scan(MESSAGE, 5)
    c.topic_end = memoryview(bytes([255] * 8)).cast("Q")
    with pytest.raises(ValueError, match="not within"):
        mq.to_arrow(c)
    c.topic_end = memoryview(b"")
    with pytest.raises(ValueError, match="ends"):
        mq.to_arrow(c)


@pytest.mark.parametrize("what", [MESSAGE, None, []])
def test_arrow_wants_columns(what: Any) -> None:
    with pytest.raises(TypeError, match=r"columns: expected what scan\(\) gives, not \w+"):
        mq.to_arrow(what)
