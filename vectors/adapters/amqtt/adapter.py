# SPDX-License-Identifier: MIT
"""amqtt's packets, read from a buffer as its broker and client read them from a connection.

amqtt speaks 3.1.1.  It reads fields from the stream, whatever the remaining length says, so bytes
that run short are told as `more` even where the packet is whole, and `size` can be less than it.
"""

from __future__ import annotations

import asyncio
from typing import Any

from amqtt.adapters import BufferReader
from amqtt.mqtt import packet_class
from amqtt.mqtt.packet import MQTTFixedHeader
from lines import ACCEPT, MORE, SKIP, Answer, refused, serve


class Short(BaseException):
    """More was wanted than there is: on a connection, the wait for it."""


class Reader(BufferReader):
    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.taken = 0

    async def read(self, n: int = -1) -> bytes:
        data = await super().read(n)
        self.taken += len(data)
        if len(data) < n:
            raise Short
        return data


async def read(reader: Reader) -> None:
    header = await MQTTFixedHeader.from_stream(reader)
    if header is not None:
        await packet_class(header).from_stream(reader, fixed_header=header)


def decode(data: bytes, version: Any, sender: Any) -> Answer:
    if version != 4:
        return SKIP
    reader = Reader(data)
    try:
        asyncio.run(read(reader))
    except Short:
        return MORE
    except Exception as error:
        return refused(error)
    return {**ACCEPT, "size": reader.taken}


serve(decode)
