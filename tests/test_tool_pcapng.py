# SPDX-License-Identifier: MIT
"""inspect --pcapng: what is taken away says what the capture said, to inspect and to Wireshark."""

from __future__ import annotations

import os
import random
import signal
import stat
import subprocess
import time
from pathlib import Path
from typing import Any

import capture_synthesis as made
import mqttwire as mq
import pytest
from capture_synthesis import Capture
from command import COMMAND, environment, mqttwire
from mqttwire_tool import export
from test_proxy_record import comments, needs_tshark, tshark

pytest.importorskip("mqttwire_tool._capture", reason="built without libpcap")

CAPTURES = Path(__file__).parent / "captures"
RECORDED = CAPTURES / "mosquitto.pcapng"
TLS = CAPTURES / "tls.pcapng"
Line = dict[str, Any]

# What numbers packets, and what depends on packets that are left out.
OF_THE_FILE = {"number", "connection", "acknowledges", "latency", "findings"}


def lines_of(*arguments: str | Path, leaving: set[str] | None = None) -> list[Line]:
    """The packets of a capture as JSON, in the order of their times."""
    lines = mqttwire("inspect", "--json", *arguments).json
    for line in lines:
        for key in leaving or set():
            line.pop(key, None)
    return sorted(lines, key=lambda line: float(line.get("time", 0)))


def taken(tmp_path: Path, *arguments: str | Path, code: int | None = 0) -> Path:
    path = tmp_path / "taken.pcapng"
    done = mqttwire("inspect", "--pcapng", path, *arguments)
    assert done.out == b"" and str(path) in done.err
    assert code is None or done.code == code, done.err
    return path


def written(tmp_path: Path, capture: Capture) -> Path:
    path = tmp_path / "original.pcap"
    path.write_bytes(capture.pcap(nano=True))
    return path


# ---- There and back ------------------------------------------------------------------------------


def test_all_of_a_capture(tmp_path: Path) -> None:
    """The same packets, times, clients, versions, findings and latencies, and the same code."""
    path = taken(tmp_path, "--show-secrets", RECORDED, code=1)
    assert lines_of("--show-secrets", path) == lines_of("--show-secrets", RECORDED)
    assert len(lines_of(path)) == 756


def test_lines_of_it_are_the_same(tmp_path: Path) -> None:
    path = taken(tmp_path, RECORDED, code=1)
    assert mqttwire("inspect", path).text == mqttwire("inspect", RECORDED).text


def test_tls_and_websocket_are_taken_off(tmp_path: Path) -> None:
    path = taken(tmp_path, TLS)
    leaving = {"connection", "transport", "tls"}  # there are some that could not be opened
    assert lines_of(path, leaving=leaving) == lines_of(TLS, leaving=leaving)
    told = comments(path)
    assert any("was in WebSocket in TLS 1.3" in text for text in told)
    assert any("was in TLS 1.2" in text for text in told)
    assert b" over " not in mqttwire("inspect", path).out


@pytest.mark.parametrize(
    "filters",
    [
        ["--topic", "demo/#"],
        ["--type", "suback"],
        ["--client", "paho*"],
        ["--errors"],
        ["--since", "+2", "--until", "+6"],
        ["--where", "properties.topic_alias > 0"],
        ["--connection", "12", "--connection", "33"],
    ],
    ids=lambda filters: str(filters[0]),
)
def test_what_filters_keep(filters: list[str], tmp_path: Path) -> None:
    """All of it, and beside it only what says so."""
    path = taken(tmp_path, *filters, RECORDED, code=None)
    wanted = lines_of(*filters, RECORDED, leaving=OF_THE_FILE)
    found = lines_of(path, leaving=OF_THE_FILE)
    assert wanted and [line for line in found if line in wanted] == wanted
    beside = sum(text.startswith("not selected") for text in comments(path))
    assert len(found) == len(wanted) + beside
    names = {line["client_id"] for line in wanted}
    assert names == {line["client_id"] for line in found}


def test_nothing_at_all(tmp_path: Path) -> None:
    path = taken(tmp_path, "--topic", "there/is/none", RECORDED)
    assert mqttwire("inspect", path).lines[-1].endswith("TCP connections: 0, frames: 0")


