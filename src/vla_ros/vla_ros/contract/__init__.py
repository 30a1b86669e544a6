# SPDX-License-Identifier: Apache-2.0
"""The robot contract: one YAML file per robot that says what is observed and what is commanded. No ROS."""

from vla_ros.contract.comparison import Mismatch, compare_contracts, require_match
from vla_ros.contract.model import ActionSpec, ArmSpec, Contract, ControllerKind, Normalization
from vla_ros.contract.reader import load_contract
from vla_ros.contract.streams import Alignment, ClockSource, ImageSpec, StreamSpec
from vla_ros.contract.writer import dump_contract

__all__ = [
    "ActionSpec",
    "Alignment",
    "ArmSpec",
    "ClockSource",
    "Contract",
    "ControllerKind",
    "ImageSpec",
    "Mismatch",
    "Normalization",
    "StreamSpec",
    "compare_contracts",
    "dump_contract",
    "load_contract",
    "require_match",
]
