# SPDX-License-Identifier: MIT
"""mq.Connection: what it sees of both directions."""

from __future__ import annotations

import math
import time
from typing import Any

import mqttwire as mq
import pytest
from connection_help import (
    CONNACK,
    CONNECT,
    alias,
    answer,
    feed,
    opened,
    publish,
    quiet,
    rules,
)
from mqttwire.connection import finding_of

# ---- What is seen --------------------------------------------------------------------------------


def test_a_first_packet() -> None:
    connection = mq.Connection()
    assert (connection.version, connection.keep_alive, connection.deadline) == (None, 0, None)
    (seen,) = connection.feed("client", CONNECT.encode(), now=1)
    assert seen == (1, "client", CONNECT, 16, (), None, None, None, *[False] * 5)
    assert seen.packet == CONNECT and seen.size == 16
    assert connection.version == 5


def test_answers() -> None:
    connection = mq.Connection()
    assert feed(connection, "client", CONNECT)[0].answers is None
    assert feed(connection, "server", CONNACK)[0].answers == 1
    subscribe = mq.Subscribe(packet_id=1, subscriptions=[mq.Subscription(topic_filter="a")])
    feed(connection, "client", subscribe, publish(packet_id=2), publish(packet_id=3, qos=2))  # 3-5
    suback, puback, pubrec = feed(
        connection,
        "server",
        mq.Suback(packet_id=1, reason_codes=[0]),
        mq.Puback(packet_id=2),
        mq.Pubrec(packet_id=3),
    )
    assert [seen.answers for seen in (suback, puback, pubrec)] == [3, 4, 5]
    assert [seen.settles for seen in (suback, puback, pubrec)] == [True, True, False]
    (pubrel,) = feed(connection, "client", mq.Pubrel(packet_id=3))
    (pubcomp,) = feed(connection, "server", mq.Pubcomp(packet_id=3))
    assert (pubrel.answers, pubrel.begins, pubrel.settles) == (pubrec.number, 5, False)
    assert (pubcomp.answers, pubcomp.begins, pubcomp.settles) == (pubrel.number, 5, True)


def test_a_finding_is_an_error_with_its_place() -> None:
    (seen,) = feed(opened(), "server", mq.Puback(packet_id=7))
    (finding,) = seen.findings
    assert isinstance(finding, mq.ProtocolError)
    assert finding.to_dict() == {
        "rule": "acknowledged_id_unknown",
        "ids": ["MQTT-2.2.1-5"],
        "reason_code": 0x92,
        "offset": 2,
        "field": "packet_id",
        "message": finding.message,
    }
    assert (finding.size, finding.version) == (4, 5)


def test_the_element_of_a_list_is_named() -> None:
    connection = opened(connack={"wildcard_subscription_available": 0})
    filters = [mq.Subscription(topic_filter=name) for name in ("a", "b/#")]
    packet = mq.Subscribe(packet_id=1, subscriptions=filters)
    for seen in (connection.packet("client", packet), *feed(connection, "client", packet)):
        (finding, *_) = seen.findings
        assert (finding.rule, finding.field) == ("wildcards_not_supported", "subscriptions[1]")
        assert packet.encode()[finding.offset :] == b"\0\3b/#\0"


def test_findings_from_elsewhere() -> None:
    data = mq.Suback(packet_id=1, reason_codes=[0, 1]).encode()
    for item, field, wanted in (
        (0, "reason_codes", ("reason_codes", 5)),
        (0, "", ("", 0)),
        (0, "qos", ("qos", 7)),  # it is not there
    ):
        found = finding_of((mq.Rule.SUBACK_COUNT, item, field), data, 5, "server")
        assert (found.rule, found.version, found.size) == ("suback_count", 5, 7)
        assert (found.field, found.offset) == wanted
    with pytest.raises(TypeError, match="field"):
        finding_of((mq.Rule.SUBACK_COUNT, 0, 1), data, 5, "server")  # type: ignore[arg-type]


