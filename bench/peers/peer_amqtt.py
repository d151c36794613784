# SPDX-License-Identifier: MIT
"""amqtt, which speaks 3.1.1.  Its coroutines never wait here; they are driven without a loop."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version

from amqtt.adapters import BufferReader
from amqtt.mqtt import packet_class
from amqtt.mqtt.packet import MQTTFixedHeader
from timing import Packet, serve


async def read(wire: bytes) -> object:
    reader = BufferReader(wire)
    header = await MQTTFixedHeader.from_stream(reader)
    return await packet_class(header).from_stream(reader, fixed_header=header)


def make(packet: Packet) -> Callable[[], object] | None:
    if packet.version != 4:
        return None
    wire = packet.wire

    def decode() -> None:
        try:
            read(wire).send(None)
        except StopIteration:
            return
        raise RuntimeError("it waits")

    return decode


serve(version("amqtt"), make)
