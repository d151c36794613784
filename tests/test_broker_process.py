# SPDX-License-Identifier: MIT
"""The broker's logs, and what it is as a process: user, files, signals, service."""

from __future__ import annotations

import configparser
import json
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from broker import PROGRAM, Broker, connect, greet, needs_broker, run

pytestmark = needs_broker

ANYBODY = "allow_anonymous true"

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


def named(client_id: bytes) -> bytes:
    """CONNECT of 3.1.1."""
    rest = b"\x00\x04MQTT\x04\x02\x00\x00" + len(client_id).to_bytes(2, "big") + client_id
    return bytes([0x10, len(rest)]) + rest


# ---- Logs ---------------------------------------------------------------------------------------


def test_log_file_is_opened_anew(tmp_path: Path) -> None:
    path, old = tmp_path / "log", tmp_path / "log.1"
    with Broker(tmp_path, f"log_dest file \t {path}\nlog_dest stderr\n{ANYBODY}") as broker:
        assert "is ready" in path.read_text()
        path.rename(old)
        connect(broker.port).close()
        broker.send(signal.SIGHUP)
        broker.wait_for("read again")
        assert "read again" in path.read_text()
        assert "is connected" in old.read_text() and "read again" not in old.read_text()
    assert path.read_text() + old.read_text() != broker.log  # this one has all of it
    assert old.read_text() + path.read_text() == broker.log


def test_log_file_that_cannot_be_opened(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    folder.mkdir()
    path = folder / "log"
    with Broker(tmp_path, f"log_dest file {path}\nlog_dest stdout\n{ANYBODY}") as broker:
        path.unlink()
        folder.rmdir()
        broker.send(signal.SIGHUP)
        broker.wait_for("logs stay where they were: ")
    done = run("-c", broker.path)
    assert done.returncode == 1 and f"log_dest: {path}: No such file" in done.stderr


def test_log_none(tmp_path: Path) -> None:
    broker = Broker(tmp_path, f"log_dest none\npid_file {tmp_path}/pid\n{ANYBODY}")
    broker.start()
    while not (tmp_path / "pid").exists():
        time.sleep(0.01)
    assert broker.stop() == 0 and broker.log == ""


@pytest.mark.parametrize(
    ("lines", "begin"),
    [
        ("", r"\d{10}: "),
        ("log_timestamp false", ""),
        ("log_timestamp_format %Y-%m-%dT%H:%M:%S", r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d: "),
    ],
)
def test_timestamps(tmp_path: Path, lines: str, begin: str) -> None:
    with Broker(tmp_path, f"{lines}\n{ANYBODY}") as broker:
        pass
    for line in broker.log.splitlines():
        assert re.match(rf"{begin}[a-z]", line), line


def test_json(tmp_path: Path) -> None:
    with Broker(tmp_path, f"log_format json\n{ANYBODY}", "-v") as broker:
        connect(broker.port).close()
        broker.wait_for("is connected")
    said = [json.loads(line) for line in broker.log.splitlines()]
    assert len(said) > 4
    for line in said:
        assert set(line) - {"client", "address", "code", "reason"} == {"time", "type", "text"}
        assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])
    types = {line["type"] for line in said}
    assert {"notice", "information"} <= types
    assert types <= {"error", "warning", "notice", "information", "connection", "debug"}


def test_types(tmp_path: Path) -> None:
    """The first one takes the place of the default; none takes all away."""
    cases = {
        "log_type information": {"information"},
        "log_type none\nlog_type notice": {"notice"},
        "log_type notice\nlog_type none": set(),
        "log_type warning\nlog_type information": {"warning", "information"},
        "": {"warning", "notice", "information"},
    }
    common = f"log_format json\nuser root\npid_file {tmp_path}/pid\nmax_connections 1"
    for lines, types in cases.items():
        broker = Broker(tmp_path, f"{common}\n{lines}")  # warns: nobody can come in
        broker.start()
        while not (tmp_path / "pid").exists():
            time.sleep(0.01)
        assert broker.stop() == 0
        assert {json.loads(line)["type"] for line in broker.log.splitlines()} == types, lines


def test_connection_messages(tmp_path: Path) -> None:
    with Broker(tmp_path, f"connection_messages false\n{ANYBODY}") as broker:
        connect(broker.port).close()
    assert "connected" not in broker.log


@pytest.mark.parametrize("form", ["text", "json"])
def test_lines_cannot_be_forged(tmp_path: Path, form: str) -> None:
    """Client identifiers with ends of lines, escapes, C1 controls: a line each, of what prints."""
    names = ["a\nb: forged", "a\x1b[31mred", "a\x7f", "a\u009b31m", "a\r", 'a"},{', "ä€😀"]
    with Broker(tmp_path, f"log_format {form}\n{ANYBODY}") as broker:
        for name in names:
            with socket.create_connection(("127.0.0.1", broker.port)) as client:
                greet(client, named(name.encode()))
        time.sleep(0.3)
        text = broker.log
    for character in text.replace("\n", ""):
        assert character.isprintable(), text
    assert not re.search(r"^[^\n]*: ?forged", text, re.M) or "a?b: forged" in text
    assert "ä€😀" in "".join(
        json.loads(line)["text"] if form == "json" else line for line in text.splitlines()
    )


