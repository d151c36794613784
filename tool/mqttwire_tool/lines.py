# SPDX-License-Identifier: MIT
"""What `inspect` and `proxy` print for people: a line for each packet."""

from __future__ import annotations

import re
import sys
from datetime import datetime
from typing import Literal

import mqttwire as mq

from .arguments import NAMES, Options, limit_of
from .layout import INDENT, cells, padded, rows_of, shortened
from .moments import span_text
from .outcome import Outcome
from .payload.show import Payloads
from .pending import ENDS, Pending, Question
from .printers import findings_of, take_fault, take_note
from .render import Paint, count, escape, packet_rows, preview, quote
from .sources import Connection, Item, Note, Seen

LABEL_WIDTH = 22
NARROW_LABEL = 16
NARROW = 100  # columns of a terminal, below which lines have less beside what they say
PAYLOAD_WIDTH = 40
PAYLOAD = re.compile(r" payload=\((\d+) bytes?\)$")
WILL = re.compile(r"(?<=will\.payload=)\((\d+) bytes?\)$")
ARROWS = {"client": ">", "server": "<", None: "-"}


def day_of(nanoseconds: int) -> str:
    return f"{datetime.fromtimestamp(nanoseconds // 10**9):%Y-%m-%d}"


def clock_of(nanoseconds: int) -> str:
    seconds, rest = divmod(nanoseconds, 10**9)
    return f"{datetime.fromtimestamp(seconds):%H:%M:%S}.{rest // 10**6:03}"


