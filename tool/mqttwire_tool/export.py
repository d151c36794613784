# SPDX-License-Identifier: MIT
"""inspect --pcapng: the packets that the filters keep, as a capture."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator
from typing import BinaryIO, NamedTuple

import mqttwire as mq

from .arguments import Options
from .blanks import blanked, is_suspect, secret_spans
from .frames import other
from .outcome import Outcome, say
from .pcapng import Writer
from .printers import findings_of, take_fault, take_note
from .render import count, quote
from .selection import Selection
from .sources import Connection, Note, Seen
from .track import IN_WIRESHARK, Track

ABOUT = """\
Written by mqttwire inspect: MQTT packets, each in TCP segments of its own, which are made up. \
TLS, WebSocket and fragments were taken off: the first frame of a connection says what it was. \
Comments tell what rules a packet broke where it was captured."""
SELECTED = """ \
Packets that were not asked for are missing, which may look like broken rules of a connection."""
BLANKED = " Passwords and authentication data are blanked."
WITH_SECRETS = " Passwords and authentication data are in it."

HELD = 16 << 20  # bytes of packets of each kind that may be wanted later
EACH = 500  # bytes, about, that holding one takes beside its own
APART = 100_000_000  # between the first sequence numbers of connections
PORT = 1883
LOOPBACK = "127.0.0.1"
LOST = {"hole", "cut", "skipped"}  # notes that say how many bytes are not there
FROM_SERVERS = {mq.Type.CONNACK, mq.Type.SUBACK, mq.Type.UNSUBACK, mq.Type.PINGRESP}
HELLO = {mq.Type.CONNECT, mq.Type.CONNACK}

TELLS = "not selected: it tells who talks, and how"
SETS_ALIAS = "not selected: it sets the topic alias of a packet that is"


class Held:
    """Packets that were not kept and may be needed yet; of too many the oldest are dropped."""

    def __init__(self, most: int = HELD) -> None:
        self.most = most
        self.size = 0
        self.packets: OrderedDict[tuple[object, ...], Seen] = OrderedDict()

    def put(self, key: tuple[object, ...], seen: Seen) -> None:
        self.take(key)
        self.packets[key] = seen
        self.size += EACH + len(seen.data)
        while self.size > self.most:
            self.take(next(iter(self.packets)))

    def take(self, key: tuple[object, ...]) -> Seen | None:
        seen = self.packets.pop(key, None)
        if seen is not None:
            self.size -= EACH + len(seen.data)
        return seen


def type_of(seen: Seen) -> int:
    return seen.data[0] >> 4 if seen.data else 0


def endpoint_of(text: str, other: tuple[str, int]) -> tuple[str, int]:
    """What sources.endpoint() was made of; another one if it is not known."""
    address, _, port = text.rpartition(":")
    return (address.strip("[]"), int(port)) if address else other


def about(connection: Connection) -> str:
    """Who talked, and through what."""
    over = ["WebSocket"] if connection.transport == "websocket" else []
    over += [f"TLS {connection.tls}"] if connection.tls else []
    text = f"connection {connection.number}"
    if connection.client_id is not None:
        text += f", client {quote(connection.client_id)}"
    if over:
        text += f", was in {' in '.join(over)}"
    return text if connection.client else f"{text}, addresses are made up"


class Alias(NamedTuple):
    number: int
    topic: str  # empty where it is used, and not set


def alias_of(packet: mq.Packet | None) -> Alias | None:
    if not isinstance(packet, mq.Publish) or packet.properties is None:
        return None
    number = packet.properties.topic_alias
    return Alias(number, packet.topic) if number is not None else None


class CaptureExport:
    """Writes packets as they come."""

    def __init__(
        self,
        out: BinaryIO,
        options: Options,
        outcome: Outcome,
        selection: Selection,
        show_secrets: bool,
    ) -> None:
        self.options = options
        self.outcome = outcome
        self.selection = selection
        self.show_secrets = show_secrets
        self.tracks: dict[int, Track] = {}  # of connections that go on
        self.gaps: Counter[tuple[int, str]] = Counter()  # bytes before the next packet
        self.hellos = Held()
        self.aliases = Held()
        self.packets = self.beside = self.blanked = self.connections = 0
        comment = ABOUT + (SELECTED if selection else "")
        comment += WITH_SECRETS if show_secrets else BLANKED
        self.writer = Writer(out, f"{comment} {IN_WIRESHARK}")

    def frames(self, time: int, frames: Iterable[bytes], comment: str = "") -> None:
        for frame in frames:
            self.writer.frame(time, frame, comment)
            comment = ""

    # ---- What comes -----------------------------------------------------------------------------

    def packet(self, seen: Seen) -> None:
        if not self.selection.shows(seen):
            self._leave_out(seen)
            return
        packet, error = self._read(seen)
        if self.selection:
            self._write_before(seen, packet)
        broken = [] if error is None else [error]
        broken += findings_of(seen, self.options)
        for rule in broken:
            take_fault(seen, rule, self.outcome)
        remarks = list(map(str, broken))
        if seen.topic is not None:
            remarks.append(f"its topic alias stands for {quote(seen.topic)}")
        self._write(seen, error, remarks)
        self.packets += 1

    def note(self, note: Note) -> None:
        made = note.connection
        track = self.tracks.get(made.number) if made is not None else None
        if not self.selection or self.selection.note(note):
            take_note(note, self.outcome)
            if made is None:
                say(note.text)
            elif track is not None and note.level != "info":
                size = f" ({count(note.size)})" if note.size else ""
                track.remark(note.time or 0, note.sender or "client", f"{note.text}{size}")
        if made is None or track is None:
            return
        if note.name in LOST and note.sender is not None:
            self.gaps[made.number, note.sender] += note.size
        elif note.name == "closed":
            first = note.sender or "client"
            track.ended(note.time or 0, first)
            track.ended(note.time or 0, other(first))
        elif note.name in ("reset", "replaced"):
            track.reset(note.time or 0, note.sender or "client")
        if note.name in ("closed", "reset", "replaced", "forgotten"):
            del self.tracks[made.number]
            for key in ((made.number, "client"), (made.number, "server")):
                self.gaps.pop(key, None)

    # ---- What is needed beside it ---------------------------------------------------------------

    def _leave_out(self, seen: Seen) -> None:
        """Of a packet that is not kept: will it be needed to understand others?"""
        number, kind = seen.connection.number, type_of(seen)
        if kind in HELLO and number in self.tracks:
            self._write_beside(seen, TELLS)
        elif kind in HELLO:
            self.hellos.put((number, kind), seen)
        elif kind == mq.Type.PUBLISH and seen.version == 5:
            packet, _ = self._read(seen)
            alias = alias_of(packet)
            if alias is not None and alias.topic:
                self.aliases.put((number, seen.sender, alias.number), seen)

    def _write_before(self, seen: Seen, packet: mq.Packet | None) -> None:
        """What was not kept and is needed now."""
        number = seen.connection.number
        if number not in self.tracks and type_of(seen) != mq.Type.CONNECT:
            for kind in sorted(HELLO):
                hello = self.hellos.take((number, kind))
                if hello is not None:
                    self._write_beside(hello, TELLS)
        alias = alias_of(packet)
        if alias is not None:
            setter = self.aliases.take((number, seen.sender, alias.number))
            if setter is not None and not alias.topic:
                self._write_beside(setter, SETS_ALIAS)

    def _read(self, seen: Seen) -> tuple[mq.Packet | None, mq.MqttError | None]:
        try:
            return self.options.decode(seen.data, seen.version, seen.sender), None
        except mq.MqttError as error:
            return None, error

    # ---- Writing --------------------------------------------------------------------------------

    def _write_beside(self, seen: Seen, why: str) -> None:
        self._write(seen, self._read(seen)[1], [why])
        self.beside += 1

    def _write(self, seen: Seen, error: mq.MqttError | None, remarks: list[str]) -> None:
        time = seen.time or 0
        sender = seen.sender or self.options.sender
        if sender is None:  # of a stream
            sender = "server" if type_of(seen) in FROM_SERVERS else "client"
        track = self.tracks.get(seen.connection.number)
        if track is None:
            track = self._begin(seen, time)
            if type_of(seen) != mq.Type.CONNECT:  # there is no handshake to say it
                remarks.insert(0, about(seen.connection))
        data, spans = self._without_secrets(seen, error)
        if spans:
            hidden = sum(end - start for start, end in spans)
            remarks.append(f"{count(hidden)} that may be a secret: blanks (2a) stand there")
            self.blanked += 1
        missing = max(0, seen.size - len(data))
        gap = self.gaps.pop((seen.connection.number, sender), 0)
        if missing:  # where a hole begins in a packet, that comes behind what is told of the hole
            remarks.append(f"{count(missing)} of it are not in the capture")
            missing, gap = max(missing, gap), 0
        track.missed(sender, gap)
        track.sent(time, sender, bytes(data), "\n".join(remarks))
        track.missed(sender, missing)

    def _begin(self, seen: Seen, time: int) -> Track:
        """A connection, with TCP's handshake if all of MQTT's is there."""
        made = seen.connection
        client = endpoint_of(made.client, (LOOPBACK, 49152 + made.number % 16384))
        server = endpoint_of(made.server, (LOOPBACK, PORT))
        begin = APART * made.number & 0xFFFFFFFF
        track = self.tracks[made.number] = Track(self.frames, client, server, begin)
        self.connections += 1
        if type_of(seen) == mq.Type.CONNECT:
            track.opened(time, about(made))
        return track

    def _without_secrets(
        self, seen: Seen, error: mq.MqttError | None
    ) -> tuple[bytes | memoryview, list[tuple[int, int]]]:
        if self.show_secrets or not is_suspect(seen.data, error):
            return seen.data, []
        fields = self.options.explain(seen.data, seen.version, seen.sender)
        spans = secret_spans(seen.data, fields)
        return (blanked(seen.data, spans) if spans else seen.data), spans

    # ---- The end --------------------------------------------------------------------------------

    def close(self) -> None:
        """Each packet is there already."""

    def summary(self) -> Iterator[str]:
        yield f"{count(self.packets, 'packet')} of {count(self.connections, 'connection')}"
        if self.beside:
            yield f"{self.beside} beside them that tell versions, clients or topics"
        if self.blanked:
            yield f"secrets are blanked in {self.blanked} of them"
