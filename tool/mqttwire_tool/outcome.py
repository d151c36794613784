# SPDX-License-Identifier: MIT
"""What became of a run: its exit code."""

from __future__ import annotations

import contextlib
import sys
from enum import IntEnum

import mqttwire as mq


class Exit(IntEnum):
    """Exit codes."""

    FINE = 0
    BROKEN = 1  # something in the input breaks a rule
    USAGE = 2
    EARLY = 3  # the input ends early
    FAILED = 4  # a file could not be read or written


def say(message: object) -> None:
    """Tells the user, not the program that reads what is printed."""
    if isinstance(message, OSError):
        text = message.strerror or str(message)
        message = f"{message.filename}: {text}" if message.filename else text
    with contextlib.suppress(OSError):  # which may be what is told
        sys.stdout.flush()
    print(f"mqttwire: {message}", file=sys.stderr)


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
        self.failed = False

    def note(self, error: mq.MqttError) -> None:
        if isinstance(error, mq.Incomplete):
            self.early = True
        else:
            self.broken = True

    @property
    def code(self) -> Exit:
        if self.failed:
            return Exit.FAILED
        if self.broken:
            return Exit.BROKEN
        return Exit.EARLY if self.early else Exit.FINE
