# SPDX-License-Identifier: MIT
"""mq.Connection: options, tags, and that it cannot be misused."""

from __future__ import annotations

import copy
import pickle
import sys
import weakref
from typing import Any

import mqttwire as mq
import pytest
from connection_help import (
    CONNACK,
    CONNECT,
    feed,
    opened,
    plain,
    publish,
    rules,
)

# ---- Options -------------------------------------------------------------------------------------


def test_options_by_side() -> None:
    connection = mq.Connection(5, max_size=100, client={"allow": mq.Allow.SURPLUS, "max_size": 50})
    assert connection.options("client") == {
        "version": 5,
        "sender": "client",
        "allow": mq.Allow.SURPLUS,
        "refuse": 0,
        "max_size": 50,
    }
    assert connection.options("server")["max_size"] == 100
    assert len(list(connection.feed("client", b"\xc0\x01\x00"))) == 1
    with pytest.raises(mq.MqttError, match="packet_too_large"):
        list(connection.feed("client", publish(payload=bytes(50)).encode()))


def test_sizes_as_findings_or_enforced() -> None:
    large = publish(payload=bytes(50))
    maxima = {"maximum_packet_size": 40}
    assert rules(feed(opened(connack=maxima), "client", large)[0]) == ["packet_too_large"]
    assert rules(opened(connack=maxima).packet("client", large)) == ["packet_too_large"]
    connection = opened(connack=maxima, enforce_sizes=True)
    assert connection.options("client")["max_size"] == 40
    with pytest.raises(mq.MqttError, match="packet_too_large"):
        connection.packet("client", large)
    with pytest.raises(mq.MqttError, match="packet_too_large"):
        feed(connection, "client", large)


@pytest.mark.parametrize(
    ("options", "failure"),
    [
        ({"version": 6}, ValueError),
        ({"version": "5"}, TypeError),
        ({"allow": "utf8"}, TypeError),
        ({"max_size": 0}, ValueError),
        ({"exchanges": -1}, ValueError),
        ({"exchanges": 65536}, ValueError),
        ({"aliases": 2**70}, ValueError),
        ({"aliases": 1.5}, TypeError),
        ({"aliases": True}, TypeError),
        ({"client": {"colour": 1}}, TypeError),
        ({"server": {"exchanges": "1"}}, TypeError),
    ],
)
def test_impossible_options(options: dict[str, Any], failure: type[Exception]) -> None:
    name = next(iter(options))
    name = "colour" if options[name] == {"colour": 1} else name.replace("server", "exchanges")
    with pytest.raises(failure, match=name):
        mq.Connection(**options)


# ---- Tags ----------------------------------------------------------------------------------------


class Thing:
    def __repr__(self) -> str:  # always the same, so that the test always has the same name
        return "Thing()"


@pytest.mark.parametrize("tag", [0, -1, "text", (), [], {}, Thing(), Thing, 1.5, b""], ids=repr)
def test_tags_of_any_kind(tag: object) -> None:
    connection = opened()
    connection.packet("client", publish(packet_id=1, qos=2), tag=tag)
    (seen,) = feed(connection, "server", mq.Pubrec(packet_id=1))
    assert seen.answers is tag and seen.begins is tag
    seen = connection.packet("client", mq.Pubrel(packet_id=1), tag="pubrel")
    assert (seen.answers, seen.begins) == (4, tag)
    (seen,) = feed(connection, "server", mq.Pubcomp(packet_id=1))
    assert seen.answers == "pubrel" and seen.begins is tag


def test_tags_go_that_are_not_needed_any_more() -> None:
    connection = opened()
    things = [Thing() for _ in range(1000)]
    left = [weakref.ref(thing) for thing in things]
    connection.packet("client", mq.Pingreq(), tag=things[0])
    for i, thing in enumerate(things):
        packet_id = 7 if i == 500 else 1
        connection.packet("client", publish(packet_id=packet_id), tag=thing)
        if i != 500:
            connection.packet("server", mq.Puback(packet_id=packet_id))
    del things, thing
    assert sum(ref() is not None for ref in left) < 40
    (seen,) = feed(connection, "server", mq.Puback(packet_id=7))
    assert seen.answers is left[500]()
    (seen,) = feed(connection, "server", mq.Pingresp())
    assert seen.answers is left[0]()


