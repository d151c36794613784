# SPDX-License-Identifier: MIT
"""All connections of a proxy: they are taken, and passed on, until somebody says stop."""

from __future__ import annotations

import asyncio
import signal
import socket
import ssl
import time
from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from ..arguments import Options
from ..outcome import Outcome, say
from ..render import count
from ..sources import Connection, Numbers, endpoint
from ..track import Track
from .address import Address
from .held import Gate
from .link import HANDSHAKE, Link, accepted, connected
from .record import Recording
from .relay import Relay, why
from .watch import Printer, Watch

if TYPE_CHECKING:
    from .websocket import Hello

PROTOCOL = "mqtt"  # MQTT-6.0.0-3


class Proxy:
    def __init__(
        self,
        listen: Address,
        to: Address,
        *,
        tls: ssl.SSLContext | None,
        to_tls: ssl.SSLContext | None,
        options: Options,
        outcome: Outcome,
        printer: Printer,
        recording: Recording | None,
        most: int | None,
    ) -> None:
        self.listen = listen
        self.to = to
        self.tls = tls
        self.to_tls = to_tls
        self.options = options
        self.outcome = outcome
        self.printer = printer
        self.recording = recording
        self.most = most  # connections, after which it ends
        self.gates: Sequence[Gate] = ()
        self.numbers = Numbers()
        self.relays: dict[int, Relay] = {}  # those that are open
        self.bytes = {"client": 0, "server": 0}
        self.over = 0  # connections
        self.tasks: set[asyncio.Task[None]] = set()

    async def run(self, sockets: Sequence[socket.socket], *more: Coroutine[Any, Any, None]) -> None:
        """Until a signal comes, or enough connections are over, or something fails."""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self._finish)
        for here in sockets:
            host, port = here.getsockname()[:2]
            say(f"listening at {self.listen._replace(host=host, port=port)}, for {self.to}")
            self._start(self._accept(here))
        for work in more:
            self._start(work)
        try:
            await self.done
        finally:
            while self.tasks:
                for task in self.tasks:
                    task.cancel()
                await asyncio.wait(self.tasks)
            for here in sockets:
                here.close()

    def summary(self) -> str:
        connections = self.numbers.connections
        parts = [
            "1 connection" if connections == 1 else f"{connections} connections",
            "1 packet" if self.numbers.packets == 1 else f"{self.numbers.packets} packets",
            f"{count(self.bytes['client'])} to the server and {self.bytes['server']} back",
        ]
        if self.recording is not None:
            parts.append(f"recorded in {self.recording.name}")
        return ", ".join(parts)

    # ---- Tasks ------------------------------------------------------------------------------

    def _finish(self, error: BaseException | None = None) -> None:
        if not self.done.done():
            if error is None:
                self.done.set_result(None)
            else:
                self.done.set_exception(error)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._finish(task.exception())  # such as that nobody reads what is printed

    async def _accept(self, here: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while self.most is None or self.numbers.connections < self.most:
            try:
                client, address = await loop.sock_accept(here)
            except OSError as error:  # too many files are open, for example
                say(error)
                await asyncio.sleep(0.1)
                continue
            self.numbers.connections += 1
            self._start(self._serve(client, address, self.numbers.connections))
        here.close()

    # ---- A connection -----------------------------------------------------------------------

    async def _serve(self, client: socket.socket, address: Any, number: int) -> None:
        place = endpoint(str(address[0]).partition("%")[0], address[1])
        websocket = "websocket" if self.listen.websocket else "tcp"
        connection = Connection(number, place, self.to.place, transport=websocket)
        watch = Watch(connection, self.numbers, self.options, self.printer)
        try:
            await self._connect(client, watch)
        finally:
            for sender, size in watch.bytes.items():
                self.bytes[sender] += size
            self.over += 1
            if self.over == self.most:
                self._finish()

    async def _connect(self, client: socket.socket, watch: Watch) -> None:
        """Both handshakes, and then what passes."""
        try:
            down, hello = await asyncio.wait_for(self._down(client), HANDSHAKE)
        except (OSError, asyncio.TimeoutError) as error:
            watch.note("loss", f"no connection: {why(error)}", "client", time.time_ns())
            return
        try:
            up, protocol = await self._up(hello)
        except (OSError, asyncio.TimeoutError) as error:
            self.outcome.failed = True
            text = f"no connection to {self.to}: {why(error)}"
            watch.note("loss", text, "server", time.time_ns())
            down.refuse(getattr(error, "status", None))
            return
        if hello is not None:
            self._welcome(down, hello, protocol, watch)
        watch.connection.server = endpoint(*up.peer)
        track = None
        if self.recording is not None:
            track = Track(self.recording.frames, down.peer, up.peer)
        relay = Relay({"client": down, "server": up}, watch, track, self.gates, self.options)
        number = watch.connection.number
        self.relays[number] = relay
        try:
            await relay.run()
        finally:
            del self.relays[number]

    async def _down(self, client: socket.socket) -> tuple[Link, Hello | None]:
        """The link to a client, and what it asks for if it speaks WebSocket."""
        reader, writer = await accepted(client, self.tls)
        if not self.listen.websocket:
            return Link(reader, writer), None
        from .websocket import WebSocketLink

        link = WebSocketLink(reader, writer, client=False)
        try:
            return link, await link.hello()
        except BaseException:
            link.writer.close()
            raise

    async def _up(self, hello: Hello | None) -> tuple[Link, str | None]:
        """The link to the server, and the subprotocol if it speaks WebSocket."""
        reader, writer = await connected(self.to.host, self.to.port, self.to_tls)
        if not self.to.websocket:
            return Link(reader, writer), None
        from .websocket import Hello, WebSocketLink

        path = self.to.path or (hello.path if hello else "/")
        hello = (
            Hello(path, hello.protocols, hello.headers) if hello else Hello(path, [PROTOCOL], [])
        )
        link = WebSocketLink(reader, writer, client=True)
        try:
            return link, await asyncio.wait_for(link.ask(self.to.place, hello), HANDSHAKE)
        except BaseException:
            link.abort()
            raise

    def _welcome(self, down: Link, hello: Hello, protocol: str | None, watch: Watch) -> None:
        """Accepts a WebSocket client, with the subprotocol that the server has chosen."""
        if not self.to.websocket and hello.protocols:
            protocol = PROTOCOL if PROTOCOL in hello.protocols else hello.protocols[0]
        if protocol != PROTOCOL:
            text = f"the WebSocket subprotocol is {protocol or 'missing'}, not mqtt (MQTT-6.0.0-3)"
            watch.note("fault", text, "client", time.time_ns())
        down.welcome(protocol)
