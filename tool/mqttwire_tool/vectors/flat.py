# SPDX-License-Identifier: MIT
"""A packet as lines of text that programs without JSON can compare: "path=value".

Names are in the order of ASCII at each level, and elements of a list in their own.  An element of
a list is path[0]; the two texts of a user property are .name and .value.  Booleans are true and
false, numbers are decimal, binary data is hex.  Of text each byte outside of 0x20..0x7e, and each
backslash and parenthesis, is \\xNN.  In both (61*2097152) is a recipe: what stands before the star,
so many times.  What is empty (properties, a list) has no line.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .forms import BINARY, digits, is_content, parts_of

ESCAPED = b"\\()"


def plain(text: bytes) -> str:
    return "".join(
        chr(byte) if 0x20 <= byte < 0x7F and byte not in ESCAPED else f"\\x{byte:02x}"
        for byte in text
    )


def _value(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    parts = parts_of(name, value)
    if name in BINARY:
        return digits(parts)
    return "".join(
        plain(part) if times == 1 else f"({plain(part)}*{times})" for part, times in parts
    )


def _lines(name: str, value: Any, path: str) -> Iterator[str]:
    if value is None:
        return
    if isinstance(value, (bool, int, float)) or is_content(value):
        yield f"{path}={_value(name, value)}"
    elif isinstance(value, dict):
        for each in sorted(value):
            yield from _lines(each, value[each], f"{path}.{each}" if path else each)
    elif name == "pair":
        for each, part in zip(("name", "value"), value):
            yield from _lines(each, part, f"{path}.{each}")
    else:
        inner = "pair" if name == "user_properties" else ""
        for index, each in enumerate(value):
            yield from _lines(inner, each, f"{path}[{index}]")


def text(form: dict[str, Any]) -> str:
    return "".join(f"{line}\n" for line in _lines("", form, ""))
