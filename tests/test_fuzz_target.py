# SPDX-License-Identifier: MIT
"""mqttwire fuzz target and replay: a broker that falls, a client that does, and mosquitto."""

from __future__ import annotations

import importlib.util
import json
import math
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import mosquitto
import mqttwire as mq
import pytest
from command import COMMAND, WAIT, Run, called, environment, mqttwire, on_a_terminal
from mosquitto import free_port

pytest.importorskip("mqttwire_tool._fuzz", reason="built without the kit")

from mqttwire_tool.fuzz import minimise, plan, verdict
from mqttwire_tool.fuzz.draw import Draw
from mqttwire_tool.fuzz.hunt import Bounds, Hunt, joined
from mqttwire_tool.fuzz.judge import accepted, broken
from mqttwire_tool.fuzz.play import Player
from mqttwire_tool.fuzz.reproducer import reproducer
from mqttwire_tool.fuzz.served import Limits, Served
from mqttwire_tool.fuzz.session import GOT, SEND, STEPS, Event, Session, Step, load
from mqttwire_tool.fuzz.session import WAIT as AWAIT

TESTS = Path(__file__).parent
CC = shutil.which("cc")
needs_cc = pytest.mark.skipif(CC is None, reason="needs a C compiler")
HELLO = bytes.fromhex("100d00044d51545404020000000161")


def compiled(folder: Path, *flags: str) -> Path:
    program = folder / "falling_broker"
    assert CC is not None
    source = TESTS / "falling_broker.c"
    subprocess.run([CC, "-g", "-Wall", "-Werror", *flags, source, "-o", program], check=True)
    return program


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(tmp_path_factory.mktemp("broker"), "-O1")


def target(out: Path, start: object, *more: object, port: int = 0) -> Run:
    place = f"127.0.0.1:{port or free_port()}"
    return called(
        "fuzz", "target", place, "--start", str(start), "--out", out, *map(str, more)
    )  # fmt: skip


def findings(out: Path) -> list[tuple[Path, Any]]:
    return [
        (file.parent, json.loads(file.read_text())) for file in sorted(out.glob("*/finding.json"))
    ]


def nothing_runs(words: str) -> bool:
    """No process has this in its command line."""
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = each.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if words in line:
            return False
    return True


# ---- The plan ------------------------------------------------------------------------------------


def plans(seed: int, count: int, **limits: Any) -> list[list[Step]]:
    served = Served("127.0.0.1", 1, None, Limits(**limits))
    return [served.plan(seed, number).steps for number in range(count)]


def test_a_plan_depends_on_the_seed_alone() -> None:
    assert plans(1, 50) == plans(1, 50)
    assert plans(1, 50) != plans(2, 50)
    assert max(len({s.connection for s in steps}) for steps in plans(1, 50)) > 4


