# SPDX-License-Identifier: MIT
"""inspect --html: one page with the packets, their bytes, and the codec to read them."""

from __future__ import annotations

import base64
import json
import sys
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from importlib import resources
from typing import Any, BinaryIO

import mqttwire as mq

from .arguments import Options
from .blanks import blanked, is_suspect, secret_spans
from .outcome import Outcome, UsageError
from .printers import findings_of, take_fault, take_note
from .render import count
from .sources import Connection, Note, Seen
from .stream import GUESSES

SENDERS = {None: 0, "client": 1, "server": 2}
SURE = [None, *GUESSES]
REPEATS = 4  # of a packet's flags, beside its place in SURE
LARGE = 400 << 20  # bytes: longer texts are more than browsers take


def template() -> tuple[bytes, bytes]:
    """The page before its data and after it."""
    try:
        text = resources.files(__package__).joinpath("page.html").read_bytes()
    except FileNotFoundError:
        raise UsageError(
            "no page can be made: mqttwire was built without clang and lld (option `page`)"
        ) from None
    before, after = text.split(b"{{data}}")
    return before, after


class Packed:
    """A part of the page: bytes, compressed, in base 64."""

    def __init__(self, out: BinaryIO, name: str) -> None:
        self.out = out
        self.packer = zlib.compressobj(6)
        self.rest = b""
        self.size = 0  # bytes, compressed
        out.write(f'<script type="application/octet-stream" id="{name}">'.encode())

    def add(self, data: bytes | memoryview) -> None:
        self._put(self.packer.compress(data))

    def _put(self, data: bytes) -> None:
        self.size += len(data)
        data = self.rest + data
        whole = len(data) - len(data) % 3
        self.rest = data[whole:]
        if whole:
            self.out.write(base64.b64encode(data[:whole]))

    def close(self) -> None:
        self._put(self.packer.flush())
        self.out.write(base64.b64encode(self.rest) + b"</script>\n")


class Columns:
    """What is known of each packet beside its bytes; tool/page/data.mjs reads it."""

    def __init__(self) -> None:
        self.time = array("d")  # nanoseconds since the first one; NaN: not known
        self.number = array("I")  # ascending; not all are there if some were filtered out
        self.length = array("I")  # bytes that are there
        self.size = array("I")  # bytes of all of it; 0: not known
        self.connection = array("I")
        self.topic = array("I")  # of a topic alias: index in a list; 0: none
        self.acknowledges = array("I")  # which one here, 1, 2, ...; 0: none
        self.version = array("B")
        self.sender = array("B")
        self.flags = array("B")

    def parts(self) -> Iterator[bytes]:
        for column in vars(self).values():
            if sys.byteorder == "big":
                column.byteswap()
            yield column.tobytes()


