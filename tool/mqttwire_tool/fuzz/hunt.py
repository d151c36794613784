# SPDX-License-Identifier: MIT
"""Session after session: what goes wrong is reduced, told once, and written down."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..outcome import say
from .finding import Finding
from .judge import Judge
from .minimise import Minimiser
from .served import Gone
from .session import Session, Step
from .verdict import Trouble, key_of, packets_of, trigger_of

RECENT = 16  # sessions before a trouble that may have to do with it
AGAIN = 2  # times that a trouble has to come back


class Target(Protocol):
    host: str
    port: int

    def fresh(self) -> None: ...
    def run(self, seed: int, number: int) -> Session: ...
    def play(self, session: Session) -> None: ...
    def look(self, full: bool) -> Trouble | None: ...
    def close(self) -> None: ...


@dataclass
class Bounds:
    count: int | None  # sessions
    seconds: float | None
    every: int  # sessions between two full probes
    keep: int  # sessions on disk
    tries: int  # to reduce a finding
    reduce: float  # seconds, likewise


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
        (self.out / "sessions").mkdir(parents=True, exist_ok=True)
        self.target.fresh()
        while not self.done():
            self.one()
            self.shown(self)
        if trouble := self.target.look(full=True):
            self.trouble(trouble)

    def one(self) -> None:
        session = self.target.run(self.seed, self.sessions)
        self.sessions += 1
        self.connections += len(session.connections)
        self.packets += sum(1 for step in session.steps if step.data)
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
        try:
            self.reduce(trouble, sessions)
        except Gone:  # nobody starts it again: what is known has to do
            self.tell(trouble, sessions[-1:], sessions, False, 0)
            raise

    def reduce(self, trouble: Trouble, sessions: list[Session]) -> None:
        reproduced = self.reproduced(trouble, sessions)
        if reproduced is None:
            self.tell(trouble, sessions[-1:], sessions, False, 0)
            return
        if not trouble.frames and (seen := self.seen(trouble, reproduced)) is not None:
            self.again(seen)
            return
        minimiser = Minimiser(
            lambda steps: self.same(trouble, reproduced, steps),
            reproduced,
            self.bounds.tries,
            self.bounds.reduce,
        )
        steps = minimiser()
        least = reproduced.but(steps)
        tries = self.bounds.tries - minimiser.left
        final = self.attempt(least) or trouble
        originals = [s for s in sessions if s.number >= reproduced.number]
        self.tell(final, [least], originals, True, tries)

    def attempt(self, session: Session) -> Trouble | None:
        """What comes of a session, on a fresh target."""
        self.target.fresh()
        self.target.play(session)
        self.shown(self)
        return self.target.look(full=True)

    def same(self, trouble: Trouble, session: Session, steps: list[Step]) -> bool:
        found = self.attempt(session.but(steps))
        return found is not None and found.coarse == trouble.coarse

    def reproduced(self, trouble: Trouble, sessions: list[Session]) -> Session | None:
        """The last session, or the last few as one, that do it again."""
        if not self.bounds.tries:
            return None
        size = 1
        while True:
            some = sessions[-size:]
            session = joined(some)
            if any(self.same(trouble, session, session.steps) for _ in range(AGAIN)):
                return session
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
        steps = without(session, there)
        if self.same(trouble, session, steps):
            return None
        return next(finding for finding in likely if finding.trigger in there)

    def tell(
        self,
        trouble: Trouble,
        sessions: list[Session],
        originals: list[Session],
        reproduced: bool,
        tries: int,
    ) -> None:
        session = sessions[-1] if sessions else Session(0, "client", [])
        finding = Finding(
            len(self.findings) + 1,
            trouble,
            trigger_of(session),
            session,
            originals,
            reproduced,
            tries,
            self.seed,
        )
        if (known := self.findings.get(finding.key)) is not None:
            self.again(known)
            return
        self.findings[finding.key] = finding
        target = self.target
        folder = finding.save(self.out, target.host, target.port, self.hang)
        doubt = "" if reproduced else " (not reproduced)"
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
    steps: list[Step] = []
    before = 0
    for session in sessions:
        moved = [s._replace(connection=s.connection + before) for s in session.steps]
        steps += moved
        # What a session leaves open ends with it.
        numbers = sorted({s.connection for s in moved})
        steps += [Step("close", number) for number in numbers]
        before = max((*numbers, before)) + 1
    return sessions[0].but(steps)


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
