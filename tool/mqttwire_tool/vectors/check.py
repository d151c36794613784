# SPDX-License-Identifier: MIT
"""mqttwire vectors check: are files of vectors as schema.json says, and is no id given twice?"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import Any

from ..forms import print_json
from ..outcome import Exit, say
from .data import installed_text, texts


class NoLibrary(OSError):
    def __init__(self) -> None:
        super().__init__("checking needs the library jsonschema: pip install 'mqttwire[tool]'")


def _validator() -> Any:
    """Of whole files.  jsonschema is loaded here alone: no other command needs it."""
    try:
        from jsonschema import Draft202012Validator
    except ImportError:
        raise NoLibrary from None
    return Draft202012Validator(json.loads(installed_text("schema.json")))


def _place(document: Any, path: list[Any]) -> str:
    """Where in a file: the vector's id, and the path in it."""
    rest = list(path)
    begin = ""
    if len(rest) >= 2 and rest[0] == "vectors":
        form = document["vectors"][rest[1]]
        number = f"vector {rest[1] + 1}"
        begin = str(form.get("id", number)) if isinstance(form, dict) else number
        rest = rest[2:]
    steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in rest)
    return f"{begin}{steps}" if begin else steps.lstrip(".")


def _message(error: Any) -> str:
    """Of the innermost error that is told: those above it only say that something does not fit."""
    from jsonschema.exceptions import best_match

    inner = best_match([error]) or error
    text = str(inner.message)
    if inner.validator == "not":
        text = "this has no place here"
    where = "".join(f".{step}" for step in list(inner.absolute_path)[len(error.absolute_path) :])
    text = text if len(text) <= 200 else text[:100] + " ... " + text[-95:]
    return f"{where}: {text}" if where else text


def faults(name: str, text: str, validator: Any, seen: dict[str, str]) -> Iterator[dict[str, str]]:
    """What is wrong with a file.  seen: in which file each id stands."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        yield {"file": name, "place": f"line {error.lineno}", "message": f"no JSON: {error.msg}"}
        return
    for fault in validator.iter_errors(document):
        place = _place(document, list(fault.absolute_path))
        yield {"file": name, "place": place, "message": _message(fault)}
    vectors = document.get("vectors") if isinstance(document, dict) else None
    for form in vectors if isinstance(vectors, list) else []:
        identifier = form.get("id") if isinstance(form, dict) else None
        if not isinstance(identifier, str):
            continue
        if identifier in seen:
            message = f"this id stands in {seen[identifier]} already"
            yield {"file": name, "place": identifier, "message": message}
        seen.setdefault(identifier, name)


def run(arguments: argparse.Namespace) -> Exit:
    validator = _validator()
    seen: dict[str, str] = {}
    files = 0
    bad = 0
    for name, text in texts(arguments.files):
        files += 1
        for fault in faults(name, text, validator, seen):
            bad += 1
            if arguments.json:
                print_json(fault)
            else:
                print(": ".join(part for part in fault.values() if part))
    if not arguments.json:
        vectors = "1 vector" if len(seen) == 1 else f"{len(seen)} vectors"
        where = "1 file" if files == 1 else f"{files} files"
        say(f"{vectors} in {where}, {bad or 'nothing'} wrong")
    return Exit.BROKEN if bad else Exit.FINE
