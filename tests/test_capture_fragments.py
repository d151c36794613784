# SPDX-License-Identifier: MIT
"""IP fragments, and frames that were captured twice."""

import random

import pytest
from capture_synthesis import (
    PINGREQ,
    Capture,
    Connection,
    connack,
    connect,
    exchange,
    fragments,
    publish,
    read,
)
from mqttwire_tool import _capture

SIX = {"client": "2001:db8::1", "server": "2001:db8::2"}
FAMILIES = [{}, SIX]


@pytest.fixture
def look(tmp_path):
    return lambda data, **options: read(_capture, tmp_path / "trace", data, **options)


def shape(seen):
    return [r.note or r.data[0] >> 4 for r in seen.records]


class Fragmenting(Capture):
    """Every packet comes in fragments; change makes others of them."""

    def __init__(self, size=16, change=lambda parts: parts, **where):
        super().__init__(**where)
        self.size, self.change, self.count = size, change, 0

    def add(self, packet, keep=None):
        self.count += 1
        for part in self.change(fragments(packet, self.size, self.count)):
            super().add(part, keep)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("size", [8, 16, 48, 1480])
@pytest.mark.parametrize("link", ["ethernet", "raw", "sll2"])
def test_fragments(look, family, size, link):
    capture = Fragmenting(size, link=link)
    seen = look(Connection(capture, **family).open().talk(exchange(5)).close().capture)
    assert seen.said() == exchange(5)
    assert [r.note for r in seen.notes] == ["opened", "closed"]
    assert seen.counts["damaged"] == 0
    if size < 20:
        assert seen.counts["fragments"] == len(capture.frames)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("seed", range(10))
def test_disorder_and_copies(look, family, seed):
    rng = random.Random(seed)

    def change(parts):
        parts = parts + rng.sample(parts, rng.randrange(len(parts)))
        rng.shuffle(parts)
        return parts

    capture = Fragmenting(rng.choice([8, 24]), change)
    seen = look(Connection(capture, **family).open().talk(exchange(5)).close().capture)
    assert seen.said() == exchange(5)
    assert [r.note for r in seen.notes] == ["opened", "closed"]


def test_packets_side_by_side(look):
    """Fragments of 20 packets at once, of both families; numbers of packets are the same."""
    capture, all_parts = Capture(), []
    for family in FAMILIES:
        for port in range(1, 11):
            alone = Fragmenting(8)
            alone.count = 7
            talk = Connection(alone, port=port, client_isn=port, **family)
            talk.segment("client", port, publish(5, "some/topic", b"%d" % port * 40))
            address = bytes([10, 0, 1, port])
            for n, (time, data, size) in enumerate(alone.frames):
                if not family:  # from another address
                    data = data[:26] + address + data[30:]
                else:
                    data = data[:37] + bytes([port]) + data[38:]
                all_parts.append((n, (time, data, size)))
    capture.frames = [frame for _, frame in sorted(all_parts, key=lambda p: p[0])]
    seen = look(capture)
    assert len(seen.packets) == 20
    assert not seen.named("fragmented")


def test_the_first_copy_counts(look):
    """Fragments that overlap: of each block of eight bytes."""
    data = publish(5, "a/b", b"1" * 64)

    def change(parts):
        if len(parts) < 6:
            return parts
        other = bytearray(parts[4])
        other[20:] = b"2" * (len(other) - 20)
        longer = bytearray(parts[3] + b"2" * 8)  # and reaches into the next one
        longer[2:4] = (len(longer)).to_bytes(2, "big")
        return [*parts[:3], parts[4], bytes(other), bytes(longer), *parts[3:]]

    capture = Fragmenting(8, change)
    talk = Connection(capture).open().send("client", connect(5)).send("server", connack(5))
    seen = look(talk.send("client", data).capture)
    assert seen.packets[-1].data == data[:-64] + seen.packets[-1].data[-64:]
    assert seen.packets[-1].data[-64:].count(b"2") in (0, 8)


