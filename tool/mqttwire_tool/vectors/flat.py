# SPDX-License-Identifier: MIT
"""A packet as lines of text that programs without JSON can compare: "path=value".

Names are in the order of ASCII at each level, and elements of a list in their own.  An element of
a list is path[0]; the two texts of a user property are .name and .value.  Booleans are true and
false, numbers are decimal, binary data is hex with recipes as (61*2097152).  Of text each byte
outside of 0x20..0x7e, and each backslash, is \\xNN.  What is empty (properties, a list) has no
line.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .data import BINARY_KEYS, digits


def plain(text: bytes) -> str:
    return "".join(
        chr(byte) if 0x20 <= byte < 0x7F and byte != 0x5C else f"\\x{byte:02x}" for byte in text
    )


def bytes_of_text(value: Any) -> bytes:
    """Text, or {"hex": ...} where it is none."""
    if isinstance(value, dict):
        return bytes.fromhex(value["hex"])
    return str(value).encode("utf-8", "surrogatepass")


def _value(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if name in BINARY_KEYS:
        return digits(value)
    return plain(bytes_of_text(value))


def lines(form: dict[str, Any], path: str = "") -> Iterator[str]:
    for name in sorted(form):
        value = form[name]
        at = f"{path}{name}"
        if value is None:
            continue
        if isinstance(value, dict) and set(value) != {"hex"}:
            yield from lines(value, f"{at}.")
        elif isinstance(value, list) and name not in BINARY_KEYS:
            for index, each in enumerate(value):
                if name == "user_properties" and isinstance(each, list):
                    pair = dict(zip(("name", "value"), each))
                    yield from lines(pair, f"{at}[{index}].")
                elif isinstance(each, dict) and set(each) != {"hex"}:
                    yield from lines(each, f"{at}[{index}].")
                else:
                    yield f"{at}[{index}]={_value(name, each)}"
        else:
            yield f"{at}={_value(name, value)}"


def text(form: dict[str, Any]) -> str:
    return "".join(f"{line}\n" for line in lines(form))
