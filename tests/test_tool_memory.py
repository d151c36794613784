# SPDX-License-Identifier: MIT
"""inspect on a capture that is larger than the memory that it may have."""

from __future__ import annotations

import resource
import struct
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import mqttwire as mq
import pytest
from command import environment
from mqttwire_tool.frames import ACK, PSH, Flow

pytest.importorskip("mqttwire_tool._capture", reason="built without libpcap")
if not Path("/proc/self/status").exists():
    pytest.skip("only Linux tells what a program has taken", allow_module_level=True)

WAIT = 300.0  # seconds
LARGE = 48 << 20  # bytes of the capture
MORE = 16 << 20  # bytes that may be taken beyond what a capture of a few packets takes
CONNECTIONS = 40
PAYLOAD = 200

# Runs the command, and tells the most address space that it had.
RUN = """
import re, sys
from mqttwire_tool.main import main
code = main(sys.argv[1:])
sys.stdout.flush()
peak = re.search(r"VmPeak:\\s*(\\d+)", open("/proc/self/status").read())[1]
print(f"peak {peak}", file=sys.stderr)
raise SystemExit(code)
"""


def capture_of(path: Path, size: int) -> int:
    """Clients that publish at QoS 1, and are answered; what they sent has an alias.  How many."""
    packets = 0
    with path.open("wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 1))

        def write(frame: bytes) -> None:
            head = struct.pack("<IIII", 1_700_000_000 + packets // 1000, packets % 1000 * 10**6,
                               len(frame), len(frame))  # fmt: skip
            out.write(head + frame)

        flows = [Flow((bytes([10, 0, 0, n + 1]), 50_000), (bytes([10, 0, 1, 0]), 1883))
                 for n in range(CONNECTIONS)]  # fmt: skip
        hello = mq.Connack(properties=mq.Properties(topic_alias_maximum=9)).encode(version=5)
        for n, flow in enumerate(flows):
            for frame in flow.opened():
                write(frame)
            name = mq.Connect(client_id=f"c{n}", password=b"secret").encode(version=5)
            write(flow.frame("client", PSH | ACK, name))
            write(flow.frame("server", PSH | ACK, hello))
            packets += 2
        number = 0
        while out.tell() < size:
            flow = flows[number % CONNECTIONS]
            packet_id = number // CONNECTIONS % 65535 + 1
            sent = mq.Publish(
                topic=f"plant/{number % 997}", payload=bytes(PAYLOAD), qos=1, packet_id=packet_id,
                properties=mq.Properties(topic_alias=number % 9 + 1),
            )  # fmt: skip
            write(flow.frame("client", PSH | ACK, sent.encode(version=5)))
            write(flow.frame("server", PSH | ACK, mq.Puback(packet_id=packet_id).encode(version=5)))
            packets += 2
            number += 1
    return packets


class Captures(NamedTuple):
    small: Path
    large: Path
    packets: int  # of the large one


@pytest.fixture(scope="module")
def captures(tmp_path_factory: pytest.TempPathFactory) -> Captures:
    folder = tmp_path_factory.mktemp("memory")
    small, large = folder / "small.pcap", folder / "large.pcap"
    capture_of(small, 100_000)
    return Captures(small, large, capture_of(large, LARGE))


def run(limit: int | None, out: Path, *arguments: str | Path) -> tuple[int, int]:
    """The exit code, and the most address space that it had."""

    def restrict() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    with out.open("wb") as printed:
        done = subprocess.run(
            [sys.executable, "-c", RUN, "inspect", *map(str, arguments)],
            stdout=printed, stderr=subprocess.PIPE, text=True, timeout=WAIT,
            env=environment(MALLOC_ARENA_MAX="1"), preexec_fn=restrict,
        )  # fmt: skip
    assert "peak " in done.stderr, done.stderr
    return done.returncode, 1024 * int(done.stderr.split("peak ")[1])


def check(tmp_path: Path, captures: Captures, *arguments: str) -> Path:
    """Runs it with as much as a few packets need, and a third of the capture's size."""
    out = tmp_path / "out"
    code, least = run(None, out, *arguments, captures.small)
    assert code == 0
    code, most = run(least + MORE, out, *arguments, captures.large)
    assert code == 0 and most <= least + MORE < least + LARGE / 2
    return out


@pytest.mark.parametrize("form", [[], ["--json"]], ids=str)
def test_lines(form: list[str], tmp_path: Path, captures: Captures) -> None:
    out = check(tmp_path, captures, *form)
    with out.open("rb") as file:
        lines = sum(1 for _ in file)
    assert lines >= captures.packets


@pytest.mark.parametrize("filters", [[], ["--type", "puback"]], ids=str)
def test_a_capture_to_take_away(filters: list[str], tmp_path: Path, captures: Captures) -> None:
    path = tmp_path / "taken.pcapng"
    check(tmp_path, captures, *filters, "--pcapng", str(path))
    assert path.stat().st_size > LARGE / (1 if not filters else 5)


def test_a_page_holds_its_packets(tmp_path: Path, captures: Captures) -> None:
    """Not their bytes, but columns: 35 bytes for each, and as much again while they grow."""
    page = tmp_path / "page.html"
    _, least = run(None, tmp_path / "out", "--html", page, captures.small)
    code, most = run(None, tmp_path / "out", "--html", page, captures.large)
    assert code == 0 and most - least < MORE + 100 * captures.packets
