# SPDX-License-Identifier: MIT
"""mqttwire vectors broker: what a live broker makes of the packets that clients send."""

from __future__ import annotations

import argparse
import ipaddress
import json
import os
import socket
import sys
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from ..forms import print_json
from ..outcome import Exit, UsageError, say
from ..render import Paint, paint_for
from .broker_judge import UNCLEAR, judge
from .broker_talk import Broker, Controls, Unusable, observe
from .data import LARGE, Vector
from .filters import is_filtered, selected
from .judge import FAIL, PASS
from .listing import plain
from .results import order_of, suite_of, table

MQTT_PORT = 1883


@dataclass(frozen=True)
class Seen:
    vector: Vector
    verdict: str
    seen: str

    def form(self) -> dict[str, str]:
        return {"id": self.vector.id, "verdict": self.verdict, "seen": self.seen}


def address_of(text: str, allow_remote: bool) -> tuple[str, int]:
    """Host and port, both checked: nothing but loopback unless that is allowed."""
    host, colon, digits = text.rpartition(":")
    if not colon or text.endswith("]"):
        host, digits = text, str(MQTT_PORT)
    host = host.removeprefix("[").removesuffix("]")
    if not host or not digits.isdigit() or not 0 < int(digits) < 65536:
        raise UsageError(f"{text!r} is no HOST:PORT")
    found = socket.getaddrinfo(host, int(digits), type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    local = [each for each in addresses if ipaddress.ip_address(each.split("%")[0]).is_loopback]
    if not allow_remote and len(local) < len(addresses):
        raise UsageError(f"{host} is not this machine: --allow-remote lets it be contacted")
    return addresses[0], int(digits)


def is_meant(vector: Vector, largest: int) -> bool:
    form = vector.form
    fits = vector.kind == "packets" and form.get("sender") == "client" and "wire" in form
    return fits and vector.size <= largest


def look(broker: Broker, vectors: list[Vector], jobs: int) -> list[Seen]:
    """Sends each vector in a connection of its own, several at a time."""
    numbers = count(1)

    def name() -> str:
        return f"mqttwire-{os.getpid()}-{next(numbers)}"

    controls = Controls(broker, name)

    def one(vector: Vector) -> Seen:
        control = controls.of(vector)
        seen = observe(broker, vector, name(), control)
        return Seen(vector, judge(vector, seen, control), seen)

    with ThreadPoolExecutor(jobs) as pool:
        waiting = [pool.submit(one, vector) for vector in vectors]
        try:
            return [each.result() for each in waiting]
        except BaseException:
            for each in waiting:
                each.cancel()
            raise


def baseline_of(path: Path) -> dict[str, dict[str, str]]:
    rows = {}
    try:
        for line in path.read_text(encoding="utf-8").splitlines():
            form = json.loads(line)
            rows[str(form["id"])] = {name: str(form[name]) for name in ("id", "verdict", "seen")}
    except (ValueError, KeyError, TypeError):
        raise UsageError(f"{path}: not what --json prints") from None
    return rows


def differences(rows: Iterable[Seen], path: Path, everything: bool) -> list[str]:
    """How a run differs from the baseline.  everything: what is missing now is told, too."""
    known = baseline_of(path)
    lines = []
    for row in rows:
        before = known.pop(row.vector.id, None)
        if before is None:
            lines.append(f"{row.vector.id}: {row.verdict}, {row.seen}; not in the baseline")
        elif before != row.form():
            was = f"{before['verdict']}, {before['seen']}"
            lines.append(f"{row.vector.id}: {row.verdict}, {row.seen}; it was {was}")
    if everything:
        lines += [f"{identifier}: in the baseline alone" for identifier in known]
    return lines


def summary(rows: list[Seen], paint: Paint) -> str:
    lines = []
    for row in rows:
        if row.verdict != PASS:
            verdict = paint("fault" if row.verdict == FAIL else "loss", f"{row.verdict:<7}")
            wanted = row.vector.rule if row.vector.result == "reject" else row.vector.result
            line = f"{verdict}  {row.vector.id}  {row.seen}, not {wanted}"
            comment = plain(row.vector.title)
            lines.append(line + (f"  {comment}" if comment else ""))
    if lines:
        lines.append("")
    sums: dict[str, Counter[str]] = {}
    for row in rows:
        sums.setdefault(suite_of(row.vector), Counter())[row.verdict] += 1
    ordered = dict(sorted(sums.items(), key=lambda item: order_of(item[0])))
    lines += table(ordered, "suite", (PASS, FAIL, UNCLEAR))
    total = Counter(row.verdict for row in rows)
    words = ", ".join(f"{total[v]} {v}" for v in (PASS, FAIL, UNCLEAR) if total[v])
    return "\n".join([*lines, "", f"{len(rows)} vectors: {words}", ""])


def run(arguments: argparse.Namespace) -> Exit:
    largest = arguments.max_size or LARGE
    vectors = selected(arguments, lambda vector: is_meant(vector, largest))
    if arguments.baseline:
        baseline_of(Path(arguments.baseline))  # to complain now, not after a minute
    host, port = address_of(arguments.address, arguments.allow_remote)
    broker = Broker(host, port, arguments.timeout, arguments.quiet)
    try:
        rows = look(broker, vectors, arguments.jobs)
    except Unusable as error:
        say(f"{arguments.address}: {error}")
        return Exit.FAILED
    except OSError as error:
        if error.filename is None:
            error.filename = arguments.address
        raise
    rows.sort(key=lambda row: order_of(row.vector.id))
    if arguments.json:
        for row in rows:
            print_json(row.form())
    else:
        print(summary(rows, paint_for(sys.stdout)), end="")
    if not arguments.baseline:
        return Exit.BROKEN if any(row.verdict == FAIL for row in rows) else Exit.FINE
    changed = differences(rows, Path(arguments.baseline), not is_filtered(arguments))
    for line in changed:
        say(line)
    return Exit.BROKEN if changed else Exit.FINE
