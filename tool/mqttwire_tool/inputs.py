# SPDX-License-Identifier: MIT
"""Bytes from a file, from standard input, or from hex, which may be typed or be a dump."""

from __future__ import annotations

import argparse
import base64
import binascii
import re
import sys
import zlib
from pathlib import Path
from typing import Literal

import mqttwire as mq

from .hexdump import Chunk, NoHex, Unread, chunks_of, is_text, link_of
from .outcome import NothingToRead, UsageError

# pcap in both byte orders, with microseconds, with nanoseconds, and as some old systems have it;
# pcapng.
_ORDERS: tuple[Literal["big", "little"], ...] = ("big", "little")
_PCAP = (0xA1B2C3D4, 0xA1B23C4D, 0xA1B2CD34)
CAPTURES = {magic.to_bytes(4, order) for magic in _PCAP for order in _ORDERS}
CAPTURES.add(bytes.fromhex("0a0d0d0a"))


def chunks_of_hex(text: str) -> list[Chunk]:
    """Bytes that are written as text, in any of the forms of hexdump.py."""
    try:
        return chunks_of(text)
    except NoHex as error:
        raise UsageError(str(error)) from None


def typed_chunks(words: list[str]) -> list[Chunk]:
    """What hex digits that are arguments stand for, or else a text on standard input."""
    if words and words != ["-"]:
        return chunks_of_hex(" ".join(words))
    data = sys.stdin.buffer.read()
    try:
        return chunks_of_hex(data.decode("ascii"))
    except UnicodeDecodeError:
        raise UsageError("the input is no hex") from None


def chunks_of_text(data: bytes, name: str) -> list[Chunk] | None:
    """What bytes stand for if they are text of such a form; None: they are what they are.

    No packet is such text: its length, or that of a text in it, has a byte that is none.
    """
    if is_text(data):
        try:
            return chunks_of(data.decode("ascii"))
        except Unread as error:
            raise UsageError(f"{name}: {error}") from None
        except NoHex:
            packets = _of_base64(data)
        if packets:
            return [Chunk(packets, 0)]
    if _reads_as_text(data) and not _are_packets(data):
        raise UsageError(f"{name}: this is text and no hex, nor are these bytes packets")
    return None


def _of_base64(data: bytes) -> bytes | None:
    """Packets that are written so; None: it is something else, which a word may be as well."""
    try:
        packets = base64.b64decode(b"".join(data.split()), validate=True)
        start = 0
        while start < len(packets):
            start += mq.frame(memoryview(packets)[start:])
    except (binascii.Error, mq.MqttError):
        return None
    return packets


_CONTROLS = bytes({*range(0x20), 0x7F} - {*b"\t\n\r"})


def _reads_as_text(data: bytes) -> bool:
    """A byte or two may be the beginning of a packet."""
    if len(data) < 3 or len(data.translate(None, _CONTROLS)) < len(data):
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _are_packets(data: bytes) -> bool:
    """Can all of it be read?  Lengths may be such that they are characters."""
    for version in (5, 4):
        decoder = mq.Decoder(version)
        decoder.feed(data)
        try:
            for _ in decoder:
                pass
        except mq.MqttError:
            continue
        if decoder.position == len(data):
            return True
    return False


def joined(chunks: list[Chunk]) -> bytes:
    """The bytes of packets; frames of a network are for `inspect`."""
    if any(link_of(chunk.data) is not None for chunk in chunks):
        raise UsageError("these are frames of a network, which `mqttwire inspect` reads")
    return b"".join(chunk.data for chunk in chunks)


def bytes_of_hex(text: str) -> bytes:
    """Of packets that are typed."""
    return joined(chunks_of_hex(text))


# What compressed files begin with, and who reads them.  No MQTT packet begins so: flags forbid it.
GZIP = b"\x1f\x8b"
_COMPRESSED = {
    GZIP: ("gzip", "zcat"),
    b"\x28\xb5\x2f\xfd": ("zstd", "zstdcat"),
    b"\xfd7zXZ\0": ("xz", "xzcat"),
    b"BZh": ("bzip2", "bzcat"),
    b"\x04\x22\x4d\x18": ("lz4", "lz4cat"),
}


# Likewise, captures of programs whose files libpcap does not read.
_OTHER_CAPTURES = {
    b"snoop\0\0\0": "snoop",
    b"RTSS": "Microsoft Network Monitor",
    b"GMBU": "Microsoft Network Monitor",
    b"XCP\0": "NetXRay",
    b"TRSNIFF data": "Sniffer",
    b"iptrace 1.0": "iptrace",
    b"iptrace 2.0": "iptrace",
}


def refuse_others(begin: bytes, name: str) -> None:
    """Refuses what is known and not read.  OSError: it would be, and is damaged."""
    if begin.startswith(GZIP):
        try:
            zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(begin, 1)
        except zlib.error:
            raise OSError(f"{name}: this is compressed with gzip, and damaged") from None
    for magic, (kind, program) in _COMPRESSED.items():
        if begin.startswith(magic):
            how = f"{program} FILE | mqttwire ..."
            raise UsageError(f"{name}: this is compressed with {kind}: {how}")
    for magic, kind in _OTHER_CAPTURES.items():
        if begin.startswith(magic):
            raise UsageError(
                f"{name}: this is a capture of {kind}: tshark -r FILE -w - | mqttwire inspect"
            )


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
        help="the input is hex: digits, a dump, or arrays and strings of C",
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
        return joined(typed_chunks(names))
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
    name = "standard input" if names in ([], ["-"]) else names[0]
    refuse_others(data, name)
    chunks = chunks_of_text(data, name)
    return data if chunks is None else joined(chunks)
