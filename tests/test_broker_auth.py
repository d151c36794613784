# SPDX-License-Identifier: MIT
"""SCRAM by AUTH, against a client of another make (scramp): 4.12 of 5.0."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mqttwire as mq
import pytest
from broker import Broker, needs_broker
from broker_client import Client, lasting
from scramp import ScramClient, ScramException, ScramMechanism  # type: ignore[import-untyped]
from statements import statement

pytestmark = needs_broker

MECHANISMS = ["SCRAM-SHA-1", "SCRAM-SHA-256"]
both = pytest.mark.parametrize("mechanism", MECHANISMS)
SHA = "SCRAM-SHA-256"
CONTINUE, AGAIN = mq.Reason.CONTINUE_AUTHENTICATION, mq.Reason.RE_AUTHENTICATE
SALT = b"sixteen of bytes"


def text(value: bytes) -> str:
    return b64encode(value).decode()


def keys(user: str, mechanism: str) -> str:
    """A line of SCRAM's file: "pencil"."""
    info = ScramMechanism(mechanism).make_auth_info("pencil", iteration_count=4096, salt=SALT)
    salt, stored, server, iterations = info
    return f"{user}:{mechanism}${iterations}:{text(salt)}${text(stored)}:{text(server)}\n"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("broker")
    lines = [keys(user, name) for user in ("alice", "bob", "Ä=b,c") for name in MECHANISMS]
    (folder / "scram").write_text("".join(lines))
    with Broker(folder, f"scram_file {folder / 'scram'}\nallow_anonymous true") as broker:
        yield broker.port


def data(mechanism: str, said: str | None) -> mq.Properties:
    return mq.Properties(
        authentication_method=mechanism,
        authentication_data=None if said is None else said.encode(),
    )


def said(packet: Any, mechanism: str) -> str:
    """Its authentication data; the method is that of CONNECT."""
    assert packet.properties.authentication_method == mechanism
    return str(packet.properties.authentication_data.decode())


def begun(port: int, mechanism: str, first: str | None, **connect: Any) -> Client:
    """A client that has sent CONNECT with the method."""
    client = Client(port, greet=False)
    client.send(
        mq.Connect(client_id="", clean_start=True, properties=data(mechanism, first), **connect)
    )
    return client


def prove(client: Client, scram: ScramClient, mechanism: str) -> None:
    """Takes the challenge, and answers it."""
    scram.set_server_first(said(client.take(mq.Auth, reason_code=CONTINUE), mechanism))
    client.send(mq.Auth(reason_code=CONTINUE, properties=data(mechanism, scram.get_client_final())))


def connected(port: int, mechanism: str = SHA, user: str = "alice", **connect: Any) -> Client:
    scram = ScramClient([mechanism], user, "pencil")
    client = begun(port, mechanism, scram.get_client_first(), **connect)
    prove(client, scram, mechanism)
    scram.set_server_final(said(client.take(mq.Connack, reason_code=0), mechanism))
    return client


# ---- SCRAM --------------------------------------------------------------------------------------


@statement("5.0", "MQTT-4.12.0-2", "MQTT-4.12.0-3", "MQTT-4.12.0-5", "MQTT-3.2.0-1")
@both
@pytest.mark.parametrize("user", ["alice", "bob", "Ä=b,c"])
def test_both_sides_prove_it(port: int, mechanism: str, user: str) -> None:
    with connected(port, mechanism, user) as client:
        client.nothing()


@both
def test_the_client_begins_without_data(port: int, mechanism: str) -> None:
    """RFC 5802 lets it answer an empty challenge first."""
    scram = ScramClient([mechanism], "alice", "pencil")
    with begun(port, mechanism, None) as client:
        empty = client.take(mq.Auth, reason_code=CONTINUE).properties
        assert empty.authentication_method == mechanism and not empty.authentication_data
        first = data(mechanism, scram.get_client_first())
        client.send(mq.Auth(reason_code=CONTINUE, properties=first))
        prove(client, scram, mechanism)
        scram.set_server_final(said(client.take(mq.Connack, reason_code=0), mechanism))


@statement("5.0", "MQTT-4.12.0-4", "MQTT-4.13.2-1", "MQTT-3.2.2-7")
@both
@pytest.mark.parametrize(("user", "password"), [("alice", "crayon"), ("nobody", "pencil")])
def test_it_is_not_he(port: int, mechanism: str, user: str, password: str) -> None:
    """Both look alike until the end."""
    scram = ScramClient([mechanism], user, password)
    with begun(port, mechanism, scram.get_client_first()) as client:
        prove(client, scram, mechanism)
        client.take(mq.Connack, reason_code=mq.Reason.NOT_AUTHORIZED)
        client.ended()


