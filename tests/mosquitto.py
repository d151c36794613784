# SPDX-License-Identifier: MIT
"""A private mosquitto for a test: on a free loopback port, in a temporary folder, gone afterwards.

with Mosquitto(passwords={"alice": "wonderland"}) as broker:
    talk_to("127.0.0.1", broker.port)
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import socket
import subprocess
import tempfile
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path

WAIT = 10.0  # seconds that starting or stopping may take

# None: not installed, tests skip. Debian puts it where a plain user's PATH does not lead.
PROGRAM = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin")


given: deque[int] = deque(maxlen=100)  # ports that nobody may have taken yet


def free_port() -> int:
    """None of those that the kernel gives to whoever connects, or that pytest's other workers take:
    it is to be free until what the test starts listens there."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % 10
    while True:
        port = random.randrange(10_000, 30_000, 10) + worker
        with socket.socket() as s, contextlib.suppress(OSError):
            s.bind(("127.0.0.1", port))
            if port not in given:
                given.append(port)
                return port


class Mosquitto:
    """`config` is added to the configuration file; `passwords` closes the broker to all others."""

    def __init__(self, config: str = "", passwords: Mapping[str, str] | None = None) -> None:
        self.config = config
        self.passwords = passwords
        self.port = 0
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        assert self._folder is not None
        return Path(self._folder.name, "log").read_text(errors="replace")

    def start(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="mosquitto-")
        try:
            # Somebody else may take the port between our look and the broker's start.
            for _ in range(3):
                self.port = free_port()
                if self._try_to_start(Path(self._folder.name)):
                    return
            raise RuntimeError(f"mosquitto does not start:\n{self.log}")
        except BaseException:
            self.stop()
            raise

    def _try_to_start(self, folder: Path) -> bool:
        assert PROGRAM is not None, "mosquitto is not installed"
        lines = [
            f"listener {self.port} 127.0.0.1",
            "user root",  # only read where root runs the tests: other users cannot enter the folder
            "persistence false",
        ]
        if self.passwords is None:
            lines.append("allow_anonymous true")
        else:
            file = folder / "passwords"
            file.touch(mode=0o600)
            for name, password in self.passwords.items():
                subprocess.run(["mosquitto_passwd", "-b", file, name, password], check=True)
            lines += ["allow_anonymous false", f"password_file {file}"]
        config = folder / "mosquitto.conf"
        config.write_text("\n".join([*lines, self.config, ""]))
        with open(folder / "log", "wb") as log:
            self._process = subprocess.Popen(
                [PROGRAM, "-c", config], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        deadline = time.monotonic() + WAIT
        while self._process.poll() is None and time.monotonic() < deadline:
            # Not by connecting: somebody else might answer on the port.
            if " running\n" in self.log:
                return True
            time.sleep(0.01)
        self._end()
        return False

    def _end(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(WAIT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def stop(self) -> None:
        self._end()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def __enter__(self) -> Mosquitto:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()
