# SPDX-License-Identifier: Apache-2.0
"""Uniform 256-bin tokens at the end of a language model's vocabulary (RT-1, RT-2, OpenVLA; arXiv 2406.09246)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vla_ros.errors import ConfigError
from vla_ros.policy.decoders.decoded import Decoded

__all__ = ["BinTokens"]


@dataclass(frozen=True, slots=True)
class BinTokens:
    """Tokens that count down from ``vocabulary``: token = vocabulary - bin, bins 1…256 over [-1, 1].

    256 bin edges make 255 centres; the 256th bin folds onto the last centre.

    Attributes:
        width: Columns of a row.
        vocabulary: Size of the text vocabulary without padding (32000 for OpenVLA's Llama-2).
        bins: Number of bin edges.
    """

    width: int
    vocabulary: int = 32000
    bins: int = 256

    def __post_init__(self) -> None:
        if not 2 <= self.bins <= self.vocabulary:
            raise ConfigError(f"bins must lie in 2..{self.vocabulary} (the vocabulary), got {self.bins}")

    def decode(self, tokens: npt.NDArray[np.int64]) -> Decoded:
        """Return the rows of ``tokens`` ``(T * A,)``; a token outside the action range is a failure."""
        tokens = np.asarray(tokens, dtype=np.int64)
        if tokens.size == 0 or tokens.size % self.width:
            return Decoded.failed(self.width, f"{tokens.size} tokens do not fill rows of {self.width}")
        index = self.vocabulary - tokens
        if index.min() < 1 or index.max() > self.bins:
            low, high = self.vocabulary - self.bins, self.vocabulary - 1
            return Decoded.failed(self.width, f"a token lies outside the action tokens {low}..{high}")
        centres = self._centres()
        return Decoded(centres[np.minimum(index - 1, self.bins - 2)].reshape(-1, self.width))

    def encode(self, rows: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
        """Return the tokens ``(T * A,)`` of rows ``(T, A)``, clipped to [-1, 1]."""
        edges = np.linspace(-1.0, 1.0, self.bins)
        return self.vocabulary - np.digitize(np.clip(rows, -1.0, 1.0), edges).reshape(-1).astype(np.int64)

    def _centres(self) -> npt.NDArray[np.float64]:
        edges = np.linspace(-1.0, 1.0, self.bins)
        return (edges[:-1] + edges[1:]) / 2.0
