# SPDX-License-Identifier: MIT
"""Manners of inspect: progress, interruption, and lines that fit a terminal."""

from __future__ import annotations

import argparse
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from capture_synthesis import Capture, Connection, ack, connack, connect, publish
from command import COMMAND, WAIT, called, environment, mqttwire, on_a_terminal
from mqttwire_tool.commands import parser
from mqttwire_tool.completion import subparsers
from mqttwire_tool.layout import cells, rows_of, shortened
from mqttwire_tool.progress import Progress, size_of

pytest.importorskip("mqttwire_tool._capture", reason="built without libpcap")

RECORDED = Path(__file__).parent / "captures" / "mosquitto.pcapng"
SUMMARY = re.compile(
    r"mqttwire: ([\d,]+) packets? of (\d+) connections? in (\S+ \w+), (\S+) to (\S+);"
    r" (\d+) with broken rules, (\d+) never answered\n"
)


def write(path: Path, messages: int, answered: bool = True) -> Path:
    """A capture of so many messages, the last one of which is not answered."""
    talk = Connection(Capture(step=1000), acknowledge=False).open()
    talk.send("client", connect(5, "me")).send("server", connack(5))
    for number in range(messages):
        talk.send("client", publish(5, "a/b", b"payload", qos=1, packet_id=number % 60000 + 1))
        if answered or number < messages - 1:
            talk.send("server", ack(4, number % 60000 + 1))
    path.write_bytes(talk.capture.pcap())
    return path


# ---- Lines that fit ------------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [40, 80, 99, 120])
@pytest.mark.parametrize("form", [[], ["--follow", "*"], ["--hex"], ["--tree"]])
def test_lines_fit_and_nothing_is_lost(columns: int, form: list[str]) -> None:
    if form in (["--hex"], ["--tree"]) and columns < 80:
        pytest.skip("names of fields are longer")
    printed = on_a_terminal("inspect", *form, RECORDED, columns=columns, NO_COLOR="1")
    assert "\x1b" not in printed
    assert max(map(cells, printed.splitlines())) <= columns
    if form in ([], ["--follow", "*"]):
        topics = re.findall(r'topic="([^"]*)"', mqttwire("inspect", *form, RECORDED).text)
        assert re.findall(r'topic="([^"]*)"', re.sub(r"\n {8}(?! )", " ", printed)) == topics or (
            columns == 40  # where a long word is broken
        )


def test_what_a_terminal_and_a_pipe_get_is_the_same() -> None:
    """But for where rows end, and the length of names."""
    piped = mqttwire("inspect", RECORDED).text
    wide = on_a_terminal("inspect", RECORDED, columns=1000, NO_COLOR="1")
    assert wide == piped
    coloured = on_a_terminal("inspect", RECORDED, columns=1000)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == piped


def test_wide_characters(tmp_path: Path) -> None:
    """Two columns each; rich counts one for each character if it is missing."""
    talk = Connection(Capture()).open().send("client", connect(5, "客户端名字很长客户端名字很长"))
    talk.send("client", publish(5, "日本語/" * 20, "🙂".encode() * 200))
    path = tmp_path / "trace.pcap"
    path.write_bytes(talk.capture.pcap())
    for form in ([], ["--follow", "*"]):
        printed = on_a_terminal("inspect", *form, path, columns=80, NO_COLOR="1")
        widths = [cells(line) for line in printed.splitlines()]
        assert max(widths) <= 80
        assert cells("日本語") == 6
    label = next(line for line in printed.splitlines() if "日本語" in line)
    assert label.count("\ufffd") == 0


@pytest.mark.parametrize("text", ["", "x", "word " * 30, "x" * 300, "日本" * 90, "a" * 50 + " b"])
@pytest.mark.parametrize("used", [0, 10, 35, 45, 200])
def test_rows(text: str, used: int) -> None:
    """All of it in order, and no row too wide."""
    rows = list(rows_of(text, 40, used, most=None))
    assert "".join(rows).replace(" ", "") == text.replace(" ", "")
    assert cells(rows[0]) <= max(40 - used, 1)
    assert all(cells(row) <= 32 for row in rows[1:])
    few = list(rows_of(text, 40, used, most=2))
    assert len(few) <= 2
    assert len(rows) <= 2 or few[1].endswith("..")