@needs_tshark
@pytest.mark.parametrize("filters", [[], ["--topic", "demo/#"], ["--type", "puback"]], ids=str)
def test_wireshark_finds_nothing_wrong(filters: list[str], tmp_path: Path) -> None:
    path = taken(tmp_path, *filters, RECORDED, code=None)
    sums = ["-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE"]
    port = ["-d", "tcp.port==1883,mqtt"]
    wrong = "_ws.malformed || tcp.analysis.flags || tcp.checksum.status == 0"
    assert tshark(path, *sums, *port, "-Y", wrong) == []
    types = tshark(path, *port, "-Y", "mqtt", "-T", "fields", "-e", "mqtt.msgtype")
    lines = lines_of(path)
    assert sorted(map(int, types)) == sorted(mq.Type[line["packet"]["type"]] for line in lines)
    shown = tshark(path, *port, "-Y", "mqtt", "-T", "fields", "-e", "frame.time_epoch")
    assert sorted(map(float, shown)) == pytest.approx([line["time"] for line in lines], abs=1e-6)


# ---- What is needed beside it --------------------------------------------------------------------


def talk_of_aliases(port: int = 40000) -> Capture:
    capture = Capture()
    connection = made.Connection(capture, port).open()
    connection.talk(
        [
            ("client", made.connect(5, "al")),
            ("server", made.connack(5, made.alias(9))),  # the same form: Topic Alias Maximum
            ("client", made.publish(5, "first", b"0", made.alias(1))),
            ("client", made.publish(5, "second", b"1", made.alias(1))),
            ("client", made.publish(5, "other", b"2", made.alias(2))),
            ("client", made.publish(5, "", b"3", made.alias(1))),
            ("client", made.publish(5, "", b"4", made.alias(1))),
            ("client", made.publish(5, "", b"5", made.alias(2))),
        ]
    )
    return capture


def test_aliases_have_their_topics(tmp_path: Path) -> None:
    """The last packet that set an alias is there, once each, and no other."""
    original = written(tmp_path, talk_of_aliases())
    path = taken(tmp_path, "--where", "payload_size == 1 and number > 5", original, code=None)
    lines = lines_of(path)
    topics = [line.get("topic", line["packet"].get("topic")) for line in lines]
    assert topics[2:] == ["second", "other", "second", "second", "other"]
    told = [text for text in comments(path) if "alias" in text and "Written" not in text]
    assert told[0].startswith("not selected: it sets the topic alias")
    assert sum(text.startswith("not selected: it sets") for text in told) == 2
    assert sum(text.startswith("its topic alias stands for") for text in told) == 3


def test_an_alias_that_is_kept_needs_no_other(tmp_path: Path) -> None:
    original = written(tmp_path, talk_of_aliases())
    path = taken(tmp_path, "--topic", "other", original)
    lines = lines_of(path)
    assert [line["packet"].get("payload") for line in lines] == [None, None, "32", "35"]


def test_what_is_held_is_bounded() -> None:
    held = export.Held(10_000)
    for number in range(1000):
        held.put((number % 700,), made_seen(number, 100))
        assert held.size <= 10_000 and held.size == sum(
            export.EACH + len(seen.data) for seen in held.packets.values()
        )
    assert held.take((299,)) is not None and held.take((299,)) is None
    assert held.take((300,)) is None  # the oldest
    held.put((1,), made_seen(1, 20_000))
    assert held.size == 0


def made_seen(number: int, size: int) -> Any:
    from mqttwire_tool.sources import Connection, Seen

    return Seen(number, Connection(1), bytes(size), size, 5, "client")


def test_connections_that_begin_before_the_capture(tmp_path: Path) -> None:
    """They have no handshake there either: who is who stays a guess."""
    capture = Capture()
    connection = made.Connection(capture)
    connection.talk(made.exchange(5)[2:])
    original = written(tmp_path, capture)
    path = taken(tmp_path, original, code=None)
    assert lines_of(path) == lines_of(original)
    assert all(line["guessed"] for line in lines_of(path))


# ---- Where bytes are missing ---------------------------------------------------------------------


def test_holes_are_holes(tmp_path: Path) -> None:
    capture = Capture()
    connection = made.Connection(capture).open()
    connection.talk(made.exchange(5))
    connection.lose("client", 1000)
    for number in range(5):
        connection.send("client", made.publish(5, f"after/{number}", b"x"))
    connection.close()
    original = written(tmp_path, capture)
    path = taken(tmp_path, original, code=None)
    assert lines_of(path) == lines_of(original)
    assert any("bytes of this direction are missing" in text for text in comments(path))
    here, there = (mqttwire("inspect", each).text for each in (path, original))
    assert "(1000 bytes)" in there and here == there


def test_packets_that_are_cut(tmp_path: Path) -> None:
    """With a snap length; what there is of them is there."""
    capture = Capture()
    connection = made.Connection(capture).open()
    connection.talk([("client", made.connect(5, "cut")), ("server", made.connack(5))])
    connection.send("client", made.publish(5, "a", bytes(1000)), keep=200)
    for number in range(5):
        connection.send("client", made.publish(5, f"b/{number}", b"x"))
    original = written(tmp_path, capture)
    path = taken(tmp_path, original, code=None)
    wanted = lines_of(original)
    found = lines_of(path)
    assert wanted[2]["error"]["rule"] == "more"
    found[2]["time"] = wanted[2]["time"]  # that it goes on is known when the next one comes
    assert found == wanted
    assert any("are not in the capture" in text for text in comments(path))


