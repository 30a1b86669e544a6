# SPDX-License-Identifier: Apache-2.0
"""How bags become a dataset. Values only."""

from __future__ import annotations

from dataclasses import dataclass

from vla_ros.errors import ConfigError, unknown_name

__all__ = ["CODECS", "ExportConfig"]

CODECS = {"h264": "libx264", "av1": "libsvtav1"}
VERSIONS = ("v3.0", "v2.1")


@dataclass(frozen=True, slots=True)
class ExportConfig:
    """Settings of an export.

    Attributes:
        fps: Frames a second; 0: the contract's rate of actions.
        version: Of the LeRobot format.
        codec: ``h264`` (fast) or ``av1`` (small).
        crf: Constant rate factor: smaller is better and larger.
        exact: Also keep state, action and stamp in full width, so that the way back to a bag loses nothing.
        outcomes: Only episodes with one of these outcomes; empty: all.
        shortest_s: Shorter episodes are left out.
        idle_rad_s: Begin and end are cut off while every joint is slower; 0: nothing is.
        largest_gap_share: Episodes in which more frames than this share had to be repeated are left out.
        image_statistics_every: Pictures between those that enter the statistics.
    """

    fps: int = 0
    version: str = "v3.0"
    codec: str = "h264"
    crf: int = 23
    exact: bool = True
    outcomes: tuple[str, ...] = ()
    shortest_s: float = 1.0
    idle_rad_s: float = 0.0
    largest_gap_share: float = 0.05
    image_statistics_every: int = 10

    def __post_init__(self) -> None:
        if self.codec not in CODECS:
            raise ConfigError(unknown_name("video codec", self.codec, CODECS))
        if self.version not in VERSIONS:
            raise ConfigError(unknown_name("dataset version", self.version, VERSIONS))
        if self.fps < 0 or self.shortest_s < 0.0 or self.idle_rad_s < 0.0 or self.image_statistics_every < 1:
            raise ConfigError("fps, shortest_s and idle_rad_s must be >= 0, image_statistics_every >= 1")
        if not 0 <= self.crf <= 63 or not 0.0 <= self.largest_gap_share <= 1.0:
            raise ConfigError("crf must be in [0, 63] and largest_gap_share in [0, 1]")
