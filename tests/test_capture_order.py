# SPDX-License-Identifier: MIT
"""Packets of both directions stay in order while one of them looks where its packets begin."""

import random

import pytest
from capture_synthesis import (
    Capture,
    Connection,
    ack,
    connack,
    connect,
    publish,
    read,
    u16,
)
from mqttwire_tool import _capture

SEGMENT = 1448
PUBACK = 4
ENDS = ["client", "server"]


@pytest.fixture
def look(tmp_path):
    return lambda data, **options: read(_capture, tmp_path / "trace", data, **options)


def begun(version):
    talk = Connection(Capture()).open().talk(
        [("client", connect(version)), ("server", connack(version))])
    talk.acknowledge = False  # only segments with data come
    return talk


def messages(rng, version, count, ids):
    """PUBLISH packets of QoS 1, whose identifiers are taken again as soon as they are free."""
    return [
        publish(version, "plant/line", u16(n) + rng.randbytes(rng.randrange(20, 300)), qos=1,
                packet_id=n % ids + 1)
        for n in range(count)
    ]


def answered(talk, sender, sent, lost=(), kept=SEGMENT):
    """Sent in full segments, each of which is answered by PUBACKs of what is complete by then.

    lost: numbers of segments that were not captured; their answers were.
    """
    ends, total = [], 0
    for data in sent:
        total += len(data)
        ends.append(total)
    stream, done = b"".join(sent), 0
    for n, at in enumerate(range(0, total, kept)):
        part = stream[at : at + kept]
        if n in lost:
            talk.lose(sender, len(part))
        else:
            talk.send(sender, part)
        answers = b""
        while done < len(sent) and ends[done] <= at + len(part):
            head = sent[done].index(b"plant/line") + 10
            answers += ack(PUBACK, int.from_bytes(sent[done][head : head + 2], "big"))
            done += 1
        if answers:
            talk.send(talk.other(sender), answers)
    return talk


def told(seen):
    """Of the packets after CONNACK: those of each type."""
    packets = seen.packets[2:]
    return ([r for r in packets if r.data[0] >> 4 == 3],
            [r for r in packets if r.data[0] >> 4 == PUBACK])


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("sender", ENDS)
def test_a_hole_in_a_stretch_of_messages_that_are_answered(look, sender, version, seed):
    """Of each message that is read whole the answer is known, and nothing is said that is wrong."""
    rng = random.Random(seed)
    sent = messages(rng, version, 600, rng.choice([12, 30, 600]))
    talk = answered(begun(version), sender, sent, lost={20})
    seen = look(talk.close().capture)
    assert not any(r.findings for r in seen.records)
    publishes, pubacks = told(seen)
    known = set(sent)
    whole = [r for r in publishes if r.data in known]
    assert len(whole) >= len(sent) - 1448 // 20 and len(publishes) - len(whole) <= 1
    links = {r.acknowledges: r for r in pubacks if r.acknowledges}
    times = {r.number: r for r in publishes}
    # Those that wait when bytes are lost are not followed any more, nor is the one that is cut.
    before = [r.number for r in publishes if r.time < seen.named("hole")[0].time]
    assert {r.number for r in whole} - links.keys() <= set(before[-1:])
    for number, answer in links.items():
        assert answer.number > number
        assert answer.packet_id == times[number].packet_id
        assert answer.latency == answer.time - times[number].time
    assert seen.unanswered == []


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("sender", ENDS)
@pytest.mark.parametrize("size", [40, 400, 1448, 2000])
def test_answers_that_are_passed_over(look, sender, version, size):
    """After a hole its bytes cannot be read; the other end takes identifiers again meanwhile.

    2.2.1 allows that: they were acknowledged in what is passed over.
    """
    talk = begun(version)
    other = talk.other(sender)
    talk.send(sender, b"\x30").lose(sender, 3000)
    for n in range(60):
        talk.send(other, publish(version, "a", u16(n), qos=1, packet_id=7))
        # The end of a large message whose beginning is lost, and the answer.
        talk.send(sender, b"\xff" * size + ack(PUBACK, 7) + b"\xff")
    talk.send(sender, publish(version, "c"))
    for n in range(3):
        talk.send(other, publish(version, "b", u16(n), qos=1, packet_id=7))
        talk.send(sender, ack(PUBACK, 7))
    seen = look(talk.close().capture)
    assert not any(r.findings for r in seen.records)
    publishes, pubacks = told(seen)
    mine = [r for r in publishes if r.sender == other]
    assert len(mine) == 63
    assert [r.acknowledges for r in pubacks[-3:]] == [r.number for r in mine[-3:]]
    assert seen.unanswered == []


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("sender", ENDS)
def test_answers_in_a_direction_that_is_not_read_any_more(look, sender, version):
    talk = begun(version).send(sender, b"\x30\xff\xff\xff\xff")  # a length that is none
    other = talk.other(sender)
    for _ in range(9):
        talk.send(other, publish(version, "a", b"x", qos=1, packet_id=7))
        talk.send(sender, ack(PUBACK, 7))
    seen = look(talk.close().capture)
    assert seen.named("unreadable")
    assert not any(r.findings for r in seen.records)


