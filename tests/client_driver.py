# SPDX-License-Identifier: MIT
"""The client library at work, and the server that a test plays to it, packet by packet.

with Server() as server, Driver() as client:
    client.new(server.url)
    client.do("connect")
    peer = server.greet()                   # takes CONNECT, and answers it
    client.publish(1, topic="a", qos=1)
    peer.send(mq.Puback(packet_id=peer.take(mq.Publish).packet_id))
    client.result(1)

What the client sends is judged by the rules of the connection all the while.  Nothing here waits
for a time to pass, but for an event.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, Queue
from typing import Any, Literal, TypeVar, Union

import mqttwire as mq

ROOT = Path(__file__).parent.parent
#: Another build, or a command that runs it: "valgrind -q ... client_driver".
COMMAND = shlex.split(
    os.environ.get("MQTTWIRE_CLIENT_DRIVER", str(ROOT / "build/tests/samples/client_driver"))
)
WAIT = 10.0  # seconds that anything here may take before a test fails

Event = dict[str, Any]
Wire = Union[mq.Packet, bytes]
P = TypeVar("P", bound=mq.Packet)


class Driver:
    """The library in a process of its own: commands, and the events that come of them."""

    def __init__(self) -> None:
        self.version = 5
        self.process = subprocess.Popen(
            COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self._lines: Queue[bytes | None] = Queue()
        self._events: list[Event] = []  # that nobody has waited for
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def __enter__(self) -> Driver:
        return self

    def __exit__(self, kind: object, *error: object) -> None:
        assert self.process.stdin and self.process.stdout and self.process.stderr
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        try:
            self.process.wait(WAIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._reader.join()
        said = self.process.stderr.read().decode()
        self.process.stdout.close()
        self.process.stderr.close()
        assert not said and self.process.returncode == 0, (self.process.returncode, said)
        if kind is None:
            assert self.wait("end")["clean"], "the library left handles in the loop"

    # ---- Events

    def _next(self, timeout: float) -> Event:
        line = self._lines.get(timeout=timeout)
        assert line is not None, "the driver has ended"
        event: Event = json.loads(line)
        for member in ("packet", "bytes"):
            if isinstance(event.get(member), str):
                event[member] = bytes.fromhex(event[member])
        if event["event"] != "packet" and event.get("packet") is not None:
            event["packet"] = mq.decode(event["packet"], version=self.version)
        return event

    def wait(self, name: str, timeout: float = WAIT, **fields: Any) -> Event:
        """The next event of this name, which has these values."""
        for at, event in enumerate(self._events):
            if event["event"] == name:
                del self._events[at]
                break
        else:
            deadline = time.monotonic() + timeout
            while True:
                try:
                    event = self._next(deadline - time.monotonic())
                except (Empty, ValueError):
                    raise AssertionError(f"no {name} came, but {self._events}") from None
                if event["event"] == name:
                    break
                self._events.append(event)
        for field, value in fields.items():
            assert event[field] == value, event
        return event

    def result(self, number: int, status: str = "OK", reason_code: int = 0) -> Event:
        return self.wait("result", id=number, status=status, reason_code=reason_code)

    def message(self, **fields: Any) -> Event:
        return self.wait("message", **fields)

    def ended(self, status: str, **fields: Any) -> Event:
        """The connection has."""
        return self.wait("disconnected", status=status, **fields)

    def has(self, name: str) -> list[Event]:
        """What came of this name so far, and was not waited for."""
        self.do("ask")
        return [event for event in self._events if event["event"] == name]

    # ---- Commands

    def tell(self, what: str, **members: Any) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps({"do": what, **members}).encode() + b"\n")
        self.process.stdin.flush()

    def do(self, what: str, status: str | None = "OK", **members: Any) -> Event:
        self.tell(what, **members)
        did = self.wait("did", what=what)
        assert status is None or did["status"] == status, did
        return did

    def new(self, url: str, version: int = 5, *, status: str = "OK", **options: Any) -> Event:
        """options: those of mqw_client_options; connect is a packet, or the one below."""
        self.version = version
        packet = options.pop("connect", None) or connect(version=version)
        options["connect"] = packet.encode(version=version).hex()
        options = {"url": url, "version": version, **options}
        options.setdefault("backoff_first", 20)
        return self.do("new", status, options=options)

    def _send(
        self, what: str, number: int, packet: mq.Packet, status: str | None, more: Any
    ) -> Event:
        wire = packet.encode(version=self.version).hex()
        return self.do(what, status, id=number, packet=wire, **more)

    def free(self) -> None:
        """Has the client go, and forgets what it told."""
        self.do("free")
        self._events.clear()

    def publish(self, number: int, status: str | None = "OK", **fields: Any) -> Event:
        return self._send("publish", number, message(**fields), status, {})

    def request(self, number: int, timeout: int, status: str | None = "OK", **fields: Any) -> Event:
        return self._send("request", number, message(**fields), status, {"timeout": timeout})

    def subscribe(self, number: int, *filters: str, qos: int = 2, properties: Any = None) -> Event:
        return self._send(
            "subscribe", number, subscribe(*filters, qos=qos, properties=properties), "OK", {}
        )

    def unsubscribe(self, number: int, *filters: str) -> Event:
        packet = mq.Unsubscribe(packet_id=1, topic_filters=list(filters))
        return self._send("unsubscribe", number, packet, "OK", {})

    def on(
        self,
        event: str,
        what: str,
        packet: mq.Packet | None = None,
        always: bool = False,
        **members: Any,
    ) -> None:
        """Runs a command within the callback that tells the next such event, or each.  What comes
        of it is the event "hooked"."""
        if packet is not None:
            members["packet"] = packet.encode(version=self.version).hex()
        run = {"do": what, **members}
        self.do("on", hook={"event": event, "run": run, "always": always})


def message(**fields: Any) -> mq.Publish:
    """A PUBLISH for the client to send, whose packet identifier is no matter."""
    fields.setdefault("topic", "a")
    if fields.get("qos"):
        fields.setdefault("packet_id", 1)
    return mq.Publish(**fields)


def subscribe(*filters: str, qos: int = 2, properties: Any = None) -> mq.Subscribe:
    return mq.Subscribe(
        packet_id=1,
        subscriptions=[mq.Subscription(topic_filter=name, qos=qos) for name in filters],
        properties=properties or mq.Properties(),
    )


def number(packet: Any) -> int:
    """Its packet identifier."""
    assert isinstance(packet.packet_id, int)
    return packet.packet_id


def connect(**fields: Any) -> mq.Connect:
    """A CONNECT of a session that lasts, in either version."""
    properties = fields.pop("properties", {})
    properties.setdefault("session_expiry_interval", 1000)
    fields.setdefault("client_id", "c")
    version = fields.pop("version", 5)
    if version == 5:
        fields["properties"] = mq.Properties(**properties)
    return mq.Connect(version=version, **fields)


def connack(**properties: Any) -> mq.Connack:
    return mq.Connack(properties=mq.Properties(**properties))


Side = Literal["client", "server"]


class Peer:
    """One end of a connection, that of `own`: "server", or for the broker's tests "client"."""

    def __init__(self, end: socket.socket, own: Side = "server") -> None:
        self.socket = end
        self.own = own
        self.other: Side = "client" if own == "server" else "server"
        end.settimeout(WAIT)
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rules = mq.Connection()
        self.packets: list[mq.Packet] = []  # that came, and were not taken
        self.received = b""
        self.version = 5

    def close(self) -> None:
        self.socket.close()

    def reset(self) -> None:
        """Ends the connection by RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    # ---- To the other end

    def send(self, *packets: Wire) -> None:
        self.socket.sendall(self.wire(*packets))

    def wire(self, *packets: Wire) -> bytes:
        """The bytes of these, which the rules now know of."""
        wire = b"".join(
            packet if isinstance(packet, bytes) else packet.encode(version=self.version)
            for packet in packets
        )
        with contextlib.suppress(mq.MqttError, ValueError):
            list(self.rules.feed(self.own, wire))
        return wire

    # ---- From the other end

    def raw(self, count: int) -> bytes:
        """So many bytes, which the rules do not get to see."""
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            assert more, f"the {self.other} has closed the connection"
            data += more
        return data

    def peek(self, count: int = 1) -> bytes:
        """Waits until so many bytes have come, and leaves them there."""
        data = self.socket.recv(count, socket.MSG_PEEK | socket.MSG_WAITALL)
        assert len(data) == count, f"the {self.other} has closed the connection"
        return data

    def _more(self) -> bool:
        """False: the other has closed its side."""
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            return False
        self.received += data
        for seen in self.rules.feed(self.other, data):
            assert not seen.findings, (seen.packet, seen.findings)
            assert seen.packet is not None
            self.version = seen.packet.version
            self.packets.append(seen.packet)
        return bool(data)

    def next(self) -> mq.Packet:
        while not self.packets:
            assert self._more(), f"the {self.other} has closed the connection"
        return self.packets.pop(0)

    def take(self, kind: type[P], **fields: Any) -> P:
        """The next packet, which is of this kind."""
        packet = self.next()
        assert isinstance(packet, kind), packet
        for field, value in fields.items():
            assert getattr(packet, field) == value, packet
        return packet

    def ended(self) -> None:
        """The other end has closed the connection, and said nothing more."""
        while self._more():
            pass
        assert not self.packets, self.packets
        self.close()

    def refused(self, reason_code: int) -> None:
        """The other end has closed the connection, in 5.0 with DISCONNECT."""
        if self.version == 5:
            self.take(mq.Disconnect, reason_code=reason_code)
        self.ended()

    def quiet(self, seconds: float = 0.0) -> None:
        """Nothing came, and for so long nothing comes."""
        self.socket.settimeout(seconds or 0.001)
        with contextlib.suppress(TimeoutError, socket.timeout):
            self._more()
        self.socket.settimeout(WAIT)
        assert not self.packets, self.packets

    def echo(self, client: Driver) -> None:
        """What the client was told until now, it has dealt with: nothing came of it.  The client
        publishes one message of QoS 0 in answer to one that it gets."""
        client.on("message", "publish", mq.Publish(topic="echo"))
        self.send(mq.Publish(topic="echo"))
        self.take(mq.Publish, topic="echo")
        client.message()
        client.wait("hooked", what="publish")
        client.wait("result")

    def acknowledge(self, packet: mq.Publish) -> None:
        """Settles a message of QoS 1 or 2 as it should be."""
        if packet.qos == 1:
            self.send(mq.Puback(packet_id=number(packet)))
        elif packet.qos == 2:
            self.send(mq.Pubrec(packet_id=number(packet)))
            self.take(mq.Pubrel, packet_id=number(packet))
            self.send(mq.Pubcomp(packet_id=number(packet)))

    def grant(self, *codes: int) -> mq.Subscribe:
        """Takes SUBSCRIBE and answers it."""
        packet = self.take(mq.Subscribe)
        given = list(codes) or [wanted.qos for wanted in packet.subscriptions]
        self.send(mq.Suback(packet_id=packet.packet_id, reason_codes=given))
        return packet


class Server:
    """Listens on loopback."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.settimeout(WAIT)
        self.url = f"mqtt://127.0.0.1:{self.socket.getsockname()[1]}"
        self.peers: list[Peer] = []

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *error: object) -> None:
        for peer in self.peers:
            peer.close()
        self.socket.close()

    def accept(self) -> Peer:
        peer = Peer(self.socket.accept()[0])
        self.peers.append(peer)
        return peer

    def greet(
        self, answer: mq.Connack | None = None, *, present: bool = False, **fields: Any
    ) -> Peer:
        """Takes a connection with its CONNECT, which has these values, and says CONNACK."""
        peer = self.accept()
        peer.take(mq.Connect, **fields)
        peer.send(answer or mq.Connack(session_present=present))
        return peer

    def nobody(self, seconds: float) -> None:
        """No connection comes for so long."""
        self.socket.settimeout(seconds)
        with contextlib.suppress(TimeoutError, socket.timeout):
            self.accept()
            raise AssertionError("the client connects again")
        self.socket.settimeout(WAIT)


@contextlib.contextmanager
def online(
    version: int = 5, answer: mq.Connack | None = None, **options: Any
) -> Iterator[tuple[Driver, Peer, Server]]:
    """A client that is connected."""
    with Server() as server, Driver() as client:
        client.new(server.url, version, **options)
        client.do("connect")
        peer = server.greet(answer)
        client.wait("connected")
        yield client, peer, server


def lose(client: Driver, peer: Peer) -> None:
    peer.reset()
    client.ended("NETWORK")


def filters(packet: mq.Subscribe) -> dict[str, int]:
    """What it asks for, and in which quality."""
    return {wanted.topic_filter: wanted.qos for wanted in packet.subscriptions}
