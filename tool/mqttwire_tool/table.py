# SPDX-License-Identifier: MIT
"""The packets of a capture as Arrow tables: what mq.scan tells, beside when and between whom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import mqttwire as mq
from mqttwire import arrow

from .sources import reader

if TYPE_CHECKING:
    import pyarrow as pa

    from ._capture import Columns

RECORDS = 65536  # in a table, about: few enough to keep, and many enough to be quick
MORE = {1: "more"}  # no rule, but what is wrong with a packet that is not all there
SENDERS = {1: "client", 2: "server"}


def schema() -> pa.Schema:
    """Of the tables: time is that of a packet's last byte, sizes are bytes; null: it has none."""
    import pyarrow as pa

    return pa.schema(
        {
            "time": pa.timestamp("ns", "UTC"),
            "connection": pa.int64(),  # 1, 2, ... in the capture
            "sender": pa.string(),  # "client", "server"
            "type": pa.string(),  # "PUBLISH"; "": a reserved one
            "flags": pa.uint8(),
            "size": pa.int64(),  # of all of it, also where bytes of it are missing
            "topic": pa.string(),  # of a PUBLISH, what its alias stands for if it has none
            "packet_id": pa.uint16(),
            "payload_size": pa.int64(),  # of a PUBLISH, what there is of it
            "error": pa.string(),  # the rule that the packet breaks; "more": bytes are missing
        }
    )


def tables(path: str, *, allow: int = 0, refuse: int = 0) -> Iterator[pa.Table]:
    """The packets of a pcap or pcapng file, a batch at a time.

    Topics that are no UTF-8, where that is allowed, have a replacement character for what is not.
    OSError: the file cannot be read; ImportError: there is no pyarrow (pip install
    mqttwire[arrow,tool]).
    """
    with reader()(path, allow=allow, refuse=refuse, records=RECORDS) as capture:
        while (columns := capture.read_columns()) is not None:
            yield _table(columns, utf8=not allow & mq.Allow.UTF8)


def _table(columns: Columns, utf8: bool) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    first = arrow.numbers(pa.uint8(), columns["first"])
    kind = pc.shift_right(first, pa.scalar(4, pa.uint8()))
    good = pc.equal(arrow.numbers(pa.uint16(), columns["code"]), 0)
    is_message = pc.and_(good, pc.equal(kind, int(mq.Type.PUBLISH)))
    topic_start, topic_end = columns["topic_start"], columns["topic_end"]
    payload = [arrow.numbers(pa.uint64(), columns[f"payload_{at}"]) for at in ("end", "start")]  # type: ignore[literal-required]
    topics = arrow.spans(
        pa.string() if utf8 else pa.binary(),
        columns["bytes"],
        topic_start,
        topic_end,
        pc.not_equal(
            arrow.numbers(pa.uint64(), topic_start), arrow.numbers(pa.uint64(), topic_end)
        ),
    )
    made: dict[str, Any] = {
        "time": arrow.numbers(pa.uint64(), columns["time"]).view(pa.int64()),
        "connection": arrow.numbers(pa.uint32(), columns["connection"]),
        "sender": arrow.named(arrow.unless_zero(pa.uint8(), columns["sender"]), SENDERS),
        "type": arrow.named(kind, arrow.TYPES),
        "flags": pc.bit_wise_and(first, pa.scalar(15, pa.uint8())),
        "size": arrow.numbers(pa.uint64(), columns["size"]),
        "topic": topics if utf8 else _replaced(topics),
        "packet_id": arrow.unless_zero(pa.uint16(), columns["packet_id"]),
        "payload_size": pc.if_else(is_message, pc.subtract(*payload), None),
        "error": arrow.named(
            arrow.unless_zero(pa.uint16(), columns["code"]), {**MORE, **arrow.RULES}
        ),
    }
    is_packet = pc.equal(arrow.numbers(pa.uint8(), columns["note"]), 0)
    return pa.table(made).filter(is_packet).cast(schema())


def _replaced(topics: pa.ChunkedArray) -> pa.Array:
    """As text, whatever it is."""
    import pyarrow as pa

    texts = (
        None if topic is None else topic.decode(errors="replace") for topic in topics.to_pylist()
    )
    return pa.array(list(texts), pa.string())
