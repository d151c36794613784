# SPDX-License-Identifier: MIT
"""mqttwire vectors list: a line for each vector."""

from __future__ import annotations

import argparse
import shutil
import sys

from ..forms import print_json
from ..outcome import Exit
from ..render import Paint, escape, paint_for
from .data import Vector
from .filters import selected
from .titles import TITLES

STYLES = {"accept": "path", "reject": "fault", "more": "loss", "choice": "server"}


def plain(text: str) -> str:
    """In one line, with nothing that does anything to a terminal."""
    return "".join(c if c == '"' else escape(c) for c in text)


def row(vector: Vector, widths: tuple[int, int], paint: Paint, columns: int | None) -> str:
    begin = f"{vector.id:<{widths[0]}}  {vector.kind:<8}  {TITLES[vector.version]:<5}  "
    result = f"{vector.result:<6}"
    rest = f"  {vector.subject:<{widths[1]}}  {plain(vector.title)}".rstrip()
    if columns:
        rest = rest[: max(0, columns - len(begin) - len(result))]
    return begin + paint(STYLES[vector.result], result) + rest


def run(arguments: argparse.Namespace) -> Exit:
    vectors = selected(arguments)
    if arguments.json:
        for vector in vectors:
            print_json({"suite": vector.suite, "kind": vector.kind, **vector.form})
        return Exit.FINE
    paint = paint_for(sys.stdout)
    columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    widths = max(len(v.id) for v in vectors), max(len(v.subject) for v in vectors)
    for vector in vectors:
        print(row(vector, widths, paint, columns))
    return Exit.FINE
