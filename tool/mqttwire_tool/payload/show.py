# SPDX-License-Identifier: MIT
"""--payload: rows below a message that say what its payload is."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator
from itertools import chain, islice
from typing import NamedTuple

import mqttwire as mq

from ..arguments import Options
from ..outcome import UsageError
from ..render import Paint, count
from ..sources import Seen
from . import cbor, hexrows, jsontext, layout, sparkplug, text
from .declared import Declared, declared
from .sparkplug_names import NAMESPACE, Names, place_of
from .sparkplug_schema import payload_class

FORMS = ("text", "json", "hex", "cbor", "sparkplug", "declared")
TITLES = {
    "text": "text",
    "json": "JSON",
    "hex": "hex",
    "cbor": "CBOR",
    "cbor-seq": "CBOR sequence",
    "sparkplug": "Sparkplug B",
}
ROWS = 40  # that are shown without --payload-full
FEW = 4  # likewise, of bytes that are not what they should be
TEXT = 2000  # characters, likewise
WIDTH = 80  # of rows in a pipe
INDENT = 6  # columns, as of what is wrong with a packet
DEEPER = 12  # columns below fields


class Message(NamedTuple):
    """A payload, and what may declare its form."""

    what: str
    topic: str
    payload: bytes
    properties: mq.Properties | None


def add_payload(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("payloads, below their lines")
    group.add_argument(
        "--payload",
        choices=FORMS,
        help="show them as this, or as they declare by Content Type, Payload Format Indicator or"
        " a topic of Sparkplug; nothing is guessed, and what does not fit is told",
    )
    group.add_argument(
        "--payload-full", action="store_true", help="all of each, however long; otherwise 40 rows"
    )


def check_payload(arguments: argparse.Namespace) -> None:
    """UsageError: nothing would come of it."""
    if arguments.payload is None:
        if arguments.payload_full:
            raise UsageError("--payload-full is for --payload")
        return
    if arguments.json:
        raise UsageError("--payload is for lines; --json has --payload-text")
    for other in ("html", "pcapng"):
        if getattr(arguments, other, None) is not None:
            raise UsageError(f"--payload is for lines, and --{other} prints none")


def payloads_of(arguments: argparse.Namespace, options: Options, paint: Paint) -> Payloads | None:
    """What shows payloads, if they are asked for."""
    check_payload(arguments)
    if arguments.payload is None:
        return None
    if arguments.payload == "sparkplug":
        try:
            payload_class()
        except ImportError:
            raise UsageError(sparkplug.NEEDS) from None
    return Payloads(arguments.payload, arguments.payload_full, options, paint)


class Payloads:
    """Shows payloads in a form, and keeps what births say of later messages."""

    def __init__(self, form: str, full: bool, options: Options, paint: Paint) -> None:
        self.form = form
        self.full = full
        self.options = options
        self.paint = paint
        self.names = Names()

    def unseen(self, seen: Seen) -> None:
        """A packet that is not shown: it may be a birth."""
        if self.form not in ("sparkplug", "declared"):
            return
        kind = seen.data[0] >> 4 if seen.data else 0
        begin = bytes(seen.data[: len(NAMESPACE) + 10])
        if kind == mq.Type.PUBLISH and (seen.topic or NAMESPACE.encode() in begin):
            for message in self._messages(seen, None):
                self._learn(message)

    def rows(self, seen: Seen, packet: mq.Packet, width: int | None, deep: bool) -> Iterator[str]:
        """Rows for the line of a packet; deep: its fields stand before them."""
        indent = DEEPER if deep else INDENT
        room = None if width is None else max(20, width - indent)
        for message in self._messages(seen, packet):
            for row in self._message(message, room):
                yield " " * indent + row

    # ---- Messages ---------------------------------------------------------------------------

    def _messages(self, seen: Seen, packet: mq.Packet | None) -> Iterator[Message]:
        if packet is None:
            try:
                packet = self.options.decode(seen.data, seen.version, seen.sender)
            except mq.MqttError:
                return
        if isinstance(packet, mq.Publish):
            topic = packet.topic if seen.topic is None else seen.topic
            yield Message("", str(topic), bytes(packet.payload), packet.properties)
        elif isinstance(packet, mq.Connect) and packet.will is not None:
            will = packet.will
            yield Message("will, ", str(will.topic), bytes(will.payload or b""), will.properties)

    def _learn(self, message: Message) -> None:
        place = place_of(message.topic)
        if place is None or not place.kind.endswith(("BIRTH", "DEATH")):
            return
        if len(message.payload) <= layout.LARGEST and not message.what:
            with contextlib.suppress(layout.Unfit, layout.Missing):
                self.names.see(place, sparkplug.payload_of(message.payload))

    def _message(self, message: Message, room: int | None) -> Iterator[str]:
        form = Declared(self.form)
        if self.form == "declared":
            form = declared(message.topic, message.properties)
        if self.form in ("sparkplug", "declared"):
            self._learn(message)
        if form.form is None:
            return
        title = message.what + TITLES[form.form] + (f" by {form.by}" if form.by else "")
        if not message.payload:
            yield self._title(f"{title}: empty")
            return
        try:
            head, rows = self._rows(form, message, room)
        except layout.Missing as why:
            yield self.paint("loss", message.what + str(why))
        except layout.Unfit as why:
            yield self.paint("loss", f"{message.what}not {TITLES[form.form]}: {why}")
            rows = self._hex(message.payload, room)
            yield from self._cut([], rows, len(message.payload), room, FEW)
        else:
            first = list(islice(rows, 2))
            # What does not fit beside its title stands below it.
            beside = len(title) + 2 + len(first[0]) if len(first) == 1 and not head else 0
            if 0 < beside <= (room or WIDTH):
                yield f"{self._title(title + ':')} {first[0]}"
                return
            yield self._title(f"{title}: {head}".rstrip())
            yield from self._cut(first, rows, len(message.payload), room, ROWS)

    def _title(self, text: str) -> str:
        return self.paint("note", text)

    def _rows(
        self, form: Declared, message: Message, room: int | None
    ) -> tuple[str, Iterator[str]]:
        """What stands beside the title, and rows."""
        data = message.payload
        width = (room or WIDTH) - 2
        if form.form == "hex":
            return count(len(data)), self._hex(data, room)
        if form.form == "text":
            return self._text(data, form.charset, room)
        if len(data) > layout.LARGEST:
            raise layout.Unfit(f"{count(len(data))} are too many to take apart")
        if form.form == "json":
            nodes = iter([jsontext.node_of(data, self.full)])
        elif form.form in ("cbor", "cbor-seq"):
            nodes = iter(cbor.nodes_of(data, self.full, form.form == "cbor-seq"))
        else:
            place = place_of(message.topic)
            payload = sparkplug.payload_of(data)
            nodes = sparkplug.Shower(self.names, place, self.full).nodes(payload)
            about = f"{place.kind}, " if place else ""
            return about + sparkplug.summary(payload), _flow(nodes, width)
        return "", _flow(nodes, width)

    def _hex(self, data: bytes, room: int | None) -> Iterator[str]:
        return hexrows.Rows(data, None if room is None else room - 2)

    def _text(self, data: bytes, charset: str, room: int | None) -> tuple[str, Iterator[str]]:
        whole = text.decoded(data, charset)
        shown = whole if self.full else whole[:TEXT]
        rows = text.lines(shown, None if room is None else room - 2)
        if len(shown) < len(whole):
            left = f"{len(whole) - TEXT} more characters, {count(len(data))} in all"
            rows = chain(rows, [f"... {left}"])
        return "", rows

    def _cut(
        self, first: list[str], rows: Iterator[str], size: int, room: int | None, most: int
    ) -> Iterator[str]:
        """So many rows, and what is left, unless all are wanted.  first: fewer, before the rows."""
        for number, row in enumerate(chain(first, rows)):
            if number == most and not self.full:
                left = 1 + (rows.left if isinstance(rows, hexrows.Rows) else sum(1 for _ in rows))
                more = "1 more row" if left == 1 else f"{left} more rows"
                yield self.paint("dim", f"  ... {more}, {count(size)} in all")
                return
            step = len(row) + 1 if room is None else room - 2
            for start in range(0, len(row) or 1, step):
                yield f"  {row[start : start + step]}"


def _flow(nodes: Iterator[layout.Node], width: int) -> Iterator[str]:
    for node in nodes:
        yield from layout.rows(node, width)
