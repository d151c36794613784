# SPDX-License-Identifier: MIT
"""Compressed captures, captures that grow, and blocks of pcapng that are rarely seen."""

import contextlib
import gzip
import os
import shutil
import struct
import subprocess
import threading
import time

import pytest
from capture_synthesis import PINGREQ, RAW, Capture, Connection, connect, exchange, read
from mqttwire_tool import _capture


@pytest.fixture
def look(tmp_path):
    return lambda data, **options: read(_capture, tmp_path / "trace", data, **options)


def both_ways(capture=None, **where):
    return Connection(capture or Capture(), **where).open().talk(exchange(5)).close().capture


# ---- gzip ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["pcap", "pcapng"])
def test_gzip(look, form):
    data = getattr(both_ways(), form)()
    half = len(data) // 2
    for packed in [
        gzip.compress(data),
        gzip.compress(data, 0),
        gzip.compress(data[:half]) + gzip.compress(data[half:]),  # members
        gzip.compress(data) + bytes(512),  # padding
        b"\x1f\x8b\x08\x1c" + gzip.compress(data)[4:10] + b"\2\0ab" + b"name\0" + b"comment\0" +
        gzip.compress(data)[10:],
    ]:
        seen = look(packed)
        assert seen.said() == exchange(5)
        assert [r.note for r in seen.notes] == ["opened", "closed"]


