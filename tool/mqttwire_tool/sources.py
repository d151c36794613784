# SPDX-License-Identifier: MIT
"""What is inspected: packets, and what happens to connections, out of captures and streams."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Union

import mqttwire as mq

from .arguments import Options
from .inputs import CAPTURES, refuse_compressed
from .stream import begins_with_connect, cut, guess_version

if TYPE_CHECKING:
    from . import _capture


@dataclass
class Connection:
    """Who talks to whom; the endpoints are not known of a stream."""

    number: int
    client: str = ""  # address:port
    server: str = ""
    client_id: str | None = None
    transport: str = "tcp"


@dataclass
class Seen:
    """A packet in its place."""

    number: int
    connection: Connection
    data: bytes | memoryview  # what there is of it
    size: int  # of all of it; 0: not known
    version: int | None  # None: a CONNECT, which tells
    sender: mq.Sender | None
    guessed: bool = False  # the version, or who is the client, is a guess
    time: int | None = None  # nanoseconds since the epoch
    topic: str | None = None  # which a topic alias stands for
    acknowledges: int = 0  # number of the packet that it answers
    findings: Sequence[tuple[int, int, str]] = ()  # rules of the connection: rule, item, field


@dataclass
class Note:
    """Something that happened to a connection, or to the capture."""

    name: str
    level: str  # "info", "loss": the capture lacks something, "fault"
    text: str
    connection: Connection | None
    sender: mq.Sender | None
    time: int | None
    size: int


def ends_early(name: str, text: str) -> Note:
    return Note("input_cut", "loss", f"{name}: {text}", None, None, None, 0)


Item = Union[Seen, Note]


def endpoint(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


class Numbers:
    """Where the numbers of packets and connections go on from one input to the next."""

    def __init__(self) -> None:
        self.packets = 0
        self.connections = 0


class Connections:
    """The connections of a capture, as they become known."""

    def __init__(self, capture: _capture.Capture, before: int) -> None:
        self.capture = capture
        self.before = before  # connections of the inputs before this one
        self.open: dict[int, Connection] = {}

    def of(self, record: _capture.Record) -> Connection | None:
        """The connection of a record.  Its client's name may come to be known late."""
        number = record.connection
        if not number:
            return None
        made = self.open.get(number)
        if made is None or made.client_id is None:
            about = self.capture.connection(number)
            made = self.open[number] = Connection(
                self.before + number,
                endpoint(*about["client"]),
                endpoint(*about["server"]),
                about["client_id"],
                about["transport"],
            )
        if record.note in ("closed", "reset", "replaced", "forgotten"):
            del self.open[number]
        return made


def from_capture(
    capture: _capture.Capture, options: Options, numbers: Numbers
) -> Iterator[list[Item]]:
    """What a capture holds, in batches."""
    from ._capture import NOTES

    first = numbers.packets
    connections = Connections(capture, numbers.connections)

    def item_of(record: _capture.Record) -> Item:
        connection = connections.of(record)
        if record.note is not None:
            level, _, text = NOTES[record.note]
            time = record.time or None  # 0: before the first frame
            return Note(record.note, level, text, connection, record.sender, time, record.size)
        assert connection is not None
        numbers.packets = first + record.number
        numbers.connections = max(numbers.connections, connection.number)
        given = options.version if record.guessed else None
        return Seen(
            numbers.packets,
            connection,
            record.data,
            record.size,
            given or record.version or None,
            record.sender,
            record.guessed and given is None,
            record.time,
            record.topic,
            first + record.acknowledges if record.acknowledges else 0,
            record.findings,
        )

    with capture:
        for batch in capture:
            yield [item_of(record) for record in batch]
        if numbers.packets == first:
            seen = capture.counts()
            text = f"no MQTT here; TCP connections: {seen['connections']}, frames: {seen['frames']}"
            yield [Note("nothing", "loss", text, None, None, None, 0)]


def from_stream(data: bytes, options: Options, numbers: Numbers, name: str) -> Iterator[list[Item]]:
    """The packets of a stream of bytes, as one connection."""
    if not data:
        yield [ends_early(name, "there is nothing to read")]
        return
    guess = None
    if options.version is None and not begins_with_connect(data):
        guess = guess_version(data, options)
    sender = options.sender
    if sender is None and begins_with_connect(data):
        sender = "client"
    numbers.connections += 1
    connection = Connection(numbers.connections)
    for piece in cut(data, options, guess):
        numbers.packets += 1
        yield [
            Seen(
                numbers.packets,
                connection,
                piece.data,
                piece.size,
                piece.version,
                sender,
                guessed=guess is not None and piece.version == guess,
            )
        ]


# ---- Opening ----------------------------------------------------------------------------------

BEGIN = 12  # bytes that tell a capture; all have more


def reader() -> type[_capture.Capture]:
    try:
        from ._capture import Capture
    except ModuleNotFoundError:
        raise OSError(
            "captures cannot be read: mqttwire was built without libpcap, wslay, zlib, OpenSSL"
        ) from None
    except ImportError as error:  # they were there when it was built, and are not now
        raise OSError(f"captures cannot be read: {error}") from None
    return Capture


def standard_input() -> tuple[bytes, str]:
    """The first bytes of standard input, and a path under which all of it can be read."""
    begin = b""
    while len(begin) < BEGIN and (more := os.read(sys.stdin.fileno(), BEGIN - len(begin))):
        begin += more
    reading, writing = os.pipe()

    def pump() -> None:
        with contextlib.suppress(BrokenPipeError), open(writing, "wb", buffering=0) as out:
            out.write(begin)
            while more := os.read(sys.stdin.fileno(), 65536):
                out.write(more)

    threading.Thread(target=pump, daemon=True).start()
    return begin, f"/dev/fd/{reading}"


def open_input(name: str, options: Options, numbers: Numbers) -> Iterator[list[Item]]:
    """A capture, or a stream if it is none."""
    path = name
    if name == "-":
        name = "standard input"
        begin, path = standard_input()
    else:
        with open(name, "rb") as file:
            begin = file.read(BEGIN)
    if begin[:4] not in CAPTURES:
        refuse_compressed(begin)
        return from_stream(Path(path).read_bytes(), options, numbers, name)
    kind = reader()
    try:
        capture = kind(path, allow=options.allow, refuse=options.refuse)
    except OSError as error:
        raise OSError(error.errno, str(error.strerror).replace(path, name, 1)) from None
    return from_capture(capture, options, numbers)


def open_live(interface: str, options: Options, numbers: Numbers) -> Iterator[list[Item]]:
    """Packets as they pass by a network interface, without end."""
    capture = reader().live(interface, allow=options.allow, refuse=options.refuse)
    return from_capture(capture, options, numbers)
