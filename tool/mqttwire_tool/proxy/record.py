# SPDX-License-Identifier: MIT
"""What passed, as a capture: MQTT over TCP, also where it passed in TLS or WebSocket."""

from __future__ import annotations

import contextlib
import ipaddress
from collections.abc import Iterable

import mqttwire as mq

from ..frames import ACK, FIN, RST, Flow, other
from ..outcome import Outcome, say
from ..pcapng import Writer

COMMENT = """\
Recorded by mqttwire proxy: MQTT as it passed, in TCP that is made up. Where a connection was TLS \
or WebSocket, that was taken off: its first frame says what it was. Passwords are in it. \
In Wireshark, where the server's port is not 1883: Decode As..., MQTT."""
SEGMENT = 60000  # bytes: with its headers it fits a packet of IP


def packed(address: str) -> bytes:
    return ipaddress.ip_address(address).packed


def same_family(client: bytes, server: bytes) -> tuple[bytes, bytes]:
    """An IPv4 address beside one of IPv6 is written as IPv6 has it (RFC 4291, 2.5.5.2)."""
    if len(client) == len(server):
        return client, server
    first, second = (bytes(10) + b"\xff\xff" + a if len(a) == 4 else a for a in (client, server))
    return first, second


class Recording:
    """A file.  When it cannot be written any more, that is told, and nothing else ends."""

    def __init__(self, name: str, outcome: Outcome) -> None:
        self.name = name
        self.outcome = outcome
        self.file = open(name, "wb")  # noqa: SIM115
        try:
            self.writer = Writer(self.file, COMMENT)
        except OSError as error:
            self.close()
            raise OSError(error.errno, error.strerror, name) from None

    def frames(self, time: int, frames: Iterable[bytes], comment: str = "") -> None:
        """The comment belongs to the first one."""
        if self.file.closed:
            return
        try:
            for frame in frames:
                self.writer.frame(time, frame, comment)
                comment = ""
        except OSError as error:
            say(f"{self.name}: {error.strerror}; what passes is not recorded any more")
            self.outcome.failed = True
            self.close()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.file.close()


class Track:
    """One connection of a recording."""

    def __init__(
        self, recording: Recording, client: tuple[str, int], server: tuple[str, int]
    ) -> None:
        self.recording = recording
        ends = same_family(packed(client[0]), packed(server[0]))
        self.flow = Flow((ends[0], client[1]), (ends[1], server[1]))

    def opened(self, time: int, about: str) -> None:
        self.recording.frames(time, self.flow.opened(), about)

    def sent(self, time: int, sender: mq.Sender, data: bytes, comment: str = "") -> None:
        self.recording.frames(time, self.flow.sent(sender, data, SEGMENT), comment)

    def remark(self, time: int, sender: mq.Sender, comment: str) -> None:
        """On a frame without data, of the side that would have got it."""
        self.recording.frames(time, [self.flow.frame(other(sender), ACK)], comment)

    def ended(self, time: int, sender: mq.Sender) -> None:
        fin = self.flow.frame(sender, FIN | ACK)
        self.recording.frames(time, [fin, self.flow.frame(other(sender), ACK)])

    def reset(self, time: int, sender: mq.Sender) -> None:
        self.recording.frames(time, [self.flow.frame(sender, RST | ACK)])
