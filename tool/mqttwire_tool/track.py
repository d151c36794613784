# SPDX-License-Identifier: MIT
"""A connection whose packets are written as a capture: plain MQTT over TCP, which is made up."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Protocol

import mqttwire as mq

from .frames import ACK, FIN, RST, Flow, other

IN_WIRESHARK = "In Wireshark, where the server's port is not 1883: Decode As..., MQTT."
HOLE = 1 << 28  # bytes: more would look like segments that come late
SEGMENT = 60000  # bytes: with its headers it fits a packet of IP


class Frames(Protocol):
    """Takes frames of one time; the comment belongs to the first one."""

    def __call__(self, time: int, frames: Iterable[bytes], comment: str = "") -> None: ...


def packed(address: str) -> bytes:
    return ipaddress.ip_address(address).packed


def same_family(client: bytes, server: bytes) -> tuple[bytes, bytes]:
    """An IPv4 address beside one of IPv6 is written as IPv6 has it (RFC 4291, 2.5.5.2)."""
    if len(client) == len(server):
        return client, server
    first, second = (bytes(10) + b"\xff\xff" + a if len(a) == 4 else a for a in (client, server))
    return first, second


class Track:
    """A connection, as frames of a capture."""

    def __init__(
        self,
        frames: Frames,
        client: tuple[str, int],
        server: tuple[str, int],
        begin: int = 1000,
    ) -> None:
        self.frames = frames
        ends = same_family(packed(client[0]), packed(server[0]))
        self.flow = Flow((ends[0], client[1]), (ends[1], server[1]), begin)

    def opened(self, time: int, about: str) -> None:
        self.frames(time, self.flow.opened(), about)

    def sent(self, time: int, sender: mq.Sender, data: bytes, comment: str = "") -> None:
        self.frames(time, self.flow.sent(sender, data, SEGMENT), comment)

    def missed(self, sender: mq.Sender, size: int) -> None:
        """The capture lacks so many bytes, or more than such a hole may have."""
        self.flow.missed(sender, min(size, HOLE))

    def remark(self, time: int, sender: mq.Sender, comment: str) -> None:
        """On a frame without data, of the side that would have got it."""
        self.frames(time, [self.flow.frame(other(sender), ACK)], comment)

    def ended(self, time: int, sender: mq.Sender) -> None:
        fin = self.flow.frame(sender, FIN | ACK)
        self.frames(time, [fin, self.flow.frame(other(sender), ACK)])

    def reset(self, time: int, sender: mq.Sender) -> None:
        self.frames(time, [self.flow.frame(sender, RST | ACK)])
