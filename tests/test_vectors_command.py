# SPDX-License-Identifier: MIT
"""mqttwire vectors, on files of its own: tests/vector_samples.py."""

from __future__ import annotations

import copy
import html.parser
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import vector_samples as samples
from command import Run, mqttwire, on_a_terminal
from mosquitto import PROGRAM, Mosquitto
from mqttwire_tool.vectors import broker, judge
from mqttwire_tool.vectors.data import Vector
from mqttwire_tool.vectors.flat import text as flat_text
from mqttwire_tool.vectors.forms import unfold, unfolded

ROOT = Path(__file__).resolve().parent.parent
IDS = {vector["id"] for vector in samples.ALL}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return samples.write(tmp_path_factory.mktemp("vectors"))


def vectors(folder: Path, name: str, *arguments: str | Path, **env: str) -> Run:
    return mqttwire("vectors", name, *arguments, "--vectors", folder, stdin=b"", **env)


def ids(done: Run) -> set[str]:
    assert done.code == 0, done.err
    return {line.split()[0] for line in done.lines}


# ---- list, show, check ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        ([], IDS),
        (["--suite", "c*"], {"v5-cuts-0001", "v5-cuts-0002"}),
        (["--kind", "topics", "--id", "*-000[12]"], {"v5-names-0001", "v5-names-0002"}),
        (["--version", "3.1.1"], {"v4-steps-0001", "v4-steps-0002"}),
        (["--rule", "topic_*"], {"v5-some-0002", "v5-names-0003"}),
        (["--rule", "ack_unknown"], {"v4-steps-0002"}),  # which is that of a step
        (["--rule", "qos_3", "--rule", "text_*"], {"v5-some-0004", "v5-some-0006"}),
    ],
)
def test_list(folder: Path, filters: list[str], wanted: set[str]) -> None:
    assert ids(vectors(folder, "list", *filters)) == wanted
    done = vectors(folder, "list", "--json", *filters)
    assert {form["id"] for form in done.json} == wanted


def test_list_says(folder: Path) -> None:
    (line,) = vectors(folder, "list", "--id", "v5-some-0001").lines
    assert re.split(r"  +", line) == [
        *["v5-some-0001", "packets", "5.0", "accept", "PUBLISH", 'one # of "them"\\tall']
    ]
    (form,) = vectors(folder, "list", "--json", "--id", "v5-some-0001").json
    assert form == {"suite": "some", "kind": "packets", **samples.PACKETS[0]}


def test_colours(folder: Path) -> None:
    assert "\x1b[" in on_a_terminal("vectors", "list", "--vectors", folder)
    assert "\x1b[" not in on_a_terminal("vectors", "list", "--vectors", folder, NO_COLOR="1")
    assert "\x1b[" not in vectors(folder, "list").text


SUMMARY = next(
    line.split("\t")[6]
    for line in (ROOT / "docs" / "conformance.tsv").read_text().splitlines()
    if line.startswith("5.0\tMQTT-3.3.2-2\t")
)


def test_show(folder: Path) -> None:
    done = vectors(folder, "show", "v5-some-0002")
    assert done.code == 0
    assert [line.rstrip() for line in done.lines] == [
        "v5-some-0002: reject, packets of MQTT 5.0",
        "bytes, sent by the client:",
        f"          0..1  {'30':47}  0",
        f"          1..2  {'05':47}  .",
        f"          2..4  {'00 03':47}  ..",
        f"          4..7  {'61 2f 23':47}  a/#  <- topic_wildcard, byte 4",
        "  7 bytes",
        "error: topic_wildcard",
        "  malformed; reason code: 0x81",
        "  at byte 4, in topic",
        "MUST, by:",
        f"  5.0 MQTT-3.3.2-2: {SUMMARY}",
    ]


@pytest.mark.parametrize("identifier", sorted(IDS))
def test_show_any(folder: Path, identifier: str) -> None:
    done = vectors(folder, "show", identifier)
    assert done.code == 0
    assert done.lines[0].startswith(f"{identifier}: ")
    (form,) = vectors(folder, "show", "--json", identifier).json
    assert form["id"] == identifier


def test_show_what_is_not_there(folder: Path) -> None:
    done = vectors(folder, "show", "v5-some-9999")
    assert (done.code, done.text) == (2, "")
    assert "there is no vector 'v5-some-9999'" in done.err


def test_check(folder: Path) -> None:
    done = mqttwire("vectors", "check", folder)
    assert (done.code, done.text) == (0, "")
    assert done.err == f"mqttwire: {len(IDS)} vectors in 4 files, nothing wrong\n"


def test_what_is_installed() -> None:
    assert "v5-pings-0001" in ids(mqttwire("vectors", "list"))
    done = mqttwire("vectors", "check")
    assert (done.code, done.text) == (0, ""), done.text


def _without(name: str) -> Callable[[samples.Vector], None]:
    return lambda vector: vector.pop(name)


