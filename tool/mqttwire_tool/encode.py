# SPDX-License-Identifier: MIT
"""mqttwire encode: JSON to bytes."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator

import mqttwire as mq

from .arguments import Options, add_command, add_options, options_of
from .forms import no_packet, print_json, secrets_in
from .outcome import Exit, Outcome, say

DESCRIPTION = """\
Reads packets as JSON objects, one on a line, as `decode` prints them, and prints each as hex on a
line. A packet is written in the version that it names, 5 if it names none, or in that of -V. What
breaks a rule is told on standard error. Passwords and authentication data are written as they are.
"""

EXAMPLES = """\
echo '{"type": "PUBLISH", "topic": "a/b", "payload": "78"}' | mqttwire encode
mqttwire encode --raw packets.jsonl > packets.bin
mqttwire decode -V 5 recorded.bin | mqttwire encode -V 3.1.1
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_command(commands, "encode", "JSON to bytes", DESCRIPTION, EXAMPLES)
    parser.add_argument(
        "input", nargs="?", default="-", metavar="FILE", help="standard input if missing or -"
    )
    parser.add_argument("--raw", action="store_true", help="write the bytes themselves, not hex")
    parser.add_argument(
        "--json",
        action="store_true",
        help='print {"wire": hex} or {"error": ...} for each packet, and no words',
    )
    add_options(parser, "otherwise the packet says it, or it is 5")
    parser.set_defaults(run=run)


def lines_of(name: str) -> Iterator[bytes]:
    if name == "-":
        yield from sys.stdin.buffer
    else:
        with open(name, "rb") as file:
            yield from file


def encode(line: bytes, options: Options) -> bytes:
    """The packet on a line.  ValueError or TypeError: it is no packet in the JSON form."""
    try:
        form = json.loads(line.strip())
    except json.JSONDecodeError as error:
        raise ValueError(f"this is no JSON: {error.msg}, at column {error.colno}") from None
    except UnicodeDecodeError:
        raise ValueError("this is no JSON: it is not UTF-8") from None
    if not isinstance(form, dict):
        raise ValueError("this is no JSON object")
    if "type" not in form and "packet" in form:
        raise ValueError('this is a line of `inspect`: what stands under its "packet" is wanted')
    if "type" not in form and "error" in form:
        raise ValueError("this is an error, and no packet")
    for owner, name in secrets_in(form):
        if isinstance(owner[name], dict) and "hidden" in owner[name]:
            raise ValueError(f"{name}: hidden here; `inspect --show-secrets` has it")
    return options.encode(mq.from_dict(form))


def run(arguments: argparse.Namespace) -> Exit:
    options = options_of(arguments)
    outcome = Outcome()
    for number, line in enumerate(lines_of(arguments.input), 1):
        if not line.strip():
            continue
        try:
            wire = encode(line, options)
        except mq.MqttError as error:
            outcome.note(error)
            message, form = str(error), error.to_dict()
        except (ValueError, TypeError, RecursionError) as error:
            outcome.broken = True
            message = str(error)
            form = no_packet(message)
        else:
            if arguments.raw:
                sys.stdout.buffer.write(wire)
            elif arguments.json:
                print_json({"wire": wire.hex()})
            else:
                print(wire.hex())
            continue
        if arguments.json:
            print_json({"error": form})
        else:
            say(f"line {number}: {message}")
    return outcome.code
