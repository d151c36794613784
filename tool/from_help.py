#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes the manual pages from the parsers of the command.

With mqttwire installed: `tool/from_help.py`.  tests/test_from_help.py tells when to.
"""

from __future__ import annotations

import argparse
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

from mqttwire_tool.commands import parser as make_parser
from mqttwire_tool.completion import subparsers

Parser = argparse.ArgumentParser

HERE = Path(__file__).resolve().parent
MANUAL = HERE / "manual"

# ---- Manual -------------------------------------------------------------------------------------


def roff(text: str) -> str:
    """Text in which nothing is a request, and characters are those that are typed."""
    for character, escaped in (
        ("\\", "\\e"),
        ("-", "\\-"),
        ("`", "\\(ga"),
        ("'", "\\(aq"),
        ("^", "\\(ha"),
        ("~", "\\(ti"),
    ):
        text = text.replace(character, escaped)
    return re.sub(r"(?m)^\.", r"\\&.", text)


def filled(text: str) -> str:
    """A paragraph."""
    lines = textwrap.wrap(roff(text), 78, break_long_words=False, break_on_hyphens=False)
    return re.sub(r"(?m)^\.", r"\\&.", "\n".join(lines))


def section(title: str) -> str:
    return f'.SH "{roff(title if "--" in title else title.upper())}"'


def taken(action: argparse.Action) -> str:
    """What an argument takes: its placeholder, or the choice that there is."""
    if action.nargs == 0:
        return ""
    if isinstance(action.metavar, str):
        name = action.metavar
    elif action.choices is not None:
        name = "|".join(map(str, action.choices))
    else:
        name = action.dest.upper()
    return f"[{name}]" if action.nargs == "?" and action.option_strings else name


def heading(action: argparse.Action) -> str:
    """An argument, as it is typed."""
    name = taken(action)
    if not action.option_strings:
        return f"\\fI{roff(name)}\\fR"
    shown = ", ".join(f"\\fB{roff(option)}\\fR" for option in action.option_strings)
    return f"{shown} \\fI{roff(name)}\\fR" if name else shown


def synopsis(parser: Parser) -> str:
    parts = [f"\\fB{roff(parser.prog)}\\fR"]
    options = [action for action in parser._actions if action.option_strings]
    parts += [heading(action) for action in options if action.required]
    parts.append(f"[\\fI{roff('OPTION')}\\fR ...]")
    for action in parser._actions:
        if not action.option_strings:
            name = heading(action)
            if action.nargs in ("*", "..."):
                name = f"[{name} ...]"
            elif action.nargs == "?":
                name = f"[{name}]"
            elif action.nargs in ("+", argparse.PARSER):
                name += " ..."
            parts.append(name)
    return " ".join(parts)


def arguments(parser: Parser, level: str = ".SH") -> Iterator[str]:
    """All that a parser takes, by its groups."""
    formatter = parser._get_formatter()
    for group in parser._action_groups:
        actions = [a for a in group._group_actions if a.help is not argparse.SUPPRESS]
        if not actions:
            continue
        title = {"optional arguments": "options", "positional arguments": "arguments"}.get(
            group.title or "", group.title or ""
        )
        yield f'{level} "{roff(title.upper() if level == ".SH" else title)}"'
        if group.description:
            yield filled(group.description)
        for action in actions:
            if isinstance(action, argparse._SubParsersAction):
                for name, short, _ in subparsers(parser):
                    yield ".TP"
                    yield f"\\fB{roff(name)}\\fR"
                    yield filled(short)
                continue
            yield ".TP"
            yield heading(action)
            yield filled(formatter._expand_help(action) if action.help else "")


def below(epilog: str) -> Iterator[str]:
    """Examples and what else stands at the end of help: a line with a colon begins a section."""
    parted = re.sub(r"\n(?=\S[^\n]*:\n )", "\n\n", epilog.strip("\n"))
    exits = ""
    for part in re.split(r"\n\s*\n", parted):
        title, _, lines = part.partition("\n")
        if title.endswith(":") and lines:
            yield section(title[:-1])
            yield ".EX"
            yield roff(textwrap.dedent(lines))
            yield ".EE"
            continue
        text, _, codes = part.partition("exit code: ")
        exits += codes
        if text.strip():
            yield ".PP"
            yield filled(text)
    if exits:
        yield section("exit status")
        yield filled(exits)


def page(name: str, short: str, parser: Parser, others: list[str]) -> str:
    """A manual page: of a command with all of its own commands."""
    rows = [
        '.\\" SPDX-License-Identifier: MIT',
        '.\\" Made by tool/from_help.py of what --help says.',
        f'.TH "{name.upper()}" "1" "" "mqttwire" "mqttwire"',
        ".SH NAME",
        f"{roff(name)} \\- {filled(short)}",
        ".SH SYNOPSIS",
        synopsis(parser),
        ".SH DESCRIPTION",
        filled(parser.description or ""),
        *arguments(parser),
    ]
    if name != "mqttwire":  # whose commands have pages of their own
        for _, _, command in subparsers(parser):
            rows += [section(command.prog), synopsis(command)]
            if command.description:
                rows += [".PP", filled(command.description)]
            rows += arguments(command, ".SS")
            rows += below(command.epilog or "")
    rows += below(parser.epilog or "")
    rows += [".SH SEE ALSO", ", ".join(f"\\fB{roff(one)}\\fR(1)" for one in others)]
    return "\n".join(rows) + "\n"


def pages() -> dict[Path, str]:
    """The manual: a page for the whole, and one for each command."""
    parser = make_parser()
    commands = subparsers(parser)
    names = ["mqttwire", *(f"mqttwire-{name}" for name, _, _ in commands)]
    short = "inspects MQTT: packets, captures, and what is wrong with them"
    made = {"mqttwire": page("mqttwire", short, parser, names[1:])}
    for name, about, command in commands:
        full = f"mqttwire-{name}"
        made[full] = page(full, about, command, [one for one in names if one != full])
    return {MANUAL / f"{name}.1": text for name, text in made.items()}


def main() -> int:
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(HERE.parent))
    return 0


if __name__ == "__main__":
    sys.exit(main())