def test_rows_take_linear_time() -> None:
    start = time.process_time()
    assert sum(map(len, rows_of("日" * 500_000, 80, 0, most=None))) == 500_000
    assert time.process_time() - start < 20


def test_shortened() -> None:
    assert shortened("abcdef", 6) == "abcdef"
    assert shortened("abcdefg", 6) == "abcd.."
    assert shortened("日本語日本語", 7) == "日本.."


def test_no_meaning_by_colour_alone(tmp_path: Path) -> None:
    """A fault of a connection has the mark of all faults."""
    talk = Connection(Capture(), acknowledge=False).open()
    talk.send("client", connect(4, "me", keep_alive=10)).send("server", connack(4))
    talk.capture.time += 60_000_000_000
    path = tmp_path / "trace.pcap"
    path.write_bytes(talk.close("server").capture.pcap())
    assert re.search(r"> ! keep_alive_exceeded: .* \(MQTT-3.1.2-24", mqttwire("inspect", path).text)


# ---- Interruption --------------------------------------------------------------------------------


def interrupted(
    *arguments: str | Path, after: str, wait: float = 0, stdin: Any = None
) -> tuple[int, str, str]:
    """Ctrl-C once this was printed, and some seconds have passed."""
    with subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        stdin=stdin or subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(PYTHONUNBUFFERED="1"),
    ) as process:
        assert process.stdout and process.stderr
        out = b""
        while after.encode() not in out:
            part = os.read(process.stdout.fileno(), 4096)
            assert part, out
            out += part
        time.sleep(wait)
        process.send_signal(signal.SIGINT)
        out += process.stdout.read()
        err = process.stderr.read().decode()
        return process.wait(WAIT), out.decode(), err


def test_a_file_that_is_interrupted_leaves_a_summary(tmp_path: Path) -> None:
    path = write(tmp_path / "long.pcap", 100_000)
    code, out, err = interrupted("inspect", path, after="\n   50 ")
    assert code == 128 + signal.SIGINT
    found = SUMMARY.fullmatch(err)
    assert found, err
    lines = [line for line in out.splitlines() if re.match(r" *\d+ \d\d:", line)]
    count = int(found[1].replace(",", ""))
    assert count <= len(lines) <= count + 1 < 200_000  # the last one was perhaps not counted yet
    assert (found[2], found[6]) == ("1", "0")


def test_json_that_is_interrupted_leaves_a_summary(tmp_path: Path) -> None:
    path = write(tmp_path / "long.pcap", 40_000)
    for filters in ([], ["--type", "publish,connect"]):
        code, out, err = interrupted("inspect", "--json", *filters, path, after='"number": 501,')
        assert code == 128 + signal.SIGINT
        found = re.fullmatch(r"mqttwire: ([\d,]+) packets of 1 connection in .*\n", err)
        assert found, err
        assert 0 < int(found[1].replace(",", "")) <= out.count("\n") + 1


@pytest.mark.parametrize("form", [[], ["--json"], ["--csv"]])
def test_what_a_filter_kept_until_an_interruption(tmp_path: Path, form: list[str]) -> None:
    """One packet, which says that reading has begun; and no more of very many."""
    path = write(tmp_path / "long.pcap", 200_000)
    after = "id" if form == ["--csv"] else "CONNECT"  # a batch of rows is written at the end
    code, _, err = interrupted(
        "inspect", *form, "--type", "connect", path, after=after, wait=0.2
    )
    assert code == 128 + signal.SIGINT
    assert re.match("mqttwire: (1 packet of 1 connection|interrupted: )", err)