@statement("5.0", "MQTT-4.12.0-4")
@both
@pytest.mark.parametrize(
    "first",
    ["nonsense", "n,,n=alice", "n,,n=,r=a", "p=tls-unique,,n=alice,r=abc", "\0", "n" * 9999],
)
def test_nonsense_first(port: int, mechanism: str, first: str) -> None:
    with begun(port, mechanism, first) as client:
        client.take(mq.Connack, reason_code=mq.Reason.NOT_AUTHORIZED)
        client.ended()


@statement("5.0", "MQTT-4.12.0-4")
@both
@pytest.mark.parametrize("final", ["", "c=biws", "c=biws,r=other,p=AAAA", "\xff"])
def test_nonsense_last(port: int, mechanism: str, final: str) -> None:
    scram = ScramClient([mechanism], "alice", "pencil")
    with begun(port, mechanism, scram.get_client_first()) as client:
        client.take(mq.Auth, reason_code=CONTINUE)
        client.send(mq.Auth(reason_code=CONTINUE, properties=data(mechanism, final)))
        client.take(mq.Connack, reason_code=mq.Reason.NOT_AUTHORIZED)
        client.ended()


def test_a_proof_is_good_for_once(port: int) -> None:
    """Of another connection, whose nonce was another."""
    scram = ScramClient([SHA], "alice", "pencil")
    first = scram.get_client_first()
    with begun(port, SHA, first) as client:
        scram.set_server_first(said(client.take(mq.Auth), SHA))
    final = mq.Auth(reason_code=CONTINUE, properties=data(SHA, scram.get_client_final()))
    with begun(port, SHA, first) as client:
        client.take(mq.Auth)
        client.send(final)
        client.take(mq.Connack, reason_code=mq.Reason.NOT_AUTHORIZED)
        client.ended()


