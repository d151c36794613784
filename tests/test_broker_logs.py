# SPDX-License-Identifier: MIT
"""What the broker's log says of clients: whom, and in JSON in fields, too; and how often."""

from __future__ import annotations

import json
import signal
import socket
import ssl
import subprocess
import time
from pathlib import Path
from typing import Any

import certificates
import mqttwire as mq
import pytest
from broker import WAIT, Broker, greet, needs_broker
from broker_client import Client, both
from broker_http import Watched, password_file
from mosquitto import free_port

pytestmark = needs_broker


def lines(broker: Broker, word: str) -> list[dict[str, Any]]:
    """Those whose text has the word, without what each has."""
    broker.wait_for(word)
    said = [json.loads(line) for line in broker.log.splitlines()]
    return [
        {name: value for name, value in line.items() if name not in ("time", "text")}
        for line in said
        if word in line["text"]
    ]


def address(client: Client) -> str:
    return f"127.0.0.1:{client.socket.getsockname()[1]}"


ACL = "log_type all\nacl_file {0}/acl\npassword_file {0}/passwords\n"


def configured(folder: Path) -> str:
    (folder / "acl").write_text("user alice\ntopic read #\ntopic write yes/#\n")
    password_file(folder / "passwords", {"alice": "a"})
    return ACL.format(folder)


def test_fields(tmp_path: Path) -> None:
    with Broker(tmp_path, f"{configured(tmp_path)}log_format json") as broker:
        one = Client(broker.port, client_id="one", username="alice", password=b"a")
        who = {"client": "one", "user": "alice", "address": address(one)}
        one.subscribe("a/+", "no")
        one.unsubscribe("a/+")
        assert one.publish("no/ä", qos=1) == 0x87
        one.disconnect()
        two = Client(broker.port, client_id="one", username="alice", password=b"x", expect=0x86)
        assert lines(broker, " is connected") == [{"type": "connection", **who}]
        assert lines(broker, "may not publish to 'no/ä': Not authorized") == [
            {
                "type": "notice",
                **who,
                "topic": "no/ä",
                "code": 0x87,
                "reason": "Not authorized",
                "times": 1,
            }
        ]
        assert lines(broker, "unsubscribes from 'a/+'") == [
            {"type": "unsubscribe", **who, "topic": "a/+"}
        ]
        subscribes = lines(broker, " subscribes to")
        assert [(line["topic"], line["code"], line["reason"]) for line in subscribes] == [
            ("a/+", 2, "Granted QoS 2"),
            ("no", 2, "Granted QoS 2"),
        ]
        broker.wait_for("are wrong")
        assert lines(broker, "is disconnected") == [
            {"type": "connection", **who},
            {
                "type": "connection",
                **who,
                "address": address(two),
                "code": 0x86,
                "reason": "user name or password are wrong",
            },
        ]
        two.close()


@both
def test_a_refused_login_is_named(tmp_path: Path, version: int) -> None:
    with Broker(tmp_path, configured(tmp_path)) as broker:
        wrong = {4: 4, 5: 0x86}[version]
        with Client(
            broker.port, version, client_id="x", username="eve", password=b"e", expect=wrong
        ) as eve:
            who = f"client 'x' of user 'eve' at {address(eve)}"
        broker.wait_for(f"{who} is disconnected: user name or password are wrong")
        with Client(broker.port, version, client_id="y", expect={4: 5, 5: 0x87}[version]) as nobody:
            who = f"client 'y' at {address(nobody)}"
        broker.wait_for(f"{who} is disconnected: it may not connect")


def test_names_are_cut(tmp_path: Path) -> None:
    """At 256 bytes, and between characters."""
    long = "ä" * 200 + "b"
    with Broker(tmp_path, "allow_anonymous true\nlog_format json") as broker:
        Client(broker.port, client_id="a" + long, username=long).close()
        (line,) = lines(broker, "is connected")
    assert (line["client"], line["user"]) == ("a" + "ä" * 127, "ä" * 128)


def test_a_name_does_not_end_its_quotes(tmp_path: Path) -> None:
    """What else is in a line of text is not the client's to make up."""
    with Broker(tmp_path, "allow_anonymous true") as broker:
        Client(broker.port, client_id="x' of user 'admin", username="bob").close()
        broker.wait_for("client 'x? of user ?admin' of user 'bob' at 127.0.0.1:")


def test_fields_are_printable(tmp_path: Path) -> None:
    name = b"a\nb\x1b[2J\xc2\x9b"
    connect = b"\x00\x04MQTT\x04\x02\x00\x00" + len(name).to_bytes(2, "big") + name
    with Broker(tmp_path, "allow_anonymous true\nlog_format json") as broker:
        with socket.create_connection(("127.0.0.1", broker.port), WAIT) as client:
            greet(client, bytes([0x10, len(connect)]) + connect)
        (line,) = lines(broker, "is connected")
    assert line["client"] == "a?b?[2J??"


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_refused_publishes_are_told_once(tmp_path: Path, qos: int) -> None:
    """Whatever the client does, its line is not there again for ten seconds; and how many."""
    with Broker(tmp_path, configured(tmp_path)) as broker:
        client = Client(broker.port, client_id="c", username="alice", password=b"a")
        for _ in range(300):
            client.publish("no", qos=qos)
        client.sync()
        assert broker.log.count("may not publish") == 1
        with Client(broker.port, username="alice", password=b"a") as other:
            other.publish("no", qos=1)
            assert broker.log.count("may not publish") == 2
        client.disconnect()
        broker.wait_for("could not publish (299 times since it was told)")
        assert broker.log.count("could not publish") == 1