def test_an_interruption_at_the_start_is_silent() -> None:
    program = "from mqttwire_tool.main import main; print(flush=True); "
    program += "raise SystemExit(main(['inspect']))"
    for wait in range(5, 200, 15):
        with subprocess.Popen(
            [sys.executable, "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
        ) as process:
            assert process.stdout and process.stderr
            process.stdout.readline()
            time.sleep(wait / 1000)
            process.send_signal(signal.SIGINT)
            told, code = process.stderr.read(), process.wait(WAIT)
            # Before main() has begun it is Python that tells of it.
            assert (told, code) == (b"", 128 + signal.SIGINT) or b"mqttwire_tool" not in told


def test_what_has_no_answer_yet_is_in_it(tmp_path: Path) -> None:
    """A connection that goes on, with one question at its beginning that is never answered."""
    talk = Connection(Capture(step=1000), acknowledge=False).open()
    talk.send("client", connect(5, "me")).send("server", connack(5))
    talk.send("client", publish(5, "never", b"", qos=1, packet_id=1))
    for _ in range(100_000):
        talk.send("client", publish(5, "a/b", b"payload"))
    path = tmp_path / "long.pcap"
    path.write_bytes(talk.capture.pcap())
    code, out, err = interrupted("inspect", path, after="\n   50 ")
    assert code == 128 + signal.SIGINT
    *_, heading, line = out.splitlines()
    assert heading == "      never answered:"
    assert re.match(
        r" +3 #1 me +> PUBLISH qos=1 topic=\"never\" .*, and the connection goes on", line
    )
    assert err.endswith("1 never answered\n")


def test_a_growing_file_that_is_interrupted_leaves_a_summary(tmp_path: Path) -> None:
    path = write(tmp_path / "short.pcap", 3, answered=False)
    code, out, err = interrupted("inspect", "--tail", path, after="\n    6 ")
    assert code == 0
    assert "never answered:" in out
    found = SUMMARY.fullmatch(err)
    assert found, err
    assert (found[1], found[2], found[6], found[7]) == ("7", "1", "0", "1")


def test_a_pipe_that_is_interrupted_leaves_a_summary(tmp_path: Path) -> None:
    path = write(tmp_path / "short.pcap", 3)
    with subprocess.Popen(
        ["sh", "-c", f"cat {path}; exec sleep 60"], stdout=subprocess.PIPE, start_new_session=True
    ) as feed:
        code, _, err = interrupted("inspect", after="\n    6 ", stdin=feed.stdout)
        feed.kill()
    assert code == 0
    assert SUMMARY.fullmatch(err), err


def test_without_interruption_there_is_none() -> None:
    assert mqttwire("inspect", RECORDED).err == ""


# ---- Progress ------------------------------------------------------------------------------------


# The command without the half second in which a quick machine is done.
AT_ONCE = (
    sys.executable,
    "-c",
    "import sys; from mqttwire_tool import main, progress; progress.DELAY = progress.PAUSE = 0;"
    " sys.exit(main.main())",
)


def told_on_a_terminal(
    *arguments: str | Path, out: Any, command: Sequence[str] = AT_ONCE, **env: str
) -> str:
    """What is written to standard error, which is a terminal, and out is not."""
    here, there = pty.openpty()
    with subprocess.Popen(
        [*command, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=there if out is None else out,
        stderr=there,
        env=environment(COLUMNS="80", **env),
    ):
        os.close(there)
        told = b""
        try:
            while part := os.read(here, 65536):
                told += part
        except OSError:
            pass
        os.close(here)
    return told.decode()


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("long") / "long.pcap", 30_000)


@pytest.mark.parametrize("form", [["--json"], []])
def test_a_bar_while_output_goes_elsewhere(form: list[str], long: Path, tmp_path: Path) -> None:
    pytest.importorskip("rich")
    with open(tmp_path / "out", "wb") as out:
        told = told_on_a_terminal("inspect", *form, long, out=out)
    assert re.search(r"mqttwire: [\d,]+ packets", told)
    shares = [int(share) for share in re.findall(r"(\d+)%", told)]
    assert shares == sorted(shares)
    assert shares[-1] > 0
    assert re.search(r"\d:\d\d:\d\d.*left", told)
    assert "packets" not in re.split(r"\x1b\[2K", told)[-1]  # it is taken away
    printed = (tmp_path / "out").read_bytes()
    assert b"\x1b" not in printed
    assert printed.count(b"PUBACK") == 30_000


def test_a_bar_while_a_page_is_written(long: Path, tmp_path: Path) -> None:
    """Standard output is a terminal, too, and nothing is written to it."""
    pytest.importorskip("rich")
    told = told_on_a_terminal("inspect", "--html", tmp_path / "page.html", long, out=None)
    if "no page can be made" in told:
        pytest.skip("mqttwire was built without clang and lld")
    assert re.search(r"\d+%", told)
    assert (tmp_path / "page.html").stat().st_size > 10_000


def test_no_bar_beside_lines_on_a_terminal(long: Path) -> None:
    told = told_on_a_terminal("inspect", "--type", "connack", long, out=None, NO_COLOR="1")
    assert "%" not in told
    assert "\x1b" not in told


def test_no_bar_in_a_pipe(long: Path) -> None:
    assert mqttwire("inspect", "--type", "connack", long).err == ""


def test_a_short_file_has_none(tmp_path: Path) -> None:
    with open(tmp_path / "out", "wb") as out:
        arguments = ("inspect", RECORDED, "--type", "connack")
        assert told_on_a_terminal(*arguments, out=out, command=COMMAND) == ""


def test_sizes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(10))
    (tmp_path / "b").write_bytes(bytes(5))
    names = [str(tmp_path / name) for name in "ab"]
    assert size_of(names) == 15
    assert size_of([*names, str(tmp_path / "absent")]) == 15
    assert size_of([*names, os.devnull]) is None


