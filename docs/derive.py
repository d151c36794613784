#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the tables in docs/ that are made from tables.h, conformance.tsv, and the broker's tests.

docs/derive.py           writes them: the names are in pages()
docs/derive.py --check   writes nothing; fails where they differ
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent
TESTS = DOCS.parent / "tests"
HEADER = DOCS.parent / "include" / "mqttwire" / "tables.h"
JUDGED = ("decode", "encode", "topic")  # layers whose rows packets show by themselves
SERVED = ("broker", "connection", "topic")  # layers whose rows are the broker's to keep
NOTE = "<!-- Written by docs/derive.py. -->"
VERSIONS = {"3.1.1": 0, "5.0": 1}


def rows(name: str) -> list[list[str]]:
    """The rows of one list macro, each a list of its arguments."""
    text = HEADER.read_text(encoding="utf-8")
    lines = text.split(f"#define {name}(X)", 1)[1].split("\n\n", 1)[0].splitlines()
    found = []
    for line in lines[1:]:
        match = re.fullmatch(r"\s*X\((.*)\)\s*\\?", line)
        if not match:
            raise ValueError(f"{name}: not a row: {line}")
        words = re.findall(r'\s*("[^"]*"|[^,"]+)\s*(?:,|$)', match[1])
        found.append([word.strip().strip('"') for word in words])
    return found


def table(head: list[str], lines: list[list[str]]) -> str:
    return "".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n"
        for line in [head, ["---"] * len(head), *lines]
    )


class Rule:
    def __init__(self, row: list[str]) -> None:
        self.number, _, self.name, self.kind, self.reason, self.connack = row[:6]
        self.ids = (row[6].split(), row[7].split())
        self.switch, self.bit, self.text = row[8:]


def rules() -> list[Rule]:
    return [Rule(row) for row in rows("MQW_RULES")]


def tsv(name: str) -> list[dict[str, str]]:
    head, *lines = (DOCS / name).read_text(encoding="utf-8").splitlines()
    return [dict(zip(head.split("\t"), line.split("\t"))) for line in lines]


def exceptions() -> dict[tuple[str, str], tuple[str, str]]:
    return {
        (row["version"], row["id"]): (row["why no rule names it"], row["test"])
        for row in tsv("conformance-exceptions.tsv")
    }


def judged() -> list[dict[str, str]]:
    return [row for row in tsv("conformance.tsv") if row["layer"] in JUDGED]


def enforcing(row: dict[str, str]) -> list[str]:
    """Names of the rules that a row's id is in."""
    return [rule.name for rule in rules() if row["id"] in rule.ids[VERSIONS[row["version"]]]]


def unaccounted() -> list[str]:
    """Rows that are neither enforced nor excepted, or both; exceptions for no row."""
    known = exceptions()
    wrong = [
        f"{row['version']} {row['id']}"
        for row in judged()
        if bool(enforcing(row)) == ((row["version"], row["id"]) in known)
    ]
    ids = {(row["version"], row["id"]) for row in judged()}
    return wrong + [f"{version} {name}" for version, name in known if (version, name) not in ids]


def unknown() -> list[str]:
    """Ids in rules that the specifications do not have."""
    ids = {(row["version"], row["id"]) for row in tsv("conformance.tsv")}
    return [
        f"{rule.name}: {name}"
        for rule in rules()
        for version, at in VERSIONS.items()
        for name in rule.ids[at]
        if name.startswith("MQTT-") and (version, name) not in ids
    ]


def conformance() -> str:
    text = (
        f"{NOTE}\n# Statements of the specifications, and what enforces them\n\n"
        "The statements that one packet or topic shows by itself: layers `decode`, `encode` and "
        "`topic` of\n`conformance.tsv`. Those that a connection shows are in "
        "[connection.md](connection.md); the other layers are\nduties of clients and brokers. "
        "Where no rule names a statement, the reason and the test that keeps it follow.\n"
    )
    known = exceptions()
    for version in VERSIONS:
        lines = []
        for row in judged():
            if row["version"] != version:
                continue
            by = ", ".join(f"`{name}`" for name in enforcing(row))
            if not by:
                why, test = known.get((version, row["id"]), ("NOTHING", ""))
                by = f"{why} (`{test}`)"
            lines.append([row["id"], row["packet"], row["layer"], row["summary"], by])
        head = ["statement", "packet", "layer", "summary", "enforced by"]
        text += f"\n## MQTT {version}\n\n{table(head, lines)}"
    return text


