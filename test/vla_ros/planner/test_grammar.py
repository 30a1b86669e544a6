# SPDX-License-Identifier: Apache-2.0
"""The grammar reads the sentences that the policy is trained with, and refuses what it cannot know."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vla_ros.planner import CheckRequest, Planner, PlanRequest, Step, load_skills
from vla_ros.planner.grammar import GrammarBackend
from vla_ros.tasks import ErrorCode, Refusal, Verdict
from vla_sim.tasks.language import sentence
from vla_sim.tasks.task import Skill

WORDS = "put the red blue cube ball in on left bin zone and then it up , pick".split()  # noqa: SIM905
TARGETS = {"place_in_bin": "left", "place_on_zone": "green zone", "push_to_zone": "green zone", "stack": "blue box"}


def steps(library, text):
    drafted = GrammarBackend(library).plan(PlanRequest(text)).steps
    return [" ".join(filter(None, (s.skill, s.object_label, s.target_label))) for s in drafted]


@pytest.mark.parametrize("skill", list(Skill))
def test_every_sentence_of_the_policys_training_is_read(library, skill):
    rng = np.random.default_rng(3)
    target = TARGETS.get(skill.value, "")
    for _ in range(200):
        text = sentence(skill, "red cube", target, rng)
        step = GrammarBackend(library).plan(PlanRequest(text)).steps
        assert [(s.skill, s.target_label) for s in step] == [(skill.value, target)], text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Please put the red cube in the left bin!", ["place_in_bin red cube left"]),
        (
            "put the red cube in the left bin, then stack the green cube on the blue one",
            ["place_in_bin red cube left", "stack green cube blue cube"],
        ),
        (
            "put the red cube and the blue ball in the left bin",
            ["place_in_bin red cube left", "place_in_bin blue ball left"],
        ),
        ("pick up the red cube. Then put it on the green zone.", ["place_on_zone red cube green zone"]),
        (
            "put the red cube on the green zone; afterwards push it to the blue area",
            ["place_on_zone red cube green zone", "push_to_zone red cube blue zone"],
        ),
        ("could you grab the violet can and then go home", ["pick purple cylinder", "home"]),
        ("drop the orange sphere in the bin on the right", ["place_in_bin orange ball right"]),
        ("move the cyan brick into the left box", ["place_in_bin cyan box left"]),
        ("first open the hand, then reach for the cyan cylinder", ["open", "reach cyan cylinder"]),
    ],
)
def test_clauses_synonyms_and_references_are_read(library, text, expected):
    assert steps(library, text) == expected


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("put the leftmost cube in the left bin", "unsure which one 'the leftmost cube'"),
        ("put the cube in the left bin", "unsure which one 'the cube'"),
        ("put all red cubes in the left bin", "unsure"),
        ("put the red thing in the left bin", "unsure"),
        ("put the red cube in the bin", "unsure which one 'the bin'"),
        ("pick up the pink elephant", "do not understand"),
        ("pick up the red elephant", "know no 'the red elephant'"),
        ("sing a song", "do not understand"),
        ("do not pick up the red cube", "not to do"),
        ("if the red cube is there pick it up", "conditions"),
        ("put it in the left bin", "what 'it' is"),
        ("stack the red cube on the red cube", "itself"),
        ("put the red cube in the left bin and then juggle", "juggle"),
    ],
)
def test_what_it_cannot_know_is_refused_with_a_sentence(library, text, part):
    with pytest.raises(Refusal, match=part) as caught:
        steps(library, text)
    assert caught.value.code is ErrorCode.NOT_UNDERSTOOD


def test_success_is_never_judged_without_sight(library):
    subtask = library.subtask(Step("pick", "red cube"), 0)
    assert GrammarBackend(library).check(CheckRequest(subtask)).verdict is Verdict.UNSURE


@given(st.text(max_size=80))
def test_any_text_gives_a_plan_or_a_refusal(text):
    known = load_skills_once()
    try:
        plan = Planner(GrammarBackend(known), known).plan(PlanRequest(text), 0)
    except Refusal:
        return
    assert plan.subtasks


@given(
    st.lists(
        st.sampled_from(
            [
                "put",
                "the",
                "red",
                "blue",
                "cube",
                "ball",
                "in",
                "on",
                "left",
                "bin",
                "zone",
                "and",
                "then",
                "it",
                "up",
                ",",
                "pick",
            ]
        ),
        max_size=14,
    )
)
def test_any_words_give_only_steps_of_the_library(words):
    known = load_skills_once()
    try:
        plan = Planner(GrammarBackend(known), known).plan(PlanRequest(" ".join(words)), 0)
    except Refusal:
        return
    assert all(item.skill in known.skills and item.timeout_ns > 0 for item in plan.subtasks)


@cache
def load_skills_once():
    return load_skills(Path(__file__).parents[3] / "config" / "planners" / "skills.yaml")
