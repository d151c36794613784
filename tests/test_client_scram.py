# SPDX-License-Identifier: MIT
"""The client library and SCRAM, against a server of another make (scramp): section 4.12 of 5.0."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import mqttwire as mq
import pytest
from client_driver import Driver, Peer, Server, connect
from scramp import ScramException, ScramMechanism  # type: ignore[import-untyped]
from scramp.core import ScramServer  # type: ignore[import-untyped]

MECHANISMS = ["SCRAM-SHA-1", "SCRAM-SHA-256"]
both = pytest.mark.parametrize("mechanism", MECHANISMS)
PASSWORD = "pencil"


def scram(mechanism: str, username: str = "user", password: str = PASSWORD) -> ScramServer:
    """A server that has one user."""
    known = ScramMechanism(mechanism)
    info = known.make_auth_info(password, iteration_count=4096, salt=b"sixteen of bytes")

    def look_up(name: str) -> Any:
        assert name == username
        return info

    return known.make_server(look_up)


def said(packet: Any, mechanism: str) -> str:
    """Its authentication data; its method is that of CONNECT ([MQTT-4.12.0-5])."""
    assert packet.properties.authentication_method == mechanism
    return str(packet.properties.authentication_data.decode())


def data(mechanism: str, text: str) -> mq.Properties:
    return mq.Properties(authentication_method=mechanism, authentication_data=text.encode())


def challenge(peer: Peer, server: ScramServer, mechanism: str, first: str) -> str:
    """The server's first message, and the client's last one."""
    server.set_client_first(first)
    peer.send(mq.Auth(reason_code=0x18, properties=data(mechanism, server.get_server_first())))
    answer = peer.take(mq.Auth, reason_code=0x18)
    return said(answer, mechanism)


@contextmanager
def greeted(
    mechanism: str, username: str = "user", password: str = PASSWORD
) -> Iterator[tuple[Driver, Server, Peer, str]]:
    """Until CONNECT has come, with the client's first message."""
    packet = connect(username=username, password=password.encode())
    with Server() as server, Driver() as client:
        client.new(server.url, connect=packet, authentication_method=mechanism)
        client.do("connect")
        peer = server.accept()
        hello = peer.take(mq.Connect, username=None, password=None)  # neither is sent
        yield client, server, peer, said(hello, mechanism)


@both
@pytest.mark.parametrize("username", ["user", "a=b,c", "ÄÖ"])
def test_both_prove_that_they_know_the_password(mechanism: str, username: str) -> None:
    with greeted(mechanism, username) as (client, _, peer, first):
        server = scram(mechanism, username)
        server.set_client_final(challenge(peer, server, mechanism, first))
        final = data(mechanism, server.get_server_final())
        peer.send(mq.Connack(properties=final))
        client.wait("connected")


@both
def test_a_wrong_password(mechanism: str) -> None:
    """The server sees it; such a refusal is for good."""
    with greeted(mechanism, password="crayon") as (client, server, peer, first):
        judge = scram(mechanism)
        with pytest.raises(ScramException):
            judge.set_client_final(challenge(peer, judge, mechanism, first))
        peer.send(mq.Connack(reason_code=mq.Reason.NOT_AUTHORIZED))
        client.ended("REFUSED", reason_code=mq.Reason.NOT_AUTHORIZED)
        peer.ended()
        server.nobody(0.1)


@both
@pytest.mark.parametrize("final", ["v=AAAA", "e=other-error", "", "nonsense"])
def test_a_server_that_cannot_prove_it(mechanism: str, final: str) -> None:
    with greeted(mechanism) as (client, server, peer, first):
        judge = scram(mechanism)
        judge.set_client_final(challenge(peer, judge, mechanism, first))
        properties = mq.Properties(authentication_method=mechanism)
        if final:
            properties = data(mechanism, final)
        peer.send(mq.Connack(properties=properties))
        client.ended("AUTHENTICATION")
        peer.ended()
        assert not client.has("connected")
        server.nobody(0.1)


@both
@pytest.mark.parametrize("first", ["", "r=other,s=AAAA,i=4096", "i=1", "\x00", "r=" + "a" * 60000])
def test_nonsense_in_place_of_a_challenge(mechanism: str, first: str) -> None:
    with greeted(mechanism) as (client, _, peer, _):
        properties = mq.Properties(authentication_method=mechanism)
        if first:
            properties = data(mechanism, first)
        peer.send(mq.Auth(reason_code=0x18, properties=properties))
        client.ended("AUTHENTICATION")
        peer.ended()


@both
def test_accepted_without_a_challenge(mechanism: str) -> None:
    """Whoever says yes to anybody is not the server that knows the password."""
    with greeted(mechanism) as (client, _, peer, _):
        peer.send(mq.Connack(properties=mq.Properties(authentication_method=mechanism)))
        client.ended("AUTHENTICATION")
        peer.ended()


@both
def test_again_on_the_same_connection(mechanism: str) -> None:
    with greeted(mechanism) as (client, _, peer, first):
        server = scram(mechanism)
        server.set_client_final(challenge(peer, server, mechanism, first))
        peer.send(mq.Connack(properties=data(mechanism, server.get_server_final())))
        client.wait("connected")

        client.do("reauthenticate", id=1)
        again = peer.take(mq.Auth, reason_code=0x19)
        server = scram(mechanism)
        server.set_client_final(challenge(peer, server, mechanism, said(again, mechanism)))
        peer.send(mq.Auth(properties=data(mechanism, server.get_server_final())))
        client.result(1)
        peer.echo(client)

        client.do("reauthenticate", id=2)
        peer.take(mq.Auth, reason_code=0x19)
        peer.send(mq.Disconnect(reason_code=mq.Reason.NOT_AUTHORIZED))
        client.result(2, "REFUSED", mq.Reason.NOT_AUTHORIZED)
        client.ended("REFUSED", reason_code=mq.Reason.NOT_AUTHORIZED)


def test_a_method_that_nobody_knows() -> None:
    with Server() as server, Driver() as client:
        client.new(server.url, status="CONFIGURATION", authentication_method="GS2-KRB5")
