# SPDX-License-Identifier: MIT
"""How long packets wait for their answers, and which are never answered."""

import random

import pytest
from capture_synthesis import (
    PINGREQ,
    PINGRESP,
    Capture,
    Connection,
    ack,
    connack,
    connect,
    publish,
    read,
    suback,
    subscribe,
)
from mqttwire_tool import _capture

PUBACK, PUBREC, PUBREL, PUBCOMP = 4, 5, 6, 7


@pytest.fixture
def look(tmp_path):
    return lambda data, **options: read(_capture, tmp_path / "trace", data, **options)


def begun(version=5):
    return Connection(Capture()).open().talk(
        [("client", connect(version)), ("server", connack(version))])


def unanswered(seen):
    """Number, sender, type and identifier."""
    return [(r.begins, r.sender, r.data[0] >> 4, r.packet_id) for r in seen.unanswered]


@pytest.mark.parametrize("version", [4, 5])
def test_latency_is_the_time_between_both(look, version):
    talk = begun(version)
    talk.talk([
        ("client", subscribe(version, 1, "a")),
        ("server", suback(version, 1, 0)),
        ("client", publish(version, "a", qos=2, packet_id=2)),
        ("server", publish(version, "b", qos=1, packet_id=2)),  # the other side's identifier
        ("server", ack(PUBREC, 2)),
        ("client", ack(PUBACK, 2)),
        ("client", ack(PUBREL, 2)),
        ("server", ack(PUBCOMP, 2)),
        ("client", PINGREQ),
        ("server", PINGRESP),
    ])
    seen = look(talk.capture)
    time = {r.number: r.time for r in seen.packets}
    answers = {2: 1, 4: 3, 7: 5, 8: 6, 9: 7, 10: 9, 12: 11}
    assert {r.number: r.acknowledges for r in seen.packets if r.acknowledges} == answers
    for record in seen.packets:
        asked = answers.get(record.number)
        assert record.latency == (None if asked is None else record.time - time[asked])
    assert unanswered(seen) == []


def test_what_was_never_answered(look):
    talk = begun()
    talk.talk([
        ("client", publish(5, "a", qos=1, packet_id=7)),
        ("client", publish(5, "a", qos=2, packet_id=8)),
        ("server", ack(PUBREC, 8)),  # PUBREL does not come
        ("client", publish(5, "a", qos=2, packet_id=9)),
        ("server", ack(PUBREC, 9)),
        ("client", ack(PUBREL, 9)),  # PUBCOMP does not come
        ("client", subscribe(5, 10, "a")),
        ("server", publish(5, "b", qos=1, packet_id=7)),
        ("server", publish(5, "b")),
        ("client", PINGREQ),
    ])
    seen = look(talk.capture)
    assert unanswered(seen) == [
        (3, "client", 3, 7), (5, "server", 5, 8), (8, "client", 6, 9), (9, "client", 8, 10),
        (10, "server", 3, 7), (12, "client", 12, 0),
    ]
    last = seen.packets[-1].time
    times = {r.number: r.time for r in seen.packets}
    for note in seen.unanswered:
        assert note.latency >= last - times[note.begins]


def test_a_connect_that_is_not_answered(look):
    talk = Connection(Capture()).open().send("client", connect(5)).close()
    assert unanswered(look(talk.capture)) == [(1, "client", 1, 0)]


def test_a_refusal_ends_a_message(look):
    talk = begun()
    talk.send("client", publish(5, "a", qos=2, packet_id=1))
    talk.send("server", b"\x50\x03\x00\x01\x87")  # not authorized
    assert unanswered(look(talk.capture)) == []


def test_what_is_repeated_waits_since_the_first_time(look):
    talk = begun(4)
    for dup in (False, True, True):
        talk.send("client", publish(4, "a", qos=1, packet_id=1, dup=dup))
    talk.send("server", ack(PUBACK, 1))
    seen = look(talk.capture)
    assert seen.packets[-1].acknowledges == 3
    assert seen.packets[-1].latency == seen.packets[-1].time - seen.packets[2].time
    assert unanswered(seen) == []


def test_pings_that_are_answered_late(look):
    talk = begun()
    pings = [("client", PINGREQ)] * 2 + [("server", PINGRESP)] * 2
    talk.talk(pings)
    assert unanswered(look(talk.capture)) == []


def test_of_one_side_alone_nothing_can_be_said(look):
    talk = begun()
    for packet_id in range(1, 5):
        talk.send("client", publish(5, "a", qos=1, packet_id=packet_id))
        talk.send("server", ack(PUBACK, packet_id))
    talk.send("client", PINGREQ)
    assert unanswered(look(talk.capture)) == [(11, "client", 12, 0)]
    server = bytes([10, 0, 0, 2])
    talk.capture.frames = [frame for frame in talk.capture.frames if frame[1][26:30] != server]
    seen = look(talk.capture)
    assert [r.data[0] >> 4 for r in seen.packets] == [1, 3, 3, 3, 3, 12]
    assert unanswered(seen) == []


def test_any_order_of_many(look):
    """Against a table that is plain to see: a dictionary."""
    rng = random.Random(7)
    talk = begun(4)
    open_, said = {}, 2
    for _ in range(4000):
        said += 1
        if open_ and rng.random() < 0.5:
            packet_id = rng.choice(list(open_))
            del open_[packet_id]
            talk.send("server", ack(PUBACK, packet_id))
        else:
            packet_id = rng.choice([n for n in rng.sample(range(1, 65536), 600) if n not in open_])
            if len(open_) >= 400:  # what mqw_connection is given room for
                packet_id = None
                talk.send("client", publish(4, "a"))
            else:
                open_[packet_id] = said
                talk.send("client", publish(4, "a", qos=1, packet_id=packet_id))
    seen = look(talk.capture)
    assert [(n, i) for n, _, _, i in unanswered(seen)] == sorted((n, i) for i, n in open_.items())
    times = {r.number: r.time for r in seen.packets}
    assert all(r.latency == r.time - times[r.acknowledges] for r in seen.packets if r.acknowledges)


METHOD = b"\x15\x00\x01m"  # Authentication Method
SUCCESS, CONTINUE, AGAIN = 0, 0x18, 0x19


def auth(code):
    return bytes([0xF0, 2 + len(METHOD), code, len(METHOD)]) + METHOD


def test_authentication(look):
    """4.12: AUTH is answered by AUTH, by CONNACK, or by DISCONNECT."""
    hello = Connection(Capture()).open().talk(
        [("client", connect(5, "c", METHOD)), ("server", auth(CONTINUE))])
    assert unanswered(look(hello.capture)) == [(1, "client", 1, 0), (2, "server", 15, 0)]
    hello.send("client", auth(CONTINUE))
    assert unanswered(look(hello.capture)) == [(1, "client", 1, 0), (3, "client", 15, 0)]
    hello.send("server", connack(5, METHOD))
    assert unanswered(look(hello.capture)) == []
    hello.send("client", auth(AGAIN))
    assert unanswered(look(hello.capture)) == [(5, "client", 15, 0)]
    hello.send("server", auth(SUCCESS))
    assert unanswered(look(hello.capture)) == []
    hello.send("client", auth(AGAIN)).send("server", b"\xe0\x01\x87")
    assert unanswered(look(hello.capture)) == []
