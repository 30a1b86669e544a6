# SPDX-License-Identifier: Apache-2.0
"""Samplers step by step against the schedulers of the diffusers package, with the same network and the same noise."""

import numpy as np
import pytest

from vla_ros.policy.samplers import FlowConvention, NoiseSchedule, ddim, ddpm, dpm_solver, integrate_flow

torch = pytest.importorskip("torch")
diffusers = pytest.importorskip("diffusers", reason="second opinion on the samplers; see requirements/development.txt")

SHAPE = (16, 7)
NOISE = np.random.default_rng(8).normal(size=SHAPE)
PREDICTIONS = {"epsilon": "epsilon", "sample": "sample", "v": "v_prediction"}


def network(sample, step):
    """A smooth function of sample and step that no sampler can be right about by chance."""
    return np.tanh(0.8 * sample + 0.01 * step) - 0.3 * np.roll(sample, 1, axis=0)


def theirs(scheduler, steps, **kwargs):
    """Run a scheduler of diffusers with the network above, in double precision."""
    scheduler.set_timesteps(steps, **kwargs)
    sample = torch.from_numpy(NOISE)
    generator = torch.Generator().manual_seed(5)
    options = {"generator": generator} if "DDPM" in type(scheduler).__name__ else {}
    for step in scheduler.timesteps:
        output = torch.from_numpy(network(sample.numpy(), float(step)))
        sample = scheduler.step(output, step, sample, **options).prev_sample
    return sample.numpy()


class SameNoise:
    """The draws that ``theirs`` makes, as a generator of numpy."""

    def __init__(self):
        self._generator = torch.Generator().manual_seed(5)

    def standard_normal(self, shape):
        return torch.randn(shape, generator=self._generator, dtype=torch.float64).numpy()


def test_the_noise_schedules_are_theirs():
    cosine = diffusers.DDPMScheduler(100, beta_schedule="squaredcos_cap_v2")
    np.testing.assert_allclose(NoiseSchedule.squared_cosine(100).alpha_bar, cosine.alphas_cumprod, rtol=2e-5)
    linear = diffusers.DDPMScheduler(1000, beta_schedule="linear")
    np.testing.assert_allclose(NoiseSchedule.linear().alpha_bar, linear.alphas_cumprod, rtol=2e-4)


@pytest.mark.parametrize("prediction", PREDICTIONS)
@pytest.mark.parametrize("steps", [10, 16, 100])
def test_ddim_is_theirs(prediction, steps):
    scheduler = diffusers.DDIMScheduler(
        100, beta_schedule="squaredcos_cap_v2", clip_sample=True, prediction_type=PREDICTIONS[prediction]
    )
    ours = ddim(network, NOISE, NoiseSchedule.squared_cosine(100, prediction), steps)
    np.testing.assert_allclose(ours, theirs(scheduler, steps), atol=2e-4)


def test_ddim_without_clipping_is_theirs():
    scheduler = diffusers.DDIMScheduler(1000, beta_schedule="linear", clip_sample=False)
    ours = ddim(network, NOISE, NoiseSchedule.linear(), 20, clip=None)
    np.testing.assert_allclose(ours, theirs(scheduler, 20), rtol=5e-3, atol=1e-3)


@pytest.mark.parametrize("prediction", PREDICTIONS)
@pytest.mark.parametrize("steps", [10, 100])
def test_ddpm_is_theirs_with_the_same_draws(prediction, steps):
    scheduler = diffusers.DDPMScheduler(
        100,
        beta_schedule="squaredcos_cap_v2",
        clip_sample=True,
        variance_type="fixed_small",
        prediction_type=PREDICTIONS[prediction],
    )
    ours = ddpm(network, NOISE, NoiseSchedule.squared_cosine(100, prediction), steps, SameNoise())
    np.testing.assert_allclose(ours, theirs(scheduler, steps), atol=2e-4)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # theirs, with numpy 2
@pytest.mark.parametrize("prediction", PREDICTIONS)
@pytest.mark.parametrize("steps", [2, 5, 20])
def test_dpm_solver_is_theirs(prediction, steps):
    scheduler = diffusers.DPMSolverMultistepScheduler(
        1000,
        beta_schedule="squaredcos_cap_v2",
        algorithm_type="dpmsolver++",
        solver_order=2,
        solver_type="midpoint",
        prediction_type=PREDICTIONS[prediction],
    )
    ours = dpm_solver(network, NOISE, NoiseSchedule.squared_cosine(1000, prediction), steps)
    np.testing.assert_allclose(ours, theirs(scheduler, steps), rtol=2e-3, atol=2e-4)


@pytest.mark.parametrize("convention", FlowConvention)
def test_flow_matching_is_theirs_in_both_conventions(convention):
    steps = 10
    scheduler = diffusers.FlowMatchEulerDiscreteScheduler(num_train_timesteps=1000, shift=1.0)
    expected = theirs(scheduler, steps, sigmas=np.linspace(1.0, 1.0 / steps, steps))

    def velocity(sample, time):
        """Theirs goes from noise at 1; the other convention runs the same flow backwards in time."""
        if convention is FlowConvention.NOISE_AT_ONE:
            return network(sample, 1000.0 * time)
        return -network(sample, 1000.0 * (1.0 - time))

    np.testing.assert_allclose(integrate_flow(velocity, NOISE, steps, convention), expected, atol=1e-5)
