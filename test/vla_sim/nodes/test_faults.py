# SPDX-License-Identifier: Apache-2.0
"""Planted faults do what their names say, and end when they are cleared; scenes are reset and objects set."""

import re
from pathlib import Path

import numpy as np
import pytest
from builtin_interfaces.msg import Duration
from sensor_msgs.msg import Image, JointState
from std_srvs.srv import Trigger
from test.vla_sim.nodes.graph import SENSOR, Graph, seconds
from trajectory_msgs.msg import JointTrajectory, JointTrajectoryPoint
from vla_msgs.msg import GroundTruth, ObjectState
from vla_msgs.srv import GetGroundTruth, InjectFault, ResetScene, SetObjects

pytestmark = [pytest.mark.graph, pytest.mark.timeout(300)]
SCENE = "config/scenes/pick_and_place.yaml"


@pytest.fixture(scope="module")
def live():
    graph = Graph(
        "lockstep:=true", "step_s:=0.1", f"scene:={SCENE}", "seed:=1", "camera_width:=64", "camera_height:=64"
    )
    try:
        graph.truths = graph.listen("sim/ground_truth", GroundTruth)
        graph.states = graph.listen("joint_states", JointState)
        graph.pictures = graph.listen("scene/image_raw", Image, SENSOR)
        graph.others = graph.listen("wrist/image_raw", Image, SENSOR)
        graph.commands = graph.node.create_publisher(JointTrajectory, "fr3_arm_controller/joint_trajectory", 1)
        graph.until(lambda: graph.commands.get_subscription_count() > 0, "the controller")
        graph.until(lambda: graph.node.count_publishers("wrist/image_raw") > 0, "the cameras")
        yield graph
    finally:
        graph.close()


@pytest.fixture(autouse=True)
def fresh(live):
    assert live.call(ResetScene, "sim/reset_scene", ResetScene.Request(seed=1)).success
    step(live)


def step(live, count=1):
    """Let time pass and wait for what was said at its end."""
    for _ in range(count):
        answer = live.call(Trigger, "sim/step")
        assert answer.success
    now_s = int(answer.message.split("=")[1]) * 1e-9
    live.until(lambda: live.states and seconds(live.states[-1].header.stamp) > now_s - 0.01, "joint states of now")
    live.until(lambda: live.truths and seconds(live.truths[-1].header.stamp) > now_s - 0.04, "the truth of now")


def plant(live, fault, target="", value=0.0):
    answer = live.call(InjectFault, "sim/inject_fault", InjectFault.Request(fault=fault, target=target, value=value))
    assert answer.success, answer.message


def command(live, change, duration_s=0.5):
    """Send a trajectory and let the simulation take it: it looks at commands with the next step."""
    start = np.array(live.states[-1].position[:7])
    ends = [JointTrajectoryPoint(positions=(start + change).tolist(), velocities=[0.0] * 7, accelerations=[0.0] * 7)]
    ends[0].time_from_start = Duration(sec=0, nanosec=round(duration_s * 1e9))
    live.commands.publish(JointTrajectory(joint_names=list(live.states[-1].name[:7]), points=ends))
    return start


def objects(live):
    return {item.name: item for item in live.truths[-1].objects if item.shape == "cube"}


def test_reset_with_a_seed_draws_the_same_scene_and_another_one_another(live):
    places = [
        [
            item.pose.position.x
            for item in live.call(ResetScene, "sim/reset_scene", ResetScene.Request(seed=seed)).state.objects
        ]
        for seed in (5, 6, 5)
    ]
    assert places[0] == places[2] != places[1]


def test_reset_to_an_unknown_scene_is_refused_with_the_names_of_those_that_are_there(live):
    answer = live.call(ResetScene, "sim/reset_scene", ResetScene.Request(scene="kitchen", seed=1))
    assert not answer.success
    assert "tabletop" in answer.message


def test_set_object_is_where_it_was_put(live):
    name = sorted(objects(live))[0]
    wanted = ObjectState(name=name)
    wanted.pose.position.x, wanted.pose.position.y, wanted.pose.position.z = 0.5, 0.05, 0.022
    wanted.pose.orientation.w = 1.0
    assert live.call(SetObjects, "sim/set_objects", SetObjects.Request(objects=[wanted])).success
    step(live)
    place = objects(live)[name].pose.position
    assert np.allclose([place.x, place.y, place.z], [0.5, 0.05, 0.021], atol=3e-3)


def test_ground_truth_can_be_asked_for(live):
    step(live)
    state = live.call(GetGroundTruth, "sim/get_ground_truth").state
    assert state.scene == "pick_and_place"
    assert state.seed == 1
    told = {item.name: item.pose.position for item in state.objects if item.shape == "cube"}
    assert told.keys() == objects(live).keys()
    for name, place in told.items():
        assert abs(place.x - objects(live)[name].pose.position.x) < 1e-4


