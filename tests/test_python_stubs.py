# SPDX-License-Identifier: MIT
"""What type checkers read of the package is what it has when it runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mypy", reason="stubs are compared by mypy")

PACKAGE = Path(__file__).parent.parent / "bindings" / "python" / "mqttwire"

# Patterns of names that may differ.
ALLOWED = r"""
mqttwire\._mqttwire\.MQW_\w+ # only those that the layer above uses are in the stub
mqttwire\.arrow\.pa # for type checkers alone
mqttwire\.packets\.Sender # "not a Union": so mypy takes a Literal of two
mqttwire\.rules\._info # functools.cache
mqttwire\.tables\.Properties\.(?!_)\w+ # descriptors: bindings/derive.py types them
"""


def differences(folder: Path, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    allowed = tmp_path / "allowed"
    allowed.write_text(ALLOWED)
    settings = tmp_path / "mypy.ini"
    settings.write_text("[mypy]\nignore_missing_imports = True\n")  # pyarrow has no types
    options = ["--concise", "--ignore-unused-allowlist", f"--allowlist={allowed}"]
    options += [f"--mypy-config-file={settings}"]
    return subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", *options, "mqttwire"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": str(folder)},
    )


def test_stubs_are_the_module(tmp_path: Path) -> None:
    done = differences(PACKAGE.parent, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_another_stub_is_told(tmp_path: Path) -> None:
    """The comparison itself can fail."""
    shutil.copytree(PACKAGE, tmp_path / "mqttwire")
    stub = tmp_path / "mqttwire" / "tables.pyi"
    stub.write_text(stub.read_text().replace("    QOS_3 = 73", "    QOS_4 = 73"))
    done = differences(tmp_path, tmp_path)
    assert done.returncode == 1
    assert "mqttwire.tables.Rule.QOS_3 is not present in stub" in done.stdout
