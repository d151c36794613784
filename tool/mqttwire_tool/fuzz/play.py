# SPDX-License-Identifier: MIT
"""Plays a session on sockets: several connections at once, in the order of its steps."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import time
from collections.abc import Callable, Iterator

from ..vectors.broker_talk import vbi
from .session import (
    BLOCKED,
    CLOSE,
    CLOSED,
    GOT,
    NO_TYPE,
    OPEN,
    PAUSE,
    REFUSED,
    RESET,
    SEND,
    SHUT,
    UNSENT,
    WAIT,
    Event,
    Session,
    Step,
)

CHUNK = 1 << 16
KEPT = 1 << 20  # bytes that arrive in a session and are recorded
UNREAD = 1 << 20  # bytes of a packet that is not whole yet
SOON = 0.002  # seconds to wait for one who has been silent before
LOOKS = 2  # reads before a write
STUCK = 2.0  # seconds in which the other side has to read something

Opener = Callable[[], socket.socket]


class Line:
    """A connection of a session."""

    def __init__(self, made: socket.socket) -> None:
        self.socket = made
        made.setblocking(False)
        with contextlib.suppress(OSError):
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.unread = bytearray()
        self.arrived: list[bytes] = []  # packets that nothing has waited for yet
        self.last = b""  # that somebody has
        self.open = True  # the other side has not closed
        self.silent = False

    def take(self, data: bytes) -> None:
        self.unread += data
        self.arrived += packets(self.unread)
        if len(self.unread) > UNREAD:
            self.unread.clear()

    def found(self, kind: int) -> bool:
        """Whether such a packet has come; it and those before it are done with then."""
        for index, packet in enumerate(self.arrived):
            if kind in (NO_TYPE, packet[0] >> 4):
                self.last = packet
                del self.arrived[: index + 1]
                return True
        return False


def packets(stream: bytearray) -> Iterator[bytes]:
    """Each whole packet, which is taken off the stream."""
    while (found := vbi(stream, 1)) and len(stream) >= sum(found):
        size = sum(found)
        yield bytes(stream[:size])
        del stream[:size]


class Player:
    """opener: how connections come about.  A session takes so many seconds at most, and one that
    was joined of several so many for each."""

    def __init__(self, opener: Opener, longest: float) -> None:
        self.opener = opener
        self.longest = longest
        self.lines: dict[int, Line] = {}
        self.events: list[Event] = []
        self.began = 0.0
        self.kept = 0
        self.odd = False  # something calls for a closer look
        self.quickness = 1.0  # of a step's seconds, so much is waited

    def play(self, session: Session) -> None:
        self.begin()
        session.stopped = False
        try:
            for step in session.steps:
                if self.now() > self.longest * session.parts:
                    self.odd = session.stopped = True
                    break
                self.step(step)
            self.read(0)
        finally:
            self.close()
        session.events = self.events

    def begin(self) -> None:
        self.lines, self.events = {}, []
        self.began = time.monotonic()
        self.kept, self.odd = 0, False

    def close(self) -> None:
        for line in self.lines.values():
            line.socket.close()
        self.lines.clear()

    def now(self) -> float:
        return time.monotonic() - self.began

    def note(self, do: str, connection: int, data: bytes = b"") -> None:
        self.events.append(Event(self.now(), do, connection, data))

    # ---- Steps ------------------------------------------------------------------------------

    def step(self, step: Step) -> None:
        if step.do == SEND:
            self._send(step.connection, step.data)
            return
        self.events.append(Event(self.now(), *step))
        if step.do == OPEN:
            self._open(step.connection)
        elif step.do == PAUSE:
            self.read(step.seconds, until_something=False)
        elif (line := self.lines.get(step.connection)) is None:
            return
        elif step.do == WAIT:
            self._wait(line, step)
        else:
            self._end(step, line)

    def _open(self, number: int) -> None:
        if (old := self.lines.pop(number, None)) is not None:
            old.socket.close()
        try:
            self.lines[number] = Line(self.opener())
        except OSError:
            self.odd = True
            self.note(REFUSED, number)

    def _send(self, number: int, data: bytes) -> None:
        """What nobody takes is noted as such, after what came meanwhile."""
        began, before = self.now(), len(self.events)
        line = self.lines.get(number)
        rest = self._rest(number, line, data) if line is not None else data
        if len(rest) < len(data):
            self.events.insert(before, Event(began, SEND, number, data[: len(data) - len(rest)]))
        if rest:
            self.note(UNSENT, number, bytes(rest))

    def _rest(self, number: int, line: Line, data: bytes) -> memoryview:
        """What is not sent.  Whether the other side has closed is behind what it sent before."""
        for _ in range(LOOKS):
            self._read_one(number, line)
        rest = memoryview(data)
        deadline = time.monotonic() + STUCK
        while rest and line.open:
            try:
                rest = rest[line.socket.send(rest) :]
                continue
            except BlockingIOError:
                pass
            except OSError:
                self._read_one(number, line)
                line.open = False
                break
            if time.monotonic() > deadline:
                self.odd = True
                self.note(BLOCKED, number)
                break
            self.read(0.05, writer=line)
        return rest

    def _wait(self, line: Line, step: Step) -> None:
        seconds = step.seconds * self.quickness
        deadline = time.monotonic() + (min(seconds, SOON) if line.silent else seconds)
        self.read(0)
        while not line.found(step.kind) and line.open:
            rest = deadline - time.monotonic()
            if rest <= 0:
                line.silent = True
                return
            self.read(rest)

    def _end(self, step: Step, line: Line) -> None:
        self._read_one(step.connection, line)
        with contextlib.suppress(OSError):
            if step.do == SHUT:
                line.socket.shutdown(socket.SHUT_WR)
                return
            if step.do == RESET:
                linger = struct.pack("ii", 1, 0)
                line.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        assert step.do in (CLOSE, RESET, SHUT)
        if step.do != SHUT:
            line.socket.close()
            del self.lines[step.connection]

    # ---- Arrivals ---------------------------------------------------------------------------

    def read(
        self, seconds: float, writer: Line | None = None, *, until_something: bool = True
    ) -> None:
        """Reads what comes in so many seconds, or what comes first."""
        deadline = time.monotonic() + seconds
        while True:
            open_ = {
                line.socket.fileno(): (number, line)
                for number, line in self.lines.items()
                if line.open
            }
            poll = select.poll()
            for descriptor, (_, line) in open_.items():
                poll.register(descriptor, select.POLLIN | (select.POLLOUT if line is writer else 0))
            rest = max(0.0, deadline - time.monotonic())
            ready = poll.poll(rest * 1000 if rest else 0)
            for descriptor, events in ready:
                if events & ~select.POLLOUT:
                    self._read_one(*open_[descriptor])
            if (ready and until_something) or time.monotonic() >= deadline:
                return

    def _read_one(self, number: int, line: Line) -> None:
        try:
            data = line.socket.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            if line.open:
                self.note(CLOSED, number)
            line.open = False
            return
        line.take(data)
        self.kept += len(data)
        if self.kept <= KEPT:
            self.note(GOT, number, data)
