# SPDX-License-Identifier: MIT
"""mqttwire-pub, -sub and -rr beside mosquitto_pub, _sub and _rr: same output, same exit codes.

Each case is run with both, against a mosquitto of its own; what differs, and why, is in
docs/client-programs.md.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from mosquitto import PROGRAM, Mosquitto, free_port
from programs import NAMES, WAIT, Run, environment, needs_programs, program, run, start

pytestmark = [
    needs_programs,
    pytest.mark.skipif(PROGRAM is None, reason="mosquitto is missing"),
]

OURS = "mqttwire-"
THEIRS = "mosquitto_"

CONFIG = """
acl_file {acl}
listener 0 {socket}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("broker")
    made.chmod(0o755)
    rules = made / "acl"
    rules.write_text(
        "topic readwrite free/#\nuser alice\ntopic readwrite #\ntopic readwrite $SYS/#\n"
    )
    rules.chmod(0o700)
    return made


@pytest.fixture(scope="module")
def broker(folder: Path) -> Iterator[Mosquitto]:
    """Nobody but alice may use topics other than free/#."""
    config = CONFIG.format(acl=folder / "acl", socket=folder / "socket")
    with Mosquitto(config, passwords={"alice": "wonderland", "bob": "builder"}) as made:
        yield made


def names(family: str, name: str) -> str:
    return name if family == OURS else f"mosquitto_{name}"


def ready(broker: Mosquitto, seen: int, wanted: int) -> None:
    """Waits until so many more clients have connected: the broker logs it."""
    end = time.monotonic() + WAIT
    while broker.log.count("New client connected") < seen + wanted:
        assert time.monotonic() < end, broker.log
        time.sleep(0.005)
    time.sleep(0.03)  # SUBSCRIBE is not logged


def finish(process: subprocess.Popen[bytes]) -> Run:
    out, err = process.communicate(timeout=WAIT)
    return Run(process.returncode, out, err.decode())


class Stage:
    """Runs a case with one family of programs: `topic` is of this run alone."""

    def __init__(self, broker: Mosquitto, family: str, topic: str) -> None:
        self.broker = broker
        self.family = family
        self.topic = topic
        self.base = ["-p", str(broker.port), "-u", "alice", "-P", "wonderland"]

    def _words(self, words: tuple[str, ...]) -> list[str]:
        return [word.replace("TOPIC", self.topic) for word in words]

    def run(self, name: str, *words: str, stdin: bytes = b"") -> Run:
        return run(names(self.family, name), *self.base, *self._words(words), stdin=stdin)

    def send(self, *words: str, stdin: bytes = b"") -> None:
        """By mosquitto_pub, whoever is tried."""
        done = run("mosquitto_pub", *self.base, *self._words(words), stdin=stdin)
        assert done.code == 0, done.err

    def hear(self, *words: str, then: Callable[[], object]) -> Run:
        """What a subscriber prints; `then` happens when it has subscribed."""
        seen = self.broker.log.count("New client connected")
        process = start(names(self.family, "sub"), *self.base, *self._words(words))
        try:
            ready(self.broker, seen, 1)
            then()
            return finish(process)
        finally:
            if process.poll() is None:
                process.kill()
                process.communicate()


def both(broker: Mosquitto, topic: str, case: Callable[[Stage], Run]) -> tuple[Run, Run]:
    return case(Stage(broker, OURS, f"{topic}/o")), case(Stage(broker, THEIRS, f"{topic}/t"))


def same(broker: Mosquitto, topic: str, case: Callable[[Stage], Run]) -> Run:
    ours, theirs = both(broker, topic, case)
    strip = f"{topic}/t".encode(), f"{topic}/o".encode()
    assert ours.out == theirs.out.replace(*strip)
    assert ours.code == theirs.code, (ours.err, theirs.err)
    assert (ours.err != "") == (theirs.err != ""), (ours.err, theirs.err)
    return ours


# ---- Subscribers --------------------------------------------------------------------------------

