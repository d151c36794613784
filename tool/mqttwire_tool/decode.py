# SPDX-License-Identifier: MIT
"""mqttwire decode: packets as JSON."""

from __future__ import annotations

import argparse
import json
import sys

import mqttwire as mq

from .arguments import add_command, add_options, options_of
from .forms import print_json
from .inputs import add_input, read_input
from .outcome import Exit, Outcome, say
from .stream import cut

DESCRIPTION = """\
Prints each packet of a stream of bytes as a JSON object on a line. Where a packet breaks a rule,
the object is {"error": ...}, and reading goes on behind it if its end is known. Passwords and
authentication data are shown.
"""

EXAMPLES = """\
mqttwire decode -V 5 -x 30 07 0003612f62 00 78
mqttwire decode recorded.bin | jq .topic
mqttwire decode -V 3.1.1 < recorded.bin | mqttwire encode -V 5
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_command(commands, "decode", "bytes to JSON", DESCRIPTION, EXAMPLES)
    add_input(parser, "bytes of packets, one after the other")
    parser.add_argument(
        "--pretty", action="store_true", help="indent the JSON, which `encode` wants on one line"
    )
    parser.add_argument(
        "--json", action="store_true", help="no words about errors on standard error"
    )
    add_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> Exit:
    options = options_of(arguments)
    data = read_input(arguments)
    outcome = Outcome()
    # Who sees the JSON on a terminal has read the error there.
    words = not (arguments.json or sys.stdout.isatty())
    for number, piece in enumerate(cut(data, options), 1):
        try:
            form = options.decode(piece.data, piece.version).to_dict()
        except mq.MqttError as error:
            outcome.note(error)
            form = {"error": error.to_dict()}
            if words:
                say(f"packet {number}, from byte {piece.start}: {error}")
        if arguments.pretty:
            print(json.dumps(form, indent=2))
        else:
            print_json(form)
    return outcome.code
