# SPDX-License-Identifier: MIT
"""What a disagreement is called, and who is right by whom: lines of interop-verdicts.tsv.

Such a line is `implementation`, `what`, `who`, `why`.  The first one that fits a disagreement is
its verdict: `implementation` and `what` are globs, `what` of the title of its group, of the
vector's id or of a statement.  This needs Python alone, as what writes docs/interop.md has no more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

HEAD = "implementation\twhat\twho\twhy"
TITLES = {4: "3.1.1", 5: "5.0"}
WHO = ("vector", "both", "implementation")  # is right
NO_FAULT = ("not told", "not reached", "open")  # reasons of "both" begin with one of these
TOLD = 60  # characters of an error
DEATHS = {"crash": "dies of", "hang": "hangs at", "garbage": "talks nonsense at"}  # no answer

Form = dict[str, Any]


@dataclass(frozen=True)
class Verdict:
    implementation: str
    what: str
    who: str
    why: str

    def fits(self, name: str, title: str, row: Form) -> bool:
        return fnmatchcase(name, self.implementation) and any(
            fnmatchcase(each, self.what) for each in (title, row["id"], *statements(row))
        )


class Wrong(Exception):
    """What is to be said before anything is written."""


def verdicts(text: str) -> list[Verdict]:
    head, *lines = text.splitlines()
    if head != HEAD:
        raise Wrong(f"the verdicts begin with {HEAD.split()}")
    made = []
    for number, line in enumerate(lines, 2):
        words = line.split("\t")
        if len(words) != 4 or not all(words) or words[2] not in WHO or "|" in line:
            raise Wrong(f"line {number} of the verdicts is none: {line}")
        if words[2] == "both" and words[3].split(":")[0] not in NO_FAULT:
            raise Wrong(f"line {number} of the verdicts says not why nobody is at fault: {line}")
        made.append(Verdict(*words))
    return made


def statements(row: Form) -> list[str]:
    """Statement ids, or the section where there is none, with their version."""
    ids = row["ids"] or ([f"section {row['section']}"] if row.get("section") else [])
    return [f"{TITLES[row['version']]} {each}" for each in ids if row["version"] in TITLES]


def told(answer: Form) -> str:
    error = answer.get("error") or "no word"
    if isinstance(error, dict):
        error = error.get("rule") or error.get("message") or "no word"
    text = re.sub(r"[|`\s]+", " ", str(error))
    text = re.sub(r"^(?:[a-z]\w*\.)+(?=[A-Z])", "", text)  # packages of Java
    return text if len(text) <= TOLD else text[:TOLD] + "..."


def _written(row: Form) -> str:
    """How the bytes differ that a packet was encoded to."""
    sizes = re.search(r"(\d+) bytes, not (\d+)", row["why"])
    if sizes:
        return "more" if int(sizes[1]) > int(sizes[2]) else "fewer"
    return "reordered" if "another order" in row["why"] else "other"


def _topic(row: Form, verb: str) -> str:
    """Of a match or a share that is not seen as it is."""
    what = {"match": "a match", "share": "a shared subscription"}[row["check"]]
    wrong = "no " + what.split(" ", 1)[1] if row["expected"] == "reject" else what
    error = row["answer"].get("error")
    died = ": panic" if error and told(row["answer"]).startswith("panic") else ""
    return f"{'takes' if verb == 'accepts' else 'does not take'} {wrong} for one{died}"


def title(row: Form) -> str:
    """Of the group that a disagreement belongs to."""
    wanted, answer = row["expected"], row.get("answer") or {}
    got = row["verdict"] if row["verdict"] in DEATHS else str(answer.get("result"))
    verb = {"accept": "accepts", "more": "waits at", **DEATHS}.get(got, "refuses")
    encoded = row.get("kind") == "encode"
    if got == "differs":
        return "reads by how the bytes are cut"
    if row.get("check") in ("match", "share") and got not in DEATHS:
        return _topic(row, verb)
    if encoded:
        verb = {"accepts": "writes"}.get(verb, verb)
    if wanted == "reject" and got != "reject":
        return f"{verb} {row['rule']}"
    if encoded and got == "accept":
        return f"writes {_written(row)} bytes: {row['type']}"
    if got == wanted or (wanted, got) == ("choice", "accept"):
        path = re.sub(r"\[\d+\]", "", row["why"].split(":")[0])
        return "reads " + re.sub(r"^packets?\.", "", path).replace("will.", "", 1)
    if encoded:
        what = "to write a good packet" if got == "reject" else "writing a good packet"
    elif row.get("check"):
        what = f"a good {row['check']}"
    else:
        what = "a beginning" if wanted == "more" else "a good packet"
    return f"{verb} {what}" + (f": {told(answer)}" if got == "reject" else "")
