# SPDX-License-Identifier: MIT
"""The client library and acknowledgements: wrong ones of the server, and its own in their order."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import mqttwire as mq
import pytest
from client_driver import Driver, Peer, Server, connect, lose, number, online

both = pytest.mark.parametrize("version", [4, 5])
PROTOCOL_ERROR = mq.Reason.PROTOCOL_ERROR


def broken(client: Driver, peer: Peer, reason_code: int = PROTOCOL_ERROR) -> None:
    """The connection ends as the server has broken a rule; the session goes on in another."""
    peer.refused(reason_code)
    code = reason_code if client.version == 5 else 0
    client.ended("PROTOCOL", reason_code=code, packet=None)


# ---- For nothing that was sent


@both
@pytest.mark.parametrize("kind", [mq.Puback, mq.Pubrec, mq.Pubcomp])
def test_an_unknown_identifier(version: int, kind: Any) -> None:
    with online(version) as (client, peer, _):
        peer.send(kind(packet_id=7))
        broken(client, peer)


@both
@pytest.mark.parametrize("kind", [mq.Suback, mq.Unsuback])
def test_an_answer_to_no_request(version: int, kind: Any) -> None:
    with online(version) as (client, peer, _):
        codes = {} if version == 4 and kind is mq.Unsuback else {"reason_codes": [0]}
        peer.send(kind(packet_id=7, **codes))
        broken(client, peer)


@both
def test_pubrel_of_an_unknown_identifier(version: int) -> None:
    """Of a new session.  In one that goes on it is answered: test_client_resets.py."""
    with online(version) as (client, peer, _):
        peer.send(mq.Pubrel(packet_id=7))
        broken(client, peer)


# ---- Of another type, twice, out of order


@both
@pytest.mark.parametrize("qos", [1, 2])
def test_an_acknowledgement_of_another_quality(version: int, qos: int) -> None:
    with online(version) as (client, peer, server):
        client.publish(1, qos=qos)
        sent = peer.take(mq.Publish)
        wrong = mq.Pubrec if qos == 1 else mq.Puback
        peer.send(wrong(packet_id=number(sent)))
        broken(client, peer)
        peer = server.greet(present=True)  # and the message is not lost
        peer.acknowledge(peer.take(mq.Publish, dup=True, packet_id=sent.packet_id))
        client.result(1)


@both
def test_pubcomp_before_pubrec(version: int) -> None:
    with online(version) as (client, peer, server):
        client.publish(1, qos=2)
        sent = peer.take(mq.Publish)
        peer.send(mq.Pubcomp(packet_id=number(sent)))
        broken(client, peer)
        peer = server.greet(present=True)
        peer.acknowledge(peer.take(mq.Publish, dup=True, packet_id=sent.packet_id))
        client.result(1)


@both
@pytest.mark.parametrize("kind", [mq.Suback, mq.Unsuback])
def test_an_answer_to_publish(version: int, kind: Any) -> None:
    with online(version) as (client, peer, _):
        client.publish(1, qos=1)
        codes = {} if version == 4 and kind is mq.Unsuback else {"reason_codes": [0]}
        peer.send(kind(packet_id=number(peer.take(mq.Publish)), **codes))
        broken(client, peer)


@both
def test_an_acknowledgement_of_subscribe(version: int) -> None:
    with online(version) as (client, peer, _):
        client.subscribe(1, "a")
        peer.send(mq.Puback(packet_id=number(peer.take(mq.Subscribe))))
        broken(client, peer)


@both
def test_puback_twice(version: int) -> None:
    with online(version) as (client, peer, _):
        client.publish(1, qos=1)
        sent = peer.take(mq.Publish)
        peer.send(mq.Puback(packet_id=number(sent)), mq.Puback(packet_id=number(sent)))
        client.result(1)
        broken(client, peer)
        assert not client.has("result")


@both
def test_pubrec_twice(version: int) -> None:
    """No statement forbids it.  Each gets its PUBREL ([MQTT-4.3.3-4]); the message ends once."""
    with online(version) as (client, peer, _):
        client.publish(1, qos=2)
        identifier = number(peer.take(mq.Publish))
        for _ in range(2):
            peer.send(mq.Pubrec(packet_id=identifier))
            peer.take(mq.Pubrel, packet_id=identifier)
        peer.send(mq.Pubcomp(packet_id=identifier))
        client.result(1)
        peer.echo(client)
        assert not client.has("result")


@both
def test_pubrec_after_pubcomp(version: int) -> None:
    with online(version) as (client, peer, _):
        client.publish(1, qos=2)
        sent = peer.take(mq.Publish)
        peer.acknowledge(sent)
        client.result(1)
        peer.send(mq.Pubrec(packet_id=number(sent)))
        broken(client, peer)


@both
def test_pubcomp_twice(version: int) -> None:
    with online(version) as (client, peer, _):
        client.publish(1, qos=2)
        sent = peer.take(mq.Publish)
        peer.acknowledge(sent)
        client.result(1)
        peer.send(mq.Pubcomp(packet_id=number(sent)))
        broken(client, peer)
        assert not client.has("result")


# ---- That refuse


@pytest.mark.parametrize("code", [0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99])
def test_puback_that_refuses(code: int) -> None:
    """Settles the message, which is not sent again: [MQTT-4.4.0-2]."""
    with online() as (client, peer, server):
        client.publish(1, qos=1)
        reason = mq.Properties(reason_string="no", user_properties=[("a", "b")])
        identifier = number(peer.take(mq.Publish))
        peer.send(mq.Puback(packet_id=identifier, reason_code=code, properties=reason))
        told = client.result(1, "REFUSED", code)
        assert told["packet"].properties == reason
        assert told["text"] == mq.reason_text(code, mq.Type.PUBACK)
        peer.reset()
        client.ended("NETWORK")
        server.greet(present=True).echo(client)


@pytest.mark.parametrize("code", [0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99])
def test_pubrec_that_refuses(code: int) -> None:
    """Frees the identifier, without PUBREL: 4.3.3."""
    with online() as (client, peer, _):
        client.publish(1, qos=2)
        sent = peer.take(mq.Publish)
        peer.send(mq.Pubrec(packet_id=number(sent), reason_code=code))
        client.result(1, "REFUSED", code)
        peer.echo(client)


def test_a_pubrec_that_refuses_makes_room() -> None:
    with Server() as server, Driver() as client:
        client.new(server.url)
        client.do("connect")
        peer = server.greet(mq.Connack(properties=mq.Properties(receive_maximum=1)))
        client.publish(1, qos=2)
        client.publish(2, qos=2)
        sent = peer.take(mq.Publish)
        peer.quiet()
        peer.send(mq.Pubrec(packet_id=number(sent), reason_code=0x97))
        peer.acknowledge(peer.take(mq.Publish))
        client.result(1, "REFUSED", 0x97)
        client.result(2)


def test_pubcomp_that_knows_no_identifier() -> None:
    with online() as (client, peer, _):
        client.publish(1, qos=2)
        sent = peer.take(mq.Publish)
        peer.send(mq.Pubrec(packet_id=number(sent)))
        peer.take(mq.Pubrel)
        peer.send(mq.Pubcomp(packet_id=number(sent), reason_code=0x92))
        assert client.wait("result")["reason_code"] == 0x92
        peer.echo(client)


def test_puback_without_subscribers() -> None:
    with online() as (client, peer, _):
        client.publish(1, qos=1)
        peer.send(mq.Puback(packet_id=number(peer.take(mq.Publish)), reason_code=0x10))
        client.result(1, "OK", 0x10)


# ---- Of SUBSCRIBE and UNSUBSCRIBE


@both
@pytest.mark.parametrize("codes", [[0], [0, 0, 0]])
def test_suback_with_another_number_of_codes(version: int, codes: list[int]) -> None:
    with online(version) as (client, peer, _):
        client.subscribe(1, "a", "b")
        peer.send(mq.Suback(packet_id=number(peer.take(mq.Subscribe)), reason_codes=codes))
        broken(client, peer)


@pytest.mark.parametrize("codes", [[0], [0, 0, 0]])
def test_unsuback_with_another_number_of_codes(codes: list[int]) -> None:
    with online() as (client, peer, _):
        client.unsubscribe(1, "a", "b")
        peer.send(mq.Unsuback(packet_id=number(peer.take(mq.Unsubscribe)), reason_codes=codes))
        broken(client, peer)


@both
def test_suback_of_unsubscribe(version: int) -> None:
    with online(version) as (client, peer, _):
        client.unsubscribe(1, "a")
        peer.send(mq.Suback(packet_id=number(peer.take(mq.Unsubscribe)), reason_codes=[0]))
        broken(client, peer)


@both
def test_suback_that_grants_less_and_refuses(version: int) -> None:
    with online(version) as (client, peer, _):
        client.subscribe(1, "a", "b", "c")
        worst = 0x80 if version == 4 else 0x87
        peer.grant(2, worst, 0)
        told = client.result(1, "REFUSED", worst)
        assert told["packet"].reason_codes == [2, worst, 0]


@both
def test_suback_that_grants_more(version: int) -> None:
    """[MQTT-3.8.4-7]: the server may grant a lower one; a higher one is no finding, and no harm."""
    with online(version) as (client, peer, _):
        client.subscribe(1, "a", qos=0)
        peer.grant(2)
        assert client.wait("result")["reason_code"] == 2


# ---- Of the client


@both
def test_pubacks_are_in_the_order_of_the_messages(version: int) -> None:
    """[MQTT-4.6.0-2], whatever order the application is done in."""
    with online(version, hold=True) as (client, peer, _):
        tokens = []
        for identifier in (5, 3, 9):
            peer.send(mq.Publish(topic="a", qos=1, packet_id=identifier))
            told = client.message(repeat=False)
            tokens.append(told["token"])
        assert len({*tokens, 0}) == 4
        client.do("acknowledge", token=tokens[2])
        client.do("acknowledge", token=tokens[1])
        peer.quiet()
        client.do("acknowledge", token=tokens[0])
        for identifier in (5, 3, 9):
            peer.take(mq.Puback, packet_id=identifier)
        for token in (*tokens, 0):  # again, or of QoS 0: nothing comes of it
            client.do("acknowledge", token=token)
        client.do("acknowledge", "INVALID", token=12345)
        peer.quiet()


@both
def test_with_a_store_pubrecs_come_at_once(version: int, tmp_path: Path) -> None:
    """The message is the client's; PUBCOMP comes when the application is done with it."""
    store = str(tmp_path / "store")
    with online(version, hold=True, store_path=store) as (client, peer, _):
        tokens = {}
        for identifier in (5, 3, 9):
            peer.send(mq.Publish(topic="a", qos=2, packet_id=identifier))
            peer.take(mq.Pubrec, packet_id=identifier)
            tokens[identifier] = client.message(repeat=False)["token"]
        peer.send(mq.Pubrel(packet_id=5), mq.Pubrel(packet_id=3))
        peer.quiet()
        client.do("acknowledge", token=tokens[3])
        peer.take(mq.Pubcomp, packet_id=3)
        client.do("acknowledge", token=tokens[9])
        peer.quiet()
        peer.send(mq.Pubrel(packet_id=9))
        peer.take(mq.Pubcomp, packet_id=9)
        client.do("acknowledge", token=tokens[5])
        peer.take(mq.Pubcomp, packet_id=5)


