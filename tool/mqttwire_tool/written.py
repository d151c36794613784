# SPDX-License-Identifier: MIT
"""Files that are written in place of lines."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from .outcome import UsageError

STDIN, STDOUT = 0, 1


def refuse_to_replace(inputs: Iterable[str | None], outputs: Mapping[str, str | None]) -> None:
    """UsageError: an output is an input, whatever they are called.

    Asked before anything is opened for writing.  outputs: by what asks for them.  None: there is
    no such; - is standard input, or standard output.
    """
    known = {file_of(name, STDIN): name for name in inputs}
    for option, name in outputs.items():
        file = file_of(name, STDOUT)
        if file is not None and file in known:
            what = option if name == "-" else f"{option} {name}"
            read = "standard input" if known[file] == "-" else known[file]
            raise UsageError(f"{what}: this is the file that is read ({read}); say another one")


def file_of(name: str | None, standard: int) -> tuple[int, int] | None:
    """What a file is, whatever leads to it.  Devices and pipes keep nothing that could be lost."""
    if name is None:
        return None
    try:
        found = os.fstat(standard) if name == "-" else os.stat(name)
    except (OSError, ValueError):  # there is none yet; whoever opens it tells what is wrong
        return None
    return (found.st_dev, found.st_ino) if stat.S_ISREG(found.st_mode) else None


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
