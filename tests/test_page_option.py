# SPDX-License-Identifier: MIT
"""The option `page`: without clang and lld everything else is there."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from test_capture_option import ROOT, targets

OPTIONS = ["-Dpython=enabled", "-Dtests=disabled", "-Dcapture=disabled", "--buildtype=plain"]


def setup(folder: Path, page: str, path: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["meson", "setup", folder, ROOT, *OPTIONS, f"-Dpage={page}"],
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": path},
    )


@pytest.fixture
def without_lld(tmp_path: Path) -> str:
    """A PATH with everything but that."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for folder in os.environ["PATH"].split(":"):
        if not Path(folder).is_dir():
            continue
        for program in Path(folder).iterdir():
            if not program.name.startswith(("wasm-ld", "lld")):
                with_name = programs / program.name
                if not with_name.is_symlink():
                    with_name.symlink_to(program)
    return str(programs)


@pytest.mark.skipif(not shutil.which("wasm-ld"), reason="there is no lld")
def test_there_is_a_page(tmp_path: Path) -> None:
    assert setup(tmp_path / "auto", "auto", os.environ["PATH"]).returncode == 0
    assert {"codec.wasm", "page.html"} <= targets(tmp_path / "auto")
    assert setup(tmp_path / "disabled", "disabled", os.environ["PATH"]).returncode == 0
    assert not {"codec.wasm", "page.html"} & targets(tmp_path / "disabled")


def test_without_lld(tmp_path: Path, without_lld: str) -> None:
    assert setup(tmp_path / "auto", "auto", without_lld).returncode == 0
    built = targets(tmp_path / "auto")
    assert "page.html" not in built and any(name.startswith("_mqttwire") for name in built)
    done = setup(tmp_path / "enabled", "enabled", without_lld)
    assert done.returncode != 0
    assert "wasm-ld" in done.stdout
