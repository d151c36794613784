# SPDX-License-Identifier: MIT
"""The rules that no packet shows alone: both directions of one network connection."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, NamedTuple, NoReturn, TypedDict

from . import _mqttwire
from .buffer import Buffer
from .errors import MqttError
from .packets import Packet, Sender
from .stream import Decoder

FEW_TAGS = 16  # of which none is looked for that is not needed any more
HELD = 1 << 63  # numbers from here on are those of messages that are held


class Seen(NamedTuple):
    """A packet, and what it means for its connection."""

    number: int
    """1, 2, ... in the order of both directions."""
    sender: Sender
    """Who sent it."""
    packet: Packet | None
    """None: bytes that could not be decoded."""
    size: int
    """Of the packet, in bytes; 0: not known."""
    findings: tuple[MqttError, ...]
    """The rules of the connection that it breaks."""
    topic: str | None
    """PUBLISH: its own, or the one its alias stands for (section 3.3.2.3.4 of 5.0).

    None: that is not known.
    """
    answers: Any
    """The tag of the packet that it answers, or None.

    PUBCOMP answers PUBREL, PUBREL answers PUBREC, PUBREC and PUBACK answer PUBLISH (section 4.3);
    CONNACK, SUBACK, UNSUBACK and PINGRESP answer their requests.
    """
    begins: Any
    """The tag of the packet that began the exchange that it is part of, or None."""
    repeats: bool
    """PUBLISH, PUBREL: it was sent before; a message of QoS 2 is not to be delivered again."""
    settles: bool
    """It ends an exchange: the packet identifier is free again."""
    ignored: bool
    """The server must not process it, as it has refused the connection (section 3.1.4)."""
    untracked: bool
    """Its exchange is one too many to be followed: repeats are not told."""
    aliased: bool
    """PUBLISH: its own topic is empty, and `topic` what its alias stands for."""


class Side(NamedTuple):
    """What one side said of itself in CONNECT or CONNACK, and where it stands."""

    receive_maximum: int
    """How many messages of QoS 1 and 2 it takes at once (section 3.1.2.11.3 of 5.0)."""
    topic_alias_maximum: int
    """The highest topic alias that it takes (section 3.1.2.11.5 of 5.0)."""
    maximum_packet_size: int | None
    """The largest packet that it takes, in bytes; None: any (section 3.1.2.11.4 of 5.0)."""
    in_flight: int
    """Messages of QoS 1 and 2 that it sent and that are not settled."""
    stored: int
    """Packet identifiers of its that are followed now."""
    untracked: int
    """Exchanges that it began and that were too many to be followed."""


class Options(TypedDict):
    """How to decode or encode the next packet of one side: arguments of decode() and encode()."""

    version: int | None
    sender: Sender
    allow: int
    refuse: int
    max_size: int | None


class SideOptions(TypedDict, total=False):
    """What a Connection is to do otherwise for the packets of one side."""

    allow: int
    refuse: int
    max_size: int | None
    exchanges: int | None
    aliases: int | None


class Direction(Decoder):
    """The bytes of one direction: a decoder, whose packets pass a connection."""

    __slots__ = ("_handle", "_now", "_seen", "_tags")

    def __init__(self, handle: object, tags: dict[int, object], sender: Sender) -> None:
        self._handle = handle
        self._tags = tags
        self._now = 0.0
        self._seen: list[Seen] = []
        super().__init__(sender=sender)

    def take(self, data: Buffer, now: float) -> Iterator[Seen]:
        """Feeds bytes; answers what is seen of the packets that they complete."""
        if self._error is not None:
            _mqttwire.connection_unread(self._handle, self._tags, self._sender, b"", now)
        self._now = now
        self.feed(data)
        seen, self._seen = self._seen, []
        return told(seen, self._error)

    def _decode(self, data: Buffer) -> int:
        end, self._wanted, self._error = _mqttwire.connection_feed(
            self._handle, self._tags, self._seen, self._sender, data, self._now
        )
        self._position += end
        return end


def told(seen: list[Seen], error: Exception | None) -> Iterator[Seen]:
    yield from seen
    if error is not None:
        raise error.with_traceback(None)  # not that of the last time too


def seconds(now: float | None) -> float:
    return time.monotonic() if now is None else now


def side_options(both: SideOptions, own: SideOptions | None, side: str) -> tuple[Any, ...]:
    """What the extension wants to know of a side."""
    unknown = (own or {}).keys() - both.keys()
    if unknown:
        raise TypeError(f"{side}: there is no option {min(unknown)!r}")
    return tuple({**both, **(own or {})}.values())


class Connection:
    """Follows both directions of one network connection, and tells what breaks its rules.

        connection = Connection()
        for seen in connection.feed("client", chunk):
            for finding in seen.findings:
                print(seen.number, finding)

    An inspector passes the bytes that it captured; a client or a broker passes what it receives,
    and what it sends when it sends it.  A finding is a proof: where packets were missed, or an
    earlier connection of the session may explain a packet, there is none.  docs/connection.md says
    which statements of the specifications are judged, and when.

    version: 3, 4, 5, or None: as CONNECT says.
    midway: packets may have gone before, so that their absence proves nothing; then give a version.
    one_sided: only one side's packets are ever passed.
    enforce_sizes: a packet above the receiver's Maximum Packet Size is refused in decoding and
    encoding; else it is a finding.
    allow, refuse: flags of Allow and Refuse.  max_size: the largest packet, in bytes.
    exchanges, aliases: how many packet identifiers in use, and topic aliases with their topics, are
    followed of a side at most; None: all, which are never more than 65,535 each.
    client, server: what of these five is otherwise for the packets of one side.

    Memory is taken as it is needed: 32 bytes for an exchange, 24 and the topic for an alias, and
    bytes that wait for the rest of their packet, up to max_size.  Nothing refers to the caller's
    memory after a call, but tags are kept while a packet to come may answer theirs.

    Times (`now`) are seconds of any clock, and time.monotonic() unless given: only keep alive is
    judged by them (section 3.1.2.10).  The clock of a connection does not go back: an earlier time
    than the last one counts as the last one.

    A connection is for one thread at a time: others need a lock around it.  A call while another is
    at work is a RuntimeError.  A connection can be neither copied nor pickled.

    ValueError, TypeError: an option is impossible.
    """

    __slots__ = ("__weakref__", "_client", "_handle", "_held", "_server", "_tags", "_tags_most")

    def __init__(
        self,
        version: int | None = None,
        *,
        midway: bool = False,
        one_sided: bool = False,
        enforce_sizes: bool = False,
        allow: int = 0,
        refuse: int = 0,
        max_size: int | None = None,
        exchanges: int | None = None,
        aliases: int | None = None,
        client: SideOptions | None = None,
        server: SideOptions | None = None,
    ) -> None:
        both: SideOptions = {
            "allow": allow,
            "refuse": refuse,
            "max_size": max_size,
            "exchanges": exchanges,
            "aliases": aliases,
        }
        self._handle = _mqttwire.connection_new(
            version,
            bool(midway),
            bool(one_sided),
            bool(enforce_sizes),
            side_options(both, client, "client"),
            side_options(both, server, "server"),
        )
        self._tags: dict[int, object] = {}  # those that were given, by number
        self._tags_most = FEW_TAGS  # when to look which are still needed
        self._held = HELD
        self._client = Direction(self._handle, self._tags, "client")
        self._server = Direction(self._handle, self._tags, "server")

    # ---- Packets ----------------------------------------------------------------------------

    def feed(self, sender: Sender, data: Buffer, now: float | None = None) -> Iterator[Seen]:
        """Takes the next bytes of one direction, however they are cut, and notes them at once.

        Answers an iterator over what is seen of the packets that they complete.  Where one of these
        cannot be decoded, its next() raises MqttError after the packets before it, or ValueError
        where the version is not known.  That is for good, for this direction: there is no telling
        where the next packet would begin.  What is fed then counts as lost, and the same is raised
        again.  `findings` of the exception are what the connection says of the packet.

        At once: ValueError, sender is neither "client" nor "server", or now is impossible;
        TypeError: one is of another type, or data has no bytes.
        """
        return self._direction(sender).take(data, seconds(now))

    def packet(
        self,
        sender: Sender,
        packet: Packet,
        *,
        size: int | None = None,
        now: float | None = None,
        tag: object = None,
    ) -> Seen:
        """Takes note of a packet that the program decoded itself, or sends.

        size: of the packet, in bytes, as decoding and encoding told it; the packet is then trusted
        to break no rule by itself.  None: it is encoded, with the options of this connection, to
        see: MqttError, ValueError and TypeError are those of encode(), and nothing is noted.
        tag: what `answers` and `begins` of packets to come are to be: any object but None, which
        means the packet's number.

        ValueError: the packet is of another version than the connection, sender is neither "client"
        nor "server", or size or now is impossible; TypeError: one is of another type.
        """
        if not isinstance(packet, Packet):
            raise TypeError(f"packet: expected a Packet, not {type(packet).__name__}")
        if size is None:
            options = self.options(sender)
            options["version"] = packet.version
            size = len(packet.encode(**options))
        seen = _mqttwire.connection_packet(
            self._handle,
            self._tags,
            sender,
            packet,
            packet.type,
            packet.version,
            size,
            seconds(now),
        )
        self._tag(seen.number, tag)
        return seen

    def unread(self, sender: Sender, data: Buffer = b"", now: float | None = None) -> Seen:
        """Takes note of a packet that the program could not decode, from the bytes that are there.

        No bytes: some were lost.  From here on the absence of a packet proves nothing.

        ValueError: sender is neither "client" nor "server", or now is impossible; TypeError: one is
        of another type, or data has no bytes.
        """
        return _mqttwire.connection_unread(self._handle, self._tags, sender, data, seconds(now))

    def close(self, sender: Sender) -> None:
        """Says that the bytes of one direction are over.

        Incomplete: they end within a packet.  What feed() raised for good is raised again.
        ValueError: sender is neither "client" nor "server"; TypeError: it is no text.
        """
        self._direction(sender).close()

    def position(self, sender: Sender) -> int:
        """Bytes of one direction that were decoded: where the next packet, or a bad one, begins.

        ValueError: sender is neither "client" nor "server"; TypeError: it is no text.
        """
        return self._direction(sender).position

    def pending(self, sender: Sender) -> int:
        """Bytes of one direction that wait for the rest of their packet.

        ValueError: sender is neither "client" nor "server"; TypeError: it is no text.
        """
        return self._direction(sender).pending

    # ---- Sending ----------------------------------------------------------------------------

    def options(self, sender: Sender) -> Options:
        """How to decode or encode the next packet of one side: packet.encode(**options).

        ValueError: sender is neither "client" nor "server"; TypeError: it is no text.
        """
        version, allow, refuse, max_size = _mqttwire.connection_options(self._handle, sender)
        return {
            "version": version,
            "sender": sender,
            "allow": allow,
            "refuse": refuse,
            "max_size": max_size,
        }

    def next_packet_id(self, sender: Sender) -> int | None:
        """A packet identifier for a PUBLISH, SUBSCRIBE or UNSUBSCRIBE that one side is to send.

        It is not in use (section 2.2.1), and is taken once the packet was passed to packet().
        None: all are in use, or as many as are followed.
        ValueError: sender is neither "client" nor "server"; TypeError: it is no text.
        """
        return _mqttwire.connection_next_id(self._handle, sender)

    def quota(self, sender: Sender) -> int:
        """How many messages of QoS 1 and 2 one side may send now (section 4.9 of 5.0).

        3.1.1 has no limit but the number of packet identifiers.
        ValueError: sender is neither "client" nor "server"; TypeError: it is no text.
        """
        return _mqttwire.connection_quota(self._handle, sender)

    def hold(self, sender: Sender, packet_id: int, tag: object = None) -> bool:
        """Says that a message of one side is open since an earlier connection of the session.

        Of one's own: what was not settled; of the other side's: what was answered by PUBREC.  For
        when it is known that the session goes on (section 4.4), before identifiers are asked for.
        The identifier is held until the message or its PUBREL is sent again and settled; `repeats`
        then tells that it was sent before, and the quota counts it.
        tag: of the message, until it is sent again; None: 0.

        False: as many identifiers as are followed are in use.
        ValueError: sender is neither "client" nor "server", or packet_id is not 1 to 65535;
        TypeError: one is of another type.
        """
        number = 0 if tag is None else self._held
        held = _mqttwire.connection_hold(self._handle, sender, packet_id, number)
        if held and number:
            self._held += 1
            self._tag(number, tag)
        return held

    # ---- What is known ----------------------------------------------------------------------

    @property
    def version(self) -> int | None:
        """The MQTT version of the connection; None: not known yet."""
        return _mqttwire.connection_state(self._handle)[0]

    @property
    def keep_alive(self) -> int:
        """In force, in seconds; 0: off or not known (section 3.1.2.10, 3.2.2.3.14 of 5.0)."""
        return _mqttwire.connection_state(self._handle)[1]

    @property
    def deadline(self) -> float | None:
        """When the client will have been silent for one and a half times the keep alive.

        In the clock of `now`; a server then closes the connection.  None: it need not speak.
        """
        return _mqttwire.connection_state(self._handle)[2]

    def side(self, sender: Sender) -> Side:
        """What one side said of itself, and where it stands.

        ValueError: sender is neither "client" nor "server"; TypeError: it is no text.
        """
        return Side(*_mqttwire.connection_side(self._handle, sender))

    # ---- Privately --------------------------------------------------------------------------

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"a {type(self).__name__} can be neither copied nor pickled")

    def _direction(self, sender: Sender) -> Direction:
        if sender == "client":
            return self._client
        if sender == "server":
            return self._server
        wrong = ValueError if isinstance(sender, str) else TypeError
        raise wrong(f"sender: expected 'client' or 'server', not {sender!r}")

    def _tag(self, number: int, tag: object) -> None:
        """Keeps a tag.  Now and then, those go that cannot be told any more."""
        if tag is None:
            return
        self._tags[number] = tag
        if len(self._tags) > self._tags_most:
            kept = _mqttwire.connection_tags(self._handle, self._tags)
            self._tags.clear()
            self._tags.update(kept)
            self._tags_most = 2 * len(kept) + FEW_TAGS


def finding_of(
    finding: tuple[int, int, str],
    data: Buffer,
    version: int | None,
    sender: Sender | None,
    *,
    allow: int = 0,
) -> MqttError:
    """A finding as mqw_connection tells it (rule, item, field), with its place in the packet.

    For whoever has findings from elsewhere, as the inspector has them.
    """
    code, item, field = finding
    return _mqttwire.finding(code, item, field, data, version, sender, allow)


_mqttwire.connection_register(Seen)
