# SPDX-License-Identifier: MIT
"""Completion of the command line in shells: files that tool/from_help.py makes."""