def test_what_a_good_plan_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that clients do, without a packet that is wrong in itself."""
    kinds: set[str] = set()
    versions: set[int] = set()
    monkeypatch.setattr(plan.Client, "any_packet", lambda self: None)
    for number in range(200):
        draw = Draw(1, number)
        steps, own = plan.drawn(draw, None, 4, 0.05)
        session = Session(number, "client", steps)
        for connection in session.connections:
            packets = verdict.judged(session.stream(connection), "client", own[connection])
            assert not [packet for packet in packets if packet.rule], session
            kinds |= {packet.kind for packet in packets}
        versions |= set(own.values())
        kinds |= {step.do for step in steps}
    assert versions == {4, 5}
    assert kinds >= {
        "CONNECT", "PUBLISH", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP", "SUBSCRIBE", "UNSUBSCRIBE",
        "PINGREQ", "DISCONNECT", "AUTH", "open", "wait", "pause", "shut", "close", "reset",
    }  # fmt: skip


def test_a_session_is_saved_and_read_again(tmp_path: Path) -> None:
    for number, steps in enumerate(plans(3, 30)):
        session = Session(number, "client", steps)
        session.save(tmp_path / "session.jsonl")
        assert load(tmp_path / "session.jsonl") == session


# ---- What is found -------------------------------------------------------------------------------


@needs_cc
def test_a_crash(broker: Path, tmp_path: Path) -> None:
    """Found, reduced to one connection with two packets, and made again in every form."""
    done = target(tmp_path, f"{broker} {{port}} crash", "--count", 400)
    assert done.code == 1
    assert "finding 1: crash, SIGSEGV, at PUBLISH topic_empty" in done.err
    ((folder, form),) = findings(tmp_path)
    assert (form["kind"], form["ended"], form["reproduced"]) == ("crash", "SIGSEGV", True)
    (connection,) = form["connections"]
    assert [packet["packet"] for packet in connection["packets"]] == [
        "CONNECT",
        "PUBLISH topic_empty",
    ]
    assert form["bytes"] <= 20
    stream = (folder / f"connection-{connection['connection']}.bin").read_bytes()
    assert len(stream) == form["bytes"] == load(folder / "session.jsonl").size
    assert "topic_empty: " in (folder / "trace.txt").read_text()
    assert load(folder / "original.jsonl").size > form["bytes"]
    if importlib.util.find_spec("mqttwire_tool._capture"):
        lines = called("inspect", "--json", folder / "trace.pcapng").json
        assert [line["error"]["rule"] for line in lines if "error" in line] == ["topic_empty"]
    port = free_port()
    for bug, code, words in (("crash", 1, "is gone"), ("none", 0, "lives")):
        start = f"{broker} {{port}} {bug}"
        again = called("fuzz", "replay", folder, f"127.0.0.1:{port}", "--start", start)
        assert again.code == code
        assert ("SIGSEGV" in again.text) == bool(code)
        with subprocess.Popen([broker, str(port), bug], stderr=subprocess.DEVNULL) as running:
            waiting = ("--count", "0", "--out", tmp_path / "none")  # until it listens
            called("fuzz", "target", f"127.0.0.1:{port}", *waiting)
            program = [sys.executable, str(folder / "reproduce.py"), "127.0.0.1", str(port)]
            made = subprocess.run(program, capture_output=True, timeout=WAIT, text=True)
            running.kill()
        assert (made.returncode, words in made.stdout) == (code, True)


@needs_cc
def test_a_hang(broker: Path, tmp_path: Path) -> None:
    more = ("--count", 200, "--hang", 0.3, "--tries", 60)
    done = target(tmp_path, f"{broker} {{port}} hang", *more)
    assert done.code == 1
    forms = [form for _, form in findings(tmp_path)]
    assert {(form["kind"], form["reproduced"]) for form in forms} == {("hang", True)}
    assert any(form["trigger"].startswith("SUBSCRIBE") for form in forms)
    assert all(form["text"].startswith("a good client gets no answer to ") for form in forms)


@needs_cc
def test_memory(broker: Path, tmp_path: Path) -> None:
    more = ("--count", 240, "--memory", 90)
    done = target(tmp_path, f"{broker} {{port}} memory", *more)
    assert done.code == 1
    forms = [form for _, form in findings(tmp_path)]
    assert {(form["kind"], form["reproduced"]) for form in forms} == {("memory", True)}
    assert any(form["trigger"].startswith("PUBLISH") for form in forms)


@needs_cc
def test_a_sanitizer(tmp_path: Path) -> None:
    """Its log is kept, and where it happened makes it one finding."""
    try:
        program = compiled(tmp_path, "-O1", "-fsanitize=address")
    except subprocess.CalledProcessError:
        pytest.skip("no AddressSanitizer")
    out = tmp_path / "out"
    done = target(out, f"{program} {{port}} overflow", "--count", 40, "--seed", 3)
    assert done.code == 1
    ((folder, form),) = findings(out)
    assert form["error"] == "heap-buffer-overflow"
    assert form["frames"][0] == "take"
    assert "AddressSanitizer: heap-buffer-overflow" in (folder / "sanitizer.txt").read_text()


@needs_cc
def test_nothing_is_found(broker: Path, tmp_path: Path) -> None:
    """The broker without bugs; the last sessions stay, byte by byte those of the plan."""
    port = free_port()
    done = target(tmp_path, f"{broker} {{port}}", "--count", 40, "--keep", 5, port=port)
    assert done.code == 0
    assert "40 sessions" in done.err
    assert "0 findings" in done.err
    files = sorted((tmp_path / "sessions").iterdir())
    assert [load(file).number for file in files] == [35, 36, 37, 38, 39]
    assert [load(file).steps for file in files] == plans(1, 40)[35:]
    assert nothing_runs(f"{broker} {port}")


@needs_cc
def test_runs_do_not_mix(broker: Path, tmp_path: Path) -> None:
    """The sessions of the run before are beside; where there are findings, nothing is touched."""

    def written() -> dict[Path, bytes]:
        return {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}

    def numbers(name: str) -> list[int]:
        return [load(file).number for file in sorted((tmp_path / name).iterdir())]

    start = f"{broker} {{port}}"
    for seed, count in ((1, 5), (2, 3), (3, 2)):
        assert target(tmp_path, start, "--count", count, "--seed", seed).code == 0
    assert numbers("sessions") == [0, 1]
    assert numbers("sessions-before") == [0, 1, 2]
    (tmp_path / "finding-1-crash").mkdir()
    (tmp_path / "finding-1-crash" / "finding.json").write_text("{}")
    before = written()
    refused = target(tmp_path, start, "--count", 2)
    assert refused.code == 2
    assert f"{tmp_path} holds findings of another run" in refused.err
    assert written() == before


@pytest.mark.skipif(mosquitto.PROGRAM is None, reason="mosquitto is missing")
def test_mosquitto(tmp_path: Path) -> None:
    """Some seconds: it withstands, and is gone afterwards."""
    port = free_port()
    start = f"{mosquitto.PROGRAM} -p {{port}}"
    done = target(tmp_path, start, "--time", 5, "--memory", 200, "--judge", port=port)
    assert done.code == 0, done.err
    assert int(done.err.partition(" session")[0].split()[-1].replace(",", "")) > 20
    assert nothing_runs(f"mosquitto -p {port}")


@needs_cc
def test_an_interruption_leaves_a_summary(broker: Path, tmp_path: Path) -> None:
    port = free_port()
    place = f"127.0.0.1:{port}"
    start = ["--start", f"{broker} {{port}}", "--out", str(tmp_path)]
    with subprocess.Popen(
        [*COMMAND, "fuzz", "target", place, *start], stderr=subprocess.PIPE, env=environment()
    ) as running:
        while not list(tmp_path.glob("sessions/*7.jsonl")):
            assert running.poll() is None
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=WAIT)
    assert running.returncode == 128 + signal.SIGINT
    assert b"a second: " in err
    assert b"Traceback" not in err
    assert nothing_runs(f"{broker} {port}")


@needs_cc
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_of_reducing(number: int, broker: Path, tmp_path: Path) -> None:
    """What was found by then is told, counted and written."""
    port = free_port()
    more = ["--start", f"{broker} {{port}} hang", "--hang", "1", "--out", str(tmp_path)]
    with subprocess.Popen(
        [*COMMAND, "fuzz", "target", f"127.0.0.1:{port}", *more],
        stderr=subprocess.PIPE,
        env=environment(),
    ) as running:
        before, still = 0, 0
        while still < 20 or not before:  # seconds without a session: it reduces
            time.sleep(0.1)
            now = len(list(tmp_path.glob("sessions/*")))
            before, still = now, still + 1 if now == before else 0
            assert running.poll() is None
        running.send_signal(number)
        _, err = running.communicate(timeout=WAIT)
    assert running.returncode == 1
    assert b"finding 1: hang" in err
    assert b"; 1 finding, 1 time in all" in err
    assert b"Traceback" not in err
    ((folder, form),) = findings(tmp_path)
    assert form["kind"] == "hang"
    assert load(folder / "session.jsonl").size
    assert list(folder.glob("original*.jsonl"))
    assert nothing_runs(f"{broker} {port}")


class Unlucky:
    """A target that something is wrong with once, and never again.  A session takes some time."""

    host, port, once = "127.0.0.1", 1, False

    def __init__(self) -> None:
        self.troubles = [verdict.Trouble("crash", "once")]
        self.played = 0

    def fresh(self) -> None: ...
    def close(self) -> None: ...

    def run(self, seed: int, number: int) -> Session:
        return Session(number, "client", [Step("open", 0), Step(SEND, 0, HELLO)])

    def play(self, session: Session) -> None:
        self.played += 1
        time.sleep(0.1)

    def look(self, full: bool) -> verdict.Trouble | None:
        return self.troubles.pop() if self.troubles and full else None


def test_reproducing_is_bounded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By --reduce-time, as reducing is.  Without tries nothing is tried."""
    for tries, reduce, played, words in (
        (400, 60, 6, "(not reproduced)"),
        (400, 0.01, 1, "(not reproduced)"),
        (0, 60, 0, "(not tried)"),
    ):
        unlucky = Unlucky()
        bounds = Bounds(5, None, 5, 10, tries, reduce)
        out = tmp_path / f"{tries}-{reduce}"
        hunt = Hunt(unlucky, 1, out, bounds, 1)
        hunt.run()
        assert unlucky.played == played
        assert words in capsys.readouterr().err
        ((_, form),) = findings(out)
        assert form["reproduced"] is (False if tries else None)


