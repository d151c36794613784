# SPDX-License-Identifier: MIT
"""mqttwire vectors run: verdicts on adapters, and reports of them."""

from __future__ import annotations

import json
import re
import shlex
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import vector_samples as samples
from command import Run, mqttwire
from mqttwire_tool.vectors import judge
from mqttwire_tool.vectors.forms import unfolded
from vector_samples import IDS, vectors


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return samples.write(tmp_path_factory.mktemp("vectors"))


# Answers from a table, by id and, where that is asked, "encode": a list of lines, or what it does
# instead.
ADAPTER = """
import json, os, sys, time
table = json.loads(open(sys.argv[1]).read())
log = open(sys.argv[1] + ".log", "a")
for line in sys.stdin:
    log.write(line); log.flush()
    request = json.loads(line)
    name = request["id"] + (" encode" if request["kind"] == "encode" else "")
    what = table.get(name, [{"result": "skip"}])
    if what == "die":
        print("no such luck", file=sys.stderr)
        sys.exit(3)
    if what == "abort":
        os.abort()
    if what == "sleep":
        time.sleep(60)
    for each in what:
        if isinstance(each, dict):
            each = json.dumps({"id": request["id"], **each})
        print(each, flush=True)
"""


class Table:
    """An adapter whose answers are these."""

    def __init__(self, folder: Path, answers: dict[str, Any]) -> None:
        (folder / "adapter.py").write_text(ADAPTER)
        self.table = folder / "answers.json"
        self.table.write_text(json.dumps(answers))
        words = [sys.executable, str(folder / "adapter.py"), str(self.table)]
        self.command = " ".join(map(shlex.quote, words))

    @property
    def requests(self) -> dict[str, Any]:
        lines = Path(f"{self.table}.log").read_text().splitlines()
        forms = [json.loads(line) for line in lines]
        by_name = {name_of(form): form for form in forms}
        assert len(by_name) == len(forms)
        return by_name


def name_of(form: dict[str, Any]) -> str:
    return str(form["id"]) + (" encode" if form["kind"] == "encode" else "")


ACCEPT, REJECT, MORE, SKIP = ({"result": r} for r in ("accept", "reject", "more", "skip"))
RIGHT = {vector["id"]: [{"result": vector["result"]}] for vector in samples.ALL} | {
    "v5-some-0004": [ACCEPT],
    "v5-some-0001 encode": [{**ACCEPT, "wire": "3007 0003612f62 00 78"}],
    "v5-some-0005 encode": [ACCEPT],
    "v5-some-0006 encode": [REJECT],
}
del RIGHT["v5-some-0006"]  # has no bytes
NAMES = RIGHT.keys()


def run_json(folder: Path, table: Table, *arguments: str) -> tuple[Run, dict[str, Any]]:
    done = vectors(folder, "run", "--adapter", table.command, "--report", "json", *arguments)
    (form,) = [json.loads(done.text)]
    return done, {name_of(row): row for row in form["results"]}


def test_run(folder: Path, tmp_path: Path) -> None:
    table = Table(tmp_path, RIGHT)
    done, rows = run_json(folder, table)
    assert done.code == 0
    assert {row["verdict"] for row in rows.values()} == {"pass"}
    assert table.requests.keys() == NAMES
    requests = table.requests
    assert requests["v5-some-0001"] == {
        "id": "v5-some-0001",
        "kind": "packets",
        "version": 5,
        "sender": "client",
        "wire": "30 07 0003 612f62 00 78",
    }
    assert requests["v5-some-0005"]["wire"] == samples.PACKETS[4]["wire"]  # unexpanded
    assert requests["v5-some-0001 encode"] == {
        "id": "v5-some-0001",
        "kind": "encode",
        "version": 5,
        "sender": "client",
        "packet": samples.SMALL,
    }
    assert requests["v5-some-0006 encode"] == {
        "id": "v5-some-0006",
        "kind": "encode",
        "version": 5,
        "sender": "client",
        "packet": samples.PACKETS[5]["packet"],
    }
    assert requests["v5-names-0001"] == {
        "id": "v5-names-0001",
        "kind": "topics",
        "version": 5,
        "check": "match",
        "topic_filter": "a/#",
        "topic_name": "a",
    }
    assert requests["v5-names-0005"].keys() == {"id", "kind", "version", "check", "topic_filter"}
    assert requests["v5-cuts-0001"] == {
        "id": "v5-cuts-0001",
        "kind": "streams",
        "version": 5,
        "sender": "client",
        "wire": "c0 00 c0 00",
        "chunks": [1, 3],
    }
    assert requests["v5-cuts-0002"]["version"] is None
    steps = requests["v4-steps-0002"]["steps"]
    assert [step.get("at") for step in steps] == [None, 1.5, None]
    assert steps[2] == {"sender": "client", "wire": "40 02 0007"}


