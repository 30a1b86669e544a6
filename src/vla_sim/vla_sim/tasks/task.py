# SPDX-License-Identifier: Apache-2.0
"""What the robot is asked: a skill, an object, a target, and the sentence that says so. No motion, no success test."""

from dataclasses import dataclass
from enum import Enum


class Skill(Enum):
    """Everything that the default policy is to master."""

    PLACE_IN_BIN = "place_in_bin"  # pick an object and release it in the left or right bin
    PLACE_ON_ZONE = "place_on_zone"  # pick an object and set it down on a coloured zone
    STACK = "stack"  # set an object on top of another one
    PUSH_TO_ZONE = "push_to_zone"  # move an object to a zone with closed fingers, without lifting it
    PICK = "pick"  # lift an object and hold it
    REACH = "reach"  # bring the open hand above an object
    OPEN = "open"  # open the hand where it is
    CLOSE = "close"  # close the hand where it is
    HOME = "home"  # go to the start pose with an open hand


NEEDS_OBJECT = frozenset(
    {Skill.PLACE_IN_BIN, Skill.PLACE_ON_ZONE, Skill.STACK, Skill.PUSH_TO_ZONE, Skill.PICK, Skill.REACH}
)
NEEDS_TARGET = frozenset({Skill.PLACE_IN_BIN, Skill.PLACE_ON_ZONE, Skill.STACK, Skill.PUSH_TO_ZONE})
TIME_LIMIT_S = {
    Skill.PLACE_IN_BIN: 15.0,
    Skill.PLACE_ON_ZONE: 15.0,
    Skill.STACK: 15.0,
    Skill.PUSH_TO_ZONE: 15.0,
    Skill.PICK: 10.0,
    Skill.REACH: 6.0,
    Skill.OPEN: 3.0,
    Skill.CLOSE: 3.0,
    Skill.HOME: 6.0,
}


@dataclass(frozen=True, slots=True)
class Task:
    """One request.

    Objects and targets are named as in the layout: ``red cube``, ``green zone``; bins ``left``, ``right``.
    """

    skill: Skill
    text: str
    object_name: str = ""
    target_name: str = ""

    @property
    def time_limit_s(self) -> float:
        """How long an attempt may take."""
        return TIME_LIMIT_S[self.skill]

    @property
    def start_width_m(self) -> float:
        """Finger distance that the attempt starts with: "open" would otherwise be done at once."""
        return 0.0 if self.skill in (Skill.OPEN, Skill.PUSH_TO_ZONE) else 0.08
