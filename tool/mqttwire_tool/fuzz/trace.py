# SPDX-License-Identifier: MIT
"""A session that was played, for people: as `inspect` prints it, and as a capture."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable
from pathlib import Path

import mqttwire as mq

from ..arguments import Options
from ..frames import other
from ..lines import LinePrinter
from ..outcome import Outcome
from ..pcapng import Writer
from ..proxy.watch import Watch
from ..render import Paint
from ..sources import Connection, Numbers
from ..track import IN_WIRESHARK, Track
from .session import BLOCKED, CLOSE, CLOSED, GOT, OPEN, REFUSED, RESET, SEND, SHUT, Event, Session
from .verdict import judged

NANOSECONDS = 10**9
FIRST_PORT = 50000
BESIDE = 4096  # bytes: shorter sessions are shown byte by byte
ENDED = {
    CLOSE: "we closed the connection",
    RESET: "we reset the connection",
    SHUT: "we end our direction",
    CLOSED: "the other side closed the connection",
    BLOCKED: "the other side reads nothing",
    REFUSED: "no connection comes about",
}


def written(session: Session, began: float, host: str, port: int) -> str:
    """A line for each packet, with its bytes if there are not too many of them."""
    outcome = Outcome()
    options = Options(version=_version(session), allow=mq.Allow.MQTT_3_1)
    size = sum(len(event.data) for event in session.events)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        printer = LinePrinter(
            options,
            outcome,
            Paint(False),
            rows="hex" if size <= BESIDE else None,
            show_secrets=True,
            width=None,
        )
        numbers = Numbers()
        watches: dict[int, Watch] = {}
        for event in session.events:
            number, at = event.connection, _time(began, event)
            if event.do == OPEN:
                numbers.connections += 1
                place = Connection(numbers.connections, f"connection {number}", f"{host}:{port}")
                watches[number] = Watch(place, numbers, options, printer)
            if (watch := watches.get(number)) is None:
                continue
            who = _who(session, event)
            if event.do in (SEND, GOT):
                watch.take(who, event.data, at)
            elif event.do in ENDED:
                watch.end(who, at)
                watch.note("info", ENDED[event.do], who, at)
        for watch in watches.values():
            watch.over(_time(began, session.events[-1]))
        printer.close()
    return out.getvalue()


def capture(session: Session, began: float, port: int, file: Path) -> None:
    """Plain TCP on loopback addresses, with the times of what happened."""
    with open(file, "wb") as out:
        writer = Writer(out, f"Played by mqttwire fuzz. {IN_WIRESHARK}")

        def put(time: int, frames: Iterable[bytes], comment: str = "") -> None:
            for frame in frames:
                writer.frame(time, frame, comment)
                comment = ""

        tracks: dict[int, Track] = {}
        opened = 0
        for event in session.events:
            number, at = event.connection, _time(began, event)
            if event.do == OPEN:
                ends = ("127.0.0.1", FIRST_PORT + opened % 10000), ("127.0.0.1", port)
                opened += 1
                tracks[number] = Track(put, *ends)
                tracks[number].opened(at, "")
            if (track := tracks.get(number)) is None:
                continue
            who = _who(session, event)
            if event.do in (SEND, GOT):
                track.sent(at, who, event.data)
            elif event.do == RESET:
                track.reset(at, who)
            elif event.do in (CLOSE, CLOSED, SHUT):
                track.ended(at, who)


def _version(session: Session) -> int:
    """For connections that do not tell it themselves."""
    if session.version is not None:
        return session.version
    stream = b"".join(step.data for step in session.steps)
    connects = [packet for packet in judged(stream, "client") if packet.kind == "CONNECT"]
    found = (mq.explain(stream[p.start : p.end], None).version for p in connects)
    return next((version for version in found if version in (4, 5)), 4)


def _time(began: float, event: Event) -> int:
    return int((began + event.at) * NANOSECONDS)


def _who(session: Session, event: Event) -> mq.Sender:
    """Who did this."""
    theirs = event.do in (GOT, CLOSED, BLOCKED, REFUSED)
    sender = other(session.sender) if theirs else session.sender
    return "server" if sender == "server" else "client"
