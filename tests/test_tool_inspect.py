# SPDX-License-Identifier: MIT
"""mqttwire inspect."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import mqttwire as mq
import pytest
from capture_synthesis import ALIASES, Capture, Connection, alias, connack, connect, exchange
from capture_synthesis import ack as answer
from capture_synthesis import publish as message
from command import Run, mqttwire, on_a_terminal

RECORDED = Path(__file__).parent / "captures" / "mosquitto.pcapng"
LINE = re.compile(r"^ *(\d+) (\d\d:\d\d:\d\d\.\d{3}) (#\d+ .{1,20}?) +([<>]\??) ([A-Z]+)(.*)$")
HEAD = re.compile(
    r"^ +\d{4}-\d\d-\d\d  #\d+ \S+:\d+ > \S+:\d+  MQTT [\d.]+(\?? \(worked out: \w+\))?$"
)

pytest.importorskip("mqttwire_tool._capture", reason="libpcap was missing when this was built")


def write(tmp_path: Path, *talks: Any) -> Path:
    """A file of the one capture in which these connections are."""
    path = tmp_path / "trace.pcap"
    path.write_bytes(talks[0].capture.pcap())
    return path


def begun(version: int = 5, *more: bytes, **where: Any) -> Any:
    """A connection that was opened, and accepted."""
    talk = Connection(Capture(), **where).open()
    return talk.send("client", connect(version, "me", *more)).send(
        "server", connack(version, *more)
    )


def packets(done: Run) -> list[re.Match[str]]:
    return [found for line in done.lines if (found := LINE.match(line))]


# ---- The recorded capture ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def recorded() -> Run:
    return mqttwire("inspect", RECORDED)


@pytest.fixture(scope="module")
def forms() -> list[dict[str, Any]]:
    return mqttwire("inspect", "--json", "--show-secrets", RECORDED).json


def test_lines(recorded: Run, forms: list[dict[str, Any]]) -> None:
    lines = packets(recorded)
    assert [int(line[1]) for line in lines] == list(range(1, len(lines) + 1))
    assert [line[5] for line in lines] == [form["packet"]["type"] for form in forms]
    assert len(Counter(line[5] for line in lines)) == 15
    assert [line[4] for line in lines] == [
        ">" if form["sender"] == "client" else "<" for form in forms
    ]
    assert all(form["packet"]["type"] == "CONNECT" or "client_id" in form for form in forms)
    heads = [line for line in recorded.lines if HEAD.match(line)]
    assert len(heads) == len({form["connection"] for form in forms})
    others = [
        line
        for line in recorded.lines
        if not LINE.match(line) and not HEAD.match(line) and " the connection" not in line
    ]
    assert all(line.startswith("      ! ") for line in others)


def test_json(forms: list[dict[str, Any]]) -> None:
    """The form of a line, and that packets can be written again from it."""
    always = {"number", "time", "connection", "transport", "client", "server", "sender", "size"}
    always.add("packet")
    often = {"client_id", "topic", "acknowledges", "latency", "findings"}
    for number, form in enumerate(forms, 1):
        assert always <= set(form) <= always | often
        assert form["number"] == number
        assert 1.7e9 < form["time"] < 1.9e9
        packet = mq.from_dict(form["packet"])
        assert packet.to_dict() == form["packet"]
        assert len(packet.encode(sender=form["sender"])) <= form["size"]
    topics = [form for form in forms if "topic" in form]
    assert topics
    for form in topics:
        assert form["packet"]["topic"] == ""
        assert form["packet"]["properties"]["topic_alias"] > 0


def test_acknowledgements(forms: list[dict[str, Any]]) -> None:
    answers = {"PUBLISH": {"PUBACK", "PUBREC"}, "PUBREC": {"PUBREL"}, "PUBREL": {"PUBCOMP"}}
    answers.update(SUBSCRIBE={"SUBACK"}, UNSUBSCRIBE={"UNSUBACK"}, CONNECT={"CONNACK"})
    answers.update(PINGREQ={"PINGRESP"})
    seen = 0
    for form in forms:
        if "acknowledges" not in form:
            continue
        asked = forms[form["acknowledges"] - 1]
        assert asked["number"] == form["acknowledges"] < form["number"]
        assert asked["connection"] == form["connection"]
        assert asked["sender"] != form["sender"]
        assert form["packet"]["type"] in answers[asked["packet"]["type"]]
        seen += 1
    assert seen > 100


@pytest.mark.parametrize(
    ("payload", "shown"), [("6f6666", '"off"'), ("ff00", "0xff00"), ("", '""')]
)
def test_the_payload_of_a_will(payload: str, shown: str) -> None:
    will = {"topic": "t", "payload": payload, "qos": 0, "retain": False}
    form = {"type": "CONNECT", "clean_start": True, "keep_alive": 9, "client_id": "a", "will": will}
    wire = mqttwire("encode", stdin=json.dumps(form).encode()).out
    done = mqttwire("inspect", stdin=wire)
    assert done.lines[0].endswith(f' will.topic="t" will.payload={shown}')


def test_trees_and_bytes(recorded: Run, forms: list[dict[str, Any]]) -> None:
    tree = mqttwire("inspect", "--tree", RECORDED)
    dump = mqttwire("inspect", "--hex", "--show-secrets", RECORDED)
    for done in (tree, dump):
        assert [line for line in done.lines if line in set(recorded.lines)] == recorded.lines
        assert done.code == recorded.code
    assert any(" topic = " in line for line in tree.lines)
    digits = re.compile(r"^ +\d+  ((?:[0-9a-f]{2} ){1,16}) ")
    shown = b"".join(
        bytes.fromhex(found[1]) for line in dump.lines if (found := digits.match(line))
    )
    assert len(shown) == sum(form["size"] for form in forms)
    assert b"wonderland" in shown


@pytest.mark.parametrize("form", [[], ["--tree"], ["--hex"], ["--json"]])
def test_passwords_are_hidden(form: list[str]) -> None:
    printed = mqttwire("inspect", *form, RECORDED).text
    for shown in ("wonderland", b"wonderland".hex(), b"wonderland".hex(" ")[:23]):
        assert shown not in printed


@pytest.mark.parametrize("columns", [80, 100, 120])
def test_lines_fit_a_terminal(columns: int) -> None:
    printed = on_a_terminal("inspect", RECORDED, columns=columns)
    assert "\x1b[" in printed
    lines = re.sub(r"\x1b\[[0-9;]*m", "", printed).splitlines()
    assert max(map(len, lines)) <= columns


def test_standard_input_and_several_files(forms: list[dict[str, Any]]) -> None:
    shown = "--json", "--show-secrets"
    assert mqttwire("inspect", *shown, stdin=RECORDED.read_bytes()).json == forms
    assert mqttwire("inspect", *shown, "-", stdin=RECORDED.read_bytes()).json == forms
    twice = mqttwire("inspect", *shown, RECORDED, RECORDED).json
    size = len(forms)
    assert twice[:size] == forms
    assert [form["number"] for form in twice] == list(range(1, 2 * size + 1))
    for first, second in zip(forms, twice[size:]):
        assert second["connection"] == first["connection"] + forms[-1]["connection"]
        assert second.get("acknowledges", 0) == (
            first["acknowledges"] + size if "acknowledges" in first else 0
        )


def test_a_file_that_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    path = write(tmp_path, begun().send("client", message(5, "a/#", b"x")))
    one = mqttwire("inspect", path)
    done = mqttwire("inspect", tmp_path / "absent", path, tmp_path)
    assert done.code == 4  # which is graver than the broken rule
    assert done.out == one.out
    assert [line.split(": ")[1] for line in done.err.splitlines()] == [
        str(tmp_path / "absent"),
        str(tmp_path),
    ]


# ---- What is wrong ----------------------------------------------------------------------------


def test_a_packet_that_breaks_a_rule(tmp_path: Path) -> None:
    bad = message(5, "a/#", b"x", qos=1, packet_id=3)
    path = write(tmp_path, begun().send("client", bad).send("client", b"\xc0\0"))
    done = mqttwire("inspect", path)
    assert done.code == 1
    assert [line[5] for line in packets(done)] == ["CONNECT", "CONNACK", "PUBLISH", "PINGREQ"]
    at = next(at for at, line in enumerate(done.lines) if "PUBLISH" in line)
    assert done.lines[at + 1] == (
        "      ! topic_wildcard: a topic name holds no + and no # "
        "(topic at byte 4; MQTT-3.3.2-2, MQTT-4.7.0-1)"
    )
    assert "!" not in done.lines[at]
    form = mqttwire("inspect", "--json", path).json[2]
    assert form["error"]["rule"] == "topic_wildcard"
    assert form["packet"] == {
        "type": "PUBLISH",
        "version": 5,
        "dup": False,
        "qos": 1,
        "retain": False,
        "topic": "a/#",
    }


@pytest.mark.parametrize(
    ("wire", "form"),
    [
        ("c00100", {"type": "PINGREQ", "version": 5}),
        (
            "82 14 0001 07 26 0001 6b 0001 76 0001 61 01 0003 612f62 43",
            {"type": "SUBSCRIBE", "version": 5, "packet_id": 1,
             "properties": {"user_properties": [["k", "v"]]},
             "subscriptions": [
                 {"topic_filter": "a", "qos": 1, "no_local": False, "retain_as_published": False,
                  "retain_handling": 0},
                 {"topic_filter": "a/b", "qos": 3}]},
        ),
        (
            "a2 0a 0001 00 0001 61 0002 23 61",
            {"type": "UNSUBSCRIBE", "version": 5, "packet_id": 1, "properties": {},
             "topic_filters": ["a", "#a"]},
        ),
        (
            "90 05 0001 00 02 03",
            {"type": "SUBACK", "version": 5, "packet_id": 1, "properties": {},
             "reason_codes": [2, 3]},
        ),
        (
            "30 13 0001 61 0f 0b 05 0b 06 09 0002 00ff 26 0001 6b 0001",
            {"type": "PUBLISH", "version": 5, "dup": False, "qos": 0, "retain": False,
             "topic": "a", "properties": {"subscription_identifiers": [5, 6],
                                          "correlation_data": "00ff", "user_properties": []}},
        ),
        (
            "10 1b 0004 4d515454 05 0e 0000 00 0001 63 05 18 00000009 0001 77 0001 ff 00",
            {"type": "CONNECT", "version": 5, "clean_start": True, "keep_alive": 0,
             "properties": {}, "client_id": "c",
             "will": {"qos": 1, "retain": False, "properties": {"will_delay_interval": 9},
                      "topic": "w", "payload": "ff"}},
        ),
    ],
)  # fmt: skip
def test_what_could_be_read_of_a_bad_packet(wire: str, form: dict[str, Any]) -> None:
    done = mqttwire("inspect", "--json", "-V", "5", "-x", *wire.split())
    assert done.code == 1
    assert done.json[0]["packet"] == form
    assert done.json[0]["error"]["rule"]


def test_rules_of_the_connection(tmp_path: Path) -> None:
    talk = begun(5).send("client", answer(4, 77)).send("client", message(5, "", b"", alias(3)))
    done = mqttwire("inspect", write(tmp_path, talk))
    assert done.code == 1
    at = next(at for at, line in enumerate(done.lines) if "PUBACK" in line)
    assert done.lines[at + 1].startswith("      ! acknowledged_id_unknown: ")
    assert "(packet_id at byte 2; " in done.lines[at + 1]
    form = mqttwire("inspect", "--json", write(tmp_path, talk)).json[2]
    assert [finding["rule"] for finding in form["findings"]] == ["acknowledged_id_unknown"]
    assert form["findings"][0]["offset"] == 2
    assert "error" not in form


def test_topics_behind_aliases(tmp_path: Path) -> None:
    talk = begun(5, ALIASES).send("client", message(5, "a/b", b"x", alias(1)))
    talk.send("client", message(5, "", b"y", alias(1)))
    path = write(tmp_path, talk)
    assert mqttwire("inspect", path).lines[-1].endswith('payload="y" (topic "a/b")')
    first, second = mqttwire("inspect", "--json", path).json[2:]
    assert "topic" not in first
    assert second["topic"] == "a/b"


def test_a_guess_is_marked(tmp_path: Path) -> None:
    talk = Connection(Capture()).open()
    talk.send("client", message(5, "a/b", b"hello")).send("client", b"\xc0\0")
    talk.send("server", b"\xd0\0").send("client", message(5, "a/b", b"hello"))
    path = write(tmp_path, talk)
    done = mqttwire("inspect", path)
    assert packets(done)
    assert all(line[4].endswith("?") for line in packets(done))
    assert any(HEAD.match(line) and line.endswith("? (worked out: likely)") for line in done.lines)
    assert all(form["guessed"] == "likely" for form in mqttwire("inspect", "--json", path).json)
    told = mqttwire("inspect", "-V", "5", path)
    assert not [line for line in packets(told) if line[4].endswith("?")]


def test_a_version_is_for_connections_that_do_not_tell_theirs(tmp_path: Path) -> None:
    path = write(tmp_path, begun(4).send("client", message(4, "a", b"x")))
    assert mqttwire("inspect", "-V", "5", path) == mqttwire("inspect", path)
    text = " ".join(mqttwire("inspect", "--help").text.split())
    assert "it is for connections whose CONNECT is missing" in text


def test_a_capture_that_ends_early(tmp_path: Path) -> None:
    talk = Connection(Capture()).open().talk(exchange(5))
    path = write(tmp_path, talk)
    assert mqttwire("inspect", path).code == 0
    path.write_bytes(path.read_bytes()[:-5])
    done = mqttwire("inspect", path)
    assert done.code == 3
    assert "the input ends in the middle of a frame" in done.text
    quiet = mqttwire("inspect", "--json", path)
    assert quiet.code == 3
    assert "the input ends in the middle of a frame" in quiet.err
    assert all("packet" in form for form in quiet.json)


@pytest.mark.parametrize("recorded", [False, True])
def test_a_capture_that_ends_in_its_header(recorded: bool, tmp_path: Path) -> None:
    """pcapng, whose header goes up to the first interface, and pcap."""
    talk = Connection(Capture()).open().talk(exchange(5))
    whole = RECORDED if recorded else write(tmp_path, talk)
    header = whole.read_bytes()[: 128 if recorded else 24]
    path = tmp_path / "cut"
    cut = "the input ends in the middle of a frame, or before the first one"
    for size in (4, 8, 11, 12, 20, len(header) - 20, len(header) - 1):
        path.write_bytes(header[:size])
        done = mqttwire("inspect", path)
        assert (done.code, done.err) == (3, "")
        assert done.lines[0].strip() == cut
        done = mqttwire("inspect", "--json", stdin=header[:size])
        assert (done.code, done.out) == (3, b"")
        assert cut in done.err
    path.write_bytes(header)
    assert mqttwire("inspect", path).code == 0
    path.write_bytes(header + b"\0")
    done = mqttwire("inspect", path)
    assert done.code == 3
    assert done.lines[0].strip() == cut  # and no time


def test_a_capture_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "odd"
    path.write_bytes(write(tmp_path, begun()).read_bytes()[:20] + (147).to_bytes(4, "little"))
    for arguments, name in (([path], str(path)), ([], "standard input")):
        done = mqttwire("inspect", *arguments, stdin=path.read_bytes())
        assert (done.code, done.out) == (4, b"")
        assert done.err.startswith(f"mqttwire: {name}: link type 147 ")


def test_a_capture_without_mqtt(tmp_path: Path) -> None:
    talk = Connection(Capture()).open().send("client", b"GET / HTTP/1.1\r\n\r\n")
    path = write(tmp_path, talk)
    done = mqttwire("inspect", path)
    assert (done.code, done.err) == (0, "")
    assert "no MQTT here; TCP connections: 1, frames: " in done.text
    done = mqttwire("inspect", "--json", path)
    assert (done.code, done.out) == (0, b"")
    assert "no MQTT here; TCP connections: 1, frames: " in done.err


def test_bytes_that_the_capture_lacks(tmp_path: Path) -> None:
    data = message(5, "a/b", b"x" * 3000)
    talk = begun().send("client", data[:1000]).lose("client", 1000).send("client", data[2000:])
    done = mqttwire("inspect", write(tmp_path, talk.send("client", b"\xc0\0")))
    assert "bytes of this direction are missing from the capture (1000 bytes)" in done.text
    assert [line[5] for line in packets(done)] == ["CONNECT", "CONNACK", "PUBLISH", "PINGREQ"]


def test_a_long_client_identifier_is_cut(tmp_path: Path) -> None:
    long = "a-client-identifier-that-goes-on-and-on"
    talk = Connection(Capture()).open().send("client", connect(4, long))
    (line,) = packets(mqttwire("inspect", write(tmp_path, talk)))
    assert line[3] == "#1 a-client-identifi.."
    (form,) = mqttwire("inspect", "--json", write(tmp_path, talk)).json
    assert form["client_id"] == long


def test_ipv6(tmp_path: Path) -> None:
    where = {"client": "2001:db8::1", "server": "2001:db8::2"}
    path = write(tmp_path, Connection(Capture(), **where).open().talk(exchange(4)))
    form = mqttwire("inspect", "--json", path).json[0]
    assert (form["client"], form["server"]) == ("[2001:db8::1]:40000", "[2001:db8::2]:1883")


# ---- Streams ----------------------------------------------------------------------------------


def test_a_stream(tmp_path: Path) -> None:
    wire = connect(4, "me") + b"\xc0\0" + message(4, "a", b"x")
    (tmp_path / "stream").write_bytes(wire)
    done = mqttwire("inspect", tmp_path / "stream")
    assert (done.code, done.err) == (0, "")
    assert done.lines == [
        '    1 > CONNECT protocol_version=4 clean_start keep_alive=60 client_id="me"',
        "    2 > PINGREQ",
        '    3 > PUBLISH topic="a" payload="x"',
    ]
    assert mqttwire("inspect", "-x", wire.hex()).lines == done.lines
    assert mqttwire("inspect", "-x", stdin=wire.hex(" ").encode()).lines == done.lines
    forms = mqttwire("inspect", "--json", stdin=wire).json
    assert [set(form) for form in forms] == [
        {"number", "connection", "client_id", "sender", "size", "packet"}
    ] * 3
    for kept in (["--client", "me"], ["--follow", "me"]):
        done = mqttwire("inspect", *kept, tmp_path / "stream")
        assert "topic=" in done.text
        assert done.err == ""
    done = mqttwire("inspect", "--client", "you", tmp_path / "stream")
    assert (done.code, done.out, done.err) == (0, b"", "mqttwire: 0 of 3 packets fit\n")
    some = mqttwire("inspect", "--type", "pingreq,connect", tmp_path / "stream")
    assert len(some.lines) == 2


def capture_frames(path: Path) -> list[bytes]:
    """Of a pcap file of this machine's byte order or little-endian."""
    data, at, frames = path.read_bytes(), 24, []
    while at < len(data):
        size = int.from_bytes(data[at + 8 : at + 12], "little")
        frames.append(data[at + 16 : at + 16 + size])
        at += 16 + size
    return frames


