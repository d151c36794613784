# SPDX-License-Identifier: MIT
"""A TCP relay that keeps what both sides say, for tests that put it between a client and a broker.

with Relay(broker.port) as relay:           # in a thread of its own; `async with` works as well
    talk_to("127.0.0.1", relay.port)
    relay.connections[0].wait_closed()
    relay.connections[0].sent_by("client")  # all its bytes; .chunks has them with their times
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Coroutine
from typing import Any, Literal, NamedTuple

Sender = Literal["client", "server"]

WAIT = 10.0  # seconds that anything here may take before a test fails


class Chunk(NamedTuple):
    time: float  # seconds since the epoch
    sender: Sender
    data: bytes


class Connection:
    """What was said on one connection, in the order in which the relay heard it."""

    def __init__(self) -> None:
        self.chunks: list[Chunk] = []
        self._closed = threading.Event()

    def sent_by(self, sender: Sender) -> bytes:
        return b"".join(chunk.data for chunk in self.chunks if chunk.sender == sender)

    def wait_closed(self, timeout: float = WAIT) -> None:
        """Returns when both sides are closed: `chunks` is complete then."""
        if not self._closed.wait(timeout):
            raise TimeoutError("the connection is still open")


class Relay:
    """Listens on a loopback port and forwards each connection to host:port."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self.target = (host, port)
        self.connections: list[Connection] = []
        self.port = 0  # to connect to; known once the relay is open
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Cuts the connections that are still open."""
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection()
        self.connections.append(connection)
        writers = [writer]
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            server_reader, server_writer = await asyncio.open_connection(*self.target)
            writers.append(server_writer)
            await asyncio.gather(
                self._forward(connection, "client", reader, server_writer),
                self._forward(connection, "server", server_reader, writer),
            )
        except OSError:
            pass  # refused or reset: for the other side the connection ends as well
        except asyncio.CancelledError:
            for each in writers:
                each.transport.abort()  # not waiting for somebody who may not read
        finally:
            for each in writers:
                each.close()
            self._tasks.discard(task)
            connection._closed.set()

    @staticmethod
    async def _forward(
        connection: Connection,
        sender: Sender,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        while data := await reader.read(65536):
            # Noted before it is passed on, so that an answer never stands before its question.
            connection.chunks.append(Chunk(time.time(), sender, data))
            writer.write(data)
            await writer.drain()
        writer.write_eof()

    def start(self) -> None:
        """Opens the relay in a thread of its own, for tests that are not asynchronous."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="relay", daemon=True)
        self._thread.start()
        self._run(self.open())

    def stop(self) -> None:
        assert self._loop is not None and self._thread is not None
        try:
            self._run(self.close())
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(WAIT)
            self._loop.close()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(work, self._loop).result(WAIT)

    def __enter__(self) -> Relay:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    async def __aenter__(self) -> Relay:
        await self.open()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()
