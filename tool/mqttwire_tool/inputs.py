# SPDX-License-Identifier: MIT
"""Bytes from a file, from standard input, or from hex that was typed."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import Literal

from .outcome import NothingToRead, UsageError

# pcap in both byte orders, with microseconds, with nanoseconds, and as some old systems have it;
# pcapng.
_ORDERS: tuple[Literal["big", "little"], ...] = ("big", "little")
_PCAP = (0xA1B2C3D4, 0xA1B23C4D, 0xA1B2CD34)
CAPTURES = {magic.to_bytes(4, order) for magic in _PCAP for order in _ORDERS}
CAPTURES.add(bytes.fromhex("0a0d0d0a"))


def bytes_of_hex(text: str) -> bytes:
    """Pairs of hex digits; blanks, colons, commas and 0x between them do not matter."""
    digits = re.sub(r"0[xX]|\\x|[\s:,;_-]", "", text)
    if len(digits) % 2:
        raise UsageError("an odd number of hex digits")
    try:
        return bytes.fromhex(digits)
    except ValueError:
        bad = next(c for c in digits if c not in "0123456789abcdefABCDEF")
        raise UsageError(f"{bad!r} is no hex digit") from None


def typed_bytes(words: list[str]) -> bytes:
    """The bytes of hex digits that are arguments, or else on standard input."""
    if words and words != ["-"]:
        return bytes_of_hex(" ".join(words))
    try:
        return bytes_of_hex(sys.stdin.buffer.read().decode("ascii"))
    except UnicodeDecodeError:
        raise UsageError("the input is no hex") from None


def refuse_compressed(begin: bytes) -> None:
    """These two bytes begin no MQTT packet either: it would be a CONNECT with flags."""
    if begin[:2] == b"\x1f\x8b":
        raise UsageError("this is compressed: zcat FILE | mqttwire ...")


def add_input(parser: argparse.ArgumentParser, what: str) -> None:
    parser.add_argument(
        "input",
        nargs="*",
        metavar="FILE",
        help=f"{what}; standard input if it is missing or -; with -x the hex digits themselves",
    )
    parser.add_argument(
        "-x",
        dest="digits",
        action="store_true",
        help="the input is hex: blanks, colons and 0x do not matter",
    )


def read_input(arguments: argparse.Namespace) -> bytes:
    """All bytes of the one input, of which there is at least one."""
    data = _bytes_of(arguments)
    if not data:
        raise NothingToRead
    return data


def _bytes_of(arguments: argparse.Namespace) -> bytes:
    names: list[str] = arguments.input
    if arguments.digits:
        return typed_bytes(names)
    if len(names) > 1:
        raise UsageError("one file, or -x before hex digits")
    try:
        data = sys.stdin.buffer.read() if names in ([], ["-"]) else Path(names[0]).read_bytes()
    except FileNotFoundError:
        if re.fullmatch(r"([0-9a-fA-F]{2})+", names[0]):
            raise UsageError(f"{names[0]}: no such file; hex digits come after -x") from None
        raise
    if data[:4] in CAPTURES:
        raise UsageError("this is a capture, which `mqttwire inspect` reads")
    refuse_compressed(data)
    return data