def named(test: ast.FunctionDef) -> list[tuple[str, str]]:
    """The statements that a test names: tests/statements.py says how."""
    found = []
    for call in test.decorator_list:
        if not (isinstance(call, ast.Call) and ast.unparse(call.func) == "statement"):
            continue
        versions = list(VERSIONS)
        for word in map(ast.literal_eval, call.args):
            if word in VERSIONS:
                versions = [word]
            else:
                found += [(version, word) for version in versions]
    return found


def shown_by_tests() -> dict[tuple[str, str], list[str]]:
    """Statements, and the tests of the broker that name them."""
    shown: dict[tuple[str, str], list[str]] = {}
    for path in sorted(TESTS.glob("test_broker_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                for key in named(node):
                    shown.setdefault(key, []).append(f"{path.name} {node.name}")
    return shown


def served() -> list[dict[str, str]]:
    return [row for row in tsv("conformance.tsv") if row["layer"] in SERVED]


def untested() -> dict[tuple[str, str], str]:
    """Statements that no test of the broker names, and why."""
    rows = tsv("broker-conformance-exceptions.tsv")
    return {(row["version"], row["id"]): row["why no test names it"] for row in rows}


def unserved() -> list[str]:
    """Rows that have neither a test of the broker nor a reason, or both; statements named there
    that the specifications do not have."""
    shown, known = shown_by_tests(), untested()
    ids = {(row["version"], row["id"]) for row in tsv("conformance.tsv")}
    keys = [(row["version"], row["id"]) for row in served()]
    wrong = [
        f"no test of the broker: {' '.join(key)}" for key in keys if key not in {*shown, *known}
    ]
    wrong += [f"tested and excepted: {' '.join(key)}" for key in known if key in shown]
    wrong += [f"an exception of no row: {' '.join(key)}" for key in known if key not in keys]
    return wrong + [f"{shown[key][0]}: no {' '.join(key)}" for key in shown if key not in ids]


def broker_conformance() -> str:
    text = (
        f"{NOTE}\n# What tests the broker's conformance\n\n"
        "The statements that a broker keeps: layers `broker`, `connection` and `topic` of "
        "`conformance.tsv`, and\nthose of other layers that its tests name. The tests are in "
        "`tests/test_broker_*.py`. Where no test names\na statement, the reason stands. What one "
        "packet shows by itself is in [conformance.md](conformance.md).\n"
    )
    shown, known = shown_by_tests(), untested()
    for version in VERSIONS:
        lines = []
        for row in tsv("conformance.tsv"):
            key = row["version"], row["id"]
            if row["version"] != version or not (row["layer"] in SERVED or key in shown):
                continue
            tests: dict[str, list[str]] = {}
            for test in shown.get(key, []):
                file, name = test.removeprefix("test_broker_").split(".py test_")
                tests.setdefault(file, []).append(f"`{name}`")
            by = "; ".join(f"{file}: {', '.join(names)}" for file, names in tests.items())
            lines.append([row["id"], row["packet"], row["layer"], row["summary"]])
            lines[-1].append(by or known.get(key, "NOTHING"))
        head = ["statement", "packet", "layer", "summary", "tested by"]
        text += f"\n## MQTT {version}\n\n{table(head, lines)}"
    return text


def rule_table() -> str:
    lines = []
    for rule in rules():
        switch = "" if rule.bit == "NOTHING" else f"`MQW_{rule.switch}_{rule.bit}`"
        ids = [" ".join(rule.ids[at]) for at in (0, 1)]
        kind = rule.kind.lower().replace("_", " ")
        code = "" if rule.connack == "0" else rule.connack
        lines.append(
            [rule.number, f"`{rule.name}`", rule.text, kind, rule.reason, code, *ids, switch]
        )
    head = ["number", "rule", "says", "class", "5.0 reason", "3.1.1 CONNACK"]
    head += ["3.1.1 statements", "5.0 statements", "switch"]
    text = (
        f"{NOTE}\n# Rules\n\nAn error code is the number of a rule. `MQW_ALLOW_` bits switch a "
        "rule off, `MQW_REFUSE_` bits switch one on.\nRules from 200 on are those of a connection: "
        "[connection.md](connection.md).\n\n" + table(head, lines)
    )
    for name, prefix, verb in (
        ("MQW_ALLOWANCES", "MQW_ALLOW_", "lets through"),
        ("MQW_REFUSALS", "MQW_REFUSE_", "refuses"),
    ):
        bits = [[row[0], f"`{prefix}{row[1]}`", row[3]] for row in rows(name)]
        text += f"\n## What `{prefix}` bits do\n\n{table(['bit', 'name', verb], bits)}"
    return text


def shown_places(expression: str) -> set[str]:
    """Names of places in an expression such as MQW_IN_CONNECT | MQW_IN_WILL."""
    answers = ["PUBACK", "PUBREC", "PUBREL", "PUBCOMP"]
    answer = [*answers, "CONNACK", "SUBACK", "UNSUBACK", "DISCONNECT", "AUTH"]
    groups = {
        "MESSAGE": ["PUBLISH", "WILL"],
        "HANDSHAKE": ["CONNECT", "CONNACK"],
        "PUBLISH_ANSWER": answers,
        "ANSWER": answer,
        "ANY": [row[1] for row in rows("MQW_PLACES")],
    }
    names = [] if expression == "0" else re.findall(r"MQW_IN_(\w+)", expression)
    return {place for name in names for place in groups.get(name, [name])}


def property_table() -> str:
    types = {
        "BYTE": "byte",
        "TWO": "two bytes",
        "FOUR": "four bytes",
        "VARINTS": "variable byte integer",
        "TEXT": "text",
        "TOPIC": "text, a topic name",
        "BINARY": "binary",
        "PAIRS": "pair of texts",
    }
    order = [row[1] for row in rows("MQW_PLACES")]
    lines = []
    for number, _, member, kind, places, low, high, rule, text in rows("MQW_PROPERTIES"):
        held = shown_places(places)
        ranged = kind in ("BYTE", "TWO", "FOUR", "VARINTS")
        values = f"{int(low, 0)} to {int(high, 0)}" if ranged else ""
        where = "all" if len(held) == len(order) else ", ".join(p for p in order if p in held)
        by = "" if rule == "PROPERTY_VALUE" else f"`{rule.lower()}`"  # all values are good
        lines.append([number, f"`{member}`", text, types[kind], values, where, by])
    head = ["identifier", "member", "text", "type", "values", "places", "rule for its value"]
    return (
        f"{NOTE}\n# Properties of MQTT 5.0\n\n`WILL` is the will of a CONNECT. "
        "`user_properties` may repeat, and `subscription_identifiers` in PUBLISH.\n\n"
        + table(head, lines)
    )


def reason_table() -> str:
    order = [row[1] for row in rows("MQW_PLACES")]
    lines = []
    used: set[str] = set()
    codes = rows("MQW_REASONS")
    for row in codes:
        used |= shown_places(row[3]) | shown_places(row[4])
    columns = [place for place in order if place in used]
    for code, _, name, client, server, text in codes:
        by = (shown_places(client), shown_places(server))
        cells = []
        for place in columns:
            sent = (place in by[0], place in by[1])
            cells.append({(True, True): "both", (True, False): "client", (False, True): "server"}
                         .get(sent, ""))  # fmt: skip
        lines.append([code, f"`{name}`", text, *cells])
    text = f"{NOTE}\n# Reason codes\n\n## MQTT 5.0\n\nWho may send them in which packet.\n\n"
    text += table(["code", "name", "text", *columns], lines)
    head = ["code", "name", "text", "packet"]
    for name, title in (
        ("MQW_REASON_NAMES", "Other names of code 0 in 5.0"),
        ("MQW_RETURN_CODES", "MQTT 3.1.1"),
    ):
        found = [[c, f"`{n}`", t, p.replace("MQW_IN_", "")] for c, _, n, p, t in rows(name)]
        text += f"\n## {title}\n\n{table(head, found)}"
    return text


def pages() -> dict[str, str]:
    return {
        "conformance.md": conformance(),
        "broker-conformance.md": broker_conformance(),
        "rules.md": rule_table(),
        "properties.md": property_table(),
        "reasons.md": reason_table(),
    }


def main() -> int:
    check = sys.argv[1:] == ["--check"]
    wrong = unaccounted() + unknown() + unserved()
    for name, text in pages().items():
        page = DOCS / name
        if not check:
            page.write_text(text, encoding="utf-8")
        elif not page.exists() or page.read_text(encoding="utf-8") != text:
            wrong.append(f"docs/{name} is not what docs/derive.py writes")
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
