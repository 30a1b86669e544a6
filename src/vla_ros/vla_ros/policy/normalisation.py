# SPDX-License-Identifier: Apache-2.0
"""Normalisers between physical units and what a network sees, each with its inverse. Pure numpy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vla_ros.errors import ConfigError, unknown_name

__all__ = ["NORMALISERS", "AffineNormaliser", "normaliser"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class AffineNormaliser:
    """``normalised = (physical - offset) / scale`` for the columns of ``mask``, identity for the others.

    Attributes:
        offset: ``(A,)``, or ``(T, A)`` where every row of a chunk has statistics of its own.
        scale: As ``offset``, > 0.
        mask: As ``offset``: what is normalised; a gripper often is not.
    """

    offset: Array
    scale: Array
    mask: npt.NDArray[np.bool_]

    def __post_init__(self) -> None:
        if not (self.offset.shape == self.scale.shape == self.mask.shape) or self.offset.ndim not in (1, 2):
            raise ConfigError("offset, scale and mask of a normaliser must have one common shape (A,) or (T, A)")
        if not (np.isfinite(self.offset).all() and np.isfinite(self.scale).all() and (self.scale > 0).all()):
            raise ConfigError("a normaliser needs finite offsets and scales > 0")

    def normalise(self, physical: Array) -> Array:
        """Return the normalised values ``(..., A)``."""
        return np.where(self.mask, (physical - self.offset) / self.scale, physical)

    def denormalise(self, normalised: Array) -> Array:
        """Return the physical values ``(..., A)``; the inverse of :meth:`normalise`."""
        return np.where(self.mask, normalised * self.scale + self.offset, normalised)


def _mean_std(statistics: dict[str, Array], epsilon: float) -> tuple[Array, Array]:
    return statistics["mean"], statistics["std"] + epsilon


def _min_max(statistics: dict[str, Array], epsilon: float) -> tuple[Array, Array]:
    return _range(statistics["min"], statistics["max"], epsilon)


def _quantiles(statistics: dict[str, Array], epsilon: float) -> tuple[Array, Array]:
    return _range(statistics["q01"], statistics["q99"], epsilon)


def _range(low: Array, high: Array, epsilon: float) -> tuple[Array, Array]:
    scale = (high - low + epsilon) / 2.0
    return low + scale, scale


NORMALISERS = {
    "mean_std": (_mean_std, ("mean", "std")),
    "min_max": (_min_max, ("min", "max")),
    "quantiles": (_quantiles, ("q01", "q99")),
}


def normaliser(
    kind: str, statistics: dict[str, Array], *, mask: npt.NDArray[np.bool_] | None = None, epsilon: float = 1e-8
) -> AffineNormaliser:
    """Return the normaliser ``kind`` with the statistics of a data set.

    Ranges map to [-1, 1]. ``epsilon`` is 1e-6 in openpi, 1e-8 in LeRobot and OpenVLA-OFT, 0 in OpenVLA.

    Raises:
        ConfigError: the kind is unknown or a statistic that it needs is missing.
    """
    if kind not in NORMALISERS:
        raise ConfigError(unknown_name("normaliser", kind, NORMALISERS))
    build, needed = NORMALISERS[kind]
    for name in needed:
        if name not in statistics:
            raise ConfigError(
                f"normaliser '{kind}' needs the statistic '{name}', found: {', '.join(statistics) or 'none'}"
            )
    arrays = {name: np.asarray(statistics[name], dtype=np.float64) for name in needed}
    offset, scale = build(arrays, epsilon)
    return AffineNormaliser(offset, scale, np.ones(offset.shape, dtype=bool) if mask is None else mask)
