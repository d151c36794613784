# SPDX-License-Identifier: MIT
"""The console examples of a page: what is typed after `$`, and what is printed below it.

As a program it writes anew what is printed: python tests/console.py docs/tour.md
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from command import WAIT, environment
from page_maker import there_is_a_page

ROOT = Path(__file__).parent.parent
CONSOLE = re.compile(r"^```console\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
EXAMPLE = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)


def examples(page: str) -> list[tuple[str, str]]:
    """Commands and what they print."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return [found for block in CONSOLE.findall(text) for found in EXAMPLE.findall(block)]


def printed(command: str) -> tuple[list[str], str]:
    """What it prints, and what it says beside that; files that it writes are thrown away."""
    run = f"{shlex.quote(sys.executable)} -m mqttwire_tool"
    with tempfile.TemporaryDirectory(prefix="console-") as folder:
        for name in ("docs", "tests"):  # where paths of pages begin
            Path(folder, name).symlink_to(ROOT / name)
        done = subprocess.run(
            ["bash", "-c", re.sub(r"\bmqttwire (?=[a-z])", lambda _: f"{run} ", command)],
            cwd=folder,
            capture_output=True,
            timeout=WAIT,
            env=environment(),
        )
    return [line.rstrip() for line in done.stdout.decode().splitlines()], done.stderr.decode()


# What examples want that is not there everywhere, and by what it is told.
WANTED = {
    "pcapng": "mqttwire_tool._capture",
    "--csv": "pyarrow",
    "--stats": "rich",
    "sparkplug": "google.protobuf",
}


def check(command: str, output: str) -> None:
    for word, module in WANTED.items():
        if word in command:
            pytest.importorskip(module)
    if "--html" in command and not there_is_a_page:
        pytest.skip("built without clang and lld")
    lines, said = printed(command)
    assert lines == output.splitlines(), said


def written_anew(text: str) -> str:
    def example(found: re.Match[str]) -> str:
        lines, said = printed(found[1])
        print(f"$ {found[1]}\n{said}", end="", file=sys.stderr)
        return "".join(f"{line}\n" for line in [f"$ {found[1]}", *lines])

    def block(found: re.Match[str]) -> str:
        return f"```console\n{EXAMPLE.sub(example, found[1])}```\n"

    return CONSOLE.sub(block, text)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        page = Path(name)
        page.write_text(written_anew(page.read_text(encoding="utf-8")), encoding="utf-8")
