# SPDX-License-Identifier: Apache-2.0
"""Conditions for actions."""

from launch.condition import Condition
from launch.conditions.evaluate_condition_expression import (
    InvalidConditionExpressionError,
    evaluate_condition_expression,
)
from launch.conditions.if_condition import IfCondition, UnlessCondition
from launch.conditions.launch_configuration_condition import (
    LaunchConfigurationEquals,
    LaunchConfigurationNotEquals,
)

__all__ = [
    "Condition",
    "IfCondition",
    "InvalidConditionExpressionError",
    "LaunchConfigurationEquals",
    "LaunchConfigurationNotEquals",
    "UnlessCondition",
    "evaluate_condition_expression",
]