def test_without_rich(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no bar, and nothing fails."""
    monkeypatch.setitem(sys.modules, "rich", None)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with Progress(100, prints=False) as progress:
        progress.next = 0
        progress(50, 1)
        assert progress.bar is None


# ---- What is read is not written to --------------------------------------------------------------


FILES = [["--pcapng"], ["--html"], ["--arrow"], ["--stats", "--plots"]]


@pytest.mark.parametrize("form", FILES)
def test_an_input_is_not_replaced(form: list[str], tmp_path: Path) -> None:
    """By whatever name, and of several any."""
    path = tmp_path / "mine.svg"
    data = RECORDED.read_bytes()
    path.write_bytes(data)
    (tmp_path / "link.svg").symlink_to(path)
    os.link(path, tmp_path / "other.svg")
    for name in ("mine.svg", "./mine.svg", "link.svg", "other.svg"):
        for more in ([], [RECORDED]):
            run = mqttwire("inspect", *more, path, *form, tmp_path / name)
            assert run.code == 2
            told = f"{form[-1]} {tmp_path / name}: this is the file that is read ({path})"
            assert told in run.err and run.err.count("\n") == 1
    assert path.read_bytes() == data
    assert sorted(made.name for made in tmp_path.iterdir()) == ["link.svg", "mine.svg", "other.svg"]


def test_standard_output_is_no_input(tmp_path: Path) -> None:
    path = tmp_path / "mine.pcapng"
    data = RECORDED.read_bytes()
    path.write_bytes(data)
    for form in ([], ["--json"], ["--pcapng", "-"], ["--pcapng", "/dev/stdout"]):
        for name in (str(path), "-"):
            with path.open("rb") as read, path.open("ab") as out:
                done = subprocess.run(
                    [*COMMAND, "inspect", *form, name],
                    stdin=read,
                    stdout=out,
                    stderr=subprocess.PIPE,
                    env=environment(),
                )
            assert done.returncode == 2
            assert b"this is the file that is read" in done.stderr
    assert path.read_bytes() == data
    # Devices keep nothing.
    assert mqttwire("inspect", "/dev/null", "--pcapng", "/dev/null").code == 3


def test_a_key_log_is_not_replaced(tmp_path: Path) -> None:
    keys = tmp_path / "keys.log"
    keys.write_text("# none\n")
    assert mqttwire("inspect", RECORDED, "--keylog", keys, "--pcapng", keys).code == 2
    assert keys.read_text() == "# none\n"


def test_a_recording_replaces_no_file_of_its_proxy(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("def on_packet(held): pass\n")
    given = ["proxy", "--listen", "0", "--to", "127.0.0.1:1"]
    run = mqttwire(*given, "--script", script, "--record", script)
    assert run.code == 2
    assert f"--record {script}: this is the file that is read" in run.err
    assert script.read_text() == "def on_packet(held): pass\n"


# ---- A usage that is wrong -----------------------------------------------------------------------


def every(made: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield made
    for _, _, command in subparsers(made):
        yield from every(command)


@pytest.mark.parametrize("prog", [made.prog for made in every(parser())])
def test_a_wrong_usage_is_told_in_a_line(prog: str) -> None:
    """Its own help is the one to read."""
    for wrong in (["--nonsense"], ["--nonsense=1", "x"]):
        run = called(*prog.split()[1:], *wrong)
        assert run.code == 2
        assert run.err.startswith("mqttwire: ") and run.err.count("\n") == 1
        assert run.err.endswith(f"; `{prog} --help` says more\n")
