# SPDX-License-Identifier: MIT
"""Vectors as a capture: Ethernet, IPv4, and a TCP connection for each, with all checksums.

What no CONNECT comes before in the vector has one, and a CONNACK if a client sends it, so that who
reads the capture knows the version.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from ..frames import ACK, ETHERNET, FIN, SNAP_LENGTH, Flow
from .data import Vector
from .forms import unfold

MAGIC = 0xA1B2C3D4
START = 1_600_000_000  # seconds since the epoch: the same on each run
TICK = 1000  # microseconds between frames
SERVER = (bytes([192, 0, 2, 1]), 1883)  # RFC 5737: addresses for documents
PORTS = range(10000, 60000)
SEGMENT = 1460  # bytes of payload
CONNECT = {4: "10 0d 00044d515454 04 02 0000 000176", 5: "10 0e 00044d515454 05 02 0000 00 000176"}
CONNACK = {4: "20 02 00 00", 5: "20 03 00 00 00"}


def connection(number: int, parts: list[tuple[str, bytes]]) -> Iterator[bytes]:
    """The frames of a TCP connection: who sends what."""
    address = struct.pack("!I", 0xC6336401 + number // len(PORTS))  # 198.51.100.1 ...
    flow = Flow((address, PORTS[number % len(PORTS)]), SERVER)
    yield from flow.opened()
    for sender, data in parts:
        yield from flow.sent(sender, data, SEGMENT)
    yield flow.frame("client", FIN | ACK)
    yield flow.frame("server", FIN | ACK)
    yield flow.frame("client", ACK)


def parts_of(vector: Vector) -> list[tuple[str, bytes]]:
    """Who sends what, with what has to come before it."""
    parts = [(sender, unfold(wire)) for sender, wire in vector.wires]
    if not parts:
        return []
    sender, first = parts[0]
    chunks = vector.form.get("chunks")
    if vector.kind == "streams" and isinstance(chunks, list):
        starts = [sum(chunks[:index]) for index in range(len(chunks))]
        cuts = [(sender, first[at : at + size]) for at, size in zip(starts, chunks)]
        parts = [*cuts, (sender, first[sum(chunks) :])]
    return introduced(parts, vector.version, hello=vector.kind == "packets")


def introduced(
    parts: list[tuple[str, bytes]], version: int, *, hello: bool
) -> list[tuple[str, bytes]]:
    """With what has to come before them; hello: a CONNACK before what a server sends, too."""
    sender, first = parts[0]
    before = []
    if first[:1] and first[0] >> 4 != 1:
        before.append(("client", bytes.fromhex(CONNECT[version])))
        if sender == "client" or (hello and first[0] >> 4 != 2):
            before.append(("server", bytes.fromhex(CONNACK[version])))
    return before + parts


def header(link: int = ETHERNET) -> bytes:
    """What a file begins with."""
    return struct.pack("<IHHiIII", MAGIC, 2, 4, 0, 0, SNAP_LENGTH, link)


def records(captured: Iterable[bytes]) -> Iterator[bytes]:
    """What a file has for each of these frames."""
    for ticks, frame in enumerate(captured):
        seconds, micros = divmod(ticks * TICK, 1_000_000)
        yield struct.pack("<IIII", START + seconds, micros, len(frame), len(frame)) + frame


def write(captured: Iterable[bytes], link: int = ETHERNET) -> bytes:
    """A file of these frames."""
    return header(link) + b"".join(records(captured))


def pcap(vectors: list[Vector]) -> bytes:
    return write(
        frame
        for number, vector in enumerate(vectors)
        for frame in connection(number, parts_of(vector))
    )