def _with(**more: Any) -> Callable[[samples.Vector], None]:
    return lambda vector: vector.update(more)


@pytest.mark.parametrize(
    ("identifier", "change", "place"),
    [
        ("v5-some-0001", _without("wire"), ""),
        ("v5-some-0001", _without("packet"), ""),
        ("v5-some-0001", _with(result="maybe"), ".result"),
        ("v5-some-0001", _with(wire="3"), ".wire"),
        ("v5-some-0001", _with(wire=[{"repeat": ["61"]}]), ".wire"),
        ("v5-some-0001", _with(error=samples.error("qos_3")), ".error"),
        ("v5-some-0001", _with(surprise=1), ""),
        ("v5-some-0001", _with(ids=["3.1.2-1"]), ".ids[0]"),
        ("v5-some-0001", _with(ids=[]), ""),  # and no section
        ("v5-some-0001", _with(packet={**samples.SMALL, "qos": 3}), ".packet"),
        ("v5-some-0001", _with(packet={**samples.SMALL, "keep_alive": 3}), ".packet"),
        ("v5-some-0001", _with(packet={"type": "PUBLISH", "version": 5}), ".packet"),
        ("v5-some-0002", _without("error"), ""),
        ("v5-some-0002", _with(error={"rule": "qos_3"}), ".error"),
        ("v5-some-0003", _with(packet=samples.SMALL), ".packet"),
        ("v5-some-0004", _without("comment"), ""),
        ("v5-some-0006", _with(packet={"type": "PUBLISH", "version": 5, "taste": 1}), ".packet"),
        ("v5-names-0001", _without("topic_name"), ""),
        ("v5-names-0003", _without("error"), ""),
        ("v5-cuts-0001", _with(chunks=["each"]), ".chunks"),
        ("v4-steps-0001", _with(steps=[]), ".steps"),
        ("v4-steps-0002", _with(result="accept"), ".steps"),
        ("v4-steps-0001", _with(result="reject"), ".steps"),
    ],
)
def test_check_finds(
    tmp_path: Path, identifier: str, change: Callable[[samples.Vector], None], place: str
) -> None:
    for path, (kind, all_vectors) in samples.SUITES.items():
        name = path.rpartition("/")[2]
        if name != identifier.split("-")[1]:
            continue
        changed = copy.deepcopy(all_vectors)
        (vector,) = (vector for vector in changed if vector["id"] == identifier)
        change(vector)
        file = tmp_path / f"{name}.json"
        file.write_text(samples.suite(name, kind, changed))
    done = mqttwire("vectors", "check", file)
    assert done.code == 1
    assert all(line.startswith(f"{file}: {identifier}{place}") for line in done.lines), done.text
    done = mqttwire("vectors", "check", "--json", file)
    assert {fault["file"] for fault in done.json} == {str(file)}


def test_check_finds_ids_that_stand_twice(folder: Path) -> None:
    files = [folder / "v5.0" / "cuts.json"] * 2
    done = mqttwire("vectors", "check", *files)
    assert done.code == 1
    assert done.lines[0] == f"{files[0]}: v5-cuts-0001: this id stands in {files[0]} already"


@pytest.mark.parametrize("text", ["{", "[]", '{"vectors": [1]}', '{"vectors": 1}', '{"format": 2}'])
def test_files_that_are_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "some.json"
    file.write_text(text)
    assert mqttwire("vectors", "check", file).code == 1
    done = mqttwire("vectors", "list", "--vectors", file)
    assert (done.code, done.text) == (4, "")
    assert done.err == (
        f"mqttwire: {file}: not a file of vectors: `mqttwire vectors check` says why\n"
    )


def test_usage(folder: Path) -> None:
    assert mqttwire("vectors").code == 2
    assert vectors(folder, "list", "--id", "nothing").code == 2
    assert vectors(folder, "run", "--adapter", "").code == 2
    assert vectors(folder, "run", "--adapter", "true", "--output", "x").code == 2
    assert vectors(folder / "nowhere", "list").code == 4
    assert vectors(folder, "run", "--adapter", "/nowhere/at-all").code == 4


# ---- run --------------------------------------------------------------------------------------

