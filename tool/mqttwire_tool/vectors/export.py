# SPDX-License-Identifier: MIT
"""mqttwire vectors export: the vectors in other forms than JSON."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..outcome import Exit, UsageError, say
from .data import LARGE, Vector
from .export_c import c
from .export_flat import flat
from .export_lua import lua
from .export_pcap import pcap
from .filters import selected
from .forms import unfold
from .output import STANDARD, write

FORMATS = ("c", "lua", "corpus", "pcap", "flat")
TEXTS = {"c": c, "lua": lua, "flat": flat}


def _corpus(vectors: list[Vector], folder: Path) -> None:
    """A file of raw bytes for each vector, and no others."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty: what is in it would be taken for vectors")
    for vector in vectors:
        (folder / vector.id).write_bytes(b"".join(unfold(wire) for _, wire in vector.wires))


def _write(form: str, vectors: list[Vector], output: str) -> None:
    if form == "corpus":
        if output == STANDARD:
            raise UsageError("a folder cannot be printed: --output wants its name")
        _corpus(vectors, Path(output))
        return
    data = pcap(vectors) if form == "pcap" else TEXTS[form](vectors).encode("utf-8")
    write(output, data)


def run(arguments: argparse.Namespace) -> Exit:
    chosen = selected(arguments)
    raw = arguments.format in ("corpus", "pcap")
    largest = arguments.max_size or (LARGE if raw else None)
    vectors = [
        vector
        for vector in chosen
        if (largest is None or vector.size <= largest) and (vector.wires or not raw)
    ]
    if not vectors:
        raise UsageError("none of these vectors can be written in this format")
    _write(arguments.format, vectors, arguments.output)
    left = len(chosen) - len(vectors)
    out = f"; {left} left out, which have no bytes or too many" if left else ""
    where = "standard output" if arguments.output == STANDARD else arguments.output
    say(f"{len(vectors)} vectors written to {where}{out}")
    return Exit.FINE
