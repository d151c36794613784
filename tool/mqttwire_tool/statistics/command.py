# SPDX-License-Identifier: MIT
"""inspect --stats, --arrow and --csv: from the inputs to what is written."""

from __future__ import annotations

import argparse
import importlib
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Callable

from ..arguments import Options
from ..forms import print_json
from ..inspection import TOP, title_of
from ..outcome import Exit, Outcome, UsageError, say
from ..sources import Reading, reader
from .batches import RECORDS, Batch, batches, of_capture


def is_quick(options: Options) -> bool:
    """Do the columns of the reader of captures say all that is wanted?"""
    return options.version is None and options.max_size is None


def columns_of(reading: Reading) -> Reading:
    return replace(reading, records=RECORDS, take=of_capture)


def run_numbers(
    arguments: argparse.Namespace, parts: Iterator[Any], options: Options, outcome: Outcome
) -> Exit:
    others = ("arrow", "csv", "hex", "html", "pcapng", "tree", "with_payload")
    if arguments.stats and any(vars(arguments)[name] for name in others):
        raise UsageError("--stats goes with --json and --plots, and with no other form")
    if arguments.plots is not None and not arguments.stats:
        raise UsageError("--plots is for --stats")
    _check_libraries(arguments)
    reader()  # of whose extension more is used here than the reader
    made = Interruptible(parts, options)
    if arguments.stats:
        run_stats(arguments, made, options, outcome)
    else:
        from .export import run_export

        run_export(arguments, made, options, outcome)
    if made.interrupted:
        raise KeyboardInterrupt
    return outcome.code


class Interruptible:
    """Batches of what was read up to Ctrl-C, however little of it a filter has kept."""

    def __init__(self, parts: Iterator[Any], options: Options) -> None:
        self.parts = parts
        self.options = options
        self.interrupted = False

    def __iter__(self) -> Iterator[Batch]:
        try:
            before = signal.signal(signal.SIGINT, self._stop)
        except ValueError:  # not the main thread, which alone is interrupted
            yield from batches(self.parts, self.options)
            return
        try:
            yield from batches(self._read(), self.options)
        finally:
            signal.signal(signal.SIGINT, before)

    def _read(self) -> Iterator[Any]:
        for part in self.parts:
            yield part
            if self.interrupted:
                say("interrupted: this is what was read so far")
                break

    def _stop(self, number: int, frame: object) -> None:
        if self.interrupted:  # twice
            raise KeyboardInterrupt
        self.interrupted = True


def run_stats(
    arguments: argparse.Namespace, parts: Interruptible, options: Options, outcome: Outcome
) -> None:
    from .collect import Statistics

    plot = _plotter(arguments)
    statistics = Statistics(options, outcome)
    for batch in parts:
        statistics.add(batch)
    statistics.interrupted = parts.interrupted
    summary = statistics.summary(arguments.top or TOP)
    if arguments.json:
        print_json(summary)
    else:
        from .layout import print_summary

        print_summary(summary, sys.stdout)
    sys.stdout.flush()
    plot(statistics, summary)


def _plotter(arguments: argparse.Namespace) -> Callable[[Any, Any], None]:
    """Asked for before anything is read: what is wrong is told at once."""
    if arguments.plots is None:
        return lambda statistics, summary: None
    from .plots import kind_of, plot

    kind_of(arguments.plots)
    return lambda statistics, summary: plot(
        statistics, summary, title_of(arguments), arguments.plots
    )


def _check_libraries(arguments: argparse.Namespace) -> None:
    """Before anything is read: which of those is missing that are wanted?"""
    wanted = {"rich": "tool"} if arguments.stats and not arguments.json else {}
    if not arguments.stats:
        wanted["pyarrow"] = "arrow"
    if arguments.plots is not None:
        wanted["matplotlib"] = "plots"
    for name, extra in wanted.items():
        try:
            importlib.import_module(name)
        except ImportError:
            raise UsageError(f"this needs {name}: pip install 'mqttwire[{extra}]'") from None
