# SPDX-License-Identifier: MIT
"""Programs in Go, and a Go that is new enough: the machine's, or one that the Go module proxy has,
kept in build/go.

Debian 12's knows nothing of toolchains, but it can load a module, and a toolchain is one.
"""

from __future__ import annotations

import fcntl
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


def build(source: Path, made: Path, *command: str) -> str | None:
    """The program `made`/run of the Go files in source: why there is none, or None.  What was built
    is kept: only the first time is slow, and needs the Go module proxy."""
    made.mkdir(parents=True, exist_ok=True)
    with open(made / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run side by side
        return make(source, made, command)


def make(source: Path, made: Path, command: tuple[str, ...]) -> str | None:
    files = sorted(source.glob("go.mod")) + sorted(source.glob("*.go"))
    state = " ".join(command) + "".join(path.read_text() for path in files)
    made_of = made / "made-of"
    if made_of.exists() and made_of.read_text() == state:
        return None
    go = newer_go()
    if go is None:
        return "there is no Go"
    for path in files:
        shutil.copy(path, made)
    done = subprocess.run(
        [go, *command, "-mod=mod", "-o", "run", "."], cwd=made, capture_output=True, text=True
    )
    if done.returncode:
        return f"it cannot be built: {done.stderr[-300:]}"
    made_of.write_text(state)
    return None
