# SPDX-License-Identifier: MIT
"""Fuzzing: packets made and mutated, brokers and parsers driven."""
