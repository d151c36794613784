# SPDX-License-Identifier: MIT
"""Which statements of the specifications a test of the broker shows.

@statement("3.1.1", "MQTT-3.1.2-24", "5.0", "MQTT-3.1.2-22")
@pytest.mark.parametrize("version", VERSIONS)
def test_keep_alive(...)

A version, and the identifiers of `docs/conformance.tsv` that the test shows in it; then the other
version, where the test runs in both.  Identifiers before any version are of both: only where the
two specifications have the same statement under the same number, for many numbers differ.
The arguments are plain strings and `statement` is called by this name: docs/derive.py reads the
tests `test_broker_*.py` without running them, and writes docs/broker-conformance.md.
Rows of the layers broker, connection and topic that no test names stand in
docs/broker-conformance-exceptions.tsv with the reason.  test_docs.py tells of what is missing,
and of what is not there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Test = TypeVar("Test", bound=Callable[..., Any])

#: What tests are parametrized with: `version` of the client's packets.
VERSIONS = (4, 5)


def statement(*_: str) -> Callable[[Test], Test]:
    """Leaves the test as it is."""
    return lambda test: test
