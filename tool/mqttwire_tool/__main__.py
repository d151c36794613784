# SPDX-License-Identifier: MIT
"""python -m mqttwire_tool"""

import sys

from .main import main

sys.exit(main())
