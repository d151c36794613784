# SPDX-License-Identifier: MIT
"""What mqttwire-broker and mqttwire-passwd print for shells to complete their command lines."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from broker import PROGRAM, ROOT, WAIT, needs_broker

pytestmark = needs_broker

NAMES = ["mqttwire-broker", "mqttwire-passwd"]
CASES: list[tuple[str, list[str], list[str]]] = [
    ("mqttwire-broker", ["--ver"], ["--verbose", "--version"]),
    ("mqttwire-broker", ["-c", "pyproj"], ["pyproject.toml"]),
    ("mqttwire-broker", ["--da"], []),  # it is not there
    ("mqttwire-passwd", ["--completion", "b"], ["bash"]),
    ("mqttwire-passwd", ["-f", "pyproj"], ["pyproject.toml"]),
]


def printed(name: str, shell: str) -> subprocess.CompletedProcess[str]:
    words = [str(PROGRAM.with_name(name)), "--completion", shell]
    return subprocess.run(words, capture_output=True, text=True, timeout=WAIT)


def said(*command: str) -> list[str]:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=WAIT)
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(("name", "typed", "offered"), CASES)
def test_bash(tmp_path: Path, name: str, typed: list[str], offered: list[str]) -> None:
    script = f"""
        compopt() {{ :; }}
        source "$0"
        COMP_WORDS=({name} "$@"); COMP_CWORD=$#
        _{name}
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    path = tmp_path / "script"
    path.write_text(printed(name, "bash").stdout)
    assert sorted(said("bash", "--norc", "-c", script, str(path), *typed)) == offered


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is missing")
@pytest.mark.parametrize(
    ("name", "typed", "offered"), [*CASES, ("mqttwire-passwd", ["pyproj"], ["pyproject.toml"])]
)
def test_fish(tmp_path: Path, name: str, typed: list[str], offered: list[str]) -> None:
    path = tmp_path / "script"
    path.write_text(printed(name, "fish").stdout)
    script = "source $argv[1]; complete -C $argv[2] | cut -f 1"
    line = " ".join([name, *typed])
    assert sorted(set(said("fish", "--no-config", "-c", script, str(path), line))) == offered


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is missing")
@pytest.mark.parametrize("name", NAMES)
def test_zsh(tmp_path: Path, name: str) -> None:
    """It is read without complaints, and registered."""
    path = tmp_path / "script"
    path.write_text(printed(name, "zsh").stdout)
    script = f"autoload -U compinit; compinit -u -D; source {path}; echo $_comps[{name}]"
    assert said("zsh", "-f", "-c", script) == [f"_{name}"]


@pytest.mark.parametrize("name", NAMES)
def test_unknown_shells(name: str) -> None:
    done = printed(name, "tcsh")
    assert done.returncode == 1
    assert done.stderr == f"{name}: --completion takes bash|zsh|fish\n"
