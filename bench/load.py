# SPDX-License-Identifier: MIT
"""Brokers under load for bench/broker, and the load generators, of which none is ours.

Debian's mosquitto_pub and mosquitto_sub send and count messages; mqttv5 (crate mqttv5-cli) measures
latency and holds idle connections.
"""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "load"  # on a disk, for persistence: /tmp may be memory
OURS = ROOT / "build" / "samples" / "broker" / "mqttwire-broker"
THEIRS = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin")
CRATE, VERSION = "mqttv5-cli", "0.29.9"
LATENCY = FOLDER / "bin" / "mqttv5"
WAIT = 20.0  # seconds that anything may take that is not measured
QUIET = 10.0  # seconds without a message, after which those that are missing are lost
POLL = 0.002

# No limit drops a message, and small packets go out at once.
COMMON = """\
allow_anonymous true
user root
log_dest none
set_tcp_nodelay true
max_inflight_messages 200
max_queued_messages 0
max_queued_bytes 0
memory_limit 0
max_packet_size 16000000
"""
# Ours has more limits by default; mosquitto writes its database when it ends.
OWN = {
    "ours": "global_max_connections 0\nmax_connection_rate 0\nmax_subscriptions 0\n",
    "mosquitto": "autosave_interval 1800\n",
}


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
        return port