V5 = ("-V", "5")
PROPERTIES = [
    *("-D", "publish", "content-type", "text/plain"),
    *("-D", "publish", "response-topic", "answer"),
    *("-D", "publish", "correlation-data", "id"),
    *("-D", "publish", "message-expiry-interval", "60"),
    *("-D", "publish", "payload-format-indicator", "1"),
    *("-D", "publish", "user-property", "a", "b"),
    *("-D", "publish", "user-property", "a", "c"),
]

# What the subscriber is told, and what is published: words of mosquitto_pub, with its input.
HEARD: dict[str, tuple[list[str], list[tuple[list[str], bytes]]]] = {
    "plain": (["-C", "1"], [(["-m", "hello"], b"")]),
    "two": (["-C", "2"], [(["-m", "one"], b""), (["-m", "two"], b"")]),
    "lines": (["-C", "3"], [(["-l"], b"one\n\ntwo\nthree\n")]),
    "verbose": (["-C", "2", "-v"], [(["-m", "one"], b""), (["-n"], b"")]),
    "empty": (["-C", "2"], [(["-n"], b""), (["-m", "two"], b"")]),
    "no-newline": (["-C", "2", "-N"], [(["-m", "one"], b""), (["-m", "two"], b"")]),
    "verbose-empty-no-newline": (["-C", "2", "-v", "-N"], [(["-n"], b""), (["-m", "x"], b"")]),
    "binary": (["-C", "1"], [(["-s"], bytes(range(256)))]),
    "qos-1": (["-C", "1", "-q", "1", "-F", "%q %m %p"], [(["-q", "1", "-m", "x"], b"")]),
    "qos-2": (["-C", "2", "-q", "2", "-F", "%q %m %p"], 2 * [(["-q", "2", "-m", "x"], b"")]),
    "qos-2-v5": (["-C", "2", "-q", "2", *V5], [(["-q", "2", "-l"], b"a\nb\n")]),
    "filter-out": (
        ["-t", "TOPIC/#", "-T", "TOPIC/no/#", "-C", "1", "-v"],
        [(["-t", "TOPIC/no/a", "-m", "x"], b""), (["-t", "TOPIC/yes", "-m", "y"], b"")],
    ),
    "formats": (
        ["-C", "1", *V5, "-F", "%%|%A|%C|%D|%E|%F|%l|%m|%P|%p|%q|%R|%r|%S|%t|%x|%X|"],
        [(["-m", "hello", *PROPERTIES], b"")],
    ),
    "formats-absent": (
        ["-C", "1", "-F", "%A|%C|%D|%E|%F|%P|%R|%S|%5A|%05E|%-5F|%8C|%8R|%4S|"],
        [(["-m", "hello"], b"")],
    ),
    "widths": (
        ["-C", "1", "-F", "%3p|%8p|%-8p|%08p|%5x|%3l|%03l|%-3l|%5m|%3q|%3r|"],
        [(["-m", "hello"], b"")],
    ),
    "widths-of-texts": (
        ["-C", "1", *V5, "-F", "%20C|%-20C|%.4C|%8.4C|%-8.4C|%10R|%.3R|%6E|%06E|%-6E|%4F|%04F|"],
        [(["-m", "hello", *PROPERTIES], b"")],
    ),
    "time": (["-C", "1", "-F", "@Y @@ @m %%"], [(["-m", "x"], b"")]),
    "escapes": (["-C", "1", "-F", r"a\tb\nc\\d\0e\a\e\r\v"], [(["-m", "x"], b"")]),
    "format-before-verbose": (["-C", "1", "-v", "-F", "%l"], [(["-m", "x"], b"")]),
    "format-without-newline": (["-C", "2", "-N", "-F", "%l;"], 2 * [(["-m", "x"], b"")]),
    "subscription-identifier": (
        ["-C", "1", "-D", "subscribe", "subscription-identifier", "7", "-F", "%S"],
        [(["-m", "x"], b"")],
    ),
    "retain-as-published": (
        ["-C", "1", *V5, "--retain-as-published", "-F", "%r"],
        [(["-m", "x", "-r"], b"")],
    ),
    "expiry": (
        ["-C", "1", *V5, "-F", "%E"],
        [(["-m", "x", *V5, "-D", "publish", "message-expiry-interval", "100"], b"")],
    ),
}