# ---- The process --------------------------------------------------------------------------------


def test_pid_file(tmp_path: Path) -> None:
    path = tmp_path / "pid"
    with Broker(tmp_path, f"pid_file {path}\n{ANYBODY}") as broker:
        assert path.read_text() == f"{broker.pid}\n"
    assert not path.exists()
    (tmp_path / "c").write_text(f"pid_file /nonexistent/pid\nlistener {broker.port}\nuser root\n")
    done = run("-c", tmp_path / "c")
    assert done.returncode == 1 and "pid_file: /nonexistent/pid: No such file" in done.stderr


def test_mosquittos_signals_are_harmless(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker:
        broker.send(signal.SIGUSR1)
        broker.send(signal.SIGUSR2)
        time.sleep(0.2)
        connect(broker.port).close()


def test_a_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    broker.start()
    broker.wait_for("is ready")
    client = connect(broker.port)  # is given a while to take what is said
    broker.send(signal.SIGTERM)
    broker.wait_for("the broker ends")
    broker.send(signal.SIGTERM)
    assert broker.stop() == -signal.SIGTERM
    client.close()


def identity(pid: int) -> tuple[list[str], list[str]]:
    text = Path(f"/proc/{pid}/status").read_text()
    found = {line.split(":")[0]: line.split()[1:] for line in text.splitlines()}
    assert len(set(found["Uid"])) == len(set(found["Gid"])) == 1, text
    return found["Uid"][:1], found["Groups"]


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """One that other users can look into, as pytest's are not."""
    folder = Path(tempfile.mkdtemp(prefix="broker-"))
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


@needs_root
def test_root_becomes_the_user(open_folder: Path) -> None:
    """Once it listens and has read what only root may; and its files are the user's."""
    user = pwd.getpwnam("nobody")
    passwords, log = open_folder / "passwords", open_folder / "log"
    passwords.touch(mode=0o600)
    config = f"""
user nobody
password_file {passwords}
persistence true
persistence_location {open_folder}
log_dest file {log}
log_dest stderr
{ANYBODY}
"""
    with Broker(open_folder, config) as broker:
        broker.wait_for("is user nobody now")
        uid, groups = identity(broker.pid)
        assert uid == [str(user.pw_uid)] and groups in ([], [str(user.pw_gid)])
        threads = list(Path(f"/proc/{broker.pid}/task").iterdir())
        assert all(f"Uid:\t{user.pw_uid}\t" in (at / "status").read_text() for at in threads)
        with connect(broker.port) as client:
            client.sendall(b"\x33\x06\x00\x01a\x00\x01h")
            assert client.recv(4) == bytes.fromhex("40020001")
        for path in (log, *open_folder.glob("mqttwire-broker.db*")):
            assert path.stat().st_uid == user.pw_uid, path
        log.rename(open_folder / "log.1")
        broker.send(signal.SIGHUP)
        broker.wait_for("password_file stays as it was")  # the passwords are root's
        assert log.stat().st_uid == user.pw_uid
    with Broker(open_folder, config) as broker, connect(broker.port) as client:
        client.sendall(b"\x82\x06\x00\x01\x00\x01a\x00")
        said = b""
        while b"\x00\x01ah" not in said:
            said += client.recv(100)


LASTING = """
user nobody
persistence true
persistence_location {0}
log_dest file {0}/log
log_dest stderr
pid_file {0}/pid
allow_anonymous true
"""


@needs_root
@pytest.mark.parametrize("name", ["mqttwire-broker.db", "mqttwire-broker.db-wal", "log", "pid"])
@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize("folder_too", [False, True])
def test_root_follows_no_link_of_the_user(
    open_folder: Path, name: str, there: bool, folder_too: bool
) -> None:
    """Neither to make a file nor to write to one, also where it is the folder that is one."""
    user = pwd.getpwnam("nobody")
    own, roots = open_folder / "own", open_folder / "roots"
    own.mkdir()
    roots.mkdir()
    open_folder.chmod(0o755)
    victim = roots / name
    if there:
        victim.write_text("root's")
    if folder_too:
        (own / "sub").symlink_to(roots)
        config = LASTING.format(f"{own}/sub")
    else:
        (own / name).symlink_to(victim)
        config = LASTING.format(own)
    os.chown(own, user.pw_uid, user.pw_gid)
    os.chown(own, user.pw_uid, user.pw_gid)
    broker = Broker(own, config)
    broker.start()
    while broker.process and broker.process.poll() is None and "is ready" not in broker.log:
        time.sleep(0.01)
    broker.stop()
    assert [at.name for at in roots.iterdir()] == [name] * there
    assert not there or victim.read_text() == "root's"


@needs_root
@pytest.mark.parametrize("of_folder", [False, True])
def test_root_follows_no_link_that_leads_to_the_user(open_folder: Path, of_folder: bool) -> None:
    """A link of root's to a file, or a folder, where the user has put another link."""
    user = pwd.getpwnam("nobody")
    own, victim, folder = open_folder / "own", open_folder / "victim", Path("/run/mqttwire-test")
    own.mkdir()
    victim.write_text("root's")
    (own / "log").symlink_to(victim)
    os.chown(own, user.pw_uid, user.pw_gid)
    open_folder.chmod(0o755)
    folder.mkdir(mode=0o755)
    try:
        (folder / "log").symlink_to(own if of_folder else own / "log")
        path = folder / "log/log" if of_folder else folder / "log"
        config = f"user nobody\nallow_anonymous true\nlog_dest file {path}\nlog_dest stderr"
        broker = Broker(open_folder, config)
        broker.start()
        while broker.process and broker.process.poll() is None and "is ready" not in broker.log:
            time.sleep(0.01)
        broker.stop()
    finally:
        shutil.rmtree(folder)
    assert victim.read_text() == "root's"


@needs_root
def test_files_in_a_folder_of_root(open_folder: Path) -> None:
    """Root makes them for the user, who cannot, on the first start."""
    folder = Path("/run") / open_folder.name
    folder.mkdir(mode=0o755)
    try:
        for _ in range(2):
            with Broker(open_folder, LASTING.format(folder)) as broker:
                assert (folder / "pid").read_text() == f"{broker.pid}\n"
                assert identity(broker.pid)[0] != ["0"]
                connect(broker.port).close()
                broker.wait_for("is connected")
                assert "is connected" in (folder / "log").read_text()
    finally:
        shutil.rmtree(folder)


@needs_root
def test_root_listens_below_1024(open_folder: Path) -> None:
    for port in range(1023, 600, -1):
        with socket.socket() as free:
            if free.connect_ex(("127.0.0.1", port)):
                break
    config = f"user nobody\nlistener {port} 127.0.0.1\n{ANYBODY}"
    with Broker(open_folder, config, listener=False) as broker:
        assert identity(broker.pid)[0] != ["0"]
        connect(port).close()


@needs_root
def test_users_that_are_not_there_or_root(tmp_path: Path) -> None:
    (tmp_path / "c").write_text("user nosuchuser\n")
    done = run("-c", tmp_path / "c", "--test-config")
    assert done.returncode == 1 and "c, line 1: user: there is no user nosuchuser" in done.stderr
    with Broker(tmp_path, f"user root\n{ANYBODY}") as broker:
        assert "the broker stays root" in broker.log
        assert identity(broker.pid)[0] == ["0"]


@needs_root
def test_the_default_user(open_folder: Path) -> None:
    """mosquitto's, or nobody."""
    names = [
        name for name in ("mosquitto", "nobody") if name in {u.pw_name for u in pwd.getpwall()}
    ]
    with Broker(open_folder, f"#user \n{ANYBODY}") as broker:
        assert f"is user {names[0]} now" in broker.log
        assert identity(broker.pid)[0] == [str(pwd.getpwnam(names[0]).pw_uid)]


# ---- The service --------------------------------------------------------------------------------


def test_service(tmp_path: Path) -> None:
    path = PROGRAM.parent / "mqttwire-broker.service"
    if not path.exists():
        pytest.skip("there is no service beside the program")
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(path.read_text())
    command = unit["Service"]["ExecStart"].split()
    assert command[0].endswith("/mqttwire-broker") and command[1] == "-c"
    assert "@" not in unit["Service"]["ExecStart"]
    assert unit["Service"]["ExecReload"] == "/bin/kill -HUP $MAINPID"
    if analyze := shutil.which("systemd-analyze"):
        text = path.read_text().replace(command[0], str(PROGRAM))
        (tmp_path / path.name).write_text(text)
        words = [analyze, "verify", "--man=no", str(tmp_path / path.name)]
        done = subprocess.run(words, capture_output=True)
        assert done.returncode == 0, done.stderr


def test_the_configuration_that_is_installed(tmp_path: Path) -> None:
    installed = PROGRAM.parent / "broker.conf.example"
    text = installed.read_text().replace("/var/lib/mqttwire", str(tmp_path))
    (tmp_path / "c").write_text(text)
    done = run("-c", tmp_path / "c", "--test-config")
    assert done.returncode == 0 and "only this machine can connect" in done.stderr
