# SPDX-License-Identifier: MIT
"""Cases that there were, as the ledger calls them: their ids stay theirs, and are not given again.

A case whose key changes is another case.  So that nobody renumbers by mistake, `generate` stops
where one is gone that does not stand here.
"""

from __future__ import annotations

RETIRED: frozenset[str] = frozenset()
