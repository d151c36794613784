# SPDX-License-Identifier: MIT
"""mqttwire-passwd beside mosquitto_passwd: its files, options, prompt, and what goes wrong."""

from __future__ import annotations

import contextlib
import os
import pty
import resource
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from access import PASSWD, WAIT, Client, Link, ask, needs_mosquitto, needs_passwd, needs_peer
from mosquitto import Mosquitto

pytestmark = [needs_passwd, needs_peer]

needs_theirs = pytest.mark.skipif(
    shutil.which("mosquitto_passwd") is None, reason="mosquitto_passwd is missing"
)
FAST = ("-I", "100")


def run(
    *words: str | Path,
    stdin: str = "",
    program: str | Path = PASSWD,
    before: Callable[[], None] | None = None,
) -> subprocess.CompletedProcess[str]:
    """In a session of its own, which has no terminal to ask."""
    return subprocess.run(
        [program, *words],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=WAIT,
        start_new_session=True,
        preexec_fn=before,
        check=False,
    )


def good(*words: str | Path, stdin: str = "") -> None:
    done = run(*words, stdin=stdin)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), done


def check(file: Path, *pairs: tuple[str, str]) -> list[str]:
    return ask([f"password_file={file}"], [("check", *pair) for pair in pairs])


def names(file: Path) -> list[str]:
    return [line.partition(":")[0] for line in file.read_text().splitlines()]


@needs_theirs
def test_their_files(tmp_path: Path) -> None:
    file = tmp_path / "passwords"
    for words in (
        ("-c", "-b", file, "anna", "secret"),
        ("-H", "sha512", "-b", file, "bert", "b b"),
        ("-b", file, "c d", "ä:$7$"),
    ):
        assert run(*words, program="mosquitto_passwd").returncode == 0
    good("-b", *FAST, file, "dora", "d")
    right = [("anna", "secret"), ("bert", "b b"), ("c d", "ä:$7$"), ("dora", "d")]
    assert check(file, *right) == ["granted"] * 4
    assert (
        check(file, ("anna", "b b"), ("bert", "secret"), ("c", "d"), ("dora", "")) == ["wrong"] * 4
    )
    assert run("-D", file, "bert", program="mosquitto_passwd").returncode == 0
    assert names(file) == ["anna", "c d", "dora"]