def test_it_is_told_again(tmp_path: Path) -> None:
    """After ten seconds, and with the topic of then."""
    with Broker(tmp_path, configured(tmp_path)) as broker:
        client = Client(broker.port, client_id="c", username="alice", password=b"a", keep_alive=0)
        for _ in range(3):
            client.publish("no", qos=1)
        client.socket.settimeout(WAIT)
        for _ in range(110):
            client.nothing()
            if broker.log.count("may not publish") == 2:
                break
            time.sleep(0.1)
            client.publish("later", qos=1)
        assert "to 'no': Not authorized\n" in broker.log
        assert "to 'later': Not authorized (" in broker.log
        assert broker.log.count("may not publish") == 2
        client.close()


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 20, "it does not begin with a CONNECT"),
        (b"\xc0\0", "it does not begin with a CONNECT"),
        (bytes.fromhex("1603010200010001fc0303"), "it begins with TLS, not with a CONNECT"),
    ],
)
def test_what_is_no_connect(tmp_path: Path, said: bytes, text: str) -> None:
    with Broker(tmp_path) as broker:
        with socket.create_connection(("127.0.0.1", broker.port), WAIT) as client:
            assert greet(client, said) == b""
        broker.wait_for(f"is disconnected: {text}\n")


def test_a_certificate_without_a_name(tmp_path: Path) -> None:
    folder = certificates.make(tmp_path)

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    openssl(
        *("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "n.key", "-out", "n.csr"),
        *("-subj", "/O=nameless"),
    )
    openssl(
        *("x509", "-req", "-in", "n.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial"),
        *("-days", "2", "-out", "n.crt"),
    )
    config = f"""certfile {folder}/server.crt
keyfile {folder}/server.key
cafile {folder}/ca.crt
require_certificate true
use_identity_as_username true
"""
    context = ssl.create_default_context(cafile=str(folder / "ca.crt"))
    context.check_hostname = False
    context.load_cert_chain(folder / "n.crt", folder / "n.key")
    connect = mq.Connect(client_id="n").encode(5)
    with Broker(tmp_path, config) as broker:
        plain = socket.create_connection(("127.0.0.1", broker.port), WAIT)
        with context.wrap_socket(plain) as client:
            assert greet(client, connect)[3] == 0x86
        broker.wait_for("is disconnected: its certificate has no name")
    assert "password" not in broker.log


# ---- SIGHUP -------------------------------------------------------------------------------------

REST = "the configuration itself is not read again"


def reloaded(broker: Broker) -> list[str]:
    """What a SIGHUP says, but for what is not read again."""
    broker.log_path.write_text("")
    broker.send(signal.SIGHUP)
    broker.wait_for(REST)
    said = [line.partition("SIGHUP: ")[2] for line in broker.log.splitlines()]
    assert REST in said.pop()
    return [line.replace(str(broker.folder), "F") for line in said]


def test_reload_of_nothing(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker:
        assert reloaded(broker) == []


def test_reload_says_what_is_read(tmp_path: Path) -> None:
    """What there is alone; all of who may come in, or none; certificates of each listener."""
    certificates.make(tmp_path)
    own = password_file(tmp_path / "own", {"carol": "c"})
    config = f"""{configured(tmp_path)}http_user_file {own}
http_listener {free_port()}
certfile {tmp_path}/server.crt
keyfile {tmp_path}/server.key
"""
    with Broker(tmp_path, config) as broker:
        certificate = f"the certificate of 127.0.0.1:{broker.port}"
        assert reloaded(broker) == [
            "password_file, acl_file are read again",
            "http_user_file is read again",
            f"{certificate} is read again",
        ]
        (tmp_path / "acl").write_text("nonsense\n")
        own.write_text("nonsense\n")
        (tmp_path / "server.crt").write_text("nonsense\n")
        said = reloaded(broker)
    assert said[0].startswith("password_file, acl_file stay as they were: F/acl, line 1: ")
    assert said[1].startswith("http_user_file stays as it was: F/own, line 1: ")
    assert said[2].startswith(f"{certificate} stays as it was: ") and "F/server.crt: " in said[2]
    assert len(said) == 3


def test_the_status_page(tmp_path: Path) -> None:
    """Who guesses passwords there."""
    with Watched(tmp_path, "log_format json") as broker:
        assert broker.get("/status.json", "eve", password="e").code == 401
        (line,) = lines(broker, "is not let in to the status page")
        assert line.pop("address").startswith("127.0.0.1:")
        assert line == {"type": "notice", "user": "eve"}