@statement("5.0", "MQTT-4.12.0-1")
@pytest.mark.parametrize(
    "method", ["PLAIN", "scram-sha-256", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-512", "", "x" * 65535]
)
def test_methods_that_are_not_there(port: int, method: str) -> None:
    with begun(port, method, "n,,n=alice,r=abc") as client:
        client.take(mq.Connack, reason_code=mq.Reason.BAD_AUTHENTICATION_METHOD)
        client.ended()


def test_no_methods(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker, begun(broker.port, SHA, "n,,n=alice,r=abc") as client:
        client.take(mq.Connack, reason_code=mq.Reason.BAD_AUTHENTICATION_METHOD)
        client.ended()


@statement("5.0", "MQTT-3.1.2-30")
@pytest.mark.parametrize(
    "packet",
    [
        mq.Publish(topic="a"),
        mq.Pingreq(),
        mq.Subscribe(packet_id=1, subscriptions=[mq.Subscription(topic_filter="a")]),
        mq.Connect(client_id="again"),
    ],
    ids=["PUBLISH", "PINGREQ", "SUBSCRIBE", "CONNECT"],
)
def test_other_packets_before_connack(port: int, packet: mq.Packet) -> None:
    scram = ScramClient([SHA], "alice", "pencil")
    with begun(port, SHA, scram.get_client_first()) as client:
        client.take(mq.Auth)
        client.send(packet)
        client.take(mq.Connack, reason_code=mq.Reason.PROTOCOL_ERROR)
        client.ended()


def test_disconnect_before_connack(port: int) -> None:
    scram = ScramClient([SHA], "alice", "pencil")
    with begun(port, SHA, scram.get_client_first()) as client:
        client.take(mq.Auth)
        client.send(mq.Disconnect())
        client.ended()


def test_half_of_it_takes_too_long(tmp_path: Path) -> None:
    (tmp_path / "scram").write_text(keys("alice", SHA))
    config = f"scram_file {tmp_path / 'scram'}\nconnect_timeout 1"
    scram = ScramClient([SHA], "alice", "pencil")
    with Broker(tmp_path, config) as broker, connected(broker.port) as online:
        with begun(broker.port, SHA, scram.get_client_first()) as client:
            client.take(mq.Auth)
            client.ended()
        online.sync()


@statement("5.0", "MQTT-4.12.0-3", "MQTT-4.12.0-5")
@pytest.mark.parametrize(("code", "method"), [(AGAIN, SHA), (CONTINUE, "SCRAM-SHA-1")])
def test_another_auth_than_is_due(port: int, code: int, method: str) -> None:
    scram = ScramClient([SHA], "alice", "pencil")
    with begun(port, SHA, scram.get_client_first()) as client:
        scram.set_server_first(said(client.take(mq.Auth), SHA))
        final = data(method, scram.get_client_final())
        client.send(mq.Auth(reason_code=code, properties=final))
        client.take(mq.Connack, reason_code=mq.Reason.PROTOCOL_ERROR)
        client.ended()


@statement("5.0", "MQTT-4.12.0-6", "MQTT-4.12.0-7")
@pytest.mark.parametrize("code", [CONTINUE, AGAIN])
def test_no_method_no_auth(port: int, code: int) -> None:
    with Client(port) as client:
        assert client.connack and client.connack.properties.authentication_method is None
        client.send(mq.Auth(reason_code=code, properties=data(SHA, "n,,n=alice,r=abc")))
        client.refused(mq.Reason.PROTOCOL_ERROR)


# ---- Again --------------------------------------------------------------------------------------


def again(client: Client, scram: ScramClient, mechanism: str) -> None:
    first = data(mechanism, scram.get_client_first())
    client.send(mq.Auth(reason_code=AGAIN, properties=first))
    prove(client, scram, mechanism)


@statement("5.0", "MQTT-4.12.1-1", "MQTT-4.12.0-5")
@both
def test_authenticated_again(port: int, mechanism: str) -> None:
    """As often as it likes, and other packets go on meanwhile."""
    with connected(port, mechanism) as client:
        for _ in range(3):
            scram = ScramClient([mechanism], "alice", "pencil")
            first = data(mechanism, scram.get_client_first())
            client.send(mq.Auth(reason_code=AGAIN, properties=first))
            scram.set_server_first(said(client.take(mq.Auth, reason_code=CONTINUE), mechanism))
            client.subscribe("again")
            client.publish("again", b"", 1)
            client.message("again")
            final = data(mechanism, scram.get_client_final())
            client.send(mq.Auth(reason_code=CONTINUE, properties=final))
            scram.set_server_final(said(client.take(mq.Auth, reason_code=0), mechanism))
        client.nothing()


@statement("5.0", "MQTT-4.12.1-2", "MQTT-4.13.2-1", "MQTT-3.1.2-8")
@pytest.mark.parametrize(("user", "password"), [("alice", "crayon"), ("bob", "pencil")])
def test_not_authenticated_again(port: int, user: str, password: str) -> None:
    """Nor as another; and so its will is published."""
    with connected(port) as watcher:
        watcher.subscribe("will")
        client = connected(port, will=mq.Will(topic="will", payload=b""))
        again(client, ScramClient([SHA], user, password), SHA)
        client.refused(mq.Reason.NOT_AUTHORIZED)
        watcher.message("will")


@statement("5.0", "MQTT-4.12.1-1")
def test_again_by_another_method(port: int) -> None:
    with connected(port) as client:
        scram = ScramClient(["SCRAM-SHA-1"], "alice", "pencil")
        first = data("SCRAM-SHA-1", scram.get_client_first())
        client.send(mq.Auth(reason_code=AGAIN, properties=first))
        client.refused(mq.Reason.PROTOCOL_ERROR)


def test_an_answer_to_nothing(port: int) -> None:
    with connected(port) as client:
        client.send(mq.Auth(reason_code=CONTINUE, properties=data(SHA, "n,,n=alice,r=abc")))
        client.refused(mq.Reason.PROTOCOL_ERROR)


def test_begun_twice(port: int) -> None:
    """The second beginning stands."""
    with connected(port) as client:
        scram = ScramClient([SHA], "alice", "pencil")
        client.send(mq.Auth(reason_code=AGAIN, properties=data(SHA, scram.get_client_first())))
        client.take(mq.Auth, reason_code=CONTINUE)
        scram = ScramClient([SHA], "alice", "pencil")
        again(client, scram, SHA)
        scram.set_server_final(said(client.take(mq.Auth, reason_code=0), SHA))
        with pytest.raises(ScramException):
            scram.set_server_final("v=AAAA")


def test_the_session_is_the_clients(port: int) -> None:
    """SCRAM's users have sessions as others have."""
    scram = ScramClient([SHA], "alice", "pencil")
    for present in (False, True):
        kept = lasting()
        kept["properties"].authentication_method = SHA
        scram = ScramClient([SHA], "alice", "pencil")
        kept["properties"].authentication_data = scram.get_client_first().encode()
        with Client(port, greet=False) as client:
            client.send(mq.Connect(client_id="scram", **kept))
            prove(client, scram, SHA)
            assert client.take(mq.Connack).session_present is present


def test_the_user_of_scram_is_the_client_identifier(tmp_path: Path) -> None:
    (tmp_path / "scram").write_text(keys("alice", SHA))
    config = f"scram_file {tmp_path / 'scram'}\nuse_username_as_clientid true"
    with Broker(tmp_path, config) as broker, connected(broker.port) as one, connected(broker.port):
        one.refused(mq.Reason.SESSION_TAKEN_OVER)