def test_parts_that_never_come(look):
    talk = Connection(Fragmenting(16)).open().talk(exchange(5)[:2])
    before = len(talk.capture.frames)
    talk.send("client", publish(5, "a/b", b"x" * 100))
    del talk.capture.frames[before + 2]
    seen = look(talk.send("client", PINGREQ).capture)
    assert shape(seen).count("fragmented") == 1
    assert 12 in shape(seen)


def test_time_runs_out(look):
    """What is left of a packet is no part of another one with its number, a minute later."""
    capture = Fragmenting(16)
    talk = Connection(capture).open().talk(exchange(5)[:2])
    before = len(capture.frames)
    talk.segment("client", talk.next["client"], publish(5, "a/b", b"x" * 100))
    del capture.frames[before + 2:]
    capture.time += 60 * 10**9
    capture.count -= 1
    seen = look(talk.send("client", publish(5, "c/d", b"y" * 100)).capture)
    assert seen.packets[-1].data == publish(5, "c/d", b"y" * 100)
    assert shape(seen).count("fragmented") == 1


def test_fragments_that_were_cut_short(look):
    """As with a snapshot length: what is there of the segment is read."""
    data = publish(5, "a/b", b"x" * 400)
    capture = Fragmenting(208)
    talk = Connection(capture).open().talk(exchange(5)[:2])
    talk.send("client", data, keep=134).send("client", PINGREQ)
    seen = look(talk.capture)
    assert shape(seen) == ["opened", 1, 2, "cut", 3, 12]
    assert seen.packets[2].data == data[:80]


@pytest.mark.parametrize("family", FAMILIES)
def test_hostile_fragments(look, family):
    """Many packets that are never complete, and offsets and lengths that are none."""
    rng = random.Random(1)
    capture = Capture(step=1)
    other = Connection(capture, **family).open().talk(exchange(5)[:2])
    flood = Fragmenting(8)
    attacker = Connection(flood, port=9, **family)
    for _ in range(300):
        attacker.segment("client", rng.randrange(2**32), rng.randbytes(40))
    for _, data, size in flood.frames:
        data = bytearray(data)
        for at in (20, 21, 58, 59) if family else (16, 17, 20, 21):
            if rng.random() < 0.2:
                data[at] = rng.randrange(256)
        capture.frames.append((capture.time, bytes(data), size))
    other.talk(exchange(5)[2:])
    for limit in (0, 1 << 20):
        seen = look(capture, memory=limit)
        assert seen.said(1) == exchange(5)


def test_other_fragments_are_no_loss(look):
    """Of UDP, for example."""
    talk = Connection(Fragmenting(16)).open().talk(exchange(5))
    frames = talk.capture.frames
    for time, data, size in frames[:3]:
        data = bytearray(data)
        data[23] = 17
        frames.append((time, bytes(data), size))
    seen = look(talk.capture)
    assert not seen.named("fragmented")
    assert seen.counts["others"] == 3


# ---- The same frame twice, and sums that nobody has worked out yet -------------------------------


@pytest.mark.parametrize("apart", [0, 1, 5])
def test_frames_that_were_captured_twice(look, apart):
    talk = Connection(Capture()).open().talk(exchange(5)).close()
    frames = talk.capture.frames
    doubled = []
    for n, frame in enumerate(frames):
        doubled.append(frame)
        if n >= apart:
            doubled.append(frames[n - apart])
    talk.capture.frames = doubled
    seen = look(talk.capture)
    assert seen.said() == exchange(5)
    assert [r.note for r in seen.notes] == ["opened", "closed"]
    assert not any(r.findings or r.repeats for r in seen.records)


@pytest.mark.parametrize("family", FAMILIES)
def test_checksums_are_left_to_the_network_card(look, family):
    """Whatever stands there: it is filled in after the capture."""
    rng = random.Random(2)
    talk = Connection(Capture(), **family).open().talk(exchange(5)).close()
    changed = []
    for time, data, size in talk.capture.frames:
        data = bytearray(data)
        if not family:
            data[24:26] = rng.randbytes(2)  # of IP
        at = 14 + (40 if family else 20) + 16
        data[at:at + 2] = rng.randbytes(2)
        changed.append((time, bytes(data), size))
    talk.capture.frames = changed
    seen = look(talk.capture)
    assert seen.said() == exchange(5)
    assert seen.counts["damaged"] == 0
