# SPDX-License-Identifier: MIT
"""JSON lines, which are written in C: by a reference in Python, by the schema, and both ways."""

from __future__ import annotations

import json
import random
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import mqttwire as mq
import pytest
from capture_synthesis import (
    SWITCH,
    UPGRADE,
    Capture,
    Connection,
    connack,
    connect,
    frame,
    publish,
)
from command import COMMAND, WAIT, called, environment, mqttwire
from mqttwire_tool._json import Writer
from mqttwire_tool.vectors.data import load
from mqttwire_tool.vectors.forms import unfold

ROOT = Path(__file__).resolve().parent.parent
RECORDED = ROOT / "tests" / "captures" / "mosquitto.pcapng"
CAPTURES = sorted(RECORDED.parent.glob("*.pcapng"))
SCHEMA = ROOT / "tool" / "mqttwire_tool" / "inspect.schema.json"
LARGE = 1 << 16  # bytes: of longer packets nothing is tried
EACH = "--where", "number > 0"  # with a filter packets are written one by one

Form = dict[str, Any]


# ---- What a packet's form is to be -------------------------------------------------------------

STEP = re.compile(r"([a-z_0-9]+)(?:\[(\d+)\])?")
LEFT_OUT = {"type", "flags", "protocol_name", "protocol_version"}
TOLD = {mq.Kind.BITS, mq.Kind.INTEGER, mq.Kind.REASON, mq.Kind.TEXT, mq.Kind.BINARY}


def value_form(field: mq.Field) -> Any:
    if isinstance(field.value, bytes):
        digits = field.value.hex()
        return {"hex": digits} if field.kind == mq.Kind.TEXT else digits
    return bool(field.value) if field.kind == mq.Kind.BITS and field.width == 1 else field.value


def place(form: Form, path: str, value: Any) -> None:
    """Puts a value at a path: "properties.user_properties[0].name"."""
    at: Any = form
    steps = STEP.findall(path)
    for depth, (name, index) in enumerate(steps):
        last = depth == len(steps) - 1
        if not index:
            at[name] = value if last else at.get(name, {})
            at = at[name]
            continue
        items = at.setdefault(name, [])
        if len(items) <= int(index):
            items.append(value if last else {})
        at = items[int(index)]


def pairs(properties: Form) -> None:
    """User properties as pairs; one whose value was not read is left out."""
    if "user_properties" in properties:
        properties["user_properties"] = [
            [pair["name"], pair["value"]]
            for pair in properties["user_properties"]
            if "value" in pair
        ]


def readable_form(fields: mq.Explanation) -> Form:
    """The form of a packet as far as it could be read."""
    form: Form = {}
    for field in fields:
        if field.path == "type":
            form["type"] = field.note or "RESERVED"
            if fields.version is not None:
                form["version"] = fields.version
        elif field.path.endswith("properties.length"):
            place(form, field.path[: -len(".length")], {})
        elif field.path not in LEFT_OUT and not field.path.endswith("_flag") and field.kind in TOLD:
            place(form, field.path, value_form(field))
    pairs(form.get("properties", {}))
    pairs(form.get("will", {}).get("properties", {}))
    return form


def expected(data: bytes, version: int | None, sender: mq.Sender | None, **options: Any) -> Form:
    try:
        return mq.decode(data, version, sender, **options).to_dict()
    except mq.MqttError:
        return readable_form(mq.explain(data, version, sender, **options))


def once(members: list[tuple[str, Any]]) -> Form:
    """An object in which no key is twice."""
    assert len(dict(members)) == len(members)
    return dict(members)


def vectors() -> Iterator[tuple[bytes, int, mq.Sender]]:
    for vector in load():
        if vector.kind == "packets" and "wire" in vector.form:
            data = unfold(vector.form["wire"])
            if len(data) < LARGE:
                yield data, vector.form["version"], vector.form["sender"]