def test_frames_without_times_have_no_date(tmp_path: Path) -> None:
    path = write(tmp_path, Connection(Capture()).open().send("client", connect(5)))
    frames = capture_frames(path)
    dump = "\n\n".join(
        "\n".join(f"{at:06x} {frame[at : at + 16].hex(' ')}" for at in range(0, len(frame), 16))
        for frame in frames
    )
    done = mqttwire("inspect", "-x", stdin=dump.encode())
    assert "MQTT 5.0" in done.text
    assert "1970" not in done.text


def test_the_version_of_a_stream_is_guessed(tmp_path: Path) -> None:
    for version in (4, 5):
        wire = message(version, "a/b", b"x") * 2 + answer(4, 7) + b"\xd0\0"
        if version == 4:
            wire += bytes.fromhex("90 03 0001 01 b0 02 0001")
        forms = mqttwire("inspect", "--json", stdin=wire).json
        assert {form["packet"]["version"] for form in forms} == {version}
        assert all(form["guessed"] for form in forms)
        assert mqttwire("inspect", stdin=wire).lines[0].startswith("    1 ? PUBLISH")


def test_a_stream_that_is_none() -> None:
    done = mqttwire("inspect", stdin=b"GET / HTTP/1.1\r\n\r\n")
    assert (done.code, done.out) == (2, b"")
    assert "this is text" in done.err
    done = mqttwire("inspect", "--json", stdin=bytes(100))
    assert done.code == 1
    assert "RESERVED" in json.dumps(done.json)


