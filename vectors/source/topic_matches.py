# SPDX-License-Identifier: MIT
"""Which filter fits which name: section 4.7, read level by level, and pairs that show it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

LEVELS = ["", "a", "b", "$x"]
MOST = 3  # levels of a name or filter


def fits(topic_filter: str, name: str) -> bool:
    """Both are well-formed.  As the text says it: slow, and that is its point."""
    if name.startswith("$") and topic_filter[0] in "#+":
        return False  # 4.7.2
    wanted, there = topic_filter.split("/"), name.split("/")  # 4.7.1.1
    for place, level in enumerate(wanted):
        if level == "#":
            return True  # the level above it, and any number of levels below (4.7.1.2)
        if place == len(there):
            return False  # the name has fewer levels
        if level == "+":
            continue  # one level, whatever it is, an empty one too (4.7.1.3)
        if level != there[place]:
            return False  # no character is taken for another (4.7.3)
    return len(wanted) == len(there)


def names() -> Iterator[str]:
    for count in range(1, MOST + 1):
        for levels in product(LEVELS, repeat=count):
            if "/".join(levels):
                yield "/".join(levels)


def filters() -> Iterator[str]:
    for count in range(1, MOST + 1):
        for levels in product([*LEVELS, "+"], repeat=count - 1):
            for last in [*LEVELS, "+", "#"]:
                if "/".join([*levels, last]):
                    yield "/".join([*levels, last])


def _kind(level: str, first: bool) -> str:
    """What a level is to a matcher: $ means something at the beginning of a name only (4.7.2)."""
    if level == "":
        return "empty"
    return "dollar" if first and level == "$x" else "text"


def _relation(wanted: str, there: str, first: bool) -> str:
    """How a level of a filter stands to that of a name."""
    if wanted == "+":
        return f"+ on {_kind(there, True)}"
    if wanted == there:
        return f"equal {_kind(there, first)}"
    return f"{_kind(wanted, first)} is not {_kind(there, first)}"


def _shape(topic_filter: str, name: str) -> tuple[str, ...]:
    """What a matcher sees until it knows the answer; pairs of one shape tell the same."""
    wanted, there = topic_filter.split("/"), name.split("/")
    shape: tuple[str, ...] = ()
    if name.startswith("$") and topic_filter[0] in "#+":
        # Telling is what would fit otherwise.
        return ("hidden", topic_filter.replace("b", "a")) if fits(topic_filter, "a" + name) else ()
    for place, level in enumerate(wanted):
        if level == "#":
            return (*shape, f"# on {len(there) - place} levels")
        if place == len(there):
            # What is left of the filter may look like what fits no level at all.
            rest = "/".join(wanted[place:])
            return (*shape, f"the name ends before {rest if rest in ('', '+', '+/#') else 'text'}")
        relation = _relation(level, there[place], place == 0)
        shape = (*shape, relation)
        if "is not" in relation:
            return shape
    left = len(there) - len(wanted)
    return (*shape, f"the name has {left} levels more")


def pairs() -> Iterator[tuple[str, str]]:
    """All filters and names of these levels, one pair of each shape."""
    seen: set[tuple[str, ...]] = {()}
    for topic_filter in filters():
        for name in names():
            shape = _shape(topic_filter, name)
            if shape not in seen:
                seen.add(shape)
                yield topic_filter, name
