# SPDX-License-Identifier: MIT
"""Users with passwords, and what they may do: 3.1.3.5, 3.1.3.6, 5.4.  What an ACL says is in
test_broker_acl.py."""

from __future__ import annotations

import hashlib
import signal
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import mqttwire as mq
import pytest
from broker import Broker, needs_broker
from broker_client import Client, lasting
from statements import VERSIONS, statement

pytestmark = needs_broker

SALT = b"sixteen of bytes"


def text(value: bytes) -> str:
    return b64encode(value).decode()


def password(user: str) -> str:
    """A line of the password file: "pencil"."""
    hashed = hashlib.pbkdf2_hmac("sha512", b"pencil", SALT, 101)
    return f"{user}:$7$101${text(SALT)}${text(hashed)}\n"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("broker")
    (folder / "passwords").write_text(password("alice"))
    with Broker(folder, f"password_file {folder / 'passwords'}") as broker:
        yield broker.port


@statement("3.1.1", "MQTT-3.2.2-5", "5.0", "MQTT-3.1.4-2", "MQTT-3.2.2-7")
@pytest.mark.parametrize(
    ("user", "password", "codes"),
    [
        ("alice", b"pencil", (0, 0)),
        ("alice", b"crayon", (4, mq.Reason.BAD_USER_NAME_OR_PASSWORD)),
        ("alice", b"", (4, mq.Reason.BAD_USER_NAME_OR_PASSWORD)),
        ("alice", None, (4, mq.Reason.BAD_USER_NAME_OR_PASSWORD)),
        ("nobody", b"pencil", (4, mq.Reason.BAD_USER_NAME_OR_PASSWORD)),
        ("", b"pencil", (4, mq.Reason.BAD_USER_NAME_OR_PASSWORD)),
        (None, None, (5, mq.Reason.NOT_AUTHORIZED)),
    ],
)
@pytest.mark.parametrize("version", VERSIONS)
def test_passwords(
    port: int, version: int, user: str | None, password: bytes | None, codes: tuple[int, int]
) -> None:
    code = codes[version - 4]
    with Client(port, version, expect=code, username=user, password=password) as client:
        if code:
            client.ended()
        else:
            client.sync()


@statement("5.0", "MQTT-3.1.4-6")
def test_what_comes_while_a_password_is_computed(port: int) -> None:
    """CONNACK first; what came after a good CONNECT is taken then, and else never."""
    for password in (b"pencil", b"crayon"):
        with Client(port, greet=False) as client:
            client.send(
                mq.Connect(client_id="", clean_start=True, username="alice", password=password),
                mq.Pingreq(),
            )
            connack = client.take(mq.Connack)
            assert bool(connack.reason_code) is (password == b"crayon")
            if not connack.reason_code:
                client.take(mq.Pingresp)
            else:
                client.ended()


def test_a_password_without_a_name(port: int) -> None:
    """5.0 allows it; it is nobody's."""
    code = mq.Reason.NOT_AUTHORIZED
    with Client(port, expect=code, password=b"pencil") as client:
        client.ended()


@pytest.mark.parametrize("version", VERSIONS)
def test_the_user_name_is_the_client_identifier(tmp_path: Path, version: int) -> None:
    """use_username_as_clientid: in CONNACK only where CONNECT has none (3.2.2.3.7)."""
    codes = {4: 5, 5: mq.Reason.NOT_AUTHORIZED}
    with Broker(tmp_path, "allow_anonymous true\nuse_username_as_clientid true") as broker:
        with Client(broker.port, version, client_id="a", username="alice") as one:
            assert one.connack and one.connack.properties.assigned_client_identifier is None
            with Client(broker.port, version, client_id="", username="alice") as two:
                one.refused(mq.Reason.SESSION_TAKEN_OVER)
                assert two.connack
                given = two.connack.properties.assigned_client_identifier
                assert given == ("alice" if version == 5 else None)
        for user in (None, ""):
            with Client(broker.port, version, expect=codes[version], username=user) as nobody:
                nobody.ended()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_will_may_be_forbidden(tmp_path: Path, version: int) -> None:
    """As a PUBLISH: by the ACL, at $SYS, and also when the ACL has changed since."""
    codes = {4: 5, 5: mq.Reason.NOT_AUTHORIZED}
    acl = tmp_path / "acl"
    acl.write_text("topic readwrite yes/#\ntopic read #\ntopic read $SYS/#\n")
    config = f"allow_anonymous true\nacl_file {acl}\nsys_interval 0"
    with Broker(tmp_path, config) as broker, Client(broker.port) as watcher:
        watcher.subscribe("#", "$SYS/#")
        for topic in ("no", "$SYS/broker/version", "$SYS"):
            will = mq.Will(topic=topic, payload=b"")
            with Client(broker.port, version, expect=codes[version], will=will) as client:
                client.ended()
        Client(broker.port, version, will=mq.Will(topic="yes/1", payload=b"")).close()
        watcher.message("yes/1")
        client = Client(broker.port, version, will=mq.Will(topic="yes/2", payload=b""))
        acl.write_text("topic read #\n")
        broker.send(signal.SIGHUP)
        broker.wait_for("acl_file is read again")
        client.close()
        watcher.nothing()


def test_a_will_at_sys_is_forbidden_without_an_acl(tmp_path: Path) -> None:
    will = mq.Will(topic="$SYS/broker/version", payload=b"", retain=True)
    with Broker(tmp_path) as broker:
        Client(broker.port, expect=mq.Reason.NOT_AUTHORIZED, will=will).ended()


def test_another_user_with_the_session(tmp_path: Path) -> None:
    """The name says whose session it is (MQTT-3.1.2-5), the ACL what is read."""
    acl, passwords = tmp_path / "acl", tmp_path / "passwords"
    acl.write_text("topic write #\nuser alice\ntopic #\nuser bob\ntopic read public/#\n")
    passwords.write_text(password("alice") + password("bob"))
    config = f"allow_anonymous true\nacl_file {acl}\npassword_file {passwords}"
    kept = {"client_id": "a", "password": b"pencil", **lasting()}
    with Broker(tmp_path, config) as broker, Client(broker.port) as other:
        with Client(broker.port, username="alice", **kept) as alice:
            alice.subscribe("#")
            other.publish("secret/sent", b"", 1)
            alice.take(mq.Publish)
            alice.reset()
        for qos in (1, 2):
            other.publish("secret/queued", b"", qos)
            other.publish("public", b"", qos)
        with Client(broker.port, username="bob", **kept) as bob:
            assert bob.session_present
            bob.message("public", qos=1)
            bob.message("public", qos=2)
            other.publish("secret/later", b"", 1)
            bob.nothing()


@pytest.mark.parametrize("version", VERSIONS)
def test_gone_while_a_password_is_computed(port: int, version: int) -> None:
    hello = mq.Connect(client_id="a", clean_start=True, username="alice", password=b"pencil")
    for _ in range(20):
        client = Client(port, version, greet=False)
        client.send(hello)
        client.reset()
    with Client(port, version, username="alice", password=b"pencil") as client:
        client.sync()