# Answers from a table, by id: a list of lines, or what it does instead.
ADAPTER = """
import json, os, sys, time
table = json.loads(open(sys.argv[1]).read())
log = open(sys.argv[1] + ".log", "a")
for line in sys.stdin:
    log.write(line); log.flush()
    what = table.get(json.loads(line)["id"], [{"result": "skip"}])
    if what == "die":
        print("no such luck", file=sys.stderr)
        sys.exit(3)
    if what == "abort":
        os.abort()
    if what == "sleep":
        time.sleep(60)
    for each in what:
        if isinstance(each, dict):
            each = json.dumps({"id": json.loads(line)["id"], **each})
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
        assert len({form["id"] for form in forms}) == len(forms)
        return {form["id"]: form for form in forms}


ACCEPT, REJECT, MORE, SKIP = ({"result": r} for r in ("accept", "reject", "more", "skip"))
RIGHT = {vector["id"]: [{"result": vector["result"]}] for vector in samples.ALL} | {
    "v5-some-0004": [ACCEPT]
}


def run_json(folder: Path, table: Table, *arguments: str) -> tuple[Run, dict[str, Any]]:
    done = vectors(folder, "run", "--adapter", table.command, "--report", "json", *arguments)
    (form,) = [json.loads(done.text)]
    return done, {row["id"]: row for row in form["results"]}


def test_run(folder: Path, tmp_path: Path) -> None:
    table = Table(tmp_path, RIGHT)
    done, rows = run_json(folder, table)
    assert done.code == 0
    assert {row["verdict"] for row in rows.values()} == {"pass"}
    assert table.requests.keys() == IDS
    requests = table.requests
    assert requests["v5-some-0001"] == {
        "id": "v5-some-0001",
        "kind": "packets",
        "version": 5,
        "sender": "client",
        "wire": "30 07 0003 612f62 00 78",
    }
    assert requests["v5-some-0005"]["wire"] == samples.PACKETS[4]["wire"]  # unexpanded
    assert requests["v5-some-0006"] == {
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
    assert steps[2] == {"sender": "client", "wire": "40 02 0007", "at": 1.5}


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
        ("v5-cuts-0002", [{**REJECT, "packets": []}], "fail", "packets: "),
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
    table = Table(tmp_path, dict.fromkeys(IDS, lines))
    done = vectors(folder, "run", "--adapter", table.command, "--suite", "some")
    assert done.err.count("the adapter printed what is no answer: \\x1b[31mbusy\n") == 3
    assert done.err.endswith("the adapter printed 7 lines that are no answers\n")


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
    table = Table(tmp_path, {"v5-some-0001": [ACCEPT]})
    done = mqttwire("vectors", "run", "--adapter", table.command, "--vectors", file)
    assert done.code == 0


SOME_BAD = {**RIGHT, "v5-some-0001": [REJECT], "v5-some-0003": "die", "v5-some-0005": [SKIP]}


def test_summary(folder: Path, tmp_path: Path) -> None:
    done = vectors(folder, "run", "--adapter", Table(tmp_path, SOME_BAD).command)
    assert done.code == 1
    assert [line.split() for line in done.lines] == [
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
        *[["v5-names", "5", "-", "-", "-"], ["v5-some", "4", "1", "1", "1"]],
        *[[], ["statement", "pass", "fail", "skip", "crash"]],
        ["5.0", "MQTT-3.3.2-1", "-", "1", "-", "-"],
        ["5.0", "section", "1.1", "10", "-", "1", "1"],
        ["2", "statements", "besides", "with", "nothing", "but", "passes"],
        *[[], ["16", "vectors:", "13", "pass,", "1", "fail,", "1", "skip,", "1", "crash"]],
    ]


def report(folder: Path, tmp_path: Path, form: str) -> str:
    file = tmp_path / "report"
    adapter = Table(tmp_path, SOME_BAD).command
    more = ["--report", form, "--output", str(file)]
    done = vectors(folder, "run", "--adapter", adapter, *more)
    assert done.code == 1
    assert done.lines[-1] == "16 vectors: 13 pass, 1 fail, 1 skip, 1 crash"
    alone = vectors(folder, "run", "--adapter", adapter, *more[:2])
    text = file.read_text(encoding="utf-8")
    times = re.compile(r'(time="|"seconds": )[0-9.]+')
    assert times.sub("", alone.text) == times.sub("", text)
    return text


def test_junit(folder: Path, tmp_path: Path) -> None:
    root = ElementTree.fromstring(report(folder, tmp_path, "junit"))
    wanted = {"tests": "16", "failures": "1", "errors": "1", "skipped": "1"}
    assert root.tag == "testsuites"
    assert wanted.items() <= root.attrib.items()
    cases = root.findall("testsuite/testcase")
    assert {case.get("name") for case in cases} == IDS
    for suite in root.findall("testsuite"):
        assert suite.get("tests") == str(len(suite.findall("testcase")))
    (failure,) = root.iter("failure")
    assert failure.get("message") == "reject, not accept"
    (crash,) = root.iter("error")
    assert crash.get("message") == "it ended with exit code 3: no such luck"


def test_tap(folder: Path, tmp_path: Path) -> None:
    lines = report(folder, tmp_path, "tap").splitlines()
    assert lines[:2] == ["TAP version 14", "1..16"]
    points = [line for line in lines if re.match(r"(not )?ok ", line)]
    assert [int(re.search(r"\d+", point)[0]) for point in points] == list(range(1, 17))  # type: ignore[index]
    at = lines.index('not ok 10 - v5-some-0001 one \\# of "them" all')
    assert lines[at + 1] == "  ---"
    assert '  message: "reject, not accept"' in lines[at : at + 6]
    assert "  ..." in lines[at : at + 6]
    assert sum(line.startswith("not ok") for line in lines) == 2
    assert "ok 14 - v5-some-0005 # SKIP" in lines


class Page(html.parser.HTMLParser):
    """That tags are closed, and nothing is loaded from elsewhere."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("script", "link", "img", "iframe")
        assert not {"src", "href"} & {name for name, _ in attrs}
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_html(folder: Path, tmp_path: Path) -> None:
    words = Page(report(folder, tmp_path, "html")).words
    assert "v5-some-0001" in words
    assert "it ended with exit code 3: no such luck" in words
    assert "5.0 MQTT-3.3.2-1" in words


