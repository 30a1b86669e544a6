# SPDX-License-Identifier: Apache-2.0
"""Managed nodes are configured at once, activated in order, held at the gate, and brought back."""

import itertools

import pytest

from vla_ros.errors import ConfigError
from vla_ros.supervision import NodeState, Request, StartOrder, StartOrderConfig

CONFIG = StartOrderConfig(("eyes", "guard", "mind"), gated_from="guard")
ABSENT, UNCONFIGURED, INACTIVE, ACTIVE = (
    NodeState.ABSENT,
    NodeState.UNCONFIGURED,
    NodeState.INACTIVE,
    NodeState.ACTIVE,
)


def states(*values):
    return dict(zip(CONFIG.nodes, values, strict=True))


def test_all_nodes_are_configured_at_once():
    requests = StartOrder(CONFIG).step(0, states(UNCONFIGURED, ABSENT, UNCONFIGURED), gate_open=False)
    assert requests == {"eyes": Request.CONFIGURE, "mind": Request.CONFIGURE}


def test_nodes_are_activated_one_after_the_other():
    order = StartOrder(CONFIG)
    assert order.step(0, states(INACTIVE, INACTIVE, INACTIVE), gate_open=True) == {"eyes": Request.ACTIVATE}
    assert order.step(1, states(ACTIVE, INACTIVE, INACTIVE), gate_open=True) == {"guard": Request.ACTIVATE}
    assert order.step(2, states(ACTIVE, ACTIVE, INACTIVE), gate_open=True) == {"mind": Request.ACTIVATE}


def test_nothing_behind_the_closed_gate_is_activated():
    order = StartOrder(CONFIG)
    assert order.step(0, states(ACTIVE, INACTIVE, INACTIVE), gate_open=False) == {}
    assert order.waits_for_gate(states(ACTIVE, INACTIVE, INACTIVE))
    assert not order.waits_for_gate(states(INACTIVE, INACTIVE, INACTIVE))


def test_a_refused_transition_is_asked_for_again_after_a_pause():
    order, refused = StartOrder(CONFIG), states(UNCONFIGURED, ABSENT, ABSENT)
    assert order.step(0, refused, gate_open=True)
    assert order.step(CONFIG.retry_ns - 1, refused, gate_open=True) == {}
    assert order.step(CONFIG.retry_ns, refused, gate_open=True) == {"eyes": Request.CONFIGURE}


def test_a_clock_that_jumps_back_does_not_stop_the_requests():
    order, refused = StartOrder(CONFIG), states(UNCONFIGURED, ABSENT, ABSENT)
    order.step(10 * CONFIG.retry_ns, refused, gate_open=True)
    assert order.step(0, refused, gate_open=True)


def test_ready_means_that_every_node_is_active_and_the_missing_are_named():
    order = StartOrder(CONFIG)
    assert order.is_ready(states(ACTIVE, ACTIVE, ACTIVE))
    assert order.missing(states(ACTIVE, ABSENT, INACTIVE)) == {"guard": ABSENT, "mind": INACTIVE}
    assert order.missing({}) == dict.fromkeys(CONFIG.nodes, ABSENT)


@pytest.mark.parametrize("start", list(itertools.product(NodeState, repeat=3)))
def test_from_any_states_the_whole_becomes_active_where_every_request_succeeds(start):
    order, now = StartOrder(CONFIG), states(*start)
    after = {Request.CONFIGURE: INACTIVE, Request.ACTIVATE: ACTIVE}
    for tick in range(20):
        restarted = {name: UNCONFIGURED if state not in (INACTIVE, ACTIVE) else state for name, state in now.items()}
        requests = order.step(tick * CONFIG.retry_ns, restarted, gate_open=order.waits_for_gate(restarted))
        now = {**restarted, **{name: after[request] for name, request in requests.items()}}
        guard_ready = now["guard"] is not ACTIVE or start[1] is ACTIVE or now["eyes"] is ACTIVE
        assert guard_ready, "activated in front of its predecessor"
    assert order.is_ready(now)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"nodes": ()}, "nodes must name each managed node once, got none"),
        ({"nodes": ("a", "a")}, "nodes must name each managed node once, got a, a"),
        ({"nodes": ("safety", "policy"), "gated_from": "saftey"}, "safety"),
        ({"nodes": ("a",), "retry_ns": 0}, "retry_ns must be > 0, got 0"),
    ],
)
def test_a_bad_configuration_is_refused(values, sentence):
    with pytest.raises(ConfigError, match=sentence):
        StartOrderConfig(**values)
