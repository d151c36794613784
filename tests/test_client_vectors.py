# SPDX-License-Identifier: MIT
"""The client library and vectors/: packets and sessions of a server that breaks a rule; garbage."""

from __future__ import annotations

import contextlib
import random
import socket
from pathlib import Path
from typing import Any

import mqttwire as mq
import pytest
from client_driver import Driver, Peer, Server, connect, number
from mqttwire_tool.vectors.forms import unfold
from test_vectors import Vector, vectors

both = pytest.mark.parametrize("version", [4, 5])
LARGE = 1 << 22  # bytes; what is larger says nothing new of the client


def from_server(kind: str, version: int, result: str) -> list[Vector]:
    return [
        vector for vector in vectors(kind)
        if vector["version"] == version and vector["sender"] == "server"
        and vector["result"] == result and "wire" in vector
    ]


def rest(end: socket.socket) -> bytes:
    """All that the client says until it closes."""
    said = b""
    with contextlib.suppress(ConnectionResetError):
        while more := end.recv(65536):
            said += more
    return said


class Play:
    """One client, which connects again after each end."""

    def __init__(self, server: Server, client: Driver, version: int) -> None:
        self.server, self.client, self.version = server, client, version
        self.connack = mq.Connack().encode(version=version)
        hello = connect(version=version, properties={"topic_alias_maximum": 9})
        client.new(server.url, version, connect=hello, backoff_first=1, backoff_most=1)
        client.do("connect")
        self.hello = len(hello.encode())

    def play(self, wire: bytes, close: bool = False) -> tuple[dict[str, Any], bytes]:
        """Says this once CONNECT has come; how the client saw it end, and what it said."""
        peer = self.server.accept()
        peer.raw(self.hello)
        with contextlib.suppress(ConnectionError):
            peer.socket.sendall(wire)
            if close:
                peer.socket.shutdown(socket.SHUT_WR)
        said = rest(peer.socket)
        peer.close()
        self.server.peers.remove(peer)
        return self.client.wait("disconnected"), said


@both
def test_packets_that_break_a_rule(version: int) -> None:
    """Each ends the connection, and 5.0 says why; the client lives, and connects again."""
    with Server() as server, Driver() as client:
        play = Play(server, client, version)
        count = 0
        for vector in from_server("packets", version, "reject"):
            wire = unfold(vector["wire"])
            if len(wire) > LARGE:
                continue
            greets = wire[0] >> 4 == mq.Type.CONNACK
            ended, said = play.play(wire if greets else play.connack + wire)
            assert ended["status"] == "PROTOCOL", (vector, ended)
            assert ended["text"], vector
            if version == 5 and not greets:
                farewell = mq.decode(said, version=5, sender="client")
                assert isinstance(farewell, mq.Disconnect), vector
                assert farewell.reason_code in vector["error"]["reason_codes"], (vector, farewell)
            else:
                assert said == b"", vector
            count += 1
        assert count > 500


@both
def test_streams_that_break_a_rule(version: int) -> None:
    with Server() as server, Driver() as client:
        play = Play(server, client, version)
        for vector in from_server("streams", version, "reject"):
            ended, _said = play.play(play.connack + unfold(vector["wire"]))
            assert ended["status"] in ("PROTOCOL", "REFUSED"), (vector, ended)


@both
@pytest.mark.parametrize("seed", range(4))
def test_garbage(version: int, seed: int) -> None:
    """Random bytes, and good packets with some bytes changed: always an orderly end."""
    chance = random.Random(seed * 10 + version)
    good = [unfold(vector["wire"]) for vector in from_server("packets", version, "accept")]
    good = [wire for wire in good if len(wire) < 300]
    with Server() as server, Driver() as client:
        play = Play(server, client, version)
        for count in range(150):
            wire = bytearray(chance.randbytes(chance.randrange(1, 60)))
            if count % 3:
                wire = bytearray(b"".join(chance.choices(good, k=chance.randrange(1, 5))))
                for _ in range(chance.randrange(3)):
                    wire[chance.randrange(len(wire))] = chance.randrange(256)
            ended, _said = play.play((play.connack if count % 4 else b"") + wire, close=True)
            assert ended["status"] in ("PROTOCOL", "NETWORK", "REFUSED"), (wire.hex(), ended)
            if ended["status"] == "REFUSED" and ended["retry"] is None:
                client.do("connect")


