# SPDX-License-Identifier: MIT
"""Chance from a seed, the same in all versions of Python."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

from . import kit

T = TypeVar("T")


class Draw:
    """Of what `random` has, only random() is promised to stay the same."""

    def __init__(self, *seed: int) -> None:
        self._random = random.Random("/".join(map(str, seed)))

    def below(self, most: int) -> int:
        return int(self._random.random() * most)

    def chance(self, per_cent: float) -> bool:
        return self._random.random() * 100 < per_cent

    def pick(self, some: Sequence[T]) -> T:
        return some[self.below(len(some))]

    def seconds(self, most: float) -> float:
        return round(self._random.random() * most, 4)

    def seed(self) -> int:
        """For the kit."""
        return self.below(kit.SEEDS)
