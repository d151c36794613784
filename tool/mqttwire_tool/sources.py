# SPDX-License-Identifier: MIT
"""What is inspected: packets, and what happens to connections, out of captures and streams."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shlex
import signal
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Union

import mqttwire as mq

from .arguments import Options
from .hexdump import Chunk, capture_of
from .inputs import CAPTURES, GZIP, chunks_of_text, refuse_others
from .outcome import UsageError, say
from .render import preview
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
    tls: str | None = None  # its version, where it was opened


@dataclass
class Seen:
    """A packet in its place."""

    number: int
    connection: Connection
    data: bytes | memoryview  # what there is of it
    size: int  # of all of it; 0: not known
    version: int | None  # None: a CONNECT, which tells
    sender: mq.Sender | None
    guessed: str | None = None  # how sure the version, and who is the client, is; None: told
    time: int | None = None  # nanoseconds since the epoch
    begun: int | None = None  # likewise, of its first byte
    topic: str | None = None  # which a topic alias stands for
    acknowledges: int = 0  # number of the packet that it answers
    latency: int | None = None  # nanoseconds since that one
    answered: int = 0  # number of the packet that answers it, if that is known yet
    begins: int = 0  # number of the packet that began the exchange
    settles: bool = False  # it ends the exchange
    holed: bool = False  # bytes of it are missing, and the stream goes on after them
    repeats: bool = False  # it was sent before on this connection
    # Rules of the connection: exceptions, or rule, item, field, as the reader of captures has them.
    findings: Sequence[mq.MqttError | tuple[int, int, str]] = ()


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
    # "unanswered": which packet was not, how long it waited, and what it was.
    number: int = 0
    latency: int | None = None  # nanoseconds
    type: str = ""
    packet_id: int = 0


def ends_early(name: str, text: str) -> Note:
    return Note("input_cut", "loss", f"{name}: {text}", None, None, None, 0)


Item = Union[Seen, Note]


class Sink(Protocol):
    """Takes the packets of captures as lines of JSON, which are written in C."""

    style: dict[str, Any]  # arguments of Capture.read_lines

    def write(self, lines: bytes) -> None: ...
    def judge(self, broken: bool, early: bool) -> None:
        """Is a rule broken, or does a packet end early?"""


def endpoint(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


class Numbers:
    """Where the numbers of packets and connections go on from one input to the next."""

    def __init__(self) -> None:
        self.packets = 0
        self.connections = 0
        self.read = 0  # bytes of files
        self.interrupted = False  # what has no end was ended
        self.keyless = False  # the key log was said to have no keys


class Connections:
    """The connections of a capture, as they become known."""

    def __init__(self, capture: _capture.Capture, before: int) -> None:
        self.capture = capture
        self.before = before  # connections of the inputs before this one
        self.open: dict[int, Connection] = {}

    def of(self, record: _capture.Record) -> Connection | None:
        """The connection of a record.  Its client's name may come to be known late."""
        if not record.connection:
            return None
        made = self.numbered(record.connection)
        if record.note in ("closed", "reset", "replaced", "forgotten"):
            del self.open[record.connection]
        return made

    def settled(self, number: int) -> bool:
        """Is all known of it that will be?"""
        made = self.open.get(number)
        return made is not None and made.client_id is not None

    def numbered(self, number: int) -> Connection:
        """Likewise, of a number.  KeyError: it was forgotten."""
        made = self.open.get(number)
        if made is None or not self.settled(number):
            about = self.capture.connection(number)
            made = self.open[number] = Connection(
                self.before + number,
                endpoint(*about["client"]),
                endpoint(*about["server"]),
                about["client_id"],
                about["transport"],
                about["tls"],
            )
        return made


# The rules that notes say are broken, by the names of notes.
RULES = {"silent": mq.Rule.KEEP_ALIVE_EXCEEDED}


def rule_of(note: str) -> str | None:
    """The name of the rule that such a note says is broken."""
    return mq.rule_info(RULES[note]).name if note in RULES else None


def text_of(note: str) -> str:
    """What such a note says, and the rule that is broken."""
    from ._capture import NOTES

    rule, text = rule_of(note), NOTES[note][2]
    return f"{rule}: {text}" if rule else text


def note_text(record: _capture.Record) -> str:
    """What a note says, by whom, and the statements that are broken."""
    from ._capture import NOTES

    name = record.note or ""
    text, statements = text_of(name), NOTES[name][1]
    if name in RULES:
        rule = mq.rule_info(RULES[name])
        statements = " ".join(rule.ids_5 if record.version == 5 else rule.ids_3_1_1)
    if name == "websocket_refused":
        text += f": {preview(record.data)}"
    if record.note in ("closed", "reset") and record.sender:
        return f"the {record.sender} {record.note} the connection"
    return f"{text} ({', '.join(statements.split())})" if statements else text


