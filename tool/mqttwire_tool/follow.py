# SPDX-License-Identifier: MIT
"""inspect --follow: what a client and its servers say to each other, and how that ended."""

from __future__ import annotations

from dataclasses import dataclass, field

import mqttwire as mq

from .layout import rows_of
from .lines import LinePrinter, day_of, printable, put
from .moments import span_text
from .outcome import say
from .pending import ENDS
from .render import preview, quote
from .sources import Connection, Item, Note, Seen, rule_of

HEX = 64  # bytes of a payload that is no text


@dataclass
class Story:
    """What is worth telling of a connection when it is over."""

    connection: Connection
    opened: int | None
    last: int | None = None
    heard: int | None = None  # the client's last packet,
    last_kind: str = ""  # which was this
    keep_alive: int | None = None
    parting: list[str] = field(default_factory=list)  # refusals, DISCONNECT
    rules: dict[str, int] = field(default_factory=dict)  # that were broken: by which packet first
    rival: int = 0  # another connection of a client of this name, which came later
    rival_time: int | None = None


class FollowPrinter(LinePrinter):
    """The packets of some connections as a conversation, with whole payloads."""

    def __init__(self, *arguments: object, wanted: str = "", **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]
        self.wanted = wanted
        self.stories: dict[int, Story] = {}  # of connections that are open
        self.named: dict[str, int] = {}  # the last one of a client, by its identifier
        self.speaker: tuple[int, str | None] | None = None
        self.outlook = "still open at the end of the capture"

    # ---- What is not shown ------------------------------------------------------------------

    def look(self, item: Item) -> None:
        super().look(item)
        if isinstance(item, Note):
            if item.connection is not None and item.name in ENDS:
                self.end(item)
        elif item.data and item.data[0] >> 4 == mq.Type.CONNECT:
            self.rival(item)

    def rival(self, seen: Seen) -> None:
        """A CONNECT: it takes over the session of an open connection of the same client."""
        name, number = seen.connection.client_id, seen.connection.number
        if not name:
            return
        story = self.stories.get(self.named.get(name, 0))
        if story is not None and story.connection.number != number:
            story.rival, story.rival_time = number, seen.time
        if number in self.stories:
            self.named[name] = number

    # ---- What is said -----------------------------------------------------------------------

    def packet(self, seen: Seen) -> None:
        story = self.stories.get(seen.connection.number)
        if story is None:
            self.begin(seen)
            story = self.stories[seen.connection.number] = Story(seen.connection, seen.time)
        story.connection = seen.connection  # whose name may be known by now
        self.look(seen)
        self.turn(seen.connection, seen.sender)
        text, payload = self.payload(seen, self.said(seen))
        if seen.topic is not None:
            text += f" (topic {quote(seen.topic)})"
        self.row(f"{seen.number:5} {self.time(seen.time)}", "", text + self.links(seen))
        if payload is not None:
            self.message(payload)
        self.remember(story, seen, text)
        self.below(seen, text)

    def begin(self, seen: Seen) -> None:
        if self.connections:
            put()
        self.connections += 1
        name = seen.connection.client_id
        text = self.introduction(seen)
        if name:
            text += f", client {printable(name)}"
        if seen.time is not None:
            text += f", {day_of(seen.time)}"
        self.row("", "", text, plain="type")
        self.speaker = None

    def turn(self, connection: Connection, sender: mq.Sender | None) -> None:
        """Says who speaks, where that changes."""
        if self.speaker == (connection.number, sender):
            return
        self.speaker = (connection.number, sender)
        who = {"client": "client >", "server": "< server", None: "?"}[sender]
        put(self.paint(sender or "note", f"#{connection.number} {who}"))

    def message(self, payload: bytes) -> None:
        """A payload: all of it if it is text, and otherwise how it begins."""
        if not payload:
            self.quoted("(empty)")
            return
        try:
            text = payload.decode()
        except UnicodeDecodeError:
            text = preview(payload, 2 * HEX)
        if any(not c.isprintable() and c not in "\n\r\t" for c in text):
            text = preview(payload, 2 * HEX)
        for line in text.replace("\r\n", "\n").split("\n"):
            self.quoted(printable(line.replace("\t", "    ")))

    def quoted(self, line: str) -> None:
        width = self.width
        rows = [line] if width is None else rows_of(line, width - 8, 0, most=None)
        for row in rows:
            put(f"{'':5} {self.paint('dim', '|')} {row}")

    def remember(self, story: Story, seen: Seen, text: str) -> None:
        """What explains how it will end."""
        story.last = seen.time
        if seen.sender == "client":
            story.heard, story.last_kind = seen.time, text.partition(" ")[0]
        kind = seen.data[0] >> 4 if seen.data else 0
        if kind not in (mq.Type.CONNECT, mq.Type.CONNACK, mq.Type.DISCONNECT):
            return
        try:
            packet = self.options.decode(seen.data, seen.version, seen.sender)
        except mq.MqttError:
            return
        if isinstance(packet, mq.Connect):
            story.keep_alive = packet.keep_alive
        elif isinstance(packet, mq.Connack):
            asked = packet.properties.server_keep_alive if packet.properties else None
            story.keep_alive = story.keep_alive if asked is None else asked
            if packet.reason_code:
                story.parting.append(f"the server refused it ({text})")
        else:
            story.parting.append(f"the {seen.sender or 'one side'} sent {text}")

    def fault(self, error: mq.MqttError) -> None:
        super().fault(error)
        if self.speaker is not None and not isinstance(error, mq.Incomplete):
            story = self.stories.get(self.speaker[0])
            if story is not None and error.rule:
                story.rules[error.rule] = story.rules.get(error.rule, 0) + 1

    def note(self, note: Note) -> None:
        if note.name in ENDS:
            self.look(note)
            return
        rule = rule_of(note.name)
        if note.connection is not None and rule is not None:
            story = self.stories.get(note.connection.number)
            if story is not None:
                story.rules[rule] = story.rules.get(rule, 0) + 1
        super().note(note)

    # ---- How it ended -----------------------------------------------------------------------

    def end(self, note: Note) -> None:
        assert note.connection is not None
        number = note.connection.number
        story = self.stories.pop(number, None)
        name = note.connection.client_id or ""
        if self.named.get(name) == number:
            del self.named[name]
        if story is not None:
            self.tell(story, note.text, note.time)

    def tell(self, story: Story, how: str, time: int | None) -> None:
        """Everything that is known of the end of a connection."""
        number = story.connection.number
        parts = [*story.parting, how]
        if not story.parting:
            parts[-1] += ", without DISCONNECT"
        self.speaker = None
        before = f"{'':5} {self.time(time)}"
        self.row(before, "", f"#{number}: {'; '.join(parts)}", plain="type")
        more = []
        if time is not None and story.opened is not None:
            more.append(f"it lasted {span_text(max(0, time - story.opened))}")
        if time is not None and story.heard is not None:
            ago = span_text(max(0, time - story.heard))
            alive = "no keep alive" if story.keep_alive == 0 else f"keep alive {story.keep_alive} s"
            about = "" if story.keep_alive is None else f" ({alive})"
            more.append(f"the client's last packet, {story.last_kind}, was {ago} before{about}")
        if story.rival:
            text = f"#{story.rival} connected under the same client identifier"
            if time is not None and story.rival_time is not None:
                text += f" {span_text(max(0, time - story.rival_time))} before"
            more.append(text)
        if story.rules:
            names = ", ".join(f"{rule} ({times})" for rule, times in story.rules.items())
            more.append(f"rules that were broken: {names}")
        for text in more:
            self.row(f"{'':5} ", "", text, plain="dim")

    def interrupt(self) -> None:
        super().interrupt()
        self.outlook = "still open where reading was interrupted"

    def close(self) -> None:
        for story in list(self.stories.values()):
            self.tell(story, self.outlook, story.last)
        if not self.connections:
            say(f"there is no client {self.wanted!r}")
        elif self.pending.lost:
            put()
        super().close()