# ---- Topic aliases: 3.3.2.3.4 --------------------------------------------------------------------


def test_aliases_are_of_one_direction() -> None:
    limits = {"topic_alias_maximum": 10}
    connection = opened(limits, limits)
    (bound,) = feed(connection, "client", alias(1, "a/b"))
    assert (bound.topic, bound.aliased) == ("a/b", False)
    (used,) = feed(connection, "client", alias(1))
    assert (used.topic, used.aliased) == ("a/b", True)
    (unknown,) = feed(connection, "server", alias(1))
    assert (unknown.topic, unknown.aliased) == (None, False)
    assert rules(unknown) == ["topic_alias_unknown"]
    feed(connection, "server", alias(1, "s"))
    feed(connection, "client", alias(1, "\u20ac"))
    assert feed(connection, "server", alias(1))[0].topic == "s"
    assert feed(connection, "client", alias(1))[0].topic == "\u20ac"


def test_an_alias_above_the_maximum() -> None:
    connection = opened(connack={"topic_alias_maximum": 10})
    assert rules(connection.packet("client", alias(10, "a"))) == []
    assert rules(connection.packet("client", alias(11, "a"))) == ["topic_alias_too_large"]
    assert rules(connection.packet("server", alias(1, "a"))) == ["topic_alias_too_large"]


def test_all_aliases() -> None:
    connection = opened(connack={"topic_alias_maximum": 65535})
    for number in (1, 17, 65535, 16, 40000):
        assert connection.packet("client", alias(number, f"t{number}"), size=9).findings == ()
    for number in (1, 17, 65535, 16, 40000):
        assert connection.packet("client", alias(number), size=9).topic == f"t{number}"
    assert rules(connection.packet("client", alias(2), size=9)) == ["topic_alias_unknown"]


def test_aliases_above_the_limit_are_not_followed() -> None:
    limits = {"topic_alias_maximum": 10}
    connection = opened(limits, limits, aliases=2, server={"aliases": 0})
    assert feed(connection, "client", alias(2, "a"), alias(2))[1].topic == "a"
    (_, seen) = feed(connection, "client", alias(3, "a"), alias(3))
    assert (seen.topic, seen.aliased, seen.findings) == (None, False, ())
    (_, seen) = feed(connection, "server", alias(1, "a"), alias(1))
    assert (seen.topic, seen.findings) == (None, ())


# ---- Packet identifiers: 2.2.1, 4.9 --------------------------------------------------------------


def test_identifiers_and_quota() -> None:
    connection = opened({"receive_maximum": 2}, {"receive_maximum": 3})
    assert (connection.quota("client"), connection.quota("server")) == (3, 2)
    for wanted in (1, 2, 3):
        packet_id = connection.next_packet_id("client")
        assert packet_id == wanted
        assert rules(connection.packet("client", publish(packet_id=packet_id))) == []
    assert connection.quota("client") == 0
    assert connection.side("client").in_flight == 3
    assert rules(connection.packet("client", publish(packet_id=4))) == ["receive_maximum_exceeded"]
    assert rules(connection.packet("client", publish(packet_id=2)))[-1] == "packet_id_in_use"


def test_what_the_sides_said() -> None:
    connection = mq.Connection()
    assert connection.side("client") == mq.Side(65535, 0, None, 0, 0, 0)
    maxima = mq.Properties(receive_maximum=3, topic_alias_maximum=4, maximum_packet_size=5)
    connection.packet("client", CONNECT.replace(properties=maxima))
    assert connection.side("client") == mq.Side(3, 4, 5, 0, 0, 0)


