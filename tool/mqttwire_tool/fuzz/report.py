# SPDX-License-Identifier: MIT
"""Disagreements for people: a table of groups, what shows each, and who says what."""

from __future__ import annotations

from collections.abc import Iterator

from ..render import Paint, escape
from ..vectors.titles import TITLES
from .disagreement import Asked, Example, Group, Groups

SHOWN = 40  # bytes of an example
LINE = 96  # characters


def report(groups: list[Group], paint: Paint, *, all_of: bool) -> str:
    """all_of: what is known with its bytes, too."""
    new = [group for group in groups if group.known is None]
    known = [group for group in groups if group.known is not None]
    lines: list[str] = []
    if new:
        lines += [*_table(new, paint, "not known"), ""]
    if known:
        lines += [*(_table(known, paint, "known") if all_of else _short(known, paint)), ""]
    return "".join(f"{line}\n" for line in lines)


def _widths(groups: list[Group]) -> tuple[int, int]:
    return (
        max(len("adapter"), *(len(group.key.adapter) for group in groups)),
        max(len(f"{group.count}") for group in groups),
    )


def _head(group: Group, widths: tuple[int, int]) -> str:
    name, times = widths
    what = f" ({group.key.type})" if group.key.type else ""
    title = _plain(str(group.first.row.form["title"]))
    return f"{group.count:>{max(times, 5)}}  {group.key.adapter:<{name}}  {title}{what}"


def _table(groups: list[Group], paint: Paint, word: str) -> Iterator[str]:
    widths = _widths(groups)
    yield f"{'times':>{max(widths[1], 5)}}  {'adapter':<{widths[0]}}  {word}"
    indent = " " * (max(widths[1], 5) + 2)
    for group in groups:
        yield paint("fault" if group.known is None else "dim", _head(group, widths))
        if group.known is not None:
            yield indent + _verdict(group)
        form = group.first.row.form
        rule = f"{form['rule']}: " if form["rule"] else ""
        where = TITLES[group.first.case.version]
        yield f"{indent}{rule}{where} {', '.join(group.statements)}"
        for example in group.examples:
            yield from (indent + line for line in _example(example))


def _verdict(group: Group) -> str:
    assert group.known is not None
    who = {"vector": "we are right", "both": "both", "implementation": "it is right"}
    right = who.get(group.known["who"], "")
    return ": ".join(part for part in (right, _plain(group.known["why"])) if part)


def _short(groups: list[Group], paint: Paint) -> Iterator[str]:
    """A line for each."""
    widths = _widths(groups)
    yield f"{'times':>{max(widths[1], 5)}}  {'adapter':<{widths[0]}}  known (--all has more)"
    for group in groups:
        yield f"{_head(group, widths)}: {paint('dim', _verdict(group))}"


def _example(example: Example) -> Iterator[str]:
    case = example.case
    sent = f"{TITLES[case.version]} {case.sender}" + (", a stream" * (case.kind == "streams"))
    more = f"... ({len(case.wire)} bytes)" if len(case.wire) > SHOWN else ""
    yield f"  {sent}: {case.wire[:SHOWN].hex(' ')}{more}"
    if example.row.why:
        yield f"    {_plain(example.row.why)[:LINE]}"
    said = (f"{result}: {', '.join(names)}" for result, names in example.by_answer().items())
    yield f"    {'; '.join(said)}"


def _plain(text: str) -> str:
    return "".join(c if c == '"' else escape(c) for c in text)


def totals(cases: int, adapters: list[Asked], groups: Groups) -> str:
    """The closing lines."""
    lines = []
    for one in adapters:
        parts = [f"{one.answers} answers"]
        for number, what in (
            (one.skips, "skipped"),
            (one.deaths - one.silences, "times it died"),
            (one.silences, "times it hung"),
            (one.nonsense, "lines of nonsense"),
        ):
            parts += [f"{number} {what}"] if number else []
        lines.append(f"{one.name}: {', '.join(parts)}")
    new, all_of = len(groups.unknown), len(groups.groups)
    what = f"{all_of} disagreement{'s' * (all_of != 1)}" if all_of else "no disagreement"
    unknown = f", {new or 'none'} of them not known" if all_of else ""
    lines.append(f"{cases} packets and streams: {what}{unknown}")
    return "".join(f"{line}\n" for line in lines)
