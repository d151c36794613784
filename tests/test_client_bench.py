# SPDX-License-Identifier: MIT
"""mqttwire-bench against mosquitto."""

from __future__ import annotations

import json
import re
import signal
import socket
from collections.abc import Iterator

import pytest
from mosquitto import Mosquitto, free_port
from programs import run, start
from programs_beside import (
    beside,
    closed_broker,
    finish,
)

pytestmark = beside


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    with closed_broker(tmp_path_factory.mktemp("broker")) as made:
        yield made


@pytest.mark.parametrize("qos", [0, 1, 2])
@pytest.mark.parametrize("version", ["311", "5"])
def test_bench(broker: Mosquitto, qos: int, version: str) -> None:
    base = [
        "-p",
        str(broker.port),
        "-u",
        "alice",
        "-P",
        "wonderland",
        "-V",
        version,
        "-q",
        str(qos),
    ]
    words = ["--publishers", "3", "--subscribers", "2", "--rate", "50", "--duration", "1.2"]
    done = run("bench", *base, *words, "--json")
    assert done.code == 0, done.err
    told = json.loads(done.text)
    assert (told["version"], told["qos"]) == ({"311": 4, "5": 5}[version], qos)
    assert 150 <= told["sent"] <= 2 * 180  # a busy machine is late to see that time is over
    assert told["settled"] == told["sent"]
    assert told["expected"] == told["received"] == 2 * told["sent"]
    assert [told[name] for name in ("lost", "repeated", "out_of_order", "refused")] == [0, 0, 0, 0]
    times = list(told["arrival_ms"].values())
    assert list(told["arrival_ms"]) == ["p50", "p90", "p99", "p99.9", "max"]
    assert times == sorted(times) and times[0] > 0
    assert bool(told["acknowledged_ms"]) == (qos > 0)
    assert re.match(r" +1 s  sent \d+", done.err)


def test_bench_as_text(broker: Mosquitto) -> None:
    base = ["-p", str(broker.port), "-u", "alice", "-P", "wonderland", "-t", "x/%i/y", "--quiet"]
    done = run("bench", *base, "--rate", "0", "--duration", "0.3", "-q", "1", "--size", "20")
    assert (done.code, done.err) == (0, "")
    assert re.search(r"^received +\d+ of \d+ ", done.text, re.M)
    assert re.search(r"^arrival +p50 [\d.]+ ms ", done.text, re.M)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_bench_is_interrupted(broker: Mosquitto, number: signal.Signals) -> None:
    """It ends in order, with what it has measured so far."""
    base = ["-p", str(broker.port), "-u", "alice", "-P", "wonderland", "--json", "-q", "1"]
    process = start("bench", *base, "--rate", "100", "--duration", "1000")
    assert process.stderr is not None
    process.stderr.readline()  # of the first second
    process.send_signal(number)
    done = finish(process)
    assert done.code == 0, done.err
    told = json.loads(done.text)
    assert 50 < told["sent"] == told["settled"] == told["received"]
    assert 900 < told["publishing_ms"] < 20000


def test_bench_is_interrupted_before_it_begins() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        process = start("bench", "-h", "127.0.0.1", "-p", str(server.getsockname()[1]))
        with server.accept()[0]:
            process.send_signal(signal.SIGINT)
            done = finish(process)
    assert (done.code, done.out) == (1, b"")
    assert "interrupted before" in done.err


def test_bench_fails(broker: Mosquitto) -> None:
    assert run("bench", "-p", str(broker.port)).code == 5
    assert run("bench", "-p", str(broker.port), "-V", "5").code == 135
    assert run("bench", "-p", str(free_port()), "-h", "127.0.0.1").code == 1
    assert run("bench", "-t", "a%i").code == 1
    assert run("bench", "--publishers", "0", "--subscribers", "0").code == 1


def test_bench_of_large_messages(broker: Mosquitto) -> None:
    base = ["-p", str(broker.port), "-u", "alice", "-P", "wonderland", "--json", "-q", "1"]
    done = run("bench", *base, "--rate", "1", "--duration", "0.5", "--size", str(70 << 20))
    told = json.loads(done.text)
    assert 1 <= told["sent"] == told["settled"] == told["received"]
