# SPDX-License-Identifier: MIT
"""What the programs in Python have in common: they time a call for each packet.

    PROGRAM packets.json SECONDS

prints {"version": of the package, "nanoseconds": {"P1": a packet, ...}}, null for a packet that the
package does not decode.  SECONDS are spent on each packet.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import NamedTuple, Optional


class Packet(NamedTuple):
    name: str
    version: int
    wire: bytes
    json: str  # its JSON form


Make = Callable[[Packet], Optional[Callable[[], object]]]


def nanoseconds(call: Callable[[], object], seconds: float) -> float:
    """Of a call: the best of many batches, in time of our own on the processor."""
    batch = 1
    best = float("inf")
    deadline = time.process_time() + seconds
    while time.process_time() < deadline:
        start = time.process_time_ns()
        for _ in range(batch):
            call()
        took = time.process_time_ns() - start
        if took < 2_000_000:  # too short to trust the clock
            batch *= 2
        else:
            best = min(best, took / batch)
    return best


def packets() -> list[Packet]:
    with open(sys.argv[1]) as file:
        return [
            Packet(p["name"], p["version"], bytes.fromhex(p["wire"]), p["json"])
            for p in json.load(file)
        ]


def serve(version: str, make: Make, count: Callable[[Packet], int] = lambda packet: 1) -> None:
    """Times what `make` answers for each packet: a call that decodes it, `count` times, or None."""
    seconds = float(sys.argv[2])
    figures: dict[str, float | None] = {}
    for packet in packets():
        call = make(packet)
        took = None if call is None else nanoseconds(call, seconds) / count(packet)
        figures[packet.name] = took
    print(json.dumps({"version": version, "nanoseconds": figures}))
