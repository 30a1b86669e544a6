# SPDX-License-Identifier: Apache-2.0
"""The policy node in a live graph with simulated time: from a goal to references, and every way in which a run ends."""

import numpy as np
import pytest
from policy_graph import PERIOD_NS, policy_graph
from vla_msgs.msg import ErrorCode, PolicyState, SafetyState

from vla_ros.errors import ConfigError
from vla_ros.nodes.conversions import chunk_from_message

SCENE = [
    ("red cube", "cube", (0.02, 0.02, 0.02), (0.5, 0.1, 0.02)),
    ("left bin", "bin", (0.095, 0.085, 0.025), (0.45, 0.35, 0.025)),
]


def advance(graph):
    graph.tick(graph.now_ns + PERIOD_NS)
    graph.tell_truth(SCENE)
    graph.observe()
    graph.settle()


def begin(graph, **goal):
    graph.tell_truth(SCENE)
    handle = graph.send("pick up the red cube", **goal)
    assert handle is not None
    while not graph.references:
        advance(graph)
    return handle


def test_goal_gives_raw_chunks_and_merged_references_in_a_new_epoch():
    with policy_graph() as graph:
        handle = begin(graph, timeout_s=1000.0)
        while len(graph.raw) < 3:
            advance(graph)
        graph.tick(graph.now_ns + 1_000_000_000_000)
        response = graph.result(handle, lambda: advance(graph))
        chunks = [chunk_from_message(message) for message in graph.raw]
        references = [chunk_from_message(message) for message in graph.references]
    assert response.result.error.code == ErrorCode.TIMEOUT
    assert response.result.stopped_by == "timeout"
    assert {chunk.provenance.epoch for chunk in chunks + references} == {1}
    assert {chunk.provenance.policy_id for chunk in references} == {"scripted"}
    assert all(reference.provenance.strategy == "blend" for reference in references)
    assert [chunk.provenance.chunk_id for chunk in chunks] == sorted(chunk.provenance.chunk_id for chunk in chunks)
    assert np.linalg.norm(references[0].rows[-1][:2] - SCENE[0][3][:2]) < 0.02, "the tool is led to the object"
    assert response.result.chunks >= 3


def test_cancelled_goal_ends_at_a_seam_within_the_timeline():
    with policy_graph() as graph:
        handle = begin(graph, timeout_s=1000.0)
        before = chunk_from_message(graph.references[-1])
        cancel = handle.cancel_goal_async()
        graph.until(cancel.done, "the answer to a cancel")
        response = graph.result(handle, lambda: advance(graph))
        graph.until(lambda: chunk_from_message(graph.references[-1]).end_ns < before.end_ns, "a shorter reference")
    assert response.result.error.code == ErrorCode.CANCELED
    assert response.result.stopped_by == "canceled"


def test_newer_goal_takes_over_in_the_next_epoch():
    with policy_graph() as graph:
        first = begin(graph, timeout_s=1000.0)
        assert graph.send("go home", timeout_s=1000.0) is not None
        ended = graph.result(first, lambda: advance(graph))
        while graph.references[-1].epoch < 2:
            advance(graph)
        epochs = [message.epoch for message in graph.references]
    assert ended.result.error.code == ErrorCode.PREEMPTED
    assert epochs == sorted(epochs)
    assert set(epochs) == {1, 2}


def test_lost_observations_are_named_and_end_the_run():
    with policy_graph() as graph:
        handle = begin(graph, timeout_s=1000.0)
        response = graph.result(handle, lambda: graph.tick(graph.now_ns + PERIOD_NS))
        states = [message.state for message in graph.states]
    assert response.result.error.code == ErrorCode.OBSERVATION_LOST
    assert PolicyState.BLIND in states


def test_emergency_stop_ends_the_run_and_the_next_epoch_is_above_safetys():
    with policy_graph() as graph:
        handle = begin(graph, timeout_s=1000.0)
        graph.safety.publish(SafetyState(epoch=9, estop_latched=True))
        response = graph.result(handle, lambda: advance(graph))
        graph.safety.publish(SafetyState(epoch=9))
        graph.references.clear()
        begin(graph, timeout_s=1000.0)
        epoch = graph.references[-1].epoch
    assert response.result.error.code == ErrorCode.STOPPED
    assert epoch == 10


