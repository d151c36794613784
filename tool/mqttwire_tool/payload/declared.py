# SPDX-License-Identifier: MIT
"""What a message declares its payload to be."""

from __future__ import annotations

from typing import NamedTuple

import mqttwire as mq

from .sparkplug_names import NAMESPACE, is_state

# As they are registered.  RFC 8259, 8949, 8742; suffixes: RFC 6839, 8949, 8742.
TYPES = {"application/json": "json", "application/cbor": "cbor", "application/cbor-seq": "cbor-seq"}
SUFFIXES = {"json": "json", "cbor": "cbor", "cbor-seq": "cbor-seq"}


class Declared(NamedTuple):
    """A form, and what declares it."""

    form: str | None
    by: str = ""
    charset: str = ""


def declared(topic: str, properties: mq.Properties | None) -> Declared:
    """The form of a payload by its topic, or by its properties."""
    if topic.startswith(NAMESPACE):
        return Declared("json" if is_state(topic) else "sparkplug", "topic")
    content_type = None if properties is None else properties.content_type
    found = by_content_type(content_type) if isinstance(content_type, str) else None
    if found is not None:
        return found
    if properties is not None and properties.payload_format_indicator == 1:
        return Declared("text", "format indicator")
    return Declared(None)


def by_content_type(content_type: str) -> Declared | None:
    """None: it declares nothing that is known here."""
    media, *parameters = (part.strip() for part in content_type.lower().split(";"))
    kind, _, rest = media.partition("/")
    if kind == "text" and rest:
        charset = ""
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip() == "charset":
                charset = value.strip().strip('"')
        return Declared("text", "content type", charset)
    form = TYPES.get(media)
    if form is None and "+" in rest:
        form = SUFFIXES.get(rest.rpartition("+")[2])
    return Declared(form, "content type") if form else None
