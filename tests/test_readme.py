# SPDX-License-Identifier: MIT
"""The examples of the README do what it says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.S | re.M)


def test_python() -> None:
    (code,) = blocks("python")
    exec(compile(code, "README.md", "exec"), {})


def test_c(tmp_path: Path) -> None:
    (code,) = blocks("c")
    source = tmp_path / "hello.c"
    source.write_text(code)
    program = tmp_path / "hello"
    command = ["cc", "-Wall", "-Wextra", "-Werror", f"-I{ROOT / 'include'}", "-o", str(program)]
    command += map(str, [*sorted((ROOT / "codec").glob("*.c")), source])
    subprocess.run(command, check=True)
    assert subprocess.run([program], capture_output=True, text=True).stdout == "a/b: 3 bytes\n"


def test_command_line() -> None:
    (shown,) = (block for block in blocks("") if block.startswith("$ mqttwire"))
    command, _, output = shown.partition("\n")
    arguments = re.findall(r'"[^"]*"|\S+', command)[2:]
    run = subprocess.run(
        [sys.executable, "-m", "mqttwire_tool", *(a.strip('"') for a in arguments)],
        capture_output=True,
        text=True,
    )
    assert run.stdout.rstrip("\n") == output.rstrip("\n")
    assert run.returncode == 1


def test_demo() -> None:
    (shown,) = (block for block in blocks("") if "PUBREL" in block)
    capture = ROOT / "tests" / "captures" / "mosquitto.pcapng"
    run = subprocess.run(
        [sys.executable, "-m", "mqttwire_tool", "inspect", capture], capture_output=True, text=True
    )
    printed = [re.sub(r"\d\d:\d\d:\d\d", "", line).rstrip() for line in run.stdout.splitlines()]
    for line in shown.splitlines():
        assert re.sub(r"\d\d:\d\d:\d\d", "", line).rstrip() in printed