@both
def test_without_a_store_pubrecs_wait_for_the_application(version: int) -> None:
    """Or the message would be nobody's after the end of the process.  They are in the order of the
    messages ([MQTT-4.6.0-3]), and wait for no message of QoS 1."""
    with online(version, hold=True) as (client, peer, server):
        peer.send(mq.Publish(topic="a", qos=1, packet_id=1))
        client.message()
        tokens = {}
        for identifier in (5, 3, 9, 2):
            peer.send(mq.Publish(topic="a", qos=2, packet_id=identifier))
            tokens[identifier] = client.message(repeat=False)["token"]
        client.do("acknowledge", token=tokens[3])
        peer.quiet()
        client.do("acknowledge", token=tokens[5])
        for identifier in (5, 3):
            peer.take(mq.Pubrec, packet_id=identifier)
        for identifier in (5, 3):
            peer.send(mq.Pubrel(packet_id=identifier))
            peer.take(mq.Pubcomp, packet_id=identifier)
        client.do("acknowledge", token=tokens[2])
        peer.quiet()
        peer.reset()
        client.ended("NETWORK")
        peer = server.greet(present=True)  # which has two messages that nobody owns
        for identifier in (9, 2):
            peer.send(mq.Publish(topic="a", qos=2, packet_id=identifier, dup=True))
        peer.quiet(0.1)
        assert not client.has("message")
        client.do("acknowledge", token=tokens[9])
        for identifier in (9, 2):
            peer.take(mq.Pubrec, packet_id=identifier)
        for identifier in (2, 9):
            peer.send(mq.Pubrel(packet_id=identifier))
            peer.take(mq.Pubcomp, packet_id=identifier)


