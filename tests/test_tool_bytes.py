# SPDX-License-Identifier: MIT
"""mqttwire decode, encode and explain."""

from __future__ import annotations

import gzip
import json
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import mqttwire as mq
import pytest
from command import COMMAND, WAIT, environment, mqttwire, on_a_terminal
from python_examples import EXAMPLES

STREAMS = {
    version: [e for e in EXAMPLES if e.version == version and e.form["type"] != "CONNECT"]
    for version in (4, 5)
}
CONNECT = mq.Connect(
    client_id="me",
    username="alice",
    password=b"wonderland",
    properties=mq.Properties(authentication_method="m", authentication_data=b"looking-glass"),
)
SECRETS = [b"wonderland", b"looking-glass"]
ERROR_KEYS = {"rule", "ids", "reason_code", "offset", "field", "message"}


def shows(secret: bytes, printed: bytes) -> bool:
    """Is it there as it is, as hex, or as spaced hex?"""
    forms = [secret, secret.hex().encode(), secret[:8].hex(" ").encode()]
    return any(form in printed for form in forms)


# ---- decode -----------------------------------------------------------------------------------


@pytest.mark.parametrize("version", STREAMS)
def test_decode_a_stream(version: int, tmp_path: Path) -> None:
    file = tmp_path / "stream"
    file.write_bytes(b"".join(e.wire for e in STREAMS[version]))
    forms = [e.form for e in STREAMS[version]]
    done = mqttwire("decode", "-V", str(version), file)
    assert (done.code, done.err) == (0, "")
    assert done.json == forms
    for name in ([], ["-"]):
        assert mqttwire("decode", "-V", str(version), *name, stdin=file.read_bytes()).json == forms


def test_decode_takes_the_version_from_connect() -> None:
    ping = mq.Pingreq().encode()
    wire = EXAMPLES[0].wire + ping + EXAMPLES[1].wire + ping
    done = mqttwire("decode", stdin=wire)
    assert done.code == 0
    assert [form["version"] for form in done.json] == [4, 4, 5, 5]
    assert mqttwire("decode", "-V", "5", stdin=wire).code == 1


@pytest.mark.parametrize(
    "digits",
    [
        ["30070003612f620078"],
        ["30", "07", "00", "03", "61", "2F", "62", "00", "78"],
        ["0x30,0x07,0x00,0x03,0x61,0x2f,0x62,0x00,0x78"],
        ["30:07:00:03:61:2f:62:00:78"],
        [r"\x30\x07\x00\x03\x61\x2f\x62\x00\x78"],
        ["30 07\n0003 612f62\t00 78\n"],
    ],
)
def test_decode_hex(digits: list[str]) -> None:
    expected = [mq.Publish(topic="a/b", payload=b"x").to_dict()]
    assert mqttwire("decode", "-V", "5", "-x", *digits).json == expected
    assert (
        mqttwire("decode", "-x", "-V", "5", "-", stdin=" ".join(digits).encode()).json == expected
    )


@pytest.mark.parametrize(
    ("word", "version"),
    [
        ("4", 4),
        ("v3.1.1", 4),
        ("mqttv311", 4),
        ("3.1", 3),
        ("mqttv31", 3),
        ("5", 5),
        ("5.0", 5),
        ("v5", 5),
        ("mqttv5", 5),
        ("MQTT5", 5),
        ("3.1.1", 4),
        ("311", 4),
    ],
)
def test_versions(word: str, version: int) -> None:
    form = mqttwire("decode", "-V", word, "-x", "c000").json[0]
    assert form == {"type": "PINGREQ", "version": max(version, 4)}