class PagePrinter:
    """Collects packets; their bytes are written as they come, all else at the end."""

    def __init__(
        self,
        out: BinaryIO,
        title: str,
        options: Options,
        outcome: Outcome,
        show_secrets: bool,
        *,
        is_part: bool = False,
    ) -> None:
        """is_part: some packets were filtered out."""
        self.out = out
        self.is_part = is_part
        self.title = title
        self.options = options
        self.outcome = outcome
        self.show_secrets = show_secrets
        self.columns = Columns()
        self.connections: dict[int, Connection] = {}
        self.topics: dict[str, int] = {"": 0}
        self.start: int | None = None
        self.findings: list[tuple[int, int, int, str]] = []
        self.notes: list[dict[str, Any]] = []
        self.unanswered: list[tuple[int, float | None]] = []  # which one here, and seconds
        self.hidden: dict[int, list[tuple[int, int]]] = {}  # spans that are blanks
        self.told: dict[int, dict[str, Any]] = {}
        before, self.after = template()
        out.write(before)
        self.bytes = Packed(out, "bytes")

    # ---- What comes -----------------------------------------------------------------------------

    def packet(self, seen: Seen) -> None:
        at = len(self.columns.length)
        columns = self.columns
        sender = seen.sender or self.options.sender
        error = None
        try:
            self.options.decode(seen.data, seen.version, seen.sender)
        except mq.MqttError as broken:
            take_fault(seen, broken, self.outcome)
            error = broken
        for finding in findings_of(seen, self.options):
            self.outcome.note(finding)
            self.findings.append((at, finding.code, finding.offset, finding.field))
        data = self.without_secrets(at, seen, error)
        self.bytes.add(data)
        self.connections[seen.connection.number] = seen.connection
        columns.time.append(self.since_start(seen.time))
        columns.number.append(seen.number)
        columns.length.append(len(data))
        columns.size.append(seen.size)
        columns.connection.append(seen.connection.number)
        columns.topic.append(self.topics.setdefault(seen.topic or "", len(self.topics)))
        columns.acknowledges.append(self.place_of(seen.acknowledges))
        columns.version.append(seen.version or 0)
        columns.sender.append(SENDERS[sender])
        columns.flags.append(SURE.index(seen.guessed) | REPEATS * seen.repeats)

    def note(self, note: Note) -> None:
        take_note(note, self.outcome)
        if note.name == "unanswered" and (place := self.place_of(note.number)):
            waited = None if note.latency is None else note.latency / 1e9
            self.unanswered.append((place, waited))
        if note.name in ("opened", "unanswered"):
            return
        if note.connection is not None:
            self.connections.setdefault(note.connection.number, note.connection)
        time = self.since_start(note.time)
        self.notes.append(
            {
                "before": len(self.columns.length),
                "level": note.level,
                "text": note.text,
                "connection": note.connection.number if note.connection else 0,
                "sender": SENDERS[note.sender],
                "time": None if time != time else time,
                "size": note.size,
            }
        )

    def place_of(self, number: int) -> int:
        """Which packet of the page has this number: 1, 2, ...; 0: none."""
        numbers = self.columns.number
        at = bisect_left(numbers, number)
        return at + 1 if at < len(numbers) and numbers[at] == number else 0

    def since_start(self, time: int | None) -> float:
        if time is None:
            return float("nan")
        if self.start is None:
            self.start = time
        return float(time - self.start)

    # ---- Secrets --------------------------------------------------------------------------------

    def without_secrets(
        self, at: int, seen: Seen, error: mq.MqttError | None
    ) -> bytes | memoryview:
        """The bytes with each one of a secret blanked; the same object if there is none."""
        if self.show_secrets or not is_suspect(seen.data, error):
            return seen.data
        fields = self.options.explain(seen.data, seen.version, seen.sender)
        spans = secret_spans(seen.data, fields)
        if not spans:
            return seen.data
        self.hidden[at] = spans
        if error is not None:
            self.told[at] = self.verdict(seen, fields, error)
        return blanked(seen.data, spans)

    def verdict(self, seen: Seen, fields: mq.Explanation, error: mq.MqttError) -> dict[str, Any]:
        """What the codec says of bytes that it would judge otherwise with blanks in them."""
        unread = [field for field in fields if field.kind == mq.Kind.UNREAD]
        return {
            "code": error.code,
            "size": error.size,
            "offset": error.offset,
            "field": error.field,
            "version": error.version or 0,
            "line": self.options.line(seen.data, seen.version, seen.sender),
            "unread": [[field.path, field.note, field.start, field.end] for field in unread],
        }

    # ---- The end --------------------------------------------------------------------------------

    def about(self) -> dict[str, Any]:
        from importlib.metadata import version  # which takes its time to load

        return {
            "title": self.title,
            "by": version("mqttwire"),
            "count": len(self.columns.length),
            "start": None if self.start is None else str(self.start),
            "options": {
                "allow": self.options.allow,
                "refuse": self.options.refuse,
                "max_size": self.options.max_size or 0,
            },
            "connections": [
                {
                    "number": made.number,
                    "client": made.client,
                    "server": made.server,
                    "client_id": made.client_id,
                    "transport": made.transport,
                    "tls": made.tls,
                }
                for made in self.connections.values()
            ],
            "sure": SURE,
            "topics": list(self.topics),
            "is_part": self.is_part,
            "unanswered": self.unanswered,
            "findings": self.findings,
            "notes": self.notes,
            "hidden": self.hidden,
            "told": self.told,
        }

    def close(self) -> None:
        self.bytes.close()
        index = Packed(self.out, "index")
        for part in self.columns.parts():
            index.add(part)
        index.close()
        about = Packed(self.out, "about")
        about.add(json.dumps(self.about(), ensure_ascii=True).encode())
        about.close()
        self.out.write(self.after)

    def summary(self) -> Iterator[str]:
        yield count(len(self.columns.length), "packet")
        if self.hidden:
            yield f"secrets are blanked in {len(self.hidden)} of them"
        if self.bytes.size * 4 // 3 > LARGE:
            yield "it is so large that browsers may not open it"


# ---- What is told beside it -------------------------------------------------------------------