@pytest.mark.parametrize("version", [4, 5])
def test_holes_in_both_directions(look, version):
    rng = random.Random(version)
    both = {end: b"".join(messages(rng, version, 800, 800)) for end in ENDS}
    talk = begun(version)
    for n in range(100):
        for end in ENDS:
            part = both[end][n * SEGMENT : (n + 1) * SEGMENT]
            talk.lose(end, len(part)) if n in (30, 33, 60) else talk.send(end, part)
    seen = look(talk.close().capture)
    frames = [r.frame for r in seen.packets if len(r.data) == r.size]
    assert frames == sorted(frames)
    assert len(frames) > 1500
    assert not any(r.findings for r in seen.records)


def waiting(look, version, seconds, count):
    """A large message after a hole comes slowly, while the server goes on and asks."""
    talk = begun(version).lose("client", 100)
    large = publish(version, "plant/line", bytes(900 * (count + 1)))
    talk.capture.step = int(seconds * 1e9)
    for n in range(count):
        talk.send("client", large[n * 900 : (n + 1) * 900])
        talk.send("server", publish(version, "a", u16(n), qos=1, packet_id=n + 1))
    talk.send("client", large[count * 900 :])
    return talk, large


@pytest.mark.parametrize(("seconds", "count"), [(1, 20), (0.001, 400)])
def test_waiting_has_an_end(look, seconds, count):
    talk, large = waiting(look, 5, seconds, count)
    seen = look(talk.capture)
    assert large in [r.data for r in seen.packets]
    times = [r.time for r in seen.packets]
    assert times == sorted(times)
    # What the server says is told before all of the message has come.
    half = talk.capture.frames[: len(talk.capture.frames) * 3 // 4]
    talk.capture.frames = half
    assert len([r for r in look(talk.capture).packets if r.sender == "server"]) > count // 2


def test_what_was_overtaken_is_not_told_late(look):
    """Bytes that look like a large message hold the other end up, and turn out to be none."""
    talk = begun(5).lose("client", 100)
    false = b"\x30\x80\x80\x40\x00\x0aplant/line\x00" + bytes(100)
    talk.send("client", false)
    for n in range(100):
        talk.send("client", publish(5, "a", u16(n) + bytes(900), qos=1, packet_id=7))
        talk.send("server", ack(PUBACK, 7))
    for _ in range(1100):
        talk.send("client", b"\xff" * 1000)
    for n in range(5):
        talk.send("client", publish(5, "b", u16(n), qos=1, packet_id=7))
        talk.send("server", ack(PUBACK, 7))
    seen = look(talk.close().capture)
    assert not any(r.findings for r in seen.records)
    frames = [r.frame for r in seen.packets]
    assert frames == sorted(frames)
    assert [r.data[4:5] for r in told(seen)[0]] == [b"b"] * 5
    assert seen.unanswered == []