def test_differences_are_of_types_too() -> None:
    assert judge.difference({"a": [1, True]}, {"a": [1, True]}) is None
    assert judge.difference({"a": [1, True]}, {"a": [1, 1]}) == "a[1]: 1, not true"
    assert judge.difference([1], [1, 2], "x") == "x: [1, 2], not [1]"


# ---- export -----------------------------------------------------------------------------------


def export(folder: Path, tmp_path: Path, form: str, *arguments: str) -> Path:
    path = tmp_path / f"made.{form}"
    done = vectors(folder, "export", "--format", form, "--output", path, *arguments)
    assert (done.code, done.text) == (0, ""), done.err
    return path


def test_flat(folder: Path, tmp_path: Path) -> None:
    head, *rows = export(folder, tmp_path, "flat").read_text().splitlines()
    assert head == "#id\tkind\tversion\tsender\tresult\trule\toffset\tfield\thex"
    cells = {row.split("\t")[0]: row.split("\t")[1:] for row in rows}
    assert cells.keys() == IDS
    assert cells["v5-some-0002"] == [
        *["packets", "5", "client", "reject", "topic_wildcard", "4", "topic", "30050003612f23"]
    ]
    assert cells["v5-some-0005"][-1] == "308480800100016100(61*2097152)00"
    assert cells["v5-some-0006"][-4:] == ["qos_3", "-", "qos", "-"]
    assert cells["v5-names-0001"][-1] == "612f23 61"
    assert cells["v5-names-0003"][2] == "name"
    assert cells["v4-steps-0001"][-1] == ">100d00044d51545404020000000163 <20020000"


def test_flat_packets() -> None:
    assert flat_text(samples.RICH).splitlines() == [
        *["dup=false", "packet_id=10", "payload=", "properties.correlation_data=00ff"],
        "properties.reason_string=(a*300)",
        *["properties.user_properties[0].name=k", "properties.user_properties[0].value=v"],
        *["properties.user_properties[1].name=(n*3)", "properties.user_properties[1].value="],
        *["qos=1", "retain=false", 'topic=\\xc3\\xa4"\\x5c\\x28?', "type=PUBLISH", "version=5"],
    ]
    assert "payload=(61*2097152)00\n" in flat_text(samples.LARGE)


def test_corpus(folder: Path, tmp_path: Path) -> None:
    path = export(folder, tmp_path, "corpus")
    files = {file.name: file.read_bytes() for file in path.iterdir()}
    without = {v["id"] for v in samples.TOPICS} | {"v5-some-0005", "v5-some-0006"}
    assert files.keys() == IDS - without
    assert files["v5-some-0002"] == bytes.fromhex("30050003612f23")
    assert files["v4-steps-0001"] == b"".join(unfold(step["wire"]) for step in samples.HELLO)
    path = export(folder, tmp_path, "corpus", "--max-size", "3000000", "--id", "*-0005")
    assert (path / "v5-some-0005").stat().st_size == 2097162


PROGRAM_IN_C = r"""
#include "made.c"
#include <stdio.h>

static void segments(uint32_t count, const struct mqttwire_segment *each)
{
    for (uint32_t i = 0; i < count; i++) {
        printf(each[i].times > 1 ? "(" : "");
        for (uint32_t j = 0; j < each[i].size; j++)
            printf("%02x", each[i].bytes[j]);
        if (each[i].times > 1)
            printf("*%u)", (unsigned)each[i].times);
    }
}

static void text(const char *name, struct mqttwire_text text)
{
    if (!text.present)
        return;
    printf("%s ", name);
    segments(text.segment_count, text.segments);
    printf("\n");
}

int main(void)
{
    for (uint32_t i = 0; i < MQTTWIRE_VECTOR_COUNT; i++) {
        const struct mqttwire_vector *v = &mqttwire_vectors[i];
        printf("%s [%s] [%s] %d %d %d %c %d %d\n", v->id, v->comment ? v->comment : "", v->ids,
               v->kind, v->version, v->result, v->level, v->sender, v->canonical);
        for (uint32_t j = 0; j < v->step_count; j++) {
            printf("wire %d %u ", v->steps[j].sender, (unsigned)v->steps[j].at);
            segments(v->steps[j].segment_count, v->steps[j].segments);
            printf("\n");
        }
        for (uint32_t j = 0; j < v->packet_count; j++)
            printf("packet\n%s", v->packets[j]);
        printf("chunks %d", v->each_chunk);
        for (uint32_t j = 0; j < v->chunk_count; j++)
            printf(" %u", (unsigned)v->chunks[j]);
        printf("\ncheck %d\n", v->check);
        text("name", v->topic_name);
        text("filter", v->topic_filter);
        text("group", v->group);
        text("rest", v->filter);
        if (v->rule) {
            printf("error %s %d %ld %s", v->rule, v->error_class, (long)v->offset, v->field);
            for (uint32_t j = 0; j < v->reason_code_count; j++)
                printf(" %d", v->reason_codes[j]);
            printf("\n");
        }
    }
    return 0;
}
"""
KINDS = ["packets", "streams", "topics", "sessions"]
CHECKS = [None, "name", "filter", "match", "share"]


