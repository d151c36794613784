# SPDX-License-Identifier: MIT
"""inspect --stats: what packets sum up to, as an object of which text, JSON and plots are made."""

from __future__ import annotations

from typing import Any

import mqttwire as mq
import numpy as np

from ..arguments import Options
from ..outcome import Outcome
from ..sources import rule_of
from .batches import SENDERS, UNKNOWN, Batch
from .clients import SECOND, Clients
from .distribution import Distribution
from .timeline import Timeline
from .told import MORE, Judge
from .topics import Topics, is_publish

BINS = 60  # of rates, at most
SIDES = ("client", "server")

# What a packet answers, by its type.
ANSWERED = {
    "CONNACK": "CONNECT",
    "PUBACK": "PUBLISH",
    "PUBREC": "PUBLISH",
    "PUBREL": "PUBREC",
    "PUBCOMP": "PUBREL",
    "SUBACK": "SUBSCRIBE",
    "UNSUBACK": "UNSUBSCRIBE",
    "PINGRESP": "PINGREQ",
}


class Latencies(Distribution):
    """Those of one kind of answer."""

    def __init__(self) -> None:
        super().__init__()
        self.slowest = 0  # number of the packet that took longest

    def take(self, latencies: np.ndarray, numbers: np.ndarray) -> None:
        place = int(latencies.argmax())
        if not self.count or int(latencies[place]) > self.most:
            self.slowest = int(numbers[place])
        self.add(latencies)


