# SPDX-License-Identifier: MIT
"""The programs against servers that a test plays, packet by packet; and over WebSocket."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import mqttwire as mq
import pytest
from client_driver import Peer, Server, connack, number
from mosquitto import PROGRAM, Mosquitto
from programs import WAIT, Run, needs_programs, program, run, start
from proxying import Proxy
from test_client_scram import challenge, data, said, scram

pytestmark = needs_programs


class Playing:
    """A program, and the server that it talks to."""

    def __init__(self, server: Server, process: subprocess.Popen[bytes]) -> None:
        self.server = server
        self.process = process

    def finish(self) -> Run:
        out, err = self.process.communicate(timeout=WAIT)
        return Run(self.process.returncode, out, err.decode())


@contextmanager
def playing(name: str, *words: str, **env: str) -> Iterator[Playing]:
    with Server() as server:
        port = server.url.rpartition(":")[2]
        process = start(name, "-h", "127.0.0.1", "-p", port, "-i", "me", *words, **env)
        try:
            yield Playing(server, process)
        finally:
            if process.poll() is None:
                process.kill()
                process.communicate()


def deliver(peer: Peer, *packets: mq.Publish) -> None:
    """Messages of QoS 2, to their ends."""
    for packet in packets:
        peer.send(packet)
        peer.take(mq.Pubrec, packet_id=packet.packet_id)
        peer.send(mq.Pubrel(packet_id=number(packet)))
        peer.take(mq.Pubcomp, packet_id=packet.packet_id)


def publish(packet_id: int, qos: int, payload: bytes = b"x") -> mq.Publish:
    return mq.Publish(topic="a", qos=qos, packet_id=packet_id or None, payload=payload)


# ---- Publishers ---------------------------------------------------------------------------------


def test_the_last_lines_survive_a_lost_connection(tmp_path: Path) -> None:
    """-l: the server goes before PUBACK, and comes back; 3.1.1 has the message again, with DUP."""
    (tmp_path / "lines").write_text("one\ntwo\n")
    with Server() as server, (tmp_path / "lines").open() as lines:
        words = ["-h", "127.0.0.1", "-p", server.url.rpartition(":")[2], "-i", "me", "-c", "-l"]
        process = subprocess.Popen([program("pub"), *words, "-t", "a", "-q", "1"], stdin=lines)
        try:
            peer = server.greet(mq.Connack())
            sent = [peer.take(mq.Publish) for _ in range(2)]
            peer.reset()
            peer = server.greet(mq.Connack(session_present=True))
            for packet in sent:
                peer.take(mq.Publish, packet_id=packet.packet_id, dup=True, payload=packet.payload)
                peer.send(mq.Puback(packet_id=number(packet)))
            peer.take(mq.Disconnect)
            peer.ended()
            assert process.wait(WAIT) == 0
        finally:
            process.kill()
            process.wait()


@pytest.mark.parametrize("qos", ["0", "1"])
def test_a_large_message_may_take_long(qos: str, tmp_path: Path) -> None:
    """Longer than a program waits where nothing goes on."""
    (tmp_path / "big").write_bytes(bytes(24 << 20))
    with playing("pub", "-t", "a", "-q", qos, "-f", str(tmp_path / "big")) as play:
        peer = play.server.greet(mq.Connack())
        taken, begun = 0, time.monotonic()
        while taken < 24 << 20:
            taken += len(peer.socket.recv(1 << 16))
            time.sleep(max(0.0, begun + 7 * taken / (24 << 20) - time.monotonic()))
        if qos == "1":
            peer.send(mq.Puback(packet_id=1))
        assert play.finish() == Run(0, b"", "")


# ---- Subscribers --------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["311", "5"])
def test_ends_after_the_last_acknowledgement(version: str) -> None:
    """-C: DISCONNECT comes behind PUBCOMP, however long that takes."""
    with playing("sub", "-t", "a", "-q", "2", "-C", "2", "-V", version) as play:
        peer = play.server.greet(None if version == "5" else mq.Connack())
        peer.grant()
        deliver(peer, publish(1, 2, b"one"))
        peer.send(publish(2, 2, b"two"))
        peer.take(mq.Pubrec, packet_id=2)
        peer.quiet(0.2)
        peer.send(mq.Pubrel(packet_id=2))
        peer.take(mq.Pubcomp, packet_id=2)
        peer.take(mq.Disconnect)
        peer.ended()
        assert play.finish() == Run(0, b"one\ntwo\n", "")


def test_what_comes_behind_the_last_is_left_to_the_session() -> None:
    with playing("sub", "-t", "a", "-q", "1", "-C", "1", "-c") as play:
        peer = play.server.greet()
        peer.grant()
        peer.send(publish(1, 1, b"one"), publish(2, 1, b"two"))
        peer.take(mq.Puback, packet_id=1)
        peer.take(mq.Disconnect)
        peer.ended()
        assert play.finish() == Run(0, b"one\n", "")


def test_a_server_that_does_not_acknowledge() -> None:
    """It ends after a while, and says why."""
    with playing("sub", "-t", "a", "-q", "2", "-C", "1") as play:
        peer = play.server.greet()
        peer.grant()
        peer.send(publish(1, 2))
        peer.take(mq.Pubrec)
        peer.take(mq.Disconnect)
        peer.ended()
        done = play.finish()
        assert (done.code, done.out) == (1, b"x\n")
        assert "the server does not take, or acknowledge" in done.err


def test_no_more_than_wanted() -> None:
    """-C: Receive Maximum, and -R: no retained messages at all."""
    with playing("sub", "-t", "a", "-V", "5", "-C", "3", "-R", "--retain-as-published") as play:
        peer = play.server.accept()
        assert peer.take(mq.Connect).properties.receive_maximum == 3
        peer.send(mq.Connack())
        wanted = peer.grant().subscriptions[0]
        assert (wanted.retain_handling, wanted.retain_as_published) == (2, True)


@pytest.mark.parametrize(("version", "code"), [("311", 0x80), ("5", 0x87), ("5", 0x8F)])
def test_refused_subscriptions(version: str, code: int) -> None:
    """All: the reason is the exit code.  Some: it is told, and it goes on."""
    with playing("sub", "-t", "a", "-t", "b", "-V", version) as play:
        peer = play.server.greet()
        peer.grant(code, code)
        peer.take(mq.Disconnect)
        peer.ended()
        done = play.finish()
        assert (done.code, done.out) == (code, b"")
        assert ": a: " in done.err and ": b: " in done.err
    with playing("sub", "-t", "a", "-t", "b", "-V", version, "-C", "1") as play:
        peer = play.server.greet()
        peer.grant(code, 0)
        peer.send(publish(0, 0))
        peer.take(mq.Disconnect)
        peer.ended()
        done = play.finish()
        assert (done.code, done.out) == (0, b"x\n")
        assert ": a: " in done.err and ": b: " not in done.err


def test_disconnected_by_the_server() -> None:
    with playing("sub", "-t", "a", "-V", "5", "--no-reconnect") as play:
        peer = play.server.greet()
        peer.grant()
        peer.send(mq.Disconnect(reason_code=0x8B))
        assert play.finish().code == 0x8B


def test_nothing_that_a_server_says_does_anything_to_a_terminal() -> None:
    """CONNACK's and DISCONNECT's Reason Strings: C1, and what turns the direction of writing."""
    evil = "bad\x1b[31m\u009b31m\r\n\u202e\u200b\ufeff\U000e0041good é"
    reason = mq.Properties(reason_string=evil)
    for packet in (
        mq.Connack(reason_code=0x87, properties=reason),
        mq.Disconnect(reason_code=0x87, properties=reason),
    ):
        with playing("sub", "-t", "a", "-V", "5") as play:
            peer = play.server.accept()
            peer.take(mq.Connect)
            peer.send(*([] if isinstance(packet, mq.Connack) else [mq.Connack()]), packet)
            done = play.finish()
            assert done.code == 0x87
            assert all(line.isprintable() for line in done.err.splitlines())
            assert "bad?[31m?31m??????good é" in done.err


def test_a_server_that_breaks_rules() -> None:
    with playing("sub", "-t", "a", "-V", "5", "--no-reconnect") as play:
        peer = play.server.greet()
        peer.grant()
        peer.send(b"\x30\x00")
        peer.take(mq.Disconnect)
        peer.ended()
        done = play.finish()
        assert done.code != 0
        assert done.err


@pytest.mark.parametrize("version", ["311", "5"])
def test_a_password_of_the_environment_is_for_a_user(version: str) -> None:
    for user in ([], ["-u", "me"]):
        words = ["-t", "a", "-V", version, *user]
        with playing("sub", *words, MQTTWIRE_PASSWORD="secret") as play:
            hello = play.server.accept().take(mq.Connect)
            assert hello.password == (b"secret" if user else None)


def test_a_server_of_http() -> None:
    with playing("sub", "-t", "a") as play:
        peer = play.server.accept()
        peer.take(mq.Connect)
        peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        peer.ended()
        done = play.finish()
        assert done.code == 1
        assert "the server speaks HTTP, not MQTT" in done.err


@pytest.mark.parametrize("name", ["sub", "rr"])
def test_a_lost_connection_is_told_once(name: str) -> None:
    more = ["-m", "x", "-e", "b"] if name == "rr" else ["-U", "c"]
    with playing(name, "-t", "a", "--no-reconnect", *more) as play:
        peer = play.server.greet()
        peer.take(mq.Subscribe)
        peer.close()
        done = play.finish()
        assert done.code == 1
        assert len(done.err.splitlines()) == 1


def test_a_silent_server() -> None:
    """-W counts from the start."""
    with playing("sub", "-t", "a", "-W", "1") as play:
        play.server.accept()
        done = play.finish()
        assert (done.code, done.err) == (27, "mqttwire-sub: timed out\n")


def test_properties_of_all_packets() -> None:
    words = ["-t", "a", "-U", "b", "-C", "1", "--will-topic", "gone"]
    names = ("connect", "will", "subscribe", "unsubscribe", "disconnect")
    for name in names:
        words += ["-D", name, "user-property", "is", name]
    with playing("sub", *words, "-D", "will", "will-delay-interval", "7") as play:
        peer = play.server.accept()
        connect = peer.take(mq.Connect)
        assert connect.will is not None
        assert connect.will.properties.will_delay_interval == 7
        seen = [connect.properties, connect.will.properties]
        peer.send(mq.Connack())
        seen.append(peer.grant().properties)
        unsubscribe = peer.take(mq.Unsubscribe, topic_filters=["b"])
        peer.send(mq.Unsuback(packet_id=number(unsubscribe), reason_codes=[0x11]))
        seen.append(unsubscribe.properties)
        peer.send(publish(0, 0))
        seen.append(peer.take(mq.Disconnect).properties)
        peer.close()
        assert [list(p.user_properties) for p in seen] == [[("is", name)] for name in names]
        assert play.finish().code == 0


# ---- Publishers ---------------------------------------------------------------------------------


def test_messages_under_way() -> None:
    """-M, which mosquitto_pub has for QoS 1 and 2."""
    with Server() as server:
        process = subprocess.Popen(
            [program("pub"), "-L", f"{server.url}/a", "-l", "--qos=1", "-M", "2"],
            stdin=subprocess.PIPE,
        )
        assert process.stdin is not None
        process.stdin.write(b"1\n2\n3\n")
        process.stdin.close()
        peer = server.greet()
        first = peer.take(mq.Publish, payload=b"1")
        peer.take(mq.Publish, payload=b"2")
        peer.quiet(0.2)
        peer.send(mq.Puback(packet_id=number(first)))
        peer.take(mq.Publish, payload=b"3")
        process.kill()
        process.wait()


@pytest.mark.parametrize("version", ["311", "5"])
@pytest.mark.parametrize("most", [1, 30])
def test_as_many_are_under_way_as_wanted(version: str, most: int) -> None:
    """-M, in 3.1.1 more than the library has by itself, and in 5.0 less; and not too many."""
    with Server() as server:
        url = f"{server.url}/a"
        words = ["-L", url, "-i", "me", "-l", "-q", "1", "-M", str(most), "-V", version]
        process = subprocess.Popen([program("pub"), *words], stdin=subprocess.PIPE)
        assert process.stdin is not None
        process.stdin.write(b"line\n" * (most + 1))
        process.stdin.close()
        peer = server.greet()
        for _ in range(most):
            peer.take(mq.Publish)
        peer.quiet(0.2)
        process.kill()
        process.wait()


@pytest.mark.parametrize("qos", [1, 2])
def test_a_refused_message(qos: int) -> None:
    with playing("pub", "-t", "a", "-m", "x", "-V", "5", "-q", str(qos)) as play:
        peer = play.server.greet()
        packet = peer.take(mq.Publish)
        kind = mq.Puback if qos == 1 else mq.Pubrec
        peer.send(kind(packet_id=number(packet), reason_code=0x97))
        peer.take(mq.Disconnect)
        peer.ended()
        done = play.finish()
        assert done.code == 0x97
        assert done.err


def test_a_lost_connection_ends_it() -> None:
    """As with mosquitto_pub; with --reconnect the message is sent again."""
    with playing("pub", "-t", "a", "-m", "x", "-q", "1") as play:
        peer = play.server.greet()
        peer.take(mq.Publish)
        peer.reset()
        done = play.finish()
        assert done.code == 1
        assert done.err
    with playing("pub", "-t", "a", "-m", "x", "-q", "1", "-c", "--reconnect") as play:
        peer = play.server.greet()
        peer.take(mq.Publish, dup=False)
        peer.reset()
        peer = play.server.greet(present=True)
        peer.acknowledge(peer.take(mq.Publish, dup=True))
        peer.take(mq.Disconnect)
        peer.ended()
        assert play.finish().code == 0


def test_a_store_that_still_has_a_message(tmp_path: Path) -> None:
    """What an earlier run did not settle is sent before the program ends."""
    words = ["-t", "a", "-q", "1", "-c", "--store", str(tmp_path / "store.db")]
    with playing("pub", *words, "-m", "one") as play:
        peer = play.server.greet()
        peer.take(mq.Publish, payload=b"one")
        play.process.kill()
        play.process.communicate()
    with playing("pub", *words, "-m", "two") as play:
        peer = play.server.greet(present=True)
        peer.acknowledge(peer.take(mq.Publish, payload=b"one", dup=True))
        peer.acknowledge(peer.take(mq.Publish, payload=b"two", dup=False))
        peer.take(mq.Disconnect)
        peer.ended()
        assert play.finish().code == 0


def test_topic_aliases() -> None:
    words = ["-t", "long/topic", "-m", "x", "--repeat", "3", "-V", "5"]
    with playing("pub", *words, "--topic-alias", "5") as play:
        peer = play.server.greet(connack(topic_alias_maximum=10))
        assert [peer.take(mq.Publish).topic for _ in range(3)] == ["long/topic", "", ""]


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-1", "SCRAM-SHA-256"])
@pytest.mark.parametrize("password", ["pencil", "crayon"])
def test_scram(mechanism: str, password: str) -> None:
    words = ["-t", "a", "-m", "x", "-u", "user", "-V", "5", "--auth-method", mechanism]
    with playing("pub", *words, MQTTWIRE_PASSWORD=password) as play:
        peer = play.server.accept()
        hello = peer.take(mq.Connect, username=None, password=None)
        server = scram(mechanism)
        final = challenge(peer, server, mechanism, said(hello, mechanism))
        if password == "crayon":
            peer.send(mq.Connack(reason_code=0x86))
            assert play.finish().code == 0x86
            return
        server.set_client_final(final)
        peer.send(mq.Connack(properties=data(mechanism, server.get_server_final())))
        peer.take(mq.Publish)
        peer.take(mq.Disconnect)
        peer.ended()
        assert play.finish().code == 0


# ---- --trace ------------------------------------------------------------------------------------


def test_nothing_in_a_trace_does_anything_to_a_terminal() -> None:
    with playing("sub", "-t", "#", "-C", "5", "--trace", "-N") as play:
        peer = play.server.greet()
        peer.grant()
        evil = "\x1b[2J\u202e\u200f\x85\ufeff"
        for one in evil[4:]:
            peer.send(mq.Publish(topic=evil, payload=one.encode()))
        peer.send(mq.Publish(topic="end", payload=b"end"))
        peer.take(mq.Disconnect)
        peer.ended()
        done = play.finish()
        assert done.code == 0
        assert all(line.isprintable() for line in done.err.splitlines())
        assert done.out == f"{evil[4:]}end".encode(), "output is as it is"


# ---- WebSocket ----------------------------------------------------------------------------------


@pytest.mark.skipif(PROGRAM is None, reason="mosquitto is missing")
def test_websocket(tmp_path: Path) -> None:
    """By way of `mqttwire proxy`, which has the headers."""
    with Mosquitto() as broker:
        to = ("--to", f"127.0.0.1:{broker.port}")
        with Proxy(*to, listen="ws://127.0.0.1:0") as proxy:
            port = str(proxy.port)
            message = ["-t", "a", "-m", "x", "-q", "1"]
            base = ["-h", "127.0.0.1", "-p", port, "--ws", *message]
            assert run("pub", *base).code == 0
            assert run("pub", *base, "--ws-path", "/else", "--ws-header", "X-Who: me").code == 0
            assert run("pub", "-L", f"ws://127.0.0.1:{port}/mqtt", "-t", "a", "-m", "x").code == 0
            assert run("pub", "-h", "127.0.0.1", "-p", port, *message).code == 1
            seen = proxy.finish().lines
        assert sum("CONNECT " in line for line in seen) == 3
        authority = tmp_path / "ca.pem"
        with Proxy(*to, "--ca", str(authority), listen="wss://127.0.0.1:0") as proxy:
            words = ["-L", f"wss://localhost:{proxy.port}/mqtt", "-t", "a"]
            assert run("pub", *words, "-m", "x").code == 1
            recorded = tmp_path / "file.pcap"
            words += ["-m", "hidden", "--cafile", str(authority), "--pcap", str(recorded)]
            done = run("pub", *words)
            assert done.code == 0, done.err
            assert b"hidden" in recorded.read_bytes()
            proxy.finish()
