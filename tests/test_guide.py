# SPDX-License-Identifier: MIT
"""The programs of docs/guide.md: they compile, and do what the pages say.

A program is a block that begins ```c NAME or ```cpp NAME; the block after it, if it is ```text, is
what it prints.  `freestanding` after the name: it is for a target without a C library.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import mosquitto
import pytest
from mosquitto import Mosquitto, free_port

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "guide.md"
BLOCK = re.compile(
    r"^```(?P<language>c|cpp) (?P<name>\S+)(?P<words>[^\n]*)\n(?P<code>.*?)^```\n"
    r"(?:\n```text\n(?P<output>.*?)^```\n)?",
    re.MULTILINE | re.DOTALL,
)
CC = shlex.split(os.environ.get("CC", "gcc"))
CXX = shlex.split(os.environ.get("CXX", "g++"))
WARNINGS = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror"]
SANITIZERS = ["-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
MEMORY = {"memcpy", "memmove", "memset", "memcmp", "memchr"}
WAIT = 10.0

needs_mosquitto = pytest.mark.skipif(mosquitto.PROGRAM is None, reason="mosquitto is missing")


@dataclass(frozen=True)
class Program:
    name: str
    language: str
    freestanding: bool
    code: str
    output: str | None


def programs() -> Iterator[Program]:
    for match in BLOCK.finditer(PAGE.read_text()):
        name, language, words, code, output = match.group(
            "name", "language", "words", "code", "output"
        )
        yield Program(name, language, "freestanding" in words, code, output)


PROGRAMS = {program.name: program for program in programs()}
PRINTING = [name for name, program in PROGRAMS.items() if program.output is not None]


def run(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr or done.stdout
    return done.stdout


class Workshop:
    """Compiles programs, each once, against a library with sanitizers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.include = f"-I{ROOT / 'include'}"
        self.archive = folder / "library.a"
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            objects = list(pool.map(self.compile, sorted((ROOT / "codec").glob("*.c"))))
        run("ar", "rcs", self.archive, *objects)
        for name, program in PROGRAMS.items():
            (folder / name).write_text(program.code)

    def compile(self, source: Path) -> Path:
        out = self.folder / f"{source.stem}.o"
        run(*CC, *SANITIZERS, self.include, "-c", source, "-o", out)
        return out

    def build(self, name: str) -> Path:
        program = PROGRAMS[name]
        out = self.folder / Path(name).stem
        if not out.exists():
            compiler = [*CC, "-std=c11"] if program.language == "c" else [*CXX, "-std=c++17"]
            command: list[str | Path] = [*compiler, *WARNINGS, *SANITIZERS, self.include]
            run(*command, self.folder / name, self.archive, "-o", out)
        return out


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return Workshop(tmp_path_factory.mktemp("guide"))


def test_every_program_is_known() -> None:
    """A block of C without a name would be compiled by nobody."""
    text = PAGE.read_text()
    assert len(re.findall(r"^```c", text, re.MULTILINE)) == len(BLOCK.findall(text))


@pytest.mark.parametrize("name", PRINTING)
def test_output(workshop: Workshop, name: str) -> None:
    printed = run(workshop.build(name))
    assert [line.rstrip() for line in printed.splitlines()] == str(
        PROGRAMS[name].output
    ).splitlines()


@pytest.mark.parametrize("name", [n for n, p in PROGRAMS.items() if p.freestanding])
def test_freestanding(workshop: Workshop, name: str, tmp_path: Path) -> None:
    """Together with the small library it needs five functions and what the board brings."""
    command = [*CC, "-std=c11", "-Os", "-ffreestanding", "-fno-stack-protector", "-DMQW_SMALL"]
    objects = []
    for source in [workshop.folder / name, *sorted((ROOT / "codec").glob("*.c"))]:
        objects.append(tmp_path / f"{source.stem}.o")
        run(*command, *WARNINGS, workshop.include, "-c", source, "-o", objects[-1])
    run("ld", "-r", *objects, "-o", tmp_path / "all.o")
    needed = set(re.findall(r"^ +U (\w+)$", run("nm", "-u", tmp_path / "all.o"), re.MULTILINE))
    own = set(re.findall(r"^extern \w+ (\w+)\(", PROGRAMS[name].code, re.MULTILINE))
    assert needed <= MEMORY | own


# ---- The three programs -----------------------------------------------------------------------


