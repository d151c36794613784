# SPDX-License-Identifier: MIT
"""What mosquitto makes of the vectors: as it did, and as docs/vectors.md says of it."""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from command import Run, mqttwire
from mosquitto import PROGRAM, Mosquitto
from mqttwire_tool.vectors.data import load

ROOT = Path(__file__).resolve().parent.parent
(BASELINE,) = (ROOT / "vectors" / "baselines").glob("mosquitto-*.jsonl")
VERSION = BASELINE.stem.partition("-")[2]
KNOWN = {vector.id: vector for vector in load([ROOT / "vectors"])}
ROWS = [json.loads(line) for line in BASELINE.read_text().splitlines()]
Row = dict[str, Any]
Rule = tuple[str, int]


def here() -> str:
    if PROGRAM is None:
        return "none"
    told = subprocess.run([PROGRAM, "-h"], capture_output=True, text=True).stdout
    return told.splitlines()[0].removeprefix("mosquitto version ")


def failed(rows: Iterable[Row]) -> Counter[Rule]:
    """By rule that a vector breaks or else by its result, and by version."""
    vectors = [KNOWN[row["id"]] for row in rows if row["verdict"] == "fail"]
    return Counter((v.rule or v.result, v.version) for v in vectors)


def clear(rows: Iterable[Row]) -> Counter[tuple[str, str]]:
    """By verdict and by what the vector wants."""
    return Counter((row["verdict"], KNOWN[row["id"]].result) for row in rows)


def faults(rows: list[Row]) -> list[str]:
    """What is wrong with what another version than the baseline's does.  It may refuse what the
    baseline's takes, by the rules of the baseline that is better; it may not take what breaks
    other rules, refuse what is good, nor leave much more unclear."""
    wrong = [f"{rule} of {version}" for rule, version in failed(rows) - failed(ROWS)]
    now, before = clear(rows), clear(ROWS)
    for kind in ("accept", "reject", "more"):
        if now["pass", kind] < 0.95 * before["pass", kind]:
            wrong.append(f"{now['pass', kind]} {kind} pass, not about {before['pass', kind]}")
    return wrong


@pytest.mark.skipif(PROGRAM is None, reason="mosquitto is not installed")
def test_a_live_mosquitto() -> None:
    """As it was, where it is of the baseline's version; as can be expected, where it is not."""

    def look(*more: str | Path) -> Run:
        with Mosquitto() as running:
            address = f"127.0.0.1:{running.port}"
            options: list[str | Path] = ["--jobs", "48", "--timeout", "30"]
            options += ["--vectors", ROOT / "vectors"]
            return mqttwire("vectors", "broker", address, *options, *more)

    if here() == VERSION:
        done = look("--baseline", BASELINE)
        assert (done.code, done.err) == (0, "")
    else:
        assert faults(look("--json").json) == []


def changed(rule: str, verdict: str) -> list[Row]:
    """The baseline with another verdict of the vectors that break a rule, or have a result."""
    return [
        {**row, "verdict": verdict}
        if rule in (KNOWN[row["id"]].rule, KNOWN[row["id"]].result)
        else row
        for row in ROWS
    ]


def test_what_can_be_expected_of_other_versions() -> None:
    assert faults(ROWS) == []
    assert faults(changed("shared_no_local", "pass")) == []  # as later ones
    assert faults(changed("qos_3", "fail")) == ["qos_3 of 4", "qos_3 of 5"]
    assert any("reject pass, not about" in line for line in faults(changed("reject", "unclear")))
    assert any("accept pass, not about" in line for line in faults(changed("accept", "fail")))


def test_the_table_in_the_docs() -> None:
    """A line for each rule that mosquitto takes otherwise, with the number of vectors."""
    page = (ROOT / "docs" / "vectors.md").read_text()
    told = re.findall(r"^\| `(\w+)` \| +(\d+|-) \| +(\d+|-) \|", page, re.MULTILINE)
    table: dict[Rule, str] = {}
    for rule, four, five in told:
        table |= {(rule, 4): four, (rule, 5): five}
    assert {key: int(n) for key, n in table.items() if n != "-"} == dict(failed(ROWS))
