# SPDX-License-Identifier: MIT
"""mqttwire-pub, -sub and -rr beside mosquitto_pub, _sub and _rr: same output, same exit codes.

Each case is run with both, against a mosquitto of its own; what differs, and why, is in
docs/client-programs.md.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from mosquitto import Mosquitto, free_port
from programs import NAMES, Run, run, start
from programs_beside import (
    OURS,
    PROPERTIES,
    THEIRS,
    V5,
    Stage,
    beside,
    closed_broker,
    finish,
    names,
    ready,
    same,
)

pytestmark = beside


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    with closed_broker(tmp_path_factory.mktemp("broker")) as made:
        yield made


# ---- Subscribers --------------------------------------------------------------------------------


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
