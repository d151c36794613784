# SPDX-License-Identifier: MIT
"""Statements about a connection that the bytes of its two directions cannot show to be broken.

These have no rejecting vector in `sessions`, and accepting ones where bytes can show that they are
kept.  The coverage report says so of them.  Rows: version (4, 5), statement, why.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Unshown:
    version: int
    id: str
    why: str


ANSWER = "that no answer came proves nothing while the connection lives: it may still come"
CLOSING = "closing the network connection is not in the bytes"
INSIDE = "what a receiver does with a message, or takes it for, is not in the bytes"
EARLIER = "what an earlier connection of the session left open, and in which order, is not known"
FRAMES = "is about WebSocket frames, which lie below the bytes of MQTT"

UNSHOWN = (
    Unshown(4, "MQTT-3.8.4-1", ANSWER),
    Unshown(4, "MQTT-3.10.4-5", ANSWER),
    Unshown(4, "MQTT-3.12.4-1", ANSWER),
    Unshown(4, "MQTT-4.4.0-1", EARLIER),
    Unshown(4, "MQTT-4.6.0-1", EARLIER),
    Unshown(4, "MQTT-4.8.0-1", CLOSING),
    Unshown(4, "MQTT-4.8.0-2", CLOSING),
    Unshown(4, "MQTT-6.0.0-1", FRAMES),
    Unshown(5, "MQTT-3.3.2-10", INSIDE),
    Unshown(5, "MQTT-3.3.2-12", INSIDE),
    Unshown(5, "MQTT-3.8.4-1", ANSWER),
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
)
