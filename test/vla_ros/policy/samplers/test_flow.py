# SPDX-License-Identifier: Apache-2.0
"""Flow matching in both conventions, and real-time chunking with a true vector-Jacobian product."""

import numpy as np
import pytest

from vla_ros.policy.samplers import FlowConvention, StreamingBuffer, guided_flow, integrate_flow, prefix_weights
from vla_ros.policy.samplers.flow import Guidance, guidance_gain

RNG = np.random.default_rng(2)
ROWS, WIDTH = 10, 3


def gaussian(mean, variance):
    """Clean prediction of the flow of N(mean, variance), noise at 0; ``time`` may be one per row."""

    def clean(x, t):
        t = np.asarray(t, float)
        t = t[:, None] if t.ndim else t
        gain = t * variance / (t**2 * variance + (1 - t) ** 2)
        return mean + gain * (x - t * mean)

    return clean


def test_both_conventions_integrate_the_same_flow():
    mean = RNG.normal(size=(ROWS, WIDTH))
    clean = gaussian(mean, 0.3)
    noise = RNG.normal(size=mean.shape)
    at_zero = integrate_flow(lambda x, t: (clean(x, t) - x) / (1 - t), noise, 10, FlowConvention.NOISE_AT_ZERO)
    at_one = integrate_flow(lambda x, t: -(clean(x, 1 - t) - x) / t, noise, 10, FlowConvention.NOISE_AT_ONE)
    np.testing.assert_allclose(at_zero, at_one, atol=1e-12)


def test_integration_ends_at_the_transported_noise():
    mean, variance = 2.0, 0.25
    clean = gaussian(mean, variance)
    noise = RNG.normal(size=(400, 1))
    sample = integrate_flow(lambda x, t: (clean(x, t) - x) / (1 - t), noise, 400, FlowConvention.NOISE_AT_ZERO)
    np.testing.assert_allclose(sample, mean + np.sqrt(variance) * noise, atol=0.02)


def test_prefix_weights_are_the_papers():
    linear = [1, 1, 0.8, 0.6, 0.4, 0.2, 0, 0, 0, 0]
    exponential = [1, 1, 0.5706, 0.2871, 0.1145, 0.0258, 0, 0, 0, 0]
    np.testing.assert_allclose(prefix_weights(10, 2, 6, "linear"), linear, atol=1e-12)
    np.testing.assert_allclose(prefix_weights(10, 2, 6), exponential, atol=5e-5)
    np.testing.assert_allclose(prefix_weights(10, 2, 6, "ones"), [1] * 6 + [0] * 4)
    np.testing.assert_allclose(prefix_weights(10, 4, 4), [1] * 4 + [0] * 6)
    assert prefix_weights(10, 10, 10).min() == 1.0


@pytest.mark.parametrize(
    ("steps", "largest", "gains"),
    [
        (5, 5.0, [5, 4.25, 2.1667, 2.1667, 4.25]),
        (10, 10.0, [10, 9.11, 4.25, 2.76, 2.17, 2, 2.17, 2.76, 4.25, 9.11]),
    ],
)
def test_guidance_gain_is_the_papers(steps, largest, gains):
    np.testing.assert_allclose([guidance_gain(i / steps, largest) for i in range(steps)], gains, atol=6e-3)


def linear_model(seed):
    """A model whose clean prediction is ``W x + b`` at every time: its Jacobian is ``W``."""
    rng = np.random.default_rng(seed)
    matrix = 0.3 * rng.normal(size=(ROWS, ROWS))
    offset = rng.normal(size=(ROWS, WIDTH))
    return matrix, lambda x, t: (matrix @ x + offset - x) / (1 - t)