@needs_mosquitto
def test_our_files(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    file = tmp_path / "passwords"
    good("-c", "-b", file, "anna", "secret")
    good("-H", "sha512", "-b", file, "bert", "b b")
    good("-I", "1000", "-b", file, "ä", "ä:$7$")
    file.chmod(0o644)
    with Mosquitto(f"password_file {file}") as broker:
        for user, password, code in (
            ("anna", "secret", 0),
            ("anna", "Secret", 0x87),
            ("bert", "b b", 0),
            ("bert", "secret", 0x87),
            ("ä", "ä:$7$", 0),
            ("dora", "", 0x87),
        ):
            link = Link(broker.port, Client(user, "c"), password.encode())
            assert link.code == code, (user, password)
            link.close()


# What both do alike: words behind a file that has anna and bert; the answer; who is in it then.
ALIKE: list[tuple[list[str], int, list[str]]] = [
    (["-b", "FILE", "carl", "c"], 0, ["anna", "bert", "carl"]),
    (["-b", "FILE", "anna", "new"], 0, ["anna", "bert"]),
    (["-c", "-b", "FILE", "carl", "c"], 0, ["carl"]),
    (["-H", "sha512", "-b", "FILE", "carl", "c"], 0, ["anna", "bert", "carl"]),
    (["-H", "md5", "-b", "FILE", "carl", "c"], 1, ["anna", "bert"]),
    (["-D", "FILE", "anna"], 0, ["bert"]),
    (["-D", "FILE", "carl"], 1, ["anna", "bert"]),
    (["-b", "-D", "FILE", "anna", "x"], 1, ["anna", "bert"]),
    (["-c", "-D", "FILE", "anna"], 1, ["anna", "bert"]),
    (["-b", "FILE", "a:b", "c"], 1, ["anna", "bert"]),
    (["-b", "FILE", "carl"], 1, ["anna", "bert"]),
    (["FILE"], 1, ["anna", "bert"]),
    (["-b", "FILE.none", "carl", "c"], 1, ["anna", "bert"]),
    (["-x", "FILE", "carl"], 1, ["anna", "bert"]),
]


@needs_theirs
@pytest.mark.parametrize("words", [row[0] for row in ALIKE], ids=" ".join)
@pytest.mark.parametrize("program", [PASSWD, "mosquitto_passwd"], ids=["ours", "theirs"])
def test_alike(tmp_path: Path, program: str | Path, words: list[str]) -> None:
    code, left = next((code, left) for row, code, left in ALIKE if row == words)
    file = tmp_path / "passwords"
    good("-c", "-b", *FAST, file, "anna", "a")
    good("-b", *FAST, file, "bert", "b")
    before = file.read_bytes()
    done = run(*[word.replace("FILE", str(file)) for word in words], program=program)
    assert done.returncode == code, done
    assert names(file) == left
    if code:
        assert file.read_bytes() == before
    if code and program == PASSWD:
        assert done.stderr
        assert not done.stdout
    assert os.listdir(tmp_path) == ["passwords"]


@needs_theirs
@pytest.mark.parametrize("program", [PASSWD, "mosquitto_passwd"], ids=["ours", "theirs"])
def test_upgrade(tmp_path: Path, program: str | Path) -> None:
    file = tmp_path / "passwords"
    file.write_text("anna:a b\nbert:b\n")
    assert run("-U", file, program=program).returncode == 0
    assert check(file, ("anna", "a b"), ("bert", "b")) == ["granted"] * 2


def test_upgrade_of_some(tmp_path: Path) -> None:
    """Hashed lines, comments and blank lines stay as they are; a password may have a colon."""
    file = tmp_path / "passwords"
    good("-c", "-b", *FAST, file, "anna", "a")
    hashed = file.read_text()
    file.write_text(f"# users\n\n{hashed}bert:b:c\n")
    good("-U", *FAST, file)
    assert file.read_text().startswith(f"# users\n\n{hashed}bert:$7$100$")
    assert check(file, ("anna", "a"), ("bert", "b:c")) == ["granted"] * 2
    before = file.read_bytes()
    file.write_bytes(before + b"carl:\n")
    assert "line 5: the password is empty" in run("-U", file).stderr
    assert file.read_bytes() == before + b"carl:\n"


def test_upgrade_to_scram(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text("anna:a b\nbert:b\n")
    good("-U", "--scram", file)
    assert scram(file, ("SCRAM-SHA-256", "anna", "a b"), ("SCRAM-SHA-256", "bert", "b")) == (
        ["granted"] * 2
    )


# ---- SCRAM ---------------------------------------------------------------------------------------


def scram(file: Path, *attempts: tuple[str, str, str]) -> list[str]:
    return ask([f"scram_file={file}"], [("scram", *attempt) for attempt in attempts])


def test_scram(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    good("-c", "--scram", "-b", file, "anna", "secret")
    good("-H", "SCRAM-SHA-1", "-I", "4096", "-b", file, "anna", "other")
    good("--scram", "-b", file, "a=b,c", "p")
    assert names(file) == ["anna", "anna", "a=b,c"]
    for mechanism, user, password, verdict in (
        ("SCRAM-SHA-256", "anna", "secret", "granted"),
        ("SCRAM-SHA-256", "anna", "other", "wrong"),
        ("SCRAM-SHA-1", "anna", "other", "granted"),
        ("SCRAM-SHA-1", "anna", "secret", "wrong"),
        ("SCRAM-SHA-256", "a=b,c", "p", "granted"),
        ("SCRAM-SHA-1", "a=b,c", "p", "wrong"),
        ("SCRAM-SHA-256", "bert", "secret", "wrong"),
    ):
        assert scram(file, (mechanism, user, password)) == [verdict], (mechanism, user)
    good("--scram", "-b", file, "anna", "new")
    assert scram(file, ("SCRAM-SHA-256", "anna", "new"), ("SCRAM-SHA-1", "anna", "other")) == (
        ["granted"] * 2
    )
    good("-D", file, "anna")
    assert names(file) == ["a=b,c"]


def test_scram_prepares_names_and_passwords(tmp_path: Path) -> None:
    """SASLprep: RFC 4013 section 3."""
    file = tmp_path / "keys"
    good("-c", "--scram", "-b", file, "I\u00adX", "\u00aa\u2168")
    assert names(file) == ["IX"]
    assert scram(file, ("SCRAM-SHA-256", "IX", "aIX")) == ["granted"]
    assert "RFC 4013" in run("--scram", "-b", file, "x", "\u0007").stderr
    assert "RFC 4013" in run("--scram", "-b", file, "\u0627\u0031", "x").stderr


def test_kinds_do_not_mix(tmp_path: Path) -> None:
    passwords, keys = tmp_path / "passwords", tmp_path / "keys"
    good("-c", "-b", *FAST, passwords, "anna", "a")
    good("-c", "-b", "--scram", keys, "anna", "a")
    assert "line 1: this is a file of passwords" in run("--scram", "-b", passwords, "b", "b").stderr
    assert "line 1: this is a file of SCRAM" in run("-b", keys, "b", "b").stderr
    assert "line 1: this is a file of SCRAM" in run("-U", keys).stderr
    assert len(names(passwords)) == len(names(keys)) == 1


# ---- Where the password is -----------------------------------------------------------------------


def test_password_file(tmp_path: Path) -> None:
    file, secret = tmp_path / "passwords", tmp_path / "secret"
    secret.write_bytes(b"of a file\r\nand more\n")
    good("-c", "-f", secret, file, "anna")
    good("--password-file", "-", file, "bert", stdin="of stdin")
    assert check(file, ("anna", "of a file"), ("bert", "of stdin")) == ["granted"] * 2
    for text, problem in (("", "empty"), ("\n", "empty"), ("a\0b", "no password")):
        assert problem in run("-f", "-", file, "carl", stdin=text).stderr
    assert "No such file" in run("-f", tmp_path / "none", file, "carl").stderr
    done = run(tmp_path / "none", "carl")  # and asks for no password
    assert done.returncode == 1
    assert done.stderr.endswith("none: No such file or directory; -c makes a new file\n")
    assert "no password" in run("-f", tmp_path, file, "carl").stderr
    assert names(file) == ["anna", "bert"]
    secret.write_bytes(b"x" * 70000)
    assert "no password" in run("-f", secret, file, "carl").stderr


def type_in(words: list[str | Path], *lines: str) -> tuple[int, str]:
    """Types each line when it is asked for; what the terminal shows."""
    pid, terminal = pty.fork()
    if pid == 0:
        with contextlib.suppress(BaseException):
            os.execv(PASSWD, [str(PASSWD), *map(str, words)])
        os._exit(127)
    shown = ""
    left = list(lines)
    deadline = time.monotonic() + WAIT
    while time.monotonic() < deadline:
        try:
            shown += os.read(terminal, 1024).decode()
        except OSError:  # the program has ended
            break
        if left and shown.count("Password: ") > len(lines) - len(left):
            time.sleep(0.05)  # the echo is off by now
            os.write(terminal, left.pop(0).encode() + b"\n")
    status = os.waitpid(pid, 0)[1]
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), shown


def test_prompt(tmp_path: Path) -> None:
    file = tmp_path / "passwords"
    code, shown = type_in(["-c", *FAST, file, "anna"], "open sesame", "open sesame")
    assert code == 0, shown
    assert "sesame" not in shown
    assert check(file, ("anna", "open sesame")) == ["granted"]
    before = file.read_bytes()
    code, shown = type_in([file, "anna"], "one", "two")
    assert (code, file.read_bytes()) == (1, before), shown
    code, shown = type_in([file, "anna"], "", "")
    assert (code, file.read_bytes()) == (1, before), shown


# ---- The file ------------------------------------------------------------------------------------


def test_modes(tmp_path: Path) -> None:
    file = tmp_path / "passwords"
    good("-c", "-b", *FAST, file, "anna", "a")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(file, 1234, 5678)
    for words in (("-b",), ("-c", "-b")):
        inode = file.stat().st_ino
        good(*words, *FAST, file, "bert", "b")
        now = file.stat()
        assert now.st_ino != inode
        assert stat.S_IMODE(now.st_mode) == 0o640
        if os.geteuid() == 0:
            assert (now.st_uid, now.st_gid) == (1234, 5678)


def test_behind_a_link(tmp_path: Path) -> None:
    file, link = tmp_path / "folder" / "passwords", tmp_path / "link"
    file.parent.mkdir()
    link.symlink_to(file)
    assert "No such file" in run("-b", link, "anna", "a").stderr
    file.touch()
    good("-b", *FAST, link, "anna", "a")
    assert link.is_symlink()
    assert names(file) == ["anna"]


def test_all_or_nothing(tmp_path: Path) -> None:
    """There is no room: the file is as it was, and nothing beside it."""
    file = tmp_path / "passwords"
    file.write_text("".join(f"u{i}:$7$1$AAAA$AAAA\n" for i in range(1000)))
    before = file.read_bytes()

    def small() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10000, 10000))

    done = run("-b", *FAST, file, "anna", "a", before=small)
    assert done.returncode == 1
    assert "File too large" in done.stderr
    assert file.read_bytes() == before
    assert os.listdir(tmp_path) == ["passwords"]


