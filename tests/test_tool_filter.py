# SPDX-License-Identifier: MIT
"""Filters of inspect: what is kept is what was asked for, counted again from all of the JSON."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import mqttwire as mq
import pytest
from command import mqttwire
from mqttwire_tool.expression import Expression
from mqttwire_tool.kinds import fields_of_packets
from mqttwire_tool.moments import moment_of
from mqttwire_tool.outcome import UsageError
from mqttwire_tool.selection import ABOUT

pytest.importorskip("mqttwire_tool._capture", reason="built without libpcap")

CAPTURE = Path(__file__).parent / "captures" / "mosquitto.pcapng"
Line = dict[str, Any]


@cache
def everything() -> list[Line]:
    return [line for line in mqttwire("inspect", "--json", CAPTURE).json if "packet" in line]


def kept(*arguments: str) -> list[int]:
    run = mqttwire("inspect", "--json", CAPTURE, *arguments)
    assert run.code in (0, 1), run.err
    return [line["number"] for line in run.json]


def wanted(test: Callable[[Line], Any]) -> list[int]:
    numbers = [line["number"] for line in everything() if test(line)]
    assert 0 < len(numbers) < len(everything())
    return numbers


def kind(line: Line) -> str:
    return str(line["packet"]["type"])


def topic(line: Line) -> str:
    return str(line.get("topic") or line["packet"].get("topic", ""))


def since_start(line: Line) -> float:
    return float(line["time"] - everything()[0]["time"])


START = 0.5
CASES: dict[str, tuple[list[str], Callable[[Line], Any]]] = {
    "type": (["--type", "connack"], lambda x: kind(x) == "CONNACK"),
    "types": (
        ["--type", "pingreq", "--type", "PINGRESP"],
        lambda x: kind(x) in ("PINGREQ", "PINGRESP"),
    ),
    "connection": (["--connection", "3"], lambda x: x["connection"] == 3),
    "connections": (
        ["--connection", "3, 7", "--connection", "5"],
        lambda x: x["connection"] in (3, 5, 7),
    ),
    "client": (["--client", "paho-says-*"], lambda x: x["client_id"].startswith("paho-says-")),
    "address": (
        ["--client", everything()[20]["client"]],
        lambda x: x["client"] == everything()[20]["client"],
    ),
    "errors": (["--errors"], lambda x: "error" in x or x.get("findings")),
    "since": (["--since", f"+{START}"], lambda x: since_start(x) >= START),
    "until": (["--until", f"+{START}"], lambda x: since_start(x) < START),
    "all of them": (
        ["--type", "publish", "--connection", "22"],
        lambda x: kind(x) == "PUBLISH" and x["connection"] == 22,
    ),
    "where": (
        ["--where", "properties.session_expiry_interval > 10"],
        lambda x: x["packet"].get("properties", {}).get("session_expiry_interval", 0) > 10,
    ),
    "latency": (
        ["--where", "latency > 0.02"],
        lambda x: x.get("acknowledges")
        and x["time"] - everything()[x["acknowledges"] - 1]["time"] > 0.02,
    ),
    "where, with words": (
        ["--where", "type == 'PUBLISH' and (qos == 2 or retain) and not dup"],
        lambda x: kind(x) == "PUBLISH" and (x["packet"]["qos"] == 2 or x["packet"]["retain"]),
    ),
    "where, in lists": (
        ["--where", "subscriptions[0].topic_filter == 'demo/#'"],
        lambda x: x["packet"].get("subscriptions", [{}])[0].get("topic_filter") == "demo/#",
    ),
    "where, about the packet": (
        ["--where", "sender == 'server' and size >= 40 and payload_size < 20"],
        lambda x: (
            x.get("sender") == "server"
            and x["size"] >= 40
            and len(x["packet"].get("payload", "00" * 20)) < 40
        ),
    ),
    "where, with a topic filter": (
        ["--where", "matches(topic, 'demo/jobs/+')"],
        lambda x: mq.topic_match("demo/jobs/+", topic(x)),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_kept(name: str) -> None:
    arguments, test = CASES[name]
    assert kept(*arguments) == wanted(test)


def test_a_topic_brings_what_answers_it() -> None:
    lines = {line["number"]: line for line in everything()}

    def begun(line: Line) -> Line:
        while "acknowledges" in line:
            line = lines[line["acknowledges"]]
        return line

    def fits(line: Line) -> bool:
        first = begun(line)
        return kind(first) == "PUBLISH" and mq.topic_match("demo/c", topic(first))

    numbers = kept("--topic", "demo/c")
    assert numbers == wanted(fits)
    assert {kind(lines[n]) for n in numbers} == {"PUBLISH", "PUBREC", "PUBREL", "PUBCOMP"}


@pytest.mark.parametrize(
    "text", ["transport == 'websocket'", "tls == '1.3'", "not tls", "tls >= '1.2'"]
)
def test_what_is_known_of_a_connection(text: str) -> None:
    path = CAPTURE.with_name("tls.pcapng")
    lines = mqttwire("inspect", "--json", path).json
    expression = Expression(text, fields_of_packets(ABOUT))
    numbers = [line["number"] for line in lines if expression(line)]
    assert 0 < len(numbers) < len(lines)
    run = mqttwire("inspect", "--json", "--where", text, path)
    assert [line["number"] for line in run.json] == numbers


def test_how_sure_the_version_is() -> None:
    run = mqttwire("inspect", "--json", "--where", "guessed == 'open'", "-x", "c000d000")
    assert [line["guessed"] for line in run.json] == ["open", "open"]
    assert not mqttwire("inspect", "--where", "guessed != 'open'", "-x", "c000").out


def test_the_exit_code_is_of_what_is_shown() -> None:
    assert mqttwire("inspect", CAPTURE).code == 1
    assert mqttwire("inspect", CAPTURE, "--type", "connect").code == 0


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--type", "foo"], "there is auth, connack"),
        (["--connection", "1;2"], "'1;2' is no number, nor several with commas"),
        (["--topic", "a/#/b"], "# stands alone"),
        (["--since", "yesterday"], "is no time"),
        (["--until", "25:00"], "is no time of a day"),
        (["--where", "qos > '1'"], "character 7: qos is number, not text"),
        (["--where", "5 < topic"], "topic is text, not number"),
        (["--where", "-5 < topic"], "-5 is number, not text"),
        (["--where", "properties.session_expiry_interval > 'a'"],
         "character 38: properties.session_expiry_interval is number, not text"),
        (["--where", "properties.nonsense > 1"], "there is no field 'nonsense' in properties"),
        (["--where", "properties.qos > 1"], "there is no field 'qos' in properties"),
        (["--where", "will.keep_alive > 1"], "there is no field 'keep_alive' in will"),
        (["--where", "session_expiry_interval > 1"], "there is properties.session_expiry_interval"),
        (["--where", "qos > topic"], "qos is number, not text"),
        (["--where", "topic.qos > 1"], "topic is text: there is no field 'qos' in it"),
        (["--where", "subscriptions > 1"], "subscriptions is list, not number"),
        (["--where", "subscriptions[0] > 1"], "subscriptions[0] is record, not number"),
        (["--where", "subscriptions['0'].qos > 1"], "'0' is text, not number"),
        (["--where", "subscriptions[0].topic == 'a'"], "no field 'topic' in subscriptions[0]"),
        (["--where", "reason_codes[0] == 'a'"], "reason_codes[0] is number, not text"),
        (["--where", "135 in reason_code"], "reason_code is number, not list"),
        (["--where", "'x' in reason_codes"], "in reason_codes there is number, not text"),
        (["--where", "1 in rules"], "in rules there is text, not number"),
        (["--where", "qos[0] == 1"], "qos is number, not list"),
        (["--where", "topic in ('a', 1)"], "character 16: topic is text, not number"),
        (["--where", "properties.user_properties[0][0] == 3"], "is text, not number"),
        (["--where", "'k' in properties.user_properties"], "there is list, not text"),
        (["--where", "len(topic) > 'a'"], "len(topic) is number, not text"),
        (["--where", "matches(topic, 1)"], "1 is number: not for matches"),
        (["--where", "properties.correlation_data == 'Aé'"], "is hex, in small letters"),
        (["--where", "not (qos == 1 or dup and topic > 3)"], "topic is text, not number"),
        (["--where", "1 in [" * 60 + "topic == 1" + "]" * 60], "topic is text, not number"),
        (["--where", "(" * 60 + "qos == 1" + ") in (true, false)" * 60 + " in (1, 'a')"],
         "is list, not number"),
        (["--where", "payload == 'hello'"], "see payload_text"),
        (["--where", "type == 'PUBLIS'"],
         'character 9: type is never "PUBLIS"; there is CONNECT, CONNACK, PUBLISH, '),
        (["--where", "type in ('publish', 'pubcom')"], 'type is never "PUBCOM"'),
        (["--where", "'Client' != sender"], 'sender is never "Client"; there is client, server'),
        (["--where", "transport == 'udp'"], "there is tcp, websocket"),
        (["--where", "tls == '1.1'"], "there is 1.2, 1.3"),
        (["--where", "guessed in ['sure']"], "there is certain, likely, open"),
        (["--where", "version == 311"], "version is never 311; there is 3, 4, 5"),
        (["--where", "qos == 4"], "qos is never 4: 3 is the most"),
        (["--where", "300 in reason_codes"], "in reason_codes there is never 300: 255 is"),
        (["--where", "'nosuch_rule' in rules"], 'in rules there is never "nosuch_rule"'),
        (["--where", "'packet_id_in_us' in rules"], "there is packet_id_in_use"),
        (["--where", "rules == ['packet_id_in_use'] or rules[0] == 'x'"],
         'rules[0] is never "x"'),
        (["--where", "'session_expiry' not in properties"], "there is session_expiry_interval"),
        (["--where", "matches(topic, 'a/#/b')"], "character 16: 'a/#/b' is no topic filter: #"),
        (["--where", "matches(topic, '')"], "is no topic filter"),
        (["--where", "len(qos) > 1"], "qos is number: not for len"),
        (["--where", "colour == 1"], "there is no field 'colour'"),
        (["--where", "qos ="], "is no expression"),
        (["--where", "qos + 1"], "character 1: there is nothing of that kind"),
        (["--where", "__import__('os')"], "there is no such function"),
        (["--where", "topic.__class__"], "there is no field '__class__'"),
        (["--where", "matches(topic)"], "matches takes 2, not 1"),
        (["--where", "[x for x in topic]"], "there is nothing of that kind"),
        (["--where", "(" * 3000 + ")" * 3000], "too long"),
        (["--where", "(" * 1500 + "1" + ")" * 1500], "is no expression"),
        (["--where", "not " * 1000 + "qos"], "is no expression"),
    ],
)
def test_what_makes_no_sense(arguments: list[str], complaint: str) -> None:
    run = mqttwire("inspect", CAPTURE, *arguments)
    assert run.code == 2
    assert complaint in run.err


def test_streams_have_no_times() -> None:
    run = mqttwire("inspect", "-V", "5", "--since", "+1", "-x", "c000")
    assert run.code == 2
    assert "a stream has no times" in run.err


FORM = {
    "type": "PUBLISH",
    "payload_text": "hello",
    "qos": 1,
    "topic": "a/b",
    "retain": False,
    "properties": {"user_properties": [["k", "v"]]},
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("qos == 1", True),
        ("qos != 1", False),
        ("0 < qos <= 1", True),
        ("qos == -1", False),
        ("retain", False),
        ("not retain", True),
        ("retain == false", True),
        ("packet_id == 1", False),
        ("packet_id != 1", False),  # it has none
        ("not packet_id", True),
        ("packet_id == 1 or qos == 1", True),
        ("'a' in topic", True),
        ("'x' not in topic", True),
        ("type == 'publish'", True),
        ("type in ('Connect', 'publish')", True),
        ("'ell' in payload_text", True),
        ("retain == 0", True),
        ("topic[0] == 'a'", True),
        ("topic[9] == 'a'", False),
        ("['k', 'v'] in properties.user_properties", True),
        ("len(topic) == 3", True),
        ("matches(topic, 'a/+')", True),
        ("qos in (1, 2)", True),
        ("qos == 3", False),  # of a packet that breaks a rule
        ("qos > 7", False),
        ("type == 'reserved'", False),
        ("'more' in rules", False),
        ("version == 5", False),
        ("sender < 'd'", False),
        ("properties.session_expiry_interval > 3600", False),
        ("properties.message_expiry_interval > 1 or properties == null", False),
        ("'user_properties' in properties", True),
        ("properties.user_properties[0][1] == 'v'", True),
        ("len(properties) == 1", True),
        ("reason_codes == [1]", False),
        ("null in topic", False),
    ],
)
def test_expressions(text: str, value: bool) -> None:
    assert Expression(text, fields_of_packets(ABOUT))(FORM) is value


def test_moments() -> None:
    first = 1_700_000_000 * 10**9 + 5
    assert moment_of("+1.5")(first) == first + 1_500_000_000
    assert moment_of("1700000001.000000001")(first) == 1_700_000_001 * 10**9 + 1
    day = datetime.fromtimestamp(1_700_000_000)
    clock = f"{day:%H:%M:%S}"
    assert moment_of(clock)(first) == 1_700_000_000 * 10**9
    assert moment_of(f"{clock}.25")(first) == 1_700_000_000 * 10**9 + 250_000_000
    assert moment_of(f"{day:%Y-%m-%dT%H:%M:%S}.25")(first) == 1_700_000_000 * 10**9 + 250_000_000
    assert moment_of(f"{day:%Y-%m-%d}")(first) <= first
    with pytest.raises(UsageError):
        moment_of("14:61")
