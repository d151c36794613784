# SPDX-License-Identifier: MIT
"""mqttwire-broker for a test: on a free loopback port, with files in a folder, gone afterwards.

with Broker(tmp_path, "allow_anonymous true") as broker:
    talk_to("127.0.0.1", broker.port)
"""

from __future__ import annotations

import os
import resource
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest
from mosquitto import free_port

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = Path(
    os.environ.get("MQTTWIRE_BROKER", ROOT / "build" / "samples" / "broker" / "mqttwire-broker")
)
WAIT = 20.0  # seconds that starting or stopping may take

needs_broker = pytest.mark.skipif(not PROGRAM.exists(), reason="the broker is not built")


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(PROGRAM), *map(str, arguments)], capture_output=True, text=True, timeout=WAIT
    )


class Broker:
    """`config` follows a listener, whose port is `port`; a test that has its own listeners says
    listener=False, and where it listens.  Root stays root, unless the configuration says who."""

    def __init__(
        self,
        folder: Path,
        config: str = "allow_anonymous true",
        *arguments: str,
        listener: bool = True,
        files: int = 0,
    ) -> None:
        self.folder, self.arguments, self.files = folder, arguments, files
        self.port = free_port()
        lines = [f"listener {self.port} 127.0.0.1"] * listener + [config]
        if os.geteuid() == 0 and "user " not in config:
            lines.append("user root")
        self.path = folder / "broker.conf"
        self.path.write_text("\n".join(lines) + "\n")
        self.log_path = folder / "stderr"
        self.process: subprocess.Popen[bytes] | None = None
        self.environment: dict[str, str] = {}  # besides that of the test

    def _limit(self) -> None:
        if self.files:
            resource.setrlimit(resource.RLIMIT_NOFILE, (self.files, self.files))

    @property
    def pid(self) -> int:
        assert self.process
        return self.process.pid

    @property
    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def start(self) -> None:
        self.asked = False  # to end in order: asked again it would end at once
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen(
                [str(PROGRAM), "-c", str(self.path), *self.arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=self._limit,
                env={**os.environ, **self.environment},
            )

    def wait_for(self, text: str, times: int = 1) -> None:
        """Until the log has it."""
        until = time.monotonic() + WAIT
        while self.log.count(text) < times:
            assert time.monotonic() < until, f"no {text!r} in:\n{self.log}"
            assert self.process and self.process.poll() is None, self.log
            time.sleep(0.01)

    def send(self, number: signal.Signals) -> None:
        assert self.process
        self.asked |= number in (signal.SIGTERM, signal.SIGINT)
        self.process.send_signal(number)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Answers the exit code."""
        assert self.process
        if self.process.poll() is None and not (self.asked and number == signal.SIGTERM):
            self.send(number)
        try:
            return self.process.wait(WAIT)
        finally:
            self.process.kill()
            self.process.wait()

    def __enter__(self) -> Broker:
        self.start()
        try:
            self.wait_for("the broker is ready")
        except BaseException:
            self.stop(signal.SIGKILL)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        code = self.stop()
        assert code == 0, self.log
        assert "Sanitizer" not in self.log, self.log


CONNECT = bytes.fromhex("100c 00044d515454 04 02 0000 0000")  # 3.1.1, no client identifier
CONNECT_5 = bytes.fromhex("100d 00044d515454 05 02 0000 00 0000")


def greet(connection: socket.socket, connect: bytes = CONNECT) -> bytes:
    """Sends CONNECT; the answer, b"" where there is none."""
    connection.settimeout(WAIT)
    connection.sendall(connect)
    try:
        return connection.recv(4096)
    except ConnectionError:
        return b""


def connect(port: int, host: str = "127.0.0.1") -> socket.socket:
    """A client that is connected."""
    connection = socket.create_connection((host, port), WAIT)
    assert greet(connection)[:4] == bytes.fromhex("20020000")
    return connection


def keeping(way: str, folder: Path) -> Broker:
    """What lasts is kept in "memory", or in a "file", too."""
    lines = ["allow_anonymous true"]
    if way == "file":
        lines += ["persistence true", f"persistence_location {folder}"]
    return Broker(folder, "\n".join(lines))


def rss(broker: Broker) -> int:
    """Bytes of memory that the broker has."""
    for line in Path(f"/proc/{broker.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no VmRSS")


def is_bounded(broker: Broker, before: int, most: int) -> None:
    """No more bytes have been added, but where a sanitizer keeps what is freed."""
    if b"__asan_init" not in PROGRAM.read_bytes():
        assert rss(broker) - before < most
