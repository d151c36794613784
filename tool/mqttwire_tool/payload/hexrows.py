# SPDX-License-Identifier: MIT
"""Payloads as hex: what they are is not asked, or they are not what they should be."""

from __future__ import annotations

from collections.abc import Iterator

ROW = 16  # bytes


def rows(data: bytes) -> Iterator[str]:
    """Where, sixteen bytes, and their ASCII."""
    for start in range(0, len(data), ROW):
        row = data[start : start + ROW]
        text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in row)
        yield f"{start:6}  {row.hex(' '):<{3 * ROW - 1}}  {text}"
