# SPDX-License-Identifier: MIT
"""The broker and mosquitto's clients: mosquitto_pub, mosquitto_sub and mosquitto_rr of Debian."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from broker import Broker, needs_broker, run
from broker_client import Client, name
from broker_doors import EACH, Door, Doors
from programs import WAIT, Run
from programs import run as run_program
from programs import start as start_program

pytestmark = [
    needs_broker,
    pytest.mark.skipif(not shutil.which("mosquitto_pub"), reason="mosquitto-clients is missing"),
]
VERSIONS = ("mqttv31", "mqttv311", "mqttv5")
versions = pytest.mark.parametrize("version", VERSIONS)
CONFIG = "allow_anonymous true\nlog_type all\nmax_queued_messages 0\n"


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    with Doors(tmp_path_factory.mktemp("broker"), CONFIG) as running:
        yield running


def where(door: Door) -> list[str]:
    """Options of a client that takes it."""
    if not door.port:
        return ["--unix", door.host]
    words = ["-h", door.host, "-p", str(door.port)]
    if door.tls:
        words += ["--cafile", door.file("ca.crt")]
    if door.certified:
        words += ["--cert", door.file("client.crt"), "--key", door.file("client.key")]
    return words


def mosquitto(door: Door, kind: str, *words: str, stdin: bytes = b"") -> Run:
    return run_program(f"mosquitto_{kind}", *where(door), *words, stdin=stdin)


def good(done: Run) -> bytes:
    assert (done.code, done.err) == (0, ""), done
    return done.out


running: list[subprocess.Popen[bytes]] = []


@pytest.fixture(autouse=True)
def _no_process_is_left() -> Iterator[None]:
    yield
    while running:
        process = running.pop()
        if process.poll() is None:
            process.kill()
            process.communicate()


class Subscriber:
    """mosquitto_sub, which has subscribed."""

    def __init__(self, broker: Broker, door: Door, topic: str, *words: str) -> None:
        self.id = name()
        before = broker.log.count(f"'{self.id}'")
        words = ("-i", self.id, "-t", topic, *words)
        self.process = start_program("mosquitto_sub", *where(door), *words)
        running.append(self.process)
        broker.wait_for(f"'{self.id}'", before + 2)  # is connected, subscribes

    def lines(self) -> list[str]:
        out, err = self.process.communicate(timeout=WAIT)
        assert not err, err
        return out.decode().splitlines()

    def end(self, number: signal.Signals = signal.SIGTERM) -> list[str]:
        self.process.send_signal(number)
        return self.lines()


# ---- Messages -----------------------------------------------------------------------------------


@versions
@pytest.mark.parametrize("door", [each for each in EACH if each not in ("ws", "wss")])
def test_each_qos_through_each_door(broker: Doors, door: str, version: str) -> None:
    at, topic = broker.door(door), name()
    taker = Subscriber(
        broker, at, f"{topic}/+", "-q", "2", "-C", "3", "-V", version, "-F", "%t %q %r %x"
    )
    for qos in "012":
        good(mosquitto(at, "pub", "-t", f"{topic}/{qos}", "-m", "aä\t", "-q", qos, "-V", version))
    assert taker.lines() == [f"{topic}/{qos} {qos} 0 61c3a409" for qos in "012"]


@pytest.mark.parametrize("sender", VERSIONS)
@pytest.mark.parametrize("taker", VERSIONS)
def test_versions_understand_each_other(broker: Doors, sender: str, taker: str) -> None:
    at, topic = broker.door("ip4"), name()
    heard = Subscriber(broker, at, topic, "-q", "1", "-C", "1", "-V", taker)
    more = ["-D", "publish", "content-type", "text/x"] if sender == "mqttv5" else []
    good(mosquitto(at, "pub", "-t", topic, "-m", "x", "-q", "2", "-V", sender, *more))
    assert heard.lines() == ["x"]


@pytest.mark.parametrize(
    ("door", "version", "qos"),
    [
        ("ip4", "mqttv311", "0"),
        ("ip4", "mqttv5", "1"),
        ("unix", "mqttv311", "2"),
        ("tls", "mqttv5", "2"),
        ("tls", "mqttv311", "1"),
        ("tls", "mqttv31", "0"),
    ],
)
def test_many_messages_stay_in_order(broker: Doors, door: str, version: str, qos: str) -> None:
    at, topic = broker.door(door), name()
    lines = [f"{number} {'x' * (number % 300)}" for number in range(1000)]
    taker = Subscriber(broker, at, topic, "-q", qos, "-C", "1000", "-V", version)
    text = "".join(f"{line}\n" for line in lines).encode()
    good(mosquitto(at, "pub", "-t", topic, "-l", "-q", qos, "-V", version, stdin=text))
    assert taker.lines() == lines


@versions
def test_large_messages(broker: Doors, version: str, tmp_path: Path) -> None:
    """As large as max_packet_size has it.  What is larger does not arrive: a client of 5.0 knows,
    and others are left."""
    at, topic, file = broker.door("tls"), name(), tmp_path / "file"
    payload = bytes(range(256)) * 4095
    file.write_bytes(payload)
    taker = Subscriber(broker, at, topic, "-q", "1", "-C", "1", "-V", version, "-F", "%l")
    words = ("-t", topic, "-q", "1", "-V", version, "-f", str(file))
    good(mosquitto(at, "pub", *words))
    assert taker.lines() == [str(len(payload))]
    with Client(broker.port_of("ip4")) as client:
        client.subscribe(topic)
        file.write_bytes(bytes(1 << 20))
        me = name()
        done = mosquitto(at, "pub", "-i", me, *words)
        assert version == "mqttv5" or done.code, done
        broker.wait_for(f"'{me}'", 2)  # is connected, and is not any more
        client.nothing()


@versions
def test_retained(broker: Doors, version: str) -> None:
    at, topic = broker.door("ip4"), name()
    for payload in ("old", "new"):
        good(mosquitto(at, "pub", "-t", topic, "-m", payload, "-r", "-q", "1", "-V", version))
    words = ("sub", "-t", topic, "-q", "1", "-V", version, "-F", "%r %p")
    assert good(mosquitto(at, *words, "-C", "1")) == b"1 new\n"
    taker = Subscriber(broker, at, topic, "-R", "-C", "1", "-V", version, "-F", "%r %p")
    good(mosquitto(at, "pub", "-t", topic, "-m", "newest", "-r", "-V", version))
    assert taker.lines() == ["0 newest"]
    good(mosquitto(at, "pub", "-t", topic, "-n", "-r", "-q", "1", "-V", version))
    with Client(broker.port_of("ip4")) as client:
        client.subscribe(topic)
        client.nothing()


# ---- Sessions and wills -------------------------------------------------------------------------


@versions
@pytest.mark.parametrize("door", ["ip4", "tls"])
def test_a_session_keeps_messages(broker: Doors, door: str, version: str) -> None:
    at, topic, me = broker.door(door), name(), name()
    words = ["sub", "-i", me, "-c", "-t", f"{topic}/#", "-q", "2", "-V", version]
    good(mosquitto(at, *words, "-E"))
    for qos in "012":
        good(mosquitto(at, "pub", "-t", f"{topic}/{qos}", "-m", qos, "-q", qos, "-V", version))
    assert good(mosquitto(at, *words, "-C", "2")) == b"1\n2\n"  # QoS 0 does not wait


def test_a_session_of_5_0_ends(broker: Doors) -> None:
    at, topic, me = broker.door("ip4"), name(), name()
    good(mosquitto(at, "sub", "-i", me, "-x", "0", "-V", "5", "-t", topic, "-q", "1", "-E"))
    with Client(broker.port_of("ip4"), client_id=me, clean_start=False) as client:
        assert not client.session_present
        client.disconnect()


@versions
@pytest.mark.parametrize("retain", [False, True])
def test_a_will(broker: Doors, version: str, retain: bool) -> None:
    """A client that dies leaves one, and one that says goodbye does not: mosquitto_sub of 5.0 that
    is told to end says that it is to be published (0x04)."""
    at, topic = broker.door("unix"), name()
    will = ["--will-topic", topic, "--will-payload", "gone", "--will-qos", "2"]
    will += ["--will-retain"] * retain + ["-V", version]
    heir = Subscriber(broker, at, topic, "-q", "2", "-C", "1", "-F", "%q %p", "-V", version)
    good(mosquitto(at, "pub", "-t", name(), "-m", "x", *will))
    with Client(broker.port_of("ip4")) as client:
        client.subscribe(topic)
        client.nothing()
        if version == "mqttv5" and not retain:
            Subscriber(broker, at, name(), *will).end(signal.SIGTERM)
            client.message(topic, payload=b"gone", qos=2)
            assert heir.lines() == ["2 gone"]
            return
        dying = Subscriber(broker, at, name(), *will)
        dying.end(signal.SIGKILL)
        assert heir.lines() == ["2 gone"]
        client.message(topic, payload=b"gone", qos=2)
        assert client.subscribe(topic).reason_codes == [2]
        if retain:
            client.message(topic, payload=b"gone", retain=True)
        client.nothing()


# ---- What 5.0 has besides -----------------------------------------------------------------------


def test_properties(broker: Doors) -> None:
    at, topic = broker.door("ip4"), name()
    properties = {
        "payload-format-indicator": ["1"],
        "message-expiry-interval": ["1000"],
        "content-type": ["text/plain"],
        "response-topic": ["a/b"],
        "correlation-data": ["c"],
        "user-property": ["k", "v"],
    }
    told = [word for key, value in properties.items() for word in ("-D", "publish", key, *value)]
    form = "%C|%D|%E|%F|%P|%R|%S|%A|%p"
    taker = Subscriber(
        broker,
        at,
        topic,
        "-V",
        "5",
        "-C",
        "1",
        "-F",
        form,
        "-D",
        "subscribe",
        "subscription-identifier",
        "77",
    )
    good(mosquitto(at, "pub", "-V", "5", "-t", topic, "-m", "x", "-q", "1", *told))
    (line,) = taker.lines()
    content, correlation, expiry, rest = line.split("|", 3)
    assert (content, correlation, rest) == ("text/plain", "c", "1|k:v|a/b|77||x")
    assert 990 <= int(expiry) <= 1000


def test_topic_aliases_of_the_client(broker: Doors) -> None:
    at, topic = broker.door("ip4"), name()
    taker = Subscriber(broker, at, f"{topic}/#", "-V", "5", "-q", "1", "-C", "3", "-v")
    alias = ["-D", "publish", "topic-alias", "10"]
    words = ["-V", "5", "-t", f"{topic}/a", "-q", "1", "-l"]
    good(mosquitto(at, "pub", *words, *alias, stdin=b"1\n2\n3\n"))
    assert taker.lines() == [f"{topic}/a {number}" for number in "123"]
    alias[-1] = "11"  # of max_topic_alias 10
    mosquitto(at, "pub", *words, *alias, stdin=b"1\n")
    assert "the topic alias is above the receiver's maximum" in broker.log


def test_retained_messages_as_they_were_published(broker: Doors) -> None:
    at, topic = broker.door("ip4"), name()
    good(mosquitto(at, "pub", "-V", "5", "-t", topic, "-m", "kept", "-r", "-q", "1"))
    words = ("-V", "5", "-F", "%r %p", "-C", "2")
    taker = Subscriber(broker, at, topic, *words, "--retain-as-published")
    good(mosquitto(at, "pub", "-V", "5", "-t", topic, "-m", "next", "-r", "-q", "1"))
    assert taker.lines() == ["1 kept", "1 next"]


def test_a_shared_subscription(broker: Doors) -> None:
    at, topic = broker.door("ip4"), name()
    words = ("-q", "1", "-V", "5")
    members = [Subscriber(broker, at, f"$share/g/{topic}", *words) for _ in range(3)]
    text = "".join(f"{number}\n" for number in range(60)).encode()
    good(mosquitto(at, "pub", "-t", topic, "-l", *words, stdin=text))
    with Client(broker.port_of("ip4")) as client:
        client.sync()
    parts = [member.end() for member in members]
    assert sorted(int(line) for part in parts for line in part) == list(range(60))
    assert all(parts)


@pytest.mark.parametrize("version", VERSIONS[1:])
@pytest.mark.parametrize("door", ["ip4", "mutual"])
def test_a_request_and_its_response(broker: Doors, door: str, version: str) -> None:
    at, topic = broker.door(door), name()
    with Client(broker.port_of("ip4")) as server:
        server.subscribe(f"{topic}/ask")
        words = ("-t", f"{topic}/ask", "-e", f"{topic}/answer", "-m", "6*7", "-V", version)
        asking = start_program("mosquitto_rr", *where(at), *words)
        running.append(asking)
        question = server.message(f"{topic}/ask", payload=b"6*7")
        answer = question.properties.response_topic if version == "mqttv5" else f"{topic}/answer"
        assert answer == f"{topic}/answer"
        server.publish(answer, b"42", qos=1)
        out, err = asking.communicate(timeout=WAIT)
        assert (out, err) == (b"42\n", b"")


# ---- Who may come in ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    """With passwords, and rules for those with a certificate."""
    folder = tmp_path_factory.mktemp("closed")
    (folder / "acl").write_text(
        "user alice\ntopic #\nuser client\ntopic write of-client\n"
        "user CN=client\ntopic write of-subject\n"
    )
    hashing = ["mosquitto_passwd", "-c", "-b", str(folder / "passwords"), "alice", "wonder land"]
    subprocess.run(hashing, check=True)
    config = f"password_file {folder}/passwords\nacl_file {folder}/acl\nlog_type all\n"
    with Doors(folder, config) as running:
        yield running


@versions
@pytest.mark.parametrize("door", ["ip4", "unix", "tls"])
@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        (["-u", "alice", "-P", "wonder land"], 0),
        (["-u", "alice", "-P", "wonderland"], 4),
        (["-u", "alice"], 4),
        (["-u", "bob", "-P", "wonder land"], 4),
        ([], 5),
    ],
)
def test_passwords(
    closed: Doors, door: str, version: str, words: Sequence[str], verdict: int
) -> None:
    """By the return code of CONNACK, or in 5.0 its reason code, with which the program ends."""
    if verdict and version == "mqttv5":
        verdict += 0x86 - 4 if verdict == 4 else 0x87 - 5
    at = closed.door(door)
    done = mosquitto(at, "pub", "-t", "a", "-m", "x", "-q", "1", "-V", version, *words)
    assert done.code == verdict, done


@versions
@pytest.mark.parametrize(
    ("door", "own", "user"),
    [
        ("mutual", "of-client", "client"),
        ("subject", "of-subject", "CN=client"),
    ],
)
def test_the_certificate_says_who_it_is(
    closed: Doors, door: str, own: str, user: str, version: str
) -> None:
    """Whatever the client says in CONNECT; and the rules are those of this user."""
    at = closed.door(door)
    with Client(closed.port_of("ip4"), username="alice", password=b"wonder land") as alice:
        alice.subscribe("#")
        for words in ([], ["-u", "alice", "-P", "wrong"]):
            for topic in (own, "of-another"):
                done = mosquitto(
                    at, "pub", "-t", topic, "-m", "x", "-q", "1", "-V", version, *words
                )
                assert done.code == 0, done  # 0x87 in PUBACK is a warning
            alice.message(own)
        alice.nothing()
    assert f" of user '{user}' at " in closed.log


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_certificates_that_do_not_do(closed: Doors, version: str) -> None:
    at = closed.door("mutual")
    base = ("pub", "-t", "of-client", "-m", "x", "-V", version)
    trust = ["--cafile", at.file("ca.crt"), "-h", "localhost", "-p", str(at.port)]
    for more in (
        [],
        ["--cert", at.file("another.crt"), "--key", at.file("another.key")],
        ["--insecure"],
    ):
        done = run_program("mosquitto_pub", *trust, *base[1:], *more)
        assert done.code, done
    plain = run_program("mosquitto_pub", "-p", str(at.port), "-h", "localhost", *base[1:])
    assert plain.code
    good(mosquitto(at, *base))


def test_pre_shared_keys_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "c").write_text("listener 8883\npsk_file /etc/keys\n")
    done = run("-c", tmp_path / "c", "--test-config")
    assert done.returncode == 1
    assert "line 2: psk_file" in done.stderr and "pre-shared keys" in done.stderr
