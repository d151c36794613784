# SPDX-License-Identifier: MIT
"""Runs `mqttwire proxy` between ends that a test holds in its hands.

with Proxy("--to", place) as proxy, End.to(proxy.port) as client:
    client.send(packet)
    ...
    done = proxy.finish()
"""

from __future__ import annotations

import re
import signal
import socket
import ssl
import subprocess
import threading
from pathlib import Path
from typing import Any

import mqttwire as mq
from command import COMMAND, Run, environment

WAIT = 20.0  # seconds that anything here may take before a test fails
LISTENING = re.compile(r"listening at (\w+)://(.*):(\d+), for ")


class Proxy:
    """The command as a program of its own, which listens at a free port."""

    def __init__(self, *arguments: str | Path, listen: str = "0", stdin: Any = None) -> None:
        buffered = environment()
        buffered.pop("PYTHONUNBUFFERED", None)
        self.process = subprocess.Popen(
            [*COMMAND, "proxy", "--listen", listen, *map(str, arguments)],
            stdin=subprocess.PIPE if stdin is None else stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=buffered,
            bufsize=0,
        )
        self.out = b""
        self.err = b""
        self.port = 0
        self._grown = threading.Condition()
        self._threads = [
            threading.Thread(target=self._read, args=[name], daemon=True) for name in ("out", "err")
        ]
        for thread in self._threads:
            thread.start()
        try:
            self.port = int(self.wait_for(LISTENING, "err")[3])
        except BaseException:
            self.stop()
            raise

    def _read(self, name: str) -> None:
        stream = getattr(self.process, f"std{name}")
        while data := stream.read(65536):
            with self._grown:
                setattr(self, name, getattr(self, name) + data)
                self._grown.notify_all()
        stream.close()

    def wait_for(self, pattern: str | re.Pattern[str], name: str = "out") -> re.Match[str]:
        """Until this is printed."""

        def found() -> re.Match[str] | None:
            return re.search(pattern, getattr(self, name).decode())

        with self._grown:
            self._grown.wait_for(lambda: found() or self.process.poll() is not None, WAIT)
        match = found()
        assert match, (pattern, self.out.decode(), self.err.decode())
        return match

    def type(self, *lines: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("".join(f"{line}\n" for line in lines).encode())

    def ended(self) -> Run:
        """When it has ended by itself."""
        code = self.process.wait(WAIT)
        for thread in self._threads:
            thread.join(WAIT)
        err = self.err.decode()
        assert "Traceback" not in err and "was never" not in err, err
        return Run(code, self.out, err)

    def finish(self) -> Run:
        """Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        return self.ended()

    def stop(self) -> None:
        if self.process.stdin is not None:
            self.process.stdin.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for thread in self._threads:
            thread.join(WAIT)

    def __enter__(self) -> Proxy:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()


class End:
    """One end of a connection, as a socket with packets."""

    def __init__(
        self, socket: socket.socket, sender: mq.Sender, version: int | None = None
    ) -> None:
        socket.settimeout(WAIT)
        self.socket = socket
        self.sender = sender
        self.decoder = mq.Decoder(version)

    @classmethod
    def to(cls, port: int, tls: ssl.SSLContext | None = None) -> End:
        made = socket.create_connection(("127.0.0.1", port), timeout=WAIT)
        if tls is not None:
            made = tls.wrap_socket(made, server_hostname="localhost")
        return cls(made, "client", 5)

    def send(self, *packets: mq.Packet | bytes) -> None:
        parts = (each if isinstance(each, bytes) else each.encode() for each in packets)
        self.socket.sendall(b"".join(parts))

    def receive(self) -> mq.Packet:
        """The next packet."""
        for packet in self.decoder:
            return packet
        while data := self.socket.recv(65536):
            for packet in self.decoder.feed(data):
                return packet
        raise EOFError

    def bytes(self, size: int) -> bytes:
        """Exactly so many, or fewer at the end."""
        got = b""
        while len(got) < size and (data := self.socket.recv(size - len(got))):
            got += data
        return got

    def __enter__(self) -> End:
        return self

    def __exit__(self, *error: object) -> None:
        self.socket.close()


class Server:
    """Listens; each connection that comes is an end."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.tls = tls
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.socket.settimeout(WAIT)
        self.port: int = self.socket.getsockname()[1]
        self.place = f"127.0.0.1:{self.port}"

    def accept(self) -> End:
        made, _ = self.socket.accept()
        if self.tls is not None:
            made = self.tls.wrap_socket(made, server_side=True)
        return End(made, "server", 5)

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *error: object) -> None:
        self.socket.close()


HELLO = mq.Connect(client_id="me", clean_start=True)
WELCOME = mq.Connack()


def begun(proxy: Proxy, server: Server) -> tuple[End, End]:
    """A client and a server that have greeted each other through a proxy."""
    client = End.to(proxy.port)
    client.send(HELLO)
    end = server.accept()
    assert end.receive() == HELLO
    end.send(WELCOME)
    assert client.receive() == WELCOME
    return client, end


def publish(
    topic: str = "a/b", payload: bytes = b"x", packet_id: int = 0, **more: Any
) -> mq.Publish:
    properties = mq.Properties(**more)
    if not packet_id:
        return mq.Publish(topic=topic, payload=payload, properties=properties)
    return mq.Publish(
        topic=topic, payload=payload, qos=1, packet_id=packet_id, properties=properties
    )


PACKET = re.compile(r"^ *\d+ [\d:.]{12} #\d+ .*? +[<>] ([A-Z]+.*)$")
REMARK = re.compile(r"^ +[\d:.]{12} #\d+ .*? +[-<>] (.*)$")


def packets(done: Run) -> list[str]:
    """The packets that were printed, without what stands before them, and how long they took."""
    found = (PACKET.match(line) for line in done.lines)
    return [re.sub(r" after [\d.]+ m?s\)$", ")", match[1]) for match in found if match]


def without_answers(lines: list[str]) -> list[str]:
    """What `inspect` prints of a recording, without what `proxy` could not know yet."""
    return [re.sub(r" \(answered by \d+\)$", "", line) for line in lines]


def remarks(done: Run) -> list[str]:
    return [
        found[1] for line in done.lines if (found := REMARK.match(line)) and found[1][0].islower()
    ]
