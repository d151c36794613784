# SPDX-License-Identifier: MIT
"""What the vectors cannot show, and why: goes into vectors/unshown.json, for the coverage report.

Each statement that is no matter of a client or a broker alone has accepting and rejecting vectors,
or it stands here; there may be accepting ones then.  So does each rule that no vector breaks.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Unshown:
    version: int
    id: str
    why: str


@dataclass(frozen=True)
class Unbroken:
    version: int
    rule: str
    why: str


ALLOWED = "it says what may stand there: accepting vectors have it, and nothing breaks it"
ORDER = "fields in another order are other fields"
COMPARED = "which subscriptions a server has, and what it compares them to, is not in the bytes"
ANSWER = "that no answer came proves nothing while the connection lives: it may still come"
CLOSING = "closing the network connection is not in the bytes"
INSIDE = "what a receiver does with a message, or takes it for, is not in the bytes"
EARLIER = "what an earlier connection of the session left open, and in which order, is not known"
PIECES = "bytes that are cut otherwise are the same bytes: streams are cut, and nothing breaks it"
FRAMES = "is about WebSocket frames, which lie below the bytes of MQTT"

UNSHOWN = (
    Unshown(4, "MQTT-1.5.3-3", ALLOWED),
    Unshown(4, "MQTT-3.1.3-1", ORDER),
    Unshown(4, "MQTT-3.8.4-1", ANSWER),
    Unshown(4, "MQTT-3.10.4-1", COMPARED),
    Unshown(4, "MQTT-3.10.4-5", ANSWER),
    Unshown(4, "MQTT-3.12.4-1", ANSWER),
    Unshown(4, "MQTT-4.4.0-1", EARLIER),
    Unshown(4, "MQTT-4.6.0-1", EARLIER),
    Unshown(4, "MQTT-4.8.0-1", CLOSING),
    Unshown(4, "MQTT-4.8.0-2", CLOSING),
    Unshown(4, "MQTT-6.0.0-1", FRAMES),
    Unshown(4, "MQTT-6.0.0-2", PIECES),
    Unshown(5, "MQTT-1.5.4-3", ALLOWED),
    Unshown(5, "MQTT-3.1.3-1", ORDER),
    Unshown(5, "MQTT-3.3.2-10", INSIDE),
    Unshown(5, "MQTT-3.3.2-12", INSIDE),
    Unshown(5, "MQTT-3.8.4-1", ANSWER),
    Unshown(5, "MQTT-3.10.4-1", COMPARED),
    Unshown(5, "MQTT-3.10.4-4", ANSWER),
    Unshown(5, "MQTT-3.12.4-1", ANSWER),
    Unshown(5, "MQTT-4.3.2-5", INSIDE),
    Unshown(5, "MQTT-4.3.3-9", INSIDE),
    Unshown(5, "MQTT-4.3.3-10", ANSWER),
    Unshown(5, "MQTT-4.3.3-12", INSIDE),
    Unshown(5, "MQTT-4.3.3-13", INSIDE),
    Unshown(5, "MQTT-4.6.0-1", EARLIER),
    Unshown(5, "MQTT-4.9.0-3", INSIDE),
    Unshown(5, "MQTT-4.12.1-2", CLOSING),
    Unshown(5, "MQTT-4.13.1-1", CLOSING),
    Unshown(5, "MQTT-6.0.0-1", FRAMES),
    Unshown(5, "MQTT-6.0.0-2", PIECES),
)

LIMIT = "an encoder alone meets it, and only with a packet of more than 256 MiB"
TRAILING = "what follows a packet is the next one, but to a caller who said that there is one alone"
NAMED = "each text of 3.1.1 has a rule of its own"
RANGED = "each property with a range has a rule of its own"

UNBROKEN = (
    Unbroken(4, "length_over_limit", LIMIT),
    Unbroken(4, "trailing_bytes", TRAILING),
    Unbroken(4, "text_utf8", NAMED),
    Unbroken(5, "length_over_limit", LIMIT),
    Unbroken(5, "trailing_bytes", TRAILING),
    Unbroken(5, "property_value", RANGED),
)


def text() -> str:
    """The file: one of them a line."""
    parts: dict[str, Sequence[Unshown | Unbroken]] = {"statements": UNSHOWN, "rules": UNBROKEN}
    lists = [
        f'"{name}": [\n' + ",\n".join(f"  {json.dumps(asdict(row))}" for row in rows) + "\n]"
        for name, rows in parts.items()
    ]
    return '{"format": 1, ' + ", ".join(lists) + "}\n"
