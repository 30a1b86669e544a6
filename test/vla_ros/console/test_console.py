# SPDX-License-Identifier: Apache-2.0
"""The console's parts: what the robot looks like, charts, jogging, texts. The browser itself: test/end_to_end."""

from pathlib import Path

import numpy as np
import pytest

from vla_ros.console.charts import StripChart
from vla_ros.console.jog import PERIOD_NS, ROWS, Jog
from vla_ros.console.robot import read_visuals
from vla_ros.console.texts import Condition, condition_text, plan_text
from vla_ros.console.transcript import PlannedStep
from vla_ros.errors import VlaError
from vla_sim.description import robot_description

SHARE = Path(__file__).parents[3] / "src"
SECOND_NS = 1_000_000_000
DOWN = np.array([1.0, 0.0, 0.0, 0.0])


@pytest.mark.parametrize("arm", ["fr3", "panda"])
def test_every_mesh_of_the_robot_is_there_with_its_colour(arm):
    visuals = read_visuals(robot_description(arm), lambda package: str(SHARE / package))
    assert len({visual.link for visual in visuals}) == 11, "8 links, the hand, two fingers"
    assert all(visual.path.is_file() for visual in visuals)
    assert len({visual.colour for visual in visuals}) > 2


def test_a_visual_has_its_pose_scale_and_named_colour():
    urdf = """<robot name="r"><material name="sky"><color rgba="0 0.5 1 1"/></material><link name="a"><visual>
    <origin xyz="1 2 3" rpy="0 0 1.5707963"/><geometry><mesh filename="package://p/m.stl" scale="2 2 2"/></geometry>
    <material name="sky"/></visual><visual><geometry><box size="1 1 1"/></geometry></visual></link></robot>"""
    (visual,) = read_visuals(urdf, lambda package: f"/share/{package}")
    assert (visual.link, str(visual.path), visual.colour) == ("a", "/share/p/m.stl", (0.0, 0.5, 1.0))
    np.testing.assert_allclose(visual.position, [1, 2, 3])
    np.testing.assert_allclose(visual.wxyz, [np.sqrt(0.5), 0, 0, np.sqrt(0.5)], atol=1e-7)
    np.testing.assert_allclose(visual.scale, [2, 2, 2])


def test_what_is_no_description_is_refused_in_a_sentence():
    with pytest.raises(VlaError, match="no XML"):
        read_visuals("<robot", str)


def test_a_chart_keeps_the_newest_and_counts_age_backwards():
    chart = StripChart(("a", "b"), length=4)
    for index in range(7):
        chart.add(float(index), (10.0 * index, -float(index)))
    age, first, second = chart.columns()
    assert age.tolist() == [-3, -2, -1, 0]
    assert first.tolist() == [30, 40, 50, 60]
    assert second.tolist() == [-3, -4, -5, -6]


def test_an_empty_chart_can_be_drawn():
    age, values = StripChart(("a",)).columns()
    assert len(age) == len(values) == 2
    assert np.isfinite(age).all()


def test_jogging_begins_where_the_tool_is_and_ends_at_rest_at_the_goal():
    jog = Jog(0, np.array([0.4, 0.0, 0.3]), DOWN)
    np.testing.assert_allclose(jog.step(0).poses, np.tile([0.4, 0.0, 0.3, *DOWN], (ROWS, 1)))
    jog.move((0.02, 0.0, 0.0), 0.0)
    for now_ns in range(0, SECOND_NS, SECOND_NS // 10):
        rows = jog.step(now_ns)
    np.testing.assert_allclose(rows.poses[:, 0], 0.42)


def test_jogging_never_goes_faster_than_its_bound():
    jog = Jog(0, np.array([0.4, 0.0, 0.3]), DOWN)
    jog.move((1.0, -1.0, 0.5), 3.0)
    rows = [jog.step(index * 2 * PERIOD_NS) for index in range(20)]
    positions = np.concatenate([each.poses[:2, :3] for each in rows])
    steps = np.linalg.norm(np.diff(positions, axis=0), axis=1) / (PERIOD_NS / SECOND_NS)
    assert steps.max() == pytest.approx(0.10)
    assert np.abs(np.linalg.norm(rows[-1].poses[:, 3:], axis=1) - 1.0).max() < 1e-12


def test_texts_name_task_grade_and_limit_and_escape_what_came_from_outside():
    text = condition_text(Condition(ready=True, grade=2, limit="joint_velocity", source="policy", task=2, detail="<b>"))
    assert "**running** &lt;b&gt;" in text
    assert "**slowed** joint_velocity" in text
    assert text.endswith("ready")
    assert "**not ready**" in condition_text(Condition())


def test_the_plan_shows_what_is_done_and_what_is_under_way():
    steps = [PlannedStep("one", "pick", 1.0), PlannedStep("two", "place", 1.0)]
    assert plan_text("grammar", steps, 1).splitlines()[:2] == ["1. ✓ one", "2. **two**"]
    assert plan_text("grammar", [], 0) == "no plan yet"
