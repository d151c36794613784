# SPDX-License-Identifier: MIT
"""What was published to which topic, and what topic aliases save of that."""

from __future__ import annotations

from typing import Any

import mqttwire as mq
import numpy as np

from .batches import Batch
from .clients import Clients

MOST = 200_000  # topics; those that come when there are so many are counted as one
MOST_BYTES = 16 << 20  # of their names
MOST_PAIRS = 500_000  # of a topic and a direction of a connection
PROPERTY = 3  # bytes of a Topic Alias: its identifier and its value
MOST_ALIASES = 65535


class Sums:
    """Sums by place, in columns that grow."""

    def __init__(self, names: str) -> None:
        self.columns = {name: np.zeros(0, np.int64) for name in names.split()}

    def __getitem__(self, name: str) -> np.ndarray:
        return self.columns[name]

    def grow(self, size: int) -> None:
        for name, column in self.columns.items():
            if len(column) < size:
                made = np.zeros(max(size, 2 * len(column)), np.int64)
                made[: len(column)] = column
                self.columns[name] = made

    def add(self, name: str, places: np.ndarray, weights: np.ndarray | None = None) -> None:
        column = self.columns[name]
        column += np.bincount(places, weights, minlength=len(column)).astype(np.int64)


class Topics:
    def __init__(self) -> None:
        from .._capture import Numbering

        self.numbers = Numbering(MOST, MOST_BYTES)
        self.pairs = Numbering(MOST_PAIRS, 8 * MOST_PAIRS)
        self.sums = Sums("packets bytes payload retained length")
        self.of_pairs = Sums("packets of_5")
        self.aliased = 0  # PUBLISH without a topic
        self.left_out = 0  # bytes of the topics that they had not to send
        self.unknown = 0  # PUBLISH whose topic is not known

    def add(self, batch: Batch, rows: np.ndarray, places: np.ndarray) -> None:
        """rows: PUBLISH that can be read; places: of their connections."""
        if not len(rows):
            return
        start, end = batch["topic_start"][rows], batch["topic_end"][rows]
        lengths = (end - start).astype(np.int64)
        topics = np.asarray(self.numbers.add(batch.data, start.data, end.data)).astype(np.int64)
        self.sums.grow(len(self.numbers))
        payload = batch["payload_end"][rows] - batch["payload_start"][rows]
        self.sums.add("packets", topics)
        self.sums.add("bytes", topics, batch["size"][rows])
        self.sums.add("payload", topics, payload)
        self.sums.add("retained", topics, batch["first"][rows] & 1)
        self.sums["length"][topics] = lengths
        self.unknown += int((topics == 0).sum())
        aliased = batch["aliased"][rows]
        self.aliased += int(aliased.sum())
        self.left_out += int(lengths[aliased].sum())
        self._pair(batch, rows, places, topics)

    def _pair(self, batch: Batch, rows: np.ndarray, places: np.ndarray, topics: np.ndarray) -> None:
        # A connection has at most 17 bits, and a topic at most 18.
        keys = (topics << 32) | (places << 1) | (batch["sender"][rows] == 2)
        where = np.arange(0, 8 * len(keys) + 8, 8, dtype=np.uint64)
        ends = np.where((topics > 1) & (places > 0), where[1:], where[:-1])
        pairs = np.asarray(self.pairs.add(keys.tobytes(), where[:-1].data, ends.data)).astype(
            np.int64
        )
        self.of_pairs.grow(len(self.pairs))
        self.of_pairs.add("packets", pairs)
        self.of_pairs.add("of_5", pairs[batch["version"][rows] == 5])

    # ---- What they sum up to --------------------------------------------------------------------

    def keys(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Of the pairs that are told apart: topic, connection, is it sent by a server?"""
        keys = np.frombuffer(self.pairs.all(), np.int64)
        return keys >> 32, (keys >> 1) & 0x7FFFFFFF, keys & 1

    def summary(self, top: int) -> dict[str, Any]:
        count = len(self.numbers) - 2
        topics, _, by_server = self.keys()
        publishers = np.bincount(topics[by_server == 0], minlength=count + 2)
        packets = self.sums["packets"][2 : count + 2]
        first = np.lexsort((np.arange(count), -packets))[:top] + 2
        others = self.sums["packets"][1] if len(self.sums["packets"]) else 0
        return {
            "count": count,
            "first": [
                {
                    "topic": self.numbers[number].decode(errors="replace"),
                    **{
                        name: int(self.sums[name][number])
                        for name in ("packets", "bytes", "payload", "retained")
                    },
                    "publishers": int(publishers[number]),
                }
                for number in first.tolist()
            ],
            "unknown": self.unknown,
            "not_told_apart": {"packets": int(others), "more_than_topics": count}
            if others
            else None,
        }

    def aliases(self, clients: Clients) -> dict[str, Any]:
        """What aliases saved, and could save if each direction had them for its best topics.

        An alias takes 3 bytes of each PUBLISH, and spares all but the first one the topic.
        """
        topics, places, by_server = self.keys()
        packets = self.of_pairs["of_5"][2 : len(self.pairs)]
        gains = (packets - 1) * self.sums["length"][topics] - PROPERTY * packets
        good = np.flatnonzero((packets > 0) & (gains > 0))
        # The best first, direction by direction.
        sides = places[good] << 1 | by_server[good]
        order = np.lexsort((-gains[good], sides))
        sides, gains = sides[order], gains[good][order]
        begins = np.flatnonzero(np.diff(sides, prepend=-1))
        widths = np.diff(np.append(begins, len(sides)))
        ranks = np.arange(len(sides)) - np.repeat(begins, widths)
        limits = [self._limit(clients, int(side)) for side in sides[begins].tolist()]
        allowed = ranks < np.repeat(np.array(limits, np.int64), widths)
        return {
            "packets": self.aliased,
            "left_out": self.left_out,
            "saved": self.left_out - PROPERTY * self.aliased,
            "could_save": int(gains[allowed].sum()),
            "could_save_without_limit": int(gains[ranks < MOST_ALIASES].sum()),
            "topics": int(packets[packets > 0].size),
            "limits_known": all(limit < MOST_ALIASES for limit in limits),
        }

    @staticmethod
    def _limit(clients: Clients, side: int) -> int:
        """How many aliases the receiver takes; as many as there are where that is not known."""
        client = clients.known.get(side >> 1)
        limit = None if client is None else client.aliases[side & 1]
        return MOST_ALIASES if limit is None else limit


def is_publish(batch: Batch) -> np.ndarray:
    made: np.ndarray = (batch["first"] >> 4 == int(mq.Type.PUBLISH)) & (batch["code"] == 0)
    return made
