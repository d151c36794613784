# SPDX-License-Identifier: MIT
"""mqttwire fuzz: its commands and their arguments.

What they need is loaded when one of them runs: `mqttwire decode` is not to wait for it.
"""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Callable
from importlib import import_module

from ..arguments import add_options, flag_names, version_of
from ..outcome import Exit

DESCRIPTION = """\
Fuzzing for MQTT 3.1.1 and 5.0: packets that are valid, packets that break one rule each, what other
parsers make of them, and sessions that are hostile to a live broker or client.
"""

EXAMPLES = """\
examples:
  mqttwire fuzz generate --seed 1 --count 5
  mqttwire fuzz generate --rule 'topic_*' -V 5 | head
  mqttwire fuzz generate --list-rules
  mqttwire fuzz diff --adapter build/adapters/netty/run --count 20000
  mqttwire fuzz target localhost:1883 --time 10m
  mqttwire fuzz replay mqttwire-fuzz/finding-1-... localhost:1883

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

DIFF = """\
Asks adapters, which are programs that answer for other parsers, what they make of packets: of valid
ones, of such as break one rule, and of mutated vectors. Where they differ from us, what differs is
put into groups, shrunk to few bytes, and told with the rule, its statements and who says what. The
same seed asks the same.
"""

DIFF_EXAMPLES = """\
examples:
  mqttwire fuzz diff --adapter build/adapters/netty/run
  mqttwire fuzz diff --adapter 'one=./one --quiet' --adapter two=./two --time 600
  mqttwire fuzz diff --adapter ./mine -V 5 --rule 'utf8*,*_utf8' --count 2000
  mqttwire fuzz diff --adapter ./mine --allow utf8 --refuse control_characters
  mqttwire fuzz diff --adapter ./mine --output found
  mqttwire fuzz diff --adapter ./mine --known found      tells what is new since

adapters: docs/vectors.md says what they read and write; vectors/adapters has some.
exit code: 0 nothing that is not known, 1 something, 2 usage, 4 a file or an adapter failed.
"""

VECTORS = """\
Prints what `fuzz diff` found, and was not known, as a file of vectors. They are proposals: each has
what we say, and in its comment the clause to hold it against before anybody keeps it.
"""

VECTORS_EXAMPLES = """\
examples:
  mqttwire fuzz vectors found > proposed.json
  mqttwire fuzz vectors found/found.jsonl --kind streams > proposed-streams.json
  mqttwire vectors check proposed.json
"""

TARGET = """\
Plays sessions to a live broker, drawn from a seed: several clients at once that connect, subscribe,
publish, acknowledge and come back, with mutated packets and bytes that come oddly. After each
session a good client asks for an answer. What makes the broker end, hang, refuse good clients, hold
too much memory or wake a sanitizer is reduced to the least that does it, and written as a directory
with the bytes, a program that sends them, a trace and the logs. Only this machine is a target
unless --allow-remote is given. Ctrl-C ends it.
"""

TARGET_EXAMPLES = """\
examples:
  mqttwire fuzz target localhost:1883 --time 60
  mqttwire fuzz target localhost:1884 --start 'mosquitto -p {port}' --time 1h
  mqttwire fuzz target localhost:1884 --start './broker -p {port}' --memory 200 --seed 7
  mqttwire fuzz target --rogue 1885 --start 'mosquitto_sub -p {port} -t a' --count 500

exit code: 0 nothing was found, 1 something was, 2 usage, 4 there is no target, or a file failed
"""

REPLAY = """\
Plays a session that `mqttwire fuzz target` saved, byte by byte, and says what happened: of a
finding's directory the least session, of another directory all that are in it, one after the other
until one does something, or one file.
"""

REPLAY_EXAMPLES = """\
examples:
  mqttwire fuzz replay mqttwire-fuzz/finding-1-crash-... localhost:1883
  mqttwire fuzz replay mqttwire-fuzz/sessions localhost:1884 --start './broker -p {port}'
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


def add_seed(parser: argparse._ActionsContainer) -> None:
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


