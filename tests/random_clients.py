#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Clients that do what they like to a broker with small limits: they share a few names, keep their
sessions or not, answer what came on this connection or an earlier one, and go; SIGHUP, SIGTERM and
kill -9 come in between.  What the broker sends is to be good packets, and it is to live.

tests/random_clients.py [--seed N] [--steps N]     MQTTWIRE_BROKER: another build, with ASan say
"""

from __future__ import annotations

import argparse
import contextlib
import random
import signal
import socket
import sys
import tempfile
from pathlib import Path
from typing import Any

import mqttwire as mq
from broker import Broker, greet
from client_driver import number

LIMITS = """
allow_anonymous true
acl_file {folder}/acl
max_connection_rate 0
max_queued_messages 10
max_queued_bytes 3000
max_inflight_messages 3
max_subscriptions 6
max_retained_messages 70
max_sessions 4
memory_limit 200000
max_topic_levels 5
sys_interval 1
queue_qos0_messages true
"""
STORE = "persistence true\npersistence_location {folder}\n"
ACL = "topic readwrite a/#\ntopic deny a/secret\npattern readwrite own/%c/#\ntopic read $SYS/#\n"
TOPICS = ["a", "a/b", "a/b/c", "a/secret", "own/c1/x", "own/c2/x", "b", "a/" + "x" * 300]
FILTERS = ["a/#", "#", "a/+", "+/b", "own/c1/#", "$SYS/#", "a/secret", "+/+/c", "a/b",
           "$share/g/a/#", "$share/g/a/b", "$share/h/#"]  # fmt: skip
NAMES = ["c1", "c2", "c3", "c4", "c5", "c6", ""]
IDS = [1, 1, 2, 3, 4, 5, 65535]
CLIENTS = 6


class RandomClient:
    """One of them, connected or not.  What it has to answer outlives its connection."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.socket: socket.socket | None = None
        self.owed: list[tuple[type[Any], int]] = []
        self.version = 5
        self.decoder = mq.Decoder()

    # ---- To the broker

    def send(self, packet: Any) -> None:
        if self.socket:
            with contextlib.suppress(OSError):
                self.socket.sendall(packet.encode(version=self.version))

    def properties(self, **these: tuple[float, list[Any]]) -> mq.Properties:
        """Some of these, each with its probability, and a value of its list."""
        if self.version != 5:
            return mq.Properties()
        chosen = {name: self.chance.choice(values) for name, (p, values) in these.items()
                  if self.chance.random() < p}  # fmt: skip
        return mq.Properties(**chosen)

    def connect(self, port: int) -> None:
        self.leave()
        chance = self.chance
        self.version = chance.choice([4, 5, 5, 5])
        self.decoder = mq.Decoder(version=self.version, sender="server")
        self.socket = socket.create_connection(("127.0.0.1", port), 20)
        will = None
        if chance.random() < 0.5:
            will = mq.Will(
                topic=chance.choice(TOPICS), payload=b"w" * chance.choice([0, 1, 200]),
                qos=chance.randrange(3), retain=chance.random() < 0.5,
                properties=self.properties(will_delay_interval=(0.7, [0, 1, 5]),
                                           message_expiry_interval=(0.3, [0, 1, 9])),
            )  # fmt: skip
        client_id = chance.choice(NAMES)
        self.send(mq.Connect(
            client_id=client_id, clean_start=not client_id or chance.random() < 0.3, will=will,
            keep_alive=chance.choice([0, 1, 100]), version=self.version,
            properties=self.properties(
                session_expiry_interval=(0.8, [0, 1, 100, 0xFFFFFFFF]),
                receive_maximum=(0.4, [1, 2, 100]),
                maximum_packet_size=(0.4, [30, 60, 100, 200, 5000]),
                topic_alias_maximum=(0.4, [1, 5, 100]),
                request_problem_information=(0.3, [0]),
            ),
        ))  # fmt: skip

    def publish(self) -> None:
        qos = self.chance.randrange(3)
        self.send(mq.Publish(
            topic=self.chance.choice(TOPICS), payload=b"x" * self.chance.choice([0, 1, 50, 400]),
            qos=qos, packet_id=self.chance.choice(IDS) if qos else None,
            retain=self.chance.random() < 0.5,
            properties=self.properties(message_expiry_interval=(0.3, [0, 1, 10]),
                                       topic_alias=(0.3, list(range(1, 11)))),
        ))  # fmt: skip

    def subscribe(self) -> None:
        chance = self.chance
        five = self.version == 5
        wanted = []
        for topic_filter in chance.sample(FILTERS, chance.choice([1, 1, 3])):
            shared = topic_filter.startswith("$share")
            wanted.append(mq.Subscription(
                topic_filter=topic_filter, qos=chance.randrange(3),
                no_local=five and not shared and chance.random() < 0.5,
                retain_as_published=five and chance.random() < 0.5,
                retain_handling=chance.randrange(3) if five else 0,
            ))  # fmt: skip
        self.send(mq.Subscribe(
            packet_id=chance.choice(IDS), subscriptions=wanted,
            properties=self.properties(subscription_identifiers=(0.5, [[1], [300], [268435455]])),
        ))  # fmt: skip

    def unsubscribe(self) -> None:
        filters = [self.chance.choice(FILTERS)]
        self.send(mq.Unsubscribe(packet_id=self.chance.choice(IDS), topic_filters=filters))

    def answer(self) -> None:
        """What is owed, or what is not."""
        if self.owed and self.chance.random() < 0.8:
            kind, packet_id = self.owed.pop(0)
        else:
            kinds = [mq.Puback, mq.Pubrec, mq.Pubrel, mq.Pubcomp]
            kind, packet_id = self.chance.choice(kinds), self.chance.choice(IDS)
        fails = self.version == 5 and kind in (mq.Puback, mq.Pubrec) and self.chance.random() < 0.2
        self.send(kind(packet_id=packet_id, reason_code=0x80 if fails else 0))

    def leave(self) -> None:
        if self.socket is None:
            return
        how = self.chance.random()
        if how < 0.5:
            code = 4 if self.version == 5 and how < 0.2 else 0
            self.send(mq.Disconnect(reason_code=code))
        self.socket.close()
        self.socket = None

    # ---- From it

    def read(self) -> None:
        """What has come, all of it good packets."""
        if not self.socket:
            return
        self.socket.settimeout(self.chance.choice([0.001, 0.02]))
        try:
            data = self.socket.recv(65536)
        except (TimeoutError, socket.timeout):
            return
        except OSError:
            data = b""
        self.socket.settimeout(20)
        for packet in self.decoder.feed(data):
            if isinstance(packet, mq.Publish) and packet.qos:
                self.owed.append((mq.Puback if packet.qos == 1 else mq.Pubrec, number(packet)))
            elif isinstance(packet, mq.Pubrec):
                self.owed.append((mq.Pubrel, packet.packet_id))
            elif isinstance(packet, mq.Pubrel):
                self.owed.append((mq.Pubcomp, packet.packet_id))
        if not data:
            self.socket.close()
            self.socket = None

    def step(self, port: int) -> None:
        if self.socket is None or self.chance.random() < 0.03:
            self.connect(port)
            return
        does = self.chance.choices(
            [self.publish, self.subscribe, self.unsubscribe, self.answer, self.read, self.leave,
             lambda: self.send(mq.Pingreq()), self.garbage],
            [30, 15, 5, 25, 35, 2, 2, 1],
        )[0]  # fmt: skip
        does()

    def garbage(self) -> None:
        if self.socket:
            with contextlib.suppress(OSError):
                self.socket.sendall(self.chance.randbytes(self.chance.randrange(1, 30)))