SURE = [
    # A payload that cannot be 5.0's property block; a client's PINGREQ.
    ("certain", 4, [("client", message(4, "a", b"x")), ("client", b"\xc0\0")]),
    # 3.1.1 has no reason code 0x87, and a server sends it.
    ("certain", 5, [("server", bytes.fromhex("90 04 0001 00 87"))]),
    # 5.0's property block, or a payload that begins with zero.
    ("likely", 5, [("client", message(5, "a", b"x"))]),
    # Nothing but the port says who is the client.
    ("likely", 4, [("client", message(4, "a", b"x"))]),
    # Both versions have these.
    ("open", 4, [("client", b"\xc0\0"), ("server", b"\xd0\0")]),
]


@pytest.mark.parametrize(("sure", "version", "sent"), SURE)
def test_how_sure_a_version_is(
    tmp_path: Path, sure: str, version: int, sent: list[tuple[str, bytes]]
) -> None:
    talk = Connection(Capture())
    for who, packet in sent:
        talk.send(who, packet)
    path = write(tmp_path, talk)
    last = mqttwire("inspect", "--json", path).json[-1]
    assert (last["guessed"], last["packet"]["version"]) == (sure, version)
    doubt = "" if sure == "certain" else "?"
    done = mqttwire("inspect", path)
    assert packets(done)[-1][4] in (f">{doubt}", f"<{doubt}")
    assert any(f"{doubt} (worked out: " in line for line in done.lines)


