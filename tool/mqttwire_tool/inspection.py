# SPDX-License-Identifier: MIT
"""mqttwire inspect: the packets of captures and streams, and what is wrong with them."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import mqttwire as mq

from .arguments import Options, add_command, add_full, add_options, add_secrets, options_of
from .export import CaptureExport
from .follow import FollowPrinter
from .inputs import typed_chunks
from .json_printer import JsonPrinter, json_schema
from .layout import width_of
from .lines import LinePrinter
from .links import linked
from .outcome import Exit, Outcome, UsageError, say
from .page import PagePrinter
from .payload.show import add_payload, check_payload, payloads_of
from .progress import Progress, size_of
from .render import paint_for
from .selection import Selection, add_selection
from .sources import (
    Item,
    Note,
    Numbers,
    Reading,
    from_chunks,
    open_input,
    open_live,
)
from .written import refuse_to_replace, written

DESCRIPTION = """\
Prints a line for each packet of pcap and pcapng captures, gzip's too: when it was complete, the
client, whether it speaks (>) or listens (<), the packet, and below it what rules it breaks, of its
own and of its connection. MQTT is found on any port, in TCP and in WebSocket, and in TLS whose keys
are known. A file that is no capture is read as a stream of packets, or as text that stands for
bytes: hex digits, a dump of xxd, hexdump, od or Wireshark, arrays or strings of C. Where the
capture begins in the middle, the version and who is the client are worked out: how sure that is,
is told (certain, likely, open), and ? marks what may be wrong. At the end there is what was never
answered. Passwords and authentication data are hidden; lines never have them.
"""

TOP = 10  # topics and clients that --stats shows
INTERRUPTED = Note("interrupted", "loss", "reading was interrupted here", None, None, None, 0)

EXAMPLES = """\
mqttwire inspect trace.pcapng
mqttwire inspect --tree trace.pcap | less
tcpdump -i lo -w - port 1883 | mqttwire inspect -
mqttwire inspect --json trace.pcapng | jq 'select(.error)'
mqttwire inspect --payload declared trace.pcapng
mqttwire inspect --follow sensor-17 trace.pcapng     # why was it disconnected?
mqttwire inspect --keylog keys.log tls.pcapng
mqttwire inspect --tail growing.pcap
mqttwire inspect --html trace.html trace.pcapng
mqttwire inspect --topic 'a/#' --pcapng part.pcapng trace.pcapng
mqttwire inspect -i eth0 --pcapng - | wireshark -k -i -
mqttwire inspect --stats --plots trace.svg trace.pcapng
mqttwire inspect --csv --topic 'plant/#' trace.pcapng > plant.csv
mqttwire inspect -V 5 -x c000 30070003612f620078
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_command(
        commands, "inspect", "the packets of a capture, line by line", DESCRIPTION, EXAMPLES
    )
    parser.add_argument(
        "input",
        nargs="*",
        metavar="FILE",
        help="captures, streams or hex dumps; standard input if missing or -; with -x hex digits",
    )
    parser.add_argument(
        "-x",
        dest="digits",
        action="store_true",
        help="the input is hex: digits, a dump, or arrays and strings of C",
    )
    parser.add_argument(
        "-i", "--interface", metavar="NAME", help="listen at a network interface instead"
    )
    parser.add_argument(
        "--keylog",
        metavar="FILE",
        help="keys of TLS connections, as SSLKEYLOGFILE has them; those in a capture are used, too",
    )
    parser.add_argument(
        "--tail",
        action="store_true",
        help="go on where a capture file ends, as it grows; Ctrl-C ends that",
    )
    form = add_forms(parser)
    form.add_argument(
        "--follow",
        metavar="CLIENT",
        help="all connections of a client, named as for --client, as a conversation: who says what,"
        " whole payloads, and how each connection ended",
    )
    form.add_argument(
        "--html",
        metavar="FILE",
        help="write a page for a browser with all packets, their fields and bytes, and statistics;"
        " - is standard output",
    )
    form.add_argument(
        "--pcapng",
        metavar="FILE",
        help="write a capture for Wireshark with these packets, in plain TCP; likewise",
    )
    parser.add_argument(
        "--json-schema", action="store_true", help="print the JSON Schema of a line of --json"
    )
    add_numbers(parser, form)
    add_selection(parser)
    add_options(
        parser,
        "in a capture it is for connections whose CONNECT is missing; one that is there counts",
    )
    parser.set_defaults(run=run)


def add_numbers(
    parser: argparse.ArgumentParser, form: argparse._MutuallyExclusiveGroup
) -> None:
    """--stats, --arrow, --csv, and what belongs to them, for numbers()."""
    form.add_argument(
        "--arrow",
        metavar="FILE",
        help="write a row for each packet as an Arrow table; - is standard output",
    )
    form.add_argument("--csv", action="store_true", help="the same rows as CSV")
    parser.add_argument(
        "--with-payload", action="store_true", help="with --arrow or --csv: payloads, too"
    )
    parser.add_argument(
        "--stats",
        action="store_true",
        help="what packets sum up to: clients, topics, sizes, rates, latencies; with --json an"
        " object",
    )
    parser.add_argument(
        "--top",
        type=count_of,
        metavar="N",
        help=f"with --stats: so many topics and clients, those with most packets ({TOP})",
    )
    parser.add_argument(
        "--plots", metavar="FILE", help="with --stats: plots, as SVG or PNG by the file's name"
    )


