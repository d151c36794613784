# SPDX-License-Identifier: MIT
"""A packet that has come and has not passed yet, and what is to pass instead."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Callable, NamedTuple, Union

import mqttwire as mq

from ..arguments import Options
from ..render import count
from ..sources import Connection
from ..stream import begins_with_connect
from .cut import Cutter, Version

Sendable = Union[mq.Packet, bytes]


@dataclass
class Held:
    """What a script is given."""

    sender: mq.Sender
    data: bytes
    version: int | None  # of the connection
    packet: mq.Packet | None  # None: it breaks a rule
    error: mq.MqttError | None  # the rule that it breaks
    topic: str | None  # of a PUBLISH: its own, or what its topic alias stands for
    connection: int  # its number
    client_id: str | None
    inject: Callable[[mq.Sender, Sendable], None] = field(repr=False)
    """Sends something else to one side: inject("client", packet)."""
    tell: Callable[[str], None] = field(repr=False)
    """Prints a remark beside the packets."""


def read_in(held: Held, data: bytes) -> int | None:
    """The version to decode bytes in that are in the place of what came; None: CONNECT tells."""
    return None if begins_with_connect(data) else held.version


def line_of(held: Held, data: bytes, options: Options) -> str:
    """A line about bytes in the place of what came."""
    try:
        return options.line(data, read_in(held, data), held.sender)
    except ValueError:  # its version is not known
        return count(len(data))


class Out(NamedTuple):
    """What passes.  remark: what a recording says of it, if it is not what came."""

    data: bytes
    remark: str = ""


Gate = Callable[[Held], Awaitable[list[Out]]]


def bytes_of(sendable: object, options: Options) -> bytes:
    """MqttError, ValueError: the packet cannot be written."""
    if isinstance(sendable, mq.Packet):
        return sendable.encode(allow=options.allow, refuse=options.refuse)
    if isinstance(sendable, (bytes, bytearray)):
        return bytes(sendable)
    raise TypeError(f"expected a packet or bytes, not {type(sendable).__name__}")


class Arrivals:
    """The packets of one connection as they come, which may not be what passes."""

    def __init__(
        self,
        connection: Connection,
        options: Options,
        inject: Callable[[mq.Sender, Sendable], None],
        tell: Callable[[mq.Sender, str], None],
    ) -> None:
        version = Version()
        self.connection = connection
        self.options = options
        self.inject = inject
        self.tell = tell
        self.version = version
        self.cutters: dict[mq.Sender, Cutter] = {
            "client": Cutter(options, version),
            "server": Cutter(options, version),
        }
        self.aliases: dict[tuple[mq.Sender, int], str] = {}

    def held(self, sender: mq.Sender, data: bytes) -> Held:
        version = self.version.told or self.options.version
        packet, error = None, None
        try:
            packet = self.options.decode(
                data, None if begins_with_connect(data) else version, sender
            )
        except mq.MqttError as broken:
            error = broken
        except ValueError:  # a script's bytes, of no known version
            pass
        return Held(
            sender,
            data,
            version,
            packet,
            error,
            self._topic(sender, packet),
            self.connection.number,
            packet.client_id if isinstance(packet, mq.Connect) else self.connection.client_id,
            self.inject,
            lambda text: self.tell(sender, text),
        )

    def _topic(self, sender: mq.Sender, packet: mq.Packet | None) -> str | None:
        if not isinstance(packet, mq.Publish):
            return None
        alias = packet.properties.topic_alias if packet.properties is not None else None
        if alias is None:
            return packet.topic
        if packet.topic:
            self.aliases[sender, alias] = packet.topic
        return self.aliases.get((sender, alias))
