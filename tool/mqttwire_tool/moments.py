# SPDX-License-Identifier: MIT
"""Moments as people write them: of a clock, of a day, or after the beginning."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, time

from .outcome import UsageError

NANOSECONDS = 10**9

Moment = Callable[[int], int]  # of the first packet: this one; both nanoseconds since the epoch

SECONDS = re.compile(r"\+?\d+(\.\d*)?")
CLOCK = re.compile(r"(\d\d?):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?")


def moment_of(text: str) -> Moment:
    """What +SECONDS, seconds since the epoch, HH:MM:SS and YYYY-MM-DD HH:MM:SS mean."""
    if SECONDS.fullmatch(text):
        whole, _, part = text.lstrip("+").partition(".")
        count = int(whole) * NANOSECONDS + int(part.ljust(9, "0")[:9] or 0)
        return (lambda first: first + count) if text[0] == "+" else lambda first: count
    clock = CLOCK.fullmatch(text)
    if clock:
        return _at_clock(text, clock)
    try:
        stamp = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"{text!r} is no time: say 14:05, 14:05:07.25, 2026-11-21T14:05:07, +90 (seconds after"
            " the first packet), or seconds since the epoch"
        ) from None
    seconds = stamp.timestamp() // 1
    return lambda first: int(seconds) * NANOSECONDS + stamp.microsecond * 1000


def _at_clock(text: str, clock: re.Match[str]) -> Moment:
    """A time of the day on which the first packet was, where this command runs."""
    hours, minutes, seconds, part = clock.groups()
    try:
        of_day = time(int(hours), int(minutes), int(seconds or 0))
    except ValueError:
        raise UsageError(f"{text!r} is no time of a day") from None
    rest = int((part or "").ljust(9, "0"))

    def at(first: int) -> int:
        day = datetime.fromtimestamp(first // NANOSECONDS).date()
        stamp = datetime.combine(day, of_day)
        return int(stamp.timestamp()) * NANOSECONDS + rest

    return at


def span_text(nanoseconds: int) -> str:
    """How long something took, to two digits or so: 0.4 ms, 12 s, 3 min 5 s."""
    milliseconds = nanoseconds / 1e6
    if milliseconds < 999.5:
        return f"{_digits(milliseconds)} ms"
    seconds = nanoseconds / NANOSECONDS
    if seconds < 119.5:
        return f"{_digits(seconds)} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 120:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def _digits(value: float) -> str:
    if not value or value >= 9.95:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 0.95 else f"{max(value, 0.001):.1g}"
