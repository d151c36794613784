# SPDX-License-Identifier: MIT
"""A Go that is new enough: the machine's, or one that the Go module proxy has, kept in build/go.

Debian 12's knows nothing of toolchains, but it can load a module, and a toolchain is one.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent
KEPT = ROOT / "build/go"
LEAST = (1, 22)
TOOLCHAIN = "golang.org/toolchain@v0.0.1-go1.22.12"


def ask(go: str, *words: str, **env: str) -> str:
    done = subprocess.run(
        [go, *words], capture_output=True, text=True, env={**os.environ, **env}, cwd=ROOT / "build"
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-300:] or done.stdout[-300:])
    return done.stdout


def load(old: str) -> None:
    """A module's files cannot be executed, and cannot be written."""
    system = "-".join(ask(old, "env", "GOOS", "GOARCH").split())
    said = ask(old, "mod", "download", "-json", f"{TOOLCHAIN}.{system}", GOPATH=str(KEPT / "path"),
               GOFLAGS="-modcacherw", GONOSUMDB="golang.org/toolchain")
    new = KEPT / "new"
    shutil.rmtree(new, ignore_errors=True)
    shutil.copytree(json.loads(said)["Dir"], new)
    for program in [*new.glob("bin/*"), *new.glob("pkg/tool/*/*")]:
        program.chmod(0o755)
    new.rename(KEPT / "root")
    shutil.rmtree(KEPT / "path")


def newer_go() -> str | None:
    """Its path; None: there is no Go at all."""
    own = shutil.which("go")
    if own is None:
        return None
    version = re.search(r"go(\d+)\.(\d+)", ask(own, "version"))
    if version and (int(version[1]), int(version[2])) >= LEAST:
        return own
    if not (KEPT / "root").exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        load(own)
    return str(KEPT / "root/bin/go")
