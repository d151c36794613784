# SPDX-License-Identifier: MIT
"""Which packets are shown: the filters of `inspect`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

import mqttwire as mq

from .arguments import Options
from .expression import Expression
from .forms import readable_form
from .kinds import fields_of_packets
from .moments import moment_of
from .outcome import UsageError, say
from .render import count
from .sources import Connection, Item, Note, Seen

# What --where can name beside the fields of packets: of which kind, kinds.py knows.
ABOUT = {
    "number": "of the packet",
    "time": "seconds since the epoch",
    "connection": "its number",
    "transport": '"tcp" or "websocket"',
    "tls": "the version of TLS around it, which was opened",
    "client": "address:port",
    "server": "address:port",
    "client_id": "of CONNECT, or as CONNACK assigned it",
    "sender": '"client" or "server"',
    "size": "of the packet, bytes",
    "guessed": "how sure the version, and who is the client, is, where that is not told",
    "payload_size": "of a PUBLISH, bytes",
    "payload_text": "of a PUBLISH, where it is UTF-8",
    "topic": "of a PUBLISH, also where an alias stands for it",
    "acknowledges": "number of the packet that it answers",
    "latency": "seconds since that one",
    "rules": "list of the names of the rules that it breaks",
}


class Form(Mapping[str, Any]):
    """What an expression sees of a packet, which is read when a field is asked for."""

    def __init__(self, seen: Seen, options: Options) -> None:
        self.seen = seen
        self.options = options

    @cached_property
    def read(self) -> tuple[dict[str, Any], mq.MqttError | None]:
        """The packet in the JSON form as far as it can be read, and the rule that it breaks."""
        seen, options = self.seen, self.options
        try:
            return options.decode(seen.data, seen.version, seen.sender).to_dict(), None
        except mq.MqttError as error:
            return readable_form(seen.data, seen.version, seen.sender, options), error

    @property
    def topic(self) -> str | None:
        topic = self.seen.topic
        if topic is None:
            topic = self.read[0].get("topic")
        return topic if isinstance(topic, str) else None

    @property
    def payload_text(self) -> str | None:
        try:
            return bytes.fromhex(self.read[0]["payload"]).decode("utf-8")
        except (KeyError, ValueError):
            return None

    @property
    def rules(self) -> list[str]:
        """Of the packet and of its connection."""
        own = [] if self.read[1] is None else [self.read[1].rule]
        return own + [
            finding.rule if isinstance(finding, mq.MqttError) else mq.rule_info(finding[0]).name
            for finding in self.seen.findings
        ]

    @cached_property
    def about(self) -> dict[str, Any]:
        seen, connection = self.seen, self.seen.connection
        payload = self.read[0].get("payload")
        return {
            "number": seen.number,
            "time": None if seen.time is None else seen.time / 1e9,
            "connection": connection.number,
            "transport": connection.transport if connection.client else None,
            "tls": connection.tls,
            "client": connection.client or None,
            "server": connection.server or None,
            "client_id": connection.client_id,
            "sender": seen.sender,
            "size": seen.size,
            "guessed": seen.guessed,
            "payload_size": None if payload is None else len(payload) // 2,
            "payload_text": self.payload_text,
            "topic": self.topic,
            "acknowledges": seen.acknowledges or None,
            "latency": None if seen.latency is None else seen.latency / 1e9,
            "rules": self.rules,
        }

    def __getitem__(self, name: str) -> Any:
        value = self.about[name] if name in ABOUT else self.read[0][name]
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter({**self.read[0], **self.about})

    def __len__(self) -> int:
        return len({**self.read[0], **self.about})


def numbers_of(text: str) -> list[int]:
    try:
        return [int(number) for number in text.split(",")]
    except ValueError:
        why = f"{text!r} is no number, nor several with commas"
        raise argparse.ArgumentTypeError(why) from None


def add_selection(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(
        "which packets are shown", "All of these have to fit; of one that is repeated, any."
    )
    group.add_argument(
        "--topic",
        action="append",
        metavar="FILTER",
        help="messages to topics that a subscription to this would get, and what answers them",
    )
    group.add_argument(
        "--type",
        action="append",
        metavar="NAME",
        help="of this type: publish, connack ...; several with commas",
    )
    group.add_argument(
        "--client",
        action="append",
        metavar="NAME",
        help="of connections of this client: its identifier, address:port or address; * and ? fit",
    )
    group.add_argument(
        "--connection",
        action="extend",
        type=numbers_of,
        metavar="N",
        help="of this connection; several with commas",
    )
    group.add_argument("--errors", action="store_true", help="which break a rule")
    group.add_argument(
        "--since",
        metavar="TIME",
        help="14:05, 2026-11-21T14:05:07, +90 (seconds after the first packet), or of the epoch",
    )
    group.add_argument("--until", metavar="TIME", help="likewise; that moment is not shown")
    group.add_argument(
        "--where",
        action="append",
        metavar="EXPRESSION",
        help="for which this is true, such as 'properties.session_expiry_interval > 3600'",
    )


class Selection:
    """Tells which packets are wanted.  UsageError: an argument makes no sense."""

    def __init__(self, arguments: argparse.Namespace, options: Options) -> None:
        self.options = options
        self.topics: list[str] = arguments.topic or []
        for topic in self.topics:
            try:
                mq.topic_filter_check(topic)
            except mq.MqttError as error:
                raise UsageError(f"--topic {topic}: {error.message}") from None
        known = {kind.name for kind in mq.Type}
        names_of_types = ",".join(arguments.type or []).upper().split(",")
        self.types = {name.strip() for name in names_of_types} - {""}
        for name in sorted(self.types - known):
            raise UsageError(f"--type {name.lower()}: there is {', '.join(sorted(known)).lower()}")
        self.clients: list[str] = arguments.client or []
        self.followed: str | None = arguments.follow
        self.connections = set(arguments.connection or [])
        self.errors: bool = arguments.errors
        self.since = moment_of(arguments.since) if arguments.since else None
        self.until = moment_of(arguments.until) if arguments.until else None
        names = fields_of_packets(ABOUT) if arguments.where else {}
        self.where = [Expression(text, names) for text in arguments.where or []]
        self.all = not self
        self.kept = self.passed = 0  # packets
        self.first: int | None = None  # time of the first packet, nanoseconds since the epoch
        self.open: set[tuple[int, int]] = set()  # kept messages that may be answered

    def __bool__(self) -> bool:
        """Is anything left out?"""
        asked = (self.topics, self.types, self.clients, self.connections, self.where)
        given = (self.followed, self.since, self.until)
        return any(asked) or self.errors or any(each is not None for each in given)

    def shows(self, item: Item) -> bool:
        """Is it wanted?"""
        if self.all:
            return True
        if isinstance(item, Note):
            return self.note(item)
        shown = self.packet(item)
        self.kept += shown
        self.passed += 1
        return shown

    def tell(self) -> None:
        """Says so where nothing was kept: it is no fault, but seldom what was meant."""
        if self.passed and not self.kept:
            say(f"0 of {count(self.passed, 'packet')} fit")

    def packet(self, seen: Seen) -> bool:
        form = Form(seen, self.options)
        return (
            self._in_time(seen)
            and self._of(seen.connection)
            and (not self.types or self._type(seen) in self.types)
            and (not self.topics or self._topic(form))
            and (not self.errors or bool(form.rules))
            and (not self.where or any(expression(form) for expression in self.where))
        )

    def note(self, note: Note) -> bool:
        """What happened to a connection that is shown, if more than that it came and went.

        That it was silent is no loss of packets that might be wanted.
        """
        if note.connection is None:
            return True
        if note.name == "silent" and (self.types or self.topics or self.where):
            return False
        return note.level != "info" and self._of(note.connection) and self._in_time(note)

    def _in_time(self, item: Item) -> bool:
        if self.since is None and self.until is None:
            return True
        if item.time is None:
            if isinstance(item, Note):
                return True
            raise UsageError("--since and --until are for captures: a stream has no times")
        if self.first is None:
            self.first = item.time
        return (self.since is None or item.time >= self.since(self.first)) and (
            self.until is None or item.time < self.until(self.first)
        )

    def _of(self, connection: Connection) -> bool:
        if self.connections and connection.number not in self.connections:
            return False
        address = connection.client.rpartition(":")[0].strip("[]")
        names = {connection.client_id, connection.client, address} - {None, ""}
        wanted = [self.clients] if self.clients else []
        wanted += [[self.followed]] if self.followed is not None else []
        return all(
            any(fnmatchcase(name or "", pattern) for name in names for pattern in patterns)
            for patterns in wanted
        )

    @staticmethod
    def _type(seen: Seen) -> str:
        number = seen.data[0] >> 4 if seen.data else 0
        return mq.Type(number).name if number else ""

    def _topic(self, form: Form) -> bool:
        """Of a message to such a topic, or of what answers it."""
        seen = form.seen
        key = (seen.connection.number, seen.begins)
        if seen.begins:
            kept = key in self.open
            if seen.settles:
                self.open.discard(key)
            return kept
        if not seen.data or seen.data[0] >> 4 != mq.Type.PUBLISH:
            return False
        topic = form.topic
        if topic is None or not any(mq.topic_match(wanted, topic) for wanted in self.topics):
            return False
        if seen.data[0] & 6:  # it will be answered
            self.open.add((seen.connection.number, seen.number))
        return True