def test_the_reply_to_a_request_keeps_the_order() -> None:
    """A message that the library itself takes is acknowledged in its turn, too."""
    with online(hold=True) as (client, peer, _):
        peer.send(mq.Publish(topic="a", qos=1, packet_id=1))
        token = client.message()["token"]
        client.request(1, 10000)
        peer.grant()
        wanted = peer.take(mq.Publish).properties
        reply = mq.Properties(correlation_data=wanted.correlation_data)
        for identifier, qos in ((2, 1), (3, 2)):
            peer.send(mq.Publish(topic=wanted.response_topic or "", qos=qos,
                                 packet_id=identifier, properties=reply))
            if qos == 1:
                client.wait("reply", status="OK")
                peer.quiet()
        second = client.message()["token"]  # the second one is nobody's
        client.do("acknowledge", token=token)
        peer.take(mq.Puback, packet_id=1)
        peer.take(mq.Puback, packet_id=2)
        client.do("acknowledge", token=second)
        peer.take(mq.Pubrec, packet_id=3)


def test_a_reply_of_qos_2() -> None:
    with online() as (client, peer, server):
        client.request(1, 10000)
        peer.grant()
        wanted = peer.take(mq.Publish).properties
        reply = mq.Publish(topic=str(wanted.response_topic), qos=2, packet_id=3,
                           properties=mq.Properties(correlation_data=wanted.correlation_data))
        peer.send(reply)
        client.wait("reply", status="OK")
        peer.take(mq.Pubrec, packet_id=3)
        peer.reset()
        client.ended("NETWORK")
        peer = server.greet(present=True)
        peer.send(reply.replace(dup=True))
        peer.take(mq.Pubrec, packet_id=3)
        peer.send(mq.Pubrel(packet_id=3))
        peer.take(mq.Pubcomp, packet_id=3, reason_code=0)
        assert not client.has("message") and not client.has("reply")


