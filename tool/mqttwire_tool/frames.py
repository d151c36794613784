# SPDX-License-Identifier: MIT
"""A TCP connection as the frames of which a capture of it would consist, with all checksums.

Ethernet, IPv4 or IPv6, TCP.  Nothing was lost on the way, and everything is acknowledged.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Literal

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
TCP = 6
ENDS = bytes.fromhex("020000000001020000000002")  # locally administered
ETHERNET = 1  # the link type, in pcap and pcapng
SNAP_LENGTH = 262144


def checksum(data: bytes) -> int:
    """RFC 1071."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def other(sender: str) -> Literal["client", "server"]:
    return "server" if sender == "client" else "client"


class Flow:
    """One TCP connection.  Addresses are 4 or 16 bytes, both of the same length.

    begin: another one for each of several connections between the same ends.
    """

    def __init__(
        self, client: tuple[bytes, int], server: tuple[bytes, int], begin: int = 1000
    ) -> None:
        self.ends = {"client": client, "server": server}
        self.next = {"client": begin, "server": begin + 1000}  # sequence numbers
        self.identification = 0

    def frame(self, sender: str, flags: int, data: bytes = b"") -> bytes:
        receiver = other(sender)
        (source, source_port), (target, target_port) = self.ends[sender], self.ends[receiver]
        acknowledged = self.next[receiver] if flags & ACK else 0
        head = struct.pack(
            "!HHIIBBHHH",
            source_port, target_port, self.next[sender], acknowledged, 5 << 4, flags, 65535, 0, 0,
        )  # fmt: skip
        size = len(head) + len(data)
        pseudo = source + target + struct.pack("!IHBB", size, 0, 0, TCP)
        tcp = head[:16] + struct.pack("!H", checksum(pseudo + head + data)) + head[18:] + data
        taken = len(data) + (1 if flags & (SYN | FIN) else 0)
        self.missed(sender, taken)
        ethernet = ENDS if sender == "client" else ENDS[6:] + ENDS[:6]
        return ethernet + self._ip(source, target, size) + tcp

    def missed(self, sender: str, size: int) -> None:
        """So many bytes were sent that are in no frame."""
        self.next[sender] = (self.next[sender] + size) & 0xFFFFFFFF

    def _ip(self, source: bytes, target: bytes, size: int) -> bytes:
        """The type of the frame, and its header of IP."""
        if len(source) == 16:
            return b"\x86\xdd" + struct.pack("!IHBB", 6 << 28, size, TCP, 64) + source + target
        self.identification = (self.identification + 1) & 0xFFFF
        ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + size, self.identification, 0x4000, 64, TCP, 0)
        ip += source + target
        return b"\x08\x00" + ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]

    def opened(self) -> Iterator[bytes]:
        yield self.frame("client", SYN)
        yield self.frame("server", SYN | ACK)
        yield self.frame("client", ACK)

    def sent(self, sender: str, data: bytes, segment: int) -> Iterator[bytes]:
        """Data in segments of so many bytes at most, each with its acknowledgement."""
        for start in range(0, len(data), segment):
            yield self.frame(sender, PSH | ACK, data[start : start + segment])
            yield self.frame(other(sender), ACK)
