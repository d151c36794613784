# SPDX-License-Identifier: MIT
"""What the adapters in Python share: requests and answers, one JSON object a line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

Answer = dict[str, Any]
ACCEPT: Answer = {"result": "accept"}
REJECT: Answer = {"result": "reject"}
MORE: Answer = {"result": "more"}
SKIP: Answer = {"result": "skip"}
TOLD = 1 << 20  # bytes: of larger packets only the result is told


def parts(wire: str | list[Any]) -> list[tuple[bytes, int]]:
    """Bytes, and how often."""
    return [
        (bytes.fromhex(part), 1)
        if isinstance(part, str)
        else (bytes.fromhex(part["repeat"][0]), part["repeat"][1])
        for part in ([wire] if isinstance(wire, str) else wire)
    ]


def answer(
    decode: Callable[[bytes, Any, Any], Answer], request: dict[str, Any], limit: int
) -> Answer:
    if request["kind"] != "packets" or "wire" not in request:
        return SKIP
    recipe = parts(request["wire"])
    if sum(len(unit) * times for unit, times in recipe) > limit:
        return SKIP
    data = b"".join(unit * times for unit, times in recipe)
    return decode(data, request["version"], request.get("sender"))


def serve(decode: Callable[[bytes, Any, Any], Answer], limit: int = 1 << 29) -> None:
    """Answers until there are no more requests.  limit: the most bytes that are worth the time."""
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps({"id": request["id"], **answer(decode, request, limit)}), flush=True)


def refused(error: BaseException) -> Answer:
    return {**REJECT, "error": {"message": f"{type(error).__name__}: {error}"}}
