# SPDX-License-Identifier: MIT
"""What the client library's store survives: kill -9, a full disk, damage, and a second client."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import kill_client
import mosquitto
import mqttwire as mq
import pytest
from client_driver import message
from mosquitto import Mosquitto

ROOT = Path(__file__).parent.parent
DURABLE = Path(os.environ.get("MQTTWIRE_DURABLE", ROOT / "build/tests/samples/durable"))
WAITING, SENT, RELEASED, RECEIVED, DONE = range(5)  # enum message_state
STORE = 11  # how the programs end where the store failed
WAIT = 20.0  # seconds

pytestmark = pytest.mark.skipif(
    not mosquitto.PROGRAM or not DURABLE.exists(),
    reason="needs mosquitto, and a build with the option samples",
)


@pytest.fixture
def broker() -> Iterator[Mosquitto]:
    with Mosquitto(kill_client.CONFIG) as running:
        yield running


class Programs:
    """Publisher and receiver on one topic, each with its store."""

    def __init__(self, port: int, folder: Path) -> None:
        self.port = port
        self.folder = folder

    def command(self, role: str, **words: Any) -> list[str]:
        words = {
            "url": f"mqtt://127.0.0.1:{self.port}", "id": role, "topic": "durable", "qos": 2,
            "version": 5, "store": self.store(role), **words,
        }
        if role == "receive":
            words.setdefault("how", "transaction")
        return [str(DURABLE), role, *(f"{k}={v}" for k, v in words.items())]

    def run(
        self, role: str, limit: Callable[[], None] | None = None, **words: Any
    ) -> tuple[int, str]:
        done = subprocess.run(
            self.command(role, **words), capture_output=True, text=True, timeout=WAIT,
            preexec_fn=limit,
        )
        return done.returncode, done.stderr

    def store(self, role: str) -> Path:
        return self.folder / f"{role}.db"

    def subscribe(self) -> None:
        with self.start("receive") as life:
            assert life.stdout
            assert life.stdout.readline() == b"subscribed\n"
            life.kill()

    def start(self, role: str, **words: Any) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self.command(role, **words), stdout=subprocess.PIPE)

    def ask(self, role: str, sql: str) -> list[Any]:
        with sqlite3.connect(self.store(role)) as database:
            return database.execute(sql).fetchall()

    def got(self) -> list[tuple[int, int]]:
        return self.ask("receive", "SELECT number, times FROM got ORDER BY place")


@pytest.fixture
def programs(broker: Mosquitto, tmp_path: Path) -> Programs:
    return Programs(broker.port, tmp_path)


def once(last: int) -> list[tuple[int, int]]:
    return [(number, 1) for number in range(1, last + 1)]


def test_killed_over_and_over() -> None:
    done = subprocess.run(
        [sys.executable, kill_client.__file__, DURABLE, "--kills", "5", "--seed", "7"],
        capture_output=True, text=True, timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(done.stdout.splitlines()) == len(kill_client.MODES)


def test_at_each_packet_and_commit(programs: Programs) -> None:
    """The first exchanges, one packet or commit further each time."""
    programs.subscribe()
    last = 0
    for moment in kill_client.MOMENTS:
        for count in range(1, 12):
            last += 1
            for role in ("publish", "receive"):
                aim = 0 if role == "receive" else last
                words = {"last": aim, "die": f"{moment}:{count}"}
                with programs.start(role, **words) as life:
                    try:
                        life.wait(0.3)
                    except subprocess.TimeoutExpired:
                        life.kill()
    assert programs.run("publish", last=last) == (0, "")
    assert programs.run("receive", last=last) == (0, "")
    assert programs.got() == once(last)


# ---- One client, and its own session -------------------------------------------------------------


def test_a_second_client_on_the_same_store_is_refused(programs: Programs) -> None:
    with programs.start("receive", last=0) as first:
        assert first.stdout
        assert first.stdout.readline() == b"subscribed\n"
        code, said = programs.run("receive", last=0)
        first.kill()
    assert code == 1
    assert "another client uses this session" in said
    assert str(programs.store("receive")) in said


def test_a_store_of_another_client_is_refused(programs: Programs) -> None:
    programs.subscribe()
    code, said = programs.run("receive", id="somebody-else", last=0)
    assert (code, said) == (1, "the session in the store is of another client, receive\n")


# ---- Damage --------------------------------------------------------------------------------------


def test_a_file_that_is_no_database(programs: Programs) -> None:
    programs.store("publish").write_text("this is a letter\n" * 100)
    code, said = programs.run("publish", last=1)
    assert code == 1
    assert "not a database" in said


def test_a_store_cut_short(programs: Programs) -> None:
    assert programs.run("publish", last=100) == (0, "")
    with sqlite3.connect(programs.store("publish")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = programs.store("publish").read_bytes()
    programs.store("publish").write_bytes(whole[: len(whole) * 2 // 3])
    code, said = programs.run("publish", last=200)
    assert code in (1, STORE)
    assert "malformed" in said


def put(path: Path, **columns: Any) -> None:
    """A message in the store of a client that is not there."""
    row = {"incoming": 0, "number": 1, "state": WAITING, "packet_id": 0, "version": 5, **columns}
    with sqlite3.connect(path) as database:
        database.execute(
            f"INSERT INTO mqttwire_message ({','.join(row)}) VALUES ({','.join('?' * len(row))})",
            list(row.values()),
        )


def publish(**fields: Any) -> bytes:
    packet = message(**fields)
    return packet.encode(version=5)


def test_a_message_that_waits_in_the_store_is_sent(programs: Programs) -> None:
    programs.subscribe()
    assert programs.run("publish", last=0) == (0, "")
    put(programs.store("publish"), packet=publish(topic="durable", qos=2, payload=b"1"))
    assert programs.run("publish", last=0) == (0, "")
    assert programs.run("receive", last=1) == (0, "")
    assert programs.got() == once(1)
    assert programs.ask("publish", "SELECT * FROM mqttwire_message") == []


@pytest.mark.parametrize("how", ["transaction", "itself", "later"])
def test_messages_that_an_earlier_run_was_not_done_with(programs: Programs, how: str) -> None:
    """Each is handed over once more, and lasts until its handler returns."""
    programs.subscribe()
    for number in range(1, 30):
        packet = publish(topic="durable", qos=2, payload=b"%d" % number + b" " * 3000)
        put(programs.store("receive"), incoming=1, number=number, state=RECEIVED, packet=packet)
    assert programs.run("receive", last=29, how=how) == (0, "")
    assert programs.got() == once(29)
    assert programs.ask("receive", "SELECT * FROM mqttwire_message") == []


@pytest.mark.parametrize(
    "columns",
    [
        {"packet": b""}, {"packet": b"\0"}, {"packet": mq.Pingreq().encode()},
        {"packet": publish(qos=1) + b"\0"}, {"packet": publish(qos=1)[:-1]},
        {"packet": publish(qos=0)}, {"state": RECEIVED}, {"state": RELEASED, "packet_id": 1},
        {"state": RELEASED, "packet": b""}, {"state": DONE, "packet_id": 1, "packet": b""},
        {"state": 77}, {"version": 9}, {"state": SENT}, {"incoming": 1},
        {"incoming": 1, "state": RECEIVED, "packet": publish(qos=1)},
        {"incoming": 1, "state": DONE, "packet": b""},
        {"incoming": 1, "state": RELEASED, "packet_id": 1, "packet": b""},
    ],
    ids=str,
)
def test_a_message_that_nobody_wrote(programs: Programs, columns: dict[str, Any]) -> None:
    """Rows that make no sense are not sent, nor handed over, nor a crash."""
    assert programs.run("publish", last=0) == (0, "")
    put(programs.store("publish"), **{"packet": publish(qos=2), **columns})
    code, said = programs.run("publish", last=0)
    assert (code, said) == (1, "reading messages: one cannot be read, or there is no memory\n")


# ---- No room -------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["transaction", "later"])
def test_a_database_that_may_not_grow(programs: Programs, how: str) -> None:
    """The message that found no room was not acknowledged: it comes, or goes, again."""
    programs.subscribe()
    last, failed = 0, set()
    for _ in range(4):
        for pages in (0, 1, 2):
            last += 150
            code, said = programs.run("publish", last=last, pages=pages)
            assert code in (0, STORE), said
            if code == STORE:
                assert "database or disk is full" in said
                failed.add("publish")
            programs.run("publish", last=last)
            code, said = programs.run("receive", last=last, pages=pages, how=how)
            assert code in (0, STORE), said
            if code == STORE:
                assert "full" in said
                failed.add("receive")
    assert failed == {"publish", "receive"}
    assert programs.run("receive", last=last, how=how)[0] == 0
    if how == "transaction":
        assert programs.got() == once(last)
    else:
        assert [number for number, _ in programs.got()] == list(range(1, last + 1))


def test_a_file_that_may_not_grow(programs: Programs) -> None:
    programs.subscribe()
    last, failed = 0, set()
    for size in range(20_000, 300_000, 40_000):
        def limit(size: int = size) -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

        last += 60
        for role in ("publish", "receive"):
            code, said = programs.run(role, limit, last=last)
            assert code in (0, 1, STORE), said
            if code:
                assert "disk I/O error" in said or "full" in said
                failed.add(role)
            if role == "publish":
                assert programs.run(role, last=last) == (0, "")
    assert failed == {"publish", "receive"}
    assert programs.run("receive", last=last) == (0, "")
    assert programs.got() == once(last)
