# SPDX-License-Identifier: MIT
"""The tables in docs/ are those of tables.h, and no statement is forgotten."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_derive", ROOT / "docs" / "derive.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


derive = load()


@pytest.mark.parametrize("name", derive.pages())
def test_tables_are_derived(name: str) -> None:
    written = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert written == derive.pages()[name], "run docs/derive.py"


def test_each_statement_is_enforced_or_excepted() -> None:
    assert derive.unaccounted() == []


def test_rules_name_statements_that_exist() -> None:
    assert derive.unknown() == []


def test_exceptions_name_tests_that_exist() -> None:
    for why, test in derive.exceptions().values():
        assert why
        assert (ROOT / test).exists(), test


def test_each_statement_of_the_broker_is_tested_or_excepted() -> None:
    assert derive.unserved() == []
    assert all(derive.untested().values())


def test_all_statements_are_there() -> None:
    rows = derive.tsv("conformance.tsv")
    assert [sum(row["version"] == v for row in rows) for v in ("3.1.1", "5.0")] == [141, 251]
    assert len(derive.judged()) == 41 + 3 + 10 + 58 + 3 + 13


def test_no_row_is_skipped() -> None:
    header = derive.HEADER.read_text(encoding="utf-8")
    lists = re.findall(r"#define (MQW_\w+)\(X\)", header)
    lines = re.findall(r"^    X\(", header, re.M)
    assert sum(len(derive.rows(name)) for name in lists) == len(lines)


def test_so_many_connections_are_followed() -> None:
    source = (ROOT / "tool" / "capture" / "capture.c").read_text(encoding="utf-8")
    found = re.search(r"\bCONNECTIONS = (\d+),", source)
    page = (ROOT / "docs" / "command.md").read_text(encoding="utf-8")
    assert found and f"{int(found[1]):,} open connections are followed at once" in page


@pytest.mark.parametrize("path", sorted(ROOT.glob("samples/broker/**/*.c")), ids=lambda p: p.name)
def test_each_file_of_the_broker_stands_once_in_its_reading_order(path: Path) -> None:
    page = (ROOT / "docs/broker.md").read_text().split("## Reading it")[1].split("## Decisions")[0]
    rows = [line for line in page.splitlines() if line.startswith("|")]
    rows = [row for row in rows if ("passwd/" in row) == (path.parent.name == "passwd")]
    assert sum(f"`{path.name}`" in row for row in rows) == 1
