# SPDX-License-Identifier: MIT
"""pcapng: https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-03.html"""

from __future__ import annotations

import struct
from typing import BinaryIO

from .frames import ETHERNET, SNAP_LENGTH

SECTION, INTERFACE, PACKET = 0x0A0D0D0A, 1, 6
ORDER = 0x1A2B3C4D
END, COMMENT, APPLICATION, RESOLUTION = 0, 1, 4, 9
NANOSECONDS = b"\x09"  # if_tsresol: 10^-9
LONGEST = 65000  # bytes of an option, whose length has 16 bits


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + padded(value)


def text(code: int, value: str) -> bytes:
    """An option that is text, cut if it is too long; nothing if it is empty."""
    data = value.encode()
    if len(data) > LONGEST:
        data = data[:LONGEST].decode(errors="ignore").encode() + b"..."
    return option(code, data) if data else b""


def block(kind: int, body: bytes, options: bytes) -> bytes:
    if options:
        body += options + option(END, b"")
    size = len(body) + 12
    return struct.pack("<II", kind, size) + body + struct.pack("<I", size)


class Writer:
    """Ethernet frames with nanoseconds.  After flush() all of them can be read."""

    def __init__(self, out: BinaryIO, comment: str = "") -> None:
        self.out = out
        about = text(COMMENT, comment) + text(APPLICATION, "mqttwire")
        self.out.write(
            block(SECTION, struct.pack("<IHHq", ORDER, 1, 0, -1), about)
            + block(
                INTERFACE,
                struct.pack("<HHI", ETHERNET, 0, SNAP_LENGTH),
                option(RESOLUTION, NANOSECONDS),
            )
        )

    def frame(self, time: int, data: bytes, comment: str = "") -> None:
        """time: nanoseconds since the epoch."""
        head = struct.pack("<IIIII", 0, time >> 32, time & 0xFFFFFFFF, len(data), len(data))
        self.out.write(block(PACKET, head + padded(data), text(COMMENT, comment)))

    def flush(self) -> None:
        self.out.flush()
