# SPDX-License-Identifier: Apache-2.0
"""A session: what a run publishes, how it ends, and that nothing of it survives."""

from dataclasses import replace

import numpy as np
import pytest

from vla_ros.errors import ConfigError, PolicyError
from vla_ros.policy.configuration import PolicyConfig
from vla_ros.policy.prediction import Instruction, Latent, Prediction
from vla_ros.policy.run import Verdict
from vla_ros.policy.run_values import EndCode, Outcome, Phase, RunRequest
from vla_ros.policy.schedule.strategy import strategy
from vla_ros.policy.session import PolicySession, require_strategy
from vla_ros.policy.session_config import SessionConfig
from vla_ros.policy.specification import Conditioning, PolicySpecification
from vla_ros.types import ActionSpace, Observation

MS = 1_000_000
P = 100 * MS
SPECIFICATION = PolicySpecification("toy", rows=16, period_ns=P, space=ActionSpace.JOINT_POSITION, names=("j0",))


def observation(at_ms, width=0.08, speed=0.0):
    names = ("j0.position", "j0.velocity", "gripper.width")
    return Observation(at_ms * MS, {}, {}, names, np.array([0.0, speed, width]))


class Driver:
    """Drives a session in simulated milliseconds: an observation every 50 ms, answers after ``latency``."""

    def __init__(
        self, make, strategy="replace", specification=SPECIFICATION, latency=60, moves_the_arm=True, **session
    ):
        self.make, self.latency = make, latency
        config = PolicyConfig(backend="toy", strategy=strategy, session=SessionConfig(**session))
        self.session = PolicySession(specification, config, moves_the_arm=moves_the_arm)
        self.now, self.pending, self.publications, self.end = 0, None, [], None
        self.answer = lambda job: Outcome(self.predicted(job), 5 * MS)

    def predicted(self, job, **kwargs):
        at = job.observation.stamp_ns / P
        return self.make.prediction(0.01 * (at + np.arange(16)), at=at, epoch=job.context.epoch, **kwargs)

    def begin(self, timeout_ms=60_000, stop_when=(), epoch=None):
        request = RunRequest(Instruction("go"), timeout_ms * MS, tuple(stop_when))
        self.session.begin(self.now * MS, request, (epoch or self.session.epoch + 1))

    def run(self, until_ms, sees=True, **observed):
        while self.now < until_ms and self.end is None:
            self.now += 10
            if sees and self.now % 50 == 0:
                self.session.observe(observation(self.now, **observed))
            if self.pending and self.now >= self.pending[0]:
                _, job = self.pending
                self.pending = None
                self.publications.append(self.session.complete(self.now * MS, job, self.answer(job)))
            self.end = self.session.check(self.now * MS)
            job = self.session.next_job(self.now * MS)
            if job is not None:
                self.pending = (self.now + self.latency, job)

    @property
    def status(self):
        return self.session.status(self.now * MS)


def test_run_publishes_every_chunk_and_what_is_due(make):
    driver = Driver(make)
    driver.begin()
    driver.run(3000)
    references = [publication.reference for publication in driver.publications]
    assert len(references) >= 6
    assert all(reference.end_ns > 0 for reference in references)
    assert [p.raw.provenance.chunk_id for p in driver.publications] == list(range(1, len(references) + 1))
    assert driver.status.phase is Phase.RUNNING
    assert driver.status.delay_ns == 60 * MS
    assert (driver.status.inference_p50_ns, driver.status.observation_age_ns) == (5 * MS, 0)


@pytest.mark.parametrize("latency", [10, 60, 350, 900])
@pytest.mark.parametrize("name", ["replace", "blend", "act", "sync"])
def test_an_arm_that_rested_meanwhile_begins_with_the_first_row_however_long_the_inference_took(make, name, latency):
    driver = Driver(make, name, latency=latency)
    driver.begin()
    driver.run(6000)
    publication = driver.publications[0]
    raw, reference = publication.raw, publication.reference
    assert raw.stamp_ns == raw.provenance.observation_stamp_ns, "what the policy said is published as it said it"
    assert reference.stamp_ns == raw.stamp_ns + latency * MS + P, "row 0 was due at the moment of arrival"
    np.testing.assert_allclose(reference.rows, raw.rows[1:])