def in_c(vector: samples.Vector) -> str:
    """What the program says of a vector."""
    [kind] = [kind for kind, each in samples.SUITES.values() if vector in each]
    result = ["accept", "reject", "more", "choice"].index(vector["result"])
    senders = [None, "client", "server"]
    level = {"MUST": "M", "MAY": "A"}[vector["level"]]
    names = " ".join([*vector["ids"], *([vector["section"]] if "section" in vector else [])])
    lines = [
        f"{vector['id']} [{vector.get('comment', '')}] [{names}] {KINDS.index(kind)} "
        f"{vector['version'] or 0} {result} {level} {senders.index(vector.get('sender'))} "
        f"{int(vector.get('canonical', False))}"
    ]
    for step in vector.get("steps", [vector] if "wire" in vector else []):
        wire = step["wire"]
        digits = (
            wire.replace(" ", "") if isinstance(wire, str) else "308480800100016100(61*2097152)00"
        )
        at = int(step.get("at", 0) * 1000)
        lines.append(f"wire {senders.index(step['sender'])} {at} {digits}")
    for packet in vector.get("packets", [vector["packet"]] if "packet" in vector else []):
        lines += ["packet", flat_text(packet).rstrip("\n")]
    chunks = vector.get("chunks", [])
    lines.append(" ".join(map(str, ["chunks", 1] if chunks == "each" else ["chunks", 0, *chunks])))
    lines.append(f"check {CHECKS.index(vector.get('check'))}")
    for name, key in (
        *(("name", "topic_name"), ("filter", "topic_filter")),
        *(("group", "group"), ("rest", "filter")),
    ):
        if key in vector:
            value = vector[key]
            digits = value.encode().hex() if isinstance(value, str) else ""
            if isinstance(value, dict):
                digits = value["hex"]
            elif isinstance(value, list):
                digits = "(612f*199)61"
            lines.append(f"{name} {digits}")
    for error in [each["error"] for each in [vector, *vector.get("steps", [])] if "error" in each]:
        codes = "".join(f" {code}" for code in error["reason_codes"])
        lines.append(f"error {error['rule']} 1 {error.get('offset', -1)} {error['field']}{codes}")
    return "\n".join(lines)


@pytest.mark.parametrize("flags", [["cc", "-std=c99", "-pedantic"], ["c++", "-xc++"]])
def test_c(folder: Path, tmp_path: Path, flags: list[str]) -> None:
    path = export(folder, tmp_path, "c")
    assert re.findall(r"#include.*", path.read_text()) == ["#include <stdint.h>"]
    (tmp_path / "program.c").write_text(PROGRAM_IN_C)
    compiler, *options = flags
    warnings = ["-Wall", "-Wextra", "-Werror", "-Wno-format-zero-length", "-Wno-format-security"]
    subprocess.run(
        [compiler, *warnings, *options, "program.c", "-o", "program"], cwd=tmp_path, check=True
    )
    done = subprocess.run([tmp_path / "program"], capture_output=True, check=True)
    assert done.stdout.decode() == "".join(
        in_c(vector) + "\n" for vector in sorted(samples.ALL, key=order_of)
    )


def order_of(vector: samples.Vector) -> tuple[str, str]:
    """As files are read: by version and by suite."""
    version, suite, _ = vector["id"].split("-")
    return version, suite


def test_c_with_a_long_text(tmp_path: Path) -> None:
    """Longer than C promises that a string literal may be."""
    packet = {**samples.SMALL, "topic": "?" * 70_000}
    file = tmp_path / "some.json"
    file.write_text(samples.suite("some", "packets", [{**samples.PACKETS[0], "packet": packet}]))
    path = export(file, tmp_path, "c")
    check = ["cc", "-Wall", "-Wextra", "-pedantic", "-Werror", "-Wno-unused", "-fsyntax-only"]
    subprocess.run([*check, "-xc", path], check=True)


