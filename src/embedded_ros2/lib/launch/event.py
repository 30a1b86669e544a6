# SPDX-License-Identifier: Apache-2.0
"""Base of the events. The ready-made ones are in ``launch.events``."""

from __future__ import annotations


class Event:
    """Something that has happened; event handlers match on it."""

    name = "launch.Event"