def test_an_arm_that_is_moved_by_a_recording_keeps_the_times_of_the_first_chunk(make):
    driver = Driver(make, latency=350, moves_the_arm=False)
    driver.begin()
    driver.run(1000)
    publication = driver.publications[0]
    due = publication.raw.stamp_ns + P * np.arange(1, len(publication.raw.rows) + 1)
    assert publication.reference.stamp_ns in due, "rows stay where the policy put them"


def test_plan_that_safety_follows_no_more_is_forgotten_and_the_next_chunk_begins_where_the_arm_rests(make):
    driver = Driver(make, "blend")
    driver.begin()
    driver.run(3000)
    driver.session.plan_anew(driver.now * MS)
    seen = len(driver.publications)
    driver.run(3800)
    publication = next(p for p in driver.publications[seen:] if p.raw.provenance.observation_stamp_ns >= 3000 * MS)
    arrival = publication.raw.stamp_ns + publication.result.delay_ns
    assert publication.reference.stamp_ns == arrival + P, "row 0 is due on arrival"
    np.testing.assert_allclose(publication.reference.rows, publication.raw.rows[1:], err_msg="nothing is blended in")
    before = driver.session.status(driver.now * MS)
    driver.session.plan_anew(driver.now * MS)
    driver.session.plan_anew(driver.now * MS + 10 * MS)  # told again of what was forgotten
    assert driver.session.status(driver.now * MS) == before


def test_what_comes_while_the_arm_moves_keeps_its_times(make):
    driver = Driver(make, latency=350)
    driver.begin()
    driver.run(3000)
    for publication in driver.publications[1:]:
        due = publication.reference.times_ns[-1]
        assert due == publication.raw.end_ns - (publication.raw.end_ns - due) % P
        assert due > publication.raw.end_ns - P


def test_only_the_first_inference_of_a_run_resets_the_policy(make):
    driver, first = Driver(make), []
    driver.answer = lambda job: first.append(job.first) or Outcome(driver.predicted(job), 0)
    driver.begin()
    driver.run(1500)
    assert first[0] is True and not any(first[1:]) and len(first) > 2


def test_nothing_of_an_old_run_survives(make):
    driver = Driver(make, latency=500)
    driver.begin()
    driver.run(120)
    assert driver.pending
    driver.session.end(driver.now * MS, Verdict(EndCode.PREEMPTED))
    driver.begin()
    driver.run(610)
    late = driver.publications[0]
    assert (late.raw, late.reference, driver.session.counters.chunks) == (None, None, 0)
    driver.run(2000)
    assert {p.reference.provenance.epoch for p in driver.publications[1:]} == {2}


def test_timeout_ends_the_run_and_its_motion(make):
    driver = Driver(make)
    driver.begin(timeout_ms=1000)
    driver.run(5000)
    assert (driver.end.code, driver.end.stopped_by) == (EndCode.TIMEOUT, "timeout")
    assert driver.end.reference.end_ns <= (driver.now + 500) * MS
    assert driver.end.elapsed_ns == 1000 * MS
    assert driver.status.phase is Phase.IDLE


def test_cancelled_run_ends_at_its_seam_and_takes_nothing_new(make):
    driver = Driver(make)
    driver.begin()
    driver.run(1000)
    reference = driver.session.cancel(driver.now * MS)
    assert driver.session.cancel(driver.now * MS) is None, "once is enough"
    merged = driver.session.counters.chunks
    driver.run(5000)
    assert driver.end.code is EndCode.CANCELED
    assert driver.session.counters.chunks == merged
    assert reference.end_ns <= driver.now * MS < reference.end_ns + 20 * MS