def test_how_sure_the_version_of_a_stream_is() -> None:
    both = b"\xc0\0"
    five = bytes.fromhex("90 04 0001 00 87")
    for wire, sure in [(both, "open"), (five, "certain"), (five + b"\xc0", "likely")]:
        forms = mqttwire("inspect", "--json", stdin=wire).json
        assert forms[0]["guessed"] == sure


FORMS = ["--oneline", "--tree", "--json", "--stats", "--csv", "--html", "--pcapng"]


@pytest.mark.parametrize("form", FORMS)
def test_a_hole_in_a_packet_is_no_end_of_the_input(tmp_path: Path, form: str) -> None:
    """The exit code of all forms: 3 only where nothing follows."""
    whole = message(4, "a/b", bytes(150))
    arguments: dict[str, list[str]] = {
        "--oneline": [],
        "--html": [form, str(tmp_path / "page")],
        "--pcapng": [form, "-"],
    }
    for holed, code in [(True, 0), (False, 3)]:
        talk = Connection(Capture()).open()
        talk.send("client", connect(4, "me")).send("server", connack(4))
        if holed:
            talk.send("client", whole, keep=80).send("client", b"\xc0\0")
        else:
            talk.send("client", whole[:80])
        path = write(tmp_path, talk)
        done = mqttwire("inspect", *arguments.get(form, [form]), path)
        assert done.code == code
        if form == "--oneline":
            assert f"! the packet is not all there: {len(whole)} bytes are wanted" in done.text
