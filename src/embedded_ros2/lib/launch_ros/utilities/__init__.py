# SPDX-License-Identifier: Apache-2.0
"""Names and parameters of nodes, as text."""

from launch_ros.utilities.namespace_utils import (
    is_namespace_absolute,
    make_namespace_absolute,
    prefix_namespace,
)
from launch_ros.utilities.parameters import evaluate_parameter_dict, write_parameter_file

__all__ = [
    "evaluate_parameter_dict",
    "is_namespace_absolute",
    "make_namespace_absolute",
    "prefix_namespace",
    "write_parameter_file",
]