def test_run_cancelled_before_its_first_chunk_ends_at_once(make):
    driver = Driver(make)
    driver.begin()
    assert driver.session.cancel(0) is None
    driver.run(20)
    assert (driver.end.code, driver.end.reference) == (EndCode.CANCELED, None)


def test_blind_policy_starts_nothing_and_gives_up(make):
    driver = Driver(make, blind_timeout_s=1.0)
    driver.begin()
    driver.run(500)
    driver.run(900, sees=False)
    assert driver.status.phase is Phase.BLIND
    assert "old" in driver.status.detail
    driver.run(5000, sees=False)
    assert driver.end.code is EndCode.OBSERVATION_LOST
    assert driver.now == 1500


def test_starved_timeline_is_counted_once_and_recovers(make):
    driver = Driver(make, latency=60, deadline_s=60.0, blind_timeout_s=60.0)
    driver.begin()
    driver.run(300)
    driver.latency = 3000
    driver.run(3000)
    assert driver.status.phase is Phase.STARVED
    driver.latency = 60
    driver.run(5000)
    assert (driver.status.phase, driver.status.starvations, driver.status.late_chunks) == (Phase.RUNNING, 1, 1)


@pytest.mark.parametrize(
    ("outcome", "field"),
    [
        (lambda driver, job: Outcome(None, 0, "no memory"), "decode_failures"),
        (lambda driver, job: Outcome(driver.predicted(job, decode_ok=False), 0), "decode_failures"),
        (lambda driver, job: Outcome(Prediction(driver.make.chunk([np.nan] * 16, epoch=1)), 0), "decode_failures"),
        (lambda driver, job: Outcome(driver.make.prediction(np.arange(2.0), at=0, epoch=1), 0), "late_chunks"),
    ],
)
def test_failures_in_a_row_end_the_run_and_never_become_motion(make, outcome, field):
    driver = Driver(make, max_failures=3)
    driver.answer = lambda job: outcome(driver, job)
    driver.begin()
    driver.run(20_000)
    assert driver.end.code is EndCode.POLICY_UNAVAILABLE
    assert "3 failures in a row" in driver.end.message
    assert all(publication.reference is None for publication in driver.publications)
    assert getattr(driver.status, field) == 3


def test_failure_between_chunks_is_forgiven(make):
    driver, count = Driver(make, max_failures=2), []
    driver.answer = lambda job: (
        (Outcome(None, 0, "odd") if len(count) % 2 else Outcome(driver.predicted(job), 0))
        if count.append(1) is None
        else None
    )
    driver.begin()
    driver.run(4000)
    assert driver.end is None
    assert driver.status.decode_failures >= 2


def test_inference_that_does_not_come_back_is_a_fault(make):
    driver = Driver(make, latency=10_000, deadline_s=0.5, max_failures=1)
    driver.begin()
    driver.run(3000)
    assert driver.end.code is EndCode.POLICY_UNAVAILABLE
    assert "longer than 0.5 s" in driver.end.message
    driver.end = None
    driver.begin()
    driver.run(3000)
    assert driver.session.next_job(driver.now * MS) is None, "the thread still works on the old one"


@pytest.mark.parametrize(
    ("name", "answer", "observed"),
    [
        ("policy_done", {"done": 0.95}, {}),
        ("motion_ended", {"still": True}, {}),
        ("gripper_closed", {"gripper": 0.0}, {"width": 0.04}),
        ("gripper_open", {"gripper": 0.08}, {"width": 0.08}),
    ],
)
def test_stop_condition_ends_the_run_with_success(make, name, answer, observed):
    driver = Driver(make)

    def answered(job):
        prediction = driver.predicted(job, gripper=np.full(16, answer.get("gripper", 0.05)))
        if answer.get("still"):
            prediction = replace(prediction, chunk=replace(prediction.chunk, rows=np.zeros((16, 1))))
        return Outcome(replace(prediction, done=answer.get("done", -1.0)), 0)

    driver.answer = answered
    driver.begin(stop_when=[name])
    driver.run(10_000, **observed)
    assert (driver.end.code, driver.end.stopped_by) == (EndCode.SUCCESS, name)


