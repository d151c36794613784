# SPDX-License-Identifier: MIT
"""mqttwire vectors coverage: which statements the vectors are about, counted from both."""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import mqttwire as mq

from ..forms import print_json
from ..outcome import Exit, say
from .data import RESULTS, Vector, selected
from .page import Cell, Value, heading, page, paragraph, table
from .results import order_of
from .statements import JUDGED, TITLES, name_of, statements

Counts = Counter[str]


@dataclass(frozen=True)
class Row:
    """A statement or a section, and how many vectors of each result are about it."""

    version: int
    id: str
    layer: str  # none: of a section
    summary: str
    counts: Counts

    @property
    def empty(self) -> bool:
        return not any(self.counts.values())


@dataclass(frozen=True)
class Coverage:
    rows: list[Row]  # statements of the layers that vectors are about, and others that have some
    sections: list[Row]
    unknown: list[str]  # statements that the specifications have not
    rules: dict[tuple[int, str], Counts]  # how many vectors of each result break a rule

    @property
    def empty(self) -> list[Row]:
        return [row for row in self.rows if row.empty]


def count(vectors: Iterable[Vector]) -> Coverage:
    known = statements()
    ids: dict[tuple[int, str], Counts] = {}
    sections: dict[tuple[int, str], Counts] = {}
    rules: dict[tuple[int, str], Counts] = {}
    for vector in vectors:
        for each in vector.form.get("ids", []):
            ids.setdefault((vector.version, each), Counter())[vector.result] += 1
        if vector.form.get("section"):
            key = (vector.version, vector.form["section"])
            sections.setdefault(key, Counter())[vector.result] += 1
        if vector.rule:
            rules.setdefault((vector.version, vector.rule), Counter())[vector.result] += 1
    return Coverage(
        [
            Row(row.version, row.id, row.layer, row.summary, ids.get(key, Counter()))
            for key, row in known.items()
            if row.layer in JUDGED or key in ids
        ],
        [
            Row(*key, "", "", sections[key])
            for key in sorted(sections, key=lambda key: (key[0], order_of(key[1])))
        ],
        sorted(name_of(*key) for key in ids.keys() - known.keys()),
        rules,
    )


def sums(coverage: Coverage) -> list[list[Value]]:
    """By version and layer: statements, those with vectors, accepting ones, rejecting ones."""
    made: list[list[Value]] = []
    for version in TITLES:
        for layer in JUDGED:
            rows = [row for row in coverage.rows if (row.version, row.layer) == (version, layer)]
            has = [sum(bool(row.counts[result]) for row in rows) for result in RESULTS]
            some = sum(not row.empty for row in rows)
            made.append([TITLES[version], layer, len(rows), some, has[0], has[1], len(rows) - some])
    return made


SUMS = ["version", "layer", "statements", "with vectors", "accepting", "rejecting", "without"]


def rules_without(coverage: Coverage, version: int) -> list[str]:
    """Names of our rules that no vector breaks."""
    return [
        rule.name.lower()
        for rule in mq.Rule
        if mq.rule_info(rule.name.lower()).ids(version)
        and not coverage.rules.get((version, rule.name.lower()))
    ]


def text(coverage: Coverage) -> str:
    lines = [
        f"{'version':<9}{'layer':<12}{'statements':>10}{'with vectors':>14}{'accepting':>11}"
        f"{'rejecting':>11}{'without':>9}"
    ]
    for row in sums(coverage):
        version, layer, every, some, accepting, rejecting, without = row
        lines.append(
            f"{version:<9}{layer:<12}{every:>10}{some:>14}{accepting:>11}{rejecting:>11}"
            f"{without:>9}"
        )
    for rows, title in ((coverage.rows, "statement"), (coverage.sections, "section")):
        lines += ["", f"{title:<22}{'layer':<11}" + "".join(f"{r:>8}" for r in RESULTS)]
        for each in rows:
            if not each.empty:
                cells = "".join(f"{each.counts[result] or '-':>8}" for result in RESULTS)
                lines.append(f"{TITLES[each.version] + ' ' + each.id:<22}{each.layer:<11}{cells}")
    lines += ["", f"without vectors: {len(coverage.empty)}"]
    lines += [
        f"{TITLES[row.version] + ' ' + row.id:<22}{row.layer:<11}{row.summary}"
        for row in coverage.empty
    ]
    for version, title in TITLES.items():
        rules = rules_without(coverage, version)
        lines += ["", f"rules of {title} that no vector breaks: {len(rules)}"]
        lines += textwrap.wrap(", ".join(rules), 98)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _row(row: Row) -> list[Value]:
    cells: list[Value] = [TITLES[row.version], Cell(row.id, "none" if row.empty else "")]
    return [*cells, row.layer, *(row.counts[result] for result in RESULTS), row.summary]


def html(coverage: Coverage) -> str:
    results: list[Value] = [Cell(result, "n") for result in RESULTS]
    numbers: list[Value] = [Cell(name, "n") for name in SUMS[2:]]
    head: list[Value] = ["version", "statement", "layer", *results, "says"]
    return page(
        "Conformance vectors for MQTT: statements",
        paragraph("Vectors by the statement that they are about, and by what they expect."),
        table([*SUMS[:2], *numbers], sums(coverage)),
        heading(f"Without vectors: {len(coverage.empty)}"),
        table(head, map(_row, coverage.empty)),
        heading("Statements"),
        table(head, map(_row, coverage.rows)),
        heading("Sections, for what has no statement"),
        table(head, map(_row, coverage.sections)),
        *(
            part
            for version, title in TITLES.items()
            for part in (
                heading(f"Rules of {title} that no vector breaks"),
                paragraph(", ".join(rules_without(coverage, version)) or "None."),
            )
        ),
    )


def forms(coverage: Coverage) -> Iterable[dict[str, object]]:
    for row in [*coverage.rows, *coverage.sections]:
        form: dict[str, object] = {"version": row.version}
        form["id" if row.layer else "section"] = row.id
        form |= {"layer": row.layer} if row.layer else {}
        yield form | {result: row.counts[result] for result in RESULTS}


def run(arguments: argparse.Namespace) -> Exit:
    coverage = count(selected(arguments))
    if arguments.json:
        for form in forms(coverage):
            print_json(form)
    else:
        made = html(coverage) if arguments.format == "html" else text(coverage)
        if arguments.output:
            with open(arguments.output, "w", encoding="utf-8", newline="\n") as file:
                file.write(made)
        else:
            sys.stdout.flush()
            sys.stdout.buffer.write(made.encode("utf-8"))
    for name in coverage.unknown:
        say(f"there is no statement {name}")
    return Exit.BROKEN if coverage.unknown else Exit.FINE