class Running:
    """A program that listens; its output so far, line by line."""

    def __init__(self, program: Path, *arguments: object) -> None:
        self.process = subprocess.Popen(
            [program, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "listening\n"

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *error: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()

    def end(self) -> str:
        """What it printed until it ended by itself."""
        printed, _ = self.process.communicate(timeout=WAIT)
        assert self.process.returncode == 0, printed
        return str(printed)

    def stop(self) -> str:
        """What it printed until now; a sanitizer's complaint would have ended it."""
        alive = self.process.poll() is None
        self.process.terminate()
        printed, _ = self.process.communicate()
        assert alive, printed
        return str(printed)


def call(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=WAIT)


def listen() -> socket.socket:
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(WAIT)
    return listener


def read_all(s: socket.socket) -> bytes:
    got = b""
    with contextlib.suppress(ConnectionResetError):  # it closed with bytes of ours unread
        while part := s.recv(4096):
            got += part
    return got


def trickle(s: socket.socket, data: bytes) -> None:
    """Byte by byte, until the other side has had enough."""
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        for i in range(len(data)):
            s.sendall(data[i : i + 1])
            time.sleep(0.001)


@contextlib.contextmanager
def subscriber(port: int, version: str, count: int, form: str) -> Iterator[list[str]]:
    """mosquitto_sub for a/# with QoS 1: begins when it is subscribed, ends with what it printed."""
    command = ["stdbuf", "-oL", "mosquitto_sub", "-p", str(port), "-V", version, "-t", "a/#"]
    command += ["-q", "1", "-C", str(count), "-W", str(int(WAIT)), "-d", "-F", form]
    lines: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert any("SUBACK" in line for line in iter(process.stdout.readline, ""))
        yield lines
        for line in process.stdout:
            if line.startswith(form.split()[0]):
                lines.append(line.rstrip("\n"))


CONNECT_5 = bytes.fromhex("10 10 0004 4d515454 05 02 003c 00 0003 616263")
CONNECT_4 = bytes.fromhex("10 0f 0004 4d515454 04 02 003c 0003 616263")
CONNACK_5 = bytes.fromhex("20 03 00 00 00")
PUBACK = bytes.fromhex("40 02 0001")
DISCONNECT = bytes.fromhex("e0 00")


def publish(workshop: Workshop, port: int) -> tuple[int, str]:
    done = subprocess.run(
        [workshop.build("publish.c"), "127.0.0.1", str(port), "a/b", "hello"],
        capture_output=True,
        text=True,
        timeout=WAIT,
    )
    return done.returncode, done.stdout + done.stderr


@needs_mosquitto
def test_publish_to_mosquitto(workshop: Workshop) -> None:
    with Mosquitto() as broker:
        assert publish(workshop, broker.port) == (0, "No matching subscribers\n")
        with subscriber(broker.port, "5", 1, "got %t %q %C %p") as lines:
            assert publish(workshop, broker.port) == (0, "Success\n")
        assert lines == ["got a/b 1 text/plain hello"]


@needs_mosquitto
def test_publish_without_the_right_to(workshop: Workshop) -> None:
    with Mosquitto(passwords={"alice": "wonderland"}) as broker:
        assert publish(workshop, broker.port) == (1, "the broker refuses: Not authorized\n")


ANSWERS = {  # what a broker answers to CONNECT: what the program says, how it says goodbye
    CONNACK_5 + PUBACK: ("Success\n", DISCONNECT),
    CONNACK_5 + bytes.fromhex("d000 40 04 0001 10 00"): ("No matching subscribers\n", DISCONNECT),
    CONNACK_5 + bytes.fromhex("40 03 0001 87"): ("Not authorized\n", b""),
    CONNACK_5 + bytes.fromhex("e0 01 8b"): (
        "the broker disconnects: Server shutting down\n",
        b"",
    ),
    bytes.fromhex("20 03 00 87 00"): ("the broker refuses: Not authorized\n", b""),
    bytes.fromhex("20 03 02 00 00"): (
        "the broker breaks a rule: bits 7 to 1 of the acknowledge flags are zero\n",
        bytes.fromhex("e0 01 81"),
    ),
    bytes.fromhex("20 ff ff ff ff 01"): (
        "the broker breaks a rule: a variable byte integer has at most four bytes\n",
        bytes.fromhex("e0 01 81"),
    ),
    bytes.fromhex("30 ff 7f 00"): (
        "the broker breaks a rule: the packet is larger than the receiver takes\n",
        bytes.fromhex("e0 01 95"),
    ),
    bytes.fromhex("20 03 00"): ("", b""),
    b"": ("", b""),
}


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer.hex())
def test_publish_to_others(workshop: Workshop, answer: bytes) -> None:
    expected, goodbye = ANSWERS[answer]
    with listen() as listener:
        command = [str(workshop.build("publish.c")), "127.0.0.1"]
        command += [str(listener.getsockname()[1]), "a/b", "hello"]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            broker, _ = listener.accept()
            with broker:
                assert broker.recv(100)[0] == 0x10
                trickle(broker, answer)
                with contextlib.suppress(OSError):
                    broker.shutdown(socket.SHUT_WR)
                assert read_all(broker).endswith(goodbye)
            printed, _ = process.communicate(timeout=WAIT)
    assert expected in printed
    assert process.returncode == (0 if goodbye == DISCONNECT else 1)


@needs_mosquitto
@pytest.mark.parametrize("version", ["5", "mqttv311"])
def test_broker_forwards(workshop: Workshop, version: str) -> None:
    port = free_port()
    broker = Running(workshop.build("broker.c"), port)
    with broker, subscriber(port, version, 6, "got %t %q %P %p") as lines:
        for sender in ("5", "mqttv311"):
            for qos in "012":
                command = ["mosquitto_pub", "-p", str(port), "-V", sender, "-t", "a/b"]
                command += ["-q", qos, "-m", f"{sender}-{qos}"]
                if sender == "5":
                    command += ["-D", "publish", "user-property", "k", "v"]
                run(*command)
    assert lines == [
        f"got a/b {min(1, int(qos))} {'k:v' if sender == version == '5' else ''} {sender}-{qos}"
        for sender in ("5", "mqttv311")
        for qos in "012"
    ]


HARM = {  # what a client sends: how the broker answers, beside a CONNACK that is good
    bytes.fromhex("30 05 0003 612f62"): b"",
    b"GET / HTTP/1.1\r\n\r\n": b"",
    bytes.fromhex("10 ff ff ff 7f 0004"): b"",
    CONNECT_5 + CONNECT_5: bytes.fromhex("e0 01 82"),
    CONNECT_4 + CONNECT_4: b"",
    CONNECT_5 + bytes.fromhex("30 04 0001 23 00"): bytes.fromhex("e0 01 81"),
    CONNECT_5 + bytes.fromhex("30 07 0001 61 03 23 0001"): bytes.fromhex("e0 01 94"),
    CONNECT_5 + bytes.fromhex("30 ff ff 7f"): bytes.fromhex("e0 01 95"),
    CONNECT_4 + bytes.fromhex("c0 01 00"): b"",
    CONNECT_5 + bytes.fromhex("82 05 0001 00 0001"): bytes.fromhex("e0 01 81"),
}


@pytest.mark.parametrize("harm", HARM, ids=lambda harm: harm.hex())
def test_broker_stands(workshop: Workshop, harm: bytes) -> None:
    port = free_port()
    with Running(workshop.build("broker.c"), port) as broker:
        with call(port) as client:
            trickle(client, harm)
            answer = read_all(client)
        assert answer.endswith(HARM[harm])
        assert answer[:1] in (b"", b"\x20")
        with call(port) as client:  # and serves others
            trickle(client, CONNECT_4 + bytes.fromhex("c000 e000"))
            assert read_all(client) == bytes.fromhex("2002 0000 d000")
        assert "refused: " in broker.stop()


@needs_mosquitto
def test_sniffer_between_mosquitto_and_its_client(workshop: Workshop) -> None:
    port = free_port()
    command = ["mosquitto_pub", "-p", str(port), "-V", "5", "-t", "a/b", "-q", "2", "-m", "hi"]
    command += ["-i", "me", "-u", "alice", "-P", "wonderland"]
    program = workshop.build("sniff.c")
    with Mosquitto() as broker, Running(program, port, "127.0.0.1", broker.port) as sniffer:
        run(*command)
        printed = sniffer.end()
    words = [line.split()[:2] for line in printed.splitlines()]
    assert words == [
        ["->", "CONNECT"],
        ["<-", "CONNACK"],
        ["->", "PUBLISH"],
        ["<-", "PUBREC"],
        ["->", "PUBREL"],
        ["<-", "PUBCOMP"],
        ["->", "DISCONNECT"],
    ]
    assert 'topic="a/b" packet_id=1 payload=(2 bytes)' in printed
    assert "wonderland" not in printed


@pytest.mark.parametrize("piece", [1, 7, 4096])
def test_sniffer_in_pieces(workshop: Workshop, piece: int) -> None:
    """Any pieces, a packet larger than its buffer, broken rules, and a stream that is lost."""
    large = bytes.fromhex("30 f0 a2 04 0001 61 00") + bytes(70000 - 4)
    stream = CONNECT_5 + large + bytes.fromhex("40 02 0007 c0 01 00 c000 30 80 80 80 80 c000")
    if piece == 1:  # a large packet byte by byte takes its time
        stream = CONNECT_5 + bytes.fromhex("40 02 0007 c0 01 00 c000 30 80 80 80 80 c000")
    port = free_port()
    with listen() as listener:
        arguments = (port, "127.0.0.1", listener.getsockname()[1])
        with Running(workshop.build("sniff.c"), *arguments) as sniffer, call(port) as client:
            server, _ = listener.accept()
            with server:
                client.sendall(stream[: len(CONNECT_5)])
                assert server.recv(100) == CONNECT_5
                server.sendall(CONNACK_5)
                assert client.recv(100) == CONNACK_5
                for at in range(len(CONNECT_5), len(stream), piece):
                    client.sendall(stream[at : at + piece])
                client.shutdown(socket.SHUT_WR)
                assert read_all(server) == stream[len(CONNECT_5) :]
            printed = sniffer.end().splitlines()
    expected = [
        '-> CONNECT protocol_version=5 clean_start keep_alive=60 client_id="abc"',
        "<- CONNACK success",
        "-> PUBACK packet_id=7",
        "   no open message has this packet identifier",
        "-> PINGREQ !surplus_bytes at 2",
        "-> PINGREQ",
        "-> PUBLISH !integer_too_long at 1",
    ]
    if piece != 1:
        line = printed.pop(2)
        assert line.startswith('-> PUBLISH topic="a" payload=(')
        assert line.endswith(f"of {len(large)} bytes)")
    assert printed == expected