# ---- Sessions


#: Sessions that the client cannot be brought into, by name, and why.
AT_ONCE = "the client has answered at once, so that it is no fault any more"
NO_REFUSAL = "the client refuses no message by PUBREC"
EARLIER = "the client has had no earlier connection"
NOT_PLAYED = {
    "pubcomp after pubrec: server": AT_ONCE,
    "pubrel without pubrec: server": AT_ONCE,
    "pubrel after pubrec of 0x80: server": NO_REFUSAL,
    "pubrec of 0x80 gives room for one: server": NO_REFUSAL,
    "puback before the pubrec of an earlier message": "PUBREC is said at once",
    "pubrec of an identifier of an earlier connection": EARLIER,
    "pubrel of an identifier of an earlier connection": EARLIER,
    "pubcomp of an identifier of an earlier connection": EARLIER,
    "pubrel unknown, and answered: client": EARLIER,
    "auth of the client after a refusal": "the client says nothing after a refusal",
}


def why_not(vector: Vector) -> str:
    """Why this session cannot be played; "" where it can."""
    if any("at" in step for step in vector["steps"]):
        return "it is about time"
    if vector["name"] in NOT_PLAYED:
        return NOT_PLAYED[vector["name"]]
    answered, used = False, set()
    for step in vector["steps"]:
        packet = mq.decode(unfold(step["wire"]), version=vector["version"], sender=step["sender"])
        identifier = getattr(packet, "packet_id", None)
        if step["sender"] == "server":
            answered |= packet.type == mq.Type.CONNACK
        elif not answered and packet.type not in (mq.Type.CONNECT, mq.Type.AUTH):
            return "the client says nothing but CONNECT and AUTH before CONNACK"
        elif isinstance(packet, mq.Publish) and packet.dup:
            return "the client sends nothing again on a connection"
        elif isinstance(packet, mq.Publish) and packet.qos and not packet.topic:
            return "the client sends no message of QoS 1 or 2 without its topic"
        elif isinstance(packet, (mq.Pubrec, mq.Puback)) and packet.reason_code:
            return NO_REFUSAL
        elif isinstance(packet, mq.Pingreq):
            return "the client pings by the clock"
        elif isinstance(packet, mq.Disconnect):
            return "the client hears nothing after its DISCONNECT"
        elif isinstance(packet, (mq.Publish, mq.Subscribe, mq.Unsubscribe)) and identifier in used:
            return "the client gives identifiers in turn"
        if step["sender"] == "client" and identifier:
            used.add(identifier)
    return ""


