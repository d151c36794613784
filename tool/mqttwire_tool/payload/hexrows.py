# SPDX-License-Identifier: MIT
"""Payloads as hex: what they are is not asked, or they are not what they should be."""

from __future__ import annotations

from collections.abc import Iterator

ROW = 16  # bytes
WIDTH = 5 + 2 + 3 * ROW - 1 + 2 + ROW  # of such a row


def rows(data: bytes, room: int | None) -> Iterator[str]:
    """Where, sixteen bytes or half of that, and their ASCII."""
    size = ROW if room is None or room >= WIDTH else ROW // 2
    for start in range(0, len(data), size):
        row = data[start : start + size]
        text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in row)
        yield f"{start:5}  {row.hex(' '):<{3 * size - 1}}  {text}"
