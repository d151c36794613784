# SPDX-License-Identifier: MIT
"""What the adapters in Python share: requests and answers, one JSON object a line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

Answer = dict[str, Any]
ACCEPT: Answer = {"result": "accept"}
REJECT: Answer = {"result": "reject"}
MORE: Answer = {"result": "more"}
SKIP: Answer = {"result": "skip"}
TOLD = 1 << 20  # bytes: of larger packets only the result is told
LIMIT = 1 << 29


def parts(value: str | list[Any]) -> list[tuple[str, int]]:
    """Strings, and how often."""
    return [
        (part, 1) if isinstance(part, str) else tuple(part["repeat"])
        for part in ([value] if isinstance(value, str) else value)
    ]


def size(wire: str | list[Any]) -> int:
    return sum(len(bytes.fromhex(unit)) * times for unit, times in parts(wire))


def unfold(wire: str | list[Any]) -> bytes:
    return b"".join(bytes.fromhex(unit) * times for unit, times in parts(wire))


def unfolded(value: Any) -> Any:
    """A packet without recipes."""
    if isinstance(value, dict):
        return {name: unfolded(each) for name, each in value.items()}
    if not isinstance(value, list):
        return value
    if any(isinstance(each, dict) and each.keys() == {"repeat"} for each in value):
        return "".join(unit * times for unit, times in parts(value))
    return [unfolded(each) for each in value]


def cuts(wire: bytes, chunks: list[int] | str) -> Iterator[list[bytes]]:
    """The bytes of a stream in pieces: "each" is in two at every place, and byte by byte."""
    if isinstance(chunks, str):
        yield from ([wire[:at], wire[at:]] for at in range(len(wire) + 1))
        chunks = [1] * len(wire)
    ends = [sum(chunks[: at + 1]) for at in range(len(chunks))]
    yield [wire[end - piece : end] for piece, end in zip(chunks, ends)]


def serve(
    decode: Callable[[bytes, Any, Any], Answer],
    limit: int = LIMIT,
    **others: Callable[[dict[str, Any]], Answer],
) -> None:
    """Answers until there are no more requests.

    limit: the most bytes that are worth the time.  others: what answers requests of other kinds.
    """

    def answer(request: dict[str, Any]) -> Answer:
        if request["kind"] in others:
            return others[request["kind"]](request)
        if request["kind"] != "packets" or size(request["wire"]) > limit:
            return SKIP
        return decode(unfold(request["wire"]), request["version"], request.get("sender"))

    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps({"id": request["id"], **answer(request)}), flush=True)


def refused(error: BaseException) -> Answer:
    return {**REJECT, "error": {"message": f"{type(error).__name__}: {error}"}}
