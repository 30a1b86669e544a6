# SPDX-License-Identifier: Apache-2.0
"""Language motions in the manner of RT-H ("move arm forward"): the planner's own, a person's that holds for its time.

Source: Belkhale et al., "RT-H: Action Hierarchies Using Language" (2024). No model is here, and no motion.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

__all__ = ["LanguageMotion", "refusal_of"]

MAX_LENGTH = 100  # characters; the motions of the paper have fewer than 40
MAX_DURATION_S = 60.0  # a correction, not a mode


@dataclass(frozen=True, slots=True)
class LanguageMotion:
    """What conditions the policy: ``own`` of the planner, unless a person's ``given`` still holds.

    Attributes:
        own: The planner's motion; empty: none.
        given: A person's.
        until_ns: When a person's ends.
    """

    own: str = ""
    given: str = ""
    until_ns: int = 0

    def current(self, now_ns: int) -> str:
        """Return the motion that holds now; empty: none."""
        return self.given if self.given and now_ns < self.until_ns else self.own

    def overwritten(self, motion: str, now_ns: int, duration_s: float) -> LanguageMotion:
        """Return the same with a person's motion; an empty one gives back to the planner."""
        return replace(self, given=motion.strip(), until_ns=now_ns + round(duration_s * 1e9))


def refusal_of(motion: str, duration_s: float) -> str:
    """Return why a person's motion is not taken, or an empty text."""
    if len(motion) > MAX_LENGTH or not motion.isprintable():
        return f"a motion is one line of at most {MAX_LENGTH} characters"
    if motion.strip() and not 0.0 < duration_s <= MAX_DURATION_S:
        return f"duration_s must lie in 0 .. {MAX_DURATION_S:g}, got {duration_s:g}"
    return ""
