# SPDX-License-Identifier: MIT
"""mqttwire fuzz: its commands and their arguments.

What they need is loaded when one of them runs: `mqttwire decode` is not to wait for it.
"""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Callable
from importlib import import_module

from ..arguments import version_of
from ..outcome import Exit

DESCRIPTION = """\
Fuzzing for MQTT 3.1.1 and 5.0: packets that are valid, and packets that break one rule each.
"""

EXAMPLES = """\
examples:
  mqttwire fuzz generate --seed 1 --count 5
  mqttwire fuzz generate --rule 'topic_*' -V 5 | head
  mqttwire fuzz generate --list-rules

Each has --help with more. exit code: 0 fine, 1 something was found, 2 usage, 4 a file or the
network failed.
"""

GENERATE = """\
Prints packets without end, or --count of them: valid ones, or with --rule such as break exactly one
rule and are fine but for it. The same seed makes the same packets, everywhere.
"""

GENERATE_EXAMPLES = """\
examples:
  mqttwire fuzz generate --count 3                        valid ones, as lines of hex
  mqttwire fuzz generate --rule 'utf8*,*_utf8' -V 3.1.1 | head
  mqttwire fuzz generate --rule '*' --format json --count 100
  mqttwire fuzz generate --sender client --format raw --count 9 | nc localhost 1883
  mqttwire fuzz generate --format pcap --count 50 > packets.pcap
"""


def _later(name: str) -> Callable[[argparse.Namespace], Exit]:
    def run(arguments: argparse.Namespace) -> Exit:
        made: Exit = import_module(f".{name}", __package__).run(arguments)
        return made

    return run


def number(least: int, most: int) -> Callable[[str], int]:
    """An argument that is a number in a range."""

    def read(text: str) -> int:
        try:
            value = int(text, 0)
        except ValueError:
            value = least - 1
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is no number from {least} to {most}")
        return value

    return read


def add_seed(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--seed", type=number(0, 2**32 - 1), default=1, metavar="N", help="1 unless told"
    )


def _generate(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_command(commands, "generate", "packets, valid or not", GENERATE, GENERATE_EXAMPLES)
    add_seed(parser)
    parser.add_argument(
        "--count", type=number(0, 2**63), metavar="N", help="stop after so many packets"
    )
    parser.add_argument(
        "--rule",
        action="append",
        default=[],
        metavar="GLOB",
        help="packets that break a rule with this name: *, ?, [a-z]; several by commas",
    )
    parser.add_argument(
        "--list-rules", action="store_true", help="print the rules that packets can break, and stop"
    )
    parser.add_argument(
        "-V",
        "--mqtt-version",
        dest="version",
        type=version_of,
        metavar="VERSION",
        help="5 or 3.1.1; each packet's is drawn if missing",
    )
    parser.add_argument(
        "--sender",
        choices=["client", "server"],
        help="who sends them; each packet's is drawn if missing",
    )
    parser.add_argument(
        "--format",
        choices=["hex", "json", "raw", "pcap"],
        default="hex",
        help="hex: a line for each packet; json: likewise, with all that is known of it; raw: the"
        " bytes, one after the other; pcap: a connection for each packet",
    )


def add_command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    short: str,
    description: str,
    examples: str,
) -> argparse.ArgumentParser:
    """A command of `mqttwire fuzz`, which is run(arguments) of the module of its name."""
    parser = commands.add_parser(
        name,
        help=short,
        description=textwrap.fill(description, 78),
        epilog=examples,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=_later(name))
    return parser


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "fuzz",
        help="packets that break rules",
        description=textwrap.fill(DESCRIPTION, 78),
        epilog=EXAMPLES,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parts = parser.add_subparsers(
        title="commands", metavar="COMMAND", dest="fuzz_command", required=True
    )
    for add in (_generate,):
        add(parts)
