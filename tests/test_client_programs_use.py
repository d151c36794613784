# SPDX-License-Identifier: MIT
"""The programs in use: pipes, passwords, sockets, traces and captures, reconnecting, sessions."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from mosquitto import Mosquitto
from programs import WAIT, Run, environment, program, run, start
from programs_beside import (
    OURS,
    THEIRS,
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
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("broker")


@pytest.fixture(scope="module")
def broker(folder: Path) -> Iterator[Mosquitto]:
    with closed_broker(folder) as made:
        yield made


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


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("name", ["pub", "sub", "rr", "bench"])
def test_closed_descriptors(broker: Mosquitto, name: str, closed: str) -> None:
    """Nothing else takes their place: what is to be written there is not, and that is an error."""
    words = {
        "pub": "-t closed -m x -q 1",
        "sub": "-t closed/kept -C 1",
        "rr": "-t closed/ask -e closed/kept -m x",
        "bench": "--duration 0.1",
    }[name].split()
    base = ["-p", str(broker.port), "-u", "alice", "-P", "wonderland"]
    assert run("pub", *base, "-t", "closed/kept", "-m", "x", "-r").code == 0
    done = run("sh", "-c", f'exec "$0" "$@" {closed}', program(name), *base, *words)
    assert done.code == (">&-" in closed.replace("2>&-", "") and name != "pub"), done.err
    if closed == ">&-" and name != "pub":
        assert "standard output: Bad file descriptor" in done.err


# ---- Much, and many ----------------------------------------------------------------------------


@pytest.mark.parametrize("qos", ["0", "1"])
def test_a_message_of_70_mib(broker: Mosquitto, tmp_path: Path, qos: str) -> None:
    """More than the library's queue has by itself."""
    (tmp_path / "file").write_bytes(bytes(70 << 20))
    stage = Stage(broker, OURS, f"large{qos}")
    done = stage.hear(
        *("-t", "TOPIC", "-C", "1", "-q", qos, "-F", "%l"),
        then=lambda: stage.run("pub", "-t", "TOPIC", "-q", qos, "-f", str(tmp_path / "file")),
    )
    assert done.out == b"%d\n" % (70 << 20)


def test_many_messages_under_way(broker: Mosquitto) -> None:
    """-M beyond what the library's queue has by itself."""
    stage = Stage(broker, OURS, "many")
    lines = b"".join(b"%d\n" % n for n in range(5000))
    done = stage.run("pub", "-t", "TOPIC", "-l", "-q", "1", "-M", "3000", stdin=lines)
    assert (done.code, done.err) == (0, "")


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


@pytest.mark.parametrize("topic", ["a b", "ä", "%", "%zz", "%23", "a?b=c", "a//b", "/a", "a/"])
def test_topics_of_urls(broker: Mosquitto, topic: str) -> None:
    """As they are; a subscriber's may have wildcards."""
    url = f"mqtt://alice:wonderland@127.0.0.1:{broker.port}"

    def play(stage: Stage) -> Run:
        where = f"{url}/{stage.topic}"
        seen = broker.log.count("New client connected")
        sub = start(names(stage.family, "sub"), "-L", f"{where}/#", "-C", "1", "-v", "-W", "9")
        ready(broker, seen, 1)
        assert run(names(stage.family, "pub"), "-L", f"{where}/{topic}", "-m", "hello").code == 0
        return finish(sub)

    done = same(broker, "urls", play)
    assert (done.code, done.text) == (0, f"urls/o/{topic} hello\n")


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


@pytest.mark.parametrize("qos", ["1", "2"])
@pytest.mark.parametrize("version", ["311", "5"])
@pytest.mark.parametrize("stored", [False, True])
def test_count_loses_nothing(
    broker: Mosquitto, tmp_path: Path, qos: str, version: str, stored: bool
) -> None:
    """-C: what came behind the last is the session's, be it the server's part or the store."""
    stage = Stage(broker, OURS, f"count{qos}{version}{stored}")
    mine = ["-t", "TOPIC", "-q", qos, "-c", "-i", stage.topic, "-W", "5", "-V", version]
    mine += ["--store", str(tmp_path / "store")] if stored else []
    assert stage.run("sub", *mine, "-E").code == 0
    stage.send("-t", "TOPIC", "-q", "2", "-l", stdin=b"1\n2\n3\n4\n")
    for wanted in (b"1\n", b"2\n", b"3\n", b"4\n"):
        assert stage.run("sub", *mine, "-C", "1").out == wanted
