# SPDX-License-Identifier: MIT
"""docs/interop.md: what implementations make of the vectors, and who is right where they differ.

All of it comes from the results of vectors/adapters/run-all and from interop-verdicts.tsv, which
`mqttwire fuzz diff` reads, too: what both call a disagreement is in the tool's vectors/titles.py.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mqttwire_tool.vectors.titles import (
    TITLES,
    WHO,
    Verdict,
    Wrong,
    statements,
    title,
    verdicts,
)

VECTORS = Path(__file__).resolve().parent.parent
VERDICTS = VECTORS / "interop-verdicts.tsv"
RESULTS = VECTORS.parent / "build" / "interop"
PAGE = VECTORS.parent / "docs" / "interop.md"
UNASKED = {"comment", "name"}  # of a vector: what nothing depends on
INTRO = """\
<!-- Written by vectors/interop, of vectors {digest}. -->
# What implementations make of the vectors

Packages as they are published, asked by the programs in
[vectors/adapters](../vectors/adapters/README.md), which says what each of them cannot show. Asked
are the parts that read and write packets, or look at topics: what a broker or a client around them
refuses later is not seen here. `vectors/refresh` makes this page anew; the verdicts are from
[interop-verdicts.tsv](../vectors/interop-verdicts.tsv).

## Totals

Of {vectors} vectors; a packet that has one way to be encoded is asked for twice, as bytes and as
packet, which makes {questions} questions. The last columns say who is right where one fails:

| | |
| --- | --- |
| `vector` | the specification says what the vector says |
| `both` | neither is at fault, for the reason that is named first |
| `implementation` | it is right, and the vector has to change |
| not told | this part is not told what it would take, as who sends |
| not reached | such a packet never gets to this part, or another one refuses it |
| open | the specification allows both |

"""
GROUPS = """\

Disagreements come in groups, each with a verdict that was found in the specifications:

