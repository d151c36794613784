# SPDX-License-Identifier: MIT
"""mqttwire fuzz generate: packets from a seed, as hex, JSON, bytes or a capture."""

from __future__ import annotations

import argparse
import itertools
import json
import random
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import NamedTuple

import mqttwire as mq

from ..arguments import NAMES
from ..outcome import Exit, UsageError
from ..vectors.export_pcap import connection, header, introduced, records
from . import kit

SENDERS: tuple[mq.Sender, ...] = ("client", "server")


class Made(NamedTuple):
    """A packet, and how it was made."""

    seed: int
    version: int
    sender: mq.Sender
    rule: mq.Rule | None
    data: bytes

    def form(self) -> dict[str, object]:
        form: dict[str, object] = {
            "seed": self.seed,
            "version": self.version,
            "sender": self.sender,
            "wire": self.data.hex(),
        }
        if self.rule is not None:
            form["rule"] = name_of(self.rule)
        return form


class Kind(NamedTuple):
    """A rule, or none, with a version and a sender that have packets which break it."""

    version: int
    sender: mq.Sender
    rule: mq.Rule | None


def name_of(rule: mq.Rule) -> str:
    return rule.name.lower()


def chosen_rules(globs: list[str]) -> list[mq.Rule | None]:
    """The rules that are named; none: packets are valid."""
    if not globs:
        return [None]
    found: list[mq.Rule | None] = []
    for glob in ",".join(globs).split(","):
        matching = [rule for rule in kit.RULES if fnmatchcase(name_of(rule), glob.strip())]
        if not matching:
            raise UsageError(f"there is no rule {glob!r} that packets can break: see --list-rules")
        found += [rule for rule in matching if rule not in found]
    return found


def kinds(rules: list[mq.Rule | None], version: int | None, sender: mq.Sender | None) -> list[Kind]:
    """Where these rules can be broken."""
    found = [
        Kind(v, s, rule)
        for rule in rules
        for v in (5, 4)
        for s in SENDERS
        if version in (None, v) and sender in (None, s) and kit.generate(v, s, 0, rule)
    ]
    if not found:
        where = NAMES[version] if version else "MQTT"
        by = f" that a {sender} sends" if sender else ""
        raise UsageError(f"no packet of {where}{by} breaks that")
    return found


def packets(seed: int, choice: list[Kind]) -> Iterator[Made]:
    """Without end: each rule as often as any other."""
    rules = list(dict.fromkeys(kind.rule for kind in choice))
    draw = random.Random(seed)  # of which random() stays the same in all versions of Python
    while True:
        rule = rules[int(draw.random() * len(rules))]
        places = [kind for kind in choice if kind.rule == rule]
        kind = places[int(draw.random() * len(places))]
        own = int(draw.random() * kit.SEEDS)
        yield Made(own, kind.version, kind.sender, rule, generated(kind, own))


def generated(kind: Kind, seed: int) -> bytes:
    return kit.generate(kind.version, kind.sender, seed, kind.rule)


def encoded(made: Iterator[Made], form: str) -> Iterator[bytes]:
    """What is written for each packet."""
    if form == "hex":
        return (packet.data.hex().encode() + b"\n" for packet in made)
    if form == "json":
        return (json.dumps(packet.form()).encode() + b"\n" for packet in made)
    if form == "raw":
        return (packet.data for packet in made)
    return itertools.chain([header()], captured(made))


def captured(made: Iterator[Made]) -> Iterator[bytes]:
    """A connection for each packet, with what comes before it."""
    return records(
        frame
        for number, packet in enumerate(made)
        for frame in connection(
            number, introduced([(packet.sender, packet.data)], packet.version, hello=True)
        )
    )


def list_rules(rules: list[mq.Rule | None]) -> None:
    for rule in rules:
        if rule is not None:
            text = mq.rule_info(rule).message
            bits = kit.refusals(rule)
            names = [name.lower() for name, bit in mq.Refuse.__members__.items() if bit == bits]
            print(f"{name_of(rule):40} {text}", *(f"(--refuse {name})" for name in names))


def run(arguments: argparse.Namespace) -> Exit:
    if arguments.version == 3:
        raise UsageError(f"there are no packets of {NAMES[3]} but those of the rule mqtt_3_1")
    if arguments.list_rules:
        list_rules(chosen_rules(arguments.rule or ["*"]))
        return Exit.FINE
    choice = kinds(chosen_rules(arguments.rule), arguments.version, arguments.sender)
    made = itertools.islice(packets(arguments.seed, choice), arguments.count)
    sys.stdout.flush()
    for part in encoded(made, arguments.format):
        sys.stdout.buffer.write(part)
    sys.stdout.buffer.flush()
    return Exit.FINE
