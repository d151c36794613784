# SPDX-License-Identifier: MIT
"""mqttwire proxy: packets that are held, edited, dropped, repeated, injected."""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path

import mqttwire as mq
import pytest
from command import called
from mqttwire_tool.proxy.breaks import parse
from mqttwire_tool.proxy.edit import Wrong, edited, packet_of
from mqttwire_tool.proxy.held import Held
from proxying import HELLO, WELCOME, End, Proxy, Server, begun, packets, publish, remarks

# ---- Commands ---------------------------------------------------------------------------------


ONE, TWO = publish(payload=b"1").encode(), publish(payload=b"2").encode()
BYE = mq.Disconnect().encode()


def talk(proxy: Proxy, server: Server, *commands: str) -> bytes:
    """What the server gets of PUBLISH 1, PUBLISH 2, DISCONNECT, with these commands from a pipe."""
    client, end = begun(proxy, server)
    with client, end:
        client.send(ONE + TWO + BYE)
        client.socket.shutdown(1)
        proxy.type(*commands)
        return end.bytes(10_000)


SESSIONS = [
    (["pass", "pass"], ONE + TWO),
    (["drop", "pass"], TWO),
    (["repeat", "repeat 3"], 2 * ONE + 4 * TWO),
    (["repeat 0", "drop"], ONE),
    (["edit payload=3", "pass", "drop"], publish(payload=b"3").encode()),
    (
        ["edit topic=c qos=1 packet_id=5 properties.content_type=5", "pass", "drop"],
        publish("c", b"1", 5, content_type="5").encode(),
    ),
    (["edit payload=0x00ff", "pass", "drop"], publish(payload=b"\0\xff").encode()),
    (['edit {"payload": "ff"}', "pass", "drop"], publish(payload=b"\xff").encode()),
    (['edit {"type": "PINGREQ"}', "pass", "drop"], b"\xc0\0"),
    (["hex ff ff", "pass", "pass"], b"\xff\xff" + TWO),
    (["inject server pingreq", "pass", "drop"], b"\xc0\0" + ONE),
    (["nonsense", "edit", "edit topic", "edit qos=3", "edit {", "repeat x", "inject", "show",
      "hex 0", "help", "inject #99 client pingreq", "break nonsense", "drop", "drop"], b""),
    (["inject server hex 00", "drop", 'inject server {"type": "PINGREQ"}', "break pingreq", "pass"],
     b"\0\xc0\0" + TWO),
    ([], ONE + TWO),  # as others are to be held now
]  # fmt: skip


def test_commands() -> None:
    with Server() as server, Proxy("--to", server.place, "--break", "publish") as proxy:
        for commands, passes in SESSIONS:
            assert talk(proxy, server, *commands) == passes + BYE, commands
        proxy.finish()


def test_go() -> None:
    with Server() as server, Proxy("--to", server.place, "--break", "publish") as proxy:
        assert talk(proxy, server, "drop", "go") == TWO + BYE
        assert talk(proxy, server) == ONE + TWO + BYE
        proxy.finish()


def test_what_is_told_of_held_packets() -> None:
    with Server() as server, Proxy("--to", server.place, "--break", "publish") as proxy:
        talk(proxy, server, "edit payload=3", "pass", "drop")
        proxy.wait_for("server closed")
        done = proxy.finish()
    assert packets(done)[2:] == ['PUBLISH topic="a/b" payload="3"', "DISCONNECT"]
    assert remarks(done)[:4] == [
        'held: PUBLISH topic="a/b" payload=(1 byte)',
        'edited: PUBLISH topic="a/b" payload=(1 byte)',
        'held: PUBLISH topic="a/b" payload=(1 byte)',
        'dropped: PUBLISH topic="a/b" payload=(1 byte)',
    ]