LUA = """
local vectors = dofile(arg[1]).vectors
local by_id = {}
for _, vector in ipairs(vectors) do by_id[vector.id] = vector end
local v = by_id["v5-some-0005"]
print(#vectors, v.wire[2]["repeat"][1], v.wire[2]["repeat"][2], #v.wire[1], v.packet.type)
print(by_id["v5-some-0002"].error.rule, by_id["v5-names-0003"].topic_name:byte())
print(by_id["v4-steps-0002"].steps[3].error.rule, by_id["v5-some-0007"].packet.topic:byte(1, -1))
"""


@pytest.mark.skipif(
    not any(map(shutil.which, ("lua", "lua5.4", "lua5.3", "lua5.1", "luajit"))), reason="no Lua"
)
def test_lua(folder: Path, tmp_path: Path) -> None:
    path = export(folder, tmp_path, "lua")
    (tmp_path / "program.lua").write_text(LUA)
    for name in filter(shutil.which, ("lua", "lua5.4", "lua5.3", "lua5.1", "luajit")):
        done = subprocess.run(
            [name, tmp_path / "program.lua", path], capture_output=True, text=True, check=True
        )
        assert done.stdout.split() == [
            *["16", "a", "2097152", "9", "PUBLISH", "topic_wildcard", "255", "ack_unknown"],
            *["195", "164", "34", "92", "40", "63"],
        ]


def test_lua_text(folder: Path, tmp_path: Path) -> None:
    """Where there is no Lua: strings have what every Lua reads."""
    text = export(folder, tmp_path, "lua").read_text(encoding="ascii")
    assert '["wire"] = "0\\005\\000\\003a/#"' in text
    assert '{["repeat"] = {"a", 2097152}}' in text


