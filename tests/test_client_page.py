# SPDX-License-Identifier: MIT
"""docs/client.md: its program does what it says, and what it quotes is in the sources."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import mosquitto
import pytest
from mosquitto import Mosquitto

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs/client.md").read_text()
WARNINGS = ["-std=c11", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror"]


def blocks(kind: str) -> list[tuple[str, str]]:
    return re.findall(rf"^```{kind} (\S+)\n(.*?)^```\n", TEXT, re.MULTILINE | re.DOTALL)


def test_quotations() -> None:
    quoted = [(name, code) for name, code in blocks("c") if "/" in name]
    assert quoted
    for name, code in quoted:
        assert code in (ROOT / name).read_text(), f"{name} has not:\n{code}"


def test_links() -> None:
    for target in re.findall(r"\]\((\.\./samples/[^)#]+)\)", TEXT):
        assert (ROOT / "docs" / target).exists(), target


def compile_program(code: str, folder: Path) -> Path:
    source, program = folder / "program.c", folder / "program"
    source.write_text(code)
    flags = subprocess.check_output(
        ["pkg-config", "--cflags", "--libs", "mqttwire-client"],
        env={**os.environ, "PKG_CONFIG_PATH": str(ROOT / "build/meson-uninstalled")},
        text=True,
    ).split()
    folders = [f"-Wl,-rpath,{flag[2:]}" for flag in flags if flag.startswith("-L")]
    command = ["gcc", *WARNINGS, "-D_DEFAULT_SOURCE", str(source), *flags, *folders]
    subprocess.run([*command, "-o", str(program)], check=True)
    return program


PROGRAMS = re.findall(
    r"^```c (\w+\.c)\n(.*?)^```\n\n```text\n(.*?)^```\n", TEXT, re.MULTILINE | re.DOTALL
)


def test_every_block_is_known() -> None:
    assert len(PROGRAMS) + len([name for name, _ in blocks("c") if "/" in name]) == TEXT.count(
        "```c"
    )


@pytest.mark.skipif(mosquitto.PROGRAM is None, reason="mosquitto is missing")
@pytest.mark.parametrize(("name", "code", "printed"), PROGRAMS, ids=[name for name, *_ in PROGRAMS])
def test_program(name: str, code: str, printed: str, tmp_path: Path) -> None:
    program = compile_program(code, tmp_path)
    with Mosquitto() as broker:
        done = subprocess.run(
            [program, f"mqtt://127.0.0.1:{broker.port}"],
            input="one\ntwo\n",
            capture_output=True,
            text=True,
            timeout=20,
        )
    assert (done.returncode, done.stdout, done.stderr) == (0, printed, "")
