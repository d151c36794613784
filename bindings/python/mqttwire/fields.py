# SPDX-License-Identifier: MIT
"""Every field of a packet, with its span of bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from . import _mqttwire
from .errors import MqttError
from .packets import Sender
from .tables import Kind

if TYPE_CHECKING:
    from typing_extensions import Buffer


class Field(NamedTuple):
    """A field of a packet.

    All but those of Kind.BITS are leaves: together they are every byte of the packet.  Bits come
    after the leaf, a byte of Kind.OCTET, which they are part of.
    """

    path: str  # "properties.user_properties[0].name"
    value: int | str | bytes  # text that is not UTF-8 is bytes
    start: int  # offsets in the packet
    end: int
    note: str | None  # for people
    kind: Kind
    bit: int  # of Kind.BITS: the lowest bit, and
    width: int  # how many


class Explanation(list[Field]):
    """The fields of a packet, and what is wrong with it."""

    error: MqttError | None
    """The rule that it breaks, or Incomplete; its rest is then one field, "unread"."""
    size: int
    """Of the whole packet, in bytes; 0 where it is not known."""
    version: int | None
    """MQTT version in which it was read; None: it is a CONNECT that does not tell."""


def explain(
    data: Buffer,
    version: int | None = None,
    sender: Sender | None = None,
    *,
    allow: int = 0,
    refuse: int = 0,
    max_size: int | None = None,
) -> Explanation:
    """The fields of the packet that begins here, in the order of its bytes.

    What is wrong with the packet is not raised: see Explanation.error.  ValueError: the version is
    not known.
    """
    fields, size, read, error = _mqttwire.explain(data, version, sender, allow, refuse, max_size)
    made = Explanation(
        Field(path, value, start, end, note, Kind(kind), bit, width)
        for path, value, start, end, note, kind, bit, width in fields
    )
    made.error = error
    made.size = size
    made.version = read or None
    return made
