# SPDX-License-Identifier: MIT
"""Runs the command `mqttwire`: as a program of its own, or in this one where that is too slow."""

from __future__ import annotations

import contextlib
import fcntl
import io
import json
import os
import pty
import struct
import subprocess
import sys
import termios
from pathlib import Path
from typing import Any, NamedTuple

from mqttwire_tool.main import main

COMMAND = [sys.executable, "-m", "mqttwire_tool"]
WAIT = 60.0  # seconds


def environment(**more: str) -> dict[str, str]:
    plain = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "TERM", "COLUMNS")}
    return {**plain, "TERM": "xterm", "TZ": "UTC", "PYTHONUTF8": "1", **more}


class Run(NamedTuple):
    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode()

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @property
    def json(self) -> list[Any]:
        """What each line says; that it is JSON is part of the test."""
        return [json.loads(line) for line in self.out.splitlines()]


def mqttwire(*arguments: str | Path, stdin: bytes = b"", **env: str) -> Run:
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        timeout=WAIT,
        env=environment(**env),
    )
    err = done.stderr.decode()
    assert "Traceback" not in err, err
    return Run(done.returncode, done.stdout, err)


def called(*arguments: str | Path) -> Run:
    """The same without a program of its own, which takes its time to start."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    err = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main([*map(str, arguments)])
        except SystemExit as left:  # argparse
            code = int(left.code or 0)
        out.flush()
    printed = out.buffer
    assert isinstance(printed, io.BytesIO)
    return Run(code, printed.getvalue(), err.getvalue())


def on_a_terminal(*arguments: str | Path, columns: int = 100, **env: str) -> str:
    """What is printed to a terminal of so many columns."""
    here, there = pty.openpty()
    fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    with subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=there,
        stderr=there,
        env=environment(**env),
    ):
        os.close(there)
        printed = b""
        try:
            while part := os.read(here, 65536):
                printed += part
        except OSError:  # that is how Linux says that the other side was closed
            pass
        os.close(here)
    return printed.decode().replace("\r\n", "\n")
