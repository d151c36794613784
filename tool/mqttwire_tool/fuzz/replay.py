# SPDX-License-Identifier: MIT
"""mqttwire fuzz replay: sessions that were saved, played again byte by byte."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from ..outcome import Exit, UsageError, say
from .finding import SESSION
from .hunt import Target
from .session import Session, load
from .target import target_of
from .verdict import Trouble, title_of, trigger_of


def files_of(place: Path) -> list[Path]:
    """A file; the least session of a finding; all sessions of a directory, in their order."""
    if not place.is_dir():
        return [place]
    files = [place / SESSION] if (place / SESSION).exists() else sorted(place.glob("*.jsonl"))
    if not files:
        raise UsageError(f"{place}: there is no session in it")
    return files


def played(target: Target, session: Session, file: Path) -> Trouble | None:
    """What comes of a session."""
    target.play(session)
    if session.stopped:
        say(f"{file}: its time was over before its end, and the rest was not played")
    return target.look(full=True)


def run(arguments: argparse.Namespace) -> Exit:
    files = files_of(Path(arguments.sessions))
    sessions = [load(file) for file in files]
    trouble = None
    number = 0
    with tempfile.TemporaryDirectory(prefix="mqttwire-") as logs:
        target = target_of(arguments, Path(logs))
        try:
            for number, session in enumerate(sessions):
                if target.once or not number:
                    target.fresh()
                if trouble := played(target, session, files[number]):
                    break
        finally:
            target.close()
    whole = len(sessions)
    if trouble is None:
        print("nothing happened" + (f" in {whole:,} sessions" if whole > 1 else ""))
        return Exit.FINE
    print(title_of(trouble, trigger_of(session)))
    print(trouble.text)
    if whole > 1:
        print(f"{files[number]}: session {number + 1:,} of {whole:,}")
    if trouble.report:
        print(trouble.report.rstrip())
    return Exit.BROKEN