def documented():
    """Return name, kind and type of every row of the interface table."""
    text = Path("docs/simulation.md").read_text(encoding="utf-8")
    return re.findall(r"^\| `([^`]+)` \| (topic|service|action) \| `([^`]+)` \|", text, flags=re.MULTILINE)


def test_documented_interface_is_there(live):
    rows = documented()
    assert len(rows) > 20
    there = {
        "topic": dict(live.node.get_topic_names_and_types()),
        "service": dict(live.node.get_service_names_and_types()),
    }
    for name, kind, type_name in rows:
        name = name if name.startswith("/") else f"/{name}"
        if kind == "action":
            name, kind, type_name = f"{name}/_action/send_goal", "service", f"{type_name}_SendGoal"
        assert type_name in there[kind].get(name, []), name


def test_set_object_that_is_not_there_is_refused(live):
    wanted = ObjectState(name="pink cube")
    wanted.pose.orientation.w = 1.0
    answer = live.call(SetObjects, "sim/set_objects", SetObjects.Request(objects=[wanted]))
    assert not answer.success
    assert "pink cube" in answer.message


def test_kicked_object_moves_away(live):
    name = sorted(objects(live))[0]
    before = objects(live)[name].pose.position.x
    plant(live, "kick_object", name, 0.05)
    step(live, 3)
    assert objects(live)[name].pose.position.x > before + 0.01


def test_dropped_camera_is_silent_while_the_other_goes_on(live):
    plant(live, "camera_drop", "scene")
    live.pictures.clear(), live.others.clear()
    step(live, 3)
    live.until(lambda: len(live.others) >= 8, "pictures of the other camera")
    assert not live.pictures
    plant(live, "clear")
    step(live)
    live.until(lambda: live.pictures, "pictures again")


def test_frozen_camera_shows_the_same_picture_with_new_stamps(live):
    plant(live, "camera_freeze", "scene")
    live.pictures.clear()
    plant(live, "kick_object", sorted(objects(live))[0], 0.05)
    step(live, 3)
    live.until(lambda: len(live.pictures) >= 8, "pictures")
    assert len({bytes(picture.data) for picture in live.pictures}) == 1
    assert len({seconds(picture.header.stamp) for picture in live.pictures}) == len(live.pictures)
    plant(live, "clear")


def test_delayed_camera_publishes_old_stamps(live):
    plant(live, "camera_delay", "scene", 0.15)
    live.pictures.clear(), live.others.clear()
    step(live, 5)
    live.until(lambda: len(live.others) >= 14 and live.pictures, "pictures of both")
    behind_s = seconds(live.others[-1].header.stamp) - seconds(live.pictures[-1].header.stamp)
    assert 0.12 < behind_s < 0.22
    plant(live, "clear")


def test_cut_commands_are_ignored_until_the_fault_is_over(live):
    plant(live, "cut_commands", value=0.25)
    start = command(live, 0.05)
    step(live, 2)
    assert np.abs(np.array(live.states[-1].position[:7]) - start).max() < 1e-3
    step(live, 2)
    start = command(live, 0.05)
    live.until(lambda: _moves(live), "a motion after the fault")


def _moves(live):
    step(live)
    return np.abs(np.array(live.states[-1].velocity[:7])).max() > 0.01


def test_reflex_refuses_commands_until_recovery(live):
    plant(live, "reflex")
    step(live)
    assert live.truths[-1].reflex
    start = command(live, 0.05)
    step(live, 3)
    assert np.abs(np.array(live.states[-1].position[:7]) - start).max() < 1e-3
    assert live.call(Trigger, "sim/error_recovery").message == "cleared: joint_reflex"
    command(live, 0.05)
    live.until(lambda: _moves(live), "a motion after recovery")


def test_blocked_arm_stays_behind_its_command(live):
    plant(live, "block_arm", value=1.0)
    start = command(live, 0.1)
    step(live, 6)
    assert np.abs(np.array(live.states[-1].position[:7]) - start).max() < 0.05


@pytest.mark.parametrize(
    ("request_fields", "words"),
    [
        ({"fault": "camera_drpo"}, "unknown fault"),
        ({"fault": "camera_drop", "target": "left"}, "target must be one of"),
        ({"fault": "kick_object", "target": "nothing", "value": 0.1}, "no object"),
        ({"fault": "block_arm", "value": -1.0}, "value must be finite"),
    ],
)
def test_wrong_fault_is_refused_with_a_sentence(live, request_fields, words):
    answer = live.call(InjectFault, "sim/inject_fault", InjectFault.Request(**request_fields))
    assert not answer.success
    assert words in answer.message
