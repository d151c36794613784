# SPDX-License-Identifier: MIT
"""The packets of captures as Arrow tables: what mq.scan tells, beside when and between whom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import mqttwire as mq
from mqttwire import arrow

from .arguments import Options
from .sources import Numbers, reader

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from .statistics.batches import Batch

MORE = {1: "more"}  # no rule, but what is wrong with a packet that is not all there
SENDERS = {1: "client", 2: "server"}


def schema(*, payload: bool = False) -> pa.Schema:
    """Of the tables; null: a packet has none.  docs/command.md says more of each."""
    import pyarrow as pa

    columns = {
        "number": pa.int64(),
        "time": pa.timestamp("ns", "UTC"),
        "connection": pa.int64(),
        "client_id": pa.string(),
        "sender": pa.string(),
        "version": pa.uint8(),
        "type": pa.string(),
        "size": pa.int64(),
        "dup": pa.bool_(),
        "qos": pa.uint8(),
        "retain": pa.bool_(),
        "topic": pa.string(),
        "aliased": pa.bool_(),
        "packet_id": pa.uint16(),
        "payload_size": pa.int64(),
        "acknowledges": pa.int64(),
        "latency": pa.float64(),
        "error": pa.string(),
        "findings": pa.string(),
    }
    if payload:
        columns["payload"] = pa.binary()
    return pa.schema(columns)


def tables(path: str, *, allow: int = 0, refuse: int = 0) -> Iterator[pa.Table]:
    """The packets of a pcap or pcapng file, a batch at a time.

    Topics that are no UTF-8, where that is allowed, have a replacement character for what is not.
    OSError: the file cannot be read; ImportError: there is no pyarrow (pip install
    mqttwire[arrow,tool]).
    """
    from .statistics.batches import RECORDS, of_capture

    options = Options(allow=allow, refuse=refuse)
    capture = reader()(path, allow=allow, refuse=refuse, records=RECORDS)
    for batch in of_capture(capture, options, Numbers()):
        if len(batch):
            yield table_of(batch, utf8=not allow & mq.Allow.UTF8)


def table_of(batch: Batch, *, utf8: bool = True, payload: bool = False) -> pa.Table:
    """The packets of a batch."""
    import pyarrow as pa

    rows = batch.packets()
    columns = batch.columns
    if len(rows) < len(batch):
        columns = {name: column[rows] for name, column in columns.items()}
    first, good = columns["first"], columns["code"] == 0
    other = ~(good & (first >> 4 == int(mq.Type.PUBLISH)))  # than a PUBLISH that can be read
    topics = _spans(batch, columns, "topic", pa.string() if utf8 else pa.binary(), other)
    made: dict[str, Any] = {
        "number": columns["number"],
        "time": columns["time"].view("M8[ns]") if batch.timed else pa.nulls(len(rows)),
        "connection": columns["connection"],
        "client_id": _clients(batch, columns["connection"]),
        "sender": _named(columns["sender"], SENDERS),
        "version": _unless_zero(columns["version"]),
        "type": arrow.named(pa.array(first >> 4), arrow.TYPES),
        "size": columns["size"],
        "dup": pa.array(first & 8 != 0, mask=other),
        "qos": pa.array(first >> 1 & 3, mask=other),
        "retain": pa.array(first & 1 != 0, mask=other),
        "topic": topics if utf8 else _replaced(topics),
        "aliased": pa.array(columns["aliased"], mask=other),
        "packet_id": _unless_zero(columns["packet_id"]),
        "payload_size": pa.array(columns["payload_end"] - columns["payload_start"], mask=other),
        "acknowledges": _unless_zero(columns["acknowledges"]),
        "latency": _latencies(columns["latency"]),
        "error": _named(columns["code"], {**MORE, **arrow.RULES}),
        "findings": _findings(batch, rows),
    }
    if payload:
        made["payload"] = _spans(batch, columns, "payload", pa.binary(), other)
    wanted = schema(payload=payload)
    return pa.table(
        [_cast(made[name], kind) for name, kind in zip(wanted.names, wanted.types)], schema=wanted
    )


# ---- Columns ------------------------------------------------------------------------------------


def _cast(column: Any, kind: pa.DataType) -> Any:
    import pyarrow as pa

    if not isinstance(column, (pa.Array, pa.ChunkedArray)):
        column = pa.array(column)
    return column if column.type == kind else column.cast(kind)


def _unless_zero(column: np.ndarray) -> pa.Array:
    import pyarrow as pa

    return pa.array(column, mask=column == 0)


def _named(column: np.ndarray, names: dict[int, str]) -> pa.Array:
    """Null for 0."""
    import pyarrow as pa

    if not column.any():
        return pa.nulls(len(column), pa.string())
    return arrow.named(_unless_zero(column), names)


def _latencies(column: np.ndarray) -> pa.Array:
    import pyarrow as pa

    from .statistics.batches import UNKNOWN

    return pa.array(column / 1e9, mask=column == UNKNOWN)


def _spans(
    batch: Batch, columns: dict[str, np.ndarray], name: str, kind: pa.DataType, other: np.ndarray
) -> pa.ChunkedArray:
    import pyarrow as pa

    start, end = columns[f"{name}_start"], columns[f"{name}_end"]
    there = ~other if name == "payload" else start != end
    return arrow.spans(kind, batch.data, start.data, end.data, pa.array(there))


def _replaced(topics: pa.ChunkedArray) -> pa.Array:
    """As text, whatever it is."""
    import pyarrow as pa

    texts = (
        None if topic is None else topic.decode(errors="replace") for topic in topics.to_pylist()
    )
    return pa.array(list(texts), pa.string())


def _clients(batch: Batch, connections: np.ndarray) -> pa.Array:
    import numpy as np
    import pyarrow as pa

    numbers = np.flatnonzero(np.bincount(connections))
    place = np.zeros(int(numbers[-1]) + 1 if len(numbers) else 0, np.int32)
    place[numbers] = np.arange(len(numbers), dtype=np.int32)
    known = [batch.connection(number) for number in numbers.tolist()]
    names = pa.array([None if made is None else made.client_id for made in known], pa.string())
    return pa.DictionaryArray.from_arrays(place[connections], names)


def _findings(batch: Batch, rows: np.ndarray) -> pa.Array:
    import numpy as np
    import pyarrow as pa

    if not batch.findings:
        return pa.nulls(len(rows), pa.string())
    texts: list[str | None] = [None] * len(rows)
    for row, code, _, _ in batch.findings:
        at = int(np.searchsorted(rows, row))
        before = texts[at]
        texts[at] = arrow.RULES[code] if before is None else f"{before} {arrow.RULES[code]}"
    return pa.array(texts, pa.string())
