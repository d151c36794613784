# SPDX-License-Identifier: MIT
"""The annotation of what has bytes: bytes, bytearray, memoryview, mmap and others."""

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import Buffer
elif sys.version_info >= (3, 12):
    from collections.abc import Buffer
else:
    Buffer = Any  # that name came with Python 3.12

__all__ = ["Buffer"]
