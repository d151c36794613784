# SPDX-License-Identifier: MIT
"""Packets as columns of numbers: as captures have them, or made of what other inputs give."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import mqttwire as mq
import numpy as np

from ..arguments import Options
from ..sources import (
    Connection,
    Connections,
    Item,
    Note,
    Numbers,
    Seen,
    finished_by_interruption,
    keys_of,
    nothing_in,
    text_of,
)

if TYPE_CHECKING:
    from .._capture import Capture, Counts
    from .._capture import Columns as _Columns

RECORDS = 16384  # in a batch, about: few enough to keep, and many enough to be quick
FEW = 4096  # likewise, of those that are objects first
MOST_BYTES = 8 << 20  # of packets in a batch, about
UNKNOWN = 2**64 - 1  # as a latency

# The columns of _capture.pyi that are used here, with their types.
TYPES = {
    "number": "u8",
    "time": "u8",
    "begun": "u8",
    "connection": "u4",
    "note": "u1",
    "sender": "u1",
    "version": "u1",
    "first": "u1",
    "size": "u8",
    "start": "u8",
    "end": "u8",
    "code": "u2",
    "packet_id": "u2",
    "topic_start": "u8",
    "topic_end": "u8",
    "aliased": "?",
    "payload_start": "u8",
    "payload_end": "u8",
    "acknowledges": "u8",
    "latency": "u8",
    "begins": "u8",
    "repeats": "?",
    "settles": "?",
    "holed": "?",
}
SENDERS = {None: 0, "client": 1, "server": 2}


class Told(NamedTuple):
    """A note."""

    name: str
    level: str
    text: str
    type: str  # of the packet that was never answered


@dataclass
class Batch:
    """Packets and notes, a row each.  Numbers go on from one input to the next."""

    columns: dict[str, np.ndarray]
    data: bytes  # which spans are of
    findings: list[tuple[int, int, int, str]]  # row, rule, item, field
    connection: Callable[[int], Connection | None]  # of a number that is in the columns
    notes: list[Note] = field(default_factory=list)  # that have no row
    timed: bool = True  # is it known when packets were?
    counts: Counts | None = None  # of the capture, at its end

    def __getitem__(self, name: str) -> np.ndarray:
        return self.columns[name]

    def __len__(self) -> int:
        return len(self.columns["number"])

    def span(self, row: int, name: str = "") -> bytes:
        start, end = self.columns[f"{name}start"][row], self.columns[f"{name}end"][row]
        return self.data[start:end]

    def told(self) -> Iterator[Told]:
        """What is said beside packets."""
        from .._capture import NOTES

        names = list(NOTES)
        for row in np.flatnonzero(self.columns["note"]).tolist():
            kind = int(self.columns["first"][row]) >> 4
            name = names[int(self.columns["note"][row]) - 1]
            yield Told(name, NOTES[name][0], text_of(name), mq.Type(kind).name if kind else "")
        for note in self.notes:
            yield Told(note.name, note.level, note.text, note.type)

    def packets(self) -> np.ndarray:
        """The rows that are packets."""
        return np.flatnonzero(self.columns["note"] == 0)


# ---- As captures have them ----------------------------------------------------------------------


class Columns:
    """Batches of columns, and what the capture counted up to then.

    ahead: the next batch is read meanwhile.  Whoever asks the capture something in between waits
    until it is there.
    """

    def __init__(self, capture: Capture, pool: ThreadPoolExecutor, *, ahead: bool) -> None:
        self.capture = capture
        self.pool = pool
        self.ahead = ahead
        self.coming = pool.submit(self._read) if ahead else None

    def _read(self) -> tuple[_Columns | None, Counts]:
        return self.capture.read_columns(), self.capture.counts()

    def __iter__(self) -> Iterator[tuple[_Columns, Counts]]:
        while True:
            made, counts = self._read() if self.coming is None else self.coming.result()
            if made is None:
                return
            if self.ahead:
                self.coming = self.pool.submit(self._read)
            yield made, counts

    def wait(self) -> None:
        if self.coming is not None:
            self.coming.exception()


def of_capture(
    capture: Capture,
    options: Options,
    numbers: Numbers,
    *,
    timed: bool = True,
    until_interrupted: bool = False,
    sink: None = None,
    keylog: str | None = None,
) -> Iterator[Batch]:
    """What a capture holds.  As sources.from_capture, whose place it takes."""
    first, before, read = numbers.packets, numbers.connections, numbers.read
    connections = Connections(capture, before)

    def about(number: int) -> Connection | None:
        if not connections.settled(number - before):
            parts.wait()
        with contextlib.suppress(KeyError):  # it was forgotten
            return connections.numbered(number - before)
        return None

    waiting = (
        finished_by_interruption(capture, numbers)
        if until_interrupted
        else contextlib.nullcontext()
    )
    keys = keys_of(capture, keylog, numbers)
    with capture, keys, waiting, ThreadPoolExecutor(1) as pool:
        parts = Columns(capture, pool, ahead=not until_interrupted)
        for made, counts in parts:
            columns = {name: np.asarray(made[name]) for name in TYPES}  # type: ignore[literal-required]
            if first:
                for name in ("number", "acknowledges", "begins"):
                    columns[name] = np.where(
                        columns[name] == 0, 0, columns[name] + np.uint64(first)
                    )
            if before:
                columns["connection"] = np.where(
                    columns["connection"] == 0, 0, columns["connection"] + np.uint32(before)
                )
            batch = Batch(columns, made["bytes"], made["findings"], about, timed=timed)
            rows = batch.packets()
            if len(rows):
                numbers.packets = int(columns["number"][rows].max())
                most = int(columns["connection"][rows].max())
                numbers.connections = max(numbers.connections, most)
            numbers.read = read + counts["read"]
            yield batch
        end = empty()
        end.counts = capture.counts()
        if numbers.packets == first:
            end.notes.append(nothing_in(end.counts))
        yield end


# ---- As other inputs have them ------------------------------------------------------------------


def empty() -> Batch:
    return of_items([], Options())


def of_items(items: list[Item], options: Options) -> Batch:
    """The same columns of packets, one by one: slow, and equal."""
    from .._capture import NOTES

    names = {name: place for place, name in enumerate(NOTES, 1)}
    data = bytearray()
    rows: list[dict[str, Any]] = []
    connections: dict[int, Connection] = {}
    made = Batch({}, b"", [], connections.get)
    for item in items:
        if isinstance(item, Note) and (item.connection is None or item.name not in names):
            made.notes.append(item)
            continue
        assert item.connection is not None
        connections[item.connection.number] = item.connection
        if isinstance(item, Note):
            rows.append(_note_of(item, names[item.name]))
        else:
            rows.append(_row_of(item, len(rows), options, data, made.findings))
    made.columns = {
        name: np.array([row[name] for row in rows], kind) for name, kind in TYPES.items()
    }
    made.data = bytes(data)
    made.timed = any(item.time is not None for item in items)
    return made


def _note_of(note: Note, place: int) -> dict[str, Any]:
    assert note.connection is not None
    return dict.fromkeys(TYPES, 0) | {
        "note": place,
        "connection": note.connection.number,
        "sender": SENDERS[note.sender],
        "time": note.time or 0,
        "first": mq.Type[note.type] << 4 if note.type else 0,
        "begins": note.number,
        "latency": UNKNOWN if note.latency is None else note.latency,
    }


def _row_of(
    seen: Seen,
    at: int,
    options: Options,
    data: bytearray,
    findings: list[tuple[int, int, int, str]],
) -> dict[str, Any]:
    start = len(data)
    data += seen.data
    end = len(data)
    row = dict.fromkeys(TYPES, 0)
    row |= {
        "number": seen.number,
        "time": seen.time or 0,
        "begun": seen.begun or 0,
        "connection": seen.connection.number,
        "sender": SENDERS[seen.sender or options.sender],
        "version": seen.version or 0,
        "first": seen.data[0] if seen.data else 0,
        "size": seen.size or len(seen.data),
        "start": start,
        "end": end,
        "acknowledges": seen.acknowledges,
        "latency": UNKNOWN if seen.latency is None else seen.latency,
        "begins": seen.begins,
        "repeats": seen.repeats,
        "settles": seen.settles,
        "holed": seen.holed,
    }
    for finding in seen.findings:
        if isinstance(finding, mq.MqttError):
            findings.append((at, finding.code, 0, finding.field))
        else:
            findings.append((at, *finding))
    try:
        packet = options.decode(seen.data, seen.version, seen.sender)
    except mq.MqttError as error:
        row["code"] = error.code
        return row
    row["version"] = packet.version
    row["packet_id"] = getattr(packet, "packet_id", 0) or 0
    if isinstance(packet, mq.Publish):
        topic = packet.topic if seen.topic is None else seen.topic
        data += topic if isinstance(topic, bytes) else topic.encode(errors="surrogateescape")
        row |= {
            "topic_start": end,
            "topic_end": len(data),
            "aliased": seen.topic is not None,
            "payload_start": end - len(packet.payload),
            "payload_end": end,
        }
    return row


# ---- Both ---------------------------------------------------------------------------------------


def batches(parts: Iterable[Batch | list[Item]], options: Options) -> Iterator[Batch]:
    """Columns of all that comes."""
    held: list[Item] = []
    size = 0
    for part in parts:
        if not isinstance(part, Batch):
            held += part
            size += sum(len(item.data) for item in part if isinstance(item, Seen))
        if held and (isinstance(part, Batch) or len(held) >= FEW or size >= MOST_BYTES):
            yield of_items(held, options)
            held, size = [], 0
        if isinstance(part, Batch):
            yield part
    if held:
        yield of_items(held, options)