def disturb(broker: Broker, chance: random.Random, lasting: bool) -> None:
    how = chance.random()
    if how < 0.5:
        broker.send(signal.SIGHUP)
        return
    if broker.stop(signal.SIGTERM if how < 0.8 or not lasting else signal.SIGKILL) not in (0, -9):
        raise AssertionError(broker.log)
    assert "Sanitizer" not in broker.log, broker.log
    broker.start()
    broker.wait_for("the broker is ready")


def play(folder: Path, seed: int, steps: int, lasting: bool) -> None:
    chance = random.Random(seed)
    (folder / "acl").write_text(ACL)
    config = LIMITS + (STORE if lasting else "")
    clients = [RandomClient(chance) for _ in range(CLIENTS)]
    with Broker(folder, config.format(folder=folder)) as broker:
        for at in range(steps):
            chance.choice(clients).step(broker.port)
            if at % 500 == 499:
                disturb(broker, chance, lasting)
                with socket.create_connection(("127.0.0.1", broker.port), 20) as good:
                    assert greet(good)[:2] == b"\x20\x02"  # there may be too many sessions
        for client in clients:
            client.leave()


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=100_000)
    arguments = parser.parse_args()
    for lasting in (False, True):
        with tempfile.TemporaryDirectory() as folder:
            play(Path(folder), arguments.seed, arguments.steps // 2, lasting)
    print(f"seed {arguments.seed}: {arguments.steps:,} steps, nothing found")
    return 0


if __name__ == "__main__":
    sys.exit(main())
