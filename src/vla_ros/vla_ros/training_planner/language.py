# SPDX-License-Identifier: Apache-2.0
"""Draws instructions and questions about a scene, with the answer that is right. No pictures, no learning.

Two things are held out from training: sentences of ``HELD_OUT`` (paraphrases), and a tenth of all combinations of
skill, object and target (``is_held_out``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vla_ros.planner.compact import write_plan, write_whereabouts
from vla_ros.planner.skills import SkillLibrary, Step, TargetKind
from vla_ros.training_planner.phrases import Phrase, all_of, note_on, only, outermost, spatial_words, visible_things
from vla_ros.training_planner.scenes import SceneFacts, Seen
from vla_ros.training_planner.sentences import (
    CHATTER,
    CONNECTORS,
    HELD_OUT,
    HELD_OUT_CHATTER,
    NEGATIONS,
    POLITE,
    SYNONYMS,
    TEMPLATES,
    UNKNOWN,
)

__all__ = ["Drawer", "Example", "Kind", "is_held_out"]

_CLAUSES = (0.5, 0.35, 0.15)
_SKILLS = {
    "place_in_bin": 0.34, "place_on_zone": 0.18, "stack": 0.18, "push_to_zone": 0.12, "pick": 0.06, "reach": 0.05,
    "open": 0.02, "close": 0.02, "home": 0.03,
}  # fmt: skip
_ABSENT_IN = ("place_in_bin", "place_in_bin", "pick", "place_on_zone", "push_to_zone", "stack", "reach")


class Kind:
    """What an example asks for."""

    WORDS = "words"  # a plan that the words alone decide
    SCENE = "scene"  # a plan that the scene decides
    CHECK = "check"  # whether something is done
    REFUSE = "refuse"  # nonsense or an absent thing
    UNSURE = "unsure"  # words that fit several things
    ALL = (WORDS, SCENE, CHECK, REFUSE, UNSURE)


@dataclass(frozen=True, slots=True)
class Example:
    """A prompt in plain words and the answer that follows from what is seen."""

    kind: str
    prompt: str
    answer: str
    clauses: int = 1


def is_held_out(step: Step) -> bool:
    """Whether this combination of skill, object and target is kept for the evaluation."""
    if not step.object_label:
        return False
    key = f"{step.skill}|{step.object_label}|{step.target_label}".encode()
    return hashlib.sha256(key).digest()[0] % 10 == 0


class _Speaker:
    """Puts things into words, at random."""

    def __init__(self, rng: np.random.Generator, *, paraphrases: bool) -> None:
        self._rng = rng
        self._templates = HELD_OUT if paraphrases else TEMPLATES
        self._chatter = HELD_OUT_CHATTER if paraphrases else CHATTER

    def _say(self, skill: str, thing: str, target: str) -> str:
        text = self._pick(self._templates[skill]).format(object=thing, target=self._vary(target))
        return text.replace("the all ", "all the ")

    def _join(self, clauses: Sequence[str]) -> str:
        text = clauses[0]
        for clause in clauses[1:]:
            text = f"{text} {self._pick(CONNECTORS)} {clause}"
        return f"{self._pick(POLITE)} {text}".strip() if self._rng.uniform() < 0.25 else text

    def _vary(self, label: str) -> str:
        return " ".join(self._pick(SYNONYMS.get(word, (word,))) for word in label.split())

    def _pick(self, items: Sequence[Any]) -> Any:
        return items[int(self._rng.integers(len(items)))]

    def _with_unknown(self, text: str, share: float) -> str:
        """Return the text with words replaced by the one that stands for all that the model was never taught."""
        return " ".join(UNKNOWN if self._rng.uniform() < share else word for word in text.split())

    def _salad(self) -> str:
        pool = [
            word for text in (*self._chatter, *self._templates["stack"]) for word in text.split() if "{" not in word
        ]
        return self._with_unknown(" ".join(self._pick(pool) for _ in range(int(self._rng.integers(3, 9)))), 0.15)


class Drawer(_Speaker):
    """Draws examples about scenes. ``paraphrases`` and ``combinations`` choose what is held out instead of trained."""

    def __init__(
        self, library: SkillLibrary, rng: np.random.Generator, *, paraphrases: bool = False, combinations: bool = False
    ) -> None:
        super().__init__(rng, paraphrases=paraphrases)
        self._library = library
        self._combinations = combinations

    def draw(self, facts: SceneFacts, kind: str) -> Example | None:
        """Return an example of ``kind`` about a scene, None where the scene allows none."""
        if kind == Kind.CHECK:
            return self._check(facts)
        if kind == Kind.REFUSE:
            return self._absent(facts) if self._rng.uniform() < 0.5 else self._nonsense()
        if kind == Kind.UNSURE:
            return self._ambiguous(facts)
        return self._plan(facts, by_scene=kind == Kind.SCENE)

    def _plan(self, facts: SceneFacts, *, by_scene: bool) -> Example | None:
        count = 1 + int(self._rng.choice(3, p=_CLAUSES))
        clauses = [self._clause(facts, by_scene=by_scene) for _ in range(count)]
        if any(clause is None for clause in clauses):
            return None
        found = [clause for clause in clauses if clause is not None]
        steps = [step for _, clause_steps, _ in found for step in clause_steps]
        if any(is_held_out(step) for step in steps) != self._combinations:
            return None
        text = self._join([words for words, _, _ in found])
        answer = " ".join(filter(None, [*(note for _, _, note in found), write_plan(steps)]))
        return Example(Kind.SCENE if by_scene else Kind.WORDS, f"plan : {text}", answer, count)

    def _clause(self, facts: SceneFacts, *, by_scene: bool) -> tuple[str, list[Step], str] | None:
        names = list(_SKILLS)
        skill = self._library.skills[names[int(self._rng.choice(len(names), p=list(_SKILLS.values())))]]
        if not skill.needs_object:
            return (self._say(skill.name, "", ""), [Step(skill.name)], "") if not by_scene else None
        phrase = self._phrase_by_scene(facts) if by_scene else self._phrase(facts)
        if phrase is None:
            return None
        target = self._target(facts, skill.target, phrase.things)
        if target is None or (skill.target is not TargetKind.BIN and len(phrase.things) > 1):
            return None
        steps = [Step(skill.name, thing.label, target) for thing in phrase.things]
        return self._say(skill.name, phrase.words, target), steps, phrase.note

    def _phrase(self, facts: SceneFacts) -> Phrase | None:
        visible = visible_things(facts)
        if not visible:
            return None
        thing = self._pick(visible)
        return Phrase(self._vary(thing.label), (thing,))

    def _phrase_by_scene(self, facts: SceneFacts) -> Phrase | None:
        visible = visible_things(facts)
        if not visible:
            return None
        colour, shape = self._pick(visible).label.split()
        way = self._rng.uniform()
        same = [item for item in visible if item.label.endswith(shape)]
        if way < 0.6:
            any_shape = self._rng.uniform() < 0.4
            noun = self._pick(("thing", "object")) if any_shape else self._vary(shape)
            axis = self._pick(("x", "y"))
            return outermost(self._pick(spatial_words(axis)), noun, visible if any_shape else same)
        if way < 0.75:
            return only(self._vary(shape), same)
        if way < 0.9:
            coloured = [item for item in visible if item.label.startswith(colour)]
            return only(f"{colour} {self._pick(('thing', 'object'))}", coloured)
        return all_of(shape, same)

    def _target(self, facts: SceneFacts, kind: TargetKind, things: Sequence[Seen]) -> str | None:
        if kind is TargetKind.NONE:
            return ""
        if kind is TargetKind.BIN:
            return self._pick(self._library.bins)
        near = facts.zones if kind is TargetKind.ZONE else facts.things
        pool = [item for item in near if item.is_visible and item not in things]
        return self._pick(pool).label if pool else None

    def _check(self, facts: SceneFacts) -> Example | None:
        if not facts.things:
            return None
        moved = [item for item in facts.things if item.place != "table"]
        thing = self._pick(moved) if moved and self._rng.uniform() < 0.7 else self._pick(facts.things)
        way = self._rng.uniform()
        if way < 0.1:
            skill = self._library.skills[self._pick(("pick", "reach", "open", "close", "home"))]
            return _ask(skill.question.format(object=thing.label, target=""), "unsure")
        if way < 0.2:
            label = self._pick(_unseen(facts, self._library))
            question = f"Is the {label} in the {self._pick(self._library.bins)} bin?"
            return _ask(question, f"{write_whereabouts(label, '')} unsure")
        truth = thing.place
        target = truth if truth != "table" and self._rng.uniform() < 0.6 else self._other_place(facts, thing)
        if target is None:
            return None
        preposition = "in" if target.endswith("bin") else "on" if target.endswith("zone") else "on top of"
        verdict = ("yes" if target == truth else "no") if thing.is_visible else "unsure"
        note = write_whereabouts(thing.label, truth if thing.is_visible else "")
        return _ask(f"Is the {thing.label} {preposition} the {target}?", f"{note} {verdict}")

    def _other_place(self, facts: SceneFacts, thing: Seen) -> str | None:
        places = [f"{side} bin" for side in self._library.bins]
        places += [zone.label for zone in facts.zones]
        places += [item.label for item in facts.things if item is not thing]
        return self._pick(places)

    def _absent(self, facts: SceneFacts) -> Example | None:
        """Return an instruction one of whose things or zones is not there, often after a clause that is right."""
        name = self._pick(_ABSENT_IN)
        skill = self._library.skills[name]
        there = [item for item in facts.things if item.is_visible]
        lacks_target = bool(there) and skill.target in (TargetKind.ZONE, TargetKind.THING) and self._rng.uniform() < 0.5
        noun = "zone" if lacks_target and skill.target is TargetKind.ZONE else ""
        label = self._pick(_unseen(facts, self._library, noun))
        thing = self._pick(there) if lacks_target else None
        target = label if thing else self._target(facts, skill.target, [])
        if target is None:
            return None
        clauses = [self._say(name, self._vary(thing.label if thing else label), target)]
        first = self._clause(facts, by_scene=False) if self._rng.uniform() < 0.25 else None
        text = self._join([first[0], *clauses] if first else clauses)
        return Example(Kind.REFUSE, f"plan : {text}", f"absent {label}")

    def _nonsense(self) -> Example:
        way = self._rng.uniform()
        if way < 0.4:
            words = self._with_unknown(self._pick(self._chatter), 0.15)
        elif way < 0.6:
            words = self._salad()
        else:
            words = self._broken(negated=way < 0.72)
        return Example(Kind.REFUSE, f"plan : {words}", "nonsense")

    def _broken(self, *, negated: bool) -> str:
        """Return an instruction that is forbidden instead of asked for, or one of whose nouns nobody knows."""
        colour, shape = self._pick(self._library.colours), self._pick(self._library.shapes)
        name = self._pick(_ABSENT_IN)
        target = {TargetKind.BIN: self._pick(self._library.bins), TargetKind.ZONE: f"{colour} zone"}
        place = target.get(self._library.skills[name].target, f"{self._pick(self._library.colours)} {shape}")
        if negated:
            return f"{self._pick(NEGATIONS)} {self._say(name, self._vary(f'{colour} {shape}'), place)}"
        thing = self._pick((UNKNOWN, f"{colour} {UNKNOWN}", f"{UNKNOWN} {UNKNOWN}", f"{UNKNOWN} on the table"))
        return self._say(name, thing, place)

    def _ambiguous(self, facts: SceneFacts) -> Example | None:
        visible = visible_things(facts)
        shapes = [item.label.split()[1] for item in visible]
        twice = sorted({shape for shape in shapes if shapes.count(shape) > 1})
        if not twice:
            return None
        shape = self._pick(twice)
        words = self._vary(shape)
        text = self._say("place_in_bin", words, self._pick(self._library.bins))
        note = note_on(words, [item for item in visible if item.label.endswith(shape)])
        return Example(Kind.UNSURE, f"plan : {self._join([text])}", f"{note} unsure")


def _ask(question: str, answer: str) -> Example:
    words = question.lower().replace("?", " ?")
    return Example(Kind.CHECK, f"check : {words}", answer)


def _unseen(facts: SceneFacts, library: SkillLibrary, noun: str = "") -> list[str]:
    """Return the labels of things that are not there, or of zones where ``noun`` says so."""
    present = {item.label for item in (*facts.things, *facts.zones)}
    nouns = (noun,) if noun else library.shapes
    return [f"{c} {n}" for c in library.colours for n in nouns if f"{c} {n}" not in present]
