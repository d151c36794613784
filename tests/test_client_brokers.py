# SPDX-License-Identifier: MIT
"""The client library and real brokers: each way to them, each QoS, and what 5.0 has besides."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import certificates
import client_brokers
import client_driver
import mosquitto
import mqttwire as mq
import pytest
from client_brokers import WAYS, Way, Ways, join, kill, online
from client_driver import Driver, connect
from mosquitto import Mosquitto, free_port

pytestmark = pytest.mark.skipif(
    not mosquitto.PROGRAM or not Path(client_driver.COMMAND[-1]).exists(),
    reason="needs mosquitto, and a build with the option samples",
)
both = pytest.mark.parametrize("version", [4, 5])
LARGE = 20_000_000


@pytest.fixture(scope="module")
def ways(tmp_path_factory: pytest.TempPathFactory) -> Ways:
    folder = tmp_path_factory.mktemp("brokers")
    folder.chmod(0o755)
    return Ways(certificates.make(folder))


@pytest.fixture(scope="module")
def broker(ways: Ways) -> Iterator[Mosquitto]:
    with Mosquitto(ways.config()) as running:
        yield running


@pytest.fixture(scope="module")
def websocket(ways: Ways) -> Iterator[str | None]:
    """Why it is not there."""
    missing = client_brokers.build_websocket_broker()
    if missing:
        yield missing
        return
    with client_brokers.websocket_broker(ways):
        yield None


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, ways: Ways, broker: Mosquitto) -> Way:
    if request.param == "ip6":
        with socket.socket(socket.AF_INET6) as probe:
            try:
                probe.bind(("::1", 0))
            except OSError:
                pytest.skip("there is no IPv6")
    if request.param in ("ws", "wss"):
        missing = request.getfixturevalue("websocket")
        if missing:
            pytest.skip(missing)
    return ways(request.param, broker)


@pytest.fixture
def plain(ways: Ways, broker: Mosquitto) -> Way:
    return ways("ip4", broker)


# ---- Each way ------------------------------------------------------------------------------------


@both
def test_each_qos_both_ways(way: Way, version: int) -> None:
    with online(way, version=version) as client:
        client.subscribe(1, "each/+", qos=2)
        granted = client.result(1, reason_code=2)
        assert granted["packet"].reason_codes == [2]
        for qos in (0, 1, 2):
            client.publish(2, topic=f"each/{qos}", qos=qos, payload=b"payload")
            client.result(2)
            message = client.message(repeat=False)["packet"]
            assert (message.topic, message.qos, message.payload) == (f"each/{qos}", qos, b"payload")
        client.unsubscribe(3, "each/+")
        client.result(3)
        client.do("disconnect")
        client.ended("OK", retry=None)


def test_a_large_message(way: Way) -> None:
    payload = bytes(range(256)) * (LARGE // 256)
    with online(way) as client:
        client.subscribe(1, "large", qos=1)
        client.result(1, reason_code=1)
        client.publish(2, topic="large", qos=1, payload=payload)
        client.wait("result", 60.0, id=2, status="OK")
        assert client.wait("message", 60.0)["packet"].payload == payload


@both
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_thousand_messages(way: Way, version: int, qos: int) -> None:
    """More than a broker takes at a time, in the order in which they were sent.  From one client to
    another: the broker with WebSocket takes identifiers of the two directions for each other."""
    with online(way, "sender", version) as sender, online(way, "taker", version) as taker:
        taker.subscribe(1, "many", qos=2)
        taker.result(1, reason_code=2)
        for number in range(1000):
            sender.publish(number, topic="many", qos=qos, payload=b"%d" % number)
        for number in range(1000):
            sender.result(number)
        for number in range(1000):
            assert taker.message()["packet"].payload == b"%d" % number


# ---- Who may come in -----------------------------------------------------------------------------


@both
def test_user_and_password(version: int) -> None:
    refusal = 135 if version == 5 else 5
    with Mosquitto(passwords={"alice": "wonder/land"}) as broker:
        for url, packet, good in [
            (f"mqtt://alice:wonder%2Fland@127.0.0.1:{broker.port}", None, True),
            (f"mqtt://127.0.0.1:{broker.port}", ("alice", b"wonder/land"), True),
            (f"mqtt://127.0.0.1:{broker.port}", ("alice", b"wonderland"), False),
            (f"mqtt://bob@127.0.0.1:{broker.port}", None, False),
            (f"mqtt://127.0.0.1:{broker.port}", None, False),
        ]:
            who = {"username": packet[0], "password": packet[1]} if packet else {}
            with Driver() as client:
                client.new(url, version, connect=connect(version=version, **who))
                client.do("connect")
                if good:
                    client.wait("connected")
                else:
                    client.ended("REFUSED", reason_code=refusal, retry=None)


@pytest.mark.parametrize("name", ["tls", "mutual", "wss"])
def test_a_server_that_nobody_vouches_for(
    name: str, ways: Ways, broker: Mosquitto, request: pytest.FixtureRequest
) -> None:
    if name == "wss" and request.getfixturevalue("websocket"):
        pytest.skip("there is no broker")
    url, options = ways(name, broker)
    other = {**options, "tls.ca_file": str(ways.folder / "another.crt")}
    by_address = url.replace("localhost", "127.0.0.1")
    for where, how in ((url, other), (by_address, options)):
        with Driver() as client:
            client.new(where, no_reconnect=True, **how)
            client.do("connect")
            client.ended("TLS")
    trusting = {name: value for name, value in options.items() if name != "tls.ca_file"}
    for how in (options, trusting):
        with online(Way(by_address, {**how, "tls.insecure": True})):
            pass


def test_a_client_without_its_certificate(ways: Ways, broker: Mosquitto) -> None:
    url, options = ways("mutual", broker)
    with Driver() as client:
        client.new(url, no_reconnect=True, **{"tls.ca_file": options["tls.ca_file"]})
        client.do("connect")
        client.ended("TLS")


def test_websocket_where_there_is_none(plain: Way) -> None:
    with Driver() as client:
        client.new(plain.url.replace("mqtt:", "ws:"), no_reconnect=True)
        client.do("connect")
        client.ended("NETWORK")


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
def test_the_broker_starts_anew(version: int) -> None:
    """It knows nothing any more: the client subscribes again, and sends what waited."""
    port = free_port()
    config = f"listener {port} 127.0.0.1"
    with Driver() as client:
        with Mosquitto(config):
            join(client, Way(f"mqtt://127.0.0.1:{port}", {}), "c", version, backoff_most=100)
            client.subscribe(1, "again", qos=2)
            client.result(1, reason_code=2)
        assert client.wait("disconnected")["retry"] >= 20
        client.publish(2, topic="again", qos=2, payload=b"waited")
        assert client.wait("disconnected", status="NETWORK")["retry"] >= 40
        with Mosquitto(config):
            assert not client.wait("connected")["packet"].session_present
            client.result(2)
            assert client.message()["packet"].payload == b"waited"


def test_the_keep_alive_of_the_server() -> None:
    with Mosquitto("max_keepalive 10") as broker, Driver() as client:
        way = Way(f"mqtt://127.0.0.1:{broker.port}", {})
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


def test_limits_that_the_broker_tells() -> None:
    with Mosquitto("max_packet_size 200\nmax_qos 1\nretain_available false") as broker:
        way = Way(f"mqtt://127.0.0.1:{broker.port}", {})
        with online(way) as client:
            client.publish(1, topic="a", qos=1, payload=b"x" * 300)
            client.wait("result", id=1, status="INVALID")
            client.publish(2, topic="a", qos=2)
            client.wait("result", id=2, status="INVALID")
            client.publish(3, topic="a", qos=1, retain=True)
            client.wait("result", id=3, status="INVALID")
            client.publish(4, topic="a", qos=1)
            client.result(4, reason_code=16)
