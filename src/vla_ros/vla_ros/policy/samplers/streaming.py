# SPDX-License-Identifier: Apache-2.0
"""Streaming flow policy: a buffer whose rows are the noisier the later they are due (SDP, arXiv 2406.04806).

Instead of denoising a whole chunk from noise, every tick brings all rows one level closer to clean, hands out the first
rows, and appends fresh noise: one answer costs a fraction of the steps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from vla_ros.errors import ConfigError

__all__ = ["StreamingBuffer"]

Array = npt.NDArray[np.float64]
RowVelocity = Callable[[Array, Array], Array]


@dataclass(frozen=True, slots=True)
class StreamingBuffer:
    """``groups`` groups of rows; before a tick group ``g`` is at flow time ``1 - (g + 1)/groups`` (noise at 0).

    Attributes:
        sample: ``(T, A)`` rows; ``T`` is a multiple of ``groups``.
        groups: Noise levels.
        steps: Euler steps per tick.
    """

    sample: Array
    groups: int
    steps: int = 1

    def __post_init__(self) -> None:
        if self.groups < 1 or self.steps < 1 or len(self.sample) == 0 or len(self.sample) % self.groups:
            raise ConfigError(
                f"{len(self.sample)} rows do not fill {self.groups} groups of equal size, or steps {self.steps} < 1"
            )

    @classmethod
    def begin(cls, velocity: RowVelocity, noise: Array, groups: int, steps: int = 1) -> StreamingBuffer:
        """Return a buffer that was brought from pure noise to its levels; costs as much as a whole chunk."""
        buffer = cls(noise, groups, steps)
        levels = buffer.times()
        for index in range(groups * steps):
            done, todo = index / (groups * steps), (index + 1) / (groups * steps)
            times, ends = np.minimum(done, levels), np.minimum(todo, levels)
            moved = buffer.sample + velocity(buffer.sample, times) * (ends - times)[:, None]
            buffer = replace(buffer, sample=moved)
        return buffer

    def advance(self, velocity: RowVelocity, fresh: Array) -> tuple[Array, StreamingBuffer]:
        """Return the rows ``(T / groups, A)`` that are clean now, and the buffer with ``fresh`` noise of that shape.

        ``velocity(x, t)`` takes a flow time per row, ``t (T,)``.
        """
        sample, size = self.sample, 1.0 / (self.groups * self.steps)
        for index in range(self.steps):
            sample = sample + size * velocity(sample, self.times() + index * size)
        count = len(sample) // self.groups
        return sample[:count], replace(self, sample=np.concatenate([sample[count:], fresh]))

    def shifted(self, change: Array) -> StreamingBuffer:
        """Return the buffer after its clean rows would have changed by ``change``, ``(A,)`` or ``(T, A)``.

        A row at flow time ``t`` holds ``t`` of the action: so much of the change reaches it.
        """
        return replace(self, sample=self.sample + self.times()[:, None] * change)

    def times(self) -> Array:
        """Return the flow time of every row ``(T,)`` before a tick; the noise is at 0."""
        group = np.repeat(np.arange(self.groups), len(self.sample) // self.groups)
        return np.asarray(1.0 - (group + 1.0) / self.groups)
