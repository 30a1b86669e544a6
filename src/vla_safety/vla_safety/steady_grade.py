# SPDX-License-Identifier: Apache-2.0
"""The grade as people and displays are told it: worse at once, better only when it stays so. It decides nothing.

A step that is braked for 4 ms between two that are not would flicker; the record of each step keeps what it was.
"""

from __future__ import annotations

from vla_safety.types import Grade

__all__ = ["SteadyGrade"]

BETTER_AFTER_NS = 100_000_000
ORDER = (Grade.UNCHANGED, Grade.SLOWED, Grade.PROJECTED, Grade.BRAKING)  # of following; others are told at once


class SteadyGrade:
    """Remembers the worst grade of the last moments of following a reference."""

    def __init__(self) -> None:
        self._told = Grade.HOLDING
        self._since_ns = 0

    def tell(self, now_ns: int, grade: Grade) -> Grade:
        """Return the grade to tell at ``now_ns``."""
        follows = grade in ORDER and self._told in ORDER
        worse = not follows or ORDER.index(grade) >= ORDER.index(self._told)
        if worse or now_ns - self._since_ns >= BETTER_AFTER_NS:
            self._told, self._since_ns = grade, now_ns
        return self._told
