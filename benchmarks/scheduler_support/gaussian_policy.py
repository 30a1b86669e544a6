# SPDX-License-Identifier: Apache-2.0
r"""A fake policy that every scheduling strategy can serve: an exact flow model of a Gaussian over chunks.

From an observed position ``x`` at time ``t`` it predicts chunks distributed as ``N(μ, Σ)``: the mean returns from ``x``
to the target motion, and ``Σ`` is smooth in time and grows over the first half second, as the spread of a learned
policy does. The posterior mean of such a Gaussian under the flow ``x_t = (1 - t) ε + t a`` is known in closed form,

    E[a | x_t] = μ + t Σ (t² Σ + (1 - t)² I)⁻¹ (x_t - t μ),

so guidance gets a true vector-Jacobian product, and a model "trained with a clean prefix" is the same formula for the
Gaussian conditioned on the prefix. No images, no learning, no ROS.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vla_ros.policy.prediction import InferenceContext, Prediction
from vla_ros.policy.samplers import FlowConvention, StreamingBuffer, guided_flow, integrate_flow, prefix_weights
from vla_ros.policy.samplers.flow import Guidance
from vla_ros.policy.specification import Conditioning
from vla_ros.types import ActionChunk, ActionSpace, Provenance

Array = npt.NDArray[np.float64]

JOINTS = 7
STEPS = 5  # n of arXiv 2506.07339
GROUPS = 8  # noise levels of the stream: two rows each
PREFIX_NOISE = 0.15  # in units of the spread: a prefix is clean up to this, for blended rows are no draw of the model
NAMES = tuple(f"joint{index + 1}" for index in range(JOINTS))


@dataclass(frozen=True, slots=True)
class Motion:
    """The motion that the policy aims at: two sinusoids per joint, in radians and seconds."""

    amplitude: Array  # (2, J)
    pulsation: Array  # (2, J) [rad/s]
    phase: Array  # (2, J)

    @classmethod
    def draw(cls, rng: np.random.Generator) -> "Motion":
        """Return a motion of moderate speed: periods of 2.5 to 7 s, up to 0.45 rad."""
        shape = (2, JOINTS)
        pulsation = 2.0 * np.pi / rng.uniform(2.5, 7.0, shape)
        return cls(rng.uniform(0.1, 0.25, shape), pulsation, rng.uniform(0.0, 2.0 * np.pi, shape))

    def at(self, time_s: Array) -> Array:
        """Return positions ``(T, J)`` at ``time_s (T,)``."""
        angle = self.pulsation * np.asarray(time_s)[:, None, None] + self.phase
        return np.sum(self.amplitude * np.sin(angle), axis=1)


@dataclass(frozen=True, slots=True)
class GaussianPolicyConfig:
    """Shape and spread of the chunks."""

    rows: int = 16
    period_s: float = 0.1
    spread_rad: float = 0.03
    smoothness_s: float = 0.6
    return_s: float = 0.5  # time constant with which a chunk returns from where the arm is to the target


class GaussianPolicy:
    """Draws chunks; every draw comes from its own generator."""

    def __init__(self, motion: Motion, config: GaussianPolicyConfig, conditioning: Conditioning, seed: int) -> None:
        self._motion, self._config, self._conditioning = motion, config, conditioning
        self._rng = np.random.default_rng(seed)
        self._stream: _Stream | None = None
        self._offsets = config.period_s * np.arange(1, config.rows + 1)
        growth = np.minimum(1.0, self._offsets / 0.5)
        gap = self._offsets[:, None] - self._offsets[None]
        kernel = np.exp(-(gap**2) / (2.0 * config.smoothness_s**2))
        # Of normalised actions, as models have them: one unit is the spread.
        self._covariance = kernel * growth[:, None] * growth[None] + 1e-4 * np.eye(config.rows)

    @property
    def period_ns(self) -> int:
        """Time between rows."""
        return round(self._config.period_s * 1e9)

    def infer(self, observation_ns: int, position: Array, context: InferenceContext) -> Prediction:
        """Return a prediction from ``position (J,)`` observed at ``observation_ns``."""
        stamp_ns = observation_ns
        if context.arrival_row >= 0 and context.prefix is not None:  # VLASH: as if it were already there
            stamp_ns += (context.arrival_row + 1) * self.period_ns
            position = context.prefix[context.arrival_row]
        if self._conditioning is Conditioning.STREAMING:
            return self._streamed(observation_ns, position, context)
        samples = np.stack([self._sample(stamp_ns, position, context) for _ in range(context.samples)])
        confidence = float(self._rng.uniform(0.93, 1.0))
        chunk = ActionChunk(
            stamp_ns=stamp_ns + self.period_ns,
            period_ns=self.period_ns,
            space=ActionSpace.JOINT_POSITION,
            names=NAMES,
            rows=samples[0],
            provenance=Provenance(observation_stamp_ns=observation_ns, epoch=context.epoch, confidence=confidence),
        )
        companion = self._sample(stamp_ns, position, InferenceContext())
        return Prediction(chunk, samples if len(samples) > 1 else None, companion=companion)

    def _streamed(self, observation_ns: int, position: Array, context: InferenceContext) -> Prediction:
        """Return the rows of the stream that are due next: clean ones first, then what the others stand for."""
        unit, group = self._config.spread_rad, self._config.rows // GROUPS
        group_ns = group * self.period_ns
        stream = self._stream
        if stream is None or stream.epoch != context.epoch or observation_ns - stream.due_ns > GROUPS * group_ns:
            flow = self._row_flow(observation_ns, observation_ns, position)
            noise = self._rng.standard_normal((self._config.rows, JOINTS))
            begun = StreamingBuffer.begin(flow.velocity, noise, GROUPS)
            stream = _Stream(begun, observation_ns, position, context.epoch)
        buffer, due_ns = stream.buffer.shifted((stream.position - position) / unit), stream.due_ns
        clean, begin_ns = np.zeros((0, JOINTS)), due_ns
        while due_ns <= observation_ns or not len(clean):
            flow = self._row_flow(observation_ns, due_ns, position)
            begin_ns = due_ns
            clean, buffer = buffer.advance(flow.velocity, self._rng.standard_normal((group, JOINTS)))
            due_ns += group_ns
        self._stream = _Stream(buffer, due_ns, position, context.epoch)
        later = self._row_flow(observation_ns, due_ns, position).clean(buffer.sample, buffer.times())
        chunk = ActionChunk(
            stamp_ns=begin_ns + self.period_ns,
            period_ns=self.period_ns,
            space=ActionSpace.JOINT_POSITION,
            names=NAMES,
            rows=position + unit * np.concatenate([clean, later[:-group]]),
            provenance=Provenance(observation_stamp_ns=observation_ns, epoch=context.epoch),
        )
        return Prediction(chunk)

    def _row_flow(self, observation_ns: int, begin_ns: int, position: Array) -> "_RowFlow":
        """Return the flow of the rows that are due from ``begin_ns`` on, as seen at ``observation_ns``."""
        times_s = begin_ns * 1e-9 + self._offsets
        mean = self._mean_at(observation_ns * 1e-9, times_s, position)
        return _RowFlow((mean - position) / self._config.spread_rad, self._covariance)

    def _sample(self, stamp_ns: int, position: Array, context: InferenceContext) -> Array:
        unit = self._config.spread_rad
        mean = (self._mean(stamp_ns * 1e-9, position) - position) / unit
        prefix = None if context.prefix is None else (_padded(context.prefix, self._config.rows) - position) / unit
        return position + unit * self._normalised_sample(mean, prefix, context)

    def _normalised_sample(self, mean: Array, prefix: Array | None, context: InferenceContext) -> Array:
        noise = self._rng.standard_normal(mean.shape)
        if prefix is None or self._conditioning in (Conditioning.NONE, Conditioning.FUTURE_STATE):
            return integrate_flow(_Flow(mean, self._covariance).velocity, noise, STEPS, FlowConvention.NOISE_AT_ZERO)
        if self._conditioning is Conditioning.GUIDED:
            flow = _Flow(mean, self._covariance)
            weights = prefix_weights(self._config.rows, context.frozen_rows, context.soft_end_row)
            return guided_flow(flow.velocity, flow.vector_jacobian, noise, STEPS, Guidance(prefix, weights))
        if self._conditioning is Conditioning.INPAINT:
            flow = _Flow(mean, self._covariance)
            return flow.inpainted(noise, prefix, context.frozen_rows)
        return self._conditioned(mean, prefix, context.frozen_rows, noise)

    def _mean(self, time_s: float, position: Array) -> Array:
        return self._mean_at(time_s, time_s + self._offsets, position)

    def _mean_at(self, time_s: float, times_s: Array, position: Array) -> Array:
        """Return the mean ``(T, J)`` at ``times_s`` of what is seen at ``time_s`` with the arm at ``position``."""
        away = position - self._motion.at(np.array([time_s]))[0]
        fade = np.exp(-np.maximum(times_s - time_s, 0.0) / self._config.return_s)
        return self._motion.at(times_s) + fade[:, None] * away

    def _conditioned(self, mean: Array, prefix: Array, frozen: int, noise: Array) -> Array:
        """Sample the rows after a clean prefix from the conditional Gaussian."""
        if frozen == 0:
            return integrate_flow(_Flow(mean, self._covariance).velocity, noise, STEPS, FlowConvention.NOISE_AT_ZERO)
        known, rest = self._covariance[:frozen, :frozen], self._covariance[frozen:, frozen:]
        cross = self._covariance[frozen:, :frozen]
        gain = np.linalg.solve(known + PREFIX_NOISE**2 * np.eye(frozen), cross.T).T
        shifted = mean[frozen:] + gain @ (prefix[:frozen] - mean[:frozen])
        flow = _Flow(shifted, rest - gain @ cross.T)
        free = integrate_flow(flow.velocity, noise[frozen:], STEPS, FlowConvention.NOISE_AT_ZERO)
        return np.concatenate([prefix[:frozen], free])


@dataclass(frozen=True, slots=True)
class _Stream:
    """Rows that go on from one inference to the next; the first of them is due one period after ``due_ns``."""

    buffer: StreamingBuffer
    due_ns: int
    position: Array
    epoch: int


class _RowFlow:
    """The exact flow of ``N(mean, covariance)`` where every row has a flow time of its own."""

    def __init__(self, mean: Array, covariance: Array) -> None:
        self._mean, self._covariance = mean, covariance

    def clean(self, sample: Array, times: Array) -> Array:
        """Return ``E[a | x] = μ + Σ D (D Σ D + (I - D)²)⁻¹ (x - D μ)`` with ``D`` the flow times."""
        level = np.diag(times)
        noisy = level @ self._covariance @ level + np.diag((1.0 - times) ** 2)
        return self._mean + self._covariance @ level @ np.linalg.solve(noisy, sample - times[:, None] * self._mean)

    def velocity(self, sample: Array, times: Array) -> Array:
        """Return the velocity of the flow."""
        return (self.clean(sample, times) - sample) / (1.0 - times)[:, None]


class _Flow:
    """The exact flow of ``N(mean, covariance)``, the same covariance for every joint."""

    def __init__(self, mean: Array, covariance: Array) -> None:
        self._mean = mean
        values, self._vectors = np.linalg.eigh(covariance)
        self._values = np.maximum(values, 0.0)

    def _gain(self, time: float) -> Array:
        return time * self._values / (time**2 * self._values + (1.0 - time) ** 2)

    def clean(self, sample: Array, time: float) -> Array:
        """Return ``E[a | x_t]``."""
        modes = self._vectors.T @ (sample - time * self._mean)
        return self._mean + self._vectors @ (self._gain(time)[:, None] * modes)

    def velocity(self, sample: Array, time: float) -> Array:
        """Return the velocity of the flow."""
        return (self.clean(sample, time) - sample) / (1.0 - time)

    def vector_jacobian(self, sample: Array, time: float, vector: Array) -> Array:
        """Return ``vectorᵀ ∂x1/∂x``; the Jacobian is symmetric."""
        return self._vectors @ (self._gain(time)[:, None] * (self._vectors.T @ vector))

    def inpainted(self, noise: Array, prefix: Array, frozen: int) -> Array:
        """Integrate while the frozen rows are overwritten with the prefix at the flow's noise level."""
        sample = noise.copy()
        for index in range(STEPS):
            time = index / STEPS
            sample[:frozen] = (1.0 - time) * noise[:frozen] + time * prefix[:frozen]
            sample = sample + self.velocity(sample, time) / STEPS
        sample[:frozen] = prefix[:frozen]
        return sample


def _padded(prefix: Array, rows: int) -> Array:
    """Return the prefix with its last row repeated; the weights of these rows are zero."""
    missing = max(0, rows - len(prefix))
    return np.concatenate([prefix[:rows], np.repeat(prefix[-1:], missing, axis=0)])
