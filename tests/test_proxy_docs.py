# SPDX-License-Identifier: MIT
"""The examples of docs/proxy.md do what the page says."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import mosquitto
import pytest
from command import WAIT, environment
from mosquitto import Mosquitto

ROOT = Path(__file__).parent.parent
CONSOLE = re.compile(r"^```console\n(.*?)^```\n", re.MULTILINE | re.DOTALL)

pytest.importorskip("trustme")
pytest.importorskip("mqttwire_tool._capture", reason="built without libpcap")


def sessions() -> list[str]:
    return CONSOLE.findall((ROOT / "docs" / "proxy.md").read_text())


def plain(line: str) -> str:
    """Without what differs from run to run."""
    line = re.sub(r"\d{4}-\d\d-\d\d", "DATE", line.rstrip())
    line = re.sub(r"\d\d:\d\d:\d\d\.\d{3}", "TIME", line)
    line = re.sub(r"(after|waited) [\d.]+ m?s", r"\1 A WHILE", line)
    return re.sub(r"127\.0\.0\.1:\d+", "PLACE", line)


@pytest.mark.skipif(mosquitto.PROGRAM is None, reason="mosquitto is missing")
@pytest.mark.parametrize("session", sessions())
def test_session(session: str, tmp_path: Path) -> None:
    """Commands one after the other in one shell; those with & are waited for until they listen."""
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    run = f"{shlex.quote(sys.executable)} -m mqttwire_tool"
    with Mosquitto() as broker:
        port = str(mosquitto.free_port())
        script = []
        expected = []
        for line in session.splitlines():
            if not line.startswith("$ "):
                expected.append(plain(line))
                continue
            command = line[2:].replace("1883", str(broker.port)).replace("1884", port)
            command = re.sub(r"\bmqttwire (?=[a-z])", lambda _: f"{run} ", command)
            if command.endswith("&"):
                command = (
                    f"{command[:-1]} 2>said & until grep -qs listening said; do sleep 0.05; done"
                )
            elif "mqttwire_tool" in command or command.startswith("grep"):
                command = f"wait; {command}"
            script.append(command)
        with subprocess.Popen(
            ["bash", "-c", "\n".join([*script, "wait"])],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
            start_new_session=True,
        ) as shell:
            try:
                out, err = shell.communicate(timeout=WAIT)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(shell.pid, signal.SIGKILL)
    printed = [plain(line) for line in out.decode().splitlines()]
    assert printed == expected, err.decode() + (tmp_path / "said").read_text()
