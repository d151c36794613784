# SPDX-License-Identifier: MIT
"""Where mqttwire-pub, -sub and -rr differ from mosquitto's, on purpose: docs/client-programs.md."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import certificates
import pytest
from mosquitto import Mosquitto
from programs import NAMES, Run, run, start
from programs_beside import (
    OURS,
    PROPERTIES,
    THEIRS,
    V5,
    Stage,
    beside,
    both,
    closed_broker,
    finish,
    names,
    ready,
)

pytestmark = beside


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("broker")


@pytest.fixture(scope="module")
def broker(folder: Path) -> Iterator[Mosquitto]:
    with closed_broker(folder) as made:
        yield made


def test_json(broker: Mosquitto) -> None:
    """%j: the same fields, with a time as ISO 8601 has it."""
    words = ["-m", 'hello \x01"é/', *PROPERTIES, "-q", "1"]

    def play(stage: Stage) -> Run:
        return stage.hear(
            *("-t", "TOPIC", "-C", "1", "-q", "1", "-F", "%j", *V5),
            then=lambda: stage.send("-t", "TOPIC", *words),
        )

    ours, theirs = (run.text for run in both(broker, "json", play))
    assert re.search(r'"tst":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+0000"', ours)
    assert re.search(r'"tst":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z\+0000"', theirs)
    wanted = json.loads(theirs.replace("json/t", "json/o"))
    made = json.loads(ours)
    del wanted["tst"], made["tst"]
    assert wanted["properties"]["user-properties"] == {"a": "c"}, "of a name that is there twice"
    wanted["properties"]["user-properties"] = {"a": ["b", "c"]}
    assert made == wanted
    assert list(made) == list(wanted)


PAYLOADS = [
    (b"", None),
    (b"text", "text"),
    ("é €\U0001f600".encode(), "é €\U0001f600"),
    (b"a\0b", "a\0b"),
    (b"\xff\x00", {"hex": "ff00"}),
    (b"\xed\xa0\x80", {"hex": "eda080"}),  # a surrogate
    (b'{"a": 1}', '{"a": 1}'),
]


@pytest.mark.parametrize(("payload", "value"), PAYLOADS)
@pytest.mark.parametrize("pretty", [(), ("--pretty",)])
def test_payloads_in_json(
    broker: Mosquitto, payload: bytes, value: object, pretty: tuple[str, ...]
) -> None:
    stage = Stage(broker, OURS, "payloads")
    mode = ["-s"] if payload else ["-n"]
    done = stage.hear(
        *("-t", "TOPIC", "-C", "1", "-F", "%j", *pretty),
        then=lambda: stage.send("-t", "TOPIC", *mode, stdin=payload),
    )
    made = json.loads(done.text)
    assert (made["payload"], made["payloadlen"]) == (value, len(payload))
    assert (done.text.count("\n") > 1) == bool(pretty)


RAW = [
    (b'{"a" : 27.0,\n "b":[1, 2 ,"\\" x"]}', '{"a":27.0,"b":[1,2,"\\" x"]}'),
    (b"123456789012345678901234567890", "123456789012345678901234567890"),
    (b'"text"', '"text"'),
    (b" null ", "null"),
    (b"", "null"),
]


@pytest.mark.parametrize(("payload", "wanted"), RAW)
@pytest.mark.parametrize("pretty", [(), ("--pretty",)])
def test_raw_json(broker: Mosquitto, payload: bytes, wanted: str, pretty: tuple[str, ...]) -> None:
    """%J: numbers keep all their digits."""
    stage = Stage(broker, OURS, "raw")
    done = stage.hear(
        *("-t", "TOPIC", "-C", "1", "-F", "%J", *pretty),
        then=lambda: stage.send("-t", "TOPIC", *(["-s"] if payload else ["-n"]), stdin=payload),
    )
    assert json.loads(done.text)["payload"] == json.loads(payload or b"null")
    assert re.search(rf'"payload": ?{re.escape(wanted)}\n?}}\n$', done.text)
    assert done.err == ""


@pytest.mark.parametrize(
    "payload", [b"text", b"{", b"\xff", b'"\xff"', b'{"a":1}x', b"[1,]", b"\0"]
)
def test_payloads_that_are_no_json(broker: Mosquitto, payload: bytes) -> None:
    """%J: told on standard error, and printed as %j has them."""
    stage = Stage(broker, OURS, "none")
    done = stage.hear(
        *("-t", "TOPIC", "-C", "1", "-F", "%J"),
        then=lambda: stage.send("-t", "TOPIC", "-s", stdin=payload),
    )
    value = json.loads(done.text)["payload"]
    assert value == (payload.decode() if b"\xff" not in payload else {"hex": payload.hex()})
    assert "is no JSON" in done.err


def test_widths_of_hexadecimal_digits(broker: Mosquitto) -> None:
    """mosquitto_sub prints half of the payload that has room."""

    def play(stage: Stage) -> Run:
        return stage.hear(
            *("-t", "TOPIC", "-C", "1", "-F", "%8x|%-14x|%014X|%6x"),
            then=lambda: stage.send("-t", "TOPIC", "-m", "hello"),
        )

    ours, theirs = both(broker, "hex", play)
    assert ours.out == b"68656c6c|68656c6c6f    |000068656C6C6F|68656c\n"
    assert theirs.out == b"    6865|6865          |00000000006865|  6865\n"


def test_lines_with_nul(broker: Mosquitto) -> None:
    """mosquitto_pub -l ends a line at NUL."""
    stage = Stage(broker, OURS, "nul")
    done = stage.hear(
        *("-t", "TOPIC", "-C", "1", "-F", "%x"),
        then=lambda: stage.run("pub", "-t", "TOPIC", "-l", stdin=b"a\0b\n"),
    )
    assert done.out == b"610062\n"


def test_refused_publish(broker: Mosquitto) -> None:
    """mosquitto_pub warns, and ends with 0."""
    base = ["-p", str(broker.port), "-u", "bob", "-P", "builder", "-V", "5", "-q", "1"]
    ours, theirs = (
        run(names(family, "pub"), *base, "-t", "a", "-m", "b") for family in (OURS, THEIRS)
    )
    assert (ours.code, theirs.code) == (135, 0)
    assert "not taken" in ours.err
    assert "Not authorized" in theirs.err


# Exit codes, ours and mosquitto's.
CODES = [
    ("pub", ["-t", "a", "-m", "x", "-D", "will", "content-type", "b"], 1, 0),
    ("sub", ["-t", "", "-W", "1"], 1, 27),
    ("sub", ["-t", "$share/g", "-W", "1"], 1, 27),
    ("sub", ["-t", "$share//a", "-W", "1"], 1, 27),
    ("pub", ["-t", "a", "-m", "x", "-i", ""], 0, 1),
    ("pub", ["-t", "a", "-m", "x", "-D", "connect", "maximum-packet-size", "1"], 1, 7),
    ("pub", ["-t", "a", "-m", "x", "-D", "publish", "topic-alias", "11", "-q", "1"], 1, 4),
    ("pub", ["-t", "a", "-m", "x", "-V", "MQTTV5"], 0, 1),
    ("pub", ["--topic=a", "-m", "x"], 0, 1),
    ("pub", ["-t", "a", "-m", "x", "--insecure"], 1, 0),
    ("pub", ["-t", "a", "-m", "x", "--tls-version", "tlsv1.2"], 1, 0),
    ("sub", ["-t", "a", "-k", "3", "-E"], 0, 1),
]


@pytest.mark.parametrize(("name", "words", "ours", "theirs"), CODES)
def test_codes(broker: Mosquitto, name: str, words: list[str], ours: int, theirs: int) -> None:
    base = ["-p", str(broker.port), "-u", "alice", "-P", "wonderland"]
    done = {family: run(names(family, name), *base, *words) for family in (OURS, THEIRS)}
    assert (done[OURS].code, done[THEIRS].code) == (ours, theirs), done


def test_unix_socket_and_tls(folder: Path) -> None:
    """mosquitto_pub begins a handshake; where nobody answers it has sent no password at least."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "other"))
        server.listen()
        authority = certificates.make(folder) / "ca.crt"
        words = ["--unix", str(folder / "other"), "--cafile", str(authority), "-t", "a", "-m", "x"]
        done = run("pub", *words)
        assert done.code == 1
        assert "--unix and TLS" in done.err
        process = start("mosquitto_pub", *words)
        with server.accept()[0] as end:
            assert end.recv(1) == b"\x16", "a handshake"
        finish(process)


