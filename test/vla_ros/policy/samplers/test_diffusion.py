# SPDX-License-Identifier: Apache-2.0
"""Diffusion samplers against the exact solution for Gaussian data and against the papers' updates written out."""

import numpy as np
import pytest

from vla_ros.errors import ConfigError
from vla_ros.policy.samplers import NoiseSchedule, ddim, ddpm, discrete_flow, dpm_solver, masked_diffusion
from vla_ros.policy.samplers.noise_schedule import predicted_clean

MEAN, VARIANCE = 0.4, 0.04


def exact_network(schedule):
    """The optimal network for data N(MEAN, VARIANCE), in the schedule's prediction type."""

    def network(x, step):
        level = schedule.level(step)
        gain = np.sqrt(level) * VARIANCE / (level * VARIANCE + 1 - level)
        clean = MEAN + gain * (x - np.sqrt(level) * MEAN)
        epsilon = (x - np.sqrt(level) * clean) / np.sqrt(1 - level)
        v = np.sqrt(level) * epsilon - np.sqrt(1 - level) * clean
        return {"epsilon": epsilon, "sample": clean, "v": v}[schedule.prediction]

    return network


def transported(schedule, noise, first):
    """Where the probability-flow equation carries ``noise`` that starts at training step ``first``."""
    level = schedule.level(first)
    spread = np.sqrt(level * VARIANCE + 1 - level)
    return MEAN + np.sqrt(VARIANCE) * (noise - np.sqrt(level) * MEAN) / spread


@pytest.mark.parametrize("prediction", ["epsilon", "sample", "v"])
def test_ddim_follows_the_probability_flow(prediction):
    schedule = NoiseSchedule.squared_cosine(100, prediction)
    noise = np.random.default_rng(1).normal(size=(50, 1))
    sample = ddim(exact_network(schedule), noise, schedule, 100, clip=None)
    np.testing.assert_allclose(sample, transported(schedule, noise, 99), atol=0.02)


def test_dpm_solver_converges_by_second_order_and_ddim_by_first():
    schedule = NoiseSchedule.linear(1000)
    noise = np.random.default_rng(2).normal(size=(80, 1))
    network, exact = exact_network(schedule), transported(schedule, noise, 999)

    def gain(sampler):
        """By how much twice the steps reduce the error: 2 for the first order, 4 for the second."""
        errors = [np.abs(sampler(network, noise, schedule, steps) - exact).max() for steps in (40, 80)]
        return errors[0] / errors[1]

    assert gain(dpm_solver) > 3.5
    assert 1.5 < gain(lambda *arguments: ddim(*arguments, clip=None)) < 2.5


def test_dpm_solver_with_five_steps_is_the_papers_second_order_update():
    schedule = NoiseSchedule.squared_cosine(1000, "sample")
    network, x = exact_network(schedule), np.array([[0.7]])
    steps = [999, 799, 599, 400, 200]  # round(linspace(0, 999, 6)) backwards, without 0
    assert steps == [round(s) for s in np.linspace(0, 999, 6)[::-1][:-1]]
    half_snr = [0.5 * np.log(schedule.level(s) / (1 - schedule.level(s))) for s in steps]
    y, before = x, None
    for i, step in enumerate(steps):
        clean = network(y, step)
        if i == len(steps) - 1:
            y = clean
            break
        h = half_snr[i + 1] - half_snr[i]
        data = clean
        if before is not None:
            r = (half_snr[i] - half_snr[i - 1]) / h
            data = (1 + 1 / (2 * r)) * clean - 1 / (2 * r) * before
        alpha, sigma = np.sqrt(schedule.level(steps[i + 1])), np.sqrt(1 - schedule.level(steps[i + 1]))
        y = sigma / np.sqrt(1 - schedule.level(step)) * y - alpha * (np.exp(-h) - 1) * data
        before = clean
    np.testing.assert_allclose(dpm_solver(network, x, schedule, 5), y, atol=1e-12)


def test_ddpm_draws_from_the_data():
    schedule = NoiseSchedule.squared_cosine(1000)
    rng = np.random.default_rng(3)
    sample = ddpm(exact_network(schedule), rng.normal(size=(3000, 1)), schedule, 1000, rng, clip=5.0)
    assert sample.mean() == pytest.approx(MEAN, abs=0.02)
    # The small variance is exact for a single point only; for a Gaussian it takes a few per cent away.
    assert sample.var() == pytest.approx(VARIANCE, rel=0.12)