@pytest.mark.parametrize("case", HEARD)
def test_subscriber(broker: Mosquitto, case: str) -> None:
    words, published = HEARD[case]

    def play(stage: Stage) -> Run:
        def publish() -> None:
            for message, stdin in published:
                stage.send(*([] if "-t" in message else ["-t", "TOPIC"]), *message, stdin=stdin)

        return stage.hear(*([] if "-t" in words else ["-t", "TOPIC"]), *words, then=publish)

    done = same(broker, case, play)
    assert done.code == 0
    assert done.out


@pytest.mark.parametrize("more", [(), V5], ids=["3.1.1", "5.0"])
def test_retained(broker: Mosquitto, more: tuple[str, ...]) -> None:
    """-R, --retained-only and --remove-retained."""

    def play(words: str, stage: Stage) -> Run:
        stage.send("-t", "TOPIC", "-m", "old", "-r")
        done = stage.hear(
            "-t",
            "TOPIC",
            "-v",
            *more,
            *words.split(),
            then=lambda: stage.send("-t", "TOPIC", "-m", "new"),
        )
        left = stage.run("sub", "-t", "TOPIC", "-W", "1", "-F", "%r %p")
        stage.send("-t", "TOPIC", "-n", "-r")
        return Run(done.code, done.out + left.out, done.err)

    where = f"retained{len(more)}"
    topic = f"{where}/o".encode()
    for words, wanted in (
        ("-C 2", b"%s old\n%s new\n1 old\n" % (topic, topic)),
        ("-R -C 1", b"%s new\n1 old\n" % topic),
        ("--retained-only", b"%s old\n1 old\n" % topic),
    ):
        done = same(broker, where, lambda stage, words=words: play(words, stage))  # type: ignore[misc]
        assert done.out == wanted, words

    # mosquitto_sub hangs: it waits for what it has sent to be acknowledged, which has happened.
    done = play("--retained-only --remove-retained", Stage(broker, OURS, f"{where}/o"))
    assert (done.code, done.out) == (0, b"%s old\n" % topic)


def test_subscribes_and_ends(broker: Mosquitto) -> None:
    """-E, by which a session is made that has messages later."""
    for more in ((), V5):
        where = f"session{len(more)}"

        def play(stage: Stage) -> Run:
            mine = ("-t", "TOPIC", "-i", f"{stage.family}{where}", "-c", "-q", "1", *more)  # noqa: B023
            assert stage.run("sub", *mine, "-E").code == 0
            stage.send("-t", "TOPIC", "-q", "1", "-m", "meanwhile")
            return stage.run("sub", *mine, "-C", "1", "-W", "5")

        assert same(broker, where, play).out == b"meanwhile\n"


def test_time_is_over(broker: Mosquitto) -> None:
    assert same(broker, "late", lambda stage: stage.run("sub", "-t", "TOPIC", "-W", "1")).code == 27
    rr = ("-t", "TOPIC", "-e", "TOPIC/answer", "-m", "x", "-W", "1")
    assert same(broker, "late", lambda stage: stage.run("rr", *rr)).code == 27


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted(broker: Mosquitto, number: signal.Signals) -> None:
    """It ends in order, and with 5.0 the will is published: as DISCONNECT with 0x04 has it."""

    def play(stage: Stage) -> Run:
        seen = stage.broker.log.count("New client connected")
        words = ["-t", stage.topic, "-V", "5", "--will-topic", f"{stage.topic}/will"]
        process = start(names(stage.family, "sub"), *stage.base, *words, "--will-payload", "gone")
        ready(stage.broker, seen, 1)
        heard = stage.hear(
            "-t", "TOPIC/will", "-C", "1", "-W", "5", then=lambda: process.send_signal(number)
        )
        done = finish(process)
        return Run(done.code, done.out + heard.out, done.err + heard.err)

    done = same(broker, f"interrupted{number}", play)
    assert (done.code, done.out) == (0, b"gone\n")


