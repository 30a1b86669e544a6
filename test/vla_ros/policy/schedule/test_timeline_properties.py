# SPDX-License-Identifier: Apache-2.0
"""What never happens to a timeline, under every strategy; and that each of these properties can fail.

Time, in rows of 0.1 s, runs through observations with delays of up to 2.2 s; chunks have 12 rows. A *perfect* policy
predicts a function of absolute time: whatever the delays, its timeline has to be that function, else something was
indexed by a counter, anchored at the wrong instant, or dropped.
"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vla_ros.policy.schedule import scheduler as scheduler_module
from vla_ros.policy.schedule.scheduler import ChunkScheduler, MergeStatus, SchedulerConfig
from vla_ros.policy.schedule.seam import fade_length_s, minimum_jerk
from vla_ros.policy.schedule.strategy import STRATEGIES, strategy
from vla_ros.policy.schedule.timeline import Timeline, resample

P = 100_000_000
ROWS = 12
RUNS = {
    "delays_ms": st.lists(st.integers(0, 2200), min_size=2, max_size=8),
    "offset_ms": st.integers(0, 99),
    "seed": st.integers(0, 2**16),
}
EVERY_STRATEGY = pytest.mark.parametrize("name", sorted(STRATEGIES))


def line(times_ns):
    """Return positions (T, 2) that a perfect policy predicts: linear, so that interpolation is exact."""
    seconds = np.asarray(times_ns, float) * 1e-9
    return np.stack([0.3 * seconds - 1.0, 2.0 - 0.7 * seconds], axis=1)


def predicted(make, observed_ns, context, rng):
    """Return a prediction of the perfect policy (no ``rng``) or of a random walk, with all that strategies ask for."""
    begin_ns = observed_ns + max(context.arrival_row, 0) * P
    times = begin_ns + P * np.arange(ROWS)
    rows = line(times) if rng is None else rng.normal(size=(ROWS, 2)).cumsum(axis=0)
    return make.prediction(
        rows,
        at=begin_ns / P,
        observed=observed_ns / P,
        samples=np.stack([rows, rows]),
        companion=rows,
        confidence=0.95 if rng is None else float(rng.uniform(0.9, 1.0)),
    )


def merges(make, name, delays_ms, offset_ms, rng):
    """Yield the scheduler before and after every merge, its prediction, the time, and what became of it."""
    scheduler, now = ChunkScheduler(strategy(name), SchedulerConfig()).reset(1), 0
    for delay_ms in delays_ms:
        observed = now + offset_ms * 1_000_000
        scheduler, context = scheduler.start(observed, observed)
        now = observed + delay_ms * 1_000_000
        prediction = predicted(make, observed, context, rng)
        before = scheduler
        scheduler, result = scheduler.merge(now, prediction)
        yield before, scheduler, prediction, now, result


def check_past(make, name, delays_ms, offset_ms, seed):
    """The past is never rewritten, and all rows stay on one grid."""
    for before, after, _, now, _ in merges(make, name, delays_ms, offset_ms, np.random.default_rng(seed)):
        if before.timeline is None:
            continue
        old, new = before.timeline, after.timeline
        assert (new.chunk.stamp_ns - old.chunk.stamp_ns) % P == 0, "another grid"
        past = old.grid(max(new.chunk.stamp_ns, old.chunk.stamp_ns) - 1, now)
        np.testing.assert_allclose(new.at(past)[0], old.at(past)[0], atol=1e-12, err_msg="the past was rewritten")


def check_due(make, name, delays_ms, offset_ms, seed):
    """Every row that an accepted chunk has still to come is in the timeline, once, without a gap before it."""
    for before, after, prediction, now, result in merges(make, name, delays_ms, offset_ms, np.random.default_rng(seed)):
        if result.status is not MergeStatus.MERGED:
            continue
        chunk, newest = after.timeline.chunk, prediction.chunk
        due = after.timeline.grid(max(now, newest.stamp_ns - 1), newest.end_ns)
        assert np.isin(due, chunk.times_ns).all(), "a row that is due was dropped"
        assert chunk.end_ns == due[-1], "the timeline ends elsewhere than its newest chunk"
        first = now if before.timeline is None else min(now, before.timeline.chunk.end_ns)
        assert chunk.stamp_ns <= max(first + P, due[0]), "there is a gap before what is due"
        assert np.isfinite(chunk.rows).all()
        if not after.strategy.blend:  # a fade keeps a distance past the old end and may lie outside
            rows, given = after.timeline.at(due)[0], [item.chunk.rows for item in after.history]
            assert rows.min() >= np.min(given) - 1e-9 and rows.max() <= np.max(given) + 1e-9, "invented"


def check_perfect(make, name, delays_ms, offset_ms, seed):
    """A perfect policy's timeline is its function of absolute time: nothing jumps and nothing goes back."""
    for before, after, prediction, now, result in merges(make, name, delays_ms, offset_ms, None):
        if result.status is not MergeStatus.MERGED:
            continue
        end_ns = None if before.timeline is None else before.timeline.chunk.end_ns
        if end_ns is not None and (end_ns <= now or end_ns < prediction.chunk.stamp_ns - P):
            return  # the arm rested: how it leaves that rest is the seam's matter
        times = after.timeline.grid(max(now, after.timeline.chunk.stamp_ns) - 1, after.timeline.chunk.end_ns)
        np.testing.assert_allclose(after.timeline.at(times)[0], line(times), atol=1e-9, err_msg="anchored elsewhere")