def test_decode_goes_on_after_a_broken_rule() -> None:
    done = mqttwire("decode", "-V", "4", "-x", "c000 3003000123 c000")
    assert done.code == 1
    assert [form.get("type") for form in done.json] == ["PINGREQ", None, "PINGREQ"]
    assert done.json[1]["error"]["rule"] == "topic_wildcard"
    assert "packet 2, from byte 2: topic_wildcard" in done.err
    assert mqttwire("decode", "-V", "4", "--json", "-x", "3003000123").err == ""
    lost = mqttwire("decode", "-V", "4", "-x", "c000 30ffffffff01 c000")
    assert [form.get("type") for form in lost.json] == ["PINGREQ", None]
    assert lost.code == 1
    large = mqttwire("decode", "-V", "4", "--max-size", "4", "-x", "3003000161 c000")
    assert [form.get("type") for form in large.json] == [None, "PINGREQ"]


@pytest.mark.parametrize("command", ["decode", "explain", "inspect"])
def test_what_follows_a_connect_of_no_known_version(command: str) -> None:
    connect = "100d 0004 4d515454 07 02 0000 0001 63"
    alone = mqttwire(command, "-x", connect)
    done = mqttwire(command, "-x", connect, "c000")
    assert done[:2] == alone[:2]
    assert done.code == 1
    told = "mqttwire: from byte 15 on nothing is read: the version is not known, -V says it\n"
    assert done.err == alone.err + told


def test_decode_what_ends_early() -> None:
    for wire in ("30", "3007", "30070003612f6200"):
        done = mqttwire("decode", "-V", "5", "-x", wire)
        assert done.code == 3
        assert done.json[0]["error"]["rule"] == "more"
    assert mqttwire("decode", "-V", "5", "-x", "3003000123 30").code == 1


@pytest.mark.parametrize("command", ["decode", "explain", "inspect"])
@pytest.mark.parametrize("arguments", [[], ["-"], ["/dev/null"], ["-x", ""], ["-V5", "-x", ":"]])
def test_nothing_to_read(command: str, arguments: list[str]) -> None:
    done = mqttwire(command, *arguments)
    assert done.code == 3
    assert "there is nothing to read" in done.text + done.err
    done = mqttwire(command, "--json", *arguments)
    assert (done.code, done.out) == (3, b"")
    assert "there is nothing to read" in done.err


def test_no_packets_are_no_bytes() -> None:
    assert mqttwire("encode", stdin=b"\n") == (0, b"", "")


@pytest.mark.parametrize(
    "arguments",
    [
        ["decode", "-x", "c000"],
        ["decode", "-V", "5", "-x", "c00"],
        ["decode", "-V", "5", "-x", "c0 zz"],
        ["decode", "-V", "6", "-x", "c000"],
        ["decode", "-V", "5", "--allow", "everything", "-x", "c000"],
        ["decode", "-V", "5", "--max-size", "0", "-x", "c000"],
        ["decode", "-V", "5", "--sender", "nobody", "-x", "c000"],
        ["decode", "one", "two"],
        ["decode", "--colour"],
        ["inspect", "-i", "lo", "file"],
        ["inspect", "--tree", "--json"],
        ["no-such-command"],
        [],
    ],
)
def test_usage(arguments: list[str]) -> None:
    done = mqttwire(*arguments)
    assert (done.code, done.out) == (2, b"")
    assert done.err


@pytest.mark.parametrize("command", ["decode", "encode", "explain", "inspect"])
def test_files_that_cannot_be_read(command: str, tmp_path: Path) -> None:
    for name in (tmp_path / "absent", tmp_path):
        done = mqttwire(command, name)
        assert (done.code, done.out) == (4, b"")
        assert str(name) in done.err


def test_what_a_newcomer_tries() -> None:
    run = mqttwire("decode", "-V", "5", "c000")
    assert run.code == 2
    assert "-x" in run.err
    run = mqttwire("decode", "-V", "5", Path(__file__).parent / "captures" / "mosquitto.pcapng")
    assert run.code == 2
    assert "mqttwire inspect" in run.err
    for command in ("decode", "explain", "inspect"):
        run = mqttwire(command, "-V", "5", stdin=gzip.compress(b"\xc0\0"))
        assert run.code == 2
        assert "zcat" in run.err


