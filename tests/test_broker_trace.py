# SPDX-License-Identifier: MIT
"""`trace`: a client's packets as the inspector words them, and where they go."""

from __future__ import annotations

import json
import random
import re
import subprocess
import time
from pathlib import Path

import mqttwire as mq
import pytest
from broker import PROGRAM, WAIT, Broker, needs_broker
from broker_client import Client
from mqttwire_tool.lines import PAYLOAD_WIDTH
from mqttwire_tool.render import preview

pytestmark = needs_broker

PAYLOADS = [
    b"open",
    b'say "\\no\\"\n\r\t',
    "ä€😀".encode(),
    b"x" * 40,
    b"x" * 41,
    b"x" * 160,
    b"x" * 161,
    "😀".encode() * 40,
    "😀".encode() * 41,
    b'"' * 300,
    b"\0" * 20,
    b"\0" * 21,
    b"x" * 150 + b"\0",
    b"x" * 160 + b"\0",
    b"a\x1b[2J",
    "\u009b31m".encode(),
    "a\u202eb".encode(),
    "\ufeffa".encode(),
    b"\xc0\x80",
    b"\xe0\x80\x80",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"a\xff",
    b"a\xe2\x82",
    b"a\xf8\x88\x80\x80\x80",
]


def mixtures() -> list[bytes]:
    """Text that something was done to."""
    chosen = random.Random(8)
    made = []
    for _ in range(300):
        text = "".join(chosen.choices('a1"\\\n\u00e4\u20ac\U0001f600', k=chosen.randrange(60)))
        data = bytearray(text.encode())
        if data and chosen.random() < 0.3:
            data[chosen.randrange(len(data))] = chosen.randrange(256)
        made.append(bytes(data) or b"-")  # the codec says nothing of none
    return made


def payloads(log: str) -> list[str]:
    return re.findall(r"^t > PUBLISH .* payload=(.*)$", log, re.MULTILINE)


def test_payloads_are_worded_as_the_inspector_has_them(tmp_path: Path) -> None:
    sent = PAYLOADS + mixtures()
    config = "allow_anonymous true\nlog_timestamp false\ntrace t"
    with Broker(tmp_path, config) as broker, Client(broker.port, client_id="t") as client:
        for data in sent:
            client.publish('a="payload=(5 bytes)"', data)
        client.sync()
        assert payloads(broker.log) == [preview(data, PAYLOAD_WIDTH) for data in sent]


def test_wills(tmp_path: Path) -> None:
    """Where the payload comes last, as in the inspector."""
    will = mq.Will(topic="w", payload=b"gone")
    config = "allow_anonymous true\nlog_timestamp false\ntrace t"
    with Broker(tmp_path, config) as broker:
        Client(broker.port, client_id="t", will=will).close()
        Client(broker.port, client_id="t", will=will, username="u").close()
        assert 'will.payload="gone"\n' in broker.log
        assert 'will.payload=(4 bytes) username="u"\n' in broker.log


def test_a_property_that_looks_like_a_payload(tmp_path: Path) -> None:
    config = "allow_anonymous true\nlog_timestamp false\ntrace t"
    pairs = [("a", "payload=(1 byte)")]
    with Broker(tmp_path, config) as broker, Client(broker.port, client_id="t") as client:
        client.send(mq.Disconnect(properties=mq.Properties(user_properties=pairs)))
        broker.wait_for('DISCONNECT normal_disconnection "a"="payload=(1 byte)"\n')


@pytest.mark.parametrize("dest", ["none", "stderr", "stdout", "file {}"])
@pytest.mark.parametrize("form", ["text", "json"])
def test_what_the_command_line_asks_for_is_printed(tmp_path: Path, dest: str, form: str) -> None:
    """On standard output, at once, and nowhere else; the key's is in the log."""
    file = tmp_path / "log"
    config = f"allow_anonymous true\nlog_dest {dest.format(file)}\nlog_format {form}\ntrace kept"
    broker = Printing(tmp_path, config, "--trace", "shown")
    broker.start()
    try:
        for name in ("shown", "kept"):
            with broker.client(name) as client:
                client.sync()
        printed = (tmp_path / "stdout").read_text()  # while it runs
        assert printed.count("shown > PINGREQ") == 1
        assert printed.count("kept > PINGREQ") == (dest == "stdout")
        logged = file.read_text() if file.exists() else broker.log
        assert "shown > PINGREQ" not in logged
        assert logged.count("kept > PINGREQ") == (dest not in ("none", "stdout"))
        if form == "json":
            lines = [json.loads(line) for line in printed.splitlines()]
            (line,) = [line for line in lines if "shown > PINGREQ" in line["text"]]
            assert (line["type"], line["client"]) == ("trace", "shown")
            assert line["address"].startswith("127.0.0.1:")
    finally:
        assert broker.stop() == 0


class Printing(Broker):
    """Whose standard output is a file of its own."""

    def start(self) -> None:
        self.asked = False
        with self.log_path.open("wb") as log, (self.folder / "stdout").open("wb") as out:
            self.process = subprocess.Popen(
                [str(PROGRAM), "-c", str(self.path), *self.arguments], stdout=out, stderr=log
            )

    def client(self, name: str) -> Client:
        """Once it listens: it may have no log to say so."""
        until = time.monotonic() + WAIT
        while True:
            try:
                return Client(self.port, client_id=name)
            except ConnectionRefusedError:
                assert time.monotonic() < until
                time.sleep(0.01)
