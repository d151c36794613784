# SPDX-License-Identifier: MIT
"""The broker and MQTT.js: over all that it has in Node, and over WebSocket in Chromium."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import mqttjs
import pytest
from access import hashed
from broker import needs_broker
from broker_client import name
from broker_doors import EACH, Door, Doors
from mqttjs import SOURCE, Chromium, Node, Runtime

pytestmark = needs_broker

versions = pytest.mark.parametrize("version", [3, 4, 5], ids=("3.1", "3.1.1", "5.0"))
newer = pytest.mark.parametrize("version", [4, 5], ids=("3.1.1", "5.0"))
ALL = [("node", door) for door in EACH] + [("chromium", "ws"), ("chromium", "wss")]
SOME = [("node", "ip4"), ("node", "wss"), ("chromium", "ws"), ("chromium", "wss")]


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    folder = tmp_path_factory.mktemp("broker")
    (folder / "passwords").write_text(f"alice:{hashed(b'wonderland')}\n")
    config = f"allow_anonymous true\npassword_file {folder}/passwords"
    with Doors(folder, config) as running:
        yield running


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    mqttjs.missing("node")
    made = Node()
    yield made
    made.close()


@pytest.fixture(scope="module")
def chromium(broker: Doors, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    mqttjs.missing("chromium")
    made = Chromium(tmp_path_factory.mktemp("chromium"), broker.folder / "server.crt")
    yield made
    made.close()


@pytest.fixture
def way(broker: Doors, request: pytest.FixtureRequest) -> tuple[Runtime, Door]:
    where, door = request.param
    return request.getfixturevalue(where), broker.door(door)


def ways(*these: tuple[str, str]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("way", these, ids="-".join, indirect=True)


Way = tuple[Runtime, Door]


# ---- Messages -----------------------------------------------------------------------------------


@versions
@ways(*ALL)
def test_each_qos_through_each_door(way: Way, version: int) -> None:
    client, door = way
    topic = name()
    assert client.run("eachQos", door, version, topic) == {
        "granted": [2],
        "got": [[f"{topic}/ä{qos}", f"€{qos}", qos, False] for qos in (0, 1, 2)],
        "whole": True,
        "more": 0,
    }


@newer
@pytest.mark.parametrize("qos", [0, 1, 2])
@ways(*SOME)
def test_many_messages_stay_in_order(way: Way, qos: int, version: int) -> None:
    client, door = way
    count = 300
    assert client.run("many", door, version, name(), qos, count) == list(range(count))


@versions
@ways(*SOME)
def test_retained(way: Way, version: int) -> None:
    client, door = way
    topic = name()
    got = client.run("retained", door, version, topic)
    assert got == [[topic, "kept", 1, True], [topic, "live", 1, False]]


# ---- Sessions and wills -------------------------------------------------------------------------


@newer
@ways(*SOME)
def test_a_session_goes_on(way: Way, version: int) -> None:
    client, door = way
    topic = name()
    told = client.run("session", door, version, topic)
    assert told == {
        "present": [False, True],
        "got": [[f"{topic}/{qos}", "waited", qos, False] for qos in (1, 2)],
    }


@newer
@ways(*SOME)
def test_a_will(way: Way, version: int) -> None:
    client, door = way
    topic = name()
    got = client.run("will", door, version, topic)
    assert got == [[topic, "gone", 1, False], [topic, "last", 1, False]]


@newer
@ways(*SOME)
def test_the_broker_ends(way: Way, version: int, tmp_path: Path, broker: Doors) -> None:
    """5.0 is told why."""
    client, door = way
    for file in broker.folder.glob("*.*"):
        if file.suffix in (".crt", ".key"):
            shutil.copy(file, tmp_path)
    with Doors(tmp_path, certify=False) as other:
        client.run("begin", other.door(door.name), version)
        assert other.stop() == 0
        assert client.run("told", door, version) == [0x8B if version == 5 else None, "closed"]


# ---- What 5.0 has besides -----------------------------------------------------------------------


@ways(*SOME)
def test_properties(way: Way) -> None:
    client, door = way
    told = client.run("properties", door, 5, name())
    assert 990 <= told.pop("messageExpiryInterval") <= 1000
    assert told == {
        "payloadFormatIndicator": True,
        "contentType": "text/plain",
        "responseTopic": "answers",
        "correlationData": "c",
        "userProperties": {"a": ["b", "c"]},
        "subscriptionIdentifier": 268_435_455,
    }


@ways(*SOME)
def test_topic_aliases_both_ways(way: Way) -> None:
    """A topic goes once, then its alias; and the other side knows which topic it was."""
    client, door = way
    topic = name()
    told = client.run("aliases", door, 5, topic)
    assert told["got"] == [f"{topic}/{number}" for number in (1, 1, 2, 2)]
    for side in ("sent", "came"):
        for first, second in (told[side][:2], told[side][2:]):
            assert first[1] == second[1] and first[1] is not None, side
        assert [each for each, _ in told[side]] == [f"{topic}/1", "", f"{topic}/2", ""], side


# ---- Who may come in ----------------------------------------------------------------------------


@newer
@ways(*SOME)
def test_passwords(way: Way, version: int) -> None:
    client, door = way
    wrong = 0x86 if version == 5 else 4
    for user, password, code in (
        ("alice", "wonderland", 0),
        ("alice", "wonder", wrong),
        ("bob", "wonderland", wrong),
    ):
        told = client.run("code", door, version, username=user, password=password)
        assert told == code, (user, password)


def test_pages_of_another_host(broker: Doors, chromium: Chromium) -> None:
    """A browser says whose page it is: that of another name for this machine may not."""
    for at, door in (("localhost", "ws"), ("127.0.0.1", "wss")):
        assert chromium.run_at(at, "code", broker.door(door), 5) not in (0, None)
        assert chromium.run("code", broker.door(door), 5) == 0
    assert broker.log.count("the upgrade was refused: 403 Forbidden") == 2


def test_the_versions_are_the_same() -> None:
    """Of MQTT.js in Node, and on the status page."""
    page = (mqttjs.ROOT / "samples" / "broker" / "status" / "mqttjs.py").read_text()
    (version,) = re.findall(r'^VERSION = "(.*)"', page, re.MULTILINE)
    assert json.loads((SOURCE / "package.json").read_text())["dependencies"] == {"mqtt": version}