def test_sentence_that_is_not_understood_is_a_named_failure_and_no_motion():
    with policy_graph() as graph:
        graph.tell_truth(SCENE)
        handle = graph.send("make me a coffee", timeout_s=1000.0)
        response = graph.result(handle, lambda: advance(graph))
    assert response.result.error.code == ErrorCode.POLICY_UNAVAILABLE
    assert "does not understand 'make me a coffee'" in response.result.error.message
    assert graph.references == []


def test_observation_of_another_contract_is_not_used():
    with policy_graph() as graph:
        handle = graph.send("pick up the red cube", timeout_s=1000.0)

        def advance_foreign():
            graph.tick(graph.now_ns + PERIOD_NS)
            graph.observe(contract_hash="0" * 64)
            graph.until(lambda: graph.program.component._driver.complaint, "the refusal of an observation")

        response = graph.result(handle, advance_foreign)
        graph.tick(graph.now_ns + 1_000_000_000)
        graph.until(lambda: any("another contract" in message.detail for message in graph.states), "the complaint")
    assert response.result.error.code == ErrorCode.OBSERVATION_LOST
    assert graph.references == []


def test_reference_that_nobody_hears_is_told():
    with policy_graph() as graph:
        begin(graph, timeout_s=1000.0)
        graph.player.destroy_subscription(graph.listener)
        graph.states.clear()
        while not any("nobody listens" in message.detail for message in graph.states):
            advance(graph)
        assert graph.states[-1].state == PolicyState.RUNNING


@pytest.mark.parametrize("goal", [{"timeout_s": 0.0}, {"stop_when": ["policy_dome"]}])
def test_goal_that_makes_no_sense_is_refused(goal):
    with policy_graph() as graph:
        assert graph.send("pick up the red cube", **goal) is None


def configured(tmp_path, text):
    path = tmp_path / "policy.yaml"
    path.write_text(text)
    return path


def test_policy_in_a_process_of_its_own_serves_a_run(tmp_path):
    pytest.importorskip("onnxruntime")
    policy = configured(tmp_path, "backend: flow_onnx\ncheckpoint: default_policy\nisolation: process")
    with policy_graph(truth=False, policy=policy) as graph:
        begin(graph, timeout_s=1000.0)
        loaded = graph.program.component._loaded
        assert type(loaded.policy).__name__ == "IsolatedPolicy"
        chunk = chunk_from_message(graph.references[-1])
    assert chunk.provenance.policy_id == "flow_onnx"
    assert chunk.provenance.checkpoint_hash == loaded.checkpoint_hash != ""


def test_two_policies_behind_a_gate_serve_one_run_and_every_chunk_says_whose_it_is(tmp_path):
    pytest.importorskip("onnxruntime")
    learned = configured(tmp_path, "backend: flow_onnx\ncheckpoint: default_policy").rename(tmp_path / "learned.yaml")
    gate = f"{{policy: {learned}, signal: 'state:gripper.width', enter: 0.06, leave: 0.02, min_dwell_s: 0.0}}"
    with policy_graph(policy=configured(tmp_path, f"backend: scripted\ngate: {gate}")) as graph:
        begin(graph, timeout_s=1000.0)
        while len({message.policy_id for message in graph.raw}) < 2:
            graph.tick(graph.now_ns + PERIOD_NS)
            graph.tell_truth(SCENE)
            graph.observe(width=0.08 if len(graph.raw) < 2 else 0.0)
            graph.settle()
        references = [chunk_from_message(message) for message in graph.references]
    made_by = [message.policy_id for message in graph.raw]
    assert made_by[0] == "flow_onnx", "the gripper is open"
    assert made_by[-1] == "scripted", "it is closed"
    assert {chunk.period_ns for chunk in references} == {100_000_000}


@pytest.mark.parametrize(
    "text",
    [
        "backend: scripted\nisolation: process",
        "backend: scripted\ngate: {policy: scriptd, signal: done, enter: 1, leave: 0}",
        "backend: scripted\ngate: {policy: scripted, signal: 'state:gripper.wdith', enter: 1, leave: 0}",
    ],
)
def test_what_cannot_run_together_is_refused_at_configure(tmp_path, text):
    with pytest.raises(ConfigError, match="could not be started"), policy_graph(policy=configured(tmp_path, text)):
        pass