def test_the_end_of_the_commands_lets_everything_pass() -> None:
    nothing = subprocess.DEVNULL
    with Server() as server, Proxy("--to", server.place, "--break", stdin=nothing) as proxy:
        client, end = begun(proxy, server)
        client.socket.close()
        end.socket.close()
        proxy.wait_for("server closed")
        assert len(packets(proxy.finish())) == 2


def test_other_connections_go_on_while_a_packet_is_held() -> None:
    with Server() as server, Proxy("--to", server.place, "--break", "topic=hold/#") as proxy:
        one, one_end = begun(proxy, server)
        two, two_end = begun(proxy, server)
        with one, one_end, two, two_end:
            one.send(publish("hold/it"), publish("after"))
            proxy.wait_for("held")
            two.send(publish("pass/it"))
            assert two_end.receive() == publish("pass/it")
            one_end.send(publish("back"))  # and so does the other direction
            assert one.receive() == publish("back")
            proxy.type("pass")
            assert one_end.receive() == publish("hold/it")
            assert one_end.receive() == publish("after")
        proxy.finish()


def test_a_connection_is_lost_while_a_packet_of_it_is_held() -> None:
    with Server() as server, Proxy("--to", server.place, "--break", "publish") as proxy:
        one, one_end = begun(proxy, server)
        two, two_end = begun(proxy, server)
        with one, one_end, two, two_end:
            one.send(publish(payload=b"1"))
            proxy.wait_for("held")
            two.send(publish(payload=b"2"))
            one_end.socket.setsockopt(1, 13, b"\1\0\0\0\0\0\0\0")  # SO_LINGER: a reset
            one_end.socket.close()
            proxy.wait_for("(?s)lost.*held")
            proxy.type("pass")
            assert two_end.receive() == publish(payload=b"2")
        proxy.finish()


def test_a_message_is_injected_and_its_answer_dropped() -> None:
    with Server() as server, Proxy("--to", server.place, "--break", "puback") as proxy:
        client, end = begun(proxy, server)
        with client, end:
            client.send(mq.Puback(packet_id=1))
            proxy.wait_for("held")
            proxy.type("inject client publish topic=t qos=1 packet_id=9 payload=hi", "drop")
            assert client.receive() == publish("t", b"hi", 9)
            client.send(mq.Puback(packet_id=9), mq.Pingreq())
            proxy.type("drop")
            assert end.receive() == mq.Pingreq()
        done = proxy.finish()
    assert 'PUBLISH qos=1 topic="t" packet_id=9 payload="hi"' in packets(done)


@pytest.mark.parametrize(("dup", "rule", "answered"), [
    (False, "packet_id_in_use", 4),  # MQTT-2.2.1-3: it is taken for another message
    (True, "resent", 3),  # MQTT-4.4.0-1: it is the same one, which is sent again too early
])  # fmt: skip
def test_answers_to_a_message_that_is_repeated(dup: bool, rule: str, answered: int) -> None:
    message = publish(payload=b"1", packet_id=7)
    again = publish(payload=b"1", packet_id=7)
    again.dup = dup
    more = "--break", "publish", "--json"
    with Server() as server, Proxy("--to", server.place, *more) as proxy:
        client, end = begun(proxy, server)
        with client, end:
            client.send(message)
            proxy.wait_for("held", "err")
            proxy.type("pass" if dup else "repeat")
            if dup:
                client.send(again)
                proxy.type("pass")
            assert [end.receive(), end.receive()] == [message, again]
            end.send(mq.Puback(packet_id=7), mq.Puback(packet_id=7))
            assert [client.receive(), client.receive()] == [mq.Puback(packet_id=7)] * 2
        done = proxy.finish()
    one, two, *answers = [line for line in done.json if line["number"] > 2]
    assert "findings" not in one
    assert [finding["rule"] for finding in two["findings"]] == [rule]
    assert [line["acknowledges"] for line in answers[:2]] == [answered] * 2


