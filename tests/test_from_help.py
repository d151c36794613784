# SPDX-License-Identifier: MIT
"""The manual pages and the completion of shells: they are as --help is now, and they work."""

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
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import monotonic
from types import ModuleType

import pytest
from command import WAIT, called
from mqttwire_tool.main import parser

ROOT = Path(__file__).resolve().parent.parent
TOOL = ROOT / "tool"
SCRIPTS = TOOL / "mqttwire_tool" / "completion"
MANUAL = sorted((TOOL / "manual").iterdir())
STALE = "run tool/from_help.py"


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("from_help", TOOL / "from_help.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


from_help = load()


def pinned() -> str:
    """The version of shtab that made the scripts."""
    found = re.search(r'"shtab==([\d.]+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert found
    return found[1]


def has_shtab() -> bool:
    try:
        return version("shtab") == pinned()
    except PackageNotFoundError:
        return False


# ---- They are fresh -----------------------------------------------------------------------------


def test_pages_are_fresh() -> None:
    pages = from_help.pages()
    assert sorted(pages) == MANUAL, STALE
    for path, text in pages.items():
        assert path.read_text(encoding="utf-8") == text, STALE


@pytest.mark.skipif(not has_shtab(), reason="needs the shtab of pyproject.toml")
def test_scripts_are_fresh() -> None:
    for path, text in from_help.completions().items():
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
    for name in (
        "man/man1/mqttwire-inspect.1",
        "bash-completion/completions/mqttwire",
        "zsh/site-functions/_mqttwire",
        "fish/vendor_completions.d/mqttwire.fish",
    ):
        assert f"/usr/{share}/{name}" in places


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

# What is typed, and what it may become.
CASES = [
    (["insp"], ["inspect"]),
    (["inspect", "--pay"], ["--payload", "--payload-full"]),
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
def test_bash(typed: list[str], offered: list[str]) -> None:
    """In a bash without anything else; where the function is registered is asked of it."""
    script = """
        source "$1"; shift
        function=$(complete -p mqttwire | sed 's/.*-F \\([^ ]*\\).*/\\1/')
        COMP_WORDS=(mqttwire "$@")
        COMP_CWORD=$#
        "$function" mqttwire "${@: -1}" "${@: -2:1}"
        printf '%s\\n' "${COMPREPLY[@]}"
    """
    bash = ("bash", "--norc", "-c", script, "bash", str(SCRIPTS / "mqttwire.bash"))
    assert sorted(set(run(*bash, *typed))) == offered


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is missing")
@pytest.mark.parametrize(("typed", "offered"), CASES)
def test_fish(typed: list[str], offered: list[str]) -> None:
    script = "source $argv[1]; complete -C $argv[2]"
    fish = ("fish", "--no-config", "-c", script, str(SCRIPTS / "mqttwire.fish"))
    lines = run(*fish, " ".join(["mqttwire", *typed]))
    assert sorted({line.partition("\t")[0] for line in lines}) == offered


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is missing")
def test_zsh(tmp_path: Path) -> None:
    """On a terminal of its own, as completion is of zsh's line editor."""
    (tmp_path / "_mqttwire").symlink_to(SCRIPTS / "mqttwire.zsh")
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
    for shell in ("bash", "zsh", "fish"):
        done = called("completion", shell)
        assert done.code == 0
        assert done.text == (SCRIPTS / f"mqttwire.{shell}").read_text(encoding="utf-8")
    assert called("completion", "tcsh").code == 2
