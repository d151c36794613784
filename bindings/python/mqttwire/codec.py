# SPDX-License-Identifier: MIT
"""One packet at a time: bytes to packets and back, and where a packet ends."""

from __future__ import annotations

from typing import Any

from . import _mqttwire
from .buffer import Buffer
from .packets import Packet, Sender


def decode(
    data: Buffer,
    version: int | None = None,
    sender: Sender | None = None,
    *,
    allow: int = 0,
    refuse: int = 0,
    max_size: int | None = None,
    view: bool = False,
) -> Packet:
    """The one packet that these bytes are.

    data: bytes, or anything else with bytes (bytearray, memoryview, mmap), which is not copied.
    The packet does not refer to it afterwards, unless view is true: then the payload of a PUBLISH
    is a memoryview, a slice of data, which cannot be resized or closed while there is one.
    version: 3 (MQTT 3.1, only with Allow.MQTT_3_1), 4 (3.1.1), 5, or None: reads CONNECT only.
    sender: "client" or "server"; None: whether it may send this is not checked.
    allow, refuse: flags of Allow and Refuse.  max_size: the largest packet, in bytes.

    MqttError: the packet breaks a rule, or (rule trailing_bytes) something follows it.  Incomplete:
    the packet is not all there.  ValueError: the version is not known.
    """
    return _mqttwire.decode(data, version, sender, allow, refuse, max_size, view)


def from_dict(form: dict[str, Any]) -> Packet:
    """The packet that to_dict() or json.loads gave.

    Flags, QoS, codes, keep alive, payloads and properties may be left out, and are then false,
    zero or empty; "version" is then 5.
    ValueError: a field is missing, or unknown, or no hex; TypeError: it is of another type;
    MqttError: a number does not fit its field.
    """
    return _mqttwire.from_dict(form)


def frame(
    data: Buffer,
    version: int | None = None,
    *,
    allow: int = 0,
    refuse: int = 0,
    max_size: int | None = None,
) -> int:
    """How many bytes the packet takes that begins here: section 2.1.4, in 3.1.1 2.2.3.

    Only its length is judged.  Incomplete: not all of them are there; MqttError: the length is
    malformed, or more than max_size.
    """
    return _mqttwire.frame(data, version, None, allow, refuse, max_size)


def line(
    data: Buffer,
    version: int | None = None,
    sender: Sender | None = None,
    *,
    allow: int = 0,
    refuse: int = 0,
    max_size: int | None = None,
) -> str:
    """The packet that begins here as one line of text, with the rule that it breaks, if any.

    Nothing is raised for what is wrong with the packet.  Passwords and authentication data are told
    by their size alone, and what could not be put on a terminal is escaped.
    """
    return _mqttwire.line(data, version, sender, allow, refuse, max_size)