@pytest.mark.parametrize("way", ["feed", "packet"])
def test_ten_thousand_open_exchanges(way: str) -> None:
    connection = opened()
    for packet_id in range(1, 10_001):
        packet = publish(packet_id=packet_id)
        if way == "feed":
            ((_, *rest),) = feed(connection, "server", packet)
            assert rest[3] == () and not rest[10]
        else:
            seen = connection.packet("server", packet, size=8)
            assert not seen.findings and not seen.untracked
    assert connection.side("server") == mq.Side(65535, 0, None, 10_000, 10_000, 0)
    for packet_id in range(1, 10_001):
        (seen,) = feed(connection, "client", mq.Puback(packet_id=packet_id))
        assert (seen.answers, seen.settles) == (packet_id + 2, True)
    assert connection.side("server").stored == 0


def test_all_identifiers() -> None:
    connection = opened()
    ids = set()
    while (packet_id := connection.next_packet_id("client")) is not None:
        ids.add(packet_id)
        connection.packet("client", publish(packet_id=packet_id), size=8)
    assert ids == set(range(1, 65536))
    assert connection.side("client")[3:] == (65535, 65535, 0)
    connection.packet("server", mq.Puback(packet_id=40_000))
    assert connection.next_packet_id("client") == 40_000


def test_exchanges_above_the_limit_are_told() -> None:
    connection = opened(exchanges=2, server={"exchanges": None})
    untracked = [
        connection.packet("client", publish(packet_id=packet_id)).untracked
        for packet_id in (1, 2, 3)
    ]
    assert untracked == [False, False, True]
    assert connection.next_packet_id("client") is None
    assert not connection.hold("client", 9)
    assert connection.side("client").untracked == 2
    (seen,) = feed(connection, "server", mq.Puback(packet_id=9))
    assert seen.findings == ()  # it may be that of one that is not followed
    assert not any(
        connection.packet("server", publish(packet_id=i), size=8).untracked for i in range(1, 100)
    )


# ---- Order ---------------------------------------------------------------------------------------


def test_who_may_speak_when() -> None:
    connection = mq.Connection(5)
    assert (
        rules(connection.packet("server", mq.Pingresp()))
        == [
            "before_connack",
            "pingresp_unasked",
        ][:1]
    )
    assert rules(connection.packet("client", mq.Pingreq())) == ["first_packet"]
    connection = opened()
    assert rules(connection.packet("client", CONNECT)) == ["second_connect"]
    assert rules(connection.packet("server", CONNACK)) == ["second_connack"]
    assert rules(connection.packet("server", mq.Pingresp())) == ["pingresp_unasked"]
    assert rules(connection.packet("client", mq.Disconnect())) == []
    assert rules(connection.packet("client", mq.Pingreq())) == ["after_disconnect"]


def test_a_refusal() -> None:
    connection = mq.Connection()
    feed(connection, "client", CONNECT)
    feed(connection, "server", mq.Connack(reason_code=0x87))
    assert feed(connection, "client", publish())[0].ignored
    assert rules(feed(connection, "server", publish())[0]) == ["after_refusal"]


def test_authentication() -> None:
    def auth(code: int, method: str = "m") -> mq.Auth:
        properties = mq.Properties(authentication_method=method)
        return mq.Auth(reason_code=code, properties=properties)

    connection = mq.Connection()
    hello = CONNECT.replace(properties=mq.Properties(authentication_method="m"))
    steps: list[tuple[mq.Sender, mq.Packet, list[str]]] = [
        ("client", hello, []),
        ("server", auth(0x18), []),
        ("client", mq.Pingreq(), ["early_packet"]),
        ("client", auth(0x19), ["auth_not_continue"]),
        ("client", auth(0x18, "n"), ["method_differs"]),
        ("client", auth(0x18), []),
        ("server", answer({"authentication_method": "m"}), []),
        ("client", auth(0x19), []),
    ]
    for sender, packet, wanted in steps:
        assert rules(feed(connection, sender, packet)[0]) == wanted
    assert rules(feed(opened(), "client", auth(0x18))[0]) == ["auth_unasked"]


