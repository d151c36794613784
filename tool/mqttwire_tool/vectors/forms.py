# SPDX-License-Identifier: MIT
"""Values in vectors that stand for bytes: hex, text, bytes of what is no text, recipes for many."""

from __future__ import annotations

from typing import Any, Union

# Fields that are binary data, in the JSON form of packets and beside it.
BINARY = {"wire", "payload", "password", "correlation_data", "authentication_data"}

Hex = Union[str, "list[Any]"]  # hex, or hex and recipes
Parts = list[tuple[bytes, int]]  # bytes, and how many times they stand there


def is_recipe(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"repeat"}


def is_long(value: Any) -> bool:
    """Is it a list that stands for one string?"""
    return isinstance(value, list) and any(map(is_recipe, value))


def _is_hex(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"hex"}


def is_content(value: Any) -> bool:
    """Does this stand for bytes?"""
    return isinstance(value, str) or is_long(value) or _is_hex(value)


def repeats(value: Hex) -> list[tuple[str, int]]:
    """The strings that it is made of, and how many times each."""
    parts = [value] if isinstance(value, str) else value
    return [(part, 1) if isinstance(part, str) else tuple(part["repeat"]) for part in parts]


def parts_of(name: str, value: Any) -> Parts:
    """The bytes that a field's value stands for."""
    if _is_hex(value):
        name, value = "wire", value["hex"]
    if name in BINARY:
        return [(bytes.fromhex(part), times) for part, times in repeats(value)]
    return [(part.encode("utf-8", "surrogatepass"), times) for part, times in repeats(value)]


def segments(wire: Hex) -> Parts:
    return parts_of("wire", wire)


def join(parts: Parts) -> bytes:
    return b"".join(part * times for part, times in parts)


def unfold(wire: Hex) -> bytes:
    """All the bytes."""
    return join(segments(wire))


def size_of(wire: Hex) -> int:
    return sum(len(part) * times for part, times in segments(wire))


def digits(parts: Parts) -> str:
    """Hex without blanks; a recipe is (61*2097152)."""
    return "".join(part.hex() if times == 1 else f"({part.hex()}*{times})" for part, times in parts)


def unfolded(value: Any) -> Any:
    """A value without recipes."""
    if is_long(value):
        return "".join(part * times for part, times in repeats(value))
    if isinstance(value, dict):
        return {key: unfolded(each) for key, each in value.items()}
    return [unfolded(each) for each in value] if isinstance(value, list) else value
