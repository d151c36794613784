# SPDX-License-Identifier: MIT
"""Many packets at once: what is where in a buffer of them, in columns."""

from __future__ import annotations

from . import _mqttwire
from .buffer import Buffer
from .packets import Sender
from .tables import Allow


class Columns:
    """The packets of a buffer, one a row.

    A column is a read-only memoryview of numbers, which NumPy (numpy.asarray) and Arrow
    (pyarrow.py_buffer) take without a copy.  Spans are offsets in the buffer.  A span that is not
    there is empty, where the packet starts; an empty topic or payload is behind that.

    The buffer stays exported as long as the columns are there: a bytearray cannot be resized.
    """

    __slots__ = {
        "consumed": (
            "Where the rows end: the packet that starts here is not all there, or cannot be read."
        ),
        "data": "The buffer.",
        "end": "uint64: where it ends.",
        "error": (
            "uint16: the Rule that the packet breaks; 0: none. It has then no topic, "
            "packet_id, payload."
        ),
        "flags": "uint8: its low nibble. Of a PUBLISH: retain 1, QoS 2 and 4, dup 8.",
        "is_utf8": "All topics are UTF-8: Allow.UTF8 was not given.",
        "packet_id": "uint16; 0: none.",
        "payload_end": "uint64: where it ends.",
        "payload_start": "uint64: where the payload of a PUBLISH starts.",
        "start": "uint64: where the packet starts.",
        "topic_end": "uint64: where the topic name ends.",
        "topic_start": (
            "uint64: of a PUBLISH, the topic name; it is empty where a topic alias stands for it."
        ),
        "type": "uint8: the first byte's high nibble, a Type, or 0.",
        "version": "MQTT version of the packets; None: not known.",
        "wanted": "Bytes of that packet without which another try is not worth it; 0: not known.",
    }

    type: memoryview
    flags: memoryview
    start: memoryview
    end: memoryview
    topic_start: memoryview
    topic_end: memoryview
    packet_id: memoryview
    payload_start: memoryview
    payload_end: memoryview
    error: memoryview
    data: memoryview
    version: int | None
    consumed: int
    wanted: int
    is_utf8: bool

    def __len__(self) -> int:
        """How many packets there are."""
        return len(self.type)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self)} packets in {self.consumed} bytes>"


def scan(
    data: Buffer,
    version: int | None = None,
    sender: Sender | None = None,
    *,
    allow: int = 0,
    refuse: int = 0,
    max_size: int | None = None,
) -> Columns:
    """What is where in a buffer of packets: one direction of a connection.

    data: bytes, or anything else with bytes (bytearray, memoryview, mmap), which is not copied.
    The other options are those of decode().  Each packet is judged as decode() judges it; a bad one
    is a row with an error, and the next one follows it.  Only where its length cannot be read, or
    is more than max_size and than what is there, its row goes on to the end of data and is the last
    one; a length that takes more bytes than it needs is known.

    Python's global lock is not held meanwhile: data must not be changed by other threads.
    ValueError: the version is not known, and the first packet is no CONNECT, or an option is
    impossible.  TypeError: data has no bytes, or an option is of another type.
    """
    columns, consumed, read, wanted = _mqttwire.scan(data, version, sender, allow, refuse, max_size)
    made = Columns()
    for name, column in columns.items():
        setattr(made, name, column)
    made.data = _mqttwire.view(data)
    made.version = read or None
    made.consumed = consumed
    made.wanted = wanted
    made.is_utf8 = not allow & Allow.UTF8
    return made
