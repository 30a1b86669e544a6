# SPDX-License-Identifier: Apache-2.0
"""The gate between two policies switches with hysteresis and not before its dwell; caches keep what was used last."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vla_ros.errors import ConfigError
from vla_ros.policy.keyed_cache import KeyedCache
from vla_ros.policy.schedule.gate import PolicyGate


def states(gate, signals):
    out = []
    for now_ns, signal in enumerate(signals):
        gate = gate.update(now_ns, signal)
        out.append(gate.second)
    return out


def test_gate_switches_at_its_thresholds_and_holds_between_them():
    signals = [0.5, 0.79, 0.8, 0.5, 0.21, 0.2, 0.5, float("nan"), 0.9]
    assert states(PolicyGate(on=0.8, off=0.2), signals) == [
        False, False, True, True, True, False, False, False, True,
    ]  # fmt: skip


@given(st.lists(st.floats(0, 1), min_size=2, max_size=60), st.integers(1, 9))
def test_gate_never_switches_twice_within_its_dwell(signals, dwell):
    switches = np.flatnonzero(np.diff(states(PolicyGate(0.7, 0.3, dwell), signals)))
    assert (np.diff(switches) >= dwell).all()


def test_gate_without_hysteresis_is_refused():
    with pytest.raises(ConfigError, match="off < on"):
        PolicyGate(on=0.5, off=0.5)


def test_cache_makes_a_value_once_and_forgets_the_least_used():
    cache, made = KeyedCache(2), []
    for key in ("a", "b", "a", "c", "a", "b"):
        assert cache.get(key, lambda key=key: made.append(key) or key.upper()) == key.upper()
    assert made == ["a", "b", "c", "b"]
    assert (cache.hits, cache.misses) == (2, 4)
