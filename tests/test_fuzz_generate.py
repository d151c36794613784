# SPDX-License-Identifier: MIT
"""mqttwire fuzz generate, and the mutator in Python: decoding is the judge."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path

import mqttwire as mq
import pytest
from command import COMMAND, Run, called, environment, mqttwire

pytest.importorskip("mqttwire_tool._fuzz", reason="built without the kit")

from mqttwire_tool.fuzz import kit
from mqttwire_tool.fuzz.generate import generated, kinds

ROOT = Path(__file__).parent.parent
SEEDS = 20


def fuzz(*arguments: str | int) -> Run:
    return called("fuzz", *map(str, arguments))


# ---- generate, in Python -------------------------------------------------------------------------


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("sender", ["client", "server"])
def test_valid(version: int, sender: mq.Sender) -> None:
    types = set()
    for seed in range(1000):
        packet = mq.decode(kit.generate(version, sender, seed), version, sender)
        types.add(packet.type)
    many = {("client", 4): 10, ("client", 5): 11, ("server", 4): 9, ("server", 5): 11}
    assert len(types) == many[sender, version]  # section 2.1.2


@pytest.mark.parametrize("rule", kit.RULES, ids=lambda rule: rule.name.lower())
def test_broken(rule: mq.Rule) -> None:
    """By this rule and no other: without it, and with all else as it is, the packet is good."""
    info = mq.rule_info(rule)
    choice = kinds([rule], None, None)
    versions = {kind.version for kind in choice}
    assert versions == {v for v in (4, 5) if info.ids(v)} - (
        {4} if info.name == "text_utf8" else set()
    )
    refuse = kit.refusals(rule)
    for kind in choice:
        for seed in range(SEEDS):
            data = generated(kind, seed)
            with pytest.raises(mq.MqttError) as caught:
                mq.decode(data, kind.version, kind.sender, refuse=refuse)
            assert caught.value.rule == info.name, data.hex()
            if refuse and info.name != "auth_short":  # AUTH of one byte lacks its method, too
                mq.decode(data, kind.version, kind.sender)


def test_no_such_packet() -> None:
    assert kit.generate(4, "client", 1, mq.Rule.TOPIC_ALIAS_ZERO) == b""
    assert kit.generate(5, "client", 1, mq.Rule.FIRST_PACKET) == b""


# ---- mutate, in Python ---------------------------------------------------------------------------

STREAM = b"".join(kit.generate(5, "client", seed) for seed in range(8))


def test_mutation_depends_on_the_seed() -> None:
    made = [kit.mutate(STREAM, seed) for seed in range(200)]
    assert made == [kit.mutate(STREAM, seed) for seed in range(200)]
    assert len(set(made)) > 190
    crossed = [kit.crossover(STREAM, made[0], seed) for seed in range(200)]
    assert crossed == [kit.crossover(STREAM, made[0], seed) for seed in range(200)]
    assert len(set(crossed)) > 150


def test_room() -> None:
    for seed in range(500):
        assert 0 < len(kit.mutate(STREAM, seed, max_size=40)) <= 40
        assert len(kit.crossover(STREAM, STREAM, seed, max_size=40)) <= 40
    assert kit.mutate(STREAM, 1, max_size=0) == b""
    with pytest.raises(ValueError, match="negative"):
        kit.mutate(STREAM, 1, max_size=-1)


def test_operators() -> None:
    mutator = kit.Mutator(operators=["packet_drop"], rounds=1)
    for seed in range(50):
        assert len(mutator.mutate(STREAM, seed)) < len(STREAM)
    assert mutator.uses["packet_drop"].applied == 50
    assert [name for name, use in mutator.uses.items() if use.drawn] == ["packet_drop"]
    weighed = kit.Mutator(operators={"byte_flip": 255, "packet_swap": 1}, rounds=1)
    for seed in range(1000):
        weighed.mutate(STREAM, seed)
    assert weighed.uses["byte_flip"].drawn > 950
    with pytest.raises(ValueError, match="'byte_flop'"):
        kit.Mutator(operators=["byte_flop"])


def test_arguments_that_do_not_fit() -> None:
    from mqttwire_tool import _fuzz

    with pytest.raises(ValueError, match="weight"):
        _fuzz.mutate(b"x", 1, 9, weights=b"1")
    with pytest.raises(ValueError, match="counts"):
        _fuzz.mutate(b"x", 1, 9, uses=bytearray(3))


# ---- the command ---------------------------------------------------------------------------------


def test_hex_is_decoded() -> None:
    done = fuzz("generate", "--count", 50, "-V", "5", "--sender", "server", "--seed", 7)
    assert done.code == 0
    assert len(done.lines) == 50
    for line in done.lines:
        mq.decode(bytes.fromhex(line), 5, "server")


def test_json_says_all() -> None:
    done = fuzz("generate", "--count", 300, "--rule", "*", "--format", "json")
    seen = set()
    for form in done.json:
        rule = mq.rule_info(form["rule"]).rule
        with pytest.raises(mq.MqttError) as caught:
            mq.decode(
                bytes.fromhex(form["wire"]),
                form["version"],
                form["sender"],
                refuse=kit.refusals(rule),
            )
        assert caught.value.rule == form["rule"]
        again = kit.generate(form["version"], form["sender"], form["seed"], rule)
        assert again.hex() == form["wire"]
        seen.add(rule)
    assert len(seen) > 80


def test_formats_are_of_the_same_packets() -> None:
    same = ("--count", 20, "--seed", 3, "--rule", "*_utf8,qos_3")
    lines = fuzz("generate", *same).lines
    assert [form["wire"] for form in fuzz("generate", *same, "--format", "json").json] == lines
    assert fuzz("generate", *same, "--format", "raw").out == bytes.fromhex("".join(lines))
    assert fuzz("generate", *same).lines == lines
    assert fuzz("generate", *same[:2], "--seed", 4, *same[4:]).lines != lines


def test_capture(tmp_path: Path) -> None:
    pytest.importorskip("mqttwire_tool._capture", reason="built without libpcap")
    file = tmp_path / "some.pcap"
    rule = ("--rule", "topic_wildcard", "--count", 12)
    file.write_bytes(fuzz("generate", *rule, "--format", "pcap").out)
    done = called("inspect", "--json", file)
    assert done.code == 1
    broken = [form["error"]["rule"] for form in done.json if "error" in form]
    assert broken == ["topic_wildcard"] * 12
    assert len({form["connection"] for form in done.json}) == 12


def test_list_rules() -> None:
    done = fuzz("generate", "--list-rules")
    names = [line.split()[0] for line in done.lines]
    assert names == [rule.name.lower() for rule in kit.RULES]
    assert (
        "text_control" + " " * 29 + "text holds a control character (--refuse control_characters)"
        in (done.lines)
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--rule", "no_such_*"], "there is no rule 'no_such_*' that packets can break"),
        (["--rule", "first_packet"], "that packets can break"),
        (["--rule", "topic_alias_zero", "-V", "3.1.1"], "no packet of MQTT 3.1.1"),
        (["--rule", "connack_*", "--sender", "client"], "a client sends breaks that"),
        (["-V", "3.1"], "no packets of MQTT 3.1"),
        (["--seed", "-1"], "no number from 0"),
        (["--count", "x"], "no number from 0"),
    ],
)
def test_usage(arguments: list[str], words: str) -> None:
    done = fuzz("generate", *arguments)
    assert done.code == 2
    assert words in done.err


def test_a_closed_pipe_ends_it() -> None:
    """Without end, and without a word."""
    with subprocess.Popen(
        [*COMMAND, "fuzz", "generate", "--rule", "*"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as running:
        assert running.stdout and running.stderr
        for _ in range(1000):
            bytes.fromhex(running.stdout.readline().decode())
        running.stdout.close()
        assert running.stderr.read() == b""
        running.wait(30)


# ---- the page ------------------------------------------------------------------------------------

PAGE = (ROOT / "docs" / "fuzzing.md").read_text(encoding="utf-8")
CONSOLE = re.findall(r"^```console\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
EXAMPLES = [
    found
    for block in CONSOLE
    for found in re.findall(
        r"^\$ mqttwire (fuzz generate .*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE
    )
]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("command", "output"), EXAMPLES)
def test_docs(command: str, output: str) -> None:
    done = mqttwire(*shlex.split(command))
    assert done.code == 0
    assert [line.rstrip() for line in done.lines] == output.splitlines()


def test_docs_of_python() -> None:
    (block,) = BLOCK.findall(PAGE)
    exec(block, {})


def test_docs_of_operators() -> None:
    """The table is that of the header."""
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (\d+) \| (.*) \|$", PAGE, re.MULTILINE)
    assert rows == [(o.name, o.level, str(o.weight), o.text) for o in kit.OPERATORS]


def test_docs_of_rules_that_no_bytes_break() -> None:
    (told,) = re.findall(r"^No bytes break (.*?)\.$", PAGE, re.MULTILINE | re.DOTALL)
    others = {rule for rule in mq.Rule if rule < mq.Rule.FIRST_PACKET} - set(kit.RULES)
    assert set(re.findall(r"`(\w+)`", told)) == {rule.name.lower() for rule in others}


def test_docs_of_json() -> None:
    lines = [line for _, output in EXAMPLES for line in output.splitlines() if line[:1] == "{"]
    assert lines
    for line in lines:
        assert set(json.loads(line)) == {"seed", "version", "sender", "rule", "wire"}
