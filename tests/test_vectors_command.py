# SPDX-License-Identifier: MIT
"""mqttwire vectors: list, show, check, coverage, and what a wheel has of it."""

from __future__ import annotations

import copy
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import vector_samples as samples
from command import Run, called, mqttwire, on_a_terminal
from vector_samples import IDS, vectors

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return samples.write(tmp_path_factory.mktemp("vectors"))


def ids(done: Run) -> set[str]:
    assert done.code == 0, done.err
    return {line.split()[0] for line in done.lines}


# ---- list, show, check ---------------------------------------------------------------------------


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


def test_show_any(folder: Path) -> None:
    done = vectors(folder, "show", *sorted(IDS))
    assert done.code == 0
    assert {line.split(":")[0] for line in done.lines} >= IDS
    done = vectors(folder, "show", "--json", *sorted(IDS))
    assert [form["id"] for form in done.json] == sorted(IDS)


def test_show_what_is_not_there(folder: Path) -> None:
    done = vectors(folder, "show", "v5-some-9999")
    assert (done.code, done.text) == (2, "")
    assert "there is no vector 'v5-some-9999'" in done.err


def test_check(folder: Path) -> None:
    done = mqttwire("vectors", "check", folder)
    assert (done.code, done.text) == (0, "")
    assert done.err == f"mqttwire: {len(IDS)} vectors in 4 files, nothing wrong\n"


def test_the_schema_is_one() -> None:
    schema = json.loads((ROOT / "vectors" / "schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)


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
    done = called("vectors", "check", file)
    assert done.code == 1
    assert all(line.startswith(f"{file}: {identifier}{place}") for line in done.lines), done.text
    done = called("vectors", "check", "--json", file)
    assert {fault["file"] for fault in done.json} == {str(file)}


def test_check_finds_ids_that_stand_twice(folder: Path) -> None:
    files = [folder / "v5.0" / "cuts.json"] * 2
    done = called("vectors", "check", *files)
    assert done.code == 1
    assert done.lines[0] == f"{files[0]}: v5-cuts-0001: this id stands in {files[0]} already"


@pytest.mark.parametrize("text", ["{", "[]", '{"vectors": [1]}', '{"vectors": 1}', '{"format": 2}'])
def test_files_that_are_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "some.json"
    file.write_text(text)
    assert called("vectors", "check", file).code == 1
    done = called("vectors", "list", "--vectors", file)
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


# ---- coverage ------------------------------------------------------------------------------------


def test_coverage(folder: Path) -> None:
    done = vectors(folder, "coverage")
    assert done.code == 0
    lines = [line.split() for line in done.lines]
    assert ["5.0", "MQTT-3.3.2-1", "decode", "1", "-", "-", "-"] in lines
    assert ["5.0", "MQTT-3.3.2-2", "topic", "-", "1", "-", "-"] in lines
    assert ["5.0", "decode", "58", "1", "1", "0", "57"] in lines
    at = lines.index(["without", "vectors:", "258"])
    empty = {tuple(line[:2]) for line in lines[at + 1 : lines.index([], at)] if len(line) > 1}
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
    words = samples.Page(file.read_text()).words
    assert "Without vectors: 258" in words


def test_coverage_of_what_is_unknown(tmp_path: Path) -> None:
    file = tmp_path / "some.json"
    vector = {**samples.PACKETS[0], "ids": ["MQTT-9.9.9-9"]}
    file.write_text(samples.suite("some", "packets", [vector]))
    done = mqttwire("vectors", "coverage", "--vectors", file)
    assert done.code == 1
    assert done.err == "mqttwire: there is no statement 5.0 MQTT-9.9.9-9\n"


# ---- the examples ------------------------------------------------------------------------------

PAGE = (ROOT / "docs" / "vectors.md").read_text()
CONSOLE = re.findall(r"^```console\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
EXAMPLES = [
    found
    for block in CONSOLE
    for found in re.findall(r"^\$ mqttwire (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)
]


@pytest.mark.parametrize(("command", "output"), EXAMPLES)
def test_docs(tmp_path: Path, command: str, output: str) -> None:
    (adapter,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    (tmp_path / "adapter.py").write_text(adapter)
    words = shlex.split(command)
    with_adapter = f"{sys.executable} {tmp_path / 'adapter.py'}"
    done = mqttwire(*(with_adapter if w == "python3 adapter.py" else w for w in words))
    assert [line.rstrip() for line in done.lines] == output.splitlines(), done.err


# ---- what is installed ---------------------------------------------------------------------------


def test_without_libraries(tmp_path: Path) -> None:
    """As a wheel has it: files of the installation alone, and no library."""
    build = ROOT / "build" / f"cp{sys.version_info[0]}{sys.version_info[1]}"  # that of .venv
    root = tmp_path / "root"
    install = ["meson", "install", "-C", str(build), "--no-rebuild", "--tags=python-runtime"]
    subprocess.run([*install, f"--destdir={root}"], capture_output=True, check=True)
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
