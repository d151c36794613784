# SPDX-License-Identifier: MIT
"""Values within values, on as few rows as their width allows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Union

from ..render import escape

LARGEST = 1 << 20  # bytes that are taken apart: hostile ones take a hundred times that in memory
DEEPEST = 100  # values within values
CUT = 200  # characters of a text that is not shown in full


class Unfit(Exception):
    """Bytes are not of the form that they should have."""


class Missing(Exception):
    """A library is missing."""


class Group:
    """Values between a beginning and an end: "[", "]"."""

    __slots__ = ("head", "items", "tail", "width")
    width: int  # of all of it in one row

    def __init__(self, head: str, items: list[Node], tail: str) -> None:
        self.head = head
        self.items = items
        self.tail = tail
        widths: list[int] = [item.width if isinstance(item, Group) else len(item) for item in items]
        self.width = len(head) + sum(widths) + 2 * len(widths) + len(tail)

    def wrap(self, before: str, after: str = "") -> Group:
        """Puts text around it.  Its values are not looked at again."""
        self.head = before + self.head
        self.tail += after
        self.width += len(before) + len(after)
        return self

    def flat(self) -> str:
        parts = [item.flat() if isinstance(item, Group) else item for item in self.items]
        return f"{self.head}{', '.join(parts)}{self.tail}"


Node = Union[str, Group]


def named(name: str, node: Node) -> Node:
    """A value that has a name: `name: value`."""
    if isinstance(node, str):
        return f"{name}: {node}"
    return node.wrap(f"{name}: ")


def rows(node: Node, width: int, comma: str = "") -> Iterator[str]:
    """Rows of a node.  A group that does not fit into one has each of its values on its own."""
    if isinstance(node, str):
        yield node + comma
    elif node.width <= width:
        yield node.flat() + comma
    else:
        yield node.head
        last = len(node.items) - 1
        line = ""  # plain values of a list stand side by side
        for number, item in enumerate(node.items):
            end = "," if number < last else ""
            if isinstance(item, str) and node.tail[:1] == "]":
                if line and len(line) + len(item) + 3 > width - 2:
                    yield f"  {line}"
                    line = ""
                line += f"{' ' if line else ''}{item}{end}"
                continue
            if line:
                yield f"  {line}"
                line = ""
            for row in rows(item, width - 2, end):
                yield f"  {row}"
        if line:
            yield f"  {line}"
        yield node.tail + comma


def string(text: str, full: bool) -> str:
    """Text in quotes, as in JSON, and cut if it is long."""
    shown = text if full or len(text) <= CUT else text[:CUT]
    made = shown
    if not shown.isprintable() or '"' in shown or "\\" in shown:
        made = "".join(map(_escaped, shown))
    return f'"{made}"' + ("" if shown is text else f"... ({len(text)} characters)")


def _escaped(c: str) -> str:
    if c in '"\\' or c.isprintable():
        return escape(c)
    short = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(c)
    if short:
        return short
    units = c.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def digits(data: bytes, full: bool) -> str:
    """Bytes in hex, cut if there are many."""
    if full or len(data) <= CUT // 4:
        return data.hex()
    return f"{data[: CUT // 4].hex()}... ({len(data)} bytes)"
