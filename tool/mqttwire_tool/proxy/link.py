# SPDX-License-Identifier: MIT
"""One end of a connection that is passed on: bytes over TCP, or over TLS."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from typing import Any, NamedTuple

CHUNK = 65536
HANDSHAKE = 20.0  # seconds
AT_ONCE = struct.pack("ii", 1, 0)  # linger: what is closed is reset


class Chunk(NamedTuple):
    data: bytes
    ends: bool = True  # a message of WebSocket ends here; the bytes of TCP have no borders
    text: bool = False  # it is in a text frame


class Link:
    """Bytes as they are.  All but abort() may raise OSError when the connection is lost."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @property
    def peer(self) -> tuple[str, int]:
        address: Any = self.writer.get_extra_info("peername") or ("0.0.0.0", 0)
        return str(address[0]).partition("%")[0], int(address[1])

    @property
    def about(self) -> str:
        """What the bytes travel in."""
        tls: ssl.SSLObject | None = self.writer.get_extra_info("ssl_object")
        return f"{tls.version() or 'TLS'}" if tls else "TCP"

    async def read(self) -> Chunk | None:
        """What comes next; None: nothing comes any more."""
        data = await self.reader.read(CHUNK)
        return Chunk(data) if data else None

    def write(self, chunk: Chunk) -> None:
        self.writer.write(chunk.data)

    async def drain(self) -> None:
        """Waits until a reader that is slow has taken most of it."""
        if self.writer.is_closing():
            raise ConnectionResetError("the connection is closed")
        await self.writer.drain()

    def end(self, like: Link) -> None:
        """Nothing is sent any more, as nothing comes from the other link."""
        with contextlib.suppress(OSError):
            if self.writer.can_write_eof():
                self.writer.write_eof()
            else:  # TLS ends in both directions at once
                self.writer.close()

    def welcome(self, protocol: str | None) -> None:
        """Tells a client of WebSocket that there is a server for it."""

    def refuse(self, status: int | None) -> None:
        """Tells a client that there is no server for it."""
        self.abort()

    async def close(self) -> None:
        """When what was written is on its way."""
        self.writer.close()
        with contextlib.suppress(OSError, asyncio.TimeoutError):
            await asyncio.wait_for(self.writer.wait_closed(), HANDSHAKE)

    def abort(self) -> None:
        """Resets the connection."""
        here: socket.socket | None = self.writer.get_extra_info("socket")
        if here is not None:
            with contextlib.suppress(OSError):
                here.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        self.writer.transport.abort()


async def accepted(
    here: socket.socket, context: ssl.SSLContext | None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Streams over a socket that was accepted; OSError: the handshake of TLS failed."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=CHUNK)
    protocol = asyncio.StreamReaderProtocol(reader)
    timeout = HANDSHAKE if context else None
    transport, _ = await loop.connect_accepted_socket(
        lambda: protocol, here, ssl=context, ssl_handshake_timeout=timeout
    )
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


async def connected(
    host: str, port: int, context: ssl.SSLContext | None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    timeout = HANDSHAKE if context else None
    return await asyncio.open_connection(
        host, port, ssl=context, ssl_handshake_timeout=timeout, limit=CHUNK
    )
