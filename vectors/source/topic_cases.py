# SPDX-License-Identifier: MIT
"""Cases of the kind `topics`: names and filters on their own, without a packet around them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Union

from .cases import Case, error_of
from .wire import Repeat

# Text; bytes where JSON cannot hold them; or parts, with recipes.
Text = Union[str, bytes, "list[bytes | Repeat]"]


def text_form(text: Text) -> Any:
    """As in the files: a string, {"hex": ...}, or a list of strings and recipes."""
    if isinstance(text, str):
        return text
    if isinstance(text, bytes):
        return {"hex": text.hex()}
    return [
        {"repeat": [part.unit.decode(), part.times]} if isinstance(part, Repeat) else part.decode()
        for part in text
    ]


def _case(
    key: str,
    form: dict[str, Any],
    ids: Sequence[str],
    section: str | None,
    level: str,
    comment: str,
) -> Case:
    assert ids or section, f"{key} says nothing of the specification"
    return Case(key, form, comment, tuple(ids), section, level)


def check(
    key: str,
    version: int,
    what: str,
    text: Text,
    rule: str | None = None,
    *,
    result: str = "",
    ids: Sequence[str] = (),
    section: str | None = None,
    level: str = "MUST",
    comment: str = "",
) -> Case:
    """Is `text` a well-formed `what` ("name" or "filter")?  Not, if it breaks `rule`."""
    field = f"topic_{what}"
    result = result or ("reject" if rule else "accept")
    form: dict[str, Any] = {"version": version, "check": what, field: text_form(text)}
    form["result"] = result
    if rule:
        form["error"] = error_of(version, rule, None, field)
    return _case(f"{what} {key}", form, ids, section, level, comment)


def match(
    key: str,
    version: int,
    topic_filter: Text,
    name: Text,
    fits: bool,
    *,
    ids: Sequence[str],
    section: str | None = None,
    comment: str = "",
) -> Case:
    """Does a subscription to the filter get messages to the name?  Both are well-formed."""
    form = {"version": version, "check": "match", "topic_filter": text_form(topic_filter)}
    form |= {"topic_name": text_form(name), "result": "accept" if fits else "reject"}
    return _case(f"match {key}", form, ids, section, "MUST", comment)


def share(
    key: str,
    topic_filter: str,
    parts: tuple[str, str] | None,
    *,
    ids: Sequence[str] = (),
    section: str | None = None,
    comment: str = "",
) -> Case:
    """Is the filter a shared subscription (5.0 4.8.2)?  parts: its share name and its filter."""
    form: dict[str, Any] = {"version": 5, "check": "share", "topic_filter": topic_filter}
    form["result"] = "accept" if parts else "reject"
    if parts:
        form |= {"group": parts[0], "filter": parts[1]}
    return _case(f"share {key}", form, ids, section, "MUST", comment)
