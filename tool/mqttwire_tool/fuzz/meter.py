# SPDX-License-Identifier: MIT
"""How far a hunt has come, for whoever waits at a terminal."""

from __future__ import annotations

import sys
from time import monotonic
from typing import Any

from .hunt import Hunt

PAUSE = 0.2  # seconds between two looks


class Meter:
    """A line on standard error, if that is a terminal and the library rich is there."""

    def __init__(self) -> None:
        self.next = monotonic() + PAUSE if sys.stderr.isatty() else float("inf")
        self.bar: Any = None
        self.task: Any = None

    def __call__(self, hunt: Hunt) -> None:
        now = monotonic()
        if now < self.next:
            return
        self.next = now + PAUSE
        if self.bar is None and not self._open(hunt):
            self.next = float("inf")
            return
        seconds = max(hunt.seconds(), 0.001)
        done = seconds if hunt.bounds.seconds is not None else hunt.sessions
        text = (
            f"{hunt.sessions:,} sessions, {hunt.sessions / seconds:.0f}/s,"
            f" {hunt.packets / seconds:.0f} writes/s, {len(hunt.findings)} findings"
        )
        self.bar.update(self.task, completed=done, text=text)
        self.bar.refresh()

    def _open(self, hunt: Hunt) -> bool:
        try:
            from rich import progress
            from rich.console import Console
        except ImportError:
            return False
        total = hunt.bounds.seconds if hunt.bounds.seconds is not None else hunt.bounds.count
        columns: list[Any] = [progress.TextColumn("mqttwire: {task.fields[text]}")]
        if total is not None:
            columns += [progress.BarColumn(), progress.TimeRemainingColumn()]
            columns += [progress.TextColumn("left")]
        else:
            columns += [progress.TimeElapsedColumn()]
        self.bar = progress.Progress(
            *columns,
            console=Console(stderr=True),
            auto_refresh=False,  # no thread
            redirect_stdout=False,
            transient=True,
        )
        self.task = self.bar.add_task("", total=total, text="")
        self.bar.start()
        return True

    def close(self) -> None:
        """Takes the line away."""
        self.next = float("inf")
        if self.bar is not None:
            self.bar.stop()
            self.bar = None