def test_run_without_what_is_large(folder: Path, tmp_path: Path) -> None:
    _, rows = run_json(folder, Table(tmp_path, RIGHT), "--max-size", "100")
    assert NAMES - rows.keys() == {"v5-some-0005", "v5-some-0005 encode"}


@pytest.mark.parametrize(
    ("identifier", "lines", "verdict", "why"),
    [
        ("v5-some-0001", [REJECT], "fail", "reject, not accept"),
        ("v5-some-0001", [{**REJECT, "error": {"rule": "qos_3"}}], "fail", "reject: qos_3, not"),
        ("v5-some-0001", [{**REJECT, "error": "oh no"}], "fail", 'reject: "oh no", not accept'),
        ("v5-some-0001", [MORE], "fail", "more, not accept"),
        ("v5-some-0001", [SKIP], "skip", ""),
        ("v5-some-0001", [{**ACCEPT, "packet": samples.SMALL, "size": 9}], "pass", ""),
        ("v5-some-0001", [{**ACCEPT, "packet": None, "error": None}], "pass", ""),
        ("v5-some-0001", [{**ACCEPT, "size": 8}], "fail", "size: 8, not 9"),
        (
            *("v5-some-0001", [{**ACCEPT, "packet": {**samples.SMALL, "qos": 1}}], "fail"),
            "packet.qos: 1, not 0",
        ),
        (
            *("v5-some-0001", [{**ACCEPT, "packet": {**samples.SMALL, "dup": 0}}], "fail"),
            "packet.dup: 0, not false",
        ),
        (
            *("v5-some-0001", [{**ACCEPT, "packet": {"type": "PUBLISH"}}], "fail"),
            "packet.version: missing, not 5",
        ),
        (
            *("v5-some-0001", [{**ACCEPT, "packet": {**samples.SMALL, "x": []}}], "fail"),
            "packet.x: [], where nothing should be",
        ),
        ("v5-some-0002", [ACCEPT], "fail", "accept, not reject (topic_wildcard)"),
        ("v5-some-0002", [MORE], "fail", "more, not reject (topic_wildcard)"),
        ("v5-some-0002", [{**REJECT, "error": {"rule": "quite another"}}], "pass", ""),
        ("v5-some-0003", [REJECT], "fail", "reject, not more"),
        ("v5-some-0004", [REJECT], "pass", ""),
        ("v5-some-0004", [MORE], "fail", "more, not choice"),
        (
            *("v5-some-0004", [{**ACCEPT, "packet": {**samples.SMALL, "topic": "c"}}], "fail"),
            'packet.topic: "c", not "a/b"',
        ),
        (
            *("v5-some-0005", [{**ACCEPT, "packet": samples.LARGE, "size": 2097162}], "pass"),
            "",
        ),
        ("v5-some-0007", [{**ACCEPT, "packet": unfolded(samples.RICH)}], "pass", ""),
        ("v5-names-0001", [REJECT], "fail", "reject, not accept"),
        ("v5-cuts-0001", [{**ACCEPT, "packets": [samples.PING]}], "fail", "packets: "),
        ("v5-cuts-0002", [{**REJECT, "packets": [samples.PING]}], "pass", ""),
        ("v5-cuts-0002", [{"result": "differs"}], "fail", "differs: how the bytes are cut"),
        ("v5-cuts-0002", [{**REJECT, "packets": []}], "fail", "packets: "),
        ("v5-some-0001 encode", [REJECT], "fail", "reject, not accept"),
        ("v5-some-0001 encode", [SKIP], "skip", ""),
        ("v5-some-0001 encode", [ACCEPT], "fail", "wire: missing"),
        ("v5-some-0001 encode", [{**ACCEPT, "wire": "3g"}], "fail", 'wire: "3g" is no hex'),
        ("v5-some-0001 encode", [{**ACCEPT, "wire": 48}], "fail", "wire: 48 is no hex"),
        ("v5-some-0001 encode", [{**ACCEPT, "wire": "30"}], "fail", "wire: 1 bytes, not 9"),
        (
            *("v5-some-0001 encode", [{**ACCEPT, "wire": "30070003612f620079"}], "fail"),
            "wire: byte 8 is 79, not 78",
        ),
        ("v5-some-0005 encode", [{**ACCEPT, "wire": "30"}], "fail", "wire: 1 bytes, not 2097162"),
        ("v5-some-0006 encode", [{**ACCEPT, "wire": "30"}], "fail", "accept, not reject (qos_3)"),
        ("v5-names-0005", [{**ACCEPT, "group": "g", "filter": "a"}], "pass", ""),
        ("v5-names-0005", [{**ACCEPT, "group": "h"}], "fail", 'group: "h", not "g"'),
        ("v5-names-0005", [{**ACCEPT, "filter": "g/a"}], "fail", 'filter: "g/a", not "a"'),
        ("v4-steps-0002", [{**REJECT, "step": 2}], "pass", ""),
        ("v4-steps-0002", [{**REJECT, "step": 1}], "fail", "step: 1, not 2"),
        ("v5-some-0001", [{}], "fail", "result: null is none"),
        ("v5-some-0001", [{"result": "Accept"}], "fail", 'result: "Accept" is none'),
        ("v5-some-0001", ["starting ...", "", ACCEPT], "pass", ""),
        ("v5-some-0001", ["[]", '{"id": "another"}', ACCEPT], "pass", ""),
        ("v5-some-0001", ["nothing"], "crash", "no answer in 0.5 seconds"),
        ("v5-some-0001", "sleep", "crash", "no answer in 0.5 seconds"),
        ("v5-some-0001", "die", "crash", "it ended with exit code 3: no such luck"),
        ("v5-some-0001", "abort", "crash", "it was ended by SIGABRT"),
    ],
)
def test_verdicts(
    folder: Path, tmp_path: Path, identifier: str, lines: Any, verdict: str, why: str
) -> None:
    table = Table(tmp_path, {**RIGHT, identifier: lines})
    done, rows = run_json(folder, table, "--timeout", "0.5" if verdict == "crash" else "10")
    row = rows[identifier]
    assert row["verdict"] == verdict, row
    assert row.get("why", "").startswith(why)
    assert bool(why) == bool(row.get("why"))
    assert done.code == (verdict in ("fail", "crash"))
    # It goes on with the next one.
    assert {each["verdict"] for name, each in rows.items() if name != identifier} == {"pass"}


