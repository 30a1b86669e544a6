# SPDX-License-Identifier: Apache-2.0
"""The planner that ships: found by name, small, documented, and doing what short sentences say of what it sees."""

import time
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("transformers")

from vla_ros.planner import CheckRequest, PlanRequest, Step, load_skills
from vla_ros.planner.loading import SHIPPED_CHECKPOINTS, load_backend
from vla_ros.planner.openai import Timing
from vla_ros.tasks import Refusal, Verdict
from vla_ros.training_planner.scenes import draw_scenes, load_images

CONFIG = Path(__file__).parents[3] / "config"
FOLDER = SHIPPED_CHECKPOINTS / "default_planner"
SCENES = 8


@pytest.fixture(scope="module")
def library():
    return load_skills(CONFIG / "planners" / "skills.yaml")


@pytest.fixture(scope="module")
def backend():
    return load_backend(CONFIG / "planners" / "default.yaml", Timing(time.monotonic_ns, time.sleep))[0]


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    """Return things that are seen and the picture of each of some scenes of a seed that nothing else has."""
    folder = tmp_path_factory.mktemp("scenes")
    facts = list(draw_scenes(folder, CONFIG / "scenes", SCENES, 4242, lambda done: None))
    pictures = [{"image.scene": np.asarray(image)} for image in load_images(folder)]
    return [
        ([item for item in seen.things if item.is_visible], picture)
        for seen, picture in zip(facts, pictures, strict=True)
    ]


def test_it_is_small_and_has_a_card():
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 40e6
    assert "## Measured" in (FOLDER / "README.md").read_text(encoding="utf-8")


def test_it_plans_for_what_it_sees(backend, scenes):
    right = 0
    for things, picture in scenes:
        label = things[0].label
        try:
            steps = backend.plan(PlanRequest(f"Put the {label} in the left bin, then go home.", picture)).steps
        except Refusal:
            continue
        right += [(s.skill, s.object_label, s.target_label) for s in steps] == [
            ("place_in_bin", label, "left"),
            ("home", "", ""),
        ]
    assert right >= SCENES - 2


def test_it_refuses_what_is_nonsense_or_not_there(backend, scenes):
    things, picture = scenes[0]
    absent = next(f"{colour} ball" for colour in ("red", "blue") if f"{colour} ball" not in {t.label for t in things})
    for text in ("sing me a song", f"pick up the {absent}"):
        with pytest.raises(Refusal):
            backend.plan(PlanRequest(text, picture))


def test_it_judges_what_it_sees(backend, scenes, library):
    right = 0
    for things, picture in scenes:
        subtask = library.subtask(Step("place_in_bin", things[0].label, "left"), 0)
        expected = Verdict.DONE if things[0].place == "left bin" else Verdict.NOT_YET
        right += backend.check(CheckRequest(subtask, picture)).verdict is expected
    assert right >= SCENES - 2
