# SPDX-License-Identifier: MIT
"""Is an answer what a vector wants?"""

from __future__ import annotations

import json
from typing import Any

from .data import LARGE, Form, Vector
from .forms import unfold, unfolded

PASS, FAIL, SKIP, CRASH = "pass", "fail", "skip", "crash"
VERDICTS = (PASS, FAIL, SKIP, CRASH)
SHOWN = 80  # characters of a value
TOLD = ("packet", "packets", "group", "filter")  # compared, where an answer tells them


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}... ({len(text)} characters)"


def difference(wanted: Any, got: Any, path: str = "") -> str | None:
    """The first thing that is not the same in two JSON values; true is not 1."""
    if isinstance(wanted, dict) and isinstance(got, dict):
        for name in [*wanted, *(each for each in got if each not in wanted)]:
            at = f"{path}.{name}" if path else name
            if name not in got:
                return f"{at}: missing, not {_short(wanted[name])}"
            if name not in wanted:
                return f"{at}: {_short(got[name])}, where nothing should be"
            found = difference(wanted[name], got[name], at)
            if found:
                return found
        return None
    if isinstance(wanted, list) and isinstance(got, list) and len(wanted) == len(got):
        for index, (one, other) in enumerate(zip(wanted, got)):
            found = difference(one, other, f"{path}[{index}]")
            if found:
                return found
        return None
    if type(wanted) is type(got) and wanted == got:
        return None
    return f"{path}: {_short(got)}, not {_short(wanted)}"


def _content(vector: Vector, answer: Form) -> str | None:
    """What is wrong with what the answer tells besides its result."""
    wanted = {name: vector.form[name] for name in TOLD if name in vector.form}
    if vector.kind == "packets":
        wanted["size"] = vector.size
    if vector.kind == "sessions" and vector.result == "reject":
        wanted["step"] = len(vector.steps) - 1
    for name, value in wanted.items():
        if answer.get(name) is not None:
            found = difference(unfolded(value), unfolded(answer[name]), name)
            if found:
                return found
    return None


def _bytes(vector: Vector, answer: Form) -> str | None:
    """What is wrong with the bytes that a packet was encoded to.  The largest need not be told."""
    told = answer.get("wire")
    if told is None:
        return None if vector.size > LARGE else "wire: missing"
    try:
        got = bytes.fromhex(told)
    except (TypeError, ValueError):
        return f"wire: {_short(told)} is no hex"
    wanted = unfold(vector.form["wire"])
    if got == wanted:
        return None
    if len(got) != len(wanted):
        return f"wire: {len(got)} bytes, not {len(wanted)}"
    at = next(i for i, (a, b) in enumerate(zip(got, wanted)) if a != b)
    order = ", the same bytes in another order" if sorted(got) == sorted(wanted) else ""
    return f"wire: byte {at} is {got[at]:02x}, not {wanted[at]:02x}{order}"


def told(answer: Form) -> str:
    """The error of an answer in words: nothing is judged by it."""
    error = answer.get("error")
    if isinstance(error, dict):
        for name in ("rule", "message"):
            if isinstance(error.get(name), str):
                return str(error[name])
    return "" if error is None else _short(error)


def judge(vector: Vector, answer: Form, question: str) -> tuple[str, str]:
    """The verdict, and why where it is no pass."""
    result = answer.get("result")
    if result == "skip":
        return SKIP, told(answer)
    if result == "differs":
        return FAIL, "differs: how the bytes are cut changes the answer"
    if result not in ("accept", "reject", "more"):
        return FAIL, f"result: {_short(result)} is none"
    wanted = ("accept", "reject") if vector.result == "choice" else (vector.result,)
    if result not in wanted:
        error = told(answer)
        reason = f": {error}" if error else ""
        rule = f" ({vector.rule})" if vector.rule and vector.result == "reject" else ""
        return FAIL, f"{result}{reason}, not {vector.result}{rule}"
    wrong = None
    if question == "encode":
        wrong = _bytes(vector, answer) if result == "accept" else None
    elif result == "accept" or vector.kind in ("streams", "sessions"):
        wrong = _content(vector, answer)
    return (FAIL, wrong) if wrong else (PASS, "")
