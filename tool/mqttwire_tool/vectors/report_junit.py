# SPDX-License-Identifier: MIT
"""A run as JUnit's XML, as most build servers read it."""

from __future__ import annotations

import re
from collections import Counter
from xml.etree import ElementTree

from .judge import CRASH, FAIL, SKIP
from .results import Result, Results, suite_of

# What XML 1.0 has no way to say.
NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
ELEMENTS = {FAIL: "failure", CRASH: "error", SKIP: "skipped"}


def _text(text: str) -> str:
    return NO_XML.sub("\ufffd", text)


def _counts(rows: list[Result]) -> dict[str, str]:
    sums = Counter(row.verdict for row in rows)
    return {
        "tests": str(len(rows)),
        "failures": str(sums[FAIL]),
        "errors": str(sums[CRASH]),
        "skipped": str(sums[SKIP]),
        "time": f"{sum(row.seconds for row in rows):.3f}",
    }


def junit(results: Results) -> str:
    suites: dict[str, list[Result]] = {}
    for row in results.rows:
        suites.setdefault(suite_of(row.vector), []).append(row)
    head = {"name": _text(results.adapter), **_counts(results.rows)}
    root = ElementTree.Element("testsuites", head)
    for name, rows in suites.items():
        suite = ElementTree.SubElement(root, "testsuite", {"name": name, **_counts(rows)})
        for row in rows:
            case = ElementTree.SubElement(
                suite, "testcase", name=row.name, classname=name, time=f"{row.seconds:.3f}"
            )
            if row.verdict in ELEMENTS:
                verdict = ElementTree.SubElement(
                    case, ELEMENTS[row.verdict], message=_text(row.why)
                )
                if row.bad:
                    verdict.set("type", row.vector.rule or row.vector.result)
                    verdict.text = _text(row.vector.title)
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'
