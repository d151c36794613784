# SPDX-License-Identifier: MIT
"""Bytes of a packet, written field by field, each as the specification lays it out.

A part is bytes, a Repeat (a recipe for many bytes) or HERE, which marks where a fault is told.
What a length counts can be told otherwise (`length=`), as bytes, to write it wrongly.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Union


@dataclass(frozen=True)
class Repeat:
    """`unit`, so many times: too large to stand in a file."""

    unit: bytes
    times: int

    def __len__(self) -> int:
        return len(self.unit) * self.times


def recipe(unit: str, times: int) -> list[dict[str, list[str | int]]]:
    """The same in a packet's JSON form: of text, or of hex."""
    return [{"repeat": [unit, times]}]


class _Here:
    """A place in the bytes."""

    def __len__(self) -> int:
        return 0


HERE = _Here()
Part = Union[bytes, Repeat, _Here]
Nested = Union[Part, "list[Nested]"]


def flat(parts: Iterable[Nested]) -> Iterator[Part]:
    for part in parts:
        if isinstance(part, list):
            yield from flat(part)
        else:
            yield part


def u8(value: int) -> bytes:
    return value.to_bytes(1, "big")


def u16(value: int) -> bytes:
    return value.to_bytes(2, "big")


def u32(value: int) -> bytes:
    return value.to_bytes(4, "big")


def vbi(value: int, padding: int = 0) -> bytes:
    """A variable byte integer (5.0 1.5.5, 3.1.1 2.2.3); `padding`: bytes more than it needs."""
    out = bytearray()
    while value >= 128:
        out.append(value % 128 | 128)
        value //= 128
    out.append(value)
    for _ in range(padding):
        out[-1] |= 128
        out.append(0)
    return bytes(out)


def size(parts: Iterable[Nested]) -> int:
    return sum(len(part) for part in flat(parts))


def data(content: bytes | Repeat = b"", length: int | None = None) -> list[Nested]:
    """Binary data: a two-byte length and as many bytes (5.0 1.5.6)."""
    count = len(content) if length is None else length
    return [u16(count), content] if len(content) else [u16(count)]


def text(content: str = "", length: int | None = None) -> list[Nested]:
    """A string: a two-byte length and UTF-8 (3.1.1 1.5.3, 5.0 1.5.4)."""
    return data(content.encode(), length)


def block(*parts: Nested, length: bytes | None = None) -> list[Nested]:
    """A property length and properties (5.0 2.2.2)."""
    return [vbi(size(parts)) if length is None else length, *parts]


class Wire:
    """The bytes of a packet, or of something like one."""

    def __init__(self, *parts: Nested) -> None:
        self.parts: list[bytes | Repeat] = []
        self.mark: int | None = None  # where HERE stood
        at = 0
        for part in flat(parts):
            if isinstance(part, _Here):
                assert self.mark is None, "HERE stands twice"
                self.mark = at
            elif len(part):
                self.parts.append(part)
                at += len(part)

    def __len__(self) -> int:
        return sum(len(part) for part in self.parts)

    def bytes(self) -> bytes:
        """All of them: for what is not large."""
        assert not self.large
        return b"".join(part for part in self.parts if isinstance(part, bytes))

    @property
    def large(self) -> bool:
        return any(isinstance(part, Repeat) for part in self.parts)

    def form(self) -> str | list[object]:
        """As in the files: hex with blanks between fields, or a list with recipes."""
        pieces: list[object] = []
        for part in self.parts:
            if isinstance(part, Repeat):
                pieces.append({"repeat": [part.unit.hex(), part.times]})
            elif pieces and isinstance(pieces[-1], str):
                pieces[-1] += " " + part.hex()
            else:
                pieces.append(part.hex())
        if not self.large:
            return str(pieces[0]) if pieces else ""
        return pieces


def packet(first: int, *parts: Nested, length: bytes | None = None) -> Wire:
    """A fixed header, and what its Remaining Length counts."""
    return Wire(u8(first), vbi(size(parts)) if length is None else length, *parts)
