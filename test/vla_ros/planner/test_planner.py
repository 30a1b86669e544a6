# SPDX-License-Identifier: Apache-2.0
"""The planner around any back end: bounds, validation, files; and SayCan's scoring."""

import math
import time
from pathlib import Path

import pytest

from vla_ros.errors import ConfigError
from vla_ros.planner import Draft, Planner, PlannerLimits, PlanRequest, Step, load_skills
from vla_ros.planner.loading import load_planner
from vla_ros.planner.openai import Timing
from vla_ros.planner.saycan import DONE, candidates, plan_by_scores
from vla_ros.tasks import ErrorCode, Refusal

CONFIG = Path(__file__).parents[3] / "config" / "planners"
TIMING = Timing(time.monotonic_ns, lambda seconds: None)


class Fixed:
    planner_id = "fixed"

    def __init__(self, *steps):
        self.steps = steps

    def plan(self, request):
        return Draft(self.steps, "as told")


def test_subtasks_have_the_sentences_that_the_policy_is_trained_with(library):
    plan = Planner(Fixed(Step("stack", "red cube", "blue box")), library).plan(PlanRequest("do"), 7)
    subtask = plan.subtasks[0]
    assert subtask.text == "stack the red cube on the blue box"
    assert subtask.objects == ("red cube", "blue box")
    assert subtask.success_question == "Is the red cube on top of the blue box?"
    assert subtask.timeout_ns == 20_000_000_000
    assert (plan.stamp_ns, plan.planner_id) == (7, "fixed")


@pytest.mark.parametrize(
    "step",
    [
        Step("fly"),
        Step("pick", "pink cube"),
        Step("pick", ""),
        Step("place_in_bin", "red cube", "middle"),
        Step("place_on_zone", "red cube", "left"),
        Step("home", "", "left"),
        Step("stack", "red cube", "red cube"),
    ],
)
def test_step_outside_the_library_never_becomes_a_plan(library, step):
    with pytest.raises(Refusal):
        Planner(Fixed(step), library).plan(PlanRequest("do"), 0)


@pytest.mark.parametrize("text", ["", "  ", "x" * 501, "put \x00 it"])
def test_instruction_out_of_bounds_is_refused(library, text):
    with pytest.raises(Refusal) as caught:
        Planner(Fixed(Step("home")), library).plan(PlanRequest(text), 0)
    assert caught.value.code is ErrorCode.REFUSED


def test_plan_that_is_too_long_is_refused(library):
    with pytest.raises(Refusal, match="3 steps"):
        Planner(Fixed(*[Step("home")] * 3), library, PlannerLimits(max_subtasks=2)).plan(PlanRequest("do"), 0)


def test_every_plan_has_an_identifier_of_its_own(library):
    planner = Planner(Fixed(Step("home")), library)
    assert len({planner.plan(PlanRequest("do"), 5).plan_id for _ in range(5)}) == 5


@pytest.mark.parametrize("name", ["grammar", "endpoint"])
def test_planner_files_of_the_project_load(name):
    assert load_planner(CONFIG / f"{name}.yaml", TIMING).planner_id


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("backend: grammer\nskills: skills.yaml", "Did you mean 'grammar'"),
        ("backend: openai\nskills: skills.yaml\nurl: http://x\nmodle: y", "Did you mean 'model'"),
        ("backend: openai\nskills: skills.yaml\nurl: http://x", "model"),
        ("skills: skills.yaml", "'backend' and 'skills'"),
        ("backend: grammar\nskills: nowhere.yaml", "cannot be read"),
        ("backend: transformers\nskills: skills.yaml\nfolder: nowhere", "no folder of a Hugging Face model"),
        ("[", "cannot be read"),
    ],
)
def test_faults_of_a_planner_file_are_named(tmp_path, text, sentence):
    (tmp_path / "skills.yaml").write_text((CONFIG / "skills.yaml").read_text())
    path = tmp_path / "planner.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=sentence):
        load_planner(path, TIMING)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("timeout_s: 20.0", "timeout_s: -1", "must be > 0"),
        ("sentence: go home", "sentense: go home", "Did you mean 'sentence'"),
        ("target: zone", "target: zoo", "zoo"),
        ("bins:", "bin:", "Did you mean 'bins'"),
    ],
)
def test_faults_of_a_skill_library_are_named(tmp_path, old, new, sentence):
    path = tmp_path / "skills.yaml"
    path.write_text((CONFIG / "skills.yaml").read_text().replace(old, new))
    with pytest.raises(ConfigError, match=sentence):
        load_skills(path)


def test_saycan_does_what_fits_and_can_be_done(library):
    steps = candidates(library, ["red cube", "blue ball"], ["green zone"])
    wish = {Step("pick", "red cube"): 0.5, Step("pick", "blue ball"): 0.4, DONE: 0.05}

    def language(options, chosen):
        wanted = {DONE: 0.9} if chosen else wish
        return [math.log(wanted.get(step, 1e-4)) for step in options]

    assert plan_by_scores(steps, language, lambda step: 1.0) == (Step("pick", "red cube"),)
    blocked = plan_by_scores(steps, language, lambda step: 0.1 if step.object_label == "red cube" else 1.0)
    assert blocked == (Step("pick", "blue ball"),)


def test_saycan_offers_only_steps_of_the_library(library):
    steps = candidates(library, ["red cube", "blue ball"], ["green zone"])
    assert Step("stack", "red cube", "blue ball") in steps
    assert Step("stack", "red cube", "red cube") not in steps
    assert all(step == DONE or not library.fault_of(step) for step in steps)


def test_saycan_refuses_where_nothing_can_be_done_or_nothing_ends(library):
    steps = candidates(library, ["red cube"], [])
    with pytest.raises(Refusal, match="can be done"):
        plan_by_scores(steps, lambda options, chosen: [0.0] * len(options), lambda step: 0.0)
    with pytest.raises(Refusal, match="no end"):
        plan_by_scores(steps, lambda o, c: [-9.0 if s == DONE else 0.0 for s in o], lambda step: 1.0)
