# SPDX-License-Identifier: MIT
# What Meson makes of _version.py.in.

__version__: str