def test_broken_packets_can_be_held_and_replaced() -> None:
    bad = bytes.fromhex("30 06 0003612f23 00")
    with Server() as server, Proxy("--to", server.place, "--break", "error") as proxy:
        client, end = begun(proxy, server)
        with client, end:
            client.send(bad, bad, b"\xc0\0")
            proxy.type("edit topic=a", f"hex {ONE.hex()}", "pass", "pass")
            assert end.bytes(len(ONE + bad) + 2) == ONE + bad + b"\xc0\0"
        assert "only `hex` can change it" in proxy.finish().err


def test_a_bad_connect_can_be_shown_and_replaced() -> None:
    """Its version is not known, and so neither is that of what comes instead."""
    bad = bytes.fromhex("10 02 0000")
    with Server() as server, Proxy("--to", server.place, "--break") as proxy:
        with End.to(proxy.port) as client, server.accept() as end:
            client.send(bad)
            proxy.type("show", "edit client_id=x", "hex c000", "show", "edit x=1", "pass")
            assert end.bytes(2) == b"\xc0\0"
        done = proxy.finish()
    assert "protocol_name" in done.err
    assert "the version is not known" in done.err


def test_a_keyboard() -> None:
    """On a terminal, with a prompt, and without a packet for some commands."""
    here, there = pty.openpty()
    more = "--break", "publish"
    with Server() as server, Proxy("--to", server.place, *more, stdin=there) as proxy:
        os.close(there)

        def key(*lines: str) -> None:
            os.write(here, "".join(f"{line}\n" for line in lines).encode())

        key("pass", "help")
        proxy.wait_for("no packet is held", "err")
        proxy.wait_for("let it vanish", "err")
        client, end = begun(proxy, server)
        with client, end:
            key("inject server pingreq")
            assert end.receive() == mq.Pingreq()
            client.send(publish(payload=b"1"), publish(payload=b"2"), publish(payload=b"3"))
            proxy.wait_for(r"\? $", "err")
            key("show")
            proxy.wait_for('payload = "1"', "err")
            key("edit topic=new", "")
            assert end.receive() == publish("new", b"1")
            proxy.wait_for("(?s)held.*held")
            key("drop")
            proxy.wait_for("(?s)dropped.*held")
            key("pass")
            assert end.receive() == publish(payload=b"3")
            key("go")
        proxy.wait_for("server closed")
        assert proxy.finish().code == 0
    os.close(here)


def test_control_c_while_a_packet_is_held() -> None:
    with Server() as server, Proxy("--to", server.place, "--break") as proxy:
        client = End.to(proxy.port)
        with client, server.accept():
            client.send(HELLO)
            proxy.wait_for("held")
            done = proxy.finish()
    assert done.code == 0
    assert "1 connection, 0 packets" in done.err


def test_all_packets_without_an_expression() -> None:
    with Server() as server, Proxy("--to", server.place, "--break", "--json") as proxy:
        with End.to(proxy.port) as client:
            client.send(HELLO)
            with server.accept() as end:
                proxy.type("edit client_id=you", "pass")
                assert end.receive() == HELLO.replace(client_id="you")
                end.send(WELCOME)
                proxy.wait_for("held: CONNACK", "err")
                proxy.type("drop")
                proxy.wait_for("dropped: CONNACK", "err")
        done = proxy.finish()
    (form,) = done.json  # notes are beside it
    assert form["packet"]["client_id"] == form["client_id"] == "you"


# ---- Which packets ----------------------------------------------------------------------------


def held(packet: mq.Packet, sender: mq.Sender = "client", topic: str | None = None) -> Held:
    data = packet.encode()
    return Held(sender, data, 5, packet, None, topic, 3, "me", lambda *_: None, lambda _: None)


