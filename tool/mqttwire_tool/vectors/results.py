# SPDX-License-Identifier: MIT
"""What became of the vectors of a run, and its sums."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from .data import KINDS, Form, Vector
from .judge import CRASH, FAIL, VERDICTS
from .statements import names_of

Sums = dict[str, "Counter[str]"]


@dataclass(frozen=True)
class Result:
    vector: Vector
    question: str
    verdict: str
    why: str  # where it is no pass
    answer: Form | None  # none: it crashed
    seconds: float

    @property
    def bad(self) -> bool:
        return self.verdict in (FAIL, CRASH)

    @property
    def name(self) -> str:
        """Of the vector, and what else than the usual was asked."""
        return f"{self.vector.id}{'' if self.question in KINDS else f' {self.question}'}"

    def form(self) -> Form:
        vector = self.vector
        form: Form = {"id": vector.id, "suite": vector.suite, "kind": self.question}
        form |= {"type": vector.form["packet"].get("type", "")} if self.question == "encode" else {}
        form |= {"check": vector.form["check"]} if vector.kind == "topics" else {}
        form |= {"version": vector.version, "expected": vector.result, "verdict": self.verdict}
        form |= {"why": self.why} if self.why else {}
        form |= {"rule": vector.rule} if vector.rule else {}
        form |= {"ids": vector.form.get("ids", [])}
        form |= {"section": vector.form["section"]} if "section" in vector.form else {}
        form |= {"answer": self.answer} if self.answer is not None else {}
        return form | {"seconds": round(self.seconds, 6)}


@dataclass
class Results:
    adapter: str
    rows: list[Result] = field(default_factory=list)
    garbage: int = 0  # lines that were no answers

    @property
    def sums(self) -> Counter[str]:
        return Counter(row.verdict for row in self.rows)

    @property
    def bad(self) -> list[Result]:
        return [row for row in self.rows if row.bad]

    @property
    def total(self) -> str:
        """How much of what."""
        vectors = len({row.vector.id for row in self.rows})
        asked = f", {len(self.rows)} questions" if len(self.rows) > vectors else ""
        return f"{vectors} vectors{asked}: {sums_text(self.sums)}"

    @property
    def seconds(self) -> float:
        return sum(row.seconds for row in self.rows)

    def _by(self, names: Callable[[Vector], Iterable[str]]) -> Sums:
        sums: Sums = {}
        for row in self.rows:
            for name in names(row.vector):
                sums.setdefault(name, Counter())[row.verdict] += 1
        return sums

    def by_suite(self) -> Sums:
        return self._by(lambda vector: [suite_of(vector)])

    def by_statement(self) -> Sums:
        return dict(sorted(self._by(names_of).items(), key=lambda item: order_of(item[0])))


def suite_of(vector: Vector) -> str:
    return f"v{vector.version}-{vector.suite}"


def order_of(name: str) -> list[tuple[bool, int, str]]:
    """Sorts names with numbers in them: 3.2.2-10 is behind 3.2.2-9."""
    words = "".join(c if c.isalnum() else " " for c in name).split()
    return [(not word.isdigit(), int(word) if word.isdigit() else 0, word) for word in words]


def sums_text(sums: Counter[str]) -> str:
    return ", ".join(f"{sums[verdict]} {verdict}" for verdict in VERDICTS if sums[verdict])


def table(sums: Sums, title: str, verdicts: tuple[str, ...] = VERDICTS) -> list[str]:
    """A row for each name, with its verdicts in columns."""
    width = max([len(title), *map(len, sums)])
    rows = [f"{title:<{width}}" + "".join(f"{verdict:>9}" for verdict in verdicts)]
    for name, counts in sums.items():
        cells = "".join(f"{counts[verdict] or '-':>9}" for verdict in verdicts)
        rows.append(f"{name:<{width}}{cells}")
    return rows
