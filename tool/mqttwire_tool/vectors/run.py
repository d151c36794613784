# SPDX-License-Identifier: MIT
"""mqttwire vectors run: asks an adapter what it makes of the vectors."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import time
from collections.abc import Callable

from ..outcome import Exit, UsageError, say
from ..render import Paint, escape, paint_for
from .adapter import Adapter, Crash, questions
from .data import Form
from .filters import selected
from .judge import CRASH, PASS, judge
from .output import STANDARD, write
from .report_html import html
from .report_junit import junit
from .report_tap import tap
from .results import Result, Results, order_of, table

GARBAGE_SHOWN = 3
STARTS = 3  # crashes in a row without any answer: there is no use in going on


class Useless(OSError):
    """The adapter answers nothing at all."""


def asked(arguments: argparse.Namespace) -> Results:
    """Asks all that is to be asked."""
    results = Results(arguments.adapter)

    def garbage(line: str) -> None:
        results.garbage += 1
        if results.garbage <= GARBAGE_SHOWN:
            shown = "".join(map(escape, line[:100]))
            say(f"the adapter printed what is no answer: {shown}")

    largest = arguments.max_size
    vectors = selected(arguments, lambda vector: not largest or vector.size <= largest)
    try:
        words = shlex.split(arguments.adapter)
    except ValueError as error:
        raise UsageError(f"--adapter: {error}") from None
    if not words:
        raise UsageError("--adapter: a command is wanted")
    with Adapter(arguments.adapter, garbage, arguments.timeout) as adapter:
        asking = [(vector, question) for vector in vectors for question in questions(vector)]
        for number, (vector, question) in enumerate(asking, 1):
            started = time.monotonic()
            answer: Form | None = None
            try:
                answer = adapter.ask(vector, question)
                verdict, why = judge(vector, answer, question)
            except Crash as crash:
                if number >= STARTS and not adapter.answers:
                    raise Useless(f"the adapter has answered nothing: {crash}") from None
                verdict, why = CRASH, str(crash)
            spent = time.monotonic() - started
            results.rows.append(Result(vector, question, verdict, why, answer, spent))
    if not adapter.answers:
        raise Useless(f"the adapter has answered nothing: {results.rows[-1].why}")
    if results.garbage > GARBAGE_SHOWN:
        say(f"the adapter printed {results.garbage} lines that are no answers")
    return results


def summary(results: Results, paint: Paint) -> str:
    """For people: what failed, then sums by suite and by statement."""
    lines = []
    for row in results.bad:
        lines.append(f"{paint('fault', row.verdict)}  {row.name}  {escaped(row.why)}")
    if lines:
        lines.append("")
    by_suite = dict(sorted(results.by_suite().items(), key=lambda item: order_of(item[0])))
    lines += [*table(by_suite, "suite"), ""]
    statements = results.by_statement()
    broken = {n: sums for n, sums in statements.items() if set(sums) - {PASS}}
    if broken:
        lines += table(broken, "statement")
    whole = len(statements) - len(broken)
    if whole:
        lines.append(f"{whole} statements{' besides' if broken else ''} with nothing but passes")
    lines += ["", results.total]
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    return "".join(c if c == '"' else escape(c) for c in text)


def as_json(results: Results) -> str:
    sums = {name: dict(counts) for name, counts in results.by_suite().items()}
    by_statement = {name: dict(counts) for name, counts in results.by_statement().items()}
    form = {"adapter": results.adapter, "sums": dict(results.sums), "garbage": results.garbage}
    head = {**form, "suites": sums, "statements": by_statement}
    rows = ",\n".join(json.dumps(row.form()) for row in results.rows)
    return json.dumps(head, indent=1)[:-2] + f',\n "results": [\n{rows}\n]\n}}\n'


REPORTS: dict[str, Callable[[Results], str]] = {
    "html": html,
    "junit": junit,
    "json": as_json,
    "tap": tap,
}


def run(arguments: argparse.Namespace) -> Exit:
    if arguments.output and not arguments.report:
        raise UsageError("--output wants --report, which says what is written")
    results = asked(arguments)
    if arguments.report:
        text = REPORTS[arguments.report](results)
        write(arguments.output, text.encode("utf-8"))
    if arguments.output not in (None, STANDARD) or not arguments.report:
        print(summary(results, paint_for(sys.stdout)), end="")
    return Exit.BROKEN if results.bad else Exit.FINE