def checksum(data: bytes) -> int:
    """0 where the checksum is in it and right."""
    data += b"\0" * (len(data) % 2)
    total = sum(int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return 0xFFFF - total


def test_pcap_checksums(folder: Path, tmp_path: Path) -> None:
    data = export(folder, tmp_path, "pcap").read_bytes()
    assert data[:4].hex() == "d4c3b2a1"
    at, frames, clients = 24, 0, set()
    while at < len(data):
        size = int.from_bytes(data[at + 8 : at + 12], "little")
        ip = data[at + 16 + 14 : at + 16 + size]
        at += 16 + size
        assert int.from_bytes(ip[2:4], "big") == len(ip)
        assert checksum(ip[:20]) == 0
        tcp = ip[20:]
        assert checksum(ip[12:20] + b"\0\6" + len(tcp).to_bytes(2, "big") + tcp) == 0
        frames += 1
        if tcp[2:4] == (1883).to_bytes(2, "big"):
            clients.add(ip[12:16] + tcp[:2])
    assert at == len(data)
    assert len(clients) == len(IDS) - len(samples.TOPICS) - 2


def test_pcap_is_read(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("mqttwire_tool._capture", reason="built without libpcap")
    path = export(folder, tmp_path, "pcap", "--id", "v5-some-000[12]", "--id", "v4-steps-0002")
    rows = mqttwire("inspect", "--json", path).json
    kinds = [(row["connection"], row["sender"], row["packet"]["type"]) for row in rows]
    hello = [("client", "CONNECT"), ("server", "CONNACK")]
    assert kinds == [
        *((1, *each) for each in [*hello, ("client", "PUBACK")]),
        *((2, *each) for each in [*hello, ("client", "PUBLISH")]),
        *((3, *each) for each in [*hello, ("client", "PUBLISH")]),
    ]
    assert rows[5]["packet"] == samples.SMALL
    assert rows[8]["error"]["rule"] == "topic_wildcard"
    if shutil.which("tshark"):
        show = "-r PCAP -o tcp.check_checksum:TRUE -Y mqtt -T fields -e tcp.stream -e mqtt.msgtype"
        command = ["tshark", *(str(path) if w == "PCAP" else w for w in show.split())]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert [line.split()[0] for line in told.splitlines()] == list("000111222")


# ---- coverage ---------------------------------------------------------------------------------


def test_coverage(folder: Path) -> None:
    done = vectors(folder, "coverage")
    assert done.code == 0
    lines = [line.split() for line in done.lines]
    assert ["5.0", "MQTT-3.3.2-1", "decode", "1", "-", "-", "-"] in lines
    assert ["5.0", "MQTT-3.3.2-2", "topic", "-", "1", "-", "-"] in lines
    assert ["5.0", "decode", "58", "1", "1", "0", "57"] in lines
    at = lines.index(["without", "vectors:", "258"])
    empty = {tuple(line[:2]) for line in lines[at + 1 :] if len(line) > 1}
    table = [row.split("\t") for row in (ROOT / "docs/conformance.tsv").read_text().splitlines()]
    layers = {"decode", "encode", "topic", "connection"}
    rows = {(row[0], row[1]) for row in table if row[4] in layers}
    assert rows - empty == {("5.0", "MQTT-3.3.2-1"), ("5.0", "MQTT-3.3.2-2")}
    for form in vectors(folder, "coverage", "--json").json:
        if form.get("section"):
            assert form["section"] == "1.1"


def test_coverage_as_html(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "coverage.html"
    done = vectors(folder, "coverage", "--format", "html", "--output", file)
    assert (done.code, done.text) == (0, "")
    words = Page(file.read_text()).words
    assert "Without vectors: 258" in words


def test_coverage_of_what_is_unknown(tmp_path: Path) -> None:
    file = tmp_path / "some.json"
    vector = {**samples.PACKETS[0], "ids": ["MQTT-9.9.9-9"]}
    file.write_text(samples.suite("some", "packets", [vector]))
    done = mqttwire("vectors", "coverage", "--vectors", file)
    assert done.code == 1
    assert done.err == "mqttwire: there is no statement 5.0 MQTT-9.9.9-9\n"


# ---- broker -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Any:
    if PROGRAM is None:
        pytest.skip("mosquitto is not installed")
    with Mosquitto() as running:
        yield f"127.0.0.1:{running.port}"


CONNECT = "10 0d 00044d515454 04 02 0000 000163"
CLIENT: list[samples.Vector] = [
    {"id": "v4-live-0001", "wire": "c0 00", "result": "accept", "packet": {"type": "PINGREQ"}},
    {"id": "v4-live-0002", "wire": "c0 01 00", "result": "reject"},  # which mosquitto lets pass
    {"id": "v4-live-0003", "wire": "30 05 0003 612f23", "result": "reject"},
    {"id": "v4-live-0004", "wire": "30 05 0003 61", "result": "more"},
    {"id": "v4-live-0005", "wire": CONNECT, "result": "accept", "packet": {"type": "CONNECT"}},
    {"id": "v4-live-0006", "wire": CONNECT.replace("04 02", "04 03"), "result": "reject"},
    {"id": "v4-live-0007", "wire": "e0 00", "result": "accept", "packet": {"type": "DISCONNECT"}},
    {"id": "v5-live-0001", "wire": "30 06 0003 612f23 00", "result": "reject", "version": 5},
    {"id": "v5-live-0002", "wire": "f0 06 18 04 15 00016d", "result": "accept", "version": 5,
     "packet": {"type": "AUTH"}},
    {"id": "v5-live-0003", "wire": "c0 00", "result": "choice", "version": 5},
]  # fmt: skip
SEEN = [
    *["pass PINGRESP", "fail PINGRESP", "pass closed", "pass waits", "pass CONNACK 0x00"],
    *["pass closed", "pass closed", "pass DISCONNECT 0x82", "unclear closed"],
    "pass PINGRESP",
]


def live_file(tmp_path: Path) -> Path:
    file = tmp_path / "live.json"
    forms = []
    for vector in CLIENT:
        more = {"error": samples.error("some_rule")} if vector["result"] == "reject" else {}
        forms.append({"version": 4, "sender": "client", **vector, **more, **samples.BY})
    # Not for a broker: from a server, without bytes.
    forms += [samples.PACKETS[5], samples.PACKETS[6]]
    file.write_text(samples.suite("live", "packets", forms))
    return file


def test_broker(live: str, tmp_path: Path) -> None:
    file = live_file(tmp_path)
    done = vectors(file, "broker", live, "--json")
    assert done.code == 1
    assert [f"{row['verdict']} {row['seen']}" for row in done.json] == SEEN
    base = tmp_path / "baseline"
    base.write_bytes(done.out)
    done = vectors(file, "broker", live, "--baseline", base, "--jobs", "1")
    assert (done.code, done.err) == (0, "")
    assert done.lines[-1] == "10 vectors: 8 pass, 1 fail, 1 unclear"
    assert [line.split()[:3] for line in done.lines[:2]] == [
        ["fail", "v4-live-0002", "PINGRESP,"],
        ["unclear", "v5-live-0002", done.lines[1].split()[2]],
    ]


def test_broker_and_another_baseline(live: str, tmp_path: Path) -> None:
    file = live_file(tmp_path)
    rows = vectors(file, "broker", live, "--json").json
    rows[0]["verdict"] = "fail"
    rows[1]["id"] = "v4-live-9999"
    base = tmp_path / "baseline"
    base.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = vectors(file, "broker", live, "--baseline", base)
    assert done.code == 1
    assert done.err.splitlines() == [
        "mqttwire: v4-live-0001: pass, PINGRESP; it was fail, PINGRESP",
        "mqttwire: v4-live-0002: fail, PINGRESP; not in the baseline",
        "mqttwire: v4-live-9999: in the baseline alone",
    ]
    base.write_text("{")
    assert vectors(file, "broker", live, "--baseline", base).code == 2


@pytest.mark.parametrize("address", ["192.0.2.1:1883", "192.0.2.1", "[2001:db8::1]:1883"])
def test_nothing_but_loopback(tmp_path: Path, address: str) -> None:
    done = vectors(live_file(tmp_path), "broker", address)
    assert done.code == 2
    assert "is not this machine: --allow-remote lets it be contacted" in done.err


def test_no_broker(tmp_path: Path) -> None:
    from mosquitto import free_port

    address = f"127.0.0.1:{free_port()}"
    done = vectors(live_file(tmp_path), "broker", address)
    assert (done.code, done.err) == (4, f"mqttwire: {address}: Connection refused\n")
    assert vectors(live_file(tmp_path), "broker", "127.0.0.1:x").code == 2


@pytest.mark.skipif(PROGRAM is None, reason="mosquitto is not installed")
def test_a_broker_that_lets_nobody_in(tmp_path: Path) -> None:
    with Mosquitto("allow_anonymous false", passwords={"alice": "wonderland"}) as closed:
        address = f"127.0.0.1:{closed.port}"
        done = vectors(live_file(tmp_path), "broker", address, "--id", "v4-live-0001")
    assert done.code == 4
    assert done.err == f"mqttwire: {address}: a plain CONNECT gets: CONNACK 0x05\n"


def packet(wire: str, result: str, version: int = 5, **form: Any) -> Vector:
    whole = {"id": f"v{version}-x-0001", "version": version, "sender": "client", "wire": wire}
    return Vector({**whole, "result": result, "packet": form}, "x", "packets")


HELLO_4 = "10 0d 00044d515454 04 02 0000 000163"


@pytest.mark.parametrize(
    ("vector", "seen", "verdict"),
    [
        (packet("30 00", "accept"), "PINGRESP", "pass"),
        (packet("30 00", "accept"), "closed", "fail"),
        (packet("30 00", "accept"), "silent", "fail"),
        (packet("30 00", "accept"), "DISCONNECT 0x81", "fail"),
        (packet("30 00", "accept"), "DISCONNECT 0x97", "unclear"),  # a quota
        (packet("30 00", "accept", topic=""), "DISCONNECT 0x82", "unclear"),
        (packet("30 00", "reject"), "PINGRESP", "fail"),
        (packet("30 00", "reject"), "closed", "pass"),
        (packet("30 00", "reject"), "silent", "unclear"),
        (packet("30 00", "more"), "waits", "pass"),
        (packet("30 00", "more"), "closed", "fail"),
        (packet("30 00", "choice"), "closed", "pass"),
        (packet("40 00", "accept"), "closed", "unclear"),
        (packet("e0 00", "accept"), "closed", "pass"),
        (packet("e0 00", "accept"), "PINGRESP", "fail"),
        (packet("10 00", "accept"), "CONNACK 0x81", "fail"),
        (packet("10 00", "accept"), "CONNACK 0x87", "unclear"),
        (packet("10 00", "accept", 4), "CONNACK 0x01", "fail"),
        (packet("10 00", "accept", 4), "CONNACK 0x05", "unclear"),
        (packet("10 00", "reject", 4), "CONNACK 0x02", "pass"),
        (packet("10 00", "reject", 4), "CONNACK 0x00", "fail"),
        (packet(HELLO_4, "reject", 5), "CONNACK 0x00", "unclear"),
        (packet(HELLO_4, "reject", 4), "CONNACK 0x00", "fail"),
    ],
)
def test_judgement(vector: Vector, seen: str, verdict: str) -> None:
    assert broker.judge(vector, seen) == verdict


# ---- what is installed ------------------------------------------------------------------------


def test_without_libraries(tmp_path: Path) -> None:
    """As a wheel has it: files of the installation alone, and no library."""
    build, root = tmp_path / "build", tmp_path / "root"
    options = ["-Dpython=enabled", "-Dtests=disabled", "-Dcapture=disabled"]
    commands: list[list[str | Path]] = [
        ["meson", "setup", build, ROOT, "--prefix=/", "--buildtype=plain", *options],
        ["meson", "install", "-C", build, "--tags=python-runtime", f"--destdir={root}"],
    ]
    for command in commands:
        subprocess.run(command, capture_output=True, check=True)
    (package,) = root.rglob("mqttwire_tool")

    def installed(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-S", *arguments],  # -S: not what is in .venv
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={"PYTHONPATH": str(package.parent), "PATH": "/usr/bin:/bin"},
        )

    module = ["-m", "mqttwire_tool"]
    here = mqttwire("vectors", "list").text
    assert installed(*module, "vectors", "list").stdout == here
    assert installed(*module, "vectors", "coverage").returncode == 0
    assert installed(*module, "decode", "-V", "5", "-x", "c000").returncode == 0
    done = installed(*module, "vectors", "check")
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr == (
        "mqttwire: checking needs the library jsonschema: pip install 'mqttwire[tool]'\n"
    )
    lists = "import sys, mqttwire; print([m for m in sys.modules if m.startswith('mqttwire_')])"
    assert installed("-c", lists).stdout == "[]\n"