@contextlib.contextmanager
def finished_by_interruption(capture: _capture.Capture, numbers: Numbers) -> Iterator[None]:
    """Ctrl-C has all that is there told, and what is held back as well; twice, it is over."""

    def finish(number: int, frame: object) -> None:
        signal.signal(number, before)
        numbers.interrupted = True
        if not capture.closed:
            capture.finish()

    try:
        before = signal.signal(signal.SIGINT, finish)
    except ValueError:  # not the main thread, which alone is interrupted
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def from_capture(
    capture: _capture.Capture,
    options: Options,
    numbers: Numbers,
    *,
    timed: bool = True,
    until_interrupted: bool = False,
    sink: Sink | None = None,
    keylog: str | None = None,
) -> Iterator[list[Item]]:
    """What a capture holds, in batches.  timed: it says when.  sink: takes the packets."""
    from ._capture import NOTES

    first = numbers.packets
    read_before = numbers.read
    connections = Connections(capture, numbers.connections)

    def through(sink: Sink) -> Iterator[list[Item]]:
        """Gives the sink its lines; answers the notes between them."""
        before = connections.before
        while batch := capture.read_lines(
            packets=first,
            connections=before,
            timed=timed,
            version=options.version or 0,
            **sink.style,
        ):
            parts, packet, connection, broken, early = batch
            sink.judge(broken, early)
            numbers.read = read_before + capture.counts()["read"]
            numbers.packets = max(numbers.packets, packet)
            numbers.connections = max(numbers.connections, connection)
            for part in parts:
                if isinstance(part, bytes):
                    sink.write(part)
                else:
                    yield [item_of(part)]
            yield []

    def item_of(record: _capture.Record) -> Item:
        connection = connections.of(record)
        if record.note is not None:
            level = NOTES[record.note][0]
            time = record.time or None if timed else None  # 0: before the first frame
            note = Note(
                record.note,
                level,
                note_text(record),
                connection,
                record.sender,
                time,
                record.size,
            )
            if record.note == "unanswered":
                note.number = first + record.begins
                note.latency = record.latency if timed else None
                note.type = mq.Type(record.data[0] >> 4).name
                note.packet_id = record.packet_id
            return note
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
            record.guessed if given is None else None,
            record.time if timed else None,
            record.begun if timed else None,
            topic=record.topic,
            acknowledges=first + record.acknowledges if record.acknowledges else 0,
            latency=record.latency if timed else None,
            repeats=record.repeats,
            begins=first + record.begins if record.begins else 0,
            settles=record.settles,
            holed=record.holed,
            findings=record.findings,
        )

    waiting = (
        finished_by_interruption(capture, numbers)
        if until_interrupted
        else contextlib.nullcontext()
    )
    with capture, keys_of(capture, keylog, numbers), waiting:
        if sink is not None:
            yield from through(sink)
        else:
            for batch in capture:
                numbers.read = read_before + capture.counts()["read"]
                yield [item_of(record) for record in batch]
        if numbers.packets == first:
            yield [nothing_in(capture.counts())]


@contextlib.contextmanager
def keys_of(capture: _capture.Capture, keylog: str | None, numbers: Numbers) -> Iterator[None]:
    """At the end, as it may have grown: says of a key log that has no keys that it has none."""
    yield
    if keylog is not None and not capture.counts()["keys"] and not numbers.keyless:
        say(f"{keylog}: there are no TLS keys in it, as SSLKEYLOGFILE has them")
        numbers.keyless = True


def nothing_in(counts: _capture.Counts) -> Note:
    text = f"no MQTT here; TCP connections: {counts['connections']}, frames: {counts['frames']}"
    return Note("nothing", "loss", text, None, None, None, 0)


def from_stream(data: bytes, options: Options, numbers: Numbers, name: str) -> Iterator[list[Item]]:
    """The packets of a stream of bytes, as one connection."""
    if not data:
        yield [ends_early(name, "there is nothing to read")]
        return
    guess, sure = None, ""
    if options.version is None and not begins_with_connect(data):
        guess, sure = guess_version(data, options)
    sender = options.sender
    if sender is None and begins_with_connect(data):
        sender = "client"
    numbers.connections += 1
    connection = Connection(numbers.connections)
    for piece in cut(data, options, guess):
        numbers.packets += 1
        numbers.read += len(piece.data)
        if piece.client_id is not None:
            connection = dataclasses.replace(connection, client_id=piece.client_id)
        yield [
            Seen(
                numbers.packets,
                connection,
                piece.data,
                piece.size,
                piece.version,
                sender,
                guessed=sure if guess is not None and piece.version == guess else None,
            )
        ]


# ---- Opening ----------------------------------------------------------------------------------

MAGIC = 4  # bytes that tell a capture
BEGIN = 12  # bytes that tell a file from others; all captures have more


@dataclass(frozen=True)
class Reading:
    """How captures are read."""

    keylog: str | None = None  # path of a TLS key log
    follow: bool = False  # files go on where they end now
    sink: Sink | None = None  # what takes all packets
    records: int = 0  # in a batch, about; 0: few
    take: Callable[..., Iterator[Any]] = from_capture  # what is made of captures


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


