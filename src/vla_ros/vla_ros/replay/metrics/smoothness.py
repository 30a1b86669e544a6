# SPDX-License-Identifier: Apache-2.0
"""Smoothness of a motion: spectral arc length, log dimensionless jerk, peak and mean jerk. Pure.

The spectral arc length alone is blind to a small tremor above its cut-off; it is always given with the jerk.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["jerk_figures", "log_dimensionless_jerk", "sparc"]

Array = npt.NDArray[np.float64]

PADDING = 4  # Balasubramanian et al. 2015, J. NeuroEngineering Rehabil. 12:112; so are the next two
CUTOFF_HZ = 20.0
AMPLITUDE = 0.05


def sparc(speed: Array, rate_hz: float) -> float:
    """Return the spectral arc length of a speed profile ``(N,)``; nearer to 0 is smoother, NaN for no motion."""
    length = int(2 ** (np.ceil(np.log2(len(speed))) + PADDING))
    frequency = np.arange(0.0, rate_hz, rate_hz / length)
    spectrum = np.abs(np.fft.fft(speed, length))
    if spectrum.max() <= 0.0:
        return float("nan")
    spectrum = spectrum / spectrum.max()
    kept = frequency <= CUTOFF_HZ
    frequency, spectrum = frequency[kept], spectrum[kept]
    loud = np.flatnonzero(spectrum >= AMPLITUDE)
    frequency, spectrum = frequency[loud[0] : loud[-1] + 1], spectrum[loud[0] : loud[-1] + 1]
    if len(frequency) < 2:
        return 0.0
    step = np.diff(frequency) / (frequency[-1] - frequency[0])
    return float(-np.sum(np.sqrt(step**2 + np.diff(spectrum) ** 2)))


def log_dimensionless_jerk(speed: Array, rate_hz: float) -> float:
    """Return −ln(D³/v_peak² ∫ (d²v/dt²)² dt) of a speed profile ``(N,)`` of duration D (same source)."""
    peak = float(np.max(np.abs(speed)))
    if peak <= 0.0 or len(speed) < 4:
        return float("nan")
    dt = 1.0 / rate_hz
    duration = (len(speed) - 1) * dt
    jerk = np.diff(speed, 2) / dt**2
    total = float(np.sum(jerk**2) * dt) * duration**3 / peak**2
    return float("inf") if total == 0.0 else float(-np.log(total))


def jerk_figures(positions: Array, rate_hz: float) -> tuple[float, float]:
    """Return peak and root mean square of the jerk of positions ``(N, J)``, in their unit per s³."""
    if len(positions) < 4:
        return float("nan"), float("nan")
    jerk = np.diff(positions, 3, axis=0) * rate_hz**3
    return float(np.abs(jerk).max()), float(np.sqrt((jerk**2).mean()))
