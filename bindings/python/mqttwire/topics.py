# SPDX-License-Identifier: MIT
"""Topic names and topic filters: section 4.7, and 4.8.2 of 5.0."""

from __future__ import annotations

from . import _mqttwire


def topic_name_check(
    name: str | bytes, version: int | None = None, *, allow: int = 0, refuse: int = 0
) -> None:
    """Is this a topic name?  Sections 4.7.1 and 4.7.3.

    MqttError: it is none; its offset is that of the first byte at fault, in UTF-8.  allow, refuse:
    flags of Allow and Refuse.  TypeError: it is neither text nor bytes.
    """
    _mqttwire.topic_name_check(name, version, allow, refuse)


def topic_filter_check(
    topic_filter: str | bytes, version: int | None = None, *, allow: int = 0, refuse: int = 0
) -> None:
    """Is this a topic filter?  Sections 4.7.1 and 4.7.3, and 4.8.2 of 5.0.

    $share is judged as in 5.0, unless version is 3 or 4.  MqttError: it is none; the rest is as in
    topic_name_check().
    """
    _mqttwire.topic_filter_check(topic_filter, version, allow, refuse)


def topic_match(topic_filter: str | bytes, name: str | bytes, version: int = 5) -> bool:
    """Does a subscription to this filter get messages to this name?  Section 4.7.

    Both are taken to be well-formed.  In 5.0 the filter of a shared subscription is what follows
    its share name.  TypeError: one is neither text nor bytes.
    """
    return _mqttwire.topic_match(topic_filter, name, version)


def topic_share(topic_filter: str | bytes) -> tuple[str, str] | None:
    """Share name and filter of "$share/name/filter"; None: the filter is not of that form.

    Section 4.8.2 of 5.0.  TypeError: it is neither text nor bytes.
    """
    return _mqttwire.topic_share(topic_filter)
