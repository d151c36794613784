# SPDX-License-Identifier: MIT
"""Columns of packets as an Arrow table.

The parts are for other columns of packets, too: those of a capture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import _mqttwire
from .scan import Columns
from .tables import Rule, Type

if TYPE_CHECKING:
    import pyarrow as pa
    from typing_extensions import Buffer

MOST = 2**31 - 1  # bytes in a chunk of strings: Arrow's offsets are int32

TYPES = {int(member): member.name for member in Type}
RULES = {int(member): member.name.lower() for member in Rule}


def numbers(kind: pa.DataType, column: memoryview, there: pa.Array | None = None) -> pa.Array:
    """An array of a column's numbers, which are not copied; null where it is not `there`."""
    import pyarrow as pa

    valid = None if there is None else there.buffers()[1]
    return pa.Array.from_buffers(kind, len(column), [valid, pa.py_buffer(column)])


def unless_zero(kind: pa.DataType, column: memoryview) -> pa.Array:
    """Likewise, with null for 0."""
    import pyarrow.compute as pc

    return numbers(kind, column, pc.not_equal(numbers(kind, column), 0))


def named(indices: pa.Array, names: dict[int, str]) -> pa.Array:
    """A dictionary array: numbers that have names."""
    import pyarrow as pa

    by_number = [names.get(number, "") for number in range(max(names) + 1)]
    return pa.DictionaryArray.from_arrays(indices, by_number)


def spans(
    kind: pa.DataType, data: Buffer, start: memoryview, end: memoryview, there: pa.Array
) -> pa.ChunkedArray:
    """Strings or bytes: copies of spans of data, with null where there is none."""
    import pyarrow as pa

    chunks = []
    first = 0
    while first < len(start):
        count, offsets, gathered = _mqttwire.gather(data, start, end, first, MOST)
        if not count:
            raise ValueError(f"row {first}: a span is not within the buffer")
        valid = pa.concat_arrays([there.slice(first, count)])  # whose bits begin a byte
        buffers = [valid.buffers()[1], pa.py_buffer(offsets), pa.py_buffer(gathered)]
        chunks.append(pa.Array.from_buffers(kind, count, buffers))
        first += count
    return pa.chunked_array(chunks, kind)


def to_arrow(columns: Columns, *, payload: bool = True) -> pa.Table:
    """The columns of scan() as a pyarrow.Table, with null for what is not there.

    type: dictionary of strings ("PUBLISH"); flags: uint8; start, end: uint64, offsets in the
    buffer, bytes; topic: string, or binary where Allow.UTF8 was given; packet_id: uint16; payload:
    binary, left out unless wanted; error: dictionary of strings, the name of a broken rule.

    Numbers are those of the columns, not copied; topics and payloads are copied.
    ImportError: there is no pyarrow (pip install mqttwire[arrow]).  TypeError: these are no
    columns.  ValueError: they were changed, and a span is not within the buffer.
    """
    if not isinstance(columns, Columns):
        found = type(columns).__name__
        raise TypeError(f"columns: expected what scan() gives, not {found}: scan it first")
    import pyarrow as pa
    import pyarrow.compute as pc

    starts = numbers(pa.uint64(), columns.start)

    def texts(kind: Any, start: memoryview, end: memoryview) -> Any:
        there = pc.not_equal(numbers(pa.uint64(), start), starts)
        return spans(kind, columns.data, start, end, there)

    text = pa.string() if columns.is_utf8 else pa.binary()
    table = {
        "type": named(numbers(pa.uint8(), columns.type), TYPES),
        "flags": numbers(pa.uint8(), columns.flags),
        "start": starts,
        "end": numbers(pa.uint64(), columns.end),
        "topic": texts(text, columns.topic_start, columns.topic_end),
        "packet_id": unless_zero(pa.uint16(), columns.packet_id),
        "payload": payload and texts(pa.binary(), columns.payload_start, columns.payload_end),
        "error": named(unless_zero(pa.uint16(), columns.error), RULES),
    }
    if not payload:
        del table["payload"]
    return pa.table(table)
