# SPDX-License-Identifier: MIT
import os
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Final, Literal, TypedDict, final, type_check_only

from _typeshed import structseq
from typing_extensions import Buffer

_Sender = Literal["client", "server"]
_Guess = Literal["certain", "likely", "open"]
_Level = Literal["info", "loss", "fault"]
_Finding = tuple[int, int, str]  # rule, element, field

# What the notes mean, by name: level, statements of the specifications, text.
NOTES: Final[dict[str, tuple[_Level, str, str]]]
GUESSES: Final[tuple[_Guess, ...]]

@final
class Record(
    structseq[Any],
    tuple[
        int,  # number
        int,  # time
        int,  # connection
        _Sender | None,  # sender
        str | None,  # note
        int,  # version
        _Guess | None,  # guessed
        bytes,  # data
        int,  # size
        int,  # code
        int,  # offset
        int,  # item
        str | None,  # topic
        tuple[_Finding, ...],  # findings
        int,  # acknowledges
        int,  # begins
        bool,  # repeats
        bool,  # settles
        bool,  # holed
        bool,  # ignored
        int,  # begun
        int,  # frame
        int | None,  # latency
        int,  # packet_id
    ],
):
    """A packet, or a note on the capture."""

    @property
    def number(self) -> int:
        """Of the packet, 1, 2, ... over the capture; 0: a note."""
    @property
    def time(self) -> int:
        """Nanoseconds since the epoch, when its last byte was captured."""
    @property
    def connection(self) -> int:
        """Number of the connection, 1, 2, ...; 0: a note on the capture as a whole."""
    @property
    def sender(self) -> _Sender | None:
        """None: a note on both directions."""
    @property
    def note(self) -> str | None:
        """None: a packet; else a key of NOTES."""
    @property
    def version(self) -> int:
        """3, 4 or 5; 0: not known."""
    @property
    def guessed(self) -> _Guess | None:
        """The version, or who is the client, is a guess."""
    @property
    def data(self) -> bytes:
        """The packet's bytes, as far as they are there."""
    @property
    def size(self) -> int:
        """Bytes of the whole packet, or that a note is about."""
    @property
    def code(self) -> int:
        """Result of decoding: 0; 1: bytes are missing; else the number of a broken rule."""
    @property
    def offset(self) -> int:
        """Where in the packet the rule is broken."""
    @property
    def item(self) -> int:
        """The element that breaks it, where the field is in a list."""
    @property
    def topic(self) -> str | None:
        """What the topic alias of a PUBLISH without a topic stands for."""
    @property
    def findings(self) -> tuple[_Finding, ...]:
        """Broken rules of the connection: number, element, field."""
    @property
    def acknowledges(self) -> int:
        """Number of the packet that it answers, or 0."""
    @property
    def begins(self) -> int:
        """Number of the packet that began the exchange, or 0."""
    @property
    def repeats(self) -> bool:
        """It was sent before on this connection."""
    @property
    def settles(self) -> bool:
        """It ends its exchange."""
    @property
    def holed(self) -> bool:
        """It ends its exchange."""
    @property
    def ignored(self) -> bool:
        """The server must not process it."""
    @property
    def begun(self) -> int:
        """When its first byte was captured; a note: 0."""

    @property
    def frame(self) -> int:
        """Number of the captured frame that completed it, 1, 2, ..."""
    @property
    def latency(self) -> int | None:
        """
        Nanoseconds since the packet that it answers; None: it answers none that is known.

        Of a note "unanswered": since the packet, which is `begins`, and whose first byte is `data`.
        """
    @property
    def packet_id(self) -> int:
        """0: it has none."""

@type_check_only
class Columns(TypedDict):
    """A batch of records as columns of numbers, which NumPy and Arrow take without a copy.

    Spans are offsets in "bytes"; one that is not there is empty.
    """

    bytes: bytes
    findings: list[tuple[int, int, int, str]]  # row, rule, element, field
    number: memoryview  # of Record, and so on; uint64
    time: memoryview  # uint64
    begun: memoryview  # uint64; the time of the first byte of a packet
    frame: memoryview  # uint64
    connection: memoryview  # uint32
    note: memoryview  # uint8; 0: a packet; else in the order of NOTES
    sender: memoryview  # uint8: 1 client, 2 server, 0 both
    version: memoryview  # uint8
    guessed: memoryview  # place in GUESSES, from 1 on; 0: None
    first: memoryview  # uint8: the packet's first byte
    size: memoryview  # uint64
    start: memoryview  # uint64: of the packet
    end: memoryview
    code: memoryview  # uint16
    packet_id: memoryview  # uint16; 0: none
    topic_start: memoryview  # uint64: of a PUBLISH, its own or what its alias stands for
    topic_end: memoryview
    aliased: memoryview  # bool: which of the two
    payload_start: memoryview  # uint64: of a PUBLISH, as far as it is there
    payload_end: memoryview
    latency: memoryview  # uint64: nanoseconds since what it answers; 2**64 - 1: not known
    acknowledges: memoryview  # uint64
    begins: memoryview  # uint64
    repeats: memoryview  # bool
    settles: memoryview  # bool
    holed: memoryview  # bool

