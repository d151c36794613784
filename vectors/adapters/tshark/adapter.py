# SPDX-License-Identifier: MIT
"""tshark's dissector, fed a capture in which each request is a TCP segment of its own connection.

A dissector shows what it can: `reject` is what it calls malformed or marks as an error.  There is a
tshark for each version, which it takes for granted where it has seen no CONNECT.
"""

from __future__ import annotations

import struct
import subprocess
from typing import Any

from lines import ACCEPT, MORE, REJECT, SKIP, Answer, serve

LARGEST = 65535 - 40  # bytes: what one segment holds
FIRST, PORTS = 49152, 16384  # those that belong to no service
ERROR = 0x800000  # of _ws.expert.severity
VERSIONS = {4: "MQTT v3.1.1", 5: "MQTT v5.0"}
FIELDS = ["mqtt.msgtype", "_ws.malformed", "_ws.expert.severity", "_ws.expert.message"]


def segment(data: bytes, number: int, sender: Any) -> bytes:
    """IPv4 and TCP around it.  The broker's port is 1883; the client's is not used again soon, and
    is above it: tshark asks the dissector of the lower port first."""
    ports = [FIRST + number % PORTS, 1883]
    source, target = ports if sender != "server" else ports[::-1]
    tcp = struct.pack(">HHIIBBHHH", source, target, 1, 0, 5 << 4, 0x18, 8192, 0, 0)
    addresses = struct.pack(">II", *[0x0A000000 + number // PORTS] * 2)
    size = 40 + len(data)
    return struct.pack(">BBHHHBBH", 0x45, 0, size, 0, 0, 64, 6, 0) + addresses + tcp + data


class Tshark:
    def __init__(self, version: str) -> None:
        command = ["tshark", "-n", "-l", "-r", "-", "-o", f"mqtt.default_version:{version}"]
        command += ["-T", "fields"] + [word for name in FIELDS for word in ("-e", name)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self.count = 0
        self.write(struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101))  # raw IP

    def write(self, data: bytes) -> None:
        assert self.process.stdin
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def dissect(self, data: bytes, sender: Any) -> list[str]:
        frame = segment(data, self.count, sender)
        self.count += 1
        self.write(struct.pack("<IIII", self.count, 0, len(frame), len(frame)) + frame)
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise EOFError("tshark is gone")
        return line.decode(errors="replace").rstrip("\n").split("\t")


running: dict[int, Tshark] = {}


def decode(data: bytes, version: Any, sender: Any) -> Answer:
    if version not in VERSIONS:
        return SKIP
    if version not in running:
        running[version] = Tshark(VERSIONS[version])
    kind, malformed, severities, message = running[version].dissect(data, sender)
    if malformed or any(int(level) >= ERROR for level in severities.split(",") if level):
        return {**REJECT, "error": {"message": message}}
    return ACCEPT if kind else MORE


serve(decode, limit=LARGEST)
