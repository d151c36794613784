# SPDX-License-Identifier: MIT
"""One end of a connection that is WebSocket.

Messages keep their borders, and text frames stay text.  Pings are answered here, and nothing is
compressed: no extension is agreed upon with either side.
"""

from __future__ import annotations

import asyncio
import codecs
import contextlib
from collections import deque
from typing import NamedTuple

import h11
from wsproto import ConnectionType, WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    RejectConnection,
    Request,
    TextMessage,
)
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from .link import CHUNK, Chunk, Link

NORMAL, ABNORMAL = 1000, 1006  # codes of the end; the latter means that there was none
BAD_GATEWAY = 502  # of HTTP
# What a handshake has of its own on either side; all other headers are passed on.
OWN = {b"host", b"connection", b"upgrade", b"content-length", b"transfer-encoding"}


def is_own(name: bytes) -> bool:
    return name in OWN or name.startswith(b"sec-websocket-")


class Refused(OSError):
    """The other side does not speak WebSocket, or does not want to."""

    status = BAD_GATEWAY


class Hello(NamedTuple):
    """What a client asks for."""

    path: str
    protocols: list[str]
    headers: list[tuple[bytes, bytes]]


class WebSocketLink(Link):
    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, client: bool
    ) -> None:
        """client: this program is the client."""
        super().__init__(reader, writer)
        self.socket = WSConnection(ConnectionType.CLIENT if client else ConnectionType.SERVER)
        self.chunks: deque[Chunk] = deque()
        self.events: deque[Event] = deque()
        self.over = False  # nothing comes any more
        self.closed: CloseConnection | None = None
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")

    @property
    def about(self) -> str:
        return f"WebSocket over {super().about}"

    # ---- The handshake ----------------------------------------------------------------------

    async def hello(self) -> Hello:
        """Takes what a client asks for.  Refused: it does not ask for WebSocket."""
        event = await self._event()
        if not isinstance(event, Request):
            raise Refused("the client does not ask for WebSocket")
        headers = [(name, value) for name, value in event.extra_headers if not is_own(name.lower())]
        return Hello(event.target, event.subprotocols, headers)

    def welcome(self, protocol: str | None) -> None:
        self._send(AcceptConnection(subprotocol=protocol))

    def refuse(self, status: int | None) -> None:
        with contextlib.suppress(LocalProtocolError):
            self._send(RejectConnection(status_code=status or BAD_GATEWAY))
        self.writer.close()

    async def ask(self, host: str, hello: Hello) -> str | None:
        """Asks a server; answers the subprotocol that it chose.  Refused: it says no."""
        self._send(
            Request(
                host=host,
                target=hello.path,
                subprotocols=hello.protocols,
                extra_headers=hello.headers,
            )
        )
        event = await self._event()
        if isinstance(event, AcceptConnection):
            return event.subprotocol
        refused = Refused("the server does not speak WebSocket there")
        if isinstance(event, RejectConnection):
            refused = Refused(f"the server refuses WebSocket there: HTTP {event.status_code}")
            refused.status = event.status_code
        raise refused

    async def _event(self) -> Event | None:
        while not self.events:
            data = await self.reader.read(CHUNK)
            self._receive(data)
            if not data and not self.events:
                return None
        return self.events.popleft()

    # ---- Afterwards -------------------------------------------------------------------------

    async def read(self) -> Chunk | None:
        while True:
            while self.events:
                self._take(self.events.popleft())
            if self.chunks:
                return self.chunks.popleft()
            if self.over:
                return None
            self._receive(await self.reader.read(CHUNK))

    def write(self, chunk: Chunk) -> None:
        with contextlib.suppress(LocalProtocolError):  # it was closed; drain() tells
            if chunk.text:
                text = self.decoder.decode(chunk.data, final=chunk.ends)
                self._send(TextMessage(data=text, message_finished=chunk.ends))
            else:
                self._send(BytesMessage(data=chunk.data, message_finished=chunk.ends))

    def end(self, like: Link) -> None:
        """In the way in which the other link ended, if it is WebSocket as well."""
        closed = like.closed if isinstance(like, WebSocketLink) else CloseConnection(NORMAL)
        with contextlib.suppress(LocalProtocolError, OSError):
            if closed is None or closed.code == ABNORMAL:
                self.writer.close()
            else:
                self._send(closed)

    def _receive(self, data: bytes) -> None:
        try:
            self.socket.receive_data(data or None)
            self.events.extend(self.socket.events())
        except (RemoteProtocolError, LocalProtocolError) as error:
            hint = error.event_hint if isinstance(error, RemoteProtocolError) else None
            if hint is not None and not self.socket.client:
                with contextlib.suppress(LocalProtocolError, h11.LocalProtocolError):
                    self._send(hint)
            raise Refused(f"what comes is no WebSocket: {error}") from None

    def _take(self, event: Event) -> None:
        if isinstance(event, Ping):
            self._send(event.response())
        elif isinstance(event, BytesMessage):
            self.chunks.append(Chunk(bytes(event.data), event.message_finished))
        elif isinstance(event, TextMessage):
            self.chunks.append(Chunk(event.data.encode(), event.message_finished, text=True))
        elif isinstance(event, CloseConnection):
            if self.socket.state in (ConnectionState.OPEN, ConnectionState.LOCAL_CLOSING):
                raise Refused(f"what comes is no WebSocket: {event.reason}")  # nobody said so
            self.over = True
            self.closed = event
            with contextlib.suppress(LocalProtocolError):  # the answer, if it was not our question
                self._send(event.response())

    def _send(self, event: Event) -> None:
        self.writer.write(self.socket.send(event))
