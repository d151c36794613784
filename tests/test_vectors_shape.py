# SPDX-License-Identifier: MIT
"""Files of one's own that are not as the schema says: commands say so, and nothing else happens."""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path
from typing import Any

import pytest
import vector_samples as samples
from command import mqttwire
from mqttwire_tool.vectors.data import NotVectors, load
from vector_samples import vectors

JUNK: list[Any] = [3, -1, True, "zz", "\ud800", None, [], [3], {}]
JUNK += [{"repeat": 3}, [{"repeat": ["6"]}], {"hex": 3}]
GONE = object()
COMMANDS = [
    ["list"],
    ["list", "--json"],
    ["coverage"],
    *(["export", "--format", form, "--output", "-"] for form in ("c", "lua", "flat", "pcap")),
]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Of everything that is in a vector."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for key, each in items:
        found.append((*path, key))
        if isinstance(each, (dict, list)):
            found += places(each, (*path, key))
    return found


def changed(vector: Any, path: tuple[Any, ...], to: Any) -> Any:
    made = at = copy.deepcopy(vector)
    for key in path[:-1]:
        at = at[key]
    if to is GONE:
        del at[path[-1]]
    else:
        at[path[-1]] = to
    return made


SHAPES = {"v5-some-0001", "v5-some-0006", "v5-some-0007", "v5-names-0001", "v5-names-0005"}
SHAPES |= {"v5-cuts-0001", "v5-cuts-0002", "v4-steps-0002"}
CASES = [
    (kind, vector, path)
    for kind, some in samples.SUITES.values()
    for vector in some
    if vector["id"] in SHAPES
    for path in places(vector)
]


@pytest.mark.parametrize(
    ("kind", "vector", "path"),
    [pytest.param(*case, id=f"{case[1]['id']}-{case[2]}") for case in CASES],
)
def test_no_command_stumbles(kind: str, vector: Any, path: tuple[Any, ...], tmp_path: Path) -> None:
    file = tmp_path / "own.json"
    for junk in [*JUNK, GONE]:
        file.write_text(samples.suite("own", kind, [changed(vector, path, junk)]))
        try:
            load([file])
        except NotVectors:  # which all of them see
            continue
        for command in COMMANDS:
            assert vectors(file, *command).code in (0, 1, 2), (junk, command)


@pytest.mark.parametrize(
    "vector",
    [
        {**samples.PACKETS[0], "wire": "zz"},
        {name: samples.PACKETS[0][name] for name in ("id", "version", "sender", "result")},
        {"id": "v5-x-0001", "version": 5, "result": "accept", "steps": 3},
    ],
)
@pytest.mark.parametrize("command", [["show", "v5-some-0001"], ["run", "--adapter", "cat"]])
def test_that_it_is_told(vector: Any, command: list[str], tmp_path: Path) -> None:
    kind = "sessions" if "steps" in vector else "packets"
    file = tmp_path / "own.json"
    file.write_text(json.dumps({"suite": "own", "kind": kind, "vectors": [vector]}))
    done = mqttwire("vectors", *command, "--vectors", file)
    assert done.code == 4
    assert "not a file of vectors: `mqttwire vectors check` says why" in done.err
    assert sys.executable not in done.err
