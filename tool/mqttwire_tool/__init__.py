# SPDX-License-Identifier: MIT
"""The command `mqttwire`: one module for each subcommand, and what they share."""
