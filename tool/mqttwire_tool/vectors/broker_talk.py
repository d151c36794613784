# SPDX-License-Identifier: MIT
"""One connection to a live broker: what it does about some bytes, seen from outside."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass

from .data import Vector
from .forms import unfold

CONNECT, CONNACK, SUBACK, UNSUBACK, PINGRESP, DISCONNECT = 1, 2, 9, 11, 13, 14  # packet types
ACKS = {SUBACK: "SUBACK", UNSUBACK: "UNSUBACK"}
PINGREQ = b"\xc0\x00"
GOODBYE = b"\xe0\x00"
CHUNK = 1 << 16


class Unusable(Exception):
    """The broker refuses even a plain connection: nothing can be told of it."""


@dataclass(frozen=True)
class Broker:
    host: str
    port: int
    patience: float  # seconds for an answer
    quiet: float  # seconds in which it has to stay quiet about bytes that are no whole packet


def hello(vector: Vector, client_id: str) -> bytes:
    """A CONNECT that nothing is wrong with: a clean start, no keep alive."""
    name = client_id.encode()
    properties = b""
    if vector.version == 5:
        properties = b"\0"
        if "session_expiry_interval" in vector.form.get("packet", {}).get("properties", {}):
            # DISCONNECT may only change it where the session does not end with the connection.
            properties = b"\5\x11" + (1).to_bytes(4, "big")
    body = b"\0\4MQTT" + bytes([vector.version, 2, 0, 0]) + properties
    body += len(name).to_bytes(2, "big") + name
    return bytes([CONNECT << 4, len(body)]) + body


def vbi(data: bytes | bytearray, at: int) -> tuple[int, int] | None:
    """A variable byte integer and where it ends; None: it goes on."""
    value = 0
    for index, byte in enumerate(data[at : at + 4]):
        value |= (byte & 0x7F) << 7 * index
        if not byte & 0x80:
            return value, at + index + 1
    return None


def packets(stream: bytearray) -> Iterator[tuple[int, bytes]]:
    """Type and body of each whole packet, which is taken off the stream."""
    while (found := vbi(stream, 1)) and len(stream) >= sum(found):
        length, at = found
        kind, body = stream[0] >> 4, bytes(stream[at : at + length])
        del stream[: at + length]
        yield kind, body


def refusal(version: int, kind: int, body: bytes) -> str | None:
    """What a SUBACK or UNSUBACK says that takes none of the filters."""
    codes = body[2:]
    if version == 5 and (found := vbi(codes, 0)):
        codes = codes[sum(found) :]
    return f"{ACKS[kind]} 0x{codes[0]:02x}" if codes and min(codes) >= 0x80 else None


class Talk:
    def __init__(self, broker: Broker) -> None:
        self.socket = socket.create_connection((broker.host, broker.port), broker.patience)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = bytearray()

    def __enter__(self) -> Talk:
        return self

    def __exit__(self, *error: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        """The broker may close meanwhile: what it answered then is still to be read."""
        with contextlib.suppress(ConnectionError, socket.timeout):
            self.socket.sendall(data)

    def wait(self, wanted: set[int], seconds: float) -> tuple[int, bytes] | str:
        """The first packet of a wanted type, or else "closed" or "silent"."""
        deadline = time.monotonic() + seconds
        while True:
            for kind, body in packets(self.received):
                if kind in wanted:
                    return kind, body
            rest = deadline - time.monotonic()
            if rest <= 0:
                return "silent"
            self.socket.settimeout(rest)
            try:
                part = self.socket.recv(CHUNK)
            except socket.timeout:
                return "silent"
            except ConnectionError:
                return "closed"
            if not part:
                return "closed"
            self.received += part


def _told(answer: tuple[int, bytes] | str) -> str:
    """What was seen, in a word or two."""
    if isinstance(answer, str):
        return answer
    kind, body = answer
    if kind == CONNACK:
        return f"CONNACK 0x{body[1]:02x}" if len(body) > 1 else "CONNACK"
    if kind == DISCONNECT:
        return f"DISCONNECT 0x{body[0] if body else 0:02x}"
    return "PINGRESP"


def observe(broker: Broker, vector: Vector, client_id: str) -> str:
    """What the broker does about a vector's bytes: CONNACK 0x.., DISCONNECT 0x.., PINGRESP, closed
    or silent; SUBACK 0x.. or UNSUBACK 0x.. if PINGRESP comes and no filter was taken; of bytes that
    are no whole packet "waits" if it does nothing.

    Unusable: it does not let us in.
    """
    data = unfold(vector.form["wire"])
    is_connect = bool(data) and data[0] >> 4 == CONNECT
    with Talk(broker) as talk:
        if not is_connect and data:
            talk.send(hello(vector, client_id))
            answer = talk.wait({CONNACK}, broker.patience)
            if _told(answer) != "CONNACK 0x00":
                raise Unusable(f"a plain CONNECT gets: {_told(answer)}")
        talk.send(data)
        if vector.result == "more":
            seen = _told(talk.wait({CONNACK, DISCONNECT}, broker.quiet))
            return "waits" if seen == "silent" else seen
        if is_connect:
            seen = _told(talk.wait({CONNACK, DISCONNECT}, broker.patience))
        else:
            talk.send(PINGREQ)
            refused = None
            answer = talk.wait({*ACKS, PINGRESP, DISCONNECT}, broker.patience)
            while not isinstance(answer, str) and answer[0] in ACKS:
                refused = refused or refusal(vector.version, *answer)
                answer = talk.wait({*ACKS, PINGRESP, DISCONNECT}, broker.patience)
            seen = _told(answer)
            if refused and seen == "PINGRESP":
                talk.send(GOODBYE)
                return refused
        if seen in ("PINGRESP", "CONNACK 0x00"):
            talk.send(GOODBYE)
        return seen