@type_check_only
class Connection(TypedDict):
    number: int
    client: tuple[str, int]
    server: tuple[str, int]
    transport: Literal["tcp", "websocket"]
    tls: Literal["1.2", "1.3"] | None  # around it, which was opened
    version: int
    guessed: _Guess | None
    whole: bool  # captured from its first byte on
    mqtt: bool  # as far as can be told
    over: bool
    opened: int  # nanoseconds since the epoch: its first segment
    last: int  # its last segment
    packets: int
    bytes: int  # of those packets
    client_id: str | None  # of CONNECT, or as CONNACK assigned it

@type_check_only
class Counts(TypedDict):
    frames: int
    segments: int  # of TCP
    repeated: int  # segments whose bytes had all come before
    fragments: int  # of IP
    others: int  # frames without TCP
    damaged: int  # frames whose headers are cut off, or nonsense
    connections: int  # of TCP
    packets: int  # of MQTT
    read: int  # bytes of the file, compressed ones as they are; live: 0
    dropped: int  # frames that came too fast, live
    keys: int  # secrets in the key log file, as often as they were read

@final
class Capture:
    """
    MQTT packets of a pcap or pcapng file, gzip's too; "-" is standard input.

    allow, refuse: as for decoding.  records: in a batch, about.  packet: largest packet of which
    all is kept, bytes.  memory: for connections and what waits in them, bytes.  connections:
    followed at once.  0 is the default of each.  keylog: a TLS key log file; secrets in the capture
    are used, too.  follow: the file goes on where it ends now, until finish() is called.
    """

    def __new__(
        cls,
        path: str | bytes | os.PathLike[str] | os.PathLike[bytes],
        *,
        allow: int = 0,
        refuse: int = 0,
        records: int = 0,
        packet: int = 0,
        memory: int = 0,
        connections: int = 0,
        keylog: str | bytes | os.PathLike[str] | os.PathLike[bytes] | None = None,
        follow: bool = False,
    ) -> Capture: ...
    @classmethod
    def live(
        cls,
        interface: str,
        filter: str | None = None,
        *,
        allow: int = 0,
        refuse: int = 0,
        records: int = 0,
        packet: int = 0,
        memory: int = 0,
        connections: int = 0,
        keylog: str | bytes | os.PathLike[str] | os.PathLike[bytes] | None = None,
    ) -> Capture:
        """Listens at a network interface; filter is libpcap's."""
    def read(self) -> list[Record] | None:
        """
        The next batch; None: there is no more.

        Live, from a pipe, and if it follows, it answers within a tenth of a second or so, perhaps
        with nothing.
        """
    def finish(self) -> None:
        """What is not there yet is not waited for: read() goes on for a second at most."""
    def read_columns(self) -> Columns | None:
        """The next batch as columns, in place of read()."""
    def read_lines(
        self,
        *,
        packets: int = 0,
        connections: int = 0,
        timed: bool = True,
        version: int = 0,
        allow: int = 0,
        refuse: int = 0,
        max_size: int = 0,
        ascii: bool = False,
        show_secrets: bool = False,
        payload_text: bool = False,
    ) -> tuple[list[bytes | Record], int, int, bool, bool] | None:
        """
        The next batch as lines of JSON, in place of read(): bytes, and a Record for each note.

        packets, connections: numbers go on from these.  timed: lines say when.  version: of
        connections whose version is a guess; 0: that one.  The others are as for _json.Writer.
        Beside the list: the highest number of a packet and of a connection, or 0; is a rule broken;
        does a packet end early?
        """
    def connection(self, number: int) -> Connection:
        """What is known of a connection.  KeyError: nothing, or it was forgotten."""
    def counts(self) -> Counts: ...
    def close(self) -> None: ...
    @property
    def closed(self) -> bool: ...
    def __enter__(self) -> Capture: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None: ...
    def __iter__(self) -> Iterator[list[Record]]: ...
    def __next__(self) -> list[Record]: ...

@final
class Numbering:
    """
    Numbers for strings, such as topics: 2, 3, ... as they come; 0 is the empty one.

    most: strings; most_bytes: of all of them.  All that come when it is full are 1.
    """

    def __new__(cls, most: int, most_bytes: int) -> Numbering: ...
    def add(self, data: Buffer, start: Buffer, end: Buffer, /) -> memoryview:
        """A column of uint32: numbers of spans of data, whose ends are columns of uint64."""
    def all(self) -> bytes:
        """All strings, one after the other."""
    def __len__(self) -> int:
        """The number after the last one."""
    def __getitem__(self, number: int, /) -> bytes: ...
