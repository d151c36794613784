# SPDX-License-Identifier: MIT
"""What the payloads of messages say, where that is asked for or declared."""
