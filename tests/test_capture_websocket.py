# SPDX-License-Identifier: MIT
"""MQTT in WebSocket frames, which need not agree with packets or segments."""

import random

import pytest
from capture_synthesis import (
    PINGREQ,
    PINGRESP,
    SWITCH,
    UPGRADE,
    Capture,
    Connection,
    connack,
    connect,
    exchange,
    frame,
    publish,
    read,
)
from mqttwire_tool import _capture

VERSIONS = [4, 5]


@pytest.fixture
def look(tmp_path):
    return lambda data, **options: read(_capture, tmp_path / "trace", data, **options)


def shape(seen):
    """Notes by name, packets by type."""
    return [r.note or r.data[0] >> 4 for r in seen.records]


MASK = b"\1\2\3\4"


def upgraded(capture=None, upgrade=UPGRADE, switch=SWITCH, **where):
    where.setdefault("server_port", 80)
    talk = Connection(capture or Capture(), **where).open()
    return talk.send("client", upgrade).send("server", switch)


def framed(sender, data, **options):
    return frame(data, mask=MASK if sender == "client" else None, **options)


@pytest.mark.parametrize("version", VERSIONS)
def test_websocket(look, version):
    talk = upgraded()
    for sender, data in exchange(version):
        talk.send(sender, framed(sender, data))
    seen = look(talk.close().capture)
    assert seen.said() == exchange(version)
    assert [r.note for r in seen.notes] == ["opened", "closed"]
    assert seen.connections[1]["transport"] == "websocket"


@pytest.mark.parametrize("seed", range(20))
def test_websocket_frames_segments_and_packets_need_not_agree(look, seed):
    rng = random.Random(seed)
    talk = upgraded()
    for sender in ("client", "server"):  # all of one side, then all of the other: no order
        data = b"".join(p for s, p in exchange(5) if s == sender)
        wire, first = b"", True
        while data:
            n = rng.randrange(0, 40)
            part, data = data[:n], data[n:]
            last = not data or rng.random() < 0.5
            wire += framed(sender, part, opcode=2 if first else 0, fin=last)
            first = last
            if rng.random() < 0.3:
                wire += framed(sender, b"ping", opcode=rng.choice([9, 10]))
        wire += framed(sender, b"\3\xe8", opcode=8)
        while wire:
            n = rng.randrange(1, 30)
            talk.send(sender, wire[:n])
            wire = wire[n:]
    seen = look(talk.capture)
    assert sorted(seen.said()) == sorted(exchange(5))


def test_websocket_byte_by_byte(look):
    talk = Connection(Capture(), server_port=80).open()
    wire = {"client": UPGRADE, "server": SWITCH}
    for sender, data in exchange(5):
        wire[sender] += framed(sender, data)
        for i in range(len(wire[sender])):
            talk.send(sender, wire[sender][i:i + 1])
        wire[sender] = b""
    assert look(talk.capture).said() == exchange(5)


def test_websocket_half_captured(look):
    for part in (UPGRADE, SWITCH):
        talk = Connection(Capture(), server_port=80).open()
        who = "client" if part is UPGRADE else "server"
        talk.lose("client", 0 if part is UPGRADE else len(UPGRADE))
        talk.send(who, part)
        for sender, data in exchange(5):
            talk.send(sender, framed(sender, data))
        for _ in range(10):
            talk.segment("client", talk.next["client"])
        seen = look(talk.capture)
        assert seen.said() == exchange(5), who


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("first", range(2, 14))
def test_websocket_midway(look, version, first):
    talk = Connection(Capture(), server_port=80)
    for sender, data in exchange(version)[first:]:
        talk.send(sender, framed(sender, data))
    seen = look(talk.capture)
    assert seen.said() == exchange(version)[first:]
    assert seen.connections[1]["transport"] == "websocket"
    assert all(r.guessed for r in seen.packets)


