# SPDX-License-Identifier: Apache-2.0
"""What the report draws of one bag: a few curves and thumbnails, small enough to travel between processes. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from vla_ros.contract import Contract
from vla_ros.recording.actions import track_of_references
from vla_ros.replay.result import EpisodeResult
from vla_ros.types import ImageArray

__all__ = ["Curve", "EpisodePictures", "episode_pictures"]

Array = npt.NDArray[np.float64]
POINTS = 400  # of a curve: more than a plot has pixels


@dataclass(frozen=True, slots=True)
class Curve:
    """Times ``(N,)`` [s] since the bag's begin, values ``(N, A)`` and opening ``(N,)`` or ``(0,)`` [m]."""

    times_s: Array
    rows: Array
    gripper_m: Array


@dataclass(frozen=True, slots=True)
class EpisodePictures:
    """Curves by name (``recorded`` and each variant) and JPEG thumbnails by camera, with their times [s]."""

    columns: tuple[str, ...]
    units: tuple[str, ...]
    curves: dict[str, Curve] = field(default_factory=dict)
    thumbnails: dict[str, list[tuple[float, bytes]]] = field(default_factory=dict)


def episode_pictures(episode: EpisodeResult, contract: Contract) -> EpisodePictures:
    """Return what is drawn of a replayed bag."""
    tracks = {"recorded": episode.actions}
    tracks |= {v.name: track_of_references(v.references, len(contract.action.names)) for v in episode.variants}
    curves = {}
    for name, track in tracks.items():
        count = len(track.times_ns)
        chosen = np.unique(np.linspace(0, max(count - 1, 0), min(POINTS, count)).astype(np.int64))
        times = np.asarray((track.times_ns[chosen] - episode.start_ns) * 1e-9, np.float64)
        gripper = track.gripper_m[chosen] if len(track.gripper_m) else track.gripper_m
        curves[name] = Curve(times, track.rows[chosen], gripper)
    thumbnails = {
        key: [((stamp - episode.start_ns) * 1e-9, _jpeg(image)) for stamp, image in images]
        for key, images in episode.observed.thumbnails.items()
    }
    return EpisodePictures(contract.action.names, contract.action.units, curves, thumbnails)


def _jpeg(image: ImageArray) -> bytes:
    coded = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 80])[1]
    return coded.tobytes()