def test_ddpm_step_is_the_posterior_of_ho_et_al():
    schedule = NoiseSchedule.squared_cosine(4, "sample")

    class Zero:
        def standard_normal(self, shape):
            return np.zeros(shape)

    x = np.array([[0.9]])
    y = x
    beta = 1 - schedule.alpha_bar / np.concatenate([[1.0], schedule.alpha_bar[:-1]])
    for t in (3, 2, 1, 0):
        bar, before = schedule.alpha_bar[t], schedule.alpha_bar[t - 1] if t else 1.0
        y = np.sqrt(before) * beta[t] / (1 - bar) * 0.2 + np.sqrt(1 - beta[t]) * (1 - before) / (1 - bar) * y
    np.testing.assert_allclose(ddpm(lambda s, t: np.full_like(s, 0.2), x, schedule, 4, Zero()), y, atol=1e-12)


def test_squared_cosine_schedule_is_nichols():
    def f(t):
        return np.cos((t + 0.008) / 1.008 * np.pi / 2) ** 2

    bar = 1.0
    for i, level in enumerate(NoiseSchedule.squared_cosine(100).alpha_bar):
        bar *= 1 - min(1 - f((i + 1) / 100) / f(i / 100), 0.999)
        assert level == pytest.approx(bar)
    np.testing.assert_array_equal(NoiseSchedule.squared_cosine(100).leading(10), np.arange(90, -1, -10))


def test_kinds_of_prediction_are_one_another():
    schedule, rng = NoiseSchedule.linear(), np.random.default_rng(4)
    clean, noise = rng.normal(size=(2, 5))
    signal, sigma = np.sqrt(schedule.level(300)), np.sqrt(1 - schedule.level(300))
    noisy = signal * clean + sigma * noise
    outputs = {"epsilon": noise, "sample": clean, "v": signal * noise - sigma * clean}
    for kind, output in outputs.items():
        found = predicted_clean(NoiseSchedule(schedule.alpha_bar, kind), output, noisy, 300)
        np.testing.assert_allclose(found, (clean, noise), atol=1e-12)
    with pytest.raises(ConfigError, match="epsilon, sample or v"):
        NoiseSchedule(schedule.alpha_bar, "noise")


MASK, LENGTH = 8, 12
TARGET = np.arange(LENGTH) % 8


def certain(tokens):
    logits = np.zeros((LENGTH, MASK + 1))
    logits[np.arange(LENGTH), TARGET] = 30.0
    logits[:, MASK] = 100.0  # a model may rate its own mask token highest; it is still no answer
    return logits


@pytest.mark.parametrize("decode", [masked_diffusion, discrete_flow])
def test_certain_model_is_decoded_exactly_and_never_to_the_mask(decode):
    decoded = decode(certain, LENGTH, MASK, np.random.default_rng(5))
    np.testing.assert_array_equal(decoded.tokens, TARGET)
    assert decoded.rounds == 12
    assert decoded.confidence > 0.99


@pytest.mark.parametrize("decode", [masked_diffusion, discrete_flow])
def test_decoding_gives_an_answer_when_the_deadline_comes(decode):
    asked = []

    def logits(tokens):
        asked.append(int((tokens == MASK).sum()))
        return certain(tokens)

    decoded = decode(logits, LENGTH, MASK, np.random.default_rng(5), expired=lambda: len(asked) >= 3)
    np.testing.assert_array_equal(decoded.tokens, TARGET)
    assert decoded.rounds == len(asked) == 3


def test_masked_diffusion_unmasks_on_the_cosine_schedule():
    counts = []

    def logits(tokens):
        counts.append(int((tokens == MASK).sum()))
        return certain(tokens)

    masked_diffusion(logits, LENGTH, MASK, np.random.default_rng(6), rounds=6)
    expected = [LENGTH] + [max(1, int(LENGTH * np.cos(np.pi / 2 * k / 6))) for k in range(1, 6)]
    assert counts == expected


def test_discrete_flow_unmasks_at_the_rate_of_its_scheduler():
    left = np.zeros(10)
    for seed in range(300):
        counts = []
        discrete_flow(
            lambda tokens, counts=counts: counts.append((tokens == MASK).sum()) or certain(tokens),
            LENGTH, MASK, np.random.default_rng(seed), rounds=10,
        )  # fmt: skip
        left += np.array(counts) / LENGTH / 300
    np.testing.assert_allclose(left, 1.0 - np.arange(10) / 10, atol=0.03)
