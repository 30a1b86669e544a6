# SPDX-License-Identifier: Apache-2.0
"""The kill harness finds what is planted: a harness that cannot fail shows nothing."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.safety_support import kills
from vla_sim.controllers.reflex import Reflex


@pytest.fixture(scope="module", params=["fr3", "panda"])
def killed(request):
    """Return a chain whose safety was killed in motion, and what its judge said and was told."""
    chain = kills.make_chain(request.param, 3)
    told = {}
    judge = kills._judge
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kills, "_judge", lambda chain, *rest: told.update(rest=rest) or judge(chain, *rest))
        stop = kills.trial(chain, "safety")
    return chain, stop, told["rest"]


def judged(killed, **changed):
    chain, _, (component, begin_ns, announced_rad) = killed
    return kills._judge(chain, component, begin_ns, changed.get("announced_rad", announced_rad)).faults


def test_arm_whose_safety_is_killed_comes_to_rest_without_a_fault(killed):
    chain, stop, _ = killed
    assert stop.faults == judged(killed) == ()
    assert stop.duration_s > 0.02
    assert np.abs(np.diff(np.array(chain.commands), axis=0)).max() > 1e-4  # it moved


def test_jump_of_a_command_is_found_in_every_derivative(killed, monkeypatch):
    chain = killed[0]
    commands = [row.copy() for row in chain.commands]
    commands[len(commands) // 2][3] += 0.02
    monkeypatch.setattr(chain, "commands", commands)
    faults = judged(killed)
    assert [fault.split()[0] for fault in faults] == ["velocity", "acceleration", "jerk"]


def test_reflex_is_found(killed, monkeypatch):
    monkeypatch.setattr(killed[0].simulation.arm, "reflex", Reflex.JERK)
    assert judged(killed)[0].startswith("reflex")


def test_rest_elsewhere_than_announced_is_found(killed, monkeypatch):
    chain = killed[0]
    monkeypatch.setattr(chain, "delivered", replace(chain.delivered, positions=chain.delivered.positions + 0.01))
    assert any(fault.startswith("rests") for fault in judged(killed))


def test_longer_way_than_announced_is_found(killed):
    assert any(fault.startswith("went") for fault in judged(killed, announced_rad=-1.0))


def test_longer_motion_than_announced_is_found(killed, monkeypatch):
    chain = killed[0]
    monkeypatch.setattr(chain, "delivered", replace(chain.delivered, stamp_ns=chain.delivered.stamp_ns - 10**10))
    assert any(fault.startswith("moved") for fault in judged(killed))


def test_messages_without_their_stop_are_found():
    chain = kills.make_chain("fr3", 3)
    deliver = chain._deliver

    def cut(sent):
        points = slice(0, max(2, int(np.searchsorted(sent.stamp_ns + sent.times_ns, chain.simulation.time_ns)) + 2))
        velocities = sent.velocities[points].copy()
        velocities[-1] = 0.0
        short = replace(sent, times_ns=sent.times_ns[points], positions=sent.positions[points], velocities=velocities)
        deliver(replace(short, accelerations=sent.accelerations[points]))

    chain._deliver = cut
    assert kills.trial(chain, "safety").faults
