# SPDX-License-Identifier: MIT
"""Runs the programs of samples/client, those in build/ or where MQTTWIRE_PROGRAMS says."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path(os.environ.get("MQTTWIRE_PROGRAMS", ROOT / "build" / "samples" / "client"))
NAMES = ("pub", "sub", "rr")  # of which mosquitto has one, too
WAIT = 30.0  # seconds

needs_programs = pytest.mark.skipif(
    not (FOLDER / "mqttwire-pub").exists(), reason="the programs are not built"
)


class Run(NamedTuple):
    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode()


def environment(**more: str) -> dict[str, str]:
    """Without files of options, and the time zone of captures."""
    plain = {k: v for k, v in os.environ.items() if not k.startswith("MQTTWIRE_")}
    return {**plain, "XDG_CONFIG_HOME": "/nonexistent", "TZ": "UTC", "LC_ALL": "C.UTF-8", **more}


def program(name: str) -> str:
    return str(FOLDER / f"mqttwire-{name}") if name in (*NAMES, "bench") else name


def run(name: str, *arguments: str | Path, stdin: bytes = b"", **env: str) -> Run:
    done = subprocess.run(
        [program(name), *map(str, arguments)],
        input=stdin,
        capture_output=True,
        timeout=WAIT,
        env=environment(**env),
    )
    return Run(done.returncode, done.stdout, done.stderr.decode())


def start(name: str, *arguments: str | Path, **env: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [program(name), *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(**env),
    )