def count_of(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to 1000000")
    return int(text)


def add_forms(parser: argparse.ArgumentParser) -> argparse._MutuallyExclusiveGroup:
    """--tree, --hex, --json and what goes with them, for printer_of().  Answers those three."""
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--tree", action="store_true", help="below each line all fields")
    form.add_argument(
        "--hex", action="store_true", help="below each line all bytes, with their fields"
    )
    form.add_argument("--json", action="store_true", help="one JSON object a line for each packet")
    add_full(parser)
    parser.add_argument(
        "--payload-text",
        action="store_true",
        help="with --json: payloads that are UTF-8 as payload_text, too",
    )
    add_secrets(parser)
    add_payload(parser)
    return form


def printer_of(
    arguments: argparse.Namespace, options: Options, outcome: Outcome, complete: bool = True
) -> JsonPrinter | LinePrinter:
    """complete: everything is to be shown."""
    paint = paint_for(sys.stdout)
    payloads = payloads_of(arguments, options, paint)
    shows = arguments.tree or arguments.hex or getattr(arguments, "breaks", None) is not None
    if arguments.full and not shows:
        raise UsageError("--full is for --tree and --hex")
    if arguments.json:
        return JsonPrinter(
            options,
            outcome,
            show_secrets=arguments.show_secrets,
            payload_text=arguments.payload_text,
        )
    if arguments.payload_text:
        raise UsageError("--payload-text is for --json")
    followed = getattr(arguments, "follow", None)
    make: Callable[..., LinePrinter] = LinePrinter
    if followed is not None:
        make = partial(FollowPrinter, wanted=followed)
    return make(
        options,
        outcome,
        paint,
        rows="tree" if arguments.tree else "hex" if arguments.hex else None,
        show_secrets=arguments.show_secrets,
        width=width_of(sys.stdout),
        complete=complete,
        payloads=payloads,
        full=arguments.full,
    )


def each_of(
    names: list[str], options: Options, outcome: Outcome, numbers: Numbers, reading: Reading
) -> Iterator[list[Item]]:
    """What is in several files.  One that cannot be read does not keep the others from it."""
    for name in names:
        try:
            yield from open_input(name, options, numbers, reading)
        except BrokenPipeError:  # of what is written: lines of JSON are written while reading
            raise
        except OSError as error:
            say(error)
            outcome.failed = True


def inputs(
    arguments: argparse.Namespace,
    options: Options,
    outcome: Outcome,
    numbers: Numbers,
    reading: Reading | None = None,
) -> Iterator[list[Item]]:
    """Everything that is to be inspected; numbers go on from one input to the next."""
    names: list[str] = arguments.input
    reading = reading or Reading(arguments.keylog, arguments.tail)
    if arguments.tail and (len(names) != 1 or names == ["-"] or arguments.digits):
        raise UsageError("--tail is for one file")
    if arguments.interface:
        if names or arguments.digits:
            raise UsageError("either files or an interface")
        return open_live(arguments.interface, options, numbers, reading)
    if arguments.digits:
        return from_chunks(typed_chunks(names), options, numbers, "-x")
    return each_of(names or ["-"], options, outcome, numbers, reading)


def watched(
    arguments: argparse.Namespace, batches: Iterator[list[Item]], numbers: Numbers, prints: bool
) -> Iterator[list[Item]]:
    """The same, with a bar that shows how far reading has come."""
    endless = arguments.interface or arguments.tail or arguments.digits
    total = None if endless else size_of(arguments.input or ["-"])
    with Progress(total, prints=prints) as progress:
        for batch in batches:
            progress(numbers.read, numbers.packets)
            yield batch


def title_of(arguments: argparse.Namespace) -> str:
    """What a page is about."""
    if arguments.interface:
        return str(arguments.interface)
    if arguments.digits:
        return "hex digits"
    names: list[str] = arguments.input or ["-"]
    return ", ".join("standard input" if name == "-" else Path(name).name for name in names)


def run_file(arguments: argparse.Namespace, options: Options, outcome: Outcome) -> Exit:
    """Writes a page or a capture.

    What is interrupted, as a live capture has to be, is in it up to there.
    """
    name: str = arguments.html if arguments.html is not None else arguments.pcapng
    interrupted = False
    printer: PagePrinter | CaptureExport
    selection = Selection(arguments, options)
    numbers = Numbers()
    batches = inputs(arguments, options, outcome, numbers)
    with written(name) as out:
        if arguments.html is not None:
            printer = PagePrinter(
                out,
                title_of(arguments),
                options,
                outcome,
                arguments.show_secrets,
                is_part=bool(selection),
            )
        else:
            printer = CaptureExport(out, options, outcome, selection, arguments.show_secrets)
        try:
            for batch in watched(arguments, batches, numbers, prints=name == "-"):
                for item in batch:
                    if isinstance(printer, PagePrinter) and not selection.shows(item):
                        continue
                    take(printer, item)
                out.flush()
        except KeyboardInterrupt:
            interrupted = not (arguments.interface or arguments.tail)
        if interrupted:
            printer.note(INTERRUPTED)
        printer.close()
    partial = "; reading was interrupted: this is what was read so far" if interrupted else ""
    if name != "-" or interrupted:
        where = "standard output" if name == "-" else name
        say(f"{where}: {'; '.join(printer.summary())}{partial}")
    selection.tell()
    if interrupted:
        raise KeyboardInterrupt
    return outcome.code


def run_columns(arguments: argparse.Namespace, options: Options, outcome: Outcome) -> Exit:
    """What is made of columns of numbers, which captures have; filters want packets."""
    try:  # it takes its time to load
        from .statistics.command import columns_of, is_quick, run_numbers
    except ModuleNotFoundError as error:
        if error.name != "numpy":
            raise
        raise UsageError("this needs numpy: pip install 'mqttwire[tool]'") from None

    selection = Selection(arguments, options)
    numbers = Numbers()
    reading = Reading(arguments.keylog, arguments.tail)
    parts: Iterator[Any]
    if is_quick(options) and not selection:
        parts = inputs(arguments, options, outcome, numbers, columns_of(reading))
    else:
        batches = inputs(arguments, options, outcome, numbers, reading)
        parts = (list(filter(selection.shows, batch)) for batch in batches)
    parts = watched(arguments, parts, numbers, prints=not arguments.arrow)
    try:
        return run_numbers(arguments, parts, options, outcome)
    finally:
        selection.tell()


def take(printer: JsonPrinter | LinePrinter | PagePrinter | CaptureExport, item: Item) -> None:
    if isinstance(item, Note):
        printer.note(item)
    else:
        printer.packet(item)


def run_lines(
    printer: LinePrinter, batches: Iterator[list[Item]], selection: Selection, numbers: Numbers
) -> None:
    """Prints lines.  What is interrupted leaves a summary."""
    interrupted = False
    try:
        for batch in linked(batches):
            for item in batch:
                if selection.shows(item):
                    take(printer, item)
                else:
                    printer.unseen(item)
            sys.stdout.flush()
    except KeyboardInterrupt:
        interrupted = True
        printer.interrupt()
    printer.close()
    if (interrupted or numbers.interrupted) and printer.totals.packets:
        say(printer.summary())
    selection.tell()
    if interrupted:
        raise KeyboardInterrupt


def run_json(
    printer: JsonPrinter, batches: Iterator[list[Item]], selection: Selection, numbers: Numbers
) -> None:
    """Prints lines of JSON; likewise."""
    interrupted = False
    try:
        for batch in batches:
            for item in filter(selection.shows, batch):
                take(printer, item)
            sys.stdout.flush()
    except KeyboardInterrupt:
        interrupted = True
    printer.close()
    if (interrupted or numbers.interrupted) and printer.packets:
        say(printer.summary(numbers.connections))
    selection.tell()
    if interrupted:
        raise KeyboardInterrupt


def check_files(arguments: argparse.Namespace) -> None:
    """Nothing that is read is written to."""
    names: list[str] = [] if arguments.interface else arguments.input or ["-"]
    if arguments.digits and names != ["-"]:
        names = []
    forms = ("html", "pcapng", "arrow", "plots")
    outputs = {f"--{form}": vars(arguments)[form] for form in forms}
    refuse_to_replace([*names, arguments.keylog], {**outputs, "standard output": "-"})


def run(arguments: argparse.Namespace) -> Exit:
    if arguments.json_schema:
        sys.stdout.write(json_schema())
        return Exit.FINE
    check_files(arguments)
    if arguments.top is not None and not arguments.stats:
        raise UsageError("--top is for --stats")
    options = options_of(arguments)
    # Captures are read with it as well: what a version is called is no fault.
    lenient = dataclasses.replace(options, allow=options.allow | mq.Allow.MQTT_3_1)
    outcome = Outcome()
    check_payload(arguments)
    if arguments.stats or arguments.csv or arguments.arrow is not None:
        return run_columns(arguments, lenient, outcome)
    if arguments.plots is not None:
        raise UsageError("--plots is for --stats")
    if arguments.with_payload:
        raise UsageError("--with-payload is for --arrow and --csv")
    if arguments.html is not None or arguments.pcapng is not None:
        return run_file(arguments, lenient, outcome)
    selection = Selection(arguments, lenient)
    numbers = Numbers()
    printer = printer_of(arguments, lenient, outcome, complete=not selection)
    # All of a capture as JSON is written while it is read.
    sink = printer if isinstance(printer, JsonPrinter) and not selection else None
    reading = Reading(arguments.keylog, arguments.tail, sink)
    batches = inputs(arguments, lenient, outcome, numbers, reading)
    batches = watched(arguments, batches, numbers, prints=True)
    if isinstance(printer, LinePrinter):
        run_lines(printer, batches, selection, numbers)
    else:
        run_json(printer, batches, selection, numbers)
    return outcome.code
