# SPDX-License-Identifier: MIT
"""What `inspect --json` prints: an object a line for each packet."""

from __future__ import annotations

import json
import sys
from importlib import resources
from typing import Any

from ._json import Writer
from .arguments import Options
from .forms import is_plain
from .outcome import Outcome
from .printers import Remarks, findings_of, take_note
from .sources import Note, Seen

PIECE = 32 << 10  # bytes that are written at once
MORE = 1  # result of decoding: bytes are missing


def json_schema() -> str:
    """What a line may be."""
    return resources.files(__package__).joinpath("inspect.schema.json").read_text("utf-8")


def time_of(line: bytes) -> int | None:
    """Nanoseconds since the epoch."""
    time = json.loads(line).get("time")
    return None if time is None else round(time * 1e9)


class JsonPrinter:
    """Notes are told on standard error."""

    def __init__(
        self,
        options: Options,
        outcome: Outcome,
        *,
        show_secrets: bool = False,
        payload_text: bool = False,
    ) -> None:
        self.options = options
        self.outcome = outcome
        self.plain = is_plain(sys.stdout)
        self.style: dict[str, Any] = {
            "allow": int(options.allow),
            "refuse": int(options.refuse),
            "max_size": options.max_size or 0,
            "show_secrets": show_secrets,
            "payload_text": payload_text,
            "ascii": self.plain,
        }
        self.writer = Writer(**self.style)
        self.remarks = Remarks()
        self.packets = 0
        self.connections: set[int] = set()  # of packets that came one by one
        self.first = self.last = b""  # lines

    def packet(self, seen: Seen) -> None:
        connection = seen.connection
        findings = list(findings_of(seen, self.options))
        known = bool(connection.client)  # not of a stream
        line, code = self.writer.line(
            number=seen.number,
            time=seen.time,
            connection=connection.number,
            transport=connection.transport if known else None,
            tls=connection.tls,
            client=connection.client if known else None,
            server=connection.server if known else None,
            client_id=connection.client_id,
            sender=seen.sender or self.options.sender,
            size=seen.size,
            guessed=seen.guessed,
            data=seen.data,
            version=seen.version,
            topic=seen.topic,
            acknowledges=seen.acknowledges,
            latency=seen.latency,
            findings=[(finding.code, finding.offset, finding.field) for finding in findings],
        )
        self.connections.add(connection.number)
        self.judge(code > MORE or bool(findings), code == MORE and not seen.holed)
        self.write(line)

    # ---- Whole batches of a capture: see sources.Sink -------------------------------------------

    def write(self, lines: bytes) -> None:
        at = 0
        while at < len(lines):  # in pieces: an interruption counts those that are out
            end = lines.find(b"\n", at + PIECE) + 1 or len(lines)
            piece = lines[at:end]
            at = end
            if self.plain:
                sys.stdout.write(piece.decode("ascii"))
            else:
                sys.stdout.buffer.write(piece)
            self.packets += piece.count(b"\n")
            self.first = self.first or piece
            self.last = piece

    def judge(self, broken: bool, early: bool) -> None:
        self.outcome.broken |= broken
        self.outcome.early |= early

    # ---- The end --------------------------------------------------------------------------------

    def summary(self, connections: int) -> str:
        """Of what there was up to an interruption; connections: of all that was read."""
        from .lines import amount  # only here

        first, last = time_of(self.first.split(b"\n", 1)[0]), time_of(self.last.splitlines()[-1])
        return amount(self.packets, len(self.connections) or connections, first, last)

    # ---- Notes ----------------------------------------------------------------------------------

    def note(self, note: Note) -> None:
        take_note(note, self.outcome)
        self.remarks.note(note)

    def close(self) -> None:
        self.remarks.close()
