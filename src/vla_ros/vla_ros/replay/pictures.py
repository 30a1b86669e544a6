# SPDX-License-Identifier: Apache-2.0
"""What the report draws of one bag: a few curves and thumbnails, small enough to travel between processes. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from vla_ros.contract import Contract
from vla_ros.recording.actions import ActionTrack, track_of_references
from vla_ros.replay.result import EpisodeResult
from vla_ros.replay.truth import truth_of
from vla_ros.types import ImageArray

__all__ = ["Curve", "EpisodePictures", "Panels", "episode_pictures"]

Array = npt.NDArray[np.float64]
POINTS = 400  # of a curve: more than a plot has pixels


@dataclass(frozen=True, slots=True)
class Curve:
    """Times ``(N,)`` [s] since the bag's begin, values ``(N, A)`` and opening ``(N,)`` or ``(0,)`` [m]."""

    times_s: Array
    rows: Array
    gripper_m: Array


@dataclass(frozen=True, slots=True)
class Panels:
    """Curves that share columns: ``recorded``, and the variants whose predictions have these columns."""

    columns: tuple[str, ...]
    units: tuple[str, ...]
    curves: dict[str, Curve] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EpisodePictures:
    """Panels, joints and tool poses apart, and JPEG thumbnails by camera, with their times [s]."""

    panels: list[Panels] = field(default_factory=list)
    thumbnails: dict[str, list[tuple[float, bytes]]] = field(default_factory=dict)


def episode_pictures(episode: EpisodeResult, contract: Contract) -> EpisodePictures:
    """Return what is drawn of a replayed bag."""
    own = truth_of(None, episode.actions, contract)
    panels: dict[tuple[str, ...], Panels] = {}
    for variant in episode.variants:
        truth = episode.truths.get(variant.name) or own
        if truth is None or any(reference.names != truth.names for _, reference in variant.references):
            continue
        if truth.names not in panels:
            panels[truth.names] = Panels(truth.names, truth.units, {"recorded": _curve(truth.track, episode.start_ns)})
        track = track_of_references(variant.references, len(truth.names))
        panels[truth.names].curves[variant.name] = _curve(track, episode.start_ns)
    thumbnails = {
        key: [((stamp - episode.start_ns) * 1e-9, _jpeg(image)) for stamp, image in images]
        for key, images in episode.observed.thumbnails.items()
    }
    return EpisodePictures(list(panels.values()), thumbnails)


def _curve(track: ActionTrack, start_ns: int) -> Curve:
    count = len(track.times_ns)
    chosen = np.unique(np.linspace(0, max(count - 1, 0), min(POINTS, count)).astype(np.int64))
    times = np.asarray((track.times_ns[chosen] - start_ns) * 1e-9, np.float64)
    return Curve(times, track.rows[chosen], track.gripper_m[chosen] if len(track.gripper_m) else track.gripper_m)


def _jpeg(image: ImageArray) -> bytes:
    coded = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 80])[1]
    return coded.tobytes()
