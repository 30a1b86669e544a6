# SPDX-License-Identifier: Apache-2.0
"""Words for things of a scene: its listing, and phrases that the scene decides, with their notes. No sentences.

What is said is drawn by :mod:`vla_ros.training_planner.language`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vla_ros.planner.compact import COLUMNS, Item, reading_place, write_note, write_scene
from vla_ros.training_planner.scenes import SceneFacts, Seen

__all__ = [
    "Phrase",
    "all_of",
    "note_on",
    "only",
    "outermost",
    "place_word",
    "scene_words",
    "spatial_words",
    "visible_things",
]

# Along which axis of the picture, and whether it is the least along it. The scene camera looks at the robot, whose
# left is right in the picture; what is near it is at the top.
_SPATIAL: dict[str, tuple[str, bool]] = {
    "leftmost": ("x", False),
    "rightmost": ("x", True),
    "nearest": ("y", True),
    "closest": ("y", True),
    "farthest": ("y", False),
    "furthest": ("y", False),
}
_TELLS = 1.0 / COLUMNS  # what differs by less is said to be equally near [of the picture's side]
_PLURALS = {"cube": "cubes", "box": "boxes", "cylinder": "cylinders", "ball": "balls"}


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words for things of a scene, the things, and the note that leads from the one to the other."""

    words: str
    things: tuple[Seen, ...]
    note: str = ""


def scene_words(facts: SceneFacts) -> str:
    """Return the listing of a scene; what is outside the picture is not seen."""
    items = [_item(seen, facts) for seen in (*facts.things, *facts.zones) if seen.is_visible]
    return write_scene(items)


def visible_things(facts: SceneFacts) -> list[Seen]:
    """Return what is seen of the things, in reading order."""
    return sorted((item for item in facts.things if item.is_visible), key=lambda item: reading_place(item.u, item.v))


def note_on(words: str, things: Sequence[Seen], axis: str = "", chosen: str = "") -> str:
    """Return the note on ``words`` that ``things`` fit; see :func:`vla_ros.planner.compact.write_note`."""
    return write_note(words, [Item(item.label, item.u, item.v) for item in things], axis, chosen)


def spatial_words(axis: str) -> list[str]:
    """Return the words that say where along "x" or "y" of the picture a thing is."""
    return [word for word, (along, _) in _SPATIAL.items() if along == axis]


def all_of(shape: str, pool: Sequence[Seen]) -> Phrase:
    """Return the phrase for everything in a pool of one shape."""
    words = f"all {_PLURALS[shape]}"
    return Phrase(words, tuple(pool), note_on(words, pool))


def only(words: str, pool: Sequence[Seen]) -> Phrase | None:
    """Return the phrase for the only one of a pool, None where there are several or none."""
    return Phrase(words, (pool[0],), note_on(words, pool)) if len(pool) == 1 else None


def outermost(word: str, noun: str, pool: Sequence[Seen]) -> Phrase | None:
    """Return the phrase for the leftmost, nearest and so on of a pool, None where that is hardly told."""
    axis, least = _SPATIAL[word]
    ordered = sorted(pool, key=lambda item: (1 if least else -1) * (item.u if axis == "x" else item.v))
    along = [item.u if axis == "x" else item.v for item in ordered[:2]]
    if abs(along[0] - along[-1]) < _TELLS and len(along) > 1:
        return None
    words = f"{word} {noun}"
    return Phrase(words, (ordered[0],), note_on(words, pool, axis, ordered[0].label))


def place_word(seen: Seen) -> str:
    """Return the word of the dialect for what a thing lies on."""
    if seen.place in ("table", "left bin", "right bin"):
        return seen.place.replace(" ", "_")
    return "on_zone" if seen.place.endswith("zone") else "on_thing"


def _item(seen: Seen, facts: SceneFacts) -> Item:
    return Item(seen.label, seen.u, seen.v, "" if seen in facts.zones else place_word(seen))
