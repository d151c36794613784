# SPDX-License-Identifier: MIT
"""Vectors as a capture: Ethernet, IPv4, and a TCP connection for each, with all checksums.

What no CONNECT comes before in the vector has one, and a CONNACK if a client sends it, so that who
reads the capture knows the version.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from .data import Vector
from .forms import unfold

MAGIC, ETHERNET, SNAP_LENGTH = 0xA1B2C3D4, 1, 262144
START = 1_600_000_000  # seconds since the epoch: the same on each run
TICK = 1000  # microseconds between frames
SERVER = (bytes([192, 0, 2, 1]), 1883)  # RFC 5737: addresses for documents
PORTS = range(10000, 60000)
SEGMENT = 1460  # bytes of payload
FIN, SYN, PSH, ACK = 1, 2, 8, 16
CONNECT = {4: "10 0d 00044d515454 04 02 0000 000176", 5: "10 0e 00044d515454 05 02 0000 00 000176"}
CONNACK = {4: "20 02 00 00", 5: "20 03 00 00 00"}


def checksum(data: bytes) -> int:
    """RFC 1071."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


class Connection:
    """One TCP connection; answers its frames."""

    def __init__(self, number: int) -> None:
        self.client = (
            struct.pack("!I", 0xC6336401 + number // len(PORTS)),  # 198.51.100.1 ...
            PORTS[number % len(PORTS)],
        )
        self.next = {"client": 1000, "server": 2000}  # sequence numbers
        self.identification = 0

    def frame(self, sender: str, flags: int, data: bytes = b"") -> bytes:
        receiver = "server" if sender == "client" else "client"
        source, target = (self.client, SERVER) if sender == "client" else (SERVER, self.client)
        acknowledged = self.next[receiver] if flags & ACK else 0
        head = struct.pack(
            "!HHIIBBHHH",
            source[1], target[1], self.next[sender], acknowledged, 5 << 4, flags, 65535, 0, 0,
        )  # fmt: skip
        pseudo = source[0] + target[0] + struct.pack("!BBH", 0, 6, len(head) + len(data))
        tcp = head[:16] + struct.pack("!H", checksum(pseudo + head + data)) + head[18:] + data
        self.identification = (self.identification + 1) & 0xFFFF
        ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), self.identification, 0x4000, 64, 6, 0)
        ip += source[0] + target[0]
        ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
        ends = bytes.fromhex("020000000001020000000002")  # locally administered
        ethernet = ends if sender == "client" else ends[6:] + ends[:6]
        self.next[sender] += len(data) + (1 if flags & (SYN | FIN) else 0)
        return ethernet + b"\x08\x00" + ip + tcp

    def frames(self, parts: list[tuple[str, bytes]]) -> Iterator[bytes]:
        yield self.frame("client", SYN)
        yield self.frame("server", SYN | ACK)
        yield self.frame("client", ACK)
        for sender, data in parts:
            for start in range(0, len(data), SEGMENT):
                yield self.frame(sender, PSH | ACK, data[start : start + SEGMENT])
                yield self.frame("server" if sender == "client" else "client", ACK)
        yield self.frame("client", FIN | ACK)
        yield self.frame("server", FIN | ACK)
        yield self.frame("client", ACK)


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
    before = []
    if first[:1] and first[0] >> 4 != 1:
        before.append(("client", bytes.fromhex(CONNECT[vector.version])))
        if sender == "client" or (vector.kind == "packets" and first[0] >> 4 != 2):
            before.append(("server", bytes.fromhex(CONNACK[vector.version])))
    return before + parts


def write(frames: Iterable[bytes], link: int = ETHERNET) -> bytes:
    """A file of these frames."""
    out = [struct.pack("<IHHiIII", MAGIC, 2, 4, 0, 0, SNAP_LENGTH, link)]
    for ticks, frame in enumerate(frames):
        seconds, micros = divmod(ticks * TICK, 1_000_000)
        out.append(struct.pack("<IIII", START + seconds, micros, len(frame), len(frame)))
        out.append(frame)
    return b"".join(out)


def pcap(vectors: list[Vector]) -> bytes:
    return write(
        frame
        for number, vector in enumerate(vectors)
        for frame in Connection(number).frames(parts_of(vector))
    )