@needs_tshark
def test_large_packets_and_ipv6(tmp_path: Path) -> None:
    capture = Capture()
    connection = made.Connection(capture, client="2001:db8::1", server="2001:db8::2").open()
    connection.send("client", made.connect(4, "large"))
    big = made.publish(4, "a", random.Random(1).randbytes(300_000))
    for start in range(0, len(big), 1400):
        connection.send("client", big[start : start + 1400])
    original = written(tmp_path, capture)
    path = taken(tmp_path, original)
    assert lines_of(path) == lines_of(original)
    assert lines_of(path)[1]["client"] == "[2001:db8::1]:40000"
    assert tshark(path, "-Y", "_ws.malformed || tcp.analysis.flags") == []


def test_ports_that_are_used_again(tmp_path: Path) -> None:
    capture = Capture()
    for number in range(30):
        connection = made.Connection(capture, client_isn=number * 77_777).open()
        connection.talk(made.exchange(4 if number % 2 else 5))
        if number % 3 == 0:
            connection.close()
        elif number % 3 == 1:
            connection.reset()
    original = written(tmp_path, capture)
    path = taken(tmp_path, original, code=None)
    assert lines_of(path) == lines_of(original)
    assert lines_of(path)[-1]["connection"] == 30


def test_what_breaks_rules_is_as_it_was(tmp_path: Path) -> None:
    """And is said in comments, also where only a neighbour that is not there tells."""
    capture = Capture()
    connection = made.Connection(capture).open()
    connection.send("client", made.connect(5, "bad"))
    connection.send("server", made.connack(5))
    connection.send("server", made.ack(4, 77))
    connection.send("client", made.publish(5, "a/#", b"wildcard"))
    connection.send("client", bytes.fromhex("30 ff ff ff ff 7f") + b"never ends")
    connection.send("client", made.publish(5, "a", b"lost"))
    original = written(tmp_path, capture)
    path = taken(tmp_path, original, code=1)
    assert lines_of(path) == lines_of(original)
    told = "\n".join(comments(path))
    assert "acknowledged_id_unknown" in told
    for line in lines_of(original):
        for error in [*line.get("findings", []), line.get("error")]:
            assert error is None or f"{error['rule']}: {error['message']}" in told


# ---- Streams -------------------------------------------------------------------------------------


def test_streams_have_made_up_ends(tmp_path: Path) -> None:
    stream = made.connect(5, "s") + made.publish(5, "a", b"x") + bytes.fromhex("c000")
    path = taken(tmp_path, "-x", stream.hex())
    first, *rest = lines_of(path)
    assert (first["client"], first["server"]) == ("127.0.0.1:49153", "127.0.0.1:1883")
    assert first["time"] == 0 and first["client_id"] == "s"
    wanted = mqttwire("inspect", "--json", "-x", stream.hex()).json
    assert [line["packet"] for line in (first, *rest)] == [line["packet"] for line in wanted]
    assert any("addresses are made up" in text for text in comments(path))


def test_a_stream_of_a_server(tmp_path: Path) -> None:
    """Who sends is told by the types."""
    path = taken(tmp_path, "-V", "5", "-x", (made.connack(5) + made.suback(5, 1, 0)).hex())
    with path.open("rb") as file:
        assert b"\x07\x5b\xc0\x01" in file.read()  # from port 1883 to 49153


# ---- Secrets -------------------------------------------------------------------------------------


def secret_talk() -> Capture:
    capture = Capture()
    connection = made.Connection(capture).open()
    auth = mq.Properties(authentication_method="m", authentication_data=b"sesame")
    hello = mq.Connect(client_id="s", username="alice", password=b"wonderland", properties=auth)
    connection.send("client", hello.encode(version=5))
    connection.send("server", mq.Auth(reason_code=0x18, properties=auth).encode(version=5))
    other = made.Connection(capture, 40001).open()
    hello = mq.Connect(client_id="t", username="u", password=b"looking")
    broken = bytearray(hello.encode(version=4))
    broken[9] |= 1  # a reserved flag: the rest is not read
    other.send("client", bytes(broken))
    other.send("client", b"\x10\xff\xff\xff\xff\x7f" + b"glass")
    return capture


