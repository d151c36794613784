# SPDX-License-Identifier: MIT
"""What `inspect` prints for people."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from datetime import datetime
from typing import Literal

import mqttwire as mq
from mqttwire.connection import finding_of

from .arguments import NAMES, Options
from .outcome import Outcome
from .payload.show import Payloads
from .render import Paint, count, dump_rows, escape, preview, quote, tree_rows
from .sources import Connection, Note, Seen

LABEL_WIDTH = 22
PAYLOAD_WIDTH = 40
PAYLOAD = re.compile(r"payload=\((\d+) bytes?\)$")
ARROWS = {"client": ">", "server": "<", None: "-"}


def findings_of(seen: Seen, options: Options) -> Iterator[mq.MqttError]:
    """The rules of the connection that a packet breaks, with the place of their fields."""
    for finding in seen.findings:
        if isinstance(finding, mq.MqttError):
            yield finding
        else:
            yield finding_of(finding, seen.data, seen.version, seen.sender, allow=options.allow)


def take_note(note: Note, outcome: Outcome) -> None:
    """What a note means for the exit code."""
    if note.level == "fault":
        outcome.broken = True
    elif note.name in ("input_cut", "compression_cut", "compression_damaged"):
        outcome.early = True


class LinePrinter:
    """A line for each packet, and below it what is wrong, and its fields or bytes if wanted."""

    def __init__(
        self,
        options: Options,
        outcome: Outcome,
        paint: Paint,
        *,
        rows: Literal["tree", "hex"] | None,
        show_secrets: bool,
        width: int | None,
        payloads: Payloads | None = None,
    ) -> None:
        self.options = options
        self.outcome = outcome
        self.paint = paint
        self.rows = rows
        self.show_secrets = show_secrets
        self.width = width
        self.payloads = payloads
        self.headed: set[int] = set()  # connections that were introduced

    # ---- Parts of a line --------------------------------------------------------------------

    def time(self, nanoseconds: int | None) -> str:
        if nanoseconds is None:
            return ""
        seconds, rest = divmod(nanoseconds, 10**9)
        return f"{datetime.fromtimestamp(seconds):%H:%M:%S}.{rest // 10**6:03} "

    def label(self, connection: Connection) -> str:
        """Who the client is, as well as that is known."""
        if not connection.client and connection.client_id is None:
            return ""
        name = connection.client_id or connection.client
        if not name.isprintable():
            name = quote(name)
        label = f"#{connection.number} {name}"
        if len(label) > LABEL_WIDTH:
            label = label[: LABEL_WIDTH - 2] + ".."
        return f"{label:<{LABEL_WIDTH}} "

    def text(self, seen: Seen) -> str:
        """The packet; what is wrong with it stands on a line of its own."""
        text = self.options.line(seen.data, seen.version, seen.sender)
        text = re.sub(r" ?!\w+ at \d+$", "", text)
        if not text.isprintable():  # what turns the direction of writing, for example
            text = "".join(c if c.isprintable() else escape(c) for c in text)
        found = PAYLOAD.search(text)
        if found is not None:
            size = int(found[1])
            payload = bytes(seen.data[max(0, len(seen.data) - size) :])
            text = f"{text[: found.start()]}payload={preview(payload, PAYLOAD_WIDTH)}"
        if seen.topic is not None:
            text += f" (topic {quote(seen.topic)})"
        if seen.acknowledges:
            text += f" (answers {seen.acknowledges})"
        return text

    def cut(self, text: str, used: int) -> str:
        """Text that fits into a line of which so much is used."""
        if self.width is None or used + len(text) <= self.width:
            return text
        return text[: max(1, self.width - used - 2)] + ".."

    def head(self, seen: Seen) -> None:
        """Introduces a connection."""
        connection = seen.connection
        if connection.number in self.headed or not connection.client:
            return
        self.headed.add(connection.number)
        version = NAMES[seen.version] if seen.version else "MQTT"
        guess = "?" if seen.guessed else ""
        day = f"{datetime.fromtimestamp((seen.time or 0) // 10**9):%Y-%m-%d}"
        text = f"#{connection.number} {connection.client} > {connection.server}  {version}{guess}"
        over = ["WebSocket"] if connection.transport == "websocket" else []
        over += [f"TLS {connection.tls}"] if connection.tls else []
        text += f" over {' in '.join(over)}" if over else ""
        print(self.paint("dim", f"{'':5} {day}  ") + self.paint("type", text))

    # ---- Lines ------------------------------------------------------------------------------

    def unseen(self, seen: Seen) -> None:
        """A packet that is not to be shown."""
        if self.payloads is not None:
            self.payloads.unseen(seen)

    def packet(self, seen: Seen) -> None:
        self.head(seen)
        label = self.label(seen.connection)
        arrow = "?" if seen.guessed else ARROWS[seen.sender]
        if seen.guessed and seen.sender is not None:
            arrow = ARROWS[seen.sender] + "?"
        before = f"{seen.number:5} {self.time(seen.time)}"
        kind, _, rest = self.text(seen).partition(" ")
        used = len(before) + len(label) + len(arrow) + len(kind) + 2
        style = seen.sender or "note"
        print(
            self.paint("dim", before)
            + self.paint(style, label + arrow)
            + " "
            + self.paint("type", kind)
            + (" " + self.cut(rest, used) if rest else "")
        )
        self.below(seen)

    def below(self, seen: Seen) -> None:
        """What is wrong with a packet, its fields or bytes, and its payload."""
        packet = None
        try:
            packet = self.options.decode(seen.data, seen.version, seen.sender)
        except mq.MqttError as error:
            self.outcome.note(error)
            self.fault(error)
        for finding in findings_of(seen, self.options):
            self.outcome.note(finding)
            self.fault(finding)
        if self.rows:
            fields = self.options.explain(seen.data, seen.version, seen.sender)
            make = dump_rows if self.rows == "hex" else tree_rows
            for row in make(seen.data, fields, self.show_secrets, self.paint):
                print(row)
        if self.payloads is not None and packet is not None:
            for row in self.payloads.rows(seen, packet, self.width, deep=self.rows is not None):
                print(row)

    def fault(self, error: mq.MqttError) -> None:
        style = "loss" if isinstance(error, mq.Incomplete) else "fault"
        text = f"! {error}"
        rows = [text]
        if self.width is not None:
            rows = textwrap.wrap(text, max(40, self.width - 6), subsequent_indent="  ")
        for row in rows:
            print(f"{'':5} {self.paint(style, row)}")

    def note(self, note: Note) -> None:
        take_note(note, self.outcome)
        if note.name in ("opened", "unanswered"):
            return  # the first packet introduces it
        label = self.label(note.connection) if note.connection else ""
        arrow = ARROWS[note.sender] if note.connection else ""
        size = f" ({count(note.size)})" if note.size else ""
        before = f"{'':5} {self.time(note.time)}{label}{arrow} "
        style = {"info": "dim", "loss": "loss", "fault": "fault"}[note.level]
        print(self.paint("dim", before) + self.paint(style, f"{note.text}{size}"))
