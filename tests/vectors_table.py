#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""vectors_table.py OUTPUT DEPFILE [BYTES [above]]: all vectors as C, or those up to so many bytes.

As `mqttwire vectors export --format c --max-size BYTES`, with Python alone: while the library is
built there is no package yet.  DEPFILE tells ninja what the output was made from.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tool"))

from mqttwire_tool.vectors.data import load  # noqa: E402
from mqttwire_tool.vectors.export_c import c  # noqa: E402


def sources() -> Iterator[Path]:
    """Files, and folders, which are newer when a file is new in them."""
    for folder in (ROOT / "vectors").glob("v*/"):
        yield folder
        yield from folder.glob("*.json")
    for module in list(sys.modules.values()):
        name = getattr(module, "__file__", None) or ""
        if name.startswith(str(ROOT)):
            yield Path(name)


def main(output: str, depfile: str, most: str = "", above: str = "") -> None:
    """above: those that are larger, in place of the others."""
    every = load([ROOT / "vectors"])
    vectors = [v for v in every if not most or (v.size > int(most)) == bool(above)]
    Path(output).write_text(c(vectors), encoding="utf-8", newline="\n")
    names = (str(path).replace(" ", "\\ ") for path in sorted(sources()))
    Path(depfile).write_text(f"{output}: {' '.join(names)}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