class Broker:
    """One that listens on the loopback interface, with a folder of its own; gone afterwards.
    synchronous: normal or full, which persistence it is that ours has; None: both have none."""

    def __init__(self, name: str, synchronous: str | None = None) -> None:
        self.name = name
        self.folder = FOLDER / "run" / name
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.port = free_port()
        config = f"listener {self.port} 127.0.0.1\n{COMMON}{OWN[name]}"
        config += f"persistence {'true' if synchronous else 'false'}\n"
        if synchronous:
            config += f"persistence_location {self.folder}/\n"
            config += f"synchronous {synchronous}\n" if name == "ours" else ""
        path = self.folder / "conf"
        path.write_text(config)
        program = OURS if name == "ours" else THEIRS
        self.process = subprocess.Popen(
            [str(program), "-c", str(path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + WAIT
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"{name} does not start: {program} -c {path}")
            time.sleep(0.01)

    def answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), WAIT):
            return True
        return False

    def cpu(self) -> float:
        """Seconds, of all threads.  It is what /proc/PID/stat has in hundredths, in nanoseconds."""
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9

    def memory(self, what: str = "VmRSS") -> int:
        """Bytes; VmHWM: the most that it was."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(1024 * int(line.split()[1]) for line in text.splitlines() if what in line)

    def connections(self) -> int:
        """Sockets, with that which listens."""
        folder = f"/proc/{self.process.pid}/fd"
        count = 0
        for name in os.listdir(folder):
            with contextlib.suppress(OSError):
                count += os.readlink(f"{folder}/{name}").startswith("socket:")
        return count

    def __enter__(self) -> Broker:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(WAIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder)


# ---- Messages: mosquitto_pub and mosquitto_sub ---------------------------------------------------

# Packet identifiers are the bound: mosquitto_pub -l ends at the first acknowledgement of its last.
MOST = 60_000
SIZE = 64  # bytes of a payload


@dataclass(frozen=True)
class Load:
    """So many publishers send `messages` each.  Pairs: each has a subscriber of its own; else each
    subscriber gets them all.  rate: messages a second of all publishers; 0: as fast as it goes."""

    publishers: int
    subscribers: int
    qos: int
    messages: int
    pairs: bool = False
    rate: int = 0
    inflight: int = 20
    levels: int = 2  # of the topic
    kept: bool = False  # the subscribers' sessions outlast their connections

    @property
    def deliveries(self) -> int:
        return self.messages * self.publishers * (1 if self.pairs else self.subscribers)

    def topic(self, number: int) -> str:
        return "/".join(["bench", *["level"] * (self.levels - 2), str(number)])

    def filter(self, number: int) -> str:
        return self.topic(number) if self.pairs else self.topic(0)[:-1] + "+"


@dataclass
class Cost:
    """Of a load."""

    expected: int
    delivered: int
    seconds: float  # from the first delivery to the last, but for `first`
    first: int  # deliveries that came with it
    cpu: float  # the broker's, seconds
    memory: int  # the broker's at most, bytes

    @property
    def lost(self) -> int:
        return self.expected - self.delivered

    @property
    def microseconds(self) -> float:
        return 1e6 * self.cpu / max(1, self.delivered)

    @property
    def throughput(self) -> float:
        return (self.delivered - self.first) / self.seconds


@dataclass
class Subscribers:
    """mosquitto_sub writes a byte for each message to a file, whose size is their count."""

    broker: Broker
    load: Load
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    paths: list[Path] = field(default_factory=list)

    def __enter__(self) -> Subscribers:
        for number in range(self.load.subscribers):
            path = self.broker.folder / f"received-{number}"
            command = client(self.broker, "sub", self.load.filter(number), self.load.qos)
            command += ["-N", "-F", "."]
            command += ["-c", "-i", f"subscriber-{number}"] if self.load.kept else []
            with path.open("wb") as out:
                self.processes.append(subprocess.Popen(command, stdout=out))
            self.paths.append(path)
        until = time.monotonic() + WAIT
        while not all(self.counts()):  # each has had one of these, so it has subscribed
            if time.monotonic() > until:
                raise SystemExit(f"a subscriber of {self.broker.name} hears nothing")
            for number in range(self.load.publishers if self.load.pairs else 1):
                subprocess.run(
                    [*client(self.broker, "pub", self.load.topic(number), 0), "-m", "."], check=True
                )
            time.sleep(0.02)
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait()

    def counts(self) -> list[int]:
        return [path.stat().st_size for path in self.paths]

    def moved(self, had: int) -> tuple[int, float]:
        """Waits for the first of them: how many there are, and when."""
        until = time.monotonic() + QUIET
        while (have := sum(self.counts())) == had and time.monotonic() < until:
            time.sleep(POLL)
        return have, time.monotonic()

    def settled(self, wanted: int) -> tuple[int, float]:
        """Waits until so many messages are there in all, or none has come for a while: how many
        there are, and when the last came."""
        had, at = -1, time.monotonic()
        while True:
            have, now = sum(self.counts()), time.monotonic()
            if have != had:
                had, at = have, now
            if have >= wanted or now - at > QUIET:
                return have, at
            time.sleep(POLL)


def client(broker: Broker, which: str, topic: str, qos: int) -> list[str]:
    where = ["-h", "127.0.0.1", "-p", str(broker.port)]
    return [f"mosquitto_{which}", *where, "-t", topic, "-q", str(qos)]


def publish(broker: Broker, load: Load, messages: int) -> None:
    """Returns once all of it has been sent and acknowledged."""
    lines = broker.folder / "lines"
    lines.write_bytes((b"." * SIZE + b"\n") * messages)
    processes = []
    for number in range(load.publishers):
        command = client(broker, "pub", load.topic(number), load.qos)
        command += ["-l", "-M", str(load.inflight)]
        with lines.open("rb") as source:
            stdin = subprocess.PIPE if load.rate else source
            processes.append(subprocess.Popen(command, stdin=stdin))
    if load.rate:
        pace(processes, load.rate / load.publishers, messages)
    for process in processes:
        if process.wait():
            raise SystemExit(f"mosquitto_pub fails at {broker.name}")


def pace(processes: list[subprocess.Popen[bytes]], rate: float, messages: int) -> None:
    """Writes lines to each of them, so many a second."""
    line = b"." * SIZE + b"\n"
    start, sent = time.monotonic(), 0
    while sent < messages:
        due = min(messages, int((time.monotonic() - start) * rate) + 1)
        for process in processes if due > sent else []:
            assert process.stdin
            process.stdin.write(line * (due - sent))
            process.stdin.flush()
        sent = due
        time.sleep(0.001)
    for process in processes:
        assert process.stdin
        process.stdin.close()


def measure(broker: Broker, load: Load, warm: float = 0.1) -> Cost:
    """After a warm-up with this part of it."""
    with Subscribers(broker, load) as subscribers:
        early = max(1, int(warm * load.messages))
        had, _ = subscribers.settled(sum(subscribers.counts()))
        publish(broker, load, early)
        had, _ = subscribers.settled(had + early * load.deliveries // load.messages)
        cpu = broker.cpu()
        with ThreadPoolExecutor(1) as pool:  # how long clients take to start is not the broker's
            published = pool.submit(publish, broker, load, load.messages)
            first, start = subscribers.moved(had)
            have, end = subscribers.settled(had + load.deliveries)
            published.result()
        time.sleep(0.05)  # for the last acknowledgements
        cpu = broker.cpu() - cpu
        memory = broker.memory("VmHWM")
        return Cost(load.deliveries, have - had, max(end - start, POLL), first - had, cpu, memory)


# ---- Other subscriptions -------------------------------------------------------------------------


def subscribe(broker: Broker, filters: list[str]) -> None:
    """In sessions of clients that are away, some thousands in each."""
    each = 5000
    for at in range(0, len(filters), each):
        command = client(broker, "sub", filters[at], 0)
        command += ["-c", "-E", "-i", f"filters-{at}", "-W", "60"]
        for name in filters[at + 1 : at + each]:
            command += ["-t", name]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


# ---- Latency and idle connections: mqttv5 --------------------------------------------------------


def install() -> None:
    """mqttv5, built once, with the versions that its authors locked."""
    if LATENCY.exists():
        return
    command = ["cargo", "install", CRATE, "--version", VERSION, "--locked", "--quiet"]
    subprocess.run([*command, "--root", str(FOLDER)], check=True)


def mqttv5(broker: Broker, *arguments: object) -> list[str]:
    where = ["--host", "127.0.0.1", "--port", str(broker.port)]
    return [str(LATENCY), "bench", *where, *map(str, arguments)]


def open_files(count: int) -> int:
    """Raises the limit of open files, ours and so the children's; how many it is then."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < count:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (count, count))
            return count
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, count), hard))
    return min(hard, count)


@contextlib.contextmanager
def idle(broker: Broker, count: int) -> Iterator[int]:
    """So many connections; bytes of the broker's memory that each of them takes."""
    before, sockets = broker.memory(), broker.connections()
    options = ["--publishers", count, "--subscribers", 0, "--topics", 1, "--rate", 1]
    process = subprocess.Popen(
        mqttv5(broker, *options, "--warmup", 0, "--duration", 600),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 6 * WAIT
        while broker.connections() < sockets + count:
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"{broker.name} has {broker.connections()} of {count} connections")
            time.sleep(0.1)
        time.sleep(0.5)
        yield (broker.memory() - before) // count
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
