# SPDX-License-Identifier: MIT
"""mqttwire vectors: its commands and their arguments.

What they need is loaded when one of them runs: `mqttwire decode` is not to wait for it.
"""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Callable
from importlib import import_module

from ..arguments import size_of
from ..outcome import Exit
from .filters import add_filters, add_source

DESCRIPTION = """\
Conformance vectors for MQTT 3.1.1 and 5.0: cases that any implementation can run, keyed to the
statements of the specifications. They come with this command.
"""

EXAMPLES = """\
examples:
  mqttwire vectors list --version 5 --rule 'topic_*'
  mqttwire vectors show v5-pings-0002
  mqttwire vectors run --adapter 'node adapter.js'
  mqttwire vectors run --adapter ./adapter --report junit --output report.xml
  mqttwire vectors export --format c --output vectors.h
  mqttwire vectors coverage --format html --output coverage.html
  mqttwire vectors broker 127.0.0.1:1883

Each has --help with more. exit code: 0 fine, 1 a vector failed, 2 usage, 4 a file or the network
failed.
"""

ADAPTER = """\
An adapter is any program that reads a JSON object from each line of standard input and answers it
by one on a line:

  {"id": "v5-pings-0001", "kind": "packets", "version": 5, "sender": "client", "wire": "c0 00"}
  {"id": "v5-pings-0001", "result": "accept", "packet": {"type": "PINGREQ", "version": 5}}

result is accept, reject, more or skip, and is all that is wanted beside the id: a packet that is
told is compared, an error is only reported. A canonical packet is asked for its bytes, too. Ten
seconds of silence, or its death, is a crash; it is started again and goes on with the next vector.
docs/vectors.md has the other kinds.
"""

BROKER = """\
Sends the vectors of packets from clients to a live broker, each in a connection of its own and,
unless it is a CONNECT, after a valid CONNECT. What is accepted is followed by CONNACK or by a
PINGRESP that still comes, what is rejected by another CONNACK, DISCONNECT or the end; whether a
DISCONNECT was taken is told by the will of its connection. A verdict `unclear` is of what may be
refused for other reasons than its form. Use a broker that is there for it: retained messages and
sessions stay behind.
"""


def _later(name: str) -> Callable[[argparse.Namespace], Exit]:
    def run(arguments: argparse.Namespace) -> Exit:
        made: Exit = import_module(f".{name}", __package__).run(arguments)
        return made

    return run


def _number(least: float, kind: Callable[[str], float]) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            number = kind(text)
        except ValueError:
            number = least - 1
        if not least <= number <= 3600:
            raise argparse.ArgumentTypeError(f"{text!r} is no number from {least:g} to 3600")
        return number

    return read


def _list(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = _add(commands, "list", "a line for each vector")
    add_filters(parser)
    parser.add_argument("--json", action="store_true", help="the vectors, one JSON object a line")


def _show(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = _add(commands, "show", "all of one vector")
    parser.add_argument("ids", nargs="+", metavar="ID")
    add_source(parser)
    parser.add_argument("--json", action="store_true", help="as it stands in its file")


def _check(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = _add(commands, "check", "files against their schema; needs jsonschema")
    parser.add_argument(
        "files", nargs="*", metavar="FILE", help="files or folders; those of the command if missing"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line for each fault")


def _run(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = _add(commands, "run", "ask an implementation, through an adapter", ADAPTER)
    parser.add_argument(
        "--adapter",
        required=True,
        metavar="COMMAND",
        help="the program, with its arguments as in a shell",
    )
    parser.add_argument(
        "--timeout",
        type=_number(0.1, float),
        default=10.0,
        metavar="SECONDS",
        help="how long an answer may take; 10 unless told",
    )
    parser.add_argument("--report", choices=["html", "junit", "json", "tap"])
    parser.add_argument(
        "--output",
        metavar="FILE",
        help="where the report is written; - or missing: it is printed in place of the summary",
    )
    _add_size(parser, "no limit")
    add_filters(parser)


def _export(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = _add(commands, "export", "C, Lua, raw bytes, a capture, lines of hex")
    parser.add_argument("--format", required=True, choices=["c", "lua", "corpus", "pcap", "flat"])
    parser.add_argument(
        "--output",
        required=True,
        metavar="PATH",
        help="the file, - for standard output, or with `corpus` an empty folder",
    )
    _add_size(parser, "1048576 for `corpus` and `pcap`")
    add_filters(parser)


def _add_size(parser: argparse.ArgumentParser, usual: str) -> None:
    parser.add_argument(
        "--max-size",
        type=size_of,
        metavar="BYTES",
        help=f"leave out what has more bytes; {usual} unless told",
    )


def _coverage(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = _add(commands, "coverage", "vectors by statement, and statements without")
    parser.add_argument("--format", choices=["text", "html"], default="text")
    parser.add_argument("--output", metavar="FILE", help="standard output if missing")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    add_filters(parser)


def _broker(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = _add(commands, "broker", "send them to a live broker", BROKER)
    parser.add_argument("address", metavar="HOST:PORT", help="port 1883 unless told")
    parser.add_argument(
        "--allow-remote", action="store_true", help="contact others than this machine"
    )
    parser.add_argument(
        "--jobs", type=_number(1, int), default=8, metavar="N", help="connections at a time: 8"
    )
    for name, seconds, what in (
        ("--timeout", 5.0, "how long an answer may take"),
        ("--quiet", 0.2, "how long it has to wait for the rest of a packet"),
    ):
        parser.add_argument(
            name,
            type=_number(0.01, float),
            default=seconds,
            metavar="SECONDS",
            help=f"{what}: {seconds:g}",
        )
    _add_size(parser, "1048576")
    parser.add_argument(
        "--json", action="store_true", help="one JSON object a line: a baseline for --baseline"
    )
    parser.add_argument(
        "--baseline", metavar="FILE", help="fail where the result differs from this one, only"
    )
    add_filters(parser)


def _add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    short: str,
    description: str = "",
) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        name,
        help=short,
        description=description or short,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    module = {"list": "listing"}.get(name, name)
    parser.set_defaults(run=_later(module))
    return parser


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "vectors",
        help="conformance vectors",
        description=textwrap.fill(DESCRIPTION, 78),
        epilog=EXAMPLES,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parts = parser.add_subparsers(
        title="commands", metavar="COMMAND", dest="vectors_command", required=True
    )
    for add in (_list, _show, _check, _run, _export, _coverage, _broker):
        add(parts)
