# SPDX-License-Identifier: MIT
"""Lines as wide as a terminal: how wide text is there, and where it goes on."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import TextIO

INDENT = 8  # columns of a row that goes on with the one above: no other begins there
MOST = 12  # rows of a line; what is more is cut
ROOM = 20  # columns in which a long word begins; else it does in the next row


def _without_rich(text: str) -> int:
    return len(text)


def _cell_len() -> Callable[[str], int]:
    try:
        from rich.cells import cell_len
    except ImportError:  # each character counts as one then
        return _without_rich
    return cell_len


_wide = _cell_len()


def cells(text: str) -> int:
    """Columns that text takes: two for a character of Chinese, or an emoji."""
    return len(text) if text.isascii() else _wide(text)


def width_of(out: TextIO) -> int | None:
    """Columns of a terminal; None: it is none."""
    return shutil.get_terminal_size().columns if out.isatty() else None


def head_of(text: str, width: int) -> str:
    """As much of the beginning of a text as fits, and at least a character."""
    if text.isascii():
        return text[: max(1, width)]
    used = 0
    for at, c in enumerate(text):
        used += cells(c)
        if used > width and at:
            return text[:at]
    return text


def shortened(text: str, width: int) -> str:
    """Text that is cut where it does not fit."""
    return text if cells(text) <= width else head_of(text, width - 2) + ".."


def padded(text: str, width: int) -> str:
    """Text with as many blanks behind it as are missing."""
    return text + " " * (width - cells(text))


def rows_of(text: str, width: int, used: int, most: int | None = MOST) -> Iterator[str]:
    """Text in rows that break at blanks: one beside what is there already, the others indented.

    most: rows; None: as many as it takes.
    """
    at, left, number = 0, width - used, 0
    while True:
        piece = text[at : at + max(left, 0) + 1]  # each character takes a column, or it is a mark
        number += 1
        if at + len(piece) == len(text) and cells(piece) <= left:
            yield piece
            return
        if number == most:
            yield head_of(piece, left - 2) + ".."
            return
        begin = head_of(piece, left)
        blank = len(begin) if piece[len(begin) : len(begin) + 1] == " " else begin.rfind(" ")
        if blank > 0:
            yield begin[:blank]
            at += blank + 1
        elif number > 1 or left > ROOM:  # a long word
            yield begin
            at += len(begin)
        else:
            yield ""
        left = max(1, width - INDENT)