# ---- Publishers ---------------------------------------------------------------------------------

# What the publisher is told, its input, and what comes of it with `-F '%q %r %p'`.
SENT: dict[str, tuple[list[str], bytes, list[str]]] = {
    "message": (["-m", "hello"], b"", ["0 0 hello"]),
    "qos-1": (["-m", "hello", "-q", "1"], b"", ["1 0 hello"]),
    "qos-2": (["-m", "hello", "-q", "2"], b"", ["2 0 hello"]),
    "qos-2-v5": (["-m", "hello", "-q", "2", *V5], b"", ["2 0 hello"]),
    "null": (["-n"], b"", ["0 0 "]),
    "empty": (["-m", ""], b"", ["0 0 "]),
    "lines": (["-l"], b"one\n\nlast", ["0 0 one", "0 0 ", "0 0 last"]),
    "lines-1": (["-l", "-q", "1"], b"a\nb\nc\n", ["1 0 a", "1 0 b", "1 0 c"]),
    "lines-none": (["-l"], b"", []),
    "stdin": (["-s"], b"all\nof it", ["0 0 all", "of it"]),
    "repeat": (["-m", "x", "--repeat", "3"], b"", 3 * ["0 0 x"]),
    "repeat-2": (["-m", "x", "--repeat", "3", "-q", "2"], b"", 3 * ["2 0 x"]),
    "delay": (["-m", "x", "--repeat", "2", "--repeat-delay", "0.2"], b"", 2 * ["0 0 x"]),
    "prefix": (["-m", "x", "-I", "some"], b"", ["0 0 x"]),
    "alias": (
        ["-m", "x", "-D", "publish", "topic-alias", "1", "--repeat", "2"],
        b"",
        2 * ["0 0 x"],
    ),
    "keep-alive": (["-m", "x", "-k", "10", "--nodelay"], b"", ["0 0 x"]),
    "will": (["-m", "x", "--will-topic", "never", "--will-qos", "1"], b"", ["0 0 x"]),
    "session": (["-m", "x", "-c", "-i", "it", "-x", "5", *V5], b"", ["0 0 x"]),
    "session-for-ever": (["-m", "x", "-i", "it", "-x", "-1", *V5], b"", ["0 0 x"]),
}


@pytest.mark.parametrize("case", SENT)
def test_publisher(broker: Mosquitto, case: str) -> None:
    words, stdin, wanted = SENT[case]
    told: list[Run] = []

    def play(stage: Stage) -> Run:
        def publish() -> None:
            told.append(stage.run("pub", "-t", "TOPIC", *words, stdin=stdin))
            run("mosquitto_pub", *stage.base, "-t", stage.topic, "-q", "2", "-m", "end")

        heard = Stage(stage.broker, THEIRS, stage.topic)  # the same subscriber for both
        # The end of what was sent in several connections: the broker's order of one topic.
        count = str(len(wanted) - (case == "stdin") + 1)
        got = heard.hear(
            "-t", "TOPIC", "-q", "2", "-F", "%q %r %p", "-C", count, "-W", "10", then=publish
        )
        return Run(told[-1].code, told[-1].out + got.out, told[-1].err)

    done = same(broker, f"sent-{case}", play)
    assert (done.code, done.err) == (0, "")
    assert done.text.splitlines() == [*wanted, "2 0 end"]


def test_file(broker: Mosquitto, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(range(256)) * 400)
    (tmp_path / "empty").touch()

    def play(stage: Stage) -> Run:
        file = str(tmp_path / "file")
        return stage.hear(
            *("-t", "TOPIC", "-C", "1", "-N"),
            then=lambda: stage.run("pub", "-t", "TOPIC", "-f", file, "-q", "1"),
        )

    assert same(broker, "file", play).out == bytes(range(256)) * 400
    for missing, code in (("empty", 0), ("none", 1)):
        words = ("-t", "TOPIC", "-f", str(tmp_path / missing))
        assert same(broker, "file", lambda stage, w=words: stage.run("pub", *w)).code == code  # type: ignore[misc]