def check_seam(make, name, delays_ms, offset_ms, seed):
    """A blended seam leaves the old rows as slowly as the minimum-jerk fade within the bounds does."""
    for before, after, prediction, now, result in merges(make, name, delays_ms, offset_ms, np.random.default_rng(seed)):
        if before.timeline is None or result.status is not MergeStatus.MERGED:
            continue
        times = after.timeline.grid(max(now, prediction.chunk.stamp_ns - 1), prediction.chunk.end_ns)
        start = max(now, int(times[0]) - P)
        old, new = before.timeline.at(times)[0], resample(prediction.chunk, times)[0]
        near = (times - start) * 1e-9 <= after.config.seam.longest_s
        near[0] = True
        shared = times <= before.timeline.chunk.end_ns  # past its end the old timeline keeps its last distance
        distance = np.abs(new - old)[near & shared if shared.any() else near].max()
        window = fade_length_s(distance, after.config.seam)
        share = minimum_jerk(np.array([(times[0] - start) * 1e-9 / window]))[0] if window else 1.0
        jump = np.abs(after.timeline.at(times[:1])[0] - old[:1]).max()
        assert jump <= share * np.abs(new - old)[0].max() + 1e-9, "the seam jumps"


@EVERY_STRATEGY
@settings(max_examples=25, deadline=None)
@given(**RUNS)
def test_a_timeline_never_rewrites_the_past(make, name, delays_ms, offset_ms, seed):
    check_past(make, name, delays_ms, offset_ms, seed)


@EVERY_STRATEGY
@settings(max_examples=25, deadline=None)
@given(**RUNS)
def test_a_timeline_drops_nothing_that_is_due(make, name, delays_ms, offset_ms, seed):
    check_due(make, name, delays_ms, offset_ms, seed)


@EVERY_STRATEGY
@settings(max_examples=25, deadline=None)
@given(**RUNS)
@example(delays_ms=[1, 1000], offset_ms=99, seed=0)  # the new chunk comes just as the old one ends
def test_a_timeline_never_jumps_or_goes_back_in_time(make, name, delays_ms, offset_ms, seed):
    check_perfect(make, name, delays_ms, offset_ms, seed)


@pytest.mark.parametrize("name", sorted(name for name, row in STRATEGIES.items() if row.blend))
@settings(max_examples=25, deadline=None)
@given(**RUNS)
def test_a_blended_seam_stays_within_its_bounds(make, name, delays_ms, offset_ms, seed):
    check_seam(make, name, delays_ms, offset_ms, seed)


# Defects that schedulers of the field have had, each planted for the length of one test.


def rewrites_what_is_due_now(patch):
    grid = Timeline.grid
    patch.setattr(Timeline, "grid", lambda self, after, until: grid(self, after - 2 * P, until))


def counts_rows_instead_of_time(patch):
    patch.setattr(
        scheduler_module, "resample", lambda chunk, times: (chunk.rows[-len(times) :], chunk.gripper_m)
    )  # the last rows, whatever the times
    chosen = scheduler_module.ChunkScheduler._predictions

    def from_the_first_row(self, timeline, times, history):
        rows, gripper = chosen(self, timeline, times, history)
        newest = history[-1].chunk.rows
        return newest[: len(times)] if len(newest) >= len(times) else rows, gripper

    patch.setattr(scheduler_module.ChunkScheduler, "_predictions", from_the_first_row)


def forgets_the_first_due_row(patch):
    replaced = Timeline.replaced

    def shortened(self, times, rows, gripper, newest):
        return replaced(self, times, rows[1:], gripper[1:], newest) if len(rows) > 1 else self

    patch.setattr(Timeline, "replaced", shortened)


def begins_on_a_grid_of_its_own(patch):
    replaced = Timeline.replaced

    def shifted(self, times, rows, gripper, newest):
        chunk = replaced(self, times, rows, gripper, newest).chunk
        return Timeline(replace(chunk, stamp_ns=chunk.stamp_ns + P // 3))

    patch.setattr(Timeline, "replaced", shifted)


def does_not_blend(patch):
    patch.setattr(scheduler_module, "blend", lambda old, new, elapsed_s, bounds, algebra: new)


DEFECTS = (
    (rewrites_what_is_due_now, check_past, "replace"),
    (begins_on_a_grid_of_its_own, check_past, "act"),
    (forgets_the_first_due_row, check_due, "lerobot"),
    (counts_rows_instead_of_time, check_perfect, "replace"),
    (forgets_the_first_due_row, check_perfect, "blend"),
    (does_not_blend, check_seam, "rtc"),
)


@pytest.mark.parametrize(("defect", "check", "name"), DEFECTS, ids=lambda item: getattr(item, "__name__", item))
def test_each_property_fails_with_a_defect(make, monkeypatch, defect, check, name):
    runs = [([130, 250, 90, 310], 37, seed) for seed in range(3)]
    for run in runs:
        check(make, name, *run)
    defect(monkeypatch)
    with pytest.raises(AssertionError):
        for run in runs:
            check(make, name, *run)
