# SPDX-License-Identifier: MIT
"""Whole sessions of several clients, drawn from a seed: what they would do if they were good.

Nothing here depends on what the broker answers: identifiers of its messages are guessed, as brokers
count them from 1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mqttwire as mq

from . import kit
from .draw import Draw
from .session import CLOSE, OPEN, PAUSE, RESET, SEND, SHUT, WAIT, Step

TOPICS = ("a", "a/b", "a/b/c", "/", "$SYS/x", "fuzz/\u00e9", "a//b")
FILTERS = (*TOPICS, "#", "+", "a/#", "a/+/c", "+/+", "/#", "$share/g/a/#", "$share/g/+", "$SYS/#")
NAMES = ("a", "b", "c", "")
METHODS = ("SCRAM-SHA-256", "m")
ACKS = (mq.Puback, mq.Pubrec, mq.Pubrel, mq.Pubcomp)

# Properties that a good client may send, and how their values are drawn.
Value = Callable[[Draw], Any]
NUMBERS = (0, 1, 2, 10, 0xFFFF, 0xFFFFFFFF)
TEXTS = ("", "x", "text/plain", "a/b", "x" * 200)
CONNECT: dict[str, Value] = {
    "session_expiry_interval": lambda d: d.pick(NUMBERS),
    "receive_maximum": lambda d: d.pick((1, 2, 20, 0xFFFF)),
    "maximum_packet_size": lambda d: d.pick((2, 20, 100, 0xFFFFFFFF)),
    "topic_alias_maximum": lambda d: d.pick((0, 1, 10, 0xFFFF)),
    "request_response_information": lambda d: d.below(2),
    "request_problem_information": lambda d: d.below(2),
    "user_properties": lambda d: [(d.pick(TEXTS), d.pick(TEXTS))] * (1 + d.below(3)),
}
MESSAGE: dict[str, Value] = {
    "payload_format_indicator": lambda d: d.below(2),
    "message_expiry_interval": lambda d: d.pick(NUMBERS),
    "response_topic": lambda d: d.pick(TOPICS),
    "correlation_data": lambda d: bytes(d.below(20)),
    "content_type": lambda d: d.pick(TEXTS),
    "user_properties": CONNECT["user_properties"],
}
WILL = {**MESSAGE, "will_delay_interval": lambda d: d.pick((0, 1, 5))}
PUBLISH = {**MESSAGE, "topic_alias": lambda d: d.pick((1, 2, 10))}
SUBSCRIBE: dict[str, Value] = {
    "subscription_identifier": lambda d: d.pick((1, 127, 128, 268435455)),
    "user_properties": CONNECT["user_properties"],
}
REASON: dict[str, Value] = {
    "reason_string": lambda d: d.pick(TEXTS),
    "user_properties": CONNECT["user_properties"],
}


class Client:
    """One client's part of a session, as steps of its own."""

    def __init__(self, draw: Draw, version: int, wait: float, number: Callable[[], int]) -> None:
        self.draw = draw
        self.version = version
        self.wait = wait  # seconds, for an answer
        self.number = number  # of the next connection
        self.name = draw.pick(NAMES)
        self.steps: list[Step] = []
        self.connection = 0
        self.versions: dict[int, int] = {}
        self.next_id = 1

    # ---- Packets ----------------------------------------------------------------------------

    def properties(self, rows: dict[str, Value], per_cent: float = 15) -> mq.Properties | None:
        if self.version != 5:
            return None
        drawn = {name: of(self.draw) for name, of in rows.items() if self.draw.chance(per_cent)}
        found = drawn.pop("subscription_identifier", None)
        if found is not None:
            drawn["subscription_identifiers"] = [found]
        return mq.Properties(**drawn)

    def will(self) -> mq.Will:
        return mq.Will(
            topic=self.draw.pick(TOPICS),
            payload=bytes(self.draw.below(9)),
            qos=self.draw.below(3),
            retain=self.draw.chance(30),
            properties=self.properties(WILL),
        )

    def connect(self) -> mq.Connect:
        draw = self.draw
        properties = self.properties(CONNECT, 20)
        if properties is not None and draw.chance(8):
            properties.authentication_method = draw.pick(METHODS)
            if draw.chance(50):
                properties.authentication_data = bytes(draw.below(20))
        return mq.Connect(
            client_id=self.name,
            clean_start=draw.chance(50) or (self.version == 4 and not self.name),
            keep_alive=draw.pick((0, 0, 1, 60, 0xFFFF)),
            username="user" if draw.chance(15) else None,
            will=self.will() if draw.chance(35) else None,
            properties=properties,
            version=self.version,
        )

    def publish(self, qos: int) -> mq.Publish:
        draw = self.draw
        return mq.Publish(
            topic=draw.pick(TOPICS),
            payload=b"p" * draw.pick((0, 1, 5, 5, 120, 130, 2000)),
            qos=qos,
            packet_id=self.packet_id() if qos else None,
            retain=draw.chance(25),
            dup=bool(qos) and draw.chance(10),
            properties=self.properties(PUBLISH),
            version=self.version,
        )

    def packet_id(self) -> int:
        if self.draw.chance(5):
            return self.draw.pick((1, 2, 0xFFFF))
        self.next_id += 1
        return self.next_id - 1

    # ---- Steps ------------------------------------------------------------------------------

    def do(self, what: str, seconds: float = 0) -> None:
        self.steps.append(Step(what, self.connection, seconds=seconds))

    def send(self, packet: mq.Packet | bytes) -> None:
        data = packet if isinstance(packet, bytes) else packet.encode()
        self.steps.append(Step(SEND, self.connection, data))

    def await_(self, kind: mq.Type, per_cent: float = 85) -> None:
        if self.draw.chance(per_cent):
            self.steps.append(Step(WAIT, self.connection, kind=int(kind), seconds=self.wait))

    def live(self) -> None:
        """From connecting to whatever end."""
        self.connection = self.number()
        self.versions[self.connection] = self.version
        self.do(OPEN)
        if self.draw.chance(97):
            packet = self.connect()
            self.send(packet)
            self.await_(mq.Type.CONNACK)
            properties = packet.properties
            if properties is not None and properties.authentication_method is not None:
                self.auth(properties.authentication_method)
        actions = (
            self.message, self.message, self.message, self.subscribe, self.subscribe,
            self.unsubscribe, self.ping, self.answer, self.answer, self.any_packet, self.rest,
        )  # fmt: skip
        for _ in range(self.draw.below(8)):
            self.draw.pick(actions)()
        self.end()

    def message(self) -> None:
        qos = self.draw.below(3)
        packet = self.publish(qos)
        self.send(packet)
        if qos == 1:
            self.await_(mq.Type.PUBACK, 60)
        if qos == 2 and packet.packet_id:
            self.await_(mq.Type.PUBREC, 75)
            if self.draw.chance(85):
                self.send(mq.Pubrel(packet_id=packet.packet_id, version=self.version))
                self.await_(mq.Type.PUBCOMP, 60)

    def subscribe(self) -> None:
        some = [self.subscription() for _ in range(1 + self.draw.below(3))]
        self.send(
            mq.Subscribe(
                packet_id=self.packet_id(),
                subscriptions=some,
                properties=self.properties(SUBSCRIBE),
                version=self.version,
            )
        )
        self.await_(mq.Type.SUBACK)

    def subscription(self) -> mq.Subscription:
        draw = self.draw
        new = self.version == 5
        topic_filter = draw.pick(FILTERS)
        return mq.Subscription(
            topic_filter=topic_filter,
            qos=draw.below(3),
            no_local=new and not topic_filter.startswith("$share") and draw.chance(15),
            retain_as_published=new and draw.chance(20),
            retain_handling=draw.below(3) if new else 0,
        )

    def unsubscribe(self) -> None:
        some = [self.draw.pick(FILTERS) for _ in range(1 + self.draw.below(2))]
        packet_id = self.packet_id()
        self.send(mq.Unsubscribe(packet_id=packet_id, topic_filters=some, version=self.version))
        self.await_(mq.Type.UNSUBACK)

    def ping(self) -> None:
        self.send(mq.Pingreq(version=self.version))
        self.await_(mq.Type.PINGRESP)

    def answer(self) -> None:
        """Of a message that the broker may have sent."""
        make = self.draw.pick(ACKS)
        packet_id = 1 + self.draw.below(4)
        if self.draw.chance(40):
            self.await_(mq.Type.PUBLISH, 100)
        properties = self.properties(REASON)
        self.send(make(packet_id=packet_id, properties=properties, version=self.version))

    def auth(self, method: str) -> None:
        properties = mq.Properties(authentication_method=method, authentication_data=b"data")
        self.send(mq.Auth(reason_code=self.draw.pick((0x18, 0x19)), properties=properties))

    def any_packet(self) -> None:
        sender: mq.Sender = "server" if self.draw.chance(15) else "client"
        self.send(kit.generate(self.version, sender, self.draw.seed()))

    def rest(self) -> None:
        self.do(PAUSE, self.draw.seconds(0.003))

    def end(self) -> None:
        how = self.draw.below(10)
        if how < 5:
            properties = self.properties(REASON, 10)
            code = self.draw.pick((0, 0, 4)) if self.version == 5 else 0
            self.send(mq.Disconnect(reason_code=code, properties=properties, version=self.version))
        self.do((CLOSE, SHUT, CLOSE, RESET)[how % 4])
        if how % 4 == 1:
            self.steps.append(Step(WAIT, self.connection, seconds=self.wait))
            self.do(CLOSE)


def drawn(
    draw: Draw, version: int | None, most: int, wait: float
) -> tuple[list[Step], dict[int, int]]:
    """The steps of a session, and the version of each connection.

    most: connections at once.
    """
    count = 0

    def number() -> int:
        nonlocal count
        count += 1
        return count - 1

    usual = version or draw.pick((4, 5))
    parts: list[list[Step]] = []
    versions: dict[int, int] = {}
    for _ in range(1 + draw.below(most)):
        own = usual if version or draw.chance(80) else 9 - usual
        client = Client(draw, own, wait, number)
        client.live()
        while draw.chance(25):
            client.live()
        parts.append(client.steps)
        versions.update(client.versions)
    return mixed(draw, parts), versions


def mixed(draw: Draw, parts: list[list[Step]]) -> list[Step]:
    """Each part keeps its order."""
    steps: list[Step] = []
    places = [0] * len(parts)
    left = [index for index, part in enumerate(parts) if part]
    while left:
        index = draw.pick(left)
        start = places[index]
        places[index] = start + 1 + draw.below(3)
        steps += parts[index][start : places[index]]
        if places[index] >= len(parts[index]):
            left.remove(index)
    return steps
