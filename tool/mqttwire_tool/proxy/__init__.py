# SPDX-License-Identifier: MIT
"""mqttwire proxy: stands between clients and a server, and shows what passes."""
