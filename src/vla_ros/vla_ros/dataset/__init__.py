# SPDX-License-Identifier: Apache-2.0
"""LeRobot datasets out of bags and back, by contract. Formats v3.0 and v2.1 (with GR00T's modality.json). No ROS."""

from vla_ros.dataset.config import ExportConfig
from vla_ros.dataset.export import export_bags
from vla_ros.dataset.reader import DatasetReader
from vla_ros.dataset.to_bag import dataset_to_bags

__all__ = ["DatasetReader", "ExportConfig", "dataset_to_bags", "export_bags"]
