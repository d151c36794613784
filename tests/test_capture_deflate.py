# SPDX-License-Identifier: MIT
"""permessage-deflate: what zlib compresses as browsers and brokers have it do is read again."""

import random
import zlib

import pytest
from capture_synthesis import (
    PINGREQ,
    SWITCH,
    UPGRADE,
    Capture,
    Connection,
    Deflated,
    connect,
    exchange,
    frame,
    publish,
    read,
)
from mqttwire_tool import _capture

EXTENSION = b"Sec-WebSocket-Extensions: permessage-deflate"
ASKED = UPGRADE[:-2] + EXTENSION + b"; client_max_window_bits\r\n\r\n"


def answer(parameters=b""):
    return SWITCH[:-2] + EXTENSION + parameters + b"\r\n\r\n"


ANEW = b"; server_no_context_takeover; client_no_context_takeover"


@pytest.fixture
def look(tmp_path):
    return lambda data, **options: read(_capture, tmp_path / "trace", data, **options)


def shape(seen):
    return [r.note or r.data[0] >> 4 for r in seen.records]


def agreed(parameters=b""):
    talk = Connection(Capture(), server_port=80).open()
    return talk.send("client", ASKED).send("server", answer(parameters))


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("parameters", [
    b"", ANEW, b"; server_max_window_bits=9; client_max_window_bits=10"])
def test_messages(look, version, parameters):
    talk = agreed(parameters)
    bits = {"client": 10, "server": 9} if b"bits" in parameters else {}
    makers = {who: Deflated(who, anew=parameters == ANEW, bits=bits.get(who, 15))
              for who in ("client", "server")}
    for sender, data in exchange(version) * 3:
        talk.send(sender, makers[sender].message(data))
    seen = look(talk.close().capture)
    assert seen.said() == exchange(version) * 3
    assert [r.note for r in seen.notes] == ["opened", "closed"]
    assert seen.connections[1]["transport"] == "websocket"


@pytest.mark.parametrize("seed", range(20))
def test_frames_segments_packets_and_messages_need_not_agree(look, seed):
    rng = random.Random(seed)
    talk = agreed()
    for sender in ("client", "server"):
        data = b"".join(p for s, p in exchange(5) if s == sender)
        maker, wire = Deflated(sender), b""
        while data:
            n = rng.randrange(1, 60)
            if rng.random() < 0.3:  # not every message is compressed
                wire += frame(data[:n], mask=maker.mask)
            else:
                wire += maker.message(data[:n], pieces=rng.randrange(1, 5))
            data = data[n:]
            if rng.random() < 0.3:
                wire += frame(b"ping", opcode=9, mask=maker.mask)
        while wire:
            n = rng.randrange(1, 30)
            talk.send(sender, wire[:n])
            wire = wire[n:]
    seen = look(talk.capture)
    assert sorted(seen.said()) == sorted(exchange(5))
    assert [r.note for r in seen.notes] == ["opened"]


def test_blocks_that_end_a_stream(look):
    """Allowed by RFC 7692, 7.2.3.4, and followed by others that refer to what was before."""
    talk = agreed()
    data = publish(5, "a/b", b"again and again " * 9)
    talk.send("client", Deflated("client").message(connect(5)))
    for window in (b"", data):
        one = zlib.compressobj(wbits=-15, **({"zdict": window} if window else {}))
        body = one.compress(data) + one.flush(zlib.Z_FINISH) + b"\0"
        talk.send("client", frame(body, mask=b"1234", reserved=4))
    assert look(talk.capture).said() == [("client", connect(5)), ("client", data),
                                         ("client", data)]


def test_empty_messages(look):
    talk = agreed()
    talk.send("client", frame(b"\0", mask=b"1234", reserved=4))
    talk.send("client", frame(b"", mask=b"1234", reserved=4))
    talk.send("client", Deflated("client").message(connect(5)))
    assert look(talk.capture).said() == [("client", connect(5))]


def test_a_damaged_message_is_a_fault(look):
    talk = agreed().send("client", Deflated("client").message(connect(5)))
    talk.send("client", frame(b"\xff" * 20, mask=b"1234", reserved=4))
    talk.send("client", Deflated("client").message(PINGREQ))
    assert shape(look(talk.capture)) == ["opened", 1, "websocket_deflate"]


def test_compression_that_was_not_agreed_on(look):
    talk = Connection(Capture(), server_port=80).open().send("client", ASKED)
    talk.send("server", SWITCH).send("client", frame(connect(5), mask=b"1234"))
    talk.send("client", Deflated("client").message(PINGREQ))
    assert shape(look(talk.capture)) == ["opened", 1, "websocket_frame"]


@pytest.mark.parametrize("parameters", [b"", ANEW])
def test_a_hole(look, parameters):
    """What comes after it can be read where messages stand for themselves."""
    talk = agreed(parameters)
    maker = Deflated("client", anew=parameters == ANEW)
    talk.send("client", maker.message(connect(5)))
    wire = maker.message(publish(5, "a/b", random.Random(1).randbytes(500)))
    talk.send("client", wire[:100]).lose("client", 200).send("client", wire[300:])
    for _ in range(3):
        talk.send("client", maker.message(publish(5, "c/d", b"after")))
    seen = look(talk.close().capture)
    if parameters:
        assert shape(seen) == ["opened", 1, "hole", 3, 3, 3, 3, "closed"]
        assert [len(r.data) == r.size for r in seen.packets[1:]] == [False, True, True, True]
    else:
        assert shape(seen) == ["opened", 1, "hole", 3, "websocket_compressed", "closed"]


def test_midway(look):
    """Without the handshake compression is seen by its bit; what refers back is not readable."""
    talk = Connection(Capture(), server_port=80)
    maker = Deflated("client", anew=True)
    for n in range(4):
        talk.send("client", maker.message(publish(5, "some/topic", b"%d" % n)))
    assert len(look(talk.capture).packets) == 4
    talk = Connection(Capture(), server_port=80)
    maker = Deflated("client")
    maker.message(publish(5, "some/topic", b"text that is repeated"))
    for _ in range(4):
        talk.send("client", maker.message(publish(5, "some/topic", b"text that is repeated")))
    assert not look(talk.capture).packets


@pytest.mark.parametrize("payload", [True, False])
def test_a_bomb_is_a_finding(look, payload):
    talk = agreed().send("client", Deflated("client").message(connect(5)))
    maker = Deflated("client", anew=True)
    bomb = publish(5, "a", bytes(60 << 20)) if payload else PINGREQ * (20 << 20)
    wire = maker.message(bomb)
    assert len(wire) < len(bomb) / 500
    for at in range(0, len(wire), 30000):
        talk.send("client", wire[at:at + 30000])
    seen = look(talk.capture)
    assert len(seen.named("websocket_bomb")) == 1
    assert len(seen.packets) < 200_000
    assert sum(len(r.data) for r in seen.packets) <= 16 << 20
