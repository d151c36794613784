# SPDX-License-Identifier: MIT
"""The manual pages are as --help is now; and shells complete the command line."""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import pty
import re
import select
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from types import ModuleType

import pytest
from command import WAIT, called
from mqttwire_tool.commands import parser
from mqttwire_tool.completion import SHELLS

ROOT = Path(__file__).resolve().parent.parent
TOOL = ROOT / "tool"
MANUAL = sorted((TOOL / "manual").iterdir())
STALE = "run tool/from_help.py"


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("from_help", TOOL / "from_help.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


from_help = load()


# ---- They are fresh -----------------------------------------------------------------------------


def test_pages_are_fresh() -> None:
    pages = from_help.pages()
    assert sorted(pages) == MANUAL, STALE
    for path, text in pages.items():
        assert path.read_text(encoding="utf-8") == text, STALE


def test_pages_are_installed() -> None:
    meson = (TOOL / "meson.build").read_text(encoding="utf-8")
    assert sorted(re.findall(r"'manual/([^']+)'", meson)) == [path.name for path in MANUAL]


@pytest.mark.skipif(
    not all(map(shutil.which, ("meson", "ninja", "swig"))), reason="needs Meson, ninja and SWIG"
)
@pytest.mark.parametrize(("wheel", "share"), [("true", "share/share"), ("false", "share")])
def test_places(tmp_path: Path, wheel: str, share: str) -> None:
    """Where they are installed.  A wheel's folder of data is the prefix: share/ is made in it."""
    options = ["-Dpython=enabled", "-Dtests=disabled", "-Dcapture=disabled", "-Dpage=disabled"]
    setup = [
        "meson",
        "setup",
        *options,
        f"-Dwheel={wheel}",
        "--prefix=/usr",
        str(tmp_path),
        str(ROOT),
    ]
    subprocess.run(setup, check=True, capture_output=True, timeout=WAIT)
    told = subprocess.run(
        ["meson", "introspect", "--installed", str(tmp_path)], check=True, capture_output=True
    )
    places = json.loads(told.stdout).values()
    assert f"/usr/{share}/man/man1/mqttwire-inspect.1" in places


# ---- The manual ---------------------------------------------------------------------------------


def commands(made: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """It and all below it."""
    yield made
    for _, _, command in from_help.subparsers(made):
        yield from commands(command)


def shown(path: Path) -> str:
    done = subprocess.run(
        ["groff", "-ww", "-man", "-Tascii", "-P-cbou", "-rLL=100n", str(path)],
        capture_output=True,
        text=True,
        timeout=WAIT,
    )
    assert done.stderr == ""
    return done.stdout


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is missing")
@pytest.mark.parametrize("path", MANUAL, ids=lambda path: str(path.stem))
def test_page(path: Path) -> None:
    """It has no warnings, and each option and its help as they are typed."""
    assert path.read_text(encoding="utf-8").isascii()
    text = re.sub(r"(?<=\w)-\n\s+", "", shown(path))  # hyphenation
    words = " ".join(text.split())
    made = parser()
    if path.stem != "mqttwire":
        made = {name: one for name, _, one in from_help.subparsers(made)}[
            path.stem.partition("-")[2]
        ]
        assert f"{made.prog} " in words
    parsers = list(commands(made)) if path.stem != "mqttwire" else [made]
    for one in parsers:
        for action in one._actions:
            for option in action.option_strings:
                assert re.search(rf"(^|\s){re.escape(option)}([\s,]|$)", text, re.M), option
            if action.help:
                wanted = one._get_formatter()._expand_help(action)
                assert squeezed(wanted) in squeezed(words), wanted
        for line in (one.epilog or "").splitlines():
            assert squeezed(line.partition("exit code: ")[2] or line.rstrip(":")) in squeezed(words)


def squeezed(text: str) -> str:
    """Without blanks, hyphens and case, which breaking of lines and titles change."""
    return re.sub(r"[\s-]+", "", text).lower()


# ---- Completion ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What the command prints for each shell, in a file."""
    pytest.importorskip("shtab")
    made = {}
    for shell in SHELLS:
        done = called("completion", shell)
        assert done.code == 0
        made[shell] = tmp_path_factory.mktemp(shell) / "_mqttwire"
        made[shell].write_text(done.text, encoding="utf-8")
    return made


# What is typed, and what it may become.
CASES = [
    (["insp"], ["inspect"]),
    (["inspect", "--pay"], ["--payload", "--payload-full", "--payload-text"]),
    (["inspect", "--payload", "s"], ["sparkplug"]),
    (["inspect", "--type", "pubr"], ["pubrec", "pubrel"]),
    (["proxy", "--allow", "mis"], ["misplaced_properties", "missing_method"]),
    (["inspect", "--keylog", "pyproj"], ["pyproject.toml"]),
    (["inspect", "READ"], ["README.md"]),
    (["inspect", "--payload", "json", "READ"], ["README.md"]),
    (["inspect", "tests/captures/mosq"], ["tests/captures/mosquitto.pcapng"]),
    (["vectors", "ru"], ["run"]),
    (["vectors", "run", "--rep"], ["--report"]),
    (["completion", "f"], ["fish"]),
]


def run(*command: str) -> list[str]:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=WAIT)
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.parametrize(("typed", "offered"), CASES)
def test_bash(scripts: dict[str, Path], typed: list[str], offered: list[str]) -> None:
    """In a bash without anything else; where the function is registered is asked of it."""
    script = """
        source "$1"; shift
        function=$(complete -p mqttwire | sed 's/.*-F \\([^ ]*\\).*/\\1/')
        COMP_WORDS=(mqttwire "$@")
        COMP_CWORD=$#
        "$function" mqttwire "${@: -1}" "${@: -2:1}"
        printf '%s\\n' "${COMPREPLY[@]}"
    """
    bash = ("bash", "--norc", "-c", script, "bash", str(scripts["bash"]))
    assert sorted(set(run(*bash, *typed))) == offered


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is missing")
@pytest.mark.parametrize(("typed", "offered"), CASES)
def test_fish(scripts: dict[str, Path], typed: list[str], offered: list[str]) -> None:
    script = "source $argv[1]; complete -C $argv[2]"
    fish = ("fish", "--no-config", "-c", script, str(scripts["fish"]))
    lines = run(*fish, " ".join(["mqttwire", *typed]))
    assert sorted({line.partition("\t")[0] for line in lines}) == offered


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is missing")
def test_zsh(scripts: dict[str, Path], tmp_path: Path) -> None:
    """On a terminal of its own, as completion is of zsh's line editor."""
    (tmp_path / "_mqttwire").symlink_to(scripts["zsh"])
    setup = (
        f"fpath=({tmp_path} $fpath); autoload -U compinit; compinit -u -D; PROMPT='ready''> ';"
        " unsetopt beep; setopt no_list_ambiguous\n"
    )
    child, there = pty.fork()
    if child == 0:
        os.chdir(ROOT)
        env = {"PATH": os.environ["PATH"], "TERM": "dumb", "HOME": str(tmp_path)}
        os.execvpe("zsh", ["zsh", "-f", "-i"], env)
    try:
        os.write(there, setup.encode())
        expect(there, "ready> ")
        for typed, offered in CASES:
            os.write(there, (" ".join(["mqttwire", *typed]) + "\t\t").encode())
            expect(there, *offered)
            os.write(there, b"\x15\n")  # Ctrl-U
            expect(there, "ready> ")
    finally:
        os.close(there)
        os.waitpid(child, 0)


def expect(terminal: int, *texts: str) -> None:
    """Reads what is shown until these are."""
    end = monotonic() + WAIT
    seen = ""
    while not all(text in seen for text in texts):
        ready, _, _ = select.select([terminal], [], [], max(0.0, end - monotonic()))
        assert ready, f"{texts} are not shown: {seen!r}"
        seen += os.read(terminal, 65536).decode(errors="replace")


def test_command() -> None:
    assert called("completion", "tcsh").code == 2