class Statistics:
    """Collects batches."""

    def __init__(self, options: Options, outcome: Outcome) -> None:
        self.options = options
        self.interrupted = False
        self.packets = 0
        self.types = np.zeros((2, 3, 16), np.int64)  # packets and bytes, by sender and type
        self.qos = np.zeros((2, 4), np.int64)  # packets and bytes of PUBLISH
        self.payload = 0
        self.dup = 0
        self.repeats = 0
        self.segments = 0  # of TCP, that were sent again
        self.has_counts = False
        self.clients = Clients()
        self.topics = Topics()
        self.timeline = Timeline()
        self.sizes = Distribution()
        self.payloads = Distribution()
        self.latencies: dict[tuple[str, str], Latencies] = {}
        self.judge = Judge(outcome)

    def add(self, batch: Batch) -> None:
        rows = batch.packets()
        if len(batch):
            places = self.clients.places(batch)
            self.clients.add(batch, rows, self.options.allow)
        if len(rows):
            self._packets(batch, rows)
            self._publishes(batch, rows, places)
            self._latencies(batch, rows)
        self.judge.add(batch)
        if batch.counts is not None:
            self.segments += batch.counts["repeated"]
            self.has_counts = True

    def _packets(self, batch: Batch, rows: np.ndarray) -> None:
        sizes = batch["size"][rows]
        senders = batch["sender"][rows]
        kinds = (batch["first"][rows] >> 4) + senders * np.uint8(16)
        self.packets += len(rows)
        self.types[0] += np.bincount(kinds, minlength=48).reshape(3, 16)
        self.types[1] += (
            np.bincount(kinds, weights=sizes, minlength=48).astype(np.int64).reshape(3, 16)
        )
        self.sizes.add(sizes)
        if batch.timed:
            self.timeline.add(batch["time"][rows], senders, sizes)

    def _publishes(self, batch: Batch, rows: np.ndarray, places: np.ndarray) -> None:
        self.repeats += int(batch["repeats"][rows].sum())
        good = rows[is_publish(batch)[rows]]
        first = batch["first"][good]
        qos = first >> 1 & 3
        self.qos[0] += np.bincount(qos, minlength=4)
        self.qos[1] += np.bincount(qos, weights=batch["size"][good], minlength=4).astype(np.int64)
        self.dup += int((first >> 3 & 1).sum())
        payloads = batch["payload_end"][good] - batch["payload_start"][good]
        self.payload += int(payloads.sum())
        self.payloads.add(payloads)
        self.topics.add(batch, good, places[good])

    def _latencies(self, batch: Batch, rows: np.ndarray) -> None:
        known = rows[(batch["latency"][rows] != UNKNOWN) & (batch["acknowledges"][rows] != 0)]
        if not len(known):
            return
        kinds = (batch["first"][known] >> 4).astype(np.int64) * 4 + batch["sender"][known]
        for kind in np.flatnonzero(np.bincount(kinds)).tolist():
            if not kind >> 2:
                continue
            which = known[kinds == kind]
            key = (mq.Type(kind >> 2).name, SIDES[(kind & 3) - 1])
            found = self.latencies.setdefault(key, Latencies())
            found.take(batch["latency"][which], batch["number"][which])

    # ---- What they sum up to --------------------------------------------------------------------

    def summary(self, top: int) -> dict[str, Any]:
        """docs/statistics.md says what its members mean."""
        timeline = self.timeline
        start = timeline.first
        return {
            "packets": self.packets,
            "bytes": int(self.types[1].sum()),
            "payload": self.payload,
            "interrupted": self.interrupted,
            "start": None if start is None else start / SECOND,
            "end": None if start is None else timeline.last / SECOND,
            "duration": None if start is None else timeline.span / SECOND,
            "types": self._types(),
            "qos": [
                {"qos": qos, "packets": int(self.qos[0, qos]), "bytes": int(self.qos[1, qos])}
                for qos in range(3)
            ],
            "clients": self.clients.summary(top),
            "topics": self.topics.summary(top),
            "sizes": {"packets": _spread(self.sizes), "payloads": _spread(self.payloads)},
            "rates": timeline.summary(BINS),
            "latency": [self._latency(*key) for key in sorted(self.latencies, key=_order)],
            "unanswered": dict(sorted(self.judge.unanswered.items())),
            "sent_again": {
                "dup": self.dup,
                "repeats": self.repeats,
                "tcp_segments": self.segments if self.has_counts else None,
            },
            "aliases": self.topics.aliases(self.clients),
            "rules": [
                {"rule": _rule(code), "packets": count, "first": self.judge.first[code]}
                for code, count in sorted(
                    self.judge.rules.items(), key=lambda found: (-found[1], found[0])
                )
            ],
            "notes": [
                {
                    "note": name,
                    "level": level,
                    "rule": rule_of(name),
                    "text": text,
                    "count": count,
                }
                for (name, level, text), count in sorted(self.judge.notes.items())
            ],
        }

    def _types(self) -> list[dict[str, Any]]:
        names = {int(kind): kind.name for kind in mq.Type}
        return [
            {
                "type": names.get(kind, ""),
                **{
                    name: {
                        "packets": int(self.types[0, SENDERS[side], kind]),
                        "bytes": int(self.types[1, SENDERS[side], kind]),
                    }
                    for side, name in ((None, "unknown"), *zip(SIDES, SIDES))
                    if side or self.types[0, 0].any()
                },
            }
            for kind in range(16)
            if self.types[0, :, kind].any()
        ]

    def _latency(self, answer: str, sender: str) -> dict[str, Any]:
        found = self.latencies[answer, sender]
        return {
            "request": ANSWERED.get(answer),
            "answer": answer,
            "sender": sender,
            "count": found.count,
            **{name: value / SECOND for name, value in _percentiles(found).items()},
            "slowest": found.slowest,
        }


def _order(key: tuple[str, str]) -> tuple[int, str]:
    return mq.Type[key[0]], key[1]


def _rule(code: int) -> str:
    return "more" if code == MORE else mq.rule_info(code).name


def _percentiles(found: Distribution) -> dict[str, int]:
    return {
        "min": found.least,
        "median": found.percentile(0.5),
        "p90": found.percentile(0.9),
        "p99": found.percentile(0.99),
        "max": found.most,
    }


def _spread(found: Distribution) -> dict[str, Any] | None:
    if not found.count:
        return None
    powers = [{"from": low, "to": high, "count": count} for low, high, count in found.powers()]
    return {"count": found.count, **_percentiles(found), "histogram": powers}