@pytest.mark.skipif(not shutil.which("gzip"), reason="needs gzip")
def test_gzip_s_own(look, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(both_ways().pcapng())
    packed = subprocess.run(["gzip", "-c", path], capture_output=True, check=True).stdout
    assert look(packed).said() == exchange(5)


def test_a_compressed_capture_that_ends_early(look):
    packed = gzip.compress(both_ways().pcap())
    counts = []
    for end in [*range(2, 40), *range(40, len(packed), 7), len(packed) - 1]:
        try:
            seen = look(packed[:end])
        except OSError as error:
            if end < 40 and "no capture" in str(error):
                continue
            raise
        assert seen.said() == exchange(5)[:len(seen.packets)]
        assert seen.records[-1].note in ("compression_cut", "closed")
        assert len(seen.named("compression_cut")) == 1
        counts.append(len(seen.packets))
    assert counts == sorted(counts)
    assert counts[-1] == len(exchange(5))


def test_a_compressed_capture_that_is_damaged(look):
    packed = gzip.compress(both_ways().pcap())
    for at in range(30, len(packed), 5):
        try:
            seen = look(packed[:at] + b"\xff\xff\xff\xff" + packed[at + 4:])
        except OSError as error:  # what came out is no capture any more
            if "damaged" not in str(error) and "no capture" not in str(error):
                raise
        else:
            assert {r.note for r in seen.notes} & {"compression_damaged", "compression_cut"}
    last = bytearray(packed)
    last[-6] ^= 1  # the sum of all bytes
    seen = look(bytes(last))
    assert seen.said() == exchange(5)
    assert len(seen.named("compression_damaged")) == 1


def test_a_compressed_pipe(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    packed = gzip.compress(both_ways().pcap())

    def write():
        with open(path, "wb", buffering=0) as pipe:
            for at in range(0, len(packed), 50):
                pipe.write(packed[at:at + 50])
                time.sleep(0.005)

    writer = threading.Thread(target=write)
    writer.start()
    with _capture.Capture(path) as capture:
        seen = [record for batch in capture for record in batch]
    writer.join()
    assert [(r.sender, r.data) for r in seen if r.note is None] == exchange(5)


def test_what_is_compressed_is_no_capture(look):
    with pytest.raises(OSError, match="no capture"):
        look(gzip.compress(bytes(1 << 24)))
    with pytest.raises(OSError, match="no capture"):
        look(gzip.compress(b""))


# ---- Growing -------------------------------------------------------------------------------------


def test_a_file_that_grows(tmp_path):
    whole = both_ways().pcapng()
    path = tmp_path / "trace"
    path.write_bytes(b"")
    done = threading.Event()

    def write():
        with open(path, "ab", buffering=0) as file:
            for at in range(0, len(whole), 97):  # ends in the middle of frames
                file.write(whole[at:at + 97])
                time.sleep(0.01)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = []
    with _capture.Capture(path, follow=True) as capture:
        while (batch := capture.read()) is not None:
            seen += batch
            if done.is_set():
                capture.finish()
    writer.join()
    assert [(r.sender, r.data) for r in seen if r.note is None] == exchange(5)
    assert [r.note for r in seen if r.note] == ["opened", "closed"]


def test_growing_is_seen_at_once_and_ends_when_told(tmp_path):
    path = tmp_path / "trace"
    talk = Connection(Capture()).open().send("client", connect(5))
    path.write_bytes(talk.capture.pcap())
    with _capture.Capture(path, follow=True) as capture:
        seen = []
        while len(seen) < 2:
            seen += capture.read()
        assert capture.read() == []
        before = len(talk.capture.frames)
        talk.send("client", PINGREQ)
        talk.capture.frames = talk.capture.frames[before:]
        with open(path, "ab") as file:
            file.write(talk.capture.pcap()[24:-10])  # a frame that is not complete
        begun = time.monotonic()
        while len(seen) < 3:
            seen += capture.read()
        assert time.monotonic() - begun < 2
        assert seen[-1].data == PINGREQ
        capture.finish()
        rest = [record for batch in capture for record in batch]
        assert [r.note for r in rest if r.note != "unanswered"] == ["input_cut"]
        assert capture.read() is None


def test_without_being_asked_a_file_is_not_waited_for(look):
    assert look(both_ways()).said() == exchange(5)


def test_a_pipe_that_is_told_to_end(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    end = os.open(path, os.O_RDWR)
    os.write(end, both_ways().pcap())
    seen = []
    with _capture.Capture(path) as capture:
        while (batch := capture.read()) is not None:
            seen += batch
            capture.finish()
    os.close(end)
    assert [(r.sender, r.data) for r in seen if r.note is None] == exchange(5)


def test_what_goes_on_without_end_is_ended(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    talk = Connection(Capture()).open().send("client", connect(5))
    before = len(talk.capture.frames)
    data = talk.capture.pcap()
    talk.send("client", PINGREQ)
    more = Capture()
    more.frames = talk.capture.frames[before:]
    stop = threading.Event()

    def write():
        with contextlib.suppress(BrokenPipeError), open(path, "wb", buffering=0) as pipe:
            pipe.write(data)
            while not stop.is_set():
                pipe.write(more.pcap()[24:])

    writer = threading.Thread(target=write)
    writer.start()
    begun = time.monotonic()
    with _capture.Capture(path) as capture:
        assert capture.read()
        capture.finish()
        while capture.read() is not None:
            pass
    stop.set()
    writer.join()
    assert time.monotonic() - begun < 5


# ---- pcapng --------------------------------------------------------------------------------------


def block(kind, body):
    body += bytes(-len(body) % 4)
    size = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + size + body + size


SECTION = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))


def interface(kind, *options):
    return block(1, struct.pack("<HHI", kind, 0, 262144) + b"".join(options))


def enhanced(number, ticks, data):
    return block(6, struct.pack("<IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(data),
                                len(data)) + data)


def test_interfaces_of_several_kinds(look):
    ethernet, raw = both_ways(), both_ways(Capture("raw"), port=2)
    out = [SECTION, interface(147), interface(1), interface(RAW)]
    out.append(enhanced(0, 5, b"what is that?"))
    for (time_1, data_1, _), (time_2, data_2, _) in zip(ethernet.frames, raw.frames):
        out += [enhanced(1, time_1 // 1000, data_1), enhanced(2, time_2 // 1000, data_2)]
    out.append(enhanced(0, 5, b"what is that?"))
    seen = look(b"".join(out))
    assert seen.said(1) == seen.said(2) == exchange(5)
    assert [r.note for r in seen.notes if r.note not in ("opened", "closed")] == ["link_unknown"]
    with pytest.raises(OSError, match="link type 147"):
        look(b"".join(out[:2] + out[4:5]))
    with pytest.raises(OSError, match="link type 147"):
        look(b"".join(out[:2]))


def test_sections_one_after_the_other(look):
    """As `cat` makes them, of both byte orders."""
    data = both_ways().pcapng("<") + both_ways(port=2).pcapng(">", resolution=9)
    seen = look(data)
    assert seen.said(1) == seen.said(2) == exchange(5)


def test_other_blocks(look):
    """Simple and obsolete packets, names, statistics, and what nobody knows."""
    out = [SECTION, interface(1), block(4, bytes(4)), block(5, bytes(12)), block(0xBAD, b"x" * 9)]
    for n, (_, data, _) in enumerate(both_ways().frames):
        if n % 2:
            out.append(block(3, struct.pack("<I", len(data)) + data))
        else:
            out.append(block(2, struct.pack("<HHIIII", 0, 0, 1, 2, len(data), len(data)) + data))
    assert look(b"".join(out)).said() == exchange(5)


def test_units_and_offsets_of_time(look):
    ticks = 5 * 2**20 + 2**19
    for options, seconds in [
        (struct.pack("<HHB3x", 9, 1, 0x80 | 20), 5.5),
        (struct.pack("<HHB3xHHq", 9, 1, 0x80 | 20, 14, 8, 1000), 1005.5),
        (struct.pack("<HHB3x", 9, 1, 12), ticks / 10**12),
    ]:
        out = [SECTION, interface(1, options)]
        out += [enhanced(0, ticks, data) for _, data, _ in both_ways().frames]
        seen = look(b"".join(out))
        assert seen.said() == exchange(5)
        assert seen.packets[0].time == round(seconds * 10**9)


def test_old_systems(look):
    """pcap with eight more bytes before each frame."""
    data = struct.pack("<IHHiIII", 0xA1B2CD34, 2, 4, 0, 0, 262144, 1)
    for when, frame, size in both_ways().frames:
        data += struct.pack("<IIII8x", when // 10**9, 7, len(frame), size) + frame
    assert look(data).said() == exchange(5)


def test_lengths_that_are_none(look):
    good = SECTION + interface(1)
    for bad in [struct.pack("<III", 6, 4, 4), struct.pack("<III", 6, 13, 13),
                struct.pack("<III", 6, 0xFFFFFFF0, 4), enhanced(0, 5, b"x" * 9)[:-4] + b"\0\0\0\0",
                enhanced(1, 5, b"x" * 9), block(6, bytes(8)),
                block(6, struct.pack("<IIIII", 0, 0, 0, 900, 900))]:
        with pytest.raises(OSError, match=r"block|length"):
            look(good + bad + bytes(64))
    with pytest.raises(OSError, match="frame"):
        look(Capture().pcap() + struct.pack("<IIII", 0, 0, 0x7FFFFFFF, 5) + bytes(64))
