# SPDX-License-Identifier: MIT
"""The program under test: started, watched and ended here, with all that belongs to it."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from ..outcome import UsageError

SANITIZERS = ("ASAN", "UBSAN", "MSAN", "TSAN", "LSAN")
LOG = "sanitizer"  # what the logs' names begin with
OUTPUT = "output.txt"
REPORT = re.compile(rb"runtime error:|ERROR: \w+Sanitizer|WARNING: \w+Sanitizer|^panic: ", re.M)
LOOK_BACK = 64  # bytes in which such a word may begin
LONGEST = 16 << 20  # bytes of output, before it begins anew
TAIL = 64 << 10  # bytes of it that are worth keeping
PATIENCE = 2.0  # seconds to end
DYING = 1.0  # seconds that may pass until a program that falls is gone
PAGE = os.sysconf("SC_PAGE_SIZE")
MEBIBYTE = 1 << 20


class Process:
    """A command, in a group of its own.  {host} and {port} in it are replaced."""

    def __init__(self, command: str, host: str, port: int, folder: Path) -> None:
        try:
            words = shlex.split(command)
        except ValueError as error:
            raise UsageError(f"--start: {error}") from None
        if not words:
            raise UsageError("--start: there is no command")
        places = {"{host}": host, "{port}": str(port)}
        self.words = [_replaced(word, places) for word in words]
        self.folder = folder
        self.output = folder / OUTPUT
        self.running: subprocess.Popen[bytes] | None = None
        self.looked = 0  # bytes of the output that were searched
        self.starts = 0

    def start(self) -> None:
        self.stop()
        self.folder.mkdir(parents=True, exist_ok=True)
        for log in self._logs():
            log.unlink()
        self.looked = 0
        self.starts += 1
        with open(self.output, "wb"):
            pass
        with open(self.output, "ab") as output:
            try:
                self.running = subprocess.Popen(
                    self.words,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    env=self._environment(),
                    start_new_session=True,
                )
            except OSError as error:
                raise OSError(error.errno, error.strerror, self.words[0]) from None

    def _environment(self) -> dict[str, str]:
        """Sanitizers write files, and tell where a program hangs that is aborted."""
        made = dict(os.environ)
        ours = f"log_path={self.folder.resolve() / LOG}:handle_abort=1:print_stacktrace=1"
        for name in SANITIZERS:
            given = made.get(f"{name}_OPTIONS")
            made[f"{name}_OPTIONS"] = f"{ours}:{given}" if given else ours
        return made

    # ---- How it is --------------------------------------------------------------------------

    def code(self, seconds: float = 0) -> int | None:
        """Its exit code, or minus the signal that ended it; None: it runs."""
        if self.running is None:
            return None
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.running.wait(seconds) if seconds else self.running.poll()
        return None

    def memory(self) -> float:
        """MiB that it holds; 0: not known."""
        fields = self._proc("statm").split()
        return int(fields[1]) * PAGE / MEBIBYTE if len(fields) > 1 else 0.0

    def computes(self) -> bool:
        """Whether it waits for nothing but a processor."""
        return self._proc("stat").rpartition(")")[2].split()[:1] == ["R"]

    def _proc(self, name: str) -> str:
        if self.running is None:
            return ""
        with contextlib.suppress(OSError):
            return Path(f"/proc/{self.running.pid}/{name}").read_text()
        return ""

    def _logs(self) -> list[Path]:
        with contextlib.suppress(OSError):
            return sorted(self.folder.glob(f"{LOG}.*"))
        return []

    def report(self) -> str:
        """What a sanitizer has written."""
        return "\n".join(log.read_text(errors="replace") for log in self._logs())

    def complains(self) -> bool:
        """Whether there is something in the logs, or new in the output."""
        if self._logs():
            return True
        with contextlib.suppress(OSError):
            size = self.output.stat().st_size
            if size == self.looked:
                return False
            with open(self.output, "r+b") as file:
                file.seek(max(0, self.looked - LOOK_BACK))
                found = REPORT.search(file.read(LONGEST)) is not None
                self.looked = size
                if size > LONGEST and not found:
                    file.truncate(0)
                    self.looked = 0
            return found
        return False

    def tail(self) -> str:
        """How its output ends."""
        with contextlib.suppress(OSError), open(self.output, "rb") as file:
            file.seek(max(0, self.output.stat().st_size - TAIL))
            return file.read().decode(errors="replace")
        return ""

    # ---- Its end ----------------------------------------------------------------------------

    def abort(self) -> None:
        """Where a program hangs: many tell it before they die of this."""
        if self.running is not None and self.running.poll() is None:
            self._signal(signal.SIGABRT)
            self.code(DYING)

    def stop(self, gently: bool = False) -> None:
        if self.running is None:
            return
        if gently and self.running.poll() is None:
            self._signal(signal.SIGTERM)
            self.code(PATIENCE)
        self._signal(signal.SIGKILL)  # its children, too
        self.running.wait()
        self.running = None

    def _signal(self, number: signal.Signals) -> None:
        assert self.running is not None
        with contextlib.suppress(OSError):
            os.killpg(self.running.pid, number)


def _replaced(word: str, places: dict[str, str]) -> str:
    for name, value in places.items():
        word = word.replace(name, value)
    return word


def wait_until(is_so: Callable[[], bool], seconds: float) -> bool:
    """Asks again and again."""
    deadline = time.monotonic() + seconds
    pause = 0.001
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
        pause = min(0.05, pause * 1.5)
    return True
