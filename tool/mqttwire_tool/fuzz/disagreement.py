# SPDX-License-Identifier: MIT
"""Where an adapter and we differ: what it is called, and whether it is known."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import mqttwire as mq

from ..vectors.adapter import PATIENCE, Adapter, Crash
from ..vectors.data import Form, NotVectors, Vector, installed_text
from ..vectors.judge import PASS, SKIP, judge
from ..vectors.judge import told as error_told
from ..vectors.run import Useless
from ..vectors.titles import DEATHS, HEAD, TITLES, Verdict, Wrong, title, verdicts
from .cases import SIMPLE, STREAM, Case, frame_of, pieces

GREETINGS = tuple(
    Case("packets", version, sender, bytes.fromhex(wire), "greeting")
    for version, sender, wire in SIMPLE
)
RESULTS = ("accept", "reject", "more", "skip", "differs")
CHANGING = re.compile(r"\"[^\"]*\"|'[^']*'|\b0x[0-9a-fA-F]+|\b[0-9a-f]{2,}\b|\d+")
VERDICTS = ("fuzz-verdicts.tsv", "interop-verdicts.tsv")  # that are installed; the first counts
FOUND = "found.jsonl"  # in the folder that is written
DEATHS_NAMED = tuple(DEATHS.values())
SILENT = "no answer in"  # so begins what is said of a hang


class Key(NamedTuple):
    """Disagreements with the same key are one group."""

    adapter: str
    title: str  # without what changes from packet to packet
    type: str  # of the packet that is refused; otherwise nothing


class Row(NamedTuple):
    """One disagreement."""

    key: Key
    form: Form  # as in the report of `vectors run`: what verdicts look at
    why: str


@dataclass
class Asked:
    """An adapter, by its name, and what became of it."""

    name: str
    adapter: Adapter
    answers: int = 0
    skips: int = 0
    deaths: int = 0
    silences: int = 0
    nonsense: int = 0  # lines that are no answers

    @classmethod
    def of(cls, name: str, command: str, patience: float = PATIENCE) -> Asked:
        made = cls(name, Adapter(command, lambda line: None, patience))
        made.adapter.garbage = made._garbage
        return made

    def _garbage(self, line: str) -> None:
        self.nonsense += 1

    def greet(self) -> None:
        """Does it answer anything at all?"""
        for greeting in GREETINGS:
            try:
                self.adapter.ask(greeting.vector("greeting"), greeting.kind)
                return
            except Crash as crash:
                why = crash
        raise Useless(f"the adapter {self.name} has answered nothing: {why}")

    def ask(self, case: Case) -> Form:
        """Its answer; or {"result": one of DEATHS, "error": why}."""
        before = self.nonsense
        try:
            answer = self.adapter.ask(case.vector("fuzz"), case.kind)
        except Crash as crash:
            self.deaths += 1
            result = "hang" if str(crash).startswith(SILENT) else "crash"
            self.silences += result == "hang"
            if self.nonsense > before:
                result = "garbage"
            return {"result": result, "error": {"message": str(crash)}}
        self.answers += 1
        self.skips += answer.get("result") == "skip"
        if answer.get("result") not in RESULTS:
            return {"result": "garbage", "error": {"message": json.dumps(answer)[:200]}}
        return answer


def row_of(name: str, case: Case, said: Form, answer: Form) -> Row | None:
    """The disagreement; None: there is none."""
    result, wanted = str(answer.get("result")), str(said["result"])
    if result == "skip" or _may_wait(case, said, result):
        return None
    row: Form = {"id": "", "kind": case.kind, "version": case.version, "expected": wanted}
    row |= {"answer": answer, "rule": rule_of(said), "why": "", "verdict": "fail"}
    row |= statements_of(case, said)
    if result in DEATHS:
        row |= {"verdict": result, "why": error_told(answer)}
    else:
        try:
            verdict, row["why"] = judge(_vector(case, said), answer, case.kind)
        except (ValueError, TypeError, KeyError, IndexError, AttributeError):
            # A packet of a form that there is not.
            verdict, row["verdict"] = "fail", "garbage"
        if verdict in (PASS, SKIP):
            return None
        if case.kind == "streams":
            row = _of_packet(row, said)
    named = title(row)
    refuses = wanted != "reject" and not named.startswith("reads ")
    what = type_of(_refused_part(case, answer)) if refuses else ""
    kind, colon, words = named.partition(": ")  # these are the adapter's
    return Row(
        Key(name, kind + colon + CHANGING.sub("_", words), what),
        {**row, "title": named},
        row["why"],
    )


def _of_packet(row: Form, said: Form) -> Form:
    """A stream in which one side goes on for longer is about the packet where the other stops."""
    theirs, ours = row["answer"].get("packets"), said["packets"]
    if row["expected"] != "reject" or not isinstance(theirs, list) or len(theirs) == len(ours):
        return row
    if len(theirs) > len(ours):
        return {**row, "answer": {"result": "accept"}}
    return {**row, "expected": "accept", "rule": None}


def _vector(case: Case, said: Form) -> Vector:
    vector = case.vector("fuzz")
    told = dict(said)
    if told["result"] == "choice" and "packet" not in told:
        told.pop("packets", None)  # which of them come, depends on what is chosen
    return Vector({**vector.form, **told}, vector.suite, vector.kind)


def _may_wait(case: Case, said: Form, result: str) -> bool:
    """A bad packet may be refused before all of it has come, and need not be."""
    if (said["result"], result) == ("more", "reject"):
        return not case.begins
    if (said["result"], result) != ("reject", "more"):
        return False
    bad = case.wire
    if case.kind == "streams":
        bad = pieces(bad, case.version)[len(said["packets"])]
    endless = len(bad) > 4 and all(byte & 0x80 for byte in bad[1:5])  # a length that is too long
    return frame_of(bad, case.version) is None and not endless


def _refused_part(case: Case, answer: Form) -> bytes:
    """The packet that was not taken."""
    taken = answer.get("packets")
    if case.kind != "streams" or not isinstance(taken, list):
        return case.wire
    return (*pieces(case.wire, case.version), b"")[min(len(taken), STREAM)]


def rule_of(said: Form) -> str | None:
    error = said.get("error")
    return str(error["rule"]) if error else None


def type_of(wire: bytes) -> str:
    try:
        return mq.Type(wire[0] >> 4).name
    except (ValueError, IndexError):
        return "no type"


def statements_of(case: Case, said: Form) -> Form:
    """`ids` and `section`: of the rule, or else of the packet as a whole."""
    if rule := rule_of(said):
        names = mq.rule_info(mq.Rule[rule.upper()]).ids(case.version)
        ids = [name for name in names if name.startswith("MQTT-")]
        sections = [name for name in names if name not in ids]
        return {"ids": ids, **({"section": sections[0]} if sections else {})}
    if said["result"] == "more":  # of Remaining Length
        return {"ids": [], "section": {4: "2.2.3", 5: "2.1.4"}[case.version]}
    return {"ids": [], "section": f"3.{case.wire[0] >> 4}"}


def summary(answer: Form) -> str:
    """An answer in words."""
    error = error_told(answer)
    return f"{answer.get('result')}" + (f" ({error})" if error else "")


# ---- Known ones ----------------------------------------------------------------------------------


@dataclass
class Known:
    """Verdicts, and groups that were found before.

    installed: those on the adapters of vectors/; the names of these stand among them.
    """

    installed: list[Verdict] = field(default_factory=list)
    table: list[Verdict] = field(default_factory=list)
    groups: set[Key] = field(default_factory=set)

    @classmethod
    def read(cls, names: Iterable[str], *, ours: bool = True) -> Known:
        """ours: with the verdicts that are installed."""
        known = cls()
        if ours:
            for name in VERDICTS:
                known.installed += verdicts(installed_text(name))
        for path in names:
            known._add(Path(path))
        return known

    def _add(self, path: Path) -> None:
        path = path / FOUND if path.is_dir() else path
        try:
            text = path.read_text(encoding="utf-8")
            if text.startswith(HEAD):
                self.table += verdicts(text)
                return
            for line in text.splitlines():
                form = json.loads(line)
                key = Key(*(str(form[name]) for name in Key._fields))
                self.groups.add(key)
        except Wrong as wrong:
            raise NotVectors(path, str(wrong)) from None
        except (ValueError, KeyError, TypeError):
            why = "neither verdicts nor what `fuzz diff --json` prints"
            raise NotVectors(path, why) from None

    def verdict(self, row: Row) -> Form | None:
        """Who is right, and why; None: nobody knows yet."""
        ours = any(verdict.implementation == row.key.adapter for verdict in self.installed)
        for verdict in [*self.table, *(self.installed if ours else [])]:
            if row.form["verdict"] in DEATHS and not verdict.what.startswith(DEATHS_NAMED):
                continue  # a pattern about a rule does not excuse a death
            titles = (str(row.form["title"]), row.key.title)
            if any(verdict.fits(row.key.adapter, named, row.form) for named in titles):
                return {"who": verdict.who, "why": verdict.why}
        if row.key in self.groups:
            return {"who": "", "why": "found before"}
        return None


# ---- Groups --------------------------------------------------------------------------------------


@dataclass
class Example:
    """A case that shows a disagreement, and what everyone says of it."""

    case: Case
    said: Form
    row: Row
    answers: dict[str, Form] = field(default_factory=dict)

    def form(self) -> Form:
        case = self.case
        form: Form = {"kind": case.kind, "version": case.version, "sender": case.sender}
        form |= {"wire": case.wire.hex(), "origin": case.origin, "why": self.row.why}
        if case.kind == "streams":
            form["chunks"] = case.chunks
        return {**form, "ours": self.said, "answers": self.answers}

    def by_answer(self) -> dict[str, list[str]]:
        """Who says what: results, with names."""
        said: dict[str, list[str]] = {str(self.said["result"]): ["we"]}
        for name, answer in self.answers.items():
            other = name == self.row.key.adapter or row_of(name, self.case, self.said, answer)
            reads = other and answer.get("result") == self.said["result"]
            result = str(answer.get("result")) + (", other fields" if reads else "")
            said.setdefault(result, []).append(name)
        return said


@dataclass
class Group:
    """Disagreements of an adapter that are the same."""

    key: Key
    known: Form | None
    count: int = 0
    examples: list[Example] = field(default_factory=list)

    @property
    def first(self) -> Example:
        return self.examples[0]

    @property
    def statements(self) -> list[str]:
        form = self.first.row.form
        return [*form["ids"]] or [f"section {form['section']}"]

    def form(self) -> Form:
        """A line of JSON."""
        example = self.first
        form: Form = {**self.key._asdict(), "count": self.count, "known": self.known}
        form |= {"expected": example.said["result"], "rule": rule_of(example.said)}
        form |= {"statements": self.statements, "specification": TITLES[example.case.version]}
        return {**form, "examples": [each.form() for each in self.examples]}


class Groups:
    def __init__(self, known: Known, keep: int) -> None:
        self.known = known
        self.keep = keep
        self.groups: dict[Key, Group] = {}

    def add(self, row: Row, case: Case, said: Form) -> None:
        group = self.groups.get(row.key)
        if group is None:
            group = self.groups[row.key] = Group(row.key, self.known.verdict(row))
        group.count += 1
        if len(group.examples) < self.keep:
            group.examples.append(Example(case, said, row))

    def sorted(self) -> list[Group]:
        """What is not known comes first; then by name, and the most frequent ones first."""
        groups = self.groups.values()
        return sorted(groups, key=lambda g: (g.known is not None, g.key.adapter, -g.count, g.key))

    @property
    def unknown(self) -> list[Group]:
        return [group for group in self.sorted() if group.known is None]
