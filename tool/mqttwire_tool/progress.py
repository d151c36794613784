# SPDX-License-Identifier: MIT
"""How far something has come, for whoever waits at a terminal."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Sequence
from time import monotonic
from types import TracebackType
from typing import Any

DELAY = 0.5  # seconds before anything is shown
PAUSE = 0.1  # seconds between two looks


def size_of(names: Sequence[str]) -> int | None:
    """Bytes of files, "-" being standard input; None: not all of them have a size."""
    total = 0
    for name in names:
        try:
            about = os.fstat(sys.stdin.fileno()) if name == "-" else os.stat(name)
        except OSError:
            continue  # there will be words about it
        if not stat.S_ISREG(about.st_mode):
            return None
        total += about.st_size
    return total or None


class Progress:
    """A bar on standard error, with the time that is left, while something is read.

    with Progress(total) as progress:
        for batch in capture:
            progress(capture.counts()["read"], packets)

    There is none unless standard error is a terminal, nor where lines go to a terminal, nor within
    half a second, nor without the library rich.  total: bytes; None: not known, and then it shows
    how many packets there are.  What is counted otherwise has words of its own: show().
    """

    def __init__(self, total: float | None, *, prints: bool = True) -> None:
        """prints: something is written to standard output meanwhile."""
        wanted = sys.stderr.isatty() and not (prints and sys.stdout.isatty())
        self.total = total
        self.next = monotonic() + DELAY if wanted else float("inf")
        self.bar: Any = None
        self.task: Any = None

    def __call__(self, read: int, packets: int) -> None:
        self.show(read, f"{packets:,} packets")

    def show(self, done: float, text: str) -> None:
        """How much of the total is done, and words about it."""
        now = monotonic()
        if now < self.next:
            return
        self.next = now + PAUSE
        if self.bar is None and not self._open():
            self.next = float("inf")
            return
        self.bar.update(self.task, completed=done, text=text)
        self.bar.refresh()

    def _open(self) -> bool:
        try:
            from rich import progress
            from rich.console import Console
        except ImportError:
            return False
        columns: list[Any] = [progress.TextColumn("mqttwire: {task.fields[text]}")]
        if self.total is not None:
            columns += [progress.BarColumn(), progress.TaskProgressColumn()]
            columns += [progress.TimeRemainingColumn(), progress.TextColumn("left")]
        self.bar = progress.Progress(
            *columns,
            console=Console(stderr=True),
            auto_refresh=False,  # no thread
            redirect_stdout=False,  # which is somebody else's
            transient=True,
        )
        self.task = self.bar.add_task("", total=self.total, text="")
        self.bar.start()
        return True

    def close(self) -> None:
        """Takes the bar away."""
        self.next = float("inf")
        if self.bar is not None:
            self.bar.stop()
            self.bar = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