@needs_cc
def test_a_broker_that_does_not_come_back(broker: Path, tmp_path: Path) -> None:
    """Somebody else's: that it is gone is a finding, and told like any other."""
    port = free_port()
    with subprocess.Popen([broker, str(port), "crash"], stderr=subprocess.DEVNULL) as running:
        more = ("--start-time", "0.3", "--out", tmp_path)
        done = called("fuzz", "target", f"127.0.0.1:{port}", *more)
        assert running.wait(WAIT) == -signal.SIGSEGV
    assert "nothing listens there" in done.err
    assert "1 time in all" in done.err
    assert done.code == 1
    ((_, form),) = findings(tmp_path)
    assert (form["kind"], form["reproduced"]) == ("refuses", False)


@needs_cc
def test_a_terminal_shows_how_far_it_is(broker: Path, tmp_path: Path) -> None:
    pytest.importorskip("rich")
    place = f"127.0.0.1:{free_port()}"
    start = ("--start", f"{broker} {{port}}", "--out", tmp_path, "--time", "2")
    shown = on_a_terminal("fuzz", "target", place, *start)
    assert re.search(r"mqttwire: [\d,]+ sessions, \d+/s, \d+ writes/s, 0 findings", shown)


SLOW = [Step("open", 0), Step("pause", 0, seconds=1)]
CRASH = [Step("open", 0), Step(SEND, 0, HELLO + bytes.fromhex("30020000")), Step(AWAIT, 0)]


