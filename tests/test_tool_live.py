# SPDX-License-Identifier: MIT
"""inspect -i: what passes by an interface, here between a mosquitto and its clients."""

from __future__ import annotations

import contextlib
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import COMMAND, environment, mqttwire
from mosquitto import Mosquitto

pytest.importorskip("mqttwire_tool._capture", reason="built without libpcap")

WAIT = 30.0  # seconds
CONFIG = "allow_anonymous true\npersistence false\n"


class Listening:
    """inspect -i lo, of the clients that tests have: others may talk there, too."""

    def __init__(self, *arguments: str | Path) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, "inspect", "-i", "lo", "--client", "live-*", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        self.lines: queue.Queue[str] = queue.Queue()
        assert self.process.stdout is not None and self.process.stderr is not None
        said = self.process.stderr.readline()
        if "listening at lo" not in said:
            self.process.kill()
            pytest.skip(f"nobody may listen here: {said}")
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self.lines.put(line)

    def until(self, word: str) -> list[str]:
        """Lines up to one with a word."""
        lines = [self.lines.get(timeout=WAIT)]
        while word not in lines[-1]:
            lines.append(self.lines.get(timeout=WAIT))
        return lines

    def interrupt(self) -> list[str]:
        self.process.send_signal(signal.SIGINT)
        self.process.wait(WAIT)
        self.reader.join()
        rest = []
        with contextlib.suppress(queue.Empty):
            while True:
                rest.append(self.lines.get_nowait())
        return rest


@pytest.fixture
def broker() -> Iterator[Mosquitto]:
    with Mosquitto(CONFIG) as made:
        yield made


def publish(broker: Mosquitto, name: str) -> None:
    say = ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(broker.port), "-i", f"live-{name}"]
    subprocess.run([*say, "-t", "a/b", "-m", "hello", "-q", "1"], check=True, timeout=WAIT)


def test_packets_are_shown_as_they_pass(broker: Mosquitto) -> None:
    listening = Listening()
    for name in ("one", "two"):
        publish(broker, name)
        begin = time.monotonic()
        lines = "".join(listening.until("DISCONNECT"))
        assert time.monotonic() - begin < WAIT / 3
        for word in ("CONNECT", "CONNACK", 'topic="a/b" packet_id=1 payload="hello"', "PUBACK"):
            assert word in lines and f"live-{name}" in lines
    publish(broker, "late")
    rest = "".join(listening.interrupt())  # at once
    assert "live-late" in rest and "DISCONNECT" in rest
    assert listening.process.returncode in (0, 1)


def test_it_is_taken_away(broker: Mosquitto, tmp_path: Path) -> None:
    path = tmp_path / "live.pcapng"
    listening = Listening("--pcapng", path)
    publish(broker, "kept")
    assert not path.exists()
    assert listening.interrupt() == []
    text = mqttwire("inspect", path).text
    assert "live-kept" in text and 'payload="hello"' in text and "DISCONNECT" in text


def test_through_a_pipe_to_another_program(broker: Mosquitto) -> None:
    """As Wireshark would read it: each packet when it comes."""
    first = [*COMMAND, "inspect", "-i", "lo", "--client", "live-*", "--pcapng", "-"]
    with (
        subprocess.Popen(
            first, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
        ) as writing,
        subprocess.Popen(
            [*COMMAND, "inspect", "-"], stdin=writing.stdout, stdout=subprocess.PIPE,
            text=True, env=environment(),
        ) as reading,
    ):  # fmt: skip
        assert writing.stderr is not None and reading.stdout is not None
        said = writing.stderr.readline().decode()
        if "listening" not in said:
            pytest.skip(f"nobody may listen here: {said}")
        publish(broker, "piped")
        assert "127.0.0.1" in reading.stdout.readline()
        assert "live-piped" in reading.stdout.readline()
        writing.send_signal(signal.SIGINT)
        assert writing.stdout is not None
        writing.stdout.close()
        assert reading.wait(WAIT) == 0
