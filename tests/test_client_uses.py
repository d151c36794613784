# SPDX-License-Identifier: MIT
"""The client library in uses that are easily wrong: tests/samples/client_uses.c."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from client_driver import ROOT
from mosquitto import PROGRAM, Mosquitto

#: Another build, or a command that runs it: "valgrind -q ... client_uses".
COMMAND = shlex.split(
    os.environ.get("MQTTWIRE_CLIENT_USES", str(ROOT / "build/tests/samples/client_uses"))
)
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="mosquitto is missing")


def names() -> list[str]:
    source = (ROOT / "tests/samples/client_uses.c").read_text()
    table = source.partition("uses[] = {")[2].partition("};")[0]
    return [line.split('"')[1] for line in table.splitlines() if '"' in line]


@pytest.fixture(scope="module")
def broker() -> Iterator[Mosquitto]:
    with Mosquitto() as made:
        yield made


@pytest.mark.parametrize("name", names())
def test_use(broker: Mosquitto, name: str, tmp_path: Path) -> None:
    url = f"mqtt://127.0.0.1:{broker.port}"
    done = subprocess.run(
        [*COMMAND, name, url, str(tmp_path)], capture_output=True, text=True, timeout=30
    )
    assert (done.returncode, done.stderr) == (0, ""), done


@pytest.mark.skipif(shutil.which("g++") is None, reason="g++ is missing")
def test_header_in_cpp(tmp_path: Path) -> None:
    """Its functions have the names of C."""
    source = tmp_path / "program.cpp"
    source.write_text(
        "#include <mqttwire_client.h>\n"
        "int main() { return mqw_client_status_text(MQW_CLIENT_OK)[0] != 'd'; }\n"
    )
    include = [f"-I{ROOT / 'include'}", f"-I{ROOT / 'samples/client'}"]
    command = ["g++", "-Wall", "-Wextra", "-Werror", *include, "-c", str(source)]
    subprocess.run([*command, "-o", str(tmp_path / "program.o")], check=True)
    names = subprocess.check_output(["nm", str(tmp_path / "program.o")], text=True)
    assert "U mqw_client_status_text\n" in names
