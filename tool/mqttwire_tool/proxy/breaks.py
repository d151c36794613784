# SPDX-License-Identifier: MIT
"""--break EXPR: which packets are held."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any, Callable, NamedTuple

import mqttwire as mq

from ..forms import STEP
from ..outcome import UsageError
from .held import Held

TYPES = {kind.name.lower(): int(kind) for kind in mq.Type}
SENDERS = ("client", "server")


class Term(NamedTuple):
    name: str
    value: str


class Filter(NamedTuple):
    terms: list[Term]

    def __call__(self, held: Held) -> bool:
        return all(true_of(term, held) for term in self.terms)


def parse(text: str) -> Filter:
    """UsageError: it makes no sense."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise UsageError(f"--break {text}: {error}") from None
    return Filter([term_of(word) for word in words])


def term_of(word: str) -> Term:
    name, equals, value = word.partition("=")
    plain = name.lower()
    if not equals:
        if plain in TYPES:
            return Term("type", plain)
        if plain in SENDERS:
            return Term("sender", plain)
        if plain == "error":
            return Term("error", "")
        raise UsageError(f"--break: {word!r} is no type of packets, no sender and no NAME=VALUE")
    if plain == "type" and value.lower() not in TYPES:
        raise UsageError(f"--break: there is no type {value!r}")
    if plain == "sender" and value.lower() not in SENDERS:
        raise UsageError("--break: a sender is client or server")
    if plain == "topic":
        try:
            mq.topic_filter_check(value)
        except mq.MqttError as error:
            raise UsageError(f"--break topic={value}: {error.message}") from None
    return Term(plain, value)


def true_of(term: Term, held: Held) -> bool:
    name, value = term
    special = SPECIAL.get(name)
    if special is not None:
        return special(held, value)
    if held.packet is None:
        return False
    found = field(held.packet.to_dict(), name)
    return found is not None and value in (str(found), json.dumps(found))


def field(form: Any, path: str) -> Any:
    """What stands at a path of the JSON form; None: nothing."""
    for name, index in STEP.findall(path):
        form = form.get(name) if isinstance(form, dict) else None
        if index:
            there = isinstance(form, list) and int(index) < len(form)
            form = form[int(index)] if there else None
    return form


def has_topic(held: Held, pattern: str) -> bool:
    """A message on such a topic, or a subscription that is written like that."""
    packet = held.packet
    if isinstance(packet, mq.Subscribe):
        return any(each.topic_filter == pattern for each in packet.subscriptions)
    if isinstance(packet, mq.Unsubscribe):
        return pattern in packet.topic_filters
    try:
        return held.topic is not None and mq.topic_match(pattern, held.topic)
    except mq.MqttError:
        return False


SPECIAL: dict[str, Callable[[Held, str], bool]] = {
    "type": lambda held, value: held.data[0] >> 4 == TYPES[value.lower()],
    "sender": lambda held, value: held.sender == value.lower(),
    "topic": has_topic,
    "client_id": lambda held, value: held.client_id == value,
    "connection": lambda held, value: str(held.connection) == re.sub("^#", "", value),
    "error": lambda held, value: held.error is not None and value in ("", held.error.rule),
}
