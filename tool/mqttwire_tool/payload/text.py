# SPDX-License-Identifier: MIT
"""Payloads that are text."""

from __future__ import annotations

from collections.abc import Iterator

from ..render import escape
from .layout import Unfit

# What a Content Type may declare.  No others: some of Python's take their time.
CHARSETS = {
    "": "utf-8",
    "utf-8": "utf-8",
    "us-ascii": "ascii",
    "iso-8859-1": "iso-8859-1",
    "windows-1252": "cp1252",
    "utf-16": "utf-16",
}


def decoded(data: bytes, charset: str = "") -> str:
    """Bytes as text.  Unfit: they are none."""
    codec = CHARSETS.get(charset.lower())
    if codec is None:
        raise Unfit("its character set is not read here")
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        raise Unfit(f"not {(charset or codec).upper()} at byte {error.start}") from None


def lines(text: str, width: int | None) -> Iterator[str]:
    """Its lines, parts of them where they are wider; nothing does anything to a terminal."""
    for line in text.replace("\r\n", "\n").split("\n"):
        if not line.isprintable() or "\\" in line:
            line = "".join(c if c == '"' else escape(c) for c in line)
        step = width or len(line) or 1
        for start in range(0, len(line) or 1, step):
            yield line[start : start + step]
