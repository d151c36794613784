# SPDX-License-Identifier: MIT
"""mqttwire explain: every field of packets, and what is wrong with them."""

from __future__ import annotations

import argparse
import sys

from .arguments import add_command, add_full, add_options, add_secrets, limit_of, options_of
from .forms import explanation_form, print_json
from .inputs import add_input, read_input
from .layout import width_of
from .outcome import Exit, Outcome
from .render import fault_rows, packet_rows, paint_for, title
from .stream import cut

DESCRIPTION = """\
Tells every field of each packet of a stream: where its bytes are, its name and its value; and
where a packet breaks a rule, which one, where and why. Passwords and authentication data are
hidden.
"""

EXAMPLES = """\
mqttwire explain -V 5 -x 32 0d 0003612f62 000a 02 01 01 686579
mqttwire explain --hex connect.bin
mqttwire explain --json -V 3.1.1 - < recorded.bin
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_command(commands, "explain", "every field and byte", DESCRIPTION, EXAMPLES)
    add_input(parser, "bytes of packets, one after the other")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--hex", action="store_true", help="all bytes, with the field of each")
    form.add_argument("--json", action="store_true", help="one JSON object a line for each packet")
    add_full(parser)
    add_secrets(parser)
    add_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> Exit:
    options = options_of(arguments)
    data = read_input(arguments)
    paint = paint_for(sys.stdout)
    outcome = Outcome()
    for piece in cut(data, options):
        fields = options.explain(piece.data, piece.version, limit=limit_of(arguments.full))
        if fields.error is not None:
            outcome.note(fields.error)
        if arguments.json:
            print_json(explanation_form(fields, arguments.show_secrets))
            continue
        if piece.start:
            print()
        where = f", from byte {piece.start}" if piece.start else ""
        print(paint("type", title(fields)) + where)
        for row in packet_rows(
            "hex" if arguments.hex else "tree",
            piece.data,
            fields,
            arguments.show_secrets,
            paint,
            width_of(sys.stdout),
            arguments.full,
        ):
            print(row)
        if fields.error is not None:
            for row in fault_rows(fields.error, paint):
                print(row)
    return outcome.code