@needs_cc
def test_sessions_are_replayed_one_by_one(broker: Path, tmp_path: Path) -> None:
    """Each has its own time: six slow ones take more than one may, and the seventh falls."""
    again = ("fuzz", "replay", tmp_path, f"127.0.0.1:{free_port()}", "--start")
    for number in range(8):
        steps = CRASH if number == 6 else SLOW
        Session(number, "client", steps).save(tmp_path / f"{number}.jsonl")
    done = called(*again, f"{broker} {{port}} crash")
    assert done.code == 1
    assert done.text.splitlines() == [
        "crash, SIGSEGV, at PUBLISH topic_empty",
        "the process ended",
        f"{tmp_path / '6.jsonl'}: session 7 of 8",
    ]
    for number in range(5):
        (tmp_path / f"{number}.jsonl").unlink()
    done = called(*again, f"{broker} {{port}} none")
    assert (done.code, done.text, done.err) == (0, "nothing happened in 3 sessions\n", "")


def test_sessions_as_one_take_their_time(tmp_path: Path) -> None:
    """So much for each, and this is saved; a session that is too long says so."""
    player = Player(lambda: socket.socketpair()[0], 0.15)
    pause = Step("pause", 0, seconds=0.1)
    sessions = [Session(number, "client", [Step("open", 0), pause]) for number in range(4)]
    one = joined(sessions)
    one.save(tmp_path / "one.jsonl")
    assert load(tmp_path / "one.jsonl") == one
    for session in (one, joined([one]), load(tmp_path / "one.jsonl")):
        player.play(session)
        assert len([event for event in session.events if event.do in STEPS]) == len(one.steps)
        assert not session.stopped
    alone = Session(0, "client", one.steps)
    player.play(alone)
    assert alone.stopped


def test_what_nobody_takes_is_not_sent(tmp_path: Path) -> None:
    """After the other side has closed, with an answer in front, or without a connection."""
    ours, theirs = socket.socketpair()
    first, second = HELLO, bytes.fromhex("c000")
    bye = bytes.fromhex("e000")

    def opener() -> socket.socket:
        theirs.sendall(bye)
        theirs.close()
        return ours

    steps = [Step("open", 0), Step(SEND, 0, first), Step(SEND, 1, second)]
    session = Session(0, "client", steps)
    Player(opener, 5).play(session)
    assert [(event.do, event.connection, event.data) for event in session.events] == [
        ("open", 0, b""),
        ("got", 0, bye),
        ("closed", 0, b""),
        ("unsent", 0, first),
        ("unsent", 1, second),
    ]
    assert (session.writes, session.size, session.stream(0)) == ([], 0, b"")
    assert verdict.trigger_of(session) == "no packet"
    session.save(tmp_path / "session.jsonl")
    assert load(tmp_path / "session.jsonl").steps == steps  # to be tried again