def _diff(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    examples = f"{DIFF_EXAMPLES}\n{flag_names()}"
    parser = add_command(commands, "diff", "where parsers disagree", DIFF, examples)
    parser.add_argument(
        "--adapter",
        action="append",
        required=True,
        metavar="COMMAND",
        help="a program to ask, with its arguments in one string; NAME=COMMAND names it; several"
        " are asked the same",
    )
    parser.add_argument(
        "--timeout",
        type=_seconds,
        default=10.0,
        metavar="SECONDS",
        help="silence after which an adapter hangs, 10 unless told; it is started again",
    )
    group = parser.add_argument_group("what is asked")
    add_seed(group)
    group.add_argument(
        "--count", type=number(1, 2**63), metavar="N", help="packets and streams: 10000 unless told"
    )
    group.add_argument(
        "--time", type=_seconds, metavar="SECONDS", help="how long to ask; shrinking comes after"
    )
    group.add_argument(
        "--rule",
        action="append",
        default=[],
        metavar="GLOB",
        help="valid packets and such as break these rules alone, as of `generate`; nothing mutated",
    )
    group.add_argument(
        "--vectors",
        action="append",
        default=[],
        metavar="PATH",
        help="a folder or a file of vectors to mutate, instead of those that come with the command",
    )
    add_options(parser, "each packet's is drawn if missing", max_size=False)
    group = parser.add_argument_group("what is told")
    group.add_argument(
        "--known",
        action="append",
        default=[],
        metavar="PATH",
        help="known disagreements: lines as in vectors/interop-verdicts.tsv, or what an earlier run"
        " has found (--output, --json)",
    )
    group.add_argument(
        "--nothing-known",
        action="store_true",
        help="without the known ones that come with the command, for the adapters of vectors/",
    )
    group.add_argument("--all", action="store_true", help="show the known ones with their bytes")
    group.add_argument(
        "--keep",
        type=number(1, 1000),
        default=2,
        metavar="N",
        help="examples of a group, at most; 2 unless told",
    )
    group.add_argument("--json", action="store_true", help="a JSON object a line for each group")
    group.add_argument(
        "--output", metavar="DIR", help="write a report, all groups as JSON, and proposed vectors"
    )


def _vectors(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_command(
        commands, "vectors", "disagreements as vectors", VECTORS, VECTORS_EXAMPLES
    )
    parser.add_argument("found", metavar="FOUND", help="what diff --output or --json wrote")
    parser.add_argument(
        "--kind", choices=["packets", "streams"], default="packets", help="packets unless told"
    )
    parser.add_argument("--all", action="store_true", help="the known ones, too")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds")
    return seconds


def seconds(text: str) -> float:
    """An argument: 90, 0.5, 10m, 1h."""
    unit = {"s": 1, "m": 60, "h": 3600}.get(text[-1:], 0)
    try:
        value = float(text[:-1] if unit else text) * (unit or 1)
    except ValueError:
        value = 0
    if not 0 < value < 1e9:
        raise argparse.ArgumentTypeError(f"{text!r} is no time: 90, 0.5, 10m, 1h")
    return value


def _add_target(parser: argparse.ArgumentParser) -> None:
    """What is attacked, and what is wrong with it, for target_of()."""
    parser.add_argument(
        "--start",
        metavar="CMD",
        help="start the target by this command, and again when it ends; {port} in it is the port",
    )
    parser.add_argument(
        "--rogue",
        type=number(0, 65535),
        metavar="PORT",
        help="be a hostile broker on this port: the target is a client; 0: a free port",
    )
    parser.add_argument(
        "--allow-remote", action="store_true", help="let the target be another machine"
    )
    parser.add_argument(
        "--hang",
        type=seconds,
        default=5.0,
        metavar="SECONDS",
        help="so long a good client waits for an answer (5)",
    )
    parser.add_argument(
        "--memory",
        type=number(1, 2**30),
        metavar="MIB",
        help="with --start: more memory than this is a finding",
    )
    parser.add_argument(
        "--start-time",
        type=seconds,
        default=10.0,
        metavar="SECONDS",
        help="so long the target may take until it listens (10)",
    )
    parser.set_defaults(patience=0.05, connections=4, version=None)


def _target(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    short = "attack a live broker, or a client"
    parser = add_command(commands, "target", short, TARGET, TARGET_EXAMPLES)
    parser.add_argument("target", nargs="?", metavar="HOST:PORT", help="the broker")
    add_seed(parser)
    parser.add_argument(
        "--count", type=number(0, 2**63), metavar="N", help="stop after so many sessions"
    )
    parser.add_argument(
        "--time",
        type=seconds,
        metavar="SECONDS",
        help="stop after so long; also 10m, 1h; a finding that is being reduced then comes on top",
    )
    parser.add_argument(
        "--out",
        default="mqttwire-fuzz",
        metavar="DIR",
        help="where sessions and findings are written; no findings may be there (%(default)s)",
    )
    _add_target(parser)
    parser.add_argument(
        "-V",
        "--mqtt-version",
        dest="version",
        type=version_of,
        metavar="VERSION",
        help="5 or 3.1.1; each session's is drawn if missing",
    )
    parser.add_argument(
        "--connections",
        type=number(1, 64),
        default=4,
        metavar="N",
        help="clients of a session, at most (4)",
    )
    parser.add_argument(
        "--patience",
        type=seconds,
        default=0.05,
        metavar="SECONDS",
        help="so long a session waits for an answer before it goes on (0.05)",
    )
    parser.add_argument(
        "--every",
        type=number(1, 2**31),
        default=50,
        metavar="N",
        help="after so many sessions a good client subscribes, too, and publishes (50)",
    )
    parser.add_argument(
        "--keep",
        type=number(1, 10**6),
        default=200,
        metavar="N",
        help="save the last sessions (200)",
    )
    parser.add_argument(
        "--judge",
        action="store_true",
        help="tell at the end what rules the broker broke, and which it let us break and went on;"
        " these are notes, no findings",
    )
    parser.add_argument(
        "--tries",
        type=number(0, 10**6),
        default=400,
        metavar="N",
        help="play a session so often, at most, to reduce a finding; 0: leave it as it is (400)",
    )
    parser.add_argument(
        "--reduce-time",
        type=seconds,
        default=120.0,
        metavar="SECONDS",
        help="and no longer than this to reproduce and reduce it (120)",
    )


def _replay(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_command(commands, "replay", "play a session again", REPLAY, REPLAY_EXAMPLES)
    parser.add_argument("sessions", metavar="FILE", help="a session, or a directory")
    parser.add_argument("target", nargs="?", metavar="HOST:PORT", help="the broker")
    _add_target(parser)


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
    for add in (_generate, _diff, _vectors, _target, _replay):
        add(parts)
