# SPDX-License-Identifier: MIT
"""Clients of a broker that is killed over and over, each with what it is owed.

They work in one thread, through one selector.  Whatever breaks what was promised raises Failure.
What the broker says on a connection is judged by mqttwire's rules, too.
"""

from __future__ import annotations

import contextlib
import itertools
import random
import selectors
import socket
from collections import Counter
from typing import Any

import mqttwire as mq

TOPIC = "count/{}"  # QoS of its messages


class Failure(Exception):
    pass


class World:
    """What all of them have in common."""

    def __init__(self, version: int, chance: random.Random) -> None:
        self.version = version
        self.chance = chance
        self.port = 0
        self.selector = selectors.DefaultSelector()
        self.stopping = False  # publishers begin nothing new


class Client:
    """One that keeps its session, unless `lasting` is 0 seconds."""

    def __init__(self, world: World, name: str, lasting: int = 100_000) -> None:
        self.world, self.name, self.lasting = world, name, lasting
        self.socket: socket.socket | None = None
        self.rules = mq.Connection()
        self.online = False
        self.kept = False  # the broker has said that there is a session
        self.present = False  # it was, when this connection began
        self.answers: list[mq.Packet] = []  # that are not sent yet

    def __str__(self) -> str:
        return self.name

    # ---- The connection -------------------------------------------------------------------------

    def connect(self) -> None:
        """Connects, in place of a connection that it may have."""
        self.lose()
        try:
            end = socket.create_connection(("127.0.0.1", self.world.port), 5)
        except OSError:
            return
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        end.setblocking(False)
        self.socket = end
        self.rules = mq.Connection()
        self.answers = []
        self.world.selector.register(end, selectors.EVENT_READ, self)
        self.send(self.hello())

    def hello(self) -> mq.Connect:
        fields: dict[str, Any] = {"client_id": self.name, "clean_start": not self.lasting}
        if self.world.version == 5 and self.lasting:
            fields["properties"] = mq.Properties(session_expiry_interval=self.lasting)
        return mq.Connect(version=self.world.version, keep_alive=0, **fields)

    def lose(self) -> None:
        if self.socket:
            self.world.selector.unregister(self.socket)
            self.socket.close()
        self.socket = None
        self.online = False

    def send(self, *packets: mq.Packet) -> None:
        if not self.socket:
            return
        wire = b"".join(packet.encode(version=self.world.version) for packet in packets)
        for seen in self.rules.feed("client", wire):
            if seen.findings:
                raise Failure(f"{self} would send {seen.packet}: {seen.findings}")
        with contextlib.suppress(OSError):  # killed: the end is read
            if self.socket.send(wire) < len(wire):
                self.lose()

    def readable(self) -> None:
        assert self.socket
        try:
            data = self.socket.recv(1 << 18)
        except OSError:
            data = b""
        if not data:
            self.lose()
            self.ended()
            return
        for seen in self.rules.feed("server", data):
            if seen.findings or not seen.packet:
                raise Failure(f"{self} got {seen.packet}: {seen.findings}")
            self.take(seen.packet)

    def take(self, packet: mq.Packet) -> None:
        if not isinstance(packet, mq.Connack):
            self.came(packet)
            return
        if packet.reason_code:
            raise Failure(f"{self} is refused: {packet}")
        if self.kept and not packet.session_present:
            raise Failure(f"the session of {self} is lost")
        self.online = True
        self.present = packet.session_present
        self.kept = self.lasting > 0
        self.begin()

    def flush(self) -> None:
        """Answers go out together, and late, so that much is under way."""
        if self.answers and self.online and self.world.chance.random() < 0.5:
            answers, self.answers = self.answers, []
            self.send(*answers)

    # ---- What a client does ---------------------------------------------------------------------

    def begin(self) -> None:
        """It is connected."""

    def came(self, packet: mq.Packet) -> None:
        """A packet but for CONNACK."""

    def ended(self) -> None:
        """By the other end."""

    def turn(self) -> None:
        """Now and then."""
        self.flush()

    def lacks(self) -> str:
        """What it waits for."""
        return str(self)

    def ready(self) -> bool:
        """To be killed."""
        return self.online

    def done(self) -> bool:
        return True


