# SPDX-License-Identifier: MIT
"""A session: what is done on several connections, in order, and what came of it.

As a file it is a line of JSON for each step and each arrival, and can be played again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import mqttwire as mq

from ..outcome import UsageError

FORMAT = "mqttwire-session-1"

OPEN, SEND, WAIT, PAUSE = "open", "send", "wait", "pause"
SHUT, CLOSE, RESET = "shut", "close", "reset"  # our direction ends; both do; and at once
STEPS = (OPEN, SEND, WAIT, PAUSE, SHUT, CLOSE, RESET)
GOT, CLOSED, REFUSED, BLOCKED = "got", "closed", "refused", "blocked"  # what came of them
UNSENT = "unsent"  # what a step had to send, and nobody was there to take
NO_TYPE = 0
PARTS = 1000  # as many are never joined


class Step(NamedTuple):
    do: str
    connection: int = 0
    data: bytes = b""  # to send
    kind: int = NO_TYPE  # of the packet to wait for; none: whatever comes
    seconds: float = 0  # to wait at most, or to pause


class Event(NamedTuple):
    """A step that was taken, or what came from the other side."""

    at: float  # seconds since the session began
    do: str
    connection: int
    data: bytes = b""
    kind: int = NO_TYPE
    seconds: float = 0


@dataclass
class Session:
    number: int
    sender: mq.Sender  # who we are
    steps: list[Step]
    events: list[Event] = field(default_factory=list)
    version: int | None = None  # of a broker's session, where no CONNECT of ours tells it
    parts: int = 1  # sessions that it was joined of: each may take its time
    stopped: bool = False  # when it was played, for its time was over

    def but(self, steps: list[Step]) -> Session:
        """The same with other steps."""
        return Session(self.number, self.sender, steps, [], self.version, self.parts)

    @property
    def connections(self) -> list[int]:
        return list(dict.fromkeys(s.connection for s in self.steps if s.do == OPEN))

    @property
    def writes(self) -> list[Step | Event]:
        """What we send; of a session that was played, what we sent."""
        shown: Sequence[Step | Event] = self.events or self.steps
        return [each for each in shown if each.do == SEND and each.data]

    @property
    def size(self) -> int:
        return sum(len(write.data) for write in self.writes)

    def stream(self, connection: int) -> bytes:
        """What we send there."""
        return b"".join(write.data for write in self.writes if write.connection == connection)

    def save(self, file: Path) -> None:
        """With what came of it, if it was played."""
        shown: Iterable[Step | Event] = self.events or self.steps
        head = {"format": FORMAT, "session": self.number, "sender": self.sender}
        if self.version is not None:
            head = {**head, "version": self.version}
        if self.parts > 1:
            head = {**head, "parts": self.parts}
        file.write_text("".join(json.dumps(row) + "\n" for row in (head, *map(_row, shown))))


def _row(shown: Step | Event) -> dict[str, object]:
    row: dict[str, object] = {"do": shown.do, "connection": shown.connection}
    if isinstance(shown, Event):
        row["at"] = round(shown.at, 6)
    if shown.do in (SEND, UNSENT, GOT):
        row["bytes"] = shown.data.hex()
    if shown.do == WAIT:
        row["type"] = shown.kind
    if shown.do in (WAIT, PAUSE):
        row["seconds"] = shown.seconds
    return row


def load(file: Path) -> Session:
    """The steps of a file."""
    try:
        head, *rows = map(json.loads, file.read_text().splitlines())
        if head["format"] != FORMAT:
            raise ValueError(head["format"])
        steps = [
            Step(
                SEND if row["do"] == UNSENT else row["do"],
                row["connection"],
                bytes.fromhex(row.get("bytes", "")),
                row.get("type", NO_TYPE),
                row.get("seconds", 0),
            )
            for row in rows
            if row["do"] in (*STEPS, UNSENT)
        ]
        parts = head.get("parts", 1)
        if not 1 <= parts <= PARTS:
            raise ValueError(f"parts {parts}")
        return Session(head["session"], head["sender"], steps, [], head.get("version"), parts)
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{file}: this is no session: {error}") from None
