# SPDX-License-Identifier: MIT
"""A broker that validates nothing: it frames packets, looks at their types, and lets all pass.

with Careless() as broker:
    talk_to("127.0.0.1", broker.port)
"""

from __future__ import annotations

import contextlib
import socketserver
import threading
from typing import Any

CONNECT, PUBLISH, SUBSCRIBE, UNSUBSCRIBE, PINGREQ, DISCONNECT, AUTH = 1, 3, 8, 10, 12, 14, 15


class Careless(socketserver.ThreadingTCPServer):
    """wills: "kept", as they should be, "never" published or "always".  ends: types of packets that
    it ends the connection at, whatever they say; codes: after a DISCONNECT with this code."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, wills: str = "kept", ends: tuple[int, ...] = (AUTH,), code: int = 0) -> None:
        super().__init__(("127.0.0.1", 0), Connection)
        self.port: int = self.server_address[1]
        self.wills, self.ends, self.code = wills, ends, code
        self.watched: dict[bytes, Any] = {}  # who has subscribed to a topic
        self.thread = threading.Thread(target=self.serve_forever, args=(0.05,))

    def __enter__(self) -> Careless:
        self.thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.shutdown()
        self.thread.join()
        self.server_close()


class Connection(socketserver.BaseRequestHandler):
    server: Careless

    def handle(self) -> None:
        self.version, self.topic = 4, b""
        with contextlib.suppress(OSError, EOFError):
            good = self.talk()
            wills = self.server.wills
            if wills == "always" or (wills == "kept" and not good):
                self.publish_will()
            return
        if self.server.wills != "never":
            self.publish_will()

    def publish_will(self) -> None:
        if watcher := self.server.watched.get(self.topic):
            body = len(self.topic).to_bytes(2, "big") + self.topic
            with contextlib.suppress(OSError):
                watcher.sendall(bytes([0x30, len(body)]) + body)

    def answer(self, first: int, body: bytes = b"") -> None:
        self.request.sendall(bytes([first, len(body)]) + body)

    def take(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = self.request.recv(size - len(data))
            if not part:
                raise EOFError
            data += part
        return data

    def packet(self) -> tuple[int, bytes]:
        kind, length, shift = self.take(1)[0] >> 4, 0, 0
        while shift < 28:
            byte = self.take(1)[0]
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        return kind, self.take(length)

    def talk(self) -> bool:
        """Was the end a DISCONNECT?"""
        while True:
            kind, body = self.packet()
            properties = b"\0" if self.version == 5 else b""
            if kind == DISCONNECT:
                return True
            if kind in self.server.ends and (kind, self.version) != (AUTH, 4):
                if self.server.code:
                    self.answer(0xE0, bytes([self.server.code]))
                return False
            if kind == CONNECT:
                self.connect(body)
            elif kind == SUBSCRIBE:
                self.server.watched[body[4 : 4 + body[3]] if len(body) > 3 else b""] = self.request
                self.answer(0x90, b"\0\1" + properties + b"\0")
            elif kind == UNSUBSCRIBE:
                self.answer(0xB0, b"\0\1" + properties * 2)
            elif kind == PINGREQ:
                self.answer(0xD0)

    def connect(self, body: bytes) -> None:
        """Its version, and the topic of its will, if they are where they should be."""
        with contextlib.suppress(IndexError):
            if body[6] == 5:
                self.version = 5
            if body[7] & 4:
                at = 10
                if self.version == 5:
                    at += 1 + body[at]
                at += 2 + body[at + 1]  # the client identifier
                at += self.version == 5
                self.topic = body[at + 2 : at + 2 + body[at + 1]]
        self.answer(0x20, b"\0\0\0" if self.version == 5 else b"\0\0")
