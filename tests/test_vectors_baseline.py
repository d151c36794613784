# SPDX-License-Identifier: MIT
"""What mosquitto makes of the vectors: as it did, and as docs/vectors.md says of it."""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from command import mqttwire
from mosquitto import PROGRAM, Mosquitto
from mqttwire_tool.vectors.data import load

ROOT = Path(__file__).resolve().parent.parent
(BASELINE,) = (ROOT / "vectors" / "baselines").glob("mosquitto-*.jsonl")
VERSION = BASELINE.stem.partition("-")[2]


def here() -> str:
    if PROGRAM is None:
        return "none"
    told = subprocess.run([PROGRAM, "-h"], capture_output=True, text=True).stdout
    return told.splitlines()[0].removeprefix("mosquitto version ")


@pytest.mark.skipif(here() != VERSION, reason=f"mosquitto is {here()}, not {VERSION}")
def test_as_it_was() -> None:
    with Mosquitto() as running:
        done = mqttwire(
            "vectors", "broker", f"127.0.0.1:{running.port}", "--jobs", "48", "--timeout", "30",
            "--baseline", BASELINE,
        )  # fmt: skip
    assert (done.code, done.err) == (0, "")


def test_the_table_in_the_docs() -> None:
    """A line for each rule that mosquitto takes otherwise, with the number of vectors."""
    known = {vector.id: vector for vector in load([ROOT / "vectors"])}
    failed: Counter[tuple[str, int]] = Counter()
    for line in BASELINE.read_text().splitlines():
        row = json.loads(line)
        if row["verdict"] == "fail":
            vector = known[row["id"]]
            failed[vector.rule or vector.result, vector.version] += 1
    page = (ROOT / "docs" / "vectors.md").read_text()
    told = re.findall(r"^\| `(\w+)` \| +(\d+|-) \| +(\d+|-) \|", page, re.MULTILINE)
    table: dict[tuple[str, int], str] = {}
    for rule, four, five in told:
        table |= {(rule, 4): four, (rule, 5): five}
    assert {key: int(n) for key, n in table.items() if n != "-"} == dict(failed)
