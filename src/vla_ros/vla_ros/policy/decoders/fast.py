# SPDX-License-Identifier: Apache-2.0
"""FAST and FAST+ tokens (arXiv 2501.09747): DCT over time, rounding, byte-pair encoding.

The byte-pair model is data of the checkpoint (a Hugging Face ``tokenizer.json``) and comes in as a pair of functions,
so nothing here imports a tokenizer library. The reference decoder answers any error with zero coefficients, which after
un-normalisation is the middle of the action range and so a jump; here it is a named failure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.fft import dct, idct

from vla_ros.policy.decoders.decoded import Decoded

__all__ = ["FastTokens"]


@dataclass(frozen=True, slots=True)
class FastTokens:
    """Coefficients of an orthonormal DCT over time, frequency-major, as characters of a byte-pair model.

    Attributes:
        rows: Rows ``T`` of a chunk.
        width: Columns ``A`` of a row.
        pieces_to_text: Byte-pair model: token ids to text.
        text_to_pieces: Byte-pair model: text to token ids.
        scale: Quantisation of the coefficients (10 in FAST and FAST+).
        minimum: Smallest quantised coefficient: character code 0 (-354 for FAST+).
    """

    rows: int
    width: int
    pieces_to_text: Callable[[Sequence[int]], str]
    text_to_pieces: Callable[[str], Sequence[int]]
    scale: float = 10.0
    minimum: int = -354

    def decode(self, tokens: Sequence[int]) -> Decoded:
        """Return the rows of ``tokens``; a wrong number of coefficients is a failure, never padded."""
        try:
            text = self.pieces_to_text(list(tokens))
        except (IndexError, KeyError, OverflowError, TypeError, ValueError) as error:
            return Decoded.failed(self.width, f"the byte-pair model refused the tokens: {error}")
        quantised = np.array([ord(character) + self.minimum for character in text], dtype=np.float64)
        if quantised.size != self.rows * self.width:
            return Decoded.failed(self.width, f"{quantised.size} coefficients instead of {self.rows} x {self.width}")
        coefficients = quantised.reshape(self.rows, self.width) / self.scale
        return Decoded(np.asarray(idct(coefficients, axis=0, norm="ortho"), dtype=np.float64))

    def encode(self, rows: npt.NDArray[np.float64]) -> list[int]:
        """Return the tokens of normalised rows ``(T, A)``."""
        quantised = np.round(dct(rows, axis=0, norm="ortho") * self.scale).astype(int).reshape(-1)
        codes = np.maximum(quantised - self.minimum, 0)
        return list(self.text_to_pieces("".join(chr(code) for code in codes)))