@pytest.mark.parametrize(
    ("text", "yes"),
    [
        ("", True),
        ("publish", True),
        ("PUBLISH client", True),
        ("puback", False),
        ("publish server", False),
        ("type=publish", True),
        ("sender=server", False),
        ("topic=a/#", True),
        ("topic=b/#", False),
        ("topic=a/# qos=1 packet_id=7", True),
        ("topic=a/# qos=2", False),
        ("client_id=me", True),
        ("connection=3", True),
        ("connection=#4", False),
        ("retain=false", True),
        ("properties.content_type='text plain'", True),
        ("properties.topic_alias=1", False),
        ("error", False),
        ("nothing=1", False),
    ],
)
def test_expressions(text: str, yes: bool) -> None:
    packet = publish(packet_id=7, content_type="text plain")
    assert parse(text)(held(packet, topic="a/b")) is yes


def test_expressions_know_aliases_and_subscriptions() -> None:
    assert parse("topic=a/+")(held(publish("", topic_alias=1), topic="a/b"))
    assert not parse("topic=a/+")(held(publish("", topic_alias=1)))
    wish = mq.Subscribe(packet_id=1, subscriptions=[mq.Subscription(topic_filter="a/#")])
    assert parse("topic=a/#")(held(wish))
    assert parse("subscriptions[0].topic_filter=a/#")(held(wish))
    assert parse("topic=a")(held(mq.Unsubscribe(packet_id=1, topic_filters=["a"])))


def test_a_topic_behind_an_alias_is_known_even_if_the_message_before_was_dropped() -> None:
    with Server() as server, Proxy("--to", server.place, "--break", "topic=a/#") as proxy:
        client, end = begun(proxy, server)
        with client, end:
            client.send(publish(topic_alias=1), publish("", topic_alias=1), mq.Pingreq())
            proxy.type("drop", "drop")
            assert end.receive() == mq.Pingreq()
        proxy.finish()


# ---- Packets as they are typed ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "packet"),
    [
        ("pingreq", mq.Pingreq()),
        ("publish topic='a b' payload='x y'", publish("a b", b"x y")),
        ("publish topic=5 payload=5", publish("5", b"5")),
        ("puback packet_id=3 reason_code=16", mq.Puback(packet_id=3, reason_code=16)),
        (
            'publish topic=a properties.user_properties=\'[["k","v"]]\' payload=x',
            publish("a", user_properties=[("k", "v")]),
        ),
        (
            "subscribe packet_id=1 subscriptions[0].topic_filter=a subscriptions[0].qos=1",
            mq.Subscribe(
                packet_id=1, subscriptions=[mq.Subscription(topic_filter="a", qos=1)]
            ),
        ),
        ('{"type": "PINGREQ", "version": 4}', mq.Pingreq(version=4)),
    ],
)  # fmt: skip
def test_typed_packets(text: str, packet: mq.Packet) -> None:
    assert packet_of(text, 5) == packet.encode()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nonsense", "no type of packets"),
        ("publish", "missing"),
        ("publish topic=a/# payload=x", "topic_wildcard"),
        ("publish topic=a nothing=1", "nothing"),
        ("publish topic='a", "quotation"),
        ("publish topic", "no NAME=VALUE"),
        ("subscribe subscriptions[2].qos=1", "no such element"),
        ("{", "no JSON"),
        ("[]", "no type"),
    ],
)
def test_typed_packets_that_are_none(text: str, words: str) -> None:
    with pytest.raises(Wrong, match=words):
        packet_of(text, 5)


def test_a_field_is_taken_out() -> None:
    packet = publish(content_type="x")
    assert edited(packet, "properties.content_type=null") == publish().encode()


# ---- Scripts ----------------------------------------------------------------------------------

SCRIPT = """\
import asyncio
import mqttwire as mq

seen = 0

async def on_packet(held):
    global seen
    packet = held.packet
    if not isinstance(packet, mq.Publish):
        return None
    seen += 1
    if held.topic == "edit":
        packet.payload = b"edited"
    elif held.topic == "other":
        return mq.Pingreq()
    elif held.topic == "drop":
        return []
    elif held.topic == "twice":
        return [packet, packet]
    elif held.topic == "bytes":
        return b"\\xff\\xff"
    elif held.topic == "inject":
        held.inject("client", mq.Publish(topic="told", payload=b"%d" % seen))
        held.tell("that was injected")
    elif held.topic == "wait":
        await asyncio.sleep(0.01)
    elif held.topic == "fail":
        seen / 0
    elif held.topic == "wrong":
        return 5
"""