class Publisher(Client):
    """Publishes 1, 2, ... with so many on the way, and again what was not acknowledged."""

    def __init__(self, world: World, qos: int, window: int) -> None:
        super().__init__(world, f"publisher-{qos}")
        self.qos, self.window = qos, window
        self.open: dict[int, mq.Publish | mq.Pubrel] = {}  # by packet identifier, oldest first
        self.ids = itertools.count()
        self.last = 0
        self.sent: Counter[int] = Counter()  # how often a number was
        self.acknowledged = 0

    def begin(self) -> None:
        again = [
            packet.replace(dup=True) if isinstance(packet, mq.Publish) else packet
            for packet in self.open.values()
        ]
        if again:
            for packet in again:
                if isinstance(packet, mq.Publish):
                    self.sent[number(packet)] += 1
            self.send(*again)

    def turn(self) -> None:
        self.flush()
        fresh: list[mq.Packet] = []
        while self.online and not self.world.stopping and len(self.open) < self.window:
            fresh.append(self.next())
        if fresh:
            self.send(*fresh)

    def next(self) -> mq.Publish:
        packet_id = next(self.ids) % 0xFFFF + 1
        self.last += 1
        self.sent[self.last] += 1
        size = self.world.chance.choice([0, 0, 10, 300, 3000])
        packet = mq.Publish(
            topic=TOPIC.format(self.qos), payload=b"%d %s" % (self.last, b"x" * size),
            qos=self.qos, packet_id=packet_id,
        )
        self.open[packet_id] = packet
        return packet

    def came(self, packet: mq.Packet) -> None:
        assert isinstance(packet, (mq.Puback, mq.Pubrec, mq.Pubcomp)), packet
        if packet.reason_code and not isinstance(packet, mq.Pubcomp):
            raise Failure(f"{self}: {packet}")  # 0x10 would be a subscription that is lost
        if isinstance(packet, mq.Pubrec):
            self.acknowledged += isinstance(self.open[packet.packet_id], mq.Publish)
            self.open[packet.packet_id] = mq.Pubrel(packet_id=packet.packet_id)
            self.answers.append(self.open[packet.packet_id])
        else:
            del self.open[packet.packet_id]
            self.acknowledged += isinstance(packet, mq.Puback)

    def done(self) -> bool:
        return not self.open