def test_a_part_is_sent() -> None:
    """The other side reads some bytes of a large write, and closes."""
    ours, theirs = socket.socketpair()
    data = bytes(8 << 20)

    def some() -> None:
        theirs.recv(1000)
        time.sleep(0.2)
        theirs.close()

    session = Session(0, "client", [Step("open", 0), Step(SEND, 0, data)])
    reader = threading.Thread(target=some)
    reader.start()
    Player(lambda: ours, 5).play(session)
    reader.join()
    assert [event.do for event in session.events] == ["open", "send", "closed", "unsent"]
    assert 1000 <= session.size < len(data)
    assert session.size + len(session.events[-1].data) == len(data)


# ---- The rogue broker ----------------------------------------------------------------------------

CLIENT = """\
import os, socket, sys
bug = sys.argv[2]
made = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
made.sendall(bytes.fromhex("100d00044d51545404020000000161"))
got = b""
while True:
    part = made.recv(4096)
    if not part:
        break
    got += part
    if got[:1] == b" " and len(got) > 3 and got[2] > 1:
        if bug == "abort":
            os.abort()
        while bug == "spin":
            pass
"""


@pytest.mark.parametrize(
    ("bug", "kind", "text"), [("abort", "crash", "SIGABRT"), ("spin", "hang", "")]
)
def test_a_client(bug: str, kind: str, text: str, tmp_path: Path) -> None:
    """Reserved flags in the CONNACK of a hostile broker."""
    program = tmp_path / "client.py"
    program.write_text(CLIENT)
    out = tmp_path / "out"
    more = ("--out", out, "--tries", "6", "--hang", "0.5", "--count", "30")
    start = f"{sys.executable} -S {program} {{port}} {bug}"
    done = called("fuzz", "target", "--rogue", "0", "--start", start, *more)
    assert done.code == 1, done.err
    (_, form), *_ = findings(out)
    assert (form["kind"], form["ended"] or "") == (kind, text)
    assert form["trigger"].startswith("CONNACK")


# ---- The page ------------------------------------------------------------------------------------

PAGE = (TESTS.parent / "docs" / "fuzzing.md").read_text(encoding="utf-8")


def plain(line: str) -> str:
    """Without what differs from run to run."""
    line = re.sub(r"\d\d:\d\d:\d\d\.\d{3}", "TIME", line)
    line = re.sub(r"in \d+ s, \d+ a second", "SPEED", line)
    # How much is sent until the broker closes a connection is a matter of time.
    return re.sub(r"[\d,]+ writes, [\d,]+ bytes", "SENT", line)


@needs_cc
def test_docs(tmp_path: Path) -> None:
    (session,) = re.findall(r"^```console\n(\$ cc .*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    (tmp_path / "tests").symlink_to(TESTS)
    port = free_port()
    commands = re.findall(r"^\$ (.*)$", session, re.MULTILINE)
    run = f"{shlex.quote(sys.executable)} -m mqttwire_tool"
    script = "\n".join(commands).replace("1884", str(port)).replace("mqttwire fuzz", f"{run} fuzz")
    done = subprocess.run(
        ["bash", "-c", f"exec 2>&1\n{script}"],
        cwd=tmp_path,
        capture_output=True,
        timeout=WAIT,
        env=environment(),
        text=True,
    )
    expected = [plain(line) for line in session.splitlines() if not line.startswith("$ ")]
    assert [plain(line.rstrip()) for line in done.stdout.splitlines()] == expected


# ---- The program of a finding --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sender", "arguments", "usage"),
    [
        ("client", [], "HOST PORT"),
        ("client", ["localhost"], "HOST PORT"),
        ("client", ["localhost", "mqtt"], "HOST PORT"),
        ("server", [], "PORT"),
        ("server", ["localhost", "1"], "PORT"),
    ],
)
def test_how_to_use_it(sender: mq.Sender, arguments: list[str], usage: str, tmp_path: Path) -> None:
    """Exit code 1 says that the broker is gone, and nothing else does."""
    program = tmp_path / "reproduce.py"
    session = Session(0, sender, [Step("open", 0)])
    program.write_text(reproducer(session, "crash", "reproduce.py", 1))
    done = subprocess.run(
        [sys.executable, program, *arguments], capture_output=True, timeout=WAIT, text=True
    )
    assert (done.returncode, done.stderr) == (2, f"usage: reproduce.py {usage}\n")


