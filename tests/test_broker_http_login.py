# SPDX-License-Identifier: MIT
"""The broker's web server: who is let in to the status page."""

from __future__ import annotations

import base64
import signal
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from broker import needs_broker, run
from broker_http import USERS, Watched, password_file

pytestmark = needs_broker


@pytest.mark.parametrize("user", USERS)
def test_login(tmp_path: Path, user: str) -> None:
    with Watched(tmp_path) as broker:
        answer = broker.get("/status.json", user)
        assert answer.code == 200
        assert answer.fields["Content-Type"] == "application/json"
        assert answer.fields["Cache-Control"] == "no-store"
        for path in ("/", "/page.js", "/metrics", "/health"):  # they have nothing to hide
            assert broker.get(path).code == 200


def basic(text: bytes) -> str:
    return "Basic " + base64.b64encode(text).decode()


@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        "Basic",
        "Basic ",
        "Basic !!!",
        basic(b""),
        basic(b"alice"),
        basic(b":geheim"),
        basic(b"alice:geheim\0"),
        basic(b"alice:" + b"x" * 2000),
        basic(b"x" * 600 + b":geheim"),
        "Bearer geheim",
        'Digest username="alice"',
        basic(b"alice:Geheim"),
        basic(b"nobody:geheim"),
        basic(b"alice:"),
    ],
)
def test_no_login(tmp_path: Path, given: str | None) -> None:
    with Watched(tmp_path) as broker:
        fields: dict[str, Any] = {} if given is None else {"Authorization": given}
        answer = broker.get("/status.json", **fields)
        assert answer.code == 401
        assert answer.fields["WWW-Authenticate"].startswith("Basic ")
        assert b"measures" not in answer.body


def test_guessing_is_slow_and_holds_up_nobody(tmp_path: Path) -> None:
    with Watched(tmp_path) as broker:
        begin = time.monotonic()
        guesses = [
            threading.Thread(
                target=broker.get, args=("/status.json", "alice"), kwargs={"password": "x"}
            )
            for _ in range(8)
        ]
        for guess in guesses:
            guess.start()
        assert broker.get("/health").code == 200
        assert broker.status()
        assert time.monotonic() - begin < 0.9
        for guess in guesses:
            guess.join()
        assert time.monotonic() - begin >= 1
        assert broker.log.count("user 'alice'") == 8


def test_end_while_somebody_waits(tmp_path: Path) -> None:
    with Watched(tmp_path) as broker:
        waiting = socket.create_connection(("127.0.0.1", broker.http))
        waiting.sendall(
            b"GET /status.json HTTP/1.1\r\nHost: localhost\r\n"
            + f"Authorization: {basic(b'alice:x')}\r\n\r\n".encode()
        )
        broker.wait_for("user 'alice'")
    waiting.close()


def test_without_a_password_file(tmp_path: Path) -> None:
    """Where anybody may come in by MQTT, nobody sees the page."""
    with Watched(tmp_path, users=None) as broker:
        assert broker.get("/status.json", "alice").code == 403
        assert broker.get("/status.json").code == 403


def test_acl(tmp_path: Path) -> None:
    """The users of MQTT see the page if they may read $SYS."""
    (tmp_path / "acl").write_text("user alice\ntopic read $SYS/#\nuser bob\ntopic read #\n")
    (tmp_path / "acl").chmod(0o600)
    with Watched(tmp_path, f"acl_file {tmp_path}/acl") as broker:
        assert broker.get("/status.json", "alice").code == 200
        assert broker.get("/status.json", "bob").code == 403


def test_users_of_its_own(tmp_path: Path) -> None:
    own = password_file(tmp_path / "own", {"carol": "c"})
    with Watched(tmp_path, f"http_user_file {own}") as broker:
        assert broker.get("/status.json", "carol", password="c").code == 200
        assert broker.get("/status.json", "alice").code == 401
        password_file(own, {"dave": "d"})
        broker.send(signal.SIGHUP)
        broker.wait_for("read again")
        assert broker.get("/status.json", "carol", password="c").code == 401
        assert broker.get("/status.json", "dave", password="d").code == 200
        assert run("-c", broker.path, "--test-config").returncode == 0
        own.write_text("nonsense\n")
        assert run("-c", broker.path, "--test-config").returncode == 1
        broker.send(signal.SIGHUP)
        broker.wait_for("http_user_file stays as it was")
        assert broker.get("/status.json", "dave", password="d").code == 200
