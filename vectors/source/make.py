# SPDX-License-Identifier: MIT
"""Gives ids to cases and writes the files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import families, unnumbered, unshown
from .cases import VERSIONS, Case
from .retired import RETIRED

ROOT = Path(__file__).resolve().parent.parent
LEDGER = ROOT / "ledger.tsv"
SEAL = ROOT / "ledger.sha256"
UNSHOWN = ROOT / "unshown.json"
UNNUMBERED = ROOT / "unnumbered.json"
FORMAT = 1


class Ledger:
    """Which case has which id.  Ids are never used again; cases that are gone stay in it."""

    def __init__(self, text: str) -> None:
        self.ids: dict[str, str] = {}
        for line in text.splitlines()[1:]:
            key, _, identifier = line.rpartition("\t")
            assert key not in self.ids, key
            self.ids[key] = identifier
        self.highest: dict[str, int] = {}
        for identifier in self.ids.values():
            prefix, _, number = identifier.rpartition("-")
            self.highest[prefix] = max(self.highest.get(prefix, 0), int(number))
        assert len(set(self.ids.values())) == len(self.ids), "an id was given twice"

    def id_of(self, prefix: str, key: str) -> str:
        full = f"{prefix} {key}"
        if full not in self.ids:
            self.highest[prefix] = self.highest.get(prefix, 0) + 1
            self.ids[full] = f"{prefix}-{self.highest[prefix]:04d}"
        return self.ids[full]

    def gone(self, given: set[str]) -> set[str]:
        """Cases that have an id, and that no family makes any more."""
        return {key for key, identifier in self.ids.items() if identifier not in given}

    def text(self) -> str:
        rows = "".join(f"{key}\t{number}\n" for key, number in self.ids.items())
        return "case\tid\n" + rows


def seal_of(ledger: str, count: int) -> str:
    """What the first lines of the ledger, without its head, are known by."""
    lines = ledger.splitlines(keepends=True)[1 : count + 1]
    return f"{count} {hashlib.sha256(''.join(lines).encode()).hexdigest()}\n"


def is_kept(ledger: str, seal: str) -> bool:
    """Does it still begin with all that was sealed?"""
    return seal == seal_of(ledger, int(seal.split()[0]))


def vector_of(case: Case, identifier: str) -> dict[str, Any]:
    vector: dict[str, Any] = {"id": identifier, "name": case.key}
    if case.comment:
        vector["comment"] = case.comment
    vector |= case.form | {"ids": list(case.ids)}
    if case.section is not None:
        vector["section"] = case.section
    return vector | {"level": case.level}


def line_of(vector: dict[str, Any]) -> str:
    text = json.dumps(vector, ensure_ascii=False)
    for code in (0x85, 0x2028, 0x2029):  # lines end with \n alone, whatever splits them
        text = text.replace(chr(code), f"\\u{code:04x}")
    return text


def files(ledger: Ledger, given: set[str]) -> Iterator[tuple[Path, str]]:
    """Every file of vectors, and its text: one vector a line.  given: gets the ids of all."""
    for version, folder in VERSIONS.items():
        for suite, (kind, build) in families.ALL.items():
            cases = list(build(version))
            if not cases:
                continue
            prefix = f"v{version}-{suite}"
            seen: set[str] = set()
            lines = []
            for case in cases:
                assert case.key not in seen, f"{prefix}: {case.key} stands twice"
                seen.add(case.key)
                identifier = ledger.id_of(prefix, case.key)
                given.add(identifier)
                lines.append("  " + line_of(vector_of(case, identifier)))
            head = f'{{"format": {FORMAT}, "suite": "{suite}", "kind": "{kind}", "vectors": [\n'
            yield ROOT / folder / f"{suite}.json", head + ",\n".join(lines) + "\n]}\n"


def _text_of(path: Path) -> str:
    """Whatever the locale takes files to be; and line ends as they are."""
    return path.read_bytes().decode("utf-8")


def main(check: bool) -> int:
    before = _text_of(LEDGER)
    if not is_kept(before, _text_of(SEAL)):
        print("ledger.tsv: lines that it had were changed or are gone (ledger.sha256)")
        return 1
    ledger = Ledger(before)
    given: set[str] = set()
    wanted = dict(files(ledger, given))
    if gone := ledger.gone(given) - RETIRED:
        for key in sorted(gone):
            print(f"{key}: is not made any more; restore its key, or name it in source/retired.py")
        return 1
    vectors = sum(text.count("\n") - 2 for text in wanted.values())
    suites = len(wanted)
    wanted |= {LEDGER: ledger.text(), SEAL: seal_of(ledger.text(), len(ledger.ids))}
    wanted |= {UNSHOWN: unshown.text(), UNNUMBERED: unnumbered.text()}
    there = {*ROOT.glob("v*/*.json")}
    wrong = [path for path, text in wanted.items() if not path.exists() or text != _text_of(path)]
    surplus = sorted(there - wanted.keys())
    if check:
        for path in [*wrong, *surplus]:
            print(f"{path.relative_to(ROOT)} is not what vectors/generate makes")
        return 1 if wrong or surplus else 0
    for path in wrong:
        path.parent.mkdir(exist_ok=True)
        path.write_text(wanted[path], encoding="utf-8", newline="\n")
    for path in surplus:
        path.unlink()
    print(f"{vectors} vectors in {suites} files, {len(wrong)} written")
    return 0
