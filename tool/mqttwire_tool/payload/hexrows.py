# SPDX-License-Identifier: MIT
"""Payloads as hex: what they are is not asked, or they are not what they should be."""

from __future__ import annotations

from collections.abc import Iterator

ROW = 16  # bytes
WIDTH = 5 + 2 + 3 * ROW - 1 + 2 + ROW  # of such a row


class Rows(Iterator[str]):
    """Where, sixteen bytes or half of that, and their ASCII; each is made when it is asked for."""

    def __init__(self, data: bytes, room: int | None) -> None:
        self.data = data
        self.size = ROW if room is None or room >= WIDTH else ROW // 2
        self.at = 0

    @property
    def left(self) -> int:
        return -(-(len(self.data) - self.at) // self.size)

    def __next__(self) -> str:
        if not self.left:
            raise StopIteration
        start = self.at
        row = self.data[start : start + self.size]
        self.at += len(row)
        text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in row)
        return f"{start:5}  {row.hex(' '):<{3 * self.size - 1}}  {text}"
