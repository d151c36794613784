# SPDX-License-Identifier: MIT
"""The readers of vectors/readers/ read all vectors, each in its language, and count alike."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent / "vectors"
READERS = ROOT / "readers"
COMMANDS = {
    "reader.py": [sys.executable],
    "reader.mjs": ["node"],
    "reader.go": ["go", "run"],
}


@cache
def totals(reader: str) -> dict[str, int]:
    command = COMMANDS[reader]
    if shutil.which(command[0]) is None:
        pytest.skip(f"there is no {command[0]}")
    done = subprocess.run(
        [*command, str(READERS / reader), str(ROOT)], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    counted: dict[str, int] = json.loads(done.stdout)
    return counted


def test_the_python_reader_reads_all_there_is() -> None:
    counted = dict(totals("reader.py"))
    wanted: Counter[str] = Counter()
    for path in ROOT.glob("v*/*.json"):
        suite = json.loads(path.read_text(encoding="utf-8"))
        wanted.update(f"{suite['kind']} {vector['result']}" for vector in suite["vectors"])
    assert wanted and counted.pop("bytes") > 0
    assert counted == wanted


@pytest.mark.parametrize("reader", ["reader.mjs", "reader.go"])
def test_readers_count_alike(reader: str) -> None:
    assert totals(reader) == totals("reader.py")


def test_the_readme_shows_the_python_reader() -> None:
    text = (READERS / "reader.py").read_text()
    assert f"```python\n{text}```\n" in (ROOT / "README.md").read_text()
