# SPDX-License-Identifier: MIT
"""Every statement has accepting and rejecting vectors, or vectors/unshown.json says why not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command import called
from mqttwire_tool.vectors.coverage import Coverage, count
from mqttwire_tool.vectors.data import load

ROOT = Path(__file__).resolve().parent.parent / "vectors"
UNSHOWN = json.loads((ROOT / "unshown.json").read_text())


@pytest.fixture(scope="module")
def coverage() -> Coverage:
    return count(load([ROOT]))


def test_statements(coverage: Coverage) -> None:
    """Also that none stands there that has both."""
    lacking = {(row.version, row.id) for row in [*coverage.empty, *coverage.one_sided]}
    assert lacking == {(row["version"], row["id"]) for row in UNSHOWN["statements"]}
    assert coverage.unknown == []


def test_rules(coverage: Coverage) -> None:
    unbroken = {(row.version, row.rule) for row in coverage.rules}
    assert unbroken == {(row["version"], row["rule"]) for row in UNSHOWN["rules"]}


def test_reasons(coverage: Coverage) -> None:
    """That the report has them."""
    assert all(row.why for row in [*coverage.empty, *coverage.one_sided])
    assert all(row.why for row in coverage.rules)


def test_what_is_filtered_says_nothing_of_the_rest() -> None:
    whole = called("vectors", "coverage", "--vectors", ROOT)
    assert "without vectors: " in whole.text
    five = called("vectors", "coverage", "--vectors", ROOT, "--version", "5")
    assert "without vectors: " in five.text
    assert not [line for line in five.lines if line.startswith("3.1.1")]
    some = called("vectors", "coverage", "--vectors", ROOT, "--rule", "auth*")
    assert "5.0 3.15.2.2.2 " in some.text
    assert "without vectors" not in some.text and "no vector breaks" not in some.text
    page = called("vectors", "coverage", "--vectors", ROOT, "--rule", "auth*", "--format", "html")
    assert "Without vectors" not in page.text


def test_rules_without_a_statement(coverage: Coverage) -> None:
    """What a receiver MAY refuse is a choice; all others are kept and broken."""
    assert {row.version for row in coverage.unnumbered} == {4, 5}
    for row in coverage.unnumbered:
        kept_and_broken = row.counts["accept"] and row.counts["reject"]
        assert row.counts["choice"] if row.open else kept_and_broken, row