def test_many_tags_at_once() -> None:
    connection = opened()
    for packet_id in range(1, 3001):
        connection.packet("client", publish(packet_id=packet_id), tag=str(packet_id), size=8)
    seen = [connection.packet("server", mq.Puback(packet_id=i)) for i in range(1, 3001)]
    assert [each.answers for each in seen] == [str(i) for i in range(1, 3001)]


# ---- Misuse --------------------------------------------------------------------------------------


@pytest.mark.parametrize("sender", ["Client", "", "broker", None, 1, b"client", ["client"]])
def test_impossible_senders(sender: Any) -> None:
    connection = opened()
    calls = (
        lambda: connection.feed(sender, b""),
        lambda: connection.packet(sender, mq.Pingreq(), size=2),
        lambda: connection.unread(sender),
        lambda: connection.close(sender),
        lambda: connection.position(sender),
        lambda: connection.options(sender),
        lambda: connection.next_packet_id(sender),
        lambda: connection.quota(sender),
        lambda: connection.hold(sender, 1),
        lambda: connection.side(sender),
    )
    for call in calls:
        with pytest.raises((ValueError, TypeError), match="sender: expected 'client' or 'server'"):
            call()


def test_values_of_other_types() -> None:
    connection = opened()
    for data in ("c000", None, 1, [1], object()):
        with pytest.raises(TypeError, match="bytes"):
            connection.feed("client", data)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="bytes"):
            connection.unread("client", data)  # type: ignore[arg-type]
    others: list[Any] = [None, b"\xc0\0", {}, mq.Publish]
    for packet in others:
        with pytest.raises(TypeError, match="packet: expected a Packet"):
            connection.packet("client", packet)
    for size in (0, -1, 2**32, 2**70):
        with pytest.raises(ValueError, match="size"):
            connection.packet("client", mq.Pingreq(), size=size)
    for wrong in ("2", 2.0, True):
        with pytest.raises(TypeError, match="size"):
            connection.packet("client", mq.Pingreq(), size=wrong)  # type: ignore[arg-type]
    for packet_id in (0, -1, 65536):
        with pytest.raises(ValueError, match="packet_id"):
            connection.hold("client", packet_id)
    with pytest.raises(TypeError, match="packet_id"):
        connection.hold("client", "1")  # type: ignore[arg-type]
    assert connection.packet("client", mq.Pingreq()).number == 3  # nothing of it counts


def test_a_packet_that_breaks_a_rule_by_itself_is_not_noted() -> None:
    connection = opened()
    with pytest.raises(mq.MalformedPacket, match="qos_3"):
        connection.packet("client", publish(packet_id=1, qos=3))
    with pytest.raises(ValueError, match="packet_id: missing"):
        connection.packet("client", mq.Publish(topic="a", qos=1))
    with pytest.raises(mq.ProtocolError, match="direction"):
        connection.packet("client", CONNACK)
    with pytest.raises(ValueError, match="packet_id: missing"):
        connection.packet("client", mq.Publish(topic="a", qos=1), size=5)
    assert connection.side("client").stored == 0
    assert connection.packet("client", mq.Pingreq()).number == 3


@pytest.mark.parametrize("packet", [
    publish(packet_id=1, qos=3), publish(packet_id=0, qos=2), publish("#"), publish("\ud800"),
    publish("", properties={"topic_alias": 0}), mq.Puback(packet_id=0), mq.Suback(packet_id=1),
    mq.Subscribe(packet_id=1, subscriptions=[]), mq.Auth(reason_code=255), CONNACK, CONNECT,
    mq.Publish(topic="", qos=2, packet_id=1, properties=mq.Properties(session_expiry_interval=1)),
])  # fmt: skip
def test_trusting_what_is_wrong_does_no_harm(packet: mq.Packet) -> None:
    senders: list[mq.Sender] = ["client", "server"]
    for sender in senders:
        for limit in (0, 1, None):
            connection = mq.Connection(exchanges=limit, aliases=limit)
            for _ in range(3):
                connection.packet(sender, packet, size=9)


