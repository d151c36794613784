# SPDX-License-Identifier: MIT
"""Kills the broker over and over while clients work, and starts it again on the same file.

    tests/kill_broker.py --kills 400 --seed 1

The broker is killed with signal 9: after a time drawn by chance, or at a call that is counted off
within it (tests/samples/die_at.c): before, in the midst of or after a write to its file; when the
write-ahead log goes into the database; before or after it sends.  Clients with sessions that are
kept publish numbers at QoS 1 and 2 and get them, retained messages are set and looked at, clients
leave wills, and connections are cut, too: tests/kill_clients.py says what is owed to each.  Exit
code 1: it was not kept.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from broker import ROOT, Broker
from kill_clients import (
    Client,
    Counting,
    Failure,
    Heir,
    Looker,
    Mortal,
    Publisher,
    Retainer,
    Sharer,
    World,
)

DIE_AT = ROOT / "build" / "tests" / "samples" / "die_at.so"
# Calls that are counted off, and up to how many.
MOMENTS = {"write": 600, "torn": 600, "written": 600, "page": 60, "send": 60, "sent": 60}
CONFIG = """allow_anonymous true
persistence true
persistence_location {}
max_queued_messages 0
max_queued_bytes 0
max_connection_rate 0
synchronous {}
"""
WAIT = 30.0  # seconds in which what is left comes to its end
LONGEST = 0.3  # seconds of a life


class Torture:
    def __init__(self, folder: Path, version: int, synchronous: str, seed: str) -> None:
        self.chance = random.Random(f"{seed} {version} {synchronous}")
        self.world = World(version, self.chance)
        self.broker = Broker(folder, CONFIG.format(folder, synchronous))
        self.file = folder / "mqttwire-broker.db"
        self.world.port = self.broker.port
        self.deaths: Counter[str] = Counter()
        self.publishers = [Publisher(self.world, 1, 10), Publisher(self.world, 2, 10)]
        self.counters = [
            Counting(self.world, f"counter-{publisher.qos}-{i}", publisher)
            for publisher in self.publishers
            for i in range(2)
        ]
        self.retainer = Retainer(self.world)
        self.looker = Looker(self.world, self.retainer)
        self.mortal = Mortal(self.world)
        self.heir = Heir(self.world, self.mortal)
        self.clients: list[Client] = [
            *self.publishers, *self.counters, self.retainer, self.looker, self.mortal, self.heir,
        ]
        # Come at the beginning and at the end alone.
        self.patient = Client(self.world, "patient")
        self.brief = Client(self.world, "brief", lasting=1)
        if version == 5:
            group: set[int] = set()
            self.clients += [
                Sharer(self.world, f"sharer-{i}", self.publishers[1], group) for i in range(2)
            ]

    # ---- Lives ----------------------------------------------------------------------------------

    def live(self) -> None:
        """Until the broker is dead."""
        moment = self.chance.choice(["time", *MOMENTS])
        if moment == "time":
            seconds = self.chance.uniform(0, LONGEST)
            self.start()
        else:
            seconds = 2 * LONGEST
            most = self.chance.choice([60, MOMENTS[moment]])
            self.start(f"{moment}:{self.chance.randint(1, most)}")
        process = self.broker.process
        assert process
        end = time.monotonic() + seconds
        for client in self.clients:
            if self.chance.random() < 0.9:
                client.connect()
        while process.poll() is None and time.monotonic() < end:
            self.work()
            self.cut()
        if process.poll() is None:
            moment = "time"
        self.deaths[moment] += 1
        self.kill()

    def kill(self) -> None:
        process = self.broker.process
        assert process
        process.kill()
        if process.wait() != -signal.SIGKILL:
            raise Failure(f"the broker ended with {process.returncode}:\n{self.broker.log}")
        for client in self.clients:
            self.drain(client)
        self.mortal.leaving = None

    def start(self, moment: str | None = None) -> None:
        self.broker.environment = {"LD_PRELOAD": str(DIE_AT), "DIE_AT": moment} if moment else {}
        self.broker.start()
        process = self.broker.process
        assert process
        while process.poll() is None and "the broker is ready" not in self.broker.log:
            time.sleep(0.002)

    def work(self) -> None:
        for key, _ in self.world.selector.select(0.002):
            client = key.data
            if client.socket is key.fileobj:
                client.readable()
        for client in self.clients:
            client.turn()

    def cut(self) -> None:
        """Of those who have gone, and of those who have not, some come back."""
        if self.chance.random() < 0.05:
            self.chance.choice(self.clients).connect()

    def drain(self, client: Client) -> None:
        """What it sent before it died has come, or not: both are to be good."""
        while client.socket and self.chance.random() < 0.8:
            before = client.socket
            client.readable()
            if client.socket is not before:
                break
        client.lose()

    def until(self, what: str, done: list[Client]) -> None:
        end = time.monotonic() + WAIT
        while not all(client.done() for client in done):
            for client in self.clients:
                if not client.socket:
                    client.connect()
            self.work()
            if time.monotonic() > end:
                missing = ", ".join(client.lacks() for client in done if not client.done())
                raise Failure(f"{what}: {missing} in vain, in {WAIT:.0f} s\n{self.broker.log}")

    # ---- From the beginning to the end -----------------------------------------------------------

    def run(self, kills: int) -> str:
        try:
            self.begin()
            while self.deaths.total() < kills:
                self.live()
            self.finish()
        finally:
            if self.broker.process:
                self.broker.stop(signal.SIGKILL)
            self.world.selector.close()
        return self.sum()

    def begin(self) -> None:
        """All have their sessions and subscriptions, and nothing is published yet."""
        self.world.stopping = True
        self.start()
        end = time.monotonic() + WAIT
        first = [*self.clients, self.patient, self.brief]
        for client in first:
            client.connect()
        while not all(client.ready() for client in first):
            self.work()
            if time.monotonic() > end:
                raise Failure(f"there was no beginning:\n{self.broker.log}")
        self.world.stopping = False
        for client in (self.patient, self.brief):
            client.lose()
        self.kill()
        self.begun = time.monotonic()

    def finish(self) -> None:
        """All comes to its end, and nothing is left in the file."""
        self.world.stopping = True
        self.mortal.stop()
        self.start()
        self.until("the end", self.clients)
        self.look_at_sessions()
        retained = sum(
            self.retainer.history[which][sure] is not None
            for which, sure in enumerate(self.retainer.sure)
        )
        wanted = {"delivery": 0, "received": 0, "message": retained, "retained": retained}
        end = time.monotonic() + WAIT
        while self.rows(wanted) != wanted and time.monotonic() < end:
            self.work()
        if self.broker.stop():
            raise Failure(f"the broker did not end well:\n{self.broker.log}")
        if self.rows(wanted) != wanted:
            raise Failure(f"the file has {self.rows(wanted)} rows, not {wanted}")

    def look_at_sessions(self) -> None:
        """One has outlasted all, and the other was not to."""
        if self.world.version == 5:
            time.sleep(max(0.0, self.begun + 3 - time.monotonic()))
        self.brief.kept = False
        for client in (self.patient, self.brief):
            client.connect()
            while not client.online:
                self.work()
        if self.world.version == 5 and self.brief.present:
            raise Failure("a session has not expired")

    def rows(self, tables: Iterable[str]) -> dict[str, int]:
        with contextlib.closing(sqlite3.connect(f"file:{self.file}?mode=ro", uri=True)) as file:
            return {
                table: file.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                for table in tables
            }

    def sum(self) -> str:
        numbers = [publisher.last for publisher in self.publishers]
        repeats = sum(counter.repeats for counter in self.counters)
        deaths = " ".join(f"{moment} {count}" for moment, count in sorted(self.deaths.items()))
        return (
            f"{self.deaths.total()} kills ({deaths}); {numbers[0]} numbers of QoS 1, {numbers[1]} "
            f"of QoS 2, {repeats} sent again; {len(self.heir.wills)} wills; "
            f"{self.looker.looks} looks at retained messages"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--kills", type=int, default=100, help="in each way")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--version", choices=["3.1.1", "5.0"])
    parser.add_argument("--synchronous", choices=["normal", "full"])
    options = parser.parse_args()
    failed = 0
    for version in (options.version,) if options.version else ("3.1.1", "5.0"):
        for synchronous in (options.synchronous,) if options.synchronous else ("normal", "full"):
            begin = time.monotonic()
            with tempfile.TemporaryDirectory() as folder:
                number = {"3.1.1": 4, "5.0": 5}[version]
                torture = Torture(Path(folder), number, synchronous, options.seed)
                try:
                    said = torture.run(options.kills)
                except Failure as failure:
                    said = f"FAILED after {torture.deaths.total()} kills: {failure}"
                    failed = 1
            seconds = time.monotonic() - begin
            print(f"{version}, {synchronous}: {said}; {seconds:.0f} s", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
