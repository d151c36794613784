# SPDX-License-Identifier: MIT
"""The examples of docs/python.md, command.md and statistics.md do what the pages say."""

from __future__ import annotations

import doctest

import console
import pytest


def test_python() -> None:
    pytest.importorskip("pyarrow")
    text = (console.ROOT / "docs" / "python.md").read_text()
    test = doctest.DocTestParser().get_doctest(text, {}, "python.md", "docs/python.md", 0)
    assert len(test.examples) > 20
    printed: list[str] = []
    results = doctest.DocTestRunner().run(test, out=printed.append)
    assert not results.failed, "".join(printed)


PAGES = ("command.md", "statistics.md")


@pytest.mark.parametrize(
    ("command", "output"), [example for page in PAGES for example in console.examples(page)]
)
def test_command(command: str, output: str) -> None:
    console.check(command, output)
