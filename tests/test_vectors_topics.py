# SPDX-License-Identifier: MIT
"""The vectors on topics, through the functions of the Python package."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any

import mqttwire as mq
import pytest
from mqttwire_tool.vectors.forms import unfolded
from test_vectors import Vector, vectors

ALL = reduce(or_, mq.Refuse)


def text_of(form: Any) -> str | bytes:
    if isinstance(form, dict):
        return bytes.fromhex(form["hex"])
    text: str = unfolded(form)
    return text


def checked(vector: Vector, **options: Any) -> None:
    if vector["check"] == "name":
        mq.topic_name_check(text_of(vector["topic_name"]), vector["version"], **options)
    else:
        mq.topic_filter_check(text_of(vector["topic_filter"]), vector["version"], **options)


def expect_refused(vector: Vector, **options: Any) -> None:
    with pytest.raises(mq.MqttError) as caught:
        checked(vector, **options)
    error, wanted = caught.value, vector["error"]
    kind = "malformed" if isinstance(error, mq.MalformedPacket) else "protocol_error"
    assert (error.rule, kind) == (wanted["rule"], wanted["class"])
    if vector["version"] == 5:
        assert error.reason_code in wanted["reason_codes"]
    else:
        assert error.reason_code is None and not wanted["reason_codes"]


def of(*checks: str) -> list[Any]:
    return [
        pytest.param(vector, id=vector["id"])
        for vector in vectors("topics")
        if vector["check"] in checks
    ]


@pytest.mark.parametrize("vector", of("name", "filter"))
def test_well_formed(vector: Vector) -> None:
    if vector["result"] != "reject":
        checked(vector)
    if vector["result"] != "accept":
        expect_refused(vector, refuse=ALL if vector["result"] == "choice" else 0)


@pytest.mark.parametrize("vector", of("match"))
def test_match(vector: Vector) -> None:
    topic_filter, name = text_of(vector["topic_filter"]), text_of(vector["topic_name"])
    mq.topic_filter_check(topic_filter, vector["version"])
    mq.topic_name_check(name, vector["version"])
    fits = mq.topic_match(topic_filter, name, vector["version"])
    assert fits == (vector["result"] == "accept")


def parts_of(topic_filter: str | bytes) -> tuple[str, str] | None:
    """Share name and filter; topic_share itself takes the filter to be well-formed."""
    try:
        mq.topic_filter_check(topic_filter, 5)
    except mq.MqttError:
        return None
    return mq.topic_share(topic_filter)


@pytest.mark.parametrize("vector", of("share"))
def test_share(vector: Vector) -> None:
    parts = (vector["group"], vector["filter"]) if vector["result"] == "accept" else None
    assert parts_of(text_of(vector["topic_filter"])) == parts
