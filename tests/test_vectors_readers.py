# SPDX-License-Identifier: MIT
"""The readers of vectors/readers/ read all packets, each in its language, and find the same."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from mqttwire_tool.vectors.data import load
from mqttwire_tool.vectors.forms import join, parts_of, unfold

ROOT = Path(__file__).resolve().parent.parent / "vectors"
READERS = ROOT / "readers"
COMMANDS = {
    "reader.py": [sys.executable],
    "reader.mjs": ["node"],
    "reader.go": ["go", "run"],
}
LANGUAGES = {"reader.py": "python", "reader.mjs": "javascript", "reader.go": "go"}


def read(reader: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = COMMANDS[reader]
    if shutil.which(command[0]) is None:
        pytest.skip(f"there is no {command[0]}")
    return subprocess.run([*command, READERS / reader, folder], capture_output=True, text=True)


def expected(folder: Path) -> tuple[dict[str, int], str]:
    """Of a decoder that takes everything; and what the bytes, topics and payloads are."""
    counts: Counter[str] = Counter()
    digest = hashlib.sha256()
    for vector in load([folder]):
        if vector.kind == "packets" and "wire" in vector.form:
            right = vector.result in ("accept", "choice")
            counts[f"{vector.result} {'right' if right else 'wrong'}"] += 1
            packet = vector.form.get("packet", {})
            digest.update(unfold(vector.form["wire"]))
            for name in ("topic", "payload"):
                digest.update(join(parts_of(name, packet.get(name, ""))))
    return dict(counts), digest.hexdigest()


@pytest.mark.parametrize("reader", COMMANDS)
def test_readers_read_all_there_is(reader: str) -> None:
    done = read(reader, ROOT)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    totals, digest = done.stdout.split("\n", 1)
    assert (json.loads(totals), digest.strip()) == expected(ROOT)


PUBLISH = {"type": "PUBLISH", "topic": ["b", {"repeat": ["é", 2]}], "payload": "00 ff"}
VECTOR = {"version": 5, "sender": "client", "result": "accept", "packet": PUBLISH}


@pytest.mark.parametrize("reader", COMMANDS)
@pytest.mark.parametrize(
    ("wire", "good"),
    [
        ("30 00", True),
        (["30", {"repeat": ["00 ", 2]}], True),
        ("30 0", False),
        ("zz", False),
        (["30", {"repeat": ["0x", 2]}], False),
    ],
)
def test_they_see_what_is_no_hex(reader: str, wire: object, good: bool, tmp_path: Path) -> None:
    (tmp_path / "v5.0").mkdir()
    form = {"format": 1, "suite": "x", "kind": "packets"}
    form |= {"vectors": [{"id": "v5-x-0001", "wire": wire, **VECTOR}]}
    (tmp_path / "v5.0" / "x.json").write_text(json.dumps(form), encoding="utf-8")
    done = read(reader, tmp_path)
    assert (done.returncode == 0) == good, done.stderr
    if good and wire == "30 00":
        wanted = hashlib.sha256(b"\x30\x00b" + "éé".encode() + b"\x00\xff").hexdigest()
        totals, digest = done.stdout.split("\n", 1)
        assert (json.loads(totals), digest.strip()) == ({"accept right": 1}, wanted)


@pytest.mark.parametrize("reader", COMMANDS)
def test_the_readme_shows_them(reader: str) -> None:
    text = (READERS / reader).read_text(encoding="utf-8")
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"```{LANGUAGES[reader]}\n{text}```\n" in page
