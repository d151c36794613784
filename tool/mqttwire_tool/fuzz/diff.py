# SPDX-License-Identifier: MIT
"""mqttwire fuzz diff: what adapters make of packets from a seed, beside what we make of them."""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import shlex
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import mqttwire as mq

from ..arguments import options_of
from ..forms import print_json
from ..outcome import Exit, UsageError, say
from ..progress import PAUSE, Progress
from ..render import paint_for
from ..vectors.data import Form, load
from ..vectors.titles import Wrong
from . import proposed
from .cases import Case, Judge, Maker, mutable
from .disagreement import FOUND, Asked, Example, Group, Groups, Known, row_of
from .generate import chosen_rules, kinds
from .report import report, totals
from .shrink import TRIES, shrunk

BATCH = 64  # cases that are asked for at once
HANGS = 20  # of an adapter: then it is not asked any more
COUNT = 10_000  # cases, unless told
# Those who read streams take the packet, and leave what follows it for later.
LEFT_OUT = (mq.Rule.TRAILING_BYTES,)
SLOW_TRIES = 12  # to shrink what an adapter hangs at, which takes its patience each time


def named(words: list[str]) -> dict[str, str]:
    """Commands of adapters by name: NAME=COMMAND, or that of the folder of the program."""
    made: dict[str, str] = {}
    for word in words:
        name, equals, command = word.partition("=")
        if not equals or not name.replace("-", "").replace(".", "").replace("_", "").isalnum():
            name, command = "", word
        try:
            program = shlex.split(command)
        except ValueError as error:
            raise UsageError(f"--adapter: {error}") from None
        if not program:
            raise UsageError("--adapter: a command is wanted")
        name = name or _name_of(program)
        if name in made or name == "we":
            raise UsageError(f"--adapter: there are two named {name!r}: say NAME=COMMAND")
        made[name] = command
    return made


def _name_of(program: list[str]) -> str:
    path = Path(program[0])
    if path.name == "run" and path.parent.name:  # as vectors/adapters/install makes them
        return path.parent.name
    return Path(program[-1]).stem if len(program) > 1 else path.name


