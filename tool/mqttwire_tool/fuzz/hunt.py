# SPDX-License-Identifier: MIT
"""Session after session: what goes wrong is reduced, told once, and written down."""

from __future__ import annotations

import shutil
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from ..outcome import say
from .finding import Finding
from .judge import Judge
from .minimise import Minimiser
from .session import Session, Step
from .verdict import Trouble, key_of, packets_of, trigger_of

RECENT = 16  # sessions before a trouble that may have to do with it
AGAIN = 2  # times that a trouble has to come back


class Target(Protocol):
    host: str
    port: int
    once: bool  # each session needs a fresh one

    def fresh(self) -> None: ...
    def run(self, seed: int, number: int) -> Session: ...
    def play(self, session: Session) -> None: ...
    def look(self, full: bool) -> Trouble | None: ...
    def close(self) -> None: ...


class Found(NamedTuple):
    """What is known of a trouble so far."""

    trouble: Trouble
    session: Session  # the least that does it
    originals: list[Session]
    reproduced: bool | None  # None: not tried


@dataclass
class Bounds:
    count: int | None  # sessions
    seconds: float | None
    every: int  # sessions between two full probes
    keep: int  # sessions on disk
    tries: int  # to reduce a finding
    reduce: float  # seconds in which it is reproduced and reduced


class Hunt:
    def __init__(self, target: Target, seed: int, out: Path, bounds: Bounds, hang: float) -> None:
        self.target = target
        self.seed = seed
        self.out = out
        self.bounds = bounds
        self.hang = hang
        self.recent: deque[Session] = deque(maxlen=RECENT)
        self.saved: deque[Path] = deque()
        self.findings: dict[tuple[str, ...], Finding] = {}
        self.sessions = 0
        self.connections = 0
        self.packets = 0  # writes of ours
        self.bytes = 0
        self.troubles = 0
        self.tries = 0  # of the trouble that is being reduced
        self.began = time.monotonic()
        self.shown: Callable[[Hunt], None] = lambda hunt: None
        self.judge: Judge | None = None

    def seconds(self) -> float:
        return time.monotonic() - self.began

    def done(self) -> bool:
        bounds = self.bounds
        return (bounds.count is not None and self.sessions >= bounds.count) or (
            bounds.seconds is not None and self.seconds() >= bounds.seconds
        )

    def run(self) -> None:
        self.target.fresh()
        self.make_room()
        while not self.done():
            self.one()
            self.shown(self)
        if trouble := self.target.look(full=True):
            self.trouble(trouble)

    def make_room(self) -> None:
        """For sessions; those of the run before, which may have ended any way, are put aside."""
        sessions, before = self.out / "sessions", self.out / "sessions-before"
        if sessions.exists() and any(sessions.iterdir()):
            if before.exists():
                shutil.rmtree(before)
            sessions.rename(before)
        sessions.mkdir(parents=True, exist_ok=True)

    def one(self) -> None:
        session = self.target.run(self.seed, self.sessions)
        self.sessions += 1
        self.connections += len(session.connections)
        self.packets += len(session.writes)
        self.bytes += session.size
        self.keep(session)
        self.recent.append(session)
        if self.judge is not None:
            self.judge(session)
        if trouble := self.target.look(full=self.sessions % self.bounds.every == 0):
            self.trouble(trouble)
            self.target.fresh()
            self.recent.clear()

    def keep(self, session: Session) -> None:
        """The last sessions are on disk, whatever happens."""
        file = self.out / "sessions" / f"{session.number:08}.jsonl"
        session.save(file)
        self.saved.append(file)
        if len(self.saved) > self.bounds.keep:
            self.saved.popleft().unlink(missing_ok=True)

    # ---- What went wrong --------------------------------------------------------------------

    def trouble(self, trouble: Trouble) -> None:
        self.troubles += 1
        known = self.findings.get(key_of(trouble, "")) if trouble.frames else None
        if known is not None:
            self.again(known)
            return
        sessions = list(self.recent)
        session = sessions[-1] if sessions else Session(0, "client", [])
        self.found = Found(trouble, session, sessions, False if self.bounds.tries else None)
        self.tries = 0
        seen = None
        try:
            if self.bounds.tries:
                seen = self.reduce(trouble, sessions)
        finally:  # Ctrl-C, or nobody starts it again: what is known has to do
            if seen is None:
                self.tell(self.found)
            else:
                self.again(seen)

    def reduce(self, trouble: Trouble, sessions: list[Session]) -> Finding | None:
        """What is found goes to `found`.  Answers the finding that this one is, too."""
        deadline = time.monotonic() + self.bounds.reduce
        reproduced = self.reproduced(trouble, sessions, deadline)
        if reproduced is None:
            return None
        if not trouble.frames and (seen := self.seen(trouble, reproduced)) is not None:
            return seen
        originals = [s for s in sessions if s.number >= reproduced.number]
        self.found = self.found._replace(session=reproduced, originals=originals, reproduced=True)

        def test(steps: list[Step]) -> bool:
            self.tries += 1
            return self.same(trouble, reproduced.but(steps))

        Minimiser(test, reproduced, self.bounds.tries, deadline)()
        return None

    def attempt(self, session: Session) -> Trouble | None:
        """What comes of a session, on a fresh target."""
        self.target.fresh()
        self.target.play(session)
        self.shown(self)
        return self.target.look(full=True)

    def same(self, trouble: Trouble, session: Session) -> bool:
        """Whether a session does it, too.  Then it is what is known of it."""
        found = self.attempt(session)
        if found is None or found.coarse != trouble.coarse:
            return False
        self.found = self.found._replace(trouble=found, session=session)
        return True

    def reproduced(
        self, trouble: Trouble, sessions: list[Session], deadline: float
    ) -> Session | None:
        """The last session, or the last few as one, that do it again."""
        size = 1
        while True:
            some = sessions[-size:]
            for _ in range(AGAIN):
                session = joined(some)
                if self.same(trouble, session):
                    return session
                if time.monotonic() > deadline:
                    return None
            if size >= len(sessions):
                return None
            size *= 4

    def seen(self, trouble: Trouble, session: Session) -> Finding | None:
        """The finding that this one is, too, if nothing is left of it without its packets."""
        likely = [f for f in self.findings.values() if f.trouble.coarse == trouble.coarse]
        names = {finding.trigger for finding in likely}
        there = triggers(session) & names
        if not there:
            return None
        found = self.attempt(session.but(without(session, there)))
        if found is not None and found.coarse == trouble.coarse:
            return None
        return next(finding for finding in likely if finding.trigger in there)

    def tell(self, found: Found) -> None:
        finding = Finding(
            len(self.findings) + 1,
            found.trouble,
            trigger_of(found.session),
            found.session,
            found.originals,
            found.reproduced,
            self.tries,
            self.seed,
        )
        if (known := self.findings.get(finding.key)) is not None:
            self.again(known)
            return
        target = self.target
        folder = finding.save(self.out, target.host, target.port, self.hang)
        self.findings[finding.key] = finding
        doubt = {True: "", False: " (not reproduced)", None: " (not tried)"}[found.reproduced]
        say(f"finding {finding.number}: {finding.title}{doubt}: {folder}")

    def again(self, finding: Finding) -> None:
        finding.times += 1
        finding.save_form(self.out / finding.name)

    def summary(self) -> str:
        def some(number: int, what: str) -> str:
            return f"{number:,} {what}{'' if number == 1 else 's'}"

        seconds = max(self.seconds(), 0.001)
        return (
            f"{some(self.sessions, 'session')} in {seconds:.0f} s,"
            f" {self.sessions / seconds:.0f} a second:"
            f" {some(self.connections, 'connection')}, {some(self.packets, 'write')},"
            f" {some(self.bytes, 'byte')}; {some(len(self.findings), 'finding')}"
            f", {some(self.troubles, 'time')} in all"
        )


