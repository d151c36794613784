# SPDX-License-Identifier: MIT
"""mqttwire proxy --record: what was recorded is what was printed."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import struct
import subprocess
from pathlib import Path
from typing import Any

import mqttwire as mq
import pytest
from command import mqttwire
from mqttwire_tool import frames, pcapng
from mqttwire_tool.track import same_family
from proxying import HELLO, End, Proxy, Server, begun, publish, without_answers

capture = pytest.importorskip(
    "mqttwire_tool._capture", reason="libpcap was missing when this was built"
)
needs_tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is missing")


def recorded(path: Path, *more: str) -> bytes:
    """A bit of everything: what was printed, and a recording of it.  One connection at a time."""
    with Server() as server, Proxy("--to", server.place, "--record", path, *more) as proxy:
        for number in range(3):
            with End.to(proxy.port) as client, server.accept() as end:
                client.send(HELLO.replace(client_id=f"c{number}", password=b"wonderland"))
                end.receive()
                end.send(mq.Connack(properties=mq.Properties(topic_alias_maximum=3)))
                client.receive()
                client.send(publish(payload=bytes(200_000), packet_id=1, topic_alias=1))
                end.receive()
                end.send(mq.Puback(packet_id=1), mq.Puback(packet_id=9))
                client.receive()
                client.receive()
                client.send(publish("", topic_alias=1))
                end.receive()
                if number == 1:
                    client.send(bytes.fromhex("30 06 0003612f23 00"), mq.Pingreq())
                    end.bytes(10)
                if number == 2:
                    client.send(publish(payload=bytes(100)).encode()[:50])
                    end.bytes(50)
            last = "is not all there" if number == 2 else "PINGREQ" if number else '""|topic ""'
            proxy.wait_for(last)
        return proxy.finish().out


def test_a_recording_is_what_was_printed(tmp_path: Path) -> None:
    path = tmp_path / "session.pcapng"
    printed = recorded(path).decode().splitlines()
    done = mqttwire("inspect", path)
    assert done.code == 1

    def packets(lines: list[str]) -> list[str]:
        """Without how long something waited, up to a moment that is known to proxy alone."""
        kept = (line for line in lines if "closed the connection" not in line)
        return [re.sub(r"waited [\d.]+ m?s", "waited", line) for line in kept]

    assert packets(printed) == packets(without_answers(done.lines))
    assert len(printed) > 20
    assert "      never answered:" in printed


def test_json_of_a_recording_is_what_was_printed(tmp_path: Path) -> None:
    path = tmp_path / "session.pcapng"
    printed = recorded(path, "--json", "--show-secrets")
    done = mqttwire("inspect", "--json", "--show-secrets", path)
    assert done.json == [json.loads(line) for line in printed.splitlines()]
    assert b"wonderland".hex() in done.text


def tshark(path: Path, *arguments: str) -> list[str]:
    done = subprocess.run(
        ["tshark", "-r", path, *arguments], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@needs_tshark
def test_tshark_finds_nothing_wrong_with_a_recording(tmp_path: Path) -> None:
    path = tmp_path / "session.pcapng"
    recorded(path)
    sums = ["-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE"]
    wrong = "ip.checksum.status == 0 || tcp.checksum.status == 0 || tcp.analysis.flags"
    assert tshark(path, *sums, "-Y", wrong) == []
    good = tshark(path, *sums, "-Y", "tcp.checksum.status == 1 && ip.checksum.status == 1")
    assert len(good) == len(tshark(path))
    port = re.findall(r"→ (\d+) \[SYN\]", tshark(path)[0])[0]
    kinds = tshark(path, "-d", f"tcp.port=={port},mqtt", "-Y", "mqtt.msgtype == 1")
    assert len(kinds) == 3


@needs_tshark
def test_ipv6_checksums(tmp_path: Path) -> None:
    path = tmp_path / "session.pcapng"
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listening:
        place = f"[::1]:{listening.getsockname()[1]}"
        # A client of IPv4, a server of IPv6: one of them has to be written as the other.
        with Proxy("--to", place, "--record", path) as proxy:
            with End.to(proxy.port) as client:
                client.send(HELLO)
                end, _ = listening.accept()
                with end:
                    assert end.recv(100) == HELLO.encode()
            proxy.wait_for("client closed")
            proxy.finish()
    sums = ["-o", "tcp.check_checksum:TRUE"]
    assert len(tshark(path, *sums, "-Y", "ipv6 && tcp.checksum.status == 1")) == len(tshark(path))
    (form,) = mqttwire("inspect", "--json", path).json
    assert form["server"] == place
    assert form["client"].startswith("[::ffff:127.0.0.1]:")


def comments(path: Path) -> list[str]:
    """Of the file, and of its frames."""
    data = path.read_bytes()
    found = []
    while data:
        kind, size = struct.unpack("<II", data[:8])
        body, data = data[8 : size - 4], data[size:]
        if kind == pcapng.SECTION:
            options = body[16:]
        elif kind == pcapng.PACKET:
            length = struct.unpack("<I", body[12:16])[0]
            options = body[20 + length + -length % 4 :]
        else:
            continue
        while options:
            code, length = struct.unpack("<HH", options[:4])
            if code == pcapng.COMMENT:
                found.append(options[4 : 4 + length].decode())
            options = options[4 + length + -length % 4 :]
    return found


def test_changes_are_said_in_comments(tmp_path: Path) -> None:
    path = tmp_path / "session.pcapng"
    more = "--record", path, "--break", "publish"
    with Server() as server, Proxy("--to", server.place, *more) as proxy:
        client, end = begun(proxy, server)
        with client, end:
            sent = [publish(payload=b"%d" % number) for number in range(3)]
            client.send(*sent)
            proxy.type("drop", "edit payload=x", "pass", "inject client pingresp", "repeat")
            assert end.receive() == publish(payload=b"x")
            assert end.receive() == end.receive() == sent[2]
            assert client.receive() == mq.Pingresp()
        proxy.wait_for("server closed")
        done = proxy.finish()
    about, opened, *changes = comments(path)
    assert about.startswith("Recorded by mqttwire proxy") and "TLS" in about
    assert opened == "client: TCP, server: TCP"
    assert changes == [
        f"dropped: {sent[0].encode().hex()}",
        f"edited; there came {sent[1].encode().hex()}",
        "injected",
        "repeated",
    ]
    again = mqttwire("inspect", path)
    kept = [line for line in done.lines if re.match(r" *\d+ ", line)]
    assert [line for line in without_answers(again.lines) if re.match(r" *\d+ \d", line)] == [
        line for line in kept if not line.startswith("      ")
    ]


def test_tls_and_websocket_are_taken_off(tmp_path: Path) -> None:
    pytest.importorskip("trustme")
    pytest.importorskip("wsproto")
    path = tmp_path / "session.pcapng"
    more = "--ca", tmp_path / "ca.pem", "--cafile", tmp_path / "ca.pem", "--insecure"
    with Server() as server:
        inner = Proxy("--to", server.place, "--ca", tmp_path / "ca.pem", listen="wss://0")
        with (
            inner,
            Proxy("--to", f"wss://localhost:{inner.port}", *more, "--record", path) as proxy,
        ):
            client, end = begun(proxy, server)
            with client, end:
                client.socket.close()
                end.bytes(1)
            proxy.wait_for("server closed")
            done = proxy.finish()
    assert comments(path)[1] == "client: TCP, server: WebSocket over TLSv1.3"
    again = mqttwire("inspect", path)
    assert [line for line in without_answers(again.lines) if "closed" not in line] == [
        line for line in done.lines if "closed" not in line
    ]


def test_a_recording_can_be_read_while_it_grows(tmp_path: Path) -> None:
    path = tmp_path / "session.pcapng"
    with Server() as server, Proxy("--to", server.place, "--record", path) as proxy:
        client, end = begun(proxy, server)
        with client, end:
            proxy.wait_for("CONNACK")
            done = mqttwire("inspect", path)
            assert (done.code, len(done.lines)) == (0, 3)
        proxy.finish()


def test_a_recording_that_cannot_be_written(tmp_path: Path) -> None:
    done = mqttwire("proxy", "--listen", "0", "--to", "localhost", "--record", tmp_path)
    assert (done.code, done.err) == (4, f"mqttwire: {tmp_path}: Is a directory\n")
    done = mqttwire("proxy", "--listen", "0", "--to", "localhost", "--record", "/dev/full")
    assert (done.code, done.err) == (4, "mqttwire: /dev/full: No space left on device\n")


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    """The recording ends, and nothing else does."""
    reading = tmp_path / "pipe"
    os.mkfifo(reading)
    with Server() as server:
        there = os.open(reading, os.O_RDONLY | os.O_NONBLOCK)
        with Proxy("--to", server.place, "--record", reading) as proxy:
            os.close(there)
            client, end = begun(proxy, server)
            with client, end:
                client.send(publish())
                assert end.receive() == publish()
            done = proxy.finish()
    assert done.code == 4
    assert done.err.count("what passes is not recorded any more") == 1


# ---- Frames and files -------------------------------------------------------------------------


def test_sequence_numbers_wrap() -> None:
    flow = frames.Flow((bytes(4), 1), (bytes(4), 2))
    flow.next["client"] = 2**32 - 3
    list(flow.sent("client", b"12345", 100))
    assert flow.next["client"] == 2


def test_addresses_of_two_families() -> None:
    four, six = socket.inet_aton("127.0.0.1"), bytes(16)
    assert same_family(four, four) == (four, four)
    assert same_family(four, six) == (bytes(10) + b"\xff\xff" + four, six)


def test_long_comments_are_cut() -> None:
    made: Any = pcapng.text(pcapng.COMMENT, "é" * 70_000)
    assert len(made) < 2**16 and made.rstrip(b"\0").endswith("é...".encode())
