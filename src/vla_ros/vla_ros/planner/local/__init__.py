# SPDX-License-Identifier: Apache-2.0
"""Planner over a vision-language model in a local folder of Hugging Face format, loaded by transformers."""

from vla_ros.planner.local.backend import LocalBackend
from vla_ros.planner.local.compact_backend import CompactBackend
from vla_ros.planner.local.config import LocalConfig
from vla_ros.planner.local.saycan_backend import SayCanBackend

__all__ = ["CompactBackend", "LocalBackend", "LocalConfig", "SayCanBackend"]
