# SPDX-License-Identifier: MIT
"""What the broker has acknowledged outlasts kill -9: a short run of tests/kill_broker.py."""

from __future__ import annotations

from pathlib import Path

import kill_broker
import pytest
from broker import needs_broker

pytestmark = [
    needs_broker,
    pytest.mark.skipif(not kill_broker.DIE_AT.exists(), reason="needs a build with samples"),
]


@pytest.mark.parametrize("synchronous", ["normal", "full"])
@pytest.mark.parametrize("version", [4, 5], ids=("3.1.1", "5.0"))
def test_kill(tmp_path: Path, version: int, synchronous: str) -> None:
    kill_broker.Torture(tmp_path, version, synchronous, "1").run(20)