def test_secrets_are_blanked(tmp_path: Path) -> None:
    original = written(tmp_path, secret_talk())
    path = taken(tmp_path, original, code=1)
    data = path.read_bytes()
    for word in (b"wonderland", b"sesame", b"looking"):
        assert word in original.read_bytes() and word not in data
    assert b"alice" in data and b"*" * 10 in data
    assert any("10 bytes" in text or "16 bytes" in text for text in comments(path))
    first = lines_of("--show-secrets", path)[0]
    assert first["packet"]["password"] == (b"*" * 10).hex()
    sizes = [(line["number"], line["size"]) for line in lines_of(original) if "size" in line]
    assert [(line["number"], line["size"]) for line in lines_of(path) if "size" in line] == sizes
    assert "connect_flags_reserved" in str(comments(path))


def test_secrets_are_blanked_in_what_is_beside(tmp_path: Path) -> None:
    path = taken(tmp_path, "--type", "auth", written(tmp_path, secret_talk()), code=None)
    assert len(lines_of(path)) == 2
    assert not any(word in path.read_bytes() for word in (b"wonderland", b"sesame"))


def test_secrets_are_shown_to_who_asks(tmp_path: Path) -> None:
    original = written(tmp_path, secret_talk())
    path = taken(tmp_path, "--show-secrets", original, code=1)
    assert lines_of("--show-secrets", path) == lines_of("--show-secrets", original)
    assert "Passwords and authentication data are in it" in comments(path)[0]


# ---- The file ------------------------------------------------------------------------------------


def test_standard_output(tmp_path: Path) -> None:
    done = mqttwire("inspect", "--pcapng", "-", TLS)
    assert done.err == ""
    assert done.out == taken(tmp_path, TLS).read_bytes()
    piped = mqttwire("inspect", "-", stdin=done.out)
    assert len(piped.lines) > 110


def test_the_file_appears_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "part.pcapng"
    path.write_bytes(b"before")
    path.chmod(0o640)
    done = mqttwire("inspect", "--pcapng", path, "--since", "nonsense", RECORDED)
    assert (done.code, path.read_bytes()) == (2, b"before")
    mqttwire("inspect", "--pcapng", path, RECORDED)
    assert path.read_bytes()[:4] == bytes.fromhex("0a0d0d0a")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["part.pcapng"]
    assert mqttwire("inspect", "--pcapng", "/dev/full", RECORDED).code == 4
    assert mqttwire("inspect", "--pcapng", path, "--json", RECORDED).code == 2


def test_what_is_told_of_no_packet(tmp_path: Path) -> None:
    done = mqttwire("inspect", "--pcapng", tmp_path / "x", "-", stdin=RECORDED.read_bytes()[:-9])
    assert done.code == 1  # of the packets; else it were 3
    assert "the input ends in the middle of a frame" in done.err


def test_interrupted(tmp_path: Path) -> None:
    """What came up to then is in it."""
    path = tmp_path / "part.pcapng"
    with subprocess.Popen(
        [*COMMAND, "inspect", "--pcapng", path],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as running:
        assert running.stdin is not None and running.stderr is not None
        running.stdin.write(RECORDED.read_bytes()[:20_000])
        running.stdin.flush()
        until = time.monotonic() + 30
        while not list(tmp_path.iterdir()) and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(0.5)
        assert not path.exists()
        running.send_signal(signal.SIGINT)
        said = running.stderr.read().decode()
        running.wait(30)
    assert path.exists(), said
    assert 20 < len(lines_of(path)) < 756


# ---- Hostile -------------------------------------------------------------------------------------


def test_names_in_comments_are_text(tmp_path: Path) -> None:
    capture = Capture()
    connection = made.Connection(capture).open()
    name = "\u202eevil\n\x1b[31m" + "x" * 60_000
    connection.send("client", mq.Connect(client_id=name).encode(version=5))
    path = taken(tmp_path, written(tmp_path, capture), code=None)
    assert all(c.isprintable() or c == "\n" for text in comments(path) for c in text)
    assert max(map(len, comments(path))) < 1000


@pytest.mark.parametrize("seed", range(4))
def test_damaged_packets(seed: int, tmp_path: Path) -> None:
    """Whatever is in them, what is written can be read, and has what was read."""
    chance = random.Random(seed)
    capture = Capture()
    for number in range(60):
        connection = made.Connection(capture, 40_000 + number).open()
        for place, (sender, packet) in enumerate(made.exchange(5)):
            data = bytearray(packet)
            if place > 1 and chance.random() < 0.3:
                data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            connection.send(sender, bytes(data), keep=None if chance.random() < 0.95 else 60)
    original = written(tmp_path, capture)
    path = taken(tmp_path, original, code=None)
    told = mqttwire("inspect", "--json", original).json
    found = mqttwire("inspect", "--json", path)
    assert found.code in (0, 1, 3)
    assert len(found.json) >= 0.9 * len(told) > 300
