# SPDX-License-Identifier: MIT
"""One connection that is passed on, in both directions."""

from __future__ import annotations

import asyncio
import os
import ssl
import time
from collections.abc import Sequence

import mqttwire as mq

from ..arguments import Options
from ..frames import other
from ..track import Track
from .cut import Piece
from .held import Arrivals, Gate, Out, Sendable, bytes_of, line_of
from .link import Chunk, Link
from .watch import Watch

SENDERS: tuple[mq.Sender, ...] = ("client", "server")


class Lost(Exception):
    """The connection to one side is lost."""

    def __init__(self, side: str, error: OSError) -> None:
        super().__init__(side, error)
        self.side: mq.Sender = "client" if side == "client" else "server"
        self.error = error


class Relay:
    """What comes from one link goes out by the other.

    Without gates, bytes pass as they come; with gates, packet by packet.  A link that takes nothing
    keeps the other one from being read, so that no more waits here than a few chunks.
    """

    def __init__(
        self,
        links: dict[mq.Sender, Link],
        watch: Watch,
        track: Track | None,
        gates: Sequence[Gate],
        options: Options,
    ) -> None:
        self.links = links
        self.watch = watch
        self.track = track
        self.gates = gates
        self.options = options
        self.arrivals = Arrivals(watch.connection, options, self._inject_sendable, self.tell)
        self.over = False  # one side has closed
        self.within: dict[str, bool] = {}  # a packet that passes in pieces, by its sender

    async def run(self) -> None:
        """Until both directions are over, or the connection is lost."""
        now = time.time_ns()
        if self.track is not None:
            about = (f"{side}: {link.about}" for side, link in self.links.items())
            self.track.opened(now, ", ".join(about))
        pumps = [asyncio.create_task(self._pump(sender)) for sender in SENDERS]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_EXCEPTION)
            for pump in pumps:
                if pump.done():
                    pump.result()
            for link in self.links.values():
                await link.close()
        except Lost as lost:
            self._lost(lost)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            self.watch.over(time.time_ns())
            for link in self.links.values():  # if the program ends, nobody waits for that
                link.writer.close()

    def _lost(self, lost: Lost) -> None:
        now = time.time_ns()
        for sender in SENDERS:
            self.watch.end(sender, now)
        self.watch.note("info", f"the connection was lost: {why(lost.error)}", lost.side, now)
        if self.track is not None:
            self.track.reset(now, lost.side)
        for link in self.links.values():
            link.abort()

    # ---- A direction ------------------------------------------------------------------------

    async def _pump(self, sender: mq.Sender) -> None:
        source, target = self.links[sender], self.links[receiver_of(sender)]
        while True:
            try:
                chunk = await source.read()
            except OSError as error:
                raise Lost(sender, error) from None
            if chunk is None:
                break
            if chunk.text:
                self.watch.text_frame(sender, time.time_ns())
            if not self.gates:
                await self._send(sender, chunk)
                continue
            for piece in self.arrivals.cutters[sender].feed(chunk.data):
                await self._piece(sender, piece)
        rest = self.arrivals.cutters[sender].rest()
        if rest is not None:
            await self._send(sender, Chunk(rest.data))
        now = time.time_ns()
        self.watch.end(sender, now)
        again = " as well" if self.over else ""
        self.over = True
        self.watch.note("info", f"the {sender} closed the connection{again}", sender, now)
        if self.track is not None:
            self.track.ended(now, sender)
        target.end(source)

    async def _piece(self, sender: mq.Sender, piece: Piece) -> None:
        self.within[sender] = self.arrivals.cutters[sender].large > 0
        gates = self.gates if piece.whole else ()
        if not await self._through(gates, sender, Out(piece.data)):
            self._dropped(sender, piece)

    async def _through(self, gates: Sequence[Gate], sender: mq.Sender, out: Out) -> int:
        """Asks the gates, one after the other, what is to pass; answers how much has passed."""
        if not gates or not out.data:
            await self._send(sender, Chunk(out.data), out.remark)
            return 1
        passed = 0
        for each in await gates[0](self.arrivals.held(sender, out.data)):
            made = each if each.remark else Out(each.data, out.remark)
            passed += await self._through(gates[1:], sender, made)
        return passed

    def _dropped(self, sender: mq.Sender, piece: Piece) -> None:
        held = self.arrivals.held(sender, piece.data)
        held.tell(f"dropped: {line_of(held, piece.data, self.options)}")
        if self.track is not None:
            self.track.remark(time.time_ns(), sender, f"dropped: {piece.data.hex()}")

    async def _send(self, sender: mq.Sender, chunk: Chunk, remark: str = "") -> None:
        self._pass(sender, chunk, remark)
        side = receiver_of(sender)
        try:
            await self.links[side].drain()
        except OSError as error:
            raise Lost(side, error) from None

    def _pass(self, sender: mq.Sender, chunk: Chunk, remark: str = "") -> None:
        """Passes first and shows then, so that showing costs no time on the way.

        Nothing else happens in between: an answer never stands before its question.
        """
        now = time.time_ns()
        self.links[receiver_of(sender)].write(chunk)
        if self.track is not None:
            self.track.sent(now, sender, chunk.data, remark)
        self.watch.take(sender, chunk.data, now)

    # ---- From outside -----------------------------------------------------------------------

    def inject(self, to: mq.Sender, data: bytes) -> None:
        """Sends something that the other side has not sent."""
        sender = receiver_of(to)
        if self.within.get(sender):
            raise ValueError("a large packet is just passing there")
        self.tell(sender, "injected:")
        self._pass(sender, Chunk(data), "injected")

    def _inject_sendable(self, to: mq.Sender, what: Sendable) -> None:
        if to not in SENDERS:
            raise ValueError(f"inject: expected 'client' or 'server', not {to!r}")
        self.inject(to, bytes_of(what, self.options))

    def tell(self, sender: mq.Sender, text: str) -> None:
        self.watch.note("loss", text, sender, time.time_ns())


def receiver_of(sender: mq.Sender) -> mq.Sender:
    return "server" if other(sender) == "server" else "client"


def why(error: Exception) -> str:
    """In words, without the numbers of the system."""
    if isinstance(error, asyncio.TimeoutError):
        return "no answer"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"TLS: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS: {(error.reason or str(error)).lower().replace('_', ' ')}"
    number = getattr(error, "errno", None) or 0
    if number > 0:
        return os.strerror(number)
    text = str(getattr(error, "strerror", None) or error)
    return text or "the other side hung up"  # asyncio's ConnectionResetError has no words