def test_guidance_goes_through_the_models_jacobian():
    matrix, velocity = linear_model(7)
    noise, prefix = RNG.normal(size=(2, ROWS, WIDTH))
    weights = prefix_weights(ROWS, 3, 7)
    true = guided_flow(velocity, lambda x, t, u: matrix.T @ u, noise, 5, Guidance(prefix, weights))
    identity = guided_flow(velocity, lambda x, t, u: u, noise, 5, Guidance(prefix, weights))
    x = noise
    for index in range(5):  # the paper's update, with the Jacobian by finite differences
        t = index / 5

        def clean(sample, t=t):
            return sample + (1 - t) * velocity(sample, t)

        error = (prefix - clean(x)) * weights[:, None]
        gradient = np.zeros_like(x)
        for i in range(ROWS):
            for j in range(WIDTH):
                bump = np.zeros_like(x)
                bump[i, j] = 1e-6
                gradient[i, j] = np.sum(error * (clean(x + bump) - clean(x - bump))) / 2e-6
        gain = 5.0 if t == 0 else min(5.0, (1 - t) / t * (t**2 + (1 - t) ** 2) / (1 - t) ** 2)
        x = x + (velocity(x, t) + gain * gradient) / 5
    np.testing.assert_allclose(true, x, atol=1e-6)
    assert np.abs(true - identity).max() > 0.1, "the identity for a Jacobian is another method"


def test_guided_chunk_agrees_with_the_prefix_where_it_is_frozen():
    mean = np.zeros((ROWS, WIDTH))
    clean = gaussian(mean, 1.0)

    def velocity(x, t):
        return (clean(x, t) - x) / (1 - t)

    def jacobian(x, t, u):
        return t / (t**2 + (1 - t) ** 2) * u

    noise, prefix = RNG.normal(size=(2, ROWS, WIDTH))
    weights = prefix_weights(ROWS, 4, 7)
    free = integrate_flow(velocity, noise, 20, FlowConvention.NOISE_AT_ZERO)
    guided = guided_flow(velocity, jacobian, noise, 20, Guidance(prefix, weights))
    assert np.abs(guided - prefix)[:4].max() < 0.25 * np.abs(free - prefix)[:4].max()
    np.testing.assert_allclose(guided[7:], free[7:], atol=1e-12)


def test_streaming_with_one_group_is_the_whole_chunk():
    clean = gaussian(RNG.normal(size=(6, 2)), 0.5)

    def velocity(x, t):
        return (clean(x, t) - x) / (1 - np.asarray(t)[:, None])

    noise = RNG.normal(size=(6, 2))
    rows, _ = StreamingBuffer.begin(velocity, noise, groups=1, steps=5).advance(velocity, noise)
    whole = integrate_flow(lambda x, t: velocity(x, np.full(6, t)), noise, 5, FlowConvention.NOISE_AT_ZERO)
    np.testing.assert_allclose(rows, whole, atol=1e-12)


def test_every_streamed_row_has_passed_all_levels():
    mean = 1.5

    def velocity(x, t):
        return (gaussian(mean, 0.2)(x, t) - x) / (1 - np.asarray(t)[:, None])

    noise = RNG.normal(size=(8, 1))
    buffer = StreamingBuffer.begin(velocity, noise, groups=4, steps=2)
    fresh = [RNG.normal(size=(2, 1)) for _ in range(6)]
    out = []
    for draw in fresh:
        rows, buffer = buffer.advance(velocity, draw)
        out.append(rows)
    expected = [
        integrate_flow(lambda x, t: velocity(x, np.full(2, t)), draw, 8, FlowConvention.NOISE_AT_ZERO) for draw in fresh
    ]
    np.testing.assert_allclose(np.concatenate(out[4:]), np.concatenate(expected[:2]), atol=1e-12)
    first = [
        integrate_flow(lambda x, t: velocity(x, np.full(2, t)), noise[:2], 8, FlowConvention.NOISE_AT_ZERO),
    ]
    assert np.abs(out[0] - first[0]).max() < 0.05, "the buffer begins at its levels"


def test_a_stream_follows_a_change_of_its_origin():
    """Rows that are told as displacements stay where they are in the world when the origin moves."""

    def velocity(mean):
        return lambda x, t: (gaussian(mean, 0.2)(x, t) - x) / (1 - np.asarray(t)[:, None])

    noise, fresh = RNG.normal(size=(8, 1)), RNG.normal(size=(2, 1))
    buffer = StreamingBuffer.begin(velocity(1.5), noise, groups=4, steps=2)
    plain, _ = buffer.advance(velocity(1.5), fresh)
    moved, _ = buffer.shifted(np.array([-0.4])).advance(velocity(1.1), fresh)
    np.testing.assert_allclose(moved + 0.4, plain, atol=1e-12)