def test_at_the_same_time(tmp_path: Path) -> None:
    file = tmp_path / "passwords"
    file.touch()
    started = [subprocess.Popen([PASSWD, *FAST, "-b", file, f"u{i}", str(i)]) for i in range(20)]
    assert [each.wait(WAIT) for each in started] == [0] * 20
    assert sorted(names(file)) == sorted(f"u{i}" for i in range(20))


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", "no bytes"),
        ("a:b", "a colon"),
        ("a\nb", "a control character"),
        ("#a", "begins with #"),
        (" a", "begins with a blank"),
        ("a" * 65536, "more than 65535"),
    ],
)
def test_names(tmp_path: Path, name: str, problem: str) -> None:
    file = tmp_path / "passwords"
    done = run("-c", "-b", file, name, "x")
    assert done.returncode == 1
    assert problem in done.stderr
    assert not file.exists()


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["-c", "-U", "f"], "-c, -D and -U"),
        (["-b", "-f", "-", "f", "n", "p"], "do not go together"),
        (["--scram", "-H", "sha512", "f", "n"], "not of SCRAM"),
        (["-H", "sha512", "-I", "5", "f", "n"], "has no iterations"),
        (["-I", "0", "f", "n"], "from 1 to 10000000"),
        (["-I", "5x", "f", "n"], "from 1 to 10000000"),
        (["--scram", "-I", "4095", "f", "n"], "4096 to 5000000"),
        (["--scram", "-I", "5000001", "f", "n"], "4096 to 5000000"),
        (["-H", "md5", "f", "n"], "there is no hash md5"),
        (["f"], "something is missing"),
        (["f", "n", "p"], "there is too much"),
        (["-cb", "f", "n", ""], "the password is empty"),
        (["--nonsense"], "nonsense"),
    ],
)
def test_misused(words: list[str], problem: str) -> None:
    done = run(*words)
    assert done.returncode == 1
    assert problem in done.stderr


def test_help_and_manual() -> None:
    helped, manual = run("--help"), run("--manual")
    assert helped.returncode == manual.returncode == 0
    assert all(len(line) < 80 for line in helped.stdout.splitlines())
    assert "default: 20000" in helped.stdout
    for option in ("batch", "create", "delete", "upgrade", "hash", "iterations", "scram"):
        assert f"--{option}" in helped.stdout
        assert f"\\-\\-{option}" in manual.stdout
    assert run("--version").stdout.startswith("mqttwire-passwd ")
    if shutil.which("man"):
        page = run("-l", "-", program="man", stdin=manual.stdout)
        assert "OPTIONS" in page.stdout
        assert not page.stderr
