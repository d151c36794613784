# SPDX-License-Identifier: MIT
"""mqttwire, and json.loads of the packets' JSON form.

ours.py objects|stream|columns|json.loads packets.json SECONDS
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from importlib.metadata import version

import mqttwire as mq
from timing import Packet, serve

CHUNK = 65536  # bytes, of what is fed and scanned at once


def objects(packet: Packet) -> Callable[[], object]:
    decode, wire, number = mq.decode, packet.wire, packet.version
    return lambda: decode(wire, number)


def stream(packet: Packet) -> Callable[[], object]:
    chunk = packet.wire * (CHUNK // len(packet.wire))
    decoder = mq.Decoder(packet.version)

    def feed() -> None:
        for _ in decoder.feed(chunk):
            pass

    return feed


def columns(packet: Packet) -> Callable[[], object]:
    chunk = packet.wire * (CHUNK // len(packet.wire))
    return lambda: mq.scan(chunk, packet.version)


def form(packet: Packet) -> Callable[[], object]:
    loads, text = json.loads, packet.json
    return lambda: loads(text)


what = sys.argv.pop(1)
made = {"objects": objects, "stream": stream, "columns": columns, "json.loads": form}[what]
serve(
    version("mqttwire"),
    made,
    lambda packet: CHUNK // len(packet.wire) if what in ("stream", "columns") else 1,
)
