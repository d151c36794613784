# SPDX-License-Identifier: MIT
"""Who gets into the broker, with passwords and SCRAM; files that are read again."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from access import PASSWD, WAIT, Client, Link, hashed
from broker import Broker, needs_broker
from programs import needs_programs, run

pytestmark = needs_broker

ANNA = Client("anna", "c")
NOBODY = Client(None, "c")
GRANTED, WRONG, DENIED = 0, 0x86, 0x87


def code(broker: Broker, client: Client, password: bytes = b"") -> int:
    link = Link(broker.port, client, password)
    link.close()
    return link.code


@pytest.fixture
def passwords(tmp_path: Path) -> Path:
    file = tmp_path / "passwords"
    file.write_text(f"anna:{hashed(b'a', 1000)}\nbert:{hashed(b'b')}\n")
    return file


def test_codes(tmp_path: Path, passwords: Path) -> None:
    with Broker(tmp_path, f"password_file {passwords}") as broker:
        for client, password, wanted in (
            (ANNA, b"a", GRANTED),
            (ANNA, b"b", WRONG),
            (ANNA, b"", WRONG),
            (Client("bert", "c"), b"b", GRANTED),
            (Client("carl", "c"), b"b", WRONG),
            (Client("", "c"), b"b", WRONG),
            (NOBODY, b"", DENIED),
        ):
            assert code(broker, client, password) == wanted, client
    with Broker(tmp_path, f"password_file {passwords}\nallow_anonymous true") as broker:
        assert code(broker, NOBODY) == GRANTED
        assert code(broker, ANNA, b"b") == WRONG


def test_names_without_files(tmp_path: Path) -> None:
    """They are believed where nothing depends on them."""
    with Broker(tmp_path, "allow_anonymous true") as broker:
        assert code(broker, ANNA, b"x") == GRANTED
    rules = tmp_path / "acl"
    rules.write_text("user anna\ntopic #\n")
    with Broker(tmp_path, f"allow_anonymous true\nacl_file {rules}") as broker:
        assert code(broker, ANNA, b"x") == WRONG
        assert code(broker, NOBODY) == GRANTED


def test_reload(tmp_path: Path, passwords: Path) -> None:
    rules = tmp_path / "acl"
    rules.write_text("user anna\ntopic a\n")
    with Broker(tmp_path, f"password_file {passwords}\nacl_file {rules}") as broker:
        link = Link(broker.port, ANNA, b"a")
        assert link.publish("a")
        passwords.write_text(f"anna:{hashed(b'new')}\n")
        rules.write_text("user anna\ntopic b\n")
        broker.send(signal.SIGHUP)
        until(lambda: code(broker, Client("anna", "d"), b"new") == GRANTED)
        assert code(broker, Client("anna", "d"), b"a") == WRONG
        assert not link.publish("a")
        assert link.publish("b")
        passwords.write_text("")
        rules.write_text("user anna\ntopic a\nnonsense\n")
        broker.send(signal.SIGHUP)
        broker.wait_for(f"{rules}, line 3: nonsense is not user, topic or pattern")
        assert code(broker, Client("anna", "d"), b"new") == GRANTED
        assert link.publish("b")
        link.close()


def until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_nobody_waits_for_hashes(tmp_path: Path) -> None:
    """While 40 passwords take 10 seconds of a core's time, others are answered."""
    file = tmp_path / "passwords"
    file.write_text(f"anna:{hashed(b'a')}\nbert:{hashed(b'b', 500_000)}\n")
    with Broker(tmp_path, f"password_file {file}") as broker:
        link = Link(broker.port, ANNA, b"a")
        trying = [Link(broker.port, Client("bert", str(i)), b"x", wait=False) for i in range(40)]
        time.sleep(0.05)
        begun = time.monotonic()
        for _ in range(20):
            link.topics()  # a ping
        took = time.monotonic() - begun
        for each in trying:
            each.close()
        assert took < 1.0
        link.close()


@needs_programs
@pytest.mark.skipif(not PASSWD.exists(), reason="mqttwire-passwd is not built")
def test_scram(tmp_path: Path) -> None:
    """The client proves that it knows the password, and the broker the user; the ACL knows him."""
    keys, rules = tmp_path / "keys", tmp_path / "acl"
    rules.write_text("user anna\ntopic a\n")
    for kind in ("SCRAM-SHA-256", "SCRAM-SHA-1"):
        keys.unlink(missing_ok=True)
        assert run(str(PASSWD), "-c", "-H", kind, "-b", keys, "anna", "secret").code == 0
        with Broker(tmp_path, f"scram_file {keys}\nacl_file {rules}") as broker:
            for user, password, topic, wanted in (
                ("anna", "secret", "a", 0),
                ("anna", "secret", "b", 0x87),
                ("anna", "other", "a", None),
                ("carl", "secret", "a", None),
            ):
                words = ["-h", "127.0.0.1", "-p", str(broker.port), "-V", "5"]
                words += [
                    "--auth-method",
                    kind,
                    "-u",
                    user,
                    "-P",
                    password,
                    "-t",
                    topic,
                    "-q",
                    "1",
                    "-m",
                    "x",
                ]
                done = run("pub", *words)
                if wanted is None:
                    assert done.code != 0
                    assert "0x87" in done.err or "uthori" in done.err, done
                else:
                    assert done.code == wanted, done
            assert code(broker, ANNA, b"secret") == WRONG
