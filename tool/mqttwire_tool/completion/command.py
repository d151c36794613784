# SPDX-License-Identifier: MIT
"""mqttwire completion: prints what makes a shell complete the command line."""

from __future__ import annotations

import argparse
import sys
from importlib import resources

from ..outcome import Exit

SHELLS = ("bash", "zsh", "fish")

DESCRIPTION = """\
Prints a script that makes a shell complete commands, options, their values, and file names. An
installed package has it where shells look: share/bash-completion/completions,
share/zsh/site-functions and share/fish/vendor_completions.d. In a virtual environment, and where
they do not look, this command hands it over.
"""

EXAMPLES = """\
examples:
  source <(mqttwire completion bash)    in ~/.bashrc
  mqttwire completion zsh > ~/.zfunc/_mqttwire    where ~/.zfunc is in fpath
  mqttwire completion fish > ~/.config/fish/completions/mqttwire.fish
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "completion",
        help="makes a shell complete the command line",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("shell", choices=SHELLS, help="the shell")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> Exit:
    file = resources.files(__package__).joinpath(f"mqttwire.{arguments.shell}")
    sys.stdout.write(file.read_text(encoding="utf-8"))
    return Exit.FINE
