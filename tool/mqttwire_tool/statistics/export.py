# SPDX-License-Identifier: MIT
"""inspect --arrow and --csv: a row for each packet."""

from __future__ import annotations

import argparse
import codecs
import contextlib
import io
import sys
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

import mqttwire as mq

from ..arguments import Options
from ..outcome import Outcome, UsageError, say
from ..render import escape
from ..table import schema, table_of
from ..written import written
from .batches import Batch
from .told import Judge


class Steady(io.RawIOBase):
    """A terminal that texts cannot steer."""

    def __init__(self, out: TextIO) -> None:
        self.out = out
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        text = self.decoder.decode(bytes(data))
        self.out.write("".join(c if c.isprintable() or c == "\n" else escape(c) for c in text))
        return len(data)


def run_export(
    arguments: argparse.Namespace, parts: Iterable[Batch], options: Options, outcome: Outcome
) -> None:
    if arguments.arrow == "-" and sys.stdout.isatty():
        raise UsageError("a terminal shows no Arrow tables: say a file, or a pipe")
    judge = Judge(outcome)
    count = 0
    with _writer(arguments) as writer:
        for batch in parts:
            judge.add(batch)
            if len(batch):
                made = table_of(
                    batch,
                    utf8=not options.allow & mq.Allow.UTF8,
                    payload=arguments.with_payload,
                )
                count += made.num_rows
                writer.write_table(made)
    judge.tell()
    if arguments.arrow not in (None, "-"):
        say(f"{arguments.arrow}: {count} packets")


@contextlib.contextmanager
def _writer(arguments: argparse.Namespace) -> Iterator[Any]:
    """A file is there when all of it is.  A pipe gets the form that can be read as it comes."""
    import pyarrow as pa

    made = schema(payload=arguments.with_payload)
    if arguments.csv:
        from pyarrow.csv import CSVWriter

        sys.stdout.flush()
        out = Steady(sys.stdout) if sys.stdout.isatty() else sys.stdout.buffer
        with CSVWriter(out, made) as writer:
            yield writer
        return
    with written(arguments.arrow) as out:
        kind = pa.ipc.new_stream if arguments.arrow == "-" else pa.ipc.new_file
        with kind(out, made) as writer:
            yield writer
