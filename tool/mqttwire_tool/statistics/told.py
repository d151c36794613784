# SPDX-License-Identifier: MIT
"""What is wrong with the packets of batches, and what is said beside them."""

from __future__ import annotations

from collections import Counter

from ..outcome import Outcome, say
from ..printers import take_verdict
from .batches import Batch

MORE = 1  # as a code: bytes of the packet are missing


class Judge:
    """Counts broken rules and notes, of which the exit code is made."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.rules: Counter[int] = Counter()
        self.first: dict[int, int] = {}  # number of the first packet that breaks a rule
        self.notes: Counter[tuple[str, str, str]] = Counter()  # name, level, text
        self.unanswered: Counter[str] = Counter()  # by type

    def add(self, batch: Batch) -> None:
        rows = batch.packets()
        codes = batch["code"]
        there = batch["end"] - batch["start"]
        cut = (codes == MORE) | ((codes == 0) & (there < batch["size"]))
        self.outcome.early |= bool((cut & ~batch["holed"])[rows].any())
        broken = [(row, int(codes[row])) for row in rows[codes[rows] != 0].tolist()]
        for row, code in broken + [finding[:2] for finding in batch.findings]:
            self.rules[code] += 1
            self.first.setdefault(code, int(batch["number"][row]))
            self.outcome.broken |= code != MORE
        for told in batch.told():
            take_verdict(told.name, told.level, self.outcome)
            if told.name == "unanswered":
                self.unanswered[told.type] += 1
            elif told.level != "info":
                self.notes[told.name, told.level, told.text] += 1

    def tell(self) -> None:
        """Notes, for those who see nothing else of them."""
        for (_, _, text), count in sorted(self.notes.items()):
            say(text if count == 1 else f"{text} ({count} times)")