| group | |
| --- | --- |
| accepts | takes what breaks this rule ([rules.md](rules.md)) |
| writes | makes bytes of a packet that breaks this rule, or more, fewer or other ones |
| waits at | wants more bytes, though none can come that belong to the packet |
| dies of | ends, or says nothing for a minute |
| refuses | what is good, or may yet become so, with this error |
| takes, does not take | a topic for a match; a filter for that of a shared subscription |
| reads | takes another value of this field out of it |
"""
MATRIX = """\
How many questions about a statement pass: `pass`, `pass/fail`, or `pass/fail/skip` where some are
not for this implementation; `-` where all are not.
"""

Form = dict[str, Any]


@dataclass(frozen=True)
class Implementation:
    name: str
    date: str
    about: Form
    rows: list[Form]

    @property
    def bad(self) -> list[Form]:
        return [row for row in self.rows if row["verdict"] in ("fail", "crash")]


@dataclass(frozen=True)
class Group:
    """Disagreements of one implementation that have a title and a verdict in common."""

    title: str
    verdict: Verdict
    rows: list[Form]


def grouped(one: Implementation, table: list[Verdict]) -> list[Group]:
    groups: dict[tuple[str, Verdict], list[Form]] = {}
    missing: dict[str, str] = {}
    for row in one.bad:
        named = title(row)
        verdict = next((each for each in table if each.fits(one.name, named, row)), None)
        if verdict is None:
            missing.setdefault(named, f"no verdict: {one.name} {named} ({row['id']})")
        else:
            groups.setdefault((named, verdict), []).append(row)
    if missing:
        raise Wrong("\n".join(missing.values()))
    return [Group(*key, rows) for key, rows in sorted(groups.items(), key=lambda item: item[0][0])]


def order_of(name: str) -> list[tuple[bool, int, str]]:
    """Sorts names with numbers in them; sections come last."""
    words = re.findall(r"\w+", name)
    return [(not word.isdigit(), int(word) if word.isdigit() else 0, word) for word in words]


def table(head: Iterable[str], lines: Iterable[Iterable[object]], numbers: int = 0) -> str:
    """numbers: how many columns, after the first, are aligned to the right."""
    names = list(head)
    rule = ["---:" if 0 < column <= numbers else "---" for column in range(len(names))]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in [names, rule, *lines])


def sums(rows: Iterable[Form]) -> Counter[str]:
    return Counter(row["verdict"] for row in rows)


def shows(one: Implementation) -> str:
    """What was asked of it and answered, as the results have it."""
    rows = [row for row in one.rows if row["verdict"] != "skip"]
    versions = [TITLES[v] for v in TITLES if any(row["version"] == v for row in rows)]
    packets = sum("packet" in (row.get("answer") or {}) for row in rows)
    taken = sum((row.get("answer") or {}).get("result") == "accept" for row in rows)
    content = f"; content of {packets} of {taken} packets that it took" if packets else ""
    kinds = ", ".join(dict.fromkeys(row["kind"] for row in rows))
    return f"MQTT {' and '.join(versions)}, {len(rows)} questions ({kinds}){content}"


def cell(counts: Counter[str]) -> str:
    good, bad, skipped = counts["pass"], counts["fail"] + counts["crash"], counts["skip"]
    if not good + bad:
        return "-"
    if skipped:
        return f"{good}/{bad}/{skipped}"
    return f"{good}/{bad}" if bad else str(good)


def matrix(version: int, all_of: list[Implementation]) -> str:
    asked = {row["id"] for one in all_of for row in one.rows if row["verdict"] != "skip"}
    columns: list[tuple[str, dict[str, Counter[str]]]] = []
    names: set[str] = set()
    for one in all_of:
        by_name: dict[str, Counter[str]] = {}
        for row in one.rows:
            if row["id"] in asked and row["version"] == version:
                for name in statements(row):
                    by_name.setdefault(name, Counter())[row["verdict"]] += 1
        names |= set(by_name)
        if any(set(counts) - {"skip"} for counts in by_name.values()):
            columns.append((one.name, by_name))
    lines = [
        [
            name.split(" ", 1)[1].replace("MQTT-", ""),
            *(cell(by.get(name, Counter())) for _, by in columns),
        ]
        for name in sorted(names, key=lambda name: (" section " in name, order_of(name)))
    ]
    return table(["statement", *(name for name, _ in columns)], lines, len(columns))


def part(one: Implementation, groups: list[Group]) -> str:
    """The section of an implementation."""
    about, counts = one.about, sums(one.rows)
    text = f"\n## {one.name}\n\n{about['package']} {about['version']} ({about['language']}), "
    text += f"asked on {one.date}: {shows(one)}; {counts['skip']} are not for it.\n"
    if not groups:
        return text + "\nNo disagreement.\n"
    head = ["disagreement", "questions", "who is right", "why", "example", "statements (questions)"]
    lines = []
    for group in groups:
        named = Counter(name for row in group.rows for name in statements(row))
        most = [f"{name} ({count})" for name, count in named.most_common(2)]
        more = f" and {len(named) - 2} more" if len(named) > 2 else ""
        lines.append(
            [
                *(group.title, len(group.rows), group.verdict.who, group.verdict.why),
                *(group.rows[0]["id"], ", ".join(most) + more),
            ]
        )
    return text + "\n" + table(head, lines, 1)


def page(all_of: list[Implementation], table_of: list[Verdict], digest: str = "") -> str:
    groups: dict[str, list[Group]] = {}
    missing = []
    for one in all_of:
        try:
            groups[one.name] = grouped(one, table_of)
        except Wrong as wrong:
            missing.append(str(wrong))
    if missing:
        raise Wrong("\n".join(missing))
    used = {group.verdict for of_one in groups.values() for group in of_one}
    unused = [verdict for verdict in table_of if verdict not in used]
    if unused:
        lines = [f"no such disagreement: {each.implementation} {each.what}" for each in unused]
        raise Wrong("\n".join(lines))
    head = ["implementation", "pass", "fail", "crash", "skip", *WHO]
    sums_of = []
    for one in all_of:
        counts, right = sums(one.rows), Counter[str]()
        for group in groups[one.name]:
            right[group.verdict.who] += len(group.rows)
        numbers = [counts[name] for name in ("pass", "fail", "crash", "skip")]
        sums_of.append([one.name, *numbers, *(right[who] for who in WHO)])
    one = all_of[0]
    text = INTRO.format(digest=digest, vectors=len(ids_of(one)), questions=len(one.rows))
    text += table(head, sums_of, len(head) - 1) + GROUPS
    text += "".join(part(one, groups[one.name]) for one in all_of)
    text += f"\n## By statement\n\n{MATRIX}"
    for version, name in TITLES.items():
        text += f"\n### {name}\n\n{matrix(version, all_of)}"
    return text


def ids_of(one: Implementation) -> set[str]:
    return {row["id"] for row in one.rows}


def vectors_now() -> tuple[set[str], str]:
    """Ids of the vectors as they are, and a digest of all that answers can depend on."""
    ids: set[str] = set()
    digest = hashlib.sha256()
    for path in sorted(VECTORS.glob("v*/*.json")):
        for vector in json.loads(path.read_text(encoding="utf-8"))["vectors"]:
            ids.add(vector["id"])
            asked = {name: value for name, value in vector.items() if name not in UNASKED}
            digest.update(json.dumps(asked, sort_keys=True).encode())
    return ids, digest.hexdigest()[:16]


def load(folder: Path) -> list[Implementation]:
    made = []
    for path in sorted(folder.glob("*.json")):
        form = json.loads(path.read_text(encoding="utf-8"))
        made.append(Implementation(path.stem, form["date"], form["about"], form["results"]))
    if not made:
        raise Wrong(f"no results in {folder.name}/: vectors/adapters/run-all makes them")
    return made


def main() -> int:
    try:
        results, (ids, digest) = load(RESULTS), vectors_now()
        for one in results:
            if ids_of(one) != ids:
                raise Wrong(f"{one.name}: results of other vectors: vectors/adapters/run-all")
        text = page(results, verdicts(VERDICTS.read_text(encoding="utf-8")), digest)
    except Wrong as wrong:
        print(wrong, file=sys.stderr)
        return 1
    PAGE.write_bytes(text.encode("utf-8"))
    return 0
