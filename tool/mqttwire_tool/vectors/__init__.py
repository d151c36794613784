# SPDX-License-Identifier: MIT
"""mqttwire vectors: a module for each of its commands, and what they share."""
