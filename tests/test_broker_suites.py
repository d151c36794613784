# SPDX-License-Identifier: MIT
"""The broker, and a specification of brokers that is not ours: gomqtt's, for 3.1.1."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import newer_go
import pytest
from access import hashed
from broker import ROOT, Broker, needs_broker

pytestmark = needs_broker

SOURCE = ROOT / "tests/gomqtt_spec"
BUILD = ROOT / "build/gomqtt_spec"
LEAST = 60  # gomqtt v0.14.4 has 67 tests: with fewer, it was not asked all


def test_gomqtt(tmp_path: Path) -> None:
    missing = newer_go.build(SOURCE, BUILD, "test", "-c")
    if missing:
        pytest.skip(missing)
    (tmp_path / "passwords").write_text(f"alice:{hashed(b'wonderland')}\n")
    config = f"""
allow_anonymous false
password_file {tmp_path}/passwords
persistence true
persistence_location {tmp_path}
"""
    with Broker(tmp_path, config) as broker:
        address = f"127.0.0.1:{broker.port}"
        done = subprocess.run(
            [BUILD / "run", "-test.v"], capture_output=True, text=True, timeout=120,
            env={**os.environ, "BROKER": f"tcp://alice:wonderland@{address}",
                 "DENIED": f"tcp://{address}"},
        )  # fmt: skip
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-3000:]
    assert len(re.findall("--- PASS: TestBroker/", said)) >= LEAST
    assert "--- SKIP" not in said
