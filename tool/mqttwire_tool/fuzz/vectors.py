# SPDX-License-Identifier: MIT
"""mqttwire fuzz vectors: what `fuzz diff` found, as a file of vectors that are proposed."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from ..outcome import Exit, UsageError, say
from ..vectors.data import Form, NotVectors
from . import proposed
from .disagreement import FOUND


def found(name: str) -> list[Form]:
    """The lines of a file, or of a folder that `fuzz diff --output` has written."""
    path = Path(name)
    path = path / FOUND if path.is_dir() else path
    try:
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        _ = [line["examples"][0]["wire"] for line in lines]
    except (ValueError, KeyError, TypeError, IndexError):
        raise NotVectors(path, "this is not what `fuzz diff --json` prints") from None
    return lines


def run(arguments: argparse.Namespace) -> Exit:
    lines = [line for line in found(arguments.found) if arguments.all or line["known"] is None]
    files = {file["kind"]: file for file in proposed.files(lines)}
    wanted = files.get(arguments.kind)
    if wanted is None:
        raise UsageError(f"there are no {arguments.kind} in what was found that is not known")
    print(proposed.text(wanted), end="")
    for kind, file in files.items():
        if kind != arguments.kind:
            say(f"{len(file['vectors'])} {kind} besides: --kind {kind}")
    return Exit.FINE
