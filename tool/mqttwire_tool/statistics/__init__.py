# SPDX-License-Identifier: MIT
"""inspect --stats, --arrow and --csv: packets as columns of numbers, and what they sum up to."""