def joined(sessions: list[Session]) -> Session:
    """Sessions that follow each other, as one."""
    if len(sessions) == 1:
        return sessions[0].but(sessions[0].steps)
    made = sessions[0].but([])
    made.parts = sum(session.parts for session in sessions)
    before = 0
    for session in sessions:
        moved = [s._replace(connection=s.connection + before) for s in session.steps]
        made.steps += moved
        # What a session leaves open ends with it.
        numbers = sorted({s.connection for s in moved})
        made.steps += [Step("close", number) for number in numbers]
        before = max((*numbers, before)) + 1
    return made


def triggers(session: Session) -> set[str]:
    return {packet.name for number in session.connections for packet in packets_of(session, number)}


def without(session: Session, names: set[str]) -> list[Step]:
    """The steps without packets of these names.  A stream that has some is sent at once."""
    steps: list[Step] = []
    done: set[int] = set()
    for step in session.steps:
        number = step.connection
        if step.do != "send":
            steps.append(step)
            continue
        stream = session.stream(number)
        packets = packets_of(session, number)
        if not any(packet.name in names for packet in packets):
            steps.append(step)
        elif number not in done:
            done.add(number)
            kept = [stream[p.start : p.end] for p in packets if p.name not in names]
            steps += [step._replace(data=data) for data in kept if data]
    return steps