def test_garbage_is_told(folder: Path, tmp_path: Path) -> None:
    lines = ["\x1b[31mbusy", ACCEPT]
    table = Table(tmp_path, dict.fromkeys(IDS | NAMES, lines))
    done = vectors(folder, "run", "--adapter", table.command, "--suite", "some")
    assert done.err.count("the adapter printed what is no answer: \\x1b[31mbusy\n") == 3
    assert done.err.endswith("the adapter printed 9 lines that are no answers\n")


@pytest.mark.parametrize("command", ["true", "cat /dev/null", "sh -c 'exit 5'"])
def test_an_adapter_that_answers_nothing(folder: Path, command: str) -> None:
    done = vectors(folder, "run", "--adapter", command)
    assert (done.code, done.text) == (4, "")
    assert "the adapter has answered nothing: it ended with exit code " in done.err


def test_a_request_larger_than_a_pipe(tmp_path: Path) -> None:
    """It is not read, or answered before it is read: neither stops us."""
    vector = {**samples.PACKETS[0], "wire": "30" * 500_000}
    file = tmp_path / "some.json"
    file.write_text(samples.suite("some", "packets", [vector]))
    done = mqttwire("vectors", "run", "--adapter", "sleep 60", "--timeout", "1", "--vectors", file)
    assert done.code == 4
    table = Table(tmp_path, {"v5-some-0001": [ACCEPT], "v5-some-0001 encode": [SKIP]})
    done = mqttwire("vectors", "run", "--adapter", table.command, "--vectors", file)
    assert done.code == 0