@both
@pytest.mark.parametrize("qos", [1, 2])
def test_what_is_not_done_is_handed_over_again(version: int, qos: int) -> None:
    """QoS 1: the server sends it again, and `repeat` says so.  QoS 2: the client has it."""
    with online(version, hold=True) as (client, peer, server):
        sent = mq.Publish(topic="a", qos=qos, packet_id=1)
        peer.send(sent)
        token = client.message(repeat=False)["token"]
        peer.reset()
        client.ended("NETWORK")
        peer = server.greet(present=True)
        peer.send(sent.replace(dup=True))
        if qos == 1:
            again = client.message(repeat=True)["token"]
            client.do("acknowledge", token=token)  # of the connection that is gone
            peer.quiet()
            client.do("acknowledge", token=again)
            peer.take(mq.Puback, packet_id=1)
        else:
            peer.quiet(0.1)
            assert not client.has("message")
            client.do("acknowledge", token=token)
            peer.take(mq.Pubrec, packet_id=1)
            peer.send(mq.Pubrel(packet_id=1))
            peer.take(mq.Pubcomp, packet_id=1, reason_code=0)


# ---- By which the client refuses

REFUSALS = [0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99]


@pytest.mark.parametrize("hold", [True, False])
@pytest.mark.parametrize("code", REFUSALS)
def test_a_refused_message_of_qos_1(code: int, hold: bool) -> None:
    """While its handler runs, whose own answer is no matter then."""
    with online(hold=hold) as (client, peer, _):
        client.on("message", "refuse", token=1, reason_code=code)
        peer.send(mq.Publish(topic="a", qos=1, packet_id=1))
        client.message(token=1)
        client.wait("hooked", what="refuse", status="OK")
        peer.take(mq.Puback, packet_id=1, reason_code=code)
        client.do("acknowledge", token=1)
        client.do("refuse", token=1, reason_code=0x80)  # once is enough
        peer.echo(client)


