# SPDX-License-Identifier: MIT
"""mqttwire completion: prints what makes a shell complete the command line."""

from __future__ import annotations

import argparse
import sys

import mqttwire as mq

from .arguments import names_of
from .outcome import Exit, UsageError

SHELLS = ("bash", "zsh", "fish")

# What options take that are no choices of argparse, as several may be joined there.
VALUES = {
    "--allow": names_of(mq.Allow),
    "--refuse": names_of(mq.Refuse),
    "--type": [kind.name.lower() for kind in mq.Type],
}

DESCRIPTION = """\
Prints a script that makes a shell complete commands, options, their values, and file names. Where
a shell looks for such scripts depends on it: the examples name places that most have.
"""

EXAMPLES = """\
examples:
  mqttwire completion bash > ~/.local/share/bash-completion/completions/mqttwire
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


def subparsers(
    parser: argparse.ArgumentParser,
) -> list[tuple[str, str, argparse.ArgumentParser]]:
    """The commands of a parser: names, what help says of them, and their parsers."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            short = {choice.dest: choice.help or "" for choice in action._choices_actions}
            return [(name, short[name], made) for name, made in action.choices.items()]
    return []


def prepare(parser: argparse.ArgumentParser) -> None:
    """Tells shtab which arguments are files, and what others take."""
    import shtab

    for action in parser._actions:
        if action.metavar == "FILE":
            action.complete = shtab.FILE  # type: ignore[attr-defined]
        elif action.metavar == "DIRECTORY":
            action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
        for option in action.option_strings:
            if option in VALUES:
                action.choices = VALUES[option]
    for _, short, command in subparsers(parser):
        command.description = short
        prepare(command)


def script(shell: str) -> str:
    """What the shell is to read."""
    try:
        import shtab
    except ModuleNotFoundError:
        raise UsageError("there is no shtab: pip install 'mqttwire[tool]'") from None
    from .commands import parser

    made = parser()
    prepare(made)
    text: str = shtab.complete(made, shell)
    return text


def run(arguments: argparse.Namespace) -> Exit:
    sys.stdout.write(script(arguments.shell))
    return Exit.FINE
