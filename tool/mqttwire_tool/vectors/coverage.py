# SPDX-License-Identifier: MIT
"""mqttwire vectors coverage: which statements the vectors are about, counted from both."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import mqttwire as mq

from ..forms import print_json
from ..outcome import Exit, say
from .data import RESULTS, Vector, installed_text
from .filters import selected
from .output import write
from .page import Cell, Value, heading, page, paragraph, table
from .results import order_of
from .statements import JUDGED, name_of, statements
from .titles import TITLES

Counts = Counter[str]


@dataclass(frozen=True)
class Row:
    """A statement or a section, and how many vectors of each result are about it."""

    version: int
    id: str
    layer: str  # none: of a section
    summary: str
    counts: Counts
    why: str = ""  # it cannot have more

    @property
    def empty(self) -> bool:
        return not any(self.counts.values())

    @property
    def name(self) -> str:
        return f"{TITLES[self.version]} {self.id}"


@dataclass(frozen=True)
class Unnumbered:
    """A rule of the specification that has no statement id."""

    version: int
    where: list[str]  # sections, and statements on the same
    says: str
    open: bool  # a receiver may refuse it, and need not
    counts: Counts

    @property
    def name(self) -> str:
        return f"{TITLES[self.version]} {self.where[0]}"


@dataclass(frozen=True)
class Unbroken:
    """A rule that no vector breaks."""

    version: int
    rule: str
    why: str


@dataclass(frozen=True)
class Coverage:
    rows: list[Row]  # statements of the layers that vectors are about, and others that have some
    sections: list[Row]
    unnumbered: list[Unnumbered]
    unknown: list[str]  # statements that the specifications have not
    rules: list[Unbroken]
    whole: bool = True  # of all vectors of a version: only then it is told what has none

    def narrowed(self, version: int | None, whole: bool) -> Coverage:
        """To a version, and to what vectors that were chosen are about."""

        def meant(row: Row) -> bool:
            return version in (None, row.version) and (whole or not row.empty)

        return replace(
            self,
            rows=[row for row in self.rows if meant(row)],
            unnumbered=[row for row in self.unnumbered if version in (None, row.version)],
            rules=[rule for rule in self.rules if version in (None, rule.version)],
            whole=whole,
        )

    @property
    def empty(self) -> list[Row]:
        return [row for row in self.rows if row.empty]

    @property
    def one_sided(self) -> list[Row]:
        """Without accepting or without rejecting vectors, of those that have some."""
        some = [row for row in self.rows if row.layer in JUDGED and not row.empty]
        return [row for row in some if not (row.counts["accept"] and row.counts["reject"])]


def _shows(vector: Vector, row: dict[str, Any]) -> bool:
    """By breaking one of its rules, or by being about the same and breaking none."""
    if vector.version != row["version"] or (row["sessions"] and vector.kind != "sessions"):
        return False
    about = {*vector.form.get("ids", []), vector.form.get("section")}
    if vector.rule:
        return vector.rule in row["rules"] and (not row["here"] or bool(about & {*row["where"]}))
    narrower = {each for each in row["where"] if each.startswith("MQTT-")}
    return bool(about & (narrower or {*row["where"]}))


def _unnumbered(vectors: list[Vector]) -> Iterator[Unnumbered]:
    for row in json.loads(installed_text("unnumbered.json"))["rules"]:
        counts = Counter(vector.result for vector in vectors if _shows(vector, row))
        yield Unnumbered(row["version"], row["where"], row["says"], row["open"], counts)


def count(selection: Iterable[Vector]) -> Coverage:
    vectors = list(selection)
    known = statements()
    ids: dict[tuple[int, str], Counts] = {}
    sections: dict[tuple[int, str], Counts] = {}
    broken = set()
    for vector in vectors:
        for each in vector.form.get("ids", []):
            ids.setdefault((vector.version, each), Counter())[vector.result] += 1
        if vector.form.get("section"):
            key = (vector.version, vector.form["section"])
            sections.setdefault(key, Counter())[vector.result] += 1
        if vector.rule:
            broken.add((vector.version, vector.rule))
    unshown = json.loads(installed_text("unshown.json"))
    why = {(row["version"], row["id"]): row["why"] for row in unshown["statements"]}
    why |= {(row["version"], row["rule"]): row["why"] for row in unshown["rules"]}
    return Coverage(
        [
            Row(*key, row.layer, row.summary, ids.get(key, Counter()), why.get(key, ""))
            for key, row in known.items()
            if row.layer in JUDGED or key in ids
        ],
        [
            Row(*key, "", "", sections[key])
            for key in sorted(sections, key=lambda key: (key[0], order_of(key[1])))
        ],
        list(_unnumbered(vectors)),
        sorted(name_of(*key) for key in ids.keys() - known.keys()),
        [
            Unbroken(version, name, why.get((version, name), ""))
            for version in TITLES
            for name in (rule.name.lower() for rule in mq.Rule)
            if mq.rule_info(name).ids(version) and (version, name) not in broken
        ],
    )


def sums(coverage: Coverage) -> list[list[Value]]:
    """By version and layer: statements, those with vectors, accepting ones, rejecting ones."""
    made: list[list[Value]] = []
    for version in TITLES:
        for layer in JUDGED:
            rows = [row for row in coverage.rows if (row.version, row.layer) == (version, layer)]
            if not rows:
                continue
            has = [sum(bool(row.counts[result]) for row in rows) for result in RESULTS]
            some = sum(not row.empty for row in rows)
            made.append([TITLES[version], layer, len(rows), some, has[0], has[1], len(rows) - some])
    return made


SUMS = ["version", "layer", "statements", "with vectors", "accepting", "rejecting", "without"]


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
                lines.append(f"{each.name:<22}{each.layer:<11}{cells}")
    if coverage.whole:
        lines += text_of_gaps(coverage)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def text_of_gaps(coverage: Coverage) -> list[str]:
    lines = ["", f"{'without a statement':<33}" + "".join(f"{r:>8}" for r in RESULTS)]
    for rule in coverage.unnumbered:
        cells = "".join(f"{rule.counts[result] or '-':>8}" for result in RESULTS)
        lines.append(f"{rule.name:<33}{cells}  {rule.says}")
    for rows, title in (
        (coverage.empty, "without vectors"),
        (coverage.one_sided, "without accepting or without rejecting vectors"),
    ):
        lines += ["", f"{title}: {len(rows)}"]
        for each in rows:
            lines.append(f"{each.name:<22}{each.layer:<11}{each.summary}")
            lines += [f"{'':33}{each.why}"] if each.why else []
    lines += ["", f"rules that no vector breaks: {len(coverage.rules)}"]
    return lines + [f"{TITLES[r.version] + ' ' + r.rule:<33}{r.why}" for r in coverage.rules]


def _row(row: Row) -> list[Value]:
    cells: list[Value] = [TITLES[row.version], Cell(row.id, "none" if row.empty else "")]
    return [*cells, row.layer, *(row.counts[r] for r in RESULTS), row.summary, row.why]


def html(coverage: Coverage) -> str:
    results: list[Value] = [Cell(result, "n") for result in RESULTS]
    numbers: list[Value] = [Cell(name, "n") for name in SUMS[2:]]
    head: list[Value] = ["version", "statement", "layer", *results, "says", "why there are no more"]
    gaps = [
        heading(f"Without vectors: {len(coverage.empty)}"),
        table(head, map(_row, coverage.empty)),
        heading(f"Without accepting or without rejecting vectors: {len(coverage.one_sided)}"),
        table(head, map(_row, coverage.one_sided)),
        heading(f"Rules that no vector breaks: {len(coverage.rules)}"),
        table(
            ["version", "rule", "why"],
            ([TITLES[row.version], row.rule, row.why] for row in coverage.rules),
        ),
    ]
    return page(
        "Conformance vectors for MQTT: statements",
        paragraph("Vectors by the statement that they are about, and by what they expect."),
        table([*SUMS[:2], *numbers], sums(coverage)),
        *(gaps if coverage.whole else []),
        heading("Statements"),
        table(head, map(_row, coverage.rows)),
        heading("Rules that have no statement"),
        table(
            ["version", "where", *results, "says"],
            (
                [
                    TITLES[row.version],
                    ", ".join(row.where),
                    *(row.counts[r] for r in RESULTS),
                    row.says,
                ]
                for row in coverage.unnumbered
            ),
        ),
        heading("Sections, for what has no statement"),
        table(head, map(_row, coverage.sections)),
    )


def forms(coverage: Coverage) -> Iterable[dict[str, object]]:
    for row in [*coverage.rows, *coverage.sections]:
        form: dict[str, object] = {"version": row.version}
        form["id" if row.layer else "section"] = row.id
        form |= {"layer": row.layer} if row.layer else {}
        form |= {result: row.counts[result] for result in RESULTS}
        yield form | ({"why": row.why} if row.why else {})
    for rule in coverage.unnumbered:
        counts = {result: rule.counts[result] for result in RESULTS}
        yield {"version": rule.version, "where": rule.where} | counts | {"says": rule.says}


def run(arguments: argparse.Namespace) -> Exit:
    some = any(getattr(arguments, name) for name in ("suite", "rule", "id", "kind"))
    coverage = count(selected(arguments)).narrowed(arguments.version, not some)
    if arguments.json:
        for form in forms(coverage):
            print_json(form)
    else:
        made = html(coverage) if arguments.format == "html" else text(coverage)
        write(arguments.output, made.encode("utf-8"))
    for name in coverage.unknown:
        say(f"there is no statement {name}")
    return Exit.BROKEN if coverage.unknown else Exit.FINE
