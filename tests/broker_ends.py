# SPDX-License-Identifier: MIT
"""Clients of each kind of listener, byte by byte."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

from broker import CONNECT, WAIT, Broker
from broker_doors import Door, Doors
from broker_frames import CLOSE, frame, unframe, upgrade

GRANTED = bytes.fromhex("20020000")
PINGREQ, PINGRESP = b"\xc0\x00", b"\xd0\x00"
#: CONNECT of 5.0, with a keep alive of a second.
CONNECT_1 = bytes.fromhex("100d 00044d515454 05 02 0001 00 0000")
NAMES = ["ip4", "ip6", "unix", "tls", "tls13", "mutual", "subject", "ws", "wss", "wss6"]


class End:
    """A client's end of a connection, which sends and takes bytes of MQTT."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.socket = door.reach()
        self.socket.settimeout(WAIT)
        self.came = b""
        if door.websocket:
            upgrade(self.socket, "[::1]" if ":" in door.host else door.host)

    def send(self, data: bytes) -> None:
        self.socket.sendall(frame(data) if self.door.websocket else data)

    def take(self, count: int) -> bytes:
        """So many bytes of MQTT, or what there is until the end."""
        while len(self.came) < count:
            if self.door.websocket:
                opcode, data = unframe(self.socket)
                self.closed = opcode == CLOSE
                if opcode in (CLOSE, -1):
                    break
            else:
                data = self.socket.recv(65536)
                if not data:
                    break
            self.came += data
        said, self.came = self.came[:count], self.came[count:]
        return said

    def packet(self) -> bytes:
        """One that is small."""
        start = self.take(2)
        return start + self.take(start[1]) if len(start) == 2 else start

    def ping(self) -> None:
        self.send(PINGREQ)
        assert self.packet() == PINGRESP

    def close(self) -> None:
        self.socket.close()


def greeted(door: Door, connect: bytes = CONNECT) -> End:
    end = End(door)
    end.send(connect)
    said = end.packet()
    assert said[0] == 0x20 and said[3] == 0, said
    return end


def is_shut(end: socket.socket) -> bool:
    """The broker ends it, whatever it says before."""
    try:
        while end.recv(4096):
            pass
    except (ConnectionError, ssl.SSLError):
        pass
    return True


def lay_out(stock: Path, folder: Path) -> None:
    for file in stock.iterdir():
        if file.suffix in (".crt", ".key"):
            shutil.copy(file, folder)


@contextlib.contextmanager
def opened(stock: Path, folder: Path, config: str = "", anybody: bool = True) -> Iterator[Doors]:
    lay_out(stock, folder)
    with Doors(folder, "allow_anonymous true\n" * anybody + config, certify=False) as broker:
        yield broker


def descriptors(broker: Broker) -> int:
    return len(os.listdir(f"/proc/{broker.pid}/fd"))


def falls_to(broker: Broker, count: int) -> None:
    """Descriptors: each connection is gone."""
    until = time.monotonic() + WAIT
    while descriptors(broker) > count:
        assert time.monotonic() < until, broker.log
        time.sleep(0.02)