def test_websocket_midway_between_frames(look):
    """The first bytes are the rest of a frame; the first frame is in two segments."""
    talk = Connection(Capture(), server_port=80)
    talk.send("client", b"x" * 50)
    wire = framed("client", publish(5, "a/b", b"1" * 50))
    talk.send("client", wire[:20]).send("client", wire[20:])
    talk.send("server", framed("server", publish(5, "c/d", b"2")))
    talk.send("client", framed("client", publish(5, "a/b", b"3")))
    seen = look(talk.capture)
    assert seen.said() == [
        ("server", publish(5, "c/d", b"2")),
        ("client", publish(5, "a/b", b"3")),
    ]


def test_websocket_faults(look):
    def notes(send, **hello):
        talk = upgraded(**hello)
        talk.send("client", framed("client", connect(5))).send("server", frame(connack(5)))
        for sender, data in send:
            talk.send(sender, data)
        seen = look(talk.capture)
        return [(r.note, r.sender) for r in seen.notes][1:], [p[0] >> 4 for _, p in seen.said()]

    ping = ("client", framed("client", PINGREQ))
    assert notes([("client", framed("client", PINGREQ, opcode=1)), ping]) == (
        [("websocket_not_binary", "client")], [1, 2, 12, 12])
    assert notes([("client", frame(PINGREQ)), ping]) == (
        [("websocket_mask", "client")], [1, 2, 12, 12])
    assert notes([("server", frame(PINGRESP, mask=MASK))]) == (
        [("websocket_mask", "server")], [1, 2, 13])
    assert notes([("client", framed("client", PINGREQ, reserved=4)), ping]) == (
        [("websocket_frame", "client")], [1, 2])  # compression was not agreed on
    assert notes([("client", framed("client", PINGREQ, opcode=5)), ping]) == (
        [("websocket_frame", "client")], [1, 2])
    assert notes([("client", framed("client", b"x" * 126, opcode=9)), ping]) == (
        [("websocket_frame", "client")], [1, 2])
    assert notes([ping], switch=SWITCH.replace(b"Protocol: mqtt", b"Protocol: chat")) == (
        [("websocket_protocol", "server")], [1, 2, 12])


def test_other_websockets_are_not_mqtt(look):
    talk = upgraded(upgrade=UPGRADE.replace(b"mqtt", b"chat"), switch=SWITCH)
    talk.send("client", framed("client", b'{"hello": 1}', opcode=1))
    assert shape(look(talk.capture)) == ["not_mqtt"]
    other = UPGRADE.replace(b"mqtt", b"chat")
    talk = upgraded(upgrade=other, switch=b"HTTP/1.1 403 Forbidden\r\n\r\n")
    assert shape(look(talk.capture)) == ["not_mqtt"]
    talk = upgraded(upgrade=b"GET /" + b"x" * 20000)
    assert shape(look(talk.capture)) == ["not_mqtt"]


@pytest.mark.parametrize("status", [b"403 Forbidden", b"401 " + b"x" * 200, b"502"])
def test_a_websocket_for_mqtt_that_is_refused(look, status):
    answer = b"HTTP/1.1 " + status + b"\r\nContent-Length: 2\r\n\r\nno"
    seen = look(upgraded(switch=answer).close("server").capture)
    assert shape(seen) == ["websocket_refused"]
    assert seen.records[0].data == status[:100]


def test_a_hole_in_a_websocket(look):
    data = publish(5, "a/b", b"x" * 3000)
    wire = framed("client", data)
    talk = upgraded().send("client", framed("client", connect(5)))
    talk.send("client", wire[:1000]).lose("client", 500).send("client", wire[1500:])
    talk.send("client", framed("client", PINGREQ))
    talk.lose("client", 77)
    talk.send("client", b"\x11")  # no frame begins like this
    talk.send("client", framed("client", publish(5, "c/d", b"1")))
    for _ in range(10):
        talk.segment("server", talk.next["server"])
    seen = look(talk.capture)
    assert shape(seen) == ["opened", 1, "hole", 3, 12, "hole", 3]
    assert seen.packets[1].size == len(data)
    assert seen.packets[3].data == publish(5, "c/d", b"1")
