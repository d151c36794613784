# SPDX-License-Identifier: MIT
"""docs/client.md: its program does what it says, and what it quotes is in the sources."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import mosquitto
import pytest
from mosquitto import Mosquitto

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs/client.md").read_text()
LIBRARIES = [
    ROOT / "build/samples/client/libmqttwire-client.a",
    ROOT / "build/samples/net/libnet.a",
]
PACKAGES = ["libuv", "liburiparser", "openssl", "sqlite3", "libgsasl"]
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


@pytest.mark.skipif(mosquitto.PROGRAM is None, reason="mosquitto is missing")
def test_program(tmp_path: Path) -> None:
    ((name, code),) = ((name, code) for name, code in blocks("c") if "/" not in name)
    printed = re.search(r"^```text\n(.*?)^```\n", TEXT, re.MULTILINE | re.DOTALL)
    assert printed
    (tmp_path / name).write_text(code)
    program = tmp_path / "program"
    flags = subprocess.check_output(["pkg-config", "--libs", *PACKAGES], text=True).split()
    include = [f"-I{ROOT / 'include'}", f"-I{ROOT / 'samples/client'}"]
    codec = ["-L", str(ROOT / "build/codec"), "-lmqttwire", f"-Wl,-rpath,{ROOT / 'build/codec'}"]
    command = ["gcc", *WARNINGS, *include, str(tmp_path / name), *map(str, LIBRARIES), *codec]
    subprocess.run([*command, "-lwslay", *flags, "-o", str(program)], check=True)
    with Mosquitto() as broker:
        done = subprocess.run(
            [program, f"mqtt://127.0.0.1:{broker.port}"], capture_output=True, text=True, timeout=20
        )
    assert (done.returncode, done.stdout, done.stderr) == (0, printed.group(1), "")