def test_leniency_and_strictness() -> None:
    assert mqttwire("decode", "-V", "4", "-x", "c00100").code == 1
    assert mqttwire("decode", "-V", "4", "--allow", "surplus", "-x", "c00100").code == 0
    assert mqttwire("decode", "-V", "4", "--allow", "utf8,surplus", "-x", "c00100").code == 0
    for name in ("all", "ALL", " surplus", "Surplus"):
        assert mqttwire("decode", "-V", "4", "--allow", name, "-x", "c00100").code == 0
    bad = mqttwire("decode", "-V", "4", "--allow", "utf8", "-x", "30 04 0002 61ff")
    assert bad.json[0]["topic"] == {"hex": "61ff"}
    assert mqttwire("decode", "-V", "4", "-x", "3003000101").code == 0
    strict = mqttwire("decode", "-V", "4", "--refuse", "control-characters", "-x", "3003000101")
    assert strict.code == 1
    assert mqttwire("decode", "-V", "4", "--sender", "server", "-x", "c000").code == 1


def test_json_is_valid_whatever_the_text() -> None:
    topics = ["\u00fc\u4e16\U0001f600", '"\\/', "\x01\x1b[31m\x7f\u0085\u2028\ufeff", "\t\n"]
    wire = b"".join(mq.Publish(topic=topic).encode() for topic in topics)
    for env in ({}, {"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}):
        done = mqttwire("decode", "-V", "5", stdin=wire, **env)
        assert [form["topic"] for form in done.json] == topics
        assert done.out.count(b"\n") == len(topics)
    pretty = mqttwire("decode", "-V", "5", "--pretty", stdin=wire[: mq.frame(wire)])
    assert json.loads(pretty.out)["topic"] == topics[0]


def test_decode_and_encode_keep_secrets() -> None:
    form = mqttwire("decode", stdin=CONNECT.encode())
    assert form.json == [CONNECT.to_dict()]
    assert mqttwire("encode", "--raw", stdin=form.out).out == CONNECT.encode()


# ---- encode -----------------------------------------------------------------------------------


@pytest.mark.parametrize("version", STREAMS)
def test_encode(version: int, tmp_path: Path) -> None:
    file = tmp_path / "packets"
    file.write_text("".join(json.dumps(e.form) + "\n\n" for e in STREAMS[version]))
    wire = [e.wire for e in STREAMS[version]]
    assert mqttwire("encode", file).lines == [each.hex() for each in wire]
    assert mqttwire("encode", "--raw", file).out == b"".join(wire)
    done = mqttwire("encode", "--json", stdin=file.read_bytes())
    assert done.json == [{"wire": each.hex()} for each in wire]


def test_encode_in_another_version() -> None:
    line = b'{"type": "PUBLISH", "version": 4, "topic": "a/b", "payload": "78"}\n'
    assert mqttwire("encode", stdin=line).lines == ["30060003612f6278"]
    assert mqttwire("encode", "-V", "5", stdin=line).lines == ["30070003612f620078"]


def test_encode_what_is_wrong() -> None:
    good = b'{"type": "PINGREQ"}\n'
    for bad, message in [
        (b'{"type": "PUBLISH", "topic": "a/#"}', "topic_wildcard"),
        (b'{"type": "PUBLISH"}', "topic: missing"),
        (b'{"type": "PUBLISH", "topic": 1}', "topic: expected a string"),
        (b'{"type": "PUBLISH", "topic": "a", "payload": "x"}', "payload: expected pairs of hex"),
        (b'{"error": {}}', "this is an error"),
        (b"[]", "this is no JSON object"),
        (b'{"number": 1, "packet": {}, "error": {}}', 'what stands under its "packet"'),
        (
            b'{"type": "CONNECT", "client_id": "", "password": {"hidden": 9}}',
            "password: hidden here; `inspect --show-secrets` has it",
        ),
        (
            b'{"type": "AUTH", "properties": {"authentication_data": {"hidden": 9}}}',
            "authentication_data: hidden here",
        ),
        (b'{"type": "AUTH", "properties": []}', "properties: expected an object"),
        (b"{", "this is no JSON: Expecting property name enclosed in double quotes, at column 2"),
        (b"\xff", "this is no JSON: it is not UTF-8"),
        (b"[" * 100_000, "recursion"),
    ]:
        done = mqttwire("encode", stdin=good + bad + b"\n" + good)
        assert done.code == 1
        assert done.lines == ["c000", "c000"]
        assert done.err.startswith("mqttwire: line 2: ")
        assert message in done.err
        done = mqttwire("encode", "--json", stdin=bad)
        assert done.code == 1
        assert set(done.json[0]) == {"error"}
        assert set(done.json[0]["error"]) == ERROR_KEYS
        assert message in str(done.json[0]["error"])
        assert done.err == ""


@pytest.mark.parametrize("command", [["decode", "--json"], ["explain", "--json"], ["decode"]])
def test_errors_have_all_their_keys(command: list[str]) -> None:
    for version, wire, more in [
        ("5", "3003000123", set()),
        ("4", "3003000123", set()),  # which has no reason code for it
        ("4", "30", {"wanted"}),
    ]:
        error = mqttwire(*command, "-V", version, "-x", wire).json[-1]["error"]
        assert set(error) == ERROR_KEYS | more
        assert (error["reason_code"] is None) == (version == "4")
        assert (error["field"] is None) == bool(more)


# ---- explain ----------------------------------------------------------------------------------


def test_explain() -> None:
    done = mqttwire("explain", "-V", "5", "-x", "320d0003612f62000a020101686579")
    assert done.code == 0
    assert [line.rstrip() for line in done.lines] == [
        "PUBLISH, MQTT 5.0, 15 bytes",
        "      0..1  32                         fixed_header = 0x32",
        "                                         type = 3  PUBLISH",
        "                                         retain = 0",
        "                                         qos = 1",
        "                                         dup = 0",
        "      1..2  0d                         remaining_length = 13",
        "      2..4  00 03                      topic.length = 3",
        '      4..7  61 2f 62                   topic = "a/b"',
        "      7..9  00 0a                      packet_id = 10",
        "     9..10  02                         properties.length = 2",
        "    10..11  01                         properties.payload_format_indicator.identifier"
        " = 0x01  Payload Format Indicator",
        "    11..12  01                         properties.payload_format_indicator = 1",
        '    12..15  68 65 79                   payload = "hey"',
    ]


def test_explain_all_bytes() -> None:
    done = mqttwire(
        "explain", "--hex", "-V", "4", "-x", "30 1e 0003612f62" + "61" * 20 + "00ff1b0a0d"
    )
    assert [line.rstrip() for line in done.lines] == [
        "PUBLISH, MQTT 3.1.1, 32 bytes",
        f"         0  {'30':48} {'0':16}  fixed_header",
        f"         1  {'1e':48} {'.':16}  remaining_length",
        f"         2  {'00 03':48} {'..':16}  topic.length",
        f"         4  {'61 2f 62':48} {'a/b':16}  topic",
        f"         7  {' '.join(['61'] * 16):48} {'a' * 16:16}  payload",
        f"        23  {'61 61 61 61 00 ff 1b 0a 0d':48} {'aaaa.....':16}  payload",
    ]


def test_explain_says_what_is_wrong() -> None:
    done = mqttwire("explain", "-x", "10 10 0004 4d515454 05 02 0000 03 21 0000 0000")
    assert done.code == 1
    assert done.lines[-3:] == [
        "! receive_maximum_zero: receive maximum is not zero",
        "  at byte 14, in properties.receive_maximum",
        "  a protocol error by 3.1.2.11.3, 3.2.2.3.3 of MQTT 5.0: reason code 0x82, protocol error",
    ]
    done = mqttwire("explain", "-x", "10 0d 0004 4d515454 07 02 0000 0001 63")
    assert done.lines[-1].endswith("reason code 0x84, unsupported protocol version")
    done = mqttwire("explain", "-V", "4", "-x", "10 0d 0004 4d515454 05 02 0000 0001 63")
    assert "CONNACK with return code 1" in done.lines[-1]
    done = mqttwire("explain", "-V", "5", "-x", "300700")
    assert done.code == 3
    assert done.lines[-1] == "! the packet is not all there: 9 bytes are wanted"


def test_explain_names_the_specification_that_has_the_ids() -> None:
    connect = "10 0f 0006 4d5149736470 03 02 0000 0001 63"
    for arguments in (["-x", connect], ["--allow", "mqtt_3_1", "-V", "3.1", "-x", "3003000123"]):
        done = mqttwire("explain", *arguments)
        assert "MQTT 3.1," in done.lines[0]
        assert re.search(r" by MQTT-\S+( MQTT-\S+)? of MQTT 3\.1\.1: ", done.lines[-1])


def test_explain_several_packets() -> None:
    done = mqttwire("explain", "-V", "5", "-x", "c000 3003000123 d000")
    assert done.code == 1
    titles = [line for line in done.lines if "MQTT 5.0" in line and not line.startswith(" ")]
    assert titles == [
        "PINGREQ, MQTT 5.0, 2 bytes",
        "PUBLISH, MQTT 5.0, 5 bytes, from byte 2",
        "PINGRESP, MQTT 5.0, 2 bytes, from byte 7",
    ]


def test_explain_json() -> None:
    done = mqttwire("explain", "--json", "-V", "5", "-x", "3003000123 c000")
    assert done.code == 1
    first, second = done.json
    assert first["error"]["rule"] == "topic_wildcard"
    assert (first["size"], first["version"]) == (5, 5)
    fields = {field["path"]: field for field in first["fields"]}
    assert fields["topic"] == {"path": "topic", "kind": "text", "start": 4, "end": 5, "value": "#"}
    assert fields["retain"]["value"] is False
    assert fields["qos"]["value"] == 0
    assert second["fields"][1]["note"] == "PINGREQ"


BAD_CONNECT = bytearray(CONNECT.encode())
BAD_CONNECT[9] |= 1  # a reserved flag: what comes after it is not read
AUTH = mq.Auth(reason_code=0x18, properties=CONNECT.properties).encode()


@pytest.mark.parametrize("command", ["explain", "inspect"])
@pytest.mark.parametrize("form", [[], ["--tree"], ["--hex"], ["--json"]])
@pytest.mark.parametrize(
    "wire",
    [
        CONNECT.encode(),
        bytes(BAD_CONNECT),
        CONNECT.encode()[:-3],
        AUTH,
        AUTH[:-1] + b"\xff\xff",
        CONNECT.encode()[:20],
    ],
)
def test_secrets_are_hidden(command: str, form: list[str], wire: bytes) -> None:
    if command == "explain" and form == ["--tree"]:
        form = []
    arguments = [command, *form, *(["-V", "5"] if wire[0] != 0x10 else [])]
    hidden = mqttwire(*arguments, stdin=wire)
    assert hidden.out
    for secret in SECRETS:
        assert not shows(secret[:8], hidden.out)
    if (form or command == "explain") and wire in (CONNECT.encode(), AUTH):
        shown = mqttwire(*arguments, "--show-secrets", stdin=wire)
        assert all(shows(secret[:8], shown.out) for secret in SECRETS if secret in wire)


def test_hidden_secrets_tell_their_size() -> None:
    (form,) = mqttwire("inspect", "--json", stdin=CONNECT.encode()).json
    assert form["packet"]["password"] == {"hidden": 10}
    assert form["packet"]["properties"]["authentication_data"] == {"hidden": 13}


# ---- Terminals, pipes and signals -------------------------------------------------------------


def test_colour_is_for_terminals_only() -> None:
    arguments = ["explain", "-V", "5", "-x", "3003000123"]
    assert b"\x1b" not in mqttwire(*arguments).out
    assert "\x1b[" in on_a_terminal(*arguments)
    assert "\x1b" not in on_a_terminal(*arguments, NO_COLOR="1")
    assert "\x1b" not in on_a_terminal(*arguments, TERM="dumb")
    plain = re.sub(r"\x1b\[[0-9;]*m", "", on_a_terminal(*arguments))
    assert plain == mqttwire(*arguments).text


def test_an_error_is_told_once_on_a_terminal() -> None:
    for command in ("decode", "explain", "inspect"):
        printed = on_a_terminal(command, "-V", "5", "-x", "3003000123")
        assert printed.count("topic_wildcard") == 1


@pytest.mark.parametrize("streams", [">&-", "<&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("command", ["decode", "explain", "inspect"])
def test_closed_streams_are_as_the_null_device(command: str, streams: str) -> None:
    shell = f"{shlex.join(COMMAND)} {command} -V 5 -x c000 {streams}"
    done = subprocess.run(["sh", "-c", shell], capture_output=True, timeout=WAIT, env=environment())
    assert (done.returncode, done.stderr) == (0, b"")
    assert bool(done.stdout) == (">&-" not in streams.split())


@pytest.mark.parametrize("command", ["decode", "explain", "inspect"])
def test_output_that_cannot_be_written(command: str) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*COMMAND, command, "-V", "5", "-x", "3003000123"],
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=WAIT,
            env=environment(),
        )
    assert done.returncode == 4
    assert done.stderr.splitlines()[-1] == b"mqttwire: No space left on device"
    assert b"Traceback" not in done.stderr


def test_packets_do_nothing_to_a_terminal() -> None:
    evil = "\x1b]0;evil\x07\x9b31m\r\n\u202e"
    wire = mq.Publish(
        topic=evil,
        payload=evil.encode(),
        properties=mq.Properties(user_properties=[(evil, evil)], content_type=evil),
    ).encode()
    wire += mq.Publish(topic="\u202ereversed").encode()
    connect = mq.Connect(client_id=evil).encode()
    for command in (["explain"], ["explain", "--hex"], ["inspect"], ["inspect", "--tree"]):
        done = mqttwire(*command, stdin=connect + wire)
        assert done.code == 0
        assert not [c for c in done.text.replace("\n", "") if not c.isprintable()]


@pytest.mark.parametrize("command", ["decode", "explain", "inspect"])
def test_a_pipe_that_nobody_reads(command: str) -> None:
    wire = mq.Pingreq().encode() * 100_000
    with subprocess.Popen(
        [*COMMAND, command, "-V", "5"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdin.write(wire)
        process.stdin.close()
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(WAIT) == 128 + signal.SIGPIPE


@pytest.mark.parametrize("command", ["decode", "encode", "explain", "inspect"])
def test_an_interrupt(command: str) -> None:
    program = "import sys; from mqttwire_tool.main import main; print(file=sys.stderr, flush=True)"
    program += f"; raise SystemExit(main(['{command}']))"
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(PYTHONUNBUFFERED="1"),
    ) as process:
        assert process.stdin
        assert process.stderr
        if command == "encode":
            process.stdin.write(b'{"type": "PINGREQ"}\n')
            process.stdin.flush()
        # It waits for more once it is in a read, soon after it has begun; there is no sign of that
        # from outside.
        assert process.stderr.readline() == b"\n"
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1)
        process.send_signal(signal.SIGINT)
        assert process.wait(WAIT) == 128 + signal.SIGINT
        assert process.stderr.read() == b""


@pytest.mark.parametrize("command", [[], ["decode"], ["encode"], ["explain"], ["inspect"]])
def test_help_has_examples_that_work(command: list[str], tmp_path: Path) -> None:
    done = mqttwire(*command, "--help")
    assert done.code == 0
    assert max(map(len, done.lines)) <= 100
    form = r"^  (mqttwire [^|<>\n]*? -x [0-9a-f]+(?: [0-9a-f]+)*)(?:  |$)"
    examples = re.findall(form, done.text, re.MULTILINE)
    assert examples or command == ["encode"]
    for example in examples:
        assert mqttwire(*example.split()[1:]).code == 0


def test_the_version() -> None:
    assert re.fullmatch(r"mqttwire \d+\.\d+\.\d+\n", mqttwire("--version").text)
