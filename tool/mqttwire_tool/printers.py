# SPDX-License-Identifier: MIT
"""What all that `inspect` prints tells of rules that are broken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import mqttwire as mq
from mqttwire.connection import finding_of

from .arguments import Options
from .outcome import Outcome, say
from .render import count
from .sources import Note, Seen


def findings_of(seen: Seen, options: Options) -> Iterator[mq.MqttError]:
    """The rules of the connection that a packet breaks, with the place of their fields."""
    for finding in seen.findings:
        if isinstance(finding, mq.MqttError):
            yield finding
        else:
            yield finding_of(finding, seen.data, seen.version, seen.sender, allow=options.allow)


def take_fault(seen: Seen, fault: mq.MqttError, outcome: Outcome) -> None:
    """What is wrong with a packet, for the exit code: a hole in it is no end of the input."""
    if not (seen.holed and isinstance(fault, mq.Incomplete)):
        outcome.note(fault)


def take_note(note: Note, outcome: Outcome) -> None:
    """What a note means for the exit code."""
    take_verdict(note.name, note.level, outcome)


def take_verdict(name: str, level: str, outcome: Outcome) -> None:
    if level == "fault":
        outcome.broken = True
    elif name in ("input_cut", "compression_cut", "compression_damaged"):
        outcome.early = True


class Remarks:
    """Notes for standard error, beside what programs read: the first of a name, and how many more
    there are.  What they say may come from the capture: of a name one is kept."""

    FEW = 10

    def __init__(self) -> None:
        self.told: Counter[str] = Counter()  # by name
        self.texts: dict[str, str] = {}  # the first of each

    def note(self, note: Note) -> None:
        if note.level == "info":
            return
        if note.name != "proxy":  # whose words are of what is done to a packet, each of them
            self.told[note.name] += 1
            self.texts.setdefault(note.name, note.text)
        if self.told[note.name] > self.FEW:
            return
        where = f"connection {note.connection.number}: " if note.connection else ""
        size = f" ({count(note.size)})" if note.size else ""
        last = "; more of these are only counted" if self.told[note.name] == self.FEW else ""
        say(f"{where}{note.text}{size}{last}")

    def close(self) -> None:
        for name, times in self.told.items():
            if times > self.FEW:
                say(f"and {times - self.FEW:,} more: {self.texts[name]}")
