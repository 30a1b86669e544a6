# SPDX-License-Identifier: Apache-2.0
"""Refuses wrong arguments before anything is started: a node that cannot be configured would come back for ever.

What only a node can know (a checkpoint's content, a free port) is not checked here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from ament_index_python.packages import get_package_share_path
from launch import LaunchContext
from launch.actions import OpaqueFunction
from launch.substitutions import LaunchConfiguration
from vla_ros.errors import ConfigError, unknown_name
from vla_ros.policy.configuration import find_policy

__all__ = ["CHECKED", "check_arguments"]

_SKILLS = "skills"  # the library of skills lies beside the planners and is none
_LARGEST_SEED = 2**63 - 1  # of an integer parameter


def check_arguments(*names: str) -> OpaqueFunction:
    """Return the action that checks these arguments; it stands behind their declarations.

    The launch ends with one sentence and an exit code that is not 0 where one of them is wrong.
    """
    return OpaqueFunction(function=_check, args=[names])


def _check(context: LaunchContext, names: tuple[str, ...]) -> None:
    for name in names:
        value = LaunchConfiguration(name).perform(context)
        try:
            _CHECKS[name](value)
        except ConfigError as error:
            raise RuntimeError(f"{name}:={value} is refused: {error}") from error


def _folder(kind: str) -> Path:
    return get_package_share_path("vla_bringup") / "config" / kind


def _policy(value: str) -> None:
    if value not in ("auto", "elsewhere"):
        find_policy(value, _folder("policies"))


def _file(kind: str, value: str) -> None:
    """Accept a path with its suffix, or the name of a file of ``config/<kind>``."""
    if Path(value).suffix or "/" in value:
        if not Path(value).expanduser().is_file():
            raise ConfigError("there is no such file")
    elif not (_folder(kind) / f"{value}.yaml").is_file():
        raise ConfigError(unknown_name(kind.removesuffix("s"), value, _names(kind)))


def _scene(value: str) -> None:
    if not (_folder("scenes") / f"{value}.yaml").is_file():  # an absolute path stays what it is
        raise ConfigError(unknown_name("scene", value, _names("scenes")))


def _planner(value: str) -> None:
    if value == _SKILLS:
        raise ConfigError(unknown_name("planner", value, _names("planners")))
    _file("planners", value)


def _names(kind: str) -> list[str]:
    return [path.stem for path in _folder(kind).glob("*.yaml") if path.stem != _SKILLS]


def _seed(value: str) -> None:
    _whole_number(value, 0, _LARGEST_SEED)


def _rate(value: str) -> None:
    try:
        known = 1.0 <= float(value) <= 1000.0
    except ValueError:
        known = False
    if not known:
        raise ConfigError("it must be a number from 1 to 1000")


def _port(value: str) -> None:
    _whole_number(value, 1, 65535)


def _whole_number(value: str, low: int, high: int) -> None:
    if not (value.isascii() and value.isdecimal() and low <= int(value) <= high):
        raise ConfigError(f"it must be a whole number from {low} to {high}")


_CHECKS: dict[str, Callable[[str], None]] = {
    "policy": _policy,
    "planner": _planner,
    "tree": partial(_file, "trees"),
    "scene": _scene,
    "seed": _seed,
    "camera_rate": _rate,
    "console_port": _port,
    "params_file": partial(_file, ""),
}
CHECKED = tuple(_CHECKS)  # names of the arguments that can be checked
