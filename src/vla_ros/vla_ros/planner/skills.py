# SPDX-License-Identifier: Apache-2.0
"""The skill library: what the policy can be asked, in which words, for how long. Data and lookups; no parsing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import Enum
from pathlib import Path
from typing import Any

import yaml

from vla_ros.errors import ConfigError, nearest_hint, unknown_name
from vla_ros.tasks import Grounding, Subtask

__all__ = ["SkillLibrary", "SkillSpec", "Step", "TargetKind", "load_skills"]

_NS_PER_S = 1_000_000_000


class TargetKind(Enum):
    """What a skill's target is."""

    NONE = "none"  # the skill has no target
    BIN = "bin"  # a container, by its side
    ZONE = "zone"  # a coloured area of the table
    THING = "thing"  # another object


@dataclass(frozen=True, slots=True)
class SkillSpec:
    """One skill of the policy.

    Attributes:
        name: Key in the library.
        sentence: What the policy is told; ``{object}`` and ``{target}`` are filled in.
        question: Yes/no question whose yes means done.
        timeout_s: Budget of one attempt [s].
        needs_object: Whether it acts on an object.
        target: What its target is.
    """

    name: str
    sentence: str
    question: str
    timeout_s: float
    needs_object: bool = True
    target: TargetKind = TargetKind.NONE

    def __post_init__(self) -> None:
        if not self.timeout_s > 0.0:
            raise ConfigError(f"skill '{self.name}': timeout_s must be > 0, got {self.timeout_s}")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a drafted plan: a skill by name, its object and its target as labels, empty where it has none."""

    skill: str
    object_label: str = ""
    target_label: str = ""
    groundings: tuple[Grounding, ...] = ()


@dataclass(frozen=True, slots=True)
class SkillLibrary:
    """Skills by name, and the words that objects and targets are made of."""

    skills: Mapping[str, SkillSpec]
    colours: tuple[str, ...]
    shapes: tuple[str, ...]
    bins: tuple[str, ...]

    def skill(self, name: str) -> SkillSpec:
        """Return the skill ``name``.

        Raises:
            ConfigError: there is none; the nearest is named.
        """
        if name not in self.skills:
            raise ConfigError(unknown_name("skill", name, self.skills))
        return self.skills[name]

    def fault_of(self, step: Step) -> str:
        """Return why ``step`` cannot be carried out, or an empty text."""
        if step.skill not in self.skills:
            return unknown_name("skill", step.skill, self.skills)
        spec = self.skills[step.skill]
        if spec.needs_object and not self.is_thing(step.object_label):
            return f"the skill '{spec.name}' needs an object such as 'red cube', got '{step.object_label}'"
        if not self._fits(spec.target, step.target_label):
            return f"the skill '{spec.name}' needs a {spec.target.value} as target, got '{step.target_label}'"
        if step.target_label and step.object_label == step.target_label:
            return f"the {step.object_label} cannot be its own target"
        return ""

    def is_thing(self, label: str) -> bool:
        """Whether ``label`` is a colour and a shape of the library."""
        colour, _, shape = label.partition(" ")
        return colour in self.colours and shape in self.shapes

    def subtask(self, step: Step, index: int) -> Subtask:
        """Return the subtask of a valid step."""
        spec = self.skill(step.skill)
        words = {"object": step.object_label, "target": step.target_label}
        return Subtask(
            subtask_id=f"{index + 1}",
            text=spec.sentence.format(**words),
            skill=spec.name,
            objects=tuple(label for label in (step.object_label, step.target_label) if label),
            success_question=spec.question.format(**words),
            timeout_ns=round(spec.timeout_s * _NS_PER_S),
            groundings=step.groundings,
        )

    def _fits(self, kind: TargetKind, label: str) -> bool:
        if kind is TargetKind.NONE:
            return not label
        if kind is TargetKind.BIN:
            return label in self.bins
        if kind is TargetKind.THING:
            return self.is_thing(label)
        colour, _, noun = label.partition(" ")
        return colour in self.colours and noun == "zone"


def load_skills(path: Path) -> SkillLibrary:
    """Read a skill library from YAML.

    Raises:
        ConfigError: the file cannot be read, a key is unknown, or a value does not fit.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ConfigError(f"{path}: the skill library cannot be read: {error}") from error
    known = {field.name for field in fields(SkillLibrary)}
    if not isinstance(data, dict) or set(data) != known:
        wrong = next(iter(sorted(set(data or ()) - known)), "")
        hint = f"unknown key '{wrong}'.{nearest_hint(wrong, known)}" if wrong else "a key is missing."
        raise ConfigError(f"{path}: {hint} A skill library has: {', '.join(sorted(known))}.")
    skills = {name: _skill(path, name, values) for name, values in data["skills"].items()}
    return SkillLibrary(skills, tuple(data["colours"]), tuple(data["shapes"]), tuple(data["bins"]))


def _skill(path: Path, name: str, values: Mapping[str, Any]) -> SkillSpec:
    known = {field.name for field in fields(SkillSpec)} - {"name"}
    for key in values:
        if key not in known:
            raise ConfigError(f"{path}: skills.{name}: {unknown_name('key', key, known)}")
    try:
        target = TargetKind(values.get("target", "none"))
        return SkillSpec(name=name, **{**values, "target": target})
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{path}: skills.{name}: {error}") from error