@pytest.mark.parametrize("more", [(), ("-V", "311")], ids=["5.0", "3.1.1"])
def test_request(broker: Mosquitto, more: tuple[str, ...]) -> None:
    def play(stage: Stage) -> Run:
        seen = stage.broker.log.count("New client connected")
        words = [
            "-t",
            stage.topic,
            "-e",
            f"{stage.topic}/answer",
            "-m",
            "question",
            "-W",
            "9",
            "-v",
        ]
        process = start(names(stage.family, "rr"), *stage.base, *words, *more)
        ready(stage.broker, seen, 1)
        stage.send("-t", "TOPIC/answer", "-m", "answer")
        return finish(process)

    done = same(broker, f"request{len(more)}", play)
    assert done.code == 0
    assert done.text.endswith("/answer answer\n")


# ---- Failures -----------------------------------------------------------------------------------

WRONG = ["-u", "alice", "-P", "looking-glass"]
FAILURES = [
    ("pub", ["-t", "a", "-m", "b"], 5),
    ("pub", ["-t", "a", "-m", "b", "-V", "5"], 135),
    ("pub", ["-t", "a", "-l", "-V", "5"], 135),
    ("pub", ["-t", "a", "-m", "b", *WRONG], 5),
    ("sub", ["-t", "a"], 5),
    ("sub", ["-t", "a", "-V", "5", *WRONG], 135),
    ("rr", ["-t", "a", "-m", "b", "-e", "c"], 135),
    ("rr", ["-t", "a", "-m", "b", "-e", "c", "-V", "311"], 5),
]


@pytest.mark.parametrize(("name", "words", "code"), FAILURES)
def test_refused(broker: Mosquitto, name: str, words: list[str], code: int) -> None:
    """CONNACK's code is the exit code."""
    for family in (OURS, THEIRS):
        done = run(names(family, name), "-p", str(broker.port), *words)
        assert (done.code, done.out) == (code, b""), done.err
        assert done.err


@pytest.mark.parametrize("name", NAMES)
def test_nobody_there(name: str) -> None:
    port = free_port()
    more = {"pub": ["-m", "x"], "sub": [], "rr": ["-m", "x", "-e", "b"]}[name]
    for where in (
        ["-h", "127.0.0.1", "-p", str(port)],
        ["-h", "none.invalid"],
        ["--unix", "/none"],
    ):
        for family in (OURS, THEIRS):
            done = run(names(family, name), *where, "-t", "a", *more)
            assert (done.code, done.out) == (1, b"")
            assert done.err
            quiet = run(names(family, name), *where, "-t", "a", *more, "--quiet")
            assert (quiet.code, quiet.err) == (1, "")


# Command lines that both refuse, with 1.
MISUSED = [
    ("pub", "-t a"),
    ("pub", "-m x"),
    ("pub", "-t a/# -m x"),
    ("pub", "-t a -m x -n"),
    ("pub", "-t a -m x -q 3"),
    ("pub", "-t a -m x -p 65536"),
    ("pub", "-t a -m x -Z"),
    ("pub", "-t a -m x -c"),
    ("pub", "-t a -m x -V 3"),
    ("pub", "-t a -m x -D publish"),
    ("pub", "-t a -m x -D publish nothing 1"),
    ("pub", "-t a -m x -D publish user-property a"),
    ("pub", "-t a -m x -D publish receive-maximum 1"),
    ("pub", "-t a -m x -D elsewhere content-type 1"),
    ("pub", "-t a -m x -D publish payload-format-indicator 256"),
    ("pub", "-t a -m x -D publish content-type a -D publish content-type b"),
    ("pub", "-t a -m x --will-payload x"),
    ("pub", "-t a -m x --repeat 0"),
    ("pub", "-t a -m x --cert x"),
    ("pub", "-t a -m x -L mqtt://127.0.0.1"),
    ("pub", "-m x -L foo://127.0.0.1/a"),
    ("sub", ""),
    ("sub", "-t a#"),
    ("sub", "-t a -F %"),
    ("sub", "-t a -F %Z"),
    ("sub", "-t a -F \\q"),
    ("sub", "-t a -R --retained-only"),
    ("sub", "-t a -m x"),
    ("sub", "-t a -W 0"),
    ("sub", "-t a -x 4294967296"),
    ("sub", "-t a -x 1s"),
    ("sub", "-t a -T #/a"),
    ("rr", "-t a -m x"),
    ("rr", "-t a -e b"),
]


