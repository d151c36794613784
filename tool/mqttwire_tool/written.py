# SPDX-License-Identifier: MIT
"""Files that are written in place of lines."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


@contextlib.contextmanager
def written(name: str) -> Iterator[BinaryIO]:
    """A file that is there when all of it is, or standard output."""
    path = Path(name)
    if name == "-":
        yield sys.stdout.buffer
        return
    if path.exists() and not path.is_file():  # a device, a pipe
        with path.open("wb") as out:
            yield out
        return
    path = path.resolve()  # what a link leads to is replaced, not the link
    try:
        handle, made = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise OSError(error.errno, error.strerror, name) from None
    try:
        with open(handle, "wb") as out:
            yield out
        mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o666 & ~umask()
        os.chmod(made, mode)
        os.replace(made, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(made)
        raise


def umask() -> int:
    """Which can be asked for by setting it alone."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
