# SPDX-License-Identifier: Apache-2.0
"""Mu-law tokens of Gato (arXiv 2205.06175, appendix B: mu = 100, M = 256, 1024 uniform bins over [-1, 1])."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vla_ros.policy.decoders.decoded import Decoded

__all__ = ["MuLawTokens"]


@dataclass(frozen=True, slots=True)
class MuLawTokens:
    """Companded values in uniform bins: ``F(x) = sgn(x) · ln(|x| mu + 1) / ln(M mu + 1)``.

    Attributes:
        width: Columns of a row.
        offset: Token of bin 0.
        bins: Number of bins.
        mu: Companding constant.
        magnitude: ``M``, the largest magnitude that companding maps to 1.
        companded: False for actions, which Gato bins without companding.
    """

    width: int
    offset: int = 32000
    bins: int = 1024
    mu: float = 100.0
    magnitude: float = 256.0
    companded: bool = True

    def decode(self, tokens: npt.NDArray[np.int64]) -> Decoded:
        """Return the rows of ``tokens`` ``(T * A,)``: bin centres, expanded."""
        tokens = np.asarray(tokens, dtype=np.int64)
        if tokens.size == 0 or tokens.size % self.width:
            return Decoded.failed(self.width, f"{tokens.size} tokens do not fill rows of {self.width}")
        index = tokens - self.offset
        if index.min() < 0 or index.max() >= self.bins:
            high = self.offset + self.bins - 1
            return Decoded.failed(self.width, f"a token lies outside the action tokens {self.offset}..{high}")
        values = (index + 0.5) / self.bins * 2.0 - 1.0
        return Decoded((self._expand(values) if self.companded else values).reshape(-1, self.width))

    def encode(self, rows: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
        """Return the tokens ``(T * A,)`` of rows ``(T, A)``."""
        values = self._compress(rows) if self.companded else rows
        index = np.floor((np.clip(values, -1.0, 1.0) + 1.0) / 2.0 * self.bins)
        return self.offset + np.minimum(index, self.bins - 1).reshape(-1).astype(np.int64)

    def _compress(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.sign(values) * np.log(np.abs(values) * self.mu + 1.0) / np.log(self.magnitude * self.mu + 1.0)

    def _expand(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.sign(values) * (np.exp(np.abs(values) * np.log(self.magnitude * self.mu + 1.0)) - 1.0) / self.mu