@pytest.mark.parametrize(("name", "words"), MISUSED)
def test_misused(broker: Mosquitto, name: str, words: str) -> None:
    version = ["-V", "311"] if (name, words) == ("rr", "-t a -m x") else []
    for family in (OURS, THEIRS):
        done = run(names(family, name), "-p", str(broker.port), *words.split(), *version)
        assert done.code == 1, (family, done)
        assert done.err


def test_tls_refused(broker: Mosquitto, tmp_path: Path) -> None:
    """Files that are not there."""
    for family in (OURS, THEIRS):
        done = run(
            *(names(family, "pub"), "-p", str(broker.port), "-t", "a", "-m", "x"),
            *("--cafile", str(tmp_path / "none")),
        )
        assert done.code == 1
        assert done.err


# ---- Where ours differ: docs/client-programs.md -------------------------------------------------


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


# ---- Pipes --------------------------------------------------------------------------------------


def test_each_message_is_flushed(broker: Mosquitto) -> None:
    stage = Stage(broker, OURS, "flushed")
    seen = broker.log.count("New client connected")
    process = start("sub", *stage.base, "-t", stage.topic)
    try:
        ready(broker, seen, 1)
        assert process.stdout is not None
        for word in ("one", "two"):
            stage.send("-t", "TOPIC", "-m", word)
            assert process.stdout.readline() == f"{word}\n".encode()
    finally:
        process.terminate()
        process.communicate()


def test_a_closed_pipe_ends_it_quietly(broker: Mosquitto) -> None:
    stage = Stage(broker, OURS, "closed")
    seen = broker.log.count("New client connected")
    process = start("sub", *stage.base, "-t", stage.topic, "-q", "1")
    ready(broker, seen, 1)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    stage.send("-t", "TOPIC", "-m", "one")
    assert process.wait(WAIT) == 0
    assert process.stderr.read() == b""
    process.stderr.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_told(broker: Mosquitto) -> None:
    stage = Stage(broker, OURS, "full")
    seen = broker.log.count("New client connected")
    with open("/dev/full", "wb") as full:
        process = subprocess.Popen(
            [program("sub"), *stage.base, "-t", stage.topic],
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment(),
        )
    ready(broker, seen, 1)
    stage.send("-t", "TOPIC", "-m", "one")
    _, err = process.communicate(timeout=WAIT)
    assert process.returncode == 1
    assert b"No space left" in err


# ---- Passwords, URLs, sockets -------------------------------------------------------------------


