# SPDX-License-Identifier: MIT
"""Ids of vectors are for good: what vectors/source/make.py gives, and what the ledger has."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from test_vectors import vectors

ROOT = Path(__file__).resolve().parent.parent / "vectors"
sys.path.insert(0, str(ROOT))

from source import families, make  # noqa: E402
from source.cases import Case  # noqa: E402
from source.retired import RETIRED  # noqa: E402

# The first lines, as they were when this was written.  It is never to be changed: vectors that were
# reported under these ids would be others.
FIRST = "10661 abb44cfe594a6fa37056279631db2b35b135a34828d0f1f6220ac0d4efc3440a\n"
TEXT = "case\tid\nv5-a one\tv5-a-0001\nv5-a two\tv5-a-0002\nv4-a one\tv4-a-0001\n"


def ledger_text() -> str:
    return (ROOT / "ledger.tsv").read_text(encoding="utf-8")


def test_a_case_keeps_its_id() -> None:
    ledger = make.Ledger(TEXT)
    assert ledger.id_of("v5-a", "two") == "v5-a-0002"
    assert ledger.id_of("v5-a", "one") == "v5-a-0001"
    assert ledger.id_of("v4-a", "one") == "v4-a-0001"
    assert ledger.text() == TEXT


def test_another_key_is_another_case() -> None:
    """Also where the old one is gone: its line stays, and its id is not given again."""
    ledger = make.Ledger(TEXT)
    assert ledger.id_of("v5-a", "two, renamed") == "v5-a-0003"
    assert ledger.text() == TEXT + "v5-a two, renamed\tv5-a-0003\n"
    assert ledger.gone({"v5-a-0001", "v5-a-0003", "v4-a-0001"}) == {"v5-a two"}


def test_a_case_that_comes_again_has_its_id_again() -> None:
    without = make.Ledger(TEXT).text()  # nobody asked for any of its cases
    ledger = make.Ledger(without)
    assert ledger.id_of("v5-a", "new") == "v5-a-0003"
    assert ledger.id_of("v5-a", "two") == "v5-a-0002"


def test_new_cases_do_not_move_others() -> None:
    """Wherever in their family they stand; each suite of each version counts by itself."""
    ledger = make.Ledger(TEXT)
    given = [ledger.id_of("v5-a", key) for key in ("before", "one", "between", "two")]
    assert given == ["v5-a-0003", "v5-a-0001", "v5-a-0004", "v5-a-0002"]
    assert ledger.id_of("v4-a", "before") == "v4-a-0002"
    assert ledger.id_of("v5-b", "one") == "v5-b-0001"


@pytest.mark.parametrize("line", ["v5-a one\tv5-a-0004", "v5-a four\tv5-a-0001"])
def test_nothing_stands_twice(line: str) -> None:
    with pytest.raises(AssertionError):
        make.Ledger(f"{TEXT}{line}\n")


def test_a_seal_holds_its_lines() -> None:
    seal = make.seal_of(TEXT, 3)
    assert make.is_kept(TEXT, seal)
    assert make.is_kept(TEXT + "v5-a three\tv5-a-0003\n", seal)
    for other in [
        TEXT.replace("one", "uno"),
        TEXT.replace("v5-a-0002", "v5-a-0003"),
        TEXT.replace("v5-a two\tv5-a-0002\n", ""),
        TEXT.replace("v4-a one\tv4-a-0001\n", ""),
        TEXT.replace("v5-a one\t", "v5-a zero\tv5-a-0000\nv5-a one\t"),
    ]:
        assert not make.is_kept(other, seal), other


def main(monkeypatch: pytest.MonkeyPatch, folder: Path, seal: str, keys: str) -> int:
    """generate --check, of one suite with these cases, and the ledger above."""
    (folder / "ledger.tsv").write_text(TEXT)
    (folder / "ledger.sha256").write_text(seal)
    monkeypatch.setattr(make, "ROOT", folder)
    monkeypatch.setattr(make, "LEDGER", folder / "ledger.tsv")
    monkeypatch.setattr(make, "SEAL", folder / "ledger.sha256")
    monkeypatch.setattr(make, "UNSHOWN", folder / "unshown.json")
    monkeypatch.setattr(make, "UNNUMBERED", folder / "unnumbered.json")
    cases = [Case(key, {}, "", (), "1") for key in keys.split()]
    family = {"a": ("packets", lambda version: cases if version == 5 else cases[:1])}
    monkeypatch.setattr(families, "ALL", family)
    return make.main(check=True)


def test_generate_stops_where_a_case_is_gone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(monkeypatch, tmp_path, make.seal_of(TEXT, 3), "one renamed") == 1
    assert capsys.readouterr().out.startswith("v5-a two: is not made any more")
    monkeypatch.setattr(make, "RETIRED", {"v5-a two"})
    main(monkeypatch, tmp_path, make.seal_of(TEXT, 3), "one renamed")
    assert "made any more" not in capsys.readouterr().out


def test_generate_stops_where_the_ledger_was_changed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seal = make.seal_of(TEXT.replace("two", "deux"), 3)
    assert main(monkeypatch, tmp_path, seal, "one two") == 1
    assert capsys.readouterr().out.startswith("ledger.tsv: lines that it had were changed")


def test_the_ledger_begins_as_it_did() -> None:
    assert make.is_kept(ledger_text(), FIRST)
    seal = (ROOT / "ledger.sha256").read_text()
    assert seal == make.seal_of(ledger_text(), ledger_text().count("\n") - 1)


def test_every_vector_has_the_id_of_its_name() -> None:
    ledger = make.Ledger(ledger_text())
    named = {}
    for kind in ("packets", "streams", "topics", "sessions"):
        for vector in vectors(kind):
            named[f"{vector['id'].rpartition('-')[0]} {vector['name']}"] = vector["id"]
    assert named == {key: ledger.ids[key] for key in ledger.ids if key not in RETIRED}
