# SPDX-License-Identifier: MIT
"""WebSocket as the tests of the broker's listeners speak it: an upgrade, and frames, by hand.

end = door.reach()
upgrade(end)
end.sendall(frame(CONNECT))
"""

from __future__ import annotations

import base64
import os
import socket
import struct

BINARY, CLOSE = 2, 8


def request(host: str = "127.0.0.1", *more: str, protocol: str = "mqtt") -> bytes:
    lines = [
        "GET /mqtt HTTP/1.1",
        f"Host: {host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Protocol: {protocol}",
        *more,
    ]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode()


def head(end: socket.socket) -> str:
    """Of an answer, whose first line it begins with."""
    said = b""
    while b"\r\n\r\n" not in said:
        byte = end.recv(1)
        assert byte, said
        said += byte
    return said.decode()


def upgrade(end: socket.socket, host: str = "127.0.0.1", *more: str) -> None:
    end.sendall(request(host, *more))
    said = head(end)
    assert said.startswith("HTTP/1.1 101 "), said


def frame(payload: bytes, opcode: int = BINARY) -> bytes:
    """Masked with zeros, as a client's that has its reasons."""
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else b"\xff" + struct.pack(">Q", size)
    if 126 <= size < 1 << 16:
        length = b"\xfe" + struct.pack(">H", size)
    return bytes([0x80 | opcode]) + length + bytes(4) + payload


def exactly(end: socket.socket, count: int) -> bytes:
    said = b""
    while len(said) < count:
        more = end.recv(count - len(said))
        if not more:
            break
        said += more
    return said


def unframe(end: socket.socket) -> tuple[int, bytes]:
    """Opcode and payload of a frame of the server; (-1, b""): there is none any more."""
    start = exactly(end, 2)
    if len(start) < 2:
        return -1, b""
    assert start[0] & 0x80 and not start[1] & 0x80
    size = start[1]
    if size == 126:
        (size,) = struct.unpack(">H", exactly(end, 2))
    return start[0] & 15, exactly(end, size)