def test_passwords(broker: Mosquitto, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("wonderland\nsecond line\n")
    base = ["-p", str(broker.port), "-u", "alice", "-t", "a", "-m", "b"]
    assert run("pub", *base).code == 5
    assert run("pub", *base, "--password-file", file).code == 0
    assert run("pub", *base, MQTTWIRE_PASSWORD="wonderland").code == 0
    assert run("pub", *base, "-P", "wrong", MQTTWIRE_PASSWORD="wonderland").code == 5
    assert run("pub", *base, "--password-file", tmp_path / "none").code == 1


def test_urls(broker: Mosquitto) -> None:
    url = f"mqtt://alice:wonderland@127.0.0.1:{broker.port}"

    def play(stage: Stage) -> Run:
        where = f"{url}/{stage.topic}"
        return stage.hear(
            *("-t", "TOPIC", "-C", "1"),
            then=lambda: run(names(stage.family, "pub"), "-L", where, "-m", "hello"),
        )

    assert same(broker, "url", play).out == b"hello\n"
    encoded = f"mqtt://alice:%77onderland@127.0.0.1:{broker.port}/a"
    assert run("pub", "-L", encoded, "-m", "x").code == 0
    assert run("mosquitto_pub", "-L", encoded, "-m", "x").code == 5


def test_unix_socket(broker: Mosquitto, folder: Path) -> None:
    where = ["--unix", str(folder / "socket"), "-u", "alice", "-P", "wonderland"]
    for family in (OURS, THEIRS):
        assert run(names(family, "pub"), *where, "-t", "a", "-m", "b").code == 0


# ---- --trace and --pcap -------------------------------------------------------------------------


def test_trace_and_recording(broker: Mosquitto, tmp_path: Path) -> None:
    """The trace has the lines of `mqttwire inspect` of the recording."""
    file = tmp_path / "recorded.pcap"
    base = ["-p", str(broker.port), "-u", "alice", "-P", "wonderland", "-i", "tracer", "-V", "5"]
    payload = 'long \t"' + 50 * "é"
    words = ["-t", "trace", "-m", payload, "-q", "2", "-D", "publish", "user-property"]
    done = run("pub", *base, *words, "payload=(", "x", "--trace", "--pcap", file)
    assert done.code == 0
    told = inspected(file)
    ours = [line for line in done.err.splitlines() if re.match(r" +\d+ \d\d:", line)]
    theirs = [line for line in told if re.match(r" +\d+ \d\d:", line)]
    assert len(ours) == 7
    plain = [re.sub(r" \d\d:\d\d:\d\d\.\d{3} | \(answer\w+ .*?\)", "", line) for line in ours]
    assert plain == [
        re.sub(r" \d\d:\d\d:\d\d\.\d{3} | \(answer\w+ .*?\)", "", line) for line in theirs
    ]
    answers = [re.findall(r"\(answers (\d+)", line) for line in ours]
    assert answers == [re.findall(r"\(answers (\d+)", line) for line in theirs]
    assert "wonderland" not in done.err


def inspected(file: Path) -> list[str]:
    from command import mqttwire

    done = mqttwire("inspect", file)
    assert done.code == 0, done.err
    return done.lines


def test_recording_of_large_packets(broker: Mosquitto, tmp_path: Path) -> None:
    """Checksums and sequence numbers are right: tshark says so, too, where it is there."""
    file = tmp_path / "recorded.pcap"
    base = ["-p", str(broker.port), "-u", "alice", "-P", "wonderland"]
    assert (
        run("pub", *base, "-t", "large", "-s", "--pcap", file, stdin=os.urandom(200_000)).code == 0
    )
    lines = inspected(file)
    assert any("(200000 bytes)" in line for line in lines)
    checks = ["-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"]
    try:
        done = subprocess.run(
            ["tshark", "-r", str(file), *checks, "-q", "-z", "expert,warn"],
            capture_output=True,
            timeout=WAIT,
        )
    except FileNotFoundError:
        pytest.skip("tshark is missing")
    assert done.returncode == 0
    assert b"bad" not in done.stdout.lower()
    assert b"Errors" not in done.stdout, done.stdout


def test_recording_that_cannot_be_written(broker: Mosquitto, tmp_path: Path) -> None:
    base = ["-p", str(broker.port), "-u", "alice", "-P", "wonderland", "-t", "a", "-m", "b"]
    done = run("pub", *base, "--pcap", tmp_path / "none" / "file")
    assert done.code == 1
    assert "none" in done.err
    if Path("/dev/full").exists():
        assert run("pub", *base, "--pcap", "/dev/full").code == 1


# ---- Reconnecting, and sessions -----------------------------------------------------------------


def test_reconnects(tmp_path: Path) -> None:
    """A subscriber comes back; a publisher does with --reconnect, and waits for the first time."""
    broker = Mosquitto()
    broker.start()
    port = broker.port
    process = start("sub", "-p", str(port), "-t", "a", "-C", "1")
    try:
        ready(broker, 0, 1)
        broker.stop()
        waiting = start("pub", "-p", str(port), "-t", "a", "-m", "hello", "--reconnect", "-q", "1")
        again = Again(port)
        try:
            again.start()
            assert finish(waiting).code == 0
            ready(again, 0, 2)
            run("mosquitto_pub", "-p", str(port), "-t", "a", "-m", "second")
            done = finish(process)
            assert done.code == 0
            assert done.out in (b"hello\n", b"second\n"), "whoever was first"
            assert "trying again" in done.err
        finally:
            again.stop()
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


class Again(Mosquitto):
    """On a port that was used before."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.wanted = port

    def start(self) -> None:
        import mosquitto

        free, mosquitto.free_port = mosquitto.free_port, lambda: self.wanted
        try:
            super().start()
        finally:
            mosquitto.free_port = free


def test_no_reconnect() -> None:
    broker = Mosquitto()
    broker.start()
    process = start("sub", "-p", str(broker.port), "-t", "a", "--no-reconnect")
    ready(broker, 0, 1)
    broker.stop()
    done = finish(process)
    assert done.code == 1
    assert done.err


def test_store(broker: Mosquitto, tmp_path: Path) -> None:
    """A message that a subscriber has not acknowledged is in the session."""
    file = tmp_path / "session.db"
    mine = ["-t", "stored", "-q", "2", "-c", "-i", "keeper", "--store", str(file), "-W", "5"]
    stage = Stage(broker, OURS, "stored")
    assert stage.run("sub", *mine, "-E").code == 0
    stage.send("-t", "TOPIC", "-q", "2", "-l", stdin=b"one\ntwo\n")
    assert file.exists()
    assert stage.run("sub", *mine, "-C", "1").out == b"one\n"
    assert stage.run("sub", *mine, "-C", "1").out == b"two\n"


# ---- mqttwire-bench -----------------------------------------------------------------------------


@pytest.mark.parametrize("qos", [0, 1, 2])
@pytest.mark.parametrize("version", ["311", "5"])
def test_bench(broker: Mosquitto, qos: int, version: str) -> None:
    base = [
        "-p",
        str(broker.port),
        "-u",
        "alice",
        "-P",
        "wonderland",
        "-V",
        version,
        "-q",
        str(qos),
    ]
    words = ["--publishers", "3", "--subscribers", "2", "--rate", "50", "--duration", "1.2"]
    done = run("bench", *base, *words, "--json")
    assert done.code == 0, done.err
    told = json.loads(done.text)
    assert (told["version"], told["qos"]) == ({"311": 4, "5": 5}[version], qos)
    assert 150 <= told["sent"] <= 2 * 180  # a busy machine is late to see that time is over
    assert told["settled"] == told["sent"]
    assert told["expected"] == told["received"] == 2 * told["sent"]
    assert [told[name] for name in ("lost", "repeated", "out_of_order", "refused")] == [0, 0, 0, 0]
    times = list(told["arrival_ms"].values())
    assert list(told["arrival_ms"]) == ["p50", "p90", "p99", "p99.9", "max"]
    assert times == sorted(times) and times[0] > 0
    assert bool(told["acknowledged_ms"]) == (qos > 0)
    assert re.match(r" +1 s  sent \d+", done.err)


def test_bench_as_text(broker: Mosquitto) -> None:
    base = ["-p", str(broker.port), "-u", "alice", "-P", "wonderland", "-t", "x/%i/y", "--quiet"]
    done = run("bench", *base, "--rate", "0", "--duration", "0.3", "-q", "1", "--size", "20")
    assert (done.code, done.err) == (0, "")
    assert re.search(r"^received +\d+ of \d+ ", done.text, re.M)
    assert re.search(r"^arrival +p50 [\d.]+ ms ", done.text, re.M)


def test_bench_fails(broker: Mosquitto) -> None:
    assert run("bench", "-p", str(broker.port)).code == 5
    assert run("bench", "-p", str(broker.port), "-V", "5").code == 135
    assert run("bench", "-p", str(free_port()), "-h", "127.0.0.1").code == 1
    assert run("bench", "-t", "a%i").code == 1
    assert run("bench", "--publishers", "0", "--subscribers", "0").code == 1
