# SPDX-License-Identifier: MIT
"""The sessions of vectors/, through mqw_connection: all at once, by tests/vectors_session.c."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from test_vectors import Vector, unfold, vectors

PROGRAM = Path(__file__).resolve().parent.parent / "build" / "tests" / "vectors_session"
SESSIONS = [pytest.param(v, id=v["id"]) for v in vectors("sessions")]


class Finding(NamedTuple):
    kind: str  # "finding", or "undecoded"
    step: int
    rule: str
    field: str
    offset: int
    reason: int


def script(session: Vector) -> Iterator[str]:
    yield f"session {session['id']} {session['version']}"
    at = 0.0  # seconds: steps that do not say when come at once
    for step in session["steps"]:
        at = step.get("at", at)
        yield f"{step['sender']} {round(at * 1000)} {unfold(step['wire']).hex()}"


@pytest.fixture(scope="session")
def findings() -> dict[str, list[Finding]]:
    """What is found in each session."""
    if not PROGRAM.exists():
        pytest.skip("tests/vectors_session is not built: meson compile -C build")
    lines = "".join(line + "\n" for v in vectors("sessions") for line in script(v))
    done = subprocess.run([PROGRAM], input=lines, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, list[Finding]] = {}
    for line in done.stdout.splitlines():
        kind, identifier, step, rule, field, offset, reason = line.split("\t")
        finding = Finding(kind, int(step), rule, field, int(offset), int(reason))
        found.setdefault(identifier, []).append(finding)
    return found


@pytest.mark.parametrize("vector", SESSIONS)
def test_what_is_found(vector: Vector, findings: dict[str, list[Finding]]) -> None:
    found = findings.get(vector["id"], [])
    if vector["result"] == "accept":
        assert found == []
        return
    wanted = vector["steps"][-1]["error"]
    if wanted["rule"] == "diagnostics_too_large":  # it makes the packet too large, too
        found = [finding for finding in found if finding.rule != "packet_too_large"]
    if vector["result"] == "choice" and not found:
        return
    assert len(found) == 1
    only = found[0]
    assert (only.kind, only.step) == ("finding", len(vector["steps"]) - 1)
    assert (only.rule, only.field) == (wanted["rule"], wanted["field"])
    if "offset" in wanted:
        assert only.offset == wanted["offset"]
    if wanted["reason_codes"]:
        assert only.reason in wanted["reason_codes"]


def test_errors_stand_in_last_steps() -> None:
    for vector in vectors("sessions"):
        places = [i for i, step in enumerate(vector["steps"]) if "error" in step]
        last = len(vector["steps"]) - 1
        assert places == ([] if vector["result"] == "accept" else [last]), vector["id"]
