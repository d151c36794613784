# SPDX-License-Identifier: MIT
"""The examples of docs/python.md, command.md and statistics.md do what the pages say."""

from __future__ import annotations

import doctest
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from command import WAIT, environment

ROOT = Path(__file__).parent.parent
CONSOLE = re.compile(r"^```console\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
EXAMPLE = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)


def test_python() -> None:
    pytest.importorskip("pyarrow")
    text = (ROOT / "docs" / "python.md").read_text()
    test = doctest.DocTestParser().get_doctest(text, {}, "python.md", "docs/python.md", 0)
    assert len(test.examples) > 20
    printed: list[str] = []
    results = doctest.DocTestRunner().run(test, out=printed.append)
    assert not results.failed, "".join(printed)


def examples() -> list[tuple[str, str]]:
    text = "".join((ROOT / "docs" / f"{name}.md").read_text() for name in ("command", "statistics"))
    return [found for block in CONSOLE.findall(text) for found in EXAMPLE.findall(block)]


@pytest.mark.parametrize(("command", "output"), examples())
def test_command(command: str, output: str) -> None:
    if "pcapng" in command:
        pytest.importorskip("mqttwire_tool._capture", reason="built without libpcap")
    run = f"{shlex.quote(sys.executable)} -m mqttwire_tool"
    done = subprocess.run(
        ["bash", "-c", re.sub(r"\bmqttwire (?=[a-z])", lambda _: f"{run} ", command)],
        cwd=ROOT,
        capture_output=True,
        timeout=WAIT,
        env=environment(),
    )
    lines = [line.rstrip() for line in done.stdout.decode().splitlines()]
    assert lines == output.splitlines(), done.stderr.decode()
