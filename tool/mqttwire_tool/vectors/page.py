# SPDX-License-Identifier: MIT
"""A page of HTML that stands by itself, with tables."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Union

STYLE = """\
:root { color-scheme: light dark; --line: #8884; --good: #2a7d3a; --bad: #c22f2f; --dim: #888; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem;
  padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .25rem .6rem; text-align: left;
  vertical-align: top; overflow-wrap: anywhere; }
th { position: sticky; top: 0; background: Canvas; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
.pass { color: var(--good); } .fail, .crash, .none { color: var(--bad); font-weight: 600; }
.skip, .dim { color: var(--dim); }
code { font: 13px ui-monospace, monospace; }
"""


class Cell:
    """Text of a cell with a class; numbers stand to the right."""

    def __init__(self, text: object, style: str = "") -> None:
        self.text = str(text)
        self.style = style

    def html(self, tag: str = "td") -> str:
        style = f' class="{self.style}"' if self.style else ""
        return f"<{tag}{style}>{escape(self.text)}</{tag}>"


Value = Union[str, int, Cell]


def cell(value: Value) -> Cell:
    if isinstance(value, Cell):
        return value
    return Cell(value or "-", "n" if value else "n dim") if isinstance(value, int) else Cell(value)


def table(head: Iterable[Value], rows: Iterable[Iterable[Value]]) -> str:
    top = "".join(cell(value).html("th") for value in head)
    lines = ["<table>", f"<thead><tr>{top}</tr></thead>", "<tbody>"]
    for row in rows:
        lines.append("<tr>" + "".join(cell(value).html() for value in row) + "</tr>")
    return "\n".join([*lines, "</tbody>", "</table>"])


def heading(text: str) -> str:
    return f"<h2>{escape(text)}</h2>"


def paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def page(title: str, *parts: str) -> str:
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title>",
            f"<style>\n{STYLE}</style>",
            "</head>",
            "<body>",
            f"<h1>{escape(title)}</h1>",
            *parts,
            "</body>",
            "</html>",
            "",
        ]
    )