def test_a_refusal_keeps_the_order() -> None:
    """Later, too, and in its turn: [MQTT-4.6.0-2]."""
    with online(hold=True) as (client, peer, _):
        for identifier in (5, 3, 9):
            peer.send(mq.Publish(topic="a", qos=1, packet_id=identifier))
            client.message()
        client.do("refuse", token=2, reason_code=0x97)
        client.do("acknowledge", token=2)
        client.do("acknowledge", token=3)
        peer.quiet()
        client.do("acknowledge", token=1)
        for identifier, code in ((5, 0), (3, 0x97), (9, 0)):
            peer.take(mq.Puback, packet_id=identifier, reason_code=code)


def test_a_refusal_that_was_not_sent() -> None:
    """The server sends the message again, on another connection, and it is handed over again."""
    with online(hold=True) as (client, peer, server):
        messages = [mq.Publish(topic="a", qos=1, packet_id=n) for n in (1, 2)]
        for message in messages:
            peer.send(message)
            client.message(repeat=False)
        client.do("refuse", token=2, reason_code=0x97)
        peer.quiet()
        lose(client, peer)
        peer = server.greet(present=True)
        for message in messages:
            peer.send(message.replace(dup=True))
            client.do("acknowledge", token=client.message(repeat=True)["token"])
            peer.take(mq.Puback, packet_id=message.packet_id, reason_code=0)


@pytest.mark.parametrize("hold", [True, False])
@pytest.mark.parametrize("code", REFUSALS)
def test_a_refused_message_of_qos_2(code: int, hold: bool, tmp_path: Path) -> None:
    """PUBREC ends it: there is no PUBREL, and the identifier is that of a new message
    ([MQTT-4.3.3-9]).  The store has nothing of it."""
    store = tmp_path / "store"
    with online(hold=hold, store_path=str(store)) as (client, peer, server):
        client.on("message", "refuse", token=1, reason_code=code)
        peer.send(mq.Publish(topic="a", qos=2, packet_id=7))
        client.message(token=1)
        client.wait("hooked", what="refuse", status="OK")
        peer.take(mq.Pubrec, packet_id=7, reason_code=code)
        client.do("acknowledge", token=1)
        peer.echo(client)
        with sqlite3.connect(store) as database:
            assert database.execute("SELECT count(*) FROM mqttwire_message").fetchone() == (0,)
        database.close()
        lose(client, peer)
        peer = server.greet(present=True)
        peer.send(mq.Publish(topic="b", qos=2, packet_id=7))
        token = client.message(repeat=False)["token"]
        assert token != 1
        client.do("acknowledge", token=token)
        peer.take(mq.Pubrec, packet_id=7, reason_code=0)
        peer.send(mq.Pubrel(packet_id=7))
        peer.take(mq.Pubcomp, packet_id=7, reason_code=0)


def test_a_refusal_makes_room() -> None:
    """Of the client's Receive Maximum."""
    with online(connect=connect(properties={"receive_maximum": 1})) as (client, peer, _):
        client.on("message", "refuse", token=1, reason_code=0x97)
        for identifier in (1, 2):
            peer.send(mq.Publish(topic="a", qos=2, packet_id=identifier))
            code = 0x97 if identifier == 1 else 0
            peer.take(mq.Pubrec, packet_id=identifier, reason_code=code)


