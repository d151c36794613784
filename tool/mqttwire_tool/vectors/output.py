# SPDX-License-Identifier: MIT
"""Where what a command makes goes: a file, or - for standard output."""

from __future__ import annotations

import sys
from pathlib import Path

STANDARD = "-"


def write(output: str | None, data: bytes) -> None:
    """None: to standard output, too."""
    if output is None or output == STANDARD:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
    else:
        Path(output).write_bytes(data)
