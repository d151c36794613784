# SPDX-License-Identifier: MIT
"""A client as the target: a hostile broker waits for it, and talks to it."""

from __future__ import annotations

import contextlib
import socket
import time
from dataclasses import replace

from .answers import Answers
from .draw import Draw
from .play import Player
from .process import DYING, Process
from .served import LONGEST, Gone, Limits
from .session import CLOSE, OPEN, RESET, SEND, WAIT, Session, Step
from .spoil import pieces
from .verdict import CRASH, HANG, MEMORY, REPORT, Trouble

AGAIN = 0.2  # seconds in which a client may connect once more
SETTLE = 0.1  # seconds in which a client may fall, or close what was closed
WINDOW = 0.02  # seconds between two looks at a client
TURNS = 10  # of a conversation, at most


class Rogue:
    """process: None, clients are started by somebody else."""

    once = True

    def __init__(self, listener: socket.socket, process: Process | None, limits: Limits) -> None:
        self.host, self.port = listener.getsockname()[:2]
        self.listener = listener
        self.process = process
        self.limits = limits
        self.player = Player(self._accept, LONGEST + limits.start)
        self.accepted = 0

    def _accept(self) -> socket.socket:
        self.listener.settimeout(AGAIN if self.accepted else self.limits.start)
        made, _ = self.listener.accept()
        self.accepted += 1
        return made

    # ---- How it comes and goes --------------------------------------------------------------

    def fresh(self) -> None:
        self.accepted = 0
        if self.process is None:
            return
        self.process.stop()
        self.listener.settimeout(0)
        with contextlib.suppress(BlockingIOError):
            while True:
                self.listener.accept()[0].close()  # of one that was stopped
        self.process.start()

    def close(self) -> None:
        if self.process is not None:
            self.process.stop()
        self.listener.close()

    # ---- A session --------------------------------------------------------------------------

    def run(self, seed: int, number: int) -> Session:
        self.fresh()
        draw = Draw(seed, number)
        session = Session(number, "server", [])
        player = self.player
        player.begin()
        try:
            for connection in range(1 + draw.chance(20)):
                self._talk(draw, session, connection)
            player.read(0)
        finally:
            player.close()
            session.events = player.events
        if not self.accepted and self.process is None:
            raise Gone(0, "no client connects", f"{self.host}:{self.port}")
        if not self.accepted and number == 0:
            assert self.process is not None
            raise Gone(0, f"it does not connect:\n{self.process.tail()}", self.process.words[0])
        return session

    def _step(self, session: Session, step: Step) -> None:
        session.steps.append(step)
        self.player.step(step)

    def _talk(self, draw: Draw, session: Session, connection: int) -> None:
        player, patience = self.player, self.limits.patience
        self._step(session, Step(OPEN, connection))
        line = player.lines.get(connection)
        if line is None:
            return
        answers = Answers(draw, session.version or 4)
        ask = max(patience, SETTLE)
        for turn in range(2 + draw.below(TURNS)):
            self._step(session, Step(WAIT, connection, seconds=patience if turn else ask))
            data, line.last = line.last, b""
            for made in answers.to(data) if data else answers.unasked():
                if made:
                    self._send(draw, session, Step(SEND, connection, made))
            session.version = answers.version
            if not line.open or player.now() > LONGEST:
                break
            if draw.chance(5):
                break
        if draw.chance(50):
            self._step(session, Step(draw.pick((CLOSE, RESET)), connection))

    def _send(self, draw: Draw, session: Session, step: Step) -> None:
        if draw.chance(5) and len(step.data) > 1:
            for each in pieces(draw, step):
                self._step(session, each)
        elif draw.chance(3) and len(step.data) > 1:
            cut = step.data[: 1 + draw.below(len(step.data) - 1)]
            self._step(session, step._replace(data=cut))
            self._step(session, Step(draw.pick((CLOSE, RESET)), step.connection))
        else:
            self._step(session, step)

    def play(self, session: Session) -> None:
        self.player.play(session)

    # ---- How the client is ------------------------------------------------------------------

    def look(self, full: bool) -> Trouble | None:
        """After a session; the client is not used again."""
        process = self.process
        if process is None:
            return None
        code = process.code(SETTLE)
        if code is None and process.complains():
            code = process.code(DYING)
        trouble = Trouble("", "", code, process.report(), process.tail())
        if code is not None and (code < 0 or process.complains()):
            return replace(trouble, kind=CRASH, text="the process ended")
        if code is not None:
            return None
        if process.complains():
            return replace(trouble, kind=REPORT, text="a sanitizer complains, and it goes on")
        memory = process.memory() if self.limits.memory else 0
        if memory > self.limits.memory:
            return replace(trouble, kind=MEMORY, text=f"it holds {memory:.0f} MiB")
        if self._spins():
            process.abort()
            text = "its connections are closed, and it computes without end"
            return Trouble(HANG, text, None, process.report(), process.tail())
        return None

    def _spins(self) -> bool:
        """Whether it computes whenever one looks, as long as an answer may take."""
        assert self.process is not None
        deadline = time.monotonic() + self.limits.hang
        while self.process.code() is None and self.process.computes():
            if time.monotonic() > deadline:
                return True
            time.sleep(WINDOW)
        return False
