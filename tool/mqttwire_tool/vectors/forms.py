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


def is_content(name: str, value: Any) -> bool:
    """Does this field's value stand for bytes?"""
    if isinstance(value, list):
        return name in BINARY or (
            any(map(is_recipe, value)) and all(isinstance(e, str) or is_recipe(e) for e in value)
        )
    return isinstance(value, str) or is_recipe(value) or _is_hex(value)


def _is_hex(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"hex"}


def parts_of(name: str, value: Any) -> Parts:
    """The bytes that a field's value stands for."""
    if isinstance(value, list):
        return segments(value)
    if _is_hex(value):
        return segments(value["hex"])
    unit, times = value["repeat"] if is_recipe(value) else (value, 1)
    data = bytes.fromhex(unit) if name in BINARY else unit.encode("utf-8", "surrogatepass")
    return [(data, int(times))]


def segments(wire: Hex) -> Parts:
    found: Parts = []
    for part in [wire] if isinstance(wire, str) else wire:
        unit, times = (part, 1) if isinstance(part, str) else part["repeat"]
        found.append((bytes.fromhex(unit), int(times)))
    return found


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


def unfolded(value: Any, name: str = "") -> Any:
    """A packet without recipes: binary data as hex, text as text, or {"hex": ...} if it is none."""
    if isinstance(value, str):
        return value
    if name != "pair" and is_content(name, value):
        data = join(parts_of(name, value))
        try:
            return data.hex() if name in BINARY else data.decode()
        except UnicodeDecodeError:
            return {"hex": data.hex()}
    if isinstance(value, dict):
        return {key: unfolded(each, key) for key, each in value.items()}
    if isinstance(value, list):
        # A user property is a list, too, and none of hex.
        return [unfolded(each, "pair" if name == "user_properties" else "") for each in value]
    return value