def test_midway_absence_proves_nothing() -> None:
    connection = mq.Connection(4, midway=True)
    packets = [mq.Puback(packet_id=1, version=4), mq.Pingresp(version=4)]
    assert [rules(seen) for seen in feed(connection, "server", *packets)] == [[], []]
    assert connection.version == 4
    (seen,) = feed(connection, "client", mq.Disconnect(version=4))
    (seen,) = feed(connection, "client", mq.Pingreq(version=4))
    assert rules(seen) == ["after_disconnect"]


def test_one_sided() -> None:
    connection = mq.Connection(one_sided=True)
    packets = [CONNECT, publish(packet_id=1), mq.Puback(packet_id=3), publish(packet_id=1), CONNECT]
    seen = feed(connection, "client", *packets)
    assert [rules(each) for each in seen] == [[], [], [], [], ["second_connect"]]


# ---- Sessions: 4.4 -------------------------------------------------------------------------------


def test_messages_of_an_earlier_connection() -> None:
    connection = mq.Connection()
    hello = CONNECT.replace(clean_start=False)
    connection.packet("client", hello)
    connection.packet("server", mq.Connack(session_present=True))
    assert connection.hold("client", 1, tag="first")
    assert connection.hold("client", 2)
    assert connection.hold("server", 5)
    assert connection.next_packet_id("client") == 3
    (early,) = feed(connection, "server", mq.Puback(packet_id=1))
    assert (early.answers, early.begins, early.settles) == ("first", "first", True)
    (seen,) = feed(connection, "client", mq.Pubrel(packet_id=2))
    assert rules(seen) == []
    (seen,) = feed(connection, "server", publish(packet_id=5, qos=2, dup=True))
    assert seen.repeats
    assert connection.hold("server", 7)
    (seen,) = feed(connection, "client", mq.Pubrec(packet_id=7))
    assert (seen.answers, seen.begins) == (0, 0)  # what has no tag


# ---- Keep alive: 3.1.2.10 ------------------------------------------------------------------------


@pytest.mark.parametrize(("at", "wanted"), [(115.5, []), (115.501, ["keep_alive_exceeded"])])
def test_keep_alive(at: float, wanted: list[str]) -> None:
    connection = quiet()
    assert (connection.keep_alive, connection.deadline) == (10, 115.5)
    assert rules(connection.packet("client", mq.Pingreq(), now=at)) == wanted
    assert connection.deadline == at + 15


def test_the_clock_does_not_go_back() -> None:
    connection = quiet()
    assert rules(connection.packet("client", mq.Pingreq(), now=3)) == []
    assert connection.deadline == 115.5
    assert rules(connection.packet("client", mq.Pingreq(), now=115)) == []


def test_the_usual_clock() -> None:
    connection = mq.Connection()
    before = time.monotonic()
    list(connection.feed("client", CONNECT.replace(keep_alive=10).encode()))
    list(connection.feed("server", CONNACK.encode()))
    connection.packet("client", mq.Pingreq())
    assert connection.deadline is not None
    assert before + 15 - 0.002 <= connection.deadline <= time.monotonic() + 15.002


@pytest.mark.parametrize("now", [-1, -0.001, math.nan, math.inf, -math.inf, 1e16, 10**400])
def test_impossible_times(now: float) -> None:
    connection = quiet()
    for call in (
        lambda: connection.feed("client", b"\xc0\0", now),
        lambda: connection.packet("client", mq.Pingreq(), now=now),
        lambda: connection.unread("client", b"", now),
    ):
        with pytest.raises(ValueError, match="now: expected seconds from 0 on"):
            call()
    assert connection.deadline == 115.5
    assert len(feed(connection, "client", mq.Pingreq())) == 1  # nothing was taken


@pytest.mark.parametrize("now", ["1", b"1", 1j, [], object()])
def test_times_of_another_type(now: Any) -> None:
    with pytest.raises(TypeError, match="now: expected seconds"):
        quiet().feed("client", b"", now)