def test_a_script(tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    wishes = "plain edit other drop twice bytes inject wait".split()  # noqa: SIM905
    with Server() as server, Proxy("--to", server.place, "--script", path) as proxy:
        client, end = begun(proxy, server)
        with client, end:
            client.send(*(publish(topic) for topic in wishes))
            gets = publish("plain").encode() + publish("edit", b"edited").encode() + b"\xc0\0"
            gets += 2 * publish("twice").encode() + b"\xff\xff"
            gets += publish("inject").encode() + publish("wait").encode()
            assert end.bytes(len(gets)) == gets
            assert client.receive() == publish("told", b"7")
        done = proxy.finish()
    told = remarks(done)
    assert 'changed by the script; there came: PUBLISH topic="edit" payload=(1 byte)' in told
    assert 'dropped: PUBLISH topic="drop" payload=(1 byte)' in told
    assert "that was injected" in told


def test_a_script_that_fails(tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    with Server() as server, Proxy("--to", server.place, "--script", path) as proxy:
        client, end = begun(proxy, server)
        with client, end:
            client.send(publish("fail"), publish("wrong"))
            assert end.receive() == publish("fail")
            assert end.receive() == publish("wrong")
        done = proxy.finish()
    assert done.code == 4
    line = SCRIPT.splitlines().index("        seen / 0") + 1
    assert f"{path}, line {line}: ZeroDivisionError: division by zero; the packet" in done.err
    assert f"{path}: TypeError: expected a packet or bytes, not int; the packet" in done.err


def test_bytes_pass_a_script_that_does_nothing_as_they_are(tmp_path: Path) -> None:
    """Also packets that are not written in the shortest way, and what is no packet."""
    path = tmp_path / "script.py"
    path.write_text("def on_packet(held):\n    return held.packet\n")
    long = bytes.fromhex("40 04 0001 00 00  30 06 0001 61 00 7879") + publish().encode()
    with Server() as server, Proxy("--to", server.place, "--script", path) as proxy:
        client, end = begun(proxy, server)
        with client, end:
            client.send(long)
            assert end.bytes(len(long)) == long
            client.send(b"\xff" * 1000)
            assert end.bytes(1000) == b"\xff" * 1000
        proxy.finish()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has no function on_packet"),
        ("def on_packet(held:", "line 1: "),
        ("import nothing_of_this_name", "ModuleNotFoundError"),
    ],
)
def test_a_script_that_is_none(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text(text)
    done = called("proxy", "--listen", "0", "--to", "localhost:1883", "--script", path)
    assert done.code == 2
    assert words in done.err


def test_a_script_that_is_not_there(tmp_path: Path) -> None:
    absent = tmp_path / "absent.py"
    done = called("proxy", "--listen", "0", "--to", "localhost:1883", "--script", absent)
    assert done.code == 4


def test_a_script_and_the_keyboard(tmp_path: Path) -> None:
    """What the script lets pass can be held."""
    path = tmp_path / "script.py"
    path.write_text("def on_packet(held):\n    return [held.packet, b'\\xc0\\0']\n")
    with Server() as server:
        more = "--script", path, "--break", "pingreq"
        with Proxy("--to", server.place, *more) as proxy, End.to(proxy.port) as client:
            client.send(HELLO)
            with server.accept() as end:
                assert end.receive() == HELLO
                proxy.wait_for("held: PINGREQ")
                proxy.type("hex d000", "pass")
                assert end.bytes(2) == b"\xd0\0"
            proxy.finish()
