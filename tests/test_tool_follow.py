# SPDX-License-Identifier: MIT
"""inspect --follow: a client's conversation, and why it ended."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from capture_synthesis import (
    DISCONNECT,
    PINGREQ,
    PINGRESP,
    Capture,
    Connection,
    ack,
    connack,
    connect,
    publish,
)
from command import Run, mqttwire, on_a_terminal

pytest.importorskip("mqttwire_tool._capture", reason="built without libpcap")

RECORDED = Path(__file__).parent / "captures" / "mosquitto.pcapng"


def begun(capture: Any = None, version: int = 5, name: str = "me", **where: Any) -> Any:
    keep_alive = where.pop("keep_alive", 60)
    talk = Connection(capture or Capture(), acknowledge=False, **where).open()
    talk.send("client", connect(version, name, keep_alive=keep_alive))
    return talk.send("server", connack(version))


def follow(tmp_path: Path, talk: Any, name: str = "me", *arguments: str) -> Run:
    path = tmp_path / "trace.pcap"
    path.write_bytes(talk.capture.pcap())
    return mqttwire("inspect", "--follow", name, *arguments, path)


def speakers(done: Run) -> list[str]:
    return [line for line in done.lines if line.startswith("#") and len(line) < 20]


def end(done: Run) -> str:
    """All that is said of how the last connection ended."""
    lines = done.lines
    at = max(at for at, line in enumerate(lines) if ": " in line and " #" in line[:30])
    return "\n".join(line.strip() for line in lines[at:]).partition(" ")[2]


# ---- The conversation ----------------------------------------------------------------------------


def test_who_says_what(tmp_path: Path) -> None:
    talk = begun()
    talk.talk([
        ("client", publish(5, "a", b"one", qos=1, packet_id=1)),
        ("client", PINGREQ),
        ("server", ack(4, 1)),
        ("server", PINGRESP),
        ("client", DISCONNECT),
    ]).close()  # fmt: skip
    done = follow(tmp_path, talk)
    assert done.code == 0
    here = done.lines[0].split("  ")
    assert here == [
        "#1 10.0.0.1:40000 > 10.0.0.2:1883",
        "MQTT 5.0, client me, 2023-11-14",
    ]
    assert speakers(done) == ["#1 client >", "#1 < server"] * 2 + ["#1 client >"]
    at = done.lines.index("      | one")
    assert done.lines[at - 1].endswith('PUBLISH qos=1 topic="a" packet_id=1 (answered by 5)')
    assert done.lines[at + 1].endswith("PINGREQ (answered by 6)")
    assert [line for line in done.lines if "closed" in line] == [
        "      22:13:20.011 #1: the client sent DISCONNECT; the client closed the connection"
    ]


def test_all_packets_of_a_client_and_no_others() -> None:
    done = mqttwire("inspect", "--follow", "paho-twin-*", RECORDED)
    forms = mqttwire("inspect", "--json", "--client", "paho-twin-*", RECORDED).json
    shown = [int(line.split()[0]) for line in done.lines if line[:5].strip().isdigit()]
    assert shown == [form["number"] for form in forms]
    assert len({form["connection"] for form in forms}) == 4
    assert [line for line in done.lines if ", client paho-twin-" in line]
    address = forms[0]["client"]
    first = mqttwire("inspect", "--follow", address, RECORDED).lines
    assert first[0].startswith(f"#{forms[0]['connection']} {address} > ")


def test_filters_narrow_it() -> None:
    done = mqttwire("inspect", "--follow", "sub-311", "--type", "publish", RECORDED)
    kinds = {line.split()[2] for line in done.lines if line[:5].strip().isdigit()}
    assert kinds == {"PUBLISH"}
    assert "the server closed the connection" in done.text or "the client closed" in done.text


@pytest.mark.parametrize(
    ("payload", "lines"),
    [
        (b"55.49", ["55.49"]),
        (b"x" * 1000, ["x" * 1000]),
        ("grüße\n日本語 🙂".encode(), ["grüße", "日本語 🙂"]),
        (b'{"a": 1,\r\n\t"b": 2}', ['{"a": 1,', '    "b": 2}']),
        (b"\xff\x00\x01", ["0xff0001"]),
        (b"a\x1b[31mb", ["0x611b5b33316d62"]),
        (b"a\xe2\x80\xaeb", ["0x61e280ae62"]),  # a character that turns the direction of writing
    ],
)
def test_payloads(payload: bytes, lines: list[str], tmp_path: Path) -> None:
    done = follow(tmp_path, begun().send("client", publish(5, "a", payload)))
    assert [line[8:] for line in done.lines if line.startswith("      | ")] == lines


def test_payloads_on_a_terminal(tmp_path: Path) -> None:
    """A megabyte without a blank, in rows that are as wide as the terminal."""
    path = tmp_path / "trace.pcap"
    talk = begun()
    for _ in range(20):
        talk.send("client", publish(5, "a", b"x" * 50_000, qos=0))
    path.write_bytes(talk.capture.pcap())
    printed = on_a_terminal("inspect", "--follow", "me", path, columns=80, NO_COLOR="1")
    rows = [line for line in printed.splitlines() if line.startswith("      | ")]
    assert sum(line.count("x") for line in rows) == 1_000_000
    assert max(map(len, printed.splitlines())) <= 80


def test_passwords_are_hidden() -> None:
    assert "wonderland" not in mqttwire("inspect", "--follow", "*", RECORDED).text


def test_aliases(tmp_path: Path) -> None:
    talk = Connection(Capture()).open()
    talk.send("client", connect(5, "me")).send("server", connack(5, b"\x22\0\x09"))
    talk.send("client", publish(5, "a/b", b"x", b"\x23\0\1"))
    talk.send("client", publish(5, "", b"y", b"\x23\0\1"))
    assert 'topic="" topic_alias=1 (topic "a/b")' in follow(tmp_path, talk).text


def test_nobody_of_that_name(tmp_path: Path) -> None:
    done = follow(tmp_path, begun(), "somebody")
    assert (done.code, done.out) == (0, b"")
    said = done.err.splitlines()
    assert said[0] == "mqttwire: there is no client 'somebody'"
    assert said[1].startswith("mqttwire: 0 of ")


def test_it_is_a_form(tmp_path: Path) -> None:
    assert follow(tmp_path, begun(), "me", "--json").code == 2


# ---- Why was this client disconnected? -----------------------------------------------------------


def test_the_server_says_why(tmp_path: Path) -> None:
    talk = begun().send("server", bytes([0xE0, 0x09, 0x98, 7, 0x1F, 0, 4]) + b"late")
    told = end(follow(tmp_path, talk.close("server")))
    assert told.startswith(
        '#1: the server sent DISCONNECT administrative_action reason_string="late";'
        " the server closed the connection\n"
    )


def test_a_refusal(tmp_path: Path) -> None:
    talk = Connection(Capture()).open().send("client", connect(4, "me"))
    talk.send("server", connack(4, code=5)).close("server")
    told = end(follow(tmp_path, talk))
    assert told.startswith(
        "#1: the server refused it (CONNACK not_authorized); the server closed the connection\n"
    )


@pytest.mark.parametrize("sender", ["client", "server"])
def test_closed_without_a_word(sender: str, tmp_path: Path) -> None:
    told = end(follow(tmp_path, begun().close(sender)))
    assert told.startswith(f"#1: the {sender} closed the connection, without DISCONNECT\n")


@pytest.mark.parametrize("sender", ["client", "server"])
def test_reset(sender: str, tmp_path: Path) -> None:
    told = end(follow(tmp_path, begun().reset(sender)))
    assert told.startswith(f"#1: the {sender} reset the connection, without DISCONNECT\n")


def test_still_open(tmp_path: Path) -> None:
    assert end(follow(tmp_path, begun())).startswith("#1: still open at the end of the capture")


def test_silences_are_counted(tmp_path: Path) -> None:
    """Those that packets end, and the last one."""
    talk = begun(version=4, keep_alive=10)
    for _ in range(2):
        talk.capture.time += 15_100_000_000
        talk.send("client", PINGREQ).send("server", PINGRESP)
    talk.capture.time += 15_100_000_000
    assert "rules that were broken: keep_alive_exceeded (3)" in end(
        follow(tmp_path, talk.close("server"))
    )


def test_keep_alive(tmp_path: Path) -> None:
    talk = begun(version=4, keep_alive=10).send("client", PINGREQ).send("server", PINGRESP)
    talk.capture.time += 15_100_000_000
    done = follow(tmp_path, talk.close("server"))
    assert done.code == 1
    told = end(done)
    assert "the client's last packet, PINGREQ, was 15 s before (keep alive 10 s)" in told
    assert "rules that were broken: keep_alive_exceeded (1)" in told
    assert "! keep_alive_exceeded: at the end the client was silent for" in done.text
    assert "(MQTT-3.1.2-24, MQTT-3.1.2-23)" in done.text
    line = mqttwire("inspect", tmp_path / "trace.pcap")
    assert line.code == 1
    assert "> ! keep_alive_exceeded: " in line.text
    json = mqttwire("inspect", "--json", tmp_path / "trace.pcap")
    assert json.code == 1
    assert "keep_alive_exceeded" in json.err


def test_the_server_s_keep_alive_counts(tmp_path: Path) -> None:
    talk = Connection(Capture()).open().send("client", connect(5, "me", keep_alive=10))
    talk.send("server", connack(5, b"\x13\0\x14")).close("server")
    assert "(keep alive 20 s)" in end(follow(tmp_path, talk))


def test_taken_over(tmp_path: Path) -> None:
    """3.1.4: of two clients of the same name the first one is disconnected."""
    capture = Capture()
    first = begun(capture, port=40001)
    begun(capture, port=40002, name="other")
    begun(capture, port=40003)
    first.send("server", b"\xe0\x01\x8e").close("server")
    text = follow(tmp_path, first).text
    assert "#1: the server sent DISCONNECT session_taken_over; the server closed" in text
    assert "#3 connected under the same client identifier" in text
    by_address = follow(tmp_path, first, "10.0.0.1:40001").text
    assert "#3 connected under the same client identifier" in by_address
    assert "#3 10.0.0.1" not in by_address


def test_rules_that_were_broken(tmp_path: Path) -> None:
    talk = begun().send("client", ack(4, 77)).send("client", publish(5, "a/#", b"x"))
    told = end(follow(tmp_path, talk.close("server")))
    assert "rules that were broken: acknowledged_id_unknown (1), topic_wildcard (1)" in told


def test_what_was_not_answered_is_at_the_end(tmp_path: Path) -> None:
    talk = begun().send("client", publish(5, "a", b"x", qos=1, packet_id=1)).close("server")
    lines = follow(tmp_path, talk).lines
    at = lines.index("      never answered:")
    assert lines[at + 1].split()[:5] == ["3", "#1", "me", ">", "PUBLISH"]


def test_the_middle_of_a_connection(tmp_path: Path) -> None:
    talk = Connection(Capture()).open()
    talk.send("client", publish(5, "a/b", b"hello")).send("client", PINGREQ)
    talk.send("server", PINGRESP).send("client", publish(5, "a/b", b"hello"))
    done = follow(tmp_path, talk, "10.0.0.1")
    assert "MQTT 5.0?" in done.lines[0] or "MQTT 3.1.1?" in done.lines[0]
    assert "(keep alive" not in done.text


def test_many_connections_of_one_name_take_linear_time(tmp_path: Path) -> None:
    capture = Capture(step=1000)
    for port in range(3000):
        talk = begun(capture, port=10000 + port)
    done = follow(tmp_path, talk)
    assert done.text.count("connected under the same client identifier") == 2999
