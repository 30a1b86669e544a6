# SPDX-License-Identifier: Apache-2.0
"""Finds files of ``config/`` where the suite is installed. A path is a path; a bare name is looked up. Wiring only."""

from __future__ import annotations

from pathlib import Path

from ament_index_python.packages import PackageNotFoundError, get_package_share_directory
from vla_ros.errors import ConfigError, nearest_hint

__all__ = ["config_file"]


def config_file(kind: str, name: str) -> Path:
    """Return the YAML file that ``name`` means: a path as it is, else ``config/<kind>/<name>.yaml``.

    Raises:
        ConfigError: there is no such file; the nearest is named.
    """
    if Path(name).suffix or "/" in name:
        path = Path(name).expanduser()
        if not path.is_file():
            raise ConfigError(f"there is no file '{path}'")
        return path
    folder = _share() / kind
    path = folder / f"{name}.yaml"
    if not path.is_file():
        known = sorted(item.stem for item in folder.glob("*.yaml"))
        raise ConfigError(f"there is no '{name}' in {folder}.{nearest_hint(name, known)} Known: {', '.join(known)}.")
    return path


def _share() -> Path:
    try:
        return Path(get_package_share_directory("vla_bringup")) / "config"
    except PackageNotFoundError as error:
        raise ConfigError("the package vla_bringup is not installed: give the path of the file instead") from error
