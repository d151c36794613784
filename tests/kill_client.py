# SPDX-License-Identifier: MIT
"""Kills a publisher and a receiver of the client library over and over, and counts what arrived.

    tests/kill_client.py build/tests/samples/durable --kills 300 --seed 1

starts a mosquitto, and for each way to receive lets both programs work, each with its SQLite store,
while both are killed with signal 9: after a time drawn by chance, or by themselves at a packet or a
commit drawn by chance. The publisher goes on numbering where its table ends. In the end nothing may
be missing, QoS 2 in one transaction has each number exactly once, other doubles of QoS 2 were all
flagged as repeats, and the first deliveries are in order. Exit code 1: not so.
"""

from __future__ import annotations

import argparse
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from mosquitto import Mosquitto

CONFIG = "max_queued_messages 0"  # what the receiver misses while it is dead waits for it
MOMENTS = ["sent", "received", "commit", "committed"]
WAIT = 20.0  # seconds in which what is left comes to its end


class Mode(NamedTuple):
    qos: int
    version: str
    how: str

    def __str__(self) -> str:
        return f"QoS {self.qos}, {self.version}, {self.how}"


MODES = [
    Mode(qos, version, how)
    for qos in (1, 2)
    for version in ("3.1.1", "5.0")
    for how in ("transaction", "later", "file")
]


class Failure(Exception):
    pass


