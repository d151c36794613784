# SPDX-License-Identifier: MIT
"""The bytes of one direction as they come, cut into packets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import mqttwire as mq

from ..arguments import Options
from ..stream import begins_with_connect

KEPT = 16 * 2**20  # bytes: larger packets pass in pieces; as the reader of captures has it


@dataclass
class Version:
    """The MQTT version of a connection: what its CONNECT says, or else what the user says."""

    told: int | None = None


class Piece(NamedTuple):
    """A packet; or the begin of one that is not kept whole; or bytes that are no packet."""

    data: bytes
    size: int = 0  # of the whole packet; 0: no packet, or what follows the begin of a large one
    version: int | None = None  # to read it in; None: a CONNECT, which tells

    @property
    def whole(self) -> bool:
        return self.size == len(self.data)


class Cutter:
    """Nothing is lost: the pieces, with what rest() gives, are the bytes that were fed."""

    def __init__(self, options: Options, version: Version) -> None:
        self.options = options
        self.version = version  # both directions share it
        self.waiting = bytearray()
        self.large = 0  # bytes still to come of a packet that is not kept
        self.why: str | None = None  # no packet is looked for any more, because of this

    def feed(self, data: bytes) -> Iterator[Piece]:
        self.waiting += data
        while self.waiting:
            piece = self._next()
            if piece is None:
                return
            del self.waiting[: len(piece.data)]
            yield piece

    def rest(self) -> Piece | None:
        """What waits for the rest of its packet, when nothing comes any more."""
        if not self.waiting:
            return None
        version = self._version()
        size = 0
        try:
            self.options.frame(self.waiting, version)
        except mq.Incomplete as error:
            size = error.wanted if len(self.waiting) > 1 and error.wanted > 5 else 0
        piece = Piece(bytes(self.waiting), size, version)
        self.waiting.clear()
        return piece

    def _version(self) -> int | None:
        if begins_with_connect(self.waiting):
            return None
        return self.version.told or self.options.version

    def _next(self) -> Piece | None:
        if self.why is not None:
            return Piece(bytes(self.waiting))
        if self.large:
            piece = Piece(bytes(self.waiting[: self.large]))
            self.large -= len(piece.data)
            return piece
        version = self._version()
        if version is None and (tls(self.waiting) or not begins_with_connect(self.waiting)):
            self.why = foreign(bytes(self.waiting[:4]))
            return Piece(bytes(self.waiting))
        try:
            size = self.options.frame(self.waiting, version)
        except mq.Incomplete as error:
            if error.wanted <= KEPT or len(self.waiting) < KEPT:
                return None
            self.large = error.wanted - len(self.waiting)
            return Piece(bytes(self.waiting), error.wanted, version)
        except mq.MqttError as error:
            if not 0 < error.size <= len(self.waiting):
                self.why = UNREADABLE
                return Piece(bytes(self.waiting), 0, version)
            size = error.size
        piece = Piece(bytes(self.waiting[:size]), size, version)
        if version is None:
            self.version.told = self.options.explain(piece.data, None, limit=0).version
        return piece


UNREADABLE = "where the next packet begins is unknown: the rest of this direction passes unread"


def tls(begin: bytes | bytearray) -> bool:
    """A handshake record; as a CONNECT it would have reserved flags, and a length of 3."""
    return begin[:2] == b"\x16\x03" and len(begin) > 2 and begin[2] < 5


def foreign(begin: bytes) -> str:
    """Why a connection that begins so is not read."""
    if tls(begin):
        return "this is TLS: it passes unread; --tls ends it here"
    if begin in (b"GET ", b"HTTP"):
        return "this is HTTP, perhaps WebSocket: it passes unread; --listen ws://... speaks it"
    return "this is not MQTT, or does not begin with CONNECT: it passes unread"
