# SPDX-License-Identifier: MIT
"""What passes on one connection: packets for a printer, with the rules that they break."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from typing import Literal, Union

import mqttwire as mq

from ..arguments import Options
from ..json_printer import JsonPrinter
from ..lines import LinePrinter
from ..pending import asks
from ..sources import Connection, Note, Numbers, Seen
from .cut import UNREADABLE, Cutter, Piece, Version

Printer = Union[JsonPrinter, LinePrinter]
Level = Literal["info", "loss", "fault"]
OPEN = 1024  # questions of a connection that are followed


@dataclass
class Tag:
    """What is known of a packet when another one answers it."""

    number: int
    time: int
    sender: mq.Sender
    kind: mq.Type
    packet_id: int


class Watch:
    def __init__(
        self, connection: Connection, numbers: Numbers, options: Options, printer: Printer
    ) -> None:
        self.connection = connection
        self.numbers = numbers
        self.options = options
        self.printer = printer
        version = Version()
        self.version = version
        self.cutters: dict[mq.Sender, Cutter] = {
            "client": Cutter(options, version),
            "server": Cutter(options, version),
        }
        self.rules: mq.Connection | None = None
        self.bytes: Counter[mq.Sender] = Counter()
        self.text = False
        self.told: set[mq.Sender] = set()  # directions that are known to be unreadable
        self.open: dict[int, Tag] = {}  # packets that wait for an answer, by number

    def take(self, sender: mq.Sender, data: bytes, time: int) -> None:
        """Bytes have passed."""
        self.bytes[sender] += len(data)
        cutter = self.cutters[sender]
        for piece in cutter.feed(data):
            first = cutter.why is not None and sender not in self.told
            if piece.size or (first and cutter.why == UNREADABLE):
                self._packet(sender, piece, time)
            if first:
                assert cutter.why is not None
                self.told.add(sender)
                self.note("fault" if cutter.why == UNREADABLE else "loss", cutter.why, sender, time)
        sys.stdout.flush()

    def end(self, sender: mq.Sender, time: int) -> None:
        """Nothing more passes in this direction: it may have ended within a packet."""
        piece = self.cutters[sender].rest()
        if piece is not None:
            self._packet(sender, piece, time)

    def text_frame(self, sender: mq.Sender, time: int) -> None:
        """MQTT-6.0.0-1.  Told once."""
        if not self.text:
            self.text = True
            self.note("fault", "MQTT in a WebSocket text frame (MQTT-6.0.0-1)", sender, time)

    def note(
        self, level: Level, text: str, sender: mq.Sender | None = None, time: int | None = None
    ) -> None:
        """Something happened; what is more than "info" is told beside JSON as well."""
        self.printer.note(Note("proxy", level, text, self.connection, sender, time, 0))
        sys.stdout.flush()

    def _packet(self, sender: mq.Sender, piece: Piece, time: int) -> None:
        self.numbers.packets += 1
        seen = self._judge(sender, piece, time, self.numbers.packets)
        asked: Tag | None = seen.answers
        begun: Tag | None = seen.begins
        self.printer.packet(
            Seen(
                self.numbers.packets,
                self.connection,
                piece.data,
                piece.size,
                piece.version or self.version.told,
                sender,
                time=time,
                topic=seen.topic if seen.aliased else None,
                acknowledges=asked.number if asked else 0,
                latency=max(0, time - asked.time) if asked else None,
                repeats=seen.repeats,
                begins=begun.number if begun else 0,
                settles=seen.settles,
                findings=seen.findings,
            )
        )

    def over(self, time: int) -> None:
        """The connection is over: what still waits is never answered."""
        for tag in self.open.values():
            note = Note("unanswered", "info", "", self.connection, tag.sender, time, 0)
            note.number = tag.number
            note.latency = time - tag.time
            note.type = tag.kind.name
            note.packet_id = tag.packet_id
            self.printer.note(note)
        self.open.clear()

    def _follow(self, tag: Tag, packet: mq.Packet, seen: mq.Seen) -> None:
        """What answers, and what has to be answered."""
        if isinstance(seen.answers, Tag):
            self.open.pop(seen.answers.number, None)
        settled = {mq.Type.PINGRESP: mq.Type.PINGREQ, mq.Type.CONNACK: mq.Type.AUTH}
        settled.update({mq.Type.AUTH: mq.Type.AUTH, mq.Type.DISCONNECT: mq.Type.AUTH})
        for number, other in list(self.open.items()) if tag.kind in settled else ():
            if other.kind == settled[tag.kind] and other.sender != tag.sender:
                del self.open[number]
        if asks(packet) and not seen.repeats:
            self.open[tag.number] = tag
            if len(self.open) > OPEN:
                del self.open[next(iter(self.open))]

    def _judge(self, sender: mq.Sender, piece: Piece, time: int, number: int) -> mq.Seen:
        """What the packet means for the connection; its tag there is its number here."""
        if self.rules is None:
            self.rules = mq.Connection(
                piece.version, allow=self.options.allow, refuse=self.options.refuse
            )
        now = time / 1e9
        try:
            packet = self.options.decode(piece.data, piece.version, sender)
            tag = Tag(number, time, sender, packet.type, getattr(packet, "packet_id", None) or 0)
            seen = self.rules.packet(sender, packet, size=piece.size, now=now, tag=tag)
            self._follow(tag, packet, seen)
        except (mq.MqttError, ValueError):  # or it is of another version than the connection
            return self.rules.unread(sender, piece.data, now)
        if isinstance(packet, mq.Connect):
            self.connection.client_id = packet.client_id
        elif isinstance(packet, mq.Connack) and packet.properties is not None:
            assigned = packet.properties.assigned_client_identifier
            if assigned is not None:
                self.connection.client_id = assigned
        return seen
