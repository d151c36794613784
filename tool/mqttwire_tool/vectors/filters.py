# SPDX-License-Identifier: MIT
"""Which vectors are meant: arguments that several commands take."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from fnmatch import fnmatchcase

from ..arguments import NAMES, version_of
from ..outcome import UsageError
from .data import KINDS, Vector, load


def add_source(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--vectors",
        action="append",
        default=[],
        metavar="PATH",
        help="a folder or a file of vectors, instead of those that come with the command",
    )


def add_filters(parser: argparse.ArgumentParser) -> None:
    """--suite, --rule, --id, --kind, --version, --vectors."""
    group = parser.add_argument_group("which vectors")
    for name, what in (
        ("--suite", "of suites with this name"),
        ("--rule", "that break a rule with this name"),
        ("--id", "with this id"),
    ):
        group.add_argument(
            name, action="append", default=[], metavar="GLOB", help=f"those {what}: *, ?, [a-z]"
        )
    group.add_argument("--kind", choices=KINDS, help="those of this kind")
    group.add_argument(
        "--version", type=version_of, metavar="VERSION", help="those of MQTT 5 or 3.1.1"
    )
    add_source(parser)


def _matches(text: str | None, globs: list[str]) -> bool:
    return not globs or (text is not None and any(fnmatchcase(text, glob) for glob in globs))


def is_filtered(arguments: argparse.Namespace) -> bool:
    return any(getattr(arguments, name) for name in ("suite", "rule", "id", "kind", "version"))


def selected(
    arguments: argparse.Namespace, also: Callable[[Vector], bool] = lambda vector: True
) -> list[Vector]:
    """The vectors that are meant, of which there is at least one."""
    if arguments.version == 3:
        raise UsageError(f"there are no vectors of {NAMES[3]}")
    chosen = [
        vector
        for vector in load(arguments.vectors)
        if _matches(vector.suite, arguments.suite)
        and _matches(vector.rule, arguments.rule)
        and _matches(vector.id, arguments.id)
        and arguments.kind in (None, vector.kind)
        and arguments.version in (None, vector.version)
        and also(vector)
    ]
    if not chosen:
        raise UsageError("there is no such vector; `mqttwire vectors list` has them all")
    return chosen
