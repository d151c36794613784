# SPDX-License-Identifier: MIT
"""A broker as the target: sessions are played to it, and it is asked how it is."""

from __future__ import annotations

import socket
import time
from typing import NamedTuple

from .draw import Draw
from .plan import drawn
from .play import Player
from .probe import SILENT, Probe
from .process import DYING, Process, wait_until
from .session import Session
from .spoil import spoiled
from .verdict import CRASH, HANG, MEMORY, REFUSES, REPORT, Trouble

LONGEST = 5.0  # seconds of a session
ROUNDS = 6  # times that an answer usually takes are waited for it
LEAST = 0.002  # seconds, likewise
SMOOTH = 8  # PINGREQs that tell how long it takes
ASK = 1.0  # seconds in which a connection is made


class Limits(NamedTuple):
    """What the user says of a target."""

    start: float = 10  # seconds that starting may take
    hang: float = 5  # seconds without an answer to a good client
    patience: float = 0.05  # seconds that a session waits for an answer
    memory: float = 0  # MiB; 0: any
    connections: int = 4  # of a session
    version: int | None = None  # of MQTT; None: drawn


class Gone(OSError):
    """The target is not there, and nobody starts it."""


class Served:
    """process: None, somebody else runs it."""

    once = False

    def __init__(self, host: str, port: int, process: Process | None, limits: Limits) -> None:
        self.host, self.port = host, port
        self.process = process
        self.limits = limits
        self.probe = Probe(host, port, limits.hang)
        self.player = Player(self._connect, LONGEST)
        self.answers_in = 0.0  # seconds that PINGREQ takes, usually

    def _connect(self) -> socket.socket:
        return socket.create_connection((self.host, self.port), ASK)

    def plan(self, seed: int, number: int) -> Session:
        """The same for the same numbers."""
        draw = Draw(seed, number)
        limits = self.limits
        steps, versions = drawn(draw, limits.version, limits.connections, limits.patience)
        return Session(number, "client", spoiled(draw, steps, versions))

    # ---- How it comes and goes --------------------------------------------------------------

    def fresh(self) -> None:
        """A target that nothing has happened to.  Without a command, one that is there."""
        self.probe.drop()
        if self.process is not None:
            self.process.stop()
            if self._answers():
                raise OSError(0, "something listens there already", f"{self.host}:{self.port}")
            self.process.start()
        if not wait_until(lambda: self._answers() or self._code() is not None, self.limits.start):
            raise Gone(0, "nothing listens there", f"{self.host}:{self.port}")
        if self._code() is not None:
            assert self.process is not None
            raise Gone(
                0,
                f"it ended before it listened:\n{self.process.report() or self.process.tail()}",
                self.process.words[0],
            )
        if said := self.probe.full():
            raise Gone(0, said, f"{self.host}:{self.port}")

    def _answers(self) -> bool:
        try:
            self._connect().close()
        except OSError:
            return False
        return True

    def _code(self, seconds: float = 0) -> int | None:
        return self.process.code(seconds) if self.process else None

    def close(self) -> None:
        self.probe.drop()
        if self.process is not None:
            self.process.stop(gently=True)

    # ---- A session --------------------------------------------------------------------------

    def run(self, seed: int, number: int) -> Session:
        """A session, drawn and played; who answers fast is not waited for as long."""
        session = self.plan(seed, number)
        quickness = max(LEAST, ROUNDS * self.answers_in) / self.limits.patience
        self.player.quickness = min(1.0, quickness)
        self.play(session)
        self.player.quickness = 1.0
        return session

    def play(self, session: Session) -> None:
        self.player.play(session)

    def look(self, full: bool) -> Trouble | None:
        """What is wrong with it now.  full: ask for more than a PINGRESP."""
        began = time.monotonic()
        said = self.probe.quick()
        self.answers_in += (time.monotonic() - began - self.answers_in) / SMOOTH
        if not said and (full or self.player.odd):
            said = self.probe.full()
        process = self.process
        if process is None:
            return self._silent(said) if said else None
        dying = DYING if said and SILENT not in said else 0  # whom nobody answers has waited
        if (code := process.code(dying)) is not None:
            return self._trouble(CRASH, "the process ended", code)
        if process.complains():
            if (code := process.code(DYING)) is not None:
                return self._trouble(CRASH, "the process ended", code)
            return self._trouble(REPORT, "a sanitizer complains, and it goes on")
        if said:
            return self._silent(said)
        memory = process.memory() if self.limits.memory else 0
        if memory > self.limits.memory:
            return self._trouble(MEMORY, f"it holds {memory:.0f} MiB")
        return None

    def _silent(self, said: str) -> Trouble:
        kind = HANG if SILENT in said else REFUSES
        if kind == HANG and self.process is not None:
            self.process.abort()
        return self._trouble(kind, said)

    def _trouble(self, kind: str, text: str, code: int | None = None) -> Trouble:
        if self.process is None:
            return Trouble(kind, text)
        return Trouble(kind, text, code, self.process.report(), self.process.tail())
