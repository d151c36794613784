# SPDX-License-Identifier: MIT
"""libmqttwire-fuzz in the terms of `mqttwire`: mutation and generation, from a seed."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from typing import NamedTuple, Union

import mqttwire as mq

from .. import _fuzz

Bytes = Union[bytes, bytearray, memoryview]

ROOM = 1 << 17  # bytes of a stream that is mutated, unless told
SEEDS = 1 << 32  # seeds are below this

SENDERS = {None: 0, "client": 1, "server": 2}


class Operator(NamedTuple):
    """What mutation can do."""

    name: str
    level: str  # "packet", "field" or "byte"
    weight: int  # how often it is drawn, unless told
    text: str


class Use(NamedTuple):
    drawn: int  # how often it was an operator's turn
    applied: int  # how often there was something for it to do


OPERATORS = tuple(Operator(*row) for row in _fuzz.OPERATORS)
RULES = tuple(mq.Rule(number) for number in _fuzz.RULES)  # those that bytes can break


class Mutator:
    """Mutates streams of packets.

    operators: names of those that are drawn, or how often each is: 0 to 255.
    version, sender: of streams without a CONNECT, and of packets that come in between.
    repair: per cent of the cases in which lengths are made to fit again.
    rounds: operators in a call, at most.
    """

    def __init__(
        self,
        *,
        operators: Iterable[str] | Mapping[str, int] | None = None,
        version: int | None = None,
        sender: mq.Sender | None = None,
        repair: int = 80,
        rounds: int = 4,
    ) -> None:
        self._weights = None if operators is None else _weights(operators)
        self._version = version or 0
        self._sender = SENDERS[sender]
        self._repair = repair
        self._rounds = rounds
        self._uses = array("Q", bytes(16 * len(OPERATORS)))

    def mutate(self, data: Bytes, seed: int, max_size: int = ROOM) -> bytes:
        return _fuzz.mutate(
            data,
            seed % SEEDS,
            max_size,
            version=self._version,
            sender=self._sender,
            repair=self._repair,
            rounds=self._rounds,
            weights=self._weights,
            uses=self._uses,
        )

    @property
    def uses(self) -> dict[str, Use]:
        """What the operators did so far, by their names."""
        pairs = zip(self._uses[::2], self._uses[1::2])
        return {row.name: Use(*pair) for row, pair in zip(OPERATORS, pairs)}


def _weights(operators: Iterable[str] | Mapping[str, int]) -> bytes:
    usual = {row.name: row.weight for row in OPERATORS}
    wanted = (
        dict(operators)
        if isinstance(operators, Mapping)
        else {name: usual.get(name, 0) for name in operators}
    )
    unknown = sorted(set(wanted) - set(usual))
    if unknown:
        raise ValueError(f"there is no operator {unknown[0]!r}")
    return bytes(wanted.get(name, 0) for name in usual)


def mutate(data: Bytes, seed: int, max_size: int = ROOM) -> bytes:
    """A stream of packets, changed."""
    return Mutator().mutate(data, seed, max_size)


def crossover(one: Bytes, two: Bytes, seed: int, max_size: int = ROOM) -> bytes:
    """A stream of packets, made of two."""
    return _fuzz.crossover(one, two, seed % SEEDS, max_size)


def generate(version: int, sender: mq.Sender, seed: int, rule: mq.Rule | None = None) -> bytes:
    """A valid packet, or one that breaks a rule and no other.

    No bytes: no packet of this version from this sender breaks the rule.
    """
    return _fuzz.generate(version, SENDERS[sender], seed % SEEDS, rule or 0)


def refusals(rule: mq.Rule) -> mq.Refuse:
    """What decoding has to refuse to tell of a rule: nothing, where a MUST is behind it."""
    return mq.Refuse(_fuzz.refusals(rule))
