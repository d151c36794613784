# SPDX-License-Identifier: MIT
"""A run as one page of HTML."""

from __future__ import annotations

from .judge import VERDICTS
from .page import Cell, Value, heading, page, paragraph, table
from .results import Results, Sums, order_of
from .statements import name_of, statements


def _sums(sums: Sums, title: str, words: dict[str, str]) -> str:
    head: list[Value] = [title, *(Cell(verdict, "n") for verdict in VERDICTS)]
    rows: list[list[Value]] = []
    for name, counts in sums.items():
        cells = (Cell(counts[v] or "-", f"n {v if counts[v] else 'dim'}") for v in VERDICTS)
        rows.append([name, *cells, *([words.get(name, "")] if words else [])])
    return table([*head, *(["says"] if words else [])], rows)


def html(results: Results) -> str:
    words = {name_of(*key): statement.summary for key, statement in statements().items()}
    suites = dict(sorted(results.by_suite().items(), key=lambda item: order_of(item[0])))
    parts = [
        paragraph(f"{results.adapter}: {results.total}"),
        heading("Suites"),
        _sums(suites, "suite", {}),
    ]
    if results.bad:
        rows: list[list[Value]] = [
            [
                Cell(row.verdict, row.verdict),
                row.name,
                row.vector.rule or row.vector.result,
                row.why,
                row.vector.title,
            ]
            for row in results.bad
        ]
        head = ["verdict", "vector", "rule or result", "why", "comment"]
        parts += [heading("What failed"), table(head, rows)]
    parts += [heading("Statements"), _sums(results.by_statement(), "statement", words)]
    return page("Conformance vectors for MQTT", *parts)
