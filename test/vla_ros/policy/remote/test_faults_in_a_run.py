# SPDX-License-Identifier: Apache-2.0
"""What a run makes of a server's faults: no reference beyond what was verified, a named state, and recovery."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from vla_ros.policy.configuration import load_policy_config
from vla_ros.policy.prediction import Instruction
from vla_ros.policy.remote import RemoteError
from vla_ros.policy.remote.options import remote_options
from vla_ros.policy.remote.policy import remote_policy
from vla_ros.policy.run_values import EndCode, Outcome, RunRequest
from vla_ros.policy.session import PolicySession
from vla_ros.serving.fake import BEHAVIOURS, Behaviour, FakeConfig, fake_server

PRESET = Path(__file__).parents[4] / "config" / "policies" / "openpi_droid.yaml"
BAD = [name for name in BEHAVIOURS if name not in ("constant", "sine", "replay", "slow", "late")]
STEP_NS = 100_000_000


class Run:
    """A session with a remote policy; simulated time moves a tenth of a second with each inference."""

    def __init__(self, franka, observation, url):
        config = load_policy_config(PRESET)
        options = remote_options(config.options).at(url)
        self.policy = remote_policy(options, franka, time.monotonic_ns)
        self.session = PolicySession(self.policy.specification, config)
        self.observation, self.now_ns = observation, observation.stamp_ns
        self.failures = config.session.max_failures
        self.session.begin(self.now_ns, RunRequest(Instruction("go"), timeout_ns=60_000_000_000), epoch=1)

    def step(self, deadline_s):
        """Infer once where the session wants it; return what is published and the error's sentence."""
        self.now_ns += STEP_NS
        self.session.observe(replace(self.observation, stamp_ns=self.now_ns))
        job = self.session.next_job(self.now_ns)
        if job is None:
            return None, ""
        prediction, error = None, ""
        try:
            deadline_ns = time.monotonic_ns() + round(deadline_s * 1e9)
            prediction = self.policy.infer(job.observation, job.instruction, job.context, deadline_ns)
        except RemoteError as fault:
            error = str(fault)
        return self.session.complete(self.now_ns, job, Outcome(prediction, 1, error)), error

    def step_until_asked(self, deadline_s):
        """Step until the session wants an inference; 15 rows are over within ten steps."""
        results = (self.step(deadline_s) for _ in range(20))
        return next(result for result in results if result[0] is not None)


@pytest.mark.parametrize("behaviour", BAD)
def test_faulty_server_moves_nothing_and_ends_the_run_by_name(franka, observation, behaviour):
    config = FakeConfig(Behaviour(behaviour), rows=15, columns=8, huge_bytes=1 << 40)
    with fake_server("openpi", config) as server:
        run = Run(franka, observation, server.url)
        ended = None
        for _ in range(run.failures):
            published, error = run.step(0.2 if behaviour == "hanging" else 30.0)
            assert error
            assert published.reference is None
            ended = run.session.check(run.now_ns)
        run.policy.client.close()
    assert ended is not None
    assert ended.code is EndCode.POLICY_UNAVAILABLE
    assert ended.reference is None
    assert error.partition(":")[0] in ended.message  # the fault by its name


def test_run_goes_on_when_the_server_comes_back(franka, observation):
    right = FakeConfig(rows=15, columns=8, value=0.01)
    with fake_server("openpi", right) as server:
        run = Run(franka, observation, server.url)
        port = int(server.url.rpartition(":")[2])
        assert run.step(30.0)[0].reference is not None
    _, error = run.step_until_asked(1.0)
    assert error
    assert run.session.running
    with fake_server("openpi", right, port):
        published, error = run.step_until_asked(30.0)
    run.policy.client.close()
    assert error == ""
    assert published.raw is not None