class Subscriber(Client):
    """A receiver by section 4.3: what it stores outlasts connections."""

    def __init__(self, world: World, name: str, filter: str) -> None:
        super().__init__(world, name)
        self.filter = filter
        self.subscribed = False
        self.released: dict[int, str] = {}  # QoS 2: the message of an identifier, until PUBREL
        self.copies: dict[str, list[int]] = {}  # QoS 1: the identifiers that a message had
        self.repeats = 0

    def begin(self) -> None:
        if not self.subscribed:
            subscription = mq.Subscription(topic_filter=self.filter, qos=2)
            self.send(mq.Subscribe(packet_id=1, subscriptions=[subscription]))

    def ready(self) -> bool:
        return self.subscribed

    def came(self, packet: mq.Packet) -> None:
        if isinstance(packet, mq.Publish) and packet.packet_id:
            what = f"{packet.topic} {number(packet)}"
            if packet.qos == 2:
                self.exactly_once(packet, packet.packet_id, what)
            else:
                self.at_least_once(packet, packet.packet_id, what)
        elif isinstance(packet, mq.Pubrel):
            self.released.pop(packet.packet_id, None)
            self.answers.append(mq.Pubcomp(packet_id=packet.packet_id))
        elif isinstance(packet, mq.Suback):
            self.subscribed = True
        else:
            raise Failure(f"{self} got {packet}")

    def exactly_once(self, packet: mq.Publish, packet_id: int, what: str) -> None:
        if packet_id in self.released:
            if self.released[packet_id] != what or not packet.dup:
                raise Failure(f"{self} got {packet}, and has {self.released[packet_id]} open")
            self.repeats += 1
        elif what in self.released.values():
            raise Failure(f"{self} got {what} again with another identifier")
        else:
            self.released[packet_id] = what
            self.deliver(packet)
        self.answers.append(mq.Pubrec(packet_id=packet_id))

    def at_least_once(self, packet: mq.Publish, packet_id: int, what: str) -> None:
        copies = self.copies.setdefault(what, [])
        if packet.dup and packet_id in copies:
            self.repeats += 1
        else:  # an identifier may come again, once the copy that had it is settled
            copies.append(packet_id)
        if len(copies) > self.most(packet):
            raise Failure(f"{self} got {what} too often, or anew: {copies}, DUP {packet.dup}")
        self.deliver(packet)
        self.answers.append(mq.Puback(packet_id=packet_id))

    def most(self, packet: mq.Publish) -> int:
        """Copies of QoS 1 that the broker may have made."""
        return 1

    def deliver(self, packet: mq.Publish) -> None:
        """It came, and is none of those that are known under their identifier."""
        raise NotImplementedError


class Counting(Subscriber):
    """Gets what a publisher counts: nothing is missing, nothing out of order, and at QoS 2 nothing
    twice; at QoS 1 a number is as many messages as it was sent, at most."""

    def __init__(self, world: World, name: str, publisher: Publisher) -> None:
        super().__init__(world, name, TOPIC.format(publisher.qos))
        self.publisher = publisher
        self.last = 0

    def most(self, packet: mq.Publish) -> int:
        return self.publisher.sent[number(packet)]

    def deliver(self, packet: mq.Publish) -> None:
        n = number(packet)
        if n > self.last + 1:
            raise Failure(f"{self}: {self.last + 1} is lost, or {n} came before it")
        if n <= self.last and packet.qos == 2:
            raise Failure(f"{self} got {n} a second time")
        self.last = max(self.last, n)

    def done(self) -> bool:
        return self.last == self.publisher.last and not self.released


class Sharer(Subscriber):
    """A member of a group that shares what is counted at QoS 2: one of them gets it, once."""

    def __init__(self, world: World, name: str, publisher: Publisher, group: set[int]) -> None:
        super().__init__(world, name, f"$share/group/{TOPIC.format(publisher.qos)}")
        self.publisher, self.group = publisher, group

    def deliver(self, packet: mq.Publish) -> None:
        if number(packet) in self.group:
            raise Failure(f"the group got {number(packet)} a second time")
        self.group.add(number(packet))

    def done(self) -> bool:
        return len(self.group) == self.publisher.last and not self.released


class Retainer(Client):
    """Sets retained messages, one at a time, and removes some."""

    TOPICS = 4

    def __init__(self, world: World) -> None:
        super().__init__(world, "retainer")
        self.history: list[list[int | None]] = [[None] for _ in range(self.TOPICS)]
        self.sure = [0] * self.TOPICS  # index of the last that was acknowledged
        self.open: mq.Publish | None = None
        self.values = itertools.count(1)

    def begin(self) -> None:
        if self.open:
            self.open = self.open.replace(dup=True)
            self.send(self.open)

    def turn(self) -> None:
        if not self.online or self.open or self.world.stopping:
            return
        which = self.world.chance.randrange(self.TOPICS)
        value = next(self.values) if self.world.chance.random() < 0.8 else None
        self.history[which].append(value)
        self.open = mq.Publish(
            topic=f"kept/{which}", payload=b"%d" % value if value else b"", retain=True, qos=1,
            packet_id=which + 1,
        )
        self.send(self.open)

    def came(self, packet: mq.Packet) -> None:
        assert isinstance(packet, mq.Puback), packet
        which = packet.packet_id - 1
        self.sure[which] = len(self.history[which]) - 1
        self.open = None

    def done(self) -> bool:
        return not self.open


