# SPDX-License-Identifier: Apache-2.0
"""A filter that is put into a recorded state makes the recorded step again, bit for bit."""

import numpy as np
import pytest

from vla_safety import Reference, ReferenceKind, RobotState, SafetyError, SafetyFilter
from vla_safety.decision_record import command_bytes, config_hash, restore_filter, same_reference, save_filter

START_NS = 1_000_000_000_000


def references(config, amplitude):
    """Rows of a swing, anew every 0.3 s: followed, joined, slowed and refused ones."""
    home = np.array(config.tool.posture_rad)
    for number in range(8):
        stamp_ns = START_NS + number * 300_000_000
        times = (stamp_ns - START_NS) * 1e-9 + 0.1 * np.arange(12)
        rows = home + amplitude * (1 - np.cos(3.0 * times))[:, None] * np.linspace(1.0, 0.3, 7)
        rows[number % 3 :: 5] += 0.01 * number
        yield number, Reference(ReferenceKind.JOINT_POSITION, stamp_ns, 100_000_000, rows, chunk_id=number)


def run(safety, config, amplitude):
    """Yield state before, time, measurement, reference and output of each step."""
    safety.reset(START_NS, RobotState(START_NS, np.array(config.tool.posture_rad), np.zeros(7)))
    coming = dict(references(config, amplitude))
    reference = None
    for tick in range(200):
        now_ns = START_NS + tick * config.period_ns
        number = (now_ns - START_NS) // 300_000_000
        reference = coming.get(number, reference)
        command = safety.held.command(now_ns)
        state = RobotState(now_ns, command[0], command[1])
        before = save_filter(safety)
        yield before, now_ns, state, reference, safety.step(now_ns, state, reference)
        if tick == 150:
            safety.latch.set("operator")


@pytest.mark.parametrize("amplitude", [0.05, 0.8])
def test_every_step_is_made_again_bit_for_bit(panda, urdf, amplitude):
    live, again = SafetyFilter.from_config(panda, urdf), SafetyFilter.from_config(panda, urdf)
    grades = set()
    for before, now_ns, state, reference, output in run(live, panda, amplitude):
        taken = restore_filter(again, before)
        known = taken is not None and reference is not None and same_reference(taken, reference)
        replayed = again.step(now_ns, state, taken if known else reference)
        assert command_bytes(replayed.trajectory) == command_bytes(output.trajectory)
        assert replayed.report == output.report
        assert save_filter(again) == save_filter(live)
        grades.add(output.report.grade.value)
    assert "estopped" in grades
    assert {"unchanged", "slowed"} & grades


def test_state_is_small_and_strange_bytes_are_refused(panda, urdf):
    safety = SafetyFilter.from_config(panda, urdf)
    *_, (before, *_rest) = run(safety, panda, 0.1)
    assert len(before) < 100_000
    for data in (b"", b"\xc1", before[: len(before) // 2], b"\x81\xa5other\x01"):
        with pytest.raises(SafetyError, match="cannot be read"):
            restore_filter(safety, data)


def test_recovering_filter_keeps_its_wider_limits(panda, urdf):
    live, again = SafetyFilter.from_config(panda, urdf), SafetyFilter.from_config(panda, urdf)
    outside = np.array(panda.tool.posture_rad)
    outside[6] = panda.joints.upper_rad[6] + 0.05
    live.reset(START_NS, RobotState(START_NS, outside, np.zeros(7)))
    assert live.is_recovering
    restore_filter(again, save_filter(live))
    assert again.is_recovering
    assert save_filter(again) == save_filter(live)


def test_another_limit_gives_another_hash(panda, urdf):
    assert config_hash(panda, urdf) == config_hash(panda, urdf)
    assert config_hash(panda, urdf) != config_hash(panda, urdf + " ")
