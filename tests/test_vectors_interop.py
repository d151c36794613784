# SPDX-License-Identifier: MIT
"""docs/interop.md: its generator, and that it goes with the verdicts; our adapters for real."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from mqttwire_tool.vectors.adapter import questions
from mqttwire_tool.vectors.data import load as load_vectors
from mqttwire_tool.vectors.titles import HEAD, WHO, Verdict, Wrong, title, verdicts

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "vectors"))

from source.interop import (  # noqa: E402
    PAGE,
    VERDICTS,
    Implementation,
    load,
    page,
    vectors_now,
)

ABOUT = {"language": "C", "package": "p", "version": "1.2"}
TABLE = [
    Verdict("a", "v5-x-0003", "both", "an id"),
    Verdict("*", "* truncated", "vector", "a rule"),
    Verdict("*", "5.0 MQTT-1.1.1-2", "vector", "a statement"),
]


def row(number: int, verdict: str = "pass", **others: Any) -> dict[str, Any]:
    made = {"id": f"v5-x-{number:04}", "kind": "packets", "version": 5}
    made |= {"expected": "accept", "verdict": verdict}
    return {**made, "why": "", "ids": ["MQTT-1.1.1-1"], **others}


def refused(number: int, rule: str = "truncated", **others: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {"expected": "reject", "rule": rule, "answer": {"result": "accept"}}
    return row(number, **{"verdict": "fail", **fields, **others})


def wrote(why: str) -> dict[str, Any]:
    return row(1, "fail", kind="encode", type="AUTH", why=why, answer={"result": "accept"})


def topic(check: str, expected: str, result: str, **told: Any) -> dict[str, Any]:
    form = {"check": check, "expected": expected, "answer": {"result": result, **told}}
    return row(1, "fail", kind="topics", **form)


def made(*rows: dict[str, Any], name: str = "a") -> Implementation:
    return Implementation(name, "2026-01-02", ABOUT, list(rows))


def test_a_page() -> None:
    skipped = row(9, "skip", ids=["MQTT-9.9.9-9"])
    good = row(1, answer={"result": "accept", "packet": {}})
    bad = row(5, "fail", ids=["MQTT-1.1.1-2"], answer={"result": "more"})
    one = made(good, refused(2), refused(3), refused(4), bad, skipped)
    other = made(row(1), row(2, "skip"), name="b")
    text = page([one, other], TABLE)
    for line in [
        "| a | 1 | 4 | 0 | 1 | 3 | 1 | 0 |",
        "p 1.2 (C), asked on 2026-01-02: MQTT 5.0, 5 questions (packets); content of 1 of 4",
        "| accepts truncated | 2 | vector | a rule | v5-x-0002 | 5.0 MQTT-1.1.1-1 (2) |",
        "| accepts truncated | 1 | both | an id | v5-x-0003 | 5.0 MQTT-1.1.1-1 (1) |",
        "| waits at a good packet | 1 | vector | a statement | v5-x-0005 | 5.0 MQTT-1.1.1-2 (1) |",
        "No disagreement.",
        "| 1.1.1-1 | 1/3 | 1/0/1 |",
        "| 1.1.1-2 | 0/1 | - |",
    ]:
        assert line in text
    assert "9.9.9-9" not in text  # nobody was asked
    assert "Of 6 vectors;" in text and "which makes 6 questions" in text


@pytest.mark.parametrize(
    ("one", "wanted"),
    [
        (refused(1), "accepts truncated"),
        (refused(1, answer={"result": "more"}), "waits at truncated"),
        (refused(1, verdict="crash", answer=None), "dies of truncated"),
        (row(1, "fail", answer={"result": "reject"}), "refuses a good packet: no word"),
        (
            row(1, "fail", answer={"result": "reject", "error": {"message": "a.b.Ex: |x"}}),
            "refuses a good packet: Ex: x",
        ),
        (row(1, "fail", expected="more", answer={"result": "accept"}), "accepts a beginning"),
        (
            row(1, "fail", why="packet.will.x[3].y: 1, not 2", answer={"result": "accept"}),
            "reads x.y",
        ),
        (row(1, "fail", expected="choice", answer={"result": "more"}), "waits at a good packet"),
        (row(1, "fail", answer={"result": "differs"}), "reads by how the bytes are cut"),
        (
            row(
                1,
                "fail",
                kind="streams",
                answer={"result": "accept"},
                why="packets[1].qos: 1, not 0",
            ),
            "reads qos",
        ),
        (refused(1, kind="encode"), "writes truncated"),
        (wrote("wire: 6 bytes, not 4"), "writes more bytes: AUTH"),
        (wrote("wire: 4 bytes, not 6"), "writes fewer bytes: AUTH"),
        (wrote("wire: byte 0 is f1, not f0"), "writes other bytes: AUTH"),
        (
            wrote("wire: byte 3 is 21, not 11, the same bytes in another order"),
            "writes reordered bytes: AUTH",
        ),
        (
            row(1, "fail", kind="encode", answer={"result": "reject"}),
            "refuses to write a good packet: no word",
        ),
        (row(1, "crash", kind="encode", answer=None), "dies of writing a good packet"),
        (topic("match", "accept", "reject"), "does not take a match for one"),
        (
            topic("match", "accept", "reject", error="panic: x"),
            "does not take a match for one: panic",
        ),
        (topic("match", "reject", "accept"), "takes no match for one"),
        (topic("share", "reject", "accept"), "takes no shared subscription for one"),
        (topic("filter", "accept", "reject"), "refuses a good filter: no word"),
    ],
)
def test_titles_of_groups(one: dict[str, Any], wanted: str) -> None:
    assert title(one) == wanted


def test_a_disagreement_wants_a_verdict() -> None:
    with pytest.raises(Wrong, match="no verdict: a accepts qos_3"):
        page([made(refused(1, "qos_3"))], TABLE)


def test_a_verdict_wants_a_disagreement() -> None:
    with pytest.raises(Wrong, match="no such disagreement"):
        page([made(refused(1))], TABLE)


@pytest.mark.parametrize(
    "line",
    ["a\tb\tvector", "a\tb\tnobody\tc", "a\tb\tvector\t", "a||\tb\tvector\tc", "a\tb\tboth\tc"],
)
def test_lines_that_are_no_verdicts(line: str) -> None:
    with pytest.raises(Wrong, match="line 2"):
        verdicts(f"{HEAD}\n{line}\n")


def test_the_page_goes_with_the_verdicts() -> None:
    table = verdicts(VERDICTS.read_text(encoding="utf-8"))
    assert len({(each.implementation, each.what) for each in table}) == len(table)
    assert all(each.who in WHO for each in table)
    shown, name = set(), ""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            name = line[3:]
        words = line.strip("| ").split(" | ")
        if len(words) == 6 and words[2] in WHO:
            shown.add((words[2], words[3]))
            assert any((each.who, each.why) == (words[2], words[3]) for each in table), (name, line)
    assert shown == {(each.who, each.why) for each in table}


def test_the_page_is_of_these_vectors() -> None:
    """Its digest, and the sums of each implementation."""
    text = PAGE.read_text(encoding="utf-8")
    ids, digest = vectors_now()
    again = "vectors/refresh makes docs/interop.md anew"
    assert f"<!-- Written by vectors/interop, of vectors {digest}. -->\n" in text, again
    known = load_vectors([ROOT / "vectors"])
    asked = sum(len(questions(vector)) for vector in known)
    assert ids == {vector.id for vector in known}
    assert f"Of {len(ids)} vectors;" in text and f"which makes {asked} questions." in text, again
    totals = re.findall(r"^\| (\S+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|", text, re.MULTILINE)
    assert {name for name, *_ in totals} == {
        path.parent.name for path in (ROOT / "vectors/adapters").glob("*/install.sh")
    }
    assert all(sum(map(int, numbers)) == asked for _, *numbers in totals), again
    assert all(int(good) == asked for name, good, *_ in totals if name.startswith("mqttwire"))


def test_no_verdict_is_against_the_vectors() -> None:
    """Where an implementation is right, the vector or the codec is to be changed."""
    table = verdicts(VERDICTS.read_text(encoding="utf-8"))
    assert not [each for each in table if each.who == "implementation"]


@pytest.mark.parametrize("name", ["mqttwire", "mqttwire-c"])
def test_our_own_adapters_pass(name: str, tmp_path: Path) -> None:
    if name == "mqttwire-c" and shutil.which("cc") is None:
        pytest.skip("there is no C compiler")
    install = subprocess.run(
        [ROOT / "vectors/adapters/install", name], capture_output=True, text=True
    )
    assert install.returncode == 0, install.stderr
    report = tmp_path / "report"
    command = [sys.executable, "-m", "mqttwire_tool", "vectors", "run", "--report", "json"]
    command += ["--output", str(report), "--vectors", str(ROOT / "vectors"), "--timeout", "60"]
    command += ["--adapter", str(ROOT / "build/adapters" / name / "run")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout[:2000]
    rows = json.loads(report.read_text())["results"]
    known = load_vectors([ROOT / "vectors"])
    wanted = [(vector.id, question) for vector in known for question in questions(vector)]
    assert [(row["id"], row["kind"]) for row in rows] == wanted
    assert {row["verdict"] for row in rows} == {"pass"}


def test_results_are_loaded(tmp_path: Path) -> None:
    with pytest.raises(Wrong, match="no results"):
        load(tmp_path)
    form = {"date": "2026-01-02", "about": ABOUT, "results": [row(1)]}
    (tmp_path / "a.json").write_text(json.dumps(form))
    assert load(tmp_path) == [made(row(1))]
