# SPDX-License-Identifier: MIT
"""How values are distributed, in memory that does not grow with their number."""

from __future__ import annotations

import math

import numpy as np

# A value goes where its first twelve bits say: what is below 4096 is exact, and all else is right
# within one part in 2048.  Such a place is a float without its last bits.
FRACTION = 11
SHIFT = 52 - FRACTION
BASE = (1023 << FRACTION) - 1  # where 1 is, so that 0 goes to 0 and 1 to 1

Numbers = np.ndarray  # of integers that are not negative


class Distribution:
    """Counts of values: their least, their largest, and percentiles."""

    def __init__(self) -> None:
        self.counts = np.zeros(0, np.int64)
        self.count = 0
        self.least = 0
        self.most = 0

    def add(self, values: Numbers) -> None:
        if not len(values):
            return
        least, most = int(values.min()), int(values.max())
        self.least = min(self.least, least) if self.count else least
        self.most = max(self.most, most)
        self.count += len(values)
        places = (values.astype(np.float64).view(np.int64) >> SHIFT) - BASE
        found = np.bincount(np.maximum(places, 0))
        if len(found) > len(self.counts):
            self.counts = np.concatenate(
                [self.counts, np.zeros(len(found) - len(self.counts), np.int64)]
            )
        self.counts[: len(found)] += found

    def percentile(self, part: float) -> int:
        """The least value that so large a part of all is not above."""
        rank = max(1, math.ceil(part * self.count))
        if rank >= self.count:
            return self.most
        value = value_at(int(np.searchsorted(np.cumsum(self.counts), rank)))
        return min(max(value, self.least), self.most)

    def powers(self) -> list[tuple[int, int, int]]:
        """How many values are 0, 1, 2 to 3, 4 to 7, 8 to 15 and so on: from, to, count."""
        if not self.count:
            return []
        rows = [(0, 0, int(self.counts[0]))]
        for power, start in enumerate(range(1, len(self.counts), 1 << FRACTION)):
            found = int(self.counts[start : start + (1 << FRACTION)].sum())
            rows.append((1 << power, (2 << power) - 1, found))
        while not rows[0][2]:
            del rows[0]
        return rows

    def curve(self) -> tuple[Numbers, Numbers]:
        """Values, ascending, and the part of all that is not above each."""
        there = np.flatnonzero(self.counts)
        values = np.array([value_at(int(place)) for place in there], np.float64)
        return values, np.cumsum(self.counts[there]) / max(1, self.count)


def value_at(place: int) -> int:
    """The least value that goes to a place."""
    if not place:
        return 0
    return math.ceil(float(np.int64((place + BASE) << SHIFT).view(np.float64)))
