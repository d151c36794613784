# SPDX-License-Identifier: MIT
"""Packets out of a stream of bytes that comes in pieces."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from . import _mqttwire
from .buffer import Buffer
from .errors import Incomplete
from .packets import Packet, Sender


class Decoder:
    """Decodes one direction of a connection, however its bytes are cut.

        decoder = Decoder()
        for packet in decoder.feed(chunk):
            ...

    The version is the one that CONNECT tells, or is given: a server's stream has no CONNECT.  The
    other options are those of decode().  What feed() has taken is decoded at once; packets wait in
    the decoder, which is an iterator, until they are asked for.

    With view, a payload is a slice of what was fed, or of a buffer that the decoder leaves to it.
    Whoever feeds the same buffer again, with other bytes in it, changes the payloads that were
    given out: take bytes(payload) before, or feed another buffer.

    A failure is raised after the packets before it, and is for good: there is no telling where the
    next packet would begin.  What is fed then is dropped, and the same is raised again, by next()
    and by close().

    ValueError, TypeError: an option is impossible.
    """

    __slots__ = (
        "_allow",
        "_buffer",
        "_error",
        "_max_size",
        "_packets",
        "_position",
        "_refuse",
        "_sender",
        "_version",
        "_view",
        "_wanted",
    )

    def __init__(
        self,
        version: int | None = None,
        sender: Sender | None = None,
        *,
        allow: int = 0,
        refuse: int = 0,
        max_size: int | None = None,
        view: bool = False,
    ) -> None:
        self._version = version
        self._sender = sender
        self._allow = allow
        self._refuse = refuse
        self._max_size = max_size
        self._view = view
        self._buffer = bytearray()  # begins where a packet begins
        self._wanted = 0  # bytes of the buffer without which decoding is not worth a try
        self._position = 0
        self._packets: deque[Packet] = deque()
        self._error: Exception | None = None
        self._decode(b"")  # complains of impossible options now

    @property
    def version(self) -> int | None:
        """The MQTT version of the stream; None: not known yet."""
        return self._version

    @property
    def position(self) -> int:
        """Bytes of the stream that were decoded: where the next packet, or the bad one, begins."""
        return self._position

    @property
    def pending(self) -> int:
        """Bytes that wait for the rest of their packet; after a failure, from the bad one on."""
        return len(self._buffer)

    def feed(self, data: Buffer) -> Iterator[Packet]:
        """Takes the next bytes of the stream; answers an iterator over the packets so far.

        Its next() raises MqttError where a packet breaks a rule, and ValueError where the version
        is not known and the stream does not begin with a CONNECT.  TypeError: data has no bytes.
        """
        if self._error is None:
            if self._buffer:
                self._buffer += _mqttwire.view(data)
                if len(self._buffer) >= self._wanted:
                    whole = self._buffer
                    end = self._decode(whole)
                    if self._view and end:  # payloads are slices of it
                        self._buffer = whole[end:]
                    else:
                        del whole[:end]
            else:
                end = self._decode(data)
                self._buffer += _mqttwire.view(data)[end:]
        return self

    def close(self) -> None:
        """Says that the stream is over.

        Incomplete: it ends within a packet.  What next() raises for good is raised again.
        """
        if self._error is not None:
            raise self._error.with_traceback(None)  # not that of the last time too
        if self._buffer:
            raise Incomplete(_mqttwire.MQW_MORE, self._wanted, len(self._buffer), "", self._version)

    def __iter__(self) -> Iterator[Packet]:
        return self

    def __next__(self) -> Packet:
        if self._packets:
            return self._packets.popleft()
        if self._error is not None:
            raise self._error.with_traceback(None)
        raise StopIteration

    def _decode(self, data: Buffer) -> int:
        """Decodes what is there, and answers where the rest begins."""
        packets: list[Packet] = []
        try:
            end, version, self._wanted, error = _mqttwire.decode_all(
                packets,
                data,
                self._version,
                self._sender,
                self._allow,
                self._refuse,
                self._max_size,
                self._view,
            )
        finally:
            self._packets.extend(packets)
        self._version = version or None
        self._position += end
        self._error = error
        return end
