# SPDX-License-Identifier: MIT
"""The vectors as they are installed, or in a folder that is named.

This, and what writes C, needs Python alone: builds of the library read vectors without the package.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from .forms import Hex, size_of
from .shape import expect

KINDS = ("packets", "streams", "topics", "sessions")
RESULTS = ("accept", "reject", "more", "choice")
LARGE = 1 << 20  # bytes: what has more is left out where bytes are written down

Form = dict[str, Any]


class NotVectors(OSError):
    """A file that cannot be read as vectors."""

    def __init__(self, name: object, why: str) -> None:
        super().__init__(0, why, str(name))


@dataclass(frozen=True)
class Vector:
    """One vector, with what its file says of it."""

    form: Form
    suite: str
    kind: str

    @property
    def id(self) -> str:
        return str(self.form["id"])

    @property
    def version(self) -> int:
        """That of the specification it is of: a stream may leave the connection's to CONNECT."""
        given = self.form.get("version")
        return given if isinstance(given, int) else (4 if self.id.startswith("v4-") else 5)

    @property
    def result(self) -> str:
        return str(self.form["result"])

    @property
    def steps(self) -> list[Form]:
        steps: list[Form] = self.form.get("steps", [])
        return steps

    @property
    def error(self) -> Form | None:
        """Of itself, or of the step that has one."""
        found = [form["error"] for form in (self.form, *self.steps) if form.get("error")]
        return found[-1] if found else None

    @property
    def rule(self) -> str | None:
        return str(self.error["rule"]) if self.error else None

    @property
    def comment(self) -> str:
        return str(self.form.get("comment", ""))

    @property
    def title(self) -> str:
        """What it is about, in a line."""
        return str(self.form.get("name", self.comment))

    @property
    def wires(self) -> list[tuple[str, Hex]]:
        """What is sent: by whom, and the bytes."""
        parts = self.steps if self.kind == "sessions" else [self.form]
        return [(part["sender"], part["wire"]) for part in parts if "wire" in part]

    @property
    def size(self) -> int:
        return sum(size_of(wire) for _, wire in self.wires)

    @property
    def subject(self) -> str:
        """The rule that is broken, or else what it is about."""
        if self.rule:
            return self.rule
        if self.kind == "topics":
            return str(self.form["check"])
        if self.kind == "sessions":
            return f"{len(self.steps)} steps"
        if self.kind == "streams":
            return f"{len(self.form.get('packets', []))} packets"
        return str(self.form.get("packet", {}).get("type", ""))

    @property
    def statements(self) -> list[str]:
        """Statement ids, or the section where there is none."""
        ids = [str(each) for each in self.form.get("ids", [])]
        if not ids and self.form.get("section"):
            ids = [str(self.form["section"])]
        return ids


def installed() -> Any:
    """The folder of what is installed with the package: vectors, their schema, statements."""
    return resources.files(__package__) / "data"


def installed_text(name: str) -> str:
    text: str = (installed() / name).read_text(encoding="utf-8")
    return text


def _folder_files(folder: Any) -> Iterator[tuple[str, str]]:
    """Names and texts of a folder's files of vectors: v*/*.json, or *.json if there are none."""
    entries = sorted(folder.iterdir(), key=lambda entry: str(entry.name))
    versions = [entry for entry in entries if re.match(r"v\d", entry.name) and entry.is_dir()]
    for place in versions or [folder]:
        for file in sorted(place.iterdir(), key=lambda entry: str(entry.name)):
            if file.name.endswith(".json") and file.name != "schema.json":
                yield f"{place.name}/{file.name}", _text_of(file)


def _text_of(file: Any) -> str:
    try:
        text: str = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise NotVectors(file, "this is no UTF-8") from None
    return text


def texts(names: Iterable[str | Path]) -> Iterator[tuple[str, str]]:
    """Names and texts of files: those in the folders and files that are named, or installed."""
    named = list(names)
    if not named:
        yield from _folder_files(installed())
    for name in named:
        path = Path(name)
        if path.is_dir():
            yield from _folder_files(path)
        else:
            yield str(name), _text_of(path)


def _vectors_of(name: str, text: str) -> Iterator[Vector]:
    try:
        suite = json.loads(text)
        for form in suite["vectors"]:
            vector = Vector(form, str(suite["suite"]), suite["kind"])
            expect(form, vector.kind)
            yield vector
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NotVectors(name, "not a file of vectors: `mqttwire vectors check` says why") from None


def load(names: Iterable[str | Path] = ()) -> list[Vector]:
    return [vector for name, text in texts(names) for vector in _vectors_of(name, text)]