LENIENCES: list[dict[str, Any]] = [
    {},
    {"allow": int(mq.Allow.ALL)},
    {"refuse": int(mq.Refuse.ALL)},
    {"allow": int(mq.Allow.REPEATED_PROPERTIES | mq.Allow.MQTT_3_1)},
]


@pytest.mark.parametrize("options", LENIENCES)
def test_packets_are_as_in_python(options: dict[str, Any]) -> None:
    """Those that decode as in to_dict(), others as far as explain() reads them."""
    writer = Writer(show_secrets=True, **options)
    ascii = Writer(show_secrets=True, ascii=True, **options)
    decoded = 0
    for wire, version, sender in vectors():
        for data in {wire, wire[:-1], wire[: len(wire) // 2]}:
            written = writer.packet(data, version, sender)
            form = json.loads(written, object_pairs_hook=once)
            assert form == expected(data, version, sender, **options), data.hex()
            escaped = ascii.packet(data, version, sender)
            assert escaped.isascii() and json.loads(escaped) == form
            decoded += 1
    assert decoded > 10000


def test_no_bytes_make_anything_but_json() -> None:
    """Packets that are damaged at random; lenient reading goes on for longer."""
    draw = random.Random(1)
    seeds = [wire for wire, _, _ in vectors() if 10 < len(wire) < 200]
    for options in LENIENCES:
        writer = Writer(show_secrets=True, payload_text=True, **options)
        plain = Writer(show_secrets=True, **options)
        for _ in range(5000):
            data = bytearray(draw.choice(seeds))
            for _ in range(draw.randrange(1, 5)):
                data[draw.randrange(2, len(data))] = draw.choice((draw.randrange(256), 0, 34, 92))
            version = draw.choice((4, 5))
            form = json.loads(writer.packet(data, version, None), object_pairs_hook=once)
            assert "type" in form
            want = expected(bytes(data), version, None, **options)
            if want.get("type") != "CONNECT":  # which tells another version
                assert json.loads(plain.packet(data, version, None)) == want


# ---- Texts ------------------------------------------------------------------------------------


def given_line(**changed: Any) -> Form:
    """Arguments of Writer.line: those of a PINGREQ, of which nothing else is known."""
    given: Form = {
        "number": 1,
        "time": None,
        "connection": 1,
        "transport": None,
        "tls": None,
        "client": None,
        "server": None,
        "client_id": None,
        "sender": None,
        "size": 2,
        "guessed": None,
        "data": b"\xc0\0",
        "version": 5,
        "topic": None,
        "acknowledges": 0,
        "latency": None,
        "findings": [],
    }
    return {**given, **changed}


def line(writer: Writer, **changed: Any) -> Form:
    written, _ = writer.line(**given_line(**changed))
    assert written.endswith(b"}\n") and written.count(b"\n") == 1
    return json.loads(written, object_pairs_hook=once)  # type: ignore[no-any-return]


def test_texts() -> None:
    """Each character, between others; what is not UTF-8 is replaced as in Python."""
    draw = random.Random(2)
    writer, ascii = Writer(), Writer(ascii=True)
    text = "".join(map(chr, [*range(0xD800), *range(0xE000, 0x11000), *range(0x1F600, 0x1F650)]))
    for value in ("", "a" * 8, "1234567\\", '12345678"', text, text[1:], chr(0x10FFFF)):
        for each in writer, ascii:
            assert line(each, topic=value)["topic"] == value
    for _ in range(20000):
        some = b"a\x80\xbf\xc1\xc3\xe0\xed\x9f\xa0\xef\xf0\x90\xf4\xf5"
        bad = bytes(draw.choice(some) for _ in range(9))
        for each in writer, ascii:
            assert line(each, client_id=bad)["client_id"] == bad.decode("utf-8", "replace")


@pytest.mark.parametrize(
    "moment", [0, 1, 10**9, 1_700_000_000_123_456_789, 1_700_000_000_000_000_000, 10**19]
)
def test_moments_are_exact(moment: int) -> None:
    written, _ = Writer().line(**given_line(time=moment, acknowledges=1, latency=moment))
    form = json.loads(written, parse_float=Decimal)
    assert form["time"] == form["latency"] == Decimal(moment) / 10**9


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1", "utf-16"])
def test_encodings(encoding: str, tmp_path: Path) -> None:
    """Whole batches, single packets, and streams."""
    pytest.importorskip("mqttwire_tool._capture", reason="built without libpcap")
    topic = "\u00fc\u4e16\U0001f600"
    talk = Connection(Capture()).open().send("client", connect(5))
    path = tmp_path / "trace.pcap"
    path.write_bytes(talk.send("client", publish(5, topic)).capture.pcap())
    stream = tmp_path / "stream"
    stream.write_bytes(connect(5) + publish(5, topic))
    env: Form = {"PYTHONUTF8": "0", "PYTHONIOENCODING": encoding}
    for arguments in ([path], [path, *EACH], [stream]):
        text = mqttwire("inspect", "--json", *arguments, **env).out.decode(encoding)
        assert json.loads(text.splitlines()[1])["packet"]["topic"] == topic
        assert text.isascii() == (encoding != "utf-8")


# ---- What stands in a line --------------------------------------------------------------------


def test_secrets_are_hidden() -> None:
    auth = mq.Auth(
        properties=mq.Properties(authentication_method="m", authentication_data=b"xyz")
    ).encode()
    login = mq.Connect(client_id="a", username="u", password=b"secret").encode()
    for data in (login, login[:-1] + b"!"):
        assert json.loads(Writer().packet(data, None, None))["password"] == {"hidden": 6}
    form = json.loads(Writer().packet(auth, 5, None))
    assert form["properties"]["authentication_data"] == {"hidden": 3}
    shown = json.loads(Writer(show_secrets=True).packet(auth, 5, None))
    assert shown["properties"]["authentication_data"] == b"xyz".hex()


def test_payload_text() -> None:
    writer = Writer(payload_text=True)
    for payload, text in (
        (b"", ""),
        (b"55.49", "55.49"),
        ("\u00fc\0\n".encode(), "\u00fc\0\n"),
        (b"\xff", None),
        ("\u00fc".encode()[:1], None),
    ):
        data = mq.Publish(topic="a", payload=payload).encode()
        form = json.loads(writer.packet(data, 5, None))
        assert (form["payload"], form.get("payload_text")) == (payload.hex(), text)
        assert "payload_text" not in json.loads(Writer().packet(data, 5, None))
    will = mq.Will(topic="a", payload=b"gone")
    form = json.loads(writer.packet(mq.Connect(client_id="a", will=will).encode(), 5, None))
    assert form["will"]["payload_text"] == "gone"
    short = mqttwire("inspect", "--json", "--payload-text", "-V", "5", "-x", "3006 000161 00 6869")
    assert short.json[0]["packet"]["payload_text"] == "hi"
    assert mqttwire("inspect", "--payload-text", "-x", "c000").code == 2


def test_transport_and_tls(tmp_path: Path) -> None:
    pytest.importorskip("mqttwire_tool._capture", reason="built without libpcap")

    def over(path: Path) -> set[tuple[str, str | None]]:
        forms = called("inspect", "--json", path).json
        return {(form["transport"], form.get("tls")) for form in forms}

    talk = Connection(Capture()).open().send("client", UPGRADE).send("server", SWITCH)
    talk.send("client", frame(connect(5), mask=b"mask"))
    path = tmp_path / "trace.pcap"
    path.write_bytes(talk.capture.pcap())
    assert over(path) == {("websocket", None)}
    assert over(RECORDED) == {("tcp", None)}
    assert ("tcp", "1.3") in over(RECORDED.with_name("tls.pcapng"))
    stream = called("inspect", "--json", "-V", "5", "-x", "c000").json
    assert stream == [{"number": 1, "connection": 1, "size": 2, "packet": stream[0]["packet"]}]


def test_latency() -> None:
    """The time since the packet that is answered."""
    pytest.importorskip("mqttwire_tool._capture", reason="built without libpcap")
    done = called("inspect", "--json", RECORDED)
    forms = [json.loads(text, parse_float=Decimal) for text in done.out.splitlines()]
    answers = [form for form in forms if "latency" in form]
    assert len(answers) > 100
    for form in answers:
        asked = forms[form["acknowledges"] - 1]
        assert form["latency"] == form["time"] - asked["time"]


# ---- Whole batches ----------------------------------------------------------------------------


def same_both_ways(*arguments: str | Path) -> bytes:
    """Whole batches of a capture are written by the reader, and filtered ones packet by packet."""
    whole = called("inspect", "--json", *arguments)
    each = called("inspect", "--json", *EACH, *arguments)
    assert whole.out and whole.out == each.out
    assert whole.code == each.code
    return whole.out


@pytest.fixture(scope="module")
def all_vectors(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The lines of a capture of all vectors."""
    pytest.importorskip("mqttwire_tool._capture", reason="built without libpcap")
    path = tmp_path_factory.mktemp("json") / "vectors.pcap"
    assert called("vectors", "export", "--format", "pcap", "--output", path).code == 0
    return same_both_ways(path)


def test_batches_are_as_single_packets(all_vectors: bytes, tmp_path: Path) -> None:
    assert all_vectors.count(b"\n") > 20000
    for path in CAPTURES:
        same_both_ways(path)
        same_both_ways("--show-secrets", "--payload-text", "--max-size", "50", path)
    same_both_ways(*CAPTURES, RECORDED)  # numbers go on
    same_both_ways("--allow", "all", RECORDED)
    talk = Connection(Capture(), client="2001:db8::1", server="2001:db8::2").open()
    talk.send("client", connect(5, "me")).send("server", connack(5))
    path = tmp_path / "trace.pcap"
    path.write_bytes(talk.capture.pcap())
    assert b'"client": "[2001:db8::1]:40000"' in same_both_ways(path)
    midway = Connection(Capture()).send("client", publish(4, "a", b"x", qos=1, packet_id=1))
    midway.send("client", publish(4, "a", b"x", qos=1, packet_id=2))
    path.write_bytes(midway.send("server", bytes.fromhex("40020001")).capture.pcap())
    assert b'"guessed": "likely"' in same_both_ways(path)
    assert b'"guessed"' not in same_both_ways("-V", "4", path)
    bad = Connection(Capture()).open().send("client", connect(5, b"\xff\xc3"))
    path.write_bytes(bad.send("server", connack(5)).capture.pcap())
    assert '"client_id": "\ufffd\ufffd"'.encode() in same_both_ways("--allow", "utf8", path)


# ---- The schema -------------------------------------------------------------------------------


@cache
def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def shape(value: Any, key: str = "") -> str:
    """Of values that a schema hardly tells apart."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{name}:{shape(each, name)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(sorted({shape(each) for each in value})) + "]"
    if key in ("type", "version", "rule") or isinstance(value, bool) or value is None:
        return str(value)
    return "text" if isinstance(value, str) else f"{type(value).__name__}{len(str(value)) // 4}"


def check_lines(lines: bytes) -> None:
    """Of each shape one, as a validator in Python takes its time."""
    seen = {shape(form): form for form in map(json.loads, lines.splitlines())}
    for form in seen.values():
        found = jsonschema.exceptions.best_match(validator().iter_errors(form))
        assert found is None, f"{found}\n{form}"


def test_a_pipe_that_nobody_reads() -> None:
    with subprocess.Popen(
        [*COMMAND, "inspect", "--json", RECORDED],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(WAIT) == 128 + signal.SIGPIPE


def test_the_schema_is_printed_and_fresh() -> None:
    made = subprocess.run(
        [sys.executable, ROOT / "tool" / "inspect_schema.py"], capture_output=True, check=True
    )
    assert made.stdout == SCHEMA.read_bytes(), "run tool/inspect_schema.py"
    assert called("inspect", "--json-schema").out == made.stdout


def test_lines_are_as_the_schema_says(all_vectors: bytes) -> None:
    check_lines(all_vectors)
    for path in CAPTURES:
        check_lines(called("inspect", "--json", path).out)
        check_lines(called("inspect", "--json", "--show-secrets", "--payload-text", path).out)
    check_lines(called("inspect", "--json", "--allow", "all", "--refuse", "all", RECORDED).out)


def test_streams_are_as_the_schema_says(tmp_path: Path) -> None:
    """Also without a reader of captures: each vector as a stream of its own."""
    path = tmp_path / "stream"
    lines = b""
    for number, (wire, version, sender) in enumerate(vectors()):
        if number % 40 == 0 and wire:
            path.write_bytes(wire)
            arguments = "--json", "-V", str(version), "--sender", str(sender)
            lines += called("inspect", *arguments, path).out
    assert lines.count(b"\n") > 100
    check_lines(lines)


def test_the_schema_is_strict() -> None:
    (good,) = called("inspect", "--json", "-V", "5", "-x", "30 07 0003 612f62 00 78").json
    assert validator().is_valid(good)
    packet = good["packet"]
    for bad in (
        {**good, "more": 1},
        {**good, "number": 0},
        {**good, "sender": "broker"},
        {**good, "latency": 1.5},
        {**good, "findings": []},
        {**good, "packet": {**packet, "qos": 4}},
        {**good, "packet": {**packet, "payload": "7"}},
        {**good, "packet": {**packet, "reason_code": 0}},
        {**good, "packet": {**packet, "properties": {"receive_maximum": 65536}}},
        {**good, "packet": {**packet, "properties": {"unknown": 1}}},
        {**good, "packet": {**packet, "version": 4}},
        {**good, "packet": {**packet, "type": "PUBACK"}},
        {name: value for name, value in good.items() if name != "packet"},
        {**good, "packet": {name: packet[name] for name in packet if name != "payload"}},
    ):
        assert not validator().is_valid(bad), bad


# ---- What is said beside lines ------------------------------------------------------------------


@pytest.mark.parametrize("filters", [(), ("--client", "*")])
def test_notes_that_say_the_same_are_counted(filters: tuple[str, ...], tmp_path: Path) -> None:
    """Ten of each kind are told, each with its connection."""
    capture = Capture()
    talks = [Connection(capture, port=40000 + number).open() for number in range(57)]
    for talk in talks:
        talk.send("client", connect(5, keep_alive=1)).send("server", connack(5))
    for talk in talks[:12]:
        talk.lose("client", 5)
        talk.send("client", b"\xc0\0")
    capture.time += 10**10
    for talk in talks[12:]:
        talk.close("server")
    path = tmp_path / "trace.pcap"
    path.write_bytes(capture.pcap())
    run = mqttwire("inspect", "--json", *filters, path)
    holes = "bytes of this direction are missing from the capture"
    silence = "keep_alive_exceeded: at the end the client was silent"
    told = [line for line in run.err.splitlines() if holes in line]
    assert len(told) == 11
    assert told[0].startswith("mqttwire: connection 1: ") and told[0].endswith(" (5 bytes)")
    assert told[9].endswith("; more of these are only counted")
    assert told[10] == f"mqttwire: and 2 more: {holes}"
    told = [line for line in run.err.splitlines() if silence in line]
    assert len(told) == 11
    assert told[10].startswith(f"mqttwire: and 35 more: {silence}")
    assert run.code == 1
