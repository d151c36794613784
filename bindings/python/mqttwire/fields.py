# SPDX-License-Identifier: MIT
"""Every field of a packet, with its span of bytes."""

from __future__ import annotations

from typing import NamedTuple

from . import _mqttwire
from .buffer import Buffer
from .errors import MqttError
from .packets import Sender
from .record import document
from .tables import Kind


class Field(NamedTuple):
    """A field of a packet.

    All but those of Kind.BITS are leaves: together they are every byte of the packet.  Bits come
    after the leaf, a byte of Kind.OCTET, which they are part of.
    """

    path: str
    value: int | str | bytes
    start: int
    end: int
    note: str | None
    kind: Kind
    bit: int
    width: int


document(
    Field,
    path='Its dotted name: "properties.user_properties[0].name".',
    value="Text that is not UTF-8 is bytes.",
    start="Offset of its first byte in the packet.",
    end="Offset behind its last byte.",
    note="What it means, for people; None: nothing to add.",
    kind="What it is.",
    bit="Of Kind.BITS: the lowest bit.",
    width="Of Kind.BITS: how many bits.",
)


class Explanation(list[Field]):
    """The fields of a packet, and what is wrong with it."""

    __slots__ = {
        "error": "The rule that it breaks, or Incomplete: its rest is then one field, unread.",
        "more": "How many bytes follow that are told no more, because of a limit; 0: none.",
        "size": "Of the whole packet, in bytes; 0 where it is not known.",
        "version": "MQTT version in which it was read; None: it is a CONNECT that does not tell.",
    }

    error: MqttError | None
    more: int
    size: int
    version: int | None


def explain(
    data: Buffer,
    version: int | None = None,
    sender: Sender | None = None,
    *,
    allow: int = 0,
    refuse: int = 0,
    max_size: int | None = None,
    limit: int | None = None,
) -> Explanation:
    """The fields of the packet that begins here, in the order of its bytes.

    What is wrong with the packet is not raised: see Explanation.error.  ValueError: the version is
    not known, or the limit is negative.

    limit: fields that are told, with which bits and what is empty come besides; None: all.  Memory
    is then that of these, however large the packet.  See Explanation.more.
    """
    fields, size, read, error, more = _mqttwire.explain(
        data, version, sender, allow, refuse, max_size, limit
    )
    made = Explanation(
        Field(path, value, start, end, note, Kind(kind), bit, width)
        for path, value, start, end, note, kind, bit, width in fields
    )
    made.error = error
    made.more = more
    made.size = size
    made.version = read or None
    return made
