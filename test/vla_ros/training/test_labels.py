# SPDX-License-Identifier: Apache-2.0
"""Labels say what the expert does, what the pictures show, and when a task is done."""

import numpy as np
import pytest

from vla_ros.training.closed_loop import ChunkFollower
from vla_ros.training.config import GenerationConfig
from vla_ros.training.demonstrate import Recorder, pictures
from vla_ros.training.labels import label, projections
from vla_ros.training.records import NETWORK, NO_TASK, SKILLS, frame_of, scene_of, task_of
from vla_ros.training.snapshots import Snapshots
from vla_sim.experts.episode import ToolDriver
from vla_sim.experts.law import expert
from vla_sim.experts.observe import handling, observe
from vla_sim.scene.config import FixedObject, ObjectsConfig, SceneConfig, TargetsConfig
from vla_sim.scene.sample import sample_layout
from vla_sim.simulation import Simulation, SimulationConfig
from vla_sim.tasks.success import succeeded
from vla_sim.tasks.task import Skill, Task

OBJECTS = (FixedObject("cube", "red", (0.5, 0.05), 0.2), FixedObject("box", "blue", (0.44, -0.12), -0.3))
SCENE = SceneConfig(objects=ObjectsConfig(count=(2, 2), fixed=OBJECTS, shade=0.0), targets=TargetsConfig(zones=(1, 1)))
TASKS = {
    Skill.PLACE_IN_BIN: Task(Skill.PLACE_IN_BIN, "", "red cube", "left"),
    Skill.STACK: Task(Skill.STACK, "", "red cube", "blue box"),
    Skill.PICK: Task(Skill.PICK, "", "blue box"),
    Skill.REACH: Task(Skill.REACH, "", "red cube"),
    Skill.CLOSE: Task(Skill.CLOSE, ""),
}


@pytest.fixture(scope="module")
def simulation():
    return Simulation(SimulationConfig(timestep_s=0.002, reflexes=False))


def demonstrate(simulation, task, seconds):
    """Return undisturbed frames of the expert, one every 0.1 s, their scene, and whether the task was done in each."""
    layout = sample_layout(SCENE, np.random.default_rng(4))
    simulation.reset(0, layout)
    driver, constants = ToolDriver(simulation), handling(layout, task)
    record, frames, done = task_of(layout, task), [], []
    for _ in range(round(10 * seconds)):
        frames.append(frame_of(simulation, 0, record))
        done.append(succeeded(simulation, task))
        for _ in range(5):
            driver.apply(expert(task.skill, observe(simulation, task), constants))
    frames = np.stack(frames)
    return frames, np.repeat(scene_of(layout)[None], len(frames)), np.array(done)


@pytest.mark.parametrize("skill", list(TASKS))
def test_the_action_label_is_where_the_expert_goes(simulation, skill):
    frames, scenes, _ = demonstrate(simulation, TASKS[skill], seconds=6.0)
    actions = label(frames, scenes, frames["task"]).actions
    yaw = frames["tool_yaw"]
    for ahead, bar_m in ((1, 0.006), (4, 0.02)):
        now, later = frames[:-ahead], frames[ahead:]
        moved = later["tool_position"] - now["tool_position"]
        c, s = np.cos(yaw[:-ahead]), np.sin(yaw[:-ahead])
        local = np.stack([c * moved[:, 0] + s * moved[:, 1], c * moved[:, 1] - s * moved[:, 0], moved[:, 2]], axis=1)
        error = np.linalg.norm(local - actions[:-ahead, ahead - 1, :3], axis=1)
        assert np.median(error) < bar_m


@pytest.mark.parametrize("skill", list(TASKS))
def test_done_is_labelled_where_the_task_succeeds(simulation, skill):
    frames, scenes, done = demonstrate(simulation, TASKS[skill], seconds=8.0)
    labelled = label(frames, scenes, frames["task"]).auxiliary[:, 9] > 0.5
    assert not labelled[0]
    assert done[-1]
    assert labelled[-1]
    # The law's own tolerances are tighter than those of success, and it looks at no velocity: a moment apart.
    assert np.mean(labelled == done) > 0.9


def test_the_grounded_point_shows_the_named_object(simulation):
    simulation.reset(0, sample_layout(SCENE, np.random.default_rng(4)))
    scene, image = scene_of(simulation.layout), pictures(simulation)[0].astype(int)
    for name, channel in (("red cube", 0), ("blue box", 2)):
        record = task_of(simulation.layout, Task(Skill.REACH, "", name))
        frame = frame_of(simulation, 0, record)
        points = label(frame[None], scene[None], record[None]).points
        centre = frame["object_position"][record["object"]].astype(float)
        u, v = projections(frame[None], scene[None], centre[None])[0, 0] * NETWORK.image_size
        pixel = image[int(v), int(u)]
        assert pixel.argmax() == channel
        assert pixel[channel] > 1.5 * np.delete(pixel, channel).max()
        np.testing.assert_allclose(points[0, 0, 0] * NETWORK.image_size, [u, v], atol=1e-3)


def test_skills_without_an_object_ground_nothing(simulation):
    simulation.reset(0, sample_layout(SCENE, np.random.default_rng(4)))
    record = task_of(simulation.layout, TASKS[Skill.CLOSE])
    frame, scene = frame_of(simulation, 0, NO_TASK), scene_of(simulation.layout)
    labels = label(frame[None], scene[None], record[None])
    assert np.isnan(labels.points).all()
    assert labels.auxiliary_mask[0].tolist() == [False] * 8 + [True] * 2
    assert (labels.actions[0, :, 4] == -1.0).all()


def test_snapshots_show_the_hand_where_it_is_said_to_be():
    maker = Snapshots(GenerationConfig(), seed=3)
    kinematics = maker._kinematics
    frames = [maker.episode().frames[0] for _ in range(12)]
    for frame in frames:
        tool = kinematics.tool(frame["joints"].astype(float))
        np.testing.assert_allclose(tool.position, frame["tool_position"], atol=1e-5)
        assert tool.rotation[2, 2] < -0.995  # it points down
    assert len({frame["object_position"].tobytes() for frame in frames}) == len(frames)
    assert {SKILLS[frame["task"]["skill"]] for frame in frames} > {Skill.PLACE_IN_BIN}


def test_an_expert_chunk_followed_in_the_simulation_ends_at_its_last_row(simulation):
    layout = sample_layout(SCENE, np.random.default_rng(4))
    simulation.reset(0, layout)
    recorder = Recorder(simulation)
    task = TASKS[Skill.REACH]
    record = task_of(layout, task)
    recorder.record(record)
    frame = recorder.episode([]).frames
    actions = label(frame, recorder.scene[None], record[None]).actions[0].astype(float)
    chunk = chunk_of(actions, frame[0])
    ChunkFollower(simulation).execute(chunk, NETWORK.rows, lambda: False)
    assert np.linalg.norm(simulation.state().tool_position - chunk.rows[-1, :3]) < 0.004
    assert succeeded(simulation, task)


def chunk_of(actions, frame):
    from vla_ros.policy.flow.processing import ToolState, tool_rows
    from vla_ros.types import ActionChunk, ActionSpace

    rows, widths = tool_rows(actions, ToolState(frame["tool_position"].astype(float), float(frame["tool_yaw"])))
    return ActionChunk(1, 100_000_000, ActionSpace.TOOL_POSE, tuple("abcdefg"), rows, widths, "base")