class Run:
    """One run: all adapters, and what came of them."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        vectors = load(arguments.vectors)
        options = options_of(arguments)
        version, sender = arguments.version, arguments.sender
        if version == 3:
            raise UsageError("there are no packets of MQTT 3.1")
        self.judge = Judge(options, vectors)
        rules = [rule for rule in chosen_rules(arguments.rule or ["*"]) if rule not in LEFT_OUT]
        self.made = Maker(
            arguments.seed,
            kinds([None], version, sender),
            kinds(rules, version, sender),
            [] if arguments.rule else mutable(vectors, version, sender),
        )
        try:
            self.known = Known.read(arguments.known, ours=not arguments.nothing_known)
        except Wrong as wrong:
            raise UsageError(str(wrong)) from None
        self.groups = Groups(self.known, arguments.keep)
        self.count: int | None = arguments.count
        self.time: float | None = arguments.time
        if self.count is None and self.time is None:
            self.count = COUNT
        self.cases = 0
        self.adapters = [
            Asked.of(name, command, arguments.timeout)
            for name, command in named(arguments.adapter).items()
        ]
        self.left_out: set[str] = set()

    # ---- Asking ------------------------------------------------------------------------------

    def batches(self) -> Iterator[list[Case]]:
        """Until there have been enough; each is counted when it has been asked for."""
        cases = iter(self.made)
        end = None if self.time is None else time.monotonic() + self.time
        while end is None or time.monotonic() < end:
            wanted = BATCH if self.count is None else min(BATCH, self.count - self.cases)
            batch = list(itertools.islice(cases, wanted))
            if not batch:
                return
            yield batch
            self.cases += len(batch)

    def ask_all(self, pool: ThreadPoolExecutor) -> None:
        began = time.monotonic()
        total = self.count or int((self.time or 0) * 1000)  # milliseconds
        prints = False  # nothing is printed before the end
        with Progress(total, prints=prints) as progress:
            for batch in self.batches():
                asked = [each for each in self.adapters if each.name not in self.left_out]
                if not asked:
                    return
                answers = list(pool.map(lambda one, cases=batch: _answers(one, cases), asked))
                for number, case in enumerate(batch):
                    said = self.judge.said(case)
                    for one, of_one in zip(asked, answers):
                        row = row_of(one.name, case, said, of_one[number])
                        if row is not None:
                            self.groups.add(row, case, said)
                self._look_after(asked)
                done = int((time.monotonic() - began) * 1000) if self.count is None else self.cases
                progress(done, self.cases)

    def _look_after(self, asked: list[Asked]) -> None:
        for one in asked:
            if one.silences >= HANGS:
                self.left_out.add(one.name)
                say(f"{one.name} was silent {one.silences} times: it is not asked any more")

    # ---- Shrinking ---------------------------------------------------------------------------

    def shrink_all(self, pool: ThreadPoolExecutor) -> None:
        """Each adapter its own examples; then everyone is asked what remains of them."""
        groups = self.groups.sorted()
        shrunk_ones = 0
        with Progress(len(groups), prints=False) as progress:

            def shrink(one: Asked) -> None:
                nonlocal shrunk_ones
                for group in groups:
                    if group.key.adapter == one.name:
                        self._shrink(one, group)
                        shrunk_ones += 1

            working = [pool.submit(shrink, one) for one in self.adapters]
            while wait(working, PAUSE).not_done:
                progress(shrunk_ones, self.cases)
            for each in working:
                each.result()
        examples = [example for group in groups for example in group.examples]
        cases = [example.case for example in examples]
        asked = [one for one in self.adapters if one.name not in self.left_out]
        for one, answers in zip(asked, pool.map(lambda one: _answers(one, cases), asked)):
            for example, answer in zip(examples, answers):
                if one.name != example.row.key.adapter or answer.get("result") != "hang":
                    example.answers[one.name] = answer

    def _shrink(self, one: Asked, group: Group) -> None:
        tries = SLOW_TRIES if " hangs " in f" {group.key.title}" else TRIES
        kept: dict[tuple[object, ...], Example] = {}
        for example in group.examples:
            case = shrunk(example.case, lambda case: self._shows(one, case, group), tries)
            said = self.judge.said(case)
            answer = one.ask(case)
            row = row_of(one.name, case, said, answer)
            if row is None or row.key != group.key:  # it comes and goes
                case, said, row = example.case, example.said, example.row
                answer = {"result": row.form["answer"].get("result")}
            found = Example(case, said, row, {one.name: answer})
            kept.setdefault((case.kind, case.version, case.sender, case.wire), found)
        group.examples = sorted(kept.values(), key=lambda e: (e.case.kind, len(e.case.wire)))

    def _shows(self, one: Asked, case: Case, group: Group) -> bool:
        row = row_of(one.name, case, self.judge.said(case), one.ask(case))
        return row is not None and row.key == group.key

    def close(self) -> None:
        for one in self.adapters:
            one.adapter.close()


def _answers(one: Asked, cases: list[Case]) -> list[Form]:
    """A hang takes long: after too many there are no more."""
    answers: list[Form] = []
    for case in cases:
        answers.append({"result": "skip"} if one.silences >= HANGS else one.ask(case))
    return answers


# ---- What comes of it ----------------------------------------------------------------------------


def write_folder(name: str, groups: list[Group], text: str) -> None:
    """All that was found, to be read, to be gone on with, and as vectors."""
    folder = Path(name)
    folder.mkdir(parents=True, exist_ok=True)
    lines = [group.form() for group in groups]
    found = "".join(f"{json.dumps(line)}\n" for line in lines)
    (folder / FOUND).write_text(found, encoding="utf-8")
    (folder / "report.txt").write_text(text, encoding="utf-8")
    for file in proposed.files(line for line in lines if line["known"] is None):
        path = folder / f"vectors-{file['kind']}.json"
        path.write_text(proposed.text(file), encoding="utf-8")


def run(arguments: argparse.Namespace) -> Exit:
    one = Run(arguments)
    try:
        with ThreadPoolExecutor(len(one.adapters)) as pool:
            with contextlib.suppress(KeyboardInterrupt):  # what was found until then is told
                for _ in pool.map(Asked.greet, one.adapters):
                    pass
                one.ask_all(pool)
            one.shrink_all(pool)
    finally:
        one.close()
    groups = one.groups.sorted()
    closing = totals(one.cases, one.adapters, one.groups)
    if arguments.output:
        plain = paint_for(sys.stdout)
        plain.on = False
        write_folder(arguments.output, groups, report(groups, plain, all_of=True) + closing)
    if arguments.json:
        for group in groups:
            print_json(group.form())
        say(closing.strip().splitlines()[-1])
    else:
        print(report(groups, paint_for(sys.stdout), all_of=arguments.all) + closing, end="")
    return Exit.BROKEN if one.groups.unknown else Exit.FINE
