# SPDX-License-Identifier: MIT
"""A run as TAP, version 14 (testanything.org)."""

from __future__ import annotations

import json

from .judge import PASS, SKIP
from .results import Result, Results


def _escaped(text: str) -> str:
    """In a description, where # begins a directive."""
    plain = " ".join(text.split())
    return plain.replace("\\", "\\\\").replace("#", "\\#")


def _point(number: int, row: Result) -> list[str]:
    good = row.verdict in (PASS, SKIP)
    line = f"{'ok' if good else 'not ok'} {number} - {row.name}"
    if row.vector.title:
        line += f" {_escaped(row.vector.title)}"
    if row.verdict == SKIP:
        line += f" # SKIP {_escaped(row.why)}".rstrip()
    if good:
        return [line]
    values = {"message": row.why, "severity": row.verdict, "expected": row.vector.result}
    if row.vector.rule:
        values["rule"] = row.vector.rule
    # A JSON string is a YAML one, too.
    block = [f"  {name}: {json.dumps(value)}" for name, value in values.items()]
    return [line, "  ---", *block, "  ..."]


def tap(results: Results) -> str:
    lines = ["TAP version 14", f"1..{len(results.rows)}"]
    for number, row in enumerate(results.rows, 1):
        lines += _point(number, row)
    return "\n".join(lines) + "\n"