@pytest.mark.parametrize(
    ("name", "observed"), [("motion_ended", {"speed": 0.5}), ("gripper_closed", {"width": 0.08}), ("policy_done", {})]
)
def test_stop_condition_that_does_not_hold_ends_nothing(make, name, observed):
    driver = Driver(make)
    driver.begin(stop_when=[name])
    driver.run(2000, **observed)
    assert driver.end is None


def test_alarm_of_disagreement_is_told(make):
    driver, sign = Driver(make, disagreement_threshold=3.0), [1.0]

    def answered(job):
        sign[0] = -sign[0]
        return Outcome(driver.make.prediction(sign[0] * np.arange(16), at=job.observation.stamp_ns / P, epoch=1), 0)

    driver.answer = answered
    driver.begin()
    driver.run(2000)
    assert driver.status.disagreement > 3.0
    assert "disagree" in driver.status.detail


def test_policy_that_needs_a_latent_waits_for_a_valid_one(make):
    driver = Driver(make, specification=replace(SPECIFICATION, latent="plan"))
    driver.begin()
    driver.run(500)
    assert (driver.status.phase, driver.pending) == (Phase.BLIND, None)
    for name, wanted in (("other", None), ("plan", True)):
        latent = Latent(name, driver.now * MS, 300 * MS, np.zeros(4, np.float32))
        driver.session.instruct(lambda instruction, latent=latent: replace(instruction, latent=latent))
        driver.run(driver.now + 100)
        assert bool(driver.pending or driver.publications) is bool(wanted)
    driver.run(driver.now + 1000)
    assert "no valid latent 'plan'" in driver.status.detail, "it has expired"


def test_history_is_given_to_the_policy(make):
    driver, past = Driver(make, specification=replace(SPECIFICATION, history=3)), []
    driver.answer = lambda job: past.append(job.context.past) or Outcome(driver.predicted(job), 0)
    driver.begin()
    driver.run(1000)
    stamps = [observation.stamp_ns // MS for observation in past[0]]
    assert stamps == [50, 100], "the newest one is the observation itself"


def test_run_cannot_begin_in_an_old_epoch_or_beside_another(make):
    driver = Driver(make)
    driver.begin(epoch=5)
    with pytest.raises(PolicyError, match="epoch 6 after 5, running: True"):
        driver.begin()
    driver.session.end(0, Verdict(EndCode.STOPPED))
    with pytest.raises(PolicyError, match="epoch 5 after 5"):
        driver.begin(epoch=5)
    with pytest.raises(ConfigError, match="timeout of a run must be > 0"):
        driver.begin(timeout_ms=0)
    with pytest.raises(ConfigError, match="Did you mean 'policy_done'"):
        driver.begin(stop_when=["policy_don"])


def test_strategy_that_the_policy_cannot_serve_is_refused():
    with pytest.raises(ConfigError, match=r"told what runs \(guided\); 'toy' offers: none"):
        require_strategy(SPECIFICATION, strategy("rtc"))
    with pytest.raises(ConfigError, match="needs 16 samples at once, 'toy' draws 1"):
        require_strategy(SPECIFICATION, strategy("bid"))
    able = replace(SPECIFICATION, conditionings=frozenset({Conditioning.NONE, Conditioning.GUIDED}))
    require_strategy(able, strategy("rtc"))


def test_relative_actions_cannot_be_a_policys_output():
    with pytest.raises(PolicyError, match="gives joint_delta; its transforms must give joint_position"):
        replace(SPECIFICATION, space=ActionSpace.JOINT_DELTA)
    with pytest.raises(PolicyError, match="rows of the policy 'toy' must be >= 1"):
        replace(SPECIFICATION, rows=0)
