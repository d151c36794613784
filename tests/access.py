# SPDX-License-Identifier: MIT
"""Verdicts on access files: of samples/broker/access.h, asked through broker_access_peer; of the
broker; of mosquitto."""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import mqttwire as mq
import pytest
from broker import Broker
from mosquitto import PROGRAM, Mosquitto

ROOT = Path(__file__).resolve().parent.parent
BUILD = Path(os.environ.get("MQTTWIRE_BUILD", ROOT / "build"))
PEER = BUILD / "tests" / "broker_access_peer"
PASSWD = BUILD / "samples" / "broker" / "mqttwire-passwd"
WAIT = 60.0  # seconds
PASSWORD = b"a password"  # of each user, where nothing depends on it

needs_peer = pytest.mark.skipif(not PEER.exists(), reason="the broker's tests are not built")
needs_passwd = pytest.mark.skipif(not PASSWD.exists(), reason="mqttwire-passwd is not built")
needs_mosquitto = pytest.mark.skipif(PROGRAM is None, reason="mosquitto is missing")


def ask(settings: Sequence[str], questions: Iterable[Sequence[str]]) -> list[str]:
    """A line for each question: broker_access_peer.c has their form."""
    text = "".join("\t".join(question) + "\n" for question in questions)
    done = subprocess.run(
        [PEER, *settings], input=text.encode(), capture_output=True, timeout=WAIT, check=False
    )
    assert not done.stderr, done.stderr.decode()
    return done.stdout.decode().splitlines()


class Client(NamedTuple):
    user: str | None
    id: str


class Link:
    """A connection to a broker, in MQTT 5.0."""

    def __init__(
        self, port: int, client: Client, password: bytes = PASSWORD, wait: bool = True
    ) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), WAIT)
        self._decoder = mq.Decoder(5)
        self._packets: list[mq.Packet] = []
        self.send(
            mq.Connect(
                client_id=client.id,
                username=client.user,
                password=None if client.user is None else password,
                clean_start=True,
            )
        )
        self.code = -1
        if wait:
            answer = self.receive()
            assert isinstance(answer, mq.Connack)
            self.code = int(answer.reason_code)

    def send(self, packet: mq.Packet) -> None:
        self._socket.sendall(packet.encode())

    def receive(self) -> mq.Packet:
        while not self._packets:
            data = self._socket.recv(1 << 16)
            assert data, "the broker has closed the connection"
            self._packets += self._decoder.feed(data)
        return self._packets.pop(0)

    def publish(self, topic: str) -> bool:
        """Was it taken?"""
        self.send(mq.Publish(topic=topic, payload=b"", qos=1, packet_id=1))
        answer = self.receive()
        assert isinstance(answer, mq.Puback), answer
        return int(answer.reason_code) < 0x80

    def subscribe(self, *filters: str) -> None:
        wanted = [mq.Subscription(topic_filter=each, qos=0, no_local=True) for each in filters]
        self.send(mq.Subscribe(packet_id=1, subscriptions=wanted))
        assert isinstance(self.receive(), mq.Suback)

    def topics(self) -> set[str]:
        """Of the messages that have come."""
        self.send(mq.Pingreq(version=5))
        got = set()
        while isinstance(packet := self.receive(), mq.Publish):
            got.add(packet.topic)
        assert isinstance(packet, mq.Pingresp), packet
        return got

    def close(self) -> None:
        self._socket.close()


ADMIN = "\nuser admin\ntopic #\ntopic $x/#\n"


class Verdicts(NamedTuple):
    read: set[str]
    write: set[str]


def told(port: int, clients: Sequence[Client], topics: Sequence[str]) -> list[Verdicts]:
    """What messages come, and which are taken.  The rules have ADMIN in them."""
    with closing_all() as links:
        admin = links(port, Client("admin", "admin"))
        read = [links(port, client) for client in clients]
        for link in read:
            link.subscribe("#", "$x/#")
        for topic in topics:
            assert admin.publish(topic), topic
        came = [link.topics() for link in read]
        for link in read:
            link.close()
        write = []
        for client in clients:
            link = links(port, client)
            write.append({topic for topic in topics if link.publish(topic)})
    return [Verdicts(*both) for both in zip(came, write)]


def of_mosquitto(rules: Path, clients: Sequence[Client], topics: Sequence[str]) -> list[Verdicts]:
    rules.chmod(0o644)
    rules.parent.chmod(0o755)
    with Mosquitto(f"acl_file {rules}") as broker:
        return told(broker.port, clients, topics)


def of_broker(rules: Path, clients: Sequence[Client], topics: Sequence[str]) -> list[Verdicts]:
    names = {client.user for client in clients if client.user is not None} | {"admin"}
    passwords = rules.parent / "passwords"
    passwords.write_text("".join(f"{name}:{hashed(PASSWORD)}\n" for name in names))
    config = f"allow_anonymous true\nacl_file {rules}\npassword_file {passwords}"
    with Broker(rules.parent, config) as broker:
        return told(broker.port, clients, topics)


def hashed(password: bytes, iterations: int = 0) -> str:
    salt = b"salt of 12 b"
    if iterations:
        hash_ = hashlib.pbkdf2_hmac("sha512", password, salt, iterations)
    else:
        hash_ = hashlib.sha512(password + salt).digest()
    kind = f"$7${iterations}" if iterations else "$6"
    return "$".join([kind, b64encode(salt).decode(), b64encode(hash_).decode()])


def of_ours(rules: Path, clients: Sequence[Client], topics: Sequence[str]) -> list[Verdicts]:
    questions = [
        ("may", client.user or "-", client.id, action, topic)
        for client in clients
        for action in ("read", "write")
        for topic in topics
    ]
    answers = iter(ask([f"acl_file={rules}"], questions))
    return [
        Verdicts(*({topic for topic in topics if next(answers) == "yes"} for _ in range(2)))
        for _ in clients
    ]


@contextmanager
def closing_all() -> Iterator[Callable[[int, Client], Link]]:
    made: list[Link] = []

    def make(port: int, client: Client) -> Link:
        made.append(Link(port, client))
        assert made[-1].code == 0
        return made[-1]

    try:
        yield make
    finally:
        for link in made:
            link.close()