def through_a_pipe(begin: bytes, more: Callable[[], bytes] = bytes) -> str:
    """A path under which bytes can be read, and then what `more` answers until that is nothing."""
    reading, writing = os.pipe()

    def pump() -> None:
        with contextlib.suppress(BrokenPipeError), open(writing, "wb", buffering=0) as out:
            data = begin
            while data:
                written = out.write(data) or 0
                data = data[written:] or more()

    threading.Thread(target=pump, daemon=True).start()
    return f"/dev/fd/{reading}"


def from_pipe(source: int) -> tuple[bytes, str]:
    """The first bytes of what can be read but once, and a path under which all of it can be."""
    begin = b""
    while not tells(begin) and (more := os.read(source, BEGIN)):
        begin += more
    return begin, through_a_pipe(begin, lambda: os.read(source, 65536))


def tells(begin: bytes) -> bool:
    """Do these first bytes tell what a file is?"""
    return len(begin) >= BEGIN and (begin[:2] != GZIP or len(inflated(begin)) == MAGIC)


def inflated(begin: bytes) -> bytes:
    """The first bytes of what gzip has compressed, as far as they are there."""
    with contextlib.suppress(zlib.error):
        return zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(begin, MAGIC)
    return bytes(MAGIC)


def is_capture(begin: bytes) -> bool:
    if begin[:2] != GZIP:
        return begin[:MAGIC] in CAPTURES
    inside = inflated(begin)
    return any(magic.startswith(inside) for magic in CAPTURES)


def first_bytes(path: str, follow: bool) -> bytes:
    """Those of a file, which are waited for if it grows."""
    while True:
        with open(path, "rb") as file:
            begin = file.read(BEGIN)
            while not tells(begin) and (more := file.read(BEGIN)):
                begin += more
        if tells(begin) or not follow:
            return begin
        time.sleep(0.1)


def open_capture(
    path: str, name: str, options: Options, numbers: Numbers, reading: Reading
) -> Iterator[list[Item]]:
    kind = reader()
    try:
        capture = kind(
            path,
            allow=options.allow,
            refuse=options.refuse,
            keylog=reading.keylog,
            follow=reading.follow,
            records=reading.records,
        )
    except OSError as error:
        raise OSError(error.errno, str(error.strerror).replace(path, name, 1)) from None
    # What writes to a pipe is interrupted, too, and then there is an end.
    waits = reading.follow or path != name
    return reading.take(
        capture,
        options,
        numbers,
        until_interrupted=waits,
        sink=reading.sink,
        keylog=reading.keylog,
    )


def open_input(
    name: str, options: Options, numbers: Numbers, reading: Reading = Reading()
) -> Iterator[list[Item]]:
    """A capture; or a stream, or a text that stands for either."""
    path = name
    if name == "-":
        name = "standard input"
        begin, path = from_pipe(sys.stdin.fileno())
    elif os.path.isfile(path) or os.path.isdir(path):
        begin = first_bytes(path, reading.follow)
    else:  # `mqttwire inspect <(zstdcat FILE)`, for example
        begin, path = from_pipe(os.open(path, os.O_RDONLY))
    if reading.follow and not is_capture(begin):
        raise UsageError("--tail is for captures")
    if is_capture(begin):
        return open_capture(path, name, options, numbers, reading)
    refuse_others(begin, name)
    data = Path(path).read_bytes()
    chunks = chunks_of_text(data, name)
    if chunks is None:
        return from_stream(data, options, numbers, name)
    return from_chunks(chunks, options, numbers, name)


def from_chunks(
    chunks: list[Chunk], options: Options, numbers: Numbers, name: str
) -> Iterator[list[Item]]:
    """What a text stands for: frames, what two sides say to each other, or a stream."""
    frames = capture_of(chunks)
    if frames is None:
        data = b"".join(chunk.data for chunk in chunks)
        return from_stream(data, options, numbers, name)
    capture = reader()(through_a_pipe(frames), allow=options.allow, refuse=options.refuse)
    return from_capture(capture, options, numbers, timed=False)


def open_live(
    interface: str, options: Options, numbers: Numbers, reading: Reading = Reading()
) -> Iterator[list[Item]]:
    """Packets as they pass by a network interface, without end."""
    try:
        capture = reader().live(
            interface, allow=options.allow, refuse=options.refuse, keylog=reading.keylog
        )
    except PermissionError as error:
        raise PermissionError(error.errno, f"{error.strerror}\n{how_to_listen()}") from None
    say(f"listening at {interface}; Ctrl-C ends that")
    return reading.take(
        capture, options, numbers, until_interrupted=True, sink=reading.sink, keylog=reading.keylog
    )


def how_to_listen() -> str:
    """What gives this Python the right to listen at interfaces, and what does without."""
    python = shlex.quote(os.path.realpath(sys.executable))
    return (
        "Listening needs a right, which this gives to Python, and to all that it runs:\n"
        f"    sudo setcap cap_net_raw,cap_net_admin=eip {python}\n"
        "Without it another program can listen: sudo tcpdump -w - -U | mqttwire inspect -"
    )