def test_what_pubrec_has_accepted_is_not_refused(tmp_path: Path) -> None:
    with online(hold=True, store_path=str(tmp_path / "store")) as (client, peer, _):
        peer.send(mq.Publish(topic="a", qos=2, packet_id=1))
        token = client.message()["token"]
        peer.take(mq.Pubrec, packet_id=1, reason_code=0)
        client.do("refuse", "INVALID", token=token, reason_code=0x97)
        client.do("acknowledge", token=token)
        peer.send(mq.Pubrel(packet_id=1))
        peer.take(mq.Pubcomp, packet_id=1, reason_code=0)


def test_without_a_store_a_message_of_qos_2_is_refused_later_too() -> None:
    """Until it is acknowledged; in its turn, and again where the refusal has not been sent."""
    with online(hold=True) as (client, peer, server):
        messages = [mq.Publish(topic="a", qos=2, packet_id=n) for n in (1, 2, 3)]
        tokens = []
        for message in messages:
            peer.send(message)
            tokens.append(client.message()["token"])
        client.do("refuse", token=tokens[1], reason_code=0x97)
        client.do("acknowledge", token=tokens[1])
        peer.quiet()
        lose(client, peer)
        peer = server.greet(present=True)
        for message in messages:
            peer.send(message.replace(dup=True))
        peer.quiet(0.1)
        assert not client.has("message")
        client.do("refuse", token=tokens[0], reason_code=0x80)
        peer.take(mq.Pubrec, packet_id=1, reason_code=0x80)
        peer.take(mq.Pubrec, packet_id=2, reason_code=0x97)
        client.do("acknowledge", token=tokens[2])
        peer.take(mq.Pubrec, packet_id=3, reason_code=0)
        client.do("refuse", token=tokens[2], reason_code=0x80)
        peer.send(messages[0])  # another message
        client.message(repeat=False)


def test_what_lay_in_the_store_is_not_refused(tmp_path: Path) -> None:
    """Its PUBREC may have gone out."""
    store = str(tmp_path / "store")
    with online(hold=True, store_path=store) as (client, peer, server):
        peer.send(mq.Publish(topic="a", qos=2, packet_id=1))
        client.message()
        peer.take(mq.Pubrec)
        client.free()
        client.new(server.url, store_path=store)
        client.on("message", "refuse", token=1, reason_code=0x97)
        client.do("connect")
        client.message(repeat=True, token=1)
        client.wait("hooked", what="refuse", status="INVALID")
        peer = server.greet(present=True)
        peer.send(mq.Pubrel(packet_id=1))
        peer.take(mq.Pubcomp, packet_id=1, reason_code=0)


def test_freed_by_the_first_of_those_that_lay_in_the_store(tmp_path: Path) -> None:
    """The second one is for the next client."""
    store = str(tmp_path / "store")
    with online(hold=True, store_path=store) as (client, peer, server):
        for identifier in (1, 2):
            peer.send(mq.Publish(topic="a", qos=2, packet_id=identifier))
            peer.take(mq.Pubrec)
        client.free()
        client.new(server.url, store_path=store, hold=True)
        client.on("message", "free")
        client.do("connect", None)
        client.message(token=1)
        client.wait("hooked", what="free")
        assert not client.has("message")
        client.new(server.url, store_path=store, hold=True)
        client.do("connect")
        client.message(token=1)
        client.message(token=2)


@both
@pytest.mark.parametrize("qos", [1, 2])
@pytest.mark.parametrize("code", [0x00, 0x10, 0x7F, 0x81, 0x92, 0xFF])
def test_codes_that_do_not_refuse(version: int, qos: int, code: int) -> None:
    """Of success, or of other packets; and in 3.1.1 there are none."""
    with online(version, hold=True) as (client, peer, _):
        client.on("message", "refuse", token=1, reason_code=0x80 if version == 4 else code)
        peer.send(mq.Publish(topic="a", qos=qos, packet_id=1))
        client.wait("hooked", what="refuse", status="INVALID")
        client.message()
        client.do("acknowledge", token=1)
        peer.take(mq.Puback if qos == 1 else mq.Pubrec, packet_id=1)
