# SPDX-License-Identifier: MIT
"""Clients, as their connections tell: what they sent and got, and how long they were silent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import mqttwire as mq
import numpy as np

from ..sources import Connection
from .batches import Batch

MOST = 65536  # connections; those that come later are counted as one
LONGEST = 256  # characters of a client's name
SECOND = 10**9
TOLERANCE = 1.5  # times the keep-alive a server waits: MQTT-3.1.2-22, and MQTT-3.1.2-24 in 3.1.1


@dataclass
class Client:
    """A connection."""

    name: str | None = None  # its identifier
    address: str = ""
    keep_alive: int | None = None  # that was agreed on, seconds
    aliases: tuple[int | None, int | None] = (None, None)  # that server and client take


class Clients:
    def __init__(self) -> None:
        self.known: dict[int, Client] = {}
        self.packets = np.zeros((2, 0), np.int64)  # by who sent them, and connection
        self.bytes = np.zeros((2, 0), np.int64)
        self.version = np.zeros(0, np.uint8)
        self.spoke = np.zeros(0, np.uint64)  # when the client did, last; 0: not yet
        self.last = np.zeros(0, np.uint64)  # when anything happened
        self.silence = np.zeros(0, np.uint64)  # the longest of the client
        self.late = np.zeros(0, np.int64)  # silences that were too long
        self.limit = np.zeros(0, np.uint64)  # how long a silence may be; 0: any

    def places(self, batch: Batch) -> np.ndarray:
        """Where each row's connection is in the columns; 0: it is one of too many, or none."""
        numbers = batch["connection"]
        most = int(numbers.max()) + 1 if len(numbers) else 0
        if most > len(self.version) < MOST:
            self._grow(min(MOST, max(2 * len(self.version), most)))
        return np.where(numbers < MOST, numbers, 0).astype(np.int64)

    def _grow(self, size: int) -> None:
        for name, table in list(vars(self).items()):
            if isinstance(table, np.ndarray):
                more = np.zeros((*table.shape[:-1], size - table.shape[-1]), table.dtype)
                setattr(self, name, np.concatenate([table, more], axis=-1))

    def add(self, batch: Batch, rows: np.ndarray, allow: int) -> None:
        """rows: those that are packets."""
        places = self.places(batch)
        self._know(batch, places)
        self._read(batch, rows, places, allow)
        count = len(self.version)
        sent = places[rows] + np.where(batch["sender"][rows] == 2, count, 0)
        self.packets += np.bincount(sent, minlength=2 * count).reshape(2, count)
        sums = np.bincount(sent, weights=batch["size"][rows], minlength=2 * count)
        self.bytes += sums.astype(np.int64).reshape(2, count)
        own = rows[batch["first"][rows] >> 4 != mq.Type.CONNACK]  # which may refuse the version
        self.version[places[own]] = batch["version"][own]
        if batch.timed and len(places):
            self._listen(batch, rows, places)

    # ---- Who they are ---------------------------------------------------------------------------

    def _know(self, batch: Batch, places: np.ndarray) -> None:
        for number in np.flatnonzero(np.bincount(places)).tolist():
            if not number:
                continue
            client = self.known.setdefault(number, Client())
            if client.name is None:
                made = batch.connection(number)
                if made is not None:
                    client.name, client.address = _name(made), made.client

    def _read(self, batch: Batch, rows: np.ndarray, places: np.ndarray, allow: int) -> None:
        """What CONNECT and CONNACK agree on."""
        kinds = batch["first"] >> 4
        wanted = (kinds == mq.Type.CONNECT) | (kinds == mq.Type.CONNACK)
        for row in rows[(wanted & (batch["code"] == 0))[rows]].tolist():
            place = int(places[row])
            if not place:
                continue
            client = self.known[place]
            version = int(batch["version"][row]) or None
            packet = mq.decode(batch.span(row), version, allow=allow | mq.Allow.MQTT_3_1)
            if isinstance(packet, mq.Connect):
                client.keep_alive = packet.keep_alive
                client.aliases = (None, _aliases(packet))
                if client.name is None and isinstance(packet.client_id, str):
                    client.name = packet.client_id[:LONGEST] or None
            elif isinstance(packet, mq.Connack):
                client.aliases = (_aliases(packet), client.aliases[1])
                if packet.version == 5 and packet.properties.server_keep_alive is not None:
                    client.keep_alive = packet.properties.server_keep_alive
            self.limit[place] = int((client.keep_alive or 0) * TOLERANCE * SECOND)

    # ---- How long they were silent --------------------------------------------------------------

    def _listen(self, batch: Batch, rows: np.ndarray, places: np.ndarray) -> None:
        times = batch["time"]
        spoken = rows[batch["sender"][rows] == 1]
        order = np.argsort(places, kind="stable") if (places[1:] < places[:-1]).any() else None
        everywhere = places if order is None else places[order]
        ends = np.flatnonzero(np.diff(everywhere, append=-1))
        here = everywhere[ends]
        latest = np.maximum.reduceat(times if order is None else times[order], _starts(ends))
        self.last[here] = np.maximum(self.last[here], latest)

        where, when, begun = places[spoken], times[spoken], batch["begun"][spoken]
        if order is not None:
            order = np.argsort(where, kind="stable")
            where, when, begun = where[order], when[order], begun[order]
        if not len(where):
            return
        ends = np.flatnonzero(np.diff(where, append=-1))
        starts = _starts(ends)
        here = where[ends]
        before = np.empty_like(when)
        before[1:] = when[:-1]
        before[starts] = np.where(self.spoke[here] == 0, when[starts], self.spoke[here])
        gaps = np.where(begun > before, begun - before, 0).astype(np.uint64)
        self.silence[here] = np.maximum(self.silence[here], np.maximum.reduceat(gaps, starts))
        limits = self.limit[where]
        late = where[(limits > 0) & (gaps > limits)]
        if len(late):
            self.late += np.bincount(late, minlength=len(self.late))
        self.spoke[here] = when[ends]

    def _silences(self) -> tuple[np.ndarray, np.ndarray]:
        """The longest, and how many were too long: the one at the end is one of them."""
        heard = (self.spoke > 0) & (self.last > self.spoke)
        gaps = np.where(heard, self.last - self.spoke, 0).astype(np.uint64)
        late = (self.limit > 0) & (gaps > self.limit)
        return np.maximum(self.silence, gaps), self.late + late

    # ---- What they sum up to --------------------------------------------------------------------

    def label(self, number: int) -> str:
        client = self.known.get(number)
        return "" if client is None else client.name or client.address or f"#{number}"

    def summary(self, top: int) -> dict[str, Any]:
        """Clients by their packets.  A client is a name, or an address where there is none."""
        silences, late = self._silences()
        made: dict[str, dict[str, Any]] = {}
        connections = 0
        for number, client in self.known.items():
            if not self.packets[:, number].any():
                continue
            connections += 1
            row = made.setdefault(
                self.label(number),
                {
                    "client_id": client.name,
                    "connections": 0,
                    "sent": {"packets": 0, "bytes": 0},
                    "received": {"packets": 0, "bytes": 0},
                    "longest_silence": 0.0,
                    "too_long_silences": 0,
                },
            )
            row["connections"] += 1
            row["address"] = client.address or None
            row["version"] = int(self.version[number]) or None
            row["keep_alive"] = client.keep_alive
            for side, name in enumerate(("sent", "received")):
                row[name]["packets"] += int(self.packets[side, number])
                row[name]["bytes"] += int(self.bytes[side, number])
            row["longest_silence"] = max(row["longest_silence"], int(silences[number]) / SECOND)
            row["too_long_silences"] += int(late[number])

        def order(row: dict[str, Any]) -> tuple[int, str]:
            return -row["sent"]["packets"] - row["received"]["packets"], str(row["client_id"])

        rows = sorted(made.values(), key=order)
        others = int(self.packets[:, 0].sum()) if len(self.version) else 0
        return {
            "connections": connections,
            "count": len(rows),
            "first": rows[:top],
            "late": sorted(
                (row for row in rows if row["too_long_silences"]),
                key=lambda row: (-row["longest_silence"], str(row["client_id"])),
            )[:top],
            "not_told_apart": {"packets": others, "more_than_connections": MOST - 1}
            if others
            else None,
        }


def _starts(ends: np.ndarray) -> np.ndarray:
    """Where groups begin that end there."""
    return np.concatenate([[0], ends[:-1] + 1])


def _aliases(packet: mq.Connect | mq.Connack) -> int:
    """How many aliases its sender takes."""
    return packet.properties.topic_alias_maximum or 0 if packet.version == 5 else 0


def _name(connection: Connection) -> str | None:
    """Cut: a name of 64 KiB from each of a million clients is more than is kept."""
    return connection.client_id[:LONGEST] or None if connection.client_id else None
