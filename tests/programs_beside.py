# SPDX-License-Identifier: MIT
"""The programs of samples/client beside mosquitto's: a broker, and a case that is run with both."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from mosquitto import PROGRAM, Mosquitto
from programs import WAIT, Run, needs_programs, run, start

beside = [
    needs_programs,
    pytest.mark.skipif(PROGRAM is None, reason="mosquitto is missing"),
]

OURS = "mqttwire-"
THEIRS = "mosquitto_"

V5 = ("-V", "5")
PROPERTIES = [
    *("-D", "publish", "content-type", "text/plain"),
    *("-D", "publish", "response-topic", "answer"),
    *("-D", "publish", "correlation-data", "id"),
    *("-D", "publish", "message-expiry-interval", "60"),
    *("-D", "publish", "payload-format-indicator", "1"),
    *("-D", "publish", "user-property", "a", "b"),
    *("-D", "publish", "user-property", "a", "c"),
]

CONFIG = """
acl_file {acl}
listener 0 {socket}
"""


@contextmanager
def closed_broker(folder: Path) -> Iterator[Mosquitto]:
    """Nobody but alice may use topics other than free/#.  It listens on folder/socket, too."""
    folder.chmod(0o755)
    rules = folder / "acl"
    rules.write_text(
        "topic readwrite free/#\nuser alice\ntopic readwrite #\ntopic readwrite $SYS/#\n"
    )
    rules.chmod(0o700)
    config = CONFIG.format(acl=rules, socket=folder / "socket")
    with Mosquitto(config, passwords={"alice": "wonderland", "bob": "builder"}) as made:
        yield made


def names(family: str, name: str) -> str:
    return name if family == OURS else f"mosquitto_{name}"


def ready(broker: Mosquitto, seen: int, wanted: int) -> None:
    """Waits until so many more clients have connected: the broker logs it."""
    end = time.monotonic() + WAIT
    while broker.log.count("New client connected") < seen + wanted:
        assert time.monotonic() < end, broker.log
        time.sleep(0.005)
    time.sleep(0.03)  # SUBSCRIBE is not logged


def finish(process: subprocess.Popen[bytes]) -> Run:
    out, err = process.communicate(timeout=WAIT)
    return Run(process.returncode, out, err.decode())


class Stage:
    """Runs a case with one family of programs: `topic` is of this run alone."""

    def __init__(self, broker: Mosquitto, family: str, topic: str) -> None:
        self.broker = broker
        self.family = family
        self.topic = topic
        self.base = ["-p", str(broker.port), "-u", "alice", "-P", "wonderland"]

    def _words(self, words: tuple[str, ...]) -> list[str]:
        return [word.replace("TOPIC", self.topic) for word in words]

    def run(self, name: str, *words: str, stdin: bytes = b"") -> Run:
        return run(names(self.family, name), *self.base, *self._words(words), stdin=stdin)

    def send(self, *words: str, stdin: bytes = b"") -> None:
        """By mosquitto_pub, whoever is tried."""
        done = run("mosquitto_pub", *self.base, *self._words(words), stdin=stdin)
        assert done.code == 0, done.err

    def hear(self, *words: str, then: Callable[[], object]) -> Run:
        """What a subscriber prints; `then` happens when it has subscribed."""
        seen = self.broker.log.count("New client connected")
        process = start(names(self.family, "sub"), *self.base, *self._words(words))
        try:
            ready(self.broker, seen, 1)
            then()
            return finish(process)
        finally:
            if process.poll() is None:
                process.kill()
                process.communicate()


def both(broker: Mosquitto, topic: str, case: Callable[[Stage], Run]) -> tuple[Run, Run]:
    return case(Stage(broker, OURS, f"{topic}/o")), case(Stage(broker, THEIRS, f"{topic}/t"))


def same(broker: Mosquitto, topic: str, case: Callable[[Stage], Run]) -> Run:
    ours, theirs = both(broker, topic, case)
    strip = f"{topic}/t".encode(), f"{topic}/o".encode()
    assert ours.out == theirs.out.replace(*strip)
    assert ours.code == theirs.code, (ours.err, theirs.err)
    assert (ours.err != "") == (theirs.err != ""), (ours.err, theirs.err)
    return ours
