# SPDX-License-Identifier: MIT
"""What became of a run: its exit code."""

from __future__ import annotations

from enum import IntEnum

import mqttwire as mq


class Exit(IntEnum):
    """Exit codes."""

    FINE = 0
    BROKEN = 1  # something in the input breaks a rule
    USAGE = 2
    EARLY = 3  # the input ends early
    FAILED = 4  # a file could not be read or written


class UsageError(Exception):
    """The command was called in a way that makes no sense."""


class NothingToRead(Exception):
    """The input ends before it has begun."""

    def __init__(self) -> None:
        super().__init__("the input is empty: there is nothing to read")


class Outcome:
    """Collects what is worth an exit code; the gravest counts."""

    def __init__(self) -> None:
        self.broken = False
        self.early = False

    def note(self, error: mq.MqttError) -> None:
        if isinstance(error, mq.Incomplete):
            self.early = True
        else:
            self.broken = True

    @property
    def code(self) -> Exit:
        if self.broken:
            return Exit.BROKEN
        return Exit.EARLY if self.early else Exit.FINE
