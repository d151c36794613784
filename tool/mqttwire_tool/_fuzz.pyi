# SPDX-License-Identifier: MIT
from typing import Final, Literal

from _typeshed import ReadableBuffer, WriteableBuffer

# Operators: name, level, weight, what it does.
OPERATORS: Final[tuple[tuple[str, Literal["packet", "field", "byte"], int, str], ...]]

# Numbers of the rules that bytes can break.
RULES: Final[tuple[int, ...]]

# Versions and senders are the numbers of the C header; 0: drawn, or guessed.
def mutate(
    data: ReadableBuffer,
    seed: int,
    max_size: int,
    *,
    version: int = 0,
    sender: int = 0,
    repair: int = ...,
    rounds: int = ...,
    weights: ReadableBuffer | None = None,  # a byte for each operator
    uses: WriteableBuffer = ...,  # two numbers of 64 bits for each operator
) -> bytes: ...
def crossover(one: ReadableBuffer, two: ReadableBuffer, seed: int, max_size: int, /) -> bytes: ...

# No bytes: no packet of this version and sender breaks the rule.
def generate(version: int, sender: int, seed: int, rule: int = 0, /) -> bytes: ...
def refusals(rule: int, /) -> int: ...
