# SPDX-License-Identifier: MIT
"""mqttwire fuzz replay: a session that was saved, played again byte by byte."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from ..outcome import Exit, UsageError
from .finding import SESSION
from .hunt import joined
from .session import Session, load
from .target import target_of
from .verdict import title_of, trigger_of


def sessions_of(place: Path) -> list[Session]:
    """A file; the least session of a finding; all sessions of a directory, in their order."""
    if not place.is_dir():
        return [load(place)]
    files = [place / SESSION] if (place / SESSION).exists() else sorted(place.glob("*.jsonl"))
    if not files:
        raise UsageError(f"{place}: there is no session in it")
    return [load(file) for file in files]


def run(arguments: argparse.Namespace) -> Exit:
    session = joined(sessions_of(Path(arguments.sessions)))
    with tempfile.TemporaryDirectory(prefix="mqttwire-") as logs:
        target = target_of(arguments, Path(logs))
        try:
            target.fresh()
            target.play(session)
            trouble = target.look(full=True)
        finally:
            target.close()
    if trouble is None:
        print("nothing happened")
        return Exit.FINE
    print(title_of(trouble, trigger_of(session)))
    print(trouble.text)
    if trouble.report:
        print(trouble.report.rstrip())
    return Exit.BROKEN
