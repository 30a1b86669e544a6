# SPDX-License-Identifier: Apache-2.0
"""Bags: read (also broken and unfinished ones), written in episodes, recovered. No ROS: the rosbags library does it."""

from vla_ros.recording.bag_reader import BagError, BagReader, RawMessage
from vla_ros.recording.config import RecordingConfig
from vla_ros.recording.definitions import MessageTypes
from vla_ros.recording.episode_writer import EpisodeWriter
from vla_ros.recording.recorder import Recorder
from vla_ros.recording.recovery import finish_bag, is_unfinished

__all__ = [
    "BagError",
    "BagReader",
    "EpisodeWriter",
    "MessageTypes",
    "RawMessage",
    "Recorder",
    "RecordingConfig",
    "finish_bag",
    "is_unfinished",
]
