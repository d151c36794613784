# SPDX-License-Identifier: MIT
"""scapy.contrib.mqtt: a dissector.  It takes almost everything, and it knows the layout of 3.1.1.

What it cannot dissect it leaves as raw bytes, which is told as `reject`; so are its exceptions.
"""

from __future__ import annotations

from typing import Any

from lines import ACCEPT, MORE, SKIP, Answer, refused, serve
from scapy.config import conf
from scapy.contrib.mqtt import MQTT
from scapy.packet import Padding, Raw


def header(data: bytes) -> int:
    """How long the fixed header is, whose length the dissector has taken."""
    return 2 + next(at for at, byte in enumerate(data[1:]) if byte < 128)


def decode(data: bytes, version: Any, sender: Any) -> Answer:
    if version != 4:
        return SKIP
    try:
        packet = MQTT(data)
        if packet.len is None or len(data) < header(data) + packet.len:
            return MORE
        for left in (Raw, Padding):
            if left in packet:
                raise ValueError(f"{len(packet[left].load)} bytes were not dissected")
    except Exception as error:
        return refused(error)
    return ACCEPT


conf.debug_dissector = True  # exceptions are passed on
serve(decode, limit=1 << 20)