class Session:
    """Plays the server's packets of a session, and brings the client to say its own."""

    def __init__(self, server: Server, client: Driver, vector: Vector, folder: Path) -> None:
        self.server, self.client, self.vector = server, client, vector
        self.store = folder / "store"  # or PUBREC would wait for the application
        self.store.unlink(missing_ok=True)
        self.version: int = vector["version"]
        self.ids: dict[int, int] = {}  # the vector's identifiers of the client's packets
        self.tokens: dict[int, int] = {}  # of messages by their identifiers
        self.told = 0  # packets of the server that the client is to see
        self.peer: Peer

    def play(self) -> None:
        steps = [(step["sender"], unfold(step["wire"])) for step in self.vector["steps"]]
        sender, wire = steps[0]
        packet = mq.decode(wire, sender="client")
        assert sender == "client" and isinstance(packet, mq.Connect)
        self.open(packet, steps)
        for sender, wire in steps[1:]:
            packet = mq.decode(wire, version=self.version, sender=sender)
            if sender == "client":
                self.client_says(packet)
            else:
                self.server_says(packet, wire)

    def open(self, hello: mq.Connect, steps: list[tuple[str, bytes]]) -> None:
        options: dict[str, Any] = {}
        if self.version == 5 and (method := hello.properties.authentication_method) is not None:
            data = hello.properties.authentication_data or b""
            hello = hello.replace()
            hello.properties.authentication_method = hello.properties.authentication_data = None
            options = {"authentication_method": method,
                       "authenticate": [data.hex()] + [""] * len(steps)}
        self.client.new(self.server.url, self.version, connect=hello, hold=True, packets=True,
                        backoff_first=60000, store_path=str(self.store), **options)
        self.client.do("connect")
        self.peer = self.server.accept()
        self.peer.take(mq.Connect)

    def server_says(self, packet: mq.Packet, wire: bytes) -> None:
        """Its acknowledgements are of the identifiers that the client gave."""
        identifier = getattr(packet, "packet_id", None)
        if packet.type not in (mq.Type.PUBLISH, mq.Type.PUBREL) and identifier in self.ids:
            wire = packet.replace(packet_id=self.ids[identifier]).encode()
        self.peer.send(wire)
        self.told += 1
        if isinstance(packet, mq.Publish) and packet.qos:
            self.messages()

    def messages(self) -> None:
        self.seen()
        for told in self.client.has("message"):
            if told["packet"].qos:
                self.tokens[told["packet"].packet_id] = told["token"]

    def seen(self) -> None:
        """The client has read all, or has closed."""
        while self.told and not self.client.has("disconnected"):
            event = self.client.wait("packet")
            self.told -= event["sender"] == "server"

    def client_says(self, packet: mq.Packet) -> None:
        if isinstance(packet, mq.Publish):
            self.ask("publish", packet)
        elif isinstance(packet, mq.Subscribe):
            self.ask("subscribe", packet)
        elif isinstance(packet, mq.Unsubscribe):
            self.ask("unsubscribe", packet)
        elif isinstance(packet, mq.Auth):
            if packet.reason_code == mq.Reason.RE_AUTHENTICATE:
                self.seen()  # one at a time
                self.client.do("reauthenticate", id=1)
            self.until(mq.Auth)
        else:
            identifier = getattr(packet, "packet_id", 0)
            if isinstance(packet, (mq.Puback, mq.Pubcomp)) and identifier in self.tokens:
                self.client.do("acknowledge", token=self.tokens.pop(identifier))
            self.until(type(packet))

    def ask(self, what: str, packet: Any) -> None:
        did = self.client.do(what, None, id=1, packet=packet.encode().hex())
        assert did["status"] == "OK", did
        sent: Any = self.until(type(packet))
        if packet.packet_id is not None:
            self.ids[packet.packet_id] = number(sent)

    def until(self, kind: type[mq.Packet]) -> mq.Packet:
        """Acknowledgements that the client gives at once may be in between."""
        while True:
            packet = self.peer.next()
            if isinstance(packet, kind):
                return packet


def played(version: int, result: str) -> list[Vector]:
    return [
        vector for vector in vectors("sessions")
        if vector["version"] == version and vector["result"] == result
        and (result == "accept" or vector["steps"][-1]["sender"] == "server")
        and not why_not(vector)
    ]


@both
def test_sessions_of_a_server_that_breaks_a_rule(version: int, tmp_path: Path) -> None:
    """The last packet breaks a rule, which ends the connection."""
    chosen = played(version, "reject")
    assert len(chosen) > 40
    with Server() as server, Driver() as client:
        for vector in chosen:
            session = Session(server, client, vector, tmp_path)
            session.play()
            session.peer.socket.settimeout(2)
            try:
                rest(session.peer.socket)
            except (TimeoutError, socket.timeout):
                raise AssertionError(f"it goes on: {vector}") from None
            session.peer.close()
            told = client.wait("disconnected")
            # Of a CONNACK that refuses, nothing that follows is looked at.
            late = vector["steps"][-1]["error"]["rule"] in ("after_refusal", "early_disconnect")
            wanted = ("REFUSED", "PROTOCOL") if late else ("PROTOCOL",)
            assert told["status"] in wanted, (vector, told)
            client.free()


@both
def test_sessions_without_a_fault(version: int, tmp_path: Path) -> None:
    """Nothing of it ends the connection but what is meant to."""
    chosen = played(version, "accept")
    assert len(chosen) > 40
    with Server() as server, Driver() as client:
        for vector in chosen:
            session = Session(server, client, vector, tmp_path)
            session.play()
            session.seen()
            for told in client.has("disconnected"):
                assert told["status"] == "REFUSED", (vector, told)
            client.free()
            session.peer.close()


def test_what_is_not_played_is_there() -> None:
    assert NOT_PLAYED.keys() <= {vector["name"] for vector in vectors("sessions")}
