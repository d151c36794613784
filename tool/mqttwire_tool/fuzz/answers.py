# SPDX-License-Identifier: MIT
"""What a broker says to a client: good answers first, and then such as are not."""

from __future__ import annotations

from collections.abc import Iterator

import mqttwire as mq

from . import kit
from .draw import Draw
from .plan import PUBLISH, REASON, TOPICS, Value
from .spoil import broken, changed

CONNACK: dict[str, Value] = {
    **REASON,
    "session_expiry_interval": lambda d: d.pick((0, 10)),
    "receive_maximum": lambda d: d.pick((1, 0xFFFF)),
    "maximum_qos": lambda d: d.below(2),
    "retain_available": lambda d: d.below(2),
    "maximum_packet_size": lambda d: d.pick((20, 0xFFFFFFFF)),
    "assigned_client_identifier": lambda d: d.pick(("x", "x" * 300)),
    "topic_alias_maximum": lambda d: d.pick((0, 10)),
    "server_keep_alive": lambda d: d.pick((1, 60)),
    "response_information": lambda d: d.pick(("", "r/")),
    "server_reference": lambda d: d.pick(("", "other:1883")),
}
WILDNESS = (0, 10, 30, 60)  # per cent of the answers that are spoiled


class Answers:
    """One connection's.  The same for the same draw and the same packets of the client."""

    def __init__(self, draw: Draw, version: int = 4) -> None:
        self.draw = draw
        self.version = version
        self.wildness = draw.pick(WILDNESS)
        self.topics = list(TOPICS)
        self.next_id = 1

    def properties(self, rows: dict[str, Value]) -> mq.Properties | None:
        if self.version != 5:
            return None
        drawn = {name: of(self.draw) for name, of in rows.items() if self.draw.chance(10)}
        return mq.Properties(**drawn)

    def to(self, data: bytes) -> Iterator[bytes]:
        """What is sent when a packet has come, packet by packet."""
        for packet in self._good(data):
            yield self._spoiled(packet.encode(self.version))
        yield from self.unasked()

    def unasked(self) -> Iterator[bytes]:
        """What nobody has asked for."""
        draw = self.draw
        while draw.chance(30):
            if draw.chance(50):
                yield self._spoiled(self._message().encode(self.version))
            elif draw.chance(50):
                yield self._spoiled(kit.generate(self.version, "server", draw.seed()))
            elif draw.chance(self.wildness):
                yield broken(draw, self.version, "server")

    def _spoiled(self, data: bytes) -> bytes:
        if self.draw.chance(self.wildness):
            return changed(self.draw, data, self.version, "server")
        return data

    # ---- Good answers -----------------------------------------------------------------------

    def _good(self, data: bytes) -> Iterator[mq.Packet]:
        is_connect = data[:1] == b"\x10"
        try:
            packet = mq.decode(data, None if is_connect else self.version, "client")
        except (mq.MqttError, ValueError):
            return
        if isinstance(packet, mq.Connect):
            self.version = packet.version
            yield mq.Connack(
                session_present=not packet.clean_start and self.draw.chance(30),
                reason_code=0 if self.draw.chance(95) else 5 if self.version == 4 else 0x87,
                properties=self.properties(CONNACK),
                version=self.version,
            )
        else:
            yield from self._answer(packet)

    def _answer(self, packet: mq.Packet) -> Iterator[mq.Packet]:
        version = self.version
        if isinstance(packet, mq.Subscribe):
            codes = [each.qos for each in packet.subscriptions]
            yield mq.Suback(packet_id=packet.packet_id, reason_codes=codes, version=version)
            self.topics = [_topic(each.topic_filter) for each in packet.subscriptions]
            for _ in range(self.draw.below(4)):
                yield self._message()
        elif isinstance(packet, mq.Unsubscribe):
            codes = [0] * len(packet.topic_filters) if self.version == 5 else []
            yield mq.Unsuback(packet_id=packet.packet_id, reason_codes=codes, version=version)
        elif isinstance(packet, mq.Pingreq):
            yield mq.Pingresp(version=version)
        elif isinstance(packet, mq.Publish) and packet.packet_id:
            make = mq.Puback if packet.qos == 1 else mq.Pubrec
            yield make(
                packet_id=packet.packet_id, properties=self.properties(REASON), version=version
            )
        elif isinstance(packet, mq.Pubrec):
            yield mq.Pubrel(packet_id=packet.packet_id, version=version)
        elif isinstance(packet, mq.Pubrel):
            yield mq.Pubcomp(packet_id=packet.packet_id, version=version)

    def _message(self) -> mq.Publish:
        draw = self.draw
        qos = draw.below(3)
        if qos:
            self.next_id += 1
        return mq.Publish(
            topic=draw.pick(self.topics),
            payload=b"p" * draw.pick((0, 1, 5, 130, 5000)),
            qos=qos,
            packet_id=self.next_id if qos else None,
            retain=draw.chance(20),
            properties=self.properties(PUBLISH),
            version=self.version,
        )


def _topic(topic_filter: str) -> str:
    """One that a filter matches."""
    if topic_filter.startswith("$share/"):
        topic_filter = topic_filter.partition("/")[2].partition("/")[2]
    return topic_filter.replace("#", "x").replace("+", "y") or "x"
