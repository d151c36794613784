# SPDX-License-Identifier: MIT
"""One connection to a live broker: what it does about some bytes, seen from outside."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .data import Vector
from .forms import unfold

# Packet types
CONNECT, CONNACK, PUBLISH, SUBACK, UNSUBACK, PINGRESP = 1, 2, 3, 9, 11, 13
DISCONNECT, AUTH = 14, 15
ACKS = {SUBACK: "SUBACK", UNSUBACK: "UNSUBACK"}
GONE_ON = ("PINGRESP", "CONNACK 0x00")
DROPPED, PUBLISHED = "closed, no will", "closed, will"
PINGREQ = b"\xc0\x00"
GOODBYE = b"\xe0\x00"
CHUNK = 1 << 16

# Packets that may be refused whatever their bytes are, as nothing has come before them: one of each
# that nothing is wrong with.  Acknowledgements of what was never sent, an AUTH without a method.  A
# DISCONNECT ends the connection in any case.
GOOD = {
    4: "40020001",
    5: "50020001",
    6: "62020001",
    7: "70020001",
    14: "e000",
    15: "f0061804 15 00016d",
}


class Unusable(Exception):
    """The broker refuses even a plain connection: nothing can be told of it."""


@dataclass(frozen=True)
class Broker:
    host: str
    port: int
    patience: float  # seconds for an answer
    quiet: float  # seconds in which it has to stay quiet about bytes that are no whole packet


def text(value: str) -> bytes:
    return len(value).to_bytes(2, "big") + value.encode()


def hello(version: int, client_id: str, session: bool = False, will: str = "") -> bytes:
    """A CONNECT that nothing is wrong with: a clean start, no keep alive.

    session: that outlives the connection.  will: the topic of one.
    """
    properties = will_properties = b""
    if version == 5:
        properties = b"\5\x11" + (1).to_bytes(4, "big") if session else b"\0"
        will_properties = b"\0"
    body = b"\0\4MQTT" + bytes([version, 6 if will else 2, 0, 0]) + properties + text(client_id)
    if will:
        body += will_properties + text(will) + text("gone")
    return bytes([CONNECT << 4, len(body)]) + body


def has_session(vector: Vector) -> bool:
    """DISCONNECT may only change its expiry where the session does not end with the connection."""
    packet = vector.form.get("packet", {})
    return "session_expiry_interval" in packet.get("properties", {})


def type_of(data: bytes) -> int:
    return data[0] >> 4 if data else 0


def vbi(data: bytes | bytearray, at: int) -> tuple[int, int] | None:
    """A variable byte integer and where it ends; None: it goes on."""
    value = 0
    for index, byte in enumerate(data[at : at + 4]):
        value |= (byte & 0x7F) << 7 * index
        if not byte & 0x80:
            return value, at + index + 1
    return None


def body_of(data: bytes) -> bytes:
    """What follows the Remaining Length."""
    found = vbi(data, 1)
    return data[found[1] :] if found else b""


def packets(stream: bytearray) -> Iterator[tuple[int, bytes]]:
    """Type and body of each whole packet, which is taken off the stream."""
    while (found := vbi(stream, 1)) and len(stream) >= sum(found):
        length, at = found
        kind, body = stream[0] >> 4, bytes(stream[at : at + length])
        del stream[: at + length]
        yield kind, body


def refusal(version: int, kind: int, body: bytes) -> str | None:
    """What a SUBACK or UNSUBACK says that takes none of the filters."""
    codes = body[2:]
    if version == 5 and (found := vbi(codes, 0)):
        codes = codes[sum(found) :]
    return f"{ACKS[kind]} 0x{codes[0]:02x}" if codes and min(codes) >= 0x80 else None


class Talk:
    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.socket = socket.create_connection((broker.host, broker.port), broker.patience)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = bytearray()

    def __enter__(self) -> Talk:
        return self

    def __exit__(self, *error: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        """The broker may close meanwhile: what it answered then is still to be read."""
        with contextlib.suppress(ConnectionError, socket.timeout):
            self.socket.sendall(data)

    def wait(self, wanted: set[int], seconds: float) -> tuple[int, bytes] | str:
        """The first packet of a wanted type, or else "closed" or "silent"."""
        deadline = time.monotonic() + seconds
        while True:
            for kind, body in packets(self.received):
                if kind in wanted:
                    return kind, body
            rest = deadline - time.monotonic()
            if rest <= 0:
                return "silent"
            self.socket.settimeout(rest)
            try:
                part = self.socket.recv(CHUNK)
            except socket.timeout:
                return "silent"
            except ConnectionError:
                return "closed"
            if not part:
                return "closed"
            self.received += part


def _told(answer: tuple[int, bytes] | str) -> str:
    """What was seen, in a word or two."""
    if isinstance(answer, str):
        return answer
    kind, body = answer
    if kind == CONNACK:
        return f"CONNACK 0x{body[1]:02x}" if len(body) > 1 else "CONNACK"
    if kind == DISCONNECT:
        return f"DISCONNECT 0x{body[0] if body else 0:02x}"
    return "PINGRESP"


def enter(talk: Talk, version: int, client_id: str, session: bool = False, will: str = "") -> None:
    talk.send(hello(version, client_id, session, will))
    answer = _told(talk.wait({CONNACK}, talk.broker.patience))
    if answer != "CONNACK 0x00":
        raise Unusable(f"a plain CONNECT gets: {answer}")


@contextlib.contextmanager
def watch(broker: Broker, client_id: str) -> Iterator[Callable[[float], bool] | None]:
    """Of a will: its topic is the client's id.  Tells whether it is published before what the
    broker has to do is done, and in so many seconds more; None: it lets nobody watch."""
    with Talk(broker) as talk:
        enter(talk, 4, f"{client_id}-watch")
        body = b"\0\1" + text(client_id) + b"\0"
        talk.send(bytes([0x82, len(body)]) + body)
        answer = talk.wait({SUBACK}, broker.patience)
        if isinstance(answer, str) or refusal(4, *answer):
            yield None
            return

        def is_published(seconds: float) -> bool:
            talk.send(PINGREQ)
            answer = talk.wait({PUBLISH, PINGRESP}, broker.patience)
            if not isinstance(answer, str) and answer[0] == PINGRESP:
                answer = talk.wait({PUBLISH}, seconds)
            return not isinstance(answer, str)

        yield is_published
        talk.send(GOODBYE)


class Controls:
    """What the broker does about good packets of types that it may refuse whatever their bytes are;
    of DISCONNECT, whether a will tells if it was taken."""

    def __init__(self, broker: Broker, name: Callable[[], str]) -> None:
        self.broker = broker
        self.name = name
        self._lock = threading.Lock()
        self._seen: dict[tuple[int, int], str] = {}

    def of(self, vector: Vector) -> str:
        """ "": there is none for this type."""
        kind = type_of(unfold(vector.form["wire"]))
        key = (vector.version, kind)
        if kind not in GOOD or key == (4, AUTH):
            return ""
        with self._lock:
            if key not in self._seen:
                look = self._of_wills if kind == DISCONNECT else self._of_good
                self._seen[key] = look(*key)
            return self._seen[key]

    def _of_good(self, version: int, kind: int) -> str:
        with Talk(self.broker) as talk:
            enter(talk, version, self.name())
            return _after(talk, version, bytes.fromhex(GOOD[kind]))

    def _of_wills(self, version: int, kind: int) -> str:
        """DROPPED, if a will is, and one is published where the connection just ends."""
        good = _end(self.broker, version, self.name(), bytes.fromhex(GOOD[kind]))
        if good != DROPPED:
            return good
        bad = _end(self.broker, version, self.name(), b"")
        return DROPPED if bad == PUBLISHED else "closed"


def _end(broker: Broker, version: int, client_id: str, data: bytes, session: bool = False) -> str:
    """What is seen of these bytes, which should end the connection; it has a will.  Without any
    bytes we close it."""
    with watch(broker, client_id) as is_published:
        with Talk(broker) as talk:
            enter(talk, version, client_id, session, client_id if is_published else "")
            seen = _after(talk, version, data) if data else "closed"
        if seen != "closed" or not is_published:
            return seen
        return PUBLISHED if is_published(broker.quiet if data else broker.patience) else DROPPED


def _after(talk: Talk, version: int, data: bytes) -> str:
    """What is seen of these bytes, and of a PINGREQ behind them."""
    talk.send(data + PINGREQ)
    refused = None
    wanted = {*ACKS, PINGRESP, DISCONNECT}
    answer = talk.wait(wanted, talk.broker.patience)
    while not isinstance(answer, str) and answer[0] in ACKS:
        refused = refused or refusal(version, *answer)
        answer = talk.wait(wanted, talk.broker.patience)
    seen = _told(answer)
    if seen in GONE_ON:
        talk.send(GOODBYE)
        return refused or seen
    return seen


def observe(broker: Broker, vector: Vector, client_id: str, control: str = "") -> str:
    """What the broker does about a vector's bytes: CONNACK 0x.., DISCONNECT 0x.., PINGRESP, closed
    or silent; SUBACK 0x.. or UNSUBACK 0x.. if PINGRESP comes and no filter was taken; of bytes that
    are no whole packet "waits" if it does nothing; of DISCONNECT, if wills tell it, DROPPED or
    PUBLISHED.

    Unusable: it does not let us in.
    """
    data = unfold(vector.form["wire"])
    kind = type_of(data)
    if control == DROPPED and vector.result != "more":
        return _end(broker, vector.version, client_id, data, has_session(vector))
    with Talk(broker) as talk:
        if kind != CONNECT and data:
            enter(talk, vector.version, client_id, has_session(vector))
        if kind != CONNECT and vector.result != "more":
            return _after(talk, vector.version, data)
        talk.send(data)
        patience = broker.quiet if vector.result == "more" else broker.patience
        seen = _told(talk.wait({CONNACK, DISCONNECT}, patience))
        if vector.result == "more":
            return "waits" if seen == "silent" else seen
        if seen in GONE_ON:
            talk.send(GOODBYE)
        return seen
