# SPDX-License-Identifier: MIT
"""After a hole, bytes that look like packets wherever one looks: the search stays linear."""

from time import process_time

import pytest
from capture_synthesis import Capture, Connection, connack, connect, publish, read, varint
from mqttwire_tool import _capture

SMALL = publish(5, "a")
SIZE = 1 << 20

# What is repeated, to about so many bytes.  None of it is trusted to be packets.
NONE = {
    "lengths that are none": lambda n: b"\x30\xff\xff\xff\x7f" * (n // 5),
    "lengths that wait for more": lambda n: b"\x30\x80\x80\x03\0\1a" * (n // 7),
    "packets that end beyond each other": lambda n: b"".join(
        b"\x30" + varint(300 + at * 7919 % 16000) + b"\0\1a\0" for at in range(0, n, 7)),
    "a topic that goes on": lambda n: (b"\x30\x83\x80\x04\xff\xff" + b"a" * 65533) * (n // 65536),
}  # fmt: skip
# Inside a segment more is asked for; at its beginning these would be packets.
FEW = {
    "packets": lambda n: (SMALL * 1100 + b"\xff") * (n // len(SMALL * 1100)),
    "pings": lambda n: (b"\xc0\0" * 3000 + b"\xff") * (n // 6000),
    "packets in a packet": lambda n: (b"\x30\xb0\xc0\x02\0\1a\0" + SMALL * 1100 + b"\xff" * 40000)
    * (n // 48000),
}  # fmt: skip
LARGE = 48_000
WAYS = [(name, segment, answers) for name in NONE
        for segment, answers in ((50, False), (50, True), (1448, False))]
WAYS += [(name, LARGE, True) for name in FEW]


def capture_of(stream, segment, answers=False):
    talk = Connection(Capture(step=1000)).open()
    talk.talk([("client", connect(5)), ("server", connack(5))])
    talk.acknowledge = False
    talk.lose("client", 100)
    for at in range(0, len(stream), segment):
        talk.send("client", (b"\xff" if segment == LARGE else b"") + stream[at : at + segment])
        if answers:  # which wait
            talk.send("server", SMALL)
    return talk


def cost(path, data):
    path.write_bytes(data)
    best = None
    for _ in range(2):
        start = process_time()
        with _capture.Capture(path) as capture:
            for _batch in capture:
                pass
        spent = process_time() - start
        best = spent if best is None else min(best, spent)
    return best


@pytest.mark.parametrize(("name", "segment", "answers"), WAYS)
def test_the_search_takes_linear_time(tmp_path, name, segment, answers):
    """Four times as much takes about four times as long; a square would be sixteen times."""
    make = {**NONE, **FEW}[name]
    one, four = (
        cost(tmp_path / "trace", capture_of(make(size), segment, answers).capture.pcap())
        for size in (SIZE, 4 * SIZE)
    )
    assert four < 8 * one + 0.1, (one, four)
    assert four < 20  # seconds; about one


@pytest.mark.parametrize(("name", "segment", "answers"), [way for way in WAYS if way[1] != 50])
def test_what_follows_is_found(tmp_path, name, segment, answers):
    talk = capture_of({**NONE, **FEW}[name](SIZE), segment, answers)
    for _ in range(1200):
        talk.send("client", b"\xff" * 1000)  # nothing is held back for longer
    end = [publish(5, "end", b"1"), publish(5, "end", b"2")]
    for data in end:
        talk.send("client", data)
    seen = read(_capture, tmp_path / "trace", talk.capture)
    assert not seen.named("unreadable")
    assert [r.data for r in seen.packets if r.sender == "client"][1:] == end
