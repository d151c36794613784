# SPDX-License-Identifier: MIT
"""Puts the files of the status page into the program: embed.py OUTPUT.c FILE...

The page itself is at /, the others at their names.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
}


def main(output: str, *names: str) -> None:
    arrays, rows = [], []
    for number, path in enumerate(map(Path, names)):
        data = path.read_bytes()
        place = "/" if path.suffix == ".html" else f"/{path.name}"
        tag = hashlib.sha256(data).hexdigest()[:32]
        digits = ",".join(map(str, data))
        arrays.append(f"static const unsigned char file_{number}[] = {{{digits}}};\n")
        rows.append(
            f'    {{"{place}", "{TYPES[path.suffix]}", "\\"{tag}\\"", '
            f"file_{number}, sizeof file_{number}}},\n"
        )
    Path(output).write_text(
        '#include "http.h"\n\n'
        + "".join(arrays)
        + "\nconst struct http_file http_files[] = {\n"
        + "".join(rows)
        + "    {0},\n};\n"
    )


main(*sys.argv[1:])