def test_help_is_no_failure() -> None:
    for name in NAMES:
        assert run(name, "--help").code == 0
        assert run(f"mosquitto_{name}", "--help").code == 1


def test_unsubscribe_alone(broker: Mosquitto) -> None:
    """As mosquitto_sub's manual has it, and the program has not."""
    base = ["-p", str(broker.port), "-u", "alice", "-P", "wonderland"]
    assert run("sub", *base, "-U", "a", "-W", "5").code == 0
    assert run("mosquitto_sub", *base, "-U", "a", "-W", "5").code == 1


def test_request_without_topic_of_response(broker: Mosquitto) -> None:
    """In 5.0 the topic is made up, and only what has the Correlation Data is a response."""
    base = ["-p", str(broker.port), "-u", "alice", "-P", "wonderland"]
    seen = broker.log.count("New client connected")
    server = start("mosquitto_sub", *base, "-V", "5", "-t", "ask", "-C", "1", "-F", "%R")
    ready(broker, seen, 1)
    data = ["-D", "publish", "correlation-data"]
    asking = start("rr", *base, "-t", "ask", "-m", "question", "-W", "9", *data, "it")
    answer = ["-t", finish(server).text.rstrip("\n"), "-V", "5", "-m"]
    run("mosquitto_pub", *base, *answer, "another's")
    run("mosquitto_pub", *base, *answer, "another's", *data, "of it")
    run("mosquitto_pub", *base, *answer, "mine", *data, "it")
    done = finish(asking)
    assert (done.code, done.out) == (0, b"mine\n"), done.err
