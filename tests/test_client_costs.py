# SPDX-License-Identifier: MIT
"""The client library with many entries of one kind: ten times as many cost ten times as much."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from client_driver import ROOT

PROGRAM = ROOT / "build/tests/samples/client_costs"
WAYS = (
    "requests", "timeouts", "open_requests", "topics", "held", "subscriptions", "settled",
    "publishes", "drops",
)  # fmt: skip


def seconds(way: str, count: int, folder: Path) -> float:
    """Of processor time, the least of three."""

    def once() -> float:
        socket = folder / "socket"
        socket.unlink(missing_ok=True)
        command = [str(PROGRAM), way, str(count), str(socket)]
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
        return float(done.stdout)

    return min(once() for _ in range(3))


@pytest.mark.parametrize("way", WAYS)
def test_cost_is_linear(way: str, tmp_path: Path) -> None:
    small, large = seconds(way, 3000, tmp_path), seconds(way, 30000, tmp_path)
    assert large < 40 * small  # 100 times, were it quadratic