class Looker(Client):
    """Looks at retained messages whenever it is connected."""

    def __init__(self, world: World, retainer: Retainer) -> None:
        super().__init__(world, "looker", lasting=0)
        self.retainer = retainer
        self.looks = 0

    def begin(self) -> None:
        self.seen: dict[int, int] = {}
        self.since = list(self.retainer.sure)
        subscription = mq.Subscription(topic_filter="kept/#")
        self.send(mq.Subscribe(packet_id=1, subscriptions=[subscription]), mq.Pingreq())

    def came(self, packet: mq.Packet) -> None:
        if isinstance(packet, mq.Publish) and packet.retain:
            self.seen[int(packet.topic[-1])] = number(packet)
        if isinstance(packet, mq.Pingresp):
            for which, since in enumerate(self.since):
                may = self.retainer.history[which][since:]
                if self.seen.get(which) not in may:
                    raise Failure(f"kept/{which} has {self.seen.get(which)}, and not of {may}")
            self.looks += 1


class Mortal(Client):
    """Has wills, each with a number: dies with the broker, or of itself, or says goodbye."""

    def __init__(self, world: World) -> None:
        super().__init__(world, "", lasting=0)
        self.last = 0
        self.owed: set[int] = set()  # wills that must come
        self.never: set[int] = set()  # wills that must not
        self.leaving: int | None = None  # has said goodbye, and heard the end
        self.goodbye = False
        self.stopped = False

    def hello(self) -> mq.Connect:
        self.last += 1
        self.name = f"mortal-{self.last}"
        delay, expiry = self.world.chance.choice([(0, 0), (1, 100), (100, 1)])
        five = self.world.version == 5
        will = mq.Will(
            topic="wills", payload=b"%d" % self.last, qos=2,
            properties=mq.Properties(will_delay_interval=delay) if five else mq.Properties(),
        )
        properties = mq.Properties(session_expiry_interval=expiry) if five else mq.Properties()
        return super().hello().replace(will=will, properties=properties)

    def begin(self) -> None:
        self.kept = False
        if self.leaving:  # the broker was not killed before it had understood
            self.never.add(self.leaving)
            self.leaving = None
        self.owed.add(self.last)
        self.goodbye = self.world.chance.random() < 0.5

    def turn(self) -> None:
        if not self.online or self.world.stopping or self.world.chance.random() > 0.05:
            return
        if self.goodbye:
            self.owed.discard(self.last)
            self.send(mq.Disconnect())
            self.online = False
        else:
            self.connect()

    def ended(self) -> None:
        if self.goodbye and self.last not in self.owed:
            self.leaving = self.last
            self.connect()

    def stop(self) -> None:
        self.stopped = True

    def connect(self) -> None:
        if not self.stopped:
            super().connect()


class Heir(Subscriber):
    """Gets the wills."""

    def __init__(self, world: World, mortal: Mortal) -> None:
        super().__init__(world, "heir", "wills")
        self.mortal = mortal
        self.wills: set[int] = set()

    def deliver(self, packet: mq.Publish) -> None:
        n = number(packet)
        if n in self.wills:
            raise Failure(f"will {n} came a second time")
        if n in self.mortal.never:
            raise Failure(f"will {n} came of a client that said goodbye")
        self.wills.add(n)

    def done(self) -> bool:
        return self.mortal.owed <= self.wills and not self.released

    def lacks(self) -> str:
        return f"{self}, {self.mortal.owed - self.wills} of {self.mortal.last}, {self.released}"


def number(packet: mq.Publish) -> int:
    return int(packet.payload.split()[0])
