# SPDX-License-Identifier: Apache-2.0
"""The executor's parts: stop words, evidence, recovery motions, trees and files, memory."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from vla_ros.errors import ConfigError
from vla_ros.executor import Signals, load_tree_file
from vla_ros.executor.config import ExecutorConfig, RecoveryConfig, SignalConfig, WordConfig
from vla_ros.executor.evidence import Evidence, judge, judge_signals
from vla_ros.executor.memory import Attempt, TaskMemory
from vla_ros.executor.motion import Motion, ReferenceCounter, TravelledPath
from vla_ros.executor.signals import Grasp
from vla_ros.executor.stop_words import means_resume, means_stop
from vla_ros.tasks import CheckResult, ErrorCode, Verdict

TREE = Path(__file__).parents[3] / "config" / "trees" / "default.yaml"
STOPS = load_tree_file(TREE)[1].words.stop
ONE_S = 1_000_000_000


STOPPING = (
    "stop", "Stop!", "STOP STOP STOP", "please stop", "don't stop", "stop putting the cube there at once please",
    "¡alto!", "Стоп", "止まれ", "arrête", "halt", "whoa there", "ok robot freeze now",
)  # fmt: skip


@pytest.mark.parametrize("text", STOPPING)
def test_stops_are_recognised(text):
    assert means_stop(text, STOPS)


@pytest.mark.parametrize("text", ["", "put the red cube in the left bin", "stopwatch", "unstoppable robot", "go home"])
def test_other_words_are_no_stops(text):
    assert not means_stop(text, STOPS)


def test_resume_has_to_be_said_alone():
    assert means_resume("Continue, please!", ("continue",))
    assert not means_resume("continue with the red cube", ("continue",))


def seen(verdict, confidence=0.95):
    return CheckResult(verdict, confidence, "seen")


def felt(verdict):
    return CheckResult(verdict, 0.9, "felt")


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        (Evidence(seen(Verdict.FAILED), felt(Verdict.DONE)), Verdict.FAILED),
        (Evidence(seen(Verdict.DONE), felt(Verdict.FAILED), True), Verdict.FAILED),
        (Evidence(seen(Verdict.DONE), felt(Verdict.NOT_YET)), Verdict.FAILED),
        (Evidence(seen(Verdict.DONE), felt(Verdict.UNSURE)), Verdict.DONE),
        (Evidence(seen(Verdict.DONE, 0.5), felt(Verdict.UNSURE)), Verdict.FAILED),
        (Evidence(seen(Verdict.NOT_YET), felt(Verdict.DONE)), Verdict.FAILED),
        (Evidence(seen(Verdict.UNSURE, 0.0), felt(Verdict.DONE)), Verdict.DONE),
        (Evidence(seen(Verdict.UNSURE, 0.0), felt(Verdict.UNSURE), True), Verdict.DONE),
        (Evidence(seen(Verdict.UNSURE, 0.0), felt(Verdict.UNSURE)), Verdict.FAILED),
    ],
)
def test_evidence_is_weighed_as_documented(evidence, expected):
    assert judge(evidence, 0.8).verdict is expected


@pytest.mark.parametrize(
    ("expected", "grasp", "width", "verdict"),
    [
        ("released", Grasp.RELEASED, 0.08, Verdict.DONE),
        ("released", Grasp.DROPPED, 0.0, Verdict.FAILED),
        ("released", Grasp.HOLDING, 0.04, Verdict.NOT_YET),
        ("released", Grasp.NEVER, 0.08, Verdict.NOT_YET),
        ("holding", Grasp.HOLDING, 0.04, Verdict.DONE),
        ("holding", Grasp.MISSED, 0.0, Verdict.NOT_YET),
        ("open", Grasp.NEVER, 0.08, Verdict.DONE),
        ("open", Grasp.NEVER, 0.01, Verdict.NOT_YET),
        ("closed", Grasp.NEVER, 0.0, Verdict.DONE),
        ("", Grasp.RELEASED, 0.08, Verdict.UNSURE),
    ],
)
def test_signals_say_what_they_show(expected, grasp, width, verdict):
    assert judge_signals(expected, grasp, Signals(width_m=width), SignalConfig(), np.zeros(7)).verdict is verdict


def test_home_is_a_pose():
    home = np.zeros(7)
    at = Signals(position=home + 0.01)
    assert judge_signals("home", Grasp.NEVER, at, SignalConfig(), home).verdict is Verdict.DONE
    off = Signals(position=home + 0.2)
    assert judge_signals("home", Grasp.NEVER, off, SignalConfig(), home).verdict is Verdict.NOT_YET


def test_motion_starts_and_ends_at_rest_and_keeps_its_speed():
    points = np.array([[0.0, 0.0], [0.5, 0.1], [0.5, -0.6]])
    motion = Motion.along(points, 0.5, 3 * ONE_S)
    times = np.linspace(motion.start_ns, motion.end_ns, 2001)
    rows = motion.at(times)
    speed = np.abs(np.diff(rows, axis=0)).max(axis=1) / np.diff(times) * 1e9
    assert speed.max() <= 0.5 + 1e-6
    assert speed.max() > 0.45
    assert max(speed[0], speed[-1]) < 0.01
    np.testing.assert_allclose(rows[0], points[0])
    np.testing.assert_allclose(rows[-1], points[-1])
    np.testing.assert_allclose(motion.at(np.array([1e12]))[0], points[-1])


def test_way_back_is_the_way_that_was_come():
    path = TravelledPath()
    for angle in np.arange(0.0, 1.0, 0.01):
        path.add(np.array([angle, -angle]))
    back = path.back(np.array([1.0, -1.0]), 0.3)
    assert 0.3 <= back[0, 0] - back[-1, 0] < 0.36
    assert np.all(np.diff(back[:, 0]) < 0.0)
    assert len(TravelledPath().back(np.zeros(2), 1.0)) == 1


def test_references_of_a_recovery_rise_in_number_and_never_fall_in_epoch():
    counter, motion = ReferenceCounter(0.05), Motion.along(np.array([[0.0], [1.0]]), 0.5, 0)
    nan = float("nan")
    chunks = [counter.chunk(motion, ("a",), index * 50_000_000, nan, epoch) for index, epoch in enumerate([3, 7, 5])]
    assert [chunk.provenance.chunk_id for chunk in chunks] == [1, 2, 3]
    assert [chunk.provenance.epoch for chunk in chunks] == [3, 7, 7]
    assert {chunk.provenance.source for chunk in chunks} == {"recovery"}
    assert chunks[0].gripper_m.size == 0
    assert chunks[0].end_ns - chunks[0].stamp_ns == ONE_S


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda d: d.update(tree={"sequnce": []}), "Did you mean 'sequence'"),
        (lambda d: d.update(tree={"sequence": []}), "list of nodes"),
        (lambda d: d.update(tree={"retry": {"child": {"make_plan": {}}}}), "'times' is missing"),
        (lambda d: d.update(tree={"retry": {"times": 2, "chld": 1, "child": {"make_plan": {}}}}), "unknown argument"),
        (lambda d: d.update(tree={"retry": {"times": 2}}), "one key"),
        (lambda d: d.update(tree=["make_plan"]), "one key"),
    ],
)
def test_faults_of_a_tree_are_named(make_world, tmp_path, change, sentence):
    from vla_ros.executor import Ports, TaskExecutor

    data = yaml.safe_load(TREE.read_text())
    change(data)
    path = tmp_path / "tree.yaml"
    path.write_text(yaml.safe_dump(data))
    world = make_world()
    with pytest.raises(ConfigError, match=sentence):
        TaskExecutor(*load_tree_file(path), Ports(world, world, world))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda d: d.update(budgts={}), "Did you mean 'budgets'"),
        (lambda d: d.update(budgets={"task": 3}), "Did you mean 'task_s'"),
        (lambda d: d.update(budgets={"task_s": 0}), "must be > 0"),
        (lambda d: d.update(words={"stop": []}), "at least one word"),
        (lambda d: d["expectations"].update(pick="held"), "unknown signal 'held'"),
        (lambda d: d.pop("recovery"), "required"),
        (lambda d: d.update(sure=3), "0 .. 1"),
    ],
)
def test_faults_of_a_tree_file_are_named(tmp_path, change, sentence):
    data = yaml.safe_load(TREE.read_text())
    change(data)
    path = tmp_path / "tree.yaml"
    path.write_text(yaml.safe_dump(data))
    with pytest.raises(ConfigError, match=sentence):
        load_tree_file(path)


def test_memory_is_kept_by_task_and_told_in_sentences():
    memory = TaskMemory()
    for number, code in ((1, ErrorCode.FAILED), (2, ErrorCode.SUCCESS)):
        memory.add(Attempt("a", "pick up the red cube", number, code, "because", 0, 1))
    memory.add(Attempt("b", "go home", 1, ErrorCode.SUCCESS, "", 0, 1))
    assert memory.history("a") == ("pick up the red cube: failed: because", "pick up the red cube: done: because")
    assert (memory.retries("a"), memory.retries("b")) == (1, 0)
    assert memory.as_data("b")[0]["code"] == "SUCCESS"


def test_configuration_knows_its_defaults():
    config = ExecutorConfig(RecoveryConfig((0.0,) * 7))
    assert config.words == WordConfig()
    assert "operator" not in config.recovery.resettable
