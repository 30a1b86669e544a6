# SPDX-License-Identifier: Apache-2.0
"""The policy node and a policy server that fails in every way: a stop with a name, then use once it is back."""

import threading
from dataclasses import replace

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from policy_graph import PERIOD_NS, ROOT, policy_graph
from vla_msgs.msg import ErrorCode, PolicyState

from vla_ros.nodes.conversions import chunk_from_message
from vla_ros.serving import ServingConfig, serving
from vla_ros.serving.fake import Behaviour, FakeConfig, fake_server

PRESET = ROOT / "config" / "policies" / "openpi_droid.yaml"
RIGHT = FakeConfig(rows=15, columns=8, value=0.01)
NAMES = {
    Behaviour.HANGING: ("timeout", "longer than"),
    Behaviour.DROPPING: ("closed",),
    Behaviour.MALFORMED: ("malformed", "too large"),  # random bytes may promise too much
    Behaviour.HUGE: ("too large",),
    Behaviour.NON_FINITE: ("not finite",),
    Behaviour.WRONG_SHAPE: ("wrong shape",),
    Behaviour.ERROR: ("server error",),
}


def policy_at(tmp_path, url, deadline_s):
    """Return a policy file that is the preset at another address and with another deadline."""
    text = PRESET.read_text(encoding="utf-8").replace("deadline_s: 1.0", f"deadline_s: {deadline_s}")
    path = tmp_path / "policy.yaml"
    path.write_text(text.replace("  protocol: openpi\n", f"  protocol: openpi\n  url: {url}\n"), encoding="utf-8")
    return path


def advance(graph):
    graph.tick(graph.now_ns + PERIOD_NS)
    graph.observe()
    graph.settle()


def begin(graph):
    handle = graph.send("pick up the red cube", timeout_s=1e6)
    while not graph.references:
        advance(graph)
    return handle


@pytest.mark.parametrize("behaviour", NAMES, ids=lambda behaviour: behaviour.value)
def test_server_that_fails_ends_the_motion_by_name_and_is_used_again_when_it_is_back(tmp_path, behaviour):
    deadline_s = 0.5 if behaviour is Behaviour.HANGING else 60.0
    with fake_server("openpi", RIGHT) as server:
        policy = policy_at(tmp_path, server.url, deadline_s)
        with policy_graph(truth=False, policy=policy) as graph:
            told = []
            graph.player.create_subscription(
                DiagnosticArray, "/diagnostics", lambda array: told.extend(s.message for s in array.status), 50
            )
            handle = begin(graph)
            server.policy.config = replace(RIGHT, behaviour=behaviour, huge_bytes=1 << 40)
            end_ns = chunk_from_message(graph.references[-1]).end_ns
            response = graph.result(handle, lambda: advance(graph))
            later = [chunk_from_message(message).end_ns for message in graph.references]
            for _ in range(60):  # two seconds of simulated time
                advance(graph)
            server.policy.config = RIGHT
            graph.references.clear()
            begin(graph)
            epoch = graph.references[-1].epoch
    assert response.result.error.code == ErrorCode.POLICY_UNAVAILABLE
    assert named(response.result.error.message, behaviour)
    assert any(named(text, behaviour) for text in told), told
    assert max(later) <= end_ns, "nothing that came after the fault makes the motion longer"
    assert epoch == 2


def named(text, behaviour):
    return any(name in text for name in NAMES[behaviour])


def test_server_that_is_late_starves_the_motion_by_name_until_it_answers(tmp_path):
    answering = threading.Event()
    answering.set()

    def policy(observation):
        answering.wait()
        return np.full((15, 8), 0.01, np.float32)

    with (
        serving(policy, ServingConfig(port=0)) as port,
        policy_graph(truth=False, policy=policy_at(tmp_path, f"ws://127.0.0.1:{port}", 1e6)) as graph,
    ):
        begin(graph)
        answering.clear()
        while not any(message.state == PolicyState.STARVED for message in graph.states):
            graph.tick(graph.now_ns + PERIOD_NS)
            graph.observe()
        answering.set()
        while chunk_from_message(graph.references[-1]).end_ns < graph.now_ns:
            advance(graph)


def test_server_that_is_gone_and_comes_back_is_used_again(tmp_path):
    with fake_server("openpi", RIGHT) as server:
        port = int(server.url.rpartition(":")[2])
        with policy_graph(truth=False, policy=policy_at(tmp_path, server.url, 60.0)) as graph:
            handle = begin(graph)
            server.shutdown()
            response = graph.result(handle, lambda: advance(graph))
            graph.references.clear()
            with fake_server("openpi", RIGHT, port):
                begin(graph)
    assert response.result.error.code == ErrorCode.POLICY_UNAVAILABLE
    assert any(word in response.result.error.message for word in ("closed", "unreachable"))