# ---- Parts ---------------------------------------------------------------------------------------


def test_reducing() -> None:
    asked = []

    def test(some: list[int]) -> bool:
        asked.append(some)
        return {3, 40} <= set(some)

    assert minimise.reduced(list(range(64)), test) == [3, 40]
    assert len(asked) < 64


def test_reducing_steps() -> None:
    """To the one packet that matters, with its length made to fit, and what is wrong with it."""
    bad = bytes.fromhex("3009 0003612f23 70707070")
    noise = mq.Publish(topic="x", payload=b"y" * 50, version=4).encode()
    steps = [Step("open", 0), Step("open", 1), Step(SEND, 0, HELLO), Step(AWAIT, 0, b"", 2, 1)]
    steps += [Step(SEND, 1, HELLO + noise), Step(SEND, 0, noise + bad + noise), Step("close", 1)]

    def test(some: list[Step]) -> bool:
        sent = b"".join(step.data for step in some if step.connection == 0)
        return b"\0\x03a/#" in sent and sent[:1] == b"\x10"

    session = Session(0, "client", steps)
    least = minimise.Minimiser(test, session, 1000, math.inf)()
    assert [step.do for step in least] == ["open", "send", "send"]
    assert least[-1].data == bytes.fromhex("3005 0003612f23")
    few = minimise.Minimiser(test, session, 3, math.inf)
    assert test(few())
    assert few.left == 0


def test_where_it_happened() -> None:
    asan = (
        "==1==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x1\n"
        "    #0 0x1 in __asan_memcpy (a+0x1)\n    #1 0x2 in parse broker.c:1\n"
        "    #2 0x3 in take broker.c:2\n\n0x5 is\n    #0 0x1 in malloc\n"
    )
    assert verdict.Trouble("crash", "", -6, asan).frames == ["parse", "take"]
    go = (
        "panic: index\n\ngoroutine 1 [running]:\nmain.decode(0x1)\n\t/a.go:1 +0x1\n"
        "main.main()\n\t/a.go:9\n"
    )
    assert verdict.frames_of(go) == ["main.decode", "main.main"]
    failed = "broker: net.c:37: void send_it(int): Assertion `mosq' failed."
    trouble = verdict.Trouble("crash", "", -6, "", failed)
    assert (trouble.error, trouble.frames) == ("assertion mosq", ["send_it"])


def test_judging() -> None:
    """A PINGRESP that comes after a packet that breaks a rule; a CONNACK that comes twice."""

    def events(*rows: tuple[str, str]) -> list[Event]:
        return [Event(0, do, 0, bytes.fromhex(data)) for do, data in rows]

    begin = [(SEND, HELLO.hex()), (GOT, "20020000")]
    wrong = (SEND, "30060003612f2370")
    went_on = events(*begin, wrong, (SEND, "c000"), (GOT, "d000"))
    assert [row[:2] for row in accepted(went_on)] == [("accepted", "PUBLISH topic_wildcard")]
    assert not list(accepted(events(*begin, (SEND, "c000"), wrong, (GOT, "d000"))))
    assert not list(broken("server", went_on))
    twice = events(*begin, (GOT, "20020000"))
    assert [row[0] for row in broken("server", twice)] == ["sent"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ([], 2, "what is the target?"),
        (["192.0.2.1:1883"], 2, "--allow-remote"),
        (["mqtts://localhost"], 2, "plain MQTT"),
        (["127.0.0.1:1883", "--rogue", "0"], 2, "either"),
        (["127.0.0.1:1883", "--memory", "9"], 2, "--start"),
        (["127.0.0.1:1883", "-V", "3.1"], 2, "MQTT 3.1"),
        (["127.0.0.1:1883", "--time", "soon"], 2, "no time"),
        (["127.0.0.1:9", "--start-time", "0.1"], 4, "nothing listens there"),
        (["127.0.0.1:9", "--start", "no-such-program"], 4, "no-such-program"),
        (["127.0.0.1:9", "--start", "false"], 4, "it ended before it listened"),
    ],
)
def test_usage(arguments: list[str], code: int, words: str, tmp_path: Path) -> None:
    done = called("fuzz", "target", *arguments, "--out", tmp_path, "--count", "1")
    assert done.code == code
    assert words in done.err


def test_help() -> None:
    for name in ("target", "replay"):
        assert "examples:" in mqttwire("fuzz", name, "--help").text
