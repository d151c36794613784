# SPDX-License-Identifier: MIT
"""Columns of packets as an Arrow table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import _mqttwire
from .scan import Columns
from .tables import Rule, Type

if TYPE_CHECKING:
    import pyarrow as pa

MOST = 2**31 - 1  # bytes in a chunk of strings: Arrow's offsets are int32


def to_arrow(columns: Columns, *, payload: bool = True) -> pa.Table:
    """The columns of scan() as a pyarrow.Table, with null for what is not there.

    type: dictionary of strings ("PUBLISH"); flags: uint8; start, end: uint64, offsets in the
    buffer, bytes; topic: string, or binary where Allow.UTF8 was given; packet_id: uint16; payload:
    binary, left out unless wanted; error: dictionary of strings, the name of a broken rule.

    Numbers are those of the columns, not copied; topics and payloads are copied.
    ImportError: there is no pyarrow (pip install mqttwire[arrow]).
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    rows = len(columns)

    def numbers(kind: Any, column: memoryview) -> Any:
        return pa.Array.from_buffers(kind, rows, [None, pa.py_buffer(column)])

    def unless_zero(kind: Any, column: memoryview) -> Any:
        there = pc.not_equal(numbers(kind, column), 0)
        return pa.Array.from_buffers(kind, rows, [there.buffers()[1], pa.py_buffer(column)])

    def named(indices: Any, names: dict[int, str]) -> Any:
        by_number = [names.get(number, "") for number in range(max(names) + 1)]
        return pa.DictionaryArray.from_arrays(indices, by_number)

    def spans(kind: Any, start: memoryview, end: memoryview) -> Any:
        chunks = []
        first = 0
        while first < rows:
            count, offsets, gathered = _mqttwire.gather(columns.data, start, end, first, MOST)
            if not count:
                raise ValueError(f"row {first}: a span is not within the buffer")
            begins = numbers(pa.uint64(), start).slice(first, count)
            there = pc.not_equal(begins, starts.slice(first, count))
            buffers = [there.buffers()[1], pa.py_buffer(offsets), pa.py_buffer(gathered)]
            chunks.append(pa.Array.from_buffers(kind, count, buffers))
            first += count
        return pa.chunked_array(chunks, kind)

    starts = numbers(pa.uint64(), columns.start)
    text = pa.string() if columns.is_utf8 else pa.binary()
    table = {
        "type": named(numbers(pa.uint8(), columns.type), {int(t): t.name for t in Type}),
        "flags": numbers(pa.uint8(), columns.flags),
        "start": starts,
        "end": numbers(pa.uint64(), columns.end),
        "topic": spans(text, columns.topic_start, columns.topic_end),
        "packet_id": unless_zero(pa.uint16(), columns.packet_id),
        "payload": payload and spans(pa.binary(), columns.payload_start, columns.payload_end),
        "error": named(
            unless_zero(pa.uint16(), columns.error), {int(r): r.name.lower() for r in Rule}
        ),
    }
    if not payload:
        del table["payload"]
    return pa.table(table)