def test_versions_do_not_mix() -> None:
    connection = opened()
    with pytest.raises(ValueError, match="version 4, and the connection of 5"):
        connection.packet("client", mq.Pingreq(version=4))
    connection = mq.Connection(allow=mq.Allow.MQTT_3_1)
    old = CONNECT.replace(version=3)
    assert connection.packet("client", old).findings == ()
    assert connection.version == 3
    assert connection.packet("server", mq.Connack(version=4)).findings == ()
    (seen,) = connection.feed("client", b"\xc0\0")
    assert seen.packet == mq.Pingreq(version=4)


def test_use_while_iterating() -> None:
    """What was fed is noted at once: answers may be passed in the middle."""
    connection = opened()
    wire = publish(packet_id=1).encode() + publish(packet_id=2).encode()
    answers = []
    for seen in connection.feed("server", wire):
        assert isinstance(seen.packet, mq.Publish)
        ack = mq.Puback(packet_id=seen.packet.packet_id or 0)
        answers.append(connection.packet("client", ack).answers)
        assert list(connection.feed("server", b"\xd0"))[1:] == []
        assert connection.pending("server") > 0
    assert answers == [3, 4]


def test_what_is_not_asked_for_is_noted_all_the_same() -> None:
    connection = opened()
    connection.feed("server", publish(packet_id=1).encode())
    assert connection.packet("client", mq.Puback(packet_id=1)).answers == 3


class Follower(mq.Connection):
    """A subclass, with attributes of its own."""

    def __init__(self, name: str) -> None:
        super().__init__(5)
        self.name = name


class Unfinished(mq.Connection):
    def __init__(self) -> None:
        pass


def test_subclasses() -> None:
    follower = Follower("x")
    follower.other = 1  # type: ignore[attr-defined]
    assert len(feed(follower, "client", CONNECT)) == 1
    with pytest.raises(AttributeError):
        Unfinished().feed("client", b"")
    with pytest.raises(AttributeError):
        mq.Connection().colour = 1  # type: ignore[attr-defined]


def test_it_can_begin_again() -> None:
    connection = opened()
    connection.__init__(4)  # type: ignore[misc]
    assert (connection.version, connection.side("client").stored) == (4, 0)


@pytest.mark.parametrize("make", [pickle.dumps, copy.copy, copy.deepcopy])
def test_neither_copied_nor_pickled(make: Any) -> None:
    with pytest.raises(TypeError, match="a Connection can be neither copied nor pickled"):
        make(mq.Connection())


def test_seen_can_be_pickled() -> None:
    (seen,) = feed(opened(), "server", mq.Puback(packet_id=7))
    again = pickle.loads(pickle.dumps(seen))
    assert plain(again) == plain(seen)
    if sys.version_info >= (3, 10):  # where match is
        assert mq.Seen.__match_args__[:3] == ("number", "sender", "packet")


def test_nothing_runs_while_it_is_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exceptions are made by Python code, which other threads may run between."""
    connection = opened()
    inner: list[Exception] = []
    made = mq.ProtocolError.__init__

    def meanwhile(self: Any, *args: Any) -> None:
        made(self, *args)
        for call in (lambda: connection.feed("client", b""), lambda: connection.version):
            try:
                call()
            except RuntimeError as error:
                inner.append(error)

    monkeypatch.setattr(mq.ProtocolError, "__init__", meanwhile)
    (seen,) = feed(connection, "server", mq.Puback(packet_id=7))
    assert len(seen.findings) == 1 and len(inner) == 2 and "in use" in str(inner[0])
    monkeypatch.undo()
    assert len(feed(connection, "server", mq.Puback(packet_id=7))) == 1


class Reentrant(mq.Publish):
    """A packet that passes another one while it is asked for its topic."""

    connection: mq.Connection

    def __getattribute__(self, name: str) -> Any:
        if name == "topic":
            type(self).connection.packet("client", mq.Pingreq())
        return super().__getattribute__(name)


def test_packets_may_run_code() -> None:
    Reentrant.connection = connection = opened()
    packet = Reentrant(topic="a", qos=1, packet_id=1)
    seen = connection.packet("client", packet, size=8)
    assert seen.packet is packet and seen.number == 4
