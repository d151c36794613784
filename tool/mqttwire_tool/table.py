# SPDX-License-Identifier: MIT
"""The packets of a capture as Arrow tables: what mq.scan tells, beside when and between whom."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import mqttwire as mq

from .sources import reader

if TYPE_CHECKING:
    import pyarrow as pa

    from ._capture import Record


def schema() -> pa.Schema:
    """Of the tables: time is that of a packet's last byte, sizes are bytes; null: it has none."""
    import pyarrow as pa

    return pa.schema(
        {
            "time": pa.timestamp("ns", "UTC"),
            "connection": pa.int64(),  # 1, 2, ... in the capture
            "sender": pa.string(),  # "client", "server"
            "type": pa.string(),  # "PUBLISH"
            "flags": pa.uint8(),
            "size": pa.int64(),
            "topic": pa.string(),  # of a PUBLISH, what its alias stands for if it has none
            "packet_id": pa.uint16(),
            "payload_size": pa.int64(),  # of a PUBLISH
            "error": pa.string(),  # the rule that the packet breaks
        }
    )


def tables(path: str, *, allow: int = 0, refuse: int = 0) -> Iterator[pa.Table]:
    """The packets of a pcap or pcapng file, a batch at a time, by version and sender.

    A packet whose end is not in the capture is left out.  OSError: the file cannot be read;
    ImportError: there is no pyarrow (pip install mqttwire[arrow,tool]).
    """

    def direction(record: Record) -> tuple[int, str]:
        return record.version, record.sender or ""

    with reader()(path, allow=allow, refuse=refuse) as capture:
        for batch in capture:
            packets = [r for r in batch if r.note is None and r.size == len(r.data)]
            packets.sort(key=direction)
            for (version, sender), group in itertools.groupby(packets, direction):
                yield _table(list(group), version or None, sender, allow, refuse)


def _table(
    records: list[Record], version: int | None, sender: str, allow: int, refuse: int
) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    data = b"".join(record.data for record in records)
    columns = mq.scan(data, version, sender or None, allow=allow, refuse=refuse)  # type: ignore[arg-type]
    assert len(columns) == len(records)  # each record is one packet
    found = mq.to_arrow(columns, payload=False)
    aliased = pa.array([record.topic for record in records], pa.string())

    def size(end: memoryview, start: memoryview) -> Any:
        both = (pa.array(column, pa.uint64()) for column in (end, start))
        return pc.subtract(*both).cast(pa.int64())

    topic = found["topic"].cast(pa.string())
    is_message = pc.is_valid(topic)
    made = {
        "time": pa.array([record.time for record in records], pa.int64()),
        "connection": pa.array([record.connection for record in records], pa.int64()),
        "sender": pa.array([record.sender for record in records], pa.string()),
        "type": found["type"],
        "flags": found["flags"],
        "size": size(columns.end, columns.start),
        "topic": pc.coalesce(aliased, topic),
        "packet_id": found["packet_id"],
        "payload_size": pc.if_else(
            is_message, size(columns.payload_end, columns.payload_start), None
        ),
        "error": found["error"],
    }
    return pa.table(made).cast(schema())
