# SPDX-License-Identifier: MIT
"""A stream of bytes, cut into packets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import mqttwire as mq

from .arguments import Options
from .outcome import UsageError, say


class Piece(NamedTuple):
    """A packet, or what there is of one, or bytes in which no packet's end is known."""

    start: int  # in the stream
    data: memoryview
    version: int | None  # None: a CONNECT, which tells
    size: int  # of the whole packet; 0: not known
    client_id: str | None = None  # a CONNECT's


def begins_with_connect(data: bytes | bytearray | memoryview) -> bool:
    return bool(data) and data[0] >> 4 == mq.Type.CONNECT


def cut(data: bytes, options: Options, guess: int | None = None) -> Iterator[Piece]:
    """The packets of a stream, which may be several connections one after the other.

    It goes on after a packet that breaks a rule, if its end is known.  A version that is a guess is
    used until a CONNECT tells better.
    """
    version = options.version or guess
    start = 0
    while start < len(data):
        rest = memoryview(data)[start:]
        telling = options.version is None and begins_with_connect(rest)
        if version is None and not telling:
            if start == 0:
                raise UsageError(
                    "which version? The bytes do not begin with a CONNECT: say -V 5 or -V 3.1.1"
                )
            say(f"from byte {start} on nothing is read: the version is not known, -V says it")
            return
        read_in = None if telling else version
        try:
            size = options.frame(rest, read_in)
        except mq.MqttError as error:
            size = error.size
        there = rest[: size or len(rest)]
        yield Piece(start, there, read_in, size, client_id_of(there, options))
        if telling:
            version = options.explain(rest, None, limit=0).version
        start += len(there)


def client_id_of(data: memoryview, options: Options) -> str | None:
    """That of a CONNECT which can be read."""
    if not begins_with_connect(data):
        return None
    try:
        packet = options.decode(data, None, "client")
    except mq.MqttError:
        return None
    return packet.client_id if isinstance(packet, mq.Connect) else None


# How sure it is what a capture, or a stream, does not tell: the version, and who is the client.
GUESSES = {
    "certain": "what was read can be nothing else",
    "likely": "it can, but more speaks for this",
    "open": "as much speaks for another",
}


def guess_version(data: bytes, options: Options) -> tuple[int, str]:
    """The version in which more of the stream can be read, 5 if that is the same; and how sure."""

    def readable(version: int) -> int:
        decoder = mq.Decoder(version, options.sender, allow=options.allow)
        decoder.feed(data)
        return decoder.position

    reached = {version: readable(version) for version in (5, 4)}
    best = max(reached, key=lambda version: reached[version])
    if reached[4] == reached[5]:
        return best, "open"
    return best, "certain" if reached[best] == len(data) else "likely"
