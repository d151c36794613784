# SPDX-License-Identifier: MIT
"""The least that does it: fewer connections, packets, fields and bytes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

import mqttwire as mq

from ..vectors.broker_talk import hello
from . import kit
from .session import CLOSE, OPEN, PAUSE, RESET, SEND, SHUT, WAIT, Session, Step
from .verdict import judged

T = TypeVar("T")
SMALLER = ("packet_drop", "unit_drop", "field_empty", "property_drop")  # operators of the kit
FIELD_SEEDS = 24  # mutations in a row without success, after which fields are as small as they get
ENDS = (SHUT, CLOSE, RESET)

Test = Callable[[list[Step]], bool]


class Spent(Exception):
    """No more tries."""


class Minimiser:
    """test: whether these steps do it, on a fresh target.  Asked so often at most, and until
    then, as time.monotonic() has it."""

    def __init__(self, test: Test, session: Session, tries: int, deadline: float) -> None:
        self.test = test
        self.sender = session.sender
        self.version = session.version
        self.left = tries
        self.deadline = deadline
        self.best = session.steps
        self.known: set[tuple[Step, ...]] = set()

    def __call__(self) -> list[Step]:
        """Steps that do it, given that those of the session do."""
        try:
            self._connections()
            self.try_(self._whole())
            self._steps()
            self.try_(self._packets())
            self._steps()
            self._plain()
            self._fields()
            self._bytes()
            self._steps()
        except Spent:
            pass
        return self.best

    def try_(self, steps: list[Step]) -> bool:
        key = tuple(steps)
        if key in self.known or steps == self.best:
            return False
        if self.left <= 0 or time.monotonic() > self.deadline:
            raise Spent
        self.left -= 1
        self.known.add(key)
        if not self.test(steps):
            return False
        self.best = steps
        return True

    # ---- Levels -----------------------------------------------------------------------------

    def _connections(self) -> None:
        numbers = list(dict.fromkeys(s.connection for s in self.best))

        def only(some: list[int]) -> bool:
            return self.try_([s for s in self.best if s.connection in some])

        reduced(numbers, only)

    def _whole(self) -> list[Step]:
        """Without pauses, and writes that follow each other as one."""
        made: list[Step] = []
        last: dict[int, int] = {}  # where a connection's last step is
        for step in self.best:
            if step.do == PAUSE:
                continue
            at = last.get(step.connection)
            if step.do == SEND and at is not None and made[at].do == SEND:
                made[at] = made[at]._replace(data=made[at].data + step.data)
                continue
            last[step.connection] = len(made)
            made.append(step)
        return made

    def _packets(self) -> list[Step]:
        """A step for each packet, where writes end with packets."""
        made: list[Step] = []
        versions: dict[int, int | None] = {}
        own = self.version
        for step in self.best:
            if step.do != SEND:
                made.append(step)
                continue
            for packet in judged(step.data, self.sender, versions.get(step.connection, own)):
                data = step.data[packet.start : packet.end]
                made.append(step._replace(data=data))
                if packet.kind == "CONNECT":
                    versions[step.connection] = mq.explain(data, None).version
        return made

    def _steps(self) -> None:
        """Openings stay: nothing happens on a connection that is not there."""

        def only(some: list[int]) -> bool:
            chosen = set(some)
            return self.try_([s for i, s in enumerate(steps) if s.do == OPEN or i in chosen])

        steps = self.best
        reduced(
            [i for i, s in enumerate(steps) if s.do in (SEND, *ENDS)]
            + [i for i, s in enumerate(steps) if s.do in (WAIT, PAUSE)],
            only,
        )
        used = {s.connection for s in self.best if s.do == SEND}
        self.try_([s for s in self.best if s.connection in used])

    def _plain(self) -> None:
        """A CONNECT with nothing in it, if any will do."""
        for index in self._longest():
            if self.sender == "client" and self.best[index].data[:1] == b"\x10":
                steps = list(self.best)
                for version in (4, 5):
                    steps[index] = steps[index]._replace(data=hello(version, "a"))
                    if self.try_(list(steps)):
                        break

    def _fields(self) -> None:
        """By the mutator, which repairs the lengths around what it takes away."""
        mutators = {
            version: kit.Mutator(
                operators=SMALLER, version=version, sender=self.sender, repair=100, rounds=1
            )
            for version in (4, 5)
        }
        for index in self._longest():
            failed = seed = 0
            while failed < FIELD_SEEDS:
                step = self.best[index]
                data = mutators[self._version(step)].mutate(step.data, seed)
                seed += 1
                failed += 1
                if data and len(data) < len(step.data) and self._replaced(index, data):
                    failed = 0

    def _bytes(self) -> None:
        for index in self._longest():
            size = max(1, len(self.best[index].data) // 2)
            while size:
                at = 0
                while at < len(self.best[index].data):
                    if not any(
                        self._replaced(index, data)
                        for data in without(self.best[index].data, at, size)
                    ):
                        at += size
                size //= 2

    def _replaced(self, index: int, data: bytes) -> bool:
        """What is wrong with a packet stays the same, or nothing is: then the rule that it breaks
        has to do with the matter, and all else can be read."""
        steps = list(self.best)
        step = steps[index]
        version = self._version(step)
        if wrong_with(data, self.sender, version) not in (
            "",
            wrong_with(step.data, self.sender, version),
        ):
            return False
        steps[index] = steps[index]._replace(data=data)
        return self.try_(steps)

    def _longest(self) -> list[int]:
        sends = [i for i, step in enumerate(self.best) if step.do == SEND]
        return sorted(sends, key=lambda i: -len(self.best[i].data))

    def _version(self, step: Step) -> int:
        """Of the step's connection: 5 if its CONNECT says so."""
        if self.version is not None:
            return self.version
        for other in self.best:
            if other.connection == step.connection and other.data[:1] == b"\x10":
                return 5 if mq.explain(other.data, None).version == 5 else 4
        return 5


def wrong_with(data: bytes, sender: mq.Sender, version: int) -> str:
    """The rule that a packet breaks, or nothing."""
    try:
        mq.decode(data, None if data[:1] == b"\x10" else version, sender)
    except mq.MqttError as error:
        return error.rule or "cut"
    return ""


def reduced(items: list[T], test: Callable[[list[T]], bool]) -> list[T]:
    """The least of them that passes the test, taking away ever smaller parts (ddmin)."""
    size = len(items)
    while size:
        at = 0
        while at < len(items):
            fewer = items[:at] + items[at + size :]
            if test(fewer):
                items = fewer
            else:
                at += size
        size = min(size // 2, len(items))
    return items


def without(data: bytes, at: int, size: int) -> Iterator[bytes]:
    """Some bytes taken away: with the Remaining Length made to fit, if it did; and as it is."""
    fewer = data[:at] + data[at + size :]
    try:
        whole = mq.frame(data, 5) == len(data)
    except mq.MqttError:
        whole = False
    head = 1
    while whole and data[head] & 0x80:
        head += 1
    head += 1
    if whole and at >= head:
        body = fewer[head:]
        yield data[:1] + length(len(body)) + body
    if fewer:
        yield fewer


def length(value: int) -> bytes:
    """A variable byte integer."""
    made = bytearray()
    while value > 0x7F:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*made, value])