class Role:
    """One of the two programs, in one life after another."""

    def __init__(self, program: str, arguments: list[str], chance: random.Random, slow: float):
        self.command = [program, *arguments]
        self.chance = chance
        self.slow = slow
        self.deaths: Counter[str] = Counter()

    def live(self, last: int) -> None:
        """Until it is killed, or has nothing to do."""
        moment, seconds = self.draw()
        more = [f"last={last}"]
        if moment != "time":
            more.append(f"die={moment}:{self.chance.randint(1, 60)}")
        life = self.start(more)
        try:
            life.wait(seconds * self.slow)
        except subprocess.TimeoutExpired:
            life.kill()
            moment = "time"
        errors = self.errors_of(life)
        if life.returncode == -signal.SIGKILL:
            self.deaths[moment] += 1
        elif life.returncode:
            raise Failure(f"{self.command[1]} ended with {life.returncode}: {errors}")

    def draw(self) -> tuple[str, float]:
        if self.chance.random() < 0.5:
            return "time", self.chance.uniform(0, self.chance.choice([0.05, 0.3]))
        return self.chance.choice(MOMENTS), 1.0

    def start(self, more: list[str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*self.command, *more],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def errors_of(self, life: subprocess.Popen[str]) -> str:
        return life.communicate(timeout=WAIT)[1]

    def finish(self, last: int) -> None:
        """Lives in peace until all is done."""
        life = self.start([f"last={last}"])
        try:
            errors = life.communicate(timeout=WAIT)[1]
        except subprocess.TimeoutExpired:
            life.kill()
            errors = life.communicate()[1]
            raise Failure(f"{self.command[1]} comes to no end: {errors}") from None
        if life.returncode:
            raise Failure(f"{self.command[1]} ended with {life.returncode}: {errors}")


class Torture:
    def __init__(
        self, program: str, port: int, mode: Mode, kills: int, seed: str, folder: Path, slow: float
    ):
        self.mode = mode
        self.kills = kills
        self.last = 0
        self.file = folder / "lines"
        self.stores = {role: folder / f"{role}.db" for role in ("publish", "receive")}
        self.chance = random.Random(f"{seed} {mode} numbers")
        self.failure: Failure | None = None
        common = [
            f"url=mqtt://127.0.0.1:{port}",
            f"topic=durable/{mode.qos}/{mode.version}/{mode.how}",
            f"qos={mode.qos}",
            f"version={mode.version[0]}",
        ]
        self.roles = {}
        for role, store in self.stores.items():
            own = [role, *common, f"id={role}-{mode.qos}-{mode.version}-{mode.how}"]
            own.append(f"store={store}")
            if role == "receive":
                own.append(f"how={mode.how}")
                if mode.how == "file":
                    own.append(f"file={self.file}")
            chance = random.Random(f"{seed} {mode} {role}")
            self.roles[role] = Role(program, own, chance, slow)

    def enough(self) -> bool:
        return self.failure is not None or all(
            role.deaths.total() >= self.kills for role in self.roles.values()
        )

    def subscribe(self) -> None:
        """Before the first message: the broker keeps them from then on."""
        life = self.roles["receive"].start(["last=0"])
        assert life.stdout is not None
        said = life.stdout.readline()
        life.kill()
        errors = life.communicate()[1]
        if said != "subscribed\n":
            raise Failure(f"no subscription: {said}{errors}")

    def publish(self) -> None:
        role = self.roles["publish"]
        while not self.enough():
            self.last += self.chance.randint(0, 60)
            role.live(self.last)
        role.finish(self.last)

    def receive(self) -> None:
        role = self.roles["receive"]
        while not self.enough():
            role.live(0)

    def watch(self, work: str) -> None:
        try:
            getattr(self, work)()
        except Failure as failure:
            self.failure = failure

    def run(self) -> str:
        self.subscribe()
        threads = [threading.Thread(target=self.watch, args=[work]) for work in self.roles]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self.failure:
            raise self.failure
        if self.mode.how == "file":
            self.read_on()
        else:
            self.roles["receive"].finish(self.last)
        return self.check()

    def read_on(self) -> None:
        """Until the file has all numbers; nothing in it tells the receiver that it may end."""
        life = self.roles["receive"].start(["last=0"])
        deadline = time.monotonic() + WAIT
        while len({n for n, _ in self.lines()}) < self.last and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(0.5)
        life.kill()
        life.communicate()

    def lines(self) -> Iterator[tuple[int, bool]]:
        for line in self.file.read_text().splitlines():
            number, *repeat = line.split()
            yield int(number), bool(repeat)

    # ---- What came of it ------------------------------------------------------------------------

    def ask(self, role: str, sql: str) -> list[tuple[int, ...]]:
        with sqlite3.connect(self.stores[role]) as database:
            return database.execute(sql).fetchall()

    def deliveries(self) -> tuple[list[int], int, int]:
        """Numbers in the order of their first deliveries; how many more there were, and how many of
        those were not flagged."""
        first: dict[int, int] = {}
        more = unflagged = 0
        if self.mode.how == "file":
            for number, repeat in self.lines():
                more += number in first
                unflagged += number in first and not repeat
                first.setdefault(number, 1)
            return list(first), more, unflagged
        rows = self.ask("receive", "SELECT number, times, unflagged FROM got ORDER BY place")
        numbers = [row[0] for row in rows]
        return numbers, sum(row[1] - 1 for row in rows), sum(row[2] for row in rows)

    def check(self) -> str:
        handed = [row[0] for row in self.ask("publish", "SELECT number FROM handed ORDER BY 1")]
        first, more, unflagged = self.deliveries()
        faults = []
        if handed != list(range(1, self.last + 1)):
            faults.append("the publisher's table has gaps")
        missing = set(handed) - set(first)
        if missing:
            faults.append(f"{len(missing)} missing, such as {sorted(missing)[:5]}")
        if set(first) - set(handed):
            faults.append("numbers came that nobody sent")
        if first != sorted(first):
            at = next(i for i, n in enumerate(first) if i and n < first[i - 1])
            faults.append(f"the first deliveries are not in order: {first[at - 5:at + 5]}")
        if unflagged and self.mode.qos == 2: # of QoS 1, the broker has doubles of its own
            faults.append(f"{unflagged} repeats without the flag")
        if more and self.mode.qos == 2 and self.mode.how == "transaction":
            faults.append(f"{more} doubles")
        for role in self.stores:
            left = self.ask(role, "SELECT count(*) FROM mqttwire_message")[0][0]
            if left and not (role == "receive" and self.mode.how == "file"):
                faults.append(f"{left} messages are left in the store of {role}")
        if faults:
            raise Failure("; ".join(faults))
        deaths = ", ".join(
            f"{name} {role.deaths.total()} ("
            + " ".join(f"{moment} {count}" for moment, count in sorted(role.deaths.items()))
            + ")"
            for name, role in self.roles.items()
        )
        return f"{self.last} numbers, {more} repeats; kills: {deaths}"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("program", help="tests/samples/durable of a build folder")
    parser.add_argument("--kills", type=int, default=300, help="of each program, at least")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--qos", type=int, choices=[1, 2])
    parser.add_argument("--version", choices=["3.1.1", "5.0"])
    parser.add_argument("--how", choices=["transaction", "later", "file"])
    parser.add_argument("--slow", type=float, default=1, help="of times; more with sanitizers")
    options = parser.parse_args()
    failed = 0
    for mode in MODES:
        asked = options.qos in (None, mode.qos) and options.version in (None, mode.version)
        if not asked or options.how not in (None, mode.how):
            continue
        begin = time.monotonic()
        with Mosquitto(CONFIG) as broker, tempfile.TemporaryDirectory() as folder:
            torture = Torture(
                options.program, broker.port, mode, options.kills, options.seed, Path(folder),
                options.slow,
            )
            try:
                said = torture.run()
            except Failure as failure:
                said = f"FAILED: {failure}"
                failed = 1
        print(f"{mode}: {said}; {time.monotonic() - begin:.0f} s", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
