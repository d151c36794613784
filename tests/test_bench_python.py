# SPDX-License-Identifier: MIT
"""bench/python runs, and objects come quicker than json.loads makes as much of text."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
TRIES = 5  # others may have the machine meanwhile


def missed() -> list[str]:
    command = [sys.executable, "bench/python", "--rounds", "1", "--seconds", "0.05"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    table = done.stdout.splitlines()
    assert table[0].startswith("| nanoseconds a packet | P1 | P2 | P3 |")
    assert [line.split(" | ")[0] for line in table[2:6]] == [
        "| mqttwire, columns",
        "| mqttwire, objects",
        "| mqttwire, stream",
        "| json.loads",
    ]
    assert any(line.startswith("objects: times as quick as json.loads") for line in table)
    return [
        line
        for line in done.stderr.splitlines()
        if line.endswith("as quick as json.loads, not 1.67")
    ]


def test_peers_are_those_of_the_table() -> None:
    peers = ROOT / "bench" / "peers"
    pinned = dict(re.findall(r"^(\w+)==(\S+)$", (peers / "requirements.txt").read_text(), re.M))
    pinned |= json.loads((peers / "package.json").read_text())["dependencies"]
    table = (ROOT / "docs" / "performance.md").read_text()
    named = dict(re.findall(r"^\| (mqtt-packet|gmqtt|amqtt|scapy) (\d[\d.]*) \|", table, re.M))
    assert pinned == named
    assert len(named) == 4


def test_objects_take_less_time_than_json() -> None:
    said: list[str] = []
    for _ in range(TRIES):
        said = missed()
        if not said:
            return
    raise AssertionError("\n".join(said))
