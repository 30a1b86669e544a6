# SPDX-License-Identifier: Apache-2.0
"""Result of a decoder."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Decoded"]


@dataclass(frozen=True, slots=True)
class Decoded:
    """Normalised actions, or the reason why there are none.

    Attributes:
        rows: ``(T, A)`` normalised actions; ``(0, A)`` when decoding failed.
        ok: Whether every token was valid.
        reason: One sentence; empty when ``ok``.
    """

    rows: npt.NDArray[np.float64]
    ok: bool = True
    reason: str = ""

    @classmethod
    def failed(cls, width: int, reason: str) -> Decoded:
        """Return a failure; it carries no rows, because rows of zeros would be a motion."""
        return cls(np.zeros((0, width)), ok=False, reason=reason)