def printable(text: str) -> str:
    """Text without what does something to a terminal, such as turning the direction of writing."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else escape(c) for c in text)


def put(line: str = "") -> None:
    """Prints a line in one piece, between whose parts no interruption comes."""
    sys.stdout.write(f"{line}\n")


def amount(packets: int, connections: int, first: int | None, last: int | None) -> str:
    """How much was printed, and of what time."""

    def some(number: int, what: str) -> str:
        return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"

    text = f"{some(packets, 'packet')} of {some(connections, 'connection')}"
    if first is None or last is None:
        return text
    return f"{text} in {span_text(last - first)}, {clock_of(first)} to {clock_of(last)}"


def mark(seen: Seen) -> str:
    """What marks a guess that may be wrong."""
    return "" if seen.guessed in (None, "certain") else "?"


class Totals:
    """What was printed, for whoever interrupts it."""

    def __init__(self) -> None:
        self.packets = 0
        self.broken = 0
        self.first: int | None = None
        self.last: int | None = None

    def packet(self, seen: Seen) -> None:
        self.packets += 1
        if seen.time is not None:
            self.first = seen.time if self.first is None else min(self.first, seen.time)
            self.last = seen.time if self.last is None else max(self.last, seen.time)

    def text(self, connections: int, unanswered: int) -> str:
        parts = amount(self.packets, connections, self.first, self.last)
        wrong = f"{self.broken:,} with broken rules, {unanswered:,} never answered"
        return f"{parts}; {wrong}"


class LinePrinter:
    """A line for each packet, and below it what is wrong, and its fields or bytes if wanted.

    packet() and note() are given what is to be shown, unseen() what is not, and close() ends it.
    """

    def __init__(
        self,
        options: Options,
        outcome: Outcome,
        paint: Paint,
        *,
        rows: Literal["tree", "hex"] | None,
        show_secrets: bool,
        width: int | None,
        complete: bool = True,
        payloads: Payloads | None = None,
        full: bool = False,
    ) -> None:
        """width: columns of a terminal.  complete: everything is to be shown.

        full: all fields of each packet, and all rows of its bytes.
        """
        self.options = options
        self.outcome = outcome
        self.paint = paint
        self.rows = rows
        self.show_secrets = show_secrets
        self.width = width
        self.payloads = payloads
        self.full = full
        self.label_width = NARROW_LABEL if width is not None and width < NARROW else LABEL_WIDTH
        self.headed: set[int] = set()  # open connections that were introduced
        self.connections = 0  # that were
        self.pending = Pending(complete)
        self.totals = Totals()

    # ---- Parts of a line --------------------------------------------------------------------

    def time(self, nanoseconds: int | None) -> str:
        return "" if nanoseconds is None else f"{clock_of(nanoseconds)} "

    def label(self, connection: Connection) -> str:
        """Who the client is, as well as that is known."""
        if not connection.client:
            return ""
        name = connection.client_id or connection.client
        if not name.isprintable():
            name = quote(name)
        label = shortened(f"#{connection.number} {name}", self.label_width)
        return padded(label, self.label_width) + " "

    def said(self, seen: Seen) -> str:
        """The packet in words without its payload; what is wrong stands on a line of its own."""
        text = self.options.line(seen.data, seen.version, seen.sender)
        text = printable(re.sub(r" ?!\w+ at \d+$", "", text))
        will = WILL.search(text)  # which comes last where there is no username
        if will is None:
            return text
        payload = bytes(seen.data[max(0, len(seen.data) - int(will[1])) :])
        return text[: will.start()] + preview(payload, PAYLOAD_WIDTH)

    @staticmethod
    def payload(seen: Seen, text: str) -> tuple[str, bytes | None]:
        """Words about a packet, and the payload that they only count."""
        found = PAYLOAD.search(text)
        if found is None:
            return text, None
        size = int(found[1])
        return text[: found.start()], bytes(seen.data[max(0, len(seen.data) - size) :])

    def text(self, seen: Seen) -> str:
        """The packet with what is known of it."""
        text, payload = self.payload(seen, self.said(seen))
        if payload is not None:
            text += f" payload={preview(payload, PAYLOAD_WIDTH)}"
        if seen.topic is not None:
            text += f" (topic {quote(seen.topic)})"
        return text

    @staticmethod
    def links(seen: Seen) -> str:
        """What it answers, and what answers it."""
        text = ""
        if seen.acknowledges:
            after = "" if seen.latency is None else f" after {span_text(seen.latency)}"
            text += f" (answers {seen.acknowledges}{after})"
        if seen.answered:
            text += f" (answered by {seen.answered})"
        return text

    def row(self, before: str, label: str, text: str, style: str = "", plain: str = "") -> None:
        """A line: where it is, who, and what, of which the first word is told apart."""
        rows = [text]
        if self.width is not None:
            rows = list(rows_of(text, self.width, cells(before) + cells(label)))
        first = rows[0]
        if plain:
            first = self.paint(plain, first)
        else:
            kind, blank, rest = first.partition(" ")
            first = self.paint("type", kind) + blank + rest
        put(self.paint("dim", before) + self.paint(style or "dim", label) + first)
        for more in rows[1:]:
            put(" " * INDENT + (self.paint(plain, more) if plain else more))

    def head(self, seen: Seen) -> None:
        """Introduces a connection."""
        connection = seen.connection
        if connection.number in self.headed or not connection.client:
            return
        self.headed.add(connection.number)
        self.connections += 1
        day = "" if seen.time is None else f"{day_of(seen.time)}  "
        self.row(f"{'':5} {day}", "", self.introduction(seen), plain="type")

    @staticmethod
    def introduction(seen: Seen) -> str:
        connection = seen.connection
        version = NAMES[seen.version] if seen.version else "MQTT"
        guess = f"{mark(seen)} (worked out: {seen.guessed})" if seen.guessed else ""
        ends = f"{connection.client} > {connection.server}" if connection.client else "a stream"
        text = f"#{connection.number} {ends}  {version}{guess}"
        over = ["WebSocket"] if connection.transport == "websocket" else []
        over += [f"TLS {connection.tls}"] if connection.tls else []
        return text + (f" over {' in '.join(over)}" if over else "")

    @staticmethod
    def arrow(seen: Seen) -> str:
        if seen.sender is None and seen.guessed:
            return "?"
        return ARROWS[seen.sender] + mark(seen)

    # ---- Lines ------------------------------------------------------------------------------

    def unseen(self, item: Item) -> None:
        """What is not shown, and may say something of what is."""
        self.look(item)
        if self.payloads is not None and isinstance(item, Seen):
            self.payloads.unseen(item)

    def look(self, item: Item) -> None:
        """What may answer what is shown."""
        if isinstance(item, Note):
            self.pending.note(item)
            if item.name in ENDS and item.connection is not None:
                self.headed.discard(item.connection.number)
        else:
            self.pending.answer(item)

    def packet(self, seen: Seen) -> None:
        self.look(seen)
        self.head(seen)
        text = self.text(seen)
        before = f"{seen.number:5} {self.time(seen.time)}"
        label = f"{self.label(seen.connection)}{self.arrow(seen)} "
        self.row(before, label, text + self.links(seen), seen.sender or "note")
        self.below(seen, text)

    def below(self, seen: Seen, text: str) -> None:
        """What is wrong with a packet, its fields or bytes, and its payload."""
        self.totals.packet(seen)
        faults: list[mq.MqttError] = []
        packet = None
        try:
            packet = self.options.decode(seen.data, seen.version, seen.sender)
            self.pending.ask(seen, packet, text)
        except mq.MqttError as error:
            faults.append(error)
        faults += findings_of(seen, self.options)
        for fault in faults:
            take_fault(seen, fault, self.outcome)
            self.fault(fault)
        self.totals.broken += any(not isinstance(fault, mq.Incomplete) for fault in faults)
        if self.rows:
            fields = self.options.explain(
                seen.data, seen.version, seen.sender, limit_of(self.full)
            )
            for row in packet_rows(
                self.rows, seen.data, fields, self.show_secrets, self.paint, self.width, self.full
            ):
                put(row)
        if self.payloads is not None and packet is not None:
            for row in self.payloads.rows(seen, packet, self.width, deep=self.rows is not None):
                put(row)

    def fault(self, error: mq.MqttError) -> None:
        style = "loss" if isinstance(error, mq.Incomplete) else "fault"
        self.row(f"{'':5} ", "", f"! {error}", plain=style)

    def note(self, note: Note) -> None:
        self.look(note)
        take_note(note, self.outcome)
        if note.name in ("opened", "unanswered"):
            return  # the first packet introduces it; what was not answered is told at the end
        label = self.label(note.connection) if note.connection else ""
        arrow = f"{ARROWS[note.sender]} " if note.connection else " "
        size = f" ({count(note.size)})" if note.size else ""
        mark = "! " if note.level == "fault" else ""
        style = {"info": "dim", "loss": "loss", "fault": "fault"}[note.level]
        before = f"{'':5} {self.time(note.time)}"
        self.row(before, f"{label}{arrow}", f"{mark}{note.text}{size}", "dim", style)

    # ---- The end ----------------------------------------------------------------------------

    def interrupt(self) -> None:
        """Nothing more was read, though there is more."""
        self.pending.interrupt(self.totals.last)

    def close(self) -> None:
        """What was never answered."""
        lost = self.pending.finish()
        if lost:
            put(f"{'':5} {self.paint('type', 'never answered:')}")
        for question in lost:
            self.unanswered(question)
        if self.pending.more:
            put(f"{'':5} and {self.pending.more:,} more")

    def unanswered(self, question: Question) -> None:
        before = f"{'':5} {question.number:5} "
        label = f"{self.label(question.connection)}{ARROWS[question.sender]} "
        waited = "" if question.waited is None else f"waited {span_text(question.waited)}"
        if question.still:
            waited += ", and the connection goes on" if waited else "the connection goes on"
        if question.doubt:
            waited += f"{', ' if waited else ''}bytes are missing where an answer may have been"
        text = f"{question.text} ({waited})" if waited else question.text
        self.row(before, label, text, question.sender or "note")

    def summary(self) -> str:
        """Of what there was up to an interruption."""
        unanswered = len(self.pending.lost) + self.pending.more
        return self.totals.text(self.connections or 1, unanswered)
