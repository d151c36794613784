# SPDX-License-Identifier: MIT
"""Packets and bytes over time, in memory that does not grow with the time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

BINS = 10_000  # at most; ten of them become one when they do not reach
SECOND = 10**9
RECENT = 4096  # seconds that may still come to have more
STEPS = (1, 2, 5)


@dataclass
class Rates:
    """Packets and bytes of each sender, step by step from the first packet on."""

    step: int  # nanoseconds
    packets: np.ndarray  # two rows: from clients, from servers
    bytes: np.ndarray


class Timeline:
    def __init__(self) -> None:
        self.first: int | None = None  # nanoseconds since the epoch
        self.last = 0
        self.width = 1000  # of a bin, nanoseconds
        self.packets = np.zeros((2, BINS), np.int64)
        self.bytes = np.zeros((2, BINS), np.int64)
        self.recent: dict[int, tuple[int, int]] = {}  # packets, bytes in a second
        self.peak_packets = 0
        self.peak_bytes = 0

    def add(self, times: np.ndarray, senders: np.ndarray, sizes: np.ndarray) -> None:
        """Senders are 1, clients, and 2, servers."""
        if not len(times):
            return
        if self.first is None:
            self.first = int(times.min())
        self.last = max(self.last, int(times.max()))
        # A time before the first one's counts as that.
        after = np.maximum(times, np.uint64(self.first)) - np.uint64(self.first)
        while (self.last - self.first) // self.width >= BINS:
            self._widen()
        places = (after // np.uint64(self.width)).astype(np.int64)
        sides = places + np.where(senders == 2, BINS, 0)
        self.packets += np.bincount(sides, minlength=2 * BINS).reshape(2, BINS)
        self.bytes += _sums(sides, sizes, 2 * BINS).reshape(2, BINS)
        self._peaks((after // np.uint64(SECOND)).astype(np.int64), sizes)

    def _widen(self) -> None:
        for table in (self.packets, self.bytes):
            tens = table.reshape(2, BINS // 10, 10).sum(axis=2)
            table[:] = 0
            table[:, : BINS // 10] = tens
        self.width *= 10

    def _peaks(self, seconds: np.ndarray, sizes: np.ndarray) -> None:
        start = int(seconds.min())
        if int(seconds.max()) - start < len(seconds) + RECENT:
            names = None
            places = seconds - start
        else:  # far apart
            names, places = np.unique(seconds, return_inverse=True)
        packets = np.bincount(places)
        sums = _sums(places, sizes, len(packets))
        for place in np.flatnonzero(packets).tolist():
            second = start + place if names is None else int(names[place])
            before = self.recent.get(second, (0, 0))
            now = (before[0] + int(packets[place]), before[1] + int(sums[place]))
            self.recent[second] = now
            self.peak_packets = max(self.peak_packets, now[0])
            self.peak_bytes = max(self.peak_bytes, now[1])
        if len(self.recent) > RECENT:
            for second in sorted(self.recent)[: -RECENT // 2]:
                del self.recent[second]

    @property
    def span(self) -> int:
        """From the first packet to the last one, nanoseconds."""
        return 0 if self.first is None else self.last - self.first

    def rates(self, most: int) -> Rates:
        """In so many steps at most, each of 1, 2 or 5 times a power of ten."""
        step = self.width
        while self.span // step >= most:
            step = next(
                factor * power
                for power in (self.width * 10**i for i in range(24))
                for factor in STEPS
                if factor * power > step
            )
        count = self.span // step + 1
        factor = step // self.width
        used = min(BINS, count * factor)

        def folded(table: np.ndarray) -> np.ndarray:
            made = np.zeros((2, count * factor), np.int64)
            made[:, :used] = table[:, :used]
            sums: np.ndarray = made.reshape(2, count, factor).sum(axis=2)
            return sums

        return Rates(step, folded(self.packets), folded(self.bytes))

    def summary(self, most: int) -> dict[str, Any] | None:
        if self.first is None:
            return None
        rates = self.rates(most)
        seconds = self.span / SECOND

        def sums(table: np.ndarray, peak: int) -> dict[str, Any]:
            whole = int(table.sum())
            return {"average": whole / seconds if seconds else None, "busiest_second": peak}

        return {
            "packets": sums(self.packets, self.peak_packets),
            "bytes": sums(self.bytes, self.peak_bytes),
            "step": rates.step / SECOND,
            "client": {"packets": rates.packets[0].tolist(), "bytes": rates.bytes[0].tolist()},
            "server": {"packets": rates.packets[1].tolist(), "bytes": rates.bytes[1].tolist()},
        }


def _sums(places: np.ndarray, sizes: np.ndarray, count: int) -> np.ndarray:
    """Of the sizes that go to each place."""
    return np.bincount(places, weights=sizes, minlength=count).astype(np.int64)
