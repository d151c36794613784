# SPDX-License-Identifier: MIT
"""What a broker may not do, as far as the bytes of its connections prove it: notes by rule."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import mqttwire as mq

from ..frames import other
from .session import GOT, OPEN, SEND, Event, Session
from .verdict import Judged, judged

SENT, TAKEN = "sent", "accepted"  # it breaks a rule itself; it goes on after a packet that does
FAILURE = 0x80  # reason codes from here on refuse


@dataclass
class Note:
    what: str
    packet: str  # with the rule
    ids: list[str]
    session: int
    times: int = 1

    def __str__(self) -> str:
        ids = f" ({', '.join(self.ids)})" if self.ids else ""
        return f"{self.what} {self.packet}{ids}: {self.times}, first in session {self.session}"


class Judge:
    """Sessions with something new are saved."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.notes: dict[tuple[str, str], Note] = {}

    def __call__(self, session: Session) -> None:
        for number in session.connections:
            events = [event for event in session.events if event.connection == number]
            starts = [i for i, event in enumerate(events) if event.do == OPEN]
            if len(starts) == 1:
                for what, packet, ids in self.found(session.sender, events):
                    self.note(what, packet, ids, session)

    def found(
        self, sender: mq.Sender, events: list[Event]
    ) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """What one connection shows."""
        server: mq.Sender = "server" if other(sender) == "server" else "client"
        yield from broken(server, events)
        if sender == "client":
            yield from accepted(events)

    def note(self, what: str, packet: str, ids: tuple[str, ...], session: Session) -> None:
        known = self.notes.get((what, packet))
        if known is not None:
            known.times += 1
            return
        self.notes[what, packet] = Note(what, packet, list(ids), session.number)
        self.folder.mkdir(parents=True, exist_ok=True)
        session.save(self.folder / f"{what}-{packet.replace(' ', '-').lower()}.jsonl")

    def write(self) -> None:
        if self.notes:
            rows = [vars(note) for note in self.sorted()]
            (self.folder / "notes.json").write_text(json.dumps(rows, indent=2) + "\n")

    def sorted(self) -> list[Note]:
        return sorted(self.notes.values(), key=lambda note: (note.what, note.packet))


def broken(by: mq.Sender, events: list[Event]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """The rules that one side breaks."""
    rules = mq.Connection()
    dead = False
    for event in events:
        if event.do not in (SEND, GOT) or (event.do == GOT and dead):
            continue
        ours = event.do == SEND
        try:
            for seen in rules.feed("client" if ours == (by == "server") else "server", event.data):
                for error in () if ours else seen.findings:
                    yield SENT, f"{_type(seen)} {error.rule}", error.ids
        except mq.MqttError as error:
            dead = True  # what answers a packet of ours that is wrong is nothing to go by
            if not ours:
                yield SENT, f"packet {error.rule}", error.ids
        except ValueError:
            dead = True  # the version is not known


def _type(seen: mq.Seen) -> str:
    return seen.packet.type.name if seen.packet is not None else "packet"


def accepted(events: list[Event]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """A packet of ours breaks a rule, and a PINGREQ after it is answered.

    None of its packets may have been refused by a reason code, which is an answer as well.
    """
    sent = judged(_bytes(events, SEND), "client")
    wrong = next((i for i, packet in enumerate(sent) if packet.rule), None)
    if wrong is None or sent[wrong].rule in ("cut", "unreadable"):
        return
    got = _bytes(events, GOT)
    came = judged(got, "server", next((p.version for p in sent if p.version), 4))
    answers = [packet for packet in came if packet.kind == "PINGRESP"]
    asked = [packet for packet in sent[:wrong] if packet.kind == "PINGREQ"]
    if len(answers) > len(asked) and not any(_refuses(got, packet) for packet in came):
        rule = next((r for r in mq.Rule if r.name.lower() == sent[wrong].rule), None)
        version = sent[wrong].version or 4
        ids = mq.rule_info(rule).ids(version) if rule is not None else ()
        yield TAKEN, sent[wrong].name, tuple(ids)


def _bytes(events: list[Event], do: str) -> bytes:
    return b"".join(event.data for event in events if event.do == do)


def _refuses(stream: bytes, judgement: Judged) -> bool:
    try:
        packet = mq.decode(stream[judgement.start : judgement.end], judgement.version)
    except (mq.MqttError, ValueError):
        return False
    codes = [*getattr(packet, "reason_codes", ()), getattr(packet, "reason_code", 0)]
    return any(code >= FAILURE for code in codes)
