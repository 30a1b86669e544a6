# SPDX-License-Identifier: Apache-2.0
"""Alignment against a brute-force oracle: random rates, jitter, drops, reordering, lying stamps and clock jumps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vla_ros.contract import Alignment
from vla_ros.ingest import Aligner, Arrival, Rejection, Sample
from vla_ros.types import Observation, StreamCondition

MS = 1_000_000
S = 1000 * MS
START_NS = 1_700_000_000 * S


class Oracle:
    """What alignment means, written with whole lists and no buffer: slow and plain."""

    def __init__(self, contract):
        self.contract = contract
        self.specs = {stream.key: stream for stream in contract.streams}
        self.forget()
        self.last_receive_ns = 0

    def forget(self):
        self.kept = {key: [] for key in self.specs}
        self.verdict = dict.fromkeys(self.specs, StreamCondition.OK)

    def push(self, arrival):
        timing = self.contract.timing
        if self.last_receive_ns - arrival.receive_ns > timing.jump_s * S:
            self.forget()
        self.last_receive_ns = arrival.receive_ns
        key = arrival.key
        if arrival.fault:
            self.verdict[key] = StreamCondition.MALFORMED
            return
        stamp, now = arrival.sample.stamp_ns, arrival.receive_ns
        if stamp == 0 or stamp - now > timing.max_future_s * S or now - stamp > timing.max_offset_s * S:
            self.verdict[key] = StreamCondition.BAD_CLOCK
            return
        if self.kept[key] and max(self.kept[key]) - stamp > timing.jump_s * S:
            self.forget()
        if self.kept[key] and stamp < max(self.kept[key]):
            self.verdict[key] = StreamCondition.BAD_CLOCK
        elif stamp not in self.kept[key]:
            self.kept[key].append(stamp)
            self.verdict[key] = StreamCondition.OK

    def choose(self, key, reference_ns):
        stamps = self.kept[key][-8 if self.specs[key].is_image else -512 :]  # memory is bounded, newest wins
        if self.specs[key].alignment is Alignment.NEAREST:
            return min(stamps, key=lambda stamp: (abs(stamp - reference_ns), stamp), default=None)
        return max((stamp for stamp in stamps if stamp <= reference_ns), default=None)

    def condition(self, key, reference_ns, now_ns):
        spec, stamp = self.specs[key], self.choose(key, reference_ns)
        if self.verdict[key] is not StreamCondition.OK:
            return self.verdict[key]
        if stamp is None:
            return StreamCondition.SKEWED if self.kept[key] else StreamCondition.MISSING
        if max(now_ns, reference_ns) - stamp > spec.max_age_s * S:
            return StreamCondition.STALE
        if spec.alignment is not Alignment.HOLD and abs(stamp - reference_ns) > spec.max_skew_s * S:
            return StreamCondition.SKEWED
        return StreamCondition.OK


def value_of(key, stamp_ns):
    """A value that tells which sample was used."""
    number = float(stamp_ns % S) / S
    if key == "image":
        return np.full((3, 4, 3), stamp_ns // MS % 251, np.uint8)
    return (number, -number) if key == "joints" else (number,)


def arrival(key, stamp_ns, receive_ns=None, fault=""):
    sample = None if fault else Sample(stamp_ns, value_of(key, stamp_ns))
    return Arrival(key, stamp_ns if receive_ns is None else receive_ns, sample, fault)


@st.composite
def traffic(draw):
    """Arrivals of all streams, in order of arrival, with everything that goes wrong on a network.

    Times are whole multiples of 5 ms, so that ties and exact limits come up.
    """
    events = []
    for key, period_ms in (("image", 100), ("joints", 10), ("gripper", 200)):
        period_ms += draw(st.sampled_from([0, 0, 5, 20]))
        for index in range(draw(st.integers(0, 25))):
            kind = draw(st.sampled_from(["ok"] * 12 + ["drop", "late", "bad", "zero", "future", "other", "copy"]))
            stamp = START_NS + index * period_ms * MS + draw(st.sampled_from([0, 0, -5, 5])) * MS
            receive = stamp + draw(st.integers(0, 4)) * 5 * MS + (150 * MS if kind == "late" else 0)
            ahead = draw(st.sampled_from([45, 50, 55, 1000])) * MS
            stamp = {"zero": 0, "future": receive + ahead, "other": 12_345 * S}.get(kind, stamp)
            if kind != "drop":
                events.append(arrival(key, stamp, receive, "broken" if kind == "bad" else ""))
            if kind == "copy":
                events.append(arrival(key, stamp, receive + MS))
    events.sort(key=lambda event: event.receive_ns)
    if events and draw(st.booleans()):  # the clock or the bag starts again
        events += events[: draw(st.integers(0, len(events)))]
    return events


GRID = st.integers(-10, 140).map(lambda step: 5 * step)


@settings(max_examples=400)
@given(
    events=traffic(), looks=st.lists(st.tuples(GRID, GRID.filter(lambda ms: 0 <= ms <= 300)), min_size=1, max_size=8)
)
def test_alignment_equals_brute_force(toy, events, looks):
    contract = toy.contract()
    aligner, oracle = Aligner(contract), Oracle(contract)
    step = max(1, len(events) // len(looks))
    for index, (reference_ms, delay_ms) in enumerate(looks):
        for event in events[index * step : (index + 1) * step]:
            aligner.push(event)
            oracle.push(event)
        reference_ns = START_NS + reference_ms * MS
        now_ns = reference_ns + delay_ms * MS
        check(aligner.observe(reference_ns, now_ns), oracle, reference_ns, now_ns)


def check(result, oracle, reference_ns, now_ns):
    expected = {key: oracle.condition(key, reference_ns, now_ns) for key in oracle.specs}
    assert {report.key: report.condition for report in result.streams} == expected
    refused = any(expected[key] is not StreamCondition.OK for key, spec in oracle.specs.items() if spec.required)
    assert isinstance(result, Rejection if refused else Observation)
    if refused:
        return
    used = {key: oracle.choose(key, reference_ns) for key, condition in expected.items() if not condition}
    assert result.image_stamps_ns == {"image": used["image"]}
    np.testing.assert_array_equal(result.images["image"], value_of("image", used["image"]))
    others = [value for key in ("joints", "gripper") if key in used for value in value_of(key, used[key])]
    np.testing.assert_array_equal(result.state, others)
    assert result.skew_ns == abs(used["image"] - used["joints"])
    ages = {report.key: report.age_ns for report in result.streams if not report.condition}
    assert ages == {key: max(0, reference_ns - stamp) for key, stamp in used.items()}


@pytest.fixture
def aligner(toy):
    aligner = Aligner(toy.contract())
    for stamp_ms in range(0, 300, 10):
        aligner.push(arrival("joints", START_NS + stamp_ms * MS))
        if stamp_ms % 100 == 0:
            aligner.push(arrival("image", START_NS + stamp_ms * MS))
    return aligner


REFERENCE_NS = START_NS + 200 * MS


def reason(aligner, now_ns=None):
    result = aligner.observe(REFERENCE_NS, now_ns)
    return result.reason if isinstance(result, Rejection) else ""


def test_good_streams_give_an_observation_with_the_optional_one_left_out(aligner):
    observation = aligner.observe(REFERENCE_NS)
    assert observation.state_names == ("a.position", "b.position")
    assert [report.condition.name for report in observation.streams] == ["OK", "OK", "MISSING"]
    assert observation.skew_ns == 0
    assert observation.streams[1].rate_hz == pytest.approx(100.0)


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        (arrival("joints", 0, REFERENCE_NS, "position of a is nan"), "joints is malformed: position of a is nan"),
        (arrival("joints", 0, REFERENCE_NS), "joints is bad_clock: its stamp is zero: the driver does not stamp"),
        (arrival("joints", REFERENCE_NS + S, REFERENCE_NS), "its stamp is 1.000 s in the future of this clock"),
        (arrival("joints", 5 * S, REFERENCE_NS), "s behind this clock: it is from another clock"),
        (arrival("joints", REFERENCE_NS, REFERENCE_NS), "joints is bad_clock: a sample came 0.090 s out of order"),
    ],
)
def test_bad_sample_stops_observations_until_the_stream_recovers(aligner, bad, sentence):
    assert reason(aligner) == ""
    aligner.push(bad)
    assert sentence in reason(aligner)
    aligner.push(arrival("joints", START_NS + 310 * MS))
    assert reason(aligner) == ""


def test_missing_and_stale_streams_are_named(toy, aligner):
    assert "image is missing: nothing has arrived on 'scene/image_raw'" in reason(Aligner(toy.contract()))
    assert "joints is stale: its newest sample is 0.300 s old, allowed 0.2 s" in reason(
        aligner, REFERENCE_NS + 300 * MS
    )


def test_clock_that_jumps_back_empties_the_buffers(aligner):
    aligner.push(arrival("joints", START_NS - 100 * S))
    assert aligner.restarts == 1
    assert "image is missing" in reason(aligner)
    assert aligner.newest_ns("joints") == START_NS - 100 * S


def test_restart_forgets_faults_too(aligner):
    aligner.push(arrival("image", 0, REFERENCE_NS, "broken"))
    assert "image is malformed: broken" in reason(aligner)
    aligner.push(arrival("joints", START_NS - 100 * S))
    assert "image is missing" in reason(aligner)


def test_memory_is_bounded(aligner):
    for index in range(20_000):
        aligner.push(arrival("joints", START_NS + S + index * MS))
    assert len(aligner._buffers["joints"]._samples) == 512
