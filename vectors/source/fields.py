# SPDX-License-Identifier: MIT
"""A packet as a list of its fields, and what is wrong where it ends within that list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .wire import HERE, Nested, Part, flat, u16, vbi


@dataclass(frozen=True)
class Field:
    name: str
    bytes: bytes
    missing: str = "truncated"  # the rule, where nothing of it is there
    missing_name: str = ""  # the field of that, where it is another
    pieces: tuple[Part, ...] = ()  # the same bytes, with blanks between where hex is shown

    @property
    def parts(self) -> list[Nested]:
        return [*self.pieces] or [self.bytes]


def data_fields(
    name: str, content: bytes, missing: str = "truncated", other: str = ""
) -> list[Field]:
    """Binary data: its length, and then what it is."""
    return [Field(name, u16(len(content)), missing, other), Field(name, content)]


def text_fields(
    name: str, content: str, missing: str = "truncated", other: str = ""
) -> list[Field]:
    return data_fields(name, content.encode(), missing, other)


def block_fields(
    name: str, properties: Sequence[Nested], missing: str = "property_length_missing"
) -> list[Field]:
    """A property length, and the properties: a length that leads past the end is told behind it."""
    pieces = tuple(part for part in flat(properties) if isinstance(part, bytes) and part)
    content = b"".join(pieces)
    return [Field(name, vbi(len(content)), missing), Field(name, content, pieces=pieces)]


@dataclass(frozen=True)
class Cut:
    """The first bytes of fields.  The rule that is broken if this is all, and the field."""

    parts: list[Nested]
    rule: str
    name: str
    whole: int | None  # so many fields are whole, and nothing is there of the next


def cut(fields: Sequence[Field], kept: int) -> Cut:
    """HERE stands where the field begins that is not whole."""
    parts: list[Nested] = []
    for index, field in enumerate(fields):
        if len(field.bytes) > kept:
            parts += [HERE, field.bytes[:kept]]
            if kept:
                return Cut(parts, "truncated", field.name, None)
            return Cut(parts, field.missing, field.missing_name or field.name, index)
        parts.append(field.parts)
        kept -= len(field.bytes)
    raise AssertionError("nothing is cut off")
