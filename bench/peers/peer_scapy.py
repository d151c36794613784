# SPDX-License-Identifier: MIT
"""scapy.contrib.mqtt, which knows the layout of 3.1.1; it dissects, and judges little."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version

from scapy.contrib.mqtt import MQTT
from timing import Packet, serve


def make(packet: Packet) -> Callable[[], object] | None:
    wire = packet.wire
    return (lambda: MQTT(wire)) if packet.version == 4 else None


serve(version("scapy"), make)
