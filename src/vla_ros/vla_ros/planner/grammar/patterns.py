# SPDX-License-Identifier: Apache-2.0
"""The sentences of the grammar as data: words, and one regular expression per way to ask for a skill.

A sentence is matched after its noun phrases were replaced: ``o1`` is a thing, ``b2`` a bin, ``z3`` a zone.
"""

from __future__ import annotations

import re

COLOUR_WORDS = {"violet": "purple", "lilac": "purple", "turquoise": "cyan", "aqua": "cyan", "teal": "cyan"}
SHAPE_WORDS = {
    "block": "cube", "blocks": "cube", "cubes": "cube", "dice": "cube", "die": "cube",
    "sphere": "ball", "balls": "ball", "spheres": "ball", "orb": "ball",
    "brick": "box", "bricks": "box", "boxes": "box",
    "can": "cylinder", "cans": "cylinder", "cylinders": "cylinder", "tube": "cylinder", "tin": "cylinder",
}  # fmt: skip
GENERIC_NOUNS = frozenset({"thing", "object", "item", "one", "things", "objects", "items", "ones", "piece", "toy"})
BIN_NOUNS = frozenset({"bin", "container", "tray", "basket", "bucket", "crate", "receptacle", "box"})
ZONE_NOUNS = frozenset({"zone", "square", "area", "patch", "region", "field", "pad", "spot"})
ARTICLES = frozenset({"the", "a", "an", "this", "that", "my", "your"})
# Words that only the scene can resolve; this back end does not see it.
SCENE_WORDS = frozenset({
    "leftmost", "rightmost", "left-most", "right-most", "nearest", "closest", "farthest", "furthest", "front", "back",
    "biggest", "largest", "smallest", "big", "large", "small", "little", "tall", "tallest", "shortest", "middle",
    "center", "centre", "central", "other", "all", "both", "every", "each", "any", "some", "two", "three", "four",
    "five", "first", "second", "third", "last", "remaining", "rest", "same", "different", "near", "far", "top",
})  # fmt: skip
COURTESY = (
    r"\b(?:please|kindly|thanks|thank you|now|just|hey|ok|okay|robot|carefully|gently|slowly|quickly|for me)\b|"
    r"^(?:(?:can|could|would|will) you|i want you to|i would like you to|i'd like you to|you should|let us|let's|"
    r"i need you to|your task is to|go ahead and|go and|try to)\b"
)
CONNECTORS = (
    r"(?:and (?:then |after that |afterwards |finally |next |also )?|then |after that |afterwards |"
    r"finally |next |also |first )"
)

_THING = r"(?:o\d+|it)"
_THINGS = rf"(?P<object>{_THING}(?:(?: and| ,| , and)* o\d+)*)"
_BIN = r"(?P<target>b\d+)"
_ZONE = r"(?P<target>z\d+)"
_LOWER = r"(?P<target>o\d+)"
_PUT = r"(?:put|place|set|drop|move|bring|deliver|throw|toss|lay|deposit|insert|position|stick|transfer|leave|sort)"
_TAKE = r"(?:pick up|pick|lift up|lift|grab|take|grasp|get|fetch|collect)"
_INTO = r"(?:down )?(?:in|into|inside|inside of|to|over to|in to|onto|on|over into)"
_ONTO = r"(?:down )?(?:on top of|on to|onto|on|atop|over|upon|in|inside|into|to|over to|at)"
_ON_TOP = r"(?:down )?(?:on top of|on to|onto|on|atop|upon|over)"
_TAKEN = rf"{_TAKE} {_THINGS}(?: up)?(?: ,)? (?:and )?(?:then )?"
_PUSH = r"(?:push|slide|shove|nudge|drag|sweep)"
_TOWARDS = r"(?:over |all the way )?(?:on top of|onto|on to|into|to|towards|toward|on|in)"
_HAND = r"(?:gripper|hand|fingers|claw|grip)"

# The longest match wins; where two are equally long, the earlier.
PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (skill, re.compile(expression))
    for skill, expression in (
        ("place_in_bin", rf"{_PUT} {_THINGS} {_INTO} {_BIN}"),
        ("place_in_bin", rf"{_TAKEN}{_PUT} (?:it|them) {_INTO} {_BIN}"),
        ("place_in_bin", rf"{_TAKE} {_THINGS}(?: and carry it)? {_INTO} {_BIN}"),
        ("place_in_bin", rf"{_THINGS} (?:belongs?|goes|go|should go|must go|needs to go|should be) {_INTO} {_BIN}"),
        ("place_on_zone", rf"{_PUT} {_THINGS} {_ONTO} {_ZONE}(?: by lifting (?:it|them))?"),
        ("place_on_zone", rf"{_TAKEN}{_PUT} (?:it|them) {_ONTO} {_ZONE}"),
        ("place_on_zone", rf"{_THINGS} (?:belongs?|goes|go|should go|must go|should be) {_ONTO} {_ZONE}"),
        ("push_to_zone", rf"{_PUSH} {_THINGS} {_TOWARDS} {_ZONE}"),
        ("push_to_zone", rf"move {_THINGS} {_TOWARDS} {_ZONE} by (?:pushing|sliding) (?:it|them)"),
        ("stack", rf"(?:stack|{_PUT}) {_THINGS} {_ON_TOP} {_LOWER}"),
        ("stack", rf"{_TAKEN}(?:stack|{_PUT}) (?:it|them) {_ON_TOP} {_LOWER}"),
        ("stack", rf"{_THINGS} (?:belongs?|goes|go|should go|must go|should be) {_ON_TOP} {_LOWER}"),
        ("pick", rf"{_TAKE} {_THINGS}(?: up)?(?: (?:and )?(?:hold|keep) (?:it|on to it))?"),
        ("pick", rf"hold {_THINGS}(?: up)?"),
        ("reach", rf"(?:reach for|reach|reach out to|go to|go over to|point at|point to|approach) {_THINGS}"),
        ("reach", rf"(?:move|hover|go|stay) (?:above|over|on top of|to) {_THINGS}"),
        ("reach", rf"(?:bring|move|hold) the {_HAND} (?:over|above|to) {_THINGS}"),
        ("open", rf"(?:open|open up) (?:the |your )?{_HAND}"),
        ("open", rf"(?:release|let go)(?: of)?(?: it| o\d+| the {_HAND})?"),
        ("close", rf"(?:close|shut) (?:the |your )?{_HAND}"),
        ("home", r"(?:go|return|move|come|drive|get)(?: back)?(?: to)?(?: the| your)? (?:home|start|starting)"
                 r"(?: pose| position)?"),
    )
)  # fmt: skip
