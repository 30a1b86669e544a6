# SPDX-License-Identifier: Apache-2.0
"""Actions that know ROS."""

from launch_ros.actions.composable_node_container import ComposableNodeContainer, LoadComposableNodes
from launch_ros.actions.lifecycle_node import LifecycleNode
from launch_ros.actions.lifecycle_transition import LifecycleTransition
from launch_ros.actions.node import Node
from launch_ros.actions.push_ros_namespace import PushROSNamespace, PushRosNamespace
from launch_ros.actions.set_parameter import SetParameter, SetParametersFromFile, SetUseSimTime
from launch_ros.actions.set_remap import SetRemap
from launch_ros.actions.set_ros_log_dir import SetROSLogDir

__all__ = [
    "ComposableNodeContainer",
    "LifecycleNode",
    "LifecycleTransition",
    "LoadComposableNodes",
    "Node",
    "PushROSNamespace",
    "PushRosNamespace",
    "SetParameter",
    "SetParametersFromFile",
    "SetROSLogDir",
    "SetRemap",
    "SetUseSimTime",
]
