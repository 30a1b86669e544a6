# SPDX-License-Identifier: Apache-2.0
"""Sentence templates of each skill and the words that vary in them. Data and one draw."""

import numpy as np

from vla_sim.tasks.task import Skill

TEMPLATES: dict[Skill, tuple[str, ...]] = {
    Skill.PLACE_IN_BIN: (
        "put the {object} in the {target} bin",
        "place the {object} in the {target} bin",
        "pick up the {object} and put it in the {target} bin",
        "pick up the {object} and drop it into the {target} bin",
        "move the {object} into the {target} box",
        "the {object} belongs in the {target} bin",
        "drop the {object} in the bin on the {target}",
    ),
    Skill.PLACE_ON_ZONE: (
        "put the {object} on the {target}",
        "place the {object} on the {target}",
        "pick up the {object} and set it down on the {target}",
        "set the {object} onto the {target}",
        "move the {object} to the {target} by lifting it",
    ),
    Skill.STACK: (
        "stack the {object} on the {target}",
        "put the {object} on top of the {target}",
        "place the {object} on top of the {target}",
        "set the {object} on the {target}",
        "pick up the {object} and stack it onto the {target}",
    ),
    Skill.PUSH_TO_ZONE: (
        "push the {object} to the {target}",
        "push the {object} onto the {target}",
        "slide the {object} to the {target}",
        "slide the {object} onto the {target}",
        "shove the {object} over to the {target}",
    ),
    Skill.PICK: (
        "pick up the {object}",
        "pick the {object} up and hold it",
        "lift the {object}",
        "grab the {object}",
        "take the {object} and hold it",
    ),
    Skill.REACH: (
        "reach for the {object}",
        "move above the {object}",
        "go to the {object}",
        "hover over the {object}",
        "bring the hand over the {object}",
    ),
    Skill.OPEN: ("open the gripper", "open the hand", "release", "let go", "open your fingers"),
    Skill.CLOSE: ("close the gripper", "close the hand", "shut the gripper", "close your fingers"),
    Skill.HOME: ("go home", "return to the start pose", "move back to home", "go back to the start", "return home"),
}

# Same meaning, other word; each may replace the first in a sentence.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "cube": ("cube", "cube", "block"),
    "ball": ("ball", "ball", "sphere"),
    "box": ("box", "box", "brick"),
    "cylinder": ("cylinder", "cylinder", "can"),
    "zone": ("zone", "zone", "square", "area", "patch"),
}


def sentence(skill: Skill, object_name: str, target_name: str, rng: np.random.Generator) -> str:
    """Return one way to ask for the skill, with words varied."""
    templates = TEMPLATES[skill]
    template = templates[int(rng.integers(len(templates)))]
    return template.format(object=_vary(object_name, rng), target=_vary(target_name, rng))


def plain_sentence(skill: Skill, object_name: str, target_name: str) -> str:
    """Return the first template with the plain names."""
    return TEMPLATES[skill][0].format(object=object_name, target=target_name)


def _vary(name: str, rng: np.random.Generator) -> str:
    words = [SYNONYMS.get(word, (word,)) for word in name.split()]
    return " ".join(choices[int(rng.integers(len(choices)))] for choices in words)
