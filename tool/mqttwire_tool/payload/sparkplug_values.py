# SPDX-License-Identifier: MIT
"""Values of Sparkplug B by their data types."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

from .cbor import number_text
from .layout import CUT, Group, Node, digits, string
from .sparkplug_schema import type_name

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

SIGNED = {"Int8": 8, "Int16": 16, "Int32": 32, "Int64": 64}
UNSIGNED = {"UInt8": 8, "UInt16": 16, "UInt32": 32, "UInt64": 64}
INTEGERS = ("int_value", "long_value")
FIELDS = {  # in which a value of a type stands
    **dict.fromkeys((*SIGNED, *UNSIGNED, "DateTime"), INTEGERS),
    "Float": ("float_value",),
    "Double": ("double_value",),
    "Boolean": ("boolean_value",),
    **dict.fromkeys(("String", "Text", "UUID"), ("string_value",)),
}
ARRAYS = {  # little-endian
    "Int8Array": "b",
    "Int16Array": "h",
    "Int32Array": "i",
    "Int64Array": "q",
    "UInt8Array": "B",
    "UInt16Array": "H",
    "UInt32Array": "I",
    "UInt64Array": "Q",
    "FloatArray": "f",
    "DoubleArray": "d",
    "DateTimeArray": "Q",
}


def moment(milliseconds: int) -> str:
    """A time in ISO 8601, UTC; beyond the year 9999 the number."""
    try:
        made = EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return f"{milliseconds} ms"
    return f"{made:%Y-%m-%dT%H:%M:%S}.{made.microsecond // 1000:03}Z".rjust(24, "0")


def float_text(value: float) -> str:
    """The shortest number that is the same in 32 bits."""
    for precision in range(6, 9):
        short = float(f"{value:.{precision}g}")
        try:
            if struct.pack("<f", short) == struct.pack("<f", value):
                return number_text(short)
        except OverflowError:  # rounded to more than there is
            continue
    return number_text(float(f"{value:.9g}"))


def integer(value: int, name: str) -> str | None:
    """None: it does not fit into the type.  Negative ones are in two's complement."""
    if name == "DateTime":
        return moment(value)
    if name in UNSIGNED:
        return str(value) if value < 1 << UNSIGNED[name] else None
    bits = SIGNED[name]
    for width in (bits, 32, 64):  # narrow ones are sent in as many bits, or in all of their field
        if value < 1 << width:
            signed = value - (1 << width) if value >> (width - 1) else value
            return str(signed) if -(1 << (bits - 1)) <= signed < 1 << (bits - 1) else None
    return None


def plain(field: str, value: Any, full: bool) -> str:
    """A value by the field that it is in."""
    if field == "string_value":
        return string(value, full)
    if field == "bytes_value":
        return f"0x{digits(value, full)}"
    if field == "boolean_value":
        return "true" if value else "false"
    if field == "float_value":
        return float_text(value)
    return number_text(value) if field == "double_value" else str(value)


def scalar(holder: Any, datatype: int, full: bool) -> Node:
    """A value that is no structure.  What does not fit its type is told."""
    field = holder.WhichOneof("value")
    if field is None:
        return "no value"
    value = getattr(holder, field)
    name = type_name(datatype)
    if field == "bytes_value":
        return array(name, value, full) or plain(field, value, full)
    if field in FIELDS.get(name, ()) and field in INTEGERS:
        text = integer(value, name)
        return f"{value}, which is no {name}" if text is None else text
    shown = plain(field, value, full)
    wanted = FIELDS.get(name)
    if wanted and field not in wanted:
        return f"{shown}, which is a {field.replace('_', ' ')}"
    return shown


def array(name: str, data: bytes, full: bool) -> Node | None:
    """Bytes of one of the array types; None: they are not, or not whole."""
    if name in ARRAYS:
        size = struct.calcsize(f"<{ARRAYS[name]}")
        if len(data) % size:
            return None
        most = len(data) // size if full else min(len(data) // size, CUT)
        values = (value[0] for value in struct.iter_unpack(f"<{ARRAYS[name]}", data[: most * size]))
        return _list(_texts(name, values), len(data) // size)
    if name == "BooleanArray" and len(data) >= 4:
        count = int.from_bytes(data[:4], "little")
        if (count + 7) // 8 != len(data) - 4:
            return None
        most = count if full else min(count, CUT)
        bits = (data[4 + at // 8] >> (7 - at % 8) & 1 for at in range(most))
        return _list(["true" if bit else "false" for bit in bits], count)
    if name == "StringArray" and (not data or data[-1] == 0):
        try:
            texts = data.decode().split("\0")[:-1]
        except UnicodeDecodeError:
            return None
        return _list([string(text, full) for text in texts[: None if full else CUT]], len(texts))
    return None


def _texts(name: str, values: Iterator[Any]) -> list[str]:
    if name == "DateTimeArray":
        return [moment(value) for value in values]
    if name == "FloatArray":
        return [float_text(value) for value in values]
    return [number_text(v) if isinstance(v, float) else str(v) for v in values]


def _list(texts: list[str], count: int) -> Node:
    items: list[Node] = [*texts]
    if len(texts) < count:
        items.append(f"... ({count} values)")
    return Group("[", items, "]") if items else "[]"
