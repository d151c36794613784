# SPDX-License-Identifier: MIT
"""bench/inspect makes the captures that it says, always the same, and measures all programs."""

from __future__ import annotations

import hashlib
import importlib.machinery
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from command import mqttwire

pytest.importorskip("numpy")
pytest.importorskip("pyarrow")
pytest.importorskip("mqttwire_tool._capture", reason="built without libpcap")

ROOT = Path(__file__).parent.parent


def script() -> Any:
    path = str(ROOT / "bench" / "inspect")
    loader = importlib.machinery.SourceFileLoader("bench_inspect", path)
    spec = importlib.util.spec_from_loader("bench_inspect", loader)
    assert spec is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules["bench_inspect"] = made
    loader.exec_module(made)
    return made


@pytest.mark.parametrize("per", [1, 30])
def test_captures_are_what_they_are_said_to_be(tmp_path: Path, per: int) -> None:
    bench = script()
    path, again = tmp_path / "one.pcap", tmp_path / "two.pcap"
    messages = bench.make(path, 5, per)  # more than are made at once, with one a segment
    bench.make(again, 5, per)
    assert hashlib.sha256(path.read_bytes()).digest() == hashlib.sha256(again.read_bytes()).digest()
    assert path.stat().st_size == pytest.approx(5e6, rel=0.01)
    run = mqttwire("inspect", "--stats", "--json", "--top", "1000", path)
    assert run.code == 0
    (made,) = run.json
    assert made["packets"] == messages + 2
    assert made["topics"]["count"] == 700
    assert made["rules"] == made["notes"] == []
    first = mqttwire("inspect", "--json", "--where", "number == 3 or number == 2002", path).json
    for line, n in zip(first, (0, 1999)):
        packet = line["packet"]
        assert packet["topic"] == f"plant/line{n % 7}/sensor{n % 100:03}"
        assert bytes.fromhex(packet["payload"]).decode() == f'{{"t":{n:010},"v":{n % 1000:03}.5}}'


def test_all_programs_are_measured() -> None:
    command = [sys.executable, "bench/inspect", "--megabytes", "0.2", "--rounds", "1", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    rows = [line.split(" | ") for line in done.stdout.splitlines()[2:]]
    peers = ["tshark"] if shutil.which("tshark") else []
    assert [row[1] for row in rows] == 2 * ["stats", "arrow", "csv", "json", *peers]
    if not peers:
        assert "there is no tshark" in done.stderr
    else:
        assert all((row[5] != "") == (row[1] != "tshark") for row in rows)
    assert all(20 < float(row[4]) < 400 for row in rows)
    assert len({row[4] for row in rows}) > 2  # each is that of the program, not of the script


def test_the_page_of_figures_has_the_rows_of_the_script() -> None:
    text = (ROOT / "docs" / "performance.md").read_text()
    assert script().HEAD in text
