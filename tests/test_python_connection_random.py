# SPDX-License-Identifier: MIT
"""mq.Connection, and that of Lua, see what mqw_connection sees in C: any packets, in any order."""

from __future__ import annotations

import itertools
import os
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import mqttwire as mq
import pytest

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
LUA = {
    "LUA_PATH": f"{ROOT}/bindings/lua/?.lua;{ROOT}/tests/lua/?.lua;;",
    "LUA_CPATH": f"{BUILD}/bindings/lua/?-5.4.so",
}


# ---- The same as in C ----------------------------------------------------------------------------


def any_packet(chance: random.Random, sender: mq.Sender, version: int) -> mq.Packet:
    number = chance.choice
    packet_id = number([1, 2, 3, 3, 3, 400, 401, 65535])
    five = version == 5
    qos = number([0, 1, 2])
    limits: dict[str, Any] = {}
    if five and number([0, 1]):
        limits = {"receive_maximum": number([1, 3]), "topic_alias_maximum": number([0, 2, 400])}
        if number([0, 1]):
            limits["maximum_packet_size"] = number([8, 20])
    aliases: dict[str, Any] = {}
    if five and number([0, 1]):
        aliases = {"topic_alias": number([1, 2, 3, 400])}
    code = number([0, 0, 0x87]) if five else 0
    kinds: list[mq.Packet] = [
        mq.Publish(
            topic=number(["", "a/\u20ac"]) if aliases else "b",
            qos=qos,
            packet_id=packet_id if qos else None,
            dup=bool(qos) and number([True, False, False]),
            retain=number([True, False]),
            properties=mq.Properties(**aliases),
            version=version,
        ),
        mq.Puback(packet_id=packet_id, reason_code=code, version=version),
        mq.Pubrec(packet_id=packet_id, reason_code=code, version=version),
        mq.Pubrel(packet_id=packet_id, version=version),
        mq.Pubcomp(packet_id=packet_id, version=version),
    ]
    if number([0] * 40 + [1]) and (five or sender == "client"):
        return mq.Disconnect(version=version)
    if sender == "client":
        keep_alive = number([0, 1, 3])
        filters = [mq.Subscription(topic_filter=name) for name in ("a", "$share/g/b", "#")]
        kinds += [
            mq.Connect(
                client_id="c",
                clean_start=number([True, False]),
                keep_alive=keep_alive,
                properties=mq.Properties(**limits),
                version=version,
            ),
            mq.Subscribe(
                packet_id=packet_id, subscriptions=filters[: number([1, 2, 3])], version=version
            ),
            mq.Unsubscribe(packet_id=packet_id, topic_filters=["a"], version=version),
            mq.Pingreq(version=version),
        ]
    else:
        if five and number([0, 1]):
            limits |= {"wildcard_subscription_available": 0, "shared_subscription_available": 0}
            limits |= {"maximum_qos": number([0, 1]), "retain_available": 0}
        codes = [0] * number([1, 2])
        kinds += [
            mq.Connack(
                session_present=number([True, False]),
                properties=mq.Properties(**limits),
                version=version,
            ),
            mq.Suback(packet_id=packet_id, reason_codes=codes, version=version),
            mq.Unsuback(packet_id=packet_id, reason_codes=codes if five else [], version=version),
            mq.Pingresp(version=version),
        ]
    return number(kinds)


def line_of(seen: mq.Seen) -> str:
    """As tests/connection_peer.c tells it."""
    answered = seen.answers is not None
    words = [str(seen.answers), str(seen.begins)] if answered else ["-", "-"]
    words += [
        str(int(flag))
        for flag in (seen.repeats, seen.settles, seen.ignored, seen.untracked, seen.aliased)
    ]
    words.append("-" if seen.topic is None else seen.topic.encode().hex())
    words += [f"{f.rule}:{f.field}:{f.offset}" for f in seen.findings]
    return " ".join(words)


def told_by(language: str, script: list[str]) -> list[str]:
    command = [str(BUILD / "tests" / "connection_peer")]
    if language == "lua":
        command = ["lua5.4", str(ROOT / "tests" / "lua" / "peer.lua")]
    built = BUILD / "bindings" / "lua" / "mqttwire_core-5.4.so" if command[1:] else command[0]
    if not (Path(built).exists() and shutil.which(command[0])):
        pytest.skip(f"{built} is not built: meson compile -C build")
    text = "".join(line + "\n" for line in script)
    done = subprocess.run(
        command, input=text, capture_output=True, text=True, timeout=60, env={**os.environ, **LUA}
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


@pytest.mark.parametrize("language", ["c", "lua"])
@pytest.mark.parametrize("seed", range(6))
def test_the_same_is_seen_elsewhere(seed: int, language: str) -> None:
    chance = random.Random(seed)
    script: list[str] = []
    told: list[str] = []
    for _ in range(200):
        version = chance.choice([4, 5])
        script.append(f"session {version}")
        connection = mq.Connection(version)
        now = 0
        for step in itertools.count():
            senders: tuple[mq.Sender, mq.Sender] = ("client", "server")
            sender = senders[step] if step < 2 else chance.choice(senders)
            packet = any_packet(chance, sender, version)
            while step < 2 and packet.type > mq.Type.CONNACK:
                packet = any_packet(chance, sender, version)
            wire = packet.encode(version)
            now += chance.choice([0, 1, 700, 1600])
            script.append(f"{sender} {now} {wire.hex()}")
            told += map(line_of, connection.feed(sender, wire, now / 1000))
            if step == 40:
                break
    assert told_by(language, script) == told
    assert sum(":" in line for line in told) > 1000
