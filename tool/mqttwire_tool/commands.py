# SPDX-License-Identifier: MIT
"""The commands of mqttwire, and the exit codes of what goes wrong."""

from __future__ import annotations

import argparse
import io
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module

from .arguments import Parser
from .main import interruption_kills
from .outcome import Exit, NothingToRead, UsageError, say

# In the order of help, with what has them, which takes its time to load.
COMMANDS = {
    "decode": "decode",
    "encode": "encode",
    "explain": "explain",
    "inspect": "inspection",
    "proxy": "proxy.command",
    "vectors": "vectors.command",
    "fuzz": "fuzz.command",
    "completion": "completion",
}

DESCRIPTION = """\
Takes MQTT 3.1.1 and 5.0 apart: packets from hex, files, pipes and captures, what is in
them, and what is wrong with them, by rule and by byte. It has conformance vectors and a fuzzer.
"""

EXAMPLES = """\
examples:
  mqttwire inspect trace.pcapng                one line for each packet of a capture
  mqttwire inspect --json trace.pcap | jq      the same for programs
  mqttwire proxy --listen 1884 --to HOST:1883  what passes between clients and a server
  mqttwire explain -V 5 -x 30070003612f620078  every field, with its bytes
  mqttwire decode -V 5 -x 30070003612f620078   a packet as JSON
  mqttwire encode < packets.jsonl              and back
  mqttwire vectors run --adapter './mine'      does an implementation do what it should?
  mqttwire fuzz generate --rule 'topic_*'      packets that break a rule each

Each command has --help with more. exit code: 0 fine, 1 a rule is broken, 2 usage, 3 input ends
early, 4 a file failed.
"""


def parser(only: str | None = None) -> argparse.ArgumentParser:
    """only: the command that is wanted, where the others need not be there."""
    made: argparse.ArgumentParser = Parser(
        prog="mqttwire",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument(
        "--version", dest="tell_version", action="store_true", help="print the version and exit"
    )
    commands = made.add_subparsers(title="commands", metavar="COMMAND", dest="command")
    for module in [COMMANDS[only]] if only else COMMANDS.values():
        import_module(f".{module}", __package__).add_parser(commands)
    return made


def run(arguments: Sequence[str] | None) -> int:
    given = sys.argv[1:] if arguments is None else arguments
    first = given[0] if given else ""
    made = parser(first if first in COMMANDS else None)
    parsed = made.parse_args(given)
    if parsed.tell_version:
        from importlib.metadata import version  # which takes its time to load

        print(f"mqttwire {version('mqttwire')}")
        return Exit.FINE
    if parsed.command is None:
        made.print_help(sys.stderr)
        return Exit.USAGE
    interruption_kills(False)  # all is loaded
    code: int = parsed.run(parsed)
    sys.stdout.flush()
    return code


def run_command(arguments: Sequence[str] | None) -> int:
    """The command; the answer is its exit code."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # it was closed
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # text that the terminal's encoding has not
    try:
        return run(arguments)
    except UsageError as error:
        say(error)
        return Exit.USAGE
    except NothingToRead as error:
        say(error)
        return Exit.EARLY
    except BrokenPipeError:
        # Nobody reads any more; Python would complain of that once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except OSError as error:
        say(error)
        return Exit.FAILED
    except MemoryError:
        pass  # what was taken is free again only behind this
    say("out of memory: a packet or payload is larger than can be taken apart here")
    return Exit.FAILED
