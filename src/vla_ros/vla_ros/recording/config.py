# SPDX-License-Identifier: Apache-2.0
"""What is recorded and how. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field

from vla_ros.errors import ConfigError, unknown_name

__all__ = ["RecordingConfig"]

IMAGE_FORMATS = ("raw", "jpeg", "png")


@dataclass(frozen=True, slots=True)
class RecordingConfig:
    """Settings of a recorder.

    Attributes:
        folder: Where bags go, one folder an episode.
        images: ``raw``, or ``jpeg`` (lossy) or ``png`` as ``sensor_msgs/CompressedImage``.
        jpeg_quality: 1..100.
        flush_s: At most so much is lost when the recorder is killed.
        min_free_mb: Below this much free disk space a recording ends, so that the robot's own logs still fit.
        queue_mb: Images beyond this much unwritten data are left out and counted; small messages never are.
        extra_topics: Recorded besides those of the contract and of the suite.
    """

    folder: str = field(default="runs/bags", metadata={"description": "folder for bags, one folder an episode"})
    images: str = field(default="raw", metadata={"description": "raw, jpeg or png"})
    jpeg_quality: int = field(default=90, metadata={"description": "1 to 100"})
    flush_s: float = field(default=1.0, metadata={"description": "most that is lost when the recorder is killed [s]"})
    min_free_mb: int = field(default=500, metadata={"description": "a recording ends below this free space [MB]"})
    queue_mb: int = field(default=256, metadata={"description": "images are left out beyond this unwritten data [MB]"})
    extra_topics: tuple[str, ...] = field(default=(), metadata={"description": "recorded besides the usual ones"})

    def __post_init__(self) -> None:
        if self.images not in IMAGE_FORMATS:
            raise ConfigError(unknown_name("image format of recordings", self.images, IMAGE_FORMATS))
        if not 1 <= self.jpeg_quality <= 100:
            raise ConfigError(f"jpeg_quality must be in [1, 100], got {self.jpeg_quality}")
        if self.flush_s <= 0.0:
            raise ConfigError(f"flush_s must be > 0, got {self.flush_s}")
        if self.min_free_mb < 0 or self.queue_mb < 1:
            raise ConfigError(f"min_free_mb must be >= 0 and queue_mb >= 1, got {self.min_free_mb} and {self.queue_mb}")
