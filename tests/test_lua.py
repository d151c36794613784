# SPDX-License-Identifier: MIT
"""LuaRocks makes the Lua binding of a checkout, and of a release without SWIG.

What the binding does is tested in tests/lua/, by each Lua.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = """
local mqttwire = require "mqttwire"
local packet = assert(mqttwire.decode("\\48\\4\\0\\1a\\0", {version = 5}))
assert(mqttwire.encode(packet) == "\\48\\4\\0\\1a\\0")
print(packet.topic, mqttwire.types.PUBLISH)
"""
NEEDED = ["bindings", "codec", "include"]

pytestmark = pytest.mark.skipif(not shutil.which("luarocks"), reason="no LuaRocks")


def version() -> str:
    found = re.search(r"version: '([^']+)'", (ROOT / "meson.build").read_text())
    assert found
    return found[1]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The part of the repository that the binding is made of."""
    folder = tmp_path / "checkout"
    for name in [*NEEDED, "mqttwire-scm-1.rockspec"]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)
    return folder


def make(checkout: Path, lua: str, rockspec: str, path: str) -> str:
    """Installs into a tree, and answers what a program prints that is given that alone."""
    tree = checkout.parent / f"tree-{lua}"
    environment = {**os.environ, "HOME": str(checkout.parent), "PATH": path}
    command = ["luarocks", f"--lua-version={lua}", f"--tree={tree}", "make", rockspec]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    search = {
        "LUA_PATH": f"{tree}/share/lua/{lua}/?.lua",
        "LUA_CPATH": f"{tree}/lib/lua/{lua}/?.so",
    }
    run = subprocess.run(
        [f"lua{lua}", "-"],
        input=PROGRAM,
        cwd=checkout.parent,
        capture_output=True,
        text=True,
        env={**os.environ, **search},
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.mark.parametrize("lua", ["5.1", "5.4"])
def test_a_checkout(checkout: Path, lua: str) -> None:
    assert make(checkout, lua, "mqttwire-scm-1.rockspec", os.environ["PATH"]) == "a\t3\n"


def test_a_release_needs_no_swig(checkout: Path) -> None:
    subprocess.run(
        [ROOT / "bindings" / "wrap", version()],
        check=True,
        env={
            **os.environ,
            "MESON_PROJECT_DIST_ROOT": str(checkout),
            "MESON_BUILD_ROOT": str(checkout.parent),
        },
    )
    rockspec = f"mqttwire-{version()}-1.rockspec"
    assert f'version = "{version()}-1"' in (checkout / rockspec).read_text()
    without = checkout.parent / "bin"
    without.mkdir()
    (without / "swig").write_text("#!/bin/sh\nexit 1\n")
    (without / "swig").chmod(0o755)
    assert make(checkout, "5.4", rockspec, f"{without}:{os.environ['PATH']}") == "a\t3\n"
