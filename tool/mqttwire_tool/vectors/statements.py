# SPDX-License-Identifier: MIT
"""The statements of the specifications, in our words: docs/conformance.tsv as it is installed."""

from __future__ import annotations

from dataclasses import dataclass

from .data import Vector, installed_text
from .titles import TITLES

JUDGED = ("decode", "encode", "topic", "connection")  # layers that vectors are about


@dataclass(frozen=True)
class Statement:
    version: int
    id: str
    packet: str
    layer: str
    summary: str


def statements() -> dict[tuple[int, str], Statement]:
    """By version and id, in the order of the table."""
    head, *lines = installed_text("conformance.tsv").splitlines()
    made = {}
    for line in lines:
        row = dict(zip(head.split("\t"), line.split("\t")))
        version = 4 if row["version"] == TITLES[4] else 5
        statement = Statement(version, row["id"], row["packet"], row["layer"], row["summary"])
        made[version, row["id"]] = statement
    return made


def name_of(version: int, identifier: str) -> str:
    """How a statement is called beside those of the other version."""
    what = identifier if identifier.startswith("MQTT-") else f"section {identifier}"
    return f"{TITLES[version]} {what}"


def names_of(vector: Vector) -> list[str]:
    return [name_of(vector.version, each) for each in vector.statements]