SOME_BAD = {**RIGHT, "v5-some-0001": [REJECT], "v5-some-0003": "die", "v5-some-0005": [SKIP]}


def test_summary(folder: Path, tmp_path: Path) -> None:
    done = vectors(folder, "run", "--adapter", Table(tmp_path, SOME_BAD).command)
    assert done.code == 1
    assert [line.split() for line in done.lines[:-1]] == [
        *[["fail", "v5-some-0001", "reject,", "not", "accept"]],
        [
            "crash",
            "v5-some-0003",
            "it",
            "ended",
            "with",
            "exit",
            "code",
            "3:",
            "no",
            "such",
            "luck",
        ],
        *[[], ["suite", "pass", "fail", "skip", "crash"]],
        *[["v4-steps", "2", "-", "-", "-"], ["v5-cuts", "2", "-", "-", "-"]],
        *[["v5-names", "5", "-", "-", "-"], ["v5-some", "6", "1", "1", "1"]],
        *[[], ["statement", "pass", "fail", "skip", "crash"]],
        ["5.0", "MQTT-3.3.2-1", "1", "1", "-", "-"],
        ["5.0", "section", "1.1", "11", "-", "1", "1"],
        ["2", "statements", "besides", "with", "nothing", "but", "passes"],
        [],
    ]
    assert done.lines[-1] == "16 vectors, 18 questions: 15 pass, 1 fail, 1 skip, 1 crash"


def report(folder: Path, tmp_path: Path, form: str) -> str:
    file = tmp_path / "report"
    adapter = Table(tmp_path, SOME_BAD).command
    more = ["--report", form, "--output", str(file)]
    done = vectors(folder, "run", "--adapter", adapter, *more)
    assert done.code == 1
    assert done.lines[-1] == "16 vectors, 18 questions: 15 pass, 1 fail, 1 skip, 1 crash"
    alone = vectors(folder, "run", "--adapter", adapter, *more[:2])
    text = file.read_text(encoding="utf-8")
    times = re.compile(r'(time="|"seconds": )[0-9.]+')
    assert times.sub("", alone.text) == times.sub("", text)
    return text


def test_junit(folder: Path, tmp_path: Path) -> None:
    root = ElementTree.fromstring(report(folder, tmp_path, "junit"))
    wanted = {"tests": "18", "failures": "1", "errors": "1", "skipped": "1"}
    assert root.tag == "testsuites"
    assert wanted.items() <= root.attrib.items()
    cases = root.findall("testsuite/testcase")
    assert {case.get("name") for case in cases} == NAMES
    for suite in root.findall("testsuite"):
        assert suite.get("tests") == str(len(suite.findall("testcase")))
    (failure,) = root.iter("failure")
    assert failure.get("message") == "reject, not accept"
    (crash,) = root.iter("error")
    assert crash.get("message") == "it ended with exit code 3: no such luck"


def test_tap(folder: Path, tmp_path: Path) -> None:
    lines = report(folder, tmp_path, "tap").splitlines()
    assert lines[:2] == ["TAP version 14", "1..18"]
    points = [line for line in lines if re.match(r"(not )?ok ", line)]
    assert [int(re.search(r"\d+", point)[0]) for point in points] == list(range(1, 19))  # type: ignore[index]
    at = lines.index('not ok 10 - v5-some-0001 one \\# of "them" all')
    assert lines[at + 1] == "  ---"
    assert '  message: "reject, not accept"' in lines[at : at + 6]
    assert "  ..." in lines[at : at + 6]
    assert sum(line.startswith("not ok") for line in lines) == 2
    assert "ok 15 - v5-some-0005 # SKIP" in lines


def test_html(folder: Path, tmp_path: Path) -> None:
    words = samples.Page(report(folder, tmp_path, "html")).words
    assert "v5-some-0001" in words
    assert "it ended with exit code 3: no such luck" in words
    assert "5.0 MQTT-3.3.2-1" in words


def test_differences_are_of_types_too() -> None:
    assert judge.difference({"a": [1, True]}, {"a": [1, True]}) is None
    assert judge.difference({"a": [1, True]}, {"a": [1, 1]}) == "a[1]: 1, not true"
    assert judge.difference([1], [1, 2], "x") == "x: [1, 2], not [1]"
