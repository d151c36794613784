# SPDX-License-Identifier: MIT
"""The client library with Debian's mosquitto and with mqttwire-broker: subscriptions, sessions,
wills, and what 5.0 has."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Union

import broker
import client_driver
import mosquitto
import mqttwire as mq
import pytest
from client_brokers import Way, join, kill, online
from client_driver import Driver, connect
from mosquitto import Mosquitto, free_port
from own_broker import OwnBroker

pytestmark = pytest.mark.skipif(
    not mosquitto.PROGRAM or not Path(client_driver.COMMAND[-1]).exists(),
    reason="needs mosquitto, and a build with the option samples",
)
both = pytest.mark.parametrize("version", [4, 5])
Maker = Callable[[str], Union[Mosquitto, OwnBroker]]


@pytest.fixture(scope="module", params=[Mosquitto, OwnBroker], ids=["mosquitto", "own"])
def make(request: pytest.FixtureRequest) -> Maker:
    maker: Maker = request.param
    if maker is OwnBroker and not broker.PROGRAM.exists():
        pytest.skip("mqttwire-broker is not built")
    return maker


@pytest.fixture(scope="module")
def plain(make: Maker) -> Iterator[Way]:
    with make("max_queued_messages 0") as running:
        yield Way(f"mqtt://127.0.0.1:{running.port}", {})


# ---- Subscriptions -------------------------------------------------------------------------------


@both
def test_retained(plain: Way, version: int) -> None:
    with online(plain, version=version) as client:
        client.publish(1, topic="kept", qos=1, retain=True, payload=b"last words")
        client.wait("result", id=1, status="OK")
        client.subscribe(2, "kept", qos=1)
        client.result(2, reason_code=1)
        assert client.message()["packet"].retain
        client.publish(3, topic="kept", qos=1, retain=True)  # which takes it away
        client.result(3)
        assert not client.message()["packet"].retain
        client.subscribe(4, "kept", qos=1)
        client.result(4, reason_code=1)
        client.publish(5, topic="kept", payload=b"live")
        assert client.message()["packet"].payload == b"live"


def test_options_of_subscriptions(plain: Way) -> None:
    with online(plain) as client:
        client.publish(1, topic="options", retain=True, payload=b"old")
        client.result(1)
        packet = mq.Subscribe(packet_id=1, subscriptions=[
            mq.Subscription(topic_filter="options", qos=2, no_local=True, retain_handling=2)
        ])
        client._send("subscribe", 2, packet, "OK", {})
        client.result(2, reason_code=2)
        client.publish(3, topic="options", payload=b"own")
        with online(plain, "other") as other:
            other.publish(1, topic="options", retain=True)
        assert client.message()["packet"].payload == b""


def test_subscription_identifiers(plain: Way) -> None:
    with online(plain) as client:
        for identifier, name in ((7, "sub/+"), (268_435_455, "sub/#")):
            client.do("handle", identifier=identifier, name=name)
            client.subscribe(
                1, name, qos=1, properties=mq.Properties(subscription_identifiers=[identifier])
            )
            client.result(1, reason_code=1)
        client.publish(2, topic="sub/a/b", qos=1)
        assert client.message()["handler"] == "sub/#"
        client.publish(3, topic="sub/a", qos=1)
        assert {client.message()["handler"] for _ in range(2)} == {"sub/+", "sub/#"}


@both
def test_unsubscribed(plain: Way, version: int) -> None:
    with online(plain, version=version) as client:
        client.subscribe(1, "un/a", "un/b", qos=1)
        client.result(1, reason_code=1)
        client.unsubscribe(2, "un/a", "un/c")
        answer = client.wait("result", id=2, status="OK")
        if version == 5:
            assert answer["packet"].reason_codes == [0, 17]
        client.publish(3, topic="un/a", qos=1)
        client.publish(4, topic="un/b", qos=1)
        assert client.message()["packet"].topic == "un/b"
        client.result(3, reason_code=16 if version == 5 else 0)


def test_a_shared_subscription(plain: Way) -> None:
    with ExitStack() as stack:
        members = [stack.enter_context(online(plain, f"member{n}")) for n in range(2)]
        for member in members:
            member.subscribe(1, "$share/group/work", qos=1)
            member.result(1, reason_code=1)
        sender = stack.enter_context(online(plain, "sender"))
        for number in range(20):
            sender.publish(number, topic="work", qos=1, payload=b"%d" % number)
        for number in range(20):
            sender.result(number)
        got = []
        for member in members:
            member.publish(2, topic="over", qos=1)  # behind which nothing is on its way
            member.wait("result", id=2)
            time.sleep(0.1)
            got.append([event["packet"].payload for event in member.has("message")])
        assert sorted(int(each) for part in got for each in part) == list(range(20))
        assert all(got)


# ---- Sessions and their end ----------------------------------------------------------------------


@both
def test_a_will(plain: Way, version: int) -> None:
    will = mq.Will(topic="will", payload=b"gone", qos=1)
    packet = connect(client_id=f"dying{version}", version=version, will=will)
    with online(plain, "heir", version) as heir:
        heir.subscribe(1, "will", qos=1)
        heir.result(1, reason_code=1)
        with Driver() as other:  # which says goodbye: there is no will
            join(other, plain, f"dying{version}", version, connect=packet)
            other.do("disconnect")
            other.ended("OK")
        dying = Driver()
        join(dying, plain, f"dying{version}", version, present=True, connect=packet)
        kill(dying)
        assert heir.message()["packet"].payload == b"gone"
        assert not heir.has("message")


@both
def test_a_session_goes_on(plain: Way, version: int) -> None:
    packet = connect(client_id=f"sleeper{version}", version=version, clean_start=False)
    with Driver() as client:
        join(client, plain, f"sleeper{version}", version, connect=packet)
        client.subscribe(1, "while/away", qos=2)
        client.result(1, reason_code=2)
    with online(plain, "other", version) as other:
        for qos in (1, 2):
            other.publish(qos, topic="while/away", qos=qos, payload=b"%d" % qos)
            other.result(qos)
    with Driver() as client:
        join(client, plain, f"sleeper{version}", version, present=True, connect=packet)
        assert [client.message()["packet"].payload for _ in range(2)] == [b"1", b"2"]


def test_messages_expire(plain: Way) -> None:
    packet = connect(client_id="late", clean_start=False)
    with Driver() as client:
        join(client, plain, "late", connect=packet)
        client.subscribe(1, "expiring", qos=1)
        client.result(1, reason_code=1)
    with online(plain, "other") as other:
        for number, seconds in ((1, 1), (2, 100)):
            expiry = mq.Properties(message_expiry_interval=seconds)
            other.publish(number, topic="expiring", qos=1, properties=expiry)
            other.result(number)
    time.sleep(2.1)
    with Driver() as client:
        join(client, plain, "late", present=True, connect=packet)
        left = client.message()["packet"].properties.message_expiry_interval
        assert 90 <= left < 100
        assert not client.has("message")


@both
def test_the_broker_starts_anew(make: Maker, version: int) -> None:
    """It knows nothing any more: the client subscribes again, and sends what waited."""
    port = free_port()
    config = f"listener {port} 127.0.0.1"
    with Driver() as client:
        with make(config):
            join(client, Way(f"mqtt://127.0.0.1:{port}", {}), "c", version, backoff_most=100)
            client.subscribe(1, "again", qos=2)
            client.result(1, reason_code=2)
        assert client.wait("disconnected")["retry"] >= 20
        client.publish(2, topic="again", qos=2, payload=b"waited")
        assert client.wait("disconnected", status="NETWORK")["retry"] >= 40
        with make(config):
            assert not client.wait("connected")["packet"].session_present
            client.result(2)
            assert client.message()["packet"].payload == b"waited"


def test_the_keep_alive_of_the_server() -> None:
    with Mosquitto("max_keepalive 10") as running, Driver() as client:
        way = Way(f"mqtt://127.0.0.1:{running.port}", {})
        answer = join(client, way, "c", connect=connect(keep_alive=600), packets=True)
        assert answer.properties.server_keep_alive == 10
        begin = time.monotonic()
        while client.wait("packet", 12.0)["bytes"] != mq.Pingresp().encode():
            pass
        assert 7 < time.monotonic() - begin < 10


@both
def test_pings(plain: Way, version: int) -> None:
    with Driver() as client:
        packet = connect(version=version, client_id="pinging", keep_alive=1, clean_start=True)
        join(client, plain, "c", version, connect=packet)
        time.sleep(3)
        assert not client.has("disconnected")


# ---- What 5.0 has besides ------------------------------------------------------------------------


def test_properties_arrive(plain: Way) -> None:
    properties = mq.Properties(
        payload_format_indicator=1, content_type="text/plain", response_topic="answers",
        correlation_data=b"\0\1", user_properties=[("a", "b"), ("a", "c")],
    )
    with online(plain) as client:
        client.subscribe(1, "properties", qos=1)
        client.result(1, reason_code=1)
        client.publish(2, topic="properties", qos=1, properties=properties)
        assert client.message()["packet"].properties == properties


def test_topic_aliases(plain: Way) -> None:
    topics = ["alias/" + "x" * 100 + str(number) for number in range(3)]
    with online(plain, topic_aliases=100, packets=True) as client:
        client.subscribe(1, "alias/+", qos=1)
        client.result(1, reason_code=1)
        for topic in topics * 3:
            client.publish(2, topic=topic, qos=1)
            client.result(2)
            assert client.message()["packet"].topic == topic
        sent = [event for event in client.has("packet") if event["sender"] == "client"]
        assert any(len(event["bytes"]) < 50 and event["bytes"][0] >> 4 == 3 for event in sent)


def test_request_and_response(plain: Way) -> None:
    with online(plain) as client, online(plain, "server") as server:
        server.subscribe(1, "question", qos=1)
        server.result(1, reason_code=1)
        server.on("message", "respond", mq.Publish(topic="x", qos=1, packet_id=1, payload=b"42"))
        client.request(1, 5000, topic="question", qos=1)
        assert client.wait("reply", id=1, status="OK")["packet"].payload == b"42"
        client.request(2, 100, topic="nobody/listens", qos=1)
        client.wait("reply", id=2, status="TIMEOUT")


def test_limits_that_the_broker_tells(make: Maker) -> None:
    with make("max_packet_size 200\nmax_qos 1\nretain_available false") as running:
        way = Way(f"mqtt://127.0.0.1:{running.port}", {})
        with online(way) as client:
            client.publish(1, topic="a", qos=1, payload=b"x" * 300)
            client.wait("result", id=1, status="INVALID")
            client.publish(2, topic="a", qos=2)
            client.wait("result", id=2, status="INVALID")
            client.publish(3, topic="a", qos=1, retain=True)
            client.wait("result", id=3, status="INVALID")
            client.publish(4, topic="a", qos=1)
            client.result(4, reason_code=16)
